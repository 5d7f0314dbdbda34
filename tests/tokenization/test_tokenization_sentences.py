"""Sentences: what the rules cut, and what holds for any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtool.tokenization.sentences import spans

PARTS = [
    "Mr", "etc", "U.S", "e.g", "J", "I", "The", "the", "A", "a", "1", "2.5", "No", ".", "..", "...", "…", "!", "?", "?!", "。", "！",
    "।", "؟", '"', "'", "”", ")", "(", "[", "\n", "\n\n", "\r\n", "\u2029", " ", " ", " ", "\t", "é", "字", "नमस्ते", "👍", "-", "\0",
]  # fmt: skip
TEXTS = st.text(max_size=40) | st.lists(st.sampled_from(PARTS), max_size=20).map("".join)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in spans(text)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello there.|How are you?|Fine!!|What?!|Good",
        # ellipses, small letters
        "Well... maybe.|Then he left…|She stayed.|... and then?",
        "It stopped working.|very sad.",
        "i loved it.|it was great.|will buy again!|yes",
        # abbreviations, initials, numbers
        "Mr. Smith met Dr. J. K. Rowling on Main St.|The weather was fine.",
        "He bought 3.14 pies, e.g. apple, at 5 p.m. on Jan. 5.|It cost $5.|Then he left at 10.|20 people came.",
        "I live in the U.S.|It is big.|The U.S. Army is too.|He works at Apple Inc.|His wife does not.",
        "See No. 5 and p. 3 of vol. 2.|No.|No!",
        "Vitamin C.|It is good.|So do I.|We agree.|Version 2.|The end",
        "Smith et al. (2010) say so.|Pens, paper, etc.|Prices vary.|Approx. 5 days.",
        "1. First item.|2. Second item.|A. Third",
        # quotes and brackets
        'He said "Stop!" and left.|"Is it?" she asked.|"It is."|Then (he left.)|[Really?]|Yes.',
        "“Yes.”|‘No.’|«Oui.»|¿Qué?|¡Sí!",
        # addresses
        "Visit example.com.|It is at http://a.b/c?d.|Done.",
        # scripts
        "यह एक वाक्य है।|यह दूसरा है॥|और तीसरा",
        "هل هذا سؤال؟|نعم.",
    ],
)
def test_what_a_text_is_cut_into(text: str) -> None:
    assert sentences(text.replace("|", " ")) == [part for part in text.split("|") if part]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我喜欢你。你呢？好！「是的。」他说。", ["我喜欢你。", "你呢？", "好！", "「是的。」", "他说。"]),
        ("これはペンです。 それは本です。", ["これはペンです。", "それは本です。"]),
        ("A title\n\nA text, which\ngoes on. \r\n \r\nEnd\u2029z", ["A title", "A text, which\ngoes on.", "End", "z"]),
        ("one.\n\n\n\ntwo", ["one.", "two"]),
        (" . ", ["."]),
        ("\n\n.\n\n", ["."]),
        ("   ", []),
    ],
)
def test_without_spaces_and_with_blank_lines(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(TEXTS)
def test_sentences_cover_everything_but_white_space_around_them(text: str) -> None:
    end = 0
    for start, stop in spans(text):
        assert end <= start < stop
        assert not text[end:start].strip()
        assert text[start:stop] == text[start:stop].strip()
        end = stop
    assert not text[end:].strip()


@given(st.lists(TEXTS.map(lambda text: text.replace("\n", " ")), max_size=4))
def test_paragraphs_are_cut_each_for_itself(texts: list[str]) -> None:
    """A capital at the head of each, for a text without any is read in another way."""
    texts = ["The " + text for text in texts]
    assert sentences("\n\n".join(texts)) == [sentence for text in texts for sentence in sentences(text)]

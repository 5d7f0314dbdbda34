"""Words: what the rules cut, and what holds for any text."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtool.tokenization import words as rules
from seqtool.tokenization.cache import BoundedCache
from seqtool.tokenization.encoded_words import encoded_words, encoded_words_and_offsets
from seqtool.tokenization.words import cut, spans, words

# What the rules look at, and neighbours of it; and any letter at all.
PARTS = [
    "a", "B", "the", "Mr", "etc", "U.S", "C", "n't", "'s", "'ll", "l'", "qu'", "’", "7", "1,234.5", ".", "...", ",", "-", "--",
    ":", ":)", "@", "http://", "www.", "a@b.co", "#", "/", "&", "?!", "(", ")", '"', "\\", "é", "e\u0301", "\u0301", "नमस्ते",
    "हि", "।", "字", "の", "。", "👍🏽", "👩\u200d👧", "🇫", "🇫🇷", "1\ufe0f\u20e3", "\u200d", "\ufe0f", "\u00ad", "\u200b", "\ufeff",
    "\0", "\x1c", "\x1f", "\u0085", "\u00a0", "\u3000", "\u2028", " ", " ", " ", "\t", "\n", "\uf8e0", "\uf8ff", "\U0010ffff",
]  # fmt: skip
TEXTS = st.text(max_size=40) | st.lists(st.sampled_from(PARTS), max_size=15).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("  \t\u00a0\x1c ", ""),
        ("It works, really!", "It works , really !"),
        ("(see p. 3) [x] {y} “z” 'q'", "( see p . 3 ) [ x ] { y } “ z ” ' q '"),
        # contractions
        ("Don't they'll I'd've it's isn’t", "Do n't they 'll I 'd 've it 's is n’t"),
        ("can't won't ain't CAN'T", "ca n't wo n't ai n't CA N'T"),
        ("O'Brien's o'clock rock'n'roll ma'am y'all", "O'Brien 's o'clock rock'n'roll ma'am y'all"),
        ("the dogs' '80s 1990's 'tis 'em", "the dogs ' '80s 1990 's 'tis 'em"),
        # elision
        ("L'homme n'est qu'un roseau", "L' homme n' est qu' un roseau"),
        ("j’ai l'a d'y aujourd'hui D'abord", "j’ ai l' a d' y aujourd'hui D' abord"),
        ("C'mon D'Angelo dell'arte", "C'mon D'Angelo dell' arte"),
        # hyphens, and signs inside a word
        ("well-known a—b c–d word--word pre- and", "well-known a — b c – d word -- word pre - and"),
        ("AT&T R&D a&b and/or snake_case col·lecció צה״ל", "AT&T R&D a & b and / or snake_case col·lecció צה״ל"),
        # numbers
        ("1,234.56 $9.99 50% 10:30 1/2 v1.2.3", "1,234.56 $ 9.99 50 % 10:30 1/2 v1.2.3"),
        ("-5 (-3.2) 3-5 x-1 .5 −7 ±2", "-5 ( -3.2 ) 3-5 x-1 .5 −7 ±2"),
        ("3.5kg 1st 2021-03-04 £5m १२३", "3.5kg 1st 2021-03-04 £ 5m १२३"),
        ("In 1999. Then, 5, 6", "In 1999 . Then , 5 , 6"),
        # addresses
        ("see https://a.org/b_(c)?d=1,2.", "see https://a.org/b_(c)?d=1,2 ."),
        ("(http://a.b/c) <www.foo.com> HTTP://X.Y!", "( http://a.b/c ) < www.foo.com > HTTP://X.Y !"),
        ("me.x+y@ex-am.co.uk, a@b @user #tag", "me.x+y@ex-am.co.uk , a @ b @user #tag"),
        ("github.com/u/r example.com node.js 192.168.0.1", "github.com/u/r example.com node.js 192.168.0.1"),
        # periods
        ("Mr. Smith vs. Dr. Ph.D. etc.", "Mr. Smith vs. Dr. Ph.D. etc."),
        ("U.S.A. U.S.-based e.g. i.e., a.m. J. K. Rowling", "U.S.A. U.S.-based e.g. i.e. , a.m. J. K. Rowling"),
        ("vitamin C.", "vitamin C ."),
        ("so do I. We", "so do I . We"),
        ("end.Next NASA.The great.I wait...what", "end . Next NASA . The great . I wait ... what"),
        ("Wait!!! What?! ……", "Wait !!! What ?! ……"),
        # emoji
        ("👍👍🏽 👩‍👩‍👧! 🇫🇷🇩🇪 1️⃣2️⃣ I❤️you", "👍 👍🏽 👩‍👩‍👧 ! 🇫🇷 🇩🇪 1️⃣ 2️⃣ I ❤️ you"),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿. ☺️ nice:) :-( ;D <3 ^_^", "🏴󠁧󠁢󠁥󠁮󠁧󠁿 . ☺️ nice :) :-( ;D <3 ^_^"),
        ("note:x 16:9 (8:30) http:/", "note : x 16:9 ( 8:30 ) http :/"),
        # scripts
        ("हिन्दी, ठीक है। नमस्ते", "हिन्दी , ठीक है । नमस्ते"),
        ("e\u0301te\u0301, naïve café", "e\u0301te\u0301 , naïve café"),
        ("我喜欢。iPhone手机 カタカナの 한국어 العربية،", "我 喜 欢 。 iPhone 手 机 カタカナ の 한국어 العربية ،"),
        ("C++ C# f(x)=2 a+b", "C++ C# f ( x ) = 2 a + b"),
    ],
)
def test_what_a_text_is_cut_into(text: str, expected: str) -> None:
    assert words(text) == expected.split()


@given(TEXTS)
def test_tokens_are_slices_that_cover_everything_but_white_space(text: str) -> None:
    found = list(spans(text))
    assert [text[start:end] for start, end in found] == words(text)
    inside = [place for start, end in found for place in range(start, end)]
    assert inside == [place for place, letter in enumerate(text) if not letter.isspace()]
    assert all(start < end for start, end in found)


@given(st.lists(TEXTS, max_size=4))
def test_neighbours_beyond_white_space_change_nothing(texts: list[str]) -> None:
    """But for a capital that ends the text (vitamin C.): so each gets something behind it."""
    together = "\n".join(text + " x" for text in texts)
    assert words(together) == [word for text in texts for word in words(text + " x")]


@given(TEXTS)
def test_the_quick_way_finds_the_same(text: str) -> None:
    tokens, offsets = encoded_words_and_offsets(text)
    assert json.loads(tokens) == words(text) == json.loads(encoded_words(text))
    assert [tuple(pair) for pair in json.loads(offsets)] == list(spans(text))


def short_chunks() -> Iterable[str]:
    import itertools

    for length in range(1, 5):
        yield from map("".join, itertools.product('aB1.,("!)', repeat=length))
    yield from ("Mr.", "(Mr.", "etc.,", '"vs."', "word.", "(word)", '"word', "C. ", "a. ", "vs. ", "ab. ")


def test_what_is_told_without_the_rules_is_what_the_rules_say(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = {chunk: cut(chunk) for chunk in short_chunks()}
    monkeypatch.setattr(rules, "_plain", lambda chunk: None)
    assert {chunk: cut(chunk) for chunk in quick} == quick


def test_what_is_remembered_is_bounded() -> None:
    made: list[str] = []

    def double(chunk: str) -> str:
        made.append(chunk)
        return chunk * 2

    known = BoundedCache(double, 3)
    for chunk in ["a", "b", "a", "c", "d", "a", "e", "x" * 1000, "a"]:
        assert known[chunk] == chunk * 2
        assert len(known) <= 3
    assert made.count("a") == 1  # what comes again is kept
    assert "x" * 1000 not in known


def test_the_joints_of_a_long_text() -> None:
    sentence = "Mr. O'Neil isn't at http://a.b/c, 3.5 km off (नमस्ते 👍🏽).  "
    assert words(sentence * 5000) == words(sentence + "x")[:-1] * 5000

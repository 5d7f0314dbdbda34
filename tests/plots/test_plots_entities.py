"""The page of texts with marks: read back as a browser would, with texts and labels of strangers."""

from __future__ import annotations

import random
import re
import tracemalloc
from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from seqtool.plots.colours import DARK, GREY, PALETTE
from seqtool.plots.entities import (
    BACK,
    DARK_BACK,
    DARK_INK,
    DARK_TINT,
    EDGES,
    INK,
    STYLE,
    TINT,
    EntityPage,
    Span,
    fitting,
)

HOSTILE = [
    "</script><script>alert(1)</script>",
    "</p></main><h1>out</h1>",
    "<!-- ]]> --> <![CDATA[ &amp; &#0; &lt",
    "\" onload='alert(1)",
    "a\x00b\x1b[31mc\x7f\x9b",
    "\u202eevil\u202c \u2066iso\u2069",
    "\ud800 lone \ufffe\uffff\ufdd0\U0001ffff",
    "\u0301\u0308 lone marks",
    "two\nlines\r\nand\rmore\twith\u2028\u0085\x0b\x0c",
    "\nfirst and last\n",
    "مرحبا \u200fبالعالم",
    "👨\u200d👩\u200d👧 👍🏽 日本語",
    "",
    " ",
    "x" * 100_000,
]
VOID = {"meta", "br", "link"}


class Page(HTMLParser):
    """Each paragraph's text without the labels, its marks, and what the legend says.

    An end that does not fit its beginning fails.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.marks: list[list[tuple[str, str, dict[str, str | None]]]] = []
        self.legend = ""
        self.styles = ""
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(source)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in VOID:
            return
        self.open.append(tag)
        if self.open[-2:] == ["main", "p"]:
            self.texts.append("")
            self.marks.append([])
        elif "main" in self.open and tag in ("mark", "ruby"):
            self.marks[-1].append(("", "", dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["style"]:
            self.styles += data
        elif "section" in self.open:
            self.legend += data
        elif {"small", "rt"} & set(self.open):
            text, label, attributes = self.marks[-1][-1]
            self.marks[-1][-1] = text, label + data.strip("\u00a0"), attributes
        elif "rp" in self.open:
            pass
        elif "p" in self.open:
            self.texts[-1] += data
            if {"mark", "ruby"} & set(self.open):
                text, label, attributes = self.marks[-1][-1]
                self.marks[-1][-1] = text + data, label, attributes
        else:
            assert {"title", "h1"} & set(self.open) or not data.strip(), data


def shown(text: str) -> str:
    """What a page may show of a text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        "\ufffd"
        if ("\x00" <= c < " " and c not in "\t\n")
        or "\x7f" <= c <= "\x9f"
        or c in "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        or 0xD800 <= ord(c) <= 0xDFFF
        or 0xFDD0 <= ord(c) <= 0xFDEF
        or ord(c) & 0xFFFE == 0xFFFE
        else c
        for c in text
    )


def page_of(*blocks: tuple[str, Sequence[Span]], title: str = "A title", tokens: bool = False) -> Page:
    page = EntityPage(["person", "place"])
    parts = [page.head(title), *(page.block(text, spans, tokens=tokens) for text, spans in blocks), page.foot()]
    source = "".join(parts)
    source.encode("utf-8")
    return Page(source)


def test_a_text_with_its_entities() -> None:
    text = "Ada Lovelace went to Rome"
    page = page_of((text, [Span(0, 12, "person", 0.974), Span(21, 25, "place")]))
    assert page.texts == [text]
    assert page.marks == [
        [
            ("Ada Lovelace", "person", {"class": "h0", "title": "person 0.97"}),
            ("Rome", "place", {"class": "h1", "title": "place"}),
        ]
    ]
    assert " ".join(page.legend.split()) == "2 entities in 1 text person 1 place 1"


def test_adjacent_entities_and_none() -> None:
    page = page_of(("ParisRome", [Span(0, 5, "place"), Span(5, 9, "place")]), ("none here", []), ("", []))
    assert page.texts == ["ParisRome", "none here", ""]
    assert [[text for text, _, _ in marks] for marks in page.marks] == [["Paris", "Rome"], [], []]
    assert " ".join(page.legend.split()) == "2 entities in 3 texts place 2"


def test_no_texts_at_all() -> None:
    assert " ".join(page_of().legend.split()) == "0 entities in 0 texts"


def test_every_token_with_its_label() -> None:
    page = page_of(("The dog.", [Span(0, 3, "DET"), Span(4, 7, "NOUN", 0.5), Span(7, 8, "PUNCT")]), tokens=True)
    assert page.texts == ["The dog."]
    assert [mark[:2] for mark in page.marks[0]] == [("The", "DET"), ("dog", "NOUN"), (".", "PUNCT")]
    assert " ".join(page.legend.split()) == "3 tokens in 1 text DET 1 NOUN 1 PUNCT 1"


@pytest.mark.parametrize("tokens", [False, True])
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:30])
def test_hostile_texts_and_labels(text: str, tokens: bool) -> None:
    middle = len(text) // 2
    label = text[:100] or "x"
    spans = [Span(0, middle, label, 0.5), Span(middle, len(text), "person")]
    page = page_of((text, spans), ("behind", []), title=text, tokens=tokens)
    whole = page.texts[0]
    if text[middle - 1 : middle + 1] != "\r\n":
        assert whole == shown(text)
    assert page.texts[1] == "behind"
    names = {name for name, _ in page.elements}
    assert names <= {
        *("html", "head", "meta", "title", "style", "body", "header", "h1", "main", "p"),
        *("mark", "small", "ruby", "rp", "rt", "bdi", "section", "ul", "li"),
    }
    allowed = {"class", "title", "dir", "lang", "charset", "http-equiv", "content", "name", "id", "aria-label"}
    assert {name for _, attributes in page.elements for name in attributes} <= allowed
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", "".join(page.texts) + page.legend)


def test_spans_that_do_not_fit_are_left_out() -> None:
    spans = [Span(4, 2, "x"), Span(-1, 2, "x"), Span(3, 3, "x"), Span(8, 11, "x"), Span(50, 60, "x")]
    spans += [Span(2, 6, "in"), Span(1, 3, "over"), Span(4, 5, "inside"), Span(5, 9, "over"), Span(6, 10, "end")]
    assert list(fitting(spans, 10)) == [Span(1, 3, "over"), Span(4, 5, "inside"), Span(5, 9, "over")]
    page = page_of(("0123456789", spans))
    assert page.texts == ["0123456789"]
    assert " ".join(page.legend.split()) == "3 entities in 1 text over 2 inside 1"


def test_any_spans_leave_the_text_as_it_is() -> None:
    chance = random.Random(1)
    letters = "ab<>&\"' \n\té😀\u0301م\x00"
    for _ in range(300):
        text = "".join(chance.choices(letters, k=chance.randrange(30)))
        spans = [Span(chance.randrange(-3, 33), chance.randrange(-3, 33), chance.choice(letters)) for _ in range(10)]
        kept = list(fitting(spans, len(text)))
        assert all(one.end <= two.start for one, two in pairwise(kept))
        page = page_of((text, spans), tokens=chance.random() < 0.5)
        assert page.texts == [shown(text)]
        assert [mark[0] for mark in page.marks[0]] == [shown(text[span.start : span.end]) for span in kept]


def test_labels_keep_their_look_and_many_share_the_last() -> None:
    labels = [f"l{i}" for i in range(40)]
    page = EntityPage(labels[:3])
    marks = re.findall('class="([^"]*)"', page.block("x" * 40, [Span(i, i + 1, labels[i]) for i in range(40)]))
    assert len(set(marks[:32])) == 32 == len(PALETTE) * len(EDGES)
    assert marks[:9] == [*(f"h{i}" for i in range(8)), "h0 e1"]
    assert set(marks[32:]) == {"h8"}
    again = EntityPage(labels[:3]).block("xx", [Span(0, 1, "l2"), Span(1, 2, "l0")])
    assert re.findall('class="([^"]*)"', again) == ["h2", "h0"]


def test_nothing_is_fetched_or_run() -> None:
    page = page_of(("x", []))
    assert page.styles == STYLE
    assert "url(" not in STYLE and "@import" not in STYLE and "</" not in STYLE
    policy = next(attributes["content"] for _, attributes in page.elements if "http-equiv" in attributes)
    assert policy and policy.startswith("default-src 'none'; ") and "'unsafe" not in policy
    assert "prefers-color-scheme: dark" in STYLE


def contrast(one: Sequence[float], two: Sequence[float]) -> float:
    """WCAG 2.1, of two colours in 0 to 255."""
    shades = []
    for colour in (one, two):
        red, green, blue = (
            c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour
        )
        shades.append(0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
    return max(shades) / min(shades)


@pytest.mark.parametrize("ink, back, tint, dark", [(INK, BACK, TINT, {}), (DARK_INK, DARK_BACK, DARK_TINT, DARK)])
def test_marked_text_can_be_read(ink: str, back: str, tint: float, dark: dict[str, str]) -> None:
    def numbers(colour: str) -> list[int]:
        return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]

    for colour in (*PALETTE, GREY):
        hue = numbers(dark.get(colour, colour))
        ground = [tint * over + (1 - tint) * under for over, under in zip(hue, numbers(back))]
        assert contrast(numbers(ink), ground) >= 4.5


def test_the_page_is_not_kept() -> None:
    page = EntityPage(["person"])
    page.block("Ada went home", [Span(0, 3, "person")])
    tracemalloc.start()
    for number in range(10_000):
        page.block(f"Ada {number} went home", [Span(0, 3, "person", 0.5), Span(4, 5, "number")])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000
    assert page.counts == {"person": 10_001, "number": 10_000} and page.texts == 10_001

"""Texts for pictures: harmless, shortened at letters, never estimated too narrow."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.ft2font import FT2Font, LoadFlags

from seqtool.plots.text import ELLIPSIS, estimated_width, harmless, shortened


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_harmless_texts_are_one_line_of_valid_xml(text: str) -> None:
    clean = harmless(text)
    clean.encode("utf-8")
    element = ElementTree.Element("text")
    element.text = clean
    assert (ElementTree.fromstring(ElementTree.tostring(element)).text or "") == clean
    assert len(clean.splitlines()) <= 1
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in clean)
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(clean)
    assert harmless(clean) == clean


def test_ordinary_texts_stay_as_they_are() -> None:
    for text in (
        "naïve café",
        "हिन्दी भाषा",
        "日本語",
        "👨\u200d👩\u200d👧",
        "<b>&amp;</b>",
        "مرحبا",
        "a\u0301\u0323\u0302z",
    ):
        assert harmless(text) == text
    assert harmless(" two \t words\n") == "two words"
    assert harmless("a" + "\u0301" * 50 + "z") == "a\u0301\u0301\u0301z"


def test_the_estimate_is_no_narrower_than_the_font() -> None:
    font = FT2Font(str(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"))
    font.set_size(100, 72)
    for text in (
        "The quick brown fox, 0123456789!",
        "~{|}@#%&WMQ",
        "naïve ÀÉÎÕÜ çñ",
        "Широко щука",
        "Ωμέγα πω",
        "“don’t” – …",
    ):
        font_width = sum(font.load_char(ord(c), flags=LoadFlags.NO_HINTING).linearHoriAdvance for c in text) / 65536
        assert font_width <= estimated_width(text, 100) + 1.0, text
    assert estimated_width("漢字", 10) == 20
    assert estimated_width("👍", 10) >= 13
    assert estimated_width("e\u0301", 10) == estimated_width("e", 10) == estimated_width("é", 10)


@given(st.text(max_size=80), st.floats(20, 300))
def test_shortened_texts_fit(text: str, width: float) -> None:
    def measure(part: str) -> float:
        return estimated_width(part, 12)

    short = shortened(text, width, measure)
    assert measure(short) <= width
    assert short == text or (short.endswith(ELLIPSIS) and text.startswith(short[:-1]))


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 9, "one two…"),
        ("extraordinarily", 6, "extra…"),
        ("abe\u0301fg", 4, "ab…"),
        ("ab👨\u200d👩\u200d👧cd", 5, "ab…"),
        ("ab👍🏽cd", 4, "ab…"),
        ("हिन्दी", 2, "…"),
        ("abc", 0, "…"),
        ("x" * 5000, 4, "xxx…"),
    ],
)
def test_no_letter_is_cut_in_two(text: str, room: int, expected: str) -> None:
    assert shortened(text, room, len) == expected

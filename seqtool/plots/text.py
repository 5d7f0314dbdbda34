"""Texts of strangers, made fit for a picture: harmless, in one line, short enough, and measured."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

ELLIPSIS = "…"
REPLACEMENT = "\ufffd"
# More marks than this on one letter would grow out of the label's box.
MARKS_LIMIT = 3

# What would turn the reading direction round, beyond the text's own letters.
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_JOINER = "\u200d"

# Advance widths of DejaVu Sans in thousandths of the font size, U+0020 to U+007E. Verdana's are the
# same within a hundredth; other sans-serif fonts run narrower.
_WIDTHS = [
    *(318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337),
    *(636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531),
    *(1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787),
    *(603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500),
    *(500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612),
    *(635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838),
]

Measure = Callable[[str], float]


def harmless(text: str) -> str:
    """One line that no viewer obeys: white space becomes single spaces; controls, direction overrides,
    surrogates and what XML cannot hold become U+FFFD; a letter keeps at most three marks."""
    kept: list[str] = []
    marks = 0
    for character in " ".join(text.split()):
        if character.isascii() and character.isprintable():
            marks = 0
            kept.append(character)
            continue
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > MARKS_LIMIT:
            continue
        forbidden = category in ("Cc", "Cs", "Zl", "Zp") or character in _BIDI_CONTROLS or _noncharacter(character)
        kept.append(REPLACEMENT if forbidden else character)
    return "".join(kept)


def _noncharacter(character: str) -> bool:
    number = ord(character)
    return number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF


def estimated_width(text: str, size: float) -> float:
    """How wide the text gets at the font size, in its unit: rather too much than too little.

    For where no font can be asked, as the reader's browser has its own.
    """
    return sum(map(_character_width, text)) * size / 1000


def _character_width(character: str) -> int:
    number = ord(character)
    if 0x20 <= number < 0x7F:
        return _WIDTHS[number - 0x20]
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf"):
        return 0
    wide = unicodedata.east_asian_width(character) in "WF"
    if category == "So" or number >= 0x1F000:
        return 1000 if wide and number < 0x2600 else 1400  # emoji are wider than an em
    if wide:
        return 1000
    base = ord(unicodedata.normalize("NFD", character)[0])
    if 0x20 <= base < 0x7F:
        return _WIDTHS[base - 0x20]
    if character == "·" or 0x2010 <= number <= 0x2027:
        return 600 if number < 0x2014 or 0x2018 <= number < 0x2020 else 1000
    return 1050 if category == "Lu" else 860


def shortened(text: str, width: float, measure: Measure) -> str:
    """The text if it fits into the width, else its beginning and an ellipsis; never half a letter."""
    if len(text) <= 400 and measure(text) <= width:
        return text
    low, high = 0, min(len(text), 400)  # the longest beginning that fits, by halves
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle] + ELLIPSIS) <= width:
            low = middle
        else:
            high = middle - 1
    low = _letter_boundary(text, low)
    space = text.rfind(" ", 0, low + 1)
    if space > low * 0.6:  # between words, where that costs little
        low = space
    return text[:low].rstrip() + ELLIPSIS


def _letter_boundary(text: str, end: int) -> int:
    """The last place up to ``end`` that parts no letter from its marks and no joined emoji."""
    while 0 < end < len(text):
        after, before = text[end], text[end - 1]
        if unicodedata.category(after)[0] != "M" and _JOINER not in (after, before) and not _modifier(after):
            break
        end -= 1
    return end


def _modifier(character: str) -> bool:
    return "\U0001f3fb" <= character <= "\U0001f3ff"

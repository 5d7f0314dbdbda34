"""Texts of strangers, made fit for a picture or a page: harmless, in one line, short enough, and measured."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import unicodedata
from collections.abc import Callable

ELLIPSIS = "…"
REPLACEMENT = "\ufffd"
# More marks than this on one letter would grow out of the label's box.
MARKS_LIMIT = 3

# What HTML and XML cannot hold, or would turn the reading direction of what follows round; \t and \n are fine.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr((plane << 16) + end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
    + "]"
)
# Marks of direction, which are part of a longer text but not of a label.
_MARKERS = dict.fromkeys(map(ord, "\u061c\u200e\u200f"), REPLACEMENT)
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
    text = " ".join(text.split())
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    marks = 0
    for character in FORBIDDEN.sub(REPLACEMENT, text):
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= MARKS_LIMIT:
            kept.append(character)
    return "".join(kept).translate(_MARKERS)


def page_head(title: str, style: str, script: str = "") -> str:
    """An HTML page from its first line into its body: its policy lets it fetch nothing, and run this script alone."""
    policy = f"default-src 'none'; base-uri 'none'; form-action 'none'; style-src '{_digest(style)}'"
    if script:
        policy += f"; script-src '{_digest(script)}'"
    return (
        '<!DOCTYPE html>\n<html lang="und">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


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
    """The last offset up to ``end`` that parts no letter from its marks and no joined emoji."""
    while 0 < end < len(text):
        after, before = text[end], text[end - 1]
        if unicodedata.category(after)[0] != "M" and _JOINER not in (after, before) and not _modifier(after):
            break
        end -= 1
    return end


def _modifier(character: str) -> bool:
    return "\U0001f3fb" <= character <= "\U0001f3ff"

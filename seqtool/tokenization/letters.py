"""What a code point is to our rules, from the Unicode database that Python brings.

Rules are regular expressions over *shapes*: a text in which every code point beyond ASCII has
been replaced by one that stands for its kind, one for one, so that offsets stay the same.  A
letter class in such an expression is a few characters long and compiles at once; the classes
of Unicode itself are thousands long.
"""

from __future__ import annotations

import unicodedata

from seqtool.tokenization.character_tables import KINDS

# What stands for a kind: private characters, which in a text stand for themselves no longer (see _shape_of).
MARK, JOINER, SELECTOR, KEYCAP, FLAG, PICTURE, SKIN, TAG, IDEOGRAPH, POINT = (chr(0xF8E0 + n) for n in range(10))
PRIVATE = "\uf8ff"
STANDING = MARK + JOINER + SELECTOR + KEYCAP + FLAG + PICTURE + SKIN + TAG + IDEOGRAPH + POINT

_APOSTROPHES = "\u2019\u02bc\uff07"
_HYPHENS = "\u2010\u2011"
# Signs inside a word: the Catalan and Greek middle dots, the Hebrew geresh and gershayim.
_POINTS = "\u00b7\u0387\u05f3\u05f4"
# Written without spaces, a sign a word or a syllable (UAX 29 cuts them likewise): Han and Hiragana.
_IDEOGRAPHS = (
    "3005-3007 3041-3096 309d-309f 3400-4dbf 4e00-9fff f900-faff 17000-18cff 1b001-1b11f 1b150-1b152 20000-3ffff"
)


def ranges(listed: str) -> list[tuple[int, int]]:
    """``"00a9 2194-2199"`` as pairs of first and last code point."""
    pairs = (part.partition("-") for part in listed.split())
    return [(int(first, 16), int(last or first, 16)) for first, _, last in pairs]


# Extended_Pictographic; unassigned code points are among them for emoji to come.
PICTURES = ranges(KINDS["X"])
IDEOGRAPHS = ranges(_IDEOGRAPHS)


def among(code: int, pairs: list[tuple[int, int]]) -> bool:
    """Whether a code point is in one of the ranges."""
    return any(first <= code <= last for first, last in pairs)


def _shape_of(code: int) -> str:
    """The character that stands for a code point beyond ASCII."""
    character = chr(code)
    if character in _APOSTROPHES:
        return "'"
    if character in _HYPHENS:
        return "-"
    if character in _POINTS:
        return POINT
    special = {0x200D: JOINER, 0x200C: MARK, 0x00AD: MARK, 0x20E3: KEYCAP, 0xFE0E: SELECTOR, 0xFE0F: SELECTOR}.get(code)
    if special:
        return special
    if 0x1F1E6 <= code <= 0x1F1FF:
        return FLAG
    if 0x1F3FB <= code <= 0x1F3FF:
        return SKIN
    if 0xE0020 <= code <= 0xE007F:
        return TAG
    if among(code, PICTURES):
        return PICTURE
    return _shape_by_category(character)


def _shape_by_category(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] == "M":
        return MARK
    if among(ord(character), IDEOGRAPHS):
        return IDEOGRAPH if character.isalnum() else character
    if category == "Nd":
        return "0"
    if character.isalnum():
        return "X" if category == "Lu" else "x"
    # A sign, which stands for itself unless it is one of those that stand for others.
    return PRIVATE if category == "Co" else character


class _Shapes(dict[int, str]):
    """str.translate's table, filled with the code points that texts have."""

    def __missing__(self, code: int) -> str:
        shape = self[code] = chr(code) if code < 0x80 else _shape_of(code)
        return shape


_shapes = _Shapes()


def shape(text: str) -> str:
    """``text`` with every code point beyond ASCII replaced by what stands for its kind; letters by
    x and X, digits by 0."""
    return text if text.isascii() else text.translate(_shapes)

"""What people call characters: extended grapheme clusters (Unicode Standard Annex 29, version 16).

A letter with its accents, a syllable of Hangul or Devanagari, a flag, a family of emoji is one.
Python's database may be a few years older than the annex: of letters that are younger than it,
marks are not known as marks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from seqtool.tokenization.letters import PICTURES, among, ranges

_PREPENDED = ranges(
    "0600-0605 06dd 070f 0890-0891 08e2 0d4e 110bd 110cd 111c2-111c3 113d1 1193f 11941 11a3a 11a84-11a89 11d46 11f02"
)
# Mc that count as Extend, or that do not join at all (Grapheme_Cluster_Break of both is not SpacingMark).
_EXTENDING = ranges(
    "09be 09d7 0b3e 0b57 0bbe 0bd7 0cc0 0cc2 0cc7-0cc8 0cca-0ccb 0cd5-0cd6 0d3e 0d57 0dcf 0ddf 1b35 302e-302f 1133e "
    "11357 114b0 114bd 115af 11930 1d165 1d16e-1d172 ff9e-ff9f 1f3fb-1f3ff e0020-e007f"
)
_APART = ranges("102b-102c 1038 1062-1064 1067-106d 1083 1087-108c 108f 109a-109c 1a61 1a63-1a64 aa7b aa7d 11720-11721")
_SPACING = ranges("0e33 0eb3")
_CONSONANTS = ranges(
    "0915-0939 0958-095f 0978-097f 0995-09a8 09aa-09b0 09b2 09b6-09b9 09dc-09dd 09df 09f0-09f1 0a95-0aa8 0aaa-0ab0 "
    "0ab2-0ab3 0ab5-0ab9 0af9 0b15-0b28 0b2a-0b30 0b32-0b33 0b35-0b39 0b5c-0b5d 0b5f 0b71 0c15-0c28 0c2a-0c39 "
    "0c58-0c5a 0d15-0d3a"
)
_LINKERS = ranges("094d 09cd 0acd 0b4d 0c4d 0d4d")
_LEADING = ranges("1100-115f a960-a97c")
_VOWELS = ranges("1160-11a7 d7b0-d7c6")
_TRAILING = ranges("11a8-11ff d7cb-d7fb")


def _kind_of(code: int) -> str:
    """A letter for the kind of a code point, as the expression below has them."""
    named = (
        (_PREPENDED, "P"), (_LINKERS, "I"), (_EXTENDING, "E"), (_APART, "O"), (_SPACING, "S"), (_CONSONANTS, "K"),
        (_LEADING, "L"), (_VOWELS, "V"), (_TRAILING, "T"), ([(0x200D, 0x200D)], "Z"), ([(0x200C, 0x200C)], "W"),
        ([(0x1F1E6, 0x1F1FF)], "F"), (PICTURES, "X"),
    )  # fmt: skip
    for pairs, kind in named:
        if among(code, pairs):
            return kind
    if 0xAC00 <= code <= 0xD7A3:
        return "H" if (code - 0xAC00) % 28 else "D"
    if code in (0x0A, 0x0D):
        return "N" if code == 0x0A else "R"
    category = unicodedata.category(chr(code))
    return {"Mn": "E", "Me": "E", "Mc": "S", "Cc": "C", "Cf": "C", "Zl": "C", "Zp": "C"}.get(category, "O")


class _Kinds(dict[int, str]):
    """str.translate's table, filled with the code points that texts have."""

    def __missing__(self, code: int) -> str:
        kind = self[code] = _kind_of(code)
        return kind


_kinds = _Kinds()
# Table 1c of the annex; W is the non-joiner, which extends but does not link consonants.  Every repetition is possessive: time is linear.
_CLUSTER = re.compile(
    r"RN|[RNC]"
    r"|P*+(?:L*+(?:V++|DV*+|H)T*+|L++|T++|FF|X(?:[EIW]*+ZX)*+|K(?:[EZ]*+I[EIZ]*+K)*+|[^RNCP])[EIWZS]*+"
    r"|P++[EIWZS]*+"
)


def spans(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each character of ``text``, in code points, end exclusive; they tile it."""
    if text.isascii() and "\r" not in text:
        return zip(range(len(text)), range(1, len(text) + 1))
    return (match.span() for match in _CLUSTER.finditer(text.translate(_kinds)))

"""What people call characters: extended grapheme clusters (Unicode Standard Annex 29, version 16).

A letter with its accents, a syllable of Hangul or Devanagari, a flag, a family of emoji is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from seqtool.tokenization.character_tables import KINDS
from seqtool.tokenization.letters import among, ranges

_RANGES = {kind: ranges(listed) for kind, listed in KINDS.items()}
# Syllables of Hangul follow each other: one without a trailing consonant, then 27 with one.
_FIRST_SYLLABLE, _LAST_SYLLABLE, _TRAILING = 0xAC00, 0xD7A3, 28


class _Kinds(dict[int, str]):
    """A letter for the kind of a code point, as the expression below has them; str.translate's
    table, filled with the code points that texts have."""

    def __missing__(self, code: int) -> str:
        kind = next((kind for kind, pairs in _RANGES.items() if among(code, pairs)), "O")
        if _FIRST_SYLLABLE <= code <= _LAST_SYLLABLE:
            kind = "H" if (code - _FIRST_SYLLABLE) % _TRAILING else "D"
        self[code] = kind
        return kind


_kinds = _Kinds()
# Table 1c of the annex; W is the non-joiner, which extends but does not link consonants.  Every repetition is possessive: time is linear.
_CLUSTER = re.compile(
    r"RN|[RNC]"
    r"|P*+(?:L*+(?:V++|DV*+|H)T*+|L++|T++|FF|X(?:[EIW]*+ZX)*|K(?:[EZ]*+I[EIZ]*+K)*|[^RNCP])[EIWZS]*+"
    r"|P++[EIWZS]*+"
)


def spans(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each character of ``text``, in code points, end exclusive; they tile it."""
    if text.isascii() and "\r" not in text:
        return zip(range(len(text)), range(1, len(text) + 1))
    return (match.span() for match in _CLUSTER.finditer(text.translate(_kinds)))

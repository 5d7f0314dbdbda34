"""Words of a text, with their places."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_RUN = re.compile(r"\S+")


def _in_word(character: str) -> bool:
    """Letters, digits, and the marks that combine with them (Devanagari's vowels, accents)."""
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def words(text: str) -> Iterator[tuple[str, int, int]]:
    """The words of ``text``: (word, start, end) in code points, end exclusive.

    A run without white space, less the punctuation at its ends; a run of signs alone (an
    emoji, ``:-)``) is a word too.  Each is a verbatim slice of the text.
    """
    for match in _RUN.finditer(text):
        start, end = match.span()
        while start < end and not _in_word(text[start]):
            start += 1
        while end > start and not _in_word(text[end - 1]):
            end -= 1
        if start == end:
            start, end = match.span()
        yield text[start:end], start, end

"""U+2581 in a text, which to sentencepiece is a space: written as two other characters, and back.

U+001A, the "substitute" of ASCII, begins an escape: U+001A ``_`` stands for U+2581, and U+001A
U+001A for U+001A itself.  So every text has one escaped form, and it leads back to that text.
"""

from __future__ import annotations

import re

SPACE = "\u2581"
ESCAPE = "\x1a"
_ESCAPES = re.compile(f"{ESCAPE}([{ESCAPE}_])")


def escaped(text: str) -> str:
    """``text`` without U+2581."""
    if SPACE not in text and ESCAPE not in text:
        return text
    return text.replace(ESCAPE, ESCAPE + ESCAPE).replace(SPACE, ESCAPE + "_")


def unescaped(text: str) -> str:
    """The text whose escaped form this is.  What is no escape (of a text that was never
    escaped) stays as it is."""
    if ESCAPE not in text:
        return text
    return _ESCAPES.sub(lambda match: SPACE if match[1] == "_" else ESCAPE, text)


def original_offsets(text: str) -> list[int]:
    """For each offset in the escaped form of ``text``, and for its end, the offset in ``text``."""
    found = []
    for offset, character in enumerate(text):
        found.append(offset)
        if character in (SPACE, ESCAPE):
            found.append(offset)
    return [*found, len(text)]

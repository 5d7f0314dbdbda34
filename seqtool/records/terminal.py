"""What a person at a terminal is told, and what a terminal must not be told."""

from __future__ import annotations

import contextlib
import os
import sys
import unicodedata
from collections.abc import Sequence

# What could move a cursor, change a colour or turn the reading direction round.
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def harmless(text: str) -> str:
    """A text that a terminal cannot obey: controls, line separators and surrogates become U+FFFD."""
    if text.isprintable():
        return text
    return "".join(
        "\ufffd"
        if character in _BIDI_CONTROLS or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        else character
        for character in text.replace("\t", "    ")
    )


def tell(message: str) -> None:
    """One line on standard error, if there is one; nothing in it is obeyed by a terminal."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            line = harmless(message) + "\n"
            os.write(2, line.encode("utf-8", "replace"))


def terminal_input(files: Sequence[str]) -> bool:
    """Whether what is read is typed by a person."""
    return (not files or "-" in files) and sys.stdin is not None and sys.stdin.isatty()


def terminal_output() -> bool:
    """Whether standard output goes to a person."""
    return sys.stdout is not None and sys.stdout.isatty()

"""What a person at a terminal is told, and what a terminal must not be told."""

from __future__ import annotations

import contextlib
import os
import sys
import unicodedata
from collections.abc import Sequence

from seqtool.records.record import Record

SHOWN = 5

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


class BadRecords:
    """Tells of bad records on standard error: of the first five, and at the end how many there were.

    ``behind`` is said of each, ``where`` of their count.
    """

    def __init__(self, command: str, *, quiet: bool, behind: str = "", where: str = "") -> None:
        self.count = 0
        self._left = 0 if quiet else SHOWN
        self._command = command
        self._quiet = quiet
        self._behind = behind
        self._where = where

    def tell(self, record: Record) -> None:
        """Count a bad record, and say what is wrong with it."""
        self.count += 1
        if self._left:
            self._left -= 1
            tell(f"seqtool {self._command}: {record.file}:{record.line}: {record.problem}{self._behind}")

    def end(self) -> None:
        """Say how many there were, if any."""
        if self.count and not self._quiet:
            tell(f"seqtool {self._command}: {self.count} bad record{'s' * (self.count != 1)}{self._where}")


def terminal_input(files: Sequence[str]) -> bool:
    """Whether what is read is typed by a person."""
    return (not files or "-" in files) and sys.stdin is not None and sys.stdin.isatty()


def terminal_output() -> bool:
    """Whether standard output goes to a person."""
    return sys.stdout is not None and sys.stdout.isatty()

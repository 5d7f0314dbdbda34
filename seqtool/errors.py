"""The errors that a user can meet.

Every message says place, cause and remedy in one line: the command line prints it as
``seqtool COMMAND: message`` and ends with the class's exit status.
"""

from __future__ import annotations

from collections.abc import Iterable


class SeqtoolError(Exception):
    """It could not start or go on: exit status 2."""

    status = 2


class OptionError(SeqtoolError):
    """An option, an argument or a recipe key that cannot be used."""


class InputError(SeqtoolError):
    """An input file that cannot be read: missing, cut short, wrong columns."""


class OutputError(SeqtoolError):
    """An output that cannot be written: a full disk, a folder that is there already."""


class ModelError(SeqtoolError):
    """A model folder that is missing, damaged, foreign or newer than this program."""


class DataError(SeqtoolError):
    """Training or evaluation data that cannot be used: one label only, no rows."""


class BadRecord(Exception):
    """One record that cannot be read or answered; its neighbours go on.

    ``kind`` is one of encoding, json, not_object, field, type, surrogate, duplicate_key,
    number, depth, length, row, clash, word.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def nearest(name: str, choices: Iterable[str]) -> str:
    """The names in ``choices`` most like ``name``, as the end of an error message.

    Gives ``"did you mean 'text'?"``, or the first few choices when none is near, or an
    empty string when there are none at all.
    """
    import difflib

    known = [str(choice) for choice in choices]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if not near:
        lowered = {choice.lower(): choice for choice in known}
        near = [lowered[match] for match in difflib.get_close_matches(name.lower(), list(lowered), n=3, cutoff=0.5)]
    if near:
        return "did you mean " + " or ".join(repr(match) for match in near) + "?"
    if not known:
        return ""
    listed = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    return f"there is: {listed}"

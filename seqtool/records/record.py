"""A record, and what a command takes out of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from seqtool.errors import BadRecord, nearest
from seqtool.records.json_text import look_up


@dataclass(slots=True)
class Record:
    """One record of the input, and what became of it."""

    file: str
    line: int
    fields: dict[str, Any] = field(default_factory=dict)
    raw: bytes = b""
    error: BadRecord | None = None
    arrived_bad: bool = False
    """It came with an ``error`` object of an earlier command, and passes through untouched."""
    uniform: bool = False
    """Every record of its file has the same fields (text and tables)."""
    letters: Iterator[bytes] | None = None
    """What is read of it piece by piece, for as long as the next record is not asked for (FASTA)."""
    item: Any = None
    """What a command took out of the fields, most often the text."""
    answer: dict[str, Any] | None = None
    parts: Iterable[dict[str, Any]] | None = None
    """The answers of a record that becomes several, in the place of ``answer``; read once."""
    added: dict[str, Any] | None = None
    """What is written of the answer behind the record's own fields."""
    block: Any = None
    """The columns of a sentence that was read from such (:class:`seqtool.records.conll.Block`)."""
    number: int = 0
    """Its index in the input, where somebody counts."""

    @property
    def bad(self) -> bool:
        """Whether there is no answer to it."""
        return self.error is not None or self.arrived_bad

    @property
    def problem(self) -> str:
        """What is wrong with a bad record."""
        return self.error.message if self.error else "a bad record of an earlier command"

    def identity(self) -> bytes:
        """What tells this record of the input from another one; its letters are read to their end."""
        for _ in self.letters or ():
            pass
        return self.raw or f"{self.file}:{self.line}".encode()

    def output_fields(self) -> dict[str, Any]:
        """What is written: the record's own fields first, then what is added or the error."""
        if self.arrived_bad:
            return self.fields
        fields = {**self.fields, **(self.added or {})}  # with --source, a bad record has that much added
        if self.error is None:
            return fields
        error = {"kind": self.error.kind, "message": self.error.message, "file": self.file, "line": self.line}
        if "error" in self.fields:  # a field of the user's own: kept, but not as a second key
            return {"error": {**error, "record": fields}}
        return {**fields, "error": error}


def decoded(line: bytes) -> str:
    """The line as text.

    :raises BadRecord: kind encoding.
    """
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRecord(
            "encoding", f"not UTF-8 at byte {error.start + 1}; try --encoding latin-1 (or what the file is in)"
        ) from None


def too_long(limit: int) -> BadRecord:
    return BadRecord("length", f"a line of more than {limit} bytes; --max-line-bytes raises the limit")


def take_text(fields: dict[str, Any], name: str) -> str:
    """The text of a record.

    :raises BadRecord: kinds field (there is none of that name) and type (it is no string).
    """
    try:
        value = look_up(fields, name)
    except KeyError:
        hint = nearest(name, fields) or "the record is empty"
        raise BadRecord("field", f"no field {name!r}: {hint} (--field names the text)") from None
    if not isinstance(value, str):
        raise BadRecord("type", f"the field {name!r} is not a string; --field names another")
    return value


def take_text_or_tokens(fields: dict[str, Any], name: str) -> tuple[str | None, list[str] | None]:
    """The text of a record and its ``tokens``, which are enough.

    :raises BadRecord: kinds field and type.
    """
    tokens = fields.get("tokens") if name == "text" else None
    if tokens is None:
        return take_text(fields, name), None
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        raise BadRecord("type", "the field 'tokens' is no list of strings; --field names a text instead")
    text = fields.get("text")
    return text if isinstance(text, str) else None, tokens

"""A record, and what a command takes out of one."""

from __future__ import annotations

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
    item: Any = None
    """What a command took out of the fields, most often the text."""
    answer: dict[str, Any] | None = None
    parts: list[dict[str, Any]] | None = None
    """The answers of a record that becomes several (``--each``), in the place of ``answer``."""
    block: Any = None
    """The columns of a sentence that was read from such (:class:`seqtool.records.conll.Block`)."""
    number: int = 0
    """Its place in the input, from 0, where somebody counts."""


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

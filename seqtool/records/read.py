"""Lines to records: text, jsonl, csv and tsv, each bad record in its own place.

An iterator of records may also yield :data:`seqtool.records.lines.PAUSE` (see there).
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from seqtool.errors import BadRecord, InputError, OptionError
from seqtool.records.json_text import look_up, parse_object
from seqtool.records.lines import COMPRESSIONS, PAUSE, TOO_LONG, check_encoding, display_name, read_lines

FORMATS = ("auto", "text", "jsonl", "csv", "tsv")
ENDINGS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv"}
MAX_LINE_BYTES = 16 << 20


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
    item: Any = None
    """What a command took out of the fields, most often the text."""
    answer: dict[str, Any] | None = None


def _text(record: Record, line: bytes) -> str:
    """The line as text.

    :raises BadRecord: kind encoding.
    """
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRecord(
            "encoding", f"not UTF-8 at byte {error.start + 1}; try --encoding latin-1 (or what the file is in)"
        ) from None


def _too_long(limit: int) -> BadRecord:
    return BadRecord("length", f"a line of more than {limit} bytes; --max-line-bytes raises the limit")


def _as_text(record: Record, line: bytes, _: Any) -> None:
    record.fields = {"text": _text(record, line)}


def _as_object(record: Record, line: bytes, _: Any) -> None:
    record.fields = fields = parse_object(_text(record, line))
    error = fields.get("error")
    if isinstance(error, dict) and isinstance(error.get("kind"), str) and isinstance(error.get("message"), str):
        record.arrived_bad = True


def _single_lines(
    path: str, lines: Iterator[Any], parse: Callable[[Record, bytes, Any], None], limit: int, skip_blank: bool
) -> Iterator[Any]:
    """One record a line."""
    name = display_name(path)
    number = 0
    for line in lines:
        if line is PAUSE:
            yield PAUSE
            continue
        number += 1
        record = Record(name, number)
        if line is TOO_LONG:
            record.error = _too_long(limit)
        elif skip_blank and not line.strip():
            continue
        else:
            record.raw = line
            try:
                parse(record, line, None)
            except BadRecord as error:
                record.error = error
        yield record


def split_row(text: str, delimiter: str) -> list[str] | None:
    """The fields of one RFC 4180 row; None while a quoted field is still open at its end.

    :raises BadRecord: kind row, when something follows a closing quote.
    """
    if '"' not in text:
        return text.split(delimiter)
    row = []
    position = 0
    while True:
        if text.startswith('"', position):
            start = position = position + 1
            while True:
                position = text.find('"', position)
                if position < 0:
                    return None
                if not text.startswith('"', position + 1):
                    break
                position += 2
            row.append(text[start:position].replace('""', '"'))
            position += 1
            if position == len(text):
                return row
            if not text.startswith(delimiter, position):
                raise BadRecord("row", "text after a closing quote; a quote inside a quoted field is written twice")
            position += len(delimiter)
        else:
            end = text.find(delimiter, position)
            if end < 0:
                row.append(text[position:])
                return row
            row.append(text[position:end])
            position = end + len(delimiter)


def _quote_open(text: str, delimiter: str, inside: bool) -> bool:
    """Whether a quoted field is open after ``text``, which begins inside one or at a row's start."""
    if '"' not in text:
        return inside
    if not inside:
        try:
            return split_row(text, delimiter) is None
        except BadRecord:
            return False
    position = text.find('"')
    while text.startswith('"', position + 1):
        position = text.find('"', position + 2)
        if position < 0:
            return True
    rest = text[position + 1 :]
    return rest.startswith(delimiter) and _quote_open(rest[len(delimiter) :], delimiter, False)


class _Rows:
    """Rows of a table out of lines; a row may span lines while a quoted field is open."""

    def __init__(self, lines: Iterator[Any], delimiter: str, quoting: bool, limit: int) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._quoting = quoting
        self._limit = limit
        self._again: deque[Any] = deque()  # lines given back after a quote that never closed
        self.number = 0

    def _next(self) -> Any:
        return self._again.popleft() if self._again else next(self._lines, None)

    def __iter__(self) -> Iterator[Any]:
        """Yields PAUSE, or (number of the first line, raw bytes, row or BadRecord)."""
        while (line := self._next()) is not None:
            if line is PAUSE:
                yield PAUSE
                continue
            self.number += 1
            number = self.number
            if line is TOO_LONG:
                yield number, b"", _too_long(self._limit)
                continue
            try:
                text = _text(Record("", 0), line)
                if not self._quoting:
                    yield number, line, text.split(self._delimiter)
                    continue
                row = split_row(text, self._delimiter)
            except BadRecord as error:
                yield number, line, error
                continue
            if row is not None:
                yield number, line, row
                continue
            yield from self._several_lines(number, line)

    def _several_lines(self, number: int, first: bytes) -> Iterator[Any]:
        gathered = [first]
        size = len(first)
        inside = True
        while inside and size <= self._limit:
            line = self._next()
            if line is PAUSE:
                yield PAUSE
                continue
            if line is None or line is TOO_LONG:
                if line is TOO_LONG:
                    self._again.appendleft(line)
                break
            gathered.append(line)
            size += len(line) + 1
            # An undecodable line still counts: the row as a whole is then a bad record.
            inside = _quote_open(line.decode("utf-8", "replace"), self._delimiter, inside)
        raw = b"\n".join(gathered)
        try:
            row = None if inside else split_row(_text(Record("", 0), raw), self._delimiter)
        except BadRecord as error:
            if error.kind == "encoding":
                self.number += len(gathered) - 1
                yield number, raw, error
                return
            row = None
        if row is not None:
            self.number += len(gathered) - 1
            yield number, raw, row
            return
        self._again.extendleft(reversed(gathered[1:]))
        yield number, first, BadRecord("row", "a quote that is not closed properly; double it or close it")


def _table(
    path: str,
    lines: Iterator[Any],
    delimiter: str,
    quoting: bool,
    limit: int,
    check_columns: Callable[[list[str], str], None],
) -> Iterator[Any]:
    name = display_name(path)
    columns: list[str] | None = None
    for entry in _Rows(lines, delimiter, quoting, limit):
        if entry is PAUSE:
            yield PAUSE
            continue
        number, raw, row = entry
        if columns is None:
            if isinstance(row, BadRecord):
                raise InputError(f"{name}:{number}: the header line cannot be read: {row.message}")
            columns = row
            twice = sorted({column for column in columns if columns.count(column) > 1})
            if twice:
                raise InputError(f"{name}:{number}: the column {twice[0]!r} stands twice in the header; rename one")
            check_columns(columns, name)
            continue
        record = Record(name, number, raw=raw)
        if isinstance(row, BadRecord):
            record.error = row
        elif len(row) != len(columns):
            if not raw.strip() and len(columns) > 1:
                continue  # a blank line between rows
            record.error = BadRecord(
                "row", f"{len(row)} fields where the header has {len(columns)}; quote a field that holds the delimiter"
            )
        else:
            record.fields = dict(zip(columns, row))
        yield record


def _guess(lines: Iterator[Any]) -> tuple[str, Iterator[Any]]:
    """Whether the first line that is not blank is a JSON object; with all lines, that one too.

    Blank lines before it wait for it.
    """
    import itertools

    held: list[Any] = []
    kind = "text"
    for line in lines:
        if line is PAUSE:
            continue
        held.append(line)
        if line is TOO_LONG or line.strip():
            if line is not TOO_LONG and line.lstrip().startswith(b"{"):
                try:
                    parse_object(line.decode("utf-8"))
                    kind = "jsonl"
                except UnicodeDecodeError:
                    pass
                except BadRecord as error:
                    kind = "text" if error.kind == "json" else "jsonl"
            break
    return kind, itertools.chain(held, lines)


def format_of(path: str) -> str | None:
    """The format that a file's ending names, or None."""
    for compression in COMPRESSIONS:
        path = path.removesuffix(compression)
    return next((kind for ending, kind in ENDINGS.items() if path.endswith(ending)), None)


def _no_check(columns: list[str], file: str) -> None:
    """Any column will do."""


def read_records(
    files: Sequence[str] = (),
    *,
    kind: str = "auto",
    encoding: str = "utf-8",
    delimiter: str | None = None,
    max_line_bytes: int = MAX_LINE_BYTES,
    check_columns: Callable[[list[str], str], None] = _no_check,
) -> Iterator[Any]:
    """The records of the files, read as one stream (none, or ``-``: standard input).

    Yields :class:`Record` and PAUSE.  ``check_columns(columns, file)`` is called with the
    header of each table before its first record, and may raise.

    :raises InputError: a file that cannot be read, or a table without a usable header.
    :raises OptionError: an unknown encoding, a delimiter that is not one character.
    """
    encoding = check_encoding(encoding)
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise OptionError(f"--delimiter {delimiter!r}: one character, such as ';'")
    for path in files or ("-",):
        lines = read_lines(path, encoding=encoding, limit=max_line_bytes)
        chosen = kind
        if kind == "auto":
            chosen = format_of(path) or ("csv" if delimiter else "")
            if not chosen:
                chosen, lines = _guess(lines)
        if chosen == "text":
            yield from _single_lines(path, lines, _as_text, max_line_bytes, skip_blank=False)
        elif chosen == "jsonl":
            yield from _single_lines(path, lines, _as_object, max_line_bytes, skip_blank=True)
        else:
            mark = delimiter or ("," if chosen == "csv" else "\t")
            yield from _table(path, lines, mark, chosen == "csv", max_line_bytes, check_columns)


def take_text(fields: dict[str, Any], name: str) -> str:
    """The text of a record.

    :raises BadRecord: kinds field (there is none of that name) and type (it is no string).
    """
    try:
        value = look_up(fields, name)
    except KeyError:
        from seqtool.errors import nearest

        hint = nearest(name, fields) or "the record is empty"
        raise BadRecord("field", f"no field {name!r}: {hint} (--field names the text)") from None
    if not isinstance(value, str):
        raise BadRecord("type", f"the field {name!r} is not a string; --field names another")
    return value


def terminal_input(files: Sequence[str]) -> bool:
    """Whether what is read is typed by a person."""
    return (not files or "-" in files) and sys.stdin is not None and sys.stdin.isatty()

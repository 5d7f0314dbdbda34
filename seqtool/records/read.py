"""Lines to records: text, jsonl, csv and tsv, each bad record in its own place.

An iterator of records may also yield :data:`seqtool.records.lines.PAUSE` (see there).
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from seqtool.errors import BadRecord, InputError, OptionError
from seqtool.records.json_text import look_up, parse_object
from seqtool.records.lines import COMPRESSIONS, PAUSE, TOO_LONG, check_encoding, display_name, read_lines

FORMATS = ("auto", "text", "jsonl", "csv", "tsv")
ENDINGS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv"}
# Of commands that read these.
MORE_ENDINGS = {".conll": "conll", ".conllu": "conll", ".fa": "fasta", ".fasta": "fasta", ".fna": "fasta"}
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


def _as_text(record: Record, line: bytes) -> None:
    record.fields = {"text": decoded(line)}
    record.uniform = True


def _as_object(record: Record, line: bytes) -> None:
    record.fields = fields = parse_object(decoded(line))
    error = fields.get("error")
    if isinstance(error, dict) and isinstance(error.get("kind"), str) and isinstance(error.get("message"), str):
        record.arrived_bad = True


def _single_lines(
    path: str, lines: Iterator[Any], parse: Callable[[Record, bytes], None], limit: int, skip_blank: bool
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
            record.error = too_long(limit)
        elif skip_blank and not line.strip():
            continue
        else:
            record.raw = line.removesuffix(b"\r")
            try:
                parse(record, record.raw)
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


class _Rows:
    """Rows of a table out of lines; a row may span lines while a quoted field is open."""

    def __init__(self, lines: Iterator[Any], delimiter: str, quoting: bool, limit: int) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._quoting = quoting
        self._limit = limit
        self.number = 0
        # Lines read to find where a quoted field ends, and given back when it did not. From inside
        # a quoted field each leads inside again, wherever that field began, and the last one does
        # not let it end well (``_barrier``): so no line is looked at twice, and time stays linear.
        self._held: deque[Any] = deque()
        self._held_bytes = 0
        self._barrier = False

    def _next(self) -> Any:
        if not self._held:
            return next(self._lines, None)
        line = self._held.popleft()
        if line is not TOO_LONG:
            self._held_bytes -= len(line) + 1
        if not self._held:
            self._barrier = False
        return line

    def __iter__(self) -> Iterator[Any]:
        """Yields PAUSE, or (number of the first line, raw bytes, row or BadRecord)."""
        while (line := self._next()) is not None:
            if line is PAUSE:
                yield PAUSE
                continue
            self.number += 1
            number = self.number
            if line is TOO_LONG:
                yield number, b"", too_long(self._limit)
                continue
            row = self._row(line)
            if row is not None:
                yield number, line, row
                continue
            gathered = yield from self._rest_of_row(line)
            if gathered is None:
                yield number, line, BadRecord("row", "a quote that is not closed properly; double it or close it")
                continue
            self.number += len(gathered) - 1
            raw = b"\n".join(gathered)
            yield number, raw, self._row(raw)

    def _row(self, raw: bytes) -> list[str] | BadRecord | None:
        """The fields of a row, None while a quoted field is open, or what is wrong with it."""
        try:
            text = decoded(raw.removesuffix(b"\r"))
            return split_row(text, self._delimiter) if self._quoting else text.split(self._delimiter)
        except BadRecord as error:
            return error

    def _rest_of_row(self, first: bytes) -> Generator[Any, None, list[bytes] | None]:
        """The lines of a row whose quoted field is open after ``first``; None if it never ends well.

        Yields PAUSE.
        """
        while not self._barrier and len(first) + self._held_bytes <= self._limit:
            line = next(self._lines, None)
            if line is PAUSE:
                yield PAUSE
                continue
            if line is None:
                return None
            self._held.append(line)
            if line is TOO_LONG:
                self._barrier = True
                return None
            self._held_bytes += len(line) + 1
            # An undecodable line still counts: the row as a whole is then a bad record.
            after = _after_line(line.decode("utf-8", "replace").removesuffix("\r"), self._delimiter)
            if after == ENDED:
                gathered = [first, *self._held]
                self._held.clear()
                self._held_bytes = 0
                return gathered
            self._barrier = after == BROKEN
        return None


INSIDE, ENDED, BROKEN = "inside", "ended", "broken"


def _after_line(text: str, delimiter: str) -> str:
    """Where a line that begins inside a quoted field leads: inside one, to the row's end, or nowhere."""
    position = text.find('"')
    while position >= 0 and text.startswith('"', position + 1):
        position = text.find('"', position + 2)
    if position < 0:
        return INSIDE
    rest = text[position + 1 :]
    if not rest:
        return ENDED
    if not rest.startswith(delimiter):
        return BROKEN
    try:
        return INSIDE if split_row(rest[len(delimiter) :], delimiter) is None else ENDED
    except BadRecord:
        return BROKEN


def _table(
    path: str,
    lines: Iterator[Any],
    delimiter: str,
    quoting: bool,
    limit: int,
    check_columns: Callable[[list[str], str], None],
    columns: list[str] | None,
) -> Iterator[Any]:
    name = display_name(path)
    header = b""
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
            header = raw + b"\n"
            continue
        # The header is part of what the first record was read from: --resume compares it too.
        record = Record(name, number, raw=header + raw, uniform=True)
        if isinstance(row, BadRecord):
            record.error = row
        elif len(row) != len(columns):
            if not raw.strip() and len(columns) > 1:
                continue  # a blank line between rows
            remedy = "quote a field that holds the delimiter" if quoting else "a field cannot hold a tab"
            record.error = BadRecord("row", f"{len(row)} fields where the header has {len(columns)}; {remedy}")
        else:
            record.fields = dict(zip(columns, row))
        header = b""
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


def format_of(path: str, more: Sequence[str] = ()) -> str | None:
    """The format that a file's ending names, or None; ``more``: formats that are read beside the usual ones."""
    for compression in COMPRESSIONS:
        path = path.removesuffix(compression)
    endings = ENDINGS | {ending: kind for ending, kind in MORE_ENDINGS.items() if kind in more}
    return next((kind for ending, kind in endings.items() if path.endswith(ending)), None)


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
    columns: Sequence[str] = (),
    more: Sequence[str] = (),
) -> Iterator[Any]:
    """The records of the files, read as one stream (none, or ``-``: standard input).

    Yields :class:`Record` and PAUSE.  ``check_columns(columns, file)`` is called with the
    header of each table before its first record, and may raise.  ``columns`` names those of
    tables without a header line.  ``more``: formats that ``auto`` may find by a file's ending
    beside the usual ones (``conll``).

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
            chosen = format_of(path, more) or ("csv" if delimiter else "")
            if not chosen:
                chosen, lines = _guess(lines)
        if chosen == "text":
            yield from _single_lines(path, lines, _as_text, max_line_bytes, skip_blank=False)
        elif chosen == "jsonl":
            yield from _single_lines(path, lines, _as_object, max_line_bytes, skip_blank=True)
        elif chosen == "conll":
            from seqtool.records.conll import sentence_records

            yield from sentence_records(path, lines, max_line_bytes)
        else:
            mark = delimiter or ("," if chosen == "csv" else "\t")
            yield from _table(path, lines, mark, chosen == "csv", max_line_bytes, check_columns, list(columns) or None)


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


def terminal_input(files: Sequence[str]) -> bool:
    """Whether what is read is typed by a person."""
    return (not files or "-" in files) and sys.stdin is not None and sys.stdin.isatty()

"""Tables to records: csv as RFC 4180 has it, and tsv, each bad row in its own place."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Any

from seqtool.errors import BadRecord, InputError
from seqtool.records.files import PAUSE, display_name
from seqtool.records.lines import TOO_LONG
from seqtool.records.record import Record, decoded, too_long


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


def table_records(
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

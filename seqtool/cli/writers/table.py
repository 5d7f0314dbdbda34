"""Records to tables for spreadsheets and ``cut``."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

from seqtool.cli.writers.writer import Writer
from seqtool.errors import BadRecord, OutputError, nearest
from seqtool.records.json_text import Fragment, Number, look_up, to_json
from seqtool.records.record import Record

# Bad records at the start of a table that wait for a good one to name the columns.
MAX_WAITING = 1000


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, Number):
        return value.literal
    if isinstance(value, Fragment):
        return "" if value.text == "null" else value.text
    return to_json(value)


class Table(Writer):
    """csv (RFC 4180, quoted where needed) or tsv (no quoting: tabs and line ends in a value
    become spaces).  ``added`` are the fields that the command adds.

    Without ``columns``, those of the first good record; bad ones before it wait for it.  A later
    record with a field more is a bad record: nothing is dropped without a word.
    """

    columns: list[str] | None = None

    def __init__(self, kind: str, columns: Sequence[str], added: Sequence[str]) -> None:
        self._write_row: Callable[[Sequence[str]], str] = _csv_row if kind == "csv" else _tsv_row
        self.columns = list(columns) or None
        self._added = list(added)
        self._named = bool(columns)
        self._begun = False
        self._waiting: list[Record] = []

    def go_on(self, columns: list[str] | None) -> None:
        """Continue a table whose header is written already."""
        self.columns = columns
        self._begun = True

    def check_names(self, fields: Sequence[str], *, strict: bool = True) -> None:
        """Hold the named columns against the fields that every record has; if they may differ
        (not ``strict``), only what looks like a slip of the pen is refused.

        :raises OutputError: one is none of them.
        """
        known = [*fields, *self._added, "error"]
        for column in self.columns or () if self._named else ():
            if column not in known and column.split(".")[0] not in known:
                hint = nearest(column, known)
                if strict or hint.startswith("did you mean"):
                    raise OutputError(f"--columns {column}: no record has it; {hint}")

    def check(self, record: Record) -> None:
        """Choose the columns by the first good record; make a later one bad that has a field more.

        :raises OutputError: a named column that no record has.
        """
        if record.bad:
            return
        if not self._begun:
            self.check_names(list(record.fields), strict=record.uniform)
        if self.columns is None:
            self.columns = list(record.output_fields())
        elif not self._named:
            extra = [name for name in record.output_fields() if name not in self.columns]
            if extra:
                record.error = BadRecord(
                    "field", f"the table has no column {extra[0]!r}; name the columns with --columns"
                )

    def line(self, record: Record) -> bytes:
        """The record's row, after the header and the rows that waited for it; empty while it waits.

        :raises OutputError: too many bad records wait.
        """
        if self.columns is None:
            if len(self._waiting) == MAX_WAITING:
                raise OutputError(f"the first {MAX_WAITING} records are bad; name the columns with --columns")
            self._waiting.append(record)
            return b""
        rows = [] if self._begun else [self._write_row(self.columns)]
        self._begun = True
        waiting, self._waiting = self._waiting, []
        rows += [self._row(each, self.columns) for each in (*waiting, record)]
        return "".join(rows).encode("utf-8")

    def end(self) -> bytes:
        """The rows that still wait, where no record was good."""
        if not self._waiting:
            return b""
        last = self._waiting.pop()
        self.columns = [*last.fields, *self._added, "error"]
        return self.line(last)

    def _row(self, record: Record, columns: Sequence[str]) -> str:
        fields = record.output_fields()
        cells = []
        for column in columns:
            try:
                cells.append(_cell(look_up(fields, column)))
            except KeyError:
                cells.append("")
        return self._write_row(cells)


def _csv_row(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)  # so that a lone \r in a value is quoted too
    return buffer.getvalue().removesuffix("\r\n") + "\n"


def _tsv_row(cells: Sequence[str]) -> str:
    return "\t".join(c.replace("\t", " ").replace("\n", " ").replace("\r", " ") for c in cells) + "\n"

"""Records to bytes: JSONL, or a table for spreadsheets and ``cut``."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

from seqtool.errors import BadRecord
from seqtool.records.json_text import Number, look_up, to_json
from seqtool.records.read import Record

FORMATS = ("jsonl", "csv", "tsv")


def rounded(value: Any, precision: int) -> Any:
    """``value`` with every float in it rounded to ``precision`` digits after the point."""
    if isinstance(value, float):
        return round(value, precision) + 0.0  # + 0.0: no -0.0
    if isinstance(value, dict):
        return {name: rounded(member, precision) for name, member in value.items()}
    if isinstance(value, list):
        return [rounded(item, precision) for item in value]
    return value


def output_fields(record: Record) -> dict[str, Any]:
    """What is written for a record: its own fields first, then the answer or the error."""
    if record.arrived_bad:
        return record.fields
    if record.error is None:
        return {**record.fields, **(record.answer or {})}
    error: dict[str, Any] = {
        "kind": record.error.kind,
        "message": record.error.message,
        "file": record.file,
        "line": record.line,
    }
    if "error" in record.fields:  # a field of the user's own: kept, but not as a second key
        return {"error": {**error, "record": record.fields}}
    return {**record.fields, "error": error}


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, Number):
        return value.literal
    return to_json(value)


class JSONLines:
    """One JSON object a line."""

    columns: list[str] | None = None

    def check(self, record: Record) -> None:
        """Any record can be written."""

    def line(self, record: Record) -> bytes:
        return (to_json(output_fields(record)) + "\n").encode("utf-8")


class Table:
    """csv (RFC 4180, quoted where needed) or tsv (no quoting: tabs and line ends in a value
    become spaces).  Without ``columns``, those of the first record that :meth:`begin` sees.

    A record with a field that a table without named columns lacks is a bad record: nothing
    is dropped without a word.
    """

    def __init__(self, kind: str, columns: Sequence[str] | None) -> None:
        self._write_row: Callable[[Sequence[str]], str] = _csv_row if kind == "csv" else _tsv_row
        self.columns = list(columns) if columns else None
        self._named = bool(columns)
        self._begun = False

    def go_on(self, columns: list[str] | None) -> None:
        """Continue a table whose header is written already."""
        if columns:
            self.columns = columns
            self._begun = True

    def begin(self, window: list[Record], added: Sequence[str]) -> None:
        """Choose the columns, if nobody has, by the first good record of a window."""
        if self.columns is None and window:
            first = next((r for r in window if r.error is None and not r.arrived_bad), None)
            self.columns = list(output_fields(first)) if first else [*window[0].fields, *added, "error"]

    def check(self, record: Record) -> None:
        """Make a record bad that has a field more than the table."""
        if self._named or self.columns is None or record.error is not None or record.arrived_bad:
            return
        extra = [name for name in output_fields(record) if name not in self.columns]
        if extra:
            record.error = BadRecord("field", f"the table has no column {extra[0]!r}; name the columns with --columns")

    def line(self, record: Record) -> bytes:
        fields = output_fields(record)
        assert self.columns is not None
        out = "" if self._begun else self._write_row(self.columns)
        self._begun = True
        cells = []
        for column in self.columns:
            try:
                cells.append(_cell(look_up(fields, column)))
            except KeyError:
                cells.append("")
        return (out + self._write_row(cells)).encode("utf-8")


def _csv_row(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()


def _tsv_row(cells: Sequence[str]) -> str:
    return "\t".join(c.replace("\t", " ").replace("\n", " ").replace("\r", " ") for c in cells) + "\n"


def make_writer(kind: str, columns: Sequence[str] | None) -> JSONLines | Table:
    return JSONLines() if kind == "jsonl" else Table(kind, columns)

"""Files to records: text, jsonl, csv, tsv, conll and fasta, each bad record in its own place.

An iterator of records may also yield :data:`seqtool.records.files.PAUSE` (see there).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from seqtool.errors import BadRecord, OptionError
from seqtool.records.files import COMPRESSIONS, PAUSE, display_name
from seqtool.records.json_text import parse_object
from seqtool.records.lines import TOO_LONG, check_encoding, read_lines
from seqtool.records.record import Record, decoded, too_long

FORMATS = ("auto", "text", "jsonl", "csv", "tsv")
ENDINGS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv"}
# Of commands that read these.
MORE_ENDINGS = {".conll": "conll", ".conllu": "conll", ".fa": "fasta", ".fasta": "fasta", ".fna": "fasta"}
MAX_LINE_BYTES = 16 << 20


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


def _guess(lines: Iterator[Any]) -> tuple[str, Iterator[Any]]:
    """Whether the first line that is not blank is a JSON object; with all lines, that one too.

    Blank lines before it wait for it.
    """
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
        elif chosen == "fasta":
            from seqtool.records.fasta import fasta_records

            yield from fasta_records(path)
        elif chosen == "conll":
            from seqtool.records.conll import sentence_records

            yield from sentence_records(path, lines, max_line_bytes)
        else:
            from seqtool.records.table import table_records

            mark = delimiter or ("," if chosen == "csv" else "\t")
            yield from table_records(
                path, lines, mark, chosen == "csv", max_line_bytes, check_columns, list(columns) or None
            )

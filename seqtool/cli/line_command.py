"""The one sentence of every line command: write(answer(window(read(files))))."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from seqtool.answers import rounded
from seqtool.cli.options import TWO_WAYS_OUT, StreamOptions
from seqtool.cli.progress import Progress
from seqtool.errors import BadRecord, InputError, OptionError, nearest
from seqtool.records.files import PAUSE, check_input
from seqtool.records.output import ResumableFile, open_output
from seqtool.records.read import read_records
from seqtool.records.record import Record, take_text
from seqtool.records.terminal import tell, terminal_input
from seqtool.records.window import Answers, answered
from seqtool.records.write import Table, make_writer

SHOWN = 5
SOURCE_FIELDS = ("file", "line")
SOURCE_LINE = "source_line"
NOT_THE_ANSWER = {"files", "output", "resume", "quiet"}


class LineCommand:
    """Reads records, answers them, writes them, and counts the bad ones.

    ``writes`` are the fields that the answers have, before ``--prefix``; ``reads`` those among
    them that a record may have brought on purpose, which stay as they are; ``identity`` is what
    the answers depend on beside the input (model hash, own options), for ``--resume``.

    ``each``: an answer is a list of fields, each written as a record of its own, with
    ``source_line`` behind and nothing of the record that it came from.  ``numbered``: an item is
    a pair, the record's number in the input (from 0) and what ``take`` gave: chance goes by it.

    ``more``: formats that are read beside the usual ones.
    """

    def __init__(
        self,
        name: str,
        options: StreamOptions,
        *,
        writes: Sequence[str],
        identity: dict[str, Any],
        take: Callable[[dict[str, Any], str], Any] = take_text,
        reads: Sequence[str] = (),
        writer: Any = None,
        each: bool = False,
        numbered: bool = False,
        more: Sequence[str] = (),
    ) -> None:
        if options.resume and options.output is None:
            raise OptionError("--resume goes on with a file: add -o FILE")
        if options.columns and options.format == "jsonl":
            raise OptionError("--columns is for tables: add --format csv or --format tsv")
        for option in ("field", "prefix", "delimiter", "columns"):
            value = getattr(options, option)
            try:
                "".join(value or "").encode("utf-8")
            except UnicodeEncodeError:
                raise OptionError(f"--{option}: is not UTF-8; write it in UTF-8") from None
        self._name = name
        self._options = options
        self._take = take
        ours = [*(SOURCE_FIELDS if options.source else ()), *writes, *((SOURCE_LINE,) if each else ())]
        self._writes = [options.prefix + field for field in ours]
        self._reads = frozenset(self._writes if each else reads)  # with each, there is nothing to clash with
        self._alone = frozenset(self._writes) - self._reads
        self._each = each
        self._numbered = numbered
        self._more = more
        self._writer = writer or make_writer(options.format, options.columns, self._writes)
        kept = {key: value for key, value in asdict(options).items() if key not in NOT_THE_ANSWER}
        self._made_from = {"command": name, "options": kept | {"columns": list(options.columns)}, **identity}
        self._bad = 0
        self._told = 0
        self._shown = 0

    def _check_columns(self, columns: list[str], file: str) -> None:
        options = self._options
        wanted = options.field
        found = wanted in columns or wanted.split(".")[0] in columns
        if not found and not (wanted == "text" and self._reads.intersection(columns)):
            raise InputError(f"{file}: no column {wanted!r}; {nearest(wanted, columns)} (--field names the text)")
        clash = [column for column in columns if column in self._writes and column not in self._reads]
        if clash and not options.overwrite:
            raise InputError(f"{file}: the column {clash[0]!r} has the name of a field that is added; {TWO_WAYS_OUT}")
        if isinstance(self._writer, Table):
            self._writer.check_names([] if self._each else columns)

    def _item(self, record: Record) -> Any:
        item = self._take(record.fields, self._options.field)
        if not self._alone.isdisjoint(record.fields):
            self._clash(
                [field for field in self._writes if field in record.fields and field not in self._reads], record
            )
        return (record.number, item) if self._numbered else item

    def _clash(self, fields: list[str], record: Record) -> None:
        """A record has fields of the names of ours.

        :raises BadRecord: kind clash, unless ours shall replace them.
        """
        if not self._options.overwrite:
            raise BadRecord("clash", f"the field {fields[0]!r} is there already; {TWO_WAYS_OUT}")
        for field in fields:
            del record.fields[field]

    def _dress(self, record: Record) -> None:
        """Names and digits as the options want them; with --source, file and line in every record."""
        if record.arrived_bad or (record.answer is None and not self._options.source):
            return
        prefix = self._options.prefix
        answer = record.answer or {}
        if self._options.source:
            answer = {"file": record.file, "line": record.line, **answer}
        kept = self._reads.intersection(record.fields) if self._reads else ()
        record.answer = {
            prefix + name: rounded(value, self._options.precision)
            for name, value in answer.items()
            if prefix + name not in kept
        }

    def _tell(self, record: Record) -> None:
        assert record.error is not None
        self._told += 1
        if self._shown < SHOWN and not self._options.quiet:
            self._shown += 1
            tell(f"seqtool {self._name}: {record.file}:{record.line}: {record.error.message}")

    def _skip(self, records: Iterator[Any], sink: ResumableFile) -> None:
        skipped = 0
        while skipped < sink.done:
            record = next(records, None)
            if record is None:
                sink.check_input()
                return
            if record is not PAUSE:
                skipped += 1
                sink.skip(_identity(record), skipped)

    def run(self, answer: Callable[[list[Any]], Answers], records: Iterator[Any] | None = None) -> int:
        """Answer everything, the files' records or those given; the exit status.

        :raises SeqtoolError: what contract 2 gives status 2.
        """
        options = self._options
        overlap = records is None
        if records is None:
            records = self._read()
        if self._numbered:
            records = _with_numbers(records)
        # The first look at the input comes before the output: what cannot start leaves no file.
        first = next(records, None)
        records = itertools.chain([] if first is None else [first], records)
        sink = open_output(options.output, self._made_from, options.resume)
        try:
            if isinstance(sink, ResumableFile) and sink.done:
                self._go_on(records, sink)
            with Progress(self._name, options) as progress:
                stop = options.on_error == "stop"
                for window in answered(records, self._item, answer, stop=stop, overlap=overlap):
                    if not self._write(window, sink):
                        break
                    progress.advance(window)
            sink.write(self._writer.end(), [], **self._counts())
            sink.finish(self._writer.head)
        finally:
            sink.close()
        if self._told and not options.quiet:
            tell(f"seqtool {self._name}: {self._told} bad record{'s' * (self._told != 1)}")
        return 1 if self._bad else 0

    def _read(self) -> Iterator[Any]:
        """The records of the files, which are looked at before anything is written."""
        options = self._options
        if terminal_input(options.files) and not options.quiet:
            tell(f"seqtool {self._name}: reading lines from the terminal; Ctrl-D ends them, Ctrl-C stops")
        for path in options.files:
            check_input(path)
        return read_records(
            options.files,
            kind=options.input,
            encoding=options.encoding,
            delimiter=options.delimiter,
            max_line_bytes=options.max_line_bytes,
            check_columns=self._check_columns,
            more=self._more,
        )

    def _counts(self) -> dict[str, Any]:
        """What --resume must know beside the bytes."""
        return {"bad": self._bad, "told": self._told, "columns": self._writer.columns}

    def _go_on(self, records: Iterator[Any], sink: ResumableFile) -> None:
        """Take up where a killed run stopped."""
        if not sink.state["bytes"]:  # nothing is written yet: every record so far waits for the table's columns
            sink.start_again()
            return
        self._writer.go_on(sink.state["columns"])
        self._skip(records, sink)
        self._bad, self._told = sink.state["bad"], sink.state["told"]

    def _parts(self, record: Record, parts: list[dict[str, Any]]) -> Iterator[bytes]:
        """The lines of a record that becomes several, or none."""
        for fields in parts:
            part = Record(
                record.file, record.line, uniform=True, answer={**fields, SOURCE_LINE: record.line}, item=record.item
            )
            self._dress(part)
            self._writer.check(part)
            yield self._writer.line(part)

    def _write(self, window: list[Record], sink: Any) -> bool:
        """Write a window; False when the run ends here."""
        mode = self._options.on_error
        lines: list[bytes] = []
        inputs = []
        go_on = True
        for record in window:
            inputs.append(_identity(record))
            if record.parts is not None:
                lines.extend(self._parts(record, record.parts))
                continue
            self._dress(record)
            self._writer.check(record)
            if record.arrived_bad:
                self._bad += 1
            elif record.error is not None:
                self._bad += 1
                self._tell(record)
                if mode == "stop":
                    go_on = False
                    break
                if mode == "skip":
                    continue
            lines.append(self._writer.line(record))
        sink.write(b"".join(lines), inputs, **self._counts())
        return go_on


def _with_numbers(records: Iterator[Any]) -> Iterator[Any]:
    """The records, each told its place in the input."""
    number = 0
    for record in records:
        if record is not PAUSE:
            record.number = number
            number += 1
        yield record


def _identity(record: Record) -> bytes:
    """What tells this record of the input from another, for --resume."""
    return record.raw or f"{record.file}:{record.line}".encode()

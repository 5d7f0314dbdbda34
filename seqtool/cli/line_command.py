"""The one sentence of every line command: write(answer(window(read(files))))."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from seqtool.answers import rounded
from seqtool.cli.options import TWO_WAYS_OUT, StreamOptions
from seqtool.cli.progress import ProgressLine
from seqtool.cli.writers.table import Table
from seqtool.cli.writers.writer import JSONLines, Writer
from seqtool.errors import BadRecord, InputError, OptionError, nearest
from seqtool.records.files import PAUSE, check_input
from seqtool.records.output import Output, ResumableFile, open_output
from seqtool.records.read import read_records
from seqtool.records.record import Record, take_text
from seqtool.records.terminal import BadRecords, tell, terminal_input
from seqtool.records.window import Answers, answered

SOURCE_FIELDS = ("file", "line")
SOURCE_LINE = "source_line"
NOT_THE_ANSWER = {"files", "output", "resume", "quiet"}
# Of a record whose parts are streamed so many are written at once.
PARTS_AT_ONCE = 64


class LineCommand:
    """Reads records, answers them, writes them, and counts the bad ones.

    ``fields`` are those that the answers have, before ``--prefix``; ``kept`` those among them that
    a record may have brought on purpose, which stay as they are; ``identity`` is what the answers
    depend on beside the input (model hash, own options), for ``--resume``.

    An answer may be an iterable of parts, each written as a record of its own, as it comes.
    ``each``: a part has ``source_line`` behind and nothing of the record that it came from.
    ``numbered``: an item is a pair, the record's index in the input and what ``take`` gave: chance
    goes by it.

    ``formats``: those that are read beside the usual ones; ``also``: a second writer, of a file of its own.
    """

    def __init__(
        self,
        name: str,
        options: StreamOptions,
        *,
        fields: Sequence[str],
        identity: dict[str, Any],
        take: Callable[[dict[str, Any], str], Any] = take_text,
        kept: Sequence[str] = (),
        writer: Writer | None = None,
        also: Writer | None = None,
        each: bool = False,
        numbered: bool = False,
        formats: Sequence[str] = (),
    ) -> None:
        _check_options(options)
        self._name = name
        self._options = options
        self._take = take
        added = [*(SOURCE_FIELDS if options.source else ()), *fields, *((SOURCE_LINE,) if each else ())]
        self._fields = [options.prefix + field for field in added]
        self._kept = frozenset(self._fields if each else kept)  # with each, there is nothing to clash with
        self._clashing = frozenset(self._fields) - self._kept
        self._each = each
        self._numbered = numbered
        self._formats = formats
        default = JSONLines() if options.format == "jsonl" else Table(options.format, options.columns, self._fields)
        self._writer = writer or default
        self._also = also
        settings = {key: value for key, value in asdict(options).items() if key not in NOT_THE_ANSWER}
        self._made_from = {"command": name, "options": settings, **identity}
        self._bad = 0
        self._told = BadRecords(name, quiet=options.quiet)

    def _check_columns(self, columns: list[str], file: str) -> None:
        options = self._options
        wanted = options.field
        found = wanted in columns or wanted.split(".")[0] in columns
        if not found and not (wanted == "text" and self._kept.intersection(columns)):
            raise InputError(f"{file}: no column {wanted!r}; {nearest(wanted, columns)} (--field names the text)")
        clash = [column for column in columns if column in self._clashing]
        if clash and not options.overwrite:
            raise InputError(f"{file}: the column {clash[0]!r} has the name of a field that is added; {TWO_WAYS_OUT}")
        self._writer.check_names([] if self._each else columns)

    def _item(self, record: Record) -> Any:
        """What is asked about a record.

        :raises BadRecord: kinds field and type; clash, unless our fields shall replace its own.
        """
        item = self._take(record.fields, self._options.field) if record.letters is None else record.letters
        if not self._clashing.isdisjoint(record.fields):
            for field in self._fields:
                if field in self._clashing and field in record.fields:
                    if not self._options.overwrite:
                        raise BadRecord("clash", f"the field {field!r} is there already; {TWO_WAYS_OUT}")
                    del record.fields[field]
        return (record.number, item) if self._numbered else item

    def _add(self, record: Record) -> None:
        """Names and digits as the options want them; with --source, file and line in every record."""
        if record.arrived_bad or (record.answer is None and not self._options.source):
            return
        prefix = self._options.prefix
        answer = record.answer or {}
        if self._options.source:
            answer = {"file": record.file, "line": record.line, **answer}
        kept = self._kept.intersection(record.fields) if self._kept else ()
        record.added = {
            prefix + name: rounded(value, self._options.precision)
            for name, value in answer.items()
            if prefix + name not in kept
        }

    def run(self, answer: Callable[[list[Any]], Answers], records: Iterator[Any] | None = None) -> int:
        """Answer everything, the files' records or those given; the exit status.

        :raises SeqtoolError: what contract 2 gives status 2.
        """
        options = self._options
        records = records or self._read()
        if self._numbered:
            records = _with_numbers(records)
        # The first look at the input comes before the output: what cannot start leaves no file.
        first = next(records, None)
        records = itertools.chain([] if first is None else [first], records)
        output = open_output(options.output, self._made_from, options.resume)
        try:
            if isinstance(output, ResumableFile) and output.done:
                self._go_on(records, output)
            with ProgressLine(self._name, options) as progress:
                for window in answered(records, self._item, answer, stop=options.on_error == "stop"):
                    if not self._write(window, output, progress):
                        break
            output.write(self._writer.end(), [], **self._counts())
            output.finish(self._writer.head)
        finally:
            output.close()
        self._told.end()
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
            more=self._formats,
        )

    def _counts(self) -> dict[str, Any]:
        """What --resume must know beside the bytes."""
        return {"bad": self._bad, "told": self._told.count, "columns": self._writer.columns}

    def _go_on(self, records: Iterator[Any], output: ResumableFile) -> None:
        """Take up where a killed run stopped."""
        if not output.state["bytes"]:  # nothing is written yet: every record so far waits for the table's columns
            output.start_again()
            return
        self._writer.go_on(output.state["columns"])
        skipped = 0
        while skipped < output.done:
            record = next(records, None)
            if record is None:
                output.check_input()
                break
            if record is not PAUSE:
                skipped += 1
                output.skip(record.identity(), skipped)
        self._bad, self._told.count = output.state["bad"], output.state["told"]

    def _write(self, window: list[Record], output: Output, progress: ProgressLine) -> bool:
        """Write a window; False when the run ends here."""
        mode = self._options.on_error
        lines: list[bytes] = []
        done = []
        stopped = False
        for record in window:
            done.append(record)
            if record.letters is not None and not record.bad:
                output.append(b"".join(lines))
                lines.clear()
                self._write_parts(record, output, progress)
            elif record.parts is not None:
                lines.extend(map(self._line, self._parts(record)))
            else:
                self._add(record)
                self._writer.check(record)
                self._bad += record.bad
                if record.error is not None and not record.arrived_bad:
                    self._told.tell(record)
                    stopped = mode == "stop"
                    if stopped:
                        break
                    if mode == "skip":
                        continue
                lines.append(self._line(record))
        output.write(b"".join(lines), [record.identity() for record in done], **self._counts())
        progress.advance(done)
        return not stopped

    def _line(self, record: Record) -> bytes:
        """What is written for a record; the second writer, if there is one, is given it too."""
        if self._also is not None:
            self._also.line(record)
        return self._writer.line(record)

    def _write_parts(self, record: Record, output: Output, progress: ProgressLine) -> None:
        """Write the parts of a record without end as they come, also those before an error or Ctrl-C."""
        parts: list[Record] = []

        def write() -> None:
            output.append(b"".join(map(self._line, parts)))
            progress.advance(parts)
            parts.clear()

        try:
            for part in self._parts(record):
                parts.append(part)
                if len(parts) == PARTS_AT_ONCE:
                    write()
        finally:
            write()

    def _parts(self, record: Record) -> Iterator[Record]:
        """What a record becomes."""
        for answer in record.parts or ():
            part = Record(record.file, record.line, uniform=True, answer=answer, item=record.item)
            if self._each:
                part.answer = {**answer, SOURCE_LINE: record.line}
            else:
                part.fields = record.fields
            self._add(part)
            self._writer.check(part)
            yield part


def _check_options(options: StreamOptions) -> None:
    """See that the options go together, and can be written.

    :raises OptionError: they do not, or cannot.
    """
    if options.resume and options.output is None:
        raise OptionError("--resume goes on with a file: add -o FILE")
    if options.columns and options.format == "jsonl":
        raise OptionError("--columns is for tables: add --format csv or --format tsv")
    for option in ("field", "prefix", "delimiter", "columns"):
        try:
            "".join(getattr(options, option) or "").encode("utf-8")
        except UnicodeEncodeError:
            raise OptionError(f"--{option}: is not UTF-8; write it in UTF-8") from None


def _with_numbers(records: Iterator[Any]) -> Iterator[Any]:
    """The records, each told its index in the input."""
    number = 0
    for record in records:
        if record is not PAUSE:
            record.number = number
            number += 1
        yield record

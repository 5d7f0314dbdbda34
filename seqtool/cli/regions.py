"""Genes in DNA: FASTA of any length in, a record a run out; or a text a line, like any other."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from seqtool.cli.line_command import LineCommand
from seqtool.cli.options import StreamOptions
from seqtool.errors import BadRecord, OptionError
from seqtool.records.fasta import pieces
from seqtool.records.files import COMPRESSIONS, check_input
from seqtool.records.read import format_of
from seqtool.records.record import Record, take_text

if TYPE_CHECKING:
    from seqtool.engine.genes.tagger import RegionsAsked, RegionTagger

READ_AT_ONCE = 1 << 16
RUN = "run"
FIELDS = ("label", "start", "end", "strand", "score")


class Regions:
    """What stands between the input and a tagger of regions."""

    def __init__(self, tagger: RegionTagger, options: StreamOptions, asked: RegionsAsked) -> None:
        self._tagger = tagger
        self._options = options
        self._asked = asked
        self._identity = {"model": tagger.folder.hash, **asdict(asked)}

    def run(self) -> int:
        """Tag everything; the exit status."""
        options = self._options
        kinds = {self._kind(path) for path in options.files or ("-",)}
        if "conll" in kinds:
            raise OptionError(f"--input conll: {self._tagger.folder.name} reads DNA; give FASTA or lines of letters")
        if kinds != {"fasta"}:
            if "fasta" in kinds:
                raise OptionError("FASTA and other files together; give them one after the other")
            return self._texts()
        if options.field != "text" or options.encoding != "utf-8" or options.delimiter:
            raise OptionError("--field, --encoding and --delimiter are not for FASTA; leave them out")
        for path in options.files:
            check_input(path)
        command = LineCommand(
            "tag",
            replace(options, input="text"),
            writes=FIELDS,
            identity=self._identity,
            take=lambda fields, _: fields.pop(RUN),
        )
        return command.run(lambda runs: runs, self._records())

    def _kind(self, path: str) -> str:
        """fasta, or another input: by the option, the ending, the first letter."""
        if self._options.input != "auto":
            return self._options.input
        found = format_of(path, ("fasta",))
        if found is None and path != "-" and not path.endswith(COMPRESSIONS):
            check_input(path)
            with contextlib.suppress(OSError):
                if os.path.isfile(path):  # of a pipe, what is looked at is gone
                    with open(path, "rb") as file:
                        return "fasta" if file.read(1) == b">" else "text"
        return found or "text"

    def _records(self) -> Iterator[Any]:
        """A record for every run that is wanted."""
        for path in self._options.files or ("-",):
            for header, letters in pieces(path, READ_AT_ONCE):
                for run in self._tagger.runs(letters):
                    if not self._tagger.wanted(run, self._asked):
                        continue
                    raw = f"{header.name}\t{run['start']}".encode("utf-8", "replace")
                    fields = {"name": header.name, RUN: run}
                    yield Record(header.file, header.line, fields, raw, uniform=True)

    def _texts(self) -> int:
        command = LineCommand(
            "tag", self._options, writes=self._tagger.fields(self._asked), identity=self._identity, take=take_letters
        )
        return command.run(lambda texts: self._tagger.answers(texts, self._asked))


def take_letters(fields: dict[str, Any], name: str) -> str:
    """The text of a record, which is DNA.

    :raises BadRecord: kinds field and type; FASTA's lines are no texts.
    """
    text = take_text(fields, name)
    if text.startswith(">"):
        raise BadRecord("type", "a header of FASTA, read as a text; --input fasta reads whole sequences")
    return text

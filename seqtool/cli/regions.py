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
from seqtool.records.files import COMPRESSIONS, check_input
from seqtool.records.read import format_of
from seqtool.records.record import take_text

if TYPE_CHECKING:
    from seqtool.engine.genes.tagger import RegionsAsked, RegionTagger

FIELDS = ("label", "start", "end", "strand", "score")


def run_regions(tagger: RegionTagger, options: StreamOptions, asked: RegionsAsked) -> int:
    """Mark the regions of all sequences, or of all texts; the exit status."""
    identity = {"model": tagger.folder.hash, **asdict(asked)}
    if not _is_fasta(options, tagger.folder.name):
        command = LineCommand("tag", options, fields=tagger.fields(asked), identity=identity, take=take_letters)
        return command.run(lambda texts: tagger.answers(texts, asked))
    if options.field != "text" or options.encoding != "utf-8" or options.delimiter:
        raise OptionError("--field, --encoding and --delimiter are not for FASTA; leave them out")

    def runs(letters: Iterator[bytes]) -> Iterator[dict[str, Any]]:
        return (run for run in tagger.runs(letters) if tagger.wanted(run, asked))

    command = LineCommand("tag", replace(options, input="fasta"), fields=FIELDS, identity=identity)
    return command.run(lambda sequences: [runs(letters) for letters in sequences])


def _is_fasta(options: StreamOptions, model: str) -> bool:
    """Whether FASTA is to be read.

    :raises OptionError: CoNLL, or FASTA beside other files.
    """
    kinds = {_kind(path, options.input) for path in options.files or ("-",)}
    if "conll" in kinds:
        raise OptionError(f"--input conll: {model} reads DNA; give FASTA or lines of letters")
    if "fasta" in kinds and len(kinds) > 1:
        raise OptionError("FASTA and other files together; give them one after the other")
    return "fasta" in kinds


def _kind(path: str, given: str) -> str:
    """fasta, or another input: by the option, the ending, the first letter."""
    if given != "auto":
        return given
    found = format_of(path, ("fasta",))
    if found is None and path != "-" and not path.endswith(COMPRESSIONS):
        check_input(path)
        with contextlib.suppress(OSError):
            if os.path.isfile(path):  # of a pipe, what is looked at is gone
                with open(path, "rb") as file:
                    return "fasta" if file.read(1) == b">" else "text"
    return found or "text"


def take_letters(fields: dict[str, Any], name: str) -> str:
    """The text of a record, which is DNA.

    :raises BadRecord: kinds field and type; FASTA's lines are no texts.
    """
    text = take_text(fields, name)
    if text.startswith(">"):
        raise BadRecord("type", "a header of FASTA, read as a text; --input fasta reads whole sequences")
    return text

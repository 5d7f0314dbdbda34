"""seqtool similar: the lines of a corpus that are nearest to each line."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from seqtool.answers import Item
from seqtool.cli.embed import DEFAULT_VECTORS, take_item
from seqtool.cli.help import Function, HelpfulCommand, option
from seqtool.cli.options import (
    StreamOptions,
    apply,
    input_options,
    limit_threads,
    model_option,
    output_options,
    speed_options,
    stream_options,
)
from seqtool.errors import InputError, OptionError

CORPUS, ANSWER = "Corpus", "Answer"
WINDOW = 1024


def _options(function: Function) -> Function:
    return apply(
        function,
        model_option(DEFAULT_VECTORS),
        option("--corpus", type=click.Path(), metavar="FILE", group=CORPUS, help="The lines to search: text, JSONL, CSV or TSV."),
        option("--index", type=click.Path(path_type=Path), metavar="FILE", group=CORPUS,
               help="Keep the corpus's vectors there, and use them again; with it alone no corpus is needed."),
        option("--corpus-field", default="text", show_default=True, metavar="NAME", group=CORPUS,
               help="The field or column of the corpus with the text."),
        option("--top", type=click.IntRange(min=1), default=5, show_default=True, metavar="N", group=ANSWER, help="How many lines."),
        option("--method", type=click.Choice(["mean", "sif"]), default="mean", show_default=True, group=ANSWER,
               help="How words become the vector of a line; sif weighs rare words more."),
        input_options,
        output_options,
        speed_options,
    )  # fmt: skip


@click.command(
    "similar",
    cls=HelpfulCommand,
    examples=[
        "echo 'a long boring film' | seqtool similar --corpus examples/reviews.txt --top 3",
        "seqtool similar --corpus examples/reviews.txt --index reviews.index < examples/reviews.txt",
    ],
)
@_options
def command(
    model: str,
    corpus: str | None,
    index: Path | None,
    corpus_field: str,
    top: int,
    method: str,
    threads: int | None,
    batch_size: int,
    **shared: Any,
) -> int:
    """Find the lines of a corpus that are nearest to each line.

    Each answer has the line's number, the cosine and the text.
    """
    options = stream_options(shared)
    limit = limit_threads(threads)
    if corpus is None and (index is None or not index.exists()):
        raise OptionError("what shall be searched? --corpus FILE, or --index FILE of an earlier run")

    from seqtool.cli.line_command import LineCommand
    from seqtool.engine.open import open_engine
    from seqtool.records.output import whole_file
    from seqtool.vectors.index import Index, write_index
    from seqtool.vectors.sentence import EmbedAsked

    embedder = open_engine(model, "embed", threads=limit, batch_size=batch_size)
    asked = embedder.check(EmbedAsked(method))
    size = embedder.size(asked)
    made_from = {"model": embedder.folder.hash, "method": method}

    def answer(items: list[Item]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = embedder.answers(items, asked)
        return found

    with tempfile.TemporaryDirectory(prefix="seqtool.") as temporary:
        if index is None or not index.exists():
            made_from |= {"corpus": _hash(str(corpus)), "field": corpus_field}
            lines = _lines(str(corpus), corpus_field, options, answer)
            with whole_file(index or Path(temporary) / "index") as beside:
                write_index(beside, lines, size, made_from)
            opened = Index(index or Path(temporary) / "index")
        else:
            opened = Index(index)
            if corpus is not None:
                made_from |= {"corpus": _hash(corpus), "field": corpus_field}
            _check_index(index, opened, made_from)
        if opened.size != size:
            raise InputError(
                f"{index}: has vectors of {opened.size} numbers, the model {size}; remove it and make it again"
            )
        line_command = LineCommand(
            "similar",
            options,
            fields=["answers"],
            identity={**opened.made_from, "top": top},
            take=take_item,
        )

        def answers(items: list[Item]) -> list[dict[str, Any]]:
            vectors = [result["vector"] for result in answer(items)]
            return [{"answers": found} for found in opened.answers(vectors, top)]

        return line_command.run(answers)


def _check_index(path: Path, index: Any, wanted: dict[str, str]) -> None:
    for name, value in wanted.items():
        if index.made_from.get(name) != value:
            raise InputError(f"{path}: was made with another {name}; remove it, or name another --index")


def _hash(path: str) -> str:
    """Tells one corpus from another.

    :raises InputError: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            if not Path(path).is_file():
                raise InputError(f"{path}: a corpus is read twice; write what comes out of the pipe into a file")
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; check the name") from None


def _lines(
    path: str, field: str, options: StreamOptions, answer: Callable[[list[Item]], list[dict[str, Any]]]
) -> Iterator[tuple[int, str, Any]]:
    """(line number, text, vector) of the corpus's records; bad ones are told and left out."""
    from seqtool.records.read import read_records
    from seqtool.records.record import take_text
    from seqtool.records.terminal import BadRecords
    from seqtool.records.window import answered

    told = BadRecords("similar", quiet=options.quiet, behind="; this line is not searched", where=" in the corpus")
    records = read_records([path], encoding=options.encoding, max_line_bytes=options.max_line_bytes)
    windows = answered(records, lambda record: Item(take_text(record.fields, field)), answer)
    for window in windows:
        for record in window:
            if record.answer is None:
                told.tell(record)
            else:
                yield record.line, record.item[0], record.answer["vector"]
    told.end()

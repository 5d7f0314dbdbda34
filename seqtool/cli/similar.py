"""seqtool similar: the lines of a corpus that are nearest to each line."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from seqtool.cli.embed import DEFAULT_VECTORS, take_item
from seqtool.cli.help import Function, HelpfulCommand, option
from seqtool.cli.options import (
    apply,
    input_options,
    limit_threads,
    model_option,
    output_options,
    speed_options,
    stream_options,
)

CORPUS, ANSWER = "Corpus", "Answer"


def _options(function: Function) -> Function:
    return apply(
        function,
        model_option(DEFAULT_VECTORS),
        option("--corpus", type=click.Path(), metavar="FILE", group=CORPUS, help="The lines to search: text, JSONL, CSV or TSV."),
        option("--index", type=click.Path(), metavar="FILE", group=CORPUS,
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
def command(model: str, threads: int | None, batch_size: int, **values: Any) -> int:
    """Find the lines of a corpus that are nearest to each line.

    Each answer has the line's number, the cosine and the text.
    """
    options = stream_options(values)
    limit = limit_threads(threads)

    from seqtool.cli.line_command import LineCommand
    from seqtool.engine.open import open_engine
    from seqtool.engine.similar import SimilarAsked
    from seqtool.records.terminal import BadRecords

    with closing(open_engine(model, "similar", threads=limit, batch_size=batch_size)) as similar:
        asked = SimilarAsked(encoding=options.encoding, max_line_bytes=options.max_line_bytes, **values)
        bad = BadRecords("similar", quiet=options.quiet, behind="; this line is not searched", where=" in the corpus")
        index = similar.index(asked, bad.tell)
        bad.end()
        line_command = LineCommand(
            "similar",
            options,
            fields=similar.fields(asked),
            identity={**index.made_from, "top": asked.top},
            take=take_item,
        )
        return line_command.run(lambda items: similar.answers(items, asked))

"""seqtool classify: a label for each line."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import click

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
from seqtool.errors import OptionError

DEFAULT_MODEL = "sentiment-en"


def _options(function: Function) -> Function:
    return apply(
        function,
        model_option(DEFAULT_MODEL),
        option("--scores", is_flag=True, group="Answer", help="Add the score of every label."),
        option("--top", type=click.IntRange(min=1), metavar="N", group="Answer", help="Add the scores of the N best labels."),
        option("--explain", is_flag=True, group="Answer", help="Add how much each word pushed the label."),
        option("--pretty", is_flag=True, group="Answer", help="For eyes: the text with its label, in colour on a terminal."),
        input_options,
        output_options,
        speed_options,
    )  # fmt: skip


@click.command(
    "classify",
    cls=HelpfulCommand,
    examples=[
        "seqtool classify examples/reviews.txt",
        "cat examples/reviews.txt | seqtool classify | jq -r 'select(.stars <= 2) | .text'",
    ],
)
@_options
def command(model: str, pretty: bool, threads: int | None, batch_size: int, **values: Any) -> int:
    """Label each line: its stars, its topic, any labels of your own."""
    if pretty and (values["output"] or values["format_"] != "jsonl"):
        raise OptionError("--pretty is for a terminal; leave out -o and --format")
    options = stream_options(values)
    limit = limit_threads(threads)

    from seqtool.cli.line_command import LineCommand
    from seqtool.modelfolder.find import find_model

    folder = find_model(model, "classify")

    from seqtool.engine.classifier import Classifier, ClassifyAsked

    classifier = Classifier(folder, threads=limit, batch_size=batch_size)
    asked = ClassifyAsked(**values)
    writer = None
    if pretty:
        from seqtool.cli.writers.pretty import Pretty

        writer = Pretty(options.precision)
        asked = replace(asked, explain=True)
    command = LineCommand(
        "classify",
        options,
        fields=classifier.fields(asked),
        identity={"model": folder.hash, **asdict(asked)},
        writer=writer,
    )
    return command.run(lambda texts: classifier.answers(texts, asked))

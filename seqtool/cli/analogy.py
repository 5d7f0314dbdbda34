"""seqtool analogy: sums with words."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from seqtool.cli.help import Function, HelpfulCommand, option
from seqtool.cli.options import (
    apply,
    limit_threads,
    model_option,
    output_options,
    reading_options,
    stream_options,
    threads_option,
)
from seqtool.errors import BadRecord, OptionError

DEFAULT_VECTORS = "words-en"
ANSWER = "Answer"


def _options(function: Function) -> Function:
    return apply(
        function,
        click.argument("words", nargs=-1, metavar="[WORDS]..."),
        model_option(DEFAULT_VECTORS),
        option("--top", type=click.IntRange(min=1), default=10, show_default=True, metavar="N", group=ANSWER,
               help="How many answers."),
        option("--method", type=click.Choice(["add", "mul"]), default="add", show_default=True, group=ANSWER,
               help="3CosAdd, or 3CosMul, which multiplies the similarities."),
        option("--odd", is_flag=True, group=ANSWER, help="Which of the words does not belong? It comes first."),
        option("--vocabulary", type=click.IntRange(min=1), metavar="N", group=ANSWER,
               help="Answer with the N commonest words only."),
        reading_options,
        output_options,
        threads_option,
    )  # fmt: skip


@click.command(
    "analogy",
    cls=HelpfulCommand,
    examples=[
        "seqtool analogy king man woman",
        "echo 'Tokyo Japan Russia' | seqtool analogy --top 3 | jq -r '.answers[0].word'",
    ],
)
@_options
def command(words: tuple[str, ...], model: str, threads: int | None, **values: Any) -> int:
    """Answer what is to C as A is to B: king man woman gives queen.

    Words are arguments, or a line each. One word: its nearest neighbours; two: their similarity; with
    signs any sum: king - man + woman + french.
    """
    options = stream_options(values)
    limit_threads(threads)

    from seqtool.cli.line_command import LineCommand
    from seqtool.engine.open import open_engine
    from seqtool.records.fast_json import Objects, decimal
    from seqtool.records.json_text import to_json
    from seqtool.records.record import Record

    analogies = open_engine(model, "analogy")
    asked = analogies.asked(**values)
    line_command = LineCommand(
        "analogy",
        options,
        fields=analogies.fields(asked),
        kept=("words",),
        identity={"model": analogies.folder.hash, **asdict(asked)},
        take=take_words,
    )
    neighbours = Objects(word=to_json, score=decimal(options.precision))

    def answer(items: list[list[str]]) -> list[Any]:
        answers: list[Any] = analogies.answers(items, asked)
        for one in answers:
            if isinstance(one, dict) and "answers" in one:
                one["answers"] = neighbours.array(one["answers"])
        return answers

    if not words:
        return line_command.run(answer)
    question = [part for word in words for part in (word.split() if len(words) == 1 else [word])]
    [result] = answer([question])
    if isinstance(result, BadRecord):
        raise OptionError(result.message)
    return line_command.run(lambda items: [result], iter([Record("-", 1, {"words": question})]))


def take_words(fields: dict[str, Any], name: str) -> list[str]:
    """The words of a record: a list of strings, or a string with white space between them; in
    ``words``, or in the field that ``--field`` names.

    :raises BadRecord: kinds field and type.
    """
    from seqtool.records.record import take_text

    if name == "text" and "words" in fields:
        name = "words"
    value = fields.get(name)
    if isinstance(value, list):
        for word in value:
            if not isinstance(word, str) or not word.strip():
                raise BadRecord("type", "the words are no list of strings; write each word as a string")
        return value
    return (value if isinstance(value, str) else take_text(fields, name)).split()

"""seqtool embed: a vector for each line."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import click

from seqtool.answers import Item
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
from seqtool.errors import OptionError
from seqtool.records.record import take_text_or_tokens

DEFAULT_VECTORS = "words-en"
METHODS = ("mean", "sif", "words", "onehot", "bow")
SPARSE = ("onehot", "bow")
ANSWER = "Answer"
FORMATS = ("jsonl", "csv", "tsv", "base64")


def _options(function: Function) -> Function:
    return apply(
        function,
        model_option(DEFAULT_VECTORS),
        option("--method", type=click.Choice(METHODS), default="mean", show_default=True, group=ANSWER,
               help="Mean of the words' vectors; sif weighs them; words is one a token; onehot and bow are sparse."),
        option("--axis", multiple=True, metavar="A:B", group=ANSWER,
               help="The place between two words instead of the vector: gender=man:woman; may be given again."),
        option("--normalize", is_flag=True, group=ANSWER, help="Scale each vector to length one."),
        input_options,
        functools.partial(output_options, formats=FORMATS),
        speed_options,
    )  # fmt: skip


@click.command(
    "embed",
    cls=HelpfulCommand,
    examples=[
        "cat examples/reviews.txt | seqtool embed -o vectors.npy && ls vectors.npy",
        "printf 'king\\nqueen\\nprince\\n' | seqtool embed --axis gender=man:woman --axis royalty=citizen:monarch",
    ],
)
@_options
def command(model: str, threads: int | None, batch_size: int, **values: Any) -> int:
    """Turn each line into a vector.

    Of its words, or the hidden states of a trained network (-m). -o FILE.npy writes a numpy matrix, a row a record.
    """
    options = stream_options(values)
    limit = limit_threads(threads)

    from seqtool.cli.line_command import LineCommand
    from seqtool.engine.open import open_engine
    from seqtool.vectors.sentence import EmbedAsked

    embedder = open_engine(model, "embed", threads=limit, batch_size=batch_size)
    asked = embedder.check(EmbedAsked(**values))
    as_matrix = options.output is not None and options.output.endswith(".npy")
    coded = options.format == "base64"
    if as_matrix and (asked.method not in ("mean", "sif") or asked.axis or options.format != "jsonl"):
        raise OptionError(
            "-o FILE.npy holds one vector a record: for --method mean or sif, without --axis and --format"
        )
    if coded:
        options = replace(options, format="jsonl")
    command = LineCommand(
        "embed",
        options,
        fields=embedder.fields(asked),
        kept=("tokens",),
        identity={"model": embedder.folder.hash, **asdict(asked), "base64": coded},
        take=take_item,
        writer=_matrix_writer(options, embedder.size(asked)) if as_matrix else None,
    )
    if as_matrix:
        return command.run(lambda items: embedder.answers(items, asked))
    from seqtool.records.fast_json import Decimals

    encode = _base64 if coded else Decimals(options.precision).array
    return command.run(lambda items: [_encoded(answer, encode) for answer in embedder.answers(items, asked)])


def take_item(fields: dict[str, Any], name: str) -> Item:
    """A record's text and tokens, of which one is enough.

    :raises BadRecord: kinds field and type.
    """
    return Item(*take_text_or_tokens(fields, name))


def _encoded(answer: dict[str, Any], encode: Callable[[Any], Any]) -> dict[str, Any]:
    """An answer whose vectors have become JSON."""
    vector = answer.get("vector")
    if vector is None:
        return answer
    if isinstance(vector, list):
        return {**answer, "vector": [row if row is None else encode(row) for row in vector]}
    return {**answer, "vector": encode(vector)}


def _base64(vector: Any) -> str:
    """The vector's float32 numbers, little-endian, in base64."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")


def _matrix_writer(options: StreamOptions, size: int) -> Any:
    import os

    from seqtool.cli.writers.matrix import MatrixRows

    path = str(options.output)
    if os.path.exists(path) and not os.path.isfile(path):
        raise OptionError(f"{path}: no regular file; a .npy file's beginning is written last")
    if options.source or options.columns or options.prefix or options.overwrite:
        raise OptionError("-o FILE.npy holds numbers alone; leave out --source, --columns, --prefix and --overwrite")
    return MatrixRows(size)

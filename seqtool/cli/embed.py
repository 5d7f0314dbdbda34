"""seqtool embed: a vector for each line."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import click

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

# A record's text and tokens; one of the two may be missing.
Item = tuple["str | None", "list[str] | None"]


def _options(function: Function) -> Function:
    return apply(
        function,
        model_option(DEFAULT_VECTORS),
        option("--method", type=click.Choice(METHODS), default="mean", show_default=True, group=ANSWER,
               help="Mean of the words' vectors; sif weighs them; words is one a token; onehot and bow are sparse."),
        option("--axis", "axes", multiple=True, metavar="A:B", group=ANSWER,
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
def command(
    model: str,
    method: str,
    axes: tuple[str, ...],
    normalize: bool,
    threads: int | None,
    batch_size: int,
    **shared: Any,
) -> int:
    """Turn each line into a vector.

    Of its words, or the hidden states of a trained network (-m). -o FILE.npy writes a numpy matrix, a row a record.
    """
    options = stream_options(shared)
    limit = limit_threads(threads)

    from seqtool.cli.line_command import LineCommand

    answer, fields, size, hash_ = open_embedder(model, method, axes, normalize, limit, batch_size)
    as_matrix = options.output is not None and options.output.endswith(".npy")
    coded = options.format == "base64"
    if as_matrix and (method not in ("mean", "sif") or axes or options.format != "jsonl"):
        raise OptionError(
            "-o FILE.npy holds one vector a record: for --method mean or sif, without --axis and --format"
        )
    if coded:
        options = replace(options, format="jsonl")
    line_command = LineCommand(
        "embed",
        options,
        fields=fields,
        kept=("tokens",),
        identity={"model": hash_, "method": method, "axes": list(axes), "normalize": normalize, "base64": coded},
        take=take_text_or_tokens,
        writer=_matrix_writer(options, size) if as_matrix else None,
    )
    if as_matrix:
        return line_command.run(answer)
    from seqtool.records.fast_json import Decimals

    encode = _base64 if coded else Decimals(options.precision).array
    return line_command.run(lambda items: [_encoded(result, encode) for result in answer(items)])


def open_embedder(
    model: str, method: str, axes: Sequence[str], normalize: bool, threads: int, batch_size: int
) -> tuple[Callable[[list[Item]], list[dict[str, Any]]], list[str], int, str]:
    """What answers items, the fields of an answer, the size of a vector, and the model's hash.

    :raises SeqtoolError: no such model, or one that cannot do what is asked.
    """
    from seqtool.modelfolder.find import find_model

    folder = find_model(model)
    if folder.task == "vectors":
        from seqtool.tokenization.words import words
        from seqtool.vectors.sentence import Embedder, axis
        from seqtool.vectors.store import Vectors

        if axes and method in SPARSE:
            raise OptionError(f"--axis: a place on an axis needs a vector; --method {method} has none")
        vectors = Vectors(folder)
        named = dict(axis(vectors, spec) for spec in axes)
        if len(named) < len(axes):
            raise OptionError("--axis: two of one name; name them apart, as in a=man:woman and b=boy:girl")
        embedder = Embedder(vectors, method=method, normalize=normalize, axes=named)
        return (
            lambda items: [embedder.answer(words(text or "") if tokens is None else tokens) for text, tokens in items],
            embedder.fields(),
            embedder.size,
            folder.hash,
        )
    if method not in ("mean", "words") or axes:
        raise OptionError(
            f"{model}: a network, which has --method mean and words and no --axis; word vectors have the others"
        )
    from seqtool.engine.classifier import Classifier
    from seqtool.engine.embedder import NetworkEmbedder

    network = NetworkEmbedder(
        Classifier(folder, threads=threads, batch_size=batch_size), method=method, normalize=normalize
    )
    return (
        lambda items: network.answers(
            [" ".join(tokens or ()) if text is None else text for text, tokens in items],
            [tokens for _, tokens in items],
        ),
        network.fields(),
        network.size,
        folder.hash,
    )


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

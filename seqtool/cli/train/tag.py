"""seqtool train tag: a tagger from labelled tokens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from seqtool.cli.help import Function, HelpfulCommand, option
from seqtool.cli.options import apply, limit_threads
from seqtool.cli.train.options import (
    DATA,
    NETWORK,
    folder_options,
    given_flags,
    labelled_files,
    recipe_options,
    run_options,
    training_files,
    with_options,
)
from seqtool.cli.train.run import train
from seqtool.errors import OptionError
from seqtool.training.tag.recipe import SCHEMES, TAG_FORMATS, TagDataSettings, TagRecipe


def label_map(items: tuple[str, ...]) -> dict[str, Any]:
    """``THEIRS=OURS`` options as a recipe's table of labels.

    :raises OptionError: one has no ``=``.
    """
    labels: dict[str, Any] = {}
    for item in items:
        theirs, sign, ours = item.partition("=")
        if not sign:
            raise OptionError(f"--label {item}: write it as THEIRS=OURS")
        labels[theirs] = ours
    return labels


def tagged_options(function: Function) -> Function:
    """How labelled tokens are read."""
    return apply(
        function,
        option("--input", "input_", type=click.Choice(TAG_FORMATS), default="auto", show_default=True, group=DATA,
               help="Columns, CoNLL-U, or JSON lines with text and entities; auto goes by the ending."),
        option("--column", default="", metavar="N|upos|xpos", group=DATA, help="The column of the tag, from 1, or from the end: -1, the default, is the last."),
        option("--token-column", default=1, show_default=True, type=click.IntRange(min=1), metavar="N", group=DATA, help="The column of the token."),
        option("--scheme", type=click.Choice(SCHEMES), default="auto", show_default=True, group=DATA,
               help="How the tags mark spans."),
        option("--whole-tokens", is_flag=True, group=DATA, help="Of a CoNLL-U token of several words (du), tag the whole: ADP+DET."),
        option("--label", "labels", multiple=True, metavar="THEIRS=OURS", group=DATA,
               help="Call a label of the files something else; nothing after = makes it O, ? lets it be anything."),
        option("--missing", default="", metavar="A,B", group=DATA, help="Labels of the model that the files do not annotate: their O says nothing of these."),
    )  # fmt: skip


def tagged_settings(values: dict[str, Any]) -> TagDataSettings:
    """What :func:`tagged_options` say, taken out of a command's parameters; the file is still to be named."""
    return TagDataSettings(
        file="",
        format=values.pop("input_"),
        token=values.pop("token_column"),
        column=values.pop("column"),
        scheme=values.pop("scheme"),
        multiword="whole" if values.pop("whole_tokens") else "parts",
        labels=label_map(values.pop("labels")),
        missing=tuple(part.strip() for part in values.pop("missing").split(",") if part.strip()),
    )


# fmt: off
@click.command(
    "tag",
    cls=HelpfulCommand,
    examples=[
        "seqtool train tag examples/names.conll --epochs 3 -o my-names",
        "seqtool train tag examples/names.jsonl --cell gru --no-crf --epochs 3 -o gru-names",
    ],
)
@training_files("Sentences")
@tagged_options
@option("--init", default="", metavar="MODEL", group=NETWORK, help="Go on from a trained tagger; its labels may be others.")
@recipe_options(
    TagRecipe,
    Network=(
        "network.cell", "network.num_layers", "network.bidirectional", "network.hidden_size", "network.embedding_size",
        "network.character_encoder", "network.crf", "vectors.file", "vectors.frozen",
    ),
)
@option("--cased", is_flag=True, group=NETWORK, help="Keep capitals apart in the vocabulary.")
@recipe_options(
    TagRecipe,
    Network=("training.storage",),
    Training=("training.epochs", "training.learning_rate", "training.batch_size", "training.dropout"),
)
@folder_options
@run_options
def tag(
    train_files: tuple[Path, ...],
    dev_files: tuple[Path, ...],
    init: str,
    cased: bool,
    licence: str,
    languages: tuple[str, ...],
    **values: Any,
) -> int:
    """Train a tagger on CoNLL columns, CoNLL-U or JSONL with entities: a label for every token."""
    limit_threads(values["threads"])
    files = labelled_files(train_files, dev_files, "sentences")
    given = given_flags(TagRecipe, values, "network", "vectors.file")
    if init and given:
        raise OptionError(f"{given[0]}: --init keeps the model's own network; leave it out")
    if values["vectors__frozen"] and not values["vectors__file"]:
        raise OptionError("--freeze keeps the vectors that --vectors names; add --vectors words-en")
    data = tagged_settings(values)
    recipe = TagRecipe(
        data=tuple(replace(data, file=str(path), split=split) for path, split in files),
        init=init,
        licence=licence,
        languages=languages,
    )
    if cased:
        recipe = replace(recipe, vectors=replace(recipe.vectors, lowercase=False))
    return train(with_options(recipe, values), values)

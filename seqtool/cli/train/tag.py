"""seqtool train tag: a tagger from labelled tokens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtool.cli.help import Function, HelpfulCommand, option
from seqtool.cli.options import apply, limit_threads
from seqtool.cli.train.run import DATA, NETWORK, RUN, TRAINING, WORD, run_options, train_network
from seqtool.errors import OptionError

if TYPE_CHECKING:
    from seqtool.training.tag.recipe import TagDataSettings

# option name: (recipe table, key)
CHANGES = {
    "cell": ("network", "cell"),
    "layers": ("network", "num_layers"),
    "bidirectional": ("network", "bidirectional"),
    "hidden_size": ("network", "hidden_size"),
    "embedding_size": ("network", "embedding_size"),
    "characters": ("network", "character_encoder"),
    "crf": ("network", "crf"),
    "vectors": ("vectors", "file"),
    "freeze": ("vectors", "frozen"),
    "cased": ("vectors", "lowercase"),
    "epochs": ("training", "epochs"),
    "minutes": ("training", "minutes"),
    "learning_rate": ("training", "learning_rate"),
    "training_batch": ("training", "batch_size"),
    "dropout": ("training", "dropout"),
    "storage": ("training", "storage"),
}
SHAPE = ("cell", "layers", "bidirectional", "hidden_size", "embedding_size", "characters", "crf", "vectors")


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
        option("--input", "input_", type=click.Choice(["auto", "conll", "conllu", "jsonl"]), default="auto", show_default=True, group=DATA,
               help="Columns, CoNLL-U, or JSON lines with text and entities; auto goes by the ending."),
        option("--column", default="", metavar="N|upos|xpos", group=DATA, help="The column of the tag, from 1, or from the end: -1, the default, is the last."),
        option("--token-column", default=1, show_default=True, type=click.IntRange(min=1), metavar="N", group=DATA, help="The column of the token."),
        option("--scheme", type=click.Choice(["auto", "iob1", "iob2", "ioe", "bioes", "io"]), default="auto", show_default=True, group=DATA,
               help="How the tags mark spans."),
        option("--whole-tokens", is_flag=True, group=DATA, help="Of a CoNLL-U token of several words (du), tag the whole: ADP+DET."),
        option("--label", "labels", multiple=True, metavar="THEIRS=OURS", group=DATA,
               help="Call a label of the files something else; nothing after = makes it O, ? lets it be anything."),
        option("--missing", default="", metavar="A,B", group=DATA, help="Labels of the model that the files do not annotate: their O says nothing of these."),
    )  # fmt: skip


def tagged_settings(values: dict[str, Any]) -> TagDataSettings:
    """What :func:`tagged_options` say, taken out of a command's parameters; the file is still to be named."""
    from seqtool.training.tag.recipe import TagDataSettings

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
@click.argument("train_files", nargs=-1, required=True, type=WORD, metavar="TRAIN...")
@option("--dev", "dev_files", type=WORD, multiple=True, metavar="FILE", group=DATA,
        help="Sentences to choose by; without it a tenth is held out, by seed.")
@tagged_options
@option("--init", default="", metavar="MODEL", group=NETWORK, help="Go on from a trained tagger; its labels may be others.")
@option("--cell", type=click.Choice(["rnn", "lstm", "gru"]), group=NETWORK, help="The recurrent cell.")
@option("--layers", type=click.IntRange(min=1), metavar="N", group=NETWORK, help="Stacked layers.")
@option("--bidirectional/--one-direction", default=None, group=NETWORK, help="Read both ways, or forward alone.")
@option("--hidden-size", type=click.IntRange(min=1), metavar="N", group=NETWORK, help="Width of a layer in one direction.")
@option("--embedding-size", type=click.IntRange(min=1), metavar="N", group=NETWORK, help="Width of a word's vector.")
@option("--characters", type=click.Choice(["none", "cnn", "rnn", "lstm", "gru"]), group=NETWORK, help="How a word's characters are read.")
@option("--crf/--no-crf", default=None, group=NETWORK, help="Judge whole sequences of tags, or each token by itself.")
@option("--vectors", metavar="NAME|PATH", group=NETWORK, help="Start from word vectors: a folder such as words-en, or a file of vectors.")
@option("--freeze", is_flag=True, default=None, group=NETWORK, help="Keep those vectors as they are.")
@option("--cased", is_flag=True, default=None, group=NETWORK, help="Keep capitals apart in the vocabulary.")
@option("--storage", type=click.Choice(["int8", "float16", "float32"]), group=NETWORK, help="How the folder stores weights.")
@option("--epochs", type=click.FloatRange(min=0, min_open=True), metavar="N", group=TRAINING, help="How often every sentence is read.")
@option("--learning-rate", type=click.FloatRange(min=0, min_open=True), metavar="R", group=TRAINING, help="AdamW's step at its largest.")
@option("--batch-size", "training_batch", type=click.IntRange(min=1), metavar="N", group=TRAINING, help="Sentences a step.")
@option("--dropout", type=click.FloatRange(0, 1, max_open=True), metavar="P", group=TRAINING, help="Of what the recurrent layers read and give.")
@option("--licence", default="not stated", metavar="TEXT", group=RUN, help="The licence that the manifest states.")
@option("--language", "languages", multiple=True, metavar="CODE", group=RUN, help="A language that the manifest states.")
@run_options
def tag(
    train_files: tuple[Path, ...],
    dev_files: tuple[Path, ...],
    init: str,
    licence: str,
    languages: tuple[str, ...],
    **values: Any,
) -> int:
    """Train a tagger on CoNLL columns, CoNLL-U or JSONL with entities: a label for every token."""
    limit_threads(values["threads"])
    from seqtool.training.recipe import check_value
    from seqtool.training.tag.recipe import TagRecipe

    files = [*((path, "train" if dev_files else "") for path in train_files), *((path, "dev") for path in dev_files)]
    for path, _ in files:
        if not path.exists():
            raise OptionError(f"{path}: no such file; check the name")
    if len({path.resolve() for path, _ in files}) < len(files):
        raise OptionError("a file is named twice; sentences that are trained on cannot be used to choose by")
    shaped = [name for name in SHAPE if values.get(name) is not None]
    if init and shaped:
        raise OptionError(f"--{shaped[0].replace('_', '-')}: --init keeps the model's own network; leave it out")
    if values["freeze"] and not values["vectors"]:
        raise OptionError("--freeze keeps the vectors that --vectors names; add --vectors words-en")
    data = tagged_settings(values)
    recipe = TagRecipe(
        data=tuple(replace(data, file=str(path), split=split) for path, split in files),
        init=init,
        licence=licence,
        languages=languages,
        seed=values["seed"] if values["seed"] is not None else 1,
    )
    if values["cased"]:
        values["cased"] = False  # the recipe's key is lowercase
    for name, (table, key) in CHANGES.items():
        value = values.get(name)
        if value is not None:
            check_value(key, value, f"--{name.replace('_', '-')}")
            recipe = replace(recipe, **{table: replace(getattr(recipe, table), **{key: value})})
    return train_network("tag", recipe, (), (), values)

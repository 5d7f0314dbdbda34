"""seqtool train classify: a classifier from labelled rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from seqtool.cli.help import HelpfulCommand, option
from seqtool.cli.options import limit_threads
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
from seqtool.training.classify.recipe import ClassifyRecipe, DataSettings

# Pieces where words have vectors: most common words are one piece.
VOCABULARY_OF_VECTORS = 20_000


# fmt: off
@click.command(
    "classify",
    cls=HelpfulCommand,
    examples=[
        "seqtool train classify examples/labelled.csv --label-column stars --rating -o my-stars",
        "seqtool train classify examples/labelled.csv --label-column stars --cell gru --epochs 3 -o gru",
    ],
)
@training_files("Rows")
@option("--text-column", default="text", show_default=True, metavar="NAME", group=DATA, help="The column with the text.")
@option("--label-column", default="label", show_default=True, metavar="NAME", group=DATA, help="The column with the label.")
@option("--group-column", default="", metavar="NAME", group=DATA, help="Rows of one group are held out together.")
@option("--no-header", "columns", default="", metavar="A,B", group=DATA, help="The table has no header line; its columns are these.")
@option("--label-separator", default="", metavar="S", group=DATA, help="A text may have several labels, with S between them.")
@option("--multiple", is_flag=True, group=DATA, help="A text may have several labels (a JSON list).")
@option("--rating", is_flag=True, group=DATA, help="The labels are numbers in their order, such as stars.")
@option("--input", "input_", type=click.Choice(["auto", "csv", "tsv", "jsonl"]), default="auto", show_default=True, group=DATA,
        help="What the files hold; auto goes by the ending.")
@option("--delimiter", default="", metavar="CHAR", group=DATA, help="What parts the columns of a table.")
@option("--encoding", default="utf-8", show_default=True, group=DATA, help="How the bytes are encoded.")
@option("--init", default="", metavar="MODEL", group=NETWORK, help="Go on from a trained model; its labels may be others.")
@recipe_options(
    ClassifyRecipe,
    Network=(
        "network.cell", "network.num_layers", "network.bidirectional", "network.hidden_size", "network.embedding_size",
        "network.nonlinearity", "network.pooling", "tokenizer.vocabulary_size", "vectors.file", "vectors.frozen",
        "ngrams.order", "training.storage",
    ),
    Training=("training.epochs", "training.learning_rate", "training.batch_size", "training.dropout", "training.max_length"),
)
@folder_options
@run_options
def classify(
    train_files: tuple[Path, ...],
    dev_files: tuple[Path, ...],
    text_column: str,
    label_column: str,
    group_column: str,
    columns: str,
    label_separator: str,
    multiple: bool,
    rating: bool,
    input_: str,
    delimiter: str,
    encoding: str,
    init: str,
    licence: str,
    languages: tuple[str, ...],
    **values: Any,
) -> int:
    """Train a classifier on CSV, TSV or JSONL: one label a text, several, or a rating."""
    if rating and (multiple or label_separator):
        raise OptionError("--rating is one label a text; leave out --multiple and --label-separator")
    limit_threads(values["threads"])
    files = labelled_files(train_files, dev_files, "rows", pipes=True)
    stems = [path.name.split(".")[0] for path, _ in files]
    data = [
        DataSettings(
            file=str(path),
            name=stem if stem and stems.count(stem) == 1 else str(path),
            format=input_,
            text=text_column,
            label=label_column,
            group=group_column,
            columns=tuple(part.strip() for part in columns.split(",") if part.strip()),
            delimiter=delimiter,
            encoding=encoding,
            label_separator=label_separator,
            split=split,
        )
        for stem, (path, split) in zip(stems, files)
    ]
    given = given_flags(ClassifyRecipe, values, "network", "tokenizer.vocabulary_size")
    if init and given:
        raise OptionError(f"{given[0]}: --init keeps the model's own network; leave it out")
    if values["vectors__frozen"] and not values["vectors__file"]:
        raise OptionError("--freeze keeps the vectors that --vectors names; add --vectors words-en")
    if values["vectors__file"] and values["tokenizer__vocabulary_size"] is None:
        values["tokenizer__vocabulary_size"] = VOCABULARY_OF_VECTORS
    recipe = ClassifyRecipe(
        kind="multiple" if multiple or label_separator else "rating" if rating else "single",
        decision="median" if rating else "likeliest",
        data=tuple(data),
        init=init,
        licence=licence,
        languages=languages,
    )
    return train(with_options(recipe, values), values)

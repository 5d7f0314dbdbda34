"""seqtool train: a model folder from rows of your own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from seqtool.cli.help import HelpfulCommand, HelpfulGroup, option
from seqtool.cli.options import limit_threads
from seqtool.cli.train.options import (
    DATA,
    NETWORK,
    PATH,
    folder_options,
    given_flags,
    labelled_files,
    recipe_options,
    run_options,
    with_options,
)
from seqtool.cli.train.run import train
from seqtool.cli.train.tag import tag
from seqtool.cli.train.tokenizer import tokenizer, train_tokenizer
from seqtool.cli.train.vectors import train_vectors, vectors
from seqtool.errors import OptionError
from seqtool.tasks import find_task, load_object
from seqtool.training.classify.recipe import ClassifyRecipe, DataSettings


# fmt: off
@click.group(
    "train",
    cls=HelpfulGroup,
    invoke_without_command=True,
    examples=[
        "seqtool train classify examples/labelled.csv --label-column stars --rating -o my-stars",
        "seqtool train --recipe examples/recipe.toml --data examples -o small",
    ],
)
@option("--recipe", "recipe_path", type=PATH, metavar="FILE", group=DATA, help="Train what a recipe says.")
@option("--data", "folders", type=PATH, multiple=True, metavar="DIR", group=DATA, help="Where the recipe's files are; may be given twice.")
@option("--leave-out", multiple=True, metavar="SOURCE", group=DATA, help="Train without one of the recipe's sources; may be given again.")
@run_options
@click.pass_context
def command(
    context: click.Context, /, recipe_path: Path | None, folders: tuple[Path, ...], leave_out: tuple[str, ...], **run: Any
) -> int | None:
    """Train a model on your own rows: one command, one model folder."""
    if context.invoked_subcommand is not None:
        if recipe_path is not None:
            raise OptionError(f"--recipe says the task already; leave out {context.invoked_subcommand!r}")
        early = [
            parameter.opts[-1]
            for parameter in context.command.params
            if parameter.name and context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
        ]
        if early:
            raise OptionError(f"{early[0]}: write options behind {context.invoked_subcommand!r}")
        return None
    if recipe_path is None:
        raise OptionError("what to train? seqtool train classify FILE -o DIR, or --recipe FILE; see seqtool train --help")
    limit_threads(run["threads"])
    from seqtool.training.recipe import read_recipe, read_table

    table = read_table(recipe_path)
    name = table.get("task", "classify")
    if name in ("vectors", "tokenizer"):
        if leave_out or run["resume"] or run["training__minutes"]:
            raise OptionError(f"--leave-out, --resume and --minutes are for networks; {name} is trained in one go")
        return (train_vectors if name == "vectors" else train_tokenizer)(recipe_path, folders, run)
    recipe = read_recipe(load_object(find_task(name, table.get("answer")).recipe), recipe_path)
    return train(with_options(recipe, run), run, (*folders, recipe_path.parent), leave_out)


# fmt: on
# Pieces where words have vectors: most common words are one piece.
VOCABULARY_OF_VECTORS = 20_000


# fmt: off
@command.command(
    "classify",
    cls=HelpfulCommand,
    examples=[
        "seqtool train classify examples/labelled.csv --label-column stars --rating -o my-stars",
        "seqtool train classify examples/labelled.csv --label-column stars --cell gru --epochs 3 -o gru",
    ],
)
@click.argument("train_files", nargs=-1, required=True, type=PATH, metavar="TRAIN...")
@option("--dev", "dev_files", type=PATH, multiple=True, metavar="FILE", group=DATA,
        help="Rows to choose by; without it a tenth is held out, by seed.")
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


command.add_command(tag)
command.add_command(vectors)
command.add_command(tokenizer)

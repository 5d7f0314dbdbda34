"""seqtool train: a model folder from rows of your own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from seqtool.cli.help import HelpfulCommand, HelpfulGroup, option
from seqtool.cli.options import limit_threads
from seqtool.cli.train.run import DATA, NETWORK, RUN, TRAINING, WORD, run_options, train_network
from seqtool.cli.train.tag import tag
from seqtool.cli.train.tokenizer import tokenizer, train_tokenizer
from seqtool.cli.train.vectors import train_vectors, vectors
from seqtool.errors import OptionError


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
@option("--recipe", "recipe_path", type=WORD, metavar="FILE", group=DATA, help="Train what a recipe says.")
@option("--data", "folders", type=WORD, multiple=True, metavar="DIR", group=DATA, help="Where the recipe's files are; may be given twice.")
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
    from seqtool.training.recipe import read_recipe, read_recipe_of, read_table

    task = read_table(recipe_path).get("task")
    if task in ("vectors", "tokenizer"):
        if leave_out or run["resume"] or run["minutes"]:
            raise OptionError(f"--leave-out, --resume and --minutes are for networks; {task} is trained in one go")
        return (train_vectors if task == "vectors" else train_tokenizer)(recipe_path, folders, run)
    if task == "tag":
        from seqtool.training.tag.recipe import GeneRecipe, TagRecipe

        genes = read_table(recipe_path).get("answer") == "regions"
        recipe: Any = read_recipe_of(GeneRecipe if genes else TagRecipe, recipe_path)
    else:
        recipe = read_recipe(recipe_path)
    if run["minutes"]:
        recipe = replace(recipe, training=replace(recipe.training, minutes=run["minutes"]))
    if run["seed"] is not None:
        recipe = replace(recipe, seed=run["seed"])
    return train_network("tag" if task == "tag" else "classify", recipe, (*folders, recipe_path.parent), leave_out, run)


# fmt: on
# Pieces where words have vectors: most common words are one piece.
VOCABULARY_OF_VECTORS = 20_000
SHAPE = ("cell", "layers", "bidirectional", "hidden_size", "embedding_size", "nonlinearity", "pooling")
# option name: (recipe table, key); the flags for what people change most.
CHANGES = {
    "cell": ("network", "cell"),
    "layers": ("network", "num_layers"),
    "bidirectional": ("network", "bidirectional"),
    "hidden_size": ("network", "hidden_size"),
    "embedding_size": ("network", "embedding_size"),
    "nonlinearity": ("network", "nonlinearity"),
    "pooling": ("network", "pooling"),
    "vocabulary_size": ("tokenizer", "vocabulary_size"),
    "vectors": ("vectors", "file"),
    "freeze": ("vectors", "frozen"),
    "epochs": ("training", "epochs"),
    "minutes": ("training", "minutes"),
    "learning_rate": ("training", "learning_rate"),
    "training_batch": ("training", "batch_size"),
    "dropout": ("training", "dropout"),
    "max_length": ("training", "max_length"),
    "storage": ("training", "storage"),
    "ngrams": ("ngrams", "order"),
}


# fmt: off
@command.command(
    "classify",
    cls=HelpfulCommand,
    examples=[
        "seqtool train classify examples/labelled.csv --label-column stars --rating -o my-stars",
        "seqtool train classify examples/labelled.csv --label-column stars --cell gru --epochs 3 -o gru",
    ],
)
@click.argument("train_files", nargs=-1, required=True, type=WORD, metavar="TRAIN...")
@option("--dev", "dev_files", type=WORD, multiple=True, metavar="FILE", group=DATA,
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
@option("--cell", type=click.Choice(["none", "rnn", "lstm", "gru"]), group=NETWORK, help="The recurrent cell; none is a bag of words.")
@option("--layers", type=click.IntRange(min=1), metavar="N", group=NETWORK, help="Stacked layers.")
@option("--bidirectional/--one-direction", default=None, group=NETWORK, help="Read both ways, or forward alone.")
@option("--hidden-size", type=click.IntRange(min=1), metavar="N", group=NETWORK, help="Width of a layer in one direction.")
@option("--embedding-size", type=click.IntRange(min=1), metavar="N", group=NETWORK, help="Width of a piece's vector.")
@option("--nonlinearity", type=click.Choice(["tanh", "relu"]), group=NETWORK, help="Of the rnn cell.")
@option("--pooling", metavar="A,B", group=NETWORK, help="From steps to one vector: last, mean, max, attention, embedding.")
@option("--vocabulary-size", type=click.IntRange(min=1), metavar="N", group=NETWORK, help="Subword pieces.")
@option("--vectors", metavar="NAME|PATH", group=NETWORK, help="Start from word vectors: a folder such as words-en, or a file of vectors.")
@option("--freeze", is_flag=True, default=None, group=NETWORK, help="Keep those vectors as they are.")
@option("--ngrams", type=click.IntRange(0, 5), metavar="N", group=NETWORK, help="Add a linear model of 1- to N-grams beside the network.")
@option("--storage", type=click.Choice(["int8", "float16", "float32"]), group=NETWORK, help="How the folder stores weights.")
@option("--epochs", type=click.FloatRange(min=0, min_open=True), metavar="N", group=TRAINING, help="How often every row is read.")
@option("--learning-rate", type=click.FloatRange(min=0, min_open=True), metavar="R", group=TRAINING, help="AdamW's step at its largest.")
@option("--batch-size", "training_batch", type=click.IntRange(min=1), metavar="N", group=TRAINING, help="Rows a step.")
@option("--dropout", type=click.FloatRange(0, 1, max_open=True), metavar="P", group=TRAINING, help="Before the head.")
@option("--max-length", type=click.IntRange(min=1), metavar="N", group=TRAINING, help="Pieces of a text read in one epoch.")
@option("--licence", default="not stated", metavar="TEXT", group=RUN, help="The licence that the manifest states.")
@option("--language", "languages", multiple=True, metavar="CODE", group=RUN, help="A language that the manifest states.")
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
    from seqtool.training.recipe import DataSettings, Recipe, check_value

    stems = [path.name.split(".")[0] for path in (*train_files, *dev_files)]
    data = [
        DataSettings(
            file=str(path),
            name=stem if (stem := path.name.split(".")[0]) and stems.count(stem) == 1 else str(path),
            format=input_,
            text=text_column,
            label=label_column,
            group=group_column,
            columns=tuple(part.strip() for part in columns.split(",") if part.strip()),
            delimiter=delimiter,
            encoding=encoding,
            label_separator=label_separator,
            split=split or ("train" if dev_files else ""),
        )
        for split, paths in (("", train_files), ("dev", dev_files))
        for path in paths
    ]
    if len({path.resolve() for path in (*train_files, *dev_files)}) < len(data):
        raise OptionError("a file is named twice; rows that are trained on cannot be used to choose by")
    missing = [path for path in (*train_files, *dev_files) if str(path) != "-" and not path.exists()]
    if missing:
        raise OptionError(f"{missing[0]}: no such file; check the name")
    kind = "multiple" if multiple or label_separator else "rating" if rating else "single"
    shaped = [name for name in (*SHAPE, "vocabulary_size") if values.get(name) is not None]
    if init and shaped:
        raise OptionError(f"--{shaped[0].replace('_', '-')}: --init keeps the model's own network; leave it out")
    recipe = Recipe(
        task="classify",
        kind=kind,
        decision="median" if rating else "likeliest",
        data=tuple(data),
        init=init,
        licence=licence,
        languages=languages,
        seed=values["seed"] if values["seed"] is not None else 1,
    )
    if values["freeze"] and not values["vectors"]:
        raise OptionError("--freeze keeps the vectors that --vectors names; add --vectors words-en")
    if values["vectors"] and values["vocabulary_size"] is None:
        values["vocabulary_size"] = VOCABULARY_OF_VECTORS
    for name, (table, key) in CHANGES.items():
        value = values.get(name)
        if value is None:
            continue
        if name == "pooling":
            value = tuple(part.strip() for part in value.split(","))
        if isinstance(value, Path):
            value = str(value.resolve())
        check_value(key, value, f"--{name.replace('_', '-')}")
        recipe = replace(recipe, **{table: replace(getattr(recipe, table), **{key: value})})
    return train_network("classify", recipe, (), (), values)


command.add_command(tag)
command.add_command(vectors)
command.add_command(tokenizer)

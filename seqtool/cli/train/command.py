"""seqtool train: a model folder from rows of your own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from seqtool.cli.help import LazyGroup, option
from seqtool.cli.options import limit_threads
from seqtool.cli.train.options import DATA, PATH, run_options, with_options
from seqtool.cli.train.run import train
from seqtool.errors import OptionError
from seqtool.tasks import find_task, load_object

COMMANDS = {
    "classify": (
        "seqtool.cli.train.classify:classify",
        "Train a classifier on CSV, TSV or JSONL: one label a text, several, or a rating.",
    ),
    "tag": (
        "seqtool.cli.train.tag:tag",
        "Train a tagger on CoNLL columns, CoNLL-U or JSONL with entities: a label for every token.",
    ),
    "tokenizer": (
        "seqtool.cli.train.tokenizer:tokenizer",
        "Train subwords on plain text: files, also .gz, .bz2 and .xz, or standard input.",
    ),
    "vectors": (
        "seqtool.cli.train.vectors:vectors",
        "Train word vectors on plain text: files, also .gz, .bz2 and .xz, or standard input.",
    ),
}


# fmt: off
@click.group(
    "train",
    cls=LazyGroup,
    table=COMMANDS,
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
    task = find_task(table.get("task", "classify"), table.get("answer"))
    recipe: Any = read_recipe(load_object(task.recipe), recipe_path)
    if not hasattr(recipe, "training") and (leave_out or run["resume"] or run["training__minutes"]):
        raise OptionError(f"--leave-out, --resume and --minutes are for networks; {task.name} is trained in one go")
    return train(with_options(recipe, run), run, (*folders, recipe_path.parent), leave_out)

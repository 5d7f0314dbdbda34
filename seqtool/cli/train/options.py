"""Options of the trainings: those of every run, and those that are made of a recipe's fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import Field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

import click

from seqtool.cli.help import Function, option
from seqtool.cli.options import apply
from seqtool.errors import OptionError
from seqtool.settings import MOST_SEED, check_value

DATA, NETWORK, TRAINING, RUN = "Data", "Network", "Training", "Run"
PATH = click.Path(path_type=Path)
SHOWN_END = 1000


def run_options(function: Function) -> Function:
    """Where the result goes and how the run behaves."""
    return apply(
        function,
        option("-o", "--output", type=PATH, required=False, metavar="DIR", group=RUN, help="The model folder to write."),
        option("--force", is_flag=True, group=RUN, help="Replace a folder that is there."),
        option("--resume", is_flag=True, group=RUN, help="Go on with a run that was killed, to the same result."),
        option("--minutes", "training__minutes", type=click.FloatRange(min=0, min_open=True), group=RUN, metavar="N",
               help="A time budget for the training loop; the schedule follows the clock."),
        option("--seed", type=click.IntRange(0, MOST_SEED), metavar="N", group=RUN, help="Another seed, another draw of the same training."),
        option("--device", default="auto", show_default=True, metavar="auto|cpu|cuda", group=RUN, help="Where to train."),
        option("--threads", type=click.IntRange(min=1), metavar="N", group=RUN, help="Cores to use; by default those there are, at most 4."),
        option("--log", type=PATH, metavar="FILE", group=RUN, help="Append a JSON line for every evaluation."),
        option("-q", "--quiet", is_flag=True, group=RUN, help="No progress."),
    )  # fmt: skip


def training_files(what: str) -> Callable[[Function], Function]:
    """The files that are trained on, and those to choose by; ``what`` they hold."""

    def decorate(function: Function) -> Function:
        return apply(
            function,
            click.argument("train_files", nargs=-1, required=True, type=PATH, metavar="TRAIN..."),
            option("--dev", "dev_files", type=PATH, multiple=True, metavar="FILE", group=DATA,
                   help=f"{what} to choose by; without it a tenth is held out, by seed."),
        )  # fmt: skip

    return decorate


def folder_options(function: Function) -> Function:
    """What the manifest states of the folder."""
    return apply(
        function,
        option("--licence", default="not stated", metavar="TEXT", group=RUN, help="The licence that the manifest states."),
        option("--language", "languages", multiple=True, metavar="CODE", group=RUN, help="A language that the manifest states."),
    )  # fmt: skip


def recipe_options(recipe: type, **groups: Sequence[str]) -> Callable[[Function], Function]:
    """Options made of a recipe's fields, heading by heading: ``Network=("network.cell", ...)``.

    A field's checks are the option's; its value arrives as ``network__cell``.
    """

    def decorate(function: Function) -> Function:
        made = [_option(recipe, key, group) for group, keys in groups.items() for key in keys]
        return apply(function, *made)

    return decorate


def _field(recipe: type, key: str) -> tuple[Field[Any], Any]:
    """The field of a key such as ``network.cell``, and its type."""
    kind: Any = recipe
    for part in key.split("."):
        found = next(item for item in fields(kind) if item.name == part)
        kind = get_type_hints(kind)[part]
    return found, kind


def _option(recipe: type, key: str, group: str) -> Any:
    found, kind = _field(recipe, key)
    said = found.metadata
    settings: dict[str, Any] = {"group": group, "help": said["help"]}
    if said["metavar"]:
        settings["metavar"] = said["metavar"]
    if kind is bool:
        settings["default"] = None
        if "/" not in said["flag"]:
            settings["is_flag"] = True
    elif kind is str and said["choices"]:
        settings["type"] = click.Choice(said["choices"])
    elif kind in (int, float):
        settings["type"] = _range(kind, said)
    return option(said["flag"], key.replace(".", "__"), **settings)


def _range(kind: type, said: Any) -> click.ParamType[Any]:
    """The numbers that a field takes."""
    # An end that nobody comes near is not worth a line of the help; the field refuses what is past it.
    most = said["at_most"] if said["at_most"] <= SHOWN_END else None
    if kind is int:
        return click.IntRange(said["at_least"] if said["above"] is None else int(said["above"]) + 1, most)
    if said["share"]:
        return click.FloatRange(0, 1, max_open=True)
    if said["above"] is None:
        return click.FloatRange(said["at_least"], most)
    return click.FloatRange(said["above"], most, min_open=True)


def given_flags(recipe: type, values: dict[str, Any], *tables: str) -> list[str]:
    """The flags that were given among those of some of the recipe's tables, or of single keys."""
    keys = [name.replace("__", ".") for name, value in values.items() if "__" in name and value is not None]
    wanted = [key for key in keys if key in tables or key.split(".")[0] in tables]
    return [_field(recipe, key)[0].metadata["flag"].split("/")[0] for key in wanted]


def with_options(recipe: Any, values: dict[str, Any]) -> Any:
    """The recipe with what the options say.

    :raises OptionError: a value that its field does not take.
    """
    for name, value in values.items():
        table, separator, key = name.partition("__")
        if value is None or not separator:
            continue
        found, kind = _field(type(recipe), f"{table}.{key}")
        if kind == tuple[str, ...]:
            value = tuple(part.strip() for part in value.split(","))
        check_value(found, value, found.metadata.get("flag", "").split("/")[0] or f"--{key}")
        recipe = replace(recipe, **{table: replace(getattr(recipe, table), **{key: value})})
    return recipe if values.get("seed") is None else recipe.with_seed(values["seed"])


def labelled_files(
    train: Sequence[Path], dev: Sequence[Path], what: str, *, pipes: bool = False
) -> list[tuple[Path, str]]:
    """The files of a training and the split of each: none held out where ``dev`` names files.

    :raises OptionError: one is not there, or named twice.
    """
    files = [*((path, "train" if dev else "") for path in train), *((path, "dev") for path in dev)]
    for path, _ in files:
        if not path.exists() and not (pipes and str(path) == "-"):
            raise OptionError(f"{path}: no such file; check the name")
    if len({path.resolve() for path, _ in files}) < len(files):
        raise OptionError(f"a file is named twice; {what} that are trained on cannot be used to choose by")
    return files

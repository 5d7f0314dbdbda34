"""Recipes: everything that a training can be told, as dataclasses that are the TOML tables.

A recipe names files relative to ``--data`` and can do nothing else.  What a task adds stands in its
own ``recipe.py``; the checks stand on the fields (:mod:`seqtool.settings`).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from seqtool.errors import OptionError
from seqtool.settings import MOST_SEED, Settings, checked, from_table, to_table

CHECKPOINT_SECONDS = 120.0
# More passes, rows or steps than any training has.
MOST_EPOCHS, MOST_ROWS, MOST_STEPS = 1e6, 1 << 20, 1 << 24
# The most that one part may count beside another: a row, a source, a run.
MOST_WEIGHT = 1000
STORAGES = ("int8", "float16", "float32")


@dataclass(frozen=True)
class RecipeHead:
    """How every recipe begins: what it makes and by which chance."""

    task: str = ""
    name: str = ""
    version: str = "1"
    description: str = ""
    licence: str = "not stated"
    languages: tuple[str, ...] = ()
    seed: int = checked(1, at_most=MOST_SEED)
    tried: tuple[dict[str, Any], ...] = field(default=(), kw_only=True)
    """What was tried on the way, with its numbers: for people."""

    def with_seed(self, seed: int) -> Self:
        """The same training by another chance."""
        return replace(self, seed=seed)

    def to_table(self) -> dict[str, Any]:
        """The recipe as a TOML document, defaults and all; what was tried comes last."""
        table = to_table(self)
        return {**{key: value for key, value in table.items() if key != "tried"}, "tried": table["tried"]}


@dataclass(frozen=True)
class Run:
    """What a training needs beside the recipe: paths and the machine."""

    output: Path
    folders: tuple[Path, ...] = ()
    device: str = "auto"
    threads: int = 1
    force: bool = False
    resume: bool = False
    leave_out: tuple[str, ...] = ()
    checkpoint_seconds: float = CHECKPOINT_SECONDS


@dataclass(frozen=True)
class CorpusSettings:
    """One file of text: ``[[corpus]]``."""

    file: str
    format: str = checked("auto", choices=("auto", "text", "jsonl", "csv", "tsv"))
    text: str = "text"
    columns: tuple[str, ...] = ()
    """The names of the columns of a table without a header line."""
    delimiter: str = ""
    encoding: str = "utf-8"
    repeat: int = checked(1, above=0)
    """How often its lines go in."""


@dataclass(frozen=True)
class TokenizerSettings:
    """The subword vocabulary: ``[tokenizer]``."""

    vocabulary_size: int = checked(
        8000, above=0, at_most=1 << 20, flag="--vocabulary-size", metavar="N", help="Subword pieces."
    )
    model: str = checked("unigram", choices=("unigram", "bpe", "char"))
    lower: bool = True
    sentences: int = checked(300_000, above=0)
    """So many texts, drawn by seed, train the vocabulary."""


@dataclass(frozen=True)
class TrainingSettings:
    """The loop: ``[training]``."""

    epochs: float = checked(
        10.0, above=0, at_most=MOST_EPOCHS, flag="--epochs", metavar="N", help="How often every row is read."
    )
    minutes: float = 0.0
    """A time budget for the loop; the schedule follows the clock. 0 for none."""
    learning_rate: float = checked(
        2e-3, above=0, flag="--learning-rate", metavar="R", help="AdamW's step at its largest."
    )
    batch_size: int = checked(32, above=0, at_most=MOST_ROWS, flag="--batch-size", metavar="N", help="Rows a step.")
    """At most so many rows a step."""
    batch_tokens: int = checked(8000, above=0, at_most=MOST_STEPS)
    """At most so many pieces a step, padding counted."""
    max_length: int = checked(
        400, above=0, flag="--max-length", metavar="N", help="Pieces of a text read in one epoch."
    )
    """Longer texts give a random stretch of so many pieces an epoch."""
    short_stretches: float = checked(0.0, share=True)
    """The share of texts of which a random shorter stretch is read."""
    weight_decay: float = checked(0.01)
    clip_norm: float = checked(1.0, above=0)
    schedule: str = checked("linear", choices=("linear", "cosine", "constant", "trapezoid"))
    warmup: float = checked(0.05, share=True)
    dropout: float = checked(0.4, share=True, flag="--dropout", metavar="P", help="Before the head.")
    recurrent_dropout: float = checked(0.2, share=True)
    embedding_dropout: float = checked(0.2, share=True)
    word_dropout: float = checked(0.05, share=True)
    label_smoothing: float = checked(0.0, share=True)
    averaging: float = checked(0.0, share=True)
    """The decay of an exponential average of the weights (0.999, say), which is what is kept; 0 for none."""
    patience: int = checked(4)
    """Stop after so many evaluations without a better dev score; 0 for never."""
    evaluations: float = checked(1.0, at_least=0.001)
    """Evaluations an epoch."""
    storage: str = checked("int8", choices=STORAGES, flag="--storage", help="How the folder stores weights.")
    arithmetic: str = checked("auto", choices=("auto", "float32", "bfloat16"))
    """float32, or bfloat16 for the forward pass (torch.autocast); auto: bfloat16 on CUDA, float32 on a CPU."""


def read_table(path: Path) -> dict[str, Any]:
    """A recipe's TOML, without the results that a finished folder's recipe ends with.

    :raises OptionError: it cannot be read, or is no TOML.
    """
    try:
        table = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise OptionError(f"{path}: cannot be read: {error.strerror}; check the name") from None
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, a number without end
        raise OptionError(f"{path}: is not TOML: {error}") from None
    table.pop("results", None)  # for people
    return table


def read_recipe(cls: type[Settings], path: Path) -> Settings:
    """A recipe of some task from its file.

    :raises OptionError: it cannot be read, or says something that a recipe cannot say.
    """
    table = read_table(path)
    try:
        recipe = from_table(cls, table)
        task = cls.task  # type: ignore[attr-defined]
        if recipe.task != task:  # type: ignore[attr-defined]
            raise OptionError(f"task: {recipe.task!r} is none of {task}")  # type: ignore[attr-defined]
        return recipe
    except OptionError as error:
        raise OptionError(f"{path}: {error}") from None


def find_data(name: str, folders: tuple[Path, ...]) -> Path:
    """A recipe's file, in the first of the ``--data`` folders that has it.

    Without folders the name is a path of the command line, taken as it is.

    :raises OptionError: none has it, or the name leads out of them.
    """
    if not folders:
        return Path(name)
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise OptionError(f"{name}: a recipe's files are named relative to --data")
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    searched = ", ".join(str(folder) for folder in folders) or "none given"
    raise OptionError(f"{name}: not in the data folders ({searched}); --data DIR names one, and can be given twice")


def source_name(settings: Any) -> str:
    """What a source of a recipe is called in cards and scores: its name, or its file's up to the first dot."""
    return str(settings.name or Path(settings.file).name.split(".")[0])

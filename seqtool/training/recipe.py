"""Recipes: everything that a training can be told, as dataclasses that are the TOML tables.

A recipe names files relative to ``--data`` and can do nothing else.  Unknown keys are errors
that name the nearest right one.
"""

from __future__ import annotations

import tomllib
import types
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from seqtool.errors import OptionError, nearest

Settings = TypeVar("Settings")


@dataclass(frozen=True)
class DataSettings:
    """One file of rows: ``[[data]]``."""

    file: str
    name: str = ""
    format: str = "auto"
    """auto, csv, tsv, jsonl, or trees (Penn-style brackets with a label each: every phrase is a row)."""
    text: str = "text"
    label: str = "label"
    group: str = ""
    """A column whose equal values stay in one split (a product, a film)."""
    columns: tuple[str, ...] = ()
    """The names of the columns of a table without a header line."""
    delimiter: str = ""
    encoding: str = "utf-8"
    label_separator: str = ""
    labels: dict[str, Any] = field(default_factory=dict)
    """The file's labels in our words; a list means one of these (a partial label), "" leaves the row out."""
    split: str = ""
    """All rows for train, dev or test; otherwise shares are held out."""
    dev: float = 0.1
    test: float = 0.0
    weight: float = 1.0
    """How often a row is read in an epoch, on average."""
    per_epoch: int = 0
    """At most so many rows an epoch, drawn anew for each; 0 for all."""
    balance: float = 0.0
    """0: every row is read as often; 1: every label of this file is; between: between."""
    limit: int = 0
    """At most so many rows for training, drawn by seed; 0 for all."""


@dataclass(frozen=True)
class UnlabelledSettings:
    """One file of texts without labels, for vectors and for a teacher: ``[[unlabelled]]``."""

    file: str
    format: str = "auto"
    text: str = "text"
    encoding: str = "utf-8"
    limit: int = 0


@dataclass(frozen=True)
class TokenizerSettings:
    """The subword vocabulary: ``[tokenizer]``."""

    vocabulary_size: int = 8000
    model: str = "unigram"
    lower: bool = True
    sentences: int = 300_000
    """So many texts, drawn by seed, train the vocabulary."""


@dataclass(frozen=True)
class NetworkSettings:
    """The network: ``[network]``, as in ``model.toml``."""

    cell: str = "lstm"
    embedding_size: int = 128
    hidden_size: int = 128
    num_layers: int = 1
    bidirectional: bool = True
    nonlinearity: str = "tanh"
    pooling: tuple[str, ...] = ("max", "mean")
    head_size: int = 0


@dataclass(frozen=True)
class VectorSettings:
    """Where the embeddings start: ``[vectors]``."""

    file: str = ""
    """A vector folder by name or path, or a file of vectors; the vocabulary is then made of its words."""
    train: bool = False
    """Train skip-gram vectors (Mikolov et al. 2013) of the pieces on all texts, labelled or not."""
    epochs: int = 5
    window: int = 5
    negative: int = 5
    minimum_count: int = 2
    frozen: bool = False


@dataclass(frozen=True)
class TeacherSettings:
    """A linear model of word n-grams that also says what the network should answer: ``[teacher]``."""

    share: float = 0.0
    """How much of the loss is the teacher's word; 0 for no teacher."""
    unlabelled_weight: float = 0.5
    """The weight of a text without a label, which only the teacher judges."""
    ngrams: int = 2
    strength: float = 1.0


@dataclass(frozen=True)
class NGramSettings:
    """A linear model of piece n-grams beside the network, whose logits are added: ``[ngrams]``."""

    order: int = 0
    """N-grams of one to so many pieces; 0 for no such model."""
    bits: int = 18
    """They are hashed to 2**bits buckets."""
    strength: float = 5.0
    """scikit-learn's C: the larger, the closer to the training rows."""


@dataclass(frozen=True)
class TrainingSettings:
    """The loop: ``[training]``."""

    epochs: float = 10.0
    minutes: float = 0.0
    """A time budget for the loop; the schedule follows the clock. 0 for none."""
    learning_rate: float = 2e-3
    batch_size: int = 32
    """At most so many rows a step."""
    batch_tokens: int = 8000
    """At most so many pieces a step, padding counted."""
    max_length: int = 400
    """Longer texts give a random stretch of so many pieces an epoch."""
    short_stretches: float = 0.0
    """The share of texts of which a random shorter stretch is read."""
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    schedule: str = "linear"
    warmup: float = 0.05
    dropout: float = 0.4
    recurrent_dropout: float = 0.2
    embedding_dropout: float = 0.2
    word_dropout: float = 0.05
    label_smoothing: float = 0.0
    averaging: float = 0.0
    """The decay of an exponential average of the weights (0.999, say), which is what is kept; 0 for none."""
    patience: int = 4
    """Stop after so many evaluations without a better dev score; 0 for never."""
    evaluations: float = 1.0
    """Evaluations an epoch."""
    storage: str = "int8"
    arithmetic: str = "auto"
    """float32, or bfloat16 for the forward pass (torch.autocast); auto: bfloat16 on CUDA, float32 on a CPU."""


@dataclass(frozen=True)
class Recipe:
    """A whole training."""

    task: str = "classify"
    name: str = ""
    version: str = "1"
    description: str = ""
    licence: str = "not stated"
    languages: tuple[str, ...] = ()
    seed: int = 1
    kind: str = "single"
    """single, multiple or rating."""
    decision: str = "likeliest"
    """How a rating is chosen: likeliest, or median (the least expected absolute error)."""
    labels: tuple[str, ...] = ()
    """The labels in their order; found in the data when none are named."""
    groups: dict[str, list[str]] = field(default_factory=dict)
    init: str = ""
    data: tuple[DataSettings, ...] = ()
    unlabelled: tuple[UnlabelledSettings, ...] = ()
    tokenizer: TokenizerSettings = TokenizerSettings()
    network: NetworkSettings = NetworkSettings()
    vectors: VectorSettings = VectorSettings()
    teacher: TeacherSettings = TeacherSettings()
    ngrams: NGramSettings = NGramSettings()
    training: TrainingSettings = TrainingSettings()
    tried: tuple[dict[str, Any], ...] = ()
    """What was tried on the way, with its numbers: for people."""

    def to_table(self) -> dict[str, Any]:
        """The recipe as a TOML document, defaults and all."""
        table: dict[str, Any] = plain(asdict(self))
        return table


CHOICES = {
    "task": ("classify", "tag", "vectors", "tokenizer"),
    "scheme": ("auto", "iob1", "iob2", "ioe", "bioes", "io"),
    "character_encoder": ("none", "cnn", "rnn", "lstm", "gru"),
    "multiword": ("parts", "whole"),
    "method": ("skip-gram", "cbow", "swivel"),
    "kind": ("single", "multiple", "rating"),
    "answer": ("auto", "entities", "labels", "regions"),
    "decision": ("likeliest", "median"),
    "cell": ("none", "rnn", "lstm", "gru"),
    "nonlinearity": ("tanh", "relu"),
    "pooling": ("last", "mean", "max", "attention", "embedding"),
    "schedule": ("linear", "cosine", "constant", "trapezoid"),
    "storage": ("int8", "float16", "float32"),
    "arithmetic": ("auto", "float32", "bfloat16"),
    "format": ("auto", "csv", "tsv", "jsonl", "trees", "conll", "conllu"),
    "model": ("unigram", "bpe", "char"),
    "split": ("", "train", "dev", "test"),
}
# Shares and rates: from 0 to below 1.
SHARES = {
    "dev", "test", "share", "warmup", "dropout", "recurrent_dropout", "embedding_dropout", "word_dropout",
    "label_smoothing", "short_stretches", "averaging", "singleton_dropout", "majority", "lower", "upper", "title",
}  # fmt: skip
POSITIVE = {
    "vocabulary_size", "sentences", "embedding_size", "hidden_size", "num_layers", "epochs", "window", "negative",
    "learning_rate", "weight", "batch_size", "batch_tokens", "max_length", "clip_norm", "evaluations", "strength", "ngrams", "stride", "token",
}  # fmt: skip


def plain(value: Any) -> Any:
    """Lists and tables alone, as TOML has them."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def _convert(value: Any, hint: Any, where: str) -> Any:
    """``value`` as the type that a field is declared with.

    :raises OptionError: it is of another type, or names unknown keys.
    """
    if is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, dict):
            raise OptionError(f"{where}: a table is needed")
        return from_table(hint, value, where)
    origin = get_origin(hint)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise OptionError(f"{where}: a list is needed")
        item = get_args(hint)[0]
        return tuple(_convert(part, item, f"{where}[{number}]") for number, part in enumerate(value, 1))
    if origin is dict:
        if not isinstance(value, dict):
            raise OptionError(f"{where}: a table is needed")
        return value
    if hint is Any or origin in (Union, types.UnionType):
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        name = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}.get(
            hint, "another type"
        )
        raise OptionError(f"{where}: {value!r} where {name} belongs")
    return value


def from_table(cls: type[Settings], table: dict[str, Any], where: str = "") -> Settings:
    """A settings dataclass from a TOML table.

    :raises OptionError: an unknown key (with the nearest right ones), a wrong type or value.
    """
    hints = get_type_hints(cls)
    known = {item.name: item for item in fields(cls)}  # type: ignore[arg-type]
    values = {}
    for name, value in table.items():
        place = f"{where}.{name}" if where else name
        if name not in known:
            raise OptionError(f"{place}: no such key; {nearest(name, known)}")
        values[name] = check_value(name, _convert(value, hints[name], place), place)
    for name, item in known.items():
        if name not in values and item.default is MISSING and item.default_factory is MISSING:
            raise OptionError(f"{where or 'the recipe'}: the key {name!r} is missing")
    return cls(**values)


def check_value(name: str, value: Any, place: str) -> Any:
    """A value that its key allows.

    :raises OptionError: it does not.
    """
    choices = CHOICES.get(name)
    for item in value if isinstance(value, tuple) else (value,):
        if choices and isinstance(item, str) and item not in choices:
            raise OptionError(
                f"{place}: {item!r} is none of {', '.join(c for c in choices if c)}; {nearest(item, choices)}"
            )
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if name == "seed" and value >= 2**63:
            raise OptionError(f"{place}: {value} is too large a seed")
        if name in SHARES and not 0 <= value < 1:
            raise OptionError(f"{place}: {value} is not a share from 0 to below 1")
        if name in POSITIVE and not value > 0:
            raise OptionError(f"{place}: {value} is not above 0")
        if not value >= 0 or value == float("inf"):
            raise OptionError(f"{place}: {value} is not a number from 0 up")
    return value


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


def read_recipe_of(cls: type[Settings], path: Path) -> Settings:
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


def read_recipe(path: Path) -> Recipe:
    """The recipe of a classifier from its file; see :func:`read_recipe_of`."""
    return read_recipe_of(Recipe, path)


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
    places = ", ".join(str(folder) for folder in folders) or "none given"
    raise OptionError(f"{name}: not in the data folders ({places}); --data DIR names one, and can be given twice")

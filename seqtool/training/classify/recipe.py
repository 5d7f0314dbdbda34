"""Recipes of classifiers: the TOML tables as dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field

from seqtool.errors import OptionError
from seqtool.modelfolder.shapes import ClassifierSettings
from seqtool.settings import checked
from seqtool.training.recipe import MOST_WEIGHT, RecipeHead, TokenizerSettings, TrainingSettings

ROW_FORMATS = ("auto", "csv", "tsv", "jsonl", "trees")
MOST_ORDER = 5


@dataclass(frozen=True)
class DataSettings:
    """One file of rows: ``[[data]]``."""

    file: str
    name: str = ""
    format: str = checked("auto", choices=ROW_FORMATS)
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
    labels: dict[str, str | list[str]] = field(default_factory=dict)
    """The file's labels in our words; a list means one of these (a partial label), "" leaves the row out."""
    split: str = checked("", choices=("", "train", "dev", "test"))
    """All rows for train, dev or test; otherwise shares are held out."""
    dev: float = checked(0.1, share=True)
    test: float = checked(0.0, share=True)
    weight: float = checked(1.0, above=0, at_most=MOST_WEIGHT)
    """How often a row is read in an epoch, on average."""
    per_epoch: int = checked(0)
    """At most so many rows an epoch, drawn anew for each; 0 for all."""
    balance: float = checked(0.0, at_most=1)
    """0: every row is read as often; 1: every label of this file is; between: between."""
    limit: int = checked(0)
    """At most so many rows for training, drawn by seed; 0 for all."""


@dataclass(frozen=True)
class UnlabelledSettings:
    """One file of texts without labels, for vectors and for a teacher: ``[[unlabelled]]``."""

    file: str
    format: str = checked("auto", choices=ROW_FORMATS)
    text: str = "text"
    encoding: str = "utf-8"
    limit: int = checked(0)


@dataclass(frozen=True)
class VectorSettings:
    """Where the embeddings start: ``[vectors]``."""

    file: str = checked(
        "",
        flag="--vectors",
        metavar="NAME|PATH",
        help="Start from word vectors: a folder such as words-en, or a file of vectors.",
    )
    """A vector folder by name or path, or a file of vectors; the vocabulary is then made of its words."""
    train: bool = False
    """Train skip-gram vectors (Mikolov et al. 2013) of the pieces on all texts, labelled or not."""
    epochs: int = checked(5, above=0)
    window: int = checked(5, above=0, at_most=1000)
    negative: int = checked(5, above=0, at_most=1000)
    minimum_count: int = checked(2)
    frozen: bool = checked(False, flag="--freeze", help="Keep those vectors as they are.")


@dataclass(frozen=True)
class TeacherSettings:
    """A linear model of word n-grams that also says what the network should answer: ``[teacher]``."""

    share: float = checked(0.0, share=True)
    """How much of the loss is the teacher's word; 0 for no teacher."""
    unlabelled_weight: float = checked(0.5, at_most=MOST_WEIGHT)
    """The weight of a text without a label, which only the teacher judges."""
    ngrams: int = checked(2, above=0)
    strength: float = checked(1.0, above=0)


@dataclass(frozen=True)
class NGramSettings:
    """A linear model of piece n-grams beside the network, whose logits are added: ``[ngrams]``."""

    order: int = checked(
        0,
        at_most=MOST_ORDER,
        flag="--ngrams",
        metavar="N",
        help="Add a linear model of 1- to N-grams beside the network.",
    )
    """N-grams of one to so many pieces; 0 for no such model."""
    bits: int = checked(18, above=0, at_most=26)
    """They are hashed to 2**bits buckets."""
    strength: float = checked(5.0, above=0)
    """scikit-learn's C: the larger, the closer to the training rows."""


@dataclass(frozen=True)
class ClassifyRecipe(RecipeHead):
    """The whole training of a classifier."""

    task: str = "classify"
    kind: str = checked("single", choices=("single", "multiple", "rating"))
    """single, multiple or rating."""
    decision: str = checked("likeliest", choices=("likeliest", "median"))
    """How a rating is chosen: likeliest, or median (the least expected absolute error)."""
    labels: tuple[str, ...] = ()
    """The labels in their order; found in the data when none are named."""
    groups: dict[str, list[str]] = field(default_factory=dict)
    init: str = ""
    data: tuple[DataSettings, ...] = ()
    unlabelled: tuple[UnlabelledSettings, ...] = ()
    tokenizer: TokenizerSettings = TokenizerSettings()
    network: ClassifierSettings = ClassifierSettings()
    vectors: VectorSettings = VectorSettings()
    teacher: TeacherSettings = TeacherSettings()
    ngrams: NGramSettings = NGramSettings()
    training: TrainingSettings = TrainingSettings()

    def check(self) -> None:
        """Groups are lists of the labels, each label once."""
        members = sorted(label for labels in self.groups.values() for label in labels)
        if any(not labels for labels in self.groups.values()):
            raise OptionError("groups: one has no labels; name those that it sums up")
        if self.groups and self.labels and members != sorted(self.labels):
            raise OptionError("groups: must name every label once; check [groups] against labels")

"""The shapes of networks: one spelling from the flag over the recipe's ``[network]`` to ``model.toml``'s.

``...Settings`` are what a person chooses; ``...Shape`` adds what the data decide.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Self, TypeVar

from seqtool.errors import OptionError
from seqtool.settings import checked, plain

Chosen = TypeVar("Chosen")

CELLS = ("rnn", "lstm", "gru")
MOST_STRIDE = 64
# Wider or deeper than any of these fits a machine.
MOST_SIZE, MOST_LAYERS = 1 << 16, 1024


def _hidden_size(size: int) -> Any:
    return checked(
        size, above=0, at_most=MOST_SIZE, flag="--hidden-size", metavar="N", help="Width of a layer in one direction."
    )


def _num_layers(number: int) -> Any:
    return checked(number, above=0, at_most=MOST_LAYERS, flag="--layers", metavar="N", help="Stacked layers.")


def _bidirectional() -> Any:
    return checked(True, flag="--bidirectional/--one-direction", help="Read both ways, or forward alone.")


def _nonlinearity() -> Any:
    return checked("tanh", choices=("tanh", "relu"), flag="--nonlinearity", help="Of the rnn cell.")


class Shape:
    """What the shapes of all networks can do."""

    @classmethod
    def from_table(cls, table: dict[str, Any]) -> Self:
        """From a TOML table; other keys are left alone."""
        known = {item.name: table[item.name] for item in fields(cls) if item.name in table}  # type: ignore[arg-type]
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in known.items()})

    def to_table(self) -> dict[str, Any]:
        """As a TOML table, what the data decide first."""
        table: dict[str, Any] = plain(asdict(self))  # type: ignore[call-overload]
        own = [name for name in type(self).__annotations__ if name in table]
        return {name: table[name] for name in dict.fromkeys([*own, *table])}


def chosen(settings: type[Chosen], shape: Shape) -> Chosen:
    """What a person chose of a shape."""
    return settings(**{item.name: getattr(shape, item.name) for item in fields(settings)})  # type: ignore[arg-type]


@dataclass(frozen=True)
class ClassifierSettings:
    """The network of a classifier.

    ``cell = "none"`` is the bag of words: the mean of the embeddings, then the head; the
    recurrent layers' numbers are then without meaning.  ``head_size`` is the width of a
    feed-forward layer before the labels, 0 for none.
    """

    cell: str = checked(
        "lstm", choices=("none", *CELLS), flag="--cell", help="The recurrent cell; none is a bag of words."
    )
    embedding_size: int = checked(
        128, above=0, at_most=MOST_SIZE, flag="--embedding-size", metavar="N", help="Width of a piece's vector."
    )
    hidden_size: int = _hidden_size(128)
    num_layers: int = _num_layers(1)
    bidirectional: bool = _bidirectional()
    nonlinearity: str = _nonlinearity()
    pooling: tuple[str, ...] = checked(
        ("max", "mean"), choices=("last", "mean", "max", "attention", "embedding"), filled=True,
        flag="--pooling", metavar="A,B", help="From steps to one vector: last, mean, max, attention, embedding.",
    )  # fmt: skip
    head_size: int = checked(0, at_most=MOST_SIZE)

    def check(self) -> None:
        """Each pooling counts once."""
        if len(set(self.pooling)) < len(self.pooling):
            raise OptionError("pooling: names one of them twice")


@dataclass(frozen=True, kw_only=True)
class ClassifierShape(ClassifierSettings, Shape):
    """The network of a classifier as ``model.toml`` says it."""

    vocabulary_size: int
    num_labels: int


@dataclass(frozen=True)
class TaggerSettings:
    """The network of a tagger.

    ``character_encoder = "none"`` reads whole words alone.  ``stride``: so many letters are read,
    and as many labels given, at each step of the recurrent layers; words are read one by one.
    """

    cell: str = checked("lstm", choices=CELLS, flag="--cell", help="The recurrent cell.")
    embedding_size: int = checked(
        100, above=0, at_most=MOST_SIZE, flag="--embedding-size", metavar="N", help="Width of a word's vector."
    )
    character_encoder: str = checked(
        "cnn", choices=("none", "cnn", *CELLS), flag="--characters", help="How a word's characters are read."
    )
    character_embedding_size: int = checked(30, above=0, at_most=MOST_SIZE)
    character_size: int = checked(60, above=0, at_most=MOST_SIZE)
    hidden_size: int = _hidden_size(150)
    num_layers: int = _num_layers(1)
    bidirectional: bool = _bidirectional()
    nonlinearity: str = _nonlinearity()
    crf: bool = checked(True, flag="--crf/--no-crf", help="Judge whole sequences of tags, or each token by itself.")
    stride: int = checked(1, above=0, at_most=1)

    def check(self) -> None:
        """Two directions share a word's character vector."""
        if self.character_encoder in CELLS and self.character_size % 2:
            raise OptionError(
                f"character_size: {self.character_size} is odd; two directions share it, take an even one"
            )


@dataclass(frozen=True)
class GeneSettings(TaggerSettings):
    """The network of a tagger of genes: a tagger that reads windows of letters alone."""

    embedding_size: int = checked(32, above=0, at_most=MOST_SIZE)
    character_encoder: str = checked("none", choices=("none",))
    hidden_size: int = _hidden_size(96)
    num_layers: int = _num_layers(2)
    crf: bool = checked(False, choices=(False,))
    stride: int = checked(3, above=0, at_most=MOST_STRIDE)


@dataclass(frozen=True, kw_only=True)
class TaggerShape(TaggerSettings, Shape):
    """The network of a tagger as ``model.toml`` says it.

    ``feature_size``: so many numbers a word (its case, the name lists that it stands in) are read
    beside its vectors.
    """

    vocabulary_size: int
    num_tags: int
    character_vocabulary_size: int = 0
    feature_size: int = 0

    @property
    def word_size(self) -> int:
        """The numbers of a word that come beside its embedding."""
        return (self.character_size if self.character_encoder != "none" else 0) + self.feature_size


@dataclass(frozen=True)
class LanguageModelSettings:
    """The network of a language model: one direction, and embeddings that are the softmax's too."""

    cell: str = checked("lstm", choices=CELLS, flag="--cell", help="The recurrent cell.")
    embedding_size: int = checked(
        256, above=0, at_most=MOST_SIZE, flag="--embedding-size", metavar="N", help="Width of a token's vector."
    )
    hidden_size: int = _hidden_size(512)
    num_layers: int = _num_layers(2)
    nonlinearity: str = _nonlinearity()


@dataclass(frozen=True, kw_only=True)
class LanguageModelShape(LanguageModelSettings, Shape):
    """The network of a language model as ``model.toml`` says it."""

    vocabulary_size: int


@dataclass(frozen=True)
class TranslatorSettings:
    """The network of a translator: an encoder in two directions, a decoder, attention between them.

    ``hidden_size`` and ``num_layers`` are the encoder's, in one direction.  ``attention``: ``none`` is the plain
    encoder and decoder (Sutskever et al. 2014).  ``input_feeding``: a step of the decoder reads what the one
    before it attended to (Luong et al. 2015, 3.3), which has to be trained step by step.
    """

    cell: str = checked("lstm", choices=CELLS, flag="--cell", help="The recurrent cell.")
    embedding_size: int = checked(
        256, above=0, at_most=MOST_SIZE, flag="--embedding-size", metavar="N", help="Width of a piece's vector."
    )
    hidden_size: int = _hidden_size(256)
    num_layers: int = _num_layers(2)
    decoder_size: int = checked(
        512, above=0, at_most=MOST_SIZE, flag="--decoder-size", metavar="N", help="Width of the decoder."
    )
    decoder_layers: int = checked(
        1, above=0, flag="--decoder-layers", metavar="N", help="Stacked layers of the decoder."
    )
    attention: str = checked(
        "general", choices=("none", "dot", "general", "additive"), flag="--attention",
        help="How the decoder looks at the source.",
    )  # fmt: skip
    input_feeding: bool = checked(
        False, flag="--input-feeding", help="A step reads what the one before it attended to."
    )
    nonlinearity: str = _nonlinearity()

    def check(self) -> None:
        """What goes with what."""
        if self.attention == "dot" and self.decoder_size != 2 * self.hidden_size:
            raise OptionError(
                f"decoder_size: dot attention multiplies it with both directions of the encoder; make it {2 * self.hidden_size}"
            )
        if self.attention == "none" and self.input_feeding:
            raise OptionError("input_feeding: needs attention; leave it out")


@dataclass(frozen=True, kw_only=True)
class TranslatorShape(TranslatorSettings, Shape):
    """The network of a translator as ``model.toml`` says it."""

    vocabulary_size: int
    bidirectional: bool = True

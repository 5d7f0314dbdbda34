"""What a training of a vowel counter can be told."""

from __future__ import annotations

from dataclasses import dataclass

from seqtool.modelfolder.shapes import CELLS, Shape
from seqtool.settings import checked
from seqtool.training.recipe import RecipeHead, TrainingSettings


@dataclass(frozen=True)
class DataSettings:
    """One file of lines: a count, a tab, a text."""

    file: str
    dev: float = checked(0.1, share=True)


@dataclass(frozen=True)
class CounterSettings:
    """The network: ``[network]``."""

    cell: str = checked("gru", choices=CELLS)
    embedding_size: int = checked(8, above=0)
    hidden_size: int = checked(8, above=0)


@dataclass(frozen=True, kw_only=True)
class CounterShape(CounterSettings, Shape):
    """The network as ``model.toml`` says it."""

    vocabulary_size: int
    num_layers: int = 1
    bidirectional: bool = False


@dataclass(frozen=True)
class VowelsRecipe(RecipeHead):
    """The whole training."""

    task: str = "vowels"
    data: tuple[DataSettings, ...] = ()
    network: CounterSettings = CounterSettings()
    training: TrainingSettings = TrainingSettings(epochs=6, learning_rate=0.02, storage="float32", evaluations=1)

"""The recipe of word vectors: what a training can be told, as the TOML tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from seqtool.errors import OptionError
from seqtool.settings import MOST_SEED, checked
from seqtool.training.recipe import MOST_WEIGHT, STORAGES, CorpusSettings, RecipeHead


@dataclass(frozen=True)
class RunSettings:
    """One training of vectors: ``[[run]]``."""

    method: str = checked("skip-gram", choices=("skip-gram", "cbow", "swivel"))
    """skip-gram, cbow, or swivel (:mod:`seqtool.training.vectors.swivel`)."""
    subwords: bool = False
    """Character n-grams (fastText), which also give unknown words a vector."""
    size: int = checked(100, above=0, at_most=4096)
    window: int = checked(5, above=0, at_most=1000)
    negative: int = checked(5, above=0, at_most=1000)
    minimum_count: int = checked(5, above=0)
    sample: float = checked(1e-4, at_most=1)
    """Words more frequent than this share are read less often (Mikolov et al. 2013, 2.3)."""
    epochs: int = checked(5, above=0)
    learning_rate: float = checked(0.025, above=0, at_most=1)
    shortest: int = checked(3, above=0)
    longest: int = checked(6, above=0)
    buckets: int = checked(100_000, above=0)
    seed: int = checked(1, at_most=MOST_SEED)
    distance_power: float = checked(1.0, at_most=10)
    """swivel counts a pair of words by one over this power of their distance."""
    weight: float = checked(1.0, above=0, at_most=MOST_WEIGHT)
    """Of this run among several."""

    def check(self) -> None:
        """What goes with what."""
        if self.subwords and self.method == "swivel":
            raise OptionError("subwords: swivel has none; skip-gram and cbow have")
        if self.shortest > self.longest:
            raise OptionError(f"shortest: {self.shortest} letters are more than the longest, {self.longest}")


@dataclass(frozen=True)
class VectorsRecipe(RecipeHead):
    """A whole training of vectors."""

    task: str = "vectors"
    corpus: tuple[CorpusSettings, ...] = ()
    run: tuple[RunSettings, ...] = checked((RunSettings(),), filled=True)
    extend: str = ""
    """A vector folder or file whose vectors are kept (at length one, without n-grams): other words get
    theirs from their contexts (:mod:`seqtool.training.vectors.rare_words`).  Of the run only window and
    minimum_count count, ``words`` counts those that are there too."""
    phrases: int = checked(0)
    """Passes that join words which stand together more often than chance: new_york."""
    lowercase: bool = True
    shuffle: bool = False
    """Lines in random order, where files differ much: a rate that falls sees all of them alike."""
    words: int = checked(0)
    """Keep so many of the commonest words; 0 for all."""
    size: int = checked(0)
    """Several runs side by side, turned to their principal axes, of which so many are kept; 0: all."""
    centre: bool = False
    """Take the mean of all vectors out."""
    spelling_weight: float = checked(0.0, at_most=MOST_WEIGHT)
    """Add so much of what a word's spelling predicts (:mod:`seqtool.training.vectors.spelling`): half of it
    for a word that stands SPELLING_COUNT times in the texts, less for commoner ones."""
    storage: str = checked("float16", choices=STORAGES)

    def with_seed(self, seed: int) -> Self:
        """The same training by another chance: each run has a seed of its own."""
        runs = tuple(replace(run, seed=seed + number) for number, run in enumerate(self.run))
        return replace(self, seed=seed, run=runs)

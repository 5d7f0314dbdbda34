"""The recipe of word vectors: what a training can be told, as the TOML tables."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from seqtool.training.data.corpus import CorpusSettings


@dataclass(frozen=True)
class RunSettings:
    """One training of vectors: ``[[run]]``."""

    method: str = "skip-gram"
    """skip-gram, cbow, or swivel (:mod:`seqtool.training.vectors.swivel`)."""
    subwords: bool = False
    """Character n-grams (fastText), which also give unknown words a vector."""
    size: int = 100
    window: int = 5
    negative: int = 5
    minimum_count: int = 5
    sample: float = 1e-4
    """Words more frequent than this share are read less often (Mikolov et al. 2013, 2.3)."""
    epochs: int = 5
    learning_rate: float = 0.025
    shortest: int = 3
    longest: int = 6
    buckets: int = 100_000
    seed: int = 1
    distance_power: float = 1.0
    """swivel counts a pair of words by one over this power of their distance."""
    weight: float = 1.0
    """Of this run among several."""


@dataclass(frozen=True)
class VectorsRecipe:
    """A whole training of vectors."""

    task: str = "vectors"
    name: str = ""
    version: str = "1"
    description: str = ""
    licence: str = "not stated"
    languages: tuple[str, ...] = ()
    seed: int = 1
    corpus: tuple[CorpusSettings, ...] = ()
    run: tuple[RunSettings, ...] = (RunSettings(),)
    extend: str = ""
    """A vector folder or file whose vectors are kept (at length one, without n-grams): other words get
    theirs from their contexts (:mod:`seqtool.training.vectors.rare_words`).  Of the run only window and
    minimum_count count, ``words`` counts those that are there too."""
    phrases: int = 0
    """Passes that join words which stand together more often than chance: new_york."""
    lowercase: bool = True
    shuffle: bool = False
    """Lines in random order, where files differ much: a rate that falls sees all of them alike."""
    words: int = 0
    """Keep so many of the commonest words; 0 for all."""
    size: int = 0
    """Several runs side by side, turned to their principal axes, of which so many are kept; 0: all."""
    centre: bool = False
    """Take the mean of all vectors out."""
    spelling_weight: float = 0.0
    """Add so much of what a word's spelling predicts (:mod:`seqtool.training.vectors.spelling`): half of it
    for a word that stands SPELLING_COUNT times in the texts, less for commoner ones."""
    storage: str = "float16"
    tried: tuple[dict[str, Any], ...] = ()
    """What was tried on the way, with its numbers: for people."""

    def to_table(self) -> dict[str, Any]:
        """The recipe as a TOML document."""
        return {**asdict(self), "languages": list(self.languages)}

"""Stretches of genomes as batches for a tagger of genes: windows, what the chains say, the borders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seqtool.decoding.grammar import Grammar
from seqtool.engine.genes.chains import Chains
from seqtool.training.genes.data import CLASSES, Genome
from seqtool.training.plans import Batch, LengthPlan, Sequences, padded


@dataclass(frozen=True)
class Genes:
    """What is counted in genomes of a dialect: its grammar, and how likely each letter is in each class."""

    grammar: Grammar
    chains: Chains


@dataclass
class GeneBatch(Batch):
    """Beside the windows' numbers, what a path is made of: ``chains`` (time, batch, classes), ``fits`` and
    ``sums`` (time, batch, conditions) of the borders before each letter, ``dialects`` (batch,);
    ``possible`` (time, batch, classes): what each letter may be."""

    chains: Tensor
    fits: Tensor
    sums: Tensor
    dialects: Tensor
    possible: Tensor


@dataclass(frozen=True)
class Stretches:
    """Stretches of genomes, each read on one strand: windows, letters, sets of classes as bits, and the
    number of the dialect of each."""

    windows: Sequences
    letters: Sequences
    possible: Sequences
    dialects: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Sequence[tuple[NDArray[np.int32], Genome, int]]) -> Stretches:
        return cls(
            _joined([windows for windows, _, _ in rows]),
            _joined([genome.letters.astype(np.int32) for _, genome, _ in rows]),
            _joined([genome.possible for _, genome, _ in rows]),
            np.array([dialect for _, _, dialect in rows]),
        )

    def batch(self, stretches: Sequence[tuple[int, int, int]], genes: Sequence[Genes]) -> GeneBatch:
        """(row, first letter, how many letters) of each; ``genes``: the dialects'."""
        ids, lengths = padded([self.windows.stretch(*part) for part in stretches])
        bits, _ = padded([self.possible.stretch(*part) for part in stretches])
        dialects = [int(self.dialects[row]) for row, _, _ in stretches]
        parts: list[list[NDArray[Any]]] = [[], [], []]
        for stretch, dialect in zip(stretches, dialects):
            letters = self.letters.stretch(*stretch).astype(np.uint8)
            here = [genes[dialect].chains.scores(letters), *genes[dialect].grammar.borders(letters)]
            for part, value in zip(parts, here):
                part.append(np.pad(value, ((0, len(ids) - len(letters)), (0, 0))))
        chains, fits, sums = (torch.from_numpy(np.stack(part, axis=1)) for part in parts)
        possible = (bits.unsqueeze(-1) >> torch.arange(len(CLASSES)) & 1).bool()
        rows = [row for row, _, _ in stretches]
        return GeneBatch(rows, ids, lengths, chains, fits, sums.float(), torch.tensor(dialects), possible)


@dataclass(frozen=True)
class GenePlan(LengthPlan):
    """A plan of stretches; its sequences are their windows."""

    stretches: Stretches | None = None
    genes: Sequence[Genes] = ()

    def batches(self, epoch: int, rows: Sequence[list[tuple[int, int]]], first: int = 0) -> Iterator[Batch]:
        assert self.stretches is not None
        whole = self.sequences.lengths()
        for number in range(first, len(rows)):
            chance = np.random.default_rng([self.seed, epoch, number])
            stretches = [
                (row, int(chance.integers(0, int(whole[row]) - length + 1)), length) for row, length in rows[number]
            ]
            yield self.stretches.batch(stretches, self.genes)


def _joined(parts: Sequence[NDArray[np.int32]]) -> Sequences:
    return Sequences(np.concatenate(parts), np.cumsum([len(part) for part in parts]))

"""Batches of like lengths, in an order that depends on the seed and the epoch alone."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# Rows are shuffled, then sorted by length inside pools of so many batches: random enough to
# learn from, sorted enough that padding wastes little work.
POOL_BATCHES = 50
SHORTEST = 8


@dataclass
class Sequences:
    """Sequences of ids, end to end in one array."""

    ids: NDArray[np.int32]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, sequences: Sequence[Sequence[int]]) -> Sequences:
        lengths = np.array([len(sequence) for sequence in sequences], np.int64)
        ids = np.fromiter((number for sequence in sequences for number in sequence), np.int32, int(lengths.sum()))
        return cls(ids, np.cumsum(lengths))

    def __len__(self) -> int:
        return len(self.ends)

    def lengths(self) -> NDArray[np.int64]:
        return np.diff(self.ends, prepend=0)

    def stretch(self, place: int, start: int, length: int) -> NDArray[np.int32]:
        begin = (int(self.ends[place - 1]) if place else 0) + start
        return self.ids[begin : begin + length]


@dataclass
class Batch:
    """rows: places of the sequences; ids (time, batch); lengths (batch,)."""

    rows: list[int]
    ids: Tensor
    lengths: Tensor

    def inputs(self, device: str) -> tuple[Tensor, ...]:
        """What the network reads, on its device."""
        return self.ids.to(device), self.lengths.to(device)


def padded(parts: Sequence[NDArray[np.int32]]) -> tuple[Tensor, Tensor]:
    """ids (time, batch), zeros after each end, and lengths (batch,)."""
    lengths = [len(part) for part in parts]
    ids = np.zeros((len(parts), max(lengths)), np.int64)
    for number, part in enumerate(parts):
        ids[number, : len(part)] = part
    return torch.from_numpy(ids).t().contiguous(), torch.tensor(lengths)


def make_batch(sequences: Sequences, places: Sequence[tuple[int, int, int]]) -> Batch:
    """A padded batch of (row, first step, how many steps)."""
    return Batch([row for row, _, _ in places], *padded([sequences.stretch(*place) for place in places]))


@dataclass(frozen=True)
class BatchPlan:
    """How sequences become an epoch's batches.

    ``weights``: how often each row is read in an epoch, on average.  A batch has at most
    ``batch_size`` rows and ``batch_tokens`` steps, padding counted; of a sequence longer than
    ``max_length`` a random stretch is read, and of a share of ``short_stretches`` of all a
    shorter one, so that a network of long texts learns short ones too.
    """

    sequences: Sequences
    weights: NDArray[np.float32]
    batch_size: int
    batch_tokens: int
    max_length: int
    seed: int
    short_stretches: float = 0.0

    def rows(self, epoch: int) -> list[list[tuple[int, int]]]:
        """(row, how many of its steps) of each batch of an epoch."""
        chance = np.random.default_rng([self.seed, epoch])
        copies = np.floor(self.weights + chance.random(len(self.weights))).astype(np.int64)
        order = chance.permutation(np.repeat(np.arange(len(copies)), copies))
        lengths = np.minimum(self.sequences.lengths(), self.max_length)[order]
        if self.short_stretches:
            shorter = (chance.random(len(order)) < self.short_stretches) & (lengths > SHORTEST)
            lengths[shorter] = chance.integers(SHORTEST, lengths[shorter])
        plan: list[list[tuple[int, int]]] = []
        pool_size = self.batch_size * POOL_BATCHES
        for start in range(0, len(order), pool_size):
            here = slice(start, start + pool_size)
            by_length = np.argsort(lengths[here], kind="stable")
            batch: list[tuple[int, int]] = []
            for row, length in zip(order[here][by_length].tolist(), lengths[here][by_length].tolist()):
                if batch and (len(batch) == self.batch_size or (len(batch) + 1) * length > self.batch_tokens):
                    plan.append(batch)
                    batch = []
                batch.append((row, length))
            plan.append(batch)
        return [plan[number] for number in chance.permutation(len(plan))]

    def batches(self, epoch: int, rows: Sequence[list[tuple[int, int]]], first: int = 0) -> Iterator[Batch]:
        """The batches of :meth:`rows` from number ``first`` on; each the same whatever came before."""
        whole = self.sequences.lengths()
        for number in range(first, len(rows)):
            chance = random.Random(f"{self.seed}/{epoch}/{number}")
            places = [(row, chance.randint(0, int(whole[row]) - length), length) for row, length in rows[number]]
            yield make_batch(self.sequences, places)


def sorted_batches(sequences: Sequences, batch_size: int, max_length: int) -> Iterator[Batch]:
    """All sequences once, the short ones first, for scoring; at most their first ``max_length`` steps."""
    lengths = np.minimum(sequences.lengths(), max_length)
    order = np.argsort(lengths, kind="stable").tolist()
    for start in range(0, len(order), batch_size):
        yield make_batch(sequences, [(row, 0, int(lengths[row])) for row in order[start : start + batch_size]])

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


def padded(parts: Sequence[NDArray[np.int32]]) -> tuple[Tensor, Tensor]:
    """ids (time, batch), zeros after each end, and lengths (batch,)."""
    lengths = [len(part) for part in parts]
    ids = np.zeros((len(parts), max(lengths)), np.int64)
    for number, part in enumerate(parts):
        ids[number, : len(part)] = part
    return torch.from_numpy(ids).t().contiguous(), torch.tensor(lengths)


def make_batch(sequences: Sequences, rows: list[int], max_length: int, random_start: random.Random | None) -> Batch:
    """A padded batch; a longer sequence gives its first ``max_length`` steps, or a random stretch."""
    lengths = sequences.lengths()[rows]
    parts = []
    for row, length in zip(rows, lengths.tolist()):
        start = random_start.randint(0, length - max_length) if random_start and length > max_length else 0
        parts.append(sequences.stretch(row, start, min(length, max_length)))
    return Batch(rows, *padded(parts))


@dataclass(frozen=True)
class BatchPlan:
    """How sequences become an epoch's batches.

    ``weights``: how often each row is read in an epoch, on average.  A batch has at most
    ``batch_size`` rows and ``batch_tokens`` steps, padding counted; of a sequence longer than
    ``max_length`` a random stretch is read.
    """

    sequences: Sequences
    weights: NDArray[np.float32]
    batch_size: int
    batch_tokens: int
    max_length: int
    seed: int

    def rows(self, epoch: int) -> list[list[int]]:
        """The rows of each batch of an epoch."""
        chance = np.random.default_rng([self.seed, epoch])
        copies = np.floor(self.weights + chance.random(len(self.weights))).astype(np.int64)
        order = chance.permutation(np.repeat(np.arange(len(copies)), copies))
        lengths = np.minimum(self.sequences.lengths(), self.max_length)
        plan: list[list[int]] = []
        pool_size = self.batch_size * POOL_BATCHES
        for start in range(0, len(order), pool_size):
            pool = order[start : start + pool_size]
            pool = pool[np.argsort(lengths[pool], kind="stable")]
            batch: list[int] = []
            for row, length in zip(pool.tolist(), lengths[pool].tolist()):
                if batch and (len(batch) == self.batch_size or (len(batch) + 1) * length > self.batch_tokens):
                    plan.append(batch)
                    batch = []
                batch.append(row)
            plan.append(batch)
        return [plan[number] for number in chance.permutation(len(plan))]

    def batches(self, epoch: int, rows: Sequence[list[int]], first: int = 0) -> Iterator[Batch]:
        """The batches of :meth:`rows` from number ``first`` on; each the same whatever came before."""
        for number in range(first, len(rows)):
            yield make_batch(
                self.sequences, rows[number], self.max_length, random.Random(f"{self.seed}/{epoch}/{number}")
            )


def sorted_batches(sequences: Sequences, batch_size: int, max_length: int) -> Iterator[Batch]:
    """All sequences once, the short ones first, for scoring."""
    order = np.argsort(sequences.lengths(), kind="stable").tolist()
    for start in range(0, len(order), batch_size):
        yield make_batch(sequences, order[start : start + batch_size], max_length, None)

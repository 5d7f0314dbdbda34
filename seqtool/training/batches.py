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


def epoch_plan(sequences: Sequences, batch_size: int, max_length: int, seed: int, epoch: int) -> list[list[int]]:
    """The rows of each batch of an epoch.

    A batch has ``batch_size`` rows, or fewer where they are long: never more than
    ``batch_size * max_length / 2`` steps.
    """
    chance = random.Random(f"{seed}/{epoch}")
    lengths = np.minimum(sequences.lengths(), max_length).tolist()
    order = list(range(len(sequences)))
    chance.shuffle(order)
    pool_size = batch_size * POOL_BATCHES
    steps = max(batch_size * max_length // 2, max_length)
    plan: list[list[int]] = []
    for start in range(0, len(order), pool_size):
        pool = sorted(order[start : start + pool_size], key=lengths.__getitem__)
        batch: list[int] = []
        for row in pool:
            if batch and (len(batch) == batch_size or (len(batch) + 1) * lengths[row] > steps):
                plan.append(batch)
                batch = []
            batch.append(row)
        plan.append(batch)
    chance.shuffle(plan)
    return plan


def epoch_batches(
    sequences: Sequences, batch_size: int, max_length: int, seed: int, epoch: int, first: int = 0
) -> Iterator[Batch]:
    """The batches of an epoch from number ``first`` on; each the same whatever came before."""
    plan = epoch_plan(sequences, batch_size, max_length, seed, epoch)
    for number in range(first, len(plan)):
        yield make_batch(sequences, plan[number], max_length, random.Random(f"{seed}/{epoch}/{number}"))


def sorted_batches(sequences: Sequences, batch_size: int, max_length: int) -> Iterator[Batch]:
    """All sequences once, the short ones first, for scoring."""
    order = np.argsort(sequences.lengths(), kind="stable").tolist()
    for start in range(0, len(order), batch_size):
        yield make_batch(sequences, order[start : start + batch_size], max_length, None)

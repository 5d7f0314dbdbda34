"""How data become an epoch's batches, in an order that depends on the seed and the epoch alone.

Three plans: sequences by their lengths, pairs by both of theirs, and one long stream in columns.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

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

    def stretch(self, row: int, start: int, length: int) -> NDArray[np.int32]:
        begin = (int(self.ends[row - 1]) if row else 0) + start
        return self.ids[begin : begin + length]


@dataclass
class Batch:
    """rows: indices of the sequences; ids (time, batch); lengths (batch,)."""

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


def make_batch(sequences: Sequences, stretches: Sequence[tuple[int, int, int]]) -> Batch:
    """A padded batch of (row, first step, how many steps)."""
    return Batch([row for row, _, _ in stretches], *padded([sequences.stretch(*part) for part in stretches]))


def by_length(lengths: NDArray[np.int64], batch_size: int, batch_tokens: int) -> Iterator[list[int]]:
    """Indices of rows, the short ones first, in batches of at most ``batch_size`` rows and
    ``batch_tokens`` steps, padding counted; a longer row is a batch of its own."""
    batch: list[int] = []
    for row in np.argsort(lengths, kind="stable").tolist():
        if batch and (len(batch) == batch_size or (len(batch) + 1) * int(lengths[row]) > batch_tokens):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


class Plan(Protocol):
    """What the loop needs of a plan."""

    def rows(self, epoch: int) -> Sequence[Sequence[Any]]:
        """The batches of an epoch: what each is made of, an item a row."""

    def batches(self, epoch: int, rows: Sequence[Any], first: int = 0) -> Iterator[Batch]:
        """The batches of :meth:`rows` from number ``first`` on; each the same whatever came before."""


@dataclass(frozen=True)
class LengthPlan:
    """Sequences in batches of like lengths.

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
        pool_size = self.batch_size * POOL_BATCHES
        plan: list[list[tuple[int, int]]] = []
        for start in range(0, len(order), pool_size):
            here = slice(start, start + pool_size)
            for batch in by_length(lengths[here], self.batch_size, self.batch_tokens):
                plan.append([(int(order[here][row]), int(lengths[here][row])) for row in batch])
        return [plan[number] for number in chance.permutation(len(plan))]

    def batches(self, epoch: int, rows: Sequence[list[tuple[int, int]]], first: int = 0) -> Iterator[Batch]:
        """The batches of :meth:`rows` from number ``first`` on; each the same whatever came before."""
        whole = self.sequences.lengths()
        for number in range(first, len(rows)):
            chance = random.Random(f"{self.seed}/{epoch}/{number}")
            stretches = [(row, chance.randint(0, int(whole[row]) - length), length) for row, length in rows[number]]
            yield make_batch(self.sequences, stretches)


@dataclass
class PairBatch(Batch):
    """ids and lengths are the sources'; targets (target time, batch), target_lengths (batch,)."""

    targets: Tensor
    target_lengths: Tensor

    def inputs(self, device: str) -> tuple[Tensor, ...]:
        return tuple(part.to(device) for part in (self.ids, self.lengths, self.targets, self.target_lengths))


@dataclass(frozen=True)
class PairPlan:
    """Pairs of sequences in batches of which both sides have like lengths.

    ``weights``: how often each pair is read in an epoch, on average; with ``late_weights`` they change
    evenly into these over ``epochs``.  A batch has at most ``batch_size`` pairs and ``batch_tokens``
    steps of its longer side, padding counted.
    """

    sources: Sequences
    targets: Sequences
    weights: NDArray[np.float32]
    batch_size: int
    batch_tokens: int
    seed: int
    late_weights: NDArray[np.float32] | None = None
    epochs: float = 1.0

    def rows(self, epoch: int) -> list[list[int]]:
        """The pairs of each batch of an epoch."""
        chance = np.random.default_rng([self.seed, epoch])
        weights = self.weights
        if self.late_weights is not None:
            done = np.float32(min(1.0, epoch / max(1.0, self.epochs - 1)))
            weights = weights + done * (self.late_weights - weights)
        copies = np.floor(weights + chance.random(len(weights))).astype(np.int64)
        order = chance.permutation(np.repeat(np.arange(len(copies)), copies))
        source, target = self.sources.lengths()[order], self.targets.lengths()[order]
        pool_size = self.batch_size * POOL_BATCHES
        plan: list[list[int]] = []
        for start in range(0, len(order), pool_size):
            here = slice(start, start + pool_size)
            # By the target's length, of equals by the source's: a decoder's steps are the dearer ones.
            inside = np.lexsort((source[here], target[here]))
            longer = np.maximum(source[here], target[here])[inside]
            batch: list[int] = []
            most = 0
            for row, length in zip(order[here][inside].tolist(), longer.tolist()):
                if batch and (
                    len(batch) == self.batch_size or (len(batch) + 1) * max(most, length) > self.batch_tokens
                ):
                    plan.append(batch)
                    batch, most = [], 0
                batch.append(row)
                most = max(most, length)
            plan.append(batch)
        return [plan[number] for number in chance.permutation(len(plan))]

    def batches(self, epoch: int, rows: Sequence[list[int]], first: int = 0) -> Iterator[PairBatch]:
        """The batches of :meth:`rows` from number ``first`` on."""
        for pairs in rows[first:]:
            yield self.batch(pairs)

    def batch(self, pairs: list[int]) -> PairBatch:
        """Some pairs as a batch, in their order."""
        lengths = self.sources.lengths(), self.targets.lengths()
        source = padded([self.sources.stretch(row, 0, int(lengths[0][row])) for row in pairs])
        target = padded([self.targets.stretch(row, 0, int(lengths[1][row])) for row in pairs])
        return PairBatch(pairs, *source, *target)


@dataclass
class StreamBatch(Batch):
    """Steps of a stream in columns: ids (time, columns); targets (time, columns), the ids one step
    later; ``begins``: the first batch of an epoch, before which there is no state."""

    targets: Tensor
    begins: bool


@dataclass(frozen=True)
class StreamPlan:
    """One long stream, cut into ``columns`` that are read side by side, some steps a batch.

    Batch follows batch as the text does, so that a network may carry its state from one into the
    next (truncated back-propagation; Mikolov et al. 2010).  With ``varied``, batches have another
    number of steps each time (Merity et al. 2018, 4.1): one in twenty is half as long, all vary a
    little, so that no step is always the first one.  ``ids`` may be memory-mapped.
    """

    ids: NDArray[Any]
    columns: int
    steps: int
    seed: int
    varied: bool = False

    @property
    def column_length(self) -> int:
        """The steps of a column; every step but the last of the stream's has a target."""
        return (len(self.ids) - 1) // self.columns

    def rows(self, epoch: int) -> list[list[tuple[int, int]]]:
        """(column, how many steps) of each batch; all columns have the same number of steps."""
        chance = np.random.default_rng([self.seed, epoch])
        plan: list[list[tuple[int, int]]] = []
        start, length = 0, self.column_length
        while start < length:
            steps = self.steps
            if self.varied:
                usual = self.steps if chance.random() < 0.95 else self.steps / 2
                steps = max(SHORTEST, round(chance.normal(usual, SHORTEST / 2)))
            steps = min(steps, length - start)
            plan.append([(column, steps) for column in range(self.columns)])
            start += steps
        return plan

    def batches(self, epoch: int, rows: Sequence[list[tuple[int, int]]], first: int = 0) -> Iterator[StreamBatch]:
        """The batches of :meth:`rows` from number ``first`` on, in the order of the text."""
        start = sum(batch[0][1] for batch in rows[:first])
        offsets = np.arange(self.columns) * self.column_length
        for number in range(first, len(rows)):
            steps = rows[number][0][1]
            # (time, columns + 1 step): the targets are the same ids one step later.
            window = np.stack([self.ids[offset + start : offset + start + steps + 1] for offset in offsets], axis=1)
            tensor = torch.from_numpy(window.astype(np.int64))
            lengths = torch.full((self.columns,), steps)
            yield StreamBatch(list(range(self.columns)), tensor[:-1], lengths, tensor[1:], begins=start == 0)
            start += steps


def sorted_batches(sequences: Sequences, batch_size: int, max_length: int) -> Iterator[Batch]:
    """All sequences once, the short ones first, for scoring; at most their first ``max_length`` steps."""
    lengths = np.minimum(sequences.lengths(), max_length)
    order = np.argsort(lengths, kind="stable").tolist()
    for start in range(0, len(order), batch_size):
        yield make_batch(sequences, [(row, 0, int(lengths[row])) for row in order[start : start + batch_size]])

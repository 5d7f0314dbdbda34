"""Sequences as stretches of bounded length, and stretches as batches of like lengths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SPAN = 512
# Steps of one run: bounds the memory of a batch of long texts.
MAX_STEPS = 2048


@dataclass(frozen=True, slots=True)
class Stretch:
    """Steps ``start`` to ``end`` of a sequence, of which ``first`` to ``last`` are its own."""

    sequence: int
    start: int
    end: int
    first: int
    last: int


def stretches(sequence: int, length: int, overlap: int, span: int = SPAN) -> list[Stretch]:
    """A sequence of ``length`` steps as stretches of at most ``span`` steps.

    With an overlap, each stretch reads that many steps of its neighbours on either side.
    """
    if length <= span:
        return [Stretch(sequence, 0, length, 0, length)]
    own = span - 2 * overlap
    return [
        Stretch(sequence, max(0, first - overlap), min(length, first + own + overlap), first, min(length, first + own))
        for first in range(0, length, own)
    ]


def batches(items: Sequence[Stretch], batch_size: int, max_steps: int = MAX_STEPS) -> Iterator[list[int]]:
    """Indices of ``items``, the short ones first, by at most ``batch_size`` and ``max_steps``."""
    order = sorted(range(len(items)), key=lambda row: items[row].end - items[row].start)
    batch: list[int] = []
    for row in order:
        length = items[row].end - items[row].start
        if batch and (len(batch) >= batch_size or (len(batch) + 1) * length > max_steps):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch

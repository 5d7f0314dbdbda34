"""Sequences as stretches of bounded length, and stretches as batches of like lengths."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

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


class Workers:
    """Threads that run whole batches side by side, one core each."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool: Any = None
        self._process = 0
        self._starting = Lock()

    def run(self, run: Callable[[list[int]], None], batches: list[list[int]]) -> None:
        """Run all batches, on as many threads as there may be."""
        if self._threads == 1 or len(batches) <= 1:
            for batch in batches:
                run(batch)
            return
        with self._starting:
            if self._pool is None or self._process != os.getpid():  # threads do not survive a fork
                self._process = os.getpid()
                from concurrent.futures import ThreadPoolExecutor

                self._pool = ThreadPoolExecutor(self._threads)
        for _ in self._pool.map(run, batches):
            pass

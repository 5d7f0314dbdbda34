"""Ids drawn by chance, one step after another.

Each row draws from a random stream of its own, one number a step: what it becomes depends on nothing
else in the batch, if the step's rows do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seqtool.decoding.step import DecoderStates, Ids, Logits, StepFunction, advance
from seqtool.decoding.transforms import (
    Bans,
    Floats,
    highest_scores,
    log_probabilities,
    min_p,
    packed,
    repetition_penalty,
    temperature,
    top_k,
    top_p,
)

# So many numbers are taken from a stream at once: the same numbers as one by one.
NUMBERS = 64


@dataclass(frozen=True)
class Sampling(Bans):
    """How to draw: the bans, then the repetition penalty, temperature (0: the likeliest), top-k, top-p and
    min-p, in this order; the defaults draw from the model's own probabilities."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0

    def transform(self, logits: Logits, seen: NDArray[np.bool_] | None = None) -> Logits:
        """The logits that an id is drawn by; ``seen`` (rows, vocabulary): the ids that count as repeated."""
        if seen is not None:
            logits = repetition_penalty(logits, seen, self.repetition_penalty)
        if self.temperature == 0:
            return top_k(logits, 1)
        return min_p(top_p(top_k(temperature(logits, self.temperature), self.top_k), self.top_p), self.min_p)


@dataclass(frozen=True)
class Drawn:
    """What one step drew: the rows (of the batch as it began) that got an id, these ids, and the natural
    log-probabilities that the model gave them before all transforms (empty where they were not asked for)."""

    rows: list[int]
    ids: list[int]
    log_probabilities: list[float]


def stream(seed: int, record: int, sample: int) -> np.random.Generator:
    """The random numbers of one sample of one record."""
    return np.random.default_rng([seed, record, sample])


def draw(logits: Logits, numbers: Floats) -> Ids:
    """One id of each row, (rows,): the first that brings the summed probabilities, in the order of ids, above
    the row's number (in [0, 1)).

    :raises ModelError: a row has no finite highest score.
    """
    highest = highest_scores(logits)[:, None]
    # Few are left after top-k or top-p: exponentials and sums of these alone give the same bits.
    kept = logits > -np.inf
    ids, values = (None, logits) if kept.all() else packed(logits, kept)
    sums = np.cumsum(np.exp(values - highest), axis=1, dtype=np.float64)
    index: Ids = (sums <= (numbers * sums[:, -1])[:, None]).sum(1)
    return index if ids is None else ids[np.arange(len(ids)), index]


def sample(
    step: StepFunction,
    states: DecoderStates,
    start_ids: ArrayLike,
    end_id: int | None,
    sampling: Sampling,
    *,
    max_lengths: ArrayLike,
    streams: Sequence[np.random.Generator],
    histories: Sequence[Sequence[int]] | None = None,
    stopped: Callable[[int, int], bool] | None = None,
    scores: bool = False,
) -> Iterator[Drawn]:
    """Yields what every step draws, until all rows have ended.

    ``start_ids`` (rows,) are what the first step takes, ``states`` and ``streams`` a row for each.  A row ends
    with the end (which is given as its last id), after ``max_lengths`` ids (one number, or one a row), where
    ``stopped(row, id)`` says so, or where the bans leave nothing.  ``histories``: the ids before, that count
    for repetition; ``scores``: log-probabilities are wanted.

    :raises ModelError: the step gives scores that are no numbers.
    """
    ids = np.array(start_ids, np.int64)
    longest = np.broadcast_to(max_lengths, len(ids))
    rows = np.flatnonzero(longest > 0)
    if len(rows) < len(ids):
        ids, states = ids[rows], states.take(rows)
    before = _Before(histories or [[]] * len(longest), rows, sampling)
    length = 0
    numbers = np.zeros((0, 0))
    while len(rows):
        logits, states, _ = advance(step, ids, states)
        raw = logits.copy() if scores else logits
        sampling.apply(logits, end_id, length, before.ids)
        able = np.flatnonzero(logits.max(1) != -np.inf)
        if length % NUMBERS == 0:
            numbers = np.array([streams[row].random(NUMBERS) for row in rows.tolist()])
        ids = draw(
            sampling.transform(logits[able], before.seen(logits.shape[1], able)), numbers[able, length % NUMBERS]
        )
        length += 1
        drawn = Drawn(rows[able].tolist(), ids.tolist(), log_probabilities(raw[able], ids).tolist() if scores else [])
        going = (ids != end_id) & (longest[rows[able]] > length)
        if stopped:
            # Asked for each id, also where the row ends anyway: text is made of them all.
            stops = [each != end_id and stopped(row, each) for row, each in zip(drawn.rows, drawn.ids)]
            going &= ~np.array(stops, bool)
        yield drawn
        kept = able[going]
        ids = ids[going]
        if len(kept) < len(rows):
            rows, numbers, states = rows[kept], numbers[kept], states.take(kept)
        before.add(kept, ids)


class _Before:
    """The ids that rows have had: in order where n-grams are looked at, as a set where repetition is."""

    def __init__(self, histories: Sequence[Sequence[int]], rows: NDArray[np.intp], sampling: Sampling) -> None:
        chosen = [list(histories[row]) for row in rows.tolist()]
        self._penalised = sampling.repetition_penalty != 1
        self._in_order = sampling.no_repeat_ngram > 0
        self._first = chosen if self._penalised else []
        self._seen: NDArray[np.bool_] | None = None
        most = max(map(len, chosen), default=0) if self._in_order else 0
        self.ids = np.full((len(rows), most), -1)  # the latest at the right
        for row, each in zip(self.ids, chosen):
            if most and each:
                row[-len(each) :] = each

    def seen(self, size: int, rows: NDArray[np.intp]) -> NDArray[np.bool_] | None:
        """Whether each of these rows has had each id of the vocabulary; nothing where it does not matter."""
        if not self._penalised:
            return None
        if self._seen is None:
            self._seen = np.zeros((len(self._first), size), bool)
            for row, each in zip(self._seen, self._first):
                row[each] = True
        return self._seen[rows]

    def add(self, rows: NDArray[np.intp], ids: Ids) -> None:
        """The rows that are left, each with its next id."""
        if self._in_order:
            self.ids = np.concatenate((self.ids[rows], ids[:, None]), 1)
        if self._seen is not None:
            self._seen = self._seen[rows]
            self._seen[np.arange(len(ids)), ids] = True

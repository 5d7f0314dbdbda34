"""The likeliest sequences of ids, one step after another: beam search, and greedy search where the beam is 1.

Every source (a line to translate, a text to go on with) has ``beam`` hypotheses at first.  One that takes
the end leaves the beam, which is narrower by one from then on (Sutskever et al. 2014, 3.2), and so does one
that cannot beat the kept ones any more; a source without a live hypothesis has left the batch.  A
hypothesis is the same, to the bit, whatever other sources are in the batch, if the step's rows are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seqtool.decoding.step import Array, DecoderStates, Extras, Ids, Logits, StepFunction, advance, follow
from seqtool.decoding.transforms import Bans, Floats, best_ids, log_sums
from seqtool.errors import OptionError

Indices = NDArray[np.intp]
# What is added to the scores of finished hypotheses, (hypotheses,), none above zero: of the attention that each
# source position got in all steps together (hypotheses, positions), and the sources' indices (hypotheses,).
Coverage = Callable[[Floats, Indices], Floats]
LEAST_ATTENTION = 1e-10


@dataclass(frozen=True)
class Search(Bans):
    """How to search: ``n_best`` hypotheses are kept of each source, at most ``beam``.

    A score is the log-probability divided by ((5 + |Y|) / 6) ** length_penalty (Wu et al. 2016, 7), |Y| being
    the number of ids that it is the probability of, the end among them.  A hypothesis of ``max_length`` ids
    can only end, at the cost of the end's probability; if ``cut``, it is finished as it is.

    :raises OptionError: nothing could be found so.
    """

    beam: int = 4
    n_best: int = 1
    length_penalty: float = 1.0
    cut: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.n_best <= self.beam:
            raise OptionError(f"a beam of {self.beam} does not find {self.n_best} best; the beam is at least as many")
        if self.length_penalty < 0:
            raise OptionError(f"the length penalty is {self.length_penalty}; it is 0 or more")


@dataclass(frozen=True)
class Hypothesis:
    """A finished sequence: its ids without the end; the natural logarithm of its probability, and the score
    that it is sorted by.  ``log_probabilities`` (steps,) and ``extras`` (steps, ...) say it of each step: of
    each id and, where it ``ended``, of the end."""

    ids: list[int]
    log_probability: float
    score: float
    ended: bool
    log_probabilities: list[float]
    extras: Extras


def coverage_penalty(weight: float, lengths: Sequence[int]) -> Coverage:
    """Source positions that got less than one whole attention cost ``weight`` times its logarithm (Wu et al.
    2016, 7); ``lengths`` (sources,): the positions of each source."""
    sizes = np.asarray(lengths)

    def penalty(attended: Floats, sources: Indices) -> Floats:
        logarithms = np.log(np.clip(attended, LEAST_ATTENTION, 1.0))
        logarithms[np.arange(attended.shape[1]) >= sizes[sources, None]] = 0.0
        # Added up from left to right: positions that only pad a source change nothing.
        found: Floats = weight * np.cumsum(logarithms, axis=1)[:, -1]
        return found

    return penalty


def beam_search(
    step: StepFunction,
    states: DecoderStates,
    start_ids: ArrayLike,
    end_id: int | None,
    search: Search,
    *,
    max_lengths: ArrayLike,
    prefixes: Sequence[Sequence[int]] | None = None,
    coverage: Coverage | None = None,
) -> list[list[Hypothesis]]:
    """The ``n_best`` finished hypotheses of each source, the best first; of equal scores that found first.

    ``start_ids`` (sources,) are what the first step takes, ``states`` a row for each of them.
    ``max_lengths``: ids, one number or (sources,), at least 1.  ``prefixes`` (sources,): the ids that every
    hypothesis begins with, kept though they be too many or banned.  ``coverage`` needs a step that gives
    "attention".  Without an ``end_id`` all are cut.  There are fewer where so few sequences can be, none
    where the bans leave nothing and there is no end.

    :raises ModelError: the step gives scores that are no numbers.
    """
    ids = np.array(start_ids, np.int64)
    beams = _Beams(len(ids), end_id, search, max_lengths, prefixes, coverage)
    while len(ids):
        logits, states, extras = advance(step, ids, states)
        chosen = beams.choose(logits)
        going = beams.settle(chosen, extras)
        states = follow(states, chosen.rows[going], beams.sources)
        beams.narrow(chosen, going)
        ids = chosen.ids[going]
    return beams.results()


@dataclass(frozen=True)
class _Chosen:
    """The hypotheses of a step, (chosen,), the best of a source first: the row that each goes on from, its
    new id, and that id's log-probability."""

    rows: Indices
    ids: Ids
    added: Floats


@dataclass
class _Trail:
    """What happened at every step, to be read back from the end."""

    chosen: list[_Chosen] = field(default_factory=list)
    # The hypothesis of the step before (its index there) that each row is.
    came_from: list[Indices] = field(default_factory=list)
    extras: list[Extras] = field(default_factory=list)

    def read(self, ends: Indices) -> tuple[Ids, Floats, Mapping[str, Array]]:
        """Ids, log-probabilities and extras, (hypotheses, steps, ...); ``ends`` (hypotheses, 2): the step
        that each was finished at, and its index among those chosen there."""
        steps, index = ends[:, 0], ends[:, 1].copy()
        shape = len(ends), int(steps.max(initial=-1)) + 1
        ids, added = np.zeros(shape, np.int64), np.zeros(shape)
        first = self.extras[0] if self.extras else {}
        extras = {name: np.zeros((*shape, *array.shape[1:]), array.dtype) for name, array in first.items()}
        for step in range(shape[1] - 1, -1, -1):
            at = np.flatnonzero(steps >= step)
            chosen = self.chosen[step]
            rows = chosen.rows[index[at]]
            ids[at, step], added[at, step] = chosen.ids[index[at]], chosen.added[index[at]]
            for name, array in extras.items():
                array[at, step] = self.extras[step][name][rows]
            index[at] = self.came_from[step][rows]
        return ids, added, extras


class _Beams:
    """The live hypotheses, a row each: those of a source side by side, the best first."""

    def __init__(
        self,
        count: int,
        end_id: int | None,
        search: Search,
        max_lengths: ArrayLike,
        prefixes: Sequence[Sequence[int]] | None,
        coverage: Coverage | None,
    ) -> None:
        self._search, self._end_id, self._coverage = search, end_id, coverage
        self._cut = search.cut or end_id is None
        self._prefixes = _table(prefixes or [[]] * count)
        self._longest = np.maximum(np.broadcast_to(max_lengths, count), (self._prefixes >= 0).sum(1))
        if count and self._longest.min() < 1:
            raise OptionError("the maximum length is 0; it is 1 or more")
        highest = [self._norm(int(longest) + (not self._cut)) for longest in self._longest]
        self._highest_norms = np.array(highest)  # (sources,)
        # Of each source: how many hypotheses may still live, and what a new one must beat.
        self._room = np.full(count, search.beam)
        self._to_beat = np.full(count, -np.inf)
        # (score, log-probability, step, index among those chosen at that step)
        self._finished: list[list[tuple[float, float, int, int]]] = [[] for _ in range(count)]
        self._trail = _Trail()
        self._came_from: Indices = np.arange(count)
        # Of each row: its source, log-probability, ids so far (where n-grams are looked at), attention so far.
        self.sources: Indices = np.arange(count)
        self._sums = np.zeros(count)
        self._histories = np.zeros((count, 0), np.int64)
        self._attended: Any = 0.0
        self._length = 0

    def _norm(self, length: int) -> float:
        return float(((5 + length) / 6) ** self._search.length_penalty)

    def choose(self, logits: Logits) -> _Chosen:
        """The best of all that can follow, as many for each source as may live or end there."""
        totals = log_sums(logits)
        self._constrain(logits)
        if self._search.beam == 1:
            return _likeliest(logits, totals)
        return _best(logits, totals, self._sums, self.sources, self._room)

    def _constrain(self, logits: Logits) -> None:
        """Minus infinity for what cannot follow: the bans, and all but the id that must come."""
        forced = np.full(len(logits), -1)
        if self._length < self._prefixes.shape[1]:
            forced = self._prefixes[self.sources, self._length]
        if self._end_id is not None and not self._cut:
            must_end = (forced < 0) & (self._longest[self.sources] <= self._length)
            forced = np.where(must_end, self._end_id, forced)
        rows = np.flatnonzero(forced >= 0)
        values = logits[rows, forced[rows]]
        if len(rows) < len(logits):
            self._search.apply(logits, self._end_id, self._length, self._histories)
        logits[rows] = -np.inf
        logits[rows, forced[rows]] = values

    def settle(self, chosen: _Chosen, extras: Extras) -> Indices:
        """Puts the finished ones aside; which of those chosen go on, (going,)."""
        self._trail.chosen.append(chosen)
        self._trail.came_from.append(self._came_from)
        self._trail.extras.append(extras)
        if self._coverage:
            self._attended = self._attended + extras["attention"].astype(np.float64)
        self._length += 1
        sources, sums = self.sources[chosen.rows], self._sums[chosen.rows] + chosen.added
        finished = chosen.ids == self._end_id
        if self._cut:
            finished |= self._longest[sources] <= self._length
        done = np.flatnonzero(finished)
        if len(done):
            scores = sums[done] / self._norm(self._length)
            if self._coverage:
                scores += self._coverage(self._attended[chosen.rows[done]], sources[done])
            self._finish(done, sources[done], sums[done], scores)
        # Log-probabilities only fall, and no penalty is above zero: this is the most that a score can become.
        most = sums / self._highest_norms[sources]
        return np.flatnonzero(~finished & (most > self._to_beat[sources]))

    def _finish(self, indices: Indices, sources: Indices, sums: Floats, scores: Floats) -> None:
        np.subtract.at(self._room, sources, 1)
        for index, source, total, score in zip(*(each.tolist() for each in (indices, sources, sums, scores))):
            kept = self._finished[source]
            kept.append((score, total, self._length - 1, index))
            if len(kept) >= self._search.n_best:
                kept.sort(key=lambda one: -one[0])
                del kept[self._search.n_best :]
                self._to_beat[source] = kept[-1][0]

    def narrow(self, chosen: _Chosen, going: Indices) -> None:
        """The rows of those that go on take the place of the rows before."""
        rows = chosen.rows[going]
        self._came_from = going
        self._sums = self._sums[rows] + chosen.added[going]
        self.sources = self.sources[rows]
        if self._search.no_repeat_ngram:
            self._histories = np.concatenate((self._histories[rows], chosen.ids[going, None]), 1)
        if self._coverage:
            self._attended = self._attended[rows]

    def results(self) -> list[list[Hypothesis]]:
        for kept in self._finished:
            kept.sort(key=lambda one: -one[0])
        ends = np.array([one[2:] for kept in self._finished for one in kept], np.intp).reshape(-1, 2)
        ids, added, extras = self._trail.read(ends)
        row = 0
        results = []
        for kept in self._finished:
            hypotheses = []
            for score, total, step, _ in kept:
                found = ids[row, : step + 1].tolist()
                ended = found[-1] == self._end_id
                each = {name: array[row, : step + 1] for name, array in extras.items()}
                probabilities = added[row, : step + 1].tolist()
                hypotheses.append(Hypothesis(found[: len(found) - ended], total, score, ended, probabilities, each))
                row += 1
            results.append(hypotheses)
        return results


def _likeliest(logits: Logits, totals: Floats) -> _Chosen:
    """The likeliest id of each row: all that a beam of 1 needs."""
    ids = logits.argmax(1)
    added = logits[np.arange(len(ids)), ids] - totals
    rows = np.flatnonzero(added > -np.inf)
    return _Chosen(rows, ids[rows], added[rows])


def _best(logits: Logits, totals: Floats, sums: Floats, sources: Indices, room: Indices) -> _Chosen:
    """As many continuations of each source as there is ``room`` (sources,) for; ``sums`` and ``sources`` (rows,).

    Of equal sums that of the better row, then that with the lower id.
    """
    ids, values = best_ids(logits, int(room[sources].max()))
    added = values - totals[:, None]
    rows, column = np.nonzero(values > -np.inf)
    order = np.lexsort((-(sums[rows] + added[rows, column]), sources[rows]))  # stable
    rows, column = rows[order], column[order]
    counts = np.bincount(sources[rows], minlength=len(room))
    rank = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    fits = rank < room[sources[rows]]
    rows, column = rows[fits], column[fits]
    return _Chosen(rows, ids[rows, column], added[rows, column])


def _table(prefixes: Sequence[Sequence[int]]) -> Ids:
    """Lists of ids as rows of (lists, the longest), -1 behind their ends."""
    table = np.full((len(prefixes), max(map(len, prefixes), default=0)), -1)
    for row, ids in zip(table, prefixes):
        row[: len(ids)] = ids
    return table

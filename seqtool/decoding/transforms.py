"""What the scores of a step become before an id is chosen: arrays (rows, vocabulary), float32.

A row's result is the same bits in any batch: comparisons, functions of single numbers, and sums over
a row that lies in one piece in memory.  Of equal scores the lower id comes first.  An id that cannot
come has minus infinity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from seqtool.decoding.step import Ids, Logits
from seqtool.errors import ModelError

Floats = NDArray[np.float64]
LOWEST = np.finfo(np.float32).min
# So many numbers are worked on at once: they stay in a core's cache.
CHUNK = 32_768


def highest_scores(logits: Logits) -> Logits:
    """The highest score of each row, (rows,).

    :raises ModelError: one is not finite.
    """
    highest: Logits = logits.max(1)
    if not np.isfinite(highest).all():
        raise ModelError("the network gives scores that are no numbers; check its folder with 'seqtool models verify'")
    return highest


def log_sums(logits: Logits) -> Floats:
    """The logarithm of each row's summed exponentials, (rows,): ``logits - log_sums`` are log-probabilities.

    Exponentials are in single precision (several times faster; an error below 1e-6), their sum in double.

    :raises ModelError: a row has no finite highest score.
    """
    rows, size = logits.shape
    logits = np.ascontiguousarray(logits)  # a row in pieces would be added up in another order
    highest = highest_scores(logits)
    sums = np.empty(rows)
    step = max(1, CHUNK // size)
    for start in range(0, rows, step):
        chunk = logits[start : start + step] - highest[start : start + step, None]
        sums[start : start + step] = np.exp(chunk, out=chunk).astype(np.float64).sum(1)
    return np.log(sums) + highest


def log_probabilities(logits: Logits, ids: Ids) -> Floats:
    """The natural log-probability of one id of each row, (rows,)."""
    found: Floats = logits[np.arange(len(ids)), ids] - log_sums(logits)
    return found


def best_ids(scores: Logits, count: int) -> tuple[Ids, Logits]:
    """The ids of the highest scores of each row, best first, and these scores: both (rows, count).

    Where a row has fewer that can come, minus infinity fills up.
    """
    rows, size = scores.shape
    # The highest scores of many small blocks: the lowest that ``count`` of them reach, ``count`` ids reach.
    block = max(1, min(32, size // (4 * count)))
    blocks = size // block
    tops = scores[:, : block * blocks].reshape(rows, block, blocks).max(1)
    tops = np.concatenate((tops, scores[:, block * blocks :]), 1)
    rank = max(0, tops.shape[1] - count)
    reached = np.maximum(np.partition(tops, rank, axis=1)[:, rank], LOWEST)
    ids, values = packed(scores, scores >= reached[:, None], count)
    order = np.arange(rows)[:, None], np.argsort(-values, axis=1, kind="stable")[:, :count]
    return ids[order], values[order]


def packed(scores: Logits, kept: NDArray[np.bool_], width: int = 0) -> tuple[Ids, Logits]:
    """What is kept of each row, side by side: ids in rising order and scores (rows, the most or ``width``)."""
    rows, size = scores.shape
    flat = np.flatnonzero(kept)
    row, found = np.divmod(flat, size)
    counts = np.bincount(row, minlength=rows)
    column = np.arange(len(flat)) - np.repeat(np.cumsum(counts) - counts, counts)
    shape = rows, max(width, int(counts.max(initial=0)))
    ids, values = np.zeros(shape, np.int64), np.full(shape, -np.inf, np.float32)
    ids[row, column] = found
    values[row, column] = scores.ravel()[flat]
    return ids, values


def _only(logits: Logits, ids: Ids, kept: NDArray[np.bool_]) -> Logits:
    """The scores of the ids (rows, count) that are kept; minus infinity for all others."""
    row, column = np.nonzero(kept)
    result = np.full_like(logits, -np.inf)
    result[row, ids[row, column]] = logits[row, ids[row, column]]
    return result


def temperature(logits: Logits, degree: float) -> Logits:
    """Logits of flatter (above 1) or steeper (below 1) probabilities; the highest becomes 0."""
    with np.errstate(over="ignore"):  # divided by next to nothing: that it cannot come is right
        cooled: Logits = (logits - logits.max(1, keepdims=True)) / np.float32(degree)
    return cooled


def top_k(logits: Logits, count: int) -> Logits:
    """The ``count`` highest (Fan et al. 2018); all of them where it is 0."""
    if not 0 < count < logits.shape[1]:
        return logits
    ids, values = best_ids(logits, count)
    return _only(logits, ids, values >= LOWEST)


def top_p(logits: Logits, share: float, count: int = 64) -> Logits:
    """The fewest of the highest that together have this share of the probability (Holtzman et al. 2020);
    they are looked for among the first ``count``, then among more."""
    if share >= 1:
        return logits
    highest = logits.max(1, keepdims=True)
    wanted = share * np.exp(log_sums(logits) - highest[:, 0])
    ids, values = best_ids(logits, min(count, logits.shape[1]))
    sums = np.cumsum(np.exp(values - highest), axis=1, dtype=np.float64)
    # The first is always kept, another where those before it are not enough.
    kept = values >= LOWEST
    kept[:, 1:] &= sums[:, :-1] < wanted[:, None]
    result = _only(logits, ids, kept)
    lacking = np.flatnonzero(sums[:, -1] < wanted)
    if count < logits.shape[1] and len(lacking):
        result[lacking] = top_p(logits[lacking], share, 8 * count)
    return result


def min_p(logits: Logits, share: float) -> Logits:
    """Those at least this share as likely as the likeliest (Nguyen et al. 2024)."""
    if share <= 0:
        return logits
    lowest = logits.max(1, keepdims=True) + np.float32(np.log(share))
    return np.where(logits >= lowest, logits, np.float32(-np.inf))


def repetition_penalty(logits: Logits, seen: NDArray[np.bool_], penalty: float) -> Logits:
    """Scores of ids that were ``seen`` (rows, vocabulary), divided by the penalty (Keskar et al. 2019, 4.1).

    A negative score is multiplied by it instead, so that a penalty above 1 always makes an id less likely.
    """
    if penalty == 1:
        return logits
    by = np.float32(penalty)
    return np.where(seen, np.where(logits > 0, logits / by, logits * by), logits)


def forbid_repeats(logits: Logits, histories: Ids, size: int) -> None:
    """No id may come that would end an n-gram of ``size`` ids that a row's history has already.

    histories: (rows, ids), the latest at the right, -1 where a row has none.  Writes into ``logits``.
    """
    if not 0 < size <= histories.shape[1]:
        return
    grams = sliding_window_view(histories, size, axis=1)  # (rows, ids - size + 1, size)
    latest = histories[:, histories.shape[1] - size + 1 :]
    again = (grams[:, :, :-1] == latest[:, None]).all(2) & (grams >= 0).all(2)
    row, start = np.nonzero(again)
    logits[row, grams[row, start, -1]] = -np.inf


@dataclass(frozen=True)
class Bans:
    """Which ids cannot come: some never, the end not before ``min_length`` ids, none that would repeat an
    n-gram of ``no_repeat_ngram`` ids (0: all may)."""

    forbidden: Sequence[int] = ()
    min_length: int = 0
    no_repeat_ngram: int = 0

    def apply(self, logits: Logits, end_id: int | None, length: int, histories: Ids) -> None:
        """Writes into the logits of rows with ``length`` ids.  A row that nothing is left to may end."""
        end = logits[:, end_id].copy() if end_id is not None else None
        logits[:, list(self.forbidden)] = -np.inf
        forbid_repeats(logits, histories, self.no_repeat_ngram)
        if end is None:
            return
        # A history has no ends, but that of a stranger: the end is never a repetition.
        logits[:, end_id] = -np.inf if length < self.min_length else end
        if self.no_repeat_ngram or length < self.min_length:
            stuck = np.isneginf(logits.max(1))
            logits[stuck, end_id] = end[stuck]

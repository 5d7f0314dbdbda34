"""The best path through tags, and the probability of each tag: dynamic programming in numpy.

Scores are those of :mod:`seqtool.nn.crf`: emissions (time, batch, tags); transitions (tags + 1,
tags + 1), whose last row is the start and last column the end.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
# A tag is at most e**LEAST times less likely than the best of its step: so that no sum is zero.
LEAST = 200.0


def viterbi(emissions: Floats, lengths: NDArray[np.integer], transitions: Floats) -> list[list[int]]:
    """The best path of each row (Viterbi 1967); of equal ones that with the lower tags at the end.

    Sums and maxima of single numbers: the same for a row in any batch.
    """
    time, batch, _ = emissions.shape
    # Rows side by side in memory: sums and maxima then run over many of them at once.
    by_tag = np.ascontiguousarray(emissions.transpose(0, 2, 1))  # (time, tags, batch)
    steps = transitions[:-1, :-1]
    best = np.empty_like(by_tag)
    best[0] = by_tag[0] + transitions[-1, :-1, None]
    ways = np.empty((len(steps), *best[0].shape), best.dtype)  # (from, to, batch)
    for step in range(1, time):
        np.add(best[step - 1][:, None, :], steps[:, :, None], out=ways)
        np.add(ways.max(0), by_tag[step], out=best[step])
    last = np.asarray(lengths) - 1
    tag = (best[last, :, np.arange(batch)] + transitions[:-1, -1]).argmax(1)
    path = np.zeros((time, batch), np.int64)
    for step in range(time - 1, -1, -1):
        if step < time - 1:
            # A row whose end this is keeps its last tag; one that goes on takes the tag's best way here.
            came = (best[step] + steps[:, tag]).argmax(0)
            tag = np.where(step < last, came, tag)
        path[step] = tag
    return [path[:length, row].tolist() for row, length in enumerate(lengths)]


def marginals(emissions: Floats, lengths: NDArray[np.integer], transitions: Floats) -> NDArray[np.float64]:
    """The probability of each tag at each step, (time, batch, tags), by forward and backward sums
    (Rabiner 1989), scaled at each step; zero behind a row's end.

    Additions run over the tags in their order, row beside row: the same bits for a row in any batch,
    which a matrix product would not give.
    """
    if emissions.shape[1] == 1:  # numpy adds up a lone row in another order: it gets a copy beside it
        return marginals(np.repeat(emissions, 2, axis=1), np.repeat(lengths, 2), transitions)[:, :1]
    time, batch, size = emissions.shape
    scores = transitions.astype(np.float64)
    step_weights = np.exp(scores[:-1, :-1])
    below_best = emissions.astype(np.float64) - emissions.max(2, keepdims=True)
    # (time, tags, batch)
    weights = np.ascontiguousarray(np.exp(np.maximum(below_best, -LEAST)).transpose(0, 2, 1))
    ways = np.empty((size, size, batch))
    forward = np.empty((time, size, batch))
    forward[0] = _scaled(np.exp(scores[-1, :-1])[:, None] * weights[0])
    for step in range(1, time):
        np.multiply(forward[step - 1][:, None], step_weights[:, :, None], out=ways)  # (from, to, batch)
        forward[step] = _scaled(np.add.reduce(ways, axis=0) * weights[step])
    last = np.asarray(lengths) - 1
    end = np.broadcast_to(np.exp(scores[:-1, -1])[:, None], (size, batch))
    backward = end
    result = np.zeros((time, batch, size))
    for step in range(time - 1, -1, -1):
        if step < time - 1:
            np.multiply(
                (backward * weights[step + 1])[:, None], step_weights.T[:, :, None], out=ways
            )  # (to, from, batch)
            backward = np.where(step < last, _scaled(np.add.reduce(ways, axis=0)), end)
        result[step] = np.where(step <= last, _scaled(forward[step] * backward), 0.0).T
    return result


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Columns that sum to one, values (tags, batch)."""
    scaled: NDArray[np.float64] = values / np.add.reduce(values, axis=0)
    return scaled

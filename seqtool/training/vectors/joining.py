"""Runs over the same words put together, and what all texts have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from seqtool.errors import DataError
from seqtool.vectors.matrix import Floats, to_unit
from seqtool.vectors.sentence import common_directions, word_weights

SIF_WEIGHT = 1e-3
SPELLING_COUNT = 10_000


def sif_directions(
    texts: Iterable[Sequence[str]], names: Sequence[str], rows: Floats, counts: NDArray[np.int64]
) -> Floats:
    """The first principal direction of the texts' weighted means (Arora, Liang & Ma 2017)."""
    indices = {word: index for index, word in enumerate(names)}
    weights = word_weights(counts, SIF_WEIGHT)
    means = []
    for tokens in texts:
        ids = [indices[token] for token in tokens if token in indices]
        if ids:
            means.append((rows[ids] * weights[ids][:, None]).mean(axis=0))
    if not means:
        raise DataError("no text has a word with a vector; check the files")
    return common_directions(np.stack(means).astype(np.float32))


def spelling_weights(counts: NDArray[np.int64], weight: float) -> Floats:
    """How much of its spelling's prediction each word takes: a common word's own vector is sure enough."""
    return (weight / (1 + np.sqrt(counts / SPELLING_COUNT))).astype(np.float32)


def centred(rows: Floats) -> Floats:
    """Unit rows less their mean (Mu & Viswanath 2018): what all words share tells none apart."""
    units = to_unit(rows)
    less: Floats = units - units.mean(axis=0)
    return less


def combine(tables: Sequence[Floats], weights: Sequence[float], size: int) -> Floats:
    """Runs over the same words as one matrix of unit rows, (words, size).

    Each run's unit rows, times its weight, stand side by side: cosines are then the weighted
    mean of the runs' own.  With a ``size`` only the principal axes are kept (not centred, so
    that cosines change as little as can be).
    """
    scaled = [to_unit(table) * np.float32(weight) for table, weight in zip(tables, weights)]
    rows = np.concatenate(scaled, axis=1)
    if size and size < rows.shape[1]:
        _, axes = np.linalg.eigh(rows.T.astype(np.float64) @ rows.astype(np.float64))
        rows = rows @ axes[:, ::-1][:, :size].astype(np.float32)
    return to_unit(rows)

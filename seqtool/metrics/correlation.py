"""How well one list of numbers orders things like another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """The rank of each value from 1; equal values share the mean of their ranks."""
    array = np.asarray(values, np.float64)
    _, ranks, counts = np.unique(array, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    shared: NDArray[np.float64] = (last - (counts - 1) / 2)[ranks]
    return shared


def pearson(first: Sequence[float], second: Sequence[float]) -> float | None:
    """The linear correlation; None where one of the two does not vary."""
    if len(set(first)) < 2 or len(set(second)) < 2:
        return None
    x = np.asarray(first, np.float64) - np.mean(first)
    y = np.asarray(second, np.float64) - np.mean(second)
    norm = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / norm if norm else None


def spearman(first: Sequence[float], second: Sequence[float]) -> float | None:
    """The correlation of the ranks (Spearman 1904); None for fewer than two pairs, or no variation."""
    if len(first) < 2:
        return None
    return pearson(ranks(first).tolist(), ranks(second).tolist())

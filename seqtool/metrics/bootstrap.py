"""Intervals by drawing the rows again (Efron 1979)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

DRAWS = 1000


def interval(
    rows: int, score: Callable[[NDArray[np.int64]], float], *, seed: int = 1, draws: int = DRAWS, level: float = 0.95
) -> tuple[float, float]:
    """The percentile interval of ``score(rows)`` over ``draws`` samples of ``rows`` indices with replacement."""
    if not rows:
        return 0.0, 0.0
    chance = np.random.default_rng(seed)
    scores = [score(chance.integers(0, rows, rows)) for _ in range(draws)]
    tail = (1 - level) / 2
    low, high = np.quantile(scores, [tail, 1 - tail])
    return float(low), float(high)

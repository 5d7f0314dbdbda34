"""How the learning rate goes up and down."""

from __future__ import annotations

import math

FLOOR = 0.02


def rate(schedule: str, progress: float, warmup: float) -> float:
    """The share of the full learning rate at ``progress`` (0 to 1) through the training.

    It rises in a line over ``warmup``, then stays (constant), falls in a line (linear), as half a
    cosine (Loshchilov & Hutter 2017), or stays for the first half and falls in a line over the
    second (trapezoid; Zhai et al. 2022, 3.5), to a fiftieth.
    """
    progress = min(1.0, progress)
    if progress < warmup:
        return max(progress / warmup, 1e-3)
    if schedule == "constant":
        return 1.0
    left = (1.0 - progress) / (1.0 - warmup)
    if schedule == "trapezoid":
        left = min(1.0, 2.0 * (1.0 - progress))
    elif schedule == "cosine":
        left = 0.5 * (1.0 - math.cos(math.pi * left))
    return FLOOR + (1.0 - FLOOR) * left

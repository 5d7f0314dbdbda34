"""Losses of labels, and the calibration of what a network answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from seqtool.evaluation.labelled import Row

ANY = 1e-9


def label_losses(logits: Tensor, allowed: Tensor, smoothing: float, multiple: bool) -> Tensor:
    """The loss of each row, (batch,).

    Single labels and ratings: minus the logarithm of the summed probability of the allowed
    labels, so that a partial label teaches no more than it says; label smoothing (Szegedy et al.
    2016) mixes in the uniform distribution.  Several labels: the mean binary cross-entropy.
    """
    if multiple:
        return nn.functional.binary_cross_entropy_with_logits(logits, allowed, reduction="none").mean(1)
    log_probabilities = logits.log_softmax(1)
    losses = -torch.logsumexp(log_probabilities + (allowed + ANY).log(), 1)
    if smoothing:
        losses = (1 - smoothing) * losses - smoothing * log_probabilities.mean(1)
    return losses


def soft_losses(logits: Tensor, soft: Tensor, multiple: bool) -> Tensor:
    """The cross-entropy to a teacher's answers (Hinton et al. 2015, at temperature 1), (batch,)."""
    if multiple:
        return nn.functional.binary_cross_entropy_with_logits(logits, soft, reduction="none").mean(1)
    return -(soft * logits.log_softmax(1)).sum(1)


def mean_recall(rows: Sequence[Row], hits: Sequence[float]) -> float:
    """The share of right answers, averaged over the labels of a source, then over the sources."""
    counts: dict[str, dict[tuple[str, ...], list[float]]] = {}
    for row, hit in zip(rows, hits):
        counts.setdefault(row.source, {}).setdefault(row.labels, []).append(hit)
    sources = [sum(sum(h) / len(h) for h in by.values()) / len(by) for by in counts.values()]
    return sum(sources) / len(sources)


def _least(low: float, high: float, loss: Callable[[float], float]) -> float:
    """The value between ``low`` and ``high`` with the least loss, by trying ever closer ones."""
    best = low
    for _ in range(4):
        tried = np.linspace(low, high, 21)
        index = int(np.argmin([loss(float(value)) for value in tried]))
        best = float(tried[index])
        low, high = tried[max(0, index - 1)], tried[min(20, index + 1)]
    return best


def fit_temperature(logits: Tensor, loss: Callable[[Tensor], float]) -> float:
    """The temperature, 0.2 to 5, with the least loss (Guo et al. 2017, 4.2)."""
    return float(np.exp(_least(np.log(0.2), np.log(5.0), lambda value: loss(logits / np.exp(value)))))


def fit_weight(logits: Tensor, linear: Tensor, loss: Callable[[Tensor], float]) -> float:
    """How much of the linear model's logits to add, 0 to 2, each weight at its best temperature."""

    def loss_of(weight: float) -> float:
        mixed = logits + weight * linear
        return loss(mixed / fit_temperature(mixed, loss))

    return min((float(value) for value in np.linspace(0.0, 2.0, 21)), key=loss_of)

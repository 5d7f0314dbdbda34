"""Scores of labels: accuracy, F1, confusion, calibration, rating error, McNemar's test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 15


def confusion(right: Sequence[int], answered: Sequence[int], size: int) -> NDArray[np.int64]:
    """Counts (size, size): rows are the right labels, columns the answers."""
    table = np.zeros((size, size), np.int64)
    np.add.at(table, (np.asarray(right, np.int64), np.asarray(answered, np.int64)), 1)
    return table


def accuracy(table: NDArray[np.int64]) -> float:
    """The share of right answers."""
    total = int(table.sum())
    return float(np.trace(table)) / total if total else 0.0


def per_label(table: NDArray[np.int64]) -> list[dict[str, float]]:
    """Precision, recall, F1 and the number of rows of each label; 0 where there is nothing to divide."""
    results = []
    for index in range(len(table)):
        hit, found, there = int(table[index, index]), int(table[:, index].sum()), int(table[index].sum())
        results.append({
            "precision": hit / found if found else 0.0,
            "recall": hit / there if there else 0.0,
            "f1": 2 * hit / (found + there) if found + there else 0.0,
            "count": there,
        })  # fmt: skip
    return results


def macro_f1(table: NDArray[np.int64]) -> float:
    """The mean F1 of the labels that occur or are answered."""
    scores = [row["f1"] for index, row in enumerate(per_label(table)) if row["count"] or table[:, index].any()]
    return sum(scores) / len(scores) if scores else 0.0


def balanced_accuracy(table: NDArray[np.int64]) -> float:
    """The mean recall of the labels that occur."""
    scores = [row["recall"] for row in per_label(table) if row["count"]]
    return sum(scores) / len(scores) if scores else 0.0


def mean_absolute_error(right: Sequence[float], answered: Sequence[float]) -> float:
    """How far ratings are off, on average, in their own unit."""
    return float(np.mean(np.abs(np.asarray(right, float) - np.asarray(answered, float)))) if len(right) else 0.0


def calibration_error(confidence: Sequence[float], hit: Sequence[bool], bins: int = BINS) -> float:
    """Expected calibration error over equal bins of confidence (Guo et al. 2017, eq. 3)."""
    if not len(confidence):
        return 0.0
    scores = np.asarray(confidence, float)
    hits = np.asarray(hit, float)
    index = np.clip(np.ceil(scores * bins).astype(int) - 1, 0, bins - 1)
    error = 0.0
    for number in range(bins):
        inside = index == number
        if inside.any():
            error += inside.mean() * abs(hits[inside].mean() - scores[inside].mean())
    return float(error)


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> dict[str, Any]:
    """The exact McNemar test (1947) of two models on the same rows: the rows that only one of
    them has right, and the two-sided p-value of a fair coin."""
    only_first = sum(1 for a, b in zip(first, second, strict=True) if a and not b)
    only_second = sum(1 for a, b in zip(first, second, strict=True) if b and not a)
    number, least = only_first + only_second, min(only_first, only_second)
    # Sum of binomial terms in logarithms: 2**-n is nothing for thousands of rows.
    terms = [
        math.lgamma(number + 1) - math.lgamma(k + 1) - math.lgamma(number - k + 1) - number * math.log(2)
        for k in range(least + 1)
    ]
    p_value = min(1.0, 2 * math.fsum(math.exp(term) for term in terms)) if number else 1.0
    return {"only_first_right": only_first, "only_second_right": only_second, "p_value": p_value}


def multiple_scores(right: Sequence[set[str]], answered: Sequence[set[str]], labels: Sequence[str]) -> dict[str, Any]:
    """For several labels a text: exact matches, micro- and macro-F1, and each label's scores."""
    rows: list[dict[str, Any]] = []
    hits = answered_all = there_all = 0
    for label in labels:
        hit = sum(1 for r, a in zip(right, answered) if label in r and label in a)
        found = sum(1 for a in answered if label in a)
        there = sum(1 for r in right if label in r)
        hits, answered_all, there_all = hits + hit, answered_all + found, there_all + there
        rows.append({
            "label": label,
            "precision": hit / found if found else 0.0,
            "recall": hit / there if there else 0.0,
            "f1": 2 * hit / (found + there) if found + there else 0.0,
            "count": there,
        })  # fmt: skip
    seen = [row["f1"] for row in rows if row["count"]]
    return {
        "exact_match": sum(1 for r, a in zip(right, answered) if r == a) / len(right) if right else 0.0,
        "micro_f1": 2 * hits / (answered_all + there_all) if answered_all + there_all else 0.0,
        "macro_f1": sum(seen) / len(seen) if seen else 0.0,
        "labels": rows,
    }

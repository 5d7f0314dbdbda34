"""Fit the linear model of piece n-grams that stands beside a network (``[ngrams]``)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqtool.engine.bag_of_ngrams import BagOfNgrams, hashed
from seqtool.evaluation.labelled import Row
from seqtool.training.classify.linear import expanded, regression
from seqtool.training.classify.recipe import NGramSettings

FILE = "ngrams.npy"


def fit_ngrams(
    rows: Sequence[Row],
    sequences: Sequence[Sequence[int]],
    labels: Sequence[str],
    settings: NGramSettings,
    path: Path,
    *,
    multiple: bool,
) -> dict[str, Any]:
    """Fit on the rows and their ids, write ``path``; the manifest's table, with weight 1."""
    from scipy.sparse import csr_matrix

    owner, bucket = hashed(sequences, settings.order, settings.bits)
    size = 1 << settings.bits
    documents = np.bincount(bucket, minlength=size)
    idf = np.log((1 + len(rows)) / (1 + documents)) + 1
    squares = np.bincount(owner, idf[bucket] ** 2, len(rows))
    values = (idf[bucket] / np.sqrt(squares[owner])).astype(np.float32)
    features = csr_matrix((values, (owner, bucket)), shape=(len(rows), size))
    weights = np.zeros((size, len(labels)))
    bias = np.zeros(len(labels))
    if multiple:
        for index, label in enumerate(labels):
            wanted = np.array([label in row.labels for row in rows])
            if wanted.all() or not wanted.any():
                bias[index] = 10.0 if wanted.all() else -10.0
                continue
            model = regression(features, wanted, None, settings.strength)
            weights[:, index], bias[index] = model.coef_[0], model.intercept_[0]
    else:
        which, targets, row_weights = expanded(rows, labels)
        model = regression(features[which], targets, row_weights, settings.strength)
        if len(model.classes_) == 2:  # scikit-learn keeps the second class alone
            weights[:, model.classes_[1]], bias[model.classes_[1]] = model.coef_[0], model.intercept_[0]
        else:
            weights[:, model.classes_] = model.coef_.T
            bias[model.classes_] = model.intercept_
        bias[[index for index in range(len(labels)) if index not in model.classes_]] = -10.0
    table = np.concatenate([weights * idf[:, None], (idf**2)[:, None]], axis=1)
    table[documents == 0] = 0.0  # never seen: no weight, and no length either
    scales = np.abs(table).max(axis=0) / 127
    scales[scales == 0] = 1.0
    np.save(path, np.rint(table / scales).astype(np.int8))
    return {
        "file": FILE,
        "order": settings.order,
        "weight": 1.0,
        "scales": [float(scale) for scale in scales],
        "bias": [float(value) for value in bias],
    }


def ngram_logits(path: Path, table: dict[str, Any], sequences: Sequence[Sequence[int]], size: int) -> Any:
    """The fitted model's logits, as the engine computes them: (sequences, labels)."""
    return BagOfNgrams(path, table, size).logits(sequences)

"""TF-IDF and logistic regression: what a network has to beat to earn its keep, and a teacher."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtool.evaluation.labelled import Row

Scores = NDArray[np.float32]
WORD = r"(?u)\b\w+\b|[!?]+|[:;=]-?[()DPp]|[\U0001F300-\U0001FAFF]"


def expanded(rows: Sequence[Row], labels: Sequence[str]) -> tuple[list[int], Any, Any]:
    """Rows for a learner that knows whole labels only: (row, label's index, weight) of each.

    A row with a partial label counts as a share of a row of each label that it may have, in
    proportion to how often those are right elsewhere.
    """
    index = {label: number for number, label in enumerate(labels)}
    single = np.ones(len(labels))
    for row in rows:
        if len(row.labels) == 1:
            single[index[row.labels[0]]] += row.weight
    which, targets, weights = [], [], []
    for number, row in enumerate(rows):
        total = sum(single[index[label]] for label in row.labels)
        for label in row.labels:
            which.append(number)
            targets.append(index[label])
            weights.append(row.weight * single[index[label]] / total)
    return which, np.array(targets), np.array(weights)


def regression(features: Any, targets: Any, weights: Any, strength: float) -> Any:
    """scikit-learn's logistic regression, fitted."""
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not converged, many classes: the score says how good it is
        return LogisticRegression(C=strength, max_iter=60, tol=1e-3).fit(features, targets, weights)


class Linear:
    """Word n-grams, TF-IDF with logarithmic counts, and logistic regression (scikit-learn)."""

    def __init__(
        self, labels: Sequence[str], *, multiple: bool = False, ngrams: int = 2, strength: float = 1.0
    ) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._labels = list(labels)
        self._multiple = multiple
        self._strength = strength
        self._vectorizer = TfidfVectorizer(
            ngram_range=(1, ngrams),
            sublinear_tf=True,
            token_pattern=WORD,
            min_df=1,
            max_features=400_000,
            dtype=np.float32,
        )
        self._models: list[Any] = []

    def fit(self, rows: Sequence[Row]) -> Linear:
        """Learn from labelled rows, by their weights."""
        small = len(rows) < 2000
        self._vectorizer.min_df = 1 if small else 2
        features = self._vectorizer.fit_transform([row.text for row in rows])
        if self._multiple:
            for label in self._labels:
                wanted = np.array([label in row.labels for row in rows])
                mixed = wanted.any() and not wanted.all()
                self._models.append(
                    regression(features, wanted, None, self._strength) if mixed else float(wanted.all())
                )
            return self
        which, targets, weights = expanded(rows, self._labels)
        self._models = [regression(features[which], targets, weights, self._strength)]
        return self

    def probabilities(self, texts: Sequence[str]) -> Scores:
        """(texts, labels): a distribution over the labels, or each label's own probability."""
        features = self._vectorizer.transform(texts)
        if self._multiple:
            columns = [
                np.full(features.shape[0], model) if isinstance(model, float) else model.predict_proba(features)[:, 1]
                for model in self._models
            ]
            return np.stack(columns, axis=1).astype(np.float32)
        scores = np.zeros((features.shape[0], len(self._labels)), np.float32)
        model = self._models[0]
        scores[:, model.classes_] = model.predict_proba(features)
        return scores

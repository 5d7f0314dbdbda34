"""Score a model folder's classifier on labelled rows, from the shipped graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from seqtool import __version__
from seqtool.engine.classifier import Classifier
from seqtool.errors import DataError, nearest
from seqtool.evaluation.labelled import Row
from seqtool.metrics import labels as metrics
from seqtool.metrics.bootstrap import interval

WINDOW = 1024


class Scored:
    """The model's probabilities of every row that has a text, computed once."""

    def __init__(self, classifier: Classifier, rows: Sequence[Row]) -> None:
        self.classifier = classifier
        self.rows: list[Row] = []
        self.probabilities: list[list[float]] = []
        for start in range(0, len(rows), WINDOW):
            window = rows[start : start + WINDOW]
            for row, probabilities in zip(window, classifier.probabilities([row.text for row in window])):
                # A text with nothing to read has no answer: every label is as likely.
                self.rows.append(row)
                size = len(classifier.labels)
                self.probabilities.append(probabilities or [1.0 / size] * size)


def _group_of(classifier: Classifier, row: Row) -> str | None:
    """The output label (group, or label) that all labels of a row belong to; None if there are several."""
    if not classifier.groups:
        return row.labels[0] if len(row.labels) == 1 else None
    found = set()
    for label in row.labels:
        if label in classifier.groups:
            found.add(label)
            continue
        index = classifier.labels.index(label)
        found.update(name for name, members in classifier.groups.items() if index in members)
    return found.pop() if len(found) == 1 else None


def check_labels(classifier: Classifier, rows: Sequence[Row]) -> None:
    """Every label of the rows is one of the model's.

    :raises DataError: one is not; the message names the nearest.
    """
    known = {*classifier.labels, *classifier.output_labels}
    for row in rows:
        for label in row.labels:
            if label not in known:
                raise DataError(f"the label {label!r} is none of the model's; {nearest(label, sorted(known))}")


def _table_scores(names: list[str], right: list[int], answered: list[int], confidence: list[float]) -> dict[str, Any]:
    """Scores of single labels, with a bootstrap interval of the accuracy."""
    table = metrics.confusion(right, answered, len(names))
    hits = np.equal(right, answered)
    low, high = interval(len(right), lambda rows: float(hits[rows].mean()))
    return {
        "rows": len(right),
        "accuracy": metrics.accuracy(table),
        "accuracy_interval": [low, high],
        "balanced_accuracy": metrics.balanced_accuracy(table),
        "macro_f1": metrics.macro_f1(table),
        "calibration_error": metrics.calibration_error(confidence, hits.tolist()),
        "labels": [{"label": name, **scores} for name, scores in zip(names, metrics.per_label(table))],
        "confusion": table.tolist(),
    }


def _best(
    classifier: Classifier, probabilities: Sequence[float], names: Sequence[str], among: bool
) -> tuple[str, float]:
    """The answered label and its share of the scores of ``names``."""
    scores = classifier.label_scores(probabilities)
    if classifier.kind == "rating" and not classifier.groups and not among:
        best = classifier.labels[classifier.decide(probabilities)]
    else:
        best = max(names, key=scores.__getitem__)
    return best, scores[best] / (sum(scores[name] for name in names) or 1.0)


def by_label(scored: Scored, among: Sequence[str] = ()) -> dict[str, Any] | None:
    """Scores of ``label``; with ``among``, of the rows of those labels, answered by the best of them."""
    classifier = scored.classifier
    names = list(among) or classifier.output_labels
    right, answered, confidence = [], [], []
    for row, probabilities in zip(scored.rows, scored.probabilities):
        wanted = _group_of(classifier, row)
        if wanted not in names:
            continue
        best, score = _best(classifier, probabilities, names, bool(among))
        right.append(names.index(wanted))
        answered.append(names.index(best))
        confidence.append(score)
    return _table_scores(names, right, answered, confidence) if right else None


def by_rating(scored: Scored) -> dict[str, Any] | None:
    """Scores of ``stars``, and how far they are off."""
    classifier = scored.classifier
    right, answered, confidence = [], [], []
    for row, probabilities in zip(scored.rows, scored.probabilities):
        if len(row.labels) != 1 or row.labels[0] not in classifier.labels:
            continue
        right.append(classifier.labels.index(row.labels[0]))
        answered.append(classifier.decide(probabilities))
        confidence.append(probabilities[answered[-1]])
    if not right:
        return None
    values = [float(label) for label in classifier.labels]
    scores = _table_scores(classifier.labels, right, answered, confidence)
    error = metrics.mean_absolute_error([values[r] for r in right], [values[a] for a in answered])
    return {"mean_absolute_error": error, **scores}


def by_labels(scored: Scored) -> dict[str, Any]:
    """Scores where a text has several labels."""
    classifier = scored.classifier
    right = [set(row.labels) for row in scored.rows]
    answered = [
        {label for label, score in zip(classifier.labels, probabilities) if score >= 0.5}
        for probabilities in scored.probabilities
    ]
    hits = np.array([r == a for r, a in zip(right, answered)], bool)
    low, high = interval(len(right), lambda rows: float(hits[rows].mean()))
    return {
        "rows": len(right),
        "exact_match_interval": [low, high],
        **metrics.multiple_scores(right, answered, classifier.labels),
    }


def evaluate(scored: Scored, among: Sequence[str] = ()) -> dict[str, Any]:
    """The whole report of a model on its rows.

    :raises DataError: there is no row to score, or a label that the model does not know.
    """
    classifier = scored.classifier
    check_labels(classifier, scored.rows)
    unknown = [name for name in among if name not in classifier.output_labels]
    if unknown:
        raise DataError(f"--among {unknown[0]}: no such label; {nearest(unknown[0], classifier.output_labels)}")
    report: dict[str, Any] = {
        "model": classifier.folder.name,
        "version": classifier.folder.manifest["version"],
        "seqtool": __version__,
    }
    if not scored.rows:
        raise DataError("there is no row to score; check --text-column and --label-column")
    if classifier.kind == "multiple":
        return report | by_labels(scored)
    labels = by_label(scored, among)
    if labels is None:
        raise DataError("there is no row with a label to score")
    report |= labels
    if classifier.kind == "rating" and (rating := by_rating(scored)):
        report["stars"] = rating
    return report


def evaluate_rows(classifier: Classifier, rows: Sequence[Row], among: Sequence[str] = ()) -> dict[str, Any]:
    """How good a classifier is on labelled rows; see :func:`evaluate`."""
    return evaluate(Scored(classifier, rows), among)


def answers(scored: Scored, among: Sequence[str] = ()) -> Iterator[tuple[Row, Any, float, bool]]:
    """(row, answered label or labels, their score, is it right) of every row that is scored."""
    classifier = scored.classifier
    for row, probabilities in zip(scored.rows, scored.probabilities):
        if classifier.kind == "multiple":
            chosen = [label for label, score in zip(classifier.labels, probabilities) if score >= 0.5]
            yield row, chosen, max(max(score, 1 - score) for score in probabilities), set(chosen) == set(row.labels)
            continue
        names = list(among) or classifier.output_labels
        right = _group_of(classifier, row)
        if among and right not in names:
            continue
        best, score = _best(classifier, probabilities, names, bool(among))
        yield row, best, score, best == right


def hits(scored: Scored, among: Sequence[str] = ()) -> list[bool]:
    """Which rows' ``label`` is right: what McNemar's test compares."""
    return [hit for _, _, _, hit in answers(scored, among)]


def wrong_rows(scored: Scored, among: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The rows that the model gets wrong, the most confident first."""
    found = [
        {
            "text": row.text,
            "right": row.labels[0] if len(row.labels) == 1 else list(row.labels),
            "label": best,
            "score": score,
        }
        for row, best, score, hit in answers(scored, among)
        if not hit
    ]
    return sorted(found, key=lambda row: -row["score"])

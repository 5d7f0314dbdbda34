"""A model beside TF-IDF and logistic regression on the rows that its recipe holds out.

One joint linear model, fitted on the recipe's training rows with the same weights; its strength
is chosen on the dev rows.  Source by source: accuracy averaged over the five stars, mean absolute
error, and the accuracy of positive against negative (neutral rows left out).

    python benchmarks/linear_baseline.py --data DATA --json benchmarks/results/linear_baseline.jsonl
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqtool import load
from seqtool.engine.classifier import median_index
from seqtool.evaluation.labelled import Row
from seqtool.metrics import labels as metrics
from seqtool.training.classify.linear import Linear
from seqtool.training.classify.recipe import ClassifyRecipe
from seqtool.training.data.rows import load_data
from seqtool.training.recipe import read_recipe

STRENGTHS = (1.0, 3.0, 10.0)
SCORES = ("balanced_accuracy", "mean_absolute_error", "polarity")


def scores(rows: list[Row], probabilities: list[list[float]], labels: list[str], decide: Any) -> dict[str, float]:
    """The three scores of one source's rows; ``decide`` turns a distribution into a place."""
    stars = [(labels.index(row.labels[0]), decide(p)) for row, p in zip(rows, probabilities) if len(row.labels) == 1]
    result = {}
    if stars:
        right, answered = zip(*stars)
        result["balanced_accuracy"] = metrics.balanced_accuracy(metrics.confusion(right, answered, len(labels)))
        result["mean_absolute_error"] = metrics.mean_absolute_error(right, answered)
    polar = []
    for row, p in zip(rows, probabilities):
        places = {labels.index(label) for label in row.labels}
        if places <= {0, 1} or places <= {3, 4}:
            polar.append((p[3] + p[4] > p[0] + p[1]) == (min(places) >= 3))
    if polar:
        result["polarity"] = float(np.mean(polar))
    return result


def best_linear(
    train: list[Row], dev: list[Row], labels: list[str], strengths: Sequence[float]
) -> tuple[Linear, float]:
    """The linear model whose strength gives the best balanced accuracy on dev."""
    found = []
    for strength in strengths:
        linear = Linear(labels, strength=strength).fit(train)
        score = scores(dev, linear.probabilities([row.text for row in dev]).tolist(), labels, np.argmax)
        found.append((score["balanced_accuracy"], strength, linear))
    _, strength, linear = max(found, key=lambda item: item[0])
    return linear, strength


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="sentiment-en")
    parser.add_argument("--recipe", type=Path, default=Path("models/sentiment-en/recipe.toml"))
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--split", default="test", choices=["dev", "test"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--strength", type=float, action="append", help="instead of 1, 3 and 10")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    model = load(arguments.model, threads=arguments.threads)
    data = load_data(read_recipe(ClassifyRecipe, arguments.recipe), tuple(arguments.data))
    linear, strength = best_linear(data.rows["train"], data.rows["dev"], data.labels, arguments.strength or STRENGTHS)
    print(f"TF-IDF + logistic regression: strength {strength}, chosen on dev; {arguments.split} rows")
    print(f"{'source':28} {'rows':>6}  {'balanced accuracy':>19}  {'absolute error':>19}  {'polarity':>15}")
    by_source: dict[str, list[Row]] = {}
    for row in data.rows[arguments.split]:
        by_source.setdefault(row.source, []).append(row)
    table = []
    for source, rows in by_source.items():
        texts = [row.text for row in rows]
        uniform = [1 / len(data.labels)] * len(data.labels)
        ours = scores(rows, [p or uniform for p in model.probabilities(texts)], data.labels, model.decide)
        probabilities = linear.probabilities(texts).tolist()
        # Each with the decision that suits it: the linear model's error is that of its median.
        theirs = scores(rows, probabilities, data.labels, np.argmax)
        if "mean_absolute_error" in theirs:
            theirs["median_absolute_error"] = scores(rows, probabilities, data.labels, median_index)[
                "mean_absolute_error"
            ]
            theirs["mean_absolute_error"] = min(theirs["mean_absolute_error"], theirs["median_absolute_error"])
        cells = [f"{ours[k]:.3f} against {theirs[k]:.3f}" if k in ours else "" for k in SCORES]
        print(f"{source:28} {len(rows):>6}  {cells[0]:>19}  {cells[1]:>19}  {cells[2]:>15}")
        table.append({"source": source, "rows": len(rows), "model": ours, "linear": theirs})
    if arguments.json:
        arguments.json.parent.mkdir(exist_ok=True)
        with open(arguments.json, "a", encoding="utf-8") as file:
            entry = {
                "date": time.strftime("%Y-%m-%d"),
                "split": arguments.split,
                "strength": strength,
                "sources": table,
            }
            file.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    main()

"""Sources that training has not seen: leave some out, train on the rest, score them.

For each group: a short training of the recipe without the group's files (vocabulary and vectors
too), and TF-IDF + logistic regression on the same rows with the same weights.  Scores are of all
rows of the sources that were left out.

    python benchmarks/leave_out.py --data DATA --data UNPACKED --epochs 0.5 \\
        --group amazon_food,app_uber,zomato_restaurants --group imdb
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from linear_baseline import scores

from seqtool import load
from seqtool.evaluation.labelled import Row
from seqtool.training.classify.linear import Linear
from seqtool.training.classify.recipe import ClassifyRecipe
from seqtool.training.classify.training import ClassifierTraining
from seqtool.training.data.rows import source_rows
from seqtool.training.recipe import find_data, read_recipe
from seqtool.training.run import Run

STRENGTH = 3.0


def rows_of(recipe: ClassifyRecipe, name: str, folders: tuple[Path, ...]) -> list[Row]:
    """All distinct rows of a source."""
    settings = next(item for item in recipe.data if item.name == name)
    found = source_rows(settings, find_data(settings.file, folders), seed=recipe.seed, kind=recipe.kind)
    return list(dict.fromkeys(row for split, row in found if split))


def run_group(
    recipe: ClassifyRecipe, group: list[str], folders: tuple[Path, ...], threads: int
) -> list[dict[str, object]]:
    """Train without the group; the scores of each of its sources, of the model and of the linear one."""
    work = Path(tempfile.mkdtemp())
    run = Run(output=work / "model", folders=folders, threads=threads, leave_out=tuple(group))
    training = ClassifierTraining(recipe, run)
    training.prepare()
    for _ in training.steps():
        pass
    training.finish()
    model = load(str(work / "model"), threads=threads)
    labels = training.data.labels
    linear = Linear(labels, strength=STRENGTH).fit(training.data.rows["train"])
    results: list[dict[str, object]] = []
    for name in group:
        rows = rows_of(recipe, name, folders)
        texts = [row.text for row in rows]
        uniform = [1 / len(labels)] * len(labels)
        ours = scores(rows, [p or uniform for p in model.probabilities(texts)], labels, model.decide)
        theirs = scores(rows, linear.probabilities(texts).tolist(), labels, np.argmax)
        results.append({"source": name, "rows": len(rows), "model": ours, "linear": theirs, "left_out": group})
        cells = " ".join(f"{key} {ours[key]:.3f} against {theirs[key]:.3f};" for key in ours)
        print(f"{name:28} {len(rows):>6} {cells}", flush=True)
    shutil.rmtree(work)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", type=Path, default=Path("models/sentiment-en/recipe.toml"))
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--group", action="append", help="sources left out together; by default each alone")
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    recipe = read_recipe(ClassifyRecipe, arguments.recipe)
    short = replace(recipe.training, minutes=0.0, epochs=arguments.epochs, evaluations=1.0)
    recipe = replace(recipe, training=short)
    held = [item.name for item in recipe.data if not item.split and not item.name.endswith("_titles")]
    groups = [group.split(",") for group in arguments.group] if arguments.group else [[name] for name in held]
    for group in groups:
        results = run_group(recipe, group, tuple(arguments.data), arguments.threads)
        if arguments.json:
            arguments.json.parent.mkdir(exist_ok=True)
            with open(arguments.json, "a", encoding="utf-8") as file:
                entry = {"date": time.strftime("%Y-%m-%d"), "epochs": arguments.epochs, "sources": results}
                file.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    main()

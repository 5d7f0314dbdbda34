"""Small trainings of classifiers."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import torch

from seqtool.modelfolder.shapes import ClassifierSettings
from seqtool.training.classify.recipe import ClassifyRecipe, DataSettings
from seqtool.training.classify.training import ClassifierTraining
from seqtool.training.recipe import TokenizerSettings, TrainingSettings
from seqtool.training.run import Run

torch.set_num_threads(1)
GRAPHS = ("network.onnx", "head.onnx", "pieces.model")


def write_rows(path: Path, rows: list[tuple[str, str]]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *rows])


def ordered_rows(number: int, seed: int) -> list[tuple[str, str]]:
    """Pairs of texts with the same words: one with "ka" before "lo", one with "lo" before "ka"."""
    chance = random.Random(seed)
    rows = []
    for _ in range(number // 2):
        words = [chance.choice(["mi", "nu", "pe", "so"]) for _ in range(chance.randint(3, 7))]
        first, second = sorted(chance.sample(range(len(words) + 1), 2))
        for label, (one, two) in (("forward", ("ka", "lo")), ("backward", ("lo", "ka"))):
            mixed = list(words)
            mixed.insert(second, two)
            mixed.insert(first, one)
            rows.append((" ".join(mixed), label))
    return rows


def recipe_of(*, network: dict[str, Any] | None = None, **training: Any) -> ClassifyRecipe:
    return ClassifyRecipe(
        data=(DataSettings("train.csv", split="train"), DataSettings("dev.csv", split="dev")),
        tokenizer=TokenizerSettings(vocabulary_size=300),
        network=ClassifierSettings(**{"embedding_size": 16, "hidden_size": 24, **(network or {})}),
        training=TrainingSettings(
            **{
                "epochs": 12.0, "learning_rate": 0.01, "dropout": 0.0, "embedding_dropout": 0.0, "word_dropout": 0.0,
                "recurrent_dropout": 0.0, "patience": 0, **training,
            }
        ),
    )  # fmt: skip


def train(recipe: ClassifyRecipe, output: Path, folder: Path, **run: Any) -> dict[str, Any]:
    training = ClassifierTraining(recipe, Run(output, (folder,), device="cpu", **run))
    training.prepare()
    for _ in training.steps():
        pass
    return training.finish()


def noisy(**more: Any) -> ClassifyRecipe:
    """Every kind of chance that a training can have."""
    dropouts = dict.fromkeys(("dropout", "embedding_dropout", "word_dropout", "recurrent_dropout"), 0.2)
    settings = {"epochs": 3.0, "max_length": 5, "evaluations": 2.0, "short_stretches": 0.3, **dropouts, **more}
    return recipe_of(network={"num_layers": 2, "hidden_size": 12, "embedding_size": 8}, **settings)


def interrupted(recipe: ClassifyRecipe, output: Path, folder: Path, stops: list[int], seconds: float) -> None:
    """Train, but drop everything at these steps of the whole; then go on to the end."""
    for turn, stop in enumerate([*stops, 10**9]):
        # Chance that nobody restores would show.
        torch.manual_seed(turn)
        run = Run(output, (folder,), device="cpu", resume=turn > 0, checkpoint_seconds=seconds)
        training = ClassifierTraining(recipe, run)
        training.prepare()
        for _ in training.steps():
            if training.trainer.progress.step == stop:
                break
        else:
            training.finish()


def same_graphs(first: Path, second: Path) -> bool:
    return all((first / name).read_bytes() == (second / name).read_bytes() for name in GRAPHS)

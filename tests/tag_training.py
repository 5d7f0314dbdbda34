"""Small trainings of taggers: their sentences, their recipes, their runs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from seqtool.decoding.schemes import tags
from seqtool.engine.tagger import Tagger as Engine
from seqtool.evaluation.tags import evaluate
from seqtool.modelfolder.manifest import open_folder
from seqtool.modelfolder.shapes import TaggerSettings
from seqtool.training.run import Run
from seqtool.training.tag.data import load_tag_data
from seqtool.training.tag.recipe import (
    TagDataSettings,
    TagRecipe,
    TagTrainingSettings,
)
from seqtool.training.tag.training import TaggerTraining

torch.set_num_threads(1)
FILES = ("network.onnx", "words.onnx", "transitions.npy", "words.txt", "characters.txt")
Rows = list[tuple[list[str], list[str]]]


# -- sentences -------------------------------------------------------------------------------------


def stem(chance: random.Random) -> str:
    return "".join(chance.choice("bdgklmnprst") + chance.choice("aiou") for _ in range(chance.randint(1, 2)))


def name(chance: random.Random, ending: str) -> str:
    """A name that was most likely never seen before: its ending says what it is."""
    return stem(chance).capitalize() + ending


def named(count: int, seed: int, annotated: Sequence[str] = ("person", "place", "time")) -> Rows:
    """Sentences with persons (of one or two words), places and times, of which only some are annotated."""
    chance = random.Random(seed)
    rows: Rows = []
    for _ in range(count):
        tokens: list[str] = []
        found = []
        for _ in range(chance.randint(1, 3)):
            tokens += chance.choices(["the", "we", "met", "saw", "and", "old", "a", ","], k=chance.randint(1, 3))
            label = chance.choice(["person", "place", "time"])
            words = {
                "person": [name(chance, "son") for _ in range(chance.randint(1, 2))],
                "place": [name(chance, "ville")],
                "time": ["May", str(chance.randint(1900, 2000))] if chance.random() < 0.5 else ["Monday"],
            }[label]
            if label in annotated:
                found.append((len(tokens), len(tokens) + len(words), label))
            tokens += words
        tokens.append(".")
        rows.append((tokens, tags(found, len(tokens))))
    return rows


def labelled(count: int, seed: int) -> Rows:
    """Words that end in -ed are verbs, those that end in -s nouns; "light" is what its neighbour is not."""
    chance = random.Random(seed)
    rows: Rows = []
    for _ in range(count):
        tokens, found = [], []
        for _ in range(chance.randint(2, 5)):
            first, second = (("VERB", "ed"), ("NOUN", "s"))[:: chance.choice([1, -1])]
            tokens += [stem(chance) + first[1], "light" if chance.random() < 0.3 else stem(chance) + second[1]]
            found += [first[0], second[0]]
        rows.append(([*tokens, "."], [*found, "PUNCT"]))
    return rows


def write(path: Path, rows: Rows) -> None:
    blocks = ["".join(f"{token} {tag}\n" for token, tag in zip(*row)) for row in rows]
    path.write_text("\n".join(blocks), encoding="utf-8")


# -- trainings -------------------------------------------------------------------------------------

NO_DROPOUT = {"dropout": 0.0, "recurrent_dropout": 0.0, "word_dropout": 0.0, "singleton_dropout": 0.5}


def files_of(train: str, dev: str, **settings: Any) -> tuple[TagDataSettings, ...]:
    return (
        TagDataSettings(f"{train}.conll", split="train", **settings),
        TagDataSettings(f"{dev}.conll", split="dev", **settings),
    )


def recipe_of(
    train: str = "names", dev: str = "", *, network: dict[str, Any] | None = None, more: dict[str, Any] | None = None,
    **training: Any,
) -> TagRecipe:  # fmt: skip
    small = {"embedding_size": 8, "hidden_size": 16, "character_embedding_size": 8, "character_size": 16}
    settings = {"epochs": 12.0, "batch_size": 8, "learning_rate": 0.02, "patience": 0, **NO_DROPOUT, **training}
    return TagRecipe(
        **{
            "data": files_of(train, dev or f"{train}-dev"),
            "network": TaggerSettings(**{**small, **(network or {})}),
            "training": TagTrainingSettings(**settings),
            **(more or {}),
        }
    )


def prepared(recipe: TagRecipe, output: Path, folder: Path, **run: Any) -> TaggerTraining:
    training = TaggerTraining(recipe, Run(output, (folder,), device="cpu", **run))
    training.prepare()
    return training


def train(recipe: TagRecipe, output: Path, folder: Path, **run: Any) -> dict[str, Any]:
    training = prepared(recipe, output, folder, **run)
    for _ in training.steps():
        pass
    return training.finish()


def scored(output: Path, folder: Path, file: str) -> dict[str, Any]:
    """The report of a folder's model on a whole file."""
    engine = Engine(open_folder(output))
    recipe = TagRecipe(data=(TagDataSettings(f"{file}.conll"),), scheme=engine.scheme)
    data = load_tag_data(replace(recipe, data=(replace(recipe.data[0], split="train"),)), (folder,))
    return evaluate(engine, data.sentences["train"])


# -- killed and gone on with -----------------------------------------------------------------------


def noisy(train: str = "names", **more: Any) -> TagRecipe:
    """Every kind of chance that a training can have."""
    dropouts = dict.fromkeys(("dropout", "recurrent_dropout", "word_dropout", "singleton_dropout"), 0.3)
    cases = dict.fromkeys(("lower", "upper", "title"), 0.2)
    settings = {"epochs": 3.0, "max_length": 6, "evaluations": 2.0, "averaging": 0.9, **dropouts, **cases, **more}
    return recipe_of(train, network={"num_layers": 2, "hidden_size": 8}, **settings)


def interrupted(recipe: TagRecipe, output: Path, folder: Path, stops: list[int], seconds: float) -> None:
    """Train, but drop everything at these steps of the whole; then go on to the end."""
    for turn, stop in enumerate([*stops, 10**9]):
        torch.manual_seed(turn)  # chance that nobody restores would show
        training = prepared(recipe, output, folder, resume=turn > 0, checkpoint_seconds=seconds)
        for _ in training.steps():
            if training.trainer.progress.step == stop:
                break
        else:
            training.finish()


def same_files(one: Path, other: Path) -> bool:
    return all((one / file).read_bytes() == (other / file).read_bytes() for file in FILES)


# -- from a model ----------------------------------------------------------------------------------

STILL: dict[str, Any] = {"epochs": 0.05, "learning_rate": 1e-9}

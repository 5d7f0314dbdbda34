"""Whole trainings of seconds: they learn, they go on after a kill to the same bytes, they start from a model."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from classifier_training import GRAPHS, interrupted, noisy, ordered_rows, recipe_of, same_graphs, train, write_rows
from processes import wait_until

from seqtool.engine.classifier import Classifier as Engine
from seqtool.errors import ModelError, OptionError, OutputError
from seqtool.export.from_onnx import load_classifier
from seqtool.modelfolder.manifest import open_folder
from seqtool.modelfolder.shapes import ClassifierShape
from seqtool.modelfolder.verify import verify
from seqtool.modelfolder.write import to_toml
from seqtool.training.classify.recipe import ClassifyRecipe, DataSettings, NGramSettings, VectorSettings
from seqtool.training.classify.training import ClassifierTraining
from seqtool.training.recipe import read_recipe
from seqtool.training.run import Run

pytestmark = pytest.mark.slow

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("data")
    train = list(dict.fromkeys(ordered_rows(600, 1)))
    write_rows(place / "train.csv", train)
    write_rows(place / "dev.csv", [row for row in dict.fromkeys(ordered_rows(300, 2)) if row not in train])
    return place


@pytest.mark.parametrize(
    ("cell", "bidirectional", "pooling"),
    [
        ("rnn", True, ("max", "mean")),
        ("lstm", True, ("max", "mean")),
        ("gru", True, ("max", "mean")),
        ("lstm", False, ("last",)),
        ("gru", False, ("attention", "last")),
    ],
)
def test_recurrent_networks_learn_the_order_of_words(
    folder: Path, tmp_path: Path, cell: str, bidirectional: bool, pooling: tuple[str, ...]
) -> None:
    recipe = recipe_of(network={"cell": cell, "bidirectional": bidirectional, "pooling": pooling})
    result = train(recipe, tmp_path / "m", folder)
    assert result["score"] > 0.9
    assert result["score_as_stored"] > 0.9
    assert result["dev"]["accuracy"] > 0.9
    model = Engine(open_folder(tmp_path / "m"))
    labels = [answer["label"] for answer in model(["mi ka so lo nu", "mi lo so ka nu"])]
    assert labels == ["forward", "backward"]


def test_a_bag_of_words_cannot_learn_it(folder: Path, tmp_path: Path) -> None:
    result = train(recipe_of(network={"cell": "none"}, epochs=5.0), tmp_path / "m", folder)
    assert 0.4 < result["score"] < 0.65


def test_a_bag_of_words_learns_words(tmp_path: Path) -> None:
    rows = [
        (f"{word} thing number {number}", label)
        for number in range(60)
        for word, label in (("good", "+"), ("bad", "-"))
    ]
    write_rows(tmp_path / "train.csv", rows[:80])
    write_rows(tmp_path / "dev.csv", rows[80:])
    result = train(recipe_of(network={"cell": "none"}), tmp_path / "m", tmp_path)
    assert result["score"] > 0.9


@pytest.fixture(scope="module")
def unbroken(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[float], Path]:
    made: dict[float, Path] = {}

    def make(averaging: float) -> Path:
        if averaging not in made:
            made[averaging] = tmp_path_factory.mktemp("unbroken") / "m"
            train(noisy(averaging=averaging), made[averaging], folder)
        return made[averaging]

    return make


@pytest.mark.parametrize("averaging", [0.0, 0.99])
@pytest.mark.parametrize(
    ("stops", "seconds"),
    [
        ([1], 0.0),
        ([13, 14, 30], 0.0),  # a checkpoint at every step
        ([30], 1e9),  # checkpoints at evaluations alone: some steps are done again
        ([1], 1e9),  # no checkpoint yet
        ("epoch", 0.0),
    ],
    ids=["first step", "twice", "work lost", "no checkpoint", "epoch's end"],
)
def test_an_interrupted_training_ends_in_the_same_bytes(
    folder: Path, tmp_path: Path, unbroken: Callable[[float], Path], averaging: float, stops: Any, seconds: float
) -> None:
    recipe = noisy(averaging=averaging)
    if stops == "epoch":
        training = ClassifierTraining(recipe, Run(tmp_path / "probe", (folder,), device="cpu"))
        training.prepare()
        number = 0
        for _ in training.steps():
            if training.trainer.progress.epoch == 1:
                break
            number = training.trainer.progress.step
        stops = [number]
    interrupted(recipe, tmp_path / "m", folder, stops, seconds)
    assert same_graphs(tmp_path / "m", unbroken(averaging))
    assert not (tmp_path / "m.training").exists()


def test_another_seed_is_another_result(folder: Path, tmp_path: Path, unbroken: Callable[[float], Path]) -> None:
    """What the tests above call the same is not the same for everything."""
    train(replace(noisy(averaging=0.0), seed=2), tmp_path / "m", folder)
    assert not same_graphs(tmp_path / "m", unbroken(0.0))


def test_killed_with_minus_9(folder: Path, tmp_path: Path) -> None:
    recipe = noisy(epochs=25.0, evaluations=1.0, averaging=0.9)
    (tmp_path / "recipe.toml").write_text(to_toml(recipe.to_table()), encoding="utf-8")

    def command(output: Path, *more: str) -> list[str]:
        return [
            *(
                sys.executable,
                "-m",
                "seqtool",
                "train",
                "--recipe",
                str(tmp_path / "recipe.toml"),
                "--data",
                str(folder),
            ),
            *("-o", str(output), "--threads", "1", "--device", "cpu", "-q", *more),
        ]

    subprocess.run(command(tmp_path / "whole"), check=True, timeout=300)
    process = subprocess.Popen(command(tmp_path / "broken"))
    state = tmp_path / "broken.training" / "checkpoint.json"
    wait_until(state.is_file, process)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert state.is_file()
    assert not (tmp_path / "broken").exists()

    refused = subprocess.run(command(tmp_path / "broken"), capture_output=True, timeout=300)
    assert refused.returncode == 2
    assert b"--resume" in refused.stderr and refused.stderr.count(b"\n") == 1
    other = subprocess.run(command(tmp_path / "broken", "--resume", "--seed", "5"), capture_output=True, timeout=300)
    assert other.returncode == 2
    assert b"other options" in other.stderr

    subprocess.run(command(tmp_path / "broken", "--resume"), check=True, timeout=300)
    assert same_graphs(tmp_path / "broken", tmp_path / "whole")


def started(recipe: ClassifyRecipe, output: Path, folder: Path) -> None:
    training = ClassifierTraining(recipe, Run(output, (folder,), device="cpu", checkpoint_seconds=0.0))
    training.prepare()
    for step, _ in enumerate(training.steps()):
        if step == 3:
            break


@pytest.mark.parametrize(
    "change",
    [
        lambda recipe, run: (replace(recipe, seed=9), run),
        lambda recipe, run: (replace(recipe, training=replace(recipe.training, learning_rate=0.5)), run),
        lambda recipe, run: (recipe, replace(run, threads=2)),
        lambda recipe, run: (recipe, replace(run, leave_out=("dev",))),
    ],
    ids=["seed", "rate", "threads", "leave-out"],
)
def test_resume_with_other_options_is_refused(folder: Path, tmp_path: Path, change: Any) -> None:
    recipe = noisy()
    copy = tmp_path / "data"
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    # dev rows that stay when the source "dev" is left out
    (copy / "more.csv").write_bytes((copy / "dev.csv").read_bytes())
    extra = replace(recipe, data=(*recipe.data, DataSettings("more.csv", split="dev")))
    started(extra, tmp_path / "m", copy)
    changed, run = change(extra, Run(tmp_path / "m", (copy,), device="cpu", resume=True))
    with pytest.raises(OptionError, match="other options"):
        ClassifierTraining(changed, run).prepare()


def test_resume_with_other_data_is_refused(folder: Path, tmp_path: Path) -> None:
    for name in ("train.csv", "dev.csv"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    started(noisy(), tmp_path / "m", tmp_path)
    data = (tmp_path / "train.csv").read_bytes()
    run = Run(tmp_path / "m", (tmp_path,), device="cpu", resume=True)
    (tmp_path / "train.csv").write_bytes(data + b"mi ka lo,forward\r\n")
    with pytest.raises(OptionError, match="other options, data"):
        ClassifierTraining(noisy(), run).prepare()
    # the same size, another word
    (tmp_path / "train.csv").write_bytes(data.replace(b"mi", b"nu", 1))
    with pytest.raises(OptionError, match="other options, data"):
        ClassifierTraining(noisy(), run).prepare()


@pytest.mark.parametrize("damage", ["json", "tensors", "missing"])
def test_a_damaged_checkpoint(folder: Path, tmp_path: Path, damage: str) -> None:
    started(noisy(), tmp_path / "m", folder)
    work = tmp_path / "m.training"
    [tensors] = work.glob("*.safetensors")
    if damage == "json":
        (work / "checkpoint.json").write_text("{")
    elif damage == "tensors":
        tensors.write_bytes(tensors.read_bytes()[:-50])
    else:
        tensors.unlink()
    with pytest.raises(ModelError, match="checkpoint is damaged"):
        ClassifierTraining(noisy(), Run(tmp_path / "m", (folder,), device="cpu", resume=True)).prepare()


def test_places(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    for output in (tmp_path / "there", tmp_path / "no" / "m"):
        with pytest.raises(OutputError):
            ClassifierTraining(noisy(), Run(output, (folder,)))
    with pytest.raises(OptionError):
        ClassifierTraining(ClassifyRecipe(), Run(tmp_path / "m", (folder,)))


@pytest.fixture(scope="module")
def first(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("first") / "order"
    train(recipe_of(network={"cell": "gru"}), output, folder)
    return output


def test_the_folder_is_complete(first: Path) -> None:
    manifest, problems = verify(first)
    assert problems == [] and manifest is not None
    assert manifest["labels"] == ["backward", "forward"]
    assert set(manifest["files"]) == {*GRAPHS, "README.md", "recipe.toml"}
    assert read_recipe(ClassifyRecipe, first / "recipe.toml") == replace(recipe_of(network={"cell": "gru"}))
    assert [path.name for path in first.parent.iterdir()] == ["order"]


def test_the_network_comes_back_out_of_the_folder(first: Path) -> None:
    model = Engine(open_folder(first))
    network = load_classifier(first, ClassifierShape.from_table(open_folder(first).table("network"))).eval()
    for text in ("mi ka so lo nu", "lo ka", "so"):
        ids = model.pieces.ids([text])[0]
        with torch.inference_mode():
            logits = network(torch.tensor(ids).unsqueeze(1), torch.tensor([len(ids)]))[0]
        expected = (logits / model.temperature).softmax(0).tolist()
        np.testing.assert_allclose(model.probabilities([text])[0], expected, atol=1e-6)


def test_init_goes_on_from_a_model(folder: Path, tmp_path: Path, first: Path) -> None:
    """With the same labels a single small step keeps what was learnt; without --init it is far from it."""
    short = recipe_of(epochs=0.05, learning_rate=1e-5, network={"cell": "gru"})
    continued = train(replace(short, init=str(first)), tmp_path / "continued", folder)
    assert continued["score"] > 0.9
    assert train(short, tmp_path / "fresh", folder)["score"] < 0.8
    manifest = open_folder(tmp_path / "continued").manifest
    assert manifest["network"]["cell"] == "gru"


def test_init_with_other_labels(tmp_path: Path, first: Path) -> None:
    """The body is kept, the last layer is new: three labels, of which two are the old ones by other names."""
    rows = [(text, {"forward": "hin", "backward": "her"}[label]) for text, label in ordered_rows(200, 3)]
    rows += [(f"so so pe {number}", "leer") for number in range(100)]
    write_rows(tmp_path / "train.csv", list(dict.fromkeys(rows)))
    one = DataSettings("train.csv", dev=0.3)
    recipe = replace(recipe_of(epochs=8.0), data=(one,), init=str(first))
    result = train(recipe, tmp_path / "m", tmp_path)
    assert result["score"] > 0.85
    assert open_folder(tmp_path / "m").manifest["labels"] == ["her", "hin", "leer"]


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("header", [True, False])
def test_vectors_from_a_file(folder: Path, tmp_path: Path, frozen: bool, header: bool) -> None:
    chance = np.random.default_rng(0)
    words = {word: chance.normal(size=16).round(3) for word in ("ka", "lo", "mi", "elsewhere")}
    lines = ["4 16"] * header + [f"{word} {' '.join(map(str, vector))}" for word, vector in words.items()]
    (folder / "v.txt").write_text("\n".join(lines) + "\n")
    vectors = VectorSettings(file="v.txt", frozen=frozen)
    recipe = replace(recipe_of(epochs=1.0, storage="float32", weight_decay=0.0), vectors=vectors)
    train(recipe, tmp_path / "m", folder)
    opened = open_folder(tmp_path / "m")
    table = load_classifier(opened.path, ClassifierShape.from_table(opened.table("network"))).embedding.table.weight
    pieces = Engine(opened).pieces
    for word in ("ka", "lo", "mi"):
        [number] = [number for number in range(pieces.size) if pieces.piece(number) == "\u2581" + word]
        found = table[number].detach().numpy()
        cosine = found @ words[word] / np.linalg.norm(found) / np.linalg.norm(words[word])
        assert bool(cosine > 1 - 1e-6) is frozen
        assert cosine > 0.9


def test_a_frozen_training_resumes_to_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    vector = " ".join(["0.25"] * 8)
    (folder / "v.txt").write_text(f"ka {vector}\nlo -{vector}\n")
    recipe = replace(noisy(), vectors=VectorSettings(file="v.txt", frozen=True))
    train(recipe, tmp_path / "whole", folder)
    interrupted(recipe, tmp_path / "m", folder, [7, 20], 0.0)
    assert same_graphs(tmp_path / "m", tmp_path / "whole")


def test_ngrams_beside_the_network(folder: Path, tmp_path: Path) -> None:
    """Resumed to the same bytes, complete, and the same answer for a text alone and among others."""
    recipe = replace(noisy(), ngrams=NGramSettings(order=2, bits=10))
    train(recipe, tmp_path / "whole", folder)
    interrupted(recipe, tmp_path / "m", folder, [9], 0.0)
    assert same_graphs(tmp_path / "m", tmp_path / "whole")
    manifest, problems = verify(tmp_path / "m")
    assert problems == [] and manifest is not None
    for name in manifest["files"]:
        if name.endswith(".npy"):
            assert (tmp_path / "m" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert manifest["ngrams"]["file"] in manifest["files"]
    texts = [text for text, _ in ordered_rows(40, 7)] + ["", "ka " * 900]
    together = Engine(open_folder(tmp_path / "m"), threads=2).probabilities(texts)
    single = Engine(open_folder(tmp_path / "m"), batch_size=1)
    assert [single.probabilities([text])[0] for text in texts] == together


def test_minutes_end_a_training(folder: Path, tmp_path: Path) -> None:
    recipe = recipe_of(epochs=1e6, minutes=0.01, network={"cell": "none"})
    result = train(recipe, tmp_path / "m", folder)
    # 0.6 seconds of steps; on any machine far from a million epochs
    assert 0.6 <= result["seconds"] < 30


def test_a_source_of_no_weight_does_not_train_for_ever(folder: Path, tmp_path: Path) -> None:
    recipe = recipe_of()
    none = replace(recipe, data=(replace(recipe.data[0], weight=0.0), recipe.data[1]))
    (tmp_path / "recipe.toml").write_text(to_toml(none.to_table()))
    command = [sys.executable, "-m", "seqtool", "train", "--recipe", str(tmp_path / "recipe.toml")]
    more = ["--data", str(folder), "-o", str(tmp_path / "m"), "--threads", "1", "--device", "cpu"]
    done = subprocess.run([*command, *more], capture_output=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1

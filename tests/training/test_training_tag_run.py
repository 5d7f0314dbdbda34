"""Whole trainings of taggers, of a second each: they learn, go on after a kill, start from a model."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import Run as Command
from conftest import records
from tag_training import (
    FILES,
    STILL,
    files_of,
    interrupted,
    labelled,
    named,
    noisy,
    prepared,
    recipe_of,
    same_files,
    scored,
    train,
    write,
)

from seqtool.answers import Item
from seqtool.engine.tagger import Tagger as Engine
from seqtool.errors import OptionError
from seqtool.modelfolder.manifest import open_folder
from seqtool.modelfolder.verify import verify
from seqtool.training.recipe import read_recipe
from seqtool.training.tag.data import load_tag_data
from seqtool.training.tag.recipe import (
    TagDataSettings,
    TagRecipe,
)

pytestmark = pytest.mark.slow

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("data")
    write(place / "names.conll", named(60, 1))
    write(place / "names-dev.conll", named(40, 2))
    write(place / "labels.conll", labelled(60, 1))
    write(place / "labels-dev.conll", labelled(40, 2))
    return place


@pytest.mark.parametrize(
    ("network", "scheme"),
    [
        ({}, "bioes"),
        ({"character_encoder": "lstm", "cell": "gru"}, "iob2"),
        ({"character_encoder": "rnn", "cell": "rnn", "crf": False}, "bioes"),
        # Where a name ends, a network of one direction cannot know: iob2 does not ask.
        ({"character_encoder": "gru", "bidirectional": False}, "iob2"),
    ],
    ids=str,
)
def test_entities_are_learnt(folder: Path, tmp_path: Path, network: dict[str, Any], scheme: str) -> None:
    """Names that were never seen, by their characters."""
    recipe = recipe_of(network=network, more={"scheme": scheme}, epochs=15.0)
    result = train(recipe, tmp_path / "m", folder)
    assert result["score"] > 0.9 and result["score_as_stored"] > 0.9
    report = scored(tmp_path / "m", folder, "names-dev")
    assert report["f1"] == pytest.approx(result["score_as_stored"], abs=1e-12)
    assert report["unknown_words"]["count"] > 30 and report["unknown_words"]["f1"] > 0.8
    model = Engine(open_folder(tmp_path / "m"))
    [answer] = model(["we met Karason Milason , and the old Tutuville ."])
    assert [(entity["text"], entity["label"]) for entity in answer["entities"]] == [
        ("Karason Milason", "person"),
        ("Tutuville", "place"),
    ]


def test_labels_are_learnt(folder: Path, tmp_path: Path) -> None:
    result = train(recipe_of("labels"), tmp_path / "m", folder)
    assert result["score_as_stored"] > 0.95
    report = scored(tmp_path / "m", folder, "labels-dev")
    assert report["accuracy"] == pytest.approx(result["score_as_stored"], abs=1e-12)
    manifest = open_folder(tmp_path / "m").manifest
    assert manifest["labels"] == ["NOUN", "PUNCT", "VERB"] and manifest["answer"] == {"kind": "labels"}
    engine = Engine(open_folder(tmp_path / "m"))
    [answer] = engine.answers([Item(None, ["mulas", "light", "toked", "light", "."])], engine.asked())
    assert answer["tags"] == ["NOUN", "VERB", "VERB", "NOUN", "PUNCT"]


@pytest.fixture(scope="module")
def first(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained tagger of names."""
    output = tmp_path_factory.mktemp("first") / "names"
    train(recipe_of(), output, folder)
    return output


def test_the_folder_is_complete(first: Path, folder: Path) -> None:
    manifest, problems = verify(first)
    assert problems == [] and manifest is not None
    assert set(manifest["files"]) == {*FILES, "README.md", "recipe.toml"}
    assert manifest["labels"] == ["person", "place", "time"]
    assert read_recipe(TagRecipe, first / "recipe.toml") == recipe_of()
    assert [path.name for path in first.parent.iterdir()] == ["names"]
    # The score in the recipe is what the folder's graph gets.
    recipe = (first / "recipe.toml").read_text(encoding="utf-8")
    as_stored = float(recipe.split("score_as_stored = ")[1].split("\n")[0])
    assert scored(first, folder, "names-dev")["f1"] == pytest.approx(as_stored, abs=1e-12)
    assert "names-dev" in (first / "README.md").read_text(encoding="utf-8")


def test_the_commands(run: Command, folder: Path, tmp_path: Path) -> None:
    """train tag, evaluate tag (files, or the recipe in the folder) and tag, as a person runs them."""
    options = ["--hidden-size", "16", "--embedding-size", "8", "--epochs", "3", "--learning-rate", "0.02", "--batch-size", "8"]  # fmt: skip
    for file in ("names.conll", "names-dev.conll"):
        (tmp_path / file).write_bytes((folder / file).read_bytes())
    place = ["--threads", "1", "--device", "cpu", "-o", "m", "-q", "--log", "log.jsonl"]
    done = run("train", "tag", "names.conll", "--dev", "names-dev.conll", *options, *place)
    assert done.returncode == 0, done.stderr
    best = max(entry["score"] for entry in records((tmp_path / "log.jsonl").read_bytes()))
    [report] = records(run("evaluate", "tag", "-m", "./m", "names-dev.conll").stdout)
    assert report["f1"] == pytest.approx(best, abs=0.03)  # rounded weights
    recipe = ["--recipe", "m/recipe.toml", "--data", ".", "--split", "dev"]
    [again] = records(run("evaluate", "tag", "-m", "./m", *recipe).stdout)
    assert again.pop("source") == "names-dev" and again == report
    [answer] = records(run("tag", "-m", "./m", stdin="we met Karason .\n").stdout)
    assert len(answer["tags"]) == 4
    assert run("train", "tag", "names.conll", "-o", "m", *options).returncode == 2  # it is there


def test_jsonl_with_entities(folder: Path, tmp_path: Path) -> None:
    """Texts with offsets teach the same as their columns."""
    for file in ("names", "names-dev"):
        data = load_tag_data(recipe_of(), (folder,)).sentences["train" if file == "names" else "dev"]
        lines = []
        for sentence in data:
            text = " ".join(sentence.tokens)
            starts = [len(" ".join(sentence.tokens[:place])) + (place > 0) for place in range(len(sentence.tokens))]
            entities = []
            for place, cell in enumerate(sentence.possible):
                if cell[0] in "BS":
                    entities.append({"start": starts[place], "label": cell[2:]})
                if cell[0] in "ES":
                    entities[-1]["end"] = starts[place] + len(sentence.tokens[place])
            lines.append(json.dumps({"text": text, "entities": entities}) + "\n")
        (tmp_path / f"{file}.jsonl").write_text("".join(lines), encoding="utf-8")
    given = (TagDataSettings("names.jsonl", split="train"), TagDataSettings("names-dev.jsonl", split="dev"))
    found, wanted = load_tag_data(recipe_of(more={"data": given}), (tmp_path,)), load_tag_data(recipe_of(), (folder,))
    for split in ("train", "dev"):
        assert [(s.tokens, s.possible) for s in found.sentences[split]] == [
            (s.tokens, s.possible) for s in wanted.sentences[split]
        ]


@pytest.fixture(scope="module")
def unbroken(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def make(kind: str) -> Path:
        if kind not in made:
            made[kind] = tmp_path_factory.mktemp("unbroken") / "m"
            train(noisy(kind), made[kind], folder)
        return made[kind]

    return make


@pytest.mark.parametrize(
    ("kind", "stops", "seconds"),
    [
        ("names", [1], 0.0),
        ("names", [7, 8, 9, 20], 0.0),  # over an epoch's end
        ("names", [11], 1e9),  # checkpoints at evaluations alone: some steps are done again
        ("names", [1], 1e9),  # no checkpoint yet
        ("labels", [10], 0.0),
    ],
)
def test_an_interrupted_training_ends_in_the_same_bytes(
    folder: Path, tmp_path: Path, unbroken: Callable[[str], Path], kind: str, stops: list[int], seconds: float
) -> None:
    interrupted(noisy(kind), tmp_path / "m", folder, stops, seconds)
    assert same_files(tmp_path / "m", unbroken(kind))
    assert not (tmp_path / "m.training").exists()


def test_another_seed_is_another_result(folder: Path, tmp_path: Path, unbroken: Callable[[str], Path]) -> None:
    """What is called the same above is not the same for everything."""
    train(replace(noisy(), seed=2), tmp_path / "m", folder)
    assert not same_files(tmp_path / "m", unbroken("names"))


def test_going_on_from_another_training_is_refused(folder: Path, tmp_path: Path) -> None:
    interrupted_here = prepared(noisy(), tmp_path / "m", folder, checkpoint_seconds=0.0)
    for step, _ in enumerate(interrupted_here.steps()):
        if step == 2:
            break
    for changed in (replace(noisy(), seed=5), noisy(lower=0.3), noisy("labels")):
        with pytest.raises(OptionError, match="other options"):
            prepared(changed, tmp_path / "m", folder, resume=True)


SENTENCES = [["we", "met", "Karason", "."], ["May", "1999", ",", "Lokaville"], ["ville"]]


def emissions(folder: Path) -> list[Any]:
    return Engine(open_folder(folder)).emissions(SENTENCES)


def test_init_goes_on_from_a_model(folder: Path, tmp_path: Path, first: Path) -> None:
    """Before a step worth the name is done, its scores and its transitions are the model's."""
    recipe = replace(recipe_of(network={"cell": "rnn", "hidden_size": 3}, **STILL), init=str(first))
    result = train(recipe, tmp_path / "m", folder)
    assert result["score"] == pytest.approx(scored(first, folder, "names-dev")["f1"], abs=1e-12)
    for one, other in zip(emissions(tmp_path / "m"), emissions(first)):
        np.testing.assert_allclose(one, other, atol=1e-3)
    one, other = np.load(tmp_path / "m" / "transitions.npy"), np.load(first / "transitions.npy")
    np.testing.assert_allclose(one, other, atol=1e-6)
    assert np.abs(other[other > -1e3]).max() > 0.01
    for file in ("words.txt", "characters.txt"):
        assert (tmp_path / "m" / file).read_bytes() == (first / file).read_bytes()
    assert open_folder(tmp_path / "m").table("network")["cell"] == "lstm"


@pytest.mark.parametrize("kind", ["names", "labels"])
def test_init_of_a_model_whose_labels_have_an_order_of_their_own(folder: Path, tmp_path: Path, kind: str) -> None:
    """The labels are the same ones, so what was learnt is kept."""
    labels = ("time", "place", "person") if kind == "names" else ("VERB", "PUNCT", "NOUN")
    before = train(recipe_of(kind, more={"labels": labels}), tmp_path / "one", folder)
    assert open_folder(tmp_path / "one").manifest["labels"] == list(labels)
    after = train(replace(recipe_of(kind, **STILL), init=str(tmp_path / "one")), tmp_path / "two", folder)
    assert before["score_as_stored"] > 0.8
    assert after["score"] == pytest.approx(before["score_as_stored"], abs=1e-12)


def test_init_with_other_labels(folder: Path, tmp_path: Path, first: Path) -> None:
    """The body is kept, the last layer and the transitions are new."""
    labels = {"person": "name", "place": "name"}
    data = tuple(replace(item, labels=labels) for item in files_of("names", "names-dev"))
    result = train(replace(recipe_of(epochs=6.0), init=str(first), data=data), tmp_path / "m", folder)
    assert result["score_as_stored"] > 0.9
    assert open_folder(tmp_path / "m").manifest["labels"] == ["name", "time"]


def test_init_with_labels_that_the_data_have_not(folder: Path, tmp_path: Path, first: Path) -> None:
    """Files that annotate persons alone, the others named as missing: those are not forgotten."""
    write(tmp_path / "persons.conll", named(60, 5, ["person"]))
    write(tmp_path / "persons-dev.conll", named(30, 6, ["person"]))
    data = files_of("persons", "persons-dev", missing=("place", "time"))
    short: dict[str, Any] = {"epochs": 2.0, "learning_rate": 0.005}
    result = train(replace(recipe_of(**short), init=str(first), data=data), tmp_path / "m", tmp_path)
    assert result["score_as_stored"] > 0.9
    report = scored(tmp_path / "m", folder, "names-dev")
    assert {row["label"]: row["f1"] > 0.8 for row in report["labels"]} == dict.fromkeys(
        ["person", "place", "time"], True
    )


def test_init_keeps_the_models_scheme(folder: Path, tmp_path: Path) -> None:
    train(recipe_of(more={"scheme": "iob2"}, epochs=2.0), tmp_path / "one", folder)
    result = train(replace(recipe_of(**STILL), init=str(tmp_path / "one")), tmp_path / "two", folder)
    assert open_folder(tmp_path / "two").table("answer")["scheme"] == "iob2"
    assert result["score"] == pytest.approx(scored(tmp_path / "one", folder, "names-dev")["f1"], abs=1e-12)


def test_init_of_another_kind_is_refused(folder: Path, tmp_path: Path, first: Path, tiny_model: Path) -> None:
    with pytest.raises(OptionError, match="it gives entities"):
        prepared(replace(recipe_of("labels"), init=str(first)), tmp_path / "m", folder)
    with pytest.raises(Exception, match="for classify, not for tag"):
        prepared(replace(recipe_of(), init=str(tiny_model)), tmp_path / "n", folder)


def test_a_continued_training_resumes_to_the_same_bytes(folder: Path, tmp_path: Path, first: Path) -> None:
    data = tuple(replace(item, labels={"time": ""}) for item in files_of("names", "names-dev"))
    recipe = replace(noisy(epochs=2.0), init=str(first), data=data)
    train(recipe, tmp_path / "whole", folder)
    interrupted(recipe, tmp_path / "m", folder, [5], 0.0)
    assert same_files(tmp_path / "m", tmp_path / "whole")

"""A vocabulary larger than the data: only the words that are there are trained, the others' vectors stay."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from seqtool.engine.tagger import Tagger as Engine
from seqtool.export.from_onnx import read_weights
from seqtool.modelfolder.manifest import open_folder
from seqtool.modelfolder.shapes import TaggerSettings
from seqtool.nn.tagger import TaggerNetwork
from seqtool.tokenization.word_features import UNKNOWN_WORD, WordFeatures
from seqtool.training.run import Run
from seqtool.training.tag.batches import Types
from seqtool.training.tag.recipe import TagDataSettings, TagRecipe, TagTrainingSettings, TagVectorSettings
from seqtool.training.tag.training import SPREAD, TaggerTraining

torch.set_num_threads(1)
SIZE = 8
NOUNS, VERBS = ([f"{kind}{letter}" for letter in "abcdefghij"] for kind in ("noun", "verb"))
# In the data there are no others than these: of the file the first ten of each, and some that it does not have.
OWN = ["ownword", "the"]
ELSEWHERE = [f"{kind}{first}{second}" for kind in ("noun", "verb") for first in "klmnop" for second in "abcdefghij"]
FILE = [*NOUNS, *ELSEWHERE[:60], *VERBS, *ELSEWHERE[60:]]
ALL_FILES = ("network.onnx", "words.txt", "characters.txt")


def start_rows() -> NDArray[np.float32]:
    """Nouns and verbs differ by their vectors."""
    chance = np.random.default_rng(1)
    rows = chance.normal(size=(len(FILE), SIZE))
    rows[:, 0] += [6 if word.startswith("noun") else -6 for word in FILE]
    return rows.astype(np.float32)


def write(path: Path, count: int, seed: int) -> None:
    chance = random.Random(seed)
    blocks = []
    for _ in range(count):
        pairs = [(chance.choice(NOUNS), "NOUN"), (chance.choice(VERBS), "VERB"), (chance.choice(OWN), "X")]
        blocks.append("".join(f"{word} {label}\n" for word, label in chance.choices(pairs, k=5)))
    path.write_text("\n".join(blocks), encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("data")
    write(place / "train.conll", 60, 1)
    write(place / "dev.conll", 20, 2)
    rows = start_rows()
    lines = [f"{word} {' '.join(map(repr, row.tolist()))}" for word, row in zip(FILE, rows)]
    (place / "vectors.txt").write_text("\n".join([f"{len(FILE)} {SIZE}", *lines]) + "\n", encoding="utf-8")
    return place


def recipe_of(*, frozen: bool = False, init: str = "", **training: Any) -> TagRecipe:
    return TagRecipe(
        data=(TagDataSettings("train.conll", split="train"), TagDataSettings("dev.conll", split="dev")),
        vectors=TagVectorSettings(file="vectors.txt", frozen=frozen),
        network=TaggerSettings(embedding_size=SIZE, hidden_size=8, character_encoder="none", crf=False),
        training=TagTrainingSettings(
            **{"epochs": 6.0, "batch_size": 8, "learning_rate": 0.02, "patience": 0, "storage": "float32", **training}
        ),
        init=init,
    )


def train(recipe: TagRecipe, output: Path, folder: Path, **run: Any) -> dict[str, Any]:
    training = TaggerTraining(recipe, Run(output, (folder,), device="cpu", **run))
    training.prepare()
    for _ in training.steps():
        pass
    return training.finish()


def table_of(output: Path) -> dict[str, NDArray[np.float32]]:
    """The vector of each word of a model; "" is the unknown one."""
    words = (output / "words.txt").read_text(encoding="utf-8").split("\n")[:-1]
    return dict(zip(["", *words], read_weights(output / "network.onnx")["embedding.table.weight"], strict=True))


def started() -> dict[str, NDArray[np.float32]]:
    """Rows of one length, as large as what comes beside them."""
    rows = start_rows().astype(np.float64)
    rows *= SPREAD * SIZE**0.5 / np.linalg.norm(rows, axis=1, keepdims=True)
    return dict(zip(FILE, rows.astype(np.float32)))


def largest(one: dict[str, Any], other: dict[str, Any], words: Iterable[str]) -> list[float]:
    """How far the vectors of words are from each other."""
    return [float(np.abs(one[word] - other[word]).max()) for word in words]


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("trained") / "m"
    result = train(recipe_of(), output, folder)
    assert result["score"] > 0.9 and result["score_as_stored"] == pytest.approx(result["score"], abs=1e-12)
    return output


def test_words_that_are_not_in_the_data_keep_their_vectors(trained: Path) -> None:
    table = table_of(trained)
    assert set(table) == {"", *FILE, *OWN}
    assert max(largest(table, started(), ELSEWHERE)) < 1e-6
    assert min(largest(table, started(), [*NOUNS, *VERBS])) > 1e-3
    assert all(np.abs(table[word]).max() > 0 for word in OWN)


@pytest.mark.parametrize(("storage", "tolerance"), [("float16", 5e-4), ("int8", 1e-2)])
def test_up_to_how_they_are_stored(folder: Path, tmp_path: Path, trained: Path, storage: str, tolerance: float) -> None:
    train(recipe_of(storage=storage), tmp_path / "m", folder)
    assert max(largest(table_of(tmp_path / "m"), started(), ELSEWHERE)) < tolerance
    assert max(largest(table_of(tmp_path / "m"), table_of(trained), FILE)) < tolerance


def test_they_are_words_of_the_model(trained: Path) -> None:
    """A word that no sentence had is known by the vector that it came with."""
    reader = Engine(open_folder(trained)).reader
    assert all(reader.id(word) != UNKNOWN_WORD for word in (*FILE, *OWN)) and reader.id("never") == UNKNOWN_WORD
    texts = [f"the {first} {second}" for first, second in zip(ELSEWHERE[:60], ELSEWHERE[60:])]
    found = [answer["tags"][1:] for answer in Engine(open_folder(trained))(texts)]
    assert sum(tags == ["NOUN", "VERB"] for tags in found) > 50


def test_a_step_is_over_the_words_of_the_data_alone(folder: Path, tmp_path: Path) -> None:
    training = TaggerTraining(recipe_of(), Run(tmp_path / "m", (folder,), device="cpu"))
    training.prepare()
    network = training.trainer.network
    assert isinstance(network, TaggerNetwork)
    assert network.embedding.table.weight.shape == (1 + len(NOUNS) + len(VERBS) + len(OWN), SIZE)
    assert network.shape.vocabulary_size == 1 + len(FILE) + len(OWN)
    shapes = [value.shape for name, value in training.trainer.tensors().items() if "embedding.table" in name]
    assert shapes and all(len(shape) == 0 or shape[0] == 23 for shape in shapes)
    training.forget()


def test_other_cases_are_words_of_the_data_too(folder: Path, tmp_path: Path) -> None:
    """Sentences that are read in capitals need their words' vectors."""
    cased = [word.upper() for word in (*NOUNS, *VERBS)]
    lines = [f"{word} {' '.join(['0.5'] * SIZE)}" for word in (*cased, *NOUNS, "ELSEWHERE")]
    (tmp_path / "vectors.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name in ("train.conll", "dev.conll"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    before = SPREAD * np.ones(SIZE)
    for upper in (0.0, 1.0):
        recipe = recipe_of(upper=upper, epochs=2.0)
        recipe = replace(recipe, vectors=replace(recipe.vectors, lowercase=False))
        train(recipe, tmp_path / f"m{upper}", tmp_path)
        table = table_of(tmp_path / f"m{upper}")
        moved = [float(np.abs(table[word] - before).max()) for word in cased]
        assert min(moved) > 1e-3 if upper else max(moved) < 1e-6, moved
        assert np.abs(table["ELSEWHERE"] - before).max() < 1e-6


def test_frozen_vectors_stay_all_of_them(folder: Path, tmp_path: Path) -> None:
    train(recipe_of(frozen=True), tmp_path / "m", folder)
    table = table_of(tmp_path / "m")
    assert set(table) == {"", *FILE} and max(largest(table, started(), FILE)) < 1e-6


@pytest.mark.parametrize("frozen", [False, True])
def test_stopped_and_gone_on_it_is_the_same(folder: Path, tmp_path: Path, frozen: bool) -> None:
    recipe = recipe_of(frozen=frozen, upper=0.2, averaging=0.9)
    train(recipe, tmp_path / "whole", folder)
    for turn, stop in enumerate((3, 14, 10**9)):
        torch.manual_seed(turn)
        run = Run(tmp_path / "m", (folder,), device="cpu", resume=turn > 0, checkpoint_seconds=0.0)
        training = TaggerTraining(recipe, run)
        training.prepare()
        for _ in training.steps():
            if training.trainer.progress.step == stop:
                break
        else:
            training.finish()
    for name in ALL_FILES:
        assert (tmp_path / "m" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def test_going_on_from_a_model_keeps_what_the_new_data_do_not_have(tmp_path: Path, trained: Path) -> None:
    """Of its vectors, whether it learnt them or came with them."""
    (tmp_path / "train.conll").write_text("nouna NOUN\nverba VERB\nunheard NOUN\n\n" * 30, encoding="utf-8")
    (tmp_path / "dev.conll").write_text("nouna NOUN\nverba VERB\nthe X\n\n" * 5, encoding="utf-8")
    recipe = recipe_of(init=str(trained), weight_decay=0.0)
    train(replace(recipe, vectors=TagVectorSettings()), tmp_path / "m", tmp_path)
    before, after = table_of(trained), table_of(tmp_path / "m")
    assert list(after) == list(before)
    changed = {word for word, row in after.items() if np.abs(row - before[word]).max() > 1e-6}
    assert changed == {"", "nouna", "verba"}  # "unheard" is taken for an unknown word


# -- numbers ----------------------------------------------------------------------------------


@settings(deadline=None, derandomize=True)
@given(
    st.lists(st.sampled_from(["the", "EU", "x1", "Zoë", "never", "THE", "."]), min_size=1), st.booleans(), st.booleans()
)
def test_new_numbers_stand_for_the_same_words(words: list[str], cases: bool, lowercase: bool) -> None:
    reader = WordFeatures(
        [".", "the", "a", "x0", "zoë", "b", "Zoë", "EU", "c", "THE", "never"], "", lowercase=lowercase
    )
    types = Types(words, reader, {}, cases=cases)
    before = types.ids.copy()
    old = types.renumber()
    assert old[types.ids].tolist() == before.tolist() and old[0] == UNKNOWN_WORD
    assert old.tolist() == sorted({UNKNOWN_WORD, *before.tolist()})
    assert [old[types.ids[number]] for number in types.numbers.values()] == [reader.id(word) for word in types.numbers]

"""Trainings of taggers from several sources: vectors, lists of names, labels that some lack, chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tag_training import (
    STILL,
    Rows,
    files_of,
    interrupted,
    labelled,
    named,
    noisy,
    prepared,
    recipe_of,
    same_files,
    scored,
    stem,
    train,
    write,
)

from seqtool.engine.tagger import Tagger as Engine
from seqtool.errors import DataError
from seqtool.evaluation.labelled import Sentence
from seqtool.evaluation.tags import evaluate
from seqtool.export.from_onnx import load_tagger
from seqtool.modelfolder.manifest import open_folder
from seqtool.modelfolder.shapes import TaggerShape
from seqtool.modelfolder.verify import verify
from seqtool.nn.tagger import TaggerNetwork
from seqtool.tokenization.word_features import UNKNOWN_WORD, WordFeatures
from seqtool.training.plans import Sequences
from seqtool.training.tag.batches import TagBatch, TagPlan, Types
from seqtool.training.tag.recipe import (
    LexiconSettings,
    TagDataSettings,
    TagTrainingSettings,
    TagVectorSettings,
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


@pytest.fixture(scope="module")
def first(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained tagger of names."""
    output = tmp_path_factory.mktemp("first") / "names"
    train(recipe_of(), output, folder)
    return output


# -- words, vectors, lists -------------------------------------------------------------------------


@pytest.mark.parametrize("frozen", [True, False])
def test_vectors_from_a_file(folder: Path, tmp_path: Path, frozen: bool) -> None:
    chance = np.random.default_rng(0)
    words = {word: chance.normal(size=8).round(3) for word in ("we", "met", "saw", "elsewhere", "monday")}
    lines = [f"{word} {' '.join(map(str, vector))}\n" for word, vector in words.items()]
    for file in ("names.conll", "names-dev.conll"):
        (tmp_path / file).write_bytes((folder / file).read_bytes())
    (tmp_path / "v.txt").write_text("".join(lines))
    recipe = recipe_of(
        epochs=1.0,
        storage="float32",
        weight_decay=0.0,
        more={"vectors": TagVectorSettings(file="v.txt", frozen=frozen)},
    )
    train(recipe, tmp_path / "m", tmp_path)
    opened = open_folder(tmp_path / "m")
    shape = TaggerShape.from_table(opened.table("network"))
    table = load_tagger(opened.path, shape, None).embedding.table.weight.detach().numpy()
    reader = Engine(opened).reader
    # A frozen table learns no new words; else those that are common enough have rows behind the file's.
    assert list(reader.words[:5]) == list(words)
    assert (len(reader.words) == 5) is frozen
    for word, vector in words.items():
        found = table[reader.id(word)]
        cosine = found @ vector / np.linalg.norm(found) / np.linalg.norm(vector)
        moved = not frozen and word != "elsewhere"
        assert bool(cosine < 1 - 1e-6) is moved and cosine > 0.9, (word, cosine)
    if frozen:
        interrupted(recipe, tmp_path / "again", tmp_path, [3], 0.0)
        assert same_files(tmp_path / "again", tmp_path / "m")


@pytest.mark.parametrize("listed", [True, False])
def test_lists_of_names(tmp_path: Path, listed: bool) -> None:
    """Words that nothing else tells apart: that one stands in a list does."""
    chance = random.Random(3)
    every = list(dict.fromkeys(stem(chance) + stem(chance) for _ in range(900)))
    places = every[::2]
    for file, here in (("train", every[:450]), ("dev", every[450:])):
        rows: Rows = []
        for start in range(0, len(here) - 5, 5):
            tokens = ["in", *here[start : start + 5]]
            rows.append((tokens, ["B-place" if token in places else "O" for token in tokens]))
        write(tmp_path / f"{file}.conll", rows)
    (tmp_path / "places.tsv").write_text(
        "number\tname\n" + "".join(f"{n}\t{word.title()}\n" for n, word in enumerate(places))
    )
    lists = (LexiconSettings("places.tsv", "places", column=2),) if listed else ()
    recipe = recipe_of("train", "dev", network={"character_encoder": "none"}, more={"lexicon": lists}, epochs=8.0)
    result = train(recipe, tmp_path / "m", tmp_path)
    if not listed:
        assert result["score"] < 0.7
        return
    assert result["score_as_stored"] > 0.95
    manifest, problems = verify(tmp_path / "m")
    assert problems == [] and manifest is not None
    assert manifest["lexicon"]["lists"] == ["places"] and manifest["lexicon"]["file"] in manifest["files"]
    continued = train(replace(recipe_of("train", "dev", **STILL), init=str(tmp_path / "m")), tmp_path / "n", tmp_path)
    assert continued["score"] == pytest.approx(result["score_as_stored"], abs=1e-12)


# -- what is not annotated -------------------------------------------------------------------------


@pytest.mark.parametrize("crf", [True, False])
def test_two_sources_that_each_lack_a_label(folder: Path, tmp_path: Path, crf: bool) -> None:
    """One annotates persons and places, one times: the model learns them all, where each says what it lacks."""
    write(tmp_path / "one.conll", named(80, 11, ["person", "place"]))
    write(tmp_path / "two.conll", named(80, 12, ["time"]))
    write(tmp_path / "names-dev.conll", named(40, 2))
    dev = TagDataSettings("names-dev.conll", split="dev")

    def f1(missing: bool) -> float:
        data = (
            TagDataSettings("one.conll", split="train", missing=("time",) if missing else ()),
            TagDataSettings("two.conll", split="train", missing=("person", "place") if missing else ()),
            dev,
        )
        recipe = recipe_of(network={"crf": crf}, more={"data": data}, epochs=8.0)
        result = train(recipe, tmp_path / f"m{missing}", tmp_path)
        assert open_folder(tmp_path / f"m{missing}").manifest["labels"] == ["person", "place", "time"]
        return float(result["score_as_stored"])

    said, unsaid = f1(True), f1(False)
    assert said > 0.9
    assert unsaid < said - 0.1


def test_a_dev_set_that_lacks_a_label_does_not_judge_it(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "names.conll", named(60, 1))
    write(tmp_path / "names-dev.conll", named(40, 2, ["person", "place"]))
    scores = []
    for missing in ((), ("time",)):
        data = (
            TagDataSettings("names.conll", split="train"),
            TagDataSettings("names-dev.conll", split="dev", missing=missing),
        )
        scores.append(train(recipe_of(more={"data": data}), tmp_path / f"m{len(missing)}", tmp_path)["score_as_stored"])
    assert scores[1] > 0.9 and scores[0] < scores[1] - 0.1


@pytest.mark.parametrize("kind", ["names", "labels"])
def test_a_label_that_dev_alone_has(folder: Path, tmp_path: Path, kind: str) -> None:
    """It is one of the labels, it counts as missed, and nothing fails."""
    (tmp_path / f"{kind}.conll").write_bytes((folder / f"{kind}.conll").read_bytes())
    rare = (["Quux", "light", "."], ["B-odd", "O", "O"] if kind == "names" else ["ODD", "NOUN", "PUNCT"])
    write(tmp_path / f"{kind}-dev.conll", [*(named if kind == "names" else labelled)(40, 2), rare])
    result = train(recipe_of(kind), tmp_path / "m", tmp_path)
    assert result["score_as_stored"] > 0.85
    assert ("odd" if kind == "names" else "ODD") in open_folder(tmp_path / "m").manifest["labels"]
    [report] = result["dev"].values()
    [row] = [row for row in report["labels"] if row["label"].lower() == "odd"]
    assert (row["count"], row["recall"]) == (1, 0.0)


def test_what_cannot_be_trained_on(folder: Path, tmp_path: Path) -> None:
    for recipe, message in [
        (recipe_of(more={"data": (TagDataSettings("names.conll", split="train"),)}), "choose by"),
        (recipe_of(more={"data": (*files_of("names", "names-dev"), *files_of("labels", "labels-dev"))}), "one of both"),
        (recipe_of(more={"labels": ("person", "place")}), "'time' is in the data but not in labels"),
    ]:
        with pytest.raises(DataError, match=message):
            prepared(recipe, tmp_path / "m", folder)


# -- chance ----------------------------------------------------------------------------------------

WORDS = ["the", "EU", "London", "iPhone", "x1", "the", "zoë", "ß", "."]


def plan_of(**settings: Any) -> TagPlan:
    sentences = [["the", "EU", "."], ["London", "iPhone", "the", "x1"], ["zoë", "the", "ß", "."]] * 40
    counts = {"the": 9, "EU": 1, "London": 1, "iPhone": 2, "x1": 1, "zoë": 1, "ß": 1, ".": 5}
    reader = WordFeatures(
        ["the", "eu", "london", "iphone", "x0", "zoë", "."],
        "".join(sorted(set("".join(map(str.swapcase, WORDS)) + "".join(WORDS)))),
    )
    types = Types(
        list(dict.fromkeys(WORDS)), reader, counts, cases=any(settings.get(k) for k in ("lower", "upper", "title"))
    )
    numbers = [[types.numbers[word] for word in sentence] for sentence in sentences]
    targets = Sequences.of([[0] * len(sentence) for sentence in sentences])
    return TagPlan(
        Sequences.of(numbers),
        np.ones(len(sentences), np.float32),
        batch_size=10,
        batch_tokens=1000,
        max_length=100,
        seed=1,
        types=types,
        targets=targets,
        table=torch.tensor([[True, False]]),
        settings=TagTrainingSettings(**{"singleton_dropout": 0.0, **settings}),
        unknown_id=UNKNOWN_WORD,
    )


def words_of(plan: TagPlan, epochs: int = 3) -> list[list[tuple[str, int]]]:
    """The words of every sentence as they were read, and the numbers of their vectors."""
    assert plan.types is not None
    spelled = {tuple(row[row > 0].tolist()): word for word, row in zip(plan.types.numbers, plan.types.characters)}
    features = {word: tuple(plan.types.features[number].tolist()) for word, number in plan.types.numbers.items()}
    found = []
    for epoch in range(epochs):
        for batch in plan.batches(epoch, plan.rows(epoch)):
            assert isinstance(batch, TagBatch)
            for column, length in enumerate(batch.lengths.tolist()):
                sentence = []
                for step in range(length):
                    place = batch.indices[step, column]
                    letters = batch.characters[:, place]
                    word = spelled[tuple(letters[letters > 0].tolist())]
                    assert features[word] == tuple(batch.features[place].tolist())
                    sentence.append((word, int(batch.ids[step, column])))
                found.append(sentence)
    return found


@pytest.mark.parametrize(("case", "change"), [("lower", str.lower), ("upper", str.upper), ("title", str.capitalize)])
def test_sentences_read_in_another_case(case: str, change: Callable[[str], str]) -> None:
    """Whole sentences, about so many of them; spelling, features and vectors of the words so written."""
    originals = {("the", "EU", "."), ("London", "iPhone", "the", "x1"), ("zoë", "the", "ß", ".")}
    reader = WordFeatures(["the", "eu", "london", "iphone", "x0", "zoë", "."], "")
    every = words_of(plan_of(**{case: 1.0}))
    some = words_of(plan_of(**{case: 0.3}))
    changed = {tuple(map(change, words)) for words in originals}
    assert {tuple(word for word, _ in sentence) for sentence in every} == changed
    assert {tuple(word for word, _ in sentence) for sentence in some} <= originals | changed
    assert all(number == reader.id(word) for sentence in some for word, number in sentence)
    share = sum("EU" not in [w for w, _ in s] and change("EU") in [w for w, _ in s] for s in some) / 120
    if case != "upper":
        assert 0.2 < share < 0.4  # 120 sentences have the word: a standard deviation of 0.04


def test_two_cases_share_the_sentences() -> None:
    found = [tuple(word for word, _ in sentence) for sentence in words_of(plan_of(lower=0.5, upper=0.5), epochs=4)]
    lower = sum(all(word == word.lower() for word in sentence) for sentence in found)
    upper = sum(all(word == word.upper() for word in sentence) for sentence in found)
    assert lower + upper == len(found) and 0.4 < lower / len(found) < 0.6


def test_words_that_stand_once_are_sometimes_unknown() -> None:
    once = {"EU", "London", "x1", "zoë", "ß"}
    reader = WordFeatures(["the", "eu", "london", "iphone", "x0", "zoë", "."], "")
    for share in (0.0, 0.5, 1.0):
        found = [pair for sentence in words_of(plan_of(singleton_dropout=share)) for pair in sentence]
        assert all(number == reader.id(word) for word, number in found if word not in once)
        known = [number != UNKNOWN_WORD for word, number in found if word in once - {"ß"}]
        assert 1 - share - 0.1 < sum(known) / len(known) < 1 - share + 0.1
        assert {word for word, _ in found} == set(WORDS)  # spelling and features stay


def test_where_a_long_sentence_is_cut_anything_is_possible() -> None:
    plan = replace(plan_of(), max_length=2)
    cut = 0
    for batch in plan.batches(0, plan.rows(0)):
        assert isinstance(batch, TagBatch)
        for column, length in enumerate(batch.lengths.tolist()):
            ends = [bool(batch.possible[step, column].all()) for step in (0, length - 1)]
            assert any(ends)  # every sentence is longer than two
            cut += sum(ends)
    assert cut >= 120


def test_chance_has_no_part_in_scoring(folder: Path, tmp_path: Path) -> None:
    """With every dropout high: dev scores repeat, are in the input's case, and are the folder's."""
    recipe = noisy(dropout=0.6, word_dropout=0.9, singleton_dropout=1.0, lower=1.0, upper=0.0, title=0.0, epochs=2.0)
    training = prepared(recipe, tmp_path / "m", folder)
    for _ in training.steps():
        pass
    network = training.trainer.network.eval()
    assert isinstance(network, TaggerNetwork)
    with torch.inference_mode():
        once, twice = training._dev(network), training._dev(network)
    assert once == twice
    dev = training.data.sentences["dev"]
    assert [len(found) for found in once[0]] == [len(sentence.tokens) for sentence in dev]
    shown = {
        token for batch in training._dev_plan.in_order(16) for row in batch.rows for token in dev[row].tokens
    }  # fmt: skip
    assert any(token != token.lower() for token in shown)
    result = training.finish()
    best = max(entry["score"] for entry in training.trainer.progress.history)
    assert result["score"] == pytest.approx(best, abs=1e-12)
    assert scored(tmp_path / "m", folder, "names-dev")["f1"] == pytest.approx(result["score_as_stored"], abs=1e-12)


def test_reading_in_lower_case_helps_with_lower_case(folder: Path, tmp_path: Path) -> None:
    """Names told by their capital alone; half of the sentences are read without."""
    chance = random.Random(4)

    def rows(count: int, lowered: bool) -> Rows:
        found: Rows = []
        for _ in range(count):
            tokens = ["mr", stem(chance).capitalize() + stem(chance), chance.choice(["met", "saw"]), stem(chance)]
            tokens[1:1] = [chance.choice(["the", "a"])] * (chance.random() < 0.3)
            cells = ["B-person" if token[0].isupper() else "O" for token in tokens]
            found.append(([token.lower() for token in tokens] if lowered else tokens, cells))
        return found

    write(tmp_path / "train.conll", rows(60, False))
    write(tmp_path / "dev.conll", rows(60, True))
    scores = {}
    for lower in (0.0, 0.5):
        recipe = recipe_of("train", "dev", network={"character_encoder": "none"}, lower=lower, epochs=10.0)
        scores[lower] = train(recipe, tmp_path / f"m{lower}", tmp_path)["score_as_stored"]
    assert scores[0.5] > 0.9 and scores[0.5] > scores[0.0] + 0.1


def test_sentences_of_nothing_do_no_harm(first: Path) -> None:
    report = evaluate(Engine(open_folder(first)), [Sentence((), ()), Sentence(("Monday",), ("S-time",))])
    assert (report["sentences"], report["tokens"], report["count"]) == (2, 1, 1)

"""Whole trainings of taggers, of a second each: they learn, go on after a kill, start from a model."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import Run as Command
from conftest import records

from seqtool.decoding.schemes import tags
from seqtool.engine.tagger import Tagger as Engine
from seqtool.errors import DataError, OptionError
from seqtool.evaluation.labelled import Sentence
from seqtool.evaluation.tags import evaluate
from seqtool.export.from_onnx import load_tagger
from seqtool.modelfolder.manifest import open_folder
from seqtool.modelfolder.shapes import TaggerSettings, TaggerShape
from seqtool.modelfolder.verify import verify
from seqtool.nn.tagger import TaggerNetwork
from seqtool.tokenization.word_features import UNKNOWN_WORD, WordFeatures
from seqtool.training.plans import Sequences
from seqtool.training.recipe import read_recipe
from seqtool.training.run import Run
from seqtool.training.tag.batches import TagBatch, TagPlan, Types
from seqtool.training.tag.data import load_tag_data
from seqtool.training.tag.recipe import (
    LexiconSettings,
    TagDataSettings,
    TagRecipe,
    TagTrainingSettings,
    TagVectorSettings,
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("data")
    write(place / "names.conll", named(60, 1))
    write(place / "names-dev.conll", named(40, 2))
    write(place / "labels.conll", labelled(60, 1))
    write(place / "labels-dev.conll", labelled(40, 2))
    return place


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
    [answer] = Engine(open_folder(tmp_path / "m")).answers([None], [["mulas", "light", "toked", "light", "."]])
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


# -- from a model ----------------------------------------------------------------------------------

STILL: dict[str, Any] = {"epochs": 0.05, "learning_rate": 1e-9}
SENTENCES = [["we", "met", "Karason", "."], ["May", "1999", ",", "Lokaville"], ["ville"]]


def emissions(folder: Path) -> list[Any]:
    engine = Engine(open_folder(folder))
    return engine.steps.steps(engine.table.numbers(SENTENCES), "emissions")


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

"""seqtool evaluate classify, against sums over what the Python API answers."""

from __future__ import annotations

import csv
import random
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import records
from scipy.stats import binomtest
from sklearn import metrics as reference

import seqtool
from seqtool.modelfolder.write import write_manifest

WORDS = [
    "the",
    "fan",
    "works",
    "like",
    "a",
    "charm",
    "broken",
    "bad",
    "good",
    "café",
    "script",
    "money",
    "worth",
    "coffee",
]


def texts_of(number: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    return list(dict.fromkeys(" ".join(chance.choices(WORDS, k=chance.randint(1, 9))) for _ in range(number)))


def write(path: Path, rows: list[tuple[Any, ...]], header: tuple[str, ...] = ("text", "label")) -> Path:
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def report_of(run: Any, *arguments: Any) -> dict[str, Any]:
    done = run("evaluate", "classify", *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    [report] = records(done.stdout)
    return report


@pytest.fixture(scope="module")
def three(make_model: Callable[..., Path]) -> Path:
    """A random network whose answers differ: an untrained one's output layer decides among near ties."""
    return make_model(labels=("a", "b", "c"), seed=3, hidden_size=40, pooling=("last",), name="three")


def answers(model: Path, texts: list[str]) -> list[dict[str, Any]]:
    return list(seqtool.load(str(model))(texts, scores=True, precision=17))


def truth(number: int, seed: int, labels: str = "abc") -> list[str]:
    return random.Random(seed).choices(labels, k=number)


def test_scores_of_single_labels(run: Any, three: Path, tmp_path: Path) -> None:
    texts = texts_of(150, 0)
    right = truth(len(texts), 1)
    report = report_of(run, "-m", three, write(tmp_path / "r.csv", list(zip(texts, right))))
    answered = [row["label"] for row in answers(three, texts)]
    assert (report["model"], report["version"], report["seqtool"]) == ("three", "1", seqtool.__version__)
    assert report["rows"] == len(texts)
    assert report["accuracy"] == pytest.approx(reference.accuracy_score(right, answered), abs=1e-4)
    assert report["balanced_accuracy"] == pytest.approx(
        reference.recall_score(right, answered, average="macro", zero_division=0), abs=1e-4
    )
    assert report["macro_f1"] == pytest.approx(
        reference.f1_score(right, answered, average="macro", zero_division=0), abs=1e-4
    )
    assert report["confusion"] == reference.confusion_matrix(right, answered, labels=list("abc")).tolist()
    assert [row["label"] for row in report["labels"]] == list("abc")
    assert [row["count"] for row in report["labels"]] == [right.count(label) for label in "abc"]
    low, high = report["accuracy_interval"]
    assert 0 <= low < report["accuracy"] < high <= 1


def test_the_same_at_any_speed(run: Any, three: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", list(zip(texts_of(60, 0), truth(60, 1))))
    first = report_of(run, "-m", three, path)
    assert report_of(run, "-m", three, path, "--threads", "2", "--batch-size", "3") == first


def test_among(run: Any, three: Path, tmp_path: Path) -> None:
    """Only rows of these labels, answered by the better of them."""
    texts = texts_of(80, 4)
    right = truth(len(texts), 5)
    path = write(tmp_path / "r.csv", list(zip(texts, right)))
    report = report_of(run, "-m", three, path, "--among", "c,a")
    kept = [(label, row["scores"]) for label, row in zip(right, answers(three, texts)) if label != "b"]
    hits = [label == max("ca", key=scores.__getitem__) for label, scores in kept]
    assert report["rows"] == len(kept)
    assert report["accuracy"] == pytest.approx(sum(hits) / len(hits), abs=1e-4)
    done = run("evaluate", "classify", "-m", three, path, "--among", "a,d")
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1 and b"no such label" in done.stderr


def test_compare(run: Any, three: Path, make_model: Callable[..., Path], tmp_path: Path) -> None:
    other = make_model(labels=("a", "b", "c"), seed=11, hidden_size=40, pooling=("max",), name="other")
    texts = texts_of(120, 6)
    right = truth(len(texts), 7)
    path = write(tmp_path / "r.csv", list(zip(texts, right)))
    compared = report_of(run, "-m", three, path, "--compare", other)["compared"]
    hits = [[row["label"] == label for row, label in zip(answers(model, texts), right)] for model in (three, other)]
    first = sum(a and not b for a, b in zip(*hits))
    second = sum(b and not a for a, b in zip(*hits))
    assert compared["model"] == "other"
    assert compared["accuracy"] == pytest.approx(sum(hits[1]) / len(texts), abs=1e-4)
    assert (compared["only_first_right"], compared["only_second_right"]) == (first, second)
    assert first + second > 0
    assert compared["p_value"] == pytest.approx(binomtest(first, first + second).pvalue, abs=1e-4)


def test_compare_among(run: Any, three: Path, make_model: Callable[..., Path], tmp_path: Path) -> None:
    """The test is of the same rows and answers as the accuracies beside it."""
    other = make_model(labels=("a", "b", "c"), seed=11, hidden_size=40, pooling=("max",), name="other")
    texts = texts_of(120, 6)
    right = truth(len(texts), 7)
    path = write(tmp_path / "r.csv", list(zip(texts, right)))
    report = report_of(run, "-m", three, path, "--compare", other, "--among", "a,b")
    compared = report["compared"]
    gap = (compared["only_first_right"] - compared["only_second_right"]) / report["rows"]
    assert report["accuracy"] - compared["accuracy"] == pytest.approx(gap, abs=2e-4)


def test_errors_are_the_wrong_rows_the_most_confident_first(run: Any, three: Path, tmp_path: Path) -> None:
    texts = texts_of(80, 8)
    right = truth(len(texts), 9)
    path = write(tmp_path / "r.csv", list(zip(texts, right)))
    report_of(run, "-m", three, path, "--errors", tmp_path / "wrong.jsonl")
    wrong = records((tmp_path / "wrong.jsonl").read_bytes())
    expected = [
        {"text": row["text"], "right": label, "label": row["label"], "score": round(row["score"], 4)}
        for label, row in zip(right, answers(three, texts))
        if label != row["label"]
    ]
    assert wrong
    assert sorted(wrong, key=lambda row: row["text"]) == sorted(expected, key=lambda row: row["text"])
    scores = [row["score"] for row in wrong]
    assert scores == sorted(scores, reverse=True)


def test_ratings_in_groups(run: Any, tiny_model: Path, tmp_path: Path) -> None:
    texts = texts_of(80, 10)
    right = truth(len(texts), 11, "12345")
    report = report_of(run, "-m", tiny_model, write(tmp_path / "r.csv", list(zip(texts, right))))
    found = answers(tiny_model, texts)
    group = {"1": "negative", "2": "negative", "3": "neutral", "4": "positive", "5": "positive"}
    hits = [row["label"] == group[label] for row, label in zip(found, right)]
    assert report["accuracy"] == pytest.approx(sum(hits) / len(hits), abs=1e-4)
    assert [row["label"] for row in report["labels"]] == ["negative", "neutral", "positive"]
    stars = [row["stars"] for row in found]
    expected = reference.mean_absolute_error([int(label) for label in right], stars)
    assert report["stars"]["mean_absolute_error"] == pytest.approx(expected, abs=1e-4)
    exact = sum(int(label) == star for label, star in zip(right, stars)) / len(stars)
    assert report["stars"]["accuracy"] == pytest.approx(exact, abs=1e-4)


def test_a_median_decision_counts_everywhere(run: Any, make_model: Callable[..., Path], tmp_path: Path) -> None:
    """A rating without groups answers its median: accuracy, --errors and --compare are of that answer."""
    made = make_model(kind="rating", labels=("1", "2", "3"), seed=3, hidden_size=40, pooling=("last",), name="median")
    model = Path(shutil.copytree(made, tmp_path / "median"))
    manifest = tomllib.loads((model / "model.toml").read_text())
    manifest["answer"]["decision"] = "median"
    write_manifest(
        model, {name: value for name, value in manifest.items() if name not in ("checksum", "files", "format")}
    )
    texts = texts_of(80, 17)
    right = truth(len(texts), 18, "123")
    path = write(tmp_path / "r.csv", list(zip(texts, right)))
    report = report_of(run, "-m", model, path, "--errors", tmp_path / "wrong.jsonl", "--compare", made)
    found = answers(model, texts)
    likeliest = answers(made, texts)
    assert [row["label"] for row in found] != [row["label"] for row in likeliest]
    hits = [row["label"] == label for row, label in zip(found, right)]
    assert report["accuracy"] == pytest.approx(sum(hits) / len(hits), abs=1e-4)
    wrong = records((tmp_path / "wrong.jsonl").read_bytes())
    assert sorted(row["text"] for row in wrong) == sorted(text for text, hit in zip(texts, hits) if not hit)
    other = [row["label"] == label for row, label in zip(likeliest, right)]
    assert report["compared"]["only_first_right"] == sum(a and not b for a, b in zip(hits, other))


def test_rows_labelled_by_group(run: Any, tiny_model: Path, tmp_path: Path) -> None:
    texts = texts_of(30, 12)
    right = [random.Random(text).choice(["good", "bad"]) for text in texts]
    path = write(tmp_path / "r.csv", [(label, text) for text, label in zip(texts, right)], ("mood", "body"))
    names = ("--text-column", "body", "--label-column", "mood", "--label", "good=positive", "--label", "bad=negative")
    report = report_of(run, "-m", tiny_model, path, *names)
    ours = {"good": "positive", "bad": "negative"}
    hits = [row["label"] == ours[label] for row, label in zip(answers(tiny_model, texts), right)]
    assert report["accuracy"] == pytest.approx(sum(hits) / len(hits), abs=1e-4)
    assert "stars" not in report


def test_several_labels(run: Any, make_model: Callable[..., Path], tmp_path: Path) -> None:
    model = make_model(kind="multiple", labels=("x", "y", "z"), name="several")
    texts = texts_of(60, 13)
    chance = random.Random(14)
    right = [sorted(label for label in "xyz" if chance.random() < 0.5) for _ in texts]
    path = write(tmp_path / "r.csv", [(text, "|".join(labels)) for text, labels in zip(texts, right)])
    report = report_of(run, "-m", model, path, "--label-separator", "|")
    chosen = [row["label"] for row in answers(model, texts)]
    exact = sum(set(a) == set(b) for a, b in zip(chosen, right)) / len(texts)
    assert report["exact_match"] == pytest.approx(exact, abs=1e-4)
    both = [[[label in row for label in "xyz"] for row in part] for part in (right, chosen)]
    assert report["micro_f1"] == pytest.approx(reference.f1_score(*both, average="micro", zero_division=0), abs=1e-4)


def test_the_rows_that_a_recipe_holds_out(run: Any, three: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name, seed in (("one", 15), ("two", 16)):
        texts = texts_of(60, seed)
        write(data / f"{name}.csv", list(zip(texts, truth(len(texts), seed + 5))))
    (tmp_path / "recipe.toml").write_text(
        'labels = ["a", "b", "c"]\n[[data]]\nfile = "one.csv"\ndev = 0.3\ntest = 0.3\n'
        '[[data]]\nfile = "two.csv"\nsplit = "test"\n[[data]]\nfile = "two.csv"\nname = "again"\nsplit = "train"\n'
    )
    base = ("evaluate", "classify", "-m", three, "--recipe", tmp_path / "recipe.toml", "--data", data)

    def sizes(*more: str) -> dict[str, int]:
        done = run(*base, *more)
        assert done.returncode == 0, done.stderr
        return {report["source"]: report["rows"] for report in records(done.stdout)}

    test, dev = sizes(), sizes("--split", "dev")
    assert test["two"] == len(texts_of(60, 16))
    assert set(dev) == {"one"}
    every = sizes("--split", "all")
    # What two.csv trains on stands in its own test rows: taken out.
    assert "again" not in every
    assert every["one"] > test["one"] + dev["one"] > 0
    assert sizes("--source", "one") == {"one": test["one"]}
    done = run(*base, "--source", "onee")
    assert done.returncode == 2 and b"'one'" in done.stderr and done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        ([("x", "d")], [], ["'d' is none of the model's"]),
        ([("", "a"), ("  ", "b")], [], ["no row"]),
        ([("x", "a")], ["--label", "a"], ["THEIRS=OURS"]),
        ([("x", "a")], ["--text-column", "txt"], ["no column 'txt'", "'text'"]),
        ([("x", "a")], ["--recipe", "r.toml"], ["--recipe"]),
    ],
)
def test_what_cannot_be_scored(
    run: Any, three: Path, tmp_path: Path, rows: list[tuple[str, str]], options: list[str], words: list[str]
) -> None:
    done = run("evaluate", "classify", "-m", three, write(tmp_path / "r.csv", rows), *options)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1
    for word in words:
        assert word in done.stderr.decode()


def test_a_missing_file_and_no_file(run: Any, three: Path) -> None:
    for arguments in (["no.csv"], []):
        done = run("evaluate", "classify", "-m", three, *arguments)
        assert done.returncode == 2 and done.stderr.count(b"\n") == 1

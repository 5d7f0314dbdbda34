"""seqtool evaluate vectors: gensim's own scores of the same vectors, to the last digit."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CAPITALS, NOUNS, VECTOR_WORDS, Run, gensim_vectors, records, rows_of, vector_rows

from seqtool.errors import DataError, InputError
from seqtool.evaluation.word_vectors import read_analogies, read_pairs, score_analogies, score_pairs
from seqtool.modelfolder.manifest import open_folder
from seqtool.vectors.store import Vectors

STORAGES = ("float32", "float16", "int8")


def questions_of(pairs: list[tuple[str, str]]) -> list[str]:
    return [f"{a} {b} {c} {d}" for a, b in pairs for c, d in pairs if a != c]


def analogies() -> str:
    """Sections that are partly right; words in other cases, unknown ones, one that is its own answer."""
    chance = random.Random(5)
    others = [" ".join(chance.sample(VECTOR_WORDS, 4)) for _ in range(60)]
    sections = {
        "capitals": questions_of(CAPITALS),
        "family": [line.upper() if number % 3 else line for number, line in enumerate(questions_of(NOUNS))],
        "chance": [*others, "Turkey turkey Paris Rome", "turkey Paris TURKEY Rome", "king king queen queen"],
        "unknown": ["king queen zebra lion", "what is this thing"],
        "empty": [],
    }
    return "".join(f": {name}\n" + "".join(line + "\n" for line in lines) for name, lines in sections.items())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("questions")
    (place / "analogies.txt").write_text(analogies(), encoding="utf-8")
    chance = random.Random(6)
    lines = ["# made up", "word one\tword two\tscore"]
    for _ in range(80):
        first, second = chance.sample(VECTOR_WORDS, 2)
        lines.append(f"{first.upper() if chance.random() < 0.3 else first}\t{second}\t{chance.randrange(20) / 2}")
    # One pair of a word with itself: between two of them float32 rounding would decide.
    lines += ["king\tzebra\t3.5", "lion\tzebra\t9", "turkey\tParis\t1", "king\tking\t10"]
    (place / "pairs.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("vocabulary", [0, 100, 30, 6])
def test_analogies_against_gensim(tiny_vectors: dict[str, Path], files: Path, storage: str, vocabulary: int) -> None:
    report = score_analogies(
        Vectors(open_folder(tiny_vectors[storage])), files / "analogies.txt", vocabulary=vocabulary
    )
    reference = gensim_vectors(VECTOR_WORDS, rows_of(tiny_vectors[storage]))
    score, sections = reference.evaluate_word_analogies(
        str(files / "analogies.txt"), restrict_vocab=vocabulary or 300000
    )
    total = sections.pop()
    assert report["accuracy"] == score if total["correct"] + total["incorrect"] else report["accuracy"] is None
    assert list(report["sections"]) == [section["section"] for section in sections]
    for section, own in zip(sections, report["sections"].values()):
        right, wrong = len(section["correct"]), len(section["incorrect"])
        assert (own["right"], own["asked"]) == (right, right + wrong)
        assert own["accuracy"] == (right / (right + wrong) if right + wrong else None)
    assert report["vocabulary"] == (vocabulary or len(VECTOR_WORDS))
    if not vocabulary:
        assert 0 < report["right"] < report["asked"] < report["questions"]
        assert report["questions"] == sum(line[0] != ":" for line in analogies().splitlines())
        assert report["coverage"] == report["asked"] / report["questions"]
        assert report["sections"]["unknown"] == {
            "questions": 2,
            "asked": 0,
            "right": 0,
            "accuracy": None,
            "coverage": 0,
        }
        assert report["sections"]["empty"]["coverage"] is None


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("vocabulary", [0, 150])
def test_similarities_against_gensim(tiny_vectors: dict[str, Path], files: Path, storage: str, vocabulary: int) -> None:
    report = score_pairs(Vectors(open_folder(tiny_vectors[storage])), files / "pairs.tsv", vocabulary=vocabulary)
    reference = gensim_vectors(VECTOR_WORDS, rows_of(tiny_vectors[storage]))
    pearson, spearman, unknown = reference.evaluate_word_pairs(
        str(files / "pairs.tsv"), restrict_vocab=vocabulary or 300000
    )
    assert report["spearman"] == pytest.approx(float(spearman.statistic), abs=1e-14)
    assert report["pearson"] == pytest.approx(float(pearson.statistic), abs=1e-6)  # its cosines are float32
    assert 100 * (1 - report["coverage"]) == pytest.approx(unknown, abs=1e-9)
    assert report["pairs"] == 84 and report["known"] == round(report["coverage"] * 84)
    assert vocabulary or report["known"] == 82


def test_products_by_the_formula(tiny_vectors: dict[str, Path], files: Path) -> None:
    """gensim's evaluation cannot ask for 3CosMul; its scores of all words can."""
    vectors = Vectors(open_folder(tiny_vectors["float32"]))
    report = score_analogies(vectors, files / "analogies.txt", vocabulary=0, method="mul")
    units = rows_of(tiny_vectors["float32"]).astype(np.float64)
    units /= np.linalg.norm(units, axis=1)[:, None]
    right = 0
    for line in questions_of(CAPITALS):
        a, b, c, d = (VECTOR_WORDS.index(word) for word in line.split())
        shifted = (1 + units @ units.T) / 2
        scores = shifted[b] * shifted[c] / (shifted[a] + 1e-6)
        scores[[a, b, c]] = -1
        right += int(scores.argmax()) == d
    assert report["sections"]["capitals"]["right"] == right > 0 and report["method"] == "mul"


def test_of_two_spellings_the_commoner_counts(make_vectors: Callable[..., Path], tmp_path: Path) -> None:
    names = ["Turkey", "turkey", "Ankara", "rome", "ROME", "Italy"]
    rows = vector_rows(names)
    folder = make_vectors(names, rows, storage="float32")
    (tmp_path / "pairs.tsv").write_text("turkey\tankara\t5\nROME\titaly\t7\nankara\titaly\t1\n")
    report = score_pairs(Vectors(open_folder(folder)), tmp_path / "pairs.tsv")
    _, spearman, _ = gensim_vectors(names, rows).evaluate_word_pairs(str(tmp_path / "pairs.tsv"))
    assert report["known"] == 3 and report["spearman"] == pytest.approx(float(spearman.statistic), abs=1e-14)


@pytest.mark.parametrize("mark", ["\t", ",", " ", "  "])
def test_pairs_in_other_forms(tmp_path: Path, mark: str) -> None:
    lines = [
        "Word 1,Word 2,Human (mean)" if mark == "," else "# a comment",
        f"tiger{mark}cat{mark}7.35",
        "",
        f"king{mark}queen{mark}8",
    ]
    (tmp_path / "pairs").write_text("\r\n".join(lines))
    assert read_pairs(tmp_path / "pairs") == [("tiger", "cat", 7.35), ("king", "queen", 8)]


def test_analogies_in_other_forms(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbf: one\r\na b c d\r\n\r\n: two\na  b\tc d\n: one\ne f g h\n: none")
    assert read_analogies(tmp_path / "a") == {"one": [list("abcd"), list("efgh")], "two": [list("abcd")], "none": []}
    (tmp_path / "b").write_text("a b c d\n: one\ne f g h\n")
    assert read_analogies(tmp_path / "b") == {"": [list("abcd")], "one": [list("efgh")]}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no questions"),
        (b": one\n", "no questions"),
        (b": one\na b c\n", ":2:"),
        (b"a b c d e\n", ":1:"),
        (b"\xff", "UTF-8"),
    ],
)
def test_files_that_are_no_analogies(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "file").write_bytes(data)
    with pytest.raises((DataError, InputError)) as caught:
        read_analogies(tmp_path / "file")
    assert str(caught.value).startswith(str(tmp_path / "file")) and said in str(caught.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no pairs"),
        (b"a b\n", "no pairs"),
        (b"a\tb\t1\na\tb\n", ":2:"),
        (b"a,b,1\nc,d,e\n", ":2:"),
        (b"\xff\n", "UTF-8"),
        (b"a b nan\n", ""),
    ],
)
def test_files_that_are_no_pairs(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "file").write_bytes(data)
    with pytest.raises((DataError, InputError)) as caught:
        read_pairs(tmp_path / "file")
    assert str(caught.value).startswith(str(tmp_path / "file")) and said in str(caught.value)


def test_the_command(run: Run, tiny_vectors: dict[str, Path], files: Path) -> None:
    model = tiny_vectors["int8"]
    both = ["--analogies", files / "analogies.txt", "--similarity", files / "pairs.tsv"]
    result = run("evaluate", "vectors", "-m", model, *both)
    assert (result.returncode, result.stderr) == (0, b"")
    first, second = records(result.stdout)
    vectors = Vectors(open_folder(model))

    def rounded(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: rounded(member) for name, member in value.items()}
        return round(value, 4) if isinstance(value, float) else value

    assert first == rounded(score_analogies(vectors, files / "analogies.txt", vocabulary=0))
    assert second == rounded(score_pairs(vectors, files / "pairs.tsv"))
    assert first["file"] == "analogies.txt" and second["file"] == "pairs.tsv"
    assert run("evaluate", "vectors", "-m", model, *both, "--threads", "1").stdout == result.stdout
    [small] = records(
        run("evaluate", "vectors", "-m", model, "--vocabulary", "30", *both[:2], "--method", "mul").stdout
    )
    assert small["vocabulary"] == 30 and small["method"] == "mul" and small["coverage"] < first["coverage"]
    table = run("evaluate", "vectors", "-m", model, *both, "--format", "table").stdout.decode()
    shown = next(line for line in table.splitlines() if "family" in line).split()
    family = first["sections"]["family"]
    assert shown[1:4] == [str(family[key]) for key in ("right", "asked", "questions")]
    assert f"{second['spearman']:.4f}" in table and "82 of 84" in table


def test_what_cannot_start(
    refused: Callable[..., str], tiny_vectors: dict[str, Path], tiny_model: Path, files: Path
) -> None:
    model = tiny_vectors["int8"]
    for arguments, said in (
        (["-m", model], "--analogies"),
        (["-m", model, "--analogies", "missing.txt"], "missing.txt"),
        (["-m", model, "--analogies", files], "is a folder"),
        (["-m", model, "--similarity", files / "analogies.txt"], "analogies.txt"),
        (["-m", model, "--analogies", files / "pairs.tsv"], "pairs.tsv"),
        (["-m", "./none", "--analogies", files / "analogies.txt"], "none"),
        (["-m", tiny_model, "--analogies", files / "analogies.txt"], "not for vectors; models for vectors: words-en"),
    ):
        assert said in refused("evaluate", "vectors", *arguments)


def test_no_number_that_json_lacks(run: Run, make_vectors: Callable[..., Path], tmp_path: Path) -> None:
    folder = make_vectors(["a", "b", "c"], np.ones((3, 2), np.float32))
    for text in ("a\tb\t1\nb\tc\t2\n", "x\ty\t1\n"):
        (tmp_path / "pairs.tsv").write_text(text)
        [report] = records(run("evaluate", "vectors", "-m", folder, "--similarity", "pairs.tsv").stdout)
        assert report["spearman"] is None and json.dumps(report)

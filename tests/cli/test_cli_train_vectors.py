"""seqtool train vectors: from text in a file, packed, or in a pipe to a folder that the other commands use."""

from __future__ import annotations

import gzip
import json
import lzma
import os
import random
import signal
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SEQTOOL, Run, records, rows_of
from gensim.models import FastText
from processes import size, wait_until

from seqtool.modelfolder.manifest import open_folder
from seqtool.vectors.store import Vectors

pytestmark = pytest.mark.slow

TOPICS = ["river stone water fish boat", "king queen crown castle prince", "bread butter cheese café jam"]
OPTIONS = [
    "--size",
    "12",
    "--minimum-count",
    "2",
    "--epochs",
    "2",
    "--window",
    "3",
    "--sample",
    "0.01",
    "--threads",
    "1",
]


def text_of(number: int = 150) -> str:
    chance = random.Random(2)
    return "".join(
        " ".join(chance.choices(chance.choice(TOPICS).split(), k=chance.randrange(4, 12))) + "\n" for _ in range(number)
    )


TEXT = text_of()


def matrix(folder: Path) -> bytes:
    return (folder / "vectors.npy").read_bytes()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "text.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path / "text.txt"


def test_from_a_file_from_packed_ones_and_from_a_pipe(run: Run, corpus: Path, tmp_path: Path) -> None:
    result = run("train", "vectors", "text.txt", *OPTIONS, "-o", "mine", "--log", "log.jsonl")
    assert (result.returncode, result.stderr) == (0, b"")
    [told] = records(result.stdout)
    assert (
        told["words"] == 15
        and told["size"] == 12
        and told["model"] == "mine"
        and told["corpus_words"] == len(TEXT.split())
    )
    assert run("models", "verify", "./mine").returncode == 0
    vectors = Vectors(open_folder(tmp_path / "mine"))
    assert sorted(vectors.words) == sorted(" ".join(TOPICS).split()) and vectors.unit and vectors.lowercase
    np.testing.assert_allclose(np.linalg.norm(rows_of(tmp_path / "mine"), axis=1), 1, atol=1e-3)  # float16
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [entry["epoch"] for entry in log] == [1, 2] and all(entry["time"] > 0 for entry in log)
    assert sorted(os.listdir(tmp_path)) == ["log.jsonl", "mine", "text.txt"]

    wanted = matrix(tmp_path / "mine")
    half = TEXT.index("\n", len(TEXT) // 2) + 1
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(TEXT[:half].encode()))
    (tmp_path / "b.xz").write_bytes(lzma.compress(TEXT[half:].encode()))
    for name, arguments, stdin in (("packed", ["a.txt.gz", "b.xz"], ""), ("pipe", [], TEXT)):
        assert run("train", "vectors", *arguments, *OPTIONS, "-o", name, stdin=stdin).returncode == 0
        assert matrix(tmp_path / name) == wanted
    again = run("train", "vectors", "text.txt", *OPTIONS, "--seed", "2", "-o", "other", "--log", "log.jsonl")
    assert again.returncode == 0 and matrix(tmp_path / "other") != wanted
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 4  # a log grows


def test_a_folder_for_the_other_commands(run: Run, corpus: Path) -> None:
    assert run("train", "vectors", "text.txt", *OPTIONS, "--storage", "int8", "-o", "mine").returncode == 0
    [record] = records(run("analogy", "-m", "./mine", "KING", "--top", "3").stdout)
    assert len(record["answers"]) == 3
    [record] = records(run("embed", "-m", "./mine", "--method", "sif", stdin="The king and café\n").stdout)
    assert record["unknown"] == 2 and len(record["vector"]) == 12
    assert run("vectors", "export", "./mine").stdout.startswith(b"15 12\n")


def test_options_are_in_the_recipe_which_gives_the_same(run: Run, corpus: Path, tmp_path: Path) -> None:
    options = [
        *OPTIONS,
        "--method",
        "cbow",
        "--negative",
        "3",
        "--seed",
        "9",
        "--words",
        "10",
        "--cased",
        "--licence",
        "CC0",
        "--language",
        "en",
    ]
    assert run("train", "vectors", "text.txt", *options, "-o", "mine").returncode == 0
    recipe = tomllib.loads((tmp_path / "mine/recipe.toml").read_text(encoding="utf-8"))
    assert recipe["lowercase"] is False and recipe["words"] == 10 and recipe["corpus"][0]["file"] == "text.txt"
    wanted = {
        "method": "cbow",
        "size": 12,
        "window": 3,
        "negative": 3,
        "minimum_count": 2,
        "sample": 0.01,
        "epochs": 2,
        "seed": 9,
    }
    assert {key: recipe["run"][0][key] for key in wanted} == wanted
    manifest = open_folder(tmp_path / "mine").manifest
    assert (
        manifest["licence"] == "CC0" and manifest["languages"] == ["en"] and manifest["vectors"]["lowercase"] is False
    )
    result = run("train", "--recipe", "mine/recipe.toml", "--data", ".", "--threads", "1", "-o", "again")
    assert result.returncode == 0, result.stderr
    assert matrix(tmp_path / "again") == matrix(tmp_path / "mine")


def test_subwords_give_unknown_words_vectors(run: Run, corpus: Path, tmp_path: Path) -> None:
    assert (
        run("train", "vectors", "text.txt", *OPTIONS, "--subwords", "--storage", "float32", "-o", "mine").returncode
        == 0
    )
    reference = FastText(
        [line.split() for line in TEXT.splitlines()],
        vector_size=12, min_count=2, epochs=2, window=3, sample=0.01, sg=1, negative=5, workers=1, seed=1,
        min_n=3, max_n=6, bucket=100_000,
    ).wv  # fmt: skip
    found = records(run("embed", "-m", "./mine", "--precision", "7", stdin="kingdom\nRiverbank\nking\n").stdout)
    for record in found:
        wanted: Any = reference.get_vector(record["text"].lower())
        np.testing.assert_allclose(record["vector"], wanted, atol=1e-6)
        assert record["unknown"] == 0


def test_phrases_and_capitals(run: Run, tmp_path: Path) -> None:
    lines = [f"u{n} v{n} w{n} New York x{n} y{n} z{n}" for n in range(60)]
    (tmp_path / "text.txt").write_text("\n".join(lines) + "\n")
    assert run("train", "vectors", "text.txt", *OPTIONS, "--phrases", "1", "-o", "mine").returncode == 0
    assert "new_york" in Vectors(open_folder(tmp_path / "mine")).words
    [record] = records(run("analogy", "-m", "./mine", "New York", "new_york").stdout)
    assert record["similarity"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["text.txt", "--minimum-count", "1000", "-o", "mine"], "--minimum-count"),
        (["-o", "mine"], "no words"),
        (["text.txt"], "-o DIR"),
        (["missing.txt", "-o", "mine"], "missing.txt"),
        (["folder", "-o", "mine"], "folder"),
        (["text.txt", "-o", "folder"], "--force"),
        (["text.txt", "-o", "no/such"], "no such folder"),
        (["text.txt", "-o", "mine", "--log", "no/such"], "no/such"),
        (["text.txt", "-o", "mine", "--size", "0"], "--size"),
        (["text.txt", "-o", "mine", "--method", "glove"], "skip-gram"),
        (["text.txt", "-o", "mine", "--encoding", "utf9"], "utf9"),
        (["cut.gz", "-o", "mine"], "cut.gz"),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, list) else "",
)
def test_what_cannot_start(
    refused: Callable[..., str], corpus: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "cut.gz").write_bytes(gzip.compress(TEXT.encode())[:-20])
    assert said in refused("train", "vectors", *arguments)
    assert sorted(os.listdir(tmp_path)) == ["cut.gz", "folder", "text.txt"]


def test_an_interrupted_training_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text(TEXT * 20, encoding="utf-8")
    command = [
        *SEQTOOL,
        "train",
        "vectors",
        "text.txt",
        "--epochs",
        "5000",
        "--threads",
        "1",
        "-o",
        "mine",
        "--log",
        "log",
    ]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: size(tmp_path / "log") > 0, process)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT and output == b"" and b"Traceback" not in errors
    assert sorted(os.listdir(tmp_path)) == ["log", "text.txt"]

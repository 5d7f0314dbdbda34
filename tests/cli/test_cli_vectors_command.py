"""seqtool vectors import and export: files of other programs to folders and back, and what cannot be read."""

from __future__ import annotations

import gzip
import os
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SEQTOOL, VECTOR_WORDS, Run, gensim_vectors, records, rows_of, vector_rows
from gensim.models import KeyedVectors

from seqtool.modelfolder.manifest import open_folder
from seqtool.modelfolder.verify import verify
from seqtool.vectors.store import Vectors

COUNT = len(VECTOR_WORDS)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What gensim writes of the vectors in conftest.py."""
    place = tmp_path_factory.mktemp("saved")
    vectors = gensim_vectors(VECTOR_WORDS, vector_rows())
    vectors.save_word2vec_format(str(place / "vectors.txt"))
    vectors.save_word2vec_format(str(place / "vectors.bin"), binary=True)
    text = (place / "vectors.txt").read_bytes()
    (place / "glove.txt").write_bytes(text.split(b"\n", 1)[1])
    (place / "fasttext.vec").write_bytes(text.replace(b"\n", b" \n").replace(b" \n", b"\n", 1))
    (place / "vectors.txt.gz").write_bytes(gzip.compress(text))
    return place


@pytest.mark.parametrize("name", ["vectors.txt", "vectors.bin", "glove.txt", "fasttext.vec", "vectors.txt.gz"])
def test_there_and_back(run: Run, saved: Path, tmp_path: Path, name: str) -> None:
    result = run("vectors", "import", saved / name, "--storage", "float32", "-o", "mine")
    assert (result.returncode, result.stderr) == (
        0,
        b"",
    ) and result.stdout.decode() == f"mine: {COUNT} words, 24 dimensions\n"
    vectors = Vectors(open_folder(tmp_path / "mine"))
    assert vectors.words == VECTOR_WORDS and not vectors.lowercase and not vectors.unit and vectors.counts is None
    assert vectors.rows(slice(None)).tobytes() == vector_rows().tobytes() == rows_of(tmp_path / "mine").tobytes()
    assert verify(tmp_path / "mine")[1] == [] and os.listdir(tmp_path) == ["mine"]
    assert name in (tmp_path / "mine/README.md").read_text(encoding="utf-8")
    form = "word2vec-binary" if name == "vectors.bin" else "word2vec"
    if name == "vectors.txt":
        (tmp_path / "back").write_bytes(run("vectors", "export", "./mine").stdout)
    else:
        assert run("vectors", "export", "./mine", "--to", form, "-o", "back").returncode == 0
    back = KeyedVectors.load_word2vec_format(str(tmp_path / "back"), binary=form != "word2vec")
    assert back.index_to_key == VECTOR_WORDS and back.vectors.tobytes() == vector_rows().tobytes()


@pytest.mark.parametrize("form", ["word2vec", "word2vec-binary", "glove", "fasttext"])
def test_export_is_import_again(run: Run, tiny_vectors: dict[str, Path], tmp_path: Path, form: str) -> None:
    assert run("vectors", "export", tiny_vectors["int8"], "--to", form, "-o", "file").returncode == 0
    assert run("vectors", "import", "file", "--storage", "float32", "-o", "again").returncode == 0
    again = Vectors(open_folder(tmp_path / "again"))
    assert again.words == VECTOR_WORDS and again.rows(slice(None)).tobytes() == rows_of(tiny_vectors["int8"]).tobytes()


def test_options(run: Run, saved: Path, tmp_path: Path) -> None:
    options = [
        "--words",
        "30",
        "--unit",
        "--storage",
        "int8",
        "--licence",
        "CC0",
        "--language",
        "en",
        "--language",
        "fr",
    ]
    assert run("vectors", "import", saved / "vectors.txt", *options, "-o", "mine").returncode == 0
    folder = open_folder(tmp_path / "mine")
    vectors = Vectors(folder)
    assert vectors.words == VECTOR_WORDS[:30] and vectors.unit
    rows = vector_rows()[:30]
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    assert (vectors.rows(slice(None)) * units).sum(axis=1).min() > 0.9998
    np.testing.assert_allclose(np.linalg.norm(vectors.rows(slice(None)), axis=1), 1, atol=1e-6)
    assert (
        folder.manifest["licence"] == "CC0" and folder.manifest["languages"] == ["en", "fr"] and folder.name == "mine"
    )
    assert "CC0" in (tmp_path / "mine/README.md").read_text(encoding="utf-8")
    assert run("models", "verify", "./mine").returncode == 0


def test_words_without_a_capital_are_found_in_any_case(run: Run, tmp_path: Path) -> None:
    (tmp_path / "lower.txt").write_text("paris 1 0\ncafé 0 1\n", encoding="utf-8")
    assert run("vectors", "import", "lower.txt", "-o", "lower").returncode == 0
    assert Vectors(open_folder(tmp_path / "lower")).lowercase
    [record] = records(run("analogy", "-m", "./lower", "PARIS", "Cafe\u0301").stdout)
    assert record["similarity"] == 0


def test_a_corpus_gives_counts_for_sif(run: Run, tmp_path: Path) -> None:
    names = ["king", "queen", "river", "stone"]
    rows = vector_rows(names, 6)
    (tmp_path / "v.txt").write_text("".join(f"{n} {' '.join(map(str, r.tolist()))}\n" for n, r in zip(names, rows)))
    lines = ["The King, the queen", "river river stone zebra", "", "queen"] * 5
    (tmp_path / "corpus.txt").write_text("\n".join(lines) + "\n")
    assert (
        run("vectors", "import", "v.txt", "--corpus", "corpus.txt", "--storage", "float32", "-o", "mine").returncode
        == 0
    )
    vectors = Vectors(open_folder(tmp_path / "mine"))
    counts = [5, 10, 10, 5]
    assert vectors.counts is not None and vectors.counts.tolist() == counts
    weights = [1e-3 / (1e-3 + count / 30) for count in counts]
    means = np.array(
        [
            (weights[0] * rows[0] + weights[1] * rows[1]) / 2,
            (2 * weights[2] * rows[2] + weights[3] * rows[3]) / 3,
            weights[1] * rows[1],
        ]
    )
    _, _, axes = np.linalg.svd(means)
    assert abs(float(vectors.common[0] @ axes[0])) == pytest.approx(1, abs=1e-5)
    [record] = records(run("embed", "-m", "./mine", "--method", "sif", stdin="queen zebra\n").stdout)
    wanted = weights[1] * rows[1].astype(float)
    np.testing.assert_allclose(record["vector"], wanted - axes[0] * (axes[0] @ wanted), atol=1e-4)


def test_a_folder_that_is_there(run: Run, saved: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/keep").write_text("x")
    refused = run("vectors", "import", saved / "glove.txt", "-o", "mine")
    assert refused.returncode == 2 and b"--force" in refused.stderr and os.listdir(tmp_path / "mine") == ["keep"]
    assert run("vectors", "import", saved / "glove.txt", "-o", "mine", "--force").returncode == 0
    assert tomllib.loads((tmp_path / "mine/model.toml").read_text(encoding="utf-8"))["task"] == "vectors"


PACKED = gzip.compress(
    "".join(f"w{number} {number * 7919 % 1000} {number * 31 % 97}\n" for number in range(500)).encode()
)
WRONG: dict[str, tuple[bytes, str]] = {
    "empty.txt": (b"", "no vectors"),
    "cut.txt": (b"3 2\na 1 2\nb 3 4\n", "cut short"),
    "cut.bin": (b"2 2\na " + np.ones(2, "<f4").tobytes() + b"b \0\0", "cut short"),
    "line.txt": (b"a 1 2\nb 3\n", ":2:"),
    "nan.txt": (b"a 1 2\nb nan 3\n", "not finite"),
    "large.txt": (b"a 1 2\nb 1e39 3\n", "not finite"),
    "picture.png": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "picture.png"),
    "prose.txt": (b"Call me Ishmael.\nSome years ago, never mind how long.\n", "prose.txt"),
    "foreign.gz": (b"a 1 2\n", "foreign.gz"),
    "cut.gz": (gzip.compress(b"a 1 2\n" * 999)[:-9], "cut.gz"),
    "broken.gz": (PACKED[:40] + b"\xff" * 8 + PACKED[48:], "broken.gz"),
}


@pytest.mark.parametrize("name", WRONG)
def test_files_that_cannot_be_read(refused: Callable[..., str], tmp_path: Path, name: str) -> None:
    data, said = WRONG[name]
    (tmp_path / name).write_bytes(data)
    text = refused("vectors", "import", name, "-o", "mine")
    assert text.startswith(f"seqtool vectors: {name}") and said in text and os.listdir(tmp_path) == [name]


def test_what_cannot_start(
    refused: Callable[..., str], saved: Path, tmp_path: Path, tiny_vectors: dict[str, Path], tiny_model: Path
) -> None:
    (tmp_path / "bad.txt").write_text("zebra lion\n")
    (tmp_path / "folder").mkdir()
    asked: list[tuple[list[Any], str]] = [
        (["import", "missing.txt", "-o", "mine"], "missing.txt"),
        (["import", "folder", "-o", "mine"], "folder"),
        (["import", saved / "vectors.txt"], "-o DIR"),
        (["import", saved / "vectors.txt", "-o", "no/such"], "no such folder"),
        (["import", saved / "vectors.txt", "-o", "mine", "--corpus", "missing"], "missing"),
        (["import", saved / "vectors.txt", "-o", "mine", "--corpus", "bad.txt"], "no text"),
        (["import", saved / "vectors.txt", "-o", "mine", "--from", "word2vec-binary"], "vectors.txt"),
        (["import", saved / "glove.txt", "-o", "mine", "--from", "word2vec"], "--from glove"),
        (["import", saved / "vectors.txt", "-o", "mine", "--words", "0"], "--words"),
        (["import", saved / "vectors.txt", "-o", "mine", "--storage", "int4"], "int8"),
        (["export", "./none"], "none"),
        (["export", tiny_model], "not for vectors; models for vectors: words-en"),
        (["export", tiny_vectors["int8"], "-o", "no/such"], "no/such"),
        (["export", tiny_vectors["int8"], "--to", "glov"], "glove"),
        (["export", tiny_vectors["int8"], "-o", "folder"], "folder"),
        (["imprt", "x"], "import"),
    ]
    for arguments, said in asked:
        assert said in refused("vectors", *arguments)
    assert sorted(os.listdir(tmp_path)) == ["bad.txt", "folder"]


def test_export_into_a_pipe_that_closes(run: Run, tiny_vectors: dict[str, Path]) -> None:
    process = subprocess.Popen(
        [*SEQTOOL, "vectors", "export", str(tiny_vectors["float32"])], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline().decode() == f"{COUNT} 24\n"
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait(60)
    with open("/dev/full", "wb") as full:
        result = subprocess.run(
            [*SEQTOOL, "vectors", "export", str(tiny_vectors["float32"])], stdout=full, stderr=subprocess.PIPE
        )
    assert result.returncode == 2 and result.stderr.count(b"\n") == 1 and result.stderr.startswith(b"seqtool vectors: ")

"""seqtool embed: every form that vectors are written in, against plain loops, and files that go on after a kill."""

from __future__ import annotations

import base64
import csv
import io
import json
import math
import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import VECTOR_WORDS, Run, records, rows_of, vector_rows
from processes import kill_halfway

from seqtool.answers import Item
from seqtool.engine.embedder import NetworkEmbedder
from seqtool.modelfolder.manifest import open_folder
from seqtool.tokenization.words import words as words_of

LINES = [
    "king queen man",
    "",
    "The king's café, unheard of!",
    "   ",
    "word001 word002 word001",
    "zzzz qqqq",
    "New_York 😀",
    "Paris?",
]
STDIN = "".join(line + "\n" for line in LINES)


@pytest.fixture(scope="module")
def model(tiny_vectors: dict[str, Path]) -> Path:
    return tiny_vectors["float16"]


@pytest.fixture(scope="module")
def rows(model: Path) -> Any:
    return rows_of(model).astype(np.float64)


def place_of(token: str) -> int | None:
    """In a vocabulary with capitals the word itself, else its lower-cased self."""
    found = [VECTOR_WORDS.index(spelling) for spelling in (token, token.lower()) if spelling in VECTOR_WORDS]
    return found[0] if found else None


def unknown_in(tokens: list[str]) -> int:
    return sum(place_of(token) is None and any(map(str.isalnum, token)) for token in tokens)


def mean_of(rows: Any, tokens: list[str]) -> list[float] | None:
    found = [rows[place] for place in map(place_of, tokens) if place is not None]
    return [sum(column) / len(found) for column in zip(*found)] if found else None


def close(found: Any, wanted: Any, tolerance: float = 6e-5) -> None:
    assert (found is None) == (wanted is None)
    if wanted is not None:
        np.testing.assert_allclose(found, wanted, atol=tolerance)


def test_the_mean(run: Run, model: Path, rows: Any) -> None:
    result = run("embed", "-m", model, stdin=STDIN)
    assert (result.returncode, result.stderr) == (0, b"")
    found = records(result.stdout)
    assert [list(record) for record in found] == [["text", "vector", "unknown"]] * len(LINES)
    for line, record in zip(LINES, found, strict=True):
        tokens = words_of(line)
        assert record["text"] == line and record["unknown"] == unknown_in(tokens)
        close(record["vector"], mean_of(rows, tokens))
    assert [record["unknown"] for record in found] == [0, 0, 4, 0, 0, 2, 0, 0]
    assert found[1]["vector"] is None and found[5]["vector"] is None
    assert all(round(number, 4) == number for number in found[0]["vector"]) and b"-0.0," not in result.stdout


@pytest.mark.parametrize("precision", [0, 2, 4, 6, 17])
def test_digits_and_length_one(run: Run, model: Path, rows: Any, precision: int) -> None:
    result = run("embed", "-m", model, "--normalize", "--precision", str(precision), stdin=STDIN)
    for line, record in zip(LINES, records(result.stdout), strict=True):
        mean = mean_of(rows, words_of(line))
        close(record["vector"], mean and [value / math.hypot(*mean) for value in mean], 0.51 * 10.0**-precision + 1e-6)
        if mean:
            assert record["vector"] == [round(value, precision) for value in record["vector"]]


@pytest.mark.parametrize("precision", [0, 4])
def test_numbers_larger_than_those_that_are_written_beforehand(
    run: Run, model: Path, rows: Any, precision: int
) -> None:
    [record] = records(run("embed", "-m", model, "--precision", str(precision), stdin="Rome\n").stdout)
    close(record["vector"], rows[VECTOR_WORDS.index("Rome")], 0.51 * 10.0**-precision + 1e-6)
    assert max(map(abs, record["vector"])) >= 2


def test_one_vector_a_token(run: Run, model: Path, rows: Any) -> None:
    found = records(run("embed", "-m", model, "--method", "words", stdin=STDIN).stdout)
    for line, record in zip(LINES, found, strict=True):
        tokens = words_of(line)
        assert list(record) == ["text", "tokens", "vector", "unknown"] and record["tokens"] == tokens
        for token, vector in zip(tokens, record["vector"], strict=True):
            place = place_of(token)
            close(vector, None if place is None else rows[place])
    assert found[1] == {"text": "", "tokens": [], "vector": [], "unknown": 0}


def test_sparse(run: Run, model: Path) -> None:
    size = len(VECTOR_WORDS)
    onehot = records(run("embed", "-m", model, "--method", "onehot", stdin=STDIN).stdout)
    bow = records(run("embed", "-m", model, "--method", "bow", stdin=STDIN).stdout)
    for line, one, bag in zip(LINES, onehot, bow, strict=True):
        tokens = words_of(line)
        places = [place for place in map(place_of, tokens) if place is not None]
        counts = sorted(Counter(places).items())
        shared = {"size": size, "unknown": unknown_in(tokens)}
        assert one == {"text": line, "indices": places, "values": [1] * len(places), **shared}
        assert bag == {"text": line, "indices": [p for p, _ in counts], "values": [n for _, n in counts], **shared}


def test_sif(run: Run, make_vectors: Callable[..., Path], model: Path) -> None:
    names, counts = VECTOR_WORDS[:30], [1000 // (place + 1) for place in range(30)]
    table = vector_rows(names)
    common = np.zeros((1, 24), np.float32)
    common[0, :2] = 0.6, 0.8
    folder = make_vectors(names, table, storage="float32", counts=counts, common=common, weight=1e-3)
    [record] = records(run("embed", "-m", folder, "--method", "sif", stdin="king queen king zebra\n").stdout)
    share = {word: counts[names.index(word)] / sum(counts) for word in ("king", "queen")}
    parts = [1e-3 / (1e-3 + share[word]) * table[names.index(word)].astype(float) for word in ("king", "queen", "king")]
    mean = sum(parts) / 3
    close(record["vector"], mean - common[0] * (common[0].astype(float) @ mean))
    result = run("embed", "-m", model, "--method", "sif", stdin="king\n")
    assert result.returncode == 2 and b"sif" in result.stderr and result.stderr.count(b"\n") == 1


def test_axes(run: Run, model: Path, rows: Any) -> None:
    units = rows / np.linalg.norm(rows, axis=1)[:, None]

    def direction(first: str, second: str) -> Any:
        return units[VECTOR_WORDS.index(second)] - units[VECTOR_WORDS.index(first)]

    axes = {"gender": direction("man", "woman"), "boy:king": direction("boy", "king")}
    result = run("embed", "-m", model, "--axis", "gender=man:woman", "--axis", "boy:king", stdin=STDIN)
    for line, record in zip(LINES, records(result.stdout), strict=True):
        mean = mean_of(rows, words_of(line))
        assert list(record) == ["text", "scores", "unknown"]
        if mean is None:
            assert record["scores"] is None
            continue
        wanted = {n: np.dot(mean, d) / np.linalg.norm(mean) / np.linalg.norm(d) for n, d in axes.items()}
        assert record["scores"] == {name: pytest.approx(value, abs=6e-5) for name, value in wanted.items()}
    table = run(
        "embed",
        "-m",
        model,
        "--axis",
        "gender=man:woman",
        "--format",
        "csv",
        "--columns",
        "text,scores.gender",
        stdin="queen\n\n",
    )
    cells = list(csv.reader(io.StringIO(table.stdout.decode())))
    assert cells[0] == ["text", "scores.gender"] and float(cells[1][1]) > 0 and cells[2] == ["", ""]
    [record] = records(
        run("embed", "-m", model, "--axis", "man:woman", "--method", "words", stdin="queen xyzzy\n").stdout
    )
    assert record["scores"]["man:woman"][0] > 0 and record["scores"]["man:woman"][1] is None


def test_base64(run: Run, model: Path) -> None:
    plain = records(run("embed", "-m", model, "--precision", "17", stdin=STDIN).stdout)
    coded = records(run("embed", "-m", model, "--format", "base64", stdin=STDIN).stdout)
    for one, other in zip(plain, coded, strict=True):
        assert {**one, "vector": 0} == {**other, "vector": 0} and (one["vector"] is None) == (other["vector"] is None)
        if one["vector"] is not None:
            numbers = np.frombuffer(base64.b64decode(other["vector"], validate=True), "<f4")
            assert numbers.tobytes() == np.array(one["vector"], "<f4").tobytes()
    [record] = records(run("embed", "-m", model, "--format", "base64", "--method", "words", stdin="king zzz\n").stdout)
    assert isinstance(record["vector"][0], str) and record["vector"][1] is None


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_tables(run: Run, model: Path, form: str) -> None:
    result = run("embed", "-m", model, "--format", form, stdin="king\n\nqueen\n")
    cells = list(
        csv.reader(io.StringIO(result.stdout.decode()), delimiter="," if form == "csv" else "\t", quotechar='"')
    )
    assert cells[0] == ["text", "vector", "unknown"] and len(cells) == 4
    whole = [record["vector"] for record in records(run("embed", "-m", model, stdin="king\n\nqueen\n").stdout)]
    assert [json.loads(row[1]) if row[1] else None for row in cells[1:]] == whole


def test_tokens_are_enough(run: Run, model: Path) -> None:
    lines = [
        {"tokens": ["king", "New York"], "offsets": None},
        {"text": "something else", "tokens": ["queen"], "id": 1.50},
        {"tokens": []},
        {"tokens": ["king", 5]},
        {"tokens": "king"},
        {"text": 5},
        {"text": "king", "vector": [1]},
        {"text": "king", "tokens": None},
    ]
    stdin = "".join(json.dumps(line) + "\n" for line in lines)
    for method in ("mean", "words", "bow"):
        result = run("embed", "-m", model, "--method", method, stdin=stdin)
        found = records(result.stdout)
        alone = records(run("embed", "-m", model, "--method", method, stdin="king new_york\nqueen\n").stdout)
        for record, line, other in zip(found, lines, alone):
            kept = {name: record[name] for name in line}
            assert kept == line and list(record)[: len(line)] == list(line)
            ours = {name: value for name, value in record.items() if name not in line}
            assert ours == {name: value for name, value in other.items() if name not in (*line, "text")}
        kinds = [record.get("error", {}).get("kind") for record in found]
        assert kinds[:6] == [None, None, None, "type", "type", "type"]
        assert kinds[6] == ("clash" if method != "bow" else None)
        assert result.returncode == 1
    assert records(run("embed", "-m", model, stdin='{"tokens": []}\n').stdout) == [
        {"tokens": [], "vector": None, "unknown": 0}
    ]
    # --field names a text, whatever tokens there are.
    [record] = records(
        run("embed", "-m", model, "--field", "body", stdin='{"tokens": ["king"], "body": "queen"}\n').stdout
    )
    assert record["vector"] == records(run("embed", "-m", model, stdin="queen\n").stdout)[0]["vector"]


MIXED = [b'{"id": %d, "text": "%s"}\n' % (n, [b"king", b"queen man", b"", b"zzz"][n % 4]) for n in range(12)]
MIXED[3] = b"nonsense\n"
MIXED[8] = b'{"text": null}\n'
MIXED[9] = b'{"error": {"kind": "json", "message": "of an earlier command"}}\n'


def test_a_matrix(run: Run, model: Path, tmp_path: Path, rows: Any) -> None:
    result = run("embed", "-m", model, "--input", "jsonl", "-o", "out.npy", stdin=b"".join(MIXED))
    assert result.returncode == 1 and result.stdout == b"" and os.listdir(tmp_path) == ["out.npy"]
    matrix = np.load(tmp_path / "out.npy", allow_pickle=False)
    assert matrix.shape == (12, 24) and matrix.dtype == np.dtype("<f4") and matrix.flags["C_CONTIGUOUS"]
    assert isinstance(np.load(tmp_path / "out.npy", mmap_mode="r"), np.memmap)
    lines = records(run("embed", "-m", model, "--input", "jsonl", "--precision", "17", stdin=b"".join(MIXED)).stdout)
    for row, line in zip(matrix, lines, strict=True):
        assert row.tobytes() == np.array(line.get("vector") or [0.0] * 24, "<f4").tobytes()
    assert [place for place, row in enumerate(matrix) if not row.any()] == [2, 3, 6, 7, 8, 9, 10, 11]
    skipped = run(
        "embed", "-m", model, "--input", "jsonl", "--on-error", "skip", "-o", "out.npy", stdin=b"".join(MIXED)
    )
    # What arrived with an error passes through; what is bad here is left out.
    assert skipped.returncode == 1 and np.load(tmp_path / "out.npy").shape == (10, 24)


def test_matrices_of_other_sizes(run: Run, model: Path, tmp_path: Path) -> None:
    assert run("embed", "-m", model, "-o", "out.npy").returncode == 0
    assert np.load(tmp_path / "out.npy").shape == (0, 24)
    assert run("embed", "-m", model, "-o", "out.npy", "--normalize", stdin="king\n" * 2500).returncode == 0
    matrix = np.load(tmp_path / "out.npy")
    assert matrix.shape == (2500, 24) and len({row.tobytes() for row in matrix}) == 1
    assert np.linalg.norm(matrix[0]) == pytest.approx(1, abs=1e-6)
    data = (tmp_path / "out.npy").read_bytes()
    assert len(data) == 128 + 2500 * 24 * 4 and data.startswith(b"\x93NUMPY\x01\x00") and data[127:128] == b"\n"


@pytest.mark.parametrize("options", [[], ["--on-error", "skip"]], ids=str)
def test_a_matrix_goes_on_after_a_kill(run: Run, model: Path, tmp_path: Path, options: list[str]) -> None:
    arguments = ["embed", "-m", str(model), "--input", "jsonl", *options, "-o", "out.npy"]
    block = b"".join(MIXED)
    lines = kill_halfway(arguments, tmp_path, block, output="out.npy") + block
    wanted = run(*arguments[:-1], "wanted.npy", stdin=lines)
    refused = run(*arguments, stdin=lines)
    assert refused.returncode == 2 and b"--resume" in refused.stderr
    other = run(*arguments, "--resume", "--normalize", stdin=lines)
    assert other.returncode == 2 and b"another normalize" in other.stderr
    result = run(*arguments, "--resume", stdin=lines)
    assert result.returncode == wanted.returncode == 1
    assert (tmp_path / "out.npy").read_bytes() == (tmp_path / "wanted.npy").read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["out.npy", "wanted.npy"]


def test_where_a_matrix_cannot_be(refused: Callable[..., str], model: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.npy")
    (tmp_path / "folder.npy").mkdir()
    for arguments, said in (
        (["-o", "fifo.npy"], "regular file"),
        (["-o", "folder.npy"], "regular file"),
        (["-o", "no/such.npy"], "cannot be written"),
        (["-o", "out.npy", "--method", "words"], "--method"),
        (["-o", "out.npy", "--method", "bow"], "--method"),
        (["-o", "out.npy", "--axis", "man:woman"], "--axis"),
        (["-o", "out.npy", "--format", "csv"], "--format"),
        (["-o", "out.npy", "--format", "base64"], "--format"),
        (["-o", "out.npy", "--source"], "--source"),
        (["-o", "out.npy", "--prefix", "p"], "--prefix"),
    ):
        assert said in refused("embed", "-m", model, *arguments)
    assert sorted(os.listdir(tmp_path)) == ["fifo.npy", "folder.npy"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--axis", "man"], "two poles"),
        (["--axis", "man:womann"], "'woman'"),
        (["--method", "median"], "mean"),
        (["--method", "bow", "--axis", "man:woman"], "--axis"),
        (["--method", "onehot", "--axis", "man:woman"], "--axis"),
        (["--columns", "vector"], "--format"),
        (["-m", "./nothing"], "nothing"),
        (["--format", "npy"], "jsonl"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_start(refused: Callable[..., str], model: Path, arguments: list[str], said: str) -> None:
    assert said in refused("embed", *([] if "-m" in arguments else ["-m", model]), *arguments)


def test_the_same_bytes_however_they_arrive(run: Run, tiny_vectors: dict[str, Path]) -> None:
    chance = random.Random(4)
    lines = [" ".join(chance.choices(VECTOR_WORDS, k=chance.choice([0, 1, 3, 20, 200]))) for _ in range(300)]
    lines[7] = " ".join(chance.choices(VECTOR_WORDS, k=20_000))
    arguments = ["embed", "-m", tiny_vectors["int8"], "--precision", "17", "--input", "text"]
    wanted = run(*arguments, stdin="".join(line + "\n" for line in lines)).stdout.splitlines()
    assert len(wanted) == 300
    order = list(range(300))
    chance.shuffle(order)
    for options in (["--threads", "1"], ["--threads", "3", "--batch-size", "2"]):
        shuffled = run(*arguments, *options, stdin="".join(lines[place] + "\n" for place in order)).stdout.splitlines()
        assert shuffled == [wanted[place] for place in order]
    assert [run(*arguments, stdin=lines[place] + "\n").stdout.splitlines()[0] for place in (0, 7, 150)] == [
        wanted[place] for place in (0, 7, 150)
    ]


def test_a_network(run: Run, refused: Callable[..., str], tiny_model: Path) -> None:
    """Pooled: the vector that the classifier's head reads."""
    found = records(run("embed", "-m", tiny_model, "--precision", "9", stdin=STDIN).stdout)
    engine = NetworkEmbedder(open_folder(tiny_model))
    for line, record in zip(LINES, found, strict=True):
        assert list(record) == ["text", "vector"]
        close(record["vector"], engine.answers([Item(line)], engine.asked())[0]["vector"], 1e-8)
    assert [record["vector"] is None for record in found] == [not line.strip() for line in LINES]
    for arguments in (["--method", "sif"], ["--method", "bow"], ["--axis", "man:woman"]):
        assert "network" in refused("embed", "-m", tiny_model, *arguments)


def test_a_networks_words(run: Run, tiny_model: Path) -> None:
    """In their context: one word, two vectors; and the words of a tokenised record."""
    lines = ["good film", "bad film", "", "   "]
    found = records(
        run("embed", "-m", tiny_model, "--method", "words", stdin="".join(line + "\n" for line in lines)).stdout
    )
    assert [record["tokens"] for record in found] == [["good", "film"], ["bad", "film"], [], []]
    assert list(found[0]) == ["text", "tokens", "vector"] and found[2]["vector"] == []
    assert len(found[0]["vector"][1]) == 24 and found[0]["vector"][1] != found[1]["vector"][1]
    tokenised = '{"tokens": ["good", "film"]}\n{"text": "good  film", "tokens": ["good", "film"]}\n'
    both = records(run("embed", "-m", tiny_model, "--method", "words", "--input", "jsonl", stdin=tokenised).stdout)
    assert [record["vector"] for record in both] == [found[0]["vector"]] * 2


def test_a_networks_matrix(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    assert run("embed", "-m", tiny_model, "-o", "out.npy", stdin="good film\n\nbad\n").returncode == 0
    matrix = np.load(tmp_path / "out.npy")
    assert matrix.shape[0] == 3 and matrix[0].any() and not matrix[1].any()
    [first, *_] = records(run("embed", "-m", tiny_model, "--precision", "17", stdin="good film\n\nbad\n").stdout)
    assert matrix[0].tobytes() == np.array(first["vector"], "<f4").tobytes()

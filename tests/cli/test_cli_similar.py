"""seqtool similar: the nearest lines against every line scored, and indexes that are kept, refused, or damaged."""

from __future__ import annotations

import gzip
import json
import math
import os
import random
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SEQTOOL, VECTOR_WORDS, Run, records, rows_of
from safetensors import safe_open

from seqtool.tokenization.words import words as words_of


@pytest.fixture(scope="module")
def model(tiny_vectors: dict[str, Path]) -> Path:
    return tiny_vectors["int8"]


def corpus_lines(number: int = 60) -> list[str]:
    """Lines of known words; some blank, some of unknown words alone, one twice."""
    chance = random.Random(8)
    lines = [" ".join(chance.choices(VECTOR_WORDS[:80], k=chance.randrange(1, 9))) for _ in range(number)]
    lines[3], lines[10], lines[11], lines[20] = "", "  ", "unheard qqq", lines[15]
    return lines


CORPUS = corpus_lines()
QUERIES = ["king and queen", "", "zzz", CORPUS[15], "Paris France", "ice_cream, café!"]
STDIN = "".join(query + "\n" for query in QUERIES)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "corpus.txt").write_text("\n".join(CORPUS) + "\n", encoding="utf-8")
    return tmp_path / "corpus.txt"


def mean_of(rows: Any, text: str) -> Any:
    places = [VECTOR_WORDS.index(token) for token in words_of(text) if token in VECTOR_WORDS]
    return np.mean(rows[places], axis=0) if places else None


def brute(
    model: Path, lines: list[str], query: str, top: int, numbers: list[int] | None = None
) -> list[tuple[int, float, str]]:
    """(line, cosine, text) of the nearest lines by scoring each."""
    rows = rows_of(model).astype(np.float64)
    asked = mean_of(rows, query)
    scored = []
    for number, text in zip(numbers or range(1, len(lines) + 1), lines):
        mean = mean_of(rows, text)
        if asked is not None and mean is not None:
            cosine = float(asked @ mean / math.sqrt(asked @ asked) / math.sqrt(mean @ mean))
            scored.append((number, cosine, text))
    return sorted(scored, key=lambda line: (-round(line[1], 6), line[0]))[:top]


def check(found: list[dict[str, Any]], wanted: list[tuple[int, float, str]]) -> None:
    assert [(line["line"], line["text"]) for line in found] == [(number, text) for number, _, text in wanted]
    assert [line["score"] for line in found] == pytest.approx([score for _, score, _ in wanted], abs=6e-5)
    assert all(list(line) == ["line", "score", "text"] for line in found)


@pytest.mark.parametrize("top", [1, 5, 100])
def test_against_every_line(run: Run, model: Path, corpus: Path, top: int) -> None:
    result = run("similar", "-m", model, "--corpus", "corpus.txt", "--top", str(top), stdin=STDIN)
    assert (result.returncode, result.stderr) == (0, b"")
    found = records(result.stdout)
    assert [list(record) for record in found] == [["text", "answers"]] * len(QUERIES)
    for query, record in zip(QUERIES, found, strict=True):
        assert record["text"] == query
        check(record["answers"], brute(model, CORPUS, query, top))
    assert found[1]["answers"] == found[2]["answers"] == []
    assert [line["line"] for line in found[3]["answers"][:2]] == [16, 21][: min(top, 2)]
    assert found[3]["answers"][0]["score"] == 1
    assert os.listdir(corpus.parent) == ["corpus.txt"]


def test_other_forms_of_a_corpus(run: Run, model: Path, tmp_path: Path) -> None:
    """Line numbers are the file's: of blank lines, of the header, of quoted line ends too."""
    texts = ["king queen", "man,boy", "girl\nwoman", "Paris"]
    table = 'id,body\n1,king queen\n2,"man,boy"\n3,"girl\nwoman"\n4,Paris\n'
    (tmp_path / "c.csv").write_text(table)
    (tmp_path / "c.tsv").write_text("id\tbody\n1\tking queen\n2\tman,boy\n3\tgirl woman\n4\tParis\n")
    lines = ["", *(json.dumps({"id": n, "body": text}) for n, text in enumerate(texts)), "broken", '{"id": 5}', ""]
    (tmp_path / "c.jsonl").write_text("\n\n".join(lines) + "\n")
    (tmp_path / "c.txt.gz").write_bytes(gzip.compress(b"king queen\r\n\r\nman,boy\r\ngirl woman\r\nParis"))
    for name, numbers, bad in (
        ("c.csv", [2, 3, 4, 6], 0),
        ("c.tsv", [2, 3, 4, 5], 0),
        ("c.jsonl", [3, 5, 7, 9], 2),
        ("c.txt.gz", [1, 3, 4, 5], 0),
    ):
        field = [] if name == "c.txt.gz" else ["--corpus-field", "body"]
        result = run("similar", "-m", model, "--corpus", name, *field, "--top", "9", stdin="Paris boy\n")
        assert result.returncode == 0
        [record] = records(result.stdout)
        shown = [text.replace("\n", " ") if name in ("c.tsv", "c.txt.gz") else text for text in texts]
        check(record["answers"], brute(model, shown, "Paris boy", 9, numbers))
        told = result.stderr.decode().splitlines()
        assert len(told) == (3 if bad else 0)
        assert not bad or (
            told[0].startswith("seqtool similar: c.jsonl:11: ") and told[-1].endswith("2 bad records in the corpus")
        )
    quiet = run("similar", "-m", model, "--corpus", "c.jsonl", "--corpus-field", "body", "-q", stdin="king\n")
    assert quiet.stderr == b""


def test_queries_of_other_forms(run: Run, model: Path, corpus: Path) -> None:
    lines = [
        {"id": 1, "tokens": ["king", "queen"]},
        {"id": 2, "text": "king queen", "more": 1},
        {"id": 3},
        {"id": 4, "text": "king", "answers": 1},
    ]
    stdin = "".join(json.dumps(line) + "\n" for line in lines)
    result = run("similar", "-m", model, "--corpus", "corpus.txt", "--top", "2", stdin=stdin)
    found = records(result.stdout)
    assert result.returncode == 1 and found[0]["answers"] == found[1]["answers"]
    check(found[0]["answers"], brute(model, CORPUS, "king queen", 2))
    assert [record.get("error", {}).get("kind") for record in found] == [None, None, "field", "clash"]
    assert list(found[1]) == ["id", "text", "more", "answers"]
    table = run("similar", "-m", model, "--corpus", "corpus.txt", "--top", "1", "--format", "tsv", stdin="king\n")
    assert table.stdout.decode().startswith("text\tanswers\nking\t[{")


def test_an_index_is_kept_and_used_again(run: Run, model: Path, corpus: Path) -> None:
    wanted = run("similar", "-m", model, "--corpus", "corpus.txt", stdin=STDIN)
    index = corpus.parent / "lines.index"
    both = ["--corpus", "corpus.txt", "--index", "lines.index"]
    for arguments in (both, both, ["--index", "lines.index"]):
        result = run("similar", "-m", model, *arguments, stdin=STDIN)
        assert (result.returncode, result.stdout, result.stderr) == (0, wanted.stdout, b"")
    assert sorted(os.listdir(corpus.parent)) == ["corpus.txt", "lines.index"]
    with safe_open(index, "numpy") as opened:
        assert {*opened.keys()} == {"vectors", "texts", "ends", "lines"}
        assert {"model", "method", "corpus"} <= {*opened.metadata()}
        vectors = opened.get_tensor("vectors")
        rows = rows_of(model).astype(np.float64)
        for vector, number in zip(vectors, opened.get_tensor("lines").tolist(), strict=True):
            mean = mean_of(rows, CORPUS[number - 1])
            np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=1e-6)
    # It needs no corpus any more.
    corpus.unlink()
    assert run("similar", "-m", model, "--index", "lines.index", stdin=STDIN).stdout == wanted.stdout


def test_an_index_is_not_made_again_while_it_fits(run: Run, model: Path, corpus: Path) -> None:
    index = corpus.parent / "lines.index"
    arguments = ["similar", "-m", model, "--corpus", "corpus.txt", "--index", "lines.index"]
    run(*arguments, stdin="king\n")
    made = index.stat().st_mtime_ns, index.stat().st_ino
    assert run(*arguments, "--top", "1", "--precision", "2", stdin="king\n").returncode == 0
    assert (index.stat().st_mtime_ns, index.stat().st_ino) == made


def test_an_index_of_something_else_is_refused(
    run: Run, refused: Callable[..., str], model: Path, tiny_vectors: dict[str, Path], corpus: Path, tiny_model: Path
) -> None:
    assert (
        run("similar", "-m", model, "--corpus", "corpus.txt", "--index", "lines.index", stdin="king\n").returncode == 0
    )
    data = (corpus.parent / "lines.index").read_bytes()
    (corpus.parent / "other.txt").write_text("king\nqueen\n")
    for arguments, said in (
        (["-m", tiny_vectors["float32"], "--index", "lines.index"], "another model"),
        (["-m", tiny_model, "--index", "lines.index"], "another model"),
        (["-m", model, "--index", "lines.index", "--corpus", "other.txt"], "another corpus"),
        (["-m", model, "--index", "lines.index", "--corpus", "corpus.txt", "--corpus-field", "x"], "another field"),
        (["-m", model, "--index", "corpus.txt"], "index"),
        (["-m", model, "--index", "missing.index"], "--corpus"),
        (["-m", model], "--corpus"),
        (["-m", model, "--corpus", "missing.txt"], "missing.txt"),
        (["-m", model, "--corpus", "."], "cannot be read"),
        (["-m", model, "--corpus", "corpus.txt", "--index", "no/such.index"], "no/such.index"),
        (["-m", model, "--corpus", "corpus.txt", "--top", "0"], "--top"),
        (["-m", model, "--corpus", "corpus.txt", "--method", "sif"], "sif"),
    ):
        assert said in refused("similar", *arguments)
    assert (corpus.parent / "lines.index").read_bytes() == data


def test_an_index_of_another_method_is_refused(
    run: Run, make_vectors: Callable[..., Path], corpus: Path, model: Path
) -> None:
    common = np.zeros((1, 24), np.float32)
    common[0, 0] = 1
    names = VECTOR_WORDS[:80]
    folder = make_vectors(
        names, rows_of(model)[:80], storage="float32", counts=list(range(80, 0, -1)), common=common, weight=1e-3
    )
    made = run(
        "similar", "-m", folder, "--method", "sif", "--corpus", "corpus.txt", "--index", "lines.index", stdin="king\n"
    )
    assert made.returncode == 0
    result = run("similar", "-m", folder, "--index", "lines.index", stdin="king\n")
    assert result.returncode == 2 and b"another method" in result.stderr and result.stderr.count(b"\n") == 1
    with_sif = records(made.stdout)[0]["answers"]
    plain = records(run("similar", "-m", folder, "--corpus", "corpus.txt", stdin="king\n").stdout)[0]["answers"]
    assert with_sif != plain


def test_a_damaged_index(run: Run, refused: Callable[..., str], model: Path, corpus: Path) -> None:
    run("similar", "-m", model, "--corpus", "corpus.txt", "--index", "lines.index", stdin="king\n")
    index = corpus.parent / "lines.index"
    data = index.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    for broken in (
        b"",
        data[:5],
        data[: 8 + length // 2],
        data[: 8 + length + 40],
        data[:-1],
        b"text\n" * 90,
        data[:8] + b"#" + data[9:],
    ):
        index.write_bytes(broken)
        assert refused("similar", "-m", model, "--index", "lines.index").startswith("seqtool similar: lines.index: ")


def test_a_corpus_without_a_vector(run: Run, model: Path, tmp_path: Path) -> None:
    for text in ("", "\n\nzzz qqq\n"):
        (tmp_path / "empty.txt").write_text(text)
        result = run("similar", "-m", model, "--corpus", "empty.txt", stdin="king\n\n")
        assert result.returncode == 0 and [record["answers"] for record in records(result.stdout)] == [[], []]


def test_a_corpus_out_of_a_pipe(run: Run, model: Path, corpus: Path) -> None:
    """``--corpus <(zcat ...)``: a pipe can be read once. It is searched, or refused; never taken for empty."""
    wanted = run("similar", "-m", model, "--corpus", "corpus.txt", stdin="king\n")
    read, write = os.pipe()
    os.write(write, corpus.read_bytes())
    os.close(write)
    command = [*SEQTOOL, "similar", "-m", str(model), "--corpus", f"/dev/fd/{read}"]
    result = subprocess.run(command, input=b"king\n", capture_output=True, pass_fds=[read], timeout=60)
    os.close(read)
    if result.returncode == 0:
        assert result.stdout == wanted.stdout
    else:
        assert result.returncode == 2 and result.stdout == b"" and result.stderr.count(b"\n") == 1


def test_the_same_bytes_however_they_arrive(run: Run, model: Path, corpus: Path) -> None:
    chance = random.Random(9)
    queries = [" ".join(chance.choices(VECTOR_WORDS[:80], k=3)) for _ in range(200)]
    arguments = ["similar", "-m", model, "--corpus", "corpus.txt", "--top", "3", "--precision", "17"]
    wanted = run(*arguments, stdin="".join(query + "\n" for query in queries)).stdout.splitlines()
    for options in (["--threads", "1"], ["--threads", "3", "--batch-size", "1"]):
        found = run(*arguments, *options, stdin="".join(query + "\n" for query in queries[::-1])).stdout.splitlines()
        assert found[::-1] == wanted
    assert run(*arguments, stdin=queries[4] + "\n").stdout.splitlines() == [wanted[4]]


def test_with_a_network(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    lines = ["good film", "a bad script", "", "the coffee machine", "good films"]
    (tmp_path / "corpus.txt").write_text("\n".join(lines) + "\n")
    stdin = "good film\n\nbad coffee\n"
    vectors = [
        record["vector"]
        for record in records(run("embed", "-m", tiny_model, "--precision", "9", stdin="\n".join(lines)).stdout)
    ]
    asked = [
        record["vector"] for record in records(run("embed", "-m", tiny_model, "--precision", "9", stdin=stdin).stdout)
    ]
    result = run("similar", "-m", tiny_model, "--corpus", "corpus.txt", "--top", "2", stdin=stdin)
    assert result.returncode == 0
    for query, record in zip(asked, records(result.stdout), strict=True):
        scored = [
            (number, float(np.dot(query, vector) / np.linalg.norm(query) / np.linalg.norm(vector)), text)
            for number, (vector, text) in enumerate(zip(vectors, lines), 1)
            if query and vector
        ]
        check(record["answers"], sorted(scored, key=lambda line: (-line[1], line[0]))[:2])

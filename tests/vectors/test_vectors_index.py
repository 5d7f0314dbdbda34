"""The index of a corpus: searched exactly, read by others, refused when damaged."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from seqtool.errors import InputError
from seqtool.vectors import index as module
from seqtool.vectors.index import Index, write_index

SIZE = 10
MADE_FROM = {"model": "abc", "method": "mean", "corpus": "déf"}


def lines_of(number: int, seed: int = 1) -> list[tuple[int, str, Any]]:
    """Lines with gaps in their numbers, some without a vector, some twice, one of zeros."""
    chance = np.random.default_rng(seed)
    lines: list[tuple[int, str, Any]] = []
    for place in range(number):
        vector = chance.normal(size=SIZE).astype(np.float32) * 3
        text = f"line {place} " + "café\u2028 😀"[: place % 8]
        lines.append((place * 2 + 1, text, None if place % 11 == 4 else vector))
    lines[7] = (lines[7][0], "", lines[2][2])
    lines[9] = (lines[9][0], "zeros", np.zeros(SIZE, np.float32))
    return lines


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_index(tmp_path / "index", lines_of(90), SIZE, MADE_FROM)
    return tmp_path / "index"


def brute(lines: list[tuple[int, str, Any]], query: Any, top: int) -> list[tuple[int, float, str]]:
    scores = []
    for number, text, vector in lines:
        if vector is not None:
            norm = float(np.linalg.norm(vector.astype(np.float64)) * np.linalg.norm(query.astype(np.float64)))
            cosine = float(vector.astype(np.float64) @ query.astype(np.float64)) / norm if norm else 0.0
            scores.append((number, cosine, text))
    return sorted(scores, key=lambda line: (-round(line[1], 6), line[0]))[:top]


@pytest.mark.parametrize("rows_at_once", [1 << 21, 13 * SIZE, 1])
def test_against_brute_force(path: Path, monkeypatch: pytest.MonkeyPatch, rows_at_once: int) -> None:
    monkeypatch.setattr(module, "BLOCK_NUMBERS", rows_at_once)
    lines = lines_of(90)
    queries = [lines[2][2] * 5, None, *np.random.default_rng(2).normal(size=(20, SIZE)).astype(np.float32), lines[9][2]]
    for top in (1, 4, 200):
        answers = Index(path).answers(queries, top)
        assert answers[1] == []
        for query, found in zip(queries, answers, strict=True):
            if query is not None:
                wanted = brute(lines, query, top)
                assert [(line["line"], line["text"]) for line in found] == [
                    (number, text) for number, _, text in wanted
                ]
                assert [line["score"] for line in found] == pytest.approx([score for _, score, _ in wanted], abs=1e-6)
                assert list(found[0]) == ["line", "score", "text"]
    alone = [Index(path).answers([query], 4)[0] for query in queries]
    assert alone == Index(path).answers(queries, 4)


def test_the_safetensors_library_reads_it(path: Path) -> None:
    kept = [line for line in lines_of(90) if line[2] is not None]
    arrays = load_file(path)
    assert {name: (array.dtype.name, array.shape) for name, array in arrays.items()} == {
        "vectors": ("float32", (len(kept), SIZE)),
        "texts": ("uint8", (sum(len(text.encode()) for _, text, _ in kept),)),
        "ends": ("uint64", (len(kept),)),
        "lines": ("uint64", (len(kept),)),
    }
    assert arrays["lines"].tolist() == [number for number, _, _ in kept]
    start = 0
    for end, (_, text, _) in zip(arrays["ends"].tolist(), kept):
        assert arrays["texts"][start:end].tobytes().decode() == text
        start = end
    units = np.array([vector / (np.linalg.norm(vector) or 1) for _, _, vector in kept])
    np.testing.assert_allclose(arrays["vectors"], units, atol=1e-6)
    assert Index(path).made_from == MADE_FROM


def test_an_index_written_by_the_safetensors_library_is_read(path: Path) -> None:
    query = np.ones((1, SIZE), np.float32)
    wanted = Index(path).answers(list(query), 5)
    save_file(load_file(path), path, MADE_FROM)  # another order of arrays
    assert Index(path).answers(list(query), 5) == wanted


def test_an_empty_corpus(tmp_path: Path) -> None:
    write_index(tmp_path / "index", [(1, "", None)], SIZE, MADE_FROM)
    opened = Index(tmp_path / "index")
    assert (opened.count, opened.size) == (0, SIZE)
    assert opened.answers([np.ones(SIZE, np.float32), None], 3) == [[], []]


def test_nothing_is_left_beside_it(path: Path) -> None:
    assert [other.name for other in path.parent.iterdir()] == ["index"]


def search(path: Path) -> list[Any]:
    return Index(path).answers([np.ones(SIZE, np.float32), np.arange(SIZE, dtype=np.float32)], 3)


def test_cut_short_anywhere(path: Path) -> None:
    data = path.read_bytes()
    for length in {*range(0, 600, 7), *range(600, len(data), 211), len(data) - 1}:
        path.write_bytes(data[:length])
        with pytest.raises(InputError, match="index") as caught:
            search(path)
        assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def with_header(path: Path, change: Any) -> None:
    """The same bytes behind a header that was changed."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    changed = change(header)
    text = json.dumps(header if changed is None else changed).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length :])


HEADERS = {
    "no object": lambda header: [1, 2],
    "a string": lambda header: "index",
    "no metadata": lambda header: header.pop("__metadata__") and None,
    "metadata of another sort": lambda header: header.update(__metadata__=[1]),
    "no vectors": lambda header: header.pop("vectors") and None,
    "no lines": lambda header: header.pop("lines") and None,
    "another dtype": lambda header: header["vectors"].update(dtype="F16"),
    "bytes for vectors": lambda header: header["vectors"].update(
        dtype="U8",
        data_offsets=[header["vectors"]["data_offsets"][0], header["vectors"]["data_offsets"][0] + 82 * SIZE],
    ),
    "floats for ends": lambda header: header["ends"].update(
        dtype="F32", data_offsets=[header["ends"]["data_offsets"][0], header["ends"]["data_offsets"][0] + 4 * 82]
    ),
    "a vector": lambda header: header["vectors"].update(shape=[82 * SIZE]),
    "more rows": lambda header: header["vectors"].update(shape=[83, SIZE]),
    "fewer rows": lambda header: header["vectors"].update(shape=[41, 2 * SIZE]),
    "less than nothing": lambda header: header["vectors"].update(shape=[-82, -SIZE]),
    "beyond the end": lambda header: header["texts"].update(
        data_offsets=[n + 10**6 for n in header["texts"]["data_offsets"]]
    ),
    "before the start": lambda header: header["vectors"].update(
        data_offsets=[n - 10**4 for n in header["vectors"]["data_offsets"]]
    ),
    "words for numbers": lambda header: header["vectors"].update(shape=["a", "b"]),
    "without end": lambda header: header["vectors"].update(shape=[float("inf"), SIZE]),
    "no numbers": lambda header: header["vectors"].update(data_offsets=None),
    "too many lines": lambda header: header["lines"].update(
        shape=[81], data_offsets=[header["lines"]["data_offsets"][0], header["lines"]["data_offsets"][1] - 8]
    ),
    "texts end before they do": lambda header: header["texts"].update(
        shape=[5], data_offsets=[header["texts"]["data_offsets"][0], header["texts"]["data_offsets"][0] + 5]
    ),
}


@pytest.mark.parametrize("change", HEADERS.values(), ids=HEADERS)
def test_another_header(path: Path, change: Any) -> None:
    assert Index(path).count == 82
    with_header(path, change)
    with pytest.raises(InputError) as caught:
        search(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [b"", b"junk", b"\xff" * 100, bytes(100), struct.pack("<Q", 1 << 62) + b"{}", struct.pack("<Q", 50_000) + b"[" * 50_000],
    ids=["empty", "short", "ones", "zeros", "a huge header", "a deep header"],
)  # fmt: skip
def test_what_is_no_index(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "index").write_bytes(data)
    with pytest.raises(InputError, match="index"):
        search(tmp_path / "index")
    with pytest.raises(InputError, match="cannot be read"):
        Index(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        Index(tmp_path / "none")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_vectors_that_are_no_numbers(path: Path) -> None:
    """Bits that flipped: an error, or answers without them; never a number that JSON does not have."""
    arrays = load_file(path)
    for broken in (np.nan, np.inf):
        arrays["vectors"][3] = broken
        save_file(arrays, path, MADE_FROM)
        try:
            answers = search(path)
        except InputError:
            continue
        assert all(np.isfinite(line["score"]) for found in answers for line in found)
    arrays["vectors"][:] = np.nan
    save_file(arrays, path, MADE_FROM)
    try:
        assert search(path) == [[], []]
    except InputError as error:
        assert str(path) in str(error)


def test_an_error_while_writing_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Any:
        yield from lines_of(12)
        raise InputError("the corpus ended")

    with pytest.raises(InputError, match="ended"):
        write_index(tmp_path / "index", broken(), SIZE, MADE_FROM)
    assert list(tmp_path.iterdir()) == []

"""Folders of vectors: what is stored, what it costs, and folders that are damaged or swapped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import VECTOR_WORDS, rows_of, vector_rows

from seqtool.errors import ModelError
from seqtool.modelfolder.manifest import open_folder
from seqtool.modelfolder.verify import verify
from seqtool.vectors import matrix
from seqtool.vectors.matrix import to_unit
from seqtool.vectors.store import Vectors, open_vectors


def opened(folder: Path) -> Vectors:
    return Vectors(open_folder(folder))


@pytest.mark.parametrize("storage", ["float32", "float16", "int8"])
def test_rows_come_back_as_they_are_stored(tiny_vectors: dict[str, Path], storage: str) -> None:
    vectors = opened(tiny_vectors[storage])
    assert vectors.words == VECTOR_WORDS and len(vectors) == len(VECTOR_WORDS) and vectors.size == 24
    wanted = rows_of(tiny_vectors[storage])
    assert vectors.rows(slice(None)).tobytes() == wanted.tobytes()
    chosen = np.array([5, 5, 0, 300])
    assert vectors.rows(chosen).tobytes() == wanted[chosen].tobytes()
    parts = list(vectors.unit_blocks(150))
    assert np.concatenate([rows for _, rows in parts]).tobytes() == vectors.unit_rows(slice(0, 150)).tobytes()
    assert verify(tiny_vectors[storage])[1] == []


@pytest.mark.parametrize("unit", [False, True])
@pytest.mark.parametrize("storage", ["float32", "float16", "int8"])
def test_what_a_storage_costs(make_vectors: Callable[..., Path], storage: str, unit: bool) -> None:
    """float32 nothing; float16 half a bit in eleven; int8 half a step of 1/127 of the row's largest number."""
    rows = vector_rows()
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32) if unit else rows
    vectors = opened(make_vectors(VECTOR_WORDS, rows, storage=storage, unit=unit))
    read = vectors.rows(slice(None))
    largest = np.abs(rows).max(axis=1, keepdims=True)
    allowed = {"float32": 0 * largest, "float16": np.abs(rows) * 2.0**-11 + 1e-7, "int8": 0.501 * largest / 127}[
        storage
    ]
    if storage == "int8" and unit:  # the whole row is scaled to length one again
        allowed = 2 * allowed
        np.testing.assert_allclose(np.linalg.norm(read, axis=1), 1, atol=1e-6)
    assert (np.abs(read - rows) <= allowed).all()
    cosines = (to_unit(read) * to_unit(rows)).sum(axis=1)
    assert cosines.min() > {"float32": 1 - 1e-6, "float16": 1 - 1e-6, "int8": 0.9998}[storage]


@pytest.mark.parametrize("storage", ["float32", "float16", "int8"])
def test_unit_rows_have_length_one(make_vectors: Callable[..., Path], storage: str) -> None:
    """Of a folder that says it holds such rows too: float16 rounds them, and a cosine is no cosine then."""
    rows = vector_rows()
    units = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    vectors = opened(make_vectors(VECTOR_WORDS, units, storage=storage, unit=True))
    np.testing.assert_allclose(np.linalg.norm(vectors.unit_rows(slice(None)), axis=1), 1, atol=1e-6)
    for _, part in vectors.unit_blocks(100):
        np.testing.assert_allclose(np.linalg.norm(part, axis=1), 1, atol=1e-6)


def test_rows_of_zeros_and_more_rows_than_are_written_at_once(
    make_vectors: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix, "WRITTEN_ROWS", 7)
    rows = vector_rows()
    rows[[0, 8, 40]] = 0
    whole = {storage: make_vectors(VECTOR_WORDS, rows, storage=storage) for storage in ("float32", "int8")}
    assert rows_of(whole["float32"]).tobytes() == rows.tobytes()
    vectors = opened(whole["int8"])
    assert not vectors.rows([0, 8, 40]).any() and not vectors.unit_rows([0, 8, 40]).any()
    np.testing.assert_allclose(np.linalg.norm(vectors.unit_rows([1, 9, 41]), axis=1), 1, atol=1e-6)
    monkeypatch.undo()
    at_once = make_vectors(VECTOR_WORDS, rows, storage="int8")
    assert rows_of(at_once).tobytes() == rows_of(whole["int8"]).tobytes()


def test_words_of_any_letters(make_vectors: Callable[..., Path]) -> None:
    """Only a line end ends a word in words.txt."""
    words = ["a\u2028b", "a\x85b", "a\x0cb", "a\0b", "a\x1cb", "two words", "\ufeff", "🇩🇪", "नमस्ते"]
    vectors = opened(make_vectors(words, np.eye(len(words), dtype=np.float32)))
    assert vectors.words == words and [vectors.find(word) for word in words] == list(range(len(words)))


def test_a_network_is_no_vectors(tiny_model: Path) -> None:
    with pytest.raises(ModelError, match=r"is a model for classify, not for vectors; models for vectors: .*words-en"):
        open_vectors(str(tiny_model))
    with pytest.raises(ModelError, match="no such model"):
        open_vectors("./nothing/here")


def test_unit_rows_are_the_same_in_any_company() -> None:
    rows = vector_rows() * np.float32(3.7)
    whole = to_unit(rows)
    for start, end in ((0, 1), (5, 7), (100, 391)):
        assert to_unit(rows[start:end]).tobytes() == whole[start:end].tobytes()
    shuffled = np.random.default_rng(1).permutation(len(rows))
    assert to_unit(rows[shuffled]).tobytes() == whole[shuffled].tobytes()
    np.testing.assert_allclose(whole, rows / np.linalg.norm(rows.astype(np.float64), axis=1)[:, None], atol=1e-6)

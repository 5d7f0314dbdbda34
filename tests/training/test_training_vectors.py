"""Where a network's embeddings start: from words to pieces."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import TEXTS, VECTOR_WORDS, gensim_vectors, rows_of, vector_rows

from seqtool.errors import SeqtoolError
from seqtool.tokenization.pieces import Pieces
from seqtool.training.classify import start_vectors as vectors
from seqtool.training.classify.recipe import VectorSettings
from seqtool.training.classify.start_vectors import SPREAD, train_pieces_on_words, train_skip_gram, vectors_of_pieces
from seqtool.training.recipe import TokenizerSettings
from seqtool.training.tokenizer.pieces import train_pieces
from seqtool.training.vectors.word_files import open_words
from seqtool.vectors.matrix import to_unit


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    """Some words are one piece, others several."""
    path = tmp_path_factory.mktemp("pieces") / "pieces.model"
    train_pieces(
        ["good bad coffee price the a not works"] * 50 + TEXTS, path, TokenizerSettings(vocabulary_size=330), 1
    )
    return Pieces(path)


def test_words_of_a_folder(tiny_vectors: dict[str, Path], make_vectors: Callable[..., Path]) -> None:
    for folder in tiny_vectors.values():
        words, rows, counts = open_words(str(folder), ())
        assert words == VECTOR_WORDS and counts == [100_000 // (place + 1) for place in range(len(words))]
        wanted = rows_of(folder)
        np.testing.assert_allclose(rows, wanted / np.linalg.norm(wanted, axis=1, keepdims=True), atol=1e-6)
    assert open_words(str(make_vectors(["a"], np.ones((1, 2), np.float32))), ())[2] is None


@pytest.mark.parametrize("binary", [False, True])
def test_words_of_a_file_of_another_program(tmp_path: Path, binary: bool) -> None:
    rows = vector_rows()
    gensim_vectors(VECTOR_WORDS, rows).save_word2vec_format(str(tmp_path / "vectors.any"), binary=binary)
    for name, folders in ((str(tmp_path / "vectors.any"), ()), ("vectors.any", (tmp_path,))):
        words, read, counts = open_words(name, folders)
        assert words == VECTOR_WORDS and counts is None
        np.testing.assert_allclose(read, rows / np.linalg.norm(rows, axis=1, keepdims=True), atol=1e-6)


def test_words_that_are_not_there(tmp_path: Path) -> None:
    for name, folders in (
        ("missing.txt", ()),
        ("missing.txt", (tmp_path,)),
        ("../x", (tmp_path,)),
        (str(tmp_path), ()),
    ):
        with pytest.raises(SeqtoolError) as caught:
            open_words(name, folders)
        assert os.path.basename(name) in str(caught.value)


def test_a_vocabulary_of_words(tmp_path: Path) -> None:
    """Common words are pieces of their own, and any text can still be written."""
    stems = [
        "the",
        "river",
        "king",
        *(f"{first}{last}" for first in "bdfgklmn" for last in ("ale", "ore", "ine", "oth")),
    ]
    words = [*stems, *(stem + ending for ending in ("s", "dom", "ly") for stem in stems)]
    counts = [2000 // (place + 1) for place in range(len(words))]
    train_pieces_on_words(words, counts, tmp_path / "pieces.model", TokenizerSettings(vocabulary_size=340))
    assert [path.name for path in tmp_path.iterdir()] == ["pieces.model"]
    pieces = Pieces(tmp_path / "pieces.model")
    assert [len(ids) for ids in pieces.ids(["the", "river", "King"])] == [1, 1, 1]
    assert all(pieces.unknown_id not in ids for ids in pieces.ids(["zebra 😀 ज़", "new_york", "x" * 50]))


@pytest.mark.parametrize("counted", [True, False])
def test_a_large_corpus_takes_no_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: bool) -> None:
    """sentencepiece's time grows with the sum of the counts, some 20 seconds a million: it gets smaller ones."""
    heard: list[list[str]] = []
    monkeypatch.setattr(vectors, "train_pieces_on_counts", lambda lines, *_: heard.append(list(lines)))
    words = [f"w{place}" for place in range(3000)]
    counts = [60_000_000 // (place + 1) for place in range(len(words))] if counted else None
    with contextlib.suppress(SeqtoolError):  # for the vocabulary is not written
        train_pieces_on_words(words, counts, tmp_path / "pieces.model", TokenizerSettings())
    weights = [int(line.split("\t")[1]) for line in heard[0]]
    assert weights == sorted(weights, reverse=True) and weights[0] > 100 * weights[-1] > 0
    assert [line.split("\t")[0] for line in heard[0]] == words
    assert sum(weights) <= 1_000_000


def test_words_that_never_stand_in_the_text_have_the_count_zero(tmp_path: Path) -> None:
    """As ``vectors import --corpus`` writes them."""
    words = [f"{first}{last}" for first in "bdfgklmnprst" for last in ("ale", "ore", "ine", "oth", "amp")]
    counts = [max(0, 500 - 10 * place) for place in range(len(words))]
    train_pieces_on_words(words, counts, tmp_path / "pieces.model", TokenizerSettings(vocabulary_size=340))
    assert len(Pieces(tmp_path / "pieces.model").ids(["bale"])[0]) == 1


def plain(words: list[str], rows: Any, pieces: Pieces) -> dict[int, Any]:
    """The mean of the words of each piece, by its share of each; a whole word has its own vector."""
    whole: dict[int, Any] = {}
    parts: dict[int, list[tuple[float, Any]]] = {}
    for word, row in zip(words, rows):
        ids = pieces.ids([word])[0]
        if len(ids) == 1:
            whole[ids[0]] = row
        for number in ids:
            parts.setdefault(number, []).append((1 / len(ids) ** 2, row))
    means = {
        number: sum(share * row for share, row in shared) / sum(share for share, _ in shared)
        for number, shared in parts.items()
    }
    return means | whole


def test_vectors_of_pieces_against_a_loop(pieces: Pieces) -> None:
    words = ["good", "bad", "coffee", "script", "cast", "quality", "works", "price", "the", "working", "café", "qqq"]
    rows = to_unit(vector_rows(words, 16))
    table, known = vectors_of_pieces(words, rows, pieces, 16)
    wanted = plain(words, rows.astype(np.float64), pieces)
    wanted.pop(pieces.unknown_id, None)
    assert any(len(pieces.ids([word])[0]) == 1 for word in words) and any(
        len(pieces.ids([word])[0]) > 1 for word in words
    )
    assert np.flatnonzero(known).tolist() == sorted(wanted)
    assert table.shape == (pieces.size, 16) and table.dtype == np.float32 and not table[~known].any()
    assert float(table[known].std()) == pytest.approx(SPREAD, rel=1e-4)
    units = to_unit(table)
    for number, row in wanted.items():
        np.testing.assert_allclose(units[number], row / np.linalg.norm(row), atol=1e-3)


def test_another_size(pieces: Pieces) -> None:
    """Smaller by the principal axes; larger with zeros, which training fills."""
    words = ["good", "bad", "the", "a", "not", "coffee", "price"]
    rows = vector_rows(words, 12)
    same, known = vectors_of_pieces(words, rows, pieces, 12)
    larger, also = vectors_of_pieces(words, rows, pieces, 20)
    assert larger.shape == (pieces.size, 20) and not larger[:, 12:].any() and (known == also).all()
    np.testing.assert_allclose(to_unit(larger)[:, :12], to_unit(same), atol=1e-5)
    smaller, _ = vectors_of_pieces(words, rows, pieces, 5)
    left, values, _ = np.linalg.svd(to_unit(rows).astype(np.float64), full_matrices=False)
    best = left[:, :5] * values[:5]
    best /= np.linalg.norm(best, axis=1)[:, None]
    whole = [place for place, word in enumerate(words) if len(pieces.ids([word])[0]) == 1]
    found = to_unit(smaller[[pieces.ids([words[place]])[0][0] for place in whole]])
    assert len(whole) >= 2
    np.testing.assert_allclose(found @ found.T, best[whole] @ best[whole].T, atol=1e-3)


def test_no_word_known(pieces: Pieces) -> None:
    table, known = vectors_of_pieces([], np.zeros((0, 8), np.float32), pieces, 8)
    assert not known.any() and not table.any() and table.shape == (pieces.size, 8)


def test_skip_gram_of_pieces_is_repeatable(pieces: Pieces) -> None:
    sequences = pieces.ids(TEXTS * 20)
    settings = VectorSettings(train=True, epochs=1, minimum_count=2)
    first, known = train_skip_gram(sequences, pieces.size, 8, settings, seed=3, threads=1)
    second, _ = train_skip_gram(sequences, pieces.size, 8, settings, seed=3, threads=1)
    assert first.tobytes() == second.tobytes() and first.shape == (pieces.size, 8)
    assert np.flatnonzero(known).tolist() == sorted({number for ids in sequences for number in ids})
    assert float(first[known].std()) == pytest.approx(SPREAD, rel=1e-4) and not first[~known].any()

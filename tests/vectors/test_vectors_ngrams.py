"""Vectors of unknown words, against gensim's fastText."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gensim.models import FastText
from gensim.models.fasttext import compute_ngrams, ft_hash_bytes
from hypothesis import given
from hypothesis import strategies as st

from seqtool.modelfolder.manifest import open_folder
from seqtool.vectors.sentence import EmbedAsked, Embedder
from seqtool.vectors.store import Vectors
from seqtool.vectors.word_ngrams import bucket, character_ngrams

UNKNOWN = ["unheardof", "kingdom", "cafeteria", "naïveté", "नमस", "x", "ab", "😀😀", "don't", "new_york", "straße" * 9]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12), st.integers(1, 4), st.integers(0, 4))
def test_ngrams_against_gensim(word: str, shortest: int, more: int) -> None:
    longest = shortest + more
    ends = ["<", ">"] if shortest == 1 else []  # gensim takes the bare marks too, fastText's own program does not
    assert sorted([*character_ngrams(word, shortest, longest), *ends]) == sorted(
        compute_ngrams(word, shortest, longest)
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), st.integers(1, 1 << 24))
def test_the_hash_against_gensim(ngram: str, buckets: int) -> None:
    assert bucket(ngram, buckets) == ft_hash_bytes(ngram.encode("utf-8")) % buckets


@pytest.fixture(scope="module")
def trained() -> Any:
    chance = random.Random(1)
    stems = ["king", "queen", "man", "café", "river", "stone", "नमस्ते"]
    words = [stem + ending for stem in stems for ending in ("", "s", "ly", "like")]
    texts = [chance.choices(words, k=12) for _ in range(60)]
    return FastText(texts, vector_size=12, min_count=1, bucket=500, min_n=3, max_n=5, epochs=2, workers=1, seed=3).wv


@pytest.fixture(scope="module")
def folders(trained: Any, make_vectors: Callable[..., Path]) -> dict[str, Vectors]:
    return {
        storage: Vectors(
            open_folder(
                make_vectors(
                    trained.index_to_key,
                    trained.vectors,
                    storage=storage,
                    ngrams=(trained.vectors_ngrams, 3, 5),
                    lowercase=True,
                )
            )
        )
        for storage in ("float32", "float16", "int8")
    }


@pytest.mark.parametrize("word", UNKNOWN)
def test_unknown_words_against_gensim(trained: Any, folders: dict[str, Vectors], word: str) -> None:
    wanted = trained.get_vector(word)
    assert word not in trained.key_to_index
    size = np.abs(trained.vectors_ngrams).max()
    for storage, tolerance in (("float32", 1e-7), ("float16", size * 2.0**-11), ("int8", 0.51 * size / 127)):
        found = folders[storage].guess(word)
        np.testing.assert_allclose(found, wanted, atol=tolerance)


def test_known_words_keep_their_own_vector(trained: Any, folders: dict[str, Vectors]) -> None:
    """It is not the mean of the n-grams alone."""
    vectors = folders["float32"]
    assert vectors.rows(slice(None)).tobytes() == trained.vectors.tobytes()
    assert not np.allclose(vectors.guess("kings"), trained.get_vector("kings"))


def test_case_and_loose_accents(folders: dict[str, Vectors]) -> None:
    vectors = folders["float32"]
    wanted = vectors.guess("naïveté")
    for spelling in ("NAÏVETÉ", "nai\u0308vete\u0301", "NAI\u0308VETE\u0301"):
        assert (vectors.guess(spelling) == wanted).all()


def test_a_word_of_a_million_letters_is_quick(folders: dict[str, Vectors]) -> None:
    assert folders["int8"].guess("ab" * 500_000).shape == (12,)


def test_no_ngrams_no_vector(make_vectors: Callable[..., Path]) -> None:
    table = np.ones((4, 2), np.float32)
    long = Vectors(open_folder(make_vectors(["a"], np.ones((1, 2), np.float32), ngrams=(table, 5, 6))))
    assert long.guess("ab") is None and long.guess("abc").tolist() == [1, 1]
    without = Vectors(open_folder(make_vectors(["a"], np.ones((1, 2), np.float32))))
    assert without.guess("abc") is None


def test_unknown_words_in_texts(trained: Any, folders: dict[str, Vectors]) -> None:
    """They count in the mean, and are not counted as unknown; signs have no vector."""
    tokens = ["kings", "unheardof", "!", "queen", "kingdom"]
    parts = [trained.get_vector(word) for word in tokens if word != "!"]
    embedder = Embedder(folders["float32"].folder)
    vector, unknown = embedder.vector(tokens, EmbedAsked())
    np.testing.assert_allclose(vector, np.mean(parts, axis=0), atol=1e-6)
    assert unknown == 0
    rows, unknown = embedder.token_vectors(tokens, EmbedAsked("words"))
    assert unknown == 0 and rows[2] is None
    for row, part in zip([row for row in rows if row is not None], parts):
        np.testing.assert_allclose(row, part, atol=1e-6)
    assert embedder.answer(tokens, EmbedAsked("bow"))["unknown"] == 2

"""Vectors of rare words out of their contexts: slow plain versions of the formulas, and words that are others' twins."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from seqtool.training.vectors.rare_words import COMMONEST, context_means, vectors_from_contexts
from seqtool.training.vectors.swivel import count_pairs
from seqtool.vectors.matrix import to_unit


def plain_means(counts: NDArray[Any], vectors: NDArray[Any]) -> NDArray[np.float64]:
    """counts (words, known); each word's context, cell by cell."""
    shares = [float(counts[:, known].sum()) ** 0.75 for known in range(len(vectors))]
    rows = []
    for word in counts.astype(float):
        context = np.zeros(vectors.shape[1])
        for known, count in enumerate(word):
            if count:
                information = math.log((count / word.sum()) / (shares[known] / sum(shares)))
                context += max(0.0, information) * math.sqrt(count) * vectors[known]
        length = math.sqrt(float(context @ context))
        rows.append([*(context / length if length else context), 1.0])
    return np.array(rows)


def random_pairs(words: int, seed: int, share: float) -> Any:
    """As count_pairs counts: symmetric, mostly nothing, sums of fractions."""
    chance = np.random.default_rng(seed)
    counts = np.triu(chance.integers(1, 30, (words, words)) / 6 * (chance.random((words, words)) < share))
    return csr_matrix((counts + counts.T).astype(np.float32))


@pytest.mark.parametrize("share", [0.05, 0.3, 1.0])
def test_means_of_contexts_against_a_loop(share: float) -> None:
    pairs = random_pairs(30, 1, share)
    vectors = to_unit(np.random.default_rng(2).normal(size=(20, 7)).astype(np.float32))
    found = context_means(pairs[:, :20], vectors)
    assert found.shape == (30, 8) and found.dtype == np.float32
    np.testing.assert_allclose(found, plain_means(pairs[:, :20].toarray(), vectors), atol=1e-5)


def test_a_word_that_stands_near_no_known_one() -> None:
    """It has no context; nobody else is the worse for it."""
    counts = random_pairs(12, 3, 0.6).toarray()
    counts[:, [4, 11]] = counts[[4, 11]] = 0
    vectors = to_unit(np.random.default_rng(4).normal(size=(9, 5)).astype(np.float32))
    found = context_means(csr_matrix(counts)[:, :9], vectors)
    np.testing.assert_allclose(found, plain_means(counts[:, :9], vectors), atol=1e-5)
    assert found[4].tolist() == found[11].tolist() == [0, 0, 0, 0, 0, 1]
    assert np.isfinite(vectors_from_contexts(csr_matrix(counts), vectors)).all()


def test_no_known_word_near_any() -> None:
    counts = np.zeros((6, 6), np.float32)
    counts[4, 5] = counts[5, 4] = 3
    assert np.isfinite(vectors_from_contexts(csr_matrix(counts), np.eye(4, dtype=np.float32))).all()


def test_the_map_is_that_of_least_squares() -> None:
    """Over the known words without the commonest, written out by the pseudo-inverse."""
    known, words = 60, 75
    pairs = random_pairs(words, 5, 0.4)
    vectors = to_unit(np.random.default_rng(6).normal(size=(known, 6)).astype(np.float32))
    means = plain_means(pairs[:, :known].toarray(), vectors)
    first = int(COMMONEST * known)
    wanted = means[known:] @ np.linalg.pinv(means[first:known]) @ vectors[first:]
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    found = vectors_from_contexts(pairs, vectors)
    assert found.shape == (words - known, 6) and found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, atol=1e-4)


# -- twins ------------------------------------------------------------------------------------

KNOWN = [f"word{number}" for number in range(120)]
# Every fourth of the less common ones has a twin, which stands where it could stand, now and then.
TWINS = {f"twin{number}": f"word{number}" for number in range(40, 120, 4)}


def texts_of(count: int, seed: int) -> list[list[str]]:
    """Each word likes some others; twins instead of some of the words."""
    likes = {word: random.Random(word).sample(KNOWN, 8) for word in KNOWN}
    chance = random.Random(seed)
    weights = [1 / (place + 10) for place in range(len(KNOWN))]
    twin_of = {word: twin for twin, word in TWINS.items()}
    texts = []
    for _ in range(count):
        tokens: list[str] = []
        for word in chance.choices(KNOWN, weights, k=5):
            tokens += [*chance.sample(likes[word], 3), word, *chance.sample(likes[word], 3)]
        texts.append([twin_of[word] if word in twin_of and chance.random() < 0.1 else word for word in tokens])
    return texts


def likely(texts: list[list[str]]) -> NDArray[np.float32]:
    """Vectors of the known words: the largest axes of their positive mutual information."""
    counts = count_pairs(texts, KNOWN, 5).toarray()
    with np.errstate(divide="ignore"):
        information = np.log(counts * counts.sum() / np.outer(counts.sum(1), counts.sum(0)))
    axes, values, _ = np.linalg.svd(np.maximum(information, 0))
    return to_unit((axes[:, :40] * np.sqrt(values[:40])).astype(np.float32))


def test_a_twin_comes_out_nearest_to_its_word() -> None:
    texts = texts_of(3000, 1)
    vectors = likely(texts)
    rows = vectors_from_contexts(count_pairs(texts, [*KNOWN, *TWINS], 5), vectors)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    seen = sum(token in TWINS for tokens in texts for token in tokens) / len(TWINS)
    assert seen < 300  # rare beside words of thousands
    nearest = (rows @ vectors.T).argmax(1)
    right = sum(KNOWN[place] == word for place, word in zip(nearest, TWINS.values()))
    assert right >= 0.9 * len(TWINS), (right, len(TWINS))


def test_of_few_sentences_a_twin_is_still_near() -> None:
    """A handful of each: among the nearest tenth, nearly always."""
    texts = texts_of(3000, 2)
    vectors = likely(texts)
    left = dict.fromkeys(TWINS, 8)
    few: list[list[str]] = []
    for tokens in texts:
        kept = []
        for token in tokens:
            if token in TWINS:
                left[token] -= 1
            kept.append(token if left.get(token, 0) >= 0 else TWINS[token])
        few.append(kept)
    rows = vectors_from_contexts(count_pairs(few, [*KNOWN, *TWINS], 5), vectors)
    ranks = [int((vectors @ row > vectors[KNOWN.index(word)] @ row).sum()) for row, word in zip(rows, TWINS.values())]
    assert sum(rank < 12 for rank in ranks) >= 0.8 * len(TWINS), ranks

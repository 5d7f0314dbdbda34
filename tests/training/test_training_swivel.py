"""Swivel and the spelling model against slow, plain versions of the same formulas."""

from __future__ import annotations

import math
import random
from collections import Counter

import numpy as np
import pytest
import torch

from seqtool.training.vectors.spelling import predict_from_spelling, spelling_ngrams
from seqtool.training.vectors.swivel import Cooccurrences, PairBlock, block_gradients, count_pairs, train_swivel


def texts_of(number: int, words: int, seed: int) -> list[list[str]]:
    chance = random.Random(seed)
    return [[f"w{chance.randrange(words)}" for _ in range(chance.randrange(12))] for _ in range(number)]


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("window", [1, 3, 20])
def test_pairs_are_counted_as_by_hand(window: int, power: float) -> None:
    texts = [*texts_of(40, 9, 1), [], ["w1"], ["elsewhere", "w1", "elsewhere", "w2"]]
    words = [f"w{number}" for number in range(8)]
    wanted: Counter[tuple[str, str]] = Counter()
    for text in texts:
        known = [word for word in text if word in words]
        for left in range(len(known)):
            for right in range(left + 1, min(left + window, len(known) - 1) + 1):
                for pair in ((known[left], known[right]), (known[right], known[left])):
                    wanted[pair] += (right - left) ** -power
    matrix = count_pairs(texts, words, window, power).toarray()
    for i, first in enumerate(words):
        for j, second in enumerate(words):
            assert matrix[i, j] == pytest.approx(wanted[first, second], rel=1e-5, abs=1e-6)


def test_blocks_hold_every_pair_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqtool.training.vectors.swivel.BLOCK_WORDS", 3)
    words = [f"w{number}" for number in range(8)]
    matrix = count_pairs(texts_of(60, 8, 2), words, 4)
    pairs = Cooccurrences(matrix)
    whole = np.zeros((8, 8))
    for row in range(pairs.step):
        for column in range(pairs.step):
            block = pairs.block(row, column)
            places = (block.rows.long() * pairs.step + row, block.columns.long() * pairs.step + column)
            np.add.at(whole, (places[0].numpy(), places[1].numpy()), block.counts.numpy())
    np.testing.assert_allclose(whole, matrix.toarray(), rtol=1e-6)
    np.testing.assert_allclose(pairs.totals, matrix.toarray().sum(axis=1), rtol=1e-6)


def test_gradients_of_the_published_loss() -> None:
    """Equations 4 and 5 written out, by automatic differentiation in float64."""
    generator = torch.Generator().manual_seed(3)
    # Numbers that bfloat16 holds exactly, so that only the sums differ.
    rows = torch.randint(-8, 9, (5, 4), generator=generator) / 8
    columns = torch.randint(-8, 9, (6, 4), generator=generator) / 8
    expected = torch.randn(5, 6, generator=generator)
    seen = [(0, 1, 2.0), (0, 5, 0.5), (3, 2, 7.0), (4, 4, 1.0)]
    block = PairBlock(
        *(torch.tensor([pair[i] for pair in seen]) for i in (0, 1)), torch.tensor([pair[2] for pair in seen])
    )
    x, y = rows.double().requires_grad_(), columns.double().requires_grad_()
    product = x @ y.T
    counts = {(i, j): count for i, j, count in seen}
    loss = torch.zeros((), dtype=torch.float64)
    for i in range(5):
        for j in range(6):
            if (i, j) in counts:
                count = counts[i, j]
                information = float(expected[i, j]) + math.log(count)
                loss = loss + (0.1 + 0.25 * count**0.5) / 2 * (product[i, j] - information) ** 2
            else:
                loss = loss + torch.log1p(torch.exp(product[i, j] - float(expected[i, j])))
    loss.backward()
    found = block_gradients(rows, columns, block, expected)
    for gradient, wanted in zip(found, (x.grad, y.grad)):
        assert wanted is not None
        torch.testing.assert_close(gradient.double(), wanted, rtol=0.02, atol=0.02)


def test_words_that_stand_together_come_near_and_seeds_repeat() -> None:
    chance = random.Random(4)
    groups = (["sun", "moon", "star"], ["bread", "soup", "salt"])
    texts = [[chance.choice(group) for _ in range(6)] for group in groups for _ in range(200)]
    words = [word for group in groups for word in group]
    pairs = Cooccurrences(count_pairs(texts, words, 5))

    def run(seed: int) -> np.ndarray:
        return train_swivel(
            pairs, size=6, epochs=60, learning_rate=0.05, seed=seed, device="cpu", on_block=lambda number: None
        )

    rows = run(1)
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = units @ units.T
    assert cosines[:3, :3].min() > cosines[:3, 3:].max()
    np.testing.assert_array_equal(rows, run(1))
    assert np.abs(rows - run(2)).max() > 0.01


def test_spelling_ngrams_are_those_of_the_marked_word() -> None:
    marked = "<été>"
    wanted = {marked[i:j] for i in range(6) for j in range(i + 3, 6) if j - i <= 6} | {"<é", "é>"}
    assert spelling_ngrams("été") == sorted(wanted)


def test_spelling_predicts_what_endings_share() -> None:
    """Stem and ending add up; a word's own prediction is near the sum of its parts."""
    chance = np.random.default_rng(5)
    stems = {f"{a}{b}{c}": chance.normal(size=8) for a in "bdfgk" for b in "aei" for c in ("mm", "nn", "rr")}
    endings = {ending: chance.normal(size=8) for ending in ("ing", "ed", "ly", "ness")}
    words = [stem + ending for stem in stems for ending in endings]
    rows = np.array([stems[s] + endings[e] for s in stems for e in endings], np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    predicted = predict_from_spelling(words, rows, seed=1)
    shuffled = predict_from_spelling(words, rows[chance.permutation(len(rows))], seed=1)

    def cosine(table: np.ndarray) -> float:
        norms = np.linalg.norm(table, axis=1) * np.linalg.norm(rows, axis=1)
        return float(((table * rows).sum(axis=1) / norms).mean())

    assert cosine(predicted) > 0.6 > cosine(shuffled) + 0.2
    np.testing.assert_array_equal(predicted, predict_from_spelling(words, rows, seed=1))

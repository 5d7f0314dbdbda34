"""Texts to vectors, against plain loops and against the papers' formulas."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import VECTOR_WORDS, rows_of, vector_rows

from seqtool import load
from seqtool.errors import OptionError
from seqtool.modelfolder.manifest import open_folder
from seqtool.tokenization.words import words as words_of
from seqtool.vectors import sentence
from seqtool.vectors.sentence import EmbedAsked, Embedder, axis, common_directions, word_weights
from seqtool.vectors.store import Vectors

COUNTS = [100_000 // (place + 1) for place in range(len(VECTOR_WORDS))]
WEIGHT = 1e-3


def texts_of(number: int, seed: int = 1) -> list[list[str]]:
    """Lists of tokens: known words, some twice, unknown ones, signs."""
    chance = random.Random(seed)
    choices = [*VECTOR_WORDS[:60], "unheard", "qwerty", "!", "...", "KING", "New York"]
    return [chance.choices(choices, k=chance.randrange(1, 25)) for _ in range(number)]


def place_of(token: str) -> int | None:
    spelling = {"KING": "king", "New York": "new_york"}.get(token, token)
    return VECTOR_WORDS.index(spelling) if spelling in VECTOR_WORDS else None


def unknown_in(tokens: Sequence[str]) -> int:
    return sum(token in ("unheard", "qwerty") for token in tokens)


def plain_mean(rows: Any, tokens: Sequence[str]) -> list[float] | None:
    total = [0.0] * rows.shape[1]
    count = 0
    for token in tokens:
        place = place_of(token)
        if place is not None:
            count += 1
            for number in range(rows.shape[1]):
                total[number] += float(rows[place, number])
    return [value / count for value in total] if count else None


def close(found: Any, wanted: Any, tolerance: float = 1e-5) -> None:
    assert (found is None) == (wanted is None)
    if wanted is not None:
        np.testing.assert_allclose(found, wanted, atol=tolerance)


@pytest.mark.parametrize("storage", ["float32", "float16", "int8"])
def test_the_mean_against_a_loop(tiny_vectors: dict[str, Path], storage: str) -> None:
    rows = rows_of(tiny_vectors[storage])
    embedder = Embedder(open_folder(tiny_vectors[storage]))
    for tokens in [*texts_of(60), [], ["unheard"], ["!", "?"], ["king"]]:
        vector, unknown = embedder.vector(tokens, EmbedAsked())
        wanted = plain_mean(rows, tokens)
        close(vector, wanted)
        assert unknown == unknown_in(tokens)
        close(
            embedder.vector(tokens, EmbedAsked(normalize=True))[0],
            wanted and [value / math.hypot(*wanted) for value in wanted],
        )


def test_few_rows_kept_give_the_same_bytes(tiny_vectors: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether rows are kept, or read again and again, is about speed alone; so is what came before."""
    texts = texts_of(50)

    def bits() -> list[bytes]:
        embedder = Embedder(open_folder(tiny_vectors["int8"]))
        vectors = [embedder.vector(tokens, EmbedAsked())[0] for tokens in texts]
        return [b"" if vector is None else vector.tobytes() for vector in vectors]

    whole = bits()
    monkeypatch.setattr(sentence, "KEPT_NUMBERS", 24 * 20)
    assert bits() == whole
    folder = open_folder(tiny_vectors["int8"])
    one_by_one = [Embedder(folder).vector(tokens, EmbedAsked())[0] for tokens in texts]
    assert [b"" if vector is None else vector.tobytes() for vector in one_by_one] == whole


def plain_sif(
    rows: Sequence[Sequence[float]], texts: Sequence[Sequence[int]], probabilities: Sequence[float], a: float
) -> tuple[list[list[float]], list[float]]:
    """Algorithm 1 of Arora, Liang & Ma (2017), "A Simple but Tough-to-Beat Baseline for Sentence Embeddings".

    1: for all sentences s: v_s <- 1/|s| sum over w in s of a / (a + p(w)) v_w
    2: form a matrix X whose columns are the v_s, and let u be its first singular vector
    3: for all s: v_s <- v_s - u u^T v_s
    """
    size = len(rows[0])
    means = []
    for text in texts:
        mean = [0.0] * size
        for word in text:
            for number in range(size):
                mean[number] += a / (a + probabilities[word]) * rows[word][number] / len(text)
        means.append(mean)
    u, _, _ = np.linalg.svd(np.array(means).T)
    first = u[:, 0].tolist()
    results = []
    for mean in means:
        along = sum(x * y for x, y in zip(mean, first))
        results.append([x - along * y for x, y in zip(mean, first)])
    return results, first


def test_sif_against_the_paper(make_vectors: Callable[..., Path]) -> None:
    rows = vector_rows()
    chance = random.Random(5)
    texts = [chance.choices(VECTOR_WORDS[:80], weights=COUNTS[:80], k=chance.randrange(1, 15)) for _ in range(120)]
    ids = [[VECTOR_WORDS.index(word) for word in text] for text in texts]
    probabilities = [count / sum(COUNTS) for count in COUNTS]
    wanted, first = plain_sif(rows.astype(np.float64).tolist(), ids, probabilities, WEIGHT)

    weights = word_weights(np.array(COUNTS), WEIGHT)
    np.testing.assert_allclose(weights, [WEIGHT / (WEIGHT + p) for p in probabilities], rtol=1e-6)
    means = np.array([(rows[text] * weights[text][:, None]).mean(axis=0) for text in ids])
    common = common_directions(means)
    assert abs(float(common[0] @ np.array(first))) == pytest.approx(1, abs=1e-5)

    folder = make_vectors(VECTOR_WORDS, rows, storage="float32", counts=COUNTS, common=common, weight=WEIGHT)
    embedder = Embedder(open_folder(folder))
    sif = embedder.asked(method="sif")
    for text, right in zip(texts, wanted):
        vector, unknown = embedder.vector(text, sif)
        close(vector, right, 1e-4)
        assert unknown == 0
        assert (embedder.vector([*text, "unheard"], sif)[0] == vector).all()
    assert embedder.vector(["unheard"], sif) == (None, 1)


def test_several_common_directions(make_vectors: Callable[..., Path]) -> None:
    means = np.random.default_rng(6).normal(size=(200, 24)).astype(np.float32) * np.linspace(5, 1, 24, dtype=np.float32)
    common = common_directions(means, 3)
    _, _, axes = np.linalg.svd(means.astype(np.float64), full_matrices=False)
    assert np.abs((common * axes[:3]).sum(axis=1)) == pytest.approx(np.ones(3), abs=1e-6)
    assert (common[np.arange(3), np.abs(common).argmax(axis=1)] > 0).all()
    folder = make_vectors(VECTOR_WORDS, vector_rows(), storage="float32", counts=COUNTS, common=common, weight=WEIGHT)
    embedder = Embedder(open_folder(folder))
    sif = embedder.asked(method="sif")
    for tokens in texts_of(10):
        vector, _ = embedder.vector(tokens, sif)
        np.testing.assert_allclose(common @ vector, 0, atol=1e-5)


def test_sif_needs_counts_and_directions(make_vectors: Callable[..., Path], tiny_vectors: dict[str, Path]) -> None:
    for folder in (tiny_vectors["int8"], make_vectors(["a"], np.ones((1, 2), np.float32))):
        with pytest.raises(OptionError, match="sif"):
            Embedder(open_folder(folder)).asked(method="sif")


def test_one_vector_a_token(tiny_vectors: dict[str, Path]) -> None:
    rows = rows_of(tiny_vectors["float16"])
    embedder = Embedder(open_folder(tiny_vectors["float16"]))
    for tokens in [*texts_of(20), []]:
        answer = embedder.answer(tokens, EmbedAsked("words"))
        assert list(answer) == ["tokens", "vector", "unknown"]
        assert answer["tokens"] == tokens and answer["unknown"] == unknown_in(tokens)
        for token, vector in zip(tokens, answer["vector"], strict=True):
            place = place_of(token)
            close(vector, None if place is None else rows[place], 0)
    scaled = embedder.answer(["king", "unheard"], EmbedAsked("words", normalize=True))["vector"]
    assert np.linalg.norm(scaled[0]) == pytest.approx(1, abs=1e-6) and scaled[1] is None


def test_one_hot_and_bag_of_words(tiny_vectors: dict[str, Path]) -> None:
    embedder = Embedder(open_folder(tiny_vectors["int8"]))
    size = len(VECTOR_WORDS)
    for tokens in [*texts_of(30), [], ["unheard"], ["!"]]:
        places = [place for place in map(place_of, tokens) if place is not None]
        shared = {"size": size, "unknown": unknown_in(tokens)}
        assert embedder.answer(tokens, EmbedAsked("onehot")) == {
            "indices": places, "values": [1] * len(places), **shared
        }  # fmt: skip
        counts = sorted(Counter(places).items())
        assert embedder.answer(tokens, EmbedAsked("bow")) == {
            "indices": [place for place, _ in counts], "values": [count for _, count in counts], **shared
        }  # fmt: skip
        assert list(embedder.answer(tokens, EmbedAsked("bow"))) == ["indices", "values", "size", "unknown"]


def test_axes_against_the_formula(tiny_vectors: dict[str, Path]) -> None:
    """The cosine with the difference of the poles' means, of unit rows."""
    embedder = Embedder(open_folder(tiny_vectors["float32"]))
    rows = rows_of(tiny_vectors["float32"]).astype(np.float64)
    units = rows / np.linalg.norm(rows, axis=1)[:, None]

    def unit(word: str) -> Any:
        return units[VECTOR_WORDS.index(word)]

    wanted = {
        "gender": (unit("woman") + unit("girl")) / 2 - (unit("man") + unit("boy")) / 2,
        "man:king": unit("king") - unit("man"),
        "city": unit("new_york") - unit("turkey"),
    }
    specs = ["gender=man,boy:woman, girl", "man:king", "city=turkey:New York"]
    asked, by_token = (embedder.asked(method=method, axis=specs) for method in ("mean", "words"))
    for tokens in [["queen"], ["king", "unheard"], ["king", "queen"], ["unheard"]]:
        mean = plain_mean(rows, tokens)
        answer = embedder.answer(tokens, asked)
        if mean is None:
            assert answer == {"scores": None, "unknown": 1}
            continue
        assert list(answer["scores"]) == list(wanted)
        for name, direction in wanted.items():
            cosine = np.dot(mean, direction) / np.linalg.norm(mean) / np.linalg.norm(direction)
            assert answer["scores"][name] == pytest.approx(cosine, abs=1e-6)
    tokens = ["queen", "unheard", "boy"]
    answer = embedder.answer(tokens, by_token)
    assert list(answer) == ["tokens", "scores", "unknown"]
    assert answer["scores"]["gender"] == [
        embedder.answer([token], asked)["scores"]["gender"] if token != "unheard" else None for token in tokens
    ]
    woman, man = (embedder.answer([word], asked)["scores"]["gender"] for word in ("woman", "man"))
    assert man < 0 < woman


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("man", "two poles"),
        ("gender=man", "two poles"),
        ("man:", "two poles"),
        (":woman", "two poles"),
        ("gender= : ", "two poles"),
        ("man:womann", "'woman'"),
        ("gender=man,boi:woman", "'boy'"),
        ("man,:woman", "no vector"),
    ],
)
def test_axes_of_another_form(tiny_vectors: dict[str, Path], spec: str, said: str) -> None:
    with pytest.raises(OptionError, match="--axis") as caught:
        axis(Vectors(open_folder(tiny_vectors["int8"])), spec)
    assert said in str(caught.value) and spec in str(caught.value)


def test_from_python(tiny_vectors: dict[str, Path]) -> None:
    model = load(str(tiny_vectors["int8"]))
    rows = rows_of(tiny_vectors["int8"])
    texts = ["The king and the queen", "", "word001 unheard!", "café"]
    answers = list(model(iter(texts), precision=6))
    assert [answer["text"] for answer in answers] == texts
    for text, answer in zip(texts, answers):
        assert list(answer) == ["text", "vector", "unknown"]
        wanted = plain_mean(rows, words_of(text))
        close(answer["vector"], wanted, 1e-5)
    assert [answer["unknown"] for answer in answers] == [3, 0, 1, 0]
    with pytest.raises(TypeError, match="one string"):
        model("king")
    with pytest.raises(TypeError, match="NoneType"):
        list(model(["king", None]))
    assert list(model([])) == []

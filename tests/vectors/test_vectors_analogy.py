"""Sums with words, against gensim on the same vectors."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import VECTOR_WORDS, gensim_vectors, rows_of, vector_rows

from seqtool.errors import BadRecord
from seqtool.modelfolder.manifest import open_folder
from seqtool.vectors.analogy import Calculator, parse_terms
from seqtool.vectors.store import Vectors

STORAGES = ("float32", "float16", "int8")
Pairs = list[tuple[str, float]]


@pytest.fixture(scope="module")
def opened(tiny_vectors: dict[str, Path]) -> dict[str, tuple[Vectors, Any]]:
    """For each storage our vectors, and gensim's of the rows as they are stored."""
    return {
        storage: (Vectors(open_folder(folder)), gensim_vectors(VECTOR_WORDS, rows_of(folder)))
        for storage, folder in tiny_vectors.items()
    }


def questions(number: int = 40) -> list[list[str]]:
    """Single words, triples, and longer sums with signs, some with a word twice."""
    chance = random.Random(4)
    asked = [
        ["king"],
        ["king", "man", "woman"],
        ["Paris", "France", "Italy"],
        ["😀"],
        ["king", "-", "man", "+", "king"],
    ]
    for place in range(number):
        words = chance.sample(VECTOR_WORDS, 2 + place % 4)
        asked.append(words[:1] + [part for word in words[1:] for part in (chance.choice("+-"), word)])
    return [words for words in asked if words.count("+") or len(words) in (1, 3)]


def signed(words: list[str]) -> tuple[list[str], list[str]]:
    """The positive and the negative words of a question, read in another way than parse_terms does."""
    if len(words) == 3 and not {"+", "-"} & set(words):
        return [words[0], words[2]], [words[1]]
    positive, negative = [], []
    for sign, word in zip(["+", *words[1::2]], words[::2]):
        (positive if sign == "+" else negative).append(word)
    return positive, negative


def same(found: list[dict[str, Any]], wanted: Pairs, tolerance: float = 2e-6) -> None:
    assert [answer["word"] for answer in found] == [word for word, _ in wanted]
    assert [answer["score"] for answer in found] == pytest.approx([score for _, score in wanted], abs=tolerance)


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("vocabulary", [0, 200])
def test_sums_against_gensim(opened: dict[str, Any], storage: str, vocabulary: int) -> None:
    vectors, reference = opened[storage]
    calculator = Calculator(vectors, top=8, vocabulary=vocabulary)
    asked = questions()
    for words, found in zip(asked, calculator.answers([calculator.terms(words) for words in asked])):
        positive, negative = signed(words)
        wanted = reference.most_similar(positive, negative, topn=8, restrict_vocab=vocabulary or None)
        same(found, wanted)
        assert not {answer["word"] for answer in found} & {*positive, *negative}


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`")  # gensim calls it itself
@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("vocabulary", [0, 200])
def test_products_against_gensim(opened: dict[str, Any], storage: str, vocabulary: int) -> None:
    vectors, reference = opened[storage]
    calculator = Calculator(vectors, method="mul", top=8, vocabulary=vocabulary)
    # With several negative words gensim adds its epsilon to their product, we add it to each.
    asked = [words for words in questions() if len(signed(words)[1]) < 2]
    for words, found in zip(asked, calculator.answers([calculator.terms(words) for words in asked])):
        positive, negative = signed(words)
        # Its restrict_vocab does nothing here, so the scores of all words are asked for.
        scores = reference.most_similar_cosmul(positive, negative, topn=None)[: vocabulary or None]
        named = {VECTOR_WORDS.index(word) for word in words if word not in "+-"}
        order = [place for place in np.argsort(-scores).tolist() if place not in named][:8]
        same(found, [(VECTOR_WORDS[place], float(scores[place])) for place in order], 1e-5)


def product(units: Any, positive: list[int], negative: list[int]) -> list[tuple[int, float]]:
    """3CosMul of every row by its formula, the best first, ties by place."""
    scores = []
    for place, row in enumerate(units):
        above = np.prod([(1 + row @ units[other]) / 2 for other in positive])
        below = np.prod([(1 + row @ units[other]) / 2 + 1e-6 for other in negative])
        scores.append((place, float(above / below)))
    kept = [(place, score) for place, score in scores if place not in {*positive, *negative}]
    return sorted(kept, key=lambda pair: (-pair[1], pair[0]))


def test_products_of_words_that_are_nearly_opposite(make_vectors: Callable[..., Path]) -> None:
    """Where a cosine is near -1 the quotient is steep: float32 alone would pick other words."""
    chance = np.random.default_rng(8)
    base = chance.normal(size=12)
    near = [base, -base, *(-base + 3e-4 * chance.normal(size=12) for _ in range(60)), *chance.normal(size=(40, 12))]
    rows = np.array(near, np.float32)
    words = [f"w{number}" for number in range(len(rows))]
    vectors = Vectors(open_folder(make_vectors(words, rows, storage="float32")))
    units = vectors.unit_rows(slice(None)).astype(np.float64)
    calculator = Calculator(vectors, method="mul", top=3)
    for triple in (["w70", "w0", "w80"], ["w90", "w0", "w75"], ["w99", "w0", "w66"]):
        [found] = calculator.answers([calculator.terms(triple)])
        first, second, third = (int(word[1:]) for word in triple)
        wanted = product(units, [first, third], [second])[:3]
        assert [answer["word"] for answer in found] == [f"w{place}" for place, _ in wanted]
        assert [answer["score"] for answer in found] == pytest.approx([score for _, score in wanted], rel=1e-6)


@pytest.mark.parametrize("storage", STORAGES)
def test_similarity_against_gensim(opened: dict[str, Any], storage: str) -> None:
    vectors, reference = opened[storage]
    calculator = Calculator(vectors)
    chance = random.Random(2)
    for first, second in [("king", "king"), *(chance.sample(VECTOR_WORDS, 2) for _ in range(50))]:
        found = calculator.similarity(calculator.index(first), calculator.index(second))
        assert found == pytest.approx(float(reference.similarity(first, second)), abs=1e-6)


@pytest.mark.parametrize("storage", STORAGES)
def test_folders_of_unit_rows_against_gensim(make_vectors: Callable[..., Path], storage: str) -> None:
    """As training writes them; gensim divides by the lengths of the rows as they are stored."""
    rows = vector_rows()
    units = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    folder = make_vectors(VECTOR_WORDS, units, storage=storage, unit=True)
    calculator = Calculator(Vectors(open_folder(folder)), top=6)
    reference = gensim_vectors(VECTOR_WORDS, rows_of(folder))
    for words in random.Random(6).choices(VECTOR_WORDS, k=20):
        place = calculator.index(words)
        assert calculator.similarity(place, place) == pytest.approx(1, abs=1e-6)
        same(calculator.answers([calculator.terms([words])])[0], reference.most_similar(words, topn=6))


@pytest.mark.parametrize("storage", STORAGES)
def test_the_odd_one_against_gensim(opened: dict[str, Any], storage: str) -> None:
    vectors, reference = opened[storage]
    calculator = Calculator(vectors)
    chance = random.Random(3)
    for number in range(28):
        # Of two words neither is odder than the other.
        words = chance.sample(VECTOR_WORDS, 3 + number % 7)
        found = calculator.odd([calculator.index(word) for word in words])
        assert found[0]["word"] == reference.doesnt_match(words)
        ranked = reference.rank_by_centrality(words)[::-1]
        same(found, [(word, score) for score, word in ranked])


def test_the_first_sense_of_the_made_up_vectors(opened: dict[str, Any]) -> None:
    """The rows are made so that analogies come out: a check of the fixture, and of the signs."""
    vectors, _ = opened["float32"]
    calculator = Calculator(vectors, top=1)
    for triple, right in {
        ("king", "man", "woman"): "queen",
        ("Paris", "France", "Italy"): "Rome",
        ("boy", "man", "woman"): "girl",
    }.items():
        assert calculator.answers([calculator.terms(triple)])[0][0]["word"] == right


def test_the_same_answers_in_any_company(opened: dict[str, Any]) -> None:
    vectors, _ = opened["int8"]
    for method in ("add", "mul"):
        calculator = Calculator(vectors, method=method, top=4)
        terms = [calculator.terms(words) for words in questions(120)]
        whole = calculator.answers(terms)
        assert [calculator.answers([one])[0] for one in terms] == whole
        order = list(range(len(terms)))
        random.Random(1).shuffle(order)
        assert calculator.answers([terms[place] for place in order]) == [whole[place] for place in order]
        assert calculator.answers([]) == []


@pytest.mark.parametrize("method", ["add", "mul"])
def test_more_answers_than_words(opened: dict[str, Any], method: str) -> None:
    vectors, _ = opened["float16"]
    calculator = Calculator(vectors, method=method, top=1000, vocabulary=10)
    [found] = calculator.answers([calculator.terms(["king", "man", "woman"])])
    assert sorted(answer["word"] for answer in found) == sorted({*VECTOR_WORDS[:10]} - {"king", "man", "woman"})
    assert [answer["score"] for answer in found] == sorted((answer["score"] for answer in found), reverse=True)


@pytest.mark.parametrize("method", ["add", "mul"])
def test_words_outside_the_vocabulary_may_be_asked_about(opened: dict[str, Any], method: str) -> None:
    vectors, _ = opened["float32"]
    calculator = Calculator(vectors, method=method, top=5, vocabulary=20)
    [found] = calculator.answers([calculator.terms(["word300", "word301", "word302"])])
    assert len(found) == 5 and {answer["word"] for answer in found} <= {*VECTOR_WORDS[:20]}


def test_ties_go_to_the_commoner_word_and_zeros_do_no_harm(make_vectors: Callable[..., Path]) -> None:
    rows = np.array([[1, 0], [2, 0], [0, 0], [3, 0], [0, 1]], np.float32)
    vectors = Vectors(open_folder(make_vectors(list("abcde"), rows, storage="float32")))
    calculator = Calculator(vectors, top=4)
    first, nothing, cancelled = calculator.answers([calculator.terms(w) for w in (["a"], ["c"], ["a", "-", "b"])])
    assert [answer["word"] for answer in first] == ["b", "d", "c", "e"]
    assert [answer["score"] for answer in first] == [1, 1, 0, 0]
    assert nothing == cancelled == []  # what points nowhere is near to nothing


@pytest.mark.parametrize(
    ("words", "names", "signs"),
    [
        ("a", "a", [1]),
        ("a b", "ab", [1, 1]),
        ("a b c", "abc", [1, -1, 1]),
        ("a + b", "ab", [1, 1]),
        ("a - b", "ab", [1, -1]),
        ("- a + b", "ab", [-1, 1]),
        ("a \u2212 b + c + d - e", "abcde", [1, -1, 1, 1, -1]),
        ("a - a", "aa", [1, -1]),
    ],
)
def test_signs(words: str, names: str, signs: list[int]) -> None:
    assert parse_terms(words.split()) == (list(names), signs)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("a b c d", "4 words"),
        ("a + b c", "no sign before 'c'"),
        ("a + - b", "two signs"),
        ("a b +", "no sign before 'b'"),
        ("a +", "without a word"),
        ("+", "without a word"),
        ("- -", "without a word"),
        ("a - b - ", "without a word"),
    ],
)
def test_signs_and_words_that_do_not_take_turns(words: str, said: str) -> None:
    with pytest.raises(BadRecord, match=said) as caught:
        parse_terms(words.split())
    assert caught.value.kind == "word"


def test_an_unknown_word_is_named_with_the_nearest_spellings(opened: dict[str, Any]) -> None:
    calculator = Calculator(opened["int8"][0])
    for word, meant in {"qeen": "'queen'", "womann": "'woman'", "cafe": "'café'", "pirnce": "'prince'"}.items():
        with pytest.raises(BadRecord) as caught:
            calculator.terms(["king", "man", word])
        assert caught.value.kind == "word" and repr(word) in caught.value.message and meant in caught.value.message
    for word in ("x" * 5000, "ष" * 30, "7", "zzzzzzzzzzzz"):
        with pytest.raises(BadRecord) as caught:
            calculator.index(word)
        assert repr(word) in caught.value.message


def test_case_accents_and_phrases(opened: dict[str, Any], make_vectors: Callable[..., Path]) -> None:
    cased = opened["float32"][0]

    def word(spelling: str) -> str | None:
        place = cased.find(spelling)
        return None if place is None else cased.words[place]

    assert word("Turkey") == "Turkey" and word("turkey") == "turkey"
    assert word("TURKEY") == "turkey" and word("KING") == "king"
    assert word("cafe\u0301") == "café" and word("A\u0308rø") is None
    assert word("new york") == "new_york" and word("New York") == "new_york" and word("new_york") == "new_york"
    assert word("paris") is None and word("") is None and word(" ") is None
    names = ["paris", "café", "new_york", "straße"]
    lowered = Vectors(open_folder(make_vectors(names, vector_rows(names), lowercase=True)))
    spellings = ("Paris", "PARIS", "CAFE\u0301", "New York", "STRASSE", "Straße")
    found = [lowered.find(spelling) for spelling in spellings]
    assert found == [0, 0, 1, 2, None, 3]
    assert lowered.find_all(list(spellings)) == found


def test_capitals_with_loose_accents_in_vectors_that_keep_capitals(opened: dict[str, Any]) -> None:
    """The fallback to lower case is in NFC too."""
    vectors = opened["float32"][0]
    assert vectors.find("CAFE\u0301") == vectors.find("CAFÉ") == vectors.find("café")


def test_a_word_as_the_vocabulary_spells_it_is_found(make_vectors: Callable[..., Path]) -> None:
    """Imported vocabularies are not all in NFC; embed and analogy agree on what is known."""
    words = ["cafe\u0301", "king", "\u212bngstro\u0308m"]
    vectors = Vectors(open_folder(make_vectors(words, np.eye(3, dtype=np.float32))))
    assert vectors.find_all(words) == [0, 1, 2]
    assert [vectors.find(word) for word in words] == [0, 1, 2]

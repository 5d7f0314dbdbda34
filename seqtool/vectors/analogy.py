"""Sums with words: analogies, neighbours, similarities, the odd one out.

:class:`Analogies` answers what ``seqtool analogy`` can be asked; :class:`Calculator` computes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtool.answers import Answer, Engine
from seqtool.errors import BadRecord, OptionError, nearest
from seqtool.modelfolder.manifest import ModelFolder
from seqtool.settings import checked
from seqtool.vectors.matrix import Floats, to_unit
from seqtool.vectors.nearest import Found, dots, search
from seqtool.vectors.store import Vectors

# Keeps the quotient finite; gensim has the same (Levy & Goldberg 2014 write 0.001).
EPSILON = 1e-6
# Questions at once, for 3CosMul: each needs the cosines of all its words.
PRODUCTS = 128
# Of logarithms of cosines: one near -1 magnifies what a matrix product is off by.
PRODUCT_SLACK = 1e-2
STEEP = 1e-3
NOTHING = 1e-6
SIGNS = {"+": 1.0, "-": -1.0, "\u2212": -1.0}
METHODS = ("add", "mul")


@dataclass(frozen=True)
class AnalogyAsked:
    """What ``seqtool analogy`` can be asked.

    ``method``: ``add`` is 3CosAdd, the cosine to the sum (Mikolov, Yih & Zweig 2013); ``mul``
    is 3CosMul (Levy & Goldberg 2014).  ``odd``: which of the words belongs there least.
    ``vocabulary``: answers are among so many of the commonest words.
    """

    top: int = checked(10, above=0)
    method: str = checked("add", choices=METHODS)
    odd: bool = False
    vocabulary: int | None = checked(None, above=0)


class Analogies(Engine[AnalogyAsked]):
    """Answers lists of words, or texts with white space between words.

    One word: its nearest neighbours; two: their similarity; three: an analogy; with signs any sum.
    What cannot be answered is a BadRecord of the kind word in its answer's position.
    """

    Asked = AnalogyAsked

    def __init__(self, folder: ModelFolder, *, threads: int = 1, batch_size: int = 64) -> None:
        self.folder = folder
        self.vectors = Vectors(folder)

    def check(self, asked: AnalogyAsked) -> AnalogyAsked:
        if asked.method not in METHODS:
            raise OptionError(f"--method {asked.method}: {nearest(asked.method, METHODS)}")
        for name, number in (("top", asked.top), ("vocabulary", asked.vocabulary)):
            if number is not None and number < 1:
                raise OptionError(f"--{name} {number}: is not above 0")
        return asked

    def fields(self, asked: AnalogyAsked) -> list[str]:
        return ["words", "answers", "similarity"]

    def answers(self, items: Sequence[Sequence[str] | str], asked: AnalogyAsked) -> list[Answer | BadRecord]:
        calculator = Calculator(self.vectors, method=asked.method, top=asked.top, vocabulary=asked.vocabulary or 0)
        answers: list[Answer | BadRecord] = []
        # Sums are searched for together.
        sums: list[tuple[Answer, Terms]] = []
        for item in items:
            words = item.split() if isinstance(item, str) else list(item)
            answer: Answer = {"words": words, "answers": []}
            answers.append(answer)
            try:
                if asked.odd:
                    answer["answers"] = calculator.odd([calculator.index(word) for word in words])
                elif len(words) == 2 and not SIGNS.keys() & set(words):
                    del answer["answers"]
                    answer["similarity"] = calculator.similarity(*map(calculator.index, words))
                elif words:
                    sums.append((answer, calculator.terms(words)))
            except BadRecord as error:
                answers[-1] = error
        for (answer, _), found in zip(sums, calculator.answers([terms for _, terms in sums])):
            answer["answers"] = found
        return answers


@dataclass(frozen=True)
class Terms:
    """Known words and the sign of each."""

    indices: tuple[int, ...]
    signs: tuple[float, ...]


def parse_terms(words: Sequence[str]) -> tuple[list[str], list[float]]:
    """Words and their signs.

    Three words ``a b c`` are ``a - b + c``; one or two stand for themselves; more need signs
    between them, as in ``king - man + woman + french``.

    :raises BadRecord: kind word, when signs and words do not take turns.
    """
    if not any(word in SIGNS for word in words):
        if len(words) > 3:
            raise BadRecord("word", f"{len(words)} words; an analogy has three, a sum needs signs: king - man + woman")
        return list(words), [1.0, -1.0, 1.0] if len(words) == 3 else [1.0] * len(words)
    names: list[str] = []
    signs: list[float] = []
    sign: float | None = 1.0
    for word in words:
        if word in SIGNS:
            if sign is not None and names:
                raise BadRecord("word", f"two signs side by side before {word!r}; a word belongs between them")
            sign = SIGNS[word]
        elif sign is None:
            raise BadRecord("word", f"no sign before {word!r}; write + or - between words")
        else:
            names.append(word)
            signs.append(sign)
            sign = None
    if sign is not None or not names:
        raise BadRecord("word", "a sign without a word behind it")
    return names, signs


class Calculator:
    """Computes over the ``vocabulary`` commonest words (0: all), by a ``method`` of :class:`AnalogyAsked`."""

    def __init__(self, vectors: Vectors, *, method: str = "add", top: int = 10, vocabulary: int = 0) -> None:
        self.vectors = vectors
        self._method = method
        self._top = top
        self._stop = min(vocabulary or len(vectors), len(vectors))

    def index(self, word: str) -> int:
        """The index of a word.

        :raises BadRecord: kind word, naming it and the nearest spellings.
        """
        index = self.vectors.find(word)
        if index is None:
            near = " or ".join(repr(other) for other in self.vectors.spellings(word))
            hint = f"did you mean {near}?" if near else "try a commoner word"
            raise BadRecord("word", f"no vector for {word!r}: {hint}")
        return index

    def terms(self, words: Sequence[str]) -> Terms:
        """:func:`parse_terms`, with the words' indices."""
        names, signs = parse_terms(words)
        return Terms(tuple(self.index(name) for name in names), tuple(signs))

    def answers(self, questions: Sequence[Terms]) -> list[list[dict[str, Any]]]:
        """For each question, the nearest words that it does not name: [{word, score}], the best first.

        ``score`` is the cosine between answer and sum for ``add``; for ``mul`` the quotient of
        products, which has no upper bound.
        """
        if self._method == "mul" and len(questions) > PRODUCTS:
            parts = (questions[start : start + PRODUCTS] for start in range(0, len(questions), PRODUCTS))
            return [answer for part in parts for answer in self.answers(part)]
        if not questions:
            return []
        found = self._by_product(questions) if self._method == "mul" else self._by_sum(questions)
        words = self.vectors.words
        return [[{"word": words[index], "score": score} for index, score in one] for one in found]

    def _by_sum(self, questions: Sequence[Terms]) -> list[Found]:
        """Cosines to the sum of the signed unit vectors."""
        vectors = self.vectors
        sums = _sums(vectors, questions)
        queries = to_unit(sums)
        found = search(
            vectors.unit_blocks(self._stop),
            lambda block: queries @ block.T,
            lambda numbers, rows: dots(vectors.unit_rows(rows), queries[numbers]),
            len(questions),
            self._top,
            [question.indices for question in questions],
        )
        # Words that cancel each other out point nowhere.
        lengths = np.abs(sums).max(axis=1).tolist()
        return [one if length > NOTHING else [] for one, length in zip(found, lengths)]

    def _by_product(self, questions: Sequence[Terms]) -> list[Found]:
        """Cosines shifted to 0..1, multiplied for positive words, divided by for negative ones.

        Searched as sums of logarithms, whose order is the same.
        """
        vectors = self.vectors
        used, columns = np.unique([index for question in questions for index in question.indices], return_inverse=True)
        units = vectors.unit_rows(used)
        signs = np.zeros((len(questions), len(used)), np.float32)
        column = iter(columns.tolist())
        for number, question in enumerate(questions):
            for sign in question.signs:
                signs[number, next(column)] += sign

        def score(block: Floats) -> Floats:
            shifted = (units @ block.T + 1) / 2
            for i, j in np.argwhere(shifted < STEEP):  # where a logarithm magnifies the product's error
                shifted[i, j] = (dots(units[i : i + 1], block[j : j + 1])[0] + 1) / 2
            # A negative word's epsilon keeps its quotient finite; a positive word has none.
            scores = np.empty((len(questions), len(block)), np.float32)
            with np.errstate(divide="ignore"):
                positive = np.log(np.maximum(shifted, 1e-9))
                negative = np.log(np.maximum(shifted + EPSILON, 1e-9))
            for number, row in enumerate(signs):
                used_here = np.flatnonzero(row)
                scores[number] = sum(
                    (row[i] * (positive if row[i] > 0 else negative)[i] for i in used_here),
                    np.zeros(len(block), np.float32),
                )
            return scores

        def rescore(numbers: Any, indices: Any) -> NDArray[np.float64]:
            rows = vectors.unit_rows(indices)
            result = np.zeros(len(numbers))
            for number in np.unique(numbers).tolist():
                mine = np.flatnonzero(numbers == number)
                for i in np.flatnonzero(signs[number]):
                    shifted = (dots(rows[mine], np.broadcast_to(units[i], rows[mine].shape)) + 1) / 2
                    sign = float(signs[number, i])
                    result[mine] += sign * (
                        np.log(np.maximum(shifted, 1e-9)) if sign > 0 else np.log(np.maximum(shifted + EPSILON, 1e-9))
                    )
            return result

        found = search(
            vectors.unit_blocks(self._stop), score, rescore, len(questions), self._top,
            [question.indices for question in questions], PRODUCT_SLACK,
        )  # fmt: skip
        return [[(index, float(np.exp(value))) for index, value in one] for one in found]

    def similarity(self, first: int, second: int) -> float:
        """The cosine of two words."""
        rows = self.vectors.unit_rows(np.array([first, second]))
        return float(dots(rows[:1], rows[1:])[0])

    def odd(self, indices: Sequence[int]) -> list[dict[str, Any]]:
        """The words by their cosine to the mean of all of them: the first belongs there least."""
        if not indices:
            return []
        rows = self.vectors.unit_rows(np.array(indices))
        mean = to_unit(rows.sum(axis=0, keepdims=True))
        scores = dots(rows, np.broadcast_to(mean, rows.shape)).tolist()
        order = sorted(range(len(indices)), key=lambda number: (scores[number], number))
        return [{"word": self.vectors.words[indices[number]], "score": scores[number]} for number in order]


def _sums(vectors: Vectors, questions: Sequence[Terms]) -> Floats:
    """The signed sum of each question's unit vectors, added in the order of its words: (questions, size)."""
    indices = np.array([index for question in questions for index in question.indices])
    signs = np.array([sign for question in questions for sign in question.signs], np.float32)
    starts = np.cumsum([0, *(len(question.indices) for question in questions[:-1])])
    signed = vectors.unit_rows(indices) * signs[:, None]
    sums: Floats = np.add.reduceat(signed, starts, axis=0)
    return sums

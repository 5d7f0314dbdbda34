"""Texts to vectors, out of the vectors of their words.

Every sum runs over one text alone, in the order of its words: the same in any batch.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqtool.answers import Answer, Engine, Item
from seqtool.errors import OptionError, nearest
from seqtool.modelfolder.manifest import ModelFolder
from seqtool.settings import checked
from seqtool.tokenization.words import words
from seqtool.vectors.matrix import Floats, to_unit
from seqtool.vectors.nearest import dots
from seqtool.vectors.store import Vectors

SPARSE = ("onehot", "bow")
METHODS = ("mean", "sif", "words", *SPARSE)
# Float32 rows that are kept once they were used: so many numbers (64 MB).
KEPT_NUMBERS = 16 << 20
# The words that are in most texts are taken at once.
COMMONEST = 4096
NOTHING = 1e-6


@dataclass(frozen=True)
class EmbedAsked:
    """What ``seqtool embed`` can be asked.

    ``method``: ``mean``; ``sif``, smooth inverse frequency (Arora, Liang & Ma 2017): each word
    weighs a / (a + p(word)), then the directions that all texts share are taken out; ``words``,
    one a token; ``onehot``, one index a token, and ``bow``, the counts of the words, which are
    sparse.  ``axis``: instead of the vector the position on each, see :func:`axis`.
    """

    method: str = checked("mean", choices=METHODS)
    axis: tuple[str, ...] = ()
    normalize: bool = False


class Embedder(Engine[EmbedAsked]):
    """Vectors of texts from the vectors of their words."""

    Asked = EmbedAsked
    reads_tokens = True

    def __init__(self, folder: ModelFolder, *, threads: int = 1, batch_size: int = 64) -> None:
        self.folder = folder
        self.vectors = vectors = Vectors(folder)
        self._directions: dict[tuple[str, ...], dict[str, Floats]] = {(): {}}
        self._sif: tuple[NDArray[np.float32], Floats] | None = None
        rows = min(len(vectors), KEPT_NUMBERS // vectors.size)
        # Reserved, not filled: pages are taken as words are used.
        self._kept = np.empty((rows, vectors.size), np.float32)
        self._have = np.zeros(rows, bool)
        common = min(rows, COMMONEST)
        self._kept[:common] = vectors.rows(slice(0, common))
        self._have[:common] = True

    def check(self, asked: EmbedAsked) -> EmbedAsked:
        if asked.method not in METHODS:
            raise OptionError(f"--method {asked.method}: {nearest(asked.method, METHODS)}")
        if asked.axis and asked.method in SPARSE:
            raise OptionError(f"--axis: a place on an axis needs a vector; --method {asked.method} has none")
        if asked.axis not in self._directions:
            named = dict(axis(self.vectors, spec) for spec in asked.axis)
            if len(named) < len(asked.axis):
                raise OptionError("--axis: two of one name; name them apart, as in a=man:woman and b=boy:girl")
            self._directions[asked.axis] = named
        if asked.method == "sif" and self._sif is None:
            self._sif = _sif(self.vectors)
        return asked

    def size(self, asked: EmbedAsked) -> int:
        """The numbers of a vector."""
        return self.vectors.size

    def fields(self, asked: EmbedAsked) -> list[str]:
        if asked.method in SPARSE:
            return ["indices", "values", "size", "unknown"]
        names = ["tokens"] if asked.method == "words" else []
        return [*names, "scores" if asked.axis else "vector", "unknown"]

    def answers(self, items: Sequence[Item], asked: EmbedAsked) -> list[Answer]:
        """Vectors are arrays, None where no word is known."""
        return [self.answer(words(text or "") if tokens is None else tokens, asked) for text, tokens, _ in items]

    def _rows(self, ids: NDArray[np.intp]) -> Floats:
        """Float32 rows of a text's words."""
        have = self._have.take(ids, mode="clip")
        if not have.all():
            if len(self._have) < len(self.vectors) and ids.max() >= len(self._have):
                return self.vectors.rows(ids)
            new = np.unique(ids[~have])
            self._kept[new] = self.vectors.rows(new)
            self._have[new] = True
        elif len(self._have) < len(self.vectors) and ids.max() >= len(self._have):
            return self.vectors.rows(ids)
        return self._kept.take(ids, axis=0)

    def _known(self, tokens: Sequence[str]) -> tuple[list[int | None], list[Floats | None], int]:
        """The index of each token, the guess for each without one, and how many stay unknown.

        Signs without a letter or digit that have no vector are left out without a count.
        """
        indices = self.vectors.find_all(tokens)
        if None not in indices:
            return indices, [], 0
        guesses: list[Floats | None] = [None] * len(tokens)
        unknown = 0
        for number, index in enumerate(indices):
            if index is None and _is_word(tokens[number]):
                guesses[number] = self.vectors.guess(tokens[number])
                unknown += guesses[number] is None
        return indices, guesses, unknown

    def vector(self, tokens: Sequence[str], asked: EmbedAsked) -> tuple[Floats | None, int]:
        """The vector of a text's tokens, (size,), None where none is known; and the unknown ones."""
        indices, guesses, unknown = self._known(tokens)
        known = indices if not guesses else [index for index in indices if index is not None]
        ids = np.array(known, np.intp)
        extra = [guess for guess in guesses if guess is not None]
        count = len(ids) + len(extra)
        if not count:
            return None, unknown
        rows = self._rows(ids) if len(ids) else np.zeros((0, self.vectors.size), np.float32)
        weights, common = self._sif if asked.method == "sif" and self._sif else (None, None)
        if weights is not None:
            rows *= weights[ids][:, None]
        total = np.add.reduce(rows, axis=0)
        for guess in extra:  # words too rare to have a count: their weight is 1
            total = total + guess
        vector = total / np.float32(count)
        if common is not None:
            for direction in common:
                vector = vector - direction * np.multiply(direction, vector).sum()
        return _scaled(vector, asked), unknown

    def token_vectors(self, tokens: Sequence[str], asked: EmbedAsked) -> tuple[list[Floats | None], int]:
        """One vector a token, None for an unknown one."""
        indices, guesses, unknown = self._known(tokens)
        found = [
            self._rows(np.array([index]))[0] if index is not None else guess
            for index, guess in itertools.zip_longest(indices, guesses)
        ]
        return [None if vector is None else _scaled(vector, asked) for vector in found], unknown

    def answer(self, tokens: Sequence[str], asked: EmbedAsked) -> Answer:
        """The fields of :meth:`fields` for a text's tokens."""
        if asked.method in SPARSE:
            return self._sparse(tokens, asked)
        if asked.method == "words":
            vectors, unknown = self.token_vectors(tokens, asked)
            answer: Answer = {"tokens": list(tokens)}
            if asked.axis:
                positions = [self._positions(vector, asked) for vector in vectors]
                names = self._directions[asked.axis]
                answer["scores"] = {name: [found and found[name] for found in positions] for name in names}
            else:
                answer["vector"] = vectors
            return {**answer, "unknown": unknown}
        vector, unknown = self.vector(tokens, asked)
        if asked.axis:
            return {"scores": self._positions(vector, asked), "unknown": unknown}
        return {"vector": vector, "unknown": unknown}

    def _sparse(self, tokens: Sequence[str], asked: EmbedAsked) -> Answer:
        found, guesses, unknown = self._known(tokens)
        unknown += sum(guess is not None for guess in guesses)  # a guess is none of the vocabulary's
        known = [index for index in found if index is not None]
        if asked.method == "bow":
            indices, counts = np.unique(np.array(known, np.intp), return_counts=True)
            known, values = indices.tolist(), counts.tolist()
        else:
            values = [1] * len(known)
        return {"indices": known, "values": values, "size": len(self.vectors), "unknown": unknown}

    def _positions(self, vector: Floats | None, asked: EmbedAsked) -> dict[str, float] | None:
        """The position of a vector on every axis: the cosine between the two."""
        if vector is None:
            return None
        unit = to_unit(vector[None])
        return {name: float(dots(unit, line[None])[0]) for name, line in self._directions[asked.axis].items()}


def _scaled(vector: Floats, asked: EmbedAsked) -> Floats:
    return to_unit(vector[None])[0] if asked.normalize else vector


@functools.lru_cache(maxsize=1 << 14)
def _is_word(token: str) -> bool:
    """Whether it has a letter or a digit."""
    return any(map(str.isalnum, token))


def word_weights(counts: NDArray[np.int64], weight: float) -> NDArray[np.float32]:
    """SIF's weight of each word: a / (a + p(word))."""
    weights: NDArray[np.float32] = (weight / (weight + counts / max(1, counts.sum()))).astype(np.float32)
    return weights


def _sif(vectors: Vectors) -> tuple[NDArray[np.float32], Floats]:
    counts, common = vectors.counts, vectors.common
    if counts is None or common is None:
        raise OptionError(
            f"{vectors.folder.name}: has no word counts and common directions, which sif needs; "
            "train vectors writes them, and vectors import --corpus"
        )
    weight = vectors.folder.table("sif").get("weight")
    if not isinstance(weight, float) or not 0 < weight < 1:
        raise vectors.folder.damaged("has no weight between 0 and 1 in [sif]")
    return word_weights(counts, weight), common


def common_directions(rows: Floats, directions: int = 1) -> Floats:
    """The first principal directions of texts' weighted means, as SIF takes out: (directions, size).

    Of the means as they are, not centred (Arora, Liang & Ma 2017, algorithm 1).  ``rows``:
    (texts, size).
    """
    _, vectors = np.linalg.eigh(rows.T.astype(np.float64) @ rows.astype(np.float64))
    found = vectors[:, ::-1][:, :directions].T
    # A direction has no sign of its own: the largest entry is made positive.
    signs = np.sign(found[np.arange(len(found)), np.abs(found).argmax(axis=1)])
    return np.ascontiguousarray(found * signs[:, None], np.float32)


def axis(vectors: Vectors, spec: str) -> tuple[str, Floats]:
    """A named direction from one pole to another: ``gender=man:woman``, or ``man:woman``.

    A pole may be several words, ``man,boy:woman,girl``: the mean of them.  The position of a word is
    the cosine with the difference of the poles (SemAxis; An, Kwak & Ahn 2018): below zero on the
    side of the first, above on that of the second.

    :raises OptionError: not of this form, or an unknown word.
    """
    name, sign, poles = spec.partition("=")
    if not sign:
        name, poles = spec, spec
    first, colon, second = poles.partition(":")
    if not colon or not first.strip() or not second.strip():
        raise OptionError(f"--axis {spec}: two poles with a colon between them, such as gender=man:woman")
    ends = []
    for pole in (first, second):
        indices = []
        for word in pole.split(","):
            index = vectors.find(word.strip())
            if index is None:
                near = " or ".join(repr(other) for other in vectors.spellings(word.strip()))
                raise OptionError(
                    f"--axis {spec}: no vector for {word.strip()!r}; "
                    + (f"did you mean {near}?" if near else "try a commoner word")
                )
            indices.append(index)
        ends.append(vectors.unit_rows(np.array(indices)).mean(axis=0))
    difference = ends[1] - ends[0]
    if not np.any(np.abs(difference) > NOTHING):
        raise OptionError(f"--axis {spec}: its poles are the same; name two different words")
    return name, to_unit(difference[None])[0]

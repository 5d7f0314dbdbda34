"""The best path through the states of a grammar, along a sequence of any length.

A grammar says which states there are, what each is called, which class of the network scores
it, and which may follow which: a gene's coding letters come in threes, an intron begins with GT.
Paths are found by dynamic programming (Viterbi 1967), piece by piece: a piece's path is settled
with so many letters of the next one in view, and the next one goes on from its last state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtool.errors import DataError

Floats = NDArray[np.float32]
FAR = -1e9
MOST_STATES = 200
# How far from a border a matrix looks at most.
REACH = 200
MOST_WAYS = 255
MOTIFS = ("behind", "ahead", "not_behind", "not_ahead")


@dataclass(frozen=True)
class State:
    """``shown`` is the label, ``strand`` ``+``, ``-`` or ``.``, ``class_index`` that of the network's class.

    ``shortest``: another state follows after so many letters at the earliest.  It is kept along the
    best way to each letter alone, so that of two ways to a state only the better one is known.
    """

    name: str
    shown: str
    strand: str
    class_index: int
    shortest: int = 1


@dataclass(frozen=True)
class Matrix:
    """What the letters around a border say of it, position by position (Stormo et al. 1982).

    ``weights``: a row for each offset, from ``offset`` (0 is the first letter behind the border), a
    number for each letter of the alphabet; the sum is added to the score of a step.
    """

    name: str
    offset: int
    weights: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Step:
    """``after`` may be followed by ``state``, at a cost; only where the letters before the border
    end in one of ``behind``, and those behind it begin with one of ``ahead`` (no such condition
    where there are none), and where they do not end in ``not_behind`` or begin with ``not_ahead``."""

    after: int
    state: int
    score: float
    behind: tuple[str, ...] = ()
    ahead: tuple[str, ...] = ()
    not_behind: tuple[str, ...] = ()
    not_ahead: tuple[str, ...] = ()
    matrix: Matrix | None = None

    @property
    def condition(self) -> tuple[Any, ...]:
        """What the step asks of the letters."""
        return self.behind, self.ahead, self.not_behind, self.not_ahead, self.matrix


def _matches(letters: NDArray[np.uint8], motifs: Sequence[str], alphabet: str, *, behind: bool) -> NDArray[np.bool_]:
    """At which borders (before each letter) one of the motifs ends, or with ``behind`` false begins."""
    found = np.zeros(len(letters), bool)
    for motif in motifs:
        wanted = [alphabet.index(letter) for letter in motif]
        here = np.ones(len(letters), bool)
        for index, letter in enumerate(wanted):
            shift = len(wanted) - index if behind else -index  # the letter's offset before the border
            moved = np.full(len(letters), 255, np.uint8)
            if shift > 0:
                moved[shift:] = letters[: len(letters) - shift]
            elif shift:
                moved[:shift] = letters[-shift:]
            else:
                moved = letters
            here &= moved == letter
        found |= here
    return found


def _sums(letters: NDArray[np.uint8], matrix: Matrix) -> NDArray[np.float64]:
    """A matrix's sum at each border (before each letter); offsets outside, and other letters, say nothing."""
    total = np.zeros(len(letters))
    for offset, row in enumerate(matrix.weights, matrix.offset):
        if abs(offset) >= len(letters):
            continue
        weights = np.zeros(256)
        weights[: len(row)] = row
        said = weights[letters]
        if offset >= 0:
            total[: len(letters) - offset] += said[offset:] if offset else said
        else:
            total[-offset:] += said[:offset]
    return total


class Grammar:
    """States and steps, ready to find paths.  ``alphabet``: what the motifs are written in, each
    letter's number its index in it.

    :raises DataError: a state or step is not what it should be.
    """

    def __init__(self, states: Sequence[State], steps: Sequence[Step], alphabet: str) -> None:
        self.states = list(states)
        self.steps = list(steps)
        self.alphabet = alphabet
        self.conditions = list(dict.fromkeys(step.condition for step in steps))
        into: list[list[Step]] = [[] for _ in states]
        for step in steps:
            into[step.state].append(step)
        width = max(map(len, into), default=0)
        if not 0 < len(states) <= MOST_STATES or not width or not all(into) or width > MOST_WAYS:
            raise DataError("a grammar has states, and each can be come to")
        if not np.isfinite([step.score for step in steps]).all():
            raise DataError("a grammar's scores are numbers")
        self._from = np.zeros((len(states), width), np.intp)
        self._scores = np.full((len(states), width), FAR)
        self._condition = np.zeros((len(states), width), np.intp)
        for state, ways in enumerate(into):
            for index, step in enumerate(ways):
                self._from[state, index] = step.after
                self._scores[state, index] = step.score
                self._condition[state, index] = self.conditions.index(step.condition)
        self.classes = np.array([state.class_index for state in states])
        self._shortest = np.array([state.shortest for state in states])
        self._leaves = self._from != np.arange(len(states))[:, None]

    @classmethod
    def from_table(cls, table: dict[str, Any], classes: Sequence[str]) -> Grammar:
        """From a TOML table: ``alphabet``, lists of ``state`` (name, shown, strand, class,
        shortest) and ``step`` (after, state, score, motifs, matrix), and by name each ``matrix``
        (offset, weights).

        :raises DataError: it is not so.
        """
        try:
            names = [item["name"] for item in table["state"]]
            states = [
                State(
                    str(item["name"]),
                    str(item["shown"]),
                    str(item["strand"]),
                    classes.index(item["class"]),
                    int(item.get("shortest", 1)),
                )
                for item in table["state"]
            ]
            matrices = {
                name: Matrix(name, int(item["offset"]), tuple(tuple(map(float, row)) for row in item["weights"]))
                for name, item in table.get("matrix", {}).items()
            }
            steps = [
                Step(
                    names.index(item["after"]),
                    names.index(item["state"]),
                    float(item["score"]),
                    matrix=matrices[item["matrix"]] if "matrix" in item else None,
                    **{key: tuple(map(str, item.get(key, ()))) for key in MOTIFS},
                )
                for item in table["step"]
            ]
            alphabet = str(table["alphabet"])
            for step in steps:
                if not set("".join(sum(step.condition[:4], ()))) <= set(alphabet):
                    raise ValueError
            for matrix in matrices.values():
                wide = any(len(row) != len(alphabet) for row in matrix.weights)
                if wide or not np.isfinite(matrix.weights).all() or abs(matrix.offset) + len(matrix.weights) > REACH:
                    raise ValueError
            return cls(states, steps, alphabet)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise DataError("is no grammar of states and steps") from None

    def borders(self, letters: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Whether each of :attr:`conditions` holds before each letter, and what its matrix says there:
        both (letters, conditions)."""
        fits = np.ones((len(letters), len(self.conditions)), bool)
        sums = np.zeros((len(letters), len(self.conditions)))
        said: dict[Matrix, NDArray[np.float64]] = {}
        for index, (behind, ahead, not_behind, not_ahead, matrix) in enumerate(self.conditions):
            if behind:
                fits[:, index] &= _matches(letters, behind, self.alphabet, behind=True)
            if ahead:
                fits[:, index] &= _matches(letters, ahead, self.alphabet, behind=False)
            if not_behind:
                fits[:, index] &= ~_matches(letters, not_behind, self.alphabet, behind=True)
            if not_ahead:
                fits[:, index] &= ~_matches(letters, not_ahead, self.alphabet, behind=False)
            if matrix is not None:
                if matrix not in said:
                    said[matrix] = _sums(letters, matrix)
                sums[:, index] = said[matrix]
        return fits, sums

    def path(
        self,
        scores: Floats,
        letters: NDArray[np.uint8],
        before: NDArray[np.uint8],
        last: int | None,
        stay: int = 1 << 30,
    ) -> NDArray[np.uint8]:
        """The states of a stretch.

        scores: (length, classes); letters (length,) and those just ``before`` it;
        ``last``: the state before it, None at a sequence's beginning, where any state may begin;
        ``stay``: how many letters it has stood for.
        """
        length = len(letters)
        emissions = scores[:, self.classes].astype(np.float64)
        fits, sums = self.borders(np.concatenate([before, letters]))
        penalties = np.where(fits, sums, FAR)[len(before) :]
        ways = np.zeros((length, len(self.states)), np.uint8)
        rows = np.arange(len(self.states))
        best = np.zeros(len(self.states))
        first = 0
        stayed = self._shortest.copy()  # how long each state's best way has been in it; what came before counts
        if last is None:
            best = emissions[0].copy()
            first = 1
        else:
            best[:] = FAR
            best[last] = 0.0
            stayed[last] = stay
        origin, costs, condition = self._from, self._scores, self._condition
        shortest, leaves = self._shortest, self._leaves
        short = bool((shortest > 1).any())
        for step in range(first, length):
            candidates = best[origin]
            candidates += costs
            candidates += penalties[step][condition]
            if short:
                candidates[leaves & (stayed < shortest)[origin]] += FAR
            way = candidates.argmax(1)
            ways[step] = way
            best = candidates[rows, way]
            best += emissions[step]
            if short:
                stayed = np.where(leaves[rows, way], 1, stayed + 1)
            best -= best.max()  # so that impossible stays far, however long the way
        path = np.zeros(length, np.uint8)
        state = int(best.argmax())
        for step in range(length - 1, -1, -1):
            path[step] = state
            state = int(origin[state, ways[step, state]])
        return path

"""The best path through the states of a grammar, along a sequence of any length.

A grammar says which states there are, what each is called, which class of the network speaks for
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


@dataclass(frozen=True)
class State:
    """``shown`` is the label, ``strand`` ``+``, ``-`` or ``.``, ``speaks`` the class of the network."""

    name: str
    shown: str
    strand: str
    speaks: int


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

    @property
    def condition(self) -> tuple[tuple[str, ...], ...]:
        return self.behind, self.ahead, self.not_behind, self.not_ahead


def _matches(letters: NDArray[np.uint8], motifs: Sequence[str], alphabet: str, *, behind: bool) -> NDArray[np.bool_]:
    """At which borders (before each letter) one of the motifs ends, or with ``behind`` false begins."""
    found = np.zeros(len(letters), bool)
    for motif in motifs:
        wanted = [alphabet.index(letter) for letter in motif]
        here = np.ones(len(letters), bool)
        for place, letter in enumerate(wanted):
            shift = len(wanted) - place if behind else -place  # the letter's place before the border
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


class Grammar:
    """States and steps, ready to find paths.  ``alphabet``: what the motifs are written in, each
    letter's number its place in it.

    :raises DataError: a state or step is not what it should be.
    """

    def __init__(self, states: Sequence[State], steps: Sequence[Step], alphabet: str, weight: float = 1.0) -> None:
        self.states = list(states)
        self.alphabet = alphabet
        self.weight = weight
        self.conditions = list(dict.fromkeys(step.condition for step in steps))
        into: list[list[Step]] = [[] for _ in states]
        for step in steps:
            into[step.state].append(step)
        width = max(map(len, into), default=0)
        if not 0 < len(states) <= MOST_STATES or not width or not all(into):
            raise DataError("a grammar has states, and each can be come to")
        self._from = np.zeros((len(states), width), np.intp)
        self._scores = np.full((len(states), width), FAR)
        self._condition = np.zeros((len(states), width), np.intp)
        for state, ways in enumerate(into):
            for place, step in enumerate(ways):
                self._from[state, place] = step.after
                self._scores[state, place] = step.score
                self._condition[state, place] = self.conditions.index(step.condition)
        self.classes = np.array([state.speaks for state in states])

    @classmethod
    def from_table(cls, table: dict[str, Any], classes: Sequence[str]) -> Grammar:
        """From a TOML table: ``alphabet``, ``weight``, lists of ``state`` (name, shown, strand, class)
        and ``step`` (after, state, score, and motifs).

        :raises DataError: it is not so.
        """
        try:
            names = [item["name"] for item in table["state"]]
            states = [
                State(str(item["name"]), str(item["shown"]), str(item["strand"]), classes.index(item["class"]))
                for item in table["state"]
            ]
            steps = [
                Step(
                    names.index(item["after"]),
                    names.index(item["state"]),
                    float(item["score"]),
                    *(tuple(map(str, item.get(key, ()))) for key in ("behind", "ahead", "not_behind", "not_ahead")),
                )
                for item in table["step"]
            ]
            alphabet = str(table["alphabet"])
            for step in steps:
                if not set("".join(sum(step.condition, ()))) <= set(alphabet):
                    raise ValueError
            return cls(states, steps, alphabet, float(table.get("weight", 1.0)))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise DataError("is no grammar of states and steps") from None

    def path(
        self, log_probabilities: Floats, letters: NDArray[np.uint8], before: NDArray[np.uint8], last: int | None
    ) -> NDArray[np.uint8]:
        """The states of a stretch.

        log_probabilities: (length, classes); letters (length,) and those just ``before`` it;
        ``last``: the state before it, None at a sequence's beginning, where any state may begin.
        """
        length = len(letters)
        emissions = (self.weight * log_probabilities)[:, self.classes].astype(np.float64)
        both = np.concatenate([before, letters])
        penalties = np.zeros((length, len(self.conditions)))
        for place, (behind, ahead, not_behind, not_ahead) in enumerate(self.conditions):
            fits = np.ones(len(both), bool)
            if behind:
                fits &= _matches(both, behind, self.alphabet, behind=True)
            if ahead:
                fits &= _matches(both, ahead, self.alphabet, behind=False)
            if not_behind:
                fits &= ~_matches(both, not_behind, self.alphabet, behind=True)
            if not_ahead:
                fits &= ~_matches(both, not_ahead, self.alphabet, behind=False)
            penalties[:, place] = np.where(fits[len(before) :], 0.0, FAR)
        ways = np.zeros((length, len(self.states)), np.uint8)
        rows = np.arange(len(self.states))
        best = np.zeros(len(self.states))
        first = 0
        if last is None:
            best = emissions[0].copy()
            first = 1
        else:
            best[:] = FAR
            best[last] = 0.0
        origin, scores, condition = self._from, self._scores, self._condition
        for step in range(first, length):
            candidates = best[origin]
            candidates += scores
            candidates += penalties[step][condition]
            way = candidates.argmax(1)
            ways[step] = way
            best = candidates[rows, way]
            best += emissions[step]
            best -= best.max()  # so that impossible stays far, however long the way
        path = np.zeros(length, np.uint8)
        state = int(best.argmax())
        for step in range(length - 1, -1, -1):
            path[step] = state
            state = int(origin[state, ways[step, state]])
        return path

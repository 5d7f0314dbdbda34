"""A step without a network: scores are a random table's, by the source and its last two ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

CONTEXTS = 7


@dataclass
class ToyStates:
    """The id before the last of each row, which changes, and its source, which does not."""

    before: Any
    source: Any

    def take(self, rows: Any) -> ToyStates:
        return ToyStates(self.before[rows], self.source[rows])


class MovableStates(ToyStates):
    """States that can leave in place what is the source's."""

    def take(self, rows: Any) -> MovableStates:
        return MovableStates(self.before[rows], self.source[rows])

    def reorder(self, rows: Any) -> MovableStates:
        assert (self.source[rows] == self.source).all()
        return MovableStates(self.before[rows], self.source)


@dataclass
class Toy:
    """Sources with tables of their own, by the last two ids modulo ``CONTEXTS``; the last id is the end, and
    what comes before the start too."""

    size: int
    sources: int
    seed: int
    positions: int = 0
    scale: float = 2.0
    rows: list[int] = field(default_factory=list)  # how many each step had

    def __post_init__(self) -> None:
        chance = np.random.default_rng(self.seed)
        shape = (self.sources, CONTEXTS, CONTEXTS)
        self.table = self.scale * chance.normal(size=(*shape, self.size)).astype(np.float32)
        self.lengths = chance.integers(1, self.positions + 1, self.sources) if self.positions else None
        weights = chance.random((*shape, self.positions)).astype(np.float32)
        if self.positions:
            weights *= np.arange(self.positions) < self.lengths[:, None, None, None]
            weights /= weights.sum(3, keepdims=True)
        self.attention = weights

    @property
    def end(self) -> int:
        return self.size - 1

    def begin(self, sources: Any, of: type[ToyStates] = ToyStates) -> tuple[Any, Any]:
        """The first ids, and states, of some sources."""
        return np.full(len(sources), self.end), of(np.full(len(sources), self.end), np.array(sources))

    def step(self, ids: Any, states: ToyStates) -> tuple[Any, ...]:
        self.rows.append(len(ids))
        at = states.source, states.before % CONTEXTS, ids % CONTEXTS
        after = type(states)(ids, states.source)
        if not self.positions:
            return self.table[at], after
        return self.table[at], after, {"attention": self.attention[at]}

    def log_probabilities(self, source: int, ids: list[int]) -> Any:
        """Of each id after those before it, in double precision, (ids,)."""
        rows = self.table[source, *self.contexts(ids)].astype(np.float64)
        return rows[np.arange(len(ids)), ids] - np.log(np.exp(rows).sum(1))

    def attended(self, source: int, ids: list[int]) -> Any:
        """The attention of the steps that gave these ids, (ids, positions)."""
        return self.attention[source, *self.contexts(ids)]

    def contexts(self, ids: list[int]) -> Any:
        """What each of these ids comes after, (2, ids)."""
        whole = np.array([self.end, self.end, *ids]) % CONTEXTS
        return whole[:-2], whole[1:-1]

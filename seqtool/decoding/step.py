"""The step that beam search and sampling take: ids and states to scores of the next ids and new states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Ids = NDArray[np.int64]
Logits = NDArray[np.float32]
# What else a step says of each row, by name: "attention" (rows, source positions).
Extras = Mapping[str, Array]


class DecoderStates(Protocol):
    """What a step carries on, a row for each sequence of the batch."""

    def take(self, rows: NDArray[np.intp], /) -> Self:
        """The states of these rows, in this order; a row may come more than once.

        States that have a method ``reorder`` of the same form are asked by it where each row stays with
        its source: what depends on the source alone, such as an encoder's outputs, need not move.
        """
        ...


# step(ids (rows,), states) -> logits (rows, vocabulary), states, and perhaps extras.  The logits are a
# fresh array: decoding writes into it.
StepFunction = Callable[[Ids, Any], tuple[Any, ...]]


def advance(step: StepFunction, ids: Ids, states: Any) -> tuple[Logits, Any, Extras]:
    """One step: the logits as an array that can be written into, the states after it, the extras if any."""
    logits, states, *extras = step(ids, states)
    return np.require(logits, np.float32, ["C", "W"]), states, extras[0] if extras else {}


def follow(states: DecoderStates, rows: NDArray[np.intp], sources: NDArray[np.intp]) -> DecoderStates:
    """The states of the rows that go on, moved as little as can be; ``sources`` (rows before,) of each row."""
    if len(rows) == len(sources):
        if np.array_equal(rows, np.arange(len(rows))):
            return states
        if np.array_equal(sources[rows], sources) and hasattr(states, "reorder"):
            moved: DecoderStates = states.reorder(rows)
            return moved
    return states.take(rows)

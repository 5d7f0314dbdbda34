"""A graph one step at a time: states go in, scores of what comes next and the new states come out.

Decoding takes :meth:`Stepper.step`, never a model: a language model and the decoder of a translator
are stepped alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtool.engine.session import BATCH, Session, axis_size

Array = NDArray[Any]
INITIAL, FINAL = "initial_", "final_"


@dataclass(frozen=True)
class States:
    """What a graph carries from step to step, a row for each sequence of a batch.

    ``tensors`` are by the names of the step graph's inputs, ``axes`` say where their rows are.
    """

    tensors: Mapping[str, Array]
    axes: Mapping[str, int]

    def __len__(self) -> int:
        name, tensor = next(iter(self.tensors.items()))
        return int(tensor.shape[self.axes[name]])

    def take(self, rows: Sequence[int] | NDArray[np.integer[Any]]) -> States:
        """The states of some rows, in this order, a row perhaps more than once: those of hypotheses
        that go on."""
        return self._moved(rows, list(self.tensors))

    def reorder(self, rows: Sequence[int] | NDArray[np.integer[Any]]) -> States:
        """As :meth:`take`, where each row stays with its source: what steps do not change need not move."""
        return self._moved(rows, [name for name in self.tensors if name.startswith(INITIAL)])

    def _moved(self, rows: Sequence[int] | NDArray[np.integer[Any]], names: Sequence[str]) -> States:
        chosen = np.asarray(rows, np.intp)
        moved = {name: self.tensors[name].take(chosen, self.axes[name]) for name in names}
        return States({**self.tensors, **moved}, self.axes)


class Stepper:
    """A step graph: ``ids`` (1, batch) and states to ``logits`` (1, batch, vocabulary) and states.

    A state that changes goes in as ``initial_NAME`` and comes out as ``final_NAME``; other inputs (an
    encoder's outputs) stay as they began.  ``begin`` is the graph that gives the first states under the
    names of the step graph's inputs; those that it does not give are zeros.  ``extras`` are further outputs of
    the step graph that each step gives.  A stepper keeps no state itself.

    :raises ValueError: the graphs do not belong together.
    """

    def __init__(self, step: Session, begin: Session | None = None, extras: Sequence[str] = ()) -> None:
        self._step = step
        self._begin = begin
        self._names = [name for name in step.inputs if name not in ("ids", "lengths")]
        self._changing = [name for name in self._names if name.startswith(INITIAL)]
        self._axes = {name: step.inputs[name].index(BATCH) for name in self._names if BATCH in step.inputs[name]}
        finals = [FINAL + name.removeprefix(INITIAL) for name in self._changing]
        missing = [name for name in ("logits", *finals, *extras) if name not in step.outputs]
        if "ids" not in step.inputs or not self._changing or missing or len(self._axes) < len(self._names):
            raise ValueError("is no graph of one step")
        self._given = [] if begin is None else [name for name in begin.outputs if name in self._names]
        if not set(self._names) <= {*self._given, *self._changing}:
            raise ValueError("does not get its first states")
        self._wanted = ["logits", *finals, *extras]
        self._extras = tuple(extras)
        self.vocabulary_size = axis_size(step.outputs, "logits", 2)

    def begin(self, feeds: Mapping[str, Array] | None = None, *, rows: int = 1) -> States:
        """The first states: what the graph makes of ``feeds``; without one, zeros for so many rows."""
        found: dict[str, Array] = {}
        if self._begin is not None:
            found = dict(zip(self._given, self._begin.run(self._given, dict(feeds or {}))))
            name, tensor = next(iter(found.items()))
            rows = tensor.shape[self._axes[name]]
        for name in self._names:
            if name not in found:
                shape = [rows if size == BATCH else size for size in self._step.inputs[name]]
                found[name] = np.zeros(shape, np.float32)
        return States(found, self._axes)

    def step(
        self, ids: Sequence[int] | NDArray[np.integer[Any]], states: States
    ) -> tuple[NDArray[np.float32], States, dict[str, Array]]:
        """One step of every row: the logits of what comes next, (rows, vocabulary), the states after it, and
        the extras, a row each."""
        feeds = {"ids": np.asarray(ids, np.int32)[None], **states.tensors}
        if "lengths" in self._step.inputs:
            feeds["lengths"] = np.ones(len(feeds["ids"][0]), np.int32)
        logits, *others = self._step.run(self._wanted, feeds)
        finals, extras = others[: len(self._changing)], others[len(self._changing) :]
        after = States({**states.tensors, **dict(zip(self._changing, finals))}, self._axes)
        return logits[0], after, dict(zip(self._extras, extras))

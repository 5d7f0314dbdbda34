"""A graph over whole sequences: sorted by length, in batches, long ones in stretches.

Nothing is cut.  A network of one direction carries its state from stretch to stretch; one of two
directions reads overlapping stretches, each step counted in one of them only, and what is pooled
is pooled over all of them.  Memory stays in proportion to the text.

Threads run whole batches side by side, one core each: matrices this small gain less from being
shared between the cores than sharing them costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtool.engine.batching import MAX_STEPS, SPAN, Stretch, Workers, batches, stretches
from seqtool.engine.session import Session

Floats = NDArray[np.float32]
# What the graph reads of the steps: ids (time, batch), zeros behind each end, and the stretches that they are.
Inputs = Callable[[NDArray[np.int32], list[Stretch]], dict[str, NDArray[Any]]]

OVERLAP = 64
# What the graph of each cell carries from step to step, and what each pooling needs of a stretch.
STATES = {"none": [], "rnn": ["hidden"], "gru": ["hidden"], "lstm": ["hidden", "cell"]}
PARTS = {
    "mean": ["sum"],
    "max": ["maximum"],
    "attention": ["attention_sum", "attention_weight"],
    "embedding": ["embedding_sum"],
    "last": ["final_hidden"],
}


def _number(network: dict[str, Any], key: str, kind: type) -> int:
    """A number of the manifest's ``[network]``.

    :raises ValueError: it is of another type.
    """
    value = network.get(key)
    if type(value) is not kind:
        raise ValueError(f"says no {key!r} in [network]")
    return int(value)  # type: ignore[call-overload, no-any-return]


def ids_alone(ids: NDArray[np.int32], rows: list[Stretch]) -> dict[str, NDArray[Any]]:
    """The inputs of a graph that reads numbers."""
    return {"ids": ids}


class Runner:
    """``network.onnx`` over sequences of steps.  ``network`` is the manifest's table.

    ``inputs`` names what the graph reads of a step, beside lengths and first states; ``span`` and
    ``overlap`` say how long the stretches are that a long sequence is read in.  A runner keeps no
    state of a call: threads may share it.

    :raises ValueError: the table does not belong to the graph.
    """

    def __init__(
        self,
        session: Session,
        network: dict[str, Any],
        inputs: Sequence[str] = ("ids",),
        outputs: Sequence[str] = (),
        *,
        batch_size: int = 64,
        threads: int = 1,
        span: int = SPAN,
        overlap: int = OVERLAP,
        max_steps: int = MAX_STEPS,
    ) -> None:
        self._session = session
        self._batch_size = batch_size
        self.workers = Workers(threads)
        self._span = span
        self._max_steps = max_steps
        cell = network.get("cell")
        states = STATES.get(cell) if isinstance(cell, str) else None
        if states is None:
            raise ValueError(f"has the cell {cell!r}, which is none of {', '.join(STATES)}")
        self._states = states
        self.recurrent = bool(states)
        self._bidirectional = _number(network, "bidirectional", bool)
        self._hidden_size = _number(network, "hidden_size", int)
        self._state_rows = _number(network, "num_layers", int) * (2 if self._bidirectional else 1)
        self._carries = self.recurrent and not self._bidirectional
        self._overlap = overlap if self.recurrent and self._bidirectional else 0
        self._check_graph(inputs, outputs)

    def _check_graph(self, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        """Hold the manifest against the graph's inputs and outputs."""
        wanted = {*inputs, *(("lengths",) if self.recurrent else ()), *(f"initial_{n}" for n in self._states)}
        missing = [name for name in outputs if name not in self._session.outputs]
        shape = [self._state_rows, "batch", self._hidden_size]
        states = all(self._session.inputs.get(f"initial_{name}") == shape for name in self._states)
        if set(self._session.inputs) != wanted or missing or not states:
            raise ValueError("has another network than network.onnx")

    def steps(self, sequences: Sequence[Any], output: str, inputs: Inputs = ids_alone) -> list[Floats]:
        """An output of the graph at every step of each sequence of ids (none empty): (steps, width) each."""
        rows, results = self.run(sequences, [output], inputs)
        by_sequence: list[list[Floats]] = [[] for _ in sequences]
        for row, values in zip(rows, results[output]):
            by_sequence[row.sequence].append(values[row.first - row.start : row.last - row.start])
        return [parts[0] if len(parts) == 1 else np.concatenate(parts) for parts in by_sequence]

    def run(
        self, sequences: Sequence[Any], outputs: list[str], inputs: Inputs = ids_alone
    ) -> tuple[list[Stretch], dict[str, list[Any]]]:
        """Run all sequences: their stretches, and for each the outputs that are wanted."""
        rows = [
            row
            for number, ids in enumerate(sequences)
            for row in stretches(number, len(ids), self._overlap, self._span)
        ]
        results: dict[str, list[Any]] = {output: [None] * len(rows) for output in outputs}
        call = _Call(rows, sequences, inputs, results)
        if not self._carries:
            self._run_rows(call, list(range(len(rows))), None)
        else:
            carried = {
                name: np.zeros((self._state_rows, len(sequences), self._hidden_size), np.float32)
                for name in self._states
            }
            numbers = [row.first // self._span for row in rows]
            for number in range(max(numbers, default=-1) + 1):
                self._run_rows(call, [row for row, here in enumerate(numbers) if here == number], carried)
        return rows, results

    def _run_rows(self, call: _Call, turn: list[int], carried: dict[str, Floats] | None) -> None:
        """Run the rows of ``turn`` in batches; puts each one's outputs into the call's results."""
        chosen = [call.rows[row] for row in turn]
        finals = [f"final_{name}" for name in self._states] if carried else []
        wanted = list(dict.fromkeys([*call.results, *finals]))

        def run(batch: list[int]) -> None:
            here = [chosen[index] for index in batch]
            outputs = dict(zip(wanted, self._session.run(wanted, self._feeds(call, here, carried))))
            for column, (index, row) in enumerate(zip(batch, here)):
                for name, values in call.results.items():
                    output = outputs[name]
                    # States are (time, batch, width); what is pooled already is (batch, width).
                    values[turn[index]] = output[:, column].copy() if output.ndim == 3 else output[column]
                if carried:
                    for name in self._states:
                        carried[name][:, row.sequence] = outputs[f"final_{name}"][:, column]

        # The long ones first, so that no worker is left with them at the end.
        self.workers.run(run, list(batches(chosen, self._batch_size, self._max_steps))[::-1])

    def _feeds(self, call: _Call, rows: list[Stretch], carried: dict[str, Floats] | None) -> dict[str, NDArray[Any]]:
        lengths = np.array([row.end - row.start for row in rows], np.int32)
        ids = np.zeros((len(rows), int(lengths.max())), np.int32)
        for number, row in enumerate(rows):
            ids[number, : lengths[number]] = call.sequences[row.sequence][row.start : row.end]
        feeds = call.inputs(np.ascontiguousarray(ids.T), rows)
        if self.recurrent:
            feeds["lengths"] = lengths
            owners = [row.sequence for row in rows]
            for name in self._states:
                start = np.zeros((self._state_rows, len(rows), self._hidden_size), np.float32)
                feeds[f"initial_{name}"] = carried[name][:, owners] if carried else start
        return feeds


@dataclass(frozen=True)
class _Call:
    """One call of a runner: what is read, and where its outputs go."""

    rows: list[Stretch]
    sequences: Sequence[Any]
    inputs: Inputs
    results: dict[str, list[Any]]


def ids_and_mask(ids: NDArray[np.int32], rows: list[Stretch]) -> dict[str, NDArray[Any]]:
    """Ids, and a mask of ones where a step is the stretch's own."""
    mask = np.zeros((len(rows), len(ids), 1), np.float32)
    for number, row in enumerate(rows):
        mask[number, row.first - row.start : row.last - row.start] = 1.0
    return {"ids": ids, "mask": np.ascontiguousarray(mask.transpose(1, 0, 2))}


class Encoder(Runner):
    """A runner whose answer is pooled over a whole text.

    :raises ValueError: the table does not belong to the graph.
    """

    def __init__(self, session: Session, network: dict[str, Any], *, batch_size: int = 64, threads: int = 1) -> None:
        pooling = network.get("pooling") if network.get("cell") != "none" else ["mean"]
        known = isinstance(pooling, list) and pooling and all(isinstance(k, str) and k in PARTS for k in pooling)
        if not known or not isinstance(pooling, list):
            raise ValueError(f"has the pooling {pooling!r}, which is no list of {', '.join(PARTS)}")
        self._kinds: list[str] = pooling
        self._parts = [part for kind in pooling for part in PARTS[kind]]
        super().__init__(session, network, ("ids", "mask"), self._parts, batch_size=batch_size, threads=threads)

    @property
    def hidden_width(self) -> int:
        """The numbers of one step's state: both directions of the last layer."""
        return self._hidden_size * (2 if self._bidirectional else 1)

    def hidden(self, sequences: Sequence[Sequence[int]]) -> list[Floats]:
        """The last layer's states of each sequence of ids (none empty): (steps, hidden_width) each."""
        return self.steps(sequences, "hidden", ids_and_mask)

    def pooled(self, sequences: Sequence[Sequence[int]]) -> Floats:
        """The pooled vector of each sequence of ids (none empty): (sequences, size)."""
        rows, results = self.run(sequences, self._parts, ids_and_mask)
        return self._combine(rows, results, sequences)

    def _combine(
        self, rows: list[Stretch], results: dict[str, list[Any]], sequences: Sequence[Sequence[int]]
    ) -> Floats:
        """Pool over the stretches of each sequence, in their order: elementwise, so that the
        result is the same whatever else is in the window."""
        by_sequence: list[list[int]] = [[] for _ in sequences]
        for index, row in enumerate(rows):
            by_sequence[row.sequence].append(index)
        vectors = []
        for sequence, own in enumerate(by_sequence):
            parts: list[Floats] = []
            for kind in self._kinds:
                if kind == "mean":
                    parts.append(_total(results["sum"], own) / np.float32(len(sequences[sequence])))
                elif kind == "embedding":
                    parts.append(_total(results["embedding_sum"], own) / np.float32(len(sequences[sequence])))
                elif kind == "max":
                    parts.append(_largest(results["maximum"], own))
                elif kind == "attention":
                    parts.append(_total(results["attention_sum"], own) / _total(results["attention_weight"], own))
                else:
                    parts.append(self._last(results["final_hidden"], own))
            vectors.append(parts[0] if len(parts) == 1 else np.concatenate(parts))
        return np.stack(vectors)

    def _last(self, finals: list[Floats], own: list[int]) -> Floats:
        """The last layer's final states: forward after the last stretch, backward after the first."""
        forward_row = self._state_rows - (2 if self._bidirectional else 1)
        forward: Floats = finals[own[-1]][forward_row]
        if not self._bidirectional:
            return forward
        return np.concatenate([forward, finals[own[0]][self._state_rows - 1]])


def _total(values: list[Floats], own: list[int]) -> Floats:
    total = values[own[0]]
    for index in own[1:]:
        total = total + values[index]
    return total


def _largest(values: list[Floats], own: list[int]) -> Floats:
    largest = values[own[0]]
    for index in own[1:]:
        largest = np.maximum(largest, values[index])
    return largest

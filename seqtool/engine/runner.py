"""Ids to pooled vectors: sorted by length, in batches, long texts in pieces.

Nothing is cut.  A network of one direction carries its state from piece to piece; one of two
directions reads overlapping pieces, each step counted in one of them only, and what is pooled
is pooled over all of them.  Memory stays in proportion to the text.

Threads run whole batches side by side, one core each: matrices this small gain less from being
shared between the cores than sharing them costs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtool.engine.session import Session

Floats = NDArray[np.float32]

SPAN = 512
OVERLAP = 64
# Steps of one run: bounds the memory of a batch of long texts.
MAX_STEPS = 2048
# What the graph of each cell carries from step to step, and what each pooling needs of a stretch.
STATES = {"none": [], "rnn": ["hidden"], "gru": ["hidden"], "lstm": ["hidden", "cell"]}
PARTS = {
    "mean": ["sum"],
    "max": ["maximum"],
    "attention": ["attention_sum", "attention_weight"],
    "embedding": ["embedding_sum"],
    "last": ["final_hidden"],
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Steps ``start`` to ``end`` of a sequence, of which ``first`` to ``last`` are its own."""

    sequence: int
    start: int
    end: int
    first: int
    last: int


def stretches(sequence: int, length: int, overlap: int, span: int = SPAN) -> list[Stretch]:
    """A sequence of ``length`` steps as stretches of at most ``span`` steps.

    With an overlap, each stretch reads that many steps of its neighbours on either side.
    """
    if length <= span:
        return [Stretch(sequence, 0, length, 0, length)]
    own = span - 2 * overlap
    return [
        Stretch(sequence, max(0, first - overlap), min(length, first + own + overlap), first, min(length, first + own))
        for first in range(0, length, own)
    ]


def batches(items: Sequence[Stretch], batch_size: int, max_steps: int = MAX_STEPS) -> Iterator[list[int]]:
    """Places in ``items``, the short ones first, by at most ``batch_size`` and ``max_steps``."""
    order = sorted(range(len(items)), key=lambda place: items[place].end - items[place].start)
    batch: list[int] = []
    for place in order:
        length = items[place].end - items[place].start
        if batch and (len(batch) >= batch_size or (len(batch) + 1) * length > max_steps):
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _number(network: dict[str, Any], key: str, kind: type) -> int:
    """A number of the manifest's ``[network]``.

    :raises ValueError: it is of another type.
    """
    value = network.get(key)
    if type(value) is not kind:
        raise ValueError(f"says no {key!r} in [network]")
    return int(value)  # type: ignore[call-overload, no-any-return]


class Reader:
    """``network.onnx`` over sequences of steps.  ``network`` is the manifest's table.

    What is read of a step goes into the graph by :meth:`_inputs`; ``span`` and ``overlap`` say how
    long the stretches are that a long sequence is read in.

    :raises ValueError: the table does not belong to the graph.
    """

    # The graph's inputs beside lengths and first states.
    inputs: tuple[str, ...] = ("ids",)

    def __init__(
        self,
        session: Session,
        network: dict[str, Any],
        *,
        batch_size: int = 64,
        threads: int = 1,
        span: int = SPAN,
        overlap: int = OVERLAP,
        max_steps: int = MAX_STEPS,
    ) -> None:
        self._session = session
        self._batch_size = batch_size
        self._threads = threads
        self._span = span
        self._max_steps = max_steps
        self._workers: Any = None
        self._worker_process = 0
        cell = network.get("cell")
        states = STATES.get(cell) if isinstance(cell, str) else None
        if states is None:
            raise ValueError(f"has the cell {cell!r}, which is none of {', '.join(STATES)}")
        self._states = states
        self.recurrent = bool(states)
        self._bidirectional = _number(network, "bidirectional", bool)
        self._hidden_size = _number(network, "hidden_size", int)
        self._places = _number(network, "num_layers", int) * (2 if self._bidirectional else 1)
        self._carries = self.recurrent and not self._bidirectional
        self._overlap = overlap if self.recurrent and self._bidirectional else 0

    def _check_graph(self, parts: Sequence[str]) -> None:
        """Hold the manifest against the graph's inputs and outputs."""
        wanted = {*self.inputs, *(("lengths",) if self.recurrent else ()), *(f"initial_{n}" for n in self._states)}
        missing = [part for part in parts if part not in self._session.outputs]
        shape = [self._places, "batch", self._hidden_size]
        states = all(self._session.inputs.get(f"initial_{name}") == shape for name in self._states)
        if set(self._session.inputs) != wanted or missing or not states:
            raise ValueError("has another network than network.onnx")

    def steps(self, sequences: Sequence[Sequence[int] | NDArray[np.integer[Any]]], part: str) -> list[Floats]:
        """An output of the graph at every step of each sequence (none empty): (steps, width) each."""
        rows, results = self._read(sequences, [part])
        by_sequence: list[list[Floats]] = [[] for _ in sequences]
        for row, values in zip(rows, results[part]):
            by_sequence[row.sequence].append(values[row.first - row.start : row.last - row.start])
        return [parts[0] if len(parts) == 1 else np.concatenate(parts) for parts in by_sequence]

    def _read(self, sequences: Sequence[Any], parts: list[str]) -> tuple[list[Stretch], dict[str, list[Any]]]:
        """Run all sequences: their stretches, and for each the parts that are wanted."""
        rows = [
            row for place, ids in enumerate(sequences) for row in stretches(place, len(ids), self._overlap, self._span)
        ]
        results: dict[str, list[Any]] = {part: [None] * len(rows) for part in parts}
        if not self._carries:
            self._run_rows(rows, list(range(len(rows))), sequences, results, parts, None)
        else:
            carried = {
                name: np.zeros((self._places, len(sequences), self._hidden_size), np.float32) for name in self._states
            }
            numbers = [row.first // self._span for row in rows]
            for number in range(max(numbers, default=-1) + 1):
                turn = [place for place, row_number in enumerate(numbers) if row_number == number]
                self._run_rows(rows, turn, sequences, results, parts, carried)
        return rows, results

    def _run_rows(
        self,
        rows: list[Stretch],
        turn: list[int],
        sequences: Sequence[Any],
        results: dict[str, list[Any]],
        parts: list[str],
        carried: dict[str, Floats] | None,
    ) -> None:
        """Run the rows of ``turn`` in batches; puts each one's parts into ``results``."""
        chosen = [rows[place] for place in turn]
        finals = [f"final_{name}" for name in self._states] if carried else []
        wanted = list(dict.fromkeys([*parts, *finals]))

        def run(batch: list[int]) -> None:
            stretch_batch = [chosen[place] for place in batch]
            outputs = dict(zip(wanted, self._session.run(wanted, self._feeds(stretch_batch, sequences, carried))))
            for column, (place, row) in enumerate(zip(batch, stretch_batch)):
                for part in parts:
                    output = outputs[part]
                    # States are (time, batch, width); what is pooled already is (batch, width).
                    results[part][turn[place]] = output[:, column].copy() if output.ndim == 3 else output[column]
                if carried:
                    for name in self._states:
                        carried[name][:, row.sequence] = outputs[f"final_{name}"][:, column]

        # The long ones first, so that no worker is left with them at the end.
        self.side_by_side(run, list(batches(chosen, self._batch_size, self._max_steps))[::-1])

    def side_by_side(self, run: Callable[[list[int]], None], todo: list[list[int]]) -> None:
        """Run all batches, on as many threads as there may be."""
        if self._threads == 1 or len(todo) <= 1:
            for batch in todo:
                run(batch)
            return
        if self._workers is None or self._worker_process != os.getpid():  # threads do not survive a fork
            self._worker_process = os.getpid()
            from concurrent.futures import ThreadPoolExecutor

            self._workers = ThreadPoolExecutor(self._threads)
        for _ in self._workers.map(run, todo):
            pass

    def _feeds(
        self, rows: list[Stretch], sequences: Sequence[Any], carried: dict[str, Floats] | None
    ) -> dict[str, NDArray[Any]]:
        lengths = np.array([row.end - row.start for row in rows], np.int32)
        ids = np.zeros((len(rows), int(lengths.max())), np.int32)
        for number, row in enumerate(rows):
            ids[number, : lengths[number]] = sequences[row.sequence][row.start : row.end]
        feeds = self._inputs(np.ascontiguousarray(ids.T), rows)
        if self.recurrent:
            feeds["lengths"] = lengths
            owners = [row.sequence for row in rows]
            for name in self._states:
                start = np.zeros((self._places, len(rows), self._hidden_size), np.float32)
                feeds[f"initial_{name}"] = carried[name][:, owners] if carried else start
        return feeds

    def _inputs(self, ids: NDArray[np.int32], rows: list[Stretch]) -> dict[str, NDArray[Any]]:
        """What the graph reads of the steps: ids (time, batch), zeros behind each end."""
        return {"ids": ids}


class Encoder(Reader):
    """A reader whose answer is pooled over a whole text.

    :raises ValueError: the table does not belong to the graph.
    """

    inputs = ("ids", "mask")

    def __init__(self, session: Session, network: dict[str, Any], *, batch_size: int = 64, threads: int = 1) -> None:
        super().__init__(session, network, batch_size=batch_size, threads=threads)
        pooling = network.get("pooling") if self.recurrent else ["mean"]
        known = isinstance(pooling, list) and pooling and all(isinstance(k, str) and k in PARTS for k in pooling)
        if not known or not isinstance(pooling, list):
            raise ValueError(f"has the pooling {pooling!r}, which is no list of {', '.join(PARTS)}")
        self._kinds: list[str] = pooling
        self._parts = [part for kind in pooling for part in PARTS[kind]]
        self._check_graph(self._parts)

    @property
    def hidden_width(self) -> int:
        """The numbers of one step's state: both directions of the last layer."""
        return self._hidden_size * (2 if self._bidirectional else 1)

    def hidden(self, sequences: Sequence[Sequence[int]]) -> list[Floats]:
        """The last layer's states of each sequence of ids (none empty): (steps, hidden_width) each."""
        return self.steps(sequences, "hidden")

    def _inputs(self, ids: NDArray[np.int32], rows: list[Stretch]) -> dict[str, NDArray[Any]]:
        """Ids, and a mask of ones where a step is the stretch's own."""
        mask = np.zeros((len(rows), len(ids), 1), np.float32)
        for number, row in enumerate(rows):
            mask[number, row.first - row.start : row.last - row.start] = 1.0
        return {"ids": ids, "mask": np.ascontiguousarray(mask.transpose(1, 0, 2))}

    def pooled(self, sequences: Sequence[Sequence[int]]) -> Floats:
        """The pooled vector of each sequence of ids (none empty): (sequences, size)."""
        rows, results = self._read(sequences, self._parts)
        return self._combine(rows, results, sequences)

    def _combine(
        self, rows: list[Stretch], results: dict[str, list[Any]], sequences: Sequence[Sequence[int]]
    ) -> Floats:
        """Pool over the stretches of each sequence, in their order: elementwise, so that the
        result is the same whatever else is in the window."""
        by_sequence: list[list[int]] = [[] for _ in sequences]
        for place, row in enumerate(rows):
            by_sequence[row.sequence].append(place)
        vectors = []
        for sequence, places in enumerate(by_sequence):
            parts: list[Floats] = []
            for kind in self._kinds:
                if kind == "mean":
                    parts.append(_total(results["sum"], places) / np.float32(len(sequences[sequence])))
                elif kind == "embedding":
                    parts.append(_total(results["embedding_sum"], places) / np.float32(len(sequences[sequence])))
                elif kind == "max":
                    parts.append(_largest(results["maximum"], places))
                elif kind == "attention":
                    parts.append(_total(results["attention_sum"], places) / _total(results["attention_weight"], places))
                else:
                    parts.append(self._last(results["final_hidden"], places))
            vectors.append(parts[0] if len(parts) == 1 else np.concatenate(parts))
        return np.stack(vectors)

    def _last(self, finals: list[Floats], places: list[int]) -> Floats:
        """The last layer's final states: forward after the last stretch, backward after the first."""
        forward_place = self._places - (2 if self._bidirectional else 1)
        forward: Floats = finals[places[-1]][forward_place]
        if not self._bidirectional:
            return forward
        return np.concatenate([forward, finals[places[0]][self._places - 1]])


def _total(values: list[Floats], places: list[int]) -> Floats:
    total = values[places[0]]
    for place in places[1:]:
        total = total + values[place]
    return total


def _largest(values: list[Floats], places: list[int]) -> Floats:
    largest = values[places[0]]
    for place in places[1:]:
        largest = np.maximum(largest, values[place])
    return largest

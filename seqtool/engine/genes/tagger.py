"""Letters of DNA to labelled regions: a network's scores, and the grammar that they are read by.

A sequence may be longer than memory: it is read in pieces, each with its neighbours in view, and
what is found comes out as runs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtool.answers import Answer, Engine
from seqtool.decoding.grammar import Grammar
from seqtool.decoding.paths import IMPOSSIBLE, Steps, all_paths
from seqtool.engine.batching import Stretch
from seqtool.engine.genes.chains import Chains
from seqtool.engine.genes.kmers import COMPOSITION, LETTERS, OTHER, codes, kmers, vocabulary_size
from seqtool.engine.runner import Runner
from seqtool.engine.session import Session, axis_size
from seqtool.errors import DataError, OptionError, nearest
from seqtool.modelfolder.manifest import ModelFolder
from seqtool.vectors.matrix import open_array

# Letters that are settled at once, and what is looked at on either side of them.
PIECE = 1 << 17
AHEAD = 8192
CONTEXT = 1024
# The network reads stretches of so many letters, so many together.
SPAN = 4096
OVERLAP = 512
MAX_STEPS = 1 << 16
# Letters before a stretch that motifs and matrices look at.
BEFORE = 256
# How probable what was found is, is counted in stretches of so many letters with so many more on either side.
OWN, SIDE, SIDE_BY_SIDE = 2048, 512, 16
# How much an unknown letter counts for the background: a run of them is no gene.
UNKNOWN_LETTER = 0.2
DIGITS = 9
MOST_DIALECTS = 64


@dataclass(frozen=True)
class Dialect:
    """How genes are written in some genomes: a grammar, what letters say of their classes, and the
    logarithm of how often each window of COMPOSITION letters stands there."""

    grammar: Grammar
    chains: Chains
    composition: NDArray[np.float64]


def dialect_tables(table: dict[str, Any]) -> Iterator[tuple[dict[str, Any], NDArray[np.float64]]]:
    """Each dialect's grammar as a table of its own, and its composition.

    :raises DataError: there is none, or one is damaged.
    """
    try:
        found = table["dialect"]
        if not found or len(found) > MOST_DIALECTS:
            raise ValueError
        for item in found:
            composition = np.array(item["composition"], np.float64)
            if composition.shape != (4**COMPOSITION,) or not np.isfinite(composition).all():
                raise ValueError
            yield {**table, **item}, composition
    except (KeyError, TypeError, ValueError):
        raise DataError("is no table of dialects") from None


@dataclass(frozen=True)
class RegionsAsked:
    """What ``seqtool tag`` can be asked of DNA."""

    labels: tuple[str, ...] = ()
    """Only regions of these."""
    regions: bool = False
    """Leave out the background, what is between genes."""


class RegionTagger(Engine[RegionsAsked]):
    """A trained tagger of regions, opened from its folder.

    :raises ModelError: the folder is damaged, or holds a model of another task.
    """

    Asked = RegionsAsked
    kind = "regions"

    def __init__(self, folder: ModelFolder, *, threads: int = 1, batch_size: int = 64) -> None:
        if folder.task != "tag":
            raise folder.damaged(f"is a model for {folder.task!r}, not for 'tag'")
        self.folder = folder
        answer, tokenizer = folder.table("answer"), folder.table("tokenizer")
        classes = self._names(answer.get("classes"), "classes")
        labels = self.labels = self._names(folder.manifest.get("labels"), "labels")
        self.background = answer.get("background")
        k = tokenizer.get("k")
        if answer.get("kind") != "regions" or tokenizer.get("kind") != "kmers" or type(k) is not int or not 0 < k < 13:
            raise folder.damaged("is no model of regions in DNA")
        self._k: int = k
        try:
            table = tomllib.loads(folder.file(str(answer.get("grammar"))).read_text("utf-8"))
            parts = [(Grammar.from_table(part, classes), found) for part, found in dialect_tables(table)]
        except (OSError, ValueError, RecursionError, DataError) as error:
            raise folder.damaged(f"has no grammar that can be read: {error}", str(answer.get("grammar"))) from None
        name = str(answer.get("chains"))
        tables = open_array(folder, name, np.float16, Chains.shape(len(parts), classes))
        try:
            self.dialects = [
                Dialect(part, Chains(chains.astype(np.float32), classes), found)
                for (part, found), chains in zip(parts, tables)
            ]
        except ValueError as error:
            raise folder.damaged(str(error), name) from None
        states = self.dialects[0].grammar.states
        for dialect in self.dialects:
            if dialect.grammar.alphabet != LETTERS or any(state.shown not in labels for state in states):
                raise folder.damaged("has a grammar of other letters or labels")
            if dialect.grammar.states != states:
                raise folder.damaged("has dialects of other states", str(answer.get("grammar")))
        if tokenizer.get("dialects") != len(self.dialects):
            raise folder.damaged("has not as many dialects as the grammar")
        session = Session(folder.file("network.onnx"))
        rows = [shape[:1] for name, shape in session.tensors.items() if name.startswith("embedding.table.weight")]
        stride = folder.table("network").get("stride")
        if type(stride) is not int or not 0 < stride < 65:
            raise folder.damaged("says no 'stride' in [network]")
        self._stride: int = stride
        fitting = axis_size(session.outputs, "emissions", 2) == stride * len(classes)
        if not fitting or (len(self.dialects) * vocabulary_size(k),) not in rows:
            raise folder.damaged("does not fit the model.toml beside it", "network.onnx")
        try:
            self._runner = Runner(
                session,
                folder.table("network"),
                outputs=("emissions",),
                batch_size=batch_size,
                threads=threads,
                span=-(-SPAN // stride),
                overlap=-(-OVERLAP // stride),
                max_steps=MAX_STEPS // stride,
            )
        except ValueError as error:
            raise folder.damaged(str(error)) from None
        self._group(len(classes))

    def _names(self, value: Any, what: str) -> list[str]:
        if not (isinstance(value, list) and value and all(isinstance(item, str) for item in value)):
            raise self.folder.damaged(f"has no list of {what}")
        return value

    def _group(self, classes: int) -> None:
        """What is shown of each state (label and strand), as an index; what unknown letters say."""
        states = self.dialects[0].grammar.states
        shown = [(state.shown, state.strand) for state in states]
        self._shown = list(dict.fromkeys(shown))
        self._group_of: NDArray[np.intp] = np.array([self._shown.index(pair) for pair in shown])
        self._shown_by: NDArray[np.float64] = np.eye(len(self._shown))[self._group_of]
        self._unknown: NDArray[np.float32] = np.zeros(classes, np.float32)
        self._unknown[[state.class_index for state in states if state.shown == self.background]] = UNKNOWN_LETTER

    def runs(self, pieces: Iterable[bytes]) -> Iterator[Answer]:
        """The runs of a sequence that comes in pieces of any size, in order, each letter in one:
        {label, start, end, strand, score}, offsets counted from 0, ends excluded.

        ``score``: the mean probability of the label on its strand at these letters, over all paths.
        """
        current: list[Any] = []  # index in what is shown, start, end, sum of probabilities
        for first, path, chances in self._settled(pieces):
            shown = self._group_of[path]
            borders = np.flatnonzero(np.diff(shown)) + 1
            for start, end in zip([0, *borders.tolist()], [*borders.tolist(), len(shown)]):
                index = int(shown[start])
                total = float(chances[start:end, index].sum(dtype=np.float64))
                if current and current[0] == index:
                    current[2] = first + end
                    current[3] += total
                    continue
                if current:
                    yield self._run(*current)
                current = [index, first + start, first + end, total]
        if current:
            yield self._run(*current)

    def _run(self, index: int, start: int, end: int, total: float) -> Answer:
        label, strand = self._shown[index]
        return {
            "label": label,
            "start": start,
            "end": end,
            "strand": strand,
            "score": round(min(1.0, total / (end - start)), DIGITS),
        }

    def _settled(self, pieces: Iterable[bytes]) -> Iterator[tuple[int, NDArray[np.uint8], NDArray[np.float32]]]:
        """(first letter, states, probabilities of what is shown) of stretch after stretch."""
        stream = iter(pieces)
        held = np.zeros(0, np.uint8)  # from `origin` on
        origin = first = 0
        last: int | None = None
        ended = False
        number: int | None = None
        stay = 0
        while True:
            while not ended and origin + len(held) < first + PIECE + AHEAD + CONTEXT:
                piece = next(stream, None)
                if piece is None:
                    ended = True
                else:
                    held = np.concatenate([held, codes(piece)])
            whole = origin + len(held)
            if first >= whole:
                return
            settle = min(first + PIECE, whole)
            look = min(settle + AHEAD, whole)
            left, right = max(origin, first - CONTEXT), min(look + CONTEXT, whole)
            if number is None:
                number = self._dialect_of(held[:PIECE])
            ids = kmers(held[left - origin : right - origin], self._k) + np.int32(number * vocabulary_size(self._k))
            dialect = self.dialects[number]
            scores = self.emissions(ids) + dialect.chains.scores(held[left - origin : right - origin])
            scores = scores[first - left : look - left]
            unknown = held[first - origin : look - origin] == OTHER
            scores[unknown] = self._unknown
            before = held[max(origin, first - BEFORE) - origin : first - origin]
            letters = held[first - origin : look - origin]
            path = dialect.grammar.path(scores, letters, before, last, stay)[: settle - first]
            seen = settle - first + SIDE
            yield first, path, self._chances(dialect, scores[:seen], letters[:seen], before)[: settle - first]
            other = np.flatnonzero(path != path[-1])
            stay = len(path) - 1 - int(other[-1]) if len(other) else len(path) + (stay if path[-1] == last else 0)
            last = int(path[-1])
            first = settle
            drop = max(origin, first - CONTEXT)
            held, origin = held[drop - origin :], drop

    def _chances(
        self, dialect: Dialect, scores: NDArray[np.float32], letters: NDArray[np.uint8], before: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        """How probable what is shown is at each letter, over all paths: (letters, shown).

        Stretches of OWN letters, each with SIDE more on either side, side by side.
        """
        grammar, ways, length = dialect.grammar, Steps.of(dialect.grammar), len(letters)
        fits, sums = grammar.borders(np.concatenate([before, letters]))
        borders = np.where(fits, sums, IMPOSSIBLE)[len(before) :]
        costs = np.array([step.score for step in grammar.steps])
        found = np.zeros((length, len(self._shown)), np.float32)
        starts = range(0, length, OWN)
        for group in range(0, len(starts), SIDE_BY_SIDE):
            here = starts[group : group + SIDE_BY_SIDE]
            spans = [(max(0, start - SIDE), min(length, start + OWN + SIDE)) for start in here]
            lengths = np.array([end - start for start, end in spans])
            local = np.zeros((int(lengths.max()), len(here), len(grammar.states)))
            around = np.zeros((*local.shape[:2], ways.conditions))
            for row, (start, end) in enumerate(spans):
                local[: end - start, row] = scores[start:end][:, ways.class_index]
                around[: end - start, row] = borders[start:end]
            states = all_paths(local, np.tile(costs, (len(here), 1)), around, lengths, ways, counts=False).states
            for row, (start, (first, _)) in enumerate(zip(here, spans)):
                own = states[start - first : start - first + min(OWN, length - start), row]
                found[start : start + OWN] = own @ self._shown_by
        return found

    def _dialect_of(self, letters: NDArray[np.uint8]) -> int:
        """The dialect whose composition the letters are likeliest of; of equals the first."""
        counts = np.bincount(kmers(letters, COMPOSITION), minlength=vocabulary_size(COMPOSITION))[1:]
        return int(np.argmax([float((counts * dialect.composition).sum()) for dialect in self.dialects]))

    def emissions(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """The network's scores of every letter, (letters, classes); ids: the windows around them."""
        strides = -(-len(ids) // self._stride)
        windows = np.pad(ids, (0, strides * self._stride - len(ids))).reshape(strides, self._stride)

        def inputs(steps: NDArray[np.int32], _: list[Stretch]) -> dict[str, NDArray[Any]]:
            found = windows[steps]
            return {"ids": found if self._stride > 1 else found[:, :, 0]}

        scores = self._runner.steps([np.arange(strides)], "emissions", inputs)[0]
        return scores.reshape(strides * self._stride, -1)[: len(ids)]

    def check(self, asked: RegionsAsked) -> RegionsAsked:
        for label in asked.labels:
            if label not in self.labels:
                raise OptionError(f"--labels {label}: the model has no such label; {nearest(label, self.labels)}")
        return asked

    def fields(self, asked: RegionsAsked) -> list[str]:
        return ["entities"]

    def wanted(self, run: Answer, asked: RegionsAsked) -> bool:
        """Whether a run is asked for."""
        shown = not (asked.regions and run["label"] == self.background)
        return shown and (not asked.labels or run["label"] in asked.labels)

    def answers(self, items: Sequence[str], asked: RegionsAsked) -> list[Answer]:
        """The regions of each text of DNA letters."""
        return [
            {
                "entities": [
                    {"text": text[run["start"] : run["end"]], **run}
                    for run in self.runs([text.encode("ascii", "replace")] if text.strip() else [])
                    if self.wanted(run, asked)
                ]
            }
            for text in items
        ]

"""Words as a tagger reads them, each different one once: a table that grows as words are met."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtool.engine.runner import Inputs
from seqtool.engine.session import Session
from seqtool.errors import ModelError
from seqtool.tokenization.word_features import PADDING, WordFeatures

Floats = NDArray[np.float32]

# So many words are remembered; then the table starts anew.
MOST_WORDS = 1 << 16
WORDS_AT_ONCE = 512
# A window of three characters is what a convolution reads.
WIDTH = 3


class WordTable:
    """Each word's number in the vocabulary, and what is read beside it: its characters' vector,
    its features.  ``session`` is ``words.onnx``, or None."""

    def __init__(self, reader: WordFeatures, session: Session | None, character_size: int) -> None:
        self._reader = reader
        self._session = session
        self._character_size = character_size
        self._growing = Lock()
        self._start()

    def _start(self) -> None:
        self._indices: dict[str, int] = {}
        size = self._character_size + self._reader.feature_size
        self._ids: NDArray[np.int32] = np.zeros(1024, np.int32)
        self._words: Floats = np.zeros((1024, size), np.float32)

    def look_up(self, sequences: Sequence[Sequence[str]]) -> tuple[list[list[int]], Inputs]:
        """The row of every word of some sequences, and how steps of these rows are read.

        New words are added, by one thread at a time; rows that are given out never change, also when
        the table has grown or started anew since.
        """
        with self._growing:
            new = dict.fromkeys(word for words in sequences for word in words if word not in self._indices)
            if len(self._indices) + len(new) > MOST_WORDS:
                self._start()
                new = dict.fromkeys(word for words in sequences for word in words)
            self._add(list(new))
            index = self._indices.__getitem__
            rows = [list(map(index, words)) for words in sequences]
            ids, table = self._ids, self._words
        return rows, lambda numbers, _: {"ids": ids[numbers], "words": table[numbers]}

    def _add(self, new: list[str]) -> None:
        if not new:
            return
        first = len(self._indices)
        count = first + len(new)
        if count > len(self._ids):
            grown = max(count, 2 * len(self._ids))
            self._ids = np.concatenate([self._ids, np.zeros(grown - len(self._ids), np.int32)])
            more = np.zeros((grown - len(self._words), self._words.shape[1]), np.float32)
            self._words = np.concatenate([self._words, more])
        for row, word in enumerate(new, first):
            self._indices[word] = row
            self._ids[row] = self._reader.id(word)
            self._words[row, self._character_size :] = self._reader.features(word)
        if self._session is not None:
            spelled = [self._reader.characters(word) for word in new]
            order = sorted(range(len(spelled)), key=lambda row: len(spelled[row]))
            for start in range(0, len(order), WORDS_AT_ONCE):
                chosen = order[start : start + WORDS_AT_ONCE]
                vectors = self._vectors(self._session, [spelled[row] for row in chosen])
                self._words[[first + row for row in chosen], : self._character_size] = vectors

    def _vectors(self, session: Session, rows: Sequence[Sequence[int]]) -> Floats:
        """The characters' vectors of words, (words, character_size)."""
        lengths = np.array([len(row) for row in rows], np.int32)
        table = np.full((len(rows), int(lengths.max())), PADDING, np.int32)
        for number, row in enumerate(rows):
            table[number, : len(row)] = row
        feeds: dict[str, NDArray[Any]] = {"characters": np.ascontiguousarray(table.T)}
        if "inside" in session.inputs:
            steps = np.arange(table.shape[1] - WIDTH + 1)[:, None]
            feeds["inside"] = (steps < lengths - (WIDTH - 1))[:, :, None].astype(np.float32)
        else:
            feeds["lengths"] = lengths
            for name, shape in session.inputs.items():
                if name.startswith("initial_"):
                    feeds[name] = np.zeros((shape[0], len(rows), shape[2]), np.float32)
        vectors: Floats = session.run(["vectors"], feeds)[0]
        if vectors.shape != (len(rows), self._character_size) or not np.isfinite(vectors).all():
            raise ModelError(f"{session.path}: gives no vectors of words; copy the model folder again")
        return vectors

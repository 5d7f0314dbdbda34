"""Texts to the numbers of their vowels, at run time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seqtool.answers import Answer, Engine
from seqtool.engine.runner import Runner
from seqtool.engine.session import Session
from seqtool.modelfolder.manifest import ModelFolder

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def ids_of(text: str) -> list[int]:
    """Letters by their number in the alphabet, everything else as 0."""
    return [LETTERS.find(letter) + 1 for letter in text.lower()]


@dataclass(frozen=True)
class VowelsAsked:
    """What can be asked."""

    share: bool = False
    """How much of the text are vowels."""


class VowelCounter(Engine[VowelsAsked]):
    """A trained counter, opened from its folder."""

    Asked = VowelsAsked

    def __init__(self, folder: ModelFolder, *, threads: int = 1, batch_size: int = 64) -> None:
        self.folder = folder
        session = Session(folder.file("network.onnx"))
        self._runner = Runner(
            session, folder.table("network"), outputs=("scores",), threads=threads, batch_size=batch_size
        )

    def fields(self, asked: VowelsAsked) -> list[str]:
        return ["vowels", *["share"] * asked.share]

    def scores(self, sequences: Sequence[list[int]]) -> list[np.ndarray]:
        """The network's score of every letter of each text, none empty."""
        return [scores[:, 0] for scores in self._runner.steps(sequences, "scores")]

    def answers(self, items: Sequence[str], asked: VowelsAsked) -> list[Answer]:
        answers: list[Answer] = [dict.fromkeys(self.fields(asked)) for _ in items]
        filled = [row for row, text in enumerate(items) if text.strip()]
        for row, scores in zip(filled, self.scores([ids_of(items[row]) for row in filled])):
            answers[row]["vowels"] = int((scores > 0).sum())
            if asked.share:
                answers[row]["share"] = float(answers[row]["vowels"] / len(scores))
        return answers

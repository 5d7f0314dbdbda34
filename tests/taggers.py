"""Words and taggers for the tests of the engine."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from conftest import TAGGED_TEXTS

from seqtool.answers import Item
from seqtool.engine.tagger import Tagger
from seqtool.modelfolder.manifest import open_folder

torch.set_num_threads(1)  # networks this small only wait for a second thread
WORDS = [
    *TAGGED_TEXTS[0].replace(".", " .").split(),
    *("The", "U.S.", "team", "won", "on", "Monday", ";", "a", "A", "7", "1999", "naïve", "Zoë"),
    *("x" * 23, "x" * 24, "ab" * 13, "abcdefghijklmnopqrstuvwxyz" * 9, "😀", "नमस्ते", "e\u0301", "ALL", "iPhone", "b2b"),
    *("--", "日本", "São Paulo", "\u0130", "ß", "\u200b"),
]


def sentences_of(lengths: Sequence[int], seed: int = 3) -> list[list[str]]:
    chance = random.Random(seed)
    return [chance.choices(WORDS, k=length) for length in lengths]


def opened(folder: Path, **speed: int) -> Tagger:
    return Tagger(open_folder(folder), **speed)


def answers(engine: Tagger, texts: Sequence[str | None], **asked: Any) -> list[dict[str, Any]]:
    return engine.answers([Item(text) for text in texts], engine.asked(**asked))


def some_texts() -> list[str]:
    chance = random.Random(4)
    lengths = [0, 1, 2, 5, 600, 0, 9, 300] + [chance.randint(1, 30) for _ in range(90)]
    joined = [" ".join(chance.choices([*WORDS, "Stop.", "\n\n"], k=length)) for length in lengths]
    return [*TAGGED_TEXTS, *joined, "", "  \t ", ". . . ."]

"""Transitions of a tagger that are wild, though numbers."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile import reseal, told_or_answered

from seqtool.answers import Item
from seqtool.engine.tagger import Tagger
from seqtool.modelfolder.manifest import open_folder

TEXTS = ["Ada Lovelace met Zoë in London.", "", "word " * 700]


@pytest.fixture
def folder(tiny_tagger: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_tagger, tmp_path / "model"))


def answer(folder: Path) -> list[dict[str, Any]]:
    engine = Tagger(open_folder(folder))
    return engine.answers([Item(text) for text in TEXTS], engine.asked(scores=True, offsets=True))


# -- files -----------------------------------------------------------------------------------------


def npy(array: Any, pickled: bool = False) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), allow_pickle=pickled)
    return file.getvalue()


def transitions_of(folder: Path) -> Any:
    return np.load(folder / "transitions.npy")


@pytest.mark.parametrize(
    "change",
    [
        lambda t: np.full_like(t, 1e4),
        lambda t: np.full_like(t, 800.0),
        lambda t: np.full_like(t, -1e4),
        lambda t: np.full_like(t, 3e38),
        lambda t: np.full_like(t, -3e38),
        lambda t: np.where(np.arange(len(t)) % 2, np.float32(900), np.float32(-900)).repeat(len(t)).reshape(t.shape),
        lambda t: np.where(np.eye(len(t)) > 0, np.float32(1000), np.float32(-1e4)),
        lambda t: np.asfortranarray(t),
    ],
    ids=["1e4", "800", "-1e4", "3e38", "-3e38", "rows", "diagonal", "by columns"],
)
@pytest.mark.parametrize("kind", ["entities", "labels"])
def test_wild_transitions_are_told_or_give_wrong_answers(
    make_tagger: Callable[..., Path], tmp_path: Path, change: Any, kind: str
) -> None:
    """All of them finite: no NaN comes out, and nothing is raised but a ModelError."""
    folder = Path(shutil.copytree(make_tagger(kind=kind), tmp_path / "model"))
    (folder / "transitions.npy").write_bytes(npy(change(transitions_of(folder)).astype(np.float32)))
    for one in told_or_answered(answer, reseal(folder)) or ():
        numbers = [*one["scores"], *(entity["score"] for entity in one.get("entities", []))]
        assert all(0.0 <= number <= 1.0 for number in numbers), numbers[:9]

"""Small models made on the spot, and the real binary in a fresh folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# Tiny networks wait longer for a second thread than they compute.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parent.parent
SEQTOOL = [sys.executable, "-m", "seqtool"]
TEXTS = [
    "The fan works like a charm, good quality at this price.",
    "It was broken when it arrived, and nobody answered.",
    "An average film with a good cast and a bad script.",
    "Naïve café owners loved the new coffee machine!",
    "Do not buy this, it is not worth the money.",
]


@pytest.fixture(scope="session")
def make_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """make_model(cell="lstm", ...) writes an untrained classifier's folder; keywords as in ClassifierShape."""

    def make(
        *,
        kind: str = "single",
        labels: tuple[str, ...] = ("negative", "neutral", "positive"),
        groups: dict[str, list[str]] | None = None,
        storage: str = "int8",
        seed: int = 1,
        name: str = "tiny",
        **network: Any,
    ) -> Path:
        import shutil

        import torch

        from seqtool.export.classifier import export_classifier
        from seqtool.modelfolder.write import new_folder
        from seqtool.nn.classifier import Classifier, ClassifierShape
        from seqtool.tokenization.pieces import Pieces
        from seqtool.training.recipe import TokenizerSettings
        from seqtool.training.tokenizer import train_pieces

        torch.manual_seed(seed)
        place = tmp_path_factory.mktemp("models")
        train_pieces(TEXTS * 3, place / "pieces.model", TokenizerSettings(vocabulary_size=400), 1)
        pieces = Pieces(place / "pieces.model")
        shape = ClassifierShape(
            vocabulary_size=pieces.size,
            num_labels=len(labels),
            **{"embedding_size": 16, "hidden_size": 12, **network},
        )
        manifest = {
            "name": name,
            "version": "1",
            "task": "classify",
            "licence": "CC0",
            "languages": ["en"],
            "labels": list(labels),
            "network": shape.to_table(),
            "tokenizer": {"kind": "pieces", "file": "pieces.model", "size": pieces.size},
            "answer": {"kind": kind, "temperature": 1.0, **({"groups": groups} if groups else {})},
        }
        with new_folder(place / name, manifest) as folder:
            shutil.copyfile(place / "pieces.model", folder / "pieces.model")
            export_classifier(Classifier(shape), folder, storage)
            (folder / "README.md").write_text("# tiny\n", encoding="utf-8")
            (folder / "recipe.toml").write_text("", encoding="utf-8")
        return place / name

    return make


@pytest.fixture(scope="session")
def tiny_model(make_model: Callable[..., Path]) -> Path:
    """An untrained rating model of five stars in three groups, as sentiment-en is one."""
    return make_model(
        kind="rating",
        labels=("1", "2", "3", "4", "5"),
        groups={"negative": ["1", "2"], "neutral": ["3"], "positive": ["4", "5"]},
    )


Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """run("classify", "-m", model, stdin="...") runs the real program in a fresh folder."""

    def call(*arguments: str | Path, stdin: str | bytes = b"", **settings: Any) -> subprocess.CompletedProcess[bytes]:
        data = stdin.encode("utf-8") if isinstance(stdin, str) else stdin
        settings.setdefault("cwd", tmp_path)
        settings.setdefault("timeout", 120)
        environment = {**os.environ, **settings.pop("env", {})}
        command = [*SEQTOOL, *map(str, arguments)]
        return subprocess.run(command, input=data, capture_output=True, env=environment, **settings)

    return call


def records(output: bytes) -> list[dict[str, Any]]:
    """The JSON records of an output, strictly: no NaN, every line ended."""

    def refuse(literal: str) -> Any:
        raise AssertionError(f"not JSON: {literal}")

    assert not output or output.endswith(b"\n")
    return [json.loads(line, parse_constant=refuse) for line in output.decode("utf-8").split("\n")[:-1]]

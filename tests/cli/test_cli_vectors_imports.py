"""Commands on word vectors start quickly: neither gensim nor torch, and onnxruntime for networks alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TRAINING = {"torch", "gensim", "onnx", "sklearn", "scipy", "safetensors", "pandas", "smart_open"}
HEAVY = {"onnxruntime", "rich", "sentencepiece"}


def imported(place: Path, *arguments: str | Path, stdin: bytes = b"") -> set[str]:
    """The top-level packages that a command imports, in a process of its own."""
    command = [sys.executable, "-X", "importtime", "-m", "seqtool", *map(str, arguments)]
    result = subprocess.run(command, input=stdin, capture_output=True, timeout=120, cwd=place)
    assert result.returncode == 0, result.stderr[-2000:]
    lines = [line for line in result.stderr.decode().splitlines() if line.startswith("import time:")]
    names = {line.rpartition("|")[2].strip() for line in lines}
    assert "seqtool.cli.main" in names
    return {name.split(".")[0] for name in names} | {name for name in names if name.startswith("seqtool.")}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "lines.txt").write_text("king queen\nParis\n")
    (tmp_path / "analogies.txt").write_text(": one\nking man woman queen\n")
    (tmp_path / "pairs.tsv").write_text("king\tqueen\t8\nking\tParis\t1\n")
    (tmp_path / "glove.txt").write_text("king 1 2\nqueen 2 1\n")
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ["analogy", "king", "man", "woman"],
        ["analogy", "--method", "mul"],
        ["analogy", "--odd", "king", "man", "Paris"],
        ["embed"],
        ["embed", "--method", "bow"],
        ["embed", "-o", "out.npy"],
        ["embed", "--axis", "man:woman", "--format", "csv"],
        ["similar", "--corpus", "lines.txt"],
        ["similar", "--corpus", "lines.txt", "--index", "lines.index"],
        ["evaluate", "vectors", "--analogies", "analogies.txt", "--similarity", "pairs.tsv"],
    ],
    ids=" ".join,
)
def test_word_vectors_need_numpy_alone(tiny_vectors: dict[str, Path], place: Path, arguments: list[str]) -> None:
    names = imported(place, *arguments, "-m", tiny_vectors["int8"], stdin=b"king\n")
    assert "numpy" in names and not names & (TRAINING | HEAVY)
    light = {"seqtool.engine", "seqtool.engine.open", "seqtool.engine.similar"}
    assert not {name for name in names if name.startswith(("seqtool.engine", "seqtool.nn", "seqtool.export"))} - light


def test_import_and_export(tiny_vectors: dict[str, Path], place: Path) -> None:
    for arguments in (
        ["vectors", "import", "glove.txt", "-o", "mine"],
        ["vectors", "import", "glove.txt", "--corpus", "lines.txt", "-o", "counted"],
        ["vectors", "export", tiny_vectors["int8"], "-o", "file"],
    ):
        names = imported(place, *arguments)
        assert "numpy" in names and not names & (TRAINING | HEAVY)


@pytest.mark.parametrize(
    "command", [["embed"], ["embed", "--method", "words"], ["similar", "--corpus", "lines.txt"]], ids=" ".join
)
def test_a_network_needs_its_engine_and_no_more(tiny_model: Path, place: Path, command: list[str]) -> None:
    names = imported(place, *command, "-m", tiny_model, stdin=b"good film\n")
    assert {"onnxruntime", "sentencepiece"} <= names and not names & (TRAINING | {"rich"})


@pytest.mark.parametrize(
    "arguments",
    [
        ["analogy", "--help"],
        ["embed", "--help"],
        ["similar", "--help"],
        ["vectors", "--help"],
        ["vectors", "import", "--help"],
        ["vectors", "export", "--help"],
        ["evaluate", "vectors", "--help"],
        ["train", "vectors", "--help"],
    ],
    ids=" ".join,
)
def test_help_imports_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    assert not imported(tmp_path, *arguments) & (HEAVY | TRAINING | {"numpy"})


def test_the_python_interface_too(tiny_vectors: dict[str, Path]) -> None:
    code = (
        "import seqtool, sys; list(seqtool.load(sys.argv[1])(['king'])); "
        "print(sorted({'torch', 'gensim', 'onnxruntime', 'click', 'sentencepiece'} & {*sys.modules}))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, str(tiny_vectors["int8"])],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        timeout=60,
    )
    assert result.stdout == "[]\n", result.stderr

"""What seqtool tokenize imports."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# --- what is imported


@pytest.mark.parametrize(
    ("arguments", "needed", "without"),
    [
        ([], set(), {"sentencepiece"}),
        (["--kind", "sentences", "--each"], set(), {"sentencepiece"}),
        (["--kind", "subwords"], {"sentencepiece"}, set()),
        (["--sample", "2"], {"sentencepiece"}, set()),
    ],
    ids=str,
)
def test_what_is_imported(arguments: list[str], needed: set[str], without: set[str]) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "seqtool", "tokenize", *arguments]
    result = subprocess.run(
        command, input="naïve, 👍 it's\n".encode(), capture_output=True, timeout=120, env=os.environ
    )
    assert result.returncode == 0
    lines = [line for line in result.stderr.decode().splitlines() if line.startswith("import time:")]
    names = {line.rpartition("|")[2].strip().split(".")[0] for line in lines}
    assert needed <= names
    assert not names & {"numpy", "onnxruntime", "torch", "gensim", "onnx", "sklearn", "rich", "google", *without}

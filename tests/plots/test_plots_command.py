"""seqtool plot words: the file's name chooses the format, and what cannot be drawn is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Run

LINES = ["king", "queen", "zzzqqq", "Paris"]
RECORDS = "".join(json.dumps({"text": text, "kind": f"k{len(text)}"}) + "\n" for text in LINES) + "{broken\n"


@pytest.mark.parametrize(
    ("name", "beginning"), [("a.b.SVG", b"<?xml"), ("map.png", b"\x89PNG\r\n\x1a\n"), ("html", b"<!DOCTYPE html>")]
)
def test_the_name_chooses_the_format(
    run: Run, tiny_vectors: dict[str, Path], tmp_path: Path, name: str, beginning: bytes
) -> None:
    result = run("plot", "words", "-m", tiny_vectors["int8"], "--color", "kind", "-o", name, stdin=RECORDS)
    assert (result.returncode, result.stdout) == (1, b""), result.stderr
    broken, count, unknown = result.stderr.decode().splitlines()
    assert broken.startswith("seqtool plot: -:5: not JSON: ")
    assert count == "seqtool plot: 1 bad record"
    assert unknown == "seqtool plot: 1 line without a known word: not drawn"
    data = (tmp_path / name).read_bytes()
    assert data.startswith(beginning)
    if name != "map.png":
        shown = data.decode("utf-8")
        assert all(f">{word}<" in shown for word in ("king", "queen", "Paris", "k4", "k5", "kind"))
        assert "zzzqqq" not in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "-o FILE is missing"),
        (["-o", "map.docx"], "'map.docx': no format for pictures; there is: html, svg, png"),
        (["-o", "page.htm"], "'page.htm': no format for pictures; did you mean 'html'?"),
        (["-o", "map.html", "--color", "none"], "--color none: no record has that field"),
    ],
)
def test_errors_say_what_to_do(
    run: Run, tiny_vectors: dict[str, Path], tmp_path: Path, arguments: list[str], message: str
) -> None:
    result = run("plot", "words", "-m", tiny_vectors["int8"], *arguments, stdin="king\nqueen\n")
    assert result.returncode == 2
    assert message in result.stderr.decode()
    assert list(tmp_path.iterdir()) == []

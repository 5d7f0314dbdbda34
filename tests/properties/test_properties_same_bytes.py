"""The same bytes for every batch size, number of threads, order, window and pause."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from conftest import SEQTOOL, Run
from processes import Process, one_by_one

WORDS = [
    "the",
    "fan",
    "works",
    "like",
    "a",
    "charm",
    "good",
    "quality",
    "naïve",
    "café",
    "broken",
    "money",
    "😀",
    "not",
    "worth",
    "it",
]


def texts() -> list[str]:
    """Texts of very different lengths, one of 5,000 words, blank ones between."""
    chance = random.Random(1)
    lengths = [1, 2, 3, 5, 8, 5000, 0, 13, 1, 200, 1000, 0, 40, 7, 7, 600]
    made = [" ".join(chance.choices(WORDS, k=length)) for length in lengths]
    return made + [" ".join(chance.choices(WORDS, k=chance.randrange(30))) for _ in range(150)]


TEXTS = texts()
LINES = "".join(text + "\n" for text in TEXTS)
OPTIONS = ["--input", "text", "--scores", "--precision", "17"]  # every digit, so that nothing hides a difference


@pytest.fixture(scope="module")
def wanted(tiny_model: Path) -> bytes:
    command = [*SEQTOOL, "classify", "-m", str(tiny_model), *OPTIONS]
    return subprocess.run(command, input=LINES.encode(), capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    "options",
    [
        ["--batch-size", "1"],
        ["--batch-size", "3"],
        ["--batch-size", "1000"],
        ["--threads", "1"],
        ["--threads", "2"],
        ["--threads", "4"],
        ["--threads", "3", "--batch-size", "7"],
    ],
    ids=" ".join,
)
def test_batches_and_threads(run: Run, tiny_model: Path, wanted: bytes, options: list[str]) -> None:
    result = run("classify", "-m", tiny_model, *OPTIONS, *options, stdin=LINES)
    assert result.returncode == 0
    assert result.stdout == wanted


@pytest.mark.parametrize("seed", [1, 2])
def test_neighbours(run: Run, tiny_model: Path, wanted: bytes, seed: int) -> None:
    order = list(range(len(TEXTS)))
    random.Random(seed).shuffle(order)
    shuffled = "".join(TEXTS[place] + "\n" for place in order)
    result = run("classify", "-m", tiny_model, *OPTIONS, stdin=shuffled)
    lines = wanted.split(b"\n")
    assert result.stdout == b"".join(lines[place] + b"\n" for place in order)


def test_each_text_alone(tiny_model: Path, wanted: bytes) -> None:
    """Every record in a window of its own: the input pauses after each line."""
    answers = one_by_one(["classify", "-m", tiny_model, *OPTIONS], (text.encode() + b"\n" for text in TEXTS[:40]))
    assert answers == wanted.splitlines(keepends=True)[:40]


def test_pauses_anywhere(tiny_model: Path, wanted: bytes) -> None:
    """Cut in the middle of lines and of letters."""
    data = LINES.encode()
    cuts = sorted(random.Random(3).sample(range(len(data)), 15))
    with Process("classify", "-m", tiny_model, *OPTIONS) as process:
        for start, end in zip([0, *cuts], [*cuts, len(data)]):
            process.send(data[start:end])
            process.wait_until_read()
        assert process.end() == (0, wanted, b"")


def test_through_files_and_formats(run: Run, tiny_model: Path, tmp_path: Path, wanted: bytes) -> None:
    half = len(TEXTS) // 2
    (tmp_path / "a.txt").write_text("".join(text + "\n" for text in TEXTS[:half]), encoding="utf-8")
    (tmp_path / "b.txt").write_text("\n".join(TEXTS[half:]) + "\n", encoding="utf-16")
    result = run("classify", "-m", tiny_model, *OPTIONS, "a.txt", "-o", "out")
    second = run("classify", "-m", tiny_model, *OPTIONS, "--encoding", "utf-16", "b.txt")
    assert (result.returncode, second.returncode) == (0, 0)
    assert (tmp_path / "out").read_bytes() + second.stdout == wanted


def test_explanations(run: Run, tiny_model: Path) -> None:
    lines = "".join(text + "\n" for text in TEXTS[:5] + TEXTS[16:30])
    options = ["--explain", "--input", "text", "--precision", "17"]
    every = {
        run("classify", "-m", tiny_model, *options, "--batch-size", size, "--threads", threads, stdin=lines).stdout
        for size, threads in (("1", "1"), ("64", "2"), ("5", "1"))
    }
    assert len(every) == 1 and b'"weight"' in every.pop()

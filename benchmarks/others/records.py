"""What the programs beside seqtool share: one command line, rows in, the same JSON lines out.

    python PROGRAM.py --train ROWS.jsonl --model FOLDER
    python PROGRAM.py --model FOLDER < texts > answers.jsonl

A row is {"text": ..., "label": ...}, an answer {"text": ..., "label": ..., "score": ...}.  The exit
status is 3 where the package is not installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

WINDOW = 2048
MISSING = 3

Rows = list[tuple[str, str]]
Answers = Iterable[tuple[str, float]]


def read_rows(path: Path) -> Rows:
    with open(path, encoding="utf-8") as file:
        return [(row["text"], row["label"]) for row in map(json.loads, file)]


def windows() -> Iterator[list[str]]:
    """Standard input, many lines at once."""
    lines = (line.decode("utf-8", "replace").rstrip("\n") for line in sys.stdin.buffer)
    while window := list(islice(lines, WINDOW)):
        yield window


def write(texts: list[str], answers: Answers) -> None:
    for text, (label, score) in zip(texts, answers):
        record = {"text": text, "label": label, "score": round(float(score), 4)}
        sys.stdout.buffer.write((json.dumps(record, ensure_ascii=False) + "\n").encode())


def main(
    package: str,
    train: Callable[[Rows, Path], None],
    load: Callable[[Path], Callable[[list[str]], Answers]],
) -> None:
    """``train(rows, folder)`` writes a model; ``load(folder)`` gives what answers a list of texts."""
    if importlib.util.find_spec(package) is None:
        sys.exit(MISSING)
    parser = argparse.ArgumentParser()
    parser.add_argument("--train", type=Path, metavar="ROWS")
    parser.add_argument("--model", type=Path, metavar="FOLDER", required=True)
    arguments = parser.parse_args()
    if arguments.train:
        arguments.model.mkdir(parents=True, exist_ok=True)
        train(read_rows(arguments.train), arguments.model)
        return
    answer = load(arguments.model)
    for texts in windows():
        write(texts, answer(texts))
    sys.stdout.buffer.flush()

"""Look at the teacher before it teaches: sentences with the label that a person gives, disagreements with gold labels.

    python benchmarks/teachers/look.py --teacher FOLDER/teacher --sentences benchmarks/teachers/sentences.tsv
    python benchmarks/teachers/look.py --teacher FOLDER/teacher --data DATA/classify --disagreements 100

Sentences: a table (stars, kind, text) or JSON lines (text, stars, kind).  The decision is one for label and
stars: the likeliest of negative (1, 2), neutral (3) and positive (4, 5), then its likelier star.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from encoder import read_tokenizer
from label import probabilities, read_teacher
from sources import NEGATIVE, NEUTRAL, POSITIVE, Row, is_dev, lines_of, read_sources, records, share_of

GROUPS = {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}


def decided(scores: np.ndarray) -> tuple[str, int]:
    """(label, stars) of one distribution; they never contradict each other."""
    together = {name: sum(scores[star - 1] for star in stars) for name, stars in GROUPS.items()}
    label = max(together, key=lambda name: together[name])
    return label, max(GROUPS[label], key=lambda star: scores[star - 1])


def label_of(stars: Sequence[int]) -> str:
    """The label of all of these stars; the first group that holds the first."""
    return next(name for name, group in GROUPS.items() if stars[0] in group)


def read_sentences(path: Path) -> list[tuple[int, str, str]]:
    """(stars, kind, text) of every row."""
    if path.suffix == ".jsonl":
        found = [json.loads(line) for line in lines_of(path) if line.strip()]
    else:
        found = list(records(path))
    return [(int(row["stars"]), row["kind"], row["text"]) for row in found]


def show_sentences(path: Path, found: list[tuple[int, str, str]], scores: np.ndarray, wrong_only: bool) -> None:
    """What is wrong (or everything), then right labels and stars by kind."""
    by_kind: defaultdict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for (stars, kind, text), row in zip(found, scores):
        label, given = decided(row)
        right = label == label_of([stars])
        for name in (kind, "ALL"):
            by_kind[name].append((right, abs(given - stars) <= 1))
        if not right or not wrong_only:
            print(f"{'  ' if right else '! '}{stars} -> {given} {np.round(row, 2)} {kind:14} {text}")
    for name, rows in sorted(by_kind.items()):
        labels, near = (sum(row[place] for row in rows) for place in (0, 1))
        count = len(rows)
        print(f"{path.name} {name:16} {count:>4} labels {labels / count:.3f} stars within one {near / count:.3f}")


def dev_rows(folder: Path, most: int) -> list[Row]:
    """Short dev rows of all sets, as many of each."""
    rows: list[Row] = []
    for source in read_sources(folder):
        grouped = len({row.group for row in source.rows}) >= 40
        dev = [row for row in source.rows if is_dev(row, grouped) and 4 <= len(row.text.split()) <= 50]
        rows += sorted(dev, key=lambda row: share_of("look", row.text))[:most]
    return rows


def show_disagreements(rows: list[Row], scores: np.ndarray, most: int) -> None:
    """Rows whose label the teacher does not give, the surest of a random choice first."""
    wrong = [(row, values) for row, values in zip(rows, scores) if decided(values)[0] != label_of(row.stars)]
    wrong = sorted(wrong, key=lambda item: share_of(item[0].text))[:most]
    for row, values in sorted(wrong, key=lambda item: -item[1].max()):
        label, stars = decided(values)
        print(f"{row.source}\tgold {row.stars}\tteacher {label} {stars}\t{np.round(values, 2)}\t{row.text}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teacher", type=Path, action="append", required=True)
    parser.add_argument("--sentences", type=Path, action="append", default=[])
    parser.add_argument("--wrong-only", action="store_true")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--disagreements", type=int, default=100)
    parser.add_argument("--rows", type=int, default=20, help="dev rows of each set that are read")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    models, tokenizer = [read_teacher(stem) for stem in arguments.teacher], read_tokenizer()
    for path in arguments.sentences:
        found = read_sentences(path)
        scores = probabilities(models, tokenizer, [text for _, _, text in found])
        show_sentences(path, found, scores, arguments.wrong_only)
    if arguments.data:
        rows = dev_rows(arguments.data, arguments.rows)
        show_disagreements(rows, probabilities(models, tokenizer, [row.text for row in rows]), arguments.disagreements)


if __name__ == "__main__":
    main()

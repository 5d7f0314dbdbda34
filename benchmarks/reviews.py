"""Short reviews, one a line: what the other benchmarks read.

Whole reviews of 8 to 60 words from the star sets (``DIR/classify/stars_*.tsv.xz``), drawn by a fixed
seed so that their median is 25 words: one half has at most 25, the other at least 25.  Or the lines
of a file, repeated as often as needed.  ``--rows``: labelled rows from the reviews that are left.

    python benchmarks/reviews.py --data DATA --lines 50000 --output reviews.txt
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean, median

SEED = 1
SHORTEST, MIDDLE, LONGEST = 8, 25, 60
LABELS = {"1": "negative", "2": "negative", "3": "neutral", "4": "positive", "5": "positive"}

Review = tuple[str, str]  # text, label


def read_reviews(folder: Path) -> Iterator[Review]:
    """The short reviews of all star sets."""
    for path in sorted((folder / "classify").glob("stars_*.tsv.xz")):
        with lzma.open(path, "rt", encoding="utf-8", newline="\n") as file:
            columns = next(file).rstrip("\n").split("\t")
            text, stars = columns.index("text"), columns.index("stars")
            for line in file:
                cells = line.rstrip("\n").split("\t")
                if cells[stars] in LABELS and SHORTEST <= len(cells[text].split()) <= LONGEST:
                    yield cells[text], LABELS[cells[stars]]


def draw(reviews: Sequence[Review], number: int, chance: random.Random) -> list[Review]:
    """``number`` reviews with a median of MIDDLE words; drawn twice only where there are too few."""
    halves: list[list[Review]] = [[], []]
    for review in reviews:
        words = len(review[0].split())
        if words <= MIDDLE:
            halves[0].append(review)
        if words >= MIDDLE:
            halves[1].append(review)
    drawn = []
    for half, wanted in zip(halves, (number - number // 2, number // 2)):
        drawn += chance.sample(half, wanted) if wanted <= len(half) else chance.choices(half, k=wanted)
    chance.shuffle(drawn)
    return drawn


def sampled(folder: Path, lines: int, rows: int) -> tuple[list[str], list[Review]]:
    """The texts to be read, and labelled rows that are none of them."""
    chance = random.Random(SEED)
    reviews = list(read_reviews(folder))
    if not reviews:
        raise SystemExit(f"reviews.py: no star sets in {folder}/classify")
    texts = [text for text, _ in draw(reviews, lines, chance)]
    used = set(texts)
    left = [review for review in reviews if review[0] not in used] if rows else []
    return texts, draw(left, rows, chance) if rows else []


def repeated(path: Path, number: int) -> Iterator[str]:
    """The lines of a file, over and over, each round in an order of its own."""
    lines = [line.rstrip("\r") for line in path.read_text(encoding="utf-8", errors="replace").split("\n")]
    lines = [line for line in lines if line.strip()]
    if not lines:
        raise SystemExit(f"reviews.py: {path} has no lines")
    chance = random.Random(SEED)
    written = 0
    while written < number:
        for line in lines[: number - written]:
            yield line
            written += 1
        chance.shuffle(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, metavar="DIR")
    parser.add_argument("--texts", type=Path, metavar="FILE", help="take the lines of this file")
    parser.add_argument("--lines", type=int, default=50_000)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=0, help="so many labelled rows as well (needs --data)")
    parser.add_argument("--rows-output", type=Path)
    arguments = parser.parse_args()
    rows: list[Review] = []
    if arguments.texts is None and arguments.data is None:
        parser.error("say where the texts are: --data DIR or --texts FILE")
    if arguments.data is not None:
        texts, rows = sampled(arguments.data, arguments.lines, arguments.rows)
    with open(arguments.output, "w", encoding="utf-8", newline="\n") as file:
        for text in repeated(arguments.texts, arguments.lines) if arguments.texts else texts:
            file.write(text + "\n")
    if arguments.texts is None:
        counts = [len(text.split()) for text in texts]
        shape = f"median {median(counts):g} words, mean {mean(counts):.1f}, from {min(counts)} to {max(counts)}"
        print(f"{len(texts)} reviews: {shape}", file=sys.stderr)
    if rows:
        with open(arguments.rows_output, "w", encoding="utf-8") as file:
            for text, label in rows:
                file.write(json.dumps({"text": text, "label": label}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()

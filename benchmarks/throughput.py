"""Reviews a second, whole processes: seqtool, the same network in torch, and other tools.

Every program reads the same short reviews (median 25 words) from a file and writes JSON lines.  Each
is run on a small and on a larger file, all programs in turn; "net" is the larger file's further
lines by the further seconds, so without the start-up.  Goals: at least 5000 reviews a second, and
three times the torch loop of one record at a time (``torch_reference.py``).

Other tools (``others/``: spaCy, fastText, scikit-learn) train a small model first and run in the
Python of ``--others-python``; one that is not installed is left out, and said.

    python benchmarks/throughput.py --data DATA --others-python PYTHON --json benchmarks/results/throughput.jsonl
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import common

OURS = "seqtool"
ONE = "torch, one at a time"
OTHERS = {
    "spaCy textcat": "spacy_textcat.py",
    "fastText": "fasttext_supervised.py",
    "scikit-learn TF-IDF": "sklearn_tfidf.py",
}
VERSIONS = """
import importlib.metadata as m, json
found = {}
for name in ("spacy", "fasttext", "scikit-learn", "numpy"):
    try: found[name] = m.version(name)
    except m.PackageNotFoundError: pass
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Program:
    """A command, and how many lines its two files have."""

    command: list[str]
    small: int
    large: int


def our_programs(arguments: argparse.Namespace) -> dict[str, Program]:
    """seqtool, with one thread as well, and the same network in torch."""
    threads = str(arguments.threads)
    classify = common.seqtool("classify", "-q", "-m", arguments.model, "--threads")
    torch = [sys.executable, str(common.HERE / "torch_reference.py"), "-m", arguments.model, "--threads", threads]
    many, few = arguments.lines, max(2, arguments.lines // 10)
    programs = {OURS: Program([*classify, threads], many // 5, many)}
    if arguments.threads > 1:
        programs["seqtool, one thread"] = Program([*classify, "1"], many // 5, many)
    programs[ONE] = Program([*torch, "--one"], few // 5, few)
    programs["torch, sorted batches"] = Program([*torch, "--sorted"], many // 5, many)
    return programs


def other_programs(python: Path, rows: Path, folder: Path, lines: int) -> dict[str, Program]:
    """The other tools that are installed, each with its model trained."""
    programs = {}
    for name, file in OTHERS.items():
        command = [str(python), str(common.HERE / "others" / file), "--model", str(folder / Path(file).stem)]
        print(f"training {name} ...", file=sys.stderr)
        status = subprocess.run([*command, "--train", str(rows)], stdout=subprocess.DEVNULL).returncode
        if status:
            print(f"{name}: {'not installed' if status == common.MISSING else f'failed with status {status}'}")
        else:
            programs[name] = Program(command, lines // 5, lines)
    return programs


def measure(programs: dict[str, Program], texts: Path, folder: Path, runs: int) -> dict[str, dict[str, Any]]:
    """Rates of every program: net of the start-up, and of the whole process on the larger file."""
    calls: dict[str, Callable[[], common.Run]] = {}
    for name, program in programs.items():
        for lines in (program.small, program.large):
            source = common.first_lines(texts, lines, folder / f"{lines}.txt")
            calls[f"{name}/{lines}"] = partial(common.good_run, program.command, source)
    results = common.alternate(calls, runs)
    table = {}
    for name, program in programs.items():
        small, large = results[f"{name}/{program.small}"], results[f"{name}/{program.large}"]
        few, many = common.median_seconds(small), common.median_seconds(large)
        net = (program.large - program.small) / (many - few) if many > few else float("nan")
        table[name] = {
            "net": net,
            "whole": program.large / many,
            "start_up": few - program.small / net,
            "peak_mb": max(run.peak_mb for run in large),
            "lines": [program.small, program.large],
            "seconds": [[round(run.seconds, 3) for run in part] for part in (small, large)],
        }
    return table


def show(table: dict[str, dict[str, Any]]) -> None:
    print(f"{'program':24} {'lines':>7} {'net/s':>8} {'whole/s':>8} {'start-up':>9} {'peak':>8}   net, seqtool to it")
    for name, row in table.items():
        cells = f"{row['net']:8.0f} {row['whole']:8.0f} {row['start_up']:7.2f} s {row['peak_mb']:5.0f} MB"
        print(f"{name:24} {row['lines'][1]:>7} {cells}   {table[OURS]['net'] / row['net']:.2f}")
    rate, ratio = table[OURS]["whole"], table[OURS]["net"] / table[ONE]["net"]
    print(f"reviews a second, start-up and all: {rate:.0f} {common.goal(rate, '>=', 5000)}")
    print(f"seqtool to torch, one at a time, net: {ratio:.2f} {common.goal(ratio, '>=', 3)}")


def other_versions(python: Path) -> str:
    return subprocess.run([str(python), "-c", VERSIONS], capture_output=True, text=True).stdout.strip()


def main() -> None:
    parser = common.parser(__doc__)
    common.add_texts(parser)
    parser.add_argument("--lines", type=int, default=50_000, help="the larger file; a tenth of it for one at a time")
    parser.add_argument("--runs", type=int, default=3, help="so many of each, in turn, after a warm-up")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--others-python", type=Path, metavar="PATH", help="the Python that has the other tools")
    parser.add_argument("--rows", type=int, default=10_000, help="labelled rows that the other tools train on")
    arguments = parser.parse_args()
    if arguments.others_python and not arguments.data:
        parser.error("--others-python needs --data DIR: the other tools train on its rows")
    if arguments.lines < 50:
        parser.error("--lines: at least 50")
    with common.work_folder() as name:
        folder = Path(name)
        texts, rows = folder / "texts.txt", folder / "rows.jsonl"
        wanted = (arguments.rows, rows) if arguments.others_python else None
        common.make_texts(arguments, arguments.lines, texts, wanted)
        programs = our_programs(arguments)
        if arguments.others_python:
            programs |= other_programs(arguments.others_python, rows, folder, arguments.lines)
        table = measure(programs, texts, folder, arguments.runs)
    show(table)
    others = other_versions(arguments.others_python) if arguments.others_python else ""
    common.append_json(arguments.json, "throughput", arguments, {"programs": table, "others_versions": others})


if __name__ == "__main__":
    main()

"""From nothing to an answer: whole processes, beside the import that the others begin with.

``seqtool classify`` on one review against ``import torch`` alone (goal: at most a quarter of its
time), and ``seqtool --help`` against ``import click`` alone (goal: at most twice).

    python benchmarks/cold_start.py --runs 21 --json benchmarks/results/cold_start.jsonl
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import common

REVIEW = "The fan works like a charm, good quality at this price.\n"
PAIRS = (("seqtool classify, one review", "import torch", 0.25), ("seqtool --help", "import click", 2.0))


def programs(model: str, review: Path) -> dict[str, Callable[[], common.Run]]:
    """The four processes, in the order of PAIRS."""
    commands = {
        "seqtool classify, one review": common.seqtool("classify", "-m", model),
        "import torch": [sys.executable, "-c", "import torch"],
        "seqtool --help": common.seqtool("--help"),
        "import click": [sys.executable, "-c", "import click"],
        "python alone": [sys.executable, "-c", ""],
    }
    return {name: partial(common.good_run, command, review) for name, command in commands.items()}


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument("--runs", type=int, default=21, help="so many of each, in turn (default 21)")
    arguments = parser.parse_args()
    with common.work_folder() as folder:
        review = Path(folder) / "review.txt"
        review.write_text(REVIEW, encoding="utf-8")
        results = common.alternate(programs(arguments.model, review), arguments.runs)
    seconds = {name: common.median_seconds(runs) for name, runs in results.items()}
    for name, runs in results.items():
        peak = max(run.peak_mb for run in runs)
        print(f"{name:30} {seconds[name] * 1000:8.1f} ms   (of {len(runs)} runs: median)   {peak:6.0f} MB")
    ratios = {}
    for ours, theirs, wanted in PAIRS:
        ratios[f"{ours} / {theirs}"] = ratio = seconds[ours] / seconds[theirs]
        print(f"{ours} / {theirs}: {ratio:.3f} {common.goal(ratio, '<=', wanted)}")
    raw = {name: [round(run.seconds, 4) for run in runs] for name, runs in results.items()}
    common.append_json(arguments.json, "cold_start", arguments, {"seconds": raw, "ratios": ratios})


if __name__ == "__main__":
    main()

"""Memory that does not grow with the input, and how soon a typed line is answered.

Peak resident size of ``seqtool classify`` on a short and on a long file of short reviews, in turn
(goals: at most 160 MB, and within 10 % of each other).  Then single lines into a pipe that is
otherwise silent, after it has loaded: the time from writing a line to reading its answer (goal: 50 ms).

    python benchmarks/memory.py --data DATA --json benchmarks/results/memory.jsonl
"""

from __future__ import annotations

import argparse
import random
import subprocess
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import common

BASE = 50_000
PAUSES = (0.05, 0.5)
MB, GROWTH, MILLISECONDS = 160, 0.10, 50


def peaks(arguments: argparse.Namespace, folder: Path) -> dict[str, list[float]]:
    """The peaks in MB for each number of lines."""
    base = folder / "base.txt"
    common.make_texts(arguments, BASE, base)
    files = {str(lines): folder / f"{lines}.txt" for lines in sorted(arguments.lines)}
    for lines, path in files.items():
        again = argparse.Namespace(texts=base, data=None)
        common.make_texts(again, int(lines), path)
    command = common.seqtool("classify", "-q", "-m", arguments.model, "--threads", str(arguments.threads))
    calls = {lines: partial(common.good_run, command, path) for lines, path in files.items()}
    results = common.alternate(calls, arguments.runs, warm_ups=0)
    return {lines: [run.peak_mb for run in runs] for lines, runs in results.items()}


def typed(arguments: argparse.Namespace) -> tuple[float, list[float]]:
    """Seconds to the first answer, loading and all, and those of each line after it."""
    command = common.seqtool("classify", "-q", "-m", arguments.model, "--threads", str(arguments.threads))
    chance = random.Random(1)
    begun = time.perf_counter()
    times = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdin is not None and process.stdout is not None
        for number in range(arguments.typed + 1):
            written = time.perf_counter() if number else begun
            process.stdin.write(b"Line %d: the fan works like a charm, good quality at this price.\n" % number)
            answer = b""
            while not answer.endswith(b"\n"):
                part = process.stdout.read(65536)
                if not part:
                    raise SystemExit("seqtool classify ended before it had answered")
                answer += part
            times.append(time.perf_counter() - written)
            time.sleep(chance.uniform(*PAUSES))
        process.stdin.close()
        process.wait()
    return times[0], times[1:]


def show_peaks(found: dict[str, list[float]]) -> dict[str, Any]:
    highest = {lines: max(values) for lines, values in found.items()}
    for lines, value in highest.items():
        print(f"{int(lines):>9,} lines: at most {value:6.1f} MB of {len(found[lines])} runs")
    worst = max(highest.values())
    apart = worst / min(highest.values()) - 1
    print(f"peak: {worst:.1f} MB {common.goal(worst, '<=', MB)}")
    print(f"the larger peak is {apart:.1%} above the smaller {common.goal(apart, '<=', GROWTH)}")
    return {"peaks_mb": found, "apart": apart}


def main() -> None:
    parser = common.parser(__doc__)
    common.add_texts(parser)
    parser.add_argument("--lines", type=int, nargs=2, default=[10_000, 1_000_000], metavar=("FEW", "MANY"))
    parser.add_argument("--runs", type=int, default=2, help="so many of each, in turn")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--typed", type=int, default=50, help="so many single lines")
    arguments = parser.parse_args()
    first, times = typed(arguments)
    milliseconds = [value * 1000 for value in times]
    print(f"first line, loading and all: {first * 1000:.0f} ms")
    print(f"a line once loaded: median {median(milliseconds):.1f} ms of {len(times)}", end=", ")
    print(f"longest {max(milliseconds):.1f} ms {common.goal(max(milliseconds), '<=', MILLISECONDS)}")
    with common.work_folder() as name:
        results = show_peaks(peaks(arguments, Path(name)))
    results |= {"first_ms": round(first * 1000, 1), "typed_ms": [round(value, 2) for value in milliseconds]}
    common.append_json(arguments.json, "memory", arguments, results)


if __name__ == "__main__":
    main()

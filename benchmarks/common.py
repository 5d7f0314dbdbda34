"""What the benchmarks share: the machine, whole processes timed in turn, raw results.

Standard library only, and small: a child's peak memory is never reported below its parent's.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import resource
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
PACKAGES = ("seqtool", "click", "numpy", "onnxruntime", "sentencepiece", "torch")
MISSING = 3
"""The exit status of a program of ``others/`` whose package is not installed."""


@dataclass(frozen=True)
class Run:
    """One whole process: wall-clock seconds, its largest resident size in MB (of 10^6 bytes), its exit status."""

    seconds: float
    peak_mb: float
    status: int


def seqtool(*arguments: str) -> list[str]:
    """The command line of the installed ``seqtool`` that belongs to this Python."""
    script = Path(sysconfig.get_path("scripts")) / "seqtool"
    return [str(script), *arguments] if script.is_file() else [sys.executable, "-m", "seqtool", *arguments]


def cpu_model() -> str:
    """The processor's name, from /proc/cpuinfo where there is one."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def cores() -> int:
    """The cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def versions(names: Sequence[str] = PACKAGES) -> dict[str, str]:
    """The versions of the packages that are installed."""
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def peak_bytes(usage: resource.struct_rusage) -> int:
    """The largest resident size; Linux counts it in KiB, macOS in bytes."""
    return usage.ru_maxrss if sys.platform == "darwin" else usage.ru_maxrss * 1024


def run(command: Sequence[str], source: Path | None = None) -> Run:
    """Run a whole process with a file as its input and its output thrown away."""
    with open(source or os.devnull, "rb") as file:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdin=file, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(seconds, peak_bytes(usage) / 1e6, process.returncode)


def good_run(command: Sequence[str], source: Path | None = None) -> Run:
    """As :func:`run`; the benchmark ends here when the process failed."""
    result = run(command, source)
    if result.status:
        raise SystemExit(f"{' '.join(command[:3])} ...: ended with status {result.status}")
    return result


def alternate(programs: Mapping[str, Callable[[], Run]], runs: int, warm_ups: int = 1) -> dict[str, list[Run]]:
    """Every program in turn, A B A B: what disturbs the machine disturbs them all."""
    for _ in range(warm_ups):
        for program in programs.values():
            program()
    results: dict[str, list[Run]] = {name: [] for name in programs}
    for _ in range(runs):
        for name, program in programs.items():
            results[name].append(program())
    return results


def median_seconds(results: Sequence[Run]) -> float:
    return median(result.seconds for result in results)


def goal(value: float, sign: str, wanted: float) -> str:
    """``value`` beside what was wanted of it: said, not asserted."""
    reached = value >= wanted if sign == ">=" else value <= wanted
    return f"(goal {sign} {wanted:g}: {'reached' if reached else 'missed'})"


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with the options that every benchmark has."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--model", default="sentiment-en", help="a model's name, or the path of its folder")
    made.add_argument("--json", type=Path, metavar="FILE", help="append the raw results there, as one line")
    return made


def add_texts(made: argparse.ArgumentParser) -> None:
    """The options that say which lines are read."""
    made.add_argument("--texts", type=Path, metavar="FILE", help="one text a line")
    made.add_argument(
        "--data", type=Path, metavar="DIR", help="sample short reviews from the star sets in DIR/classify"
    )


def work_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="seqtool-benchmark-")


def make_texts(arguments: argparse.Namespace, lines: int, output: Path, rows: tuple[int, Path] | None = None) -> None:
    """Write ``lines`` texts to ``output``, and labelled rows beside them.

    In a process of its own, so that the memory which that takes is not counted here.
    """
    command = [sys.executable, str(HERE / "reviews.py"), "--lines", str(lines), "--output", str(output)]
    for name in ("texts", "data"):
        if getattr(arguments, name):
            command += [f"--{name}", str(getattr(arguments, name))]
    if rows:
        command += ["--rows", str(rows[0]), "--rows-output", str(rows[1])]
    if subprocess.run(command).returncode:
        raise SystemExit("no texts to read: --texts FILE, or --data DIR")


def first_lines(source: Path, number: int, output: Path) -> Path:
    """The first lines of a file as a file."""
    with open(source, "rb") as whole, open(output, "wb") as part:
        for _, line in zip(range(number), whole):
            part.write(line)
    return output


def append_json(path: Path | None, benchmark: str, arguments: argparse.Namespace, results: Any) -> None:
    """Append one line of raw results, with the date, the machine and the versions."""
    if path is None:
        return
    settings = {
        name: value.name if isinstance(value, Path) else value
        for name, value in vars(arguments).items()
        if name not in ("json", "data") and not name.endswith("_python") and name != "spacy_model"
    }
    settings["model"] = Path(arguments.model).name
    entry = {
        "benchmark": benchmark,
        "date": time.strftime("%Y-%m-%dT%H:%M:%S"),
        "machine": {"cpu": cpu_model(), "cores": cores(), "system": platform.system()},
        "versions": versions(),
        "settings": settings,
        "results": results,
    }
    entry = json.loads(json.dumps(entry), parse_constant=lambda _: None)  # no NaN in JSON
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")

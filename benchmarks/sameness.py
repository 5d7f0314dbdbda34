"""The same answers, byte for byte, whatever is in the batch.

``seqtool classify`` over the same lines with batches of 1, 7, 64 and 256, one and two threads, the
lines in reverse, through a pipe with pauses in the middle of lines, and the first lines one at a
time.  Beside the texts there are empty, blank, very short and very long lines.  Prints the SHA-256
of each output, put back into the order of the input; ends with status 1 where one differs.

    python benchmarks/sameness.py --data DATA --lines 5000 --json benchmarks/results/sameness.jsonl
"""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO

import common

BATCHES = (1, 7, 64, 256)
THREADS = (1, 2)
PAUSE = 0.005
CHUNK = 8000

Feed = Callable[[IO[bytes], bytes], None]


def at_once(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(data)


def with_pauses(pipe: IO[bytes], data: bytes) -> None:
    """Parts of 1 to CHUNK bytes, which end anywhere, with a pause after each."""
    chance = random.Random(1)
    place = 0
    while place < len(data):
        end = place + chance.randint(1, CHUNK)
        pipe.write(data[place:end])
        pipe.flush()
        place = end
        time.sleep(PAUSE)


def classify(model: str, lines: list[bytes], batch_size: int, threads: int, feed: Feed = at_once) -> list[bytes]:
    """The lines of output for lines of input."""
    settings = ["--batch-size", str(batch_size), "--threads", str(threads)]
    command = common.seqtool("classify", "-q", "--input", "text", "-m", model, *settings)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None

        def write(pipe: IO[bytes]) -> None:
            with pipe:
                feed(pipe, b"".join(lines))

        writer = threading.Thread(target=write, args=(process.stdin,))
        writer.start()
        answers = process.stdout.readlines()
        writer.join()
    if process.returncode or len(answers) != len(lines):
        raise SystemExit(f"seqtool classify: status {process.returncode}, {len(answers)} answers to {len(lines)} lines")
    return answers


def one_at_a_time(model: str, lines: list[bytes]) -> list[bytes]:
    """Each line is written when the one before has been answered."""
    command = common.seqtool("classify", "-q", "--input", "text", "-m", model)
    answers = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        for line in lines:
            process.stdin.write(line)
            process.stdin.flush()
            answers.append(process.stdout.readline())
        process.stdin.close()
    return answers


def hard_lines(lines: list[bytes]) -> list[bytes]:
    """Texts of other kinds: nothing, one letter, signs, and several windows long."""
    joined = b" ".join(line.strip() for line in lines[:200])
    return [
        b"\n",
        b"   \n",
        b"a\n",
        b"!\n",
        "\u2764\ufe0f\U0001f600 caf\u00e9\n".encode(),
        joined[:9000] + b"\n",
        joined + b"\n",
    ]


def digest(answers: list[bytes]) -> str:
    return hashlib.sha256(b"".join(answers)).hexdigest()


def settings(model: str, lines: list[bytes]) -> dict[str, Callable[[], list[bytes]]]:
    """What is compared; each gives its output in the order of the lines."""
    ways: dict[str, Callable[[], list[bytes]]] = {
        f"batches of {batch_size}, threads {threads}": partial(classify, model, lines, batch_size, threads)
        for batch_size in BATCHES
        for threads in THREADS
    }
    ways["lines reversed"] = lambda: classify(model, lines[::-1], 64, 2)[::-1]
    ways["a pipe with pauses"] = lambda: classify(model, lines, 64, 2, with_pauses)
    return ways


def main() -> int:
    parser = common.parser(__doc__)
    common.add_texts(parser)
    parser.add_argument("--lines", type=int, default=5000)
    parser.add_argument("--alone", type=int, default=500, help="so many lines are also sent one at a time")
    arguments = parser.parse_args()
    with common.work_folder() as folder:
        path = Path(folder) / "texts.txt"
        common.make_texts(arguments, arguments.lines, path)
        lines = path.read_bytes().split(b"\n")[:-1]
    lines = [line + b"\n" for line in lines]  # splitlines would also cut at other line ends
    hard = hard_lines(lines)
    lines = hard + lines + hard
    found: dict[str, str] = {}
    for name, way in settings(arguments.model, lines).items():
        answers = way()
        found[name] = digest(answers)
        first = next(iter(found.values()))
        print(f"{found[name][:16]}  {'same' if found[name] == first else 'DIFFERENT'}  {name}", flush=True)
    alone = one_at_a_time(arguments.model, lines[: arguments.alone])
    same_alone = alone == answers[: arguments.alone]
    print(f"{digest(alone)[:16]}  {'same' if same_alone else 'DIFFERENT'}  the first {len(alone)} one at a time")
    same = len(set(found.values())) == 1 and same_alone
    print(f"{len(lines)} lines: {'the same bytes every time' if same else 'NOT the same'}")
    results = {"sha256": found, "one_at_a_time": same_alone, "same": same}
    common.append_json(arguments.json, "sameness", arguments, results)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())

"""``seqtool analogy``: cold start, 10,000 questions, memory, beside gensim and a bare matrix product.

Cold start: the whole process beside ``import gensim`` (goal: at most 0.30 of its time).  Questions: drawn
from the vocabulary by a fixed seed; seqtool's whole process beside a loop over gensim's
``most_similar`` on the same vectors (goal: at least 4 times faster, the same answers) and beside the
product of the same matrices by numpy (goal: at least 0.6 of its speed), all of them on one thread.  The gensim loop is timed on
a part of the questions, net of its start-up.

    python benchmarks/analogies.py --model words-en --json benchmarks/results/analogies.jsonl
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from functools import partial
from pathlib import Path

import common

# For gensim and the bare product, whose BLAS would take all cores.
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

GENSIM_LOOP = """
import json, sys, time
from gensim.models import KeyedVectors
vectors = KeyedVectors.load_word2vec_format(sys.argv[1], binary=True)
vectors.fill_norms()
questions = [line.split() for line in open(sys.argv[2], encoding="utf-8")][: int(sys.argv[3])]
begun = time.perf_counter()
answers = [vectors.most_similar(positive=[a, c], negative=[b], topn=10) for a, b, c in questions]
print(json.dumps({"seconds": time.perf_counter() - begun, "answers": [[word for word, _ in one] for one in answers]}))
"""
PRODUCT = """
import json, sys, time
import numpy as np
rows, questions, size = (int(part) for part in sys.argv[1:4])
chance = np.random.default_rng(1)
matrix = chance.standard_normal((rows, size), np.float32)
queries = chance.standard_normal((questions, size), np.float32)
times = []
for _ in range(4):
    begun = time.perf_counter()
    for start in range(0, questions, 1024):
        queries[start : start + 1024] @ matrix.T
    times.append(time.perf_counter() - begun)
print(json.dumps({"seconds": sorted(times[1:])[1]}))
"""


def main() -> None:
    parser = common.parser(__doc__)
    parser.set_defaults(model="words-en")
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--gensim-questions", type=int, default=1000, help="so many of them for the gensim loop")
    parser.add_argument("--runs", type=int, default=11)
    arguments = parser.parse_args()
    with common.work_folder() as name:
        folder = Path(name)
        exported, asked = folder / "words.bin", folder / "questions.txt"
        subprocess.run(
            common.seqtool("vectors", "export", arguments.model, "--to", "word2vec-binary", "-o", str(exported)),
            check=True,
        )
        with open(exported, "rb") as file:
            rows, size = (int(part) for part in file.readline().split())
        words = _words(arguments.model)[:30_000]
        chance = random.Random(1)
        asked.write_text("".join(" ".join(chance.sample(words, 3)) + "\n" for _ in range(arguments.questions)), "utf-8")
        cold = common.alternate(
            {
                "seqtool analogy": partial(
                    common.good_run, common.seqtool("analogy", "-m", arguments.model, "king", "man", "woman")
                ),
                "import gensim": partial(common.good_run, [sys.executable, "-c", "import gensim"]),
            },
            arguments.runs,
        )
        ours = common.alternate(
            {
                "seqtool": partial(
                    common.good_run, common.seqtool("analogy", "-m", arguments.model, "--threads", "1"), asked
                )
            },
            3,
        )["seqtool"]
        answers = subprocess.run(
            common.seqtool("analogy", "-m", arguments.model, "--threads", "1"),
            input=asked.read_bytes(),
            capture_output=True,
            check=True,
        ).stdout
        loop = _json([sys.executable, "-c", GENSIM_LOOP, str(exported), str(asked), str(arguments.gensim_questions)])
        product = _json([sys.executable, "-c", PRODUCT, str(rows), str(arguments.questions), str(size)])
    same = sum(
        [answer["word"] for answer in json.loads(line)["answers"]] == theirs
        for line, theirs in zip(answers.decode().splitlines(), loop["answers"])
    )
    seconds = {name: common.median_seconds(runs) for name, runs in cold.items()}
    whole = common.median_seconds(ours)
    gensim_seconds = loop["seconds"] / arguments.gensim_questions * arguments.questions
    ratios = {
        "cold start / import gensim": seconds["seqtool analogy"] / seconds["import gensim"],
        "gensim loop / seqtool": gensim_seconds / whole,
        "matrix product / seqtool": product["seconds"] / whole,
    }
    peaks = {
        "one question": max(run.peak_mb for run in cold["seqtool analogy"]),
        "all": max(run.peak_mb for run in ours),
    }
    for name, value in seconds.items():
        print(f"{name:20} {value * 1000:8.1f} ms")
    print(
        f"{arguments.questions} questions: seqtool {whole:.2f} s, gensim loop {gensim_seconds:.1f} s, product {product['seconds']:.2f} s"
    )
    print(f"the same ten answers as gensim: {same} of {len(loop['answers'])}")
    print(
        f"peak memory: {peaks['one question']:.0f} MB for one question, {peaks['all']:.0f} MB for all {common.goal(peaks['one question'], '<=', 100)}"
    )
    goals = {
        "cold start / import gensim": ("<=", 0.30),
        "gensim loop / seqtool": (">=", 4),
        "matrix product / seqtool": (">=", 0.6),
    }
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.3f} {common.goal(ratio, *goals[name])}")
    results = {"seconds": {**seconds, "questions": whole, "gensim": gensim_seconds, "product": product["seconds"]}}
    common.append_json(
        arguments.json,
        "analogies",
        arguments,
        {**results, "ratios": ratios, "peak_mb": peaks, "same": [same, len(loop["answers"])]},
    )


def _words(model: str) -> list[str]:
    """The vocabulary, the commonest word first."""
    listed = subprocess.run(
        common.seqtool("models", "list", "--format", "jsonl"), capture_output=True, check=True
    ).stdout
    paths = {entry["name"]: entry["path"] for entry in map(json.loads, listed.splitlines())}
    return (Path(paths.get(model, model)) / "words.txt").read_text("utf-8").splitlines()


def _json(command: list[str]) -> dict[str, float]:
    result: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return result


if __name__ == "__main__":
    main()

"""``seqtool tag`` on the sentences of CoNLL-2003's test, beside spaCy's NER and Flair's LSTM-CRF.

seqtool: whole processes, two threads, lines of text in and JSONL out, start-up and all, on eight copies
of the file; also one line alone (cold start) beside ``import torch``.  The others (``tag_spacy.py
speed``, ``tag_flair.py``) are given tokens, and only their tagging is timed, with the same threads: the
loading of their models and the making of their documents are not counted.  In turn, so that what
disturbs the machine disturbs them all.

    python benchmarks/tag_speed.py --data DATA --spacy-python P --spacy-model FOLDER --flair-python P --json FILE
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import common

from seqtool.training.tag.data import read_tagged
from seqtool.training.tag.recipe import TagDataSettings

COPIES = 8
RUNS = 3
THREADS = 2
TEST = "tag/ner/conll2003_noship/eng.testb.xz"


def best_speed(command: list[str]) -> float:
    """The best of the speeds that another tool's script prints, in sentences a second."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(THREADS), "OPENBLAS_NUM_THREADS": str(THREADS)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:2])}: {done.stderr[-500:]}")
    figures = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return max(float(figure["sentences a second"]) for figure in figures)


def main() -> None:
    made = common.parser(__doc__)
    made.set_defaults(model="ner-en")
    made.add_argument("--data", type=Path, required=True, metavar="DIR", help="the folder that holds tag/ner")
    made.add_argument("--spacy-python", metavar="FILE")
    made.add_argument("--spacy-model", metavar="FOLDER", help="of tag_spacy.py train")
    made.add_argument("--flair-python", metavar="FILE")
    arguments = made.parse_args()
    sentences = [tokens for tokens, _ in read_tagged(TagDataSettings(TEST), arguments.data / TEST)]
    words = sum(map(len, sentences))
    print(f"{len(sentences):,} sentences, {words:,} words, {COPIES} copies of them for seqtool")
    speeds: dict[str, list[float]] = {"seqtool": [], "spaCy": [], "Flair": []}
    here = Path(__file__).parent
    with common.work_folder() as folder:
        texts = Path(folder) / "texts.txt"
        texts.write_text("".join(" ".join(tokens) + "\n" for tokens in sentences) * COPIES, encoding="utf-8")
        one = common.first_lines(texts, 1, Path(folder) / "one.txt")
        tag = common.seqtool("tag", "-m", arguments.model, "--threads", str(THREADS))
        starts = common.alternate(
            {
                "one line": lambda: common.good_run(tag, one),
                "import torch": lambda: common.good_run([sys.executable, "-c", "import torch"]),
            },
            5,
        )
        for _ in range(RUNS):
            seconds = common.good_run(tag, texts).seconds
            speeds["seqtool"].append(COPIES * len(sentences) / seconds)
            data = ["--data", str(arguments.data), "--runs", "1"]
            if arguments.spacy_python:
                script = [arguments.spacy_python, str(here / "tag_spacy.py"), "speed", *data]
                speeds["spaCy"].append(best_speed([*script, "--model", arguments.spacy_model]))
            if arguments.flair_python:
                script = [arguments.flair_python, str(here / "tag_flair.py"), *data, "--threads", str(THREADS)]
                speeds["Flair"].append(best_speed(script))
        memory = common.good_run(tag, texts).peak_mb
    found = {name: median(values) for name, values in speeds.items() if values}
    start = {name: common.median_seconds(runs) for name, runs in starts.items()}
    ours = found["seqtool"]
    print(f"seqtool: {ours:,.0f} sentences a second {common.goal(ours, '>=', 5000)}")
    print(f"         {ours * words / len(sentences):,.0f} words a second, peak {memory:.0f} MB")
    for name, wanted in (("Flair", 8), ("spaCy", 4)):
        if name in found:
            ratio = ours / found[name]
            print(
                f"{name}: {found[name]:,.0f} sentences a second; seqtool / {name} {ratio:.1f} {common.goal(ratio, '>=', wanted)}"
            )
    share = start["one line"] / start["import torch"]
    print(f"one line: {start['one line']:.3f} s, {share:.3f} of import torch {common.goal(share, '<=', 0.25)}")
    results = {"sentences_per_second": speeds, "seconds": start, "peak_mb": memory}
    common.append_json(arguments.json, "tag_speed", arguments, results)


if __name__ == "__main__":
    main()

"""``seqtool tokenize`` and ``embed`` on short reviews, whole processes on one core.

Words a second; subword ids beside a loop that writes the same JSONL from sentencepiece's own batch
call (goal: within 30 %), and what offsets cost; ``embed`` to ``.npy`` and to JSONL, lines a second,
beside fastText's ``print-sentence-vectors`` with the same vectors (``--others-python``: a Python that
has the package fasttext).

    python benchmarks/texts.py --data DATA --others-python others/bin/python --json benchmarks/results/texts.jsonl
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import common

SENTENCEPIECE_LOOP = """
import json, sys
import sentencepiece
processor = sentencepiece.SentencePieceProcessor(model_file=sys.argv[1])
dumps = json.JSONEncoder(ensure_ascii=False).encode
window = []
def write():
    ids = processor.encode(window, num_threads=1)
    sys.stdout.writelines(dumps({"text": t, "ids": i}) + "\\n" for t, i in zip(window, ids))
for line in sys.stdin:
    window.append(line.rstrip("\\n"))
    if len(window) == 1024:
        write()
        window = []
write()
"""
# As the fastText program does it: the mean of the words' vectors, printed.
FASTTEXT_LOOP = """
import sys
import fasttext
model = fasttext.load_model(sys.argv[1])
for line in sys.stdin:
    vector = model.get_sentence_vector(line.rstrip("\\n"))
    sys.stdout.write(" ".join(map("{:.4f}".format, vector)) + "\\n")
"""
FASTTEXT_TRAIN = """
import sys
import fasttext
fasttext.FastText.eprint = lambda *_: None
fasttext.train_unsupervised(sys.argv[1], dim=int(sys.argv[3]), epoch=1, minCount=2, thread=1, verbose=0).save_model(sys.argv[2])
"""


def main() -> None:
    parser = common.parser(__doc__)
    common.add_texts(parser)
    parser.set_defaults(model="words-en")
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--others-python", default=sys.executable, metavar="FILE")
    arguments = parser.parse_args()
    with common.work_folder() as name:
        folder = Path(name)
        texts = folder / "texts.txt"
        common.make_texts(arguments, arguments.lines, texts)
        pieces = _pieces_file()
        one = ["--threads", "1", "-q"]
        commands = {
            "tokenize words": common.seqtool("tokenize", *one),
            "tokenize words, no offsets": common.seqtool("tokenize", "--no-offsets", *one),
            "subword ids": common.seqtool("tokenize", "--kind", "subwords", "--ids", *one),
            "subword ids with offsets": common.seqtool("tokenize", "--kind", "subwords", "--ids", "--offsets", *one),
            "sentencepiece loop": [sys.executable, "-c", SENTENCEPIECE_LOOP, pieces],
            "embed to JSONL": common.seqtool("embed", "-m", arguments.model, *one),
            "start-up of embed": common.seqtool("embed", "-m", arguments.model, *one, "/dev/null"),
        }
        programs = {key: partial(common.good_run, command, texts) for key, command in commands.items()}
        matrix = folder / "vectors.npy"
        programs["embed to .npy"] = partial(_embed_matrix, arguments.model, texts, matrix)
        fasttext = _fasttext(arguments.others_python, texts, folder / "fasttext.bin")
        if fasttext:
            programs["fastText sentence vectors"] = partial(common.good_run, fasttext, texts)
        else:
            print("fastText: left out, its package is not installed; --others-python names a Python that has it")
        results = common.alternate(programs, arguments.runs)
        lines = subprocess.run(
            commands["tokenize words"], input=texts.read_bytes(), capture_output=True, check=True
        ).stdout
        words = sum(len(json.loads(line)["tokens"]) for line in lines.splitlines())
    seconds = {key: common.median_seconds(runs) for key, runs in results.items()}
    for key, value in seconds.items():
        rate = f"{words / value:12,.0f} words/s" if "words" in key else f"{arguments.lines / value:12,.0f} lines/s"
        print(f"{key:28} {value:7.2f} s {rate}   {max(run.peak_mb for run in results[key]):5.0f} MB")
    figures = {
        "words a second": (words / seconds["tokenize words"], ">=", 1e6),
        "subword ids / sentencepiece loop, time": (seconds["subword ids"] / seconds["sentencepiece loop"], "<=", 1.3),
        "embed to .npy, lines a second": (arguments.lines / seconds["embed to .npy"], ">=", 20_000),
        "embed to JSONL, lines a second": (arguments.lines / seconds["embed to JSONL"], ">=", 8000),
    }
    if fasttext:
        figures["embed to JSONL / fastText, speed"] = (
            seconds["fastText sentence vectors"] / seconds["embed to JSONL"],
            ">=",
            1,
        )
    for key, (value, sign, wanted) in figures.items():
        print(f"{key}: {value:,.3f} {common.goal(value, sign, wanted)}")
    raw = {key: [round(run.seconds, 3) for run in runs] for key, runs in results.items()}
    common.append_json(
        arguments.json,
        "texts",
        arguments,
        {"words": words, "seconds": raw, "figures": {k: v for k, (v, _, _) in figures.items()}},
    )


def _embed_matrix(model: str, texts: Path, matrix: Path) -> common.Run:
    matrix.unlink(missing_ok=True)
    return common.good_run(common.seqtool("embed", "-m", model, "--threads", "1", "-q", "-o", str(matrix)), texts)


def _pieces_file() -> str:
    """The sentencepiece file of sentiment-en."""
    lines = subprocess.run(
        common.seqtool("models", "list", "--format", "jsonl"), capture_output=True, check=True
    ).stdout
    paths = [json.loads(line)["path"] for line in lines.splitlines() if json.loads(line)["name"] == "sentiment-en"]
    return str(next(Path(paths[0]).glob("*.model")))


def _fasttext(python: str, texts: Path, model: Path) -> list[str] | None:
    """The fastText program on a model of 300 dimensions, trained on the same lines; None without the package."""
    if subprocess.run([python, "-c", FASTTEXT_TRAIN, str(texts), str(model), "300"], capture_output=True).returncode:
        return None
    return [python, "-c", FASTTEXT_LOOP, str(model)]


if __name__ == "__main__":
    main()

"""Soft labels: what the sentiment teacher gives each text, in a compact file.

    python benchmarks/teachers/label.py --teacher FOLDER/teacher --output soft.safetensors \\
        DATA/classify/stars_*.tsv.xz DATA/classify/imdb_unlabelled.tsv --column text --minutes 30

Tables (.tsv, .tsv.xz: a header line, the column ``--column``), trees (.txt, .txt.xz beginning with
a bracket: every phrase) and lists (other .txt: one text a line).  Each distinct text is labelled once;
a file that is there already is added to.  README.md beside this script says what is in it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from encoder import Encoder, Teacher, padded, pieces_of, read_tokenizer
from safetensors import safe_open
from safetensors.numpy import save_file
from sources import lines_of, normalised, phrases, records, share_of
from train_sentiment import PIECES, WORDS, restore

FORMAT = "soft labels 1"
LABELS = ("1", "2", "3", "4", "5")
MOST_WINDOWS = 4
CHUNK = 4096


def hash_of(text: str) -> int:
    """The first eight bytes of the SHA-256 of the text in lower case with one space between words, as a signed number."""
    digest = hashlib.sha256(normalised(text).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def checksum(hashes: np.ndarray, scores: np.ndarray) -> str:
    """SHA-256 over both tables, rows in the order of the hashes."""
    return hashlib.sha256(hashes.tobytes() + scores.tobytes()).hexdigest()


def texts_of(path: Path, column: str) -> Iterator[str]:
    """The texts of a table, of trees, or of a list."""
    if ".tsv" in path.suffixes:
        yield from (record.get(column, "") for record in records(path))
        return
    for line in lines_of(path):
        if line.startswith("("):
            yield from (text for _, text, _ in phrases(line))
        else:
            yield line


def distinct(paths: Iterable[Path], column: str, known: set[int], most_words: int = 0) -> dict[int, str]:
    """Hash -> text of what is not known yet and not longer than ``most_words`` (0: of any length)."""
    found: dict[int, str] = {}
    for path in paths:
        for text in texts_of(path, column):
            words = len(text.split())
            if not words or 0 < most_words < words:
                continue
            key = hash_of(text)
            if key not in known:
                found.setdefault(key, text)
    return found


def windows(text: str) -> list[str]:
    """At most four stretches of 58 words, spread evenly from the beginning to the end."""
    words = text.split()
    if len(words) <= WORDS:
        return [text]
    count = min(MOST_WINDOWS, -(-len(words) // WORDS))
    starts = np.linspace(0, len(words) - WORDS, count).round().astype(int)
    return [" ".join(words[start : start + WORDS]) for start in starts]


def read_teacher(stem: Path, device: str = "cpu") -> Teacher:
    """The weights that the training wrote, ready to answer."""
    model = Teacher(Encoder())
    restore(stem, model, None)
    return model.eval().to(device)


@torch.inference_mode()
def probabilities(models: Sequence[Teacher], tokenizer: Any, texts: Sequence[str]) -> np.ndarray:
    """(texts, 5) float32: the mean over stretches and over teachers (seeds)."""
    parts, owners = [], []
    for place, text in enumerate(texts):
        found = windows(text)
        parts += found
        owners += [place] * len(found)
    pieces = pieces_of(tokenizer, parts, PIECES)
    total = np.zeros((len(texts), len(LABELS)), np.float32)
    order = sorted(range(len(pieces)), key=lambda place: len(pieces[place]))
    for start in range(0, len(order), 64):
        cut = order[start : start + 64]
        ids, lengths = padded([pieces[place] for place in cut], str(models[0].head.bias.device))
        for model in models:
            np.add.at(total, [owners[place] for place in cut], model(ids, lengths).softmax(1).cpu().numpy())
    return total / total.sum(1, keepdims=True)


def read_labels(path: Path) -> tuple[np.ndarray, np.ndarray, dict[str, str]]:
    """(hashes, scores, facts) of a file; cut short or changed, it is refused."""
    with safe_open(str(path), "np") as file:
        facts = file.metadata()
        hashes, scores = file.get_tensor("hashes"), file.get_tensor("scores")
    if facts.get("format") != FORMAT or facts["checksum"] != checksum(hashes, scores):
        raise SystemExit(f"{path}: not a whole file of soft labels")
    return hashes, scores, facts


def write_labels(path: Path, hashes: np.ndarray, scores: np.ndarray, teacher: str) -> None:
    """Rows by rising hash; put in place whole."""
    order = np.argsort(hashes, kind="stable")
    hashes, scores = np.ascontiguousarray(hashes[order]), np.ascontiguousarray(scores[order])
    facts = {
        "format": FORMAT,
        "labels": json.dumps(LABELS),
        "texts": "sha256, first 8 bytes, big-endian, signed; lower case, one space between words",
        "teacher": teacher,
        "checksum": checksum(hashes, scores),
    }
    partial = path.with_suffix(".partial")
    save_file({"hashes": hashes, "scores": scores}, str(partial), metadata=facts)
    os.replace(partial, path)


def teacher_name(stems: Sequence[Path]) -> str:
    """The SHA-256 of the weights, the first twelve letters of each."""
    files = [stem.with_suffix(".safetensors") for stem in stems]
    return " ".join(hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in files)


def label(arguments: argparse.Namespace) -> None:
    """Chunks of texts in random order until all are labelled or the time is over."""
    hashes, scores = np.zeros(0, np.int64), np.zeros((0, len(LABELS)), np.float16)
    name = teacher_name(arguments.teacher)
    if arguments.output.exists():
        hashes, scores, facts = read_labels(arguments.output)
        if facts["teacher"] != name:
            raise SystemExit(f"{arguments.output}: was written by another teacher")
    models, tokenizer = [read_teacher(stem, arguments.device) for stem in arguments.teacher], read_tokenizer()
    new = distinct(arguments.files, arguments.column, set(hashes.tolist()), arguments.most_words)
    waiting = sorted(new.items(), key=lambda item: share_of(item[0]))
    begun = time.monotonic()
    for start in range(0, len(waiting), CHUNK):
        chunk = waiting[start : start + CHUNK]
        found = probabilities(models, tokenizer, [text for _, text in chunk]).astype(np.float16)
        hashes = np.concatenate((hashes, np.array([key for key, _ in chunk], np.int64)))
        scores = np.concatenate((scores, found))
        write_labels(arguments.output, hashes, scores, name)
        hashes, scores, _ = read_labels(arguments.output)
        spent = time.monotonic() - begun
        done = start + len(chunk)
        print(f"{done} of {len(waiting)} texts, {done / spent:.0f} a second", flush=True)
        if spent > 60 * arguments.minutes:
            break


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument(
        "--teacher", type=Path, action="append", required=True, help="FOLDER/teacher; several: the mean"
    )
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--column", default="text")
    parser.add_argument("--most-words", type=int, default=0, help="longer texts are left for another time")
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="cuda, where there is one")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    label(arguments)


if __name__ == "__main__":
    main()

"""The network of a model folder in a plain torch program: what ``seqtool classify`` is measured against.

Reads lines, writes the same JSON lines as ``seqtool classify`` does: the folder's own pieces, weights,
temperature, decision and groups; where the folder has n-grams beside the network, the same table.

    --one     one record at a time, under torch.inference_mode
    --sorted  windows of lines, sorted by length, in padded batches of 64
    --check   neither: compares both with seqtool on the lines of a file, and says how they differ

    python benchmarks/torch_reference.py --sorted < reviews.txt > answers.jsonl
    python benchmarks/torch_reference.py --check reviews.txt
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import sentencepiece
import torch
from torch import Tensor, nn

from seqtool.engine.bag_of_ngrams import BagOfNgrams
from seqtool.export.from_onnx import load_classifier
from seqtool.modelfolder.find import find_model
from seqtool.modelfolder.shapes import ClassifierShape
from seqtool.nn.classifier import ClassifierNetwork

WINDOW = 2048
BATCH = 64
BIASES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
MODULES = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}

Answer = dict[str, Any]


def joined(network: ClassifierNetwork) -> nn.RNNBase:
    """The recurrent layers as one torch module, which needs no padding for a single sequence."""
    recurrent = network.recurrent
    assert recurrent is not None
    module: nn.RNNBase = MODULES[recurrent.cell](
        network.shape.embedding_size,
        recurrent.hidden_size,
        num_layers=recurrent.num_layers,
        bidirectional=recurrent.bidirectional,
        **({"nonlinearity": network.shape.nonlinearity} if recurrent.cell == "rnn" else {}),
    )
    state = {}
    for number, layer in enumerate(recurrent.layers):
        assert isinstance(layer, nn.ModuleDict)
        for direction, cell in layer.items():
            ending = "_reverse" if direction == "backward_cell" else ""
            for name in BIASES:
                state[f"{name}_l{number}{ending}"] = getattr(cell, f"{name}_l0")
    module.load_state_dict(state)
    return module.eval()


class Reference:
    """A classifier's folder, opened with torch."""

    def __init__(self, model: str) -> None:
        folder = find_model(model, "classify")
        shape = ClassifierShape.from_table(folder.table("network"))
        self.network = load_classifier(folder.path, shape).eval()
        self.recurrent = joined(self.network) if self.network.recurrent is not None else None
        pieces = str(folder.file(folder.table("tokenizer")["file"]))
        self.pieces = sentencepiece.SentencePieceProcessor(model_file=pieces)
        answer = folder.table("answer")
        self.kind = answer["kind"]
        self.temperature = float(answer.get("temperature", 1.0))
        self.decision = answer.get("decision", "likeliest")
        self.labels: list[str] = folder.manifest["labels"]
        if self.kind == "multiple":
            raise SystemExit("torch_reference.py: a model of several labels a text; it knows single labels and ratings")
        self.ngrams: BagOfNgrams | None = None
        if "ngrams" in folder.manifest:
            table = folder.table("ngrams")
            self.ngrams = BagOfNgrams(folder.file(table["file"]), table, len(self.labels))
        groups = answer.get("groups")
        self.groups = {name: [self.labels.index(label) for label in part] for name, part in (groups or {}).items()}

    def one(self, ids: Sequence[int]) -> list[float]:
        """The probabilities of one text."""
        column = torch.tensor(ids).unsqueeze(1)
        embedded = self.network.embedding(column)
        outputs, hidden = embedded, embedded
        if self.recurrent is not None:
            outputs, states = self.recurrent(embedded)
            final = states[0] if isinstance(states, tuple) else states
            hidden = final[-2:] if self.recurrent.bidirectional else final[-1:]
        pooled = self.network.pooling(outputs, torch.tensor([len(ids)]), hidden, embedded)
        return self._probabilities(self.network.logits(pooled), [ids])[0]

    def many(self, sequences: Sequence[Sequence[int]]) -> list[list[float]]:
        """The probabilities of texts of like lengths."""
        lengths = torch.tensor([len(ids) for ids in sequences])
        padded = nn.utils.rnn.pad_sequence([torch.tensor(ids) for ids in sequences])
        return self._probabilities(self.network(padded, lengths), sequences)

    def _probabilities(self, logits: Tensor, sequences: Sequence[Sequence[int]]) -> list[list[float]]:
        if self.ngrams is not None:
            logits = logits + self.ngrams.weight * torch.from_numpy(self.ngrams.logits(sequences))
        rows: list[list[float]] = (logits / self.temperature).softmax(1).tolist()
        return rows

    def _decided(self, probabilities: list[float]) -> int:
        if self.decision == "median":
            total = 0.0
            for place, probability in enumerate(probabilities):
                total += probability
                if total >= 0.5:
                    return place
        return max(range(len(probabilities)), key=probabilities.__getitem__)

    def record(self, text: str, probabilities: list[float] | None) -> bytes:
        """The line of output for one text; null values where there is nothing to read."""
        answer: Answer = {"text": text, "label": None, "score": None}
        if self.kind == "rating":
            answer["stars"] = None
        if probabilities is not None:
            place = self._decided(probabilities) if self.kind == "rating" else probabilities.index(max(probabilities))
            label, score = self.labels[place], probabilities[place]
            if self.groups:
                by_group = {name: math.fsum(probabilities[p] for p in part) for name, part in self.groups.items()}
                label = max(by_group, key=by_group.__getitem__)
                score = by_group[label]
            answer["label"], answer["score"] = label, round(score, 4)
            if self.kind == "rating":
                answer["stars"] = int(self.labels[place]) if self.labels[place].isdigit() else self.labels[place]
        return (json.dumps(answer, ensure_ascii=False) + "\n").encode()


def texts_of(file: BinaryIO) -> Iterator[str]:
    for line in file:
        yield line.decode("utf-8", "replace").removesuffix("\n")


def answer_one(reference: Reference, texts: Iterator[str]) -> Iterator[bytes]:
    """One record at a time."""
    for text in texts:
        ids = reference.pieces.encode(text)
        yield reference.record(text, reference.one(ids) if ids else None)


def answer_sorted(reference: Reference, texts: Iterator[str], batch_size: int) -> Iterator[bytes]:
    """Windows of records, the short ones first, in padded batches."""
    while window := list(islice(texts, WINDOW)):
        ids = reference.pieces.encode(window, num_threads=1)
        order = sorted((place for place, part in enumerate(ids) if part), key=lambda place: len(ids[place]))
        found: list[list[float] | None] = [None] * len(window)
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            for place, probabilities in zip(batch, reference.many([ids[place] for place in batch])):
                found[place] = probabilities
        yield b"".join(reference.record(text, probabilities) for text, probabilities in zip(window, found))


def check(reference: Reference, model: str, path: Path, batch_size: int) -> int:
    """How many answers differ from seqtool's in label or stars, in either way of reading."""
    import common

    process = subprocess.run(
        common.seqtool("classify", "-q", "--input", "text", "-m", model, str(path)), stdout=subprocess.PIPE
    )
    if process.returncode:
        raise SystemExit("torch_reference.py: seqtool classify failed")
    ours = [json.loads(line) for line in process.stdout.splitlines()]
    wrong = 0
    for name in ("one", "sorted"):
        with open(path, "rb") as file:
            texts = texts_of(file)
            lines = answer_one(reference, texts) if name == "one" else answer_sorted(reference, texts, batch_size)
            theirs = [json.loads(line) for line in b"".join(lines).splitlines()]
        different = sum(
            len(ours) != len(theirs) or any(mine.get(key) != other.get(key) for key in ("text", "label", "stars"))
            for mine, other in zip(ours, theirs)
        )
        apart = max((abs((m["score"] or 0) - (o["score"] or 0)) for m, o in zip(ours, theirs)), default=0.0)
        print(f"--{name}: {len(theirs)} records, {different} with another label, scores at most {apart:.4f} apart")
        wrong += different
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-m", "--model", default="sentiment-en")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=BATCH)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--one", action="store_true", help="one record at a time")
    mode.add_argument("--sorted", action="store_true", help="sorted, padded batches")
    mode.add_argument("--check", type=Path, metavar="FILE", help="compare with seqtool on the lines of FILE")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    reference = Reference(arguments.model)
    with torch.inference_mode():
        if arguments.check:
            return 1 if check(reference, arguments.model, arguments.check, arguments.batch_size) else 0
        texts = texts_of(sys.stdin.buffer)
        answers = (
            answer_one(reference, texts) if arguments.one else answer_sorted(reference, texts, arguments.batch_size)
        )
        sys.stdout.buffer.writelines(answers)
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Texts to labels."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from seqtool.answers import Answer, Engine
from seqtool.engine.bag_of_ngrams import BagOfNgrams
from seqtool.engine.runner import Encoder
from seqtool.engine.session import Session
from seqtool.modelfolder.manifest import ModelFolder
from seqtool.settings import checked
from seqtool.tokenization.pieces import Pieces
from seqtool.tokenization.words import spans

KINDS = ("single", "multiple", "rating")
DECISIONS = ("likeliest", "median")
HEAD_ROWS = 256
WINDOW = 1024
EXPLAINED_UNITS = 1000
EXPLAINED_CODE_POINTS = 2_000_000


def _chosen(folder: ModelFolder, table: dict[str, Any], key: str, choices: Sequence[str]) -> str:
    """A value of the manifest that is one of a few words."""
    value = table.get(key)
    if not isinstance(value, str) or value not in choices:
        raise folder.damaged(f"has the {key} {value!r}, which is none of {', '.join(choices)}")
    return value


def softmax(logits: Sequence[float]) -> list[float]:
    """Probabilities that sum to one.  Plain floats, one text at a time: the same in any batch."""
    top = max(logits)
    exponentials = [math.exp(logit - top) for logit in logits]
    total = math.fsum(exponentials)
    return [value / total for value in exponentials]


def sigmoid(logit: float) -> float:
    """The logistic function, without overflow."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    exponential = math.exp(logit)
    return exponential / (1.0 + exponential)


def median_index(probabilities: Sequence[float]) -> int:
    """The index of the distribution's median: the answer with the least expected absolute error."""
    total = 0.0
    for index, probability in enumerate(probabilities):
        total += probability
        if total >= 0.5:
            return index
    return len(probabilities) - 1


def argmax(values: Sequence[float]) -> int:
    """The index of the largest value, the first of equals."""
    return max(range(len(values)), key=values.__getitem__)


@dataclass(frozen=True)
class ClassifyAsked:
    """What ``seqtool classify`` can be asked."""

    scores: bool = False
    """All labels' scores."""
    top: int | None = checked(None, above=0)
    """The scores of so many labels, best first."""
    explain: bool = False
    """How much each word pushed the label: a list of {text, start, end, weight}."""


class Classifier(Engine[ClassifyAsked]):
    """A trained classifier, opened from its folder.

    ``threads`` and ``batch_size`` change the speed alone.

    :raises ModelError: the folder is damaged, or holds a model of another task.
    """

    Asked = ClassifyAsked

    def __init__(self, folder: ModelFolder, *, threads: int = 1, batch_size: int = 64) -> None:
        if folder.task != "classify":
            raise folder.damaged(f"is a model for {folder.task!r}, not for 'classify'")
        self.folder = folder
        self._read_manifest()
        network = Session(folder.file("network.onnx"))
        self._head = Session(folder.file("head.onnx"))
        self.pieces = Pieces(folder.file(self._tokenizer["file"]))
        table = network.tensors.get("embedding.table.weight.int8") or next(
            (shape for name, shape in network.tensors.items() if name.startswith("embedding.table.weight")), ()
        )
        if not table or table[0] != self.pieces.size:
            raise folder.damaged("and network.onnx do not belong together", self._tokenizer["file"])
        if self._head.outputs.get("logits", [0, 0])[1] != len(self.labels):
            raise folder.damaged("has not as many outputs as model.toml has labels", "head.onnx")
        try:
            self.encoder = Encoder(network, self._network, batch_size=batch_size, threads=threads)
        except ValueError as error:
            raise folder.damaged(str(error)) from None
        self._ngrams: BagOfNgrams | None = None
        if "ngrams" in folder.manifest:
            ngrams = folder.table("ngrams")
            self._ngrams = BagOfNgrams(folder.file(str(ngrams.get("file"))), ngrams, len(self.labels))

    def _read_manifest(self) -> None:
        """Take what is needed out of the manifest, each thing checked."""
        folder = self.folder
        self._network = folder.table("network")
        self._tokenizer = folder.table("tokenizer")
        answer = folder.table("answer")
        labels = folder.manifest.get("labels")
        if not (isinstance(labels, list) and labels and all(isinstance(label, str) for label in labels)):
            raise folder.damaged("has no list of labels")
        self.labels: list[str] = labels
        self.kind = _chosen(folder, answer, "kind", KINDS)
        self.decision = _chosen(folder, {"decision": "likeliest", **answer}, "decision", DECISIONS)
        _chosen(folder, self._tokenizer, "kind", ("pieces",))
        temperature = answer.get("temperature", 1.0)
        number = isinstance(temperature, (int, float)) and not isinstance(temperature, bool)
        if not number or not 1e-3 <= temperature <= 1e3:
            raise folder.damaged("has a temperature that is no number from 0.001 to 1000")
        self.temperature = float(temperature)
        self.groups = self._read_groups(answer.get("groups"))
        if not isinstance(self._tokenizer.get("file"), str):
            raise folder.damaged("says no 'file' in [tokenizer]")

    def _read_groups(self, groups: Any) -> dict[str, list[int]] | None:
        """The indices of each group's labels."""
        if groups is None:
            return None
        members = list(groups.values()) if isinstance(groups, dict) else []
        if not members or not all(isinstance(names, list) and names for names in members):
            raise self.folder.damaged("has groups that are no lists of labels")
        if any(name not in self.labels for names in members for name in names):
            raise self.folder.damaged("groups labels that there are not")
        return {group: [self.labels.index(name) for name in names] for group, names in groups.items()}

    @property
    def pooled_width(self) -> int:
        """The numbers of a text's pooled vector."""
        return int(self._head.inputs["pooled"][1])

    @property
    def output_labels(self) -> list[str]:
        """What ``label`` can be: the groups where there are some, else the labels."""
        return list(self.groups) if self.groups else self.labels

    def fields(self, asked: ClassifyAsked) -> list[str]:
        names = ["label", "score"]
        if self.kind == "rating":
            names.append("stars")
        return names + ["scores"] * (asked.scores or asked.top is not None) + ["explanation"] * asked.explain

    def probabilities(self, texts: Sequence[str]) -> list[list[float] | None]:
        """The calibrated probability of each of ``labels``; None for a text with nothing to read
        (empty, blank, or nothing left after normalisation)."""
        ids = self.pieces.ids(list(texts))
        filled = [row for row, (text, pieces) in enumerate(zip(texts, ids)) if pieces and not text.isspace()]
        results: list[list[float] | None] = [None] * len(texts)
        if filled:
            for row, logits in zip(filled, self._logits([ids[row] for row in filled])):
                scaled = [logit / self.temperature for logit in logits]
                results[row] = [sigmoid(logit) for logit in scaled] if self.kind == "multiple" else softmax(scaled)
        return results

    def _logits(self, sequences: list[list[int]]) -> list[list[float]]:
        """The network's logits, plus the n-gram model's by its weight."""
        pooled = self.encoder.pooled(sequences)
        rows: list[list[float]] = []
        for start in range(0, len(pooled), HEAD_ROWS):
            rows.extend(self._head.run(["logits"], {"pooled": pooled[start : start + HEAD_ROWS]})[0].tolist())
        if self._ngrams is None:
            return rows
        weight = self._ngrams.weight
        linear = self._ngrams.logits(sequences).tolist()
        return [[a + weight * b for a, b in zip(row, other)] for row, other in zip(rows, linear)]

    def label_scores(self, probabilities: Sequence[float]) -> dict[str, float]:
        """The score of each of ``output_labels``: a group's is the sum of its labels'."""
        if self.groups:
            return {name: math.fsum(probabilities[row] for row in rows) for name, rows in self.groups.items()}
        return dict(zip(self.labels, probabilities))

    def decide(self, probabilities: Sequence[float]) -> int:
        """The index of the label that a rating model answers (``[answer] decision``)."""
        return median_index(probabilities) if self.decision == "median" else argmax(probabilities)

    def _answer(self, probabilities: Sequence[float] | None, asked: ClassifyAsked) -> Answer:
        if probabilities is None:
            return dict.fromkeys(self.fields(replace(asked, explain=False)))
        by_label = self.label_scores(probabilities)
        answer: Answer
        if self.kind == "multiple":
            chosen = [label for label, score in by_label.items() if score >= 0.5]
            answer = {"label": chosen, "score": [by_label[label] for label in chosen]}
        elif self.kind == "rating" and not self.groups:
            label = self.labels[self.decide(probabilities)]
            answer = {"label": label, "score": by_label[label]}
        else:
            label = max(by_label, key=by_label.__getitem__)
            answer = {"label": label, "score": by_label[label]}
        if self.kind == "rating":
            answer["stars"] = _number(self.labels[self.decide(probabilities)])
        if asked.top is not None:
            best = sorted(by_label.items(), key=lambda item: -item[1])[: asked.top]
            answer["scores"] = dict(best)
        elif asked.scores:
            answer["scores"] = by_label
        return answer

    def answers(self, items: Sequence[str], asked: ClassifyAsked) -> list[Answer]:
        results = []
        for text, probabilities in zip(items, self.probabilities(items)):
            answer = self._answer(probabilities, asked)
            if asked.explain:
                answer["explanation"] = [] if probabilities is None else self._explain(text, probabilities)
            results.append(answer)
        return results

    def _explain(self, text: str, probabilities: Sequence[float]) -> list[Answer]:
        """By leaving words out: weight = the label's score with the word, less that without it.

        In a long text runs of words are left out together, so that what is read for it stays
        below EXPLAINED_CODE_POINTS in all.
        """
        whole = self.label_scores(probabilities)
        if self.kind == "rating" and not self.groups:
            label = self.labels[self.decide(probabilities)]
        else:
            label = max(whole, key=whole.__getitem__)
        found = _explained_words(text)
        most = max(1, min(EXPLAINED_UNITS, EXPLAINED_CODE_POINTS // len(text)))
        run = -(-len(found) // most)
        units = [(found[i][0], found[min(i + run, len(found)) - 1][1]) for i in range(0, len(found), run or 1)]
        explanation = []
        at_once = max(1, min(WINDOW // 4, EXPLAINED_CODE_POINTS // 4 // len(text)))
        for start in range(0, len(units), at_once):
            part = units[start : start + at_once]
            without = self.probabilities([text[:begin] + text[end:] for begin, end in part])
            for (begin, end), rest in zip(part, without):
                # With nothing left to read, every label is as likely as any other.
                left = self.label_scores(rest)[label] if rest else 1.0 / len(whole)
                explanation.append({"text": text[begin:end], "start": begin, "end": end, "weight": whole[label] - left})
        return explanation


def _explained_words(text: str) -> list[tuple[int, int]]:
    """(start, end) of the words, without the commas and stops beside them where there are words."""
    found = list(spans(text))
    signs = ("P", "C")
    return [
        (start, end) for start, end in found if end - start > 1 or unicodedata.category(text[start])[0] not in signs
    ] or found


def _number(label: str) -> int | float | str:
    """A rating's label as the number that it is."""
    try:
        value = float(label)
    except ValueError:
        return label
    return int(value) if value == int(value) and not math.isinf(value) else value

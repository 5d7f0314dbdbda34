"""Score a tagger on sentences whose tags are known, as conlleval counts, from the shipped graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seqtool import __version__
from seqtool.decoding.schemes import OUTSIDE, Span, spans, split_tag, tags
from seqtool.engine.tagger import Tagger
from seqtool.errors import DataError, nearest
from seqtool.evaluation.labelled import ANY_TAG, EITHER, Sentence
from seqtool.metrics.bootstrap import interval
from seqtool.metrics.entities import Counts, count_spans
from seqtool.tokenization.word_features import UNKNOWN_WORD

WINDOW = 1024
MOST_UNKNOWN = 0.01


def by_source(sentences: Sequence[Sentence]) -> dict[str, list[Sentence]]:
    """The sentences of each source."""
    found: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        found.setdefault(sentence.source, []).append(sentence)
    return found


def comparable(sentence: Sentence, answered: Sequence[Span], missing: Sequence[str]) -> tuple[list[Span], list[Span]]:
    """The right spans, and those of the answered that the sentence can say something about:
    not those of labels that its source does not annotate, nor where it says nothing."""
    right = spans(OUTSIDE if cell == ANY_TAG else cell.partition(EITHER)[0] for cell in sentence.possible)
    judged = [
        (start, end, label)
        for start, end, label in answered
        if label not in missing and ANY_TAG not in sentence.possible[start:end]
    ]
    # Where several things are right, the answered one of them counts as the right one.
    chosen = [span for span in judged if _may_be(span, sentence.possible)]
    known = {span[:2] for span in chosen}
    for span in right:
        needed = not all(OUTSIDE in cell.split(EITHER) for cell in sentence.possible[span[0] : span[1]])
        if span[:2] not in known and needed:
            chosen.append(span)
    return sorted(chosen), judged


def _may_be(span: Span, possible: Sequence[str]) -> bool:
    """Whether a span is among what its tokens may be."""
    start, end, label = span
    cells = [cell.split(EITHER) for cell in possible[start:end]]
    ways = (tags([(0, end - start, label)], end - start, scheme) for scheme in ("bioes", "iob2"))
    goes_on = end < len(possible) and any(tag in possible[end].split(EITHER) for tag in (f"I-{label}", f"E-{label}"))
    alone = not goes_on or OUTSIDE in possible[end].split(EITHER)
    return alone and any(all(tag in cell for tag, cell in zip(way, cells)) for way in ways)


@dataclass
class Tally:
    """Counts over sentences; ``entities``: whether their tags are spans."""

    entities: bool
    counts: Counts = field(default_factory=Counts)
    tokens: int = 0
    hits: int = 0

    @property
    def score(self) -> float:
        """The F1 of entities; of labels, the accuracy."""
        return self.counts.f1 if self.entities else self.hits / max(1, self.tokens)

    def add(self, sentence: Sentence, answered: Sequence[Span], tags: Sequence[str], missing: Sequence[str]) -> None:
        """Count a sentence's answer."""
        if self.entities:
            count_spans(*comparable(sentence, answered, missing), self.counts)
        for cell, tag in zip(sentence.possible, tags):
            if cell != ANY_TAG:
                self.tokens += 1
                self.hits += tag_fits(tag, cell)


def tag_fits(tag: str, cell: str) -> bool:
    """Whether a tag is one of those that a token may have."""
    return tag in cell.split(EITHER)


def answered_tags(engine: Tagger, sentences: Sequence[Sentence]) -> Iterator[list[str]]:
    """The tags of each sentence in the network's own scheme."""
    for start in range(0, len(sentences), WINDOW):
        window = [list(sentence.tokens) for sentence in sentences[start : start + WINDOW]]
        filled = [tokens for tokens in window if tokens]
        paths, _ = engine.paths(filled, probabilities="none")
        done = iter(paths)
        for tokens in window:
            yield [engine.tags[tag] for tag in next(done)] if tokens else []


def evaluate(engine: Tagger, sentences: Sequence[Sentence], missing: Sequence[str] = ()) -> dict[str, Any]:
    """The report of a model on sentences of one source.

    ``missing``: labels that they do not annotate; answers of these are not judged.  Known words
    are those that the model's vocabulary has.

    :raises DataError: there is no sentence.
    """
    if not sentences:
        raise DataError("there is no sentence to score")
    entities = engine.kind == "entities"
    rows = np.zeros((len(sentences), 3), np.int64)
    per_label: dict[str, Counts] = {}
    whole = Tally(entities)
    known, unknown = Tally(entities), Tally(entities)
    for number, (sentence, found) in enumerate(zip(sentences, answered_tags(engine, sentences))):
        is_known = [engine.reader.id(token) != UNKNOWN_WORD for token in sentence.tokens]
        here = Tally(entities)
        here.add(sentence, spans(found) if entities else [], found, missing)
        if entities:
            right, judged = comparable(sentence, spans(found), missing)
            for label in {label for _, _, label in (*right, *judged)}:
                count_spans(_of(right, label), _of(judged, label), per_label.setdefault(label, Counts()))
            rows[number] = here.counts.right, here.counts.answered, here.counts.both
            count_spans(right, judged, whole.counts)
            for tally, wanted in ((known, True), (unknown, False)):
                count_spans(
                    [span for span in right if all(is_known[span[0] : span[1]]) == wanted],
                    [span for span in judged if all(is_known[span[0] : span[1]]) == wanted],
                    tally.counts,
                )
        else:
            rows[number] = here.tokens, here.tokens, here.hits
            _count_labels(sentence, found, per_label)
        whole.tokens += here.tokens
        whole.hits += here.hits
        for cell, tag, token_known in zip(sentence.possible, found, is_known):
            if cell != ANY_TAG:
                tally = known if token_known else unknown
                tally.tokens += 1
                tally.hits += tag_fits(tag, cell)
    return _report(engine, entities, rows, whole, known, unknown, per_label)


def _of(found: Sequence[Span], label: str) -> list[Span]:
    return [span for span in found if span[2] == label]


def _count_labels(sentence: Sentence, found: Sequence[str], per_label: dict[str, Counts]) -> None:
    for cell, tag in zip(sentence.possible, found):
        if cell == ANY_TAG:
            continue
        right = tag if tag_fits(tag, cell) else cell.partition(EITHER)[0]
        per_label.setdefault(right, Counts()).right += 1
        per_label.setdefault(tag, Counts()).answered += 1
        per_label[tag].both += right == tag


def _report(
    engine: Tagger,
    entities: bool,
    rows: np.ndarray[Any, Any],
    whole: Tally,
    known: Tally,
    unknown: Tally,
    per_label: dict[str, Counts],
) -> dict[str, Any]:
    def f1(chosen: Any) -> float:
        right, answered, both = rows[chosen].sum(0).tolist()
        return 2 * both / (right + answered) if both else 0.0

    low, high = interval(len(rows), f1)
    report: dict[str, Any] = {
        "model": engine.folder.name,
        "version": engine.folder.manifest["version"],
        "seqtool": __version__,
        "sentences": len(rows),
        "tokens": whole.tokens,
        "accuracy": whole.hits / max(1, whole.tokens),
    }
    if entities:
        report |= whole.counts.table() | {"f1_interval": [low, high]}
    else:
        report["accuracy_interval"] = [low, high]
    for name, tally in (("known_words", known), ("unknown_words", unknown)):
        part: dict[str, Any] = {"tokens": tally.tokens, "accuracy": tally.hits / tally.tokens if tally.tokens else None}
        if entities:
            part |= {key: value for key, value in tally.counts.table().items() if key != "answered"}
        report[name] = part
    report["labels"] = [{"label": label, **per_label[label].table()} for label in sorted(per_label)]
    return report


def wrong_sentences(
    engine: Tagger, sentences: Sequence[Sentence], missing: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """The sentences with a mistake: tokens, what is right and what was answered, in the input's order."""
    for sentence, found in zip(sentences, answered_tags(engine, sentences)):
        tokens = list(sentence.tokens)
        if engine.kind == "entities":
            right, judged = comparable(sentence, spans(found), missing)
            if set(right) != set(judged):
                yield {
                    "tokens": tokens,
                    "missed": _shown(tokens, sorted(set(right) - set(judged))),
                    "wrong": _shown(tokens, sorted(set(judged) - set(right))),
                }
            continue
        wrong = [
            {"text": token, "place": index, "right": cell, "label": tag}
            for index, (token, cell, tag) in enumerate(zip(tokens, sentence.possible, found))
            if cell != ANY_TAG and not tag_fits(tag, cell)
        ]
        if wrong:
            yield {"tokens": tokens, "wrong": wrong}


def _shown(tokens: Sequence[str], found: Sequence[Span]) -> list[dict[str, Any]]:
    return [
        {"text": " ".join(tokens[start:end]), "label": label, "first_token": start, "last_token": end - 1}
        for start, end, label in found
    ]


def check_labels(engine: Tagger, sentences: Sequence[Sentence]) -> None:
    """See that the sentences' labels are the model's.

    Rare labels of tokens that the model does not know are mistakes of its; many are another set of labels.

    :raises DataError: they are others; the message names the nearest.
    """
    unknown: Counter[str] = Counter()
    tokens = 0
    for sentence in sentences:
        tokens += len(sentence.tokens)
        for cell in sentence.possible:
            for tag in cell.split(EITHER):
                label = split_tag(tag)[1] if engine.kind == "entities" else tag
                if label and tag != ANY_TAG and label not in engine.labels:
                    unknown[label] += 1
    if unknown and (engine.kind == "entities" or unknown.total() > MOST_UNKNOWN * tokens):
        label = unknown.most_common(1)[0][0]
        hint = nearest(label, engine.labels)
        raise DataError(f"the label {label!r} is none of the model's; {hint} (--label {label}=OURS maps it)")

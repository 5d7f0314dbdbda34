"""Tokens to tags, and the spans that they mark."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seqtool.answers import Answer, Engine, Item
from seqtool.decoding.schemes import allowed_transitions, spans, tag_names, tags
from seqtool.decoding.viterbi import marginals, viterbi
from seqtool.engine.runner import Runner
from seqtool.engine.session import Session, axis_size
from seqtool.engine.word_table import WordTable
from seqtool.errors import OptionError, nearest
from seqtool.modelfolder.manifest import ModelFolder
from seqtool.tokenization.sentences import spans as sentence_spans
from seqtool.tokenization.word_features import WordFeatures
from seqtool.tokenization.words import spans as word_spans

KINDS = ("entities", "labels")
SENTENCES = 1024
# Steps that are decoded at once: bounds the memory of the probabilities.
DECODED_STEPS = 4096
DECODED_ROWS = 128
IMPOSSIBLE = -1e4
# What is possible is bounded: wilder scores than any training gives would overflow.
MOST_TRANSITION = 50.0

Offsets = list[tuple[int, int]]


@dataclass(frozen=True)
class TagAsked:
    """What ``seqtool tag`` can be asked of words."""

    labels: tuple[str, ...] = ()
    """Only entities of these."""
    scores: bool = False
    """The probability of every token's tag."""
    offsets: bool = False
    """Where every token stands in the text."""
    sentences: bool = False
    """How many tokens each sentence has."""


class Tagger(Engine[TagAsked]):
    """A trained tagger, opened from its folder.

    A text is cut into sentences and words; tokens of its own are tagged as they are, as one
    sentence.  ``threads`` and ``batch_size`` change the speed alone.

    :raises ModelError: the folder is damaged, or holds a model of another task.
    """

    Asked = TagAsked
    reads_tokens = True

    def __init__(self, folder: ModelFolder, *, threads: int = 1, batch_size: int = 64) -> None:
        if folder.task != "tag":
            raise folder.damaged(f"is a model for {folder.task!r}, not for 'tag'")
        self.folder = folder
        self._read_manifest()
        network = folder.table("network")
        self.reader = self._open_words()
        characters = None
        size = 0
        if network.get("character_encoder") != "none":
            characters = Session(folder.file("words.onnx"))
            size = axis_size(characters.outputs, "vectors", 1)
            states = [name for name in characters.inputs if name.startswith("initial_")]
            if not size or not all(axis_size(characters.inputs, name, axis) for name in states for axis in (0, 2)):
                raise folder.damaged("gives no vectors of words", "words.onnx")
        session = Session(folder.file("network.onnx"))
        if axis_size(session.outputs, "emissions", 2) != len(self.tags):
            raise folder.damaged("has not as many outputs as model.toml has tags", "network.onnx")
        if axis_size(session.inputs, "words", 2) != size + self.reader.feature_size:
            raise folder.damaged("does not read what model.toml says of words", "network.onnx")
        self._check_rows(session, "embedding.table.weight", self.reader.size, "network.onnx")
        if characters is not None:
            self._check_rows(characters, "characters.table.weight", self.reader.character_size, "words.onnx")
        self.table = WordTable(self.reader, characters, size)
        try:
            self.runner = Runner(
                session, network, ("ids", "words"), ("emissions",), batch_size=batch_size, threads=threads
            )
        except ValueError as error:
            raise folder.damaged(str(error)) from None
        self.transitions = self._read_transitions()

    def _check_rows(self, session: Session, name: str, rows: int, file: str) -> None:
        """See that a table of the graph has a row for every number."""
        shapes = [shape for key, shape in session.tensors.items() if key in (name, f"{name}.int8", f"{name}.float16")]
        if not shapes or shapes[0][0] != rows:
            raise self.folder.damaged("and the vocabulary do not belong together", file)

    def _read_manifest(self) -> None:
        folder = self.folder
        answer = folder.table("answer")
        labels = folder.manifest.get("labels")
        if not (isinstance(labels, list) and labels and all(isinstance(label, str) and label for label in labels)):
            raise folder.damaged("has no list of labels")
        self.labels: list[str] = labels
        self.kind = answer.get("kind")
        if self.kind not in KINDS:
            raise folder.damaged(f"has the kind {self.kind!r}, which is none of {', '.join(KINDS)}")
        self.scheme = answer.get("scheme", "bioes")
        if self.scheme not in ("iob2", "bioes"):
            raise folder.damaged(f"has the scheme {self.scheme!r}, which is neither iob2 nor bioes")
        self.tags = tag_names(labels, self.scheme) if self.kind == "entities" else labels

    def _lines(self, name: Any) -> list[str]:
        """The lines of a vocabulary file."""
        if not isinstance(name, str):
            raise self.folder.damaged("names no vocabulary files in [tokenizer]")
        try:
            lines = self.folder.file(name).read_bytes().decode("utf-8").split("\n")
        except (OSError, ValueError):
            raise self.folder.damaged("is not text in UTF-8", name) from None
        if lines.pop():
            raise self.folder.damaged("is cut short", name)
        return lines

    def _open_words(self) -> WordFeatures:
        folder = self.folder
        tokenizer = folder.table("tokenizer")
        if tokenizer.get("kind") != "words":
            raise folder.damaged(f"has the tokenizer {tokenizer.get('kind')!r}, which is not 'words'")
        characters = "".join(self._lines(tokenizer.get("characters")))
        lexicon: dict[str, int] = {}
        lists: Any = []
        if "lexicon" in folder.manifest:
            table = folder.table("lexicon")
            lists = table.get("lists")
            if not isinstance(lists, list) or len(lists) > 32:
                raise folder.damaged("has no list of the lexicon's lists")
            try:
                for line in self._lines(table.get("file")):
                    word, _, bits = line.partition("\t")
                    lexicon[word] = int(bits)
            except ValueError:
                raise folder.damaged("is no lexicon", str(table.get("file"))) from None
        return WordFeatures(
            self._lines(tokenizer.get("words")),
            characters,
            lowercase=tokenizer.get("lowercase") is True,
            lexicon=lexicon,
            lists=lists,
        )

    def _read_transitions(self) -> NDArray[np.float32]:
        """The transition scores, those that the scheme forbids impossible."""
        size = len(self.tags) + 1
        scores = np.zeros((size, size), np.float32)
        if self.folder.table("network").get("crf") is True:
            path = self.folder.file("transitions.npy")
            try:
                with open(path, "rb") as file:
                    scores = np.lib.format.read_array(file, allow_pickle=False, max_header_size=1000)
            except Exception:  # a stranger's file may fail in any way
                raise self.folder.damaged("is not a numpy array", "transitions.npy") from None
            if scores.shape != (size, size) or scores.dtype != np.float32 or not np.isfinite(scores).all():
                raise self.folder.damaged("does not fit the tags of model.toml", "transitions.npy")
        scores = np.clip(scores, -MOST_TRANSITION, MOST_TRANSITION).astype(np.float32)
        if self.kind == "entities":
            scores = np.where(allowed_transitions(self.tags, self.scheme), scores, np.float32(IMPOSSIBLE))
        return scores

    def check(self, asked: TagAsked) -> TagAsked:
        for label in asked.labels:
            if label not in self.labels:
                raise OptionError(f"--labels {label}: the model has no such label; {nearest(label, self.labels)}")
        if asked.labels and self.kind != "entities":
            raise OptionError(f"--labels is about entities; {self.folder.name} labels every token: select with jq")
        return asked

    def fields(self, asked: TagAsked) -> list[str]:
        entities = self.kind == "entities"
        return ["tokens", *["offsets"] * asked.offsets, "tags", *["entities"] * entities, *["scores"] * asked.scores]

    # -- tokens to tags ------------------------------------------------------------------------

    def paths(
        self, sentences: Sequence[Sequence[str]], *, probabilities: Literal["all", "names", "none"] = "all"
    ) -> tuple[list[list[int]], list[NDArray[np.float64]]]:
        """The best tags of each sentence (none empty), as numbers, and the marginal probabilities
        (tokens, tags) of each: of all, of those with a name in them, or of none; else empty arrays."""
        emissions = self.emissions(sentences)
        paths: list[list[int]] = [[] for _ in sentences]
        chances: list[NDArray[np.float64]] = [np.zeros((0, 0))] * len(sentences)

        def decode(batch: list[int]) -> None:
            lengths = np.array([len(emissions[row]) for row in batch])
            scores = np.zeros((int(lengths.max()), len(batch), len(self.tags)), np.float32)
            for column, row in enumerate(batch):
                scores[: lengths[column], column] = emissions[row]
            if not np.isfinite(scores).all():
                raise self.folder.damaged("gives scores that are no numbers", "network.onnx")
            for row, path in zip(batch, viterbi(scores, lengths, self.transitions)):
                paths[row] = path
            if probabilities == "none":
                return
            asked = [column for column, row in enumerate(batch) if probabilities == "all" or any(paths[row])]
            if asked:
                found = marginals(scores[:, asked], lengths[asked], self.transitions)
                for column, row in enumerate(asked):
                    chances[batch[row]] = found[: lengths[row], column]

        self.runner.workers.run(decode, list(self._decoded(emissions)))
        return paths, chances

    def emissions(self, sentences: Sequence[Sequence[str]]) -> list[NDArray[np.float32]]:
        """The network's scores of each sentence (none empty), (tokens, tags) each."""
        rows, inputs = self.table.look_up(sentences)
        return self.runner.steps(rows, "emissions", inputs)

    def _decoded(self, emissions: Sequence[NDArray[np.float32]]) -> Iterator[list[int]]:
        """Indices of sentences, the short ones first, in batches."""
        batch: list[int] = []
        for row in sorted(range(len(emissions)), key=lambda row: len(emissions[row])):
            if batch and (len(batch) == DECODED_ROWS or (len(batch) + 1) * len(emissions[row]) > DECODED_STEPS):
                yield batch
                batch = []
            batch.append(row)
        if batch:
            yield batch

    def _entity(
        self, start: int, end: int, label: str, path: Sequence[int], chances: NDArray[np.float64]
    ) -> tuple[int, int, str, float]:
        """A span of tokens with its score: the geometric mean of the probabilities of its tokens' tags."""
        logs = [math.log(max(float(chances[step, path[step]]), 1e-300)) for step in range(start, end)]
        return start, end, label, math.exp(math.fsum(logs) / len(logs))

    def tagged(
        self, sentences: Sequence[Sequence[str]], *, scores: bool = False
    ) -> list[tuple[list[str], list[tuple[int, int, str, float]], list[float]]]:
        """For each sentence (perhaps empty) its tags (spans in IOB2), its spans of tokens with
        their scores, and with ``scores`` each token's: the probability of its tag."""
        results: list[Any] = [([], [], [])] * len(sentences)
        filled = [row for row, tokens in enumerate(sentences) if tokens]
        # A book on one line is many sentences: their probabilities are not all held at once.
        for first in range(0, len(filled), SENTENCES):
            self._tag(filled[first : first + SENTENCES], sentences, results, scores)
        return results

    def _tag(self, chosen: list[int], sentences: Sequence[Sequence[str]], results: list[Any], scores: bool) -> None:
        """Put what :meth:`tagged` gives for some of the sentences into the results."""
        wanted: Literal["all", "names", "none"] = "all" if scores else "names" if self.kind == "entities" else "none"
        paths, chances = self.paths([sentences[row] for row in chosen], probabilities=wanted)
        for row, path, chance in zip(chosen, paths, chances):
            names = [self.tags[tag] for tag in path]
            found = spans(names) if self.kind == "entities" and any(path) else []
            entities = [self._entity(start, end, label, path, chance) for start, end, label in found]
            each = [float(chance[step, tag]) for step, tag in enumerate(path)] if scores else []
            results[row] = (tags(found, len(path)) if self.kind == "entities" else names, entities, each)

    # -- texts to answers ----------------------------------------------------------------------

    def answers(self, items: Sequence[Item], asked: TagAsked) -> list[Answer]:
        every: list[list[str]] = []
        offsets: list[Offsets | None] = []
        counts: list[int] = []
        for text, own, own_offsets in items:
            if own is not None:
                every.append(own)
                offsets.append(own_offsets)
                counts.append(1)
                continue
            found = sentences_of(text or "")
            for here in found:
                assert text is not None
                every.append([text[start:end] for start, end in here])
                offsets.append(here)
            counts.append(len(found))
        done = iter(zip(every, offsets, self.tagged(every, scores=asked.scores)))
        return [self._answer(item.text, list(islice(done, count)), asked) for item, count in zip(items, counts)]

    def _answer(self, text: str | None, done: list[Any], asked: TagAsked) -> Answer:
        """The sentences of a text put together again."""
        all_tokens: list[str] = []
        all_offsets: list[Any] | None = []
        all_tags: list[str] = []
        all_scores: list[float] = []
        entities: list[Answer] = []
        for tokens, offsets, (found, found_spans, scores) in done:
            if asked.labels:
                found_spans = [span for span in found_spans if span[2] in asked.labels]
                found = tags([span[:3] for span in found_spans], len(tokens))
            for start, end, label, score in found_spans:
                entities.append(_entity(text, tokens, offsets, start, end, label, score))
            all_tokens.extend(tokens)
            if offsets is None:
                all_offsets = None
            elif all_offsets is not None:
                all_offsets.extend([list(offset) for offset in offsets])
            all_tags.extend(found)
            all_scores.extend(scores)
        values = {
            "tokens": all_tokens,
            "offsets": all_offsets,
            "tags": all_tags,
            "entities": entities,
            "scores": all_scores,
        }
        answer = {name: values[name] for name in self.fields(asked)}
        return answer | {"sentences": [len(tokens) for tokens, _, _ in done]} if asked.sentences else answer


def sentences_of(text: str) -> list[Offsets]:
    """The words of each sentence of a text, as offsets in the whole text; no sentence is empty."""
    found = []
    words = word_spans(text)
    word = next(words, None)
    for _, end in sentence_spans(text):
        here = []
        while word is not None and word[0] < end:
            here.append(word)
            word = next(words, None)
        if here:
            found.append(here)
    rest = [word, *words] if word is not None else []
    if rest:
        found.append(rest)
    return found


def _entity(
    text: str | None, tokens: Sequence[str], offsets: Offsets | None, start: int, end: int, label: str, score: float
) -> Answer:
    """An entity of an answer: where the tokens' offsets are known, a slice of the text."""
    if offsets is None:
        return {"text": " ".join(tokens[start:end]), "label": label, "start": None, "end": None, "score": score}
    first, last = offsets[start][0], offsets[end - 1][1]
    shown = " ".join(tokens[start:end]) if text is None else text[first:last]
    return {"text": shown, "label": label, "start": first, "end": last, "score": score}

"""Sentences to sentences of another language: an encoder, a decoder stepped by beam search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtool.answers import Answer, Engine
from seqtool.decoding.beam import Hypothesis, Search, beam_search
from seqtool.engine.batching import Workers
from seqtool.engine.session import Session, axis_size
from seqtool.engine.stepper import Stepper
from seqtool.errors import OptionError, nearest
from seqtool.modelfolder.manifest import ModelFolder
from seqtool.settings import checked
from seqtool.tokenization.pieces import Pieces, stretches
from seqtool.tokenization.sentences import spans
from seqtool.tokenization.typography import plain_typography, typography

START, END = "<s>", "</s>"
# A sentence that is longer is translated in parts of so many letters: never cut.
LONGEST = 400
# A translation has at most so many times the pieces of its source, and so many more.
LONGER, MORE = 2.0, 10


def mark_of(language: str) -> str:
    """The piece before a source that says into which language it goes (Johnson et al. 2017)."""
    return f"<2{language}>"


@dataclass(frozen=True)
class TranslateAsked:
    """What ``seqtool translate`` can be asked."""

    source_language: str = ""
    """The language of the texts, where the model knows several."""
    target_language: str = ""
    """The language to translate into."""
    beam: int = checked(4, above=0, at_most=256)
    """Hypotheses that are followed side by side; 1 is greedy."""
    length_penalty: float = checked(1.0)
    """How much longer translations are preferred (Wu et al. 2016, 7)."""


class Translator(Engine[TranslateAsked]):
    """A trained translator, opened from its folder.

    A text is cut into sentences, which are translated each by itself and put together again with the blanks
    that stood between them.  Only sentences of as many pieces share a batch: nothing is padded, so that a
    translation is the same whatever else is in it.

    :raises ModelError: the folder is damaged, or holds a model of another task.
    """

    Asked = TranslateAsked

    def __init__(self, folder: ModelFolder, *, threads: int = 1, batch_size: int = 64) -> None:
        if folder.task != "translate":
            raise folder.damaged(f"is a model for {folder.task!r}, not for 'translate'")
        self.folder = folder
        self._batch_size = batch_size
        self._workers = Workers(threads)
        tokenizer, answer = folder.table("tokenizer"), folder.table("answer")
        if tokenizer.get("kind") != "pieces" or not isinstance(tokenizer.get("file"), str):
            raise folder.damaged("has no pieces in [tokenizer]")
        self.pieces = Pieces(folder.file(tokenizer["file"]))
        directions = answer.get("directions")
        if not (isinstance(directions, list) and directions and all(_is_direction(item) for item in directions)):
            raise folder.damaged("has no list of directions such as en-fr in [answer]")
        self.directions: list[str] = directions
        self.encoder, step = Session(folder.file("encoder.onnx")), Session(folder.file("step.onnx"))
        if axis_size(step.outputs, "logits", 2) != self.pieces.size:
            raise folder.damaged("and step.onnx do not belong together", tokenizer["file"])
        try:
            self.stepper = Stepper(step, self.encoder)
        except ValueError as error:
            raise folder.damaged(str(error), "step.onnx") from None
        self.start_id, self.end_id = self.pieces.id(START), self.pieces.id(END)
        # What is no text: marks, and what stands for unknown letters.
        marks = {self.pieces.id(mark_of(name.split("-")[1])) for name in directions}
        self._forbidden = sorted({self.start_id, self.pieces.unknown_id, *marks})

    def direction(self, asked: TranslateAsked) -> tuple[str, str]:
        """The languages of source and target.

        :raises OptionError: the model has no such pair.
        """
        for name in self.directions:
            source, target = name.split("-")
            if asked.source_language in ("", source) and asked.target_language in ("", target):
                return source, target
        wanted = f"{asked.source_language or '?'}-{asked.target_language or '?'}"
        raise OptionError(f"{self.folder.name}: no pair {wanted}; {nearest(wanted, self.directions)}")

    def check(self, asked: TranslateAsked) -> TranslateAsked:
        self.direction(asked)
        self._search(asked)
        return asked

    def _search(self, asked: TranslateAsked) -> Search:
        return Search(beam=asked.beam, length_penalty=asked.length_penalty, forbidden=tuple(self._forbidden))

    def fields(self, asked: TranslateAsked) -> list[str]:
        return ["translation"]

    def answers(self, items: Sequence[str], asked: TranslateAsked) -> list[Answer]:
        _, target = self.direction(asked)
        parts = [list(_sentences(text)) for text in items]
        sentences = [text for part in parts for text, is_sentence in part if is_sentence]
        translated = iter(self.translations(sentences, asked))
        joined = [
            "".join(next(translated) if is_sentence else between for between, is_sentence in part) for part in parts
        ]
        return [{"translation": typography(text, target)} for text in joined]

    def translations(self, sentences: Sequence[str], asked: TranslateAsked) -> list[str]:
        """Of each sentence, none empty, as the network writes it."""
        _, target = self.direction(asked)
        mark = self.pieces.id(mark_of(target))
        ids = self.pieces.ids([plain_typography(sentence) for sentence in sentences])
        sources = [[mark, *pieces, self.end_id] for pieces in ids]
        found = [""] * len(sentences)
        search = self._search(asked)

        def run(batch: list[int]) -> None:
            for row, hypotheses in zip(batch, self.decode([sources[row] for row in batch], search)):
                found[row] = self.pieces.decode(hypotheses[0].ids)

        self._workers.run(run, list(self._batches([len(source) for source in sources])))
        return found

    def _batches(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        """Rows of the same length together, the long ones first, so that no worker is left with them at the end."""
        by_length: dict[int, list[int]] = {}
        for row, length in enumerate(lengths):
            by_length.setdefault(length, []).append(row)
        for length in sorted(by_length, reverse=True):
            rows = by_length[length]
            for start in range(0, len(rows), self._batch_size):
                yield rows[start : start + self._batch_size]

    def feeds(self, sources: Sequence[Sequence[int]]) -> dict[str, NDArray[Any]]:
        """What the encoder reads of sources of the same length."""
        ids = np.array(sources, np.int32)
        lengths = np.full(len(ids), ids.shape[1], np.int32)
        feeds: dict[str, NDArray[Any]] = {"ids": np.ascontiguousarray(ids.T), "lengths": lengths}
        if "mask" in self.encoder.inputs:
            feeds["mask"] = np.ones(ids.shape, np.float32)
        return feeds

    def decode(self, sources: Sequence[Sequence[int]], search: Search) -> list[list[Hypothesis]]:
        """The best hypotheses of sources of the same length, as ids."""
        states = self.stepper.begin(self.feeds(sources))
        most = int(LONGER * len(sources[0])) + MORE
        starts = [self.start_id] * len(sources)
        return beam_search(self.stepper.step, states, starts, self.end_id, search, max_lengths=most)


def _is_direction(value: Any) -> bool:
    return isinstance(value, str) and value.count("-") == 1 and all(value.split("-"))


def _sentences(text: str) -> Iterator[tuple[str, bool]]:
    """The sentences of a text and what stands between them, and which of both it is; together they are the text."""
    end = 0
    for first, last in spans(text):
        if first > end:
            yield text[end:first], False
        sentence = text[first:last]
        # Blanks at its ends are no part of a sentence.
        inner = sentence.strip()
        if not inner:
            yield sentence, False
        else:
            start = sentence.index(inner)
            yield sentence[:start], False
            for part in stretches(inner, LONGEST):
                kept = part.rstrip()
                yield kept, True
                yield part[len(kept) :], False
            yield sentence[start + len(inner) :], False
        end = last
    if end < len(text):
        yield text[end:], False

"""What tokenize answers: texts to tokens and back, as fields that are quick to write."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seqtool.errors import BadRecord, nearest
from seqtool.records.fast_json import Strings, array, integers, strings
from seqtool.records.fast_json import spans as offsets_of
from seqtool.records.json_text import Fragment, Number, look_up
from seqtool.records.window import Answers

if TYPE_CHECKING:
    from seqtool.tokenization.subwords import Sampler, Subwords

Answer = dict[str, Any]
Spans = Callable[[str], Iterator[tuple[int, int]]]
# A longer id is none of any model's, and is not made a number of.
LONGEST_ID = 10


def _spans_of(kind: str) -> Spans:
    """The rules of a kind."""
    if kind == "words":
        from seqtool.tokenization.words import spans
    elif kind == "sentences":
        from seqtool.tokenization.sentences import spans
    else:
        from seqtool.tokenization.characters import spans

        # Those of a blank text are none: its answer is empty, as every command's.
        return lambda text: iter(()) if text.isspace() else spans(text)
    return spans


def rules_of(kind: str, offsets: bool) -> Callable[[list[str]], Answers]:
    """What answers texts with tokens and, if wanted, offsets, by rules."""
    if kind == "words":
        return _words(offsets)
    spans = _spans_of(kind)

    def answers(texts: list[str]) -> Answers:
        answers = []
        for text in texts:
            found = list(spans(text))
            answer = {"tokens": strings([text[start:end] for start, end in found])}
            if offsets:
                answer["offsets"] = offsets_of(found)
            answers.append(answer)
        return answers

    return answers


def _words(offsets: bool) -> Callable[[list[str]], Answers]:
    from seqtool.tokenization.encoded_words import encoded_words, encoded_words_and_offsets

    if not offsets:
        return lambda texts: [{"tokens": Fragment(encoded_words(text))} for text in texts]
    return lambda texts: [
        {"tokens": Fragment(tokens), "offsets": Fragment(found)}
        for tokens, found in map(encoded_words_and_offsets, texts)
    ]


def each_of(kind: str) -> Callable[[list[str]], Answers]:
    """What answers texts with a record for each token, by rules."""
    spans = _spans_of(kind)
    return lambda texts: [[{"text": text[start:end]} for start, end in spans(text)] for text in texts]


@dataclass(frozen=True)
class Answering:
    """Other ways to cut that are asked for: the best, or so many by chance."""

    n_best: int = 0
    samples: int = 0
    sampler: Sampler | None = None
    seed: int = 0


class Cutter:
    """Texts to subwords."""

    def __init__(
        self, subwords: Subwords, threads: int, batch_size: int, *, offsets: bool, ids: bool, answering: Answering
    ) -> None:
        self._subwords = subwords
        self._threads = threads
        self._batch_size = batch_size
        self._offsets = offsets
        self._ids = ids
        self._answering = answering
        self._strings = Strings(subwords.piece)

    def answers(self, items: list[Any]) -> Answers:
        """The answers of texts; of pairs of number and text where chance plays a part."""
        if self._answering.samples:
            return [self._sampled(number, text) for number, text in items]
        if self._answering.n_best:
            return [self._best(text) for text in items]
        return [answer for texts in self._batches(items) for answer in self._batch(texts)]

    def each(self, items: list[str]) -> Answers:
        """The answers of texts as a record a token."""
        return [
            [{"text": piece} for piece in pieces]
            for texts in self._batches(items)
            for pieces in self._subwords.pieces(texts, self._threads)
        ]

    def _batches(self, texts: list[str]) -> Iterator[list[str]]:
        return (texts[start : start + self._batch_size] for start in range(0, len(texts), self._batch_size))

    def _batch(self, texts: list[str]) -> list[Answer]:
        if not self._offsets:
            found = self._subwords.ids(texts, self._threads)
            return [self._fields(ids, functools.partial(self._pieces, text)) for text, ids in zip(texts, found)]
        answers = []
        for ids, pieces, offsets in self._subwords.mapped(texts, self._threads):
            named = {"ids": integers(ids)} if self._ids else {"tokens": strings(pieces)}
            answers.append({**named, "offsets": offsets_of(offsets)})
        return answers

    def _fields(self, ids: list[int], pieces: Callable[[], list[str]]) -> Answer:
        """One way to cut a text: its ids, or its tokens."""
        if self._ids:
            return {"ids": integers(ids)}
        if self._subwords.has_unknown(ids):  # its token is what stands in the text
            return {"tokens": strings(pieces())}
        return {"tokens": array(map(self._strings.__getitem__, ids))}

    def _pieces(self, text: str) -> list[str]:
        return self._subwords.pieces([text])[0]

    def _best_pieces(self, text: str, index: int) -> list[str]:
        return self._subwords.n_best(text, self._answering.n_best, str)[index]

    def _best(self, text: str) -> Answer:
        cuts = self._subwords.n_best(text, self._answering.n_best, int)
        answers = [
            self._fields(ids, functools.partial(self._best_pieces, text, index)) for index, ids in enumerate(cuts)
        ]
        return {**answers[0], "answers": answers}

    def _sampled(self, number: int, text: str) -> Answer:
        asked = self._answering
        assert asked.sampler is not None
        # A record's stream depends on the seed, its number and the sample's alone.
        streams = [f"{asked.seed} {number} {sample}" for sample in range(asked.samples)]
        drawn = asked.sampler.sample(text, streams)
        answers = [self._fields(ids, functools.partial(list, pieces)) for ids, pieces in drawn]
        return {**answers[0], "answers": answers}


def take_tokens(fields: dict[str, Any], name: str) -> tuple[list[str] | list[int], Any]:
    """The tokens or ids of a record, and the text that it has already: ``ids`` or ``tokens``, or the
    field that ``--field`` names.

    :raises BadRecord: kinds field (there is none) and type (it is no list of strings or of ids).
    """
    if name == "tokens" and "ids" in fields:
        name = "ids"
    try:
        value = look_up(fields, name)
    except KeyError:
        hint = nearest(name, fields) or "the record is empty"
        raise BadRecord("field", f"no field 'ids' or {name!r}: {hint} (--field names another)") from None
    if isinstance(value, str):  # a table's cell
        try:
            value = json.loads(value, parse_int=Number, parse_float=Number, parse_constant=Number)
        except (ValueError, RecursionError):
            value = None
    return _tokens_or_ids(value, name), fields.get("text")


def _tokens_or_ids(value: Any, name: str) -> list[str] | list[int]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    if not isinstance(value, list) or not all(isinstance(item, Number) for item in value):
        raise BadRecord("type", f"the field {name!r} is no list of strings or of ids; --field names another")
    for item in value:
        if not item.literal.isdigit() or len(item.literal) > LONGEST_ID:
            raise BadRecord(
                "type", f"the field {name!r} has {item.literal[:40]}, which is no id; ids are whole numbers from 0 up"
            )
    return [int(item.literal) for item in value]


class Restorer:
    """Tokens or ids to text; ``kept``: a record's own text stays, and must be what comes out."""

    def __init__(self, subwords: Subwords, kept: bool) -> None:
        self._subwords = subwords
        self._kept = kept

    def answers(self, items: list[tuple[list[str] | list[int], Any]]) -> Answers:
        """The answers of what :func:`take_tokens` took."""
        return [self._answer(tokens, text) for tokens, text in items]

    def _answer(self, tokens: list[str] | list[int], own: Any) -> Answer | BadRecord:
        try:
            text = self._subwords.decode(tokens)
        except BadRecord as error:
            return error
        if self._kept and own is not None and own != text:
            return BadRecord(
                "clash",
                "the field 'text' is there already, and is another; --prefix P renames ours, --overwrite replaces yours",
            )
        return {"text": text}

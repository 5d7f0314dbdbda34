"""What tokenize answers, quick to write, and what it reads to put texts together again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from seqtool.answers import Answer
from seqtool.errors import BadRecord, nearest
from seqtool.records.fast_json import Strings, array, integers, spans, strings
from seqtool.records.json_text import Fragment, Number, look_up
from seqtool.records.window import Answers
from seqtool.tokenization.tokenizer import TokenizeAsked, Tokenizer

if TYPE_CHECKING:
    from seqtool.tokenization.subwords import Subwords

# A longer id is none of any model's, and is not made a number of.
LONGEST_ID = 10


class QuickTokenizer(Tokenizer):
    """A tokenizer whose answers are JSON already, for texts by the million."""

    def __init__(self, subwords: Subwords | None = None, **settings: int) -> None:
        super().__init__(subwords, **settings)
        self._quoted = Strings(subwords.piece) if subwords else {}

    def _strings(self, tokens: list[str]) -> Fragment:
        return strings(tokens)

    def _integers(self, ids: list[int]) -> Fragment:
        return integers(ids)

    def _offsets(self, found: list[tuple[int, int]]) -> Fragment:
        return spans(found)

    def _pieces(self, ids: list[int]) -> Fragment:
        return array(map(self._quoted.__getitem__, ids))

    def _by_rules(self, texts: Sequence[str], asked: TokenizeAsked) -> list[Answer]:
        if asked.kind != "words":
            return super()._by_rules(texts, asked)
        from seqtool.tokenization.encoded_words import encoded_words, encoded_words_and_offsets

        if not asked.offsets:
            return [{"tokens": Fragment(encoded_words(text))} for text in texts]
        return [
            {"tokens": Fragment(tokens), "offsets": Fragment(found)}
            for tokens, found in map(encoded_words_and_offsets, texts)
        ]


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

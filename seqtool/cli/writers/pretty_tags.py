"""Tags for eyes: the text with its entities in colour, or each token with its label behind it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from seqtool.answers import find_tokens
from seqtool.cli.writers.pretty import PLAIN, ForEyes
from seqtool.decoding.schemes import spans as spans_of_tags
from seqtool.plots.entities import Span, fitting
from seqtool.records.record import Record
from seqtool.records.terminal import harmless

DIM = "\x1b[2m"
LINE_END = " ↵ "
# Dark letters on these grounds of the 256 colours: chosen so that those who see no red, green or blue
# tell any two apart as well.  Grey is for labels that the model does not name.
GROUNDS = (117, 214, 72, 228, 175, 203, 111)
OTHERS = 252
# When the grounds are used up they come again underlined, slanted, or both.
STYLES = ("", "4;", "3;", "3;4;")
# For terminals of eight colours: cyan, yellow, magenta, green, white, red.
BASIC_GROUNDS = (46, 43, 45, 42, 47, 41)


@dataclass(frozen=True)
class Marked:
    """A text and what is marked in it: entities, or with ``tokens`` each token."""

    text: str
    spans: list[Span]
    tokens: bool


def marked(answer: Mapping[str, Any]) -> Marked:
    """What is to be shown of an answer: ``text``, ``tokens``, ``offsets``, ``tags``, ``entities``, as far as there.

    Where the text is not known, or a token is not to be found in it, it is the tokens with spaces between.
    """
    text = answer.get("text")
    entities = answer.get("entities")
    if isinstance(text, str) and entities is not None and all(_has_offsets(entity) for entity in entities):
        spans = [Span(each["start"], each["end"], each["label"], each.get("score")) for each in entities]
        return Marked(text, spans, False)
    text, offsets = _text_and_offsets(text, answer.get("tokens") or [], answer.get("offsets"))
    tags = (answer.get("tags") or [])[: len(offsets)]
    if entities is None:
        scores = answer.get("scores") or [None] * len(tags)
        return Marked(text, [Span(*here, tag, score) for here, tag, score in zip(offsets, tags, scores)], True)
    found = spans_of_tags(tags)
    scores = [each.get("score") for each in entities] if len(entities) == len(found) else [None] * len(found)
    spans = [
        Span(offsets[start][0], offsets[end - 1][1], label, score) for (start, end, label), score in zip(found, scores)
    ]
    return Marked(text, spans, False)


def _has_offsets(entity: Mapping[str, Any]) -> bool:
    return type(entity.get("start")) is int and type(entity.get("end")) is int


def _text_and_offsets(
    text: str | None, tokens: Sequence[str], offsets: Sequence[Sequence[int]] | None
) -> tuple[str, list[tuple[int, int]]]:
    """The text, or the tokens with spaces between, and the offsets of the tokens in it."""
    if text is not None:
        found = find_tokens(text, tokens) if offsets is None else [(start, end) for start, end in offsets]
        if found is not None:
            return text, found
    ends = accumulate(len(token) + 1 for token in tokens)
    return " ".join(tokens), [(end - len(token) - 1, end - 1) for token, end in zip(tokens, ends)]


def whole_answer(item: Any, answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer together with the text, and the tokens and offsets of the record, that it is about."""
    text, tokens, offsets = item if isinstance(item, tuple) else (item, None, None)
    return {"text": text, "tokens": tokens, "offsets": offsets, **answer}


class PrettyTags(ForEyes):
    """Entities stand on a ground of their label's colour, the label behind them; without colour they
    are in brackets.  Where every token has a label, it stands behind it: ``dog/NOUN``."""

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__()
        many = "256color" in os.environ.get("TERM", "") or bool(os.environ.get("COLORTERM"))
        self._looks = {label: _look(number, many) for number, label in enumerate(labels)}
        self._others = _look(len(GROUNDS) * len(STYLES), many)

    def _shown(self, record: Record, answer: dict[str, Any]) -> str:
        found = marked(whole_answer(record.item, answer))
        parts = []
        position = 0
        for span in fitting(found.spans, len(found.text)):
            between = _one_line(found.text[position : span.start])
            # Two that touch are put apart, where no bracket does it.
            parts.append(between or (" " if position and (found.tokens or self._colour) else ""))
            parts.append(self._mark(_one_line(found.text[span.start : span.end]), span.label, found.tokens))
            position = span.end
        return "".join(parts) + _one_line(found.text[position:])

    def _mark(self, text: str, label: str, token: bool) -> str:
        shown = _one_line(label)
        if token:
            return f"{text}{DIM}/{shown}{PLAIN}" if self._colour else f"{text}/{shown}"
        if not self._colour:
            return f"[{text} {shown}]"
        entity, behind = self._looks.get(label, self._others)
        return f"{entity}{text}{behind} {shown}{PLAIN}"


def _look(number: int, many: bool) -> tuple[str, str]:
    """What goes before an entity of a label, and between it and the label's name."""
    grounds = GROUNDS if many else BASIC_GROUNDS
    turn, index = divmod(number, len(grounds))
    if not many:
        return f"\x1b[{STYLES[turn % len(STYLES)]}30;{grounds[index]}m", ""
    if turn >= len(STYLES):
        turn, ground = 0, OTHERS
    else:
        ground = grounds[index]
    return f"\x1b[1;{STYLES[turn]}38;5;16;48;5;{ground}m", "\x1b[22;23;24;38;5;235m"


def _one_line(text: str) -> str:
    """A text that a terminal cannot obey, its line ends shown as arrows."""
    return harmless(text.replace("\r\n", "\n").replace("\n", LINE_END))

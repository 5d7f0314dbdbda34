"""Tags as columns, for other tools: CoNLL (token and tag, as conlleval reads them) and CoNLL-U."""

from __future__ import annotations

from typing import Any

from seqtool.answers import rounded
from seqtool.cli.writers.writer import Writer
from seqtool.errors import BadRecord
from seqtool.records.conll import Block, is_conllu
from seqtool.records.record import Record

_UPOS = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X"
UPOS = frozenset(_UPOS.split())
EMPTY = "_"
# What a record holds for this writer alone: the number of tokens of each of its sentences.
SENTENCES = "sentences"


def _cell(value: str) -> str:
    """A value that breaks no column."""
    return "".join("\N{REPLACEMENT CHARACTER}" if c in "\t\n\r" else c for c in value) or EMPTY


class Columns(Writer):
    """Writes each sentence of a record as lines of columns, a blank line behind it.

    ``kind``: ``conll`` or ``conllu``.  What was read from columns keeps its own ones: ``conll`` puts
    the tag (and with scores its probability) behind them, ``conllu`` into UPOS (or XPOS, or for
    entities into MISC).  A bad record becomes a comment.
    """

    def __init__(self, kind: str, precision: int) -> None:
        self._kind = kind
        self._precision = precision

    def check(self, record: Record) -> None:
        """Make a record bad whose tokens and tags do not go together."""
        if record.answer is None or record.bad:
            return
        if len(record.answer["tags"]) != len(record.answer["tokens"]):
            record.error = BadRecord("type", "there are not as many tags as tokens")

    def line(self, record: Record) -> bytes:
        if record.answer is None or record.bad:
            return f"# error: {record.file}:{record.line}: {' '.join(record.problem.split())}\n\n".encode(
                "utf-8", "replace"
            )
        answer = record.answer
        extra = [[_cell(tag)] for tag in answer["tags"]]
        if "scores" in answer:
            scores = rounded(answer["scores"], self._precision)
            extra = [[tag, repr(score)] for [tag], score in zip(extra, scores)]
        if record.block is not None:
            return self._own_columns(record.block, extra)
        return self._new_columns(record, answer, extra)

    def _own_columns(self, block: Block, extra: list[list[str]]) -> bytes:
        """The columns that were read, with ours."""
        lines = [line for line in block.before if line.strip() or self._kind == "conll"]
        values = iter(extra)
        numbered = is_conllu(block)
        for number, row in enumerate(block.rows, 1):
            counts = not numbered or row[0].isdigit()
            if self._kind == "conll":
                lines.append("\t".join([*row, *(next(values) if counts else [EMPTY])]))
            elif not counts:
                lines.append("\t".join(row))
            else:
                old = row if numbered else [str(number), row[0], *[EMPTY] * 8]
                lines.append("\t".join(_filled(old, next(values))))
        return ("\n".join(lines) + "\n\n").encode("utf-8")

    def _new_columns(self, record: Record, answer: dict[str, Any], extra: list[list[str]]) -> bytes:
        tokens: list[str] = answer["tokens"]
        offsets: Any = answer.get("offsets") or record.item[2]
        text: str = record.item[0] or ""
        counts = answer.get(SENTENCES) or [len(tokens)]
        lines = []
        start = 0
        for count in counts:
            end = start + count
            known = bool(text) and offsets and all(isinstance(pair[0], int) for pair in offsets[start:end])
            if self._kind == "conllu" and known and count:
                lines.append("# text = " + " ".join(text[offsets[start][0] : offsets[end - 1][1]].split()))
            for number in range(start, end):
                token = _cell(tokens[number])
                if self._kind == "conll":
                    lines.append("\t".join([token, *extra[number]]))
                    continue
                row = [str(number - start + 1), token, *[EMPTY] * 8]
                if known and number + 1 < end and offsets[number][1] == offsets[number + 1][0]:
                    row[9] = "SpaceAfter=No"
                lines.append("\t".join(_filled(row, extra[number])))
            lines.append("")
            start = end
        return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _filled(row: list[str], extra: list[str]) -> list[str]:
    """A CoNLL-U row with a tag in its place, and its probability in MISC."""
    row = list(row)
    tag = extra[0]
    more = [] if row[9] == EMPTY else [row[9]]
    if tag in UPOS or "+" in tag:
        row[3] = tag
    elif tag == "O" or tag[1:2] == "-":
        more.append(f"NER={tag}")
    else:
        row[4] = tag
    more += [f"Probability={score}" for score in extra[1:]]
    row[9] = "|".join(more) or EMPTY
    return row

"""CoNLL columns: a token a line, its columns parted by tabs or spaces, a blank line between sentences.

CoNLL-U (https://universaldependencies.org/format.html) is the same with ten columns and comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from seqtool.errors import BadRecord
from seqtool.records.files import PAUSE, display_name
from seqtool.records.lines import TOO_LONG
from seqtool.records.record import Record, decoded, too_long

DOCUMENT = "-DOCSTART-"
CONLLU_COLUMNS = 10
# What numbers a line of CoNLL-U: a word, a token of several words (3-4), an empty node (5.1).
_NUMBER = re.compile(r"[0-9]{1,9}([-.][0-9]{1,9})?")
# The last column of a token "#" in a file whose columns are parted by spaces.
_TAG = re.compile(r"\s(?:O|[BIESLU]-\S+)\s*$")


@dataclass
class Block:
    """The lines of one sentence: its first token's line, what stands before it, each token's columns."""

    line: int
    rows: list[list[str]] = field(default_factory=list)
    before: list[str] = field(default_factory=list)


def columns(line: str) -> list[str]:
    """A line's columns: at tabs where there is one, else at runs of spaces."""
    return line.split("\t") if "\t" in line else [cell for cell in line.split(" ") if cell]


def before_tokens(lines: Sequence[str]) -> int:
    """How many of a block's lines come before its first token: comments, the mark of a document, blank ones.

    ``#`` is a token too: where no column is parted by tabs, a line that ends in a tag is no comment.
    """
    tabs = any("\t" in line for line in lines)
    found = (i for i, line in enumerate(lines) if _may_begin(line) and (not tabs or "\t" in line or line[0] != "#"))
    return next(found, len(lines))


def _may_begin(line: str) -> bool:
    """Whether a line may be the first token of a block."""
    if line.startswith("#"):
        return "\t" in line or bool(_TAG.search(line))
    return bool(line.strip()) and not line.startswith(DOCUMENT)


def sentence_records(path: str, lines: Iterator[Any], limit: int) -> Iterator[Any]:
    """One record a sentence, whose ``tokens`` are its first column (of CoNLL-U, its words).

    ``raw`` are its lines, those before it too; together they have at most ``limit`` bytes.
    Yields PAUSE between sentences.
    """
    name = display_name(path)
    held: list[bytes] = []
    number = size = 0
    first = 1
    whole = True
    begun = False
    for line in lines:
        if line is PAUSE:
            if not begun:
                yield PAUSE
            continue
        number += 1
        if begun and line is not TOO_LONG and not line.strip():
            yield _record(name, first, held, whole, limit)
            held, size, whole, begun, first = [], 0, True, False, number + 1
            continue
        begun = begun or line is TOO_LONG or _may_begin(line.decode("utf-8", "replace"))
        size += 0 if line is TOO_LONG else len(line) + 1
        if line is TOO_LONG or size > limit:
            whole, begun, held = False, True, []
        elif whole:
            held.append(line.removesuffix(b"\r"))
    if begun:
        yield _record(name, first, held, whole, limit)


def _record(name: str, line: int, held: list[bytes], whole: bool, limit: int) -> Record:
    record = Record(name, line, raw=b"\n".join(held), uniform=True)
    try:
        if not whole:
            raise too_long(limit)
        lines = record.raw.decode("utf-8", "replace").split("\n")
        before = before_tokens(lines)
        record.line += before
        decoded(record.raw)
        if before == len(lines):
            raise BadRecord("row", "no token in these lines")
        record.block = Block(record.line, [columns(row) for row in lines[before:]], lines[:before])
        record.fields = {"tokens": tokens_of(record.block)}
    except BadRecord as error:
        record.error = error
    return record


def tokens_of(block: Block) -> list[str]:
    """The tokens of a sentence: its first column, in CoNLL-U the second, words of tokens of several too.

    :raises BadRecord: kind row, where a line has no column.
    """
    if is_conllu(block):
        return [row[1] for row in block.rows if row[0].isdigit()]
    if not all(row and row[0] for row in block.rows):
        raise BadRecord("row", "a line has no token in its first column")
    return [row[0] for row in block.rows]


def is_conllu(block: Block) -> bool:
    """Ten columns, of which the first numbers the words."""
    return all(len(row) == CONLLU_COLUMNS and _NUMBER.fullmatch(row[0]) for row in block.rows)


def words_of(block: Block, column: int, *, whole: bool) -> Iterator[tuple[str, str]]:
    """(word, value of the column, counted from 0) of a CoNLL-U sentence; empty nodes are left out.

    A token of several words (``du`` = ``de`` + ``le``): its words, or with ``whole`` the token,
    its words' values joined with ``+``; words that put together are the token (``do n't``) stay words.
    """
    last = -1
    words = [row for row in block.rows if row[0].isdigit()]
    for row in block.rows:
        if "." in row[0]:
            continue
        if "-" in row[0]:
            start, _, end = row[0].partition("-")
            parts = [word for word in words if int(start) <= int(word[0]) <= int(end)]
            if whole and "".join(part[1] for part in parts) != row[1]:
                yield row[1], "+".join(part[column] for part in parts)
                last = int(end)
            continue
        if int(row[0]) > last:
            yield row[1], row[column]

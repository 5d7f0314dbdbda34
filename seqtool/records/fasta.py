"""FASTA: a header line that begins with ``>``, then letters on lines of any length.

Read as a stream: a record may be longer than memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from seqtool.errors import InputError
from seqtool.records.files import PAUSE, display_name, read_chunks
from seqtool.records.lines import without_mark

MOST_HEADER = 1 << 16


@dataclass(frozen=True)
class Header:
    """The beginning of a record: its name (up to the first blank), the rest, its place."""

    name: str
    description: str
    file: str
    line: int


def read_fasta(path: str) -> Iterator[Header | bytes]:
    """A :class:`Header` for each record, then its letters in pieces without white space.

    Lines that begin with ``;`` are comments.

    :raises InputError: the file cannot be read, or does not begin with ``>``.
    """
    name = display_name(path)
    number = 1
    at_start = True
    begun = False
    kind = b""  # of the line that is read: > or ; or letters
    header: list[bytes] = []
    for chunk in without_mark(read_chunks(path)):
        if chunk is PAUSE:
            continue
        for place, piece in enumerate(chunk.split(b"\n")):
            if place:
                if kind == b">":
                    yield _header(b"".join(header), name, number)
                    begun, header = True, []
                number += 1
                at_start, kind = True, b""
            if at_start and piece.strip():
                at_start = False
                piece = piece.lstrip()
                kind = piece[:1] if piece[:1] in (b">", b";") else b"letters"
                if kind == b"letters" and not begun:
                    raise InputError(f"{name}:{number}: is not FASTA: a record begins with > and its name")
            if kind == b">":
                if sum(map(len, header)) < MOST_HEADER:
                    header.append(piece)
            elif kind == b"letters":
                letters = b"".join(piece.split())
                if letters:
                    yield letters
    if kind == b">":
        yield _header(b"".join(header), name, number)


def _header(line: bytes, file: str, number: int) -> Header:
    parts = line[1:MOST_HEADER].decode("utf-8", "replace").split(maxsplit=1)
    name, rest = [*parts, "", ""][:2]
    return Header(name, rest.strip(), file, number)


def pieces(path: str, size: int) -> Iterator[tuple[Header, Iterator[Any]]]:
    """Each record of a file with its letters in pieces of ``size``, the last one shorter; a record
    must be read to its end before the next one is asked for."""
    stream = read_fasta(path)
    following: list[Header] = []
    first = next(stream, None)
    if isinstance(first, Header):
        following.append(first)

    def letters() -> Iterator[bytes]:
        held: list[bytes] = []
        length = 0
        for item in stream:
            if isinstance(item, Header):
                following.append(item)
                break
            held.append(item)
            length += len(item)
            while length >= size:
                whole = b"".join(held)
                yield whole[:size]
                held = [whole[size:]]
                length -= size
        if length:
            yield b"".join(held)

    while following:
        yield following.pop(), letters()

"""FASTA: a header line that begins with ``>``, then letters on lines of any length.

Read as a stream: a record may be longer than memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from seqtool.errors import InputError
from seqtool.records.files import PAUSE, display_name, read_chunks
from seqtool.records.lines import without_mark
from seqtool.records.record import Record

MOST_HEADER = 1 << 16
PIECE = 1 << 16


def fasta_records(path: str, size: int = PIECE) -> Iterator[Record]:
    """A record for each header, with its ``name`` up to the first blank.

    Its ``letters`` come in pieces of ``size`` or somewhat more, the last one shorter, without white
    space; what is left of them is passed over when the next record is asked for.

    :raises InputError: the file cannot be read, or does not begin with ``>``.
    """
    stream = _headers_and_letters(path)
    record = next(stream, None)
    while isinstance(record, Record):
        following: list[Record] = []
        record.letters = _letters(record, stream, size, following)
        yield record
        for _ in record.letters:
            pass
        record = following.pop() if following else None


def _letters(record: Record, stream: Iterator[Record | bytes], size: int, following: list[Record]) -> Iterator[bytes]:
    """The letters up to the next header, which is put into ``following``; then the record's ``raw``
    tells it from one with other letters."""
    digest = hashlib.sha256()
    held = bytearray()
    for item in stream:
        if isinstance(item, Record):
            following.append(item)
            break
        digest.update(item)
        held += item
        if len(held) >= size:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)
    record.raw += b"\n" + digest.digest()


def _headers_and_letters(path: str) -> Iterator[Record | bytes]:
    """A record without letters for each header, then its letters, a line or a part of one at a time.

    Lines that begin with ``;`` are comments.
    """
    name = display_name(path)
    number = 1
    at_start = True
    begun = False
    kind = b""  # of the line that is read: > or ; or letters
    header = bytearray()
    for chunk in without_mark(read_chunks(path)):
        if chunk is PAUSE:
            continue
        for index, piece in enumerate(chunk.split(b"\n")):
            if index:
                if kind == b">":
                    yield _record(header, name, number)
                    begun, header = True, bytearray()
                number += 1
                at_start, kind = True, b""
            if at_start and piece.strip():
                at_start = False
                piece = piece.lstrip()
                kind = piece[:1] if piece[:1] in (b">", b";") else b"letters"
                if kind == b"letters" and not begun:
                    raise InputError(f"{name}:{number}: is not FASTA: a record begins with > and its name")
            if kind == b">":
                header += piece[: MOST_HEADER - len(header)]
            elif kind == b"letters":
                letters = b"".join(piece.split())
                if letters:
                    yield letters
    if kind == b">":
        yield _record(header, name, number)


def _record(header: bytearray, file: str, line: int) -> Record:
    name = header[1:].decode("utf-8", "replace").split(maxsplit=1)[:1]
    return Record(file, line, {"name": "".join(name)}, bytes(header), uniform=True)

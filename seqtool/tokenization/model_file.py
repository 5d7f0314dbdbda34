"""What sentencepiece's model file says and its processor does not tell: the kinds of model and of pieces.

The file is a protocol buffer (sentencepiece_model.proto); these are its few fields that are needed,
read by hand: the library for such files is large, and no part of sentencepiece.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

UNIGRAM, BPE, WORD, CHAR = 1, 2, 3, 4
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece, its score (a log probability, or for bpe minus the merge's number) and its kind."""

    text: str
    score: float
    kind: int


@dataclass(frozen=True)
class ModelFile:
    """``kind``: UNIGRAM, BPE, WORD or CHAR; ``pieces`` by id."""

    kind: int
    pieces: list[Piece]


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a message."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        wire = key & 7
        value: int | bytes
        if wire == _VARINT:
            value, place = _varint(data, place)
        elif wire in (_LENGTH, _FOUR_BYTES, _EIGHT_BYTES):
            size = 4 if wire == _FOUR_BYTES else 8
            if wire == _LENGTH:
                size, place = _varint(data, place)
            value = data[place : place + size]
            place += size
        else:
            raise ValueError(f"a field of the wire type {wire}")
        yield key >> 3, value


def _piece(data: bytes) -> Piece:
    text = b""
    score = 0.0
    kind = NORMAL
    for number, value in _fields(data):
        if number == 1 and isinstance(value, bytes):
            text = value
        elif number == 2 and isinstance(value, bytes):
            (score,) = struct.unpack("<f", value)
        elif number == 3 and isinstance(value, int):
            kind = value
    return Piece(text.decode("utf-8"), score, kind)


def read_model_file(data: bytes) -> ModelFile:
    """The pieces of a model that sentencepiece has opened.

    :raises ValueError, IndexError: it is none.
    """
    kind = UNIGRAM
    pieces = []
    for number, value in _fields(data):
        if number == 1 and isinstance(value, bytes):
            pieces.append(_piece(value))
        elif number == 2 and isinstance(value, bytes):
            kind = next((each for inner, each in _fields(value) if inner == 3 and isinstance(each, int)), UNIGRAM)
    return ModelFile(kind, pieces)

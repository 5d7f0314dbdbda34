"""What sentencepiece's model file says and its processor does not tell: the kinds of model and of pieces.

The file is a protocol buffer (sentencepiece_model.proto); these are its few fields that are needed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from seqtool.modelfolder.protobuf import fields, integer, message, text

UNIGRAM, BPE, WORD, CHAR = 1, 2, 3, 4
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6


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


def _piece(data: memoryview) -> Piece:
    name = ""
    score = 0.0
    kind = NORMAL
    for number, value in fields(data):
        if number == 1:
            name = text(value)
        elif number == 2 and isinstance(value, bytes):
            (score,) = struct.unpack("<f", value)
        elif number == 3:
            kind = integer(value)
    return Piece(name, score, kind)


def read_model_file(data: bytes) -> ModelFile:
    """The pieces of a model that sentencepiece has opened.

    :raises Malformed: it is none.
    """
    kind = UNIGRAM
    pieces = []
    for number, value in fields(data):
        if number == 1:
            pieces.append(_piece(message(value)))
        elif number == 2:
            kind = next((integer(inner) for key, inner in fields(message(value)) if key == 3), UNIGRAM)
    return ModelFile(kind, pieces)

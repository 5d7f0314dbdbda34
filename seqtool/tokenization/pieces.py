"""Subword pieces by sentencepiece: no word is unknown, for bytes stand in for rare letters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seqtool.errors import ModelError

# sentencepiece's memory grows with the text; a book on one line is encoded in stretches.
STRETCH = 20_000


def open_processor(path: Path) -> Any:
    """sentencepiece's processor for a model file.

    :raises ModelError: the file is no sentencepiece model.
    """
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor()
    try:
        processor.LoadFromSerializedProto(path.read_bytes())
    except (OSError, RuntimeError, ValueError):
        raise ModelError(f"{path}: is not a sentencepiece model; copy the model folder again") from None
    return processor


class Pieces:
    """A sentencepiece model.  ``size`` is the number of pieces.

    :raises ModelError: the file is no sentencepiece model.
    """

    def __init__(self, path: Path) -> None:
        self._processor = open_processor(path)
        self.size = int(self._processor.get_piece_size())
        self.unknown_id = int(self._processor.unk_id())

    def piece(self, number: int) -> str:
        """The piece with an id; U+2581 stands for the space before a word."""
        return str(self._processor.id_to_piece(number))

    def id(self, piece: str) -> int:
        """The id of a piece; that of the unknown one where there is none."""
        return int(self._processor.piece_to_id(piece))

    def decode(self, ids: list[int]) -> str:
        """The text of pieces; control symbols are nothing."""
        return str(self._processor.decode(ids))

    def ids(self, texts: list[str]) -> list[list[int]]:
        """The ids of each text's pieces; an empty list where nothing is left after normalisation."""
        if all(len(text) <= STRETCH for text in texts):
            ids: list[list[int]] = self._processor.encode(texts, num_threads=1)
            return ids
        return [self._long(text) for text in texts]

    def ids_with_offsets(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids of a text's pieces, and (start, end) of each in code points of the text."""
        ids: list[int] = []
        offsets: list[tuple[int, int]] = []
        base = 0
        for stretch in stretches(text):
            mapping = self._processor.encode([stretch], num_threads=1, out_type="offset_mapping")[0]
            ids.extend(mapping["ids"])
            offsets.extend((base + start, base + end) for start, end in mapping["offsets"])
            base += len(stretch)
        return ids, offsets

    def _long(self, text: str) -> list[int]:
        ids: list[int] = []
        for stretch in stretches(text):
            ids.extend(self._processor.encode(stretch))
        return ids


def stretches(text: str, length: int = STRETCH) -> list[str]:
    """``text`` cut after a space where there is one, into parts of at most ``length`` code points."""
    parts = []
    start = 0
    while len(text) - start > length:
        space = text.rfind(" ", start, start + length)
        end = space + 1 if space > start else start + length
        parts.append(text[start:end])
        start = end
    parts.append(text[start:])
    return parts

"""A folder of word vectors, memory-mapped: its words, their counts, a row of numbers for each.

The matrix is int8 (each row with a scale of its own), float16 or float32; only the rows that
are asked for become float32.  ``unit`` folders hold rows of length one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtool.modelfolder.find import find_model
from seqtool.modelfolder.manifest import ModelFolder
from seqtool.vectors.matrix import STORAGES, Floats, StoredMatrix, open_array, to_unit
from seqtool.vectors.word_ngrams import WordNgrams

WORDS, MATRIX, SCALES, COUNTS, COMMON = "words.txt", "vectors.npy", "scales.npy", "counts.npy", "common.npy"
CACHED_WORDS = 1 << 17


class Vectors:
    """Word vectors of a folder whose task is ``vectors``.

    ``words`` are in the order of their counts, the commonest first; ``size`` is the number of
    dimensions.  ``lowercase``: they were trained on lower-cased text, so any case finds them.

    :raises ModelError: the folder is damaged, or holds something else.
    """

    def __init__(self, folder: ModelFolder) -> None:
        self.folder = folder
        table = folder.table("vectors")
        count, self.size = (_whole(folder, table, key) for key in ("words", "size"))
        storage = table.get("storage")
        if not isinstance(storage, str) or storage not in STORAGES:
            raise folder.damaged(f"has the storage {storage!r}, which is none of {', '.join(STORAGES)}")
        self.lowercase = table.get("lowercase") is True
        self.unit = table.get("unit") is True
        self.words = self._read_words(count)
        self._indices = {word: index for index, word in enumerate(self.words)}
        if len(self._indices) != count:
            raise folder.damaged("has a word twice", WORDS)
        self.matrix = StoredMatrix(folder, MATRIX, SCALES, storage, (count, self.size))
        self._found = _Cache(self.find)
        self._exact = storage != "float16"
        self._ngrams = WordNgrams(folder, self.size, storage) if "ngrams" in folder.manifest else None

    def _read_words(self, count: int) -> list[str]:
        try:
            text = self.folder.file(WORDS).read_bytes().decode("utf-8")
        except (OSError, ValueError):
            raise self.folder.damaged("is not text in UTF-8", WORDS) from None
        words = text.split("\n")
        if words.pop() or len(words) != count:
            raise self.folder.damaged(f"has not the {count} lines that the manifest says", WORDS)
        return words

    def __len__(self) -> int:
        return len(self.words)

    @property
    def counts(self) -> NDArray[np.int64] | None:
        """How often each word stood in the training text; None where nobody knows."""
        if COUNTS not in self.folder.manifest["files"]:
            return None
        return open_array(self.folder, COUNTS, np.int64, (len(self),))

    @property
    def common(self) -> Floats | None:
        """The directions that texts have in common, for SIF: (directions, size); None without them."""
        table = self.folder.manifest.get("sif")
        if not isinstance(table, dict):
            return None
        return open_array(self.folder, COMMON, np.float32, (_whole(self.folder, table, "directions"), self.size))

    def find(self, word: str) -> int | None:
        """The index of a word; None for one that is not there.

        Looked up in NFC, in the case of the training text; vectors with capitals fall back to
        the lower-cased word.  A space stands for the ``_`` of a phrase.
        """
        for spelling in (word, fold(word, lowercase=self.lowercase), fold(word, lowercase=True)):
            index = self._indices.get(spelling)
            if index is None and " " in spelling:
                index = self._indices.get(spelling.replace(" ", "_"))
            if index is not None:
                return index
        return None

    def find_all(self, words: Sequence[str]) -> list[int | None]:
        """:meth:`find` for every word of a text."""
        return list(map(self._found.__getitem__, words))

    def guess(self, word: str) -> Floats | None:
        """The vector of an unknown word by its character n-grams; None where there are none."""
        if self._ngrams is None:
            return None
        return self._ngrams.vector(fold(word, lowercase=self.lowercase))

    def rows(self, ids: Any) -> Floats:
        """The vectors of words by their indices: (ids, size)."""
        return self.matrix.rows(ids)

    def unit_rows(self, ids: Any) -> Floats:
        """The vectors of words, scaled to length one."""
        return self._as_unit(self.matrix.rows(ids))

    def unit_blocks(self, stop: int) -> Iterator[tuple[int, Floats]]:
        """The first ``stop`` vectors in blocks, scaled to length one."""
        for start, rows in self.matrix.blocks(stop):
            yield start, self._as_unit(rows)

    def _as_unit(self, rows: Floats) -> Floats:
        # The scales of int8 rows make them that; float16 has rounded the numbers.
        return rows if self.unit and self._exact else to_unit(rows)

    def spellings(self, word: str) -> list[str]:
        """The known words that are spelled most like ``word``, the commonest first."""
        from seqtool.vectors.spelling import alike

        return alike(fold(word, lowercase=self.lowercase), self._indices)


class _Cache(dict[str, "int | None"]):
    """Indices of words that were looked up once, as long as there is room."""

    def __init__(self, find: Callable[[str], int | None]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, word: str) -> int | None:
        index = self._find(word)
        if len(self) < CACHED_WORDS:
            self[word] = index
        return index


def fold(word: str, *, lowercase: bool) -> str:
    """A word as vectors spell it: NFC, lower-cased if they are."""
    if not word.isascii():
        word = unicodedata.normalize("NFC", word)
    return word.lower() if lowercase else word


def _whole(folder: ModelFolder, table: dict[str, Any], key: str) -> int:
    value = table.get(key)
    if type(value) is not int or value < 1:
        raise folder.damaged(f"says no {key!r}")
    return value


def open_vectors(model: str) -> Vectors:
    """Vectors by the name or path of their folder.

    :raises ModelError: there is no such folder, or it holds something else.
    """
    return Vectors(find_model(model, "vectors"))

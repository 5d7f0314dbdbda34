"""Vectors of unknown words from their character n-grams, as fastText makes them.

Bojanowski et al. 2017, section 3.2; the hash is fastText's own (FNV-1a over signed bytes), so
that tables trained by fastText or gensim keep their meaning.
"""

from __future__ import annotations

import numpy as np

from seqtool.modelfolder.manifest import ModelFolder
from seqtool.vectors.matrix import Floats, StoredMatrix

NGRAMS, NGRAM_SCALES = "ngrams.npy", "ngram_scales.npy"


def character_ngrams(word: str, shortest: int, longest: int) -> list[str]:
    """The n-grams of ``<word>``, in fastText's order; the bare boundary marks are none."""
    marked = f"<{word}>"
    return [
        marked[start : start + length]
        for start in range(len(marked))
        for length in range(shortest, min(longest, len(marked) - start) + 1)
        if not (length == 1 and (start == 0 or start == len(marked) - 1))
    ]


def bucket(ngram: str, buckets: int) -> int:
    """The row that an n-gram shares with whatever else falls there."""
    value = 2166136261
    for byte in ngram.encode("utf-8"):
        # fastText sign-extends bytes over 127.
        value = ((value ^ (byte | 0xFFFFFF00 if byte > 127 else byte)) * 16777619) & 0xFFFFFFFF
    return value % buckets


class WordNgrams:
    """The table of n-gram vectors beside a folder's words.

    :raises ModelError: it is not what the manifest says.
    """

    def __init__(self, folder: ModelFolder, size: int, storage: str) -> None:
        table = folder.table("ngrams")
        numbers = [table.get(key) for key in ("shortest", "longest", "buckets")]
        if not all(type(number) is int and 0 < number <= 1 << 24 for number in numbers):
            raise folder.damaged("says no 'shortest', 'longest' and 'buckets' in [ngrams]")
        self._shortest, self._longest, self._buckets = map(int, numbers)  # type: ignore[arg-type]
        self._matrix = StoredMatrix(folder, NGRAMS, NGRAM_SCALES, storage, (self._buckets, size))

    def vector(self, word: str) -> Floats | None:
        """The mean of the n-grams' vectors: (size,); None for a word with no n-gram."""
        # A word of thousands of letters is no word: the mean over its start is as good.
        buckets = [
            bucket(ngram, self._buckets) for ngram in character_ngrams(word[:100], self._shortest, self._longest)
        ]
        if not buckets:
            return None
        mean: Floats = self._matrix.rows(np.array(buckets)).mean(axis=0)
        return mean

"""A linear model of piece n-grams beside the network: what two or three pieces say together.

Features are the distinct n-grams of a text's ids, each hashed to a bucket (Weinberger et al.
2009), weighed by inverse document frequency and scaled to length one, as TF-IDF is.  A bucket's
row holds its weight for each label times its idf, and in the last column its idf squared, all
int8: sums of integers are exact, so they are the same in any order and any batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtool.errors import ModelError

MAX_ORDER = 5


def hashed(sequences: Sequence[Sequence[int]], order: int, bits: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The distinct buckets (0 to 2**bits - 1) of the n-grams of 1 to ``order`` ids.

    Returns (sequence, bucket) of each, sorted.  Ids are combined by a multiplicative hash and
    stirred by the finaliser of splitmix64 (Steele et al. 2014); uint64 wraps, as it should.
    """
    lengths = np.array([len(sequence) for sequence in sequences], np.int64)
    total = int(lengths.sum())
    ids = np.fromiter((number for sequence in sequences for number in sequence), np.uint64, total) + np.uint64(1)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    ends = np.repeat(np.cumsum(lengths), lengths)
    steps = np.arange(total)
    found = []
    gram = ids
    for size in range(1, order + 1):
        if size > 1:
            gram = gram[:-1] * np.uint64(0x9E3779B97F4A7C15) + ids[size - 1 :]
        inside = steps[: len(gram)] + size <= ends[: len(gram)]
        stirred = gram[inside]
        stirred = (stirred ^ (stirred >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        stirred = (stirred ^ (stirred >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        bucket = stirred >> np.uint64(64 - bits)
        found.append((owner[: len(gram)][inside].astype(np.uint64) << np.uint64(bits)) | bucket)
    keys = np.unique(np.concatenate(found)) if found else np.zeros(0, np.uint64)
    return (keys >> np.uint64(bits)).astype(np.int64), (keys & np.uint64((1 << bits) - 1)).astype(np.int64)


class BagOfNgrams:
    """``ngrams.npy`` of a model folder, memory-mapped, and the manifest's ``[ngrams]``.

    :raises ModelError: the file is damaged, or does not fit the manifest.
    """

    def __init__(self, path: Path, settings: dict[str, Any], num_labels: int) -> None:
        def damaged(what: str) -> ModelError:
            return ModelError(f"{path}: {what}; copy the model folder again")

        try:
            table = np.load(path, mmap_mode="r", allow_pickle=False)
            self._order = int(settings["order"])
            self.weight = float(settings["weight"])
            self._scales = np.array(settings["scales"], np.float64)
            self._bias = np.array(settings["bias"], np.float64)
        except (OSError, ValueError, OverflowError, EOFError, KeyError, TypeError, SyntaxError) as error:
            raise damaged(f"cannot be read: {error}") from None
        buckets = table.shape[0] if table.ndim == 2 else 0
        if table.dtype != np.int8 or buckets < 2 or buckets & (buckets - 1) or table.shape[1] != num_labels + 1:
            raise damaged("is no table of the buckets that model.toml says")
        if self._scales.shape != (num_labels + 1,) or self._bias.shape != (num_labels,):
            raise damaged("has not as many scales as model.toml has labels")
        finite = np.isfinite(self._scales).all() and np.isfinite(self._bias).all() and np.isfinite(self.weight)
        if not finite or not 1 <= self._order <= MAX_ORDER:
            raise damaged("has scales that are no numbers")
        self._table = table
        self._bits = buckets.bit_length() - 1

    def logits(self, sequences: Sequence[Sequence[int]]) -> NDArray[np.float64]:
        """The linear model's logits of sequences of ids, none empty: (sequences, labels)."""
        owner, bucket = hashed(sequences, self._order, self._bits)
        starts = np.searchsorted(owner, np.arange(len(sequences)))
        sums = np.add.reduceat(self._table[bucket], starts, axis=0, dtype=np.int64)
        scaled = sums * self._scales
        length = np.sqrt(np.maximum(scaled[:, -1:], 1e-9))
        logits: NDArray[np.float64] = scaled[:, :-1] / length + self._bias
        return logits

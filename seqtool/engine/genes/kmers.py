"""Letters of DNA as numbers, and windows of them (k-mers) around every letter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LETTERS = "ACGT"
# Any other letter.
OTHER = 4
# A genome's dialect is known by how often windows of so many letters stand in it.
COMPOSITION = 4

_CODES = np.full(256, OTHER, np.uint8)
for _number, _letter in enumerate(LETTERS):
    _CODES[[ord(_letter), ord(_letter.lower())]] = _number
_CODES[[ord("U"), ord("u")]] = LETTERS.index("T")


def codes(sequence: bytes) -> NDArray[np.uint8]:
    """A, C, G, T (and U) of either case as 0 to 3, everything else as 4."""
    found: NDArray[np.uint8] = _CODES[np.frombuffer(sequence, np.uint8)]
    return found


def reverse_complement(letters: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The other strand, read in its own direction; letters as :func:`codes` gives them."""
    turned = letters[::-1]
    return np.where(turned == OTHER, turned, 3 - turned).astype(np.uint8)


def vocabulary_size(k: int) -> int:
    """How many numbers :func:`kmers` may give: 0 for a window with another letter, then each window's."""
    size: int = 4**k + 1
    return size


def kmers(letters: NDArray[np.uint8], k: int) -> NDArray[np.int32]:
    """The number of the window of ``k`` letters around each, which begins (k - 1) // 2 before it.

    0 where the window has another letter, or leads out of the sequence.
    """
    before = (k - 1) // 2
    padded = np.concatenate([np.full(before, OTHER, np.uint8), letters, np.full(k - 1 - before, OTHER, np.uint8)])
    numbers = np.zeros(len(letters), np.int32)
    odd = np.zeros(len(letters), bool)
    for step in range(k):
        here = padded[step : step + len(letters)]
        numbers = numbers * 4 + (here & 3)
        odd |= here == OTHER
    return np.where(odd, np.int32(0), numbers + np.int32(1))

"""What a letter of DNA says of its class, given the letters before it: Markov chains.

The content model of the classical gene finders (Borodovsky & McIninch 1993; Burge & Karlin 1997):
for every class, how much likelier a letter is there than between genes, as the natural logarithm.
A class of the minus strand reads the other strand, in its own direction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seqtool.engine.genes.kmers import OTHER, reverse_complement

# Letters that are looked at: the letter, and so many less one before it.
WIDTH = 6
UNKNOWN = -1


def endings(letters: NDArray[np.uint8], width: int) -> NDArray[np.int64]:
    """The number of the ``width`` letters that end at each; UNKNOWN where one of them is none of
    A, C, G and T, or would lie before the first."""
    numbers = np.zeros(len(letters), np.int64)
    odd = np.zeros(len(letters), bool)
    padded = np.concatenate([np.full(width - 1, OTHER, np.uint8), letters])
    for step in range(width):
        here = padded[step : step + len(letters)]
        numbers = numbers * 4 + (here & 3)
        odd |= here == OTHER
    return np.where(odd, UNKNOWN, numbers)


class Chains:
    """Chains of some classes, (kinds, 4**WIDTH): the '+' classes' in the order in which these come
    in ``classes``.  Other classes (between genes) score 0.

    :raises ValueError: there are not as many as classes, or they are no numbers.
    """

    @staticmethod
    def shape(dialects: int, classes: Sequence[str]) -> tuple[int, int, int]:
        """Of the chains of some dialects together."""
        return dialects, sum(name.endswith("+") for name in classes), 4**WIDTH

    def __init__(self, tables: NDArray[np.float32], classes: Sequence[str]) -> None:
        forward = [index for index, name in enumerate(classes) if name.endswith("+")]
        backward = [classes.index(f"{classes[index][:-1]}-") for index in forward]  # ValueError where there is none
        if (1, *tables.shape) != self.shape(1, classes) or not np.isfinite(tables).all():
            raise ValueError("has not a chain of numbers for every class")
        self._classes = len(classes)
        self._strands = (forward, backward)
        # Behind the last number: a letter that is unknown says nothing.
        self._tables = np.concatenate([tables, np.zeros((len(forward), 1), tables.dtype)], axis=1).T

    def scores(self, letters: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(letters, classes)."""
        found = np.zeros((len(letters), self._classes), np.float32)
        forward, backward = self._strands
        found[:, forward] = self._tables[endings(letters, WIDTH)]
        found[:, backward] = self._tables[endings(reverse_complement(letters), WIDTH)][::-1]
        return found

"""The rows of a matrix that answer a query best: exact, block by block, the same in any company.

numpy's matrix product differs in its last bits with the number of rows, so it only picks
candidates; these are scored again, each by itself in a fixed order, and ties go by index.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from seqtool.vectors.matrix import Floats

Ids = NDArray[np.intp]
Found = list[tuple[int, float]]

# How far a matrix product may be from the score in fixed order: rows of length one, float32.
SLACK = 1e-5
FIRST_ROWS = 1024
PAIRS = 2048


def search(
    blocks: Iterable[tuple[int, Floats]],
    score: Callable[[Floats], Floats],
    rescore: Callable[[Ids, Ids], NDArray[np.float64]],
    queries: int,
    top: int,
    excluded: Sequence[Sequence[int]] = (),
    slack: float = SLACK,
) -> list[Found]:
    """The ``top`` rows for each query as (index, score), the best first.

    ``score(block)`` gives roughly (queries, rows); ``rescore(query numbers, indices)`` gives the
    exact scores of pairs.  ``excluded``: indices that are no answers, for each query.  ``slack``:
    how far ``score`` may be off.
    """
    candidates = _Candidates(queries, top, np.float32(slack))
    pairs = sorted((index, query) for query, indices in enumerate(excluded) for index in indices)
    out_indices = np.array([index for index, _ in pairs], np.intp)
    out_queries = np.array([query for _, query in pairs], np.intp)
    for start, block in _smaller_first(blocks):
        scores = score(block)
        first, last = np.searchsorted(out_indices, [start, start + len(block)])
        scores[out_queries[first:last], out_indices[first:last] - start] = -np.inf
        candidates.add(start, scores)
    return candidates.best(rescore)


def _smaller_first(blocks: Iterable[tuple[int, Floats]]) -> Iterator[tuple[int, Floats]]:
    """The first block in two: after the first rows a bound is known that keeps most others out."""
    for start, block in blocks:
        if start == 0 and len(block) > FIRST_ROWS:
            yield 0, block[:FIRST_ROWS]
            yield FIRST_ROWS, block[FIRST_ROWS:]
        else:
            yield start, block


class _Candidates:
    """For each query, everything that may still be among its ``top`` best."""

    def __init__(self, queries: int, top: int, slack: np.float32) -> None:
        self._top = top
        self._slack = slack
        self._bound = np.full(queries, -np.inf, np.float32)
        self._queries = np.zeros(0, np.intp)
        self._indices = np.zeros(0, np.intp)
        self._scores = np.zeros(0, np.float32)

    def add(self, start: int, scores: Floats) -> None:
        """Take in a block's scores, (queries, rows)."""
        bound = self._bound
        if scores.shape[1] > self._top and np.isneginf(bound).any():
            bound = np.maximum(bound, np.partition(scores, -self._top, axis=1)[:, -self._top] - self._slack)
        # Flat, for numpy finds the few indices that are true much faster in one dimension.
        flat = np.flatnonzero(scores >= bound[:, None])
        queries, rows = np.divmod(flat, scores.shape[1])
        found = scores.ravel()[flat]
        kept = ~np.isneginf(found)
        if not kept.any():
            return
        self._queries = np.concatenate([self._queries, queries[kept]])
        self._indices = np.concatenate([self._indices, rows[kept] + start])
        self._scores = np.concatenate([self._scores, found[kept]])
        self._prune()

    def _prune(self) -> None:
        """Raise each query's bound to its ``top``-th best so far, and drop what is below it."""
        order = np.lexsort((-self._scores, self._queries))
        self._queries, self._indices, self._scores = self._queries[order], self._indices[order], self._scores[order]
        counts = np.bincount(self._queries, minlength=len(self._bound))
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        full = counts >= self._top
        self._bound[full] = self._scores[starts[full] + self._top - 1] - self._slack
        kept = self._scores >= self._bound[self._queries]
        self._queries, self._indices, self._scores = self._queries[kept], self._indices[kept], self._scores[kept]

    def best(self, rescore: Callable[[Ids, Ids], NDArray[np.float64]]) -> list[Found]:
        """The best of each query by their exact scores."""
        pairs_at_once = [slice(start, start + PAIRS) for start in range(0, len(self._queries), PAIRS)]
        parts = [rescore(self._queries[part], self._indices[part]) for part in pairs_at_once]
        scores = np.concatenate([np.zeros(0), *parts])
        order = np.lexsort((self._indices, -scores, self._queries))
        indices, exact = self._indices[order].tolist(), scores[order].tolist()
        ends = np.searchsorted(self._queries[order], np.arange(len(self._bound) + 1)).tolist()
        pairs = list(zip(indices, exact))
        return [pairs[start : min(end, start + self._top)] for start, end in itertools.pairwise(ends)]


def dots(first: Floats, second: Floats) -> NDArray[np.float64]:
    """The dot product of each row of ``first`` with that of ``second``, in a fixed order."""
    products: NDArray[np.float64] = np.multiply(first, second, dtype=np.float64).sum(axis=1)
    return products

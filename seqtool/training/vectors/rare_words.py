"""Vectors of words that are too rare to train any: made of the words around them.

Khodak, Saunshi, Liang, Ma, Stewart & Arora 2018, "A la carte embedding" (ACL, arXiv:1805.05388):
the mean of a word's context, put through the linear map that best turns such means of words with
vectors into these.  Here the words of a context count by how much they have to do with the word,
not alike.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtool.vectors.matrix import Floats, to_unit

# The commonest words, which stand beside everything, teach the map little.
COMMONEST = 0.1
# Of how often a word stands anywhere, as in word2vec: rare words are not taken for telling ones.
CONTEXT_POWER = 0.75


def vectors_from_contexts(pairs: Any, vectors: Floats) -> Floats:
    """Unit rows for the words behind those with ``vectors`` (known, size): (words - known, size).

    pairs (words, words), scipy's CSR: how often two words stand near each other, the known ones
    first, as :func:`seqtool.training.vectors.swivel.count_pairs` counts.  A word beside which no known one
    stands has no context to be made of: whoever calls leaves it out.
    """
    known = len(vectors)
    means = context_means(pairs[:, :known], vectors)
    seen = pairs[:known, :known].getnnz(axis=1) > 0
    fitted = np.flatnonzero(seen)[int(COMMONEST * known) :]
    fitted = fitted if len(fitted) else np.flatnonzero(seen)
    linear_map, *_ = np.linalg.lstsq(means[fitted], vectors[fitted], rcond=None)
    rows: Floats = to_unit(means[known:] @ linear_map)
    return rows


def context_means(pairs: Any, vectors: Floats) -> Floats:
    """Each word's context, (words, size + 1): the direction of the sum of its words' ``vectors``, and a 1.

    pairs (words, known): how often each known word stands near.  It counts by the root of that,
    times its positive pointwise mutual information with the word (Church & Hanks 1990).
    """
    cells = pairs.tocoo()
    of_words = np.asarray(pairs.sum(axis=1), np.float64).ravel()
    of_contexts = np.asarray(pairs.sum(axis=0), np.float64).ravel() ** CONTEXT_POWER
    shares: NDArray[np.float64] = of_contexts / max(of_contexts.sum(), 1.0)
    information = np.log(cells.data / of_words[cells.row] / shares[cells.col])
    weights = cells.copy()
    weights.data = (np.maximum(information, 0.0) * np.sqrt(cells.data)).astype(np.float32)
    means = to_unit(weights.tocsr() @ vectors)
    return np.hstack([means, np.ones((len(means), 1), np.float32)])

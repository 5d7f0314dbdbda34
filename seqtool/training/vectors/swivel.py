"""Swivel: word vectors from a table of which words stand near each other.

Shazeer, Doherty, Evans & Waterson 2016 (arXiv:1602.02215).  Every pair of words is looked at in
every epoch, in dense blocks: products of matrices, which a processor does many times faster
than skip-gram's single steps.  The cost grows with the square of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

BLOCK_WORDS = 4400
# Tokens that are counted together: bounds the memory of the pairs.
CHUNK_TOKENS = 4_000_000
# Section 3.2: how much an observed pair weighs, by its count.
CONFIDENCE_BASE, CONFIDENCE_SCALE, CONFIDENCE_POWER = 0.1, 0.25, 0.5
# Of the squared gradients in AdaGrad: keeps the first steps small.
FIRST_SQUARES = 1.0
LAST_RATE = 0.1


@dataclass(frozen=True)
class PairBlock:
    """The observed pairs of some rows with some columns: indices within the block, and counts."""

    rows: Tensor
    columns: Tensor
    counts: Tensor


class Cooccurrences:
    """How often words stand near each other, in blocks of every n-th word.

    So each block holds frequent and rare words alike.  ``totals``: (words,), the sum of each row.
    """

    def __init__(self, matrix: Any) -> None:
        """``matrix``: symmetric, scipy's CSR."""
        self.words = int(matrix.shape[0])
        self.step = max(1, -(-self.words // BLOCK_WORDS))
        self.totals: NDArray[np.float64] = np.asarray(matrix.sum(axis=1), np.float64).ravel()
        self._blocks: list[list[PairBlock]] = []
        for first in range(self.step):
            slab = matrix[first :: self.step].tocoo()
            column_group = slab.col % self.step
            order = np.argsort(column_group, kind="stable")
            ends = np.cumsum(np.bincount(column_group, minlength=self.step))
            parts = np.split(order, ends[:-1])
            self._blocks.append(
                [
                    PairBlock(
                        torch.from_numpy(slab.row[part].astype(np.int16)),
                        torch.from_numpy((slab.col[part] // self.step).astype(np.int16)),
                        torch.from_numpy(slab.data[part].astype(np.float32)),
                    )
                    for part in parts
                ]
            )

    def block(self, row: int, column: int) -> PairBlock:
        """The pairs of words row, row + step, ... with words column, column + step, ..."""
        return self._blocks[row][column]


def count_pairs(texts: Iterable[Sequence[str]], words: Sequence[str], window: int, power: float = 1.0) -> Any:
    """How often each pair of ``words`` stands within ``window`` words, each time divided by the
    distance to a ``power``: a symmetric matrix, scipy's CSR.

    Words without a index are passed over first: they take no room in the window.
    """
    indices = {word: index for index, word in enumerate(words)}
    total: Any = None
    ids: list[int] = []
    lengths: list[int] = []

    def flush() -> None:
        nonlocal total
        part = _pairs(np.array(ids, np.int32), np.array(lengths), len(words), window, power)
        total = part if total is None else total + part
        ids.clear()
        lengths.clear()

    for tokens in texts:
        known = [index for token in tokens if (index := indices.get(token)) is not None]
        ids.extend(known)
        lengths.append(len(known))
        if len(ids) > CHUNK_TOKENS:
            flush()
    flush()
    return (total + total.T).tocsr()


def _pairs(ids: NDArray[np.int32], lengths: NDArray[Any], words: int, window: int, power: float) -> Any:
    """The pairs of some texts, each counted from its left word."""
    from scipy.sparse import coo_matrix, csr_matrix

    text = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    total: Any = csr_matrix((words, words), dtype=np.float32)
    for distance in range(1, min(window, len(ids) - 1) + 1):
        together = text[:-distance] == text[distance:]
        left, right = ids[:-distance][together], ids[distance:][together]
        weights = np.full(len(left), distance**-power, np.float32)
        total = total + coo_matrix((weights, (left, right)), shape=(words, words)).tocsr()
    return total


def train_swivel(
    pairs: Cooccurrences,
    *,
    size: int,
    epochs: int,
    learning_rate: float,
    seed: int,
    device: str,
    on_block: Callable[[int], None],
) -> NDArray[np.float32]:
    """The sum of row and column vectors: (words, size).  The same seed on the same device and
    threads gives the same vectors.  ``on_block(number)`` is called after every block.

    AdaGrad (Duchi, Hazan & Singer 2011) with a rate that falls to a tenth.
    """
    generator = torch.Generator().manual_seed(seed)
    tables = [(torch.randn(pairs.words, size, generator=generator) / size**0.5).to(device) for _ in range(2)]
    squares = [torch.full_like(table, FIRST_SQUARES) for table in tables]
    logs = torch.from_numpy(np.log(np.maximum(pairs.totals, 1.0))).float().to(device)
    whole = float(np.log(max(pairs.totals.sum(), 1.0)))
    steps = epochs * pairs.step**2
    for number in range(steps):
        if number % pairs.step**2 == 0:
            order = torch.randperm(pairs.step**2, generator=generator).tolist()
        row, column = divmod(order[number % pairs.step**2], pairs.step)
        rate = learning_rate * (1 - (1 - LAST_RATE) * number / steps)
        parts = (slice(row, None, pairs.step), slice(column, None, pairs.step))
        # The logarithm of the pair's expected count, turned round: what a count of one would mean.
        expected = whole - logs[parts[0]][:, None] - logs[parts[1]][None, :]
        gradients = block_gradients(tables[0][parts[0]], tables[1][parts[1]], pairs.block(row, column), expected)
        for table, square, part, gradient in zip(tables, squares, parts, gradients):
            square[part] += gradient * gradient
            table[part] -= rate * gradient * square[part].rsqrt()
        on_block(number + 1)
    vectors: NDArray[np.float32] = (tables[0] + tables[1]).cpu().numpy()
    return vectors


def block_gradients(rows: Tensor, columns: Tensor, block: PairBlock, expected: Tensor) -> tuple[Tensor, Tensor]:
    """The loss's gradients of row vectors (rows, size) and column vectors (columns, size).

    ``expected`` (rows, columns): the pointwise mutual information that a count of one would give.
    An observed pair pulls the product to its own by a weighted square, equation 4; the product of
    one that was never seen is pushed below ``expected`` by a soft hinge, equation 5.
    """
    # bfloat16 products, summed in float32: twice as fast, and noise far below that of the data.
    low_rows, low_columns = rows.bfloat16(), columns.bfloat16()
    slopes = (low_rows @ low_columns.T).float()
    flat = block.rows.to(slopes.device).long() * slopes.size(1) + block.columns.to(slopes.device).long()
    counts = block.counts.to(slopes.device)
    observed = slopes.view(-1)[flat] - expected.reshape(-1)[flat] - counts.log()
    slopes = slopes.sub_(expected).sigmoid_()
    confidence = CONFIDENCE_BASE + CONFIDENCE_SCALE * counts.pow(CONFIDENCE_POWER)
    slopes.view(-1)[flat] = confidence * observed
    low = slopes.bfloat16()
    return (low @ low_columns).float(), (low.T @ low_rows).float()

"""Ids to vectors, with the dropouts that keep a network from leaning on single words."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Embedding(nn.Module):
    """A table of vectors, (vocabulary_size, embedding_size).

    dropout: of the vectors' entries, the same ones at every step of a sequence (Gal & Ghahramani
    2016).  word_dropout: the share of steps whose id is replaced by
    ``unknown_id`` in training (Iyyer et al. 2015), so that no single word decides.
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        *,
        dropout: float = 0.0,
        word_dropout: float = 0.0,
        unknown_id: int = 0,
    ) -> None:
        super().__init__()
        self.table = nn.Embedding(vocabulary_size, embedding_size)
        nn.init.uniform_(self.table.weight, -0.1, 0.1)
        self.dropout = dropout
        self.word_dropout = word_dropout
        self.unknown_id = unknown_id

    def start_from(self, vectors: Tensor, known: Tensor, *, frozen: bool = False) -> None:
        """Take pre-trained ``vectors`` (vocabulary_size, embedding_size) where ``known``
        (vocabulary_size,) says that there is one; ``frozen`` keeps the whole table as it is."""
        with torch.no_grad():
            self.table.weight[known] = vectors[known]
        self.table.weight.requires_grad_(not frozen)

    def take_rows(self, rows: Tensor) -> Tensor:
        """Keep these rows alone, in this order; the whole table as it was."""
        whole = self.table.weight.detach()
        self._replace(whole[rows])
        return whole

    def put_rows(self, whole: Tensor, rows: Tensor) -> None:
        """Undo :meth:`take_rows`: the whole table, this one's vectors in their places."""
        whole[rows] = self.table.weight.detach().to(whole)
        self._replace(whole)

    def _replace(self, weight: Tensor) -> None:
        trained = self.table.weight.requires_grad
        self.table = nn.Embedding(weight.size(0), weight.size(1), _weight=weight)
        self.table.weight.requires_grad_(trained)

    def forward(self, ids: Tensor) -> Tensor:
        """ids (time, batch) to vectors (time, batch, embedding_size)."""
        if self.training and self.word_dropout:
            dropped = torch.rand(ids.shape, device=ids.device) < self.word_dropout
            ids = ids.masked_fill(dropped, self.unknown_id)
        vectors: Tensor = self.table(ids)
        if self.training and self.dropout:
            kept = torch.rand((1, *vectors.shape[1:]), device=ids.device) >= self.dropout
            vectors = vectors * kept / (1.0 - self.dropout)
        return vectors

"""The next token after every step: embedding, recurrent layers in one direction, a tied softmax."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqtool.modelfolder.shapes import LanguageModelShape
from seqtool.nn.embedding import Embedding
from seqtool.nn.recurrent import Recurrent
from seqtool.nn.tagger import VariationalDropout


class LanguageModelNetwork(nn.Module):
    """Logits of the next id for every step of padded batches.

    The last layer's states are brought to the width of the embeddings, whose table is also the
    softmax's (Press & Wolf 2017; Inan et al. 2017).  dropout: of what the recurrent layers read and
    give, variational; recurrent_dropout: between them.
    """

    def __init__(
        self,
        shape: LanguageModelShape,
        *,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        embedding_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = Embedding(shape.vocabulary_size, shape.embedding_size, dropout=embedding_dropout)
        self.dropout = VariationalDropout(dropout)
        self.recurrent = Recurrent.of(shape, shape.embedding_size, dropout=recurrent_dropout, bidirectional=False)
        self.projection = nn.Linear(shape.hidden_size, shape.embedding_size)
        self.bias = nn.Parameter(torch.zeros(shape.vocabulary_size))

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """ids (time, batch), lengths (batch,) to logits (time, batch, vocabulary_size)."""
        hidden, _ = self.hidden(ids, lengths)
        return self.logits(hidden)

    def hidden(
        self, ids: Tensor, lengths: Tensor, initial: tuple[Tensor, ...] | None = None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """What the softmax reads of every step, (time, batch, embedding_size), and the states after the last."""
        inputs = self.dropout(self.embedding(ids))
        outputs, states = self.recurrent(inputs, lengths, initial, cells=True)
        return self.projection(self.dropout(outputs)), states

    def logits(self, hidden: Tensor) -> Tensor:
        """(..., embedding_size) to (..., vocabulary_size)."""
        return hidden @ self.embedding.table.weight.t() + self.bias

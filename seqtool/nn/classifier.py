"""Texts to labels: embedding, recurrent layers, pooling, feed-forward head."""

from __future__ import annotations

from torch import Tensor, nn

from seqtool.modelfolder.shapes import ClassifierShape
from seqtool.nn.embedding import Embedding
from seqtool.nn.pooling import Pooling
from seqtool.nn.recurrent import CELLS, Recurrent


class ClassifierNetwork(nn.Module):
    """Scores (logits) of labels for padded batches of ids.

    dropout: before the head; recurrent_dropout: between the recurrent layers.
    """

    def __init__(
        self,
        shape: ClassifierShape,
        *,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        embedding_dropout: float = 0.0,
        word_dropout: float = 0.0,
        unknown_id: int = 0,
    ) -> None:
        super().__init__()
        if shape.cell != "none" and shape.cell not in CELLS:
            raise ValueError(f"cell {shape.cell!r}: one of {', '.join(CELLS)}, none")
        self.shape = shape
        self.embedding = Embedding(
            shape.vocabulary_size,
            shape.embedding_size,
            dropout=embedding_dropout,
            word_dropout=word_dropout,
            unknown_id=unknown_id,
        )
        self.recurrent: Recurrent | None = None
        size = shape.embedding_size
        if shape.cell != "none":
            self.recurrent = Recurrent.of(shape, size, dropout=recurrent_dropout)
            size = self.recurrent.output_size
        self.pooling = Pooling(("mean",) if self.recurrent is None else shape.pooling, size, shape.embedding_size)
        size = self.pooling.output_size
        self.dropout = nn.Dropout(dropout)
        self.head: nn.Linear | None = None
        if shape.head_size:
            self.head = nn.Linear(size, shape.head_size)
            size = shape.head_size
        self.output = nn.Linear(size, shape.num_labels)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """ids (time, batch), lengths (batch,), each at least 1, to logits (batch, num_labels)."""
        return self.logits(self.pooled(ids, lengths))

    def pooled(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """One vector a sequence, (batch, pooling.output_size)."""
        outputs = final_hidden = embedded = self.embedding(ids)
        if self.recurrent is not None:
            outputs, states = self.recurrent(embedded, lengths)
            final_hidden = states[0][-self.recurrent.directions :]
        pooled: Tensor = self.pooling(outputs, lengths, final_hidden, embedded)
        return pooled

    def logits(self, pooled: Tensor) -> Tensor:
        """The head alone: (batch, pooling.output_size) to (batch, num_labels)."""
        hidden = self.dropout(pooled)
        if self.head is not None:
            hidden = self.dropout(self.head(hidden).relu())
        logits: Tensor = self.output(hidden)
        return logits

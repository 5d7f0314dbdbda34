"""Letters to how much of a vowel each is; their sum is the count."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqtool.nn.embedding import Embedding
from seqtool.nn.recurrent import Recurrent
from vowels.recipe import CounterShape


class CounterNetwork(nn.Module):
    """Scores of the letters, (time, batch, 1)."""

    def __init__(self, shape: CounterShape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = Embedding(shape.vocabulary_size, shape.embedding_size)
        self.recurrent = Recurrent(shape.embedding_size, shape.hidden_size, cell=shape.cell, bidirectional=False)
        self.output = nn.Linear(shape.hidden_size, 1)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """ids (time, batch), lengths (batch,)."""
        outputs, _ = self.recurrent(self.embedding(ids), lengths)
        scores: Tensor = self.output(outputs)
        return scores


def counts(scores: Tensor, lengths: Tensor) -> Tensor:
    """The expected number of vowels of each row, (batch,)."""
    inside = torch.arange(len(scores)).unsqueeze(1) < lengths
    return (scores[:, :, 0].sigmoid() * inside).sum(0)

"""From every step's output to one vector a sequence."""

from __future__ import annotations

import torch
from torch import Tensor, nn

POOLINGS = ("last", "mean", "max", "attention", "embedding")
# Scores are kept within +-30 so that their exponentials need no running maximum: then sums over
# the windows of a long text can simply be added.
ATTENTION_BOUND = 30.0


class Pooling(nn.Module):
    """One or several poolings, side by side.

    last: the final states (of the backward direction, at the first step); mean, max: over the
    steps; attention: a mean weighted by exp(v . tanh(W h)), as in Yang et al. 2016, 2.2;
    embedding: the mean of what the recurrent layers read, a bag of words beside them.
    """

    def __init__(self, kinds: tuple[str, ...], input_size: int, embedding_size: int) -> None:
        super().__init__()
        wrong = [kind for kind in kinds if kind not in POOLINGS]
        if wrong or not kinds:
            raise ValueError(f"pooling {wrong or kinds!r}: some of {', '.join(POOLINGS)}")
        self.kinds = tuple(kinds)
        self.output_size = sum(embedding_size if kind == "embedding" else input_size for kind in kinds)
        if "attention" in kinds:
            attention_size = max(1, input_size // 2)
            self.projection = nn.Linear(input_size, attention_size)
            self.context = nn.Linear(attention_size, 1, bias=False)

    def forward(self, outputs: Tensor, lengths: Tensor, final_hidden: Tensor, embedded: Tensor) -> Tensor:
        """outputs (time, batch, size), zero after each end; lengths (batch,); final_hidden
        (directions, batch, size / directions) of the last layer; embedded (time, batch,
        embedding_size).  Returns (batch, output_size)."""
        mask = (torch.arange(outputs.size(0), device=outputs.device).unsqueeze(1) < lengths).unsqueeze(-1)
        pooled = []
        for kind in self.kinds:
            if kind == "last":
                pooled.append(torch.cat(tuple(final_hidden), dim=-1))
            elif kind == "mean":
                pooled.append((outputs * mask).sum(0) / lengths.unsqueeze(-1))
            elif kind == "embedding":
                pooled.append((embedded * mask).sum(0) / lengths.unsqueeze(-1))
            elif kind == "max":
                pooled.append(outputs.masked_fill(~mask, -1e9).max(0).values)
            else:
                scores = self.context(torch.tanh(self.projection(outputs)))
                weights = torch.exp(scores.clamp(-ATTENTION_BOUND, ATTENTION_BOUND)) * mask
                pooled.append((outputs * weights).sum(0) / weights.sum(0))
        return torch.cat(pooled, dim=-1)

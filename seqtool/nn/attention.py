"""Attention: how much each step of the target looks at each step of the source."""

from __future__ import annotations

import torch
from torch import Tensor, nn

# Added to the scores of padding: nothing of it is left after the softmax.
PADDING = -1e9


class Attention(nn.Module):
    """Weights over the source's steps, and the sum of these that they make.

    kind: ``dot`` and ``general`` (Luong et al. 2015, 3.1: h . m, h . W m), ``additive`` (Bahdanau et
    al. 2015, A.1.2: v . tanh(W h + U m), without biases).
    """

    def __init__(self, kind: str, query_size: int, memory_size: int) -> None:
        super().__init__()
        if kind not in ("dot", "general", "additive"):
            raise ValueError(f"attention {kind!r}: one of dot, general, additive")
        if kind == "dot" and query_size != memory_size:
            raise ValueError(f"dot attention: {query_size} and {memory_size} numbers cannot be multiplied")
        self.kind = kind
        if kind != "dot":
            self.key = nn.Linear(memory_size, query_size, bias=False)
        if kind == "additive":
            self.query = nn.Linear(query_size, query_size, bias=False)
            self.score = nn.Linear(query_size, 1, bias=False)

    def keys(self, memory: Tensor) -> Tensor:
        """What the queries are held against, (batch, source time, query_size); memory (batch, source time, memory_size)."""
        return memory if self.kind == "dot" else self.key(memory)

    def forward(self, queries: Tensor, keys: Tensor, memory: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """queries (batch, time, query_size), lengths (batch,) of the sources, to contexts
        (batch, time, memory_size) and weights (batch, time, source time), which sum to one."""
        if self.kind == "additive":
            both = torch.tanh(self.query(queries).unsqueeze(2) + keys.unsqueeze(1))
            scores = self.score(both).squeeze(-1)
        else:
            scores = queries @ keys.transpose(1, 2)
        outside = torch.arange(keys.size(1), device=keys.device) >= lengths.unsqueeze(1)
        weights = scores.masked_fill(outside.unsqueeze(1), PADDING).softmax(-1)
        return weights @ memory, weights

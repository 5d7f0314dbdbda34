"""Words as their characters: a vector a word, from a convolution or recurrent layers."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqtool.nn.recurrent import CELLS, Recurrent

ENCODERS = ("none", "cnn", *CELLS)
# A convolution reads so many characters at once.
WIDTH = 3
OUTSIDE = -1e9


class CharacterEncoder(nn.Module):
    """Characters of words, each with a boundary mark before and behind, to one vector a word.

    ``cnn``: windows of three characters, a linear map, the largest value over the word (Ma & Hovy
    2016, 2.1).  A cell's name: the last states of both directions (Lample et al. 2016, 4.1), each
    half of ``size``.
    """

    def __init__(self, vocabulary_size: int, embedding_size: int, size: int, kind: str = "cnn") -> None:
        super().__init__()
        if kind not in ENCODERS[1:]:
            raise ValueError(f"character encoder {kind!r}: one of {', '.join(ENCODERS[1:])}")
        self.kind = kind
        self.size = size
        self.table = nn.Embedding(vocabulary_size, embedding_size)
        bound = (3.0 / embedding_size) ** 0.5
        nn.init.uniform_(self.table.weight, -bound, bound)
        self.convolution: nn.Linear | None = None
        self.recurrent: Recurrent | None = None
        if kind == "cnn":
            self.convolution = nn.Linear(WIDTH * embedding_size, size)
        else:
            if size % 2:
                raise ValueError(f"character size {size}: an even number, half for each direction")
            self.recurrent = Recurrent(embedding_size, size // 2, cell=kind)

    def forward(self, characters: Tensor, lengths: Tensor) -> Tensor:
        """characters (time, words), lengths (words,), boundaries counted, at least 3; to (words, size)."""
        embedded = self.table(characters)
        if self.recurrent is not None:
            _, states = self.recurrent(embedded, lengths)
            return torch.cat(tuple(states[0]), dim=-1)
        assert self.convolution is not None
        windows = torch.cat([embedded[:-2], embedded[1:-1], embedded[2:]], dim=-1)
        mapped = self.convolution(windows)
        inside = torch.arange(mapped.size(0), device=mapped.device).unsqueeze(1) < lengths - (WIDTH - 1)
        largest: Tensor = mapped.masked_fill(~inside.unsqueeze(-1), OUTSIDE).max(0).values
        return largest

"""Sequences to sequences of another length: an encoder, a decoder, attention between them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from seqtool.modelfolder.shapes import TranslatorShape
from seqtool.nn.attention import Attention
from seqtool.nn.embedding import Embedding
from seqtool.nn.recurrent import Recurrent
from seqtool.nn.tagger import VariationalDropout


@dataclass(frozen=True)
class Source:
    """A batch of encoded sources: ``memory`` and ``keys`` (batch, source time, size), ``lengths`` (batch,), and
    the decoder's first states, each (layers, batch, decoder_size)."""

    memory: Tensor
    keys: Tensor
    lengths: Tensor
    states: tuple[Tensor, ...]


class EncoderDecoder(nn.Module):
    """Scores of a target's next piece, given the source and the pieces before (Bahdanau et al. 2015).

    One table of embeddings serves the source, the target and, turned, the softmax (Press & Wolf 2017), so a
    last layer brings the decoder to the embeddings' width.  Without input feeding a whole target runs in one
    call.  dropout: of what the layers read and give, variational; recurrent_dropout: between them.
    """

    def __init__(
        self,
        shape: TranslatorShape,
        *,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        embedding_dropout: float = 0.0,
        word_dropout: float = 0.0,
        unknown_id: int = 0,
    ) -> None:
        super().__init__()
        self.shape = shape
        size, decoder = shape.embedding_size, shape.decoder_size
        self.embedding = Embedding(
            shape.vocabulary_size, size, dropout=embedding_dropout, word_dropout=word_dropout, unknown_id=unknown_id
        )
        self.dropout = VariationalDropout(dropout)
        self.encoder = Recurrent.of(shape, size, dropout=recurrent_dropout)
        memory = self.encoder.output_size
        self.bridge = nn.ModuleList(
            nn.Linear(memory, decoder * shape.decoder_layers) for _ in range(2 if shape.cell == "lstm" else 1)
        )
        self.decoder = Recurrent(
            size + (memory if shape.input_feeding else 0),
            decoder,
            cell=shape.cell,
            num_layers=shape.decoder_layers,
            bidirectional=False,
            dropout=recurrent_dropout,
            nonlinearity=shape.nonlinearity,
        )
        self.attention = None if shape.attention == "none" else Attention(shape.attention, decoder, memory)
        self.output = nn.Linear(decoder + (memory if self.attention else 0), size)
        self.bias = nn.Parameter(torch.zeros(shape.vocabulary_size))

    def encode(self, ids: Tensor, lengths: Tensor) -> Source:
        """ids (time, batch), lengths (batch,)."""
        outputs, states = self.encoder(self.dropout(self.embedding(ids)), lengths)
        memory = self.dropout(outputs).transpose(0, 1)
        keys = self.attention.keys(memory) if self.attention else memory
        # The bridge: both directions' last states, which have read all of it.
        last = torch.cat([states[0][-2], states[0][-1]], dim=-1)
        first = tuple(
            torch.tanh(linear(last)).view(len(last), self.shape.decoder_layers, -1).transpose(0, 1).contiguous()
            for linear in self.bridge
        )
        return Source(memory, keys, lengths, first)

    def decode(
        self, ids: Tensor, source: Source, states: tuple[Tensor, ...], fed: Tensor | None = None
    ) -> tuple[Tensor, tuple[Tensor, ...], Tensor | None]:
        """What the softmax reads of every step, (time, batch, embedding_size), the states after the last one, and
        what it attended to, (batch, memory size), for the next call's ``fed``.  ids (time, batch): the pieces before."""
        embedded = self.dropout(self.embedding(ids))
        whole = torch.full((ids.size(1),), ids.size(0), device=ids.device)
        if not self.shape.input_feeding:
            outputs, states = self.decoder(embedded, whole, states, cells=True)
            hidden, contexts = self._attended(outputs, source)
            return hidden, states, None if contexts is None else contexts[-1]
        one = torch.ones_like(whole)
        context = torch.zeros_like(source.memory[:, 0]) if fed is None else fed
        parts = []
        for step in embedded:
            outputs, states = self.decoder(torch.cat([step, context], dim=-1).unsqueeze(0), one, states, cells=True)
            hidden, contexts = self._attended(outputs, source)
            assert contexts is not None
            context = contexts[-1]
            parts.append(hidden)
        return torch.cat(parts), states, context

    def _attended(self, outputs: Tensor, source: Source) -> tuple[Tensor, Tensor | None]:
        """The decoder's outputs and what they attend to as what the softmax reads; the contexts (time, batch, size)."""
        outputs = self.dropout(outputs)
        contexts = None
        if self.attention is not None:
            found, _ = self.attention(outputs.transpose(0, 1), source.keys, source.memory, source.lengths)
            contexts = found.transpose(0, 1)
            outputs = torch.cat([outputs, contexts], dim=-1)
        return torch.tanh(self.output(outputs)), contexts

    def logits(self, hidden: Tensor) -> Tensor:
        """(..., embedding_size) to (..., vocabulary_size)."""
        return hidden @ self.embedding.table.weight.t() + self.bias

    def forward(self, ids: Tensor, lengths: Tensor, previous: Tensor) -> Tensor:
        """Sources and the pieces before each of the target's, (time, batch), to what the softmax reads."""
        source = self.encode(ids, lengths)
        return self.decode(previous, source, source.states)[0]

    @torch.no_grad()
    def greedy(self, ids: Tensor, lengths: Tensor, start_id: int, end_id: int, most: int) -> list[list[int]]:
        """The likeliest piece after each, until the end or ``most`` pieces."""
        source = self.encode(ids, lengths)
        states, fed = source.states, None
        last = torch.full((1, ids.size(1)), start_id, device=ids.device)
        running = torch.ones(ids.size(1), dtype=torch.bool, device=ids.device)
        found: list[list[int]] = [[] for _ in range(ids.size(1))]
        for _ in range(most):
            hidden, states, fed = self.decode(last, source, states, fed)
            last = self.logits(hidden).argmax(-1)
            running = running & (last[0] != end_id)
            if not running.any():
                break
            for row, piece in enumerate(last[0].tolist()):
                if running[row]:
                    found[row].append(piece)
        return found

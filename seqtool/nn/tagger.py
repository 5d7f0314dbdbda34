"""A label for every step: words and their characters, recurrent layers, a linear map, a CRF."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqtool.modelfolder.shapes import TaggerShape
from seqtool.nn.characters import ENCODERS, CharacterEncoder
from seqtool.nn.crf import IMPOSSIBLE, ConditionalRandomField
from seqtool.nn.embedding import Embedding
from seqtool.nn.recurrent import CELLS, Recurrent


class VariationalDropout(nn.Module):
    """Dropout of the same entries at every step of a sequence (Gal & Ghahramani 2016)."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, inputs: Tensor) -> Tensor:
        """inputs (time, batch, size)."""
        if not self.training or not self.share:
            return inputs
        kept = torch.rand((1, *inputs.shape[1:]), device=inputs.device) >= self.share
        return inputs * kept / (1.0 - self.share)


class TaggerNetwork(nn.Module):
    """Emission scores of tags for every step of padded batches.

    dropout: of what the recurrent layers read and give, variational; recurrent_dropout: between
    them; word_dropout: the share of steps whose word is taken for an unknown one in training.
    """

    def __init__(
        self,
        shape: TaggerShape,
        *,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        word_dropout: float = 0.0,
        unknown_id: int = 0,
        transitions: Tensor | None = None,
    ) -> None:
        super().__init__()
        if shape.cell not in CELLS:
            raise ValueError(f"cell {shape.cell!r}: one of {', '.join(CELLS)}")
        if shape.character_encoder not in ENCODERS:
            raise ValueError(f"character encoder {shape.character_encoder!r}: one of {', '.join(ENCODERS)}")
        self.shape = shape
        self.embedding = Embedding(
            shape.vocabulary_size, shape.embedding_size, word_dropout=word_dropout, unknown_id=unknown_id
        )
        self.characters: CharacterEncoder | None = None
        if shape.character_encoder != "none":
            self.characters = CharacterEncoder(
                shape.character_vocabulary_size,
                shape.character_embedding_size,
                shape.character_size,
                shape.character_encoder,
            )
        self.dropout = VariationalDropout(dropout)
        self.recurrent = Recurrent.of(
            shape, shape.embedding_size * shape.stride + shape.word_size, dropout=recurrent_dropout
        )
        self.output = nn.Linear(self.recurrent.output_size, shape.num_tags * shape.stride)
        self.crf = ConditionalRandomField(shape.num_tags, transitions) if shape.crf else None

    def forward(
        self,
        ids: Tensor,
        lengths: Tensor,
        indices: Tensor,
        features: Tensor,
        characters: Tensor,
        character_lengths: Tensor,
    ) -> Tensor:
        """ids (time, batch), lengths (batch,) to emission scores (time, batch, num_tags).

        indices (time, batch): of each step, its word's index among the batch's different words,
        whose features are (words, feature_size), characters (character time, words) and
        character_lengths (words,).
        """
        return self.emissions(ids, lengths, self.words(features, characters, character_lengths)[indices])

    def emissions(self, ids: Tensor, lengths: Tensor, words: Tensor) -> Tensor:
        """As :meth:`forward`, from what is read beside the embeddings: words (time, batch, word_size).

        With a stride, ids are (time, batch, stride), and the scores of a step's letters stand side
        by side: (time, batch, stride * num_tags).
        """
        inputs = torch.cat([self.embedding(ids).flatten(2), words], dim=-1)
        outputs, _ = self.recurrent(self.dropout(inputs), lengths)
        scores: Tensor = self.output(self.dropout(outputs))
        return scores

    def words(self, features: Tensor, characters: Tensor, lengths: Tensor) -> Tensor:
        """What is read beside a word's embedding, (words, word_size)."""
        if self.characters is None:
            return features
        return torch.cat([self.characters(characters, lengths), features], dim=-1)

    def loss(self, emissions: Tensor, lengths: Tensor, possible: Tensor) -> Tensor:
        """Minus the log-probability of each row's possible tags, (batch,); see
        :meth:`ConditionalRandomField.loss`.  Without a CRF every step is judged by itself."""
        if self.crf is not None:
            return self.crf.loss(emissions, lengths, possible)
        log_probabilities = emissions.log_softmax(-1)
        right = torch.logsumexp(log_probabilities.masked_fill(~possible, IMPOSSIBLE), -1)  # (time, batch)
        inside = torch.arange(emissions.size(0), device=emissions.device).unsqueeze(1) < lengths
        return -(right * inside).sum(0)

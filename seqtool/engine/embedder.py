"""Texts to the hidden states of a trained network: pooled, or one vector a token in its context."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seqtool.answers import Answer, Engine, Item, find_each_token
from seqtool.engine.classifier import Classifier
from seqtool.errors import OptionError
from seqtool.modelfolder.manifest import ModelFolder
from seqtool.tokenization.words import words
from seqtool.vectors.matrix import Floats, to_unit
from seqtool.vectors.sentence import EmbedAsked


class NetworkEmbedder(Engine[EmbedAsked]):
    """The states that a model's recurrent layers leave behind.

    ``method``: ``mean`` is what the model itself pools over a text; ``words`` is one vector a
    token, the mean of the last layer's states over the token's pieces.
    """

    Asked = EmbedAsked
    reads_tokens = True

    def __init__(self, folder: ModelFolder, *, threads: int = 1, batch_size: int = 64) -> None:
        self.folder = folder
        self._classifier = Classifier(folder, threads=threads, batch_size=batch_size)

    def check(self, asked: EmbedAsked) -> EmbedAsked:
        name = self.folder.name
        if asked.method not in ("mean", "words") or asked.axis:
            raise OptionError(
                f"{name}: a network, which has --method mean and words and no --axis; word vectors have the others"
            )
        if asked.method == "words" and not self._classifier.encoder.recurrent:
            raise OptionError(f"{name}: has no recurrent layers, so no states of tokens; --method mean")
        return asked

    def size(self, asked: EmbedAsked) -> int:
        """The numbers of a vector."""
        of_tokens = asked.method == "words"
        return self._classifier.encoder.hidden_width if of_tokens else self._classifier.pooled_width

    def fields(self, asked: EmbedAsked) -> list[str]:
        return ["tokens", "vector"] if asked.method == "words" else ["vector"]

    def answers(self, items: Sequence[Item], asked: EmbedAsked) -> list[Answer]:
        """Vectors are arrays, None for a blank text.

        Tokens of a text are slices of it in their order; without them they are its words.
        """
        texts = [" ".join(tokens or ()) if text is None else text for text, tokens, _ in items]
        if asked.method == "words":
            return self._token_states(texts, [tokens for _, tokens, _ in items], asked)
        ids = self._classifier.pieces.ids(texts)
        filled = [row for row, (text, pieces) in enumerate(zip(texts, ids)) if pieces and not text.isspace()]
        answers: list[Answer] = [{"vector": None} for _ in texts]
        if filled:
            for row, vector in zip(filled, self._classifier.encoder.pooled([ids[row] for row in filled])):
                answers[row]["vector"] = _scaled(vector, asked)
        return answers

    def _token_states(
        self, texts: Sequence[str], tokens: Sequence[list[str] | None], asked: EmbedAsked
    ) -> list[Answer]:
        """The texts run together; then each token's states are those of its pieces."""
        encoded = [self._classifier.pieces.ids_with_offsets(text) for text in texts]
        states = iter(self._classifier.encoder.hidden([ids for ids, _ in encoded if ids]))
        answers = []
        for text, named, (ids, offsets) in zip(texts, tokens, encoded):
            names = words(text) if named is None else named
            vectors: list[Floats | None] = [None] * len(names)
            if ids:
                steps = next(states)
                for number, (first, last) in enumerate(_overlaps(find_each_token(text, names), offsets)):
                    if first < last:
                        vectors[number] = _scaled(steps[first:last].sum(axis=0) / np.float32(last - first), asked)
            answers.append({"tokens": names, "vector": vectors})
        return answers


def _scaled(vector: Floats, asked: EmbedAsked) -> Floats:
    return to_unit(vector[None])[0] if asked.normalize else vector


def _overlaps(found: Sequence[tuple[int, int] | None], offsets: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """For each token the range of pieces that share a letter with it; both are in order."""
    starts: NDArray[np.intp] = np.array([start for start, _ in offsets])
    ends: NDArray[np.intp] = np.array([end for _, end in offsets])
    return [
        (int(np.searchsorted(ends, here[0], side="right")), int(np.searchsorted(starts, here[1], side="left")))
        if here and here[0] < here[1]
        else (0, 0)
        for here in found
    ]

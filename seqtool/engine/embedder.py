"""Texts to the hidden states of a trained network: pooled, or one vector a token in its context."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtool.engine.classifier import Classifier
from seqtool.errors import OptionError
from seqtool.tokenization.words import spans
from seqtool.vectors.matrix import Floats, to_unit


class NetworkEmbedder:
    """The states that a model's recurrent layers leave behind.

    ``method``: ``mean`` is what the model itself pools over a text; ``words`` is one vector a
    token, the mean of the last layer's states over the token's pieces.

    :raises OptionError: the network has no recurrent layers, for one vector a token.
    """

    def __init__(self, classifier: Classifier, *, method: str = "mean", normalize: bool = False) -> None:
        self._classifier = classifier
        self.method = method
        self._normalize = normalize
        if method == "words" and not classifier.encoder.recurrent:
            raise OptionError(
                f"{classifier.folder.name}: has no recurrent layers, so no states of tokens; --method mean"
            )
        self.size = classifier.encoder.hidden_width if method == "words" else classifier.pooled_width

    def fields(self) -> list[str]:
        """The names of the fields of an answer."""
        return ["tokens", "vector"] if self.method == "words" else ["vector"]

    def answers(self, texts: Sequence[str], tokens: Sequence[list[str] | None]) -> list[dict[str, Any]]:
        """The fields of :meth:`fields` for each text; vectors are arrays, None for a blank text.

        ``tokens`` of a text are slices of it in their order, or None: then they are its words.
        """
        if self.method == "words":
            return self._token_states(texts, tokens)
        ids = self._classifier.pieces.ids(list(texts))
        places = [place for place, (text, pieces) in enumerate(zip(texts, ids)) if pieces and not text.isspace()]
        answers: list[dict[str, Any]] = [{"vector": None} for _ in texts]
        if places:
            for place, vector in zip(places, self._classifier.encoder.pooled([ids[place] for place in places])):
                answers[place]["vector"] = self._scaled(vector)
        return answers

    def _scaled(self, vector: Floats) -> Floats:
        return to_unit(vector[None])[0] if self._normalize else vector

    def _token_states(self, texts: Sequence[str], tokens: Sequence[list[str] | None]) -> list[dict[str, Any]]:
        """The texts run together; then each token's states are those of its pieces."""
        encoded = [self._classifier.pieces.ids_with_offsets(text) for text in texts]
        states = iter(self._classifier.encoder.hidden([ids for ids, _ in encoded if ids]))
        answers = []
        for text, named, (ids, offsets) in zip(texts, tokens, encoded):
            places = list(spans(text)) if named is None else _find(text, named)
            names = [text[start:end] for start, end in places] if named is None else list(named)
            vectors: list[Floats | None] = [None] * len(places)
            if ids:
                steps = next(states)
                for number, (first, last) in enumerate(_overlaps(places, offsets)):
                    if first < last:
                        vectors[number] = self._scaled(steps[first:last].sum(axis=0) / np.float32(last - first))
            answers.append({"tokens": names, "vector": vectors})
        return answers


def _find(text: str, tokens: Sequence[str]) -> list[tuple[int, int]]:
    """Where the tokens stand, looked for one behind the other; (n, n) for one that is not there."""
    places = []
    end = 0
    for token in tokens:
        start = text.find(token, end)
        if start < 0:
            places.append((end, end))
            continue
        end = start + len(token)
        places.append((start, end))
    return places


def _overlaps(places: Sequence[tuple[int, int]], offsets: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """For each token the range of pieces that share a letter with it; both are in order."""
    starts: NDArray[np.intp] = np.array([start for start, _ in offsets])
    ends: NDArray[np.intp] = np.array([end for _, end in offsets])
    return [
        (int(np.searchsorted(ends, start, side="right")), int(np.searchsorted(starts, end, side="left")))
        if start < end
        else (0, 0)
        for start, end in places
    ]

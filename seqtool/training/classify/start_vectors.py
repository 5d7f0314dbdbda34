"""Where embeddings start: vectors of words, or skip-gram vectors of the pieces themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqtool.errors import DataError
from seqtool.tokenization.pieces import Pieces
from seqtool.training.classify.recipe import VectorSettings
from seqtool.training.recipe import TokenizerSettings
from seqtool.training.tokenizer.pieces import train_pieces_on_counts
from seqtool.training.vectors.joining import combine

Vectors = NDArray[np.float32]

# What the counts of a vocabulary's words are scaled to.
COUNTED = 900_000
# The standard deviation that recurrent layers learn well from.
SPREAD = 0.25


def train_pieces_on_words(
    words: Sequence[str], counts: Sequence[int] | None, path: Path, settings: TokenizerSettings
) -> None:
    """A subword vocabulary for text whose words have vectors: common words are pieces of their own.

    Without counts the words are taken to be in the order of their frequency (Zipf 1935).
    """
    counted: Sequence[float] = counts or [len(words) / rank for rank in range(1, len(words) + 1)]
    # sentencepiece's time grows with the sum.
    scale = COUNTED / max(1, sum(counted))
    weights = [max(1, round(count * scale)) for count in counted]
    lines = (f"{word}\t{count}" for word, count in zip(words, weights) if "\t" not in word)
    train_pieces_on_counts(lines, path, settings)


def vectors_of_pieces(
    words: Sequence[str], rows: Vectors, pieces: Pieces, size: int
) -> tuple[Vectors, NDArray[np.bool_]]:
    """A vector for each piece, (pieces, size), and which have one.

    A piece that is a word has the word's; one inside words the mean of theirs, each by the
    piece's share of it.  To a smaller ``size`` by the principal axes, to a larger one with zeros,
    which training fills; scaled as :data:`SPREAD` says.
    """
    rows = combine([rows], [1.0], size)
    rows = np.pad(rows, ((0, 0), (0, size - rows.shape[1])))
    table = np.zeros((pieces.size, size), np.float32)
    total = np.zeros(pieces.size, np.float32)
    for row, ids in zip(rows, pieces.ids(list(words))):
        # A word that is one piece decides alone what that piece means.
        share = np.float32(1.0 / len(ids) ** 2) if len(ids) > 1 else np.float32(1e6)
        for number in ids:
            table[number] += share * row
            total[number] += share
    known = total > 0
    known[pieces.unknown_id] = False
    table[known] /= total[known, None]
    return _spread(table, known), known


def _spread(table: Vectors, known: NDArray[np.bool_]) -> Vectors:
    spread = float(table[known].std()) if known.any() else 0.0
    return table * np.float32(SPREAD / spread) if spread else table


class _Sentences:
    """Sequences of ids as gensim wants them: lists of strings, read again for every epoch."""

    def __init__(self, sequences: Sequence[Sequence[int]]) -> None:
        self._sequences = sequences
        self._names = [str(number) for number in range(1 + max((max(s, default=0) for s in sequences), default=0))]

    def __iter__(self) -> Iterator[list[str]]:
        names = self._names
        for sequence in self._sequences:
            yield [names[number] for number in sequence]


def train_skip_gram(
    sequences: Sequence[Sequence[int]],
    vocabulary_size: int,
    size: int,
    settings: VectorSettings,
    *,
    seed: int,
    threads: int,
) -> tuple[Vectors, NDArray[np.bool_]]:
    """Skip-gram vectors with negative sampling (Mikolov et al. 2013) of piece ids, scaled to the
    spread of a fresh embedding, and which pieces have one.

    With one thread the same seed gives the same vectors; with more, nearly.

    :raises DataError: no piece is frequent enough.
    """
    from gensim.models import Word2Vec

    try:
        model = Word2Vec(
            _Sentences(sequences),
            vector_size=size,
            window=settings.window,
            negative=settings.negative,
            min_count=settings.minimum_count,
            sample=1e-4,
            sg=1,
            epochs=settings.epochs,
            seed=seed,
            workers=threads,
            max_final_vocab=None,
        )
    except RuntimeError as error:
        raise DataError(f"no vectors can be trained: {error}; give more text or a lower minimum_count") from None
    vectors = np.zeros((vocabulary_size, size), np.float32)
    known = np.zeros(vocabulary_size, bool)
    for name in model.wv.index_to_key:
        vectors[int(name)] = model.wv[name]
        known[int(name)] = True
    return _spread(vectors, known), known

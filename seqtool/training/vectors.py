"""Where embeddings start: vectors from a file, or skip-gram vectors of the pieces themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqtool.errors import DataError, OptionError
from seqtool.training.recipe import VectorSettings

Vectors = NDArray[np.float32]
WORD_START = "\u2581"


def read_word2vec_text(path: Path, pieces: Sequence[str], size: int) -> tuple[Vectors, NDArray[np.bool_]]:
    """Vectors of the pieces that are whole words of a word2vec text file, and which were found.

    A line is ``word number number ...``; a first line ``count size`` may be there (GloVe has none).

    :raises OptionError: the file cannot be read, or its vectors are of another size.
    """
    places = {
        piece.removeprefix(WORD_START): place for place, piece in enumerate(pieces) if piece.startswith(WORD_START)
    }
    vectors = np.zeros((len(pieces), size), np.float32)
    known = np.zeros(len(pieces), bool)
    try:
        with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
            for number, line in enumerate(file, 1):
                parts = line.rstrip().split(" ")
                if number == 1 and len(parts) == 2:
                    continue
                if len(parts) != size + 1:
                    raise OptionError(
                        f"{path}:{number}: {len(parts) - 1} numbers where the embedding has {size}; set embedding_size to the file's"
                    )
                place = places.get(parts[0], places.get(parts[0].lower()))
                if place is not None and not known[place]:
                    vectors[place] = [float(part) for part in parts[1:]]
                    known[place] = True
    except OSError as error:
        raise OptionError(f"{path}: cannot be read: {error.strerror}; check the name") from None
    except ValueError:
        raise OptionError(f"{path}: not vectors in word2vec text form") from None
    if not known.any():
        raise OptionError(f"{path}: has no vector for any piece of the vocabulary")
    return vectors, known


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
    spread = float(vectors[known].std())
    vectors *= SPREAD / spread if spread else 1.0
    return vectors, known


# The standard deviation that recurrent layers learn well from.
SPREAD = 0.25

"""What the spelling of words says about their vectors.

A linear model of character n-grams learns all vectors (Zhao, Mudgal & Liang 2018, "Generalizing
word embeddings using bag of subwords"); what it predicts for a word is what the words that are
spelled alike have in common: stems, endings, prefixes.  Added to the word's own vector it
steadies those of rarer forms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SHORTEST, LONGEST = 3, 6
MINIMUM_COUNT = 4
BATCH_WORDS = 4096
LEARNING_RATE = 0.1
EPOCHS = 8


def spelling_ngrams(word: str) -> list[str]:
    """The different n-grams of ``<word>``, and its first and last letter with their marks."""
    marked = f"<{word}>"
    ngrams = {
        marked[start : start + length]
        for length in range(SHORTEST, LONGEST + 1)
        for start in range(len(marked) - length + 1)
    }
    return sorted(ngrams | {marked[:2], marked[-2:]})


def predict_from_spelling(words: Sequence[str], rows: Floats, *, seed: int) -> Floats:
    """Each word's vector as the mean of its n-grams' vectors, which are fitted to ``rows`` by least
    squares: (words, size).

    AdaGrad for a few epochs, which is what keeps rare n-grams from learning single words by heart.
    """
    counts = Counter(ngram for word in words for ngram in spelling_ngrams(word))
    indices = {ngram: index for index, ngram in enumerate(ngram for ngram, n in counts.items() if n >= MINIMUM_COUNT)}
    bags = [[indices[ngram] for ngram in spelling_ngrams(word) if ngram in indices] for word in words]
    lengths = np.array([len(bag) for bag in bags])
    flat = torch.tensor([index for bag in bags for index in bag], dtype=torch.long)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    table = torch.nn.EmbeddingBag(max(1, len(indices)), rows.shape[1], mode="mean")
    torch.nn.init.zeros_(table.weight)
    optimizer = torch.optim.Adagrad(table.parameters(), lr=LEARNING_RATE)
    wanted = torch.from_numpy(np.ascontiguousarray(rows, np.float32))
    chance = np.random.default_rng(seed)
    for _ in range(EPOCHS):
        order = chance.permutation(len(words))
        for first in range(0, len(words), BATCH_WORDS):
            batch = order[first : first + BATCH_WORDS]
            ids = torch.cat([flat[starts[index] : starts[index] + lengths[index]] for index in batch])
            offsets = torch.from_numpy(np.concatenate([[0], np.cumsum(lengths[batch])[:-1]]))
            loss = ((table(ids, offsets) - wanted[batch]) ** 2).sum(dim=1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.inference_mode():
        predicted: Floats = table(flat, torch.from_numpy(starts)).numpy()
    return predicted

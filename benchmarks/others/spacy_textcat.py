"""spaCy: a blank English pipeline with ``textcat``, as it is by default on a CPU, trained quickly."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import records

EPOCHS = 2
BATCH = 64


def train(rows: records.Rows, folder: Path) -> None:
    import spacy
    from spacy.training import Example
    from spacy.util import fix_random_seed, minibatch

    fix_random_seed(1)
    chance = random.Random(1)
    nlp = spacy.blank("en")
    labels = sorted({label for _, label in rows})
    nlp.add_pipe("textcat")
    examples = [
        Example.from_dict(nlp.make_doc(text), {"cats": {name: float(name == label) for name in labels}})
        for text, label in rows
    ]
    nlp.initialize(lambda: examples[:1000])
    for _ in range(EPOCHS):
        chance.shuffle(examples)
        for batch in minibatch(examples, BATCH):
            nlp.update(batch, drop=0.2)
    nlp.to_disk(folder)


def load(folder: Path) -> Callable[[list[str]], records.Answers]:
    import spacy

    nlp = spacy.load(folder)

    def answer(texts: list[str]) -> records.Answers:
        for doc in nlp.pipe(texts, batch_size=256):
            label = max(doc.cats, key=doc.cats.__getitem__)
            yield label, doc.cats[label]

    return answer


if __name__ == "__main__":
    records.main("spacy", train, load)

"""fastText: bags of words and pairs of words (Joulin et al. 2017), by the package ``fasttext``.

Pairs go into the default two million buckets, which is where its memory and its start-up go.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import records

FILE = "model.bin"
PREFIX = "__label__"


def train(rows: records.Rows, folder: Path) -> None:
    import fasttext

    lines = folder / "rows.txt"
    lines.write_text("".join(f"{PREFIX}{label} {text}\n" for text, label in rows), encoding="utf-8")
    model = fasttext.train_supervised(str(lines), wordNgrams=2, dim=100, epoch=5, thread=2, verbose=0)
    model.save_model(str(folder / FILE))


def load(folder: Path) -> Callable[[list[str]], records.Answers]:
    import fasttext

    model = fasttext.load_model(str(folder / FILE))

    def answer(texts: list[str]) -> records.Answers:
        labels, scores = model.predict(texts)
        return [(label[0].removeprefix(PREFIX), score[0]) for label, score in zip(labels, scores)]

    return answer


if __name__ == "__main__":
    records.main("fasttext", train, load)

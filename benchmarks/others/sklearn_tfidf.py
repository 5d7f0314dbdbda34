"""scikit-learn: TF-IDF of words and pairs of words, and logistic regression."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import records

FILE = "model.joblib"


def train(rows: records.Rows, folder: Path) -> None:
    import joblib
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    pipeline = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2), LogisticRegression(max_iter=200)
    )
    pipeline.fit([text for text, _ in rows], [label for _, label in rows])
    joblib.dump(pipeline, folder / FILE)


def load(folder: Path) -> Callable[[list[str]], records.Answers]:
    import joblib

    pipeline = joblib.load(folder / FILE)
    labels = pipeline.classes_.tolist()

    def answer(texts: list[str]) -> records.Answers:
        probabilities = pipeline.predict_proba(texts)
        return [(labels[place], row[place]) for row, place in zip(probabilities, probabilities.argmax(1).tolist())]

    return answer


if __name__ == "__main__":
    records.main("sklearn", train, load)

"""Scores of word vectors: published analogies and word similarities, as gensim counts them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from seqtool.errors import DataError
from seqtool.metrics.correlation import pearson, spearman
from seqtool.records.files import text_lines
from seqtool.vectors.analogy import Calculator, Terms
from seqtool.vectors.nearest import dots
from seqtool.vectors.store import Vectors

WINDOW = 1024
# As many answers as gensim looks at for one that is not spelled like a word of the question.
LOOKED_AT = 5


def read_analogies(path: Path) -> dict[str, list[list[str]]]:
    """The questions of a file by section: ``: name`` lines, then ``a b c d``.

    :raises DataError: a line of another form.
    """
    sections: dict[str, list[list[str]]] = {}
    questions: list[list[str]] = []
    for number, line in enumerate(text_lines(path), 1):
        if line.startswith(":"):
            questions = sections.setdefault(line[1:].strip(), [])
        elif line.strip():
            words = line.split()
            if len(words) != 4:
                raise DataError(f"{path}:{number}: {len(words)} words where a question has four; not an analogy file")
            if not sections:
                questions = sections.setdefault("", [])
            questions.append(words)
    if not any(sections.values()):
        raise DataError(f"{path}: holds no questions")
    return sections


def read_pairs(path: Path) -> list[tuple[str, str, float]]:
    """Two words and a score a line, with tabs, commas or spaces between them; ``#`` lines and a
    header are passed over.

    :raises DataError: a line of another form.
    """
    pairs = []
    for number, line in enumerate(text_lines(path), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = next(parts for mark in ("\t", ",", None) if len(parts := line.split(mark)) >= 3 or mark is None)
        try:
            score = float(cells[2])
            if not math.isfinite(score):
                raise ValueError
            pairs.append((cells[0].strip(), cells[1].strip(), score))
        except (IndexError, ValueError):
            if pairs:
                raise DataError(f"{path}:{number}: not two words and a number") from None
    if not pairs:
        raise DataError(f"{path}: holds no pairs of words with a score")
    return pairs


def _known(vectors: Vectors, stop: int) -> dict[str, int]:
    """Places by upper-cased spelling, the commonest of those that fall together."""
    return {word.upper(): index for index, word in reversed(list(enumerate(vectors.words[:stop])))}


def score_analogies(vectors: Vectors, path: Path, *, vocabulary: int, method: str = "add") -> dict[str, Any]:
    """The share of questions ``a b c d`` whose best answer to b - a + c is d, by section.

    Case does not matter; a question with a word that is not among the ``vocabulary`` commonest
    is left out, and counted.
    """
    stop = min(vocabulary, len(vectors)) if vocabulary else len(vectors)
    known = _known(vectors, stop)
    calculator = Calculator(vectors, method=method, top=LOOKED_AT, vocabulary=stop)
    sections = {}
    for name, questions in read_analogies(path).items():
        asked = [[word.upper() for word in words] for words in questions]
        asked = [words for words in asked if all(word in known for word in words)]
        right = 0
        for start in range(0, len(asked), WINDOW):
            window = asked[start : start + WINDOW]
            terms = [Terms((known[b], known[a], known[c]), (1.0, -1.0, 1.0)) for a, b, c, _ in window]
            for words, answers in zip(window, calculator.answers(terms)):
                right += _first(answers, words[:3], known) == words[3]
        sections[name] = {"questions": len(questions), "asked": len(asked), "right": right}
    total = {key: sum(section[key] for section in sections.values()) for key in ("questions", "asked", "right")}
    return {
        "file": path.name,
        "method": method,
        "vocabulary": stop,
        **_with_shares(total),
        "sections": {name: _with_shares(section) for name, section in sections.items()},
    }


def _first(answers: list[dict[str, Any]], question: list[str], known: dict[str, int]) -> str | None:
    """The first answer that is not spelled like a word of the question; else the last one."""
    predicted = None
    for answer in answers:
        predicted = answer["word"].upper()
        if predicted in known and predicted not in question:
            break
    return predicted


def _with_shares(counts: dict[str, int]) -> dict[str, Any]:
    asked, questions = counts["asked"], counts["questions"]
    return {
        **counts,
        "accuracy": counts["right"] / asked if asked else None,
        "coverage": asked / questions if questions else None,
    }


def score_pairs(vectors: Vectors, path: Path, *, vocabulary: int = 0) -> dict[str, Any]:
    """Spearman's and Pearson's correlation of cosines with people's scores, over the known pairs."""
    stop = min(vocabulary, len(vectors)) if vocabulary else len(vectors)
    known = _known(vectors, stop)
    pairs = read_pairs(path)
    found = [
        (known[a.upper()], known[b.upper()], score) for a, b, score in pairs if {a.upper(), b.upper()} <= known.keys()
    ]
    cosines: list[float] = []
    if found:
        first = vectors.unit_rows(np.array([a for a, _, _ in found]))
        second = vectors.unit_rows(np.array([b for _, b, _ in found]))
        cosines = dots(first, second).tolist()
    scores = [score for _, _, score in found]
    return {
        "file": path.name,
        "vocabulary": stop,
        "pairs": len(pairs),
        "known": len(found),
        "coverage": len(found) / len(pairs),
        "spearman": spearman(cosines, scores),
        "pearson": pearson(cosines, scores) if len(found) > 1 else None,
    }

"""Precision, recall and F1 of spans, as conlleval counts them (Tjong Kim Sang & Buchholz 2000):
a span is right if its borders and its label are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Span = tuple[int, int, str]


@dataclass
class Counts:
    """How many spans there are, were answered, and are both."""

    right: int = 0
    answered: int = 0
    both: int = 0

    @property
    def precision(self) -> float:
        return self.both / self.answered if self.answered else 0.0

    @property
    def recall(self) -> float:
        return self.both / self.right if self.right else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both; 0 where nothing is right."""
        return 2 * self.both / (self.right + self.answered) if self.both else 0.0

    def table(self) -> dict[str, float]:
        return {
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "count": self.right,
            "answered": self.answered,
        }


def count_spans(right: Sequence[Span], answered: Sequence[Span], counts: Counts) -> None:
    """Add the spans of a sentence to ``counts``."""
    counts.right += len(right)
    counts.answered += len(answered)
    counts.both += len(set(right) & set(answered))

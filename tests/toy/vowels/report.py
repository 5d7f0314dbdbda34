"""How good is a counter?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seqtool.metrics.bootstrap import interval
from vowels.engine import VowelCounter


def report(engine: VowelCounter, rows: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """The share of texts whose count is right, with its interval."""
    answers = engine.answers([text for text, _ in rows], engine.asked())
    hits = [float(answer["vowels"] == count) for answer, (_, count) in zip(answers, rows)]
    return {
        "model": engine.folder.name,
        "rows": len(rows),
        "accuracy": sum(hits) / len(hits),
        "accuracy_interval": interval(len(hits), lambda chosen: sum(hits[row] for row in chosen) / len(hits)),
    }

"""Scores of translations, by sacrebleu (Post 2018)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def chrf(answers: Sequence[str], references: Sequence[str]) -> float:
    """chrF2 of a whole set (Popović 2015), 0 to 100."""
    from sacrebleu.metrics.chrf import CHRF

    return float(CHRF().corpus_score(list(answers), [list(references)]).score)


def bleu(answers: Sequence[str], references: Sequence[str]) -> tuple[float, str]:
    """BLEU of a whole set (Papineni et al. 2002), 0 to 100, and sacrebleu's signature of how it was counted."""
    from sacrebleu.metrics.bleu import BLEU

    metric: Any = BLEU()
    score = metric.corpus_score(list(answers), [list(references)]).score
    return float(score), str(metric.get_signature())

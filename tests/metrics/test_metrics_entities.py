"""Scores of spans against seqeval, and by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import f1_score, precision_score, recall_score

from seqtool.decoding.schemes import spans
from seqtool.metrics.entities import Counts, Span, count_spans

TAGS = ["O", "B-per", "I-per", "B-loc", "I-loc"]
# Two tags a token: the right one, and the answered one, which is right half the time.
tokens = st.sampled_from(TAGS).flatmap(
    lambda tag: st.tuples(st.just(tag), st.one_of(st.just(tag), st.sampled_from(TAGS)))
)
sentences = st.lists(st.lists(tokens, min_size=1, max_size=8), min_size=1, max_size=6)


def counted(sentences: list[tuple[list[Span], list[Span]]]) -> Counts:
    counts = Counts()
    for right, answered in sentences:
        count_spans(right, answered, counts)
    return counts


@settings(deadline=None, derandomize=True, max_examples=100)
@given(sentences)
def test_against_seqeval(rows: list[list[tuple[str, str]]]) -> None:
    right = [[tag for tag, _ in row] for row in rows]
    answered = [[tag for _, tag in row] for row in rows]
    counts = counted([(spans(first), spans(second)) for first, second in zip(right, answered)])
    assert counts.precision == pytest.approx(precision_score(right, answered, zero_division=0))
    assert counts.recall == pytest.approx(recall_score(right, answered, zero_division=0))
    assert counts.f1 == pytest.approx(f1_score(right, answered, zero_division=0))


def test_by_hand() -> None:
    """Of five spans three are answered, with a wrong label, a wrong border and a superfluous span beside."""
    right = [(0, 2, "per"), (3, 4, "loc"), (5, 6, "loc")], [(0, 1, "per"), (2, 5, "org")]
    answered = [(0, 2, "per"), (3, 4, "per"), (5, 6, "loc")], [(0, 1, "per"), (2, 4, "org"), (6, 7, "loc")]
    counts = counted(list(zip(right, answered)))
    assert counts == Counts(right=5, answered=6, both=3)
    assert (counts.precision, counts.recall) == (3 / 6, 3 / 5)
    assert counts.f1 == pytest.approx(2 / (6 / 3 + 5 / 3))
    assert counts.table() == {
        "precision": 0.5,
        "recall": 0.6,
        "f1": pytest.approx(6 / 11),
        "count": 5,
        "answered": 6,
    }


def test_the_same_span_of_another_sentence_is_not_right() -> None:
    here = [(0, 1, "per")]
    assert counted([(here, []), ([], here)]).both == 0


@pytest.mark.parametrize(
    ("right", "answered"), [([], []), ([(0, 1, "x")], []), ([], [(0, 1, "x")]), ([(0, 1, "x")], [(0, 1, "y")])]
)
def test_nothing_right_is_no_error(right: list[Span], answered: list[Span]) -> None:
    counts = counted([(right, answered)])
    assert (counts.precision, counts.recall, counts.f1) == (0.0, 0.0, 0.0)

"""Scores against scikit-learn, scipy and sums by hand."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn import metrics as reference

from seqtool.metrics import labels
from seqtool.metrics.bootstrap import interval

SIZE = 4
pairs = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)), min_size=1, max_size=60)


@given(pairs)
def test_single_labels_against_scikit_learn(rows: list[tuple[int, int]]) -> None:
    right, answered = zip(*rows)
    table = labels.confusion(right, answered, SIZE)
    every = list(range(SIZE))
    np.testing.assert_array_equal(table, reference.confusion_matrix(right, answered, labels=every))
    assert labels.accuracy(table) == pytest.approx(reference.accuracy_score(right, answered))
    seen = sorted({*right, *answered})
    expected = reference.f1_score(right, answered, labels=seen, average="macro", zero_division=0)
    assert labels.macro_f1(table) == pytest.approx(expected)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "y_pred contains classes not in y_true"
        balanced = reference.balanced_accuracy_score(right, answered)
    assert labels.balanced_accuracy(table) == pytest.approx(balanced)
    scores = reference.precision_recall_fscore_support(right, answered, labels=every, zero_division=0)
    for place, row in enumerate(labels.per_label(table)):
        found = (row["precision"], row["recall"], row["f1"], row["count"])
        assert found == pytest.approx(tuple(float(part[place]) for part in scores))
    assert labels.mean_absolute_error(right, answered) == pytest.approx(reference.mean_absolute_error(right, answered))


label_sets = st.lists(
    st.tuples(st.sets(st.sampled_from("abc")), st.sets(st.sampled_from("abc"))), min_size=1, max_size=40
)


@given(label_sets)
def test_several_labels_against_scikit_learn(rows: list[tuple[set[str], set[str]]]) -> None:
    right, answered = zip(*rows)
    found = labels.multiple_scores(right, answered, "abc")
    truth, guess = ([[label in chosen for label in "abc"] for chosen in part] for part in (right, answered))
    assert found["exact_match"] == pytest.approx(reference.accuracy_score(truth, guess))
    assert found["micro_f1"] == pytest.approx(reference.f1_score(truth, guess, average="micro", zero_division=0))
    each = reference.precision_recall_fscore_support(truth, guess, zero_division=0)
    for place, row in enumerate(found["labels"]):
        numbers = (row["precision"], row["recall"], row["f1"], row["count"])
        assert numbers == pytest.approx(tuple(float(part[place]) for part in each))


@pytest.mark.parametrize(
    ("only_first", "only_second"), [(0, 0), (1, 0), (0, 5), (3, 3), (12, 4), (40, 61), (2000, 1800)]
)
@pytest.mark.parametrize("both", [0, 7])
def test_mcnemar_is_the_exact_binomial_test(only_first: int, only_second: int, both: int) -> None:
    first = [True] * only_first + [False] * only_second + [True, False] * both
    second = [False] * only_first + [True] * only_second + [True, False] * both
    found = labels.mcnemar(first, second)
    number = only_first + only_second
    expected = binomtest(only_first, number, 0.5).pvalue if number else 1.0
    assert found["p_value"] == pytest.approx(expected, rel=1e-8)
    assert (found["only_first_right"], found["only_second_right"]) == (only_first, only_second)


def test_mcnemar_wants_the_same_rows() -> None:
    with pytest.raises(ValueError, match="zip"):
        labels.mcnemar([True], [True, False])


def test_calibration_error_by_hand() -> None:
    # Two bins of five: (0.2, 0.4] holds 0.3 and 0.4 with one hit; (0.8, 1] holds 0.9 and 1.0 with two.
    error = labels.calibration_error([0.3, 0.4, 0.9, 1.0], [True, False, True, True], bins=5)
    assert error == pytest.approx(0.5 * abs(0.5 - 0.35) + 0.5 * abs(1 - 0.95))


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50))
def test_calibration_error_against_a_loop(rows: list[tuple[float, bool]]) -> None:
    total = 0.0
    for number in range(15):
        inside = [(c, h) for c, h in rows if number == min(14, max(0, int(np.ceil(c * 15)) - 1))]
        if inside:
            gap = sum(h for _, h in inside) / len(inside) - sum(c for c, _ in inside) / len(inside)
            total += len(inside) / len(rows) * abs(gap)
    confidence, hit = zip(*rows)
    assert labels.calibration_error(confidence, hit) == pytest.approx(total, abs=1e-9)


@pytest.mark.parametrize(
    "score",
    [
        lambda: labels.accuracy(labels.confusion([], [], 3)),
        lambda: labels.macro_f1(labels.confusion([], [], 3)),
        lambda: labels.balanced_accuracy(labels.confusion([], [], 3)),
        lambda: labels.mean_absolute_error([], []),
        lambda: labels.calibration_error([], []),
        lambda: labels.multiple_scores([], [], ["a"])["exact_match"],
        lambda: sum(interval(0, lambda places: 1.0)),
    ],
)
def test_no_rows_is_no_error(score) -> None:
    assert score() == 0.0


def test_interval_covers_the_truth_as_often_as_it_says() -> None:
    """200 samples of a coin of 0.7: about 95 % of the intervals hold 0.7 (a little fewer, for small samples)."""
    chance = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        hits = chance.random(80) < 0.7
        low, high = interval(80, lambda places, hits=hits: float(hits[places].mean()), draws=200)
        assert low <= hits.mean() <= high
        held += low <= 0.7 <= high
    assert 175 <= held <= 199


def test_interval_is_the_same_every_time_and_that_of_the_normal_approximation() -> None:
    hits = np.arange(1000) % 4 == 0
    first = interval(1000, lambda places: float(hits[places].mean()))
    assert first == interval(1000, lambda places: float(hits[places].mean()))
    half = 1.96 * (0.25 * 0.75 / 1000) ** 0.5
    np.testing.assert_allclose(first, (0.25 - half, 0.25 + half), atol=0.005)

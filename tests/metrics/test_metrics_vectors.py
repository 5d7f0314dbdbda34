"""Correlations against scipy, ties and all."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from seqtool.metrics.correlation import pearson, ranks, spearman

few = st.sampled_from([-2.0, -1.0, 0.0, 0.5, 0.5000001, 3.0, 1e9])  # ties are common
numbers = st.lists(few | st.floats(-1e6, 1e6), min_size=1, max_size=40)
pairs = st.lists(st.tuples(few, few), min_size=2, max_size=40)


@given(numbers)
def test_ranks_against_scipy(values: list[float]) -> None:
    assert ranks(values).tolist() == stats.rankdata(values).tolist()


@given(pairs)
def test_correlations_against_scipy(values: list[tuple[float, float]]) -> None:
    first, second = zip(*values)
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert spearman(first, second) is None and pearson(first, second) is None
        return
    assert spearman(first, second) == pytest.approx(float(stats.spearmanr(first, second).statistic), abs=1e-12)
    spread = min(np.std(first), np.std(second)) / max(map(abs, (*first, *second)))
    assume(spread > 1e-6)  # below that scipy itself warns that digits are lost
    assert pearson(first, second) == pytest.approx(float(stats.pearsonr(first, second).statistic), abs=1e-9)


def test_long_lists_against_scipy() -> None:
    chance = np.random.default_rng(1)
    first = chance.normal(size=353)
    second = np.round(first + chance.normal(size=353), 1)  # people's scores: ties
    for one, other in ((first, second), (second, first), (first, -first)):
        wanted = float(stats.spearmanr(one, other).statistic)
        assert spearman(one.tolist(), other.tolist()) == pytest.approx(wanted, abs=1e-14)
        assert pearson(one.tolist(), other.tolist()) == pytest.approx(
            float(stats.pearsonr(one, other).statistic), abs=1e-14
        )


@pytest.mark.parametrize("value", [0.1, 0.7, 1 / 3, 1e-300, 123456.789])
@pytest.mark.parametrize("number", [2, 3, 7, 10])
def test_a_list_that_does_not_vary(value: float, number: int) -> None:
    """Even where the mean of equal numbers is rounded to another one."""
    other = [float(place) for place in range(number)]
    assert spearman([value] * number, other) is None
    assert pearson([value] * number, other) is None and pearson(other, [value] * number) is None


def test_too_few_pairs() -> None:
    assert spearman([], []) is None and spearman([1.0], [2.0]) is None
    assert spearman([1.0, 2.0], [5.0, 3.0]) == -1
    assert not math.isnan(spearman([1.0, 2.0, 3.0], [1.0, 3.0, 2.0]) or 0)

"""The search, against sorting every score in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtool.vectors import nearest
from seqtool.vectors.nearest import dots, search


def blocks_of(rows: Any, size: int) -> list[tuple[int, Any]]:
    return [(start, rows[start : start + size]) for start in range(0, len(rows), size)]


def found(rows: Any, queries: Any, top: int, block: int, excluded: list[list[int]]) -> list[list[tuple[int, float]]]:
    return search(
        blocks_of(rows, block),
        lambda part: queries @ part.T,
        lambda numbers, places: dots(rows[places], queries[numbers]),
        len(queries),
        top,
        excluded,
    )


def brute(rows: Any, queries: Any, top: int, excluded: list[list[int]]) -> list[list[tuple[int, float]]]:
    """Every score, sorted: the best first, the first of equals first."""
    answers = []
    for number, query in enumerate(queries):
        left = excluded[number] if excluded else []
        scores = [(place, float(row.astype(np.float64) @ query.astype(np.float64))) for place, row in enumerate(rows)]
        kept = [pair for pair in scores if pair[0] not in left]
        answers.append(sorted(kept, key=lambda pair: (-pair[1], pair[0]))[:top])
    return answers


# Halves in three dimensions: every product and sum is exact, so ties are ties; equal rows are many.
row = st.tuples(*[st.sampled_from([-0.5, 0.0, 0.5])] * 3)


@given(
    rows=st.lists(row, min_size=1, max_size=60),
    queries=st.lists(row, min_size=1, max_size=5),
    top=st.integers(1, 70),
    block=st.integers(1, 25),
    data=st.data(),
)
@settings(max_examples=200, deadline=None)
def test_against_brute_force(rows: list[Any], queries: list[Any], top: int, block: int, data: st.DataObject) -> None:
    places = st.lists(st.integers(0, len(rows) + 3), max_size=6)  # some beyond the end, some twice
    excluded = data.draw(st.just([]) | st.lists(places, min_size=len(queries), max_size=len(queries)))
    table, asked = np.array(rows, np.float32), np.array(queries, np.float32)
    assert found(table, asked, top, block, excluded) == brute(table, asked, top, excluded)


@pytest.mark.parametrize("block", [500, 1024, 1500, 5000])
def test_thousands_of_rows_in_several_blocks(block: int) -> None:
    """More rows than the first part of the first block; a bound from there must keep no answer out."""
    chance = np.random.default_rng(1)
    rows = chance.normal(size=(3000, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[2000:2100] = rows[:100]  # twins in other blocks
    queries = rows[[0, 5, 99, 1500, 2999]] * np.float32(0.999)
    wanted = brute(rows, queries, 9, [[0], [], [2099], [1, 2], []])
    answers = found(rows, queries, 9, block, [[0], [], [2099], [1, 2], []])
    for one, other in zip(answers, wanted):
        assert [place for place, _ in one] == [place for place, _ in other]
        assert [score for _, score in one] == pytest.approx([score for _, score in other], abs=1e-12)


def test_the_best_may_come_last_and_all_may_be_excluded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "FIRST_ROWS", 2)
    rows = np.linspace(0, 1, 11, dtype=np.float32)[:, None]
    query = np.ones((1, 1), np.float32)
    assert [place for place, _ in found(rows, query, 3, 4, [])[0]] == [10, 9, 8]
    assert [place for place, _ in found(rows, query, 3, 4, [[10, 8]])[0]] == [9, 7, 6]
    assert found(rows, query, 3, 4, [list(range(11))]) == [[]]
    assert search([], lambda part: query @ part.T, lambda numbers, places: np.zeros(len(places)), 1, 3) == [[]]


def test_neighbours_change_nothing() -> None:
    chance = np.random.default_rng(3)
    rows = chance.normal(size=(700, 33)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    queries = rows[100:180]
    whole = found(rows, queries, 5, 128, [])
    assert [found(rows, queries[number : number + 1], 5, 700, [])[0] for number in range(len(queries))] == whole

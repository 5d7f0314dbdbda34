"""Sums over all paths of a grammar against their enumeration, and against a sum of logarithms."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from seqtool.decoding.grammar import Grammar, State, Step
from seqtool.decoding.paths import Paths, Steps, all_paths

enough = settings(deadline=None, derandomize=True, max_examples=150)
Floats = NDArray[np.float64]
Case = tuple[Floats, Floats, Floats, NDArray[np.int64], Steps]


def ways_of(steps: list[tuple[int, int, int]], states: int) -> Steps:
    """(after, state, condition) of each step."""
    after, state, condition = (np.array(column) for column in zip(*steps))
    return Steps(after, state, condition, np.arange(states), max(condition.tolist()) + 1)


@st.composite
def cases(draw: Any) -> Case:
    """Few states, now and then with several ways from one to another; some that cannot be; ragged lengths."""
    states = draw(st.integers(1, 3))
    place = st.integers(0, states - 1)
    steps_taken = draw(st.lists(st.tuples(place, place, st.integers(0, 2)), min_size=1, max_size=6))
    chance = np.random.default_rng(draw(st.integers(0, 2**31)))
    time, batch = int(chance.integers(1, 5)), int(chance.integers(1, 4))
    lengths = np.full(batch, time)
    if draw(st.booleans()):
        lengths = chance.integers(1, time + 1, batch)
        steps_taken += [(state, state, 0) for state in range(states)]  # see test_behind_the_end
    ways = ways_of(steps_taken, states)
    spread, missing = draw(st.sampled_from([0.1, 2.0, 30.0])), draw(st.sampled_from([0.0, 0.3, 0.7]))
    local, steps, borders = (
        spread * chance.normal(size=size)
        for size in ((time, batch, states), (batch, len(ways.after)), (time, batch, ways.conditions))
    )
    cannot = chance.random(local.shape) < missing
    cannot[..., 0] &= ~cannot.all(2)  # one state at least can be
    inside = np.arange(time)[:, None, None] < lengths[:, None]
    local[cannot & inside] = -np.inf
    borders[(chance.random(borders.shape) < missing / 2) & inside] = -np.inf
    return local, steps, borders, lengths, ways


def every_path(case: Case, row: int) -> list[tuple[list[int], list[int], float]]:
    """The states, the steps and the score of each path of a row that can be."""
    local, steps, borders, lengths, ways = case
    paths: list[tuple[list[int], list[int], float]] = [
        ([state], [], float(local[0, row, state])) for state in range(local.shape[2])
    ]
    for place in range(1, int(lengths[row])):
        paths = [
            (
                [*states, int(ways.state[step])],
                [*taken, step],
                score
                + steps[row, step]
                + borders[place, row, ways.condition[step]]
                + local[place, row, ways.state[step]],
            )
            for states, taken, score in paths
            for step in range(len(ways.after))
            if ways.after[step] == states[-1]
        ]
    return [path for path in paths if path[2] > -np.inf]


def by_enumeration(case: Case) -> Paths:
    local, steps, borders, _, ways = case
    found = Paths(np.full(local.shape[1], -np.inf), np.zeros_like(local), np.zeros_like(steps), np.zeros_like(borders))
    for row in range(local.shape[1]):
        paths = every_path(case, row)
        if not paths:
            continue
        best = max(score for _, _, score in paths)
        whole = math.fsum(math.exp(score - best) for _, _, score in paths)
        found.log_sums[row] = best + math.log(whole)
        for states, taken, score in paths:
            share = math.exp(score - best) / whole
            for place, state in enumerate(states):
                found.states[place, row, state] += share
            for place, step in enumerate(taken, 1):
                found.steps[row, step] += share
                found.conditions[place, row, ways.condition[step]] += share
    return found


def same(found: Paths, wanted: Paths) -> None:
    np.testing.assert_allclose(found.log_sums, wanted.log_sums, rtol=1e-9, atol=1e-9)
    for name in ("states", "steps", "conditions"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), atol=1e-9, err_msg=name)


@enough
@given(cases())
def test_against_every_single_path(case: Case) -> None:
    same(all_paths(*case), by_enumeration(case))


def test_the_cases_are_of_all_kinds() -> None:
    """Else the test above would say little."""
    seen = dict.fromkeys(("none", "one", "many", "ragged"), 0)

    @enough
    @given(cases())
    def look(case: Case) -> None:
        seen["ragged"] += bool(np.unique(case[3]).size > 1)
        for row in range(case[0].shape[1]):
            count = len(every_path(case, row))
            seen["none" if not count else "one" if count == 1 else "many"] += 1

    look()
    assert min(seen.values()) > 15, seen


@enough
@given(cases(), st.data())
def test_a_row_has_nothing_to_do_with_its_neighbours(case: Case, data: Any) -> None:
    local, steps, borders, lengths, ways = case
    row = data.draw(st.integers(0, len(lengths) - 1))
    length, here = int(lengths[row]), slice(row, row + 1)
    alone = all_paths(local[:length, here], steps[here], borders[:length, here], lengths[here], ways)
    together = all_paths(*case)
    np.testing.assert_allclose(together.log_sums[here], alone.log_sums, rtol=1e-12)
    np.testing.assert_allclose(together.states[:length, here], alone.states, atol=1e-12)
    np.testing.assert_allclose(together.conditions[:length, here], alone.conditions, atol=1e-12)
    np.testing.assert_allclose(together.steps[here], alone.steps, atol=1e-12)
    assert not together.states[length:, row].any() and not together.conditions[length:, row].any()


def test_a_row_without_any_path() -> None:
    """Nothing leads from the one state that can be to the other; its neighbour goes on."""
    ways = ways_of([(0, 0, 0), (1, 1, 0)], 2)
    local = np.zeros((3, 2, 2))
    local[0, 0, 1] = local[1, 0, 0] = -np.inf
    found = all_paths(local, np.zeros((2, 2)), np.zeros((3, 2, 1)), np.array([3, 3]), ways)
    assert found.log_sums[0] == -np.inf and found.log_sums[1] == pytest.approx(math.log(2))
    for part, axis in ((found.states, 1), (found.steps, 0), (found.conditions, 1)):
        assert not part.take(0, axis).any() and part.take(1, axis).any()


@pytest.mark.parametrize("what", ["nothing leads on", "no state can be", "no border can be"])
def test_behind_the_end(what: str) -> None:
    """What is there says nothing of the row."""
    ways = ways_of([(0, 1, 0) if what == "nothing leads on" else (0, 0, 0)], 2)
    local, borders = np.zeros((2, 1, 2)), np.zeros((2, 1, 1))
    if what == "nothing leads on":
        local[0, 0, 0] = -np.inf
    elif what == "no state can be":
        local[1, 0, 0] = -np.inf
    else:
        borders[1] = -np.inf
    alone = all_paths(local[:1], np.zeros((1, 1)), borders[:1], np.array([1]), ways)
    found = all_paths(local, np.zeros((1, 1)), borders, np.array([1]), ways)
    assert np.isfinite(alone.log_sums).all() and found.log_sums.tolist() == alone.log_sums.tolist()
    assert found.states[0].tolist() == alone.states[0].tolist() and not found.states[1].any()


def test_a_letter_at_which_nothing_can_be() -> None:
    local = np.zeros((3, 1, 2))
    local[1] = -np.inf
    found = all_paths(local, np.zeros((1, 2)), np.zeros((3, 1, 1)), np.array([3]), ways_of([(0, 0, 0), (1, 1, 0)], 2))
    assert found.log_sums[0] == -np.inf
    assert not found.states.any() and not found.steps.any() and not found.conditions.any()


@pytest.mark.parametrize("spread", [1.0, 40.0])
def test_a_long_row_against_a_sum_of_logarithms(spread: float) -> None:
    """Thousands of letters: no number is too small or too large on the way."""
    chance = np.random.default_rng(3)
    pairs = list(itertools.product(range(4), repeat=2))
    ways = ways_of([(after, state, number % 3) for number, (after, state) in enumerate(pairs)], 4)
    local = spread * chance.normal(size=(3000, 1, 4)) - 500
    steps, borders = chance.normal(size=(1, 16)), spread * chance.normal(size=(3000, 1, 3))
    found = all_paths(local, steps, borders, np.array([3000]), ways)
    logs = local[0, 0]
    for place in range(1, 3000):
        moves = steps[0] + borders[place, 0, ways.condition]
        logs = np.array(
            [
                np.logaddexp.reduce([logs[after] + move for (after, to), move in zip(pairs, moves) if to == state])
                + local[place, 0, state]
                for state in range(4)
            ]
        )
    assert found.log_sums[0] == pytest.approx(float(np.logaddexp.reduce(logs)), rel=1e-10)
    np.testing.assert_allclose(found.states.sum(2), 1, atol=1e-8)
    np.testing.assert_allclose(found.conditions[1:].sum(2), 1, atol=1e-8)
    assert found.steps.sum() == pytest.approx(2999)


def test_the_ways_of_a_grammar() -> None:
    states = [State("a", "a", "+", 2), State("b", "b", "+", 0)]
    steps = [Step(0, 1, -1.0, ahead=("A",)), Step(1, 0, 0.0), Step(0, 0, 0.0, ahead=("A",)), Step(1, 1, 0.0)]
    ways = Steps.of(Grammar(states, steps, "ACGT"))
    assert (ways.after.tolist(), ways.state.tolist()) == ([0, 1, 0, 1], [1, 0, 0, 1])
    assert ways.condition.tolist() == [0, 1, 0, 1] and ways.conditions == 2 and ways.class_index.tolist() == [2, 0]

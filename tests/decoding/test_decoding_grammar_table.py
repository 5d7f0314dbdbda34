"""A grammar from a TOML table, or the one line that says that it is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seqtool.decoding.grammar import MOST_STATES, MOST_WAYS, REACH, Grammar, Matrix, State, Step
from seqtool.errors import DataError


def table(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "alphabet": "ACGT",
        "state": [
            {"name": "out", "shown": "out", "strand": ".", "class": "x"},
            {"name": "in", "shown": "in", "strand": "+", "class": "y"},
        ],
        "step": [
            {"after": "out", "state": "out", "score": 0},
            {"after": "out", "state": "in", "score": -2.5, "ahead": ["ATG"]},
            {"after": "in", "state": "out", "score": -1.5, "behind": ["TAA", "TAG"], "not_ahead": ["A"]},
            {"after": "in", "state": "in", "score": 0, "not_behind": ["TAA"]},
        ],
    }
    return {key: value for key, value in {**found, **changes}.items() if value is not None}


def test_from_a_table() -> None:
    grammar = Grammar.from_table(table(), ["x", "y"])
    assert grammar.states == [State("out", "out", ".", 0), State("in", "in", "+", 1)]
    assert grammar.alphabet == "ACGT" and grammar.classes.tolist() == [0, 1]
    assert grammar.steps == [
        Step(0, 0, 0.0),
        Step(0, 1, -2.5, ahead=("ATG",)),
        Step(1, 0, -1.5, behind=("TAA", "TAG"), not_ahead=("A",)),
        Step(1, 1, 0.0, not_behind=("TAA",)),
    ]
    named = with_step(1, matrix="m") | {"matrix": {"m": {"offset": -2, "weights": [[1.0, 0, 0, 0.5]]}}}
    wanted = Step(0, 1, -2.5, ahead=("ATG",), matrix=Matrix("m", -2, ((1.0, 0.0, 0.0, 0.5),)))
    assert wanted in Grammar.from_table(named, ["x", "y"]).steps
    assert Grammar.from_table(with_state(1, shortest=9), ["x", "y"]).states[1].shortest == 9
    assert Grammar.from_table(table(), ["y", "x"]).classes.tolist() == [1, 0]


def with_step(number: int, **changes: Any) -> dict[str, Any]:
    steps = [dict(step) for step in table()["step"]]
    steps[number].update(changes)
    return table(step=[{key: value for key, value in step.items() if value is not None} for step in steps])


def with_state(number: int, **changes: Any) -> dict[str, Any]:
    states = [dict(state) for state in table()["state"]]
    states[number].update(changes)
    return table(state=[{key: value for key, value in state.items() if value is not None} for state in states])


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        table(alphabet=None),
        table(state=None),
        table(step=None),
        table(state=[]),
        table(step=[]),
        table(state=3),
        table(step="x"),
        table(state=["out", "in"]),
        table(step=[["out", "in", 0.0]]),
        with_state(0, name=None),
        with_state(1, shown=None),
        with_state(1, strand=None),
        with_state(1, **{"class": "z"}),
        with_state(1, **{"class": None}),
        with_step(1, after="nowhere"),
        with_step(1, state="nowhere"),
        with_step(1, state=None),
        with_step(1, score=None),
        with_step(1, score="much"),
        with_step(1, ahead=["ATX"]),
        with_step(1, ahead=3),
        with_step(2, behind=["N"]),
        with_step(2, not_ahead=[None]),
        table(step=table()["step"][:1]),  # a state that nothing leads to
        table(state=[{"name": f"s{n}", "shown": "x", "strand": "+", "class": "x"} for n in range(MOST_STATES + 1)]),
        with_step(1, matrix="none"),
        table(matrix={"m": {"offset": 0}}),
        table(matrix={"m": {"weights": [[0.0] * 4]}}),
        table(matrix={"m": {"offset": 0, "weights": [[0.0] * 3]}}),
        table(matrix={"m": {"offset": 0, "weights": [[0.0] * 5]}}),
        table(matrix={"m": {"offset": 0, "weights": [["x"] * 4]}}),
        table(matrix={"m": {"offset": 0, "weights": [[float("nan")] * 4]}}),
        table(matrix={"m": {"offset": 0, "weights": [[float("inf")] * 4]}}),
        table(matrix={"m": {"offset": REACH + 1, "weights": [[0.0] * 4]}}),
        table(matrix={"m": {"offset": 0, "weights": [[0.0] * 4] * (REACH + 1)}}),
        table(matrix={"m": {"offset": 10**400, "weights": [[0.0] * 4]}}),
        table(matrix=3),
        table(matrix={"m": 3}),
        with_state(1, shortest="long"),
        with_state(1, shortest=[3]),
        # Numbers that are none, or without end: no path can be found by them.
        with_step(1, score=float("nan")),
        with_step(1, score=float("inf")),
        with_step(1, score=float("-inf")),
        table(step=[*table()["step"], *table()["step"][1:2] * MOST_WAYS]),  # more ways than a byte counts
    ],
)
def test_what_is_no_grammar(wrong: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="grammar"):
        Grammar.from_table(wrong, ["x", "y"])


AAA = np.zeros(3, np.uint8)


def test_too_many_states() -> None:
    states = [State(f"s{n}", "x", "+", 0) for n in range(MOST_STATES + 1)]
    steps = [Step(n, n, 0.0) for n in range(MOST_STATES + 1)]
    with pytest.raises(DataError):
        Grammar(states, steps, "ACGT")
    most = Grammar(states[:MOST_STATES], steps[:MOST_STATES], "ACGT")
    last = MOST_STATES - 1
    assert most.path(np.zeros((3, 1), np.float32), AAA, AAA[:0], last).tolist() == [last] * 3


def test_many_ways_into_one_state() -> None:
    """As many as a byte counts: the best is the last one."""
    states = [State("a", "a", "+", 0), State("b", "b", "+", 0)]
    on = [Step(0, 0, 0.0), Step(0, 1, -1.0)]
    ways = [Step(1, 0, -float(300 - n), ahead=("A" * (1 + n % 3),)) for n in range(MOST_WAYS)]
    grammar = Grammar(states, [*ways[:-2], *on, ways[-1]], "ACGT")
    assert grammar.path(np.zeros((3, 1), np.float32), AAA, AAA[:0], 1).tolist() == [0, 0, 0]
    with pytest.raises(DataError, match="grammar"):
        Grammar(states, [*ways, *on], "ACGT")

"""The best path of a grammar against the enumeration of all paths, its conditions against strings."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from seqtool.decoding.grammar import REACH, Grammar, Matrix, State, Step

CONDITIONS = ("behind", "ahead", "not_behind", "not_ahead")
ALPHABET = "ACG"  # any other letter is one that no motif has
enough = settings(deadline=None, derandomize=True, max_examples=100)
motifs = st.lists(st.text(ALPHABET, min_size=1, max_size=3), max_size=2).map(tuple)
letters_of_any_kind = st.text(ALPHABET + "N", max_size=6)


def numbers(text: str) -> NDArray[np.uint8]:
    return np.array([ALPHABET.index(letter) if letter in ALPHABET else 4 for letter in text], np.uint8)


@st.composite
def grammars(draw: Any) -> Grammar:
    """Two or three states, each with ways in; conditions on some of them."""
    size = draw(st.integers(2, 3))
    chance = np.random.default_rng(draw(st.integers(0, 2**31)))
    states = [State(f"s{n}", f"s{n}", "+", int(chance.integers(0, 3))) for n in range(size)]
    steps = []
    for state in range(size):
        for after in draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=4)):
            conditions = {key: draw(motifs) if draw(st.booleans()) else () for key in CONDITIONS}
            matrix = None
            if draw(st.integers(0, 2)) == 0:
                rows = chance.normal(size=(draw(st.integers(1, 5)), len(ALPHABET)))
                matrix = Matrix("m", draw(st.integers(-7, 7)), tuple(map(tuple, rows.tolist())))
            steps.append(Step(after, state, float(chance.normal()), **conditions, matrix=matrix))
    return Grammar(states, steps, ALPHABET)


def fits(step: Step, text: str, border: int) -> bool:
    """Whether a step may be taken before the letter ``border`` of a text."""
    before, behind = text[:border], text[border:]
    if step.behind and not before.endswith(step.behind):
        return False
    if step.ahead and not behind.startswith(step.ahead):
        return False
    return not (before.endswith(step.not_behind) or behind.startswith(step.not_ahead))


def said(step: Step, text: str, border: int) -> float:
    """What the letters around a border add to a step's score."""
    if step.matrix is None:
        return 0.0
    places = range(border + step.matrix.offset, border + step.matrix.offset + len(step.matrix.weights))
    return sum(
        row[ALPHABET.index(text[place])]
        for place, row in zip(places, step.matrix.weights)
        if 0 <= place < len(text) and text[place] in ALPHABET
    )


def score_of(
    grammar: Grammar, path: Sequence[int], scores: NDArray[Any], before: str, text: str, last: int | None
) -> float:
    """The score of a path; minus infinity where a step is not allowed."""
    total = 0.0
    for place, state in enumerate(path):
        total += float(scores[place, grammar.states[state].class_index])
        previous = path[place - 1] if place else last
        if previous is not None:
            ways = [
                step.score + said(step, before + text, len(before) + place)
                for step in grammar.steps
                if (step.after, step.state) == (previous, state) and fits(step, before + text, len(before) + place)
            ]
            total += max(ways, default=-np.inf)
    return total


@enough
@given(
    grammars(),
    letters_of_any_kind,
    st.text(ALPHABET + "N", min_size=1, max_size=6),
    st.integers(0, 2**31),
    st.booleans(),
)
def test_the_best_of_all_paths(grammar: Grammar, before: str, text: str, seed: int, goes_on: bool) -> None:
    chance = np.random.default_rng(seed)
    last = int(chance.integers(0, len(grammar.states))) if goes_on else None
    logs = (2 * chance.normal(size=(len(text), 3))).astype(np.float32)
    found = grammar.path(logs, numbers(text), numbers(before), last)
    assert found.dtype == np.uint8 and len(found) == len(text)
    scores = {
        path: score_of(grammar, path, logs, before, text, last)
        for path in itertools.product(range(len(grammar.states)), repeat=len(text))
    }
    best = max(scores.values())
    if best > -np.inf:  # where there is no way at all, any answer will do
        assert scores[tuple(found.tolist())] == pytest.approx(best, abs=1e-5)


@enough
@given(grammars(), letters_of_any_kind)
def test_borders_are_those_of_strings(grammar: Grammar, text: str) -> None:
    """Before each letter, whether each condition holds and what its matrix says, whatever else does."""
    holds, sums = grammar.borders(numbers(text))
    assert holds.shape == sums.shape == (len(text), len(grammar.conditions)) and holds.dtype == bool
    for step in grammar.steps:
        place = grammar.conditions.index(step.condition)
        assert holds[:, place].tolist() == [fits(step, text, border) for border in range(len(text))]
        np.testing.assert_allclose(sums[:, place], [said(step, text, border) for border in range(len(text))], atol=1e-9)


def one_way(**conditions: Any) -> Grammar:
    """From the first state to the second at no cost, where the conditions hold; both may stay."""
    states = [State("a", "a", "+", 0), State("b", "b", "+", 1)]
    return Grammar(states, [Step(0, 0, 0.0), Step(0, 1, 0.0, **conditions), Step(1, 1, 0.0), Step(1, 0, 0.0)], ALPHABET)


@enough
@given(st.tuples(motifs, motifs, motifs, motifs), letters_of_any_kind, st.text(ALPHABET + "N", min_size=1, max_size=12))
def test_conditions_are_those_of_strings(conditions: tuple[Any, ...], before: str, text: str) -> None:
    """Driven to the second state everywhere, the path goes there at the first border that allows it."""
    named = dict(zip(CONDITIONS, conditions))
    grammar = one_way(**named)
    logs = np.tile(np.array([[-1.0, 0.0]], np.float32), (len(text), 1))
    found = grammar.path(logs, numbers(text), numbers(before), 0).tolist()
    step = Step(0, 1, 0.0, *conditions)
    allowed = [fits(step, before + text, len(before) + place) for place in range(len(text))]
    first = allowed.index(True) if True in allowed else len(text)
    assert found == [0] * first + [1] * (len(text) - first)


@pytest.mark.parametrize(
    ("conditions", "before", "text", "expected"),
    [
        ({"behind": ("AC",)}, "", "ACGG", "aabb"),
        ({"behind": ("AC",)}, "A", "CGG", "abb"),  # the letters before the stretch count
        ({"behind": ("AC",)}, "AC", "GG", "bb"),
        ({"behind": ("AC",)}, "CA", "GG", "aa"),
        ({"ahead": ("AC",)}, "", "GACG", "abbb"),
        ({"ahead": ("AC",)}, "A", "CG", "aa"),
        ({"ahead": ("AC",)}, "", "GGA", "aaa"),  # a motif that is cut off is none
        ({"ahead": ("AC", "GG")}, "", "AGGA", "abbb"),
        ({"not_behind": ("AC",)}, "AC", "GG", "ab"),
        ({"not_behind": ("AC",)}, "", "AC", "bb"),
        ({"not_ahead": ("AC",)}, "", "ACAC", "abbb"),
        ({"not_ahead": ("AC", "CA")}, "", "ACAC", "aaab"),
        ({"behind": ("A",), "ahead": ("C",)}, "", "AACC", "aabb"),
        ({"behind": ("A",), "not_ahead": ("C",)}, "", "ACAG", "aaab"),
        ({"behind": ("ACG",)}, "", "AC", "aa"),  # longer than all there is
        ({"ahead": ("N",)}, "", "N", None),
    ],
)
def test_conditions_by_hand(conditions: dict[str, Any], before: str, text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(ValueError, match="not found"):
            one_way(**conditions).path(np.zeros((1, 2), np.float32), numbers(text), numbers(before), 0)
        return
    logs = np.tile(np.array([[-1.0, 0.0]], np.float32), (len(text), 1))
    found = one_way(**conditions).path(logs, numbers(text), numbers(before), 0)
    assert "".join("ab"[state] for state in found) == expected


def test_the_state_before_it() -> None:
    states = [State(name, name, "+", 0) for name in "abc"]
    grammar = Grammar(states, [Step(0, 1, 0.0), Step(1, 2, 0.0), Step(2, 0, 0.0)], ALPHABET)
    nothing = np.zeros((4, 1), np.float32)
    for last in range(3):
        expected = [(last + place) % 3 for place in range(1, 5)]
        assert grammar.path(nothing, numbers("ACGA"), numbers(""), last).tolist() == expected


def test_at_the_beginning_any_state() -> None:
    states = [State("a", "a", "+", 0), State("b", "b", "+", 1)]
    grammar = Grammar(states, [Step(0, 0, 0.0), Step(1, 1, 0.0)], ALPHABET)
    assert grammar.path(np.array([[0, 1], [0, 1]], np.float32), numbers("AA"), numbers(""), None).tolist() == [1, 1]
    assert grammar.path(np.array([[1, 0], [1, 0]], np.float32), numbers("AA"), numbers(""), None).tolist() == [0, 0]


def test_what_is_forbidden_stays_so_however_long_the_way() -> None:
    """A hundred thousand letters that all speak for the state that cannot be come to."""
    logs = np.tile(np.array([[-30.0, 0.0]], np.float32), (100_000, 1))
    letters = np.zeros(100_000, np.uint8)
    assert not one_way(ahead=("C",)).path(logs, letters, letters[:0], 0).any()
    letters[70_000] = 1
    found = one_way(ahead=("C",)).path(logs, letters, letters[:0], 0)
    assert np.flatnonzero(np.diff(found)).tolist() == [69_999] and found[-1] == 1


@enough
@given(grammars(), st.text(ALPHABET, min_size=2, max_size=8), st.integers(0, 2**31), st.data())
def test_a_path_goes_on_where_its_first_part_ended(grammar: Grammar, text: str, seed: int, data: Any) -> None:
    """What is settled with all of the rest in view is the whole's best path."""
    logs = np.random.default_rng(seed).normal(size=(len(text), 3)).astype(np.float32)
    whole = grammar.path(logs, numbers(text), numbers(""), None)
    cut = data.draw(st.integers(1, len(text) - 1))
    rest = grammar.path(logs[cut:], numbers(text[cut:]), numbers(text[:cut]), int(whole[cut - 1]))
    joined = [*whole[:cut].tolist(), *rest.tolist()]
    scores = [score_of(grammar, path, logs, "", text, None) for path in (whole.tolist(), joined)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-5) or scores[0] == -np.inf


def test_a_matrix_by_hand() -> None:
    """The second state is begun where the letters around the border say so."""
    states = [State("a", "a", "+", 0), State("b", "b", "+", 0)]
    matrix = Matrix("m", -1, ((5.0, 0.0, 0.0), (0.0, 3.0, -9.0)))  # A before the border, C behind it, by no means G
    grammar = Grammar(states, [Step(0, 0, 0.0), Step(0, 1, -7.0, matrix=matrix), Step(1, 1, 0.0)], ALPHABET)

    def found(text: str, before: str = "") -> str:
        path = grammar.path(np.zeros((len(text), 1), np.float32), numbers(text), numbers(before), 0)
        return "".join("ab"[state] for state in path)

    assert found("GACCG") == "aabbb"
    assert found("GCCAG") == "aaaaa" and found("GAG") == "aaa"
    assert found("AACG") == "aabb"
    assert found("CG", "A") == "bb" and found("CG", "G") == "aa"  # the letters before the stretch count
    assert found("NNN") == "aaa"


@pytest.mark.parametrize("offset", [-REACH // 2, -5, 0, 5, REACH // 2])
@pytest.mark.parametrize("length", [1, 2, 4, 30])
def test_a_matrix_that_reaches_out_of_the_sequence(offset: int, length: int) -> None:
    states = [State("a", "a", "+", 0), State("b", "b", "+", 0)]
    matrix = Matrix("m", offset, ((2.0, 2.0, 2.0),) * 12)
    grammar = Grammar(states, [Step(0, 0, 0.0), Step(0, 1, -1.0, matrix=matrix), Step(1, 1, 0.0)], ALPHABET)
    found = grammar.path(np.zeros((length, 1), np.float32), np.zeros(length, np.uint8), np.zeros(0, np.uint8), 0)
    reaches = [any(0 <= place + offset + row < length for row in range(12)) for place in range(length)]
    assert (found == 1).any() == any(reaches)


@pytest.mark.parametrize("shortest", [1, 2, 3, 7])
def test_the_shortest_stay(shortest: int) -> None:
    """A state is kept so long at least; whatever came before counts as enough."""
    states = [State("a", "a", "+", 0), State("b", "b", "+", 1, shortest)]
    steps = [Step(after, state, 0.0) for after in range(2) for state in range(2)]
    grammar = Grammar(states, steps, ALPHABET)
    chance = np.random.default_rng(shortest)
    for _ in range(30):
        length = int(chance.integers(1, 40))
        logs = chance.normal(size=(length, 2)).astype(np.float32)
        last = int(chance.integers(0, 2))
        found = "".join("ab"[state] for state in grammar.path(logs, numbers("A" * length), numbers(""), last))
        whole = ("a" if last == 0 else "b" * shortest) + found
        stays = [len(stay) for stay in whole.replace("a", " ").split()]
        ends_in = whole.endswith("b")
        assert all(stay >= shortest for stay in (stays[:-1] if ends_in else stays))
        if shortest == 1:
            assert found == "".join("ab"[int(row.argmax())] for row in logs)


@pytest.mark.parametrize("stay", [0, 1, 2, 4, 5, 6, 100])
def test_how_long_the_last_state_has_stood(stay: int) -> None:
    """What the letters say is the other state, all along: it follows as soon as it may."""
    states = [State("a", "a", "+", 0), State("b", "b", "+", 1, 5)]
    grammar = Grammar(states, [Step(after, state, 0.0) for after in range(2) for state in range(2)], ALPHABET)
    logs = np.tile(np.array([[0.0, -1.0]], np.float32), (9, 1))
    found = grammar.path(logs, numbers("A" * 9), numbers(""), 1, stay).tolist()
    kept = max(0, 5 - stay)
    assert found == [1] * kept + [0] * (9 - kept)
    assert grammar.path(logs, numbers("A" * 9), numbers(""), 0, stay).tolist() == [0] * 9


@pytest.mark.parametrize("size", [1, 3, 8])
def test_piece_by_piece_no_stay_is_too_short(size: int) -> None:
    """Each piece is told how long the state before it has stood."""
    states = [State("a", "a", "+", 0, 3), State("b", "b", "+", 1, 7), State("c", "c", "+", 2)]
    grammar = Grammar(states, [Step(after, state, 0.0) for after in range(3) for state in range(3)], ALPHABET)
    logs = np.random.default_rng(size).normal(size=(300, 3)).astype(np.float32)
    path: list[int] = []
    for start in range(0, 300, size):
        stays = [(state, len(list(group))) for state, group in itertools.groupby(path)]
        last, stay = stays[-1] if stays else (None, 0)
        if len(stays) == 1:
            stay = 100  # what came before the beginning counts as enough
        here = logs[start : start + 20]
        path += grammar.path(here, numbers("A" * len(here)), numbers(""), last, stay)[:size].tolist()
    stays = [(state, len(list(group))) for state, group in itertools.groupby(path)]
    assert len(stays) > 20 and all(length >= states[state].shortest for state, length in stays[1:-1])

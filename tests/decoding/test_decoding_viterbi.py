"""The best path and the probabilities of tags against the enumeration of all paths."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtool.decoding.schemes import allowed_transitions, tag_names
from seqtool.decoding.viterbi import marginals, viterbi

MOST_STEPS = 5
KINDS = ["1", "2", "4", "iob2", "bioes"]
IMPOSSIBLE = -1e4

kinds = st.sampled_from(KINDS)
ragged = st.lists(st.integers(1, MOST_STEPS), min_size=1, max_size=4)
seeds = st.integers(0, 2**31)
enough = settings(deadline=None, derandomize=True, max_examples=50)


def transitions_of(kind: str, chance: np.random.Generator) -> Any:
    """Random scores (tags + 1, tags + 1): of so many tags, or of a scheme's, what it forbids impossible."""
    size = int(kind) if kind.isdigit() else len(tag_names(["x"], kind))
    scores = 2 * chance.normal(size=(size + 1, size + 1))
    if not kind.isdigit():
        scores[~allowed_transitions(tag_names(["x"], kind), kind)] = IMPOSSIBLE
    return scores.astype(np.float32)


def case(kind: str, lengths: list[int], seed: int, scale: float = 3.0) -> tuple[Any, Any]:
    """Emissions with noise behind the ends, and transitions."""
    chance = np.random.default_rng(seed)
    transitions = transitions_of(kind, chance)
    shape = (MOST_STEPS, len(lengths), len(transitions) - 1)
    return (scale * chance.normal(size=shape)).astype(np.float32), transitions


def scored_paths(emissions: Any, transitions: Any) -> dict[tuple[int, ...], float]:
    """The score of every path through emissions (length, tags), in double precision."""
    emissions, transitions = emissions.astype(np.float64), transitions.astype(np.float64)
    length, size = emissions.shape
    paths = np.array(list(itertools.product(range(size), repeat=length)))
    whole = np.pad(paths, ((0, 0), (1, 1)), constant_values=size)
    scores = emissions[np.arange(length), paths].sum(1) + transitions[whole[:, :-1], whole[:, 1:]].sum(1)
    return dict(zip(map(tuple, paths.tolist()), scores.tolist()))


@enough
@given(kinds, ragged, seeds)
def test_viterbi_finds_the_best_of_all_paths(kind: str, lengths: list[int], seed: int) -> None:
    emissions, transitions = case(kind, lengths, seed)
    found = viterbi(emissions, np.array(lengths), transitions)
    for row, (path, length) in enumerate(zip(found, lengths, strict=True)):
        scores = scored_paths(emissions[:length, row], transitions)
        assert len(path) == length
        # Random scores: two paths as good within single precision are as good as never drawn.
        assert scores[tuple(path)] == pytest.approx(max(scores.values()), abs=1e-5)


@enough
@given(kinds, ragged, seeds)
def test_of_equal_paths_that_with_the_lower_tags_at_the_end(kind: str, lengths: list[int], seed: int) -> None:
    """Whole numbers: sums are exact, and ties are many."""
    chance = np.random.default_rng(seed)
    transitions = np.where(transitions_of(kind, chance) == IMPOSSIBLE, IMPOSSIBLE, 0)
    transitions = (transitions + chance.integers(0, 2, transitions.shape)).astype(np.float32)
    emissions = chance.integers(0, 2, (MOST_STEPS, len(lengths), len(transitions) - 1)).astype(np.float32)
    found = viterbi(emissions, np.array(lengths), transitions)
    for row, length in enumerate(lengths):
        scores = scored_paths(emissions[:length, row], transitions)
        best = [path for path, score in scores.items() if score == max(scores.values())]
        assert tuple(found[row]) == min(best, key=lambda path: path[::-1])


@enough
@given(kinds, ragged, seeds)
def test_a_row_alone_has_the_same_path(kind: str, lengths: list[int], seed: int) -> None:
    emissions, transitions = case(kind, lengths, seed)
    together = viterbi(emissions, np.array(lengths), transitions)
    for row, length in enumerate(lengths):
        assert viterbi(emissions[:length, row : row + 1], np.array([length]), transitions) == [together[row]]


@pytest.mark.parametrize("scheme", ["iob2", "bioes"])
@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_no_path_goes_where_the_scheme_has_no_way(scheme: str, scale: float) -> None:
    names = tag_names(["x", "y"], scheme)
    chance = np.random.default_rng(7)
    lengths = chance.integers(1, 13, 200)
    emissions = (scale * chance.normal(size=(12, 200, len(names)))).astype(np.float32)
    # what is not lawful is what looks best
    emissions[:, :, [place for place, name in enumerate(names) if name[0] in "IE"]] += scale
    transitions = np.where(allowed_transitions(names, scheme), 0, IMPOSSIBLE).astype(np.float32)
    seen = set()
    for path in viterbi(emissions, lengths, transitions):
        whole = ["O", *(names[tag] for tag in path), "O"]
        for before, after in itertools.pairwise(whole):
            if after[0] == "I" or (scheme == "bioes" and after[0] == "E"):
                assert before[0] in "BI" and before[1:] == after[1:], whole
            elif scheme == "bioes":
                assert before[0] in "OES", whole
        seen.update(whole)
    assert seen == set(names)


@enough
@given(kinds, ragged, seeds)
def test_marginals_are_the_summed_probabilities_of_all_paths(kind: str, lengths: list[int], seed: int) -> None:
    emissions, transitions = case(kind, lengths, seed)
    found = marginals(emissions, np.array(lengths), transitions)
    assert found.shape == emissions.shape
    for row, length in enumerate(lengths):
        scores = scored_paths(emissions[:length, row], transitions)
        highest = max(scores.values())
        weights = {path: np.exp(score - highest) for path, score in scores.items()}
        expected = np.zeros((length, emissions.shape[2]))
        for path, weight in weights.items():
            expected[np.arange(length), path] += weight
        expected /= sum(weights.values())
        np.testing.assert_allclose(found[:length, row], expected, atol=1e-6)
        np.testing.assert_allclose(found[:length, row].sum(1), 1.0, atol=1e-12)
        assert not found[length:, row].any()


@enough
@given(
    st.sampled_from([*KINDS, "9", "33"]),
    st.lists(st.integers(1, MOST_STEPS), min_size=2, max_size=40),
    seeds,
    st.sampled_from([1.0, 30.0]),
)
def test_marginals_are_the_same_bits_in_any_batch(kind: str, lengths: list[int], seed: int, scale: float) -> None:
    """No digit is rounded away: a row alone, in the other order, and among some of its neighbours."""
    emissions, transitions = case(kind, lengths, seed, scale)
    together = marginals(emissions, np.array(lengths), transitions)
    every = list(range(len(lengths)))
    chosen = np.random.default_rng(seed).permutation(every)[: 1 + len(every) // 2].tolist()
    for rows in (*([row] for row in every), every[::-1], chosen):
        longest = max(lengths[row] for row in rows)
        found = marginals(emissions[:longest, rows], np.array(lengths)[rows], transitions)
        for column, row in enumerate(rows):
            assert found[: lengths[row], column].tobytes() == together[: lengths[row], row].tobytes()


@pytest.mark.parametrize("scheme", ["iob2", "bioes"])
def test_tags_that_cannot_be_have_no_probability(scheme: str) -> None:
    names = tag_names(["x"], scheme)
    emissions, transitions = case(scheme, [3, 1], 1)
    found = marginals(emissions, np.array([3, 1]), transitions)
    for place, name in enumerate(names):
        begins, ends = (name[0] not in "IE", True) if scheme == "iob2" else (name[0] in "OBS", name[0] in "OES")
        assert (found[0, 0, place] > 0, found[2, 0, place] > 0) == (begins, ends)
        assert (found[0, 1, place] > 0) == (begins and ends)


def test_long_sequences_neither_overflow_nor_vanish() -> None:
    """5000 steps of the same scores: in the middle, the chain's stationary probabilities, by eigenvectors."""
    chance = np.random.default_rng(2)
    transitions = transitions_of("4", chance)
    row = (3 * chance.normal(size=4)).astype(np.float32)
    found = marginals(np.tile(row, (5000, 1, 1)), np.array([5000]), transitions)
    step = np.exp(transitions[:-1, :-1].astype(float) + row.astype(float))  # [from, to]
    values, right = np.linalg.eig(step)
    into = right[:, values.real.argmax()].real
    values, left = np.linalg.eig(step.T)
    out = left[:, values.real.argmax()].real
    np.testing.assert_allclose(found[2500, 0], into * out / (into @ out), atol=1e-9)
    np.testing.assert_allclose(found.sum(2), 1.0, atol=1e-12)

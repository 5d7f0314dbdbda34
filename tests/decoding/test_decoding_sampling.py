"""Transforms and chance against plain Python and by chi-square."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from toy_step import Toy, ToyStates

from seqtool.decoding.sampling import Sampling, draw, sample, stream
from seqtool.decoding.transforms import (
    best_ids,
    forbid_repeats,
    log_sums,
    min_p,
    repetition_penalty,
    temperature,
    top_k,
    top_p,
)
from seqtool.errors import ModelError

enough = settings(deadline=None, derandomize=True, max_examples=60)
seeds = st.integers(0, 2**31)
sizes = st.sampled_from([1, 2, 5, 17, 200, 1500])
samplings = st.builds(
    Sampling,
    min_length=st.integers(0, 3),
    no_repeat_ngram=st.integers(0, 3),
    forbidden=st.sampled_from([(), (1, 2)]),
    temperature=st.sampled_from([0.0, 0.5, 1.0, 3.0]),
    top_k=st.integers(0, 9),
    top_p=st.sampled_from([0.3, 0.9, 1.0]),
    min_p=st.sampled_from([0.0, 0.1]),
    repetition_penalty=st.sampled_from([1.0, 10.0]),
)


def random_logits(rows: int, size: int, seed: int, values: int = 0) -> Any:
    """Scores, a few of which cannot be; whole numbers below ``values``, so that many are equal."""
    chance = np.random.default_rng(seed)
    logits = chance.integers(0, values, (rows, size)) if values else 4 * chance.normal(size=(rows, size))
    logits = logits.astype(np.float32)
    logits[:, 1:][chance.random((rows, size - 1)) < 0.2] = -np.inf
    return logits


def ranked(row: Any) -> list[int]:
    """The ids that can come, the best first, of equal ones the lower."""
    return sorted((each for each in range(len(row)) if row[each] > -np.inf), key=lambda each: (-row[each], each))


def probabilities(row: Any, degree: float = 1.0) -> Any:
    weights = np.exp((row.astype(np.float64) - row.max()) / degree)
    return weights / weights.sum()


def nucleus(row: Any, share: float) -> list[int]:
    """The ids of top-p, added up one by one."""
    chances, kept, total = probabilities(row), [], 0.0
    for each in ranked(row):
        if kept and total >= share:
            break
        kept.append(each)
        total += chances[each]
    return kept


def left(row: Any) -> list[int]:
    return np.flatnonzero(row > -np.inf).tolist()


@enough
@given(st.integers(1, 4), sizes, st.integers(1, 40), st.sampled_from([0, 1, 3]), seeds)
def test_the_best_ids_are_those_of_a_whole_sort(rows: int, size: int, count: int, values: int, seed: int) -> None:
    logits = random_logits(rows, size, seed, values)
    ids, scores = best_ids(logits, count)
    for row, found, score in zip(logits, ids, scores, strict=True):
        want = ranked(row)[:count]
        assert found[: len(want)].tolist() == want
        assert score.tolist() == row[want].tolist() + [-np.inf] * (count - len(want))


@enough
@given(st.integers(1, 4), sizes, seeds, st.sampled_from([1.0, 30.0]))
def test_log_sums_are_those_of_double_precision(rows: int, size: int, seed: int, scale: float) -> None:
    logits = scale * random_logits(rows, size, seed)
    wide = logits.astype(np.float64)
    top = wide.max(1)
    want = top + np.log(np.exp(wide - top[:, None]).sum(1))
    assert np.abs(log_sums(logits) - want).max() < 1e-6


@enough
@given(st.integers(1, 60), sizes, samplings, st.booleans(), seeds)
def test_a_row_alone_has_the_same_bits(rows: int, size: int, sampling: Sampling, strided: bool, seed: int) -> None:
    logits = random_logits(rows, size, seed)
    if strided:  # the numbers of a row apart in memory, as a transposed graph output has them
        logits = np.asfortranarray(logits)
    seen = np.random.default_rng(seed).random(logits.shape) < 0.3
    numbers = np.random.default_rng(seed).random(rows)
    sums, changed = log_sums(logits), sampling.transform(logits, seen)
    drawn = draw(changed, numbers)
    for row in range(0, rows, 7):
        one = np.ascontiguousarray(logits[row : row + 1])
        assert log_sums(one)[0] == sums[row]
        alone = sampling.transform(one, seen[row : row + 1])
        assert alone.tobytes() == changed[row].tobytes()
        assert draw(alone, numbers[row : row + 1])[0] == drawn[row]


@enough
@given(sizes, st.integers(0, 12), st.sampled_from([0, 3]), seeds)
def test_top_k_keeps_the_highest(size: int, count: int, values: int, seed: int) -> None:
    logits = random_logits(2, size, seed, values)
    for row, found in zip(logits, top_k(logits, count), strict=True):
        assert left(found) == sorted(ranked(row)[:count] if count else ranked(row))
        assert (found[left(found)] == row[left(found)]).all()


@enough
@given(sizes, st.floats(0.01, 0.99), seeds, st.sampled_from([0.1, 1.0]))
def test_top_p_keeps_the_fewest_that_have_the_share(size: int, share: float, seed: int, scale: float) -> None:
    logits = scale * random_logits(3, size, seed)
    for row, found in zip(logits, top_p(logits, share), strict=True):
        assert left(found) == sorted(nucleus(row, share))


def test_top_p_of_equal_scores_keeps_the_lower_ids() -> None:
    assert left(top_p(np.zeros((1, 8), np.float32), 0.5)[0]) == [0, 1, 2, 3]


@enough
@given(sizes, st.floats(0.01, 1), seeds)
def test_min_p_keeps_what_is_that_likely(size: int, share: float, seed: int) -> None:
    logits = random_logits(3, size, seed)
    for row, found in zip(logits, min_p(logits, share), strict=True):
        chances = probabilities(row)
        assert left(found) == np.flatnonzero(chances >= share * chances.max()).tolist()


def test_a_penalty_makes_what_was_seen_less_likely() -> None:
    logits = np.array([[2.0, -2.0, 2.0, -2.0, 0.0]], np.float32)
    seen = np.array([[True, True, False, False, True]])
    assert repetition_penalty(logits, seen, 2.0).tolist() == [[1.0, -4.0, 2.0, -2.0, 0.0]]


@pytest.mark.parametrize("degree", [1e-30, 0.3, 2.0, 1e30])
def test_temperature_divides_what_lies_below_the_best(degree: float) -> None:
    logits = random_logits(3, 9, 1)
    for row, found in zip(logits, temperature(logits, degree), strict=True):
        assert probabilities(found) == pytest.approx(probabilities(row, degree), abs=1e-6)


@enough
@given(st.lists(st.lists(st.integers(0, 2), max_size=9), min_size=1, max_size=4), st.integers(0, 4))
def test_no_ngram_comes_twice(histories: list[list[int]], size: int) -> None:
    most = max(map(len, histories))
    padded = np.array([[-1] * (most - len(ids)) + ids for ids in histories]).reshape(len(histories), most)
    logits = np.zeros((len(histories), 4), np.float32)
    forbid_repeats(logits, padded, size)
    for ids, row in zip(histories, logits, strict=True):
        grams = [tuple(ids[start : start + size]) for start in range(len(ids) - size + 1)] if size else []
        ends = [tuple([*ids, each][len(ids) + 1 - size :]) for each in range(4)]
        assert left(row) == [each for each in range(4) if ends[each] not in grams]


@pytest.fixture(scope="module")
def numbers() -> Any:
    """The first number of many records."""
    return np.array([stream(1, record, 0).random() for record in range(20_000)])


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(),
        Sampling(temperature=0.6),
        Sampling(temperature=2.0, top_k=5),
        Sampling(top_p=0.8),
        Sampling(temperature=1.5, top_p=0.7),
        Sampling(min_p=0.1),
        Sampling(temperature=1.3, top_k=9, top_p=0.95, min_p=0.05),
    ],
    ids=lambda each: str({name: value for name, value in vars(each).items() if value != getattr(Sampling, name)}),
)
def test_what_is_drawn_has_the_distribution_by_hand(sampling: Sampling, numbers: Any) -> None:
    row = np.random.default_rng(4).normal(size=12).astype(np.float32)
    chances = probabilities(row, sampling.temperature)
    order = np.argsort(-chances)
    if sampling.top_k:
        chances[order[sampling.top_k :]] = 0.0
        chances /= chances.sum()
    before = np.cumsum(chances[order]) - chances[order]
    chances[order[before >= sampling.top_p]] = 0.0
    chances[chances < sampling.min_p * chances.max()] = 0.0
    chances /= chances.sum()
    count = len(numbers)
    drawn = draw(sampling.transform(np.repeat(row[None], count, 0)), numbers)
    counts = np.bincount(drawn, minlength=12)
    assert (counts[chances == 0] == 0).all()
    possible = chances > 0
    assert chisquare(counts[possible], count * chances[possible]).pvalue > 1e-3


@enough
@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=5), seeds)
def test_the_drawn_id_is_the_first_above_the_number(numbers: list[float], seed: int) -> None:
    logits = random_logits(len(numbers), 30, seed)
    for row, number, found in zip(logits, numbers, draw(logits, np.array(numbers)), strict=True):
        assert row[found] > -np.inf
        sums = np.cumsum(probabilities(row))
        assert sums[found] - probabilities(row)[found] - 1e-6 <= number <= sums[found] + 1e-6


@pytest.mark.parametrize("number", [0.0, np.nextafter(1.0, 0.0)])
def test_a_number_at_the_edge_draws_what_can_come(number: float) -> None:
    logits = np.full((1, 9), -np.inf, np.float32)
    logits[0, [2, 5]] = 0.0
    assert draw(logits, np.array([number]))[0] == (2 if number == 0 else 5)


def test_what_has_no_weight_is_never_drawn() -> None:
    logits = np.repeat(np.array([[-1000.0, 0.0, 0.0]], np.float32), 2, 0)
    assert draw(logits, np.array([0.0, 0.5])).tolist() == [1, 2]


def texts(toy: Toy, sampling: Sampling, longest: Any, rows: Any, seed: int = 7, **more: Any) -> list[list[int]]:
    """What is drawn for some rows of a toy: their ids, the end among them."""
    ids, states = toy.begin(rows)
    streams = [stream(seed, row, 0) for row in rows]
    found: list[list[int]] = [[] for _ in rows]
    for drawn in sample(toy.step, states, ids, toy.end, sampling, max_lengths=longest, streams=streams, **more):
        for row, each in zip(drawn.rows, drawn.ids, strict=True):
            found[row].append(each)
    return found


@enough
@given(samplings, st.lists(st.integers(0, 9), min_size=1, max_size=5), sizes.filter(lambda size: size > 4), seeds)
def test_a_row_depends_on_nothing_beside_it(sampling: Sampling, longest: list[int], size: int, seed: int) -> None:
    toy = Toy(size, len(longest), seed)
    chance = np.random.default_rng(seed)
    histories = [chance.integers(0, size - 1, chance.integers(0, 4)).tolist() for _ in longest]
    together = texts(toy, sampling, longest, range(len(longest)), seed, histories=histories)
    for row, most in enumerate(longest):
        assert texts(toy, sampling, most, [row], seed, histories=[histories[row]]) == [together[row]]
        ids = together[row]
        assert len(ids) <= most
        assert toy.end not in ids[:-1]
        assert not {1, 2}.intersection(ids) or not sampling.forbidden
        assert toy.end not in ids or len(ids) > sampling.min_length or sampling.no_repeat_ngram
        assert len(ids) == most or toy.end in ids


def test_streams_are_the_seeds_records_and_samples_alone() -> None:
    keys = [(seed, record, number) for seed in (1, 2) for record in (0, 1) for number in (0, 1)]
    firsts = {key: stream(*key).random() for key in keys}
    assert len(set(firsts.values())) == len(keys)
    assert firsts == {key: stream(*key).random() for key in reversed(keys)}


def test_a_long_text_draws_its_numbers_one_by_one() -> None:
    """More steps than numbers are taken from a stream at once: each step the next number of its row."""
    toy = Toy(9, 2, 3)
    toy.table[..., toy.end] = -np.inf
    found = texts(toy, Sampling(), 200, [0, 1])
    for row, ids in enumerate(found):
        numbers = stream(7, row, 0)
        before = [toy.end, toy.end]
        for each in ids:
            logits = toy.step(np.array(before[-1:]), ToyStates(np.array(before[-2:-1]), np.array([row])))[0]
            assert each == draw(logits, np.array([numbers.random()]))[0]
            before.append(each)


def test_temperature_zero_takes_the_likeliest() -> None:
    toy = Toy(40, 3, 3)
    for row, ids in enumerate(texts(toy, Sampling(temperature=0.0), 10, range(3))):
        for each, (before, last) in zip(ids, zip(*toy.contexts(ids), strict=True), strict=True):
            assert each == toy.table[row, before, last].argmax()


def test_log_probabilities_are_the_models_own() -> None:
    toy = Toy(40, 3, 3)
    sampling = Sampling(temperature=0.7, top_k=3, repetition_penalty=2.0, forbidden=(0,))
    ids, states = toy.begin(range(3))
    streams = [stream(7, row, 0) for row in range(3)]
    found: list[list[int]] = [[], [], []]
    scores: list[list[float]] = [[], [], []]
    steps = sample(toy.step, states, ids, toy.end, sampling, max_lengths=20, streams=streams, scores=True)
    for drawn in steps:
        for row, each, score in zip(drawn.rows, drawn.ids, drawn.log_probabilities, strict=True):
            found[row].append(each)
            scores[row].append(score)
    assert found == texts(toy, sampling, 20, range(3))
    for row in range(3):
        assert scores[row] == pytest.approx(toy.log_probabilities(row, found[row]), abs=1e-5)


def test_what_was_said_before_counts_for_repetition() -> None:
    """Id 2 is always the likeliest, then 1."""
    toy = Toy(4, 3, 3)
    toy.table[...] = [0.0, 2.0, 3.0, -9.0]
    before: list[list[int]] = [[0, 1, 0, 1], [2, 2], []]
    for sampling, firsts in (
        (Sampling(temperature=0.0, no_repeat_ngram=2), [2, 1, 2]),
        (Sampling(temperature=0.0, repetition_penalty=2.0), [2, 1, 2]),
        (Sampling(temperature=0.0), [2, 2, 2]),
    ):
        found = texts(toy, sampling, 1, range(3), histories=before)
        assert [ids[0] for ids in found] == firsts


def test_rows_that_leave_take_what_they_said_along() -> None:
    """Row 0 leaves before the third step; row 1 has had 2 and 1 then, and not what row 0 had."""
    toy = Toy(5, 2, 3)
    toy.table[...] = [0.0, 2.0, 3.0, 1.9, -9.0]
    toy.table[0, ..., 3] = 9.0
    sampling = Sampling(temperature=0.0, repetition_penalty=2.0)
    assert texts(toy, sampling, [2, 3], [0, 1]) == [[3, 3], [2, 1, 3]]


def test_the_end_is_no_text_to_stop_at() -> None:
    toy = Toy(5, 2, 3)
    told: list[tuple[int, int]] = []
    found = texts(toy, Sampling(), 50, [0, 1], stopped=lambda row, each: told.append((row, each)) is not None)
    assert [ids[-1] for ids in found] == [toy.end, toy.end]
    assert sorted(told) == sorted((row, each) for row, ids in enumerate(found) for each in ids[:-1])


def test_a_row_ends_where_it_is_told_to() -> None:
    toy = Toy(9, 2, 3)
    toy.table[..., toy.end] = -np.inf
    whole = texts(toy, Sampling(), 20, [0, 1])
    stop = whole[0][5]
    found = texts(toy, Sampling(), 20, [0, 1], stopped=lambda row, each: row == 0 and each == stop)
    assert found == [whole[0][: whole[0].index(stop) + 1], whole[1]]


def test_a_row_that_nothing_is_left_to_ends() -> None:
    toy = Toy(5, 1, 3)
    never = Sampling(no_repeat_ngram=1, min_length=9)
    ids = texts(toy, never, 20, [0])[0]
    assert sorted(ids) == [0, 1, 2, 3, 4]
    assert ids[-1] == toy.end
    first, states = toy.begin([0])
    steps = list(sample(toy.step, states, first, None, never, max_lengths=20, streams=[stream(1, 0, 0)]))
    assert sorted(each for drawn in steps for each in drawn.ids) == [0, 1, 2, 3, 4]


def test_scores_that_are_no_numbers_are_told() -> None:
    toy = Toy(5, 1, 3)
    toy.table[..., 2] = np.nan
    with pytest.raises(ModelError, match="no numbers"):
        texts(toy, Sampling(), 4, [0])

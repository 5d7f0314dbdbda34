"""Beam search against all sequences there are, and against a search that is slow and plain."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_step import CONTEXTS, MovableStates, Toy, ToyStates

from seqtool.decoding.beam import Hypothesis, Search, _best, _likeliest, beam_search, coverage_penalty
from seqtool.decoding.step import follow
from seqtool.errors import ModelError, OptionError

enough = settings(deadline=None, derandomize=True, max_examples=60)
seeds = st.integers(0, 2**31)
# One search with all that can be asked of it.
searches = st.builds(
    Search,
    beam=st.integers(1, 5),
    length_penalty=st.sampled_from([0.0, 0.6, 1.0, 2.0]),
    min_length=st.integers(0, 3),
    no_repeat_ngram=st.integers(0, 3),
    forbidden=st.sampled_from([(), (1,)]),
    cut=st.booleans(),
)


def found_by(toy: Toy, search: Search, max_lengths: Any, sources: Any = None, **more: Any) -> list[list[Hypothesis]]:
    sources = range(toy.sources) if sources is None else sources
    ids, states = toy.begin(sources, more.pop("of", ToyStates))
    return beam_search(toy.step, states, ids, toy.end, search, max_lengths=max_lengths, **more)


def repeats(ids: list[int], size: int) -> bool:
    grams = [tuple(ids[start : start + size]) for start in range(len(ids) - size + 1)]
    return size > 0 and len(set(grams)) < len(grams)


def following(toy: Toy, search: Search, ids: list[int], longest: int, prefix: list[int]) -> list[int]:
    """The ids that may come after these, the end among them."""
    if len(ids) < len(prefix):
        return [prefix[len(ids)]]
    if len(ids) >= longest and not search.cut:
        return [toy.end]
    others = [
        each
        for each in range(toy.end)
        if each not in search.forbidden and not repeats_at_end([*ids, each], search.no_repeat_ngram)
    ]
    return [*others, toy.end] if len(ids) >= search.min_length or not others else others


def repeats_at_end(ids: list[int], size: int) -> bool:
    """Whether the last n-gram was there before."""
    last = ids[len(ids) - size :]
    return 0 < size <= len(ids) and any(ids[start : start + size] == last for start in range(len(ids) - size))


def score(toy: Toy, search: Search, source: int, ids: list[int]) -> tuple[float, float]:
    """Log-probability and score of ids, the end among them if it is there."""
    total = float(toy.log_probabilities(source, ids).sum())
    return total, total / ((5 + len(ids)) / 6) ** search.length_penalty


def all_finished(
    toy: Toy, search: Search, longest: int, prefix: list[int], ids: list[int] | None = None
) -> Iterator[list[int]]:
    """Every sequence that a search may finish, with its end if it has one."""
    ids = ids or []
    for each in following(toy, search, ids, longest, prefix):
        now = [*ids, each]
        if each == toy.end or (search.cut and len(now) >= max(longest, len(prefix))):
            yield now
        else:
            yield from all_finished(toy, search, longest, prefix, now)


def with_end(toy: Toy, one: Hypothesis) -> list[int]:
    return [*one.ids, toy.end] if one.ended else one.ids


@enough
@given(searches, st.integers(2, 4), st.integers(1, 4), st.lists(st.integers(0, 0), max_size=2), seeds)
def test_a_beam_as_large_as_the_space_finds_the_best_of_all(
    search: Search, size: int, longest: int, prefix: list[int], seed: int
) -> None:
    toy = Toy(size, 2, seed)
    search = dataclasses.replace(search, beam=4**5, n_best=5)
    prefixes = [prefix, []]
    found = found_by(toy, search, longest, prefixes=prefixes)
    for source in range(2):
        every = list(all_finished(toy, search, longest, prefixes[source]))
        every.sort(key=lambda ids: -score(toy, search, source, ids)[1])
        assert [with_end(toy, one) for one in found[source]] == every[:5]


def plain_search(toy: Toy, search: Search, source: int, longest: int, prefix: list[int]) -> list[list[int]]:
    """The beam search that is described, a hypothesis at a time, in double precision."""
    live: list[list[int]] = [[]]
    room, kept = search.beam, []
    most = max(longest, len(prefix)) + (not search.cut)
    while live:
        candidates = [[*ids, each] for ids in live for each in following(toy, search, ids, longest, prefix)]
        candidates.sort(key=lambda ids: -score(toy, search, source, ids)[0])
        live = []
        for ids in candidates[:room]:
            if ids[-1] == toy.end or (search.cut and len(ids) >= max(longest, len(prefix))):
                room -= 1
                kept.append(ids)
            else:
                live.append(ids)
        kept.sort(key=lambda ids: -score(toy, search, source, ids)[1])
        if len(kept) >= search.n_best:
            bar = score(toy, search, source, kept[search.n_best - 1])[1]
            norm = ((5 + most) / 6) ** search.length_penalty
            live = [ids for ids in live if score(toy, search, source, ids)[0] / norm > bar]
    return kept[: search.n_best]


@enough
@given(searches, st.integers(1, 3), st.lists(st.integers(1, 9), min_size=1, max_size=4), st.booleans(), seeds)
def test_each_source_as_a_plain_search_finds_it(
    search: Search, n_best: int, longest: list[int], prefixed: bool, seed: int
) -> None:
    search = dataclasses.replace(search, n_best=min(n_best, search.beam))
    toy = Toy(7, len(longest), seed)
    chance = np.random.default_rng(seed)
    prefixes = [chance.integers(0, toy.end, chance.integers(0, 4)).tolist() if prefixed else [] for _ in longest]
    found = found_by(toy, search, longest, prefixes=prefixes)
    for source, (most, prefix) in enumerate(zip(longest, prefixes, strict=True)):
        assert [with_end(toy, one) for one in found[source]] == plain_search(toy, search, source, most, prefix)
        for one in found[source]:
            assert one.ids[: len(prefix)] == prefix
            assert len(one.ids) <= max(most, len(prefix))


@enough
@given(searches, st.lists(st.integers(1, 9), min_size=1, max_size=4), seeds)
def test_hypotheses_are_sorted_distinct_and_score_what_their_ids_do(
    search: Search, longest: list[int], seed: int
) -> None:
    search = dataclasses.replace(search, n_best=search.beam)
    toy = Toy(30, len(longest), seed, positions=6)
    for source, hypotheses in enumerate(found_by(toy, search, longest)):
        assert 1 <= len(hypotheses) <= search.beam
        assert len({tuple(one.ids) for one in hypotheses}) == len(hypotheses)
        scores = [one.score for one in hypotheses]
        assert scores == sorted(scores, reverse=True)
        for one in hypotheses:
            ids = with_end(toy, one)
            assert (one.log_probability, one.score) == pytest.approx(score(toy, search, source, ids), abs=1e-5)
            assert one.log_probabilities == pytest.approx(toy.log_probabilities(source, ids), abs=1e-5)
            assert (one.extras["attention"] == toy.attended(source, ids)).all()
            assert len(one.ids) <= longest[source]
            assert len(one.ids) >= min(search.min_length, longest[source])
            assert not repeats(one.ids, search.no_repeat_ngram)
            assert toy.end not in one.ids
            assert not set(search.forbidden) & set(one.ids)
            assert one.ended or (search.cut and len(one.ids) == longest[source])


@enough
@given(searches, st.lists(st.integers(1, 9), min_size=2, max_size=5), st.sampled_from([5, 60, 700]), seeds)
def test_a_source_alone_has_the_same_bits(search: Search, longest: list[int], size: int, seed: int) -> None:
    search = dataclasses.replace(search, n_best=search.beam)
    toy = Toy(size, len(longest), seed, positions=30)
    sources = range(len(longest))
    weight = coverage_penalty(0.2, toy.lengths)
    together = found_by(toy, search, longest, sources, coverage=weight)
    for row, source in enumerate(sources):
        width = int(toy.lengths[source])
        narrow = dataclasses.replace(toy)
        narrow.table, narrow.attention = toy.table, toy.attention[..., :width]
        weight = coverage_penalty(0.2, [width])
        alone = found_by(narrow, search, longest[row], [source], coverage=weight)[0]
        for one, other in zip(together[row], alone, strict=True):
            attention = one.extras["attention"][:, :width], other.extras["attention"]
            assert np.array_equal(*attention)
            assert dataclasses.replace(one, extras={}) == dataclasses.replace(other, extras={})


@enough
@given(st.integers(2, 40), seeds, st.booleans())
def test_a_beam_of_one_takes_the_likeliest_id_at_each_step(size: int, seed: int, cut: bool) -> None:
    toy = Toy(size, 3, seed)
    found = found_by(toy, Search(beam=1, cut=cut), 12)
    for source in range(3):
        ids: list[int] = []
        while toy.end not in ids and len(ids) < 12:
            before, last = (each % CONTEXTS for each in [toy.end, toy.end, *ids][-2:])
            ids.append(int(toy.table[source, before, last].argmax()))
        if toy.end not in ids and not cut:
            ids.append(toy.end)
        assert [with_end(toy, one) for one in found[source]] == [ids]


@enough
@given(st.integers(2, 300), st.integers(1, 5), st.sampled_from([1, 3, 1000]), seeds)
def test_the_direct_way_of_a_beam_of_one_chooses_the_same(size: int, rows: int, values: int, seed: int) -> None:
    """Few values: ties are many.  Some ids cannot come."""
    chance = np.random.default_rng(seed)
    logits = chance.integers(0, values, (rows, size)).astype(np.float32)
    logits[chance.random(logits.shape) < 0.5] = -np.inf
    totals, sums = chance.normal(size=(2, rows))
    wide = _best(logits, totals, sums, np.arange(rows), np.ones(rows, int))
    direct = _likeliest(logits, totals)
    for one, other in zip(dataclasses.astuple(direct), dataclasses.astuple(wide), strict=True):
        assert np.array_equal(one, other)


@enough
@given(searches, seeds)
def test_states_that_can_stay_with_their_source_do(search: Search, seed: int) -> None:
    """The states of the toy check that rows are reordered within their sources alone."""
    toy = Toy(9, 4, seed)
    assert found_by(toy, search, 6, of=MovableStates) == found_by(toy, search, 6)


def test_states_are_moved_as_little_as_can_be() -> None:
    sources = np.array([0, 0, 1, 1])
    states = MovableStates(np.array([5, 6, 7, 8]), sources)
    assert follow(states, np.arange(4), sources) is states
    assert follow(states, np.array([1, 1, 3, 2]), sources).source is sources
    for rows in ([0, 1, 3], [0, 2, 2, 3]):
        taken = follow(states, np.array(rows), sources)
        assert (taken.before.tolist(), taken.source.tolist()) == ([row + 5 for row in rows], [*sources[rows]])
    assert not hasattr(ToyStates, "reorder")
    assert follow(ToyStates(states.before, sources), np.array([1, 1, 3, 2]), sources).before.tolist() == [6, 6, 8, 7]


def test_whoever_has_finished_leaves_the_batch() -> None:
    toy = Toy(50, 3, 5)
    toy.table[1, :, :, toy.end] += 100.0  # ends at once
    toy.table[[0, 2], :, :, toy.end] -= 100.0  # never
    found_by(toy, Search(beam=4, n_best=4), [6, 6, 3])
    # Source 1 has one row at first, and one end takes a place of four; its others are far from the kept ones.
    assert toy.rows[0] == 3
    assert toy.rows[1] == 4 + 3 + 4
    assert toy.rows[-1] == 4
    assert len(toy.rows) == 7


def test_a_search_stops_when_nothing_can_beat_what_it_has() -> None:
    toy = Toy(50, 1, 5)
    toy.table[:, :, :, toy.end] += 20.0
    for n_best, steps in ((1, 1), (2, 2)):
        toy.rows.clear()
        found_by(toy, Search(beam=4, n_best=n_best, length_penalty=0.0), 30)
        assert len(toy.rows) == steps


def test_a_long_hypothesis_that_the_length_penalty_lifts_is_waited_for() -> None:
    """To end at once has 0.55; to end after one id 0.45, but divided by the penalty of two ids."""
    toy = Toy(2, 1, 5)
    toy.table[...] = np.log(np.float32([0.0001, 0.9999]))
    toy.table[0, 1, 1] = np.log(np.float32([0.45, 0.55]))
    best = found_by(toy, Search(beam=2, length_penalty=2.0), 1)[0][0]
    assert best.ids == [0]
    assert best.score == pytest.approx(np.log(0.45 * 0.9999) * (6 / 7) ** 2, abs=1e-6)


def test_of_equal_scores_the_lower_ids_come_first() -> None:
    toy = Toy(6, 2, 1, scale=0.0)
    found = found_by(toy, Search(beam=3, n_best=3, cut=True), 2)
    for hypotheses in found:
        assert [one.ids for one in hypotheses] == [[0, 0], [0, 1], [0, 2]]


@enough
@given(st.floats(0, 2), seeds)
def test_coverage_counts_what_no_step_has_attended_to(weight: float, seed: int) -> None:
    toy = Toy(3, 2, seed, positions=4)
    search = Search(beam=4**4, n_best=3, length_penalty=0.6)

    def covered(source: int, ids: list[int]) -> float:
        attended = toy.attended(source, ids).astype(np.float64).sum(0)[: toy.lengths[source]]
        return score(toy, search, source, ids)[1] + weight * float(np.log(np.minimum(attended, 1.0)).sum())

    found = found_by(toy, search, 3, coverage=coverage_penalty(weight, toy.lengths))
    for source in range(2):
        every = sorted(all_finished(toy, search, 3, []), key=lambda ids: -covered(source, ids))
        assert [with_end(toy, one) for one in found[source]] == every[:3]
        assert [one.score for one in found[source]] == pytest.approx([covered(source, ids) for ids in every[:3]])


def test_without_an_end_all_are_cut() -> None:
    toy = Toy(5, 1, 3)
    ids, states = toy.begin([0])
    found = beam_search(toy.step, states, ids, None, Search(beam=2, n_best=2), max_lengths=4)[0]
    assert [(len(one.ids), one.ended, len(one.log_probabilities)) for one in found] == [(4, False, 4)] * 2


def test_no_source_gives_no_answer() -> None:
    assert found_by(Toy(5, 1, 3), Search(), 4, []) == []


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_scores_that_are_no_numbers_are_told(bad: float) -> None:
    toy = Toy(5, 1, 3)
    toy.table[0, :, :, 2] = bad
    with pytest.raises(ModelError, match="no numbers"):
        found_by(toy, Search(), 4)


@pytest.mark.parametrize("wrong", [{"beam": 0}, {"n_best": 5}, {"n_best": 0}, {"length_penalty": -1.0}])
def test_a_search_that_could_find_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        Search(**wrong)
    with pytest.raises(OptionError):
        found_by(Toy(5, 1, 3), Search(), 0)

"""How data become batches: every row as often as its weight says, within the limits, and the stream whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch

from seqtool.training.plans import SHORTEST, Batch, LengthPlan, PairPlan, Sequences, StreamPlan, sorted_batches

LENGTHS = [1, 1, 2, 3, 3, 5, 8, 8, 9, 13, 20, 21, 34, 40, 60, 90]


def rows_of(lengths: Sequence[int], first: int = 0) -> list[list[int]]:
    """Sequences of which each id stands nowhere else, so that it tells its row and its step."""
    ends = np.cumsum([0, *lengths]).tolist()
    return [list(range(first + start, first + start + length)) for start, length in zip(ends, lengths)]


def columns_of(ids: torch.Tensor, lengths: torch.Tensor) -> list[list[int]]:
    """The sequences of a padded batch, seen to be padded with zeros."""
    assert ids.shape == (int(lengths.max()), len(lengths))
    for column, length in enumerate(lengths.tolist()):
        assert not ids[length:, column].any()
    return [ids[:length, column].tolist() for column, length in enumerate(lengths.tolist())]


def same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether batches are the same to the bit."""
    assert len(one) == len(other)
    for left, right in zip(one, other):
        for name, value in vars(left).items():
            theirs = getattr(right, name)
            if not (torch.equal(value, theirs) if isinstance(value, torch.Tensor) else value == theirs):
                return False
    return True


# -- sequences by their lengths --------------------------------------------------------------------


def length_plan(weights: Sequence[float] | None = None, **settings: Any) -> LengthPlan:
    given = {"batch_size": 4, "batch_tokens": 60, "max_length": 40, "seed": 3, **settings}
    weights = [1.0] * len(LENGTHS) if weights is None else weights
    return LengthPlan(Sequences.of(rows_of(LENGTHS)), np.array(weights, np.float32), **given)


def whole_epoch(plan: Any, epoch: int) -> list[Any]:
    return list(plan.batches(epoch, plan.rows(epoch)))


@pytest.mark.parametrize("batch_size", [1, 3, 100])
@pytest.mark.parametrize("batch_tokens", [1, 41, 10_000])
def test_every_row_once_within_the_limits(batch_size: int, batch_tokens: int) -> None:
    plan = length_plan(batch_size=batch_size, batch_tokens=batch_tokens)
    rows = rows_of(LENGTHS)
    read: list[int] = []
    for batch in whole_epoch(plan, 0):
        longest = int(batch.lengths.max())
        assert len(batch.rows) <= batch_size and (len(batch.rows) * longest <= batch_tokens or len(batch.rows) == 1)
        for row, found in zip(batch.rows, columns_of(batch.ids, batch.lengths), strict=True):
            # The whole row, or a stretch of one that is too long.
            assert len(found) == min(LENGTHS[row], 40)
            start = found[0] - rows[row][0]
            assert found == rows[row][start : start + len(found)]
        read += batch.rows
    assert sorted(read) == list(range(len(LENGTHS)))


def test_rows_are_read_as_often_as_their_weights_say() -> None:
    """A whole weight exactly; of the rest, its share of the epochs."""
    weights = [0.0, 1.0, 2.0, 3.0, 0.5, 1.25, *[1.0] * (len(LENGTHS) - 6)]
    plan = length_plan(weights)
    epochs = 600
    total: Counter[int] = Counter()
    for epoch in range(epochs):
        counts = Counter(row for batch in plan.rows(epoch) for row, _ in batch)
        for row, weight in enumerate(weights):
            assert int(weight) <= counts[row] <= -int(-weight // 1)
        total += counts
    for row, weight in enumerate(weights):
        # Six standard deviations of a share at its widest.
        assert abs(total[row] / epochs - weight) <= 6 * 0.5 / epochs**0.5


def test_stretches_of_a_long_row_begin_anywhere() -> None:
    plan = length_plan(max_length=85)
    rows = rows_of(LENGTHS)
    starts = {
        found[0] - rows[15][0]
        for epoch in range(100)
        for batch in whole_epoch(plan, epoch)
        for row, found in zip(batch.rows, columns_of(batch.ids, batch.lengths))
        if row == 15
    }
    assert starts == set(range(90 - 85 + 1))


def test_a_share_is_read_shorter() -> None:
    plan = length_plan(short_stretches=0.5)
    shorter = longer = 0
    for epoch in range(300):
        for batch in plan.rows(epoch):
            for row, length in batch:
                whole = min(LENGTHS[row], 40)
                if whole <= SHORTEST:
                    assert length == whole
                    continue
                assert SHORTEST <= length <= whole
                shorter += length < whole
                longer += length == whole
    assert 0.45 < shorter / (shorter + longer) < 0.55


# -- pairs ------------------------------------------------------------------------------------------

TARGET_LENGTHS = [9, 1, 2, 30, 3, 5, 8, 1, 9, 70, 20, 1, 34, 2, 60, 3]


def pair_plan(weights: Sequence[float] | None = None, **settings: Any) -> PairPlan:
    given = {"batch_size": 4, "batch_tokens": 100, "seed": 3, **settings}
    weights = [1.0] * len(LENGTHS) if weights is None else weights
    sources, targets = Sequences.of(rows_of(LENGTHS)), Sequences.of(rows_of(TARGET_LENGTHS, 1000))
    return PairPlan(sources, targets, np.array(weights, np.float32), **given)


@pytest.mark.parametrize("batch_size", [1, 3, 100])
@pytest.mark.parametrize("batch_tokens", [1, 90, 10_000])
def test_every_pair_once_and_both_sides_together(batch_size: int, batch_tokens: int) -> None:
    plan = pair_plan(batch_size=batch_size, batch_tokens=batch_tokens)
    sources, targets = rows_of(LENGTHS), rows_of(TARGET_LENGTHS, 1000)
    read: list[int] = []
    for batch in whole_epoch(plan, 0):
        assert columns_of(batch.ids, batch.lengths) == [sources[row] for row in batch.rows]
        assert columns_of(batch.targets, batch.target_lengths) == [targets[row] for row in batch.rows]
        longest = int(max(batch.lengths.max(), batch.target_lengths.max()))
        assert len(batch.rows) <= batch_size and (len(batch.rows) * longest <= batch_tokens or len(batch.rows) == 1)
        read += batch.rows
    assert sorted(read) == list(range(len(LENGTHS)))


def test_pairs_are_read_as_often_as_their_weights_say() -> None:
    weights = [0.0, 2.0, 0.5, *[1.0] * (len(LENGTHS) - 3)]
    plan = pair_plan(weights)
    counts = [Counter(row for batch in plan.rows(epoch) for row in batch) for epoch in range(400)]
    assert all(count[0] == 0 and count[1] == 2 and count[3] == 1 for count in counts)
    assert 0.4 < sum(count[2] for count in counts) / 400 < 0.6


def test_pairs_in_a_batch_are_of_like_lengths() -> None:
    """Less is padded than in batches of pairs as they come."""
    chance = np.random.default_rng(1)
    source, target = (chance.integers(1, 60, 2000) for _ in range(2))
    plan = PairPlan(
        *(Sequences.of([[1] * length for length in side]) for side in (source, target)),
        np.ones(2000, np.float32), batch_size=20, batch_tokens=10**6, seed=1,
    )  # fmt: skip

    def padded(batches: list[list[int]]) -> int:
        return sum(len(batch) * int(side[batch].max()) for batch in batches for side in (source, target))

    as_they_come = [list(range(start, start + 20)) for start in range(0, 2000, 20)]
    assert padded(plan.rows(0)) < 0.8 * padded(as_they_come)


# -- a stream ---------------------------------------------------------------------------------------


def stream_plan(length: int = 1000, **settings: Any) -> StreamPlan:
    return StreamPlan(np.arange(length, dtype=np.uint16), **{"columns": 4, "steps": 13, "seed": 3, **settings})


@pytest.mark.parametrize("length", [5, 6, 100, 1000, 1001, 1004])
@pytest.mark.parametrize("columns", [1, 3, 4])
@pytest.mark.parametrize("steps", [1, 13, 5000])
@pytest.mark.parametrize("varied", [False, True])
def test_batches_put_together_are_the_stream(length: int, columns: int, steps: int, varied: bool) -> None:
    plan = stream_plan(length, columns=columns, steps=steps, varied=varied)
    batches = whole_epoch(plan, 0)
    for number, batch in enumerate(batches):
        assert batch.rows == list(range(columns)) and batch.begins == (number == 0)
        assert batch.lengths.tolist() == [len(batch.ids)] * columns
        # Every id of the stream is its own offset: what comes after it is one more.
        assert batch.ids.dtype == torch.int64 and torch.equal(batch.targets, batch.ids + 1)
        assert varied or len(batch.ids) == steps or number == len(batches) - 1
    together = torch.cat([batch.ids for batch in batches])
    stream = together.t().flatten().tolist()
    # All of it but the last id, which has nothing after it, and what does not fill a row of columns.
    assert stream == list(range((length - 1) // columns * columns))


def test_varied_steps() -> None:
    """Near the usual number, some near the half of it, never fewer than SHORTEST but at the end."""
    plan = stream_plan(400_000, steps=70, varied=True)
    steps = [batch[0][1] for batch in plan.rows(0)][:-1]
    halves = [count for count in steps if count < 52]
    assert min(steps) >= SHORTEST and len(set(steps)) > 10
    assert 0.02 < len(halves) / len(steps) < 0.09
    assert 34 <= np.mean(halves) <= 36 and 69 <= np.mean([count for count in steps if count >= 52]) <= 71


# -- all plans --------------------------------------------------------------------------------------

PLANS = {
    "length": lambda seed: length_plan([0.7] * len(LENGTHS), seed=seed, short_stretches=0.3),
    "pairs": lambda seed: pair_plan([0.7] * len(LENGTHS), seed=seed),
    "stream": lambda seed: stream_plan(steps=20, seed=seed, varied=True),
}
every_plan = pytest.mark.parametrize("kind", PLANS)


@every_plan
def test_batches_go_on_from_any_number(kind: str) -> None:
    plan = PLANS[kind](3)
    rows = plan.rows(2)
    whole = list(plan.batches(2, rows))
    assert len(whole) == len(rows) > 2
    for first in range(len(rows) + 1):
        assert same(list(plan.batches(2, rows, first)), whole[first:])


@every_plan
def test_seed_and_epoch_alone_say_the_order(kind: str) -> None:
    plan = PLANS[kind](3)
    whole = [whole_epoch(plan, epoch) for epoch in range(3)]
    again = [whole_epoch(PLANS[kind](3), epoch) for epoch in (2, 0, 1)]  # whatever was asked for before
    assert all(same(again[number], whole[epoch]) for number, epoch in enumerate((2, 0, 1)))
    assert plan.rows(0) != plan.rows(1) and plan.rows(0) != PLANS[kind](4).rows(0)


def test_scoring_reads_every_sequence_once_from_its_beginning() -> None:
    rows = rows_of(LENGTHS)
    batches: list[Batch] = list(sorted_batches(Sequences.of(rows), 3, 30))
    found = [pair for batch in batches for pair in zip(batch.rows, columns_of(batch.ids, batch.lengths))]
    assert sorted(found) == [(row, ids[:30]) for row, ids in enumerate(rows)]
    lengths = [len(ids) for _, ids in found]
    assert lengths == sorted(lengths) and all(len(batch.rows) == 3 for batch in batches[:-1])

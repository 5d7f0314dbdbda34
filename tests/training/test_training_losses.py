"""Losses against enumeration, calibration against a grid, weights, schedules, plans of batches."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqtool.evaluation.labelled import Row
from seqtool.training.classify.losses import fit_temperature, fit_weight, label_losses, mean_recall, soft_losses
from seqtool.training.plans import LengthPlan, Sequences, padded, sorted_batches
from seqtool.training.schedule import rate
from seqtool.training.tokenizer.pieces import sample

torch.set_num_threads(1)  # tensors this small only wait for a second thread


def distribution(logits: list[float]) -> list[float]:
    total = math.fsum(math.exp(logit) for logit in logits)
    return [math.exp(logit) / total for logit in logits]


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_partial_labels_by_enumeration(smoothing: float) -> None:
    torch.manual_seed(0)
    logits = 2 * torch.randn(31, 5)
    allowed = torch.tensor([[float(number >> place & 1) for place in range(5)] for number in range(1, 32)])
    for row, loss in enumerate(label_losses(logits, allowed, smoothing, multiple=False).tolist()):
        p = distribution(logits[row].tolist())
        right = -math.log(math.fsum(p[place] for place in range(5) if allowed[row, place]))
        uniform = -math.fsum(map(math.log, p)) / 5
        assert loss == pytest.approx((1 - smoothing) * right + smoothing * uniform, abs=1e-5)


def test_a_row_of_which_any_label_may_be_right_teaches_nothing() -> None:
    logits = torch.randn(3, 4, requires_grad=True)
    label_losses(logits, torch.ones(3, 4), 0.0, multiple=False).sum().backward()
    assert logits.grad is not None
    assert logits.grad.abs().max() < 1e-6


def test_several_labels() -> None:
    logits, allowed = torch.tensor([[1.0, -2.0, 0.5]]), torch.tensor([[1.0, 0.0, 0.0]])
    p = [1 / (1 + math.exp(-logit)) for logit in logits[0].tolist()]
    expected = -(math.log(p[0]) + math.log(1 - p[1]) + math.log(1 - p[2])) / 3
    assert label_losses(logits, allowed, 0.0, multiple=True).item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("multiple", [False, True])
def test_soft_labels(multiple: bool) -> None:
    logits, soft = torch.tensor([[1.0, -2.0, 0.5]]), torch.tensor([[0.2, 0.7, 0.1]])
    if multiple:
        p = [1 / (1 + math.exp(-logit)) for logit in logits[0].tolist()]
        terms = [q * math.log(x) + (1 - q) * math.log(1 - x) for q, x in zip(soft[0].tolist(), p)]
        expected = -sum(terms) / 3
    else:
        p = distribution(logits[0].tolist())
        expected = -sum(q * math.log(x) for q, x in zip(soft[0].tolist(), p))
    assert soft_losses(logits, soft, multiple).item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("scale", [0.4, 1.0, 3.0])
@pytest.mark.parametrize("multiple", [False, True])
def test_temperature_finds_the_scale_that_was_put_in(scale: float, multiple: bool) -> None:
    """Labels drawn from the logits' own distribution; the logits then scaled: that is their temperature."""
    torch.manual_seed(1)
    logits = 1.5 * torch.randn(4000, 3)
    if multiple:
        allowed = (torch.rand(4000, 3) < logits.sigmoid()).float()
    else:
        drawn = torch.multinomial(logits.softmax(1), 1)[:, 0]
        allowed = torch.nn.functional.one_hot(drawn, 3).float()

    def loss(scaled: torch.Tensor) -> float:
        return float(label_losses(scaled, allowed, 0.0, multiple).mean())

    found = fit_temperature(logits * scale, loss)
    assert found == pytest.approx(scale, rel=0.1)
    best = min(np.geomspace(0.2, 5, 400), key=lambda t: loss(logits * scale / t))
    assert found == pytest.approx(best, rel=0.03)


def test_a_linear_model_gets_the_weight_that_was_put_in() -> None:
    torch.manual_seed(1)
    logits, linear = 1.5 * torch.randn(2, 4000, 3)
    drawn = torch.multinomial((logits + 0.8 * linear).softmax(1), 1)[:, 0]
    assert fit_weight(logits, linear, lambda mixed: float(torch.nn.functional.cross_entropy(mixed, drawn))) == (
        pytest.approx(0.8, abs=0.15)
    )


def test_mean_recall_by_hand() -> None:
    rows = [Row("", (label,), source) for source, label in (("x", "a"), ("x", "a"), ("x", "b"), ("y", "a"))]
    # x: a 1/2, b 1; y: a 0
    assert mean_recall(rows, [1, 0, 1, 0]) == pytest.approx(((0.5 + 1) / 2 + 0) / 2)


@pytest.mark.parametrize("schedule", ["linear", "cosine", "constant"])
def test_schedules(schedule: str) -> None:
    steps = [rate(schedule, number / 1000, 0.1) for number in range(1001)]
    assert all(0 < step <= 1 for step in steps)
    assert steps[100] == pytest.approx(1.0)
    assert steps[50] == pytest.approx(0.5)
    assert all(a <= b for a, b in pairwise(steps[:101]))
    assert all(a >= b for a, b in pairwise(steps[100:]))
    halfway = {"linear": 0.51, "cosine": 0.51, "constant": 1.0}[schedule]
    assert rate(schedule, 0.55, 0.1) == pytest.approx(halfway)
    assert rate(schedule, 7.0, 0.1) == steps[-1]
    assert rate(schedule, 0.0, 0.0) == pytest.approx(1.0)


def plan_of(lengths: list[int], weights: list[float] | None = None, **settings: float) -> LengthPlan:
    sequences = Sequences.of([[number + 1] * length for number, length in enumerate(lengths)])
    values = {"batch_size": 4, "batch_tokens": 60, "max_length": 20, "seed": 3, **settings}
    return LengthPlan(sequences, np.array(weights or [1.0] * len(lengths), np.float32), **values)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=80), st.integers(0, 5))
def test_an_epoch_reads_every_row_once_within_bounds(lengths: list[int], epoch: int) -> None:
    plan = plan_of(lengths)
    rows = plan.rows(epoch)
    assert sorted(row for batch in rows for row, _ in batch) == list(range(len(lengths)))
    assert rows == plan.rows(epoch)
    for batch, chosen in zip(plan.batches(epoch, rows), rows, strict=True):
        assert list(zip(batch.rows, batch.lengths.tolist())) == chosen
        assert len(chosen) <= 4
        assert batch.ids.numel() <= 60
        for column, (row, length) in enumerate(chosen):
            assert length == min(20, lengths[row])
            assert batch.ids[:, column].tolist() == [row + 1] * length + [0] * (len(batch.ids) - length)


def test_a_batch_is_the_same_whatever_came_before() -> None:
    plan = plan_of([50, 3, 9, 33, 21, 7, 40] * 3)
    rows = plan.rows(2)
    every = list(plan.batches(2, rows))
    for first in range(len(rows)):
        later = list(plan.batches(2, rows, first))
        assert [batch.ids.tolist() for batch in later] == [batch.ids.tolist() for batch in every[first:]]


def test_epochs_and_seeds_differ() -> None:
    lengths = [5] * 40
    orders = {str(plan_of(lengths, seed=seed).rows(epoch)) for seed in (1, 2) for epoch in range(3)}
    assert len(orders) == 6


def test_weights_say_how_often_a_row_is_read() -> None:
    weights = [0.25, 1.0, 1.5, 3.0]
    plan = plan_of([5] * 4, weights)
    counts = Counter(row for epoch in range(2000) for batch in plan.rows(epoch) for row, _ in batch)
    for row, weight in enumerate(weights):
        assert counts[row] / 2000 == pytest.approx(weight, abs=0.05)


def test_short_stretches_are_of_the_share_that_was_asked_for() -> None:
    plan = plan_of([18] * 400, short_stretches=0.3)
    lengths = [length for batch in plan.rows(0) for _, length in batch]
    assert len(lengths) == 400
    assert all(1 <= length <= 18 for length in lengths)
    # a standard deviation of 0.023, and a few stretches are drawn whole
    assert sum(length < 18 for length in lengths) / 400 == pytest.approx(0.3, abs=0.1)


def test_scoring_reads_every_sequence_from_its_start() -> None:
    sequences = Sequences.of([[1, 2, 3], [4], [5, 6], list(range(10, 40))])
    seen = {}
    for batch in sorted_batches(sequences, 2, 8):
        for column, row in enumerate(batch.rows):
            seen[row] = batch.ids[: batch.lengths[column], column].tolist()
    assert seen == {0: [1, 2, 3], 1: [4], 2: [5, 6], 3: list(range(10, 18))}


def test_padding() -> None:
    ids, lengths = padded([np.array([1, 2, 3], np.int32), np.array([4], np.int32)])
    assert ids.tolist() == [[1, 4], [2, 0], [3, 0]]
    assert lengths.tolist() == [3, 1]


def test_a_sample_is_fair_and_in_order() -> None:
    counts: Counter[str] = Counter()
    for seed in range(2000):
        chosen = sample((str(number) for number in range(20)), 5, seed)
        assert len(chosen) == 5
        assert chosen == sorted(chosen, key=int)
        counts.update(chosen)
    # each with a chance of 1/4: 500 times, with a standard deviation of 19
    assert all(400 < counts[str(number)] < 600 for number in range(20))
    assert sample(iter("abc"), 5, 0) == ["a", "b", "c"]

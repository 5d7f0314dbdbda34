"""The conditional random field against sums over every single path."""

from __future__ import annotations

import functools
import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from seqtool.decoding.schemes import allowed_transitions, tag_names
from seqtool.nn.crf import ConditionalRandomField

torch.set_num_threads(1)  # sums this small only wait for a second thread

MOST_STEPS = 5
KINDS = ["1", "2", "4", "iob2", "bioes"]

kinds = st.sampled_from(KINDS)
ragged = st.lists(st.integers(1, MOST_STEPS), min_size=1, max_size=4)
seeds = st.integers(0, 2**31)
enough = settings(deadline=None, derandomize=True, max_examples=60)


def field(kind: str, seed: int, scale: float = 2.0, dtype: torch.dtype = torch.float64) -> ConditionalRandomField:
    """A field with random transitions: so many tags that may follow each other as they like, or those of a scheme."""
    torch.manual_seed(seed)
    if kind.isdigit():
        made = ConditionalRandomField(int(kind))
    else:
        names = tag_names(["x"], kind)
        made = ConditionalRandomField(len(names), torch.from_numpy(allowed_transitions(names, kind)))
    made = made.to(dtype)
    with torch.no_grad():
        made.transitions.normal_(0.0, scale)
    return made


def batch(crf: ConditionalRandomField, lengths: list[int], scale: float = 3.0) -> Tensor:
    """Random emissions, behind the ends too."""
    return scale * torch.randn(MOST_STEPS, len(lengths), crf.num_tags, dtype=crf.transitions.dtype)


@functools.cache
def all_paths(num_tags: int, length: int) -> Tensor:
    """(paths, length + 2): every path, with the number of the start and end around it."""
    paths = torch.tensor(list(itertools.product(range(num_tags), repeat=length)))
    return torch.nn.functional.pad(paths, (1, 1), value=num_tags)


def lawful_paths(crf: ConditionalRandomField, length: int) -> Tensor:
    paths = all_paths(crf.num_tags, length)
    return paths[crf.allowed[paths[:, :-1], paths[:, 1:]].all(1)]


def path_scores(crf: ConditionalRandomField, emissions: Tensor, paths: Tensor) -> Tensor:
    """The score of each path through emissions (length, tags), term by term."""
    steps = torch.arange(len(emissions))
    return emissions[steps, paths[:, 1:-1]].sum(1) + crf.transitions[paths[:, :-1], paths[:, 1:]].sum(1)


def log_sum(
    crf: ConditionalRandomField, emissions: Tensor, lengths: list[int], possible: Tensor | None = None
) -> Tensor:
    """The logarithm of the sum over the lawful (and possible) paths of each row, one by one."""
    rows = []
    for row, length in enumerate(lengths):
        paths = lawful_paths(crf, length)
        if possible is not None:
            paths = paths[possible[torch.arange(length), row, paths[:, 1:-1]].all(1)]
        rows.append(path_scores(crf, emissions[:length, row], paths).exp().sum().log())
    return torch.stack(rows)


def one_path(crf: ConditionalRandomField, lengths: list[int]) -> Tensor:
    """(time, batch, tags), bool: a lawful path of each row, drawn; any tag behind its end."""
    chosen = torch.randint(crf.num_tags, (MOST_STEPS, len(lengths)))
    for row, length in enumerate(lengths):
        paths = lawful_paths(crf, length)
        chosen[:length, row] = paths[torch.randint(len(paths), ())][1:-1]
    return torch.nn.functional.one_hot(chosen, crf.num_tags).bool()


@enough
@given(kinds, ragged, seeds)
def test_log_partition_is_the_sum_over_all_paths(kind: str, lengths: list[int], seed: int) -> None:
    crf = field(kind, seed)
    emissions = batch(crf, lengths)
    found = crf.log_partition(emissions, torch.tensor(lengths))
    torch.testing.assert_close(found, log_sum(crf, emissions, lengths), rtol=1e-10, atol=1e-10)


@enough
@given(kinds, ragged, seeds)
def test_log_partition_in_single_precision(kind: str, lengths: list[int], seed: int) -> None:
    crf = field(kind, seed, dtype=torch.float32)
    emissions = batch(crf, lengths)
    found = crf.log_partition(emissions, torch.tensor(lengths))
    expected = log_sum(crf.double(), emissions.double(), lengths).float()
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gap", [30.0, 60.0])
def test_scores_far_apart(kind: str, gap: float) -> None:
    """Tags whose scores lie e^60 apart from step to step, in single precision."""
    crf = field(kind, 0, scale=0.5, dtype=torch.float32)
    chance = torch.Generator().manual_seed(1)
    lengths = [MOST_STEPS] * 30
    emissions = gap * torch.randint(0, 2, (MOST_STEPS, 30, crf.num_tags), generator=chance).float()
    found = crf.log_partition(emissions, torch.tensor(lengths))
    expected = log_sum(crf.double(), emissions.double(), lengths).float()
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-4)


@enough
@given(kinds, ragged, seeds)
def test_gradients_are_those_of_the_sum_over_all_paths(kind: str, lengths: list[int], seed: int) -> None:
    crf = field(kind, seed)
    emissions = batch(crf, lengths).requires_grad_()
    inputs = (emissions, crf.transitions)
    found = torch.autograd.grad(crf.log_partition(emissions, torch.tensor(lengths)).sum(), inputs)
    expected = torch.autograd.grad(log_sum(crf, emissions, lengths).sum(), inputs)
    torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("kind", ["2", "iob2", "bioes"])
def test_gradients_of_the_loss_against_finite_differences(kind: str) -> None:
    crf = field(kind, 3, scale=0.5)
    lengths = [4, 1, 2]
    emissions = batch(crf, lengths, scale=1.0).requires_grad_()
    possible = one_path(crf, lengths) | (torch.rand(MOST_STEPS, len(lengths), crf.num_tags) < 0.3)

    def loss(emissions: Tensor, transitions: Tensor) -> Tensor:
        # gradcheck moves the entries of what it is given, here the field's own transitions
        assert transitions.data_ptr() == crf.transitions.data_ptr()
        return crf.loss(emissions, torch.tensor(lengths), possible)

    assert torch.autograd.gradcheck(loss, (emissions, crf.transitions))


@pytest.mark.parametrize("kind", ["iob2", "bioes"])
def test_forbidden_transitions_are_never_learnt(kind: str) -> None:
    crf = field(kind, 4)
    lengths = [5, 2]
    crf.loss(batch(crf, lengths), torch.tensor(lengths), one_path(crf, lengths)).sum().backward()
    assert crf.transitions.grad is not None
    assert not crf.transitions.grad[~crf.allowed].any()
    assert crf.transitions.grad[crf.allowed].any()


@enough
@given(kinds, ragged, seeds)
def test_loss_of_a_path_is_minus_its_log_probability(kind: str, lengths: list[int], seed: int) -> None:
    crf = field(kind, seed)
    emissions = batch(crf, lengths)
    right = one_path(crf, lengths)
    found = crf.loss(emissions, torch.tensor(lengths), right)
    log_z = log_sum(crf, emissions, lengths)
    for row, length in enumerate(lengths):
        path = torch.nn.functional.pad(right[:length, row].int().argmax(1), (1, 1), value=crf.num_tags)
        score = path_scores(crf, emissions[:length, row], path.unsqueeze(0))[0]
        torch.testing.assert_close(found[row], log_z[row] - score, rtol=1e-9, atol=1e-9)


@enough
@given(kinds, ragged, seeds, st.sampled_from([0.2, 0.5, 0.9]))
def test_loss_of_several_possible_tags_sums_over_their_paths(
    kind: str, lengths: list[int], seed: int, share: float
) -> None:
    crf = field(kind, seed)
    emissions = batch(crf, lengths)
    possible = one_path(crf, lengths) | (torch.rand(MOST_STEPS, len(lengths), crf.num_tags) < share)
    possible |= torch.rand(MOST_STEPS, len(lengths), 1) < 0.3  # steps of which nothing is known
    found = crf.loss(emissions, torch.tensor(lengths), possible)
    expected = log_sum(crf, emissions, lengths) - log_sum(crf, emissions, lengths, possible)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_what_may_be_anything_teaches_nothing(kind: str) -> None:
    crf = field(kind, 5)
    lengths = [5, 1, 3]
    emissions = batch(crf, lengths).requires_grad_()
    loss = crf.loss(emissions, torch.tensor(lengths), torch.ones(MOST_STEPS, 3, crf.num_tags, dtype=torch.bool))
    assert loss.tolist() == [0.0, 0.0, 0.0]
    for gradient in torch.autograd.grad(loss.sum(), (emissions, crf.transitions)):
        assert gradient.abs().max() < 1e-12


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [1, 2, 4])
def test_probabilities_of_all_paths_sum_to_one(kind: str, length: int) -> None:
    crf = field(kind, length)
    paths = lawful_paths(crf, length)[:, 1:-1]
    emissions = torch.randn(length, 1, crf.num_tags, dtype=torch.float64).expand(-1, len(paths), -1)
    possible = torch.nn.functional.one_hot(paths.t(), crf.num_tags).bool()
    losses = crf.loss(emissions, torch.full((len(paths),), length), possible).detach()
    assert (losses > -1e-9).all()
    assert float((-losses).exp().sum()) == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_what_stands_behind_the_end_is_not_read(kind: str) -> None:
    crf = field(kind, 6)
    lengths = [5, 1, 3]
    emissions = batch(crf, lengths)
    right = one_path(crf, lengths)
    together = crf.loss(emissions, torch.tensor(lengths), right)
    for row, length in enumerate(lengths):
        alone = crf.loss(emissions[:length, row : row + 1], torch.tensor([length]), right[:length, row : row + 1])
        torch.testing.assert_close(alone, together[row : row + 1], rtol=1e-12, atol=1e-12)
    other = emissions.clone().requires_grad_()
    with torch.no_grad():
        other[3:, 2] = 70.0
    loss = crf.loss(other, torch.tensor(lengths), right)
    torch.testing.assert_close(loss, together, rtol=1e-12, atol=1e-12)
    (gradient,) = torch.autograd.grad(loss.sum(), other)
    assert not gradient[1:, 1].any() and not gradient[3:, 2].any() and gradient[:3, 2].any()

"""A table of vectors of which some rows alone are trained, and put back."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtool.nn.embedding import Embedding

torch.set_num_threads(1)


def made(seed: int = 1, frozen: bool = False) -> Embedding:
    torch.manual_seed(seed)
    embedding = Embedding(9, 4)
    embedding.table.weight.requires_grad_(not frozen)
    return embedding


@settings(deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 8), unique=True, min_size=1))
def test_rows_are_taken_and_put_back(rows: list[int]) -> None:
    """In any order: what they become goes to where they were, the rest stays."""
    embedding = made()
    before = embedding.table.weight.detach().clone()
    taken = torch.tensor(rows)
    whole = embedding.take_rows(taken)
    assert torch.equal(whole, before) and torch.equal(embedding.table.weight, before[taken])
    ids = torch.randint(0, len(rows), (3, 2))
    assert torch.equal(embedding(ids), before[taken[ids]])
    with torch.no_grad():
        embedding.table.weight.add_(torch.arange(1.0, 1 + len(rows)).unsqueeze(1))
    assert torch.equal(whole, before)  # what is trained is a copy
    embedding.put_rows(whole, taken)
    wanted = before.clone()
    for number, row in enumerate(rows):
        wanted[row] += 1 + number
    assert torch.equal(embedding.table.weight, wanted) and embedding(torch.tensor([[8]])).shape == (1, 1, 4)


@pytest.mark.parametrize("frozen", [True, False])
def test_it_is_trained_as_before(frozen: bool) -> None:
    embedding = made(frozen=frozen)
    rows = torch.tensor([7, 0, 3])
    whole = embedding.take_rows(rows)
    assert {name: value.requires_grad for name, value in embedding.named_parameters()} == {"table.weight": not frozen}
    assert embedding.table.weight.is_leaf and set(embedding.state_dict()) == {"table.weight"}
    if not frozen:
        before = embedding.table.weight.detach().clone()
        optimizer = torch.optim.SGD(embedding.parameters(), lr=1.0)
        embedding(torch.tensor([[1], [1]])).sum().backward()
        optimizer.step()
        before[1] -= 2
        assert torch.equal(embedding.table.weight, before)
    embedding.put_rows(whole, rows)
    assert embedding.table.weight.requires_grad is not frozen and embedding.table.weight.shape == (9, 4)


def test_the_unknown_word_is_where_it_was() -> None:
    """Words that are dropped in training are taken for the first row."""
    torch.manual_seed(1)
    embedding = Embedding(9, 4, word_dropout=1.0, unknown_id=0).train()
    unknown = embedding.table.weight[0].detach().clone()
    embedding.take_rows(torch.tensor([0, 5, 8]))
    assert torch.equal(embedding(torch.tensor([[2, 1]])), unknown.expand(1, 2, 4))


def test_a_whole_table_of_another_precision() -> None:
    """What was kept decides."""
    embedding = made()
    rows = torch.tensor([2, 4])
    whole = embedding.take_rows(rows).half()
    embedding.put_rows(whole, rows)
    assert embedding.table.weight.dtype == torch.float16

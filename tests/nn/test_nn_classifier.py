"""Pooling, embedding and the whole classifier against plain numpy."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from seqtool.modelfolder.shapes import ClassifierShape
from seqtool.nn.classifier import ClassifierNetwork
from seqtool.nn.embedding import Embedding
from seqtool.nn.pooling import ATTENTION_BOUND, POOLINGS, Pooling

torch.set_num_threads(1)  # networks this small only wait for a second thread

LENGTHS = [6, 1, 3]


def slow_pool(kind: str, pooling: Pooling, steps: np.ndarray, final: np.ndarray, embedded: np.ndarray) -> np.ndarray:
    """One sequence (time, size) without padding; final (directions, size / directions); embedded (time, 5)."""
    if kind == "embedding":
        return embedded.mean(0)
    if kind == "last":
        return np.concatenate(list(final))
    if kind == "mean":
        return steps.mean(0)
    if kind == "max":
        return steps.max(0)
    weight = pooling.projection.weight.detach().double().numpy()
    bias = pooling.projection.bias.detach().double().numpy()
    context = pooling.context.weight.detach().double().numpy()[0]
    scores = np.clip(np.tanh(steps @ weight.T + bias) @ context, -ATTENTION_BOUND, ATTENTION_BOUND)
    share = np.exp(scores) / np.exp(scores).sum()
    return (steps * share[:, None]).sum(0)


@pytest.mark.parametrize("kinds", [*((kind,) for kind in POOLINGS), ("max", "mean"), POOLINGS])
@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("scale", [1.0, 200.0])
def test_pooling(kinds: tuple[str, ...], directions: int, scale: float) -> None:
    """scale 200: attention scores beyond the bound, entries below -1 in every step."""
    torch.manual_seed(1)
    pooling = Pooling(kinds, 8, 5)
    if "attention" in kinds:
        with torch.no_grad():
            pooling.context.weight.mul_(scale)
    outputs = torch.randn(6, 3, 8) - 2
    for row, length in enumerate(LENGTHS):
        outputs[length:, row] = 0
    final = torch.randn(directions, 3, 8 // directions)
    embedded = torch.randn(6, 3, 5)  # what stands after the ends is noise
    with torch.inference_mode():
        pooled = pooling(outputs, torch.tensor(LENGTHS), final, embedded)
    assert pooled.shape == (3, pooling.output_size) == (3, sum(5 if kind == "embedding" else 8 for kind in kinds))
    for row, length in enumerate(LENGTHS):
        steps = outputs[:length, row].double().numpy()
        rest = final[:, row].numpy(), embedded[:length, row].double().numpy()
        expected = np.concatenate([slow_pool(kind, pooling, steps, *rest) for kind in kinds])
        np.testing.assert_allclose(pooled[row], expected, atol=1e-5)


@pytest.mark.parametrize("kinds", [(), ("middle",), ("max", "avg")])
def test_unknown_poolings_are_refused(kinds: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="attention"):
        Pooling(kinds, 4, 4)


def test_word_dropout_puts_unknown_in_place_of_whole_words() -> None:
    torch.manual_seed(0)
    embedding = Embedding(50, 4, word_dropout=0.3, unknown_id=7).train()
    ids = torch.randint(8, 50, (100, 40))
    vectors, plain = embedding(ids), embedding.table.weight[ids]
    unknown = (vectors == embedding.table.weight[7]).all(-1)
    assert (unknown | (vectors == plain).all(-1)).all()
    # 4000 draws of 0.3: a standard deviation of 0.007
    assert 0.26 < unknown.float().mean() < 0.34
    torch.testing.assert_close(embedding.eval()(ids), plain)


def test_embedding_dropout_takes_the_same_entries_at_every_step() -> None:
    torch.manual_seed(0)
    embedding = Embedding(50, 16, dropout=0.5).train()
    ids = torch.randint(0, 50, (9, 100))
    vectors, plain = embedding(ids), embedding.table.weight[ids]
    dropped = vectors == 0
    assert torch.equal(dropped, dropped[:1].expand_as(dropped))
    # 1600 draws of 0.5: a standard deviation of 0.0125; each sequence has its own
    assert 0.43 < dropped[0].float().mean() < 0.57
    assert dropped[0].unique(dim=0).size(0) > 90
    torch.testing.assert_close(vectors[~dropped], 2 * plain[~dropped])
    torch.testing.assert_close(embedding.eval()(ids), plain)


@pytest.mark.parametrize("frozen", [True, False])
def test_start_from_takes_known_vectors_and_keeps_the_rest(frozen: bool) -> None:
    embedding = Embedding(6, 3)
    before = embedding.table.weight.detach().clone()
    vectors, known = torch.randn(6, 3), torch.tensor([True, False, True, False, False, True])
    embedding.start_from(vectors, known, frozen=frozen)
    after = embedding.table.weight.detach()
    torch.testing.assert_close(after[known], vectors[known])
    torch.testing.assert_close(after[~known], before[~known])
    assert embedding.table.weight.requires_grad is not frozen


def shape(**settings: object) -> ClassifierShape:
    return ClassifierShape(
        **{"vocabulary_size": 30, "num_labels": 3, "embedding_size": 6, "hidden_size": 5, **settings}
    )


@pytest.mark.parametrize("head_size", [0, 7])
def test_bag_of_words_is_the_mean_of_the_embeddings(head_size: int) -> None:
    network = ClassifierNetwork(shape(cell="none", head_size=head_size, pooling=("max", "last"))).eval()
    ids = torch.randint(0, 30, (6, 3))
    with torch.inference_mode():
        logits = network(ids, torch.tensor(LENGTHS))
    parameters = {name: value.detach().double().numpy() for name, value in network.named_parameters()}
    for row, length in enumerate(LENGTHS):
        hidden = parameters["embedding.table.weight"][ids[:length, row].numpy()].mean(0)
        if head_size:
            hidden = np.maximum(parameters["head.weight"] @ hidden + parameters["head.bias"], 0)
        expected = parameters["output.weight"] @ hidden + parameters["output.bias"]
        np.testing.assert_allclose(logits[row], expected, atol=1e-6)


@pytest.mark.parametrize("cell", ["none", "rnn", "lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_row_alone_and_among_others_in_torch(cell: str, bidirectional: bool) -> None:
    torch.manual_seed(5)
    network = ClassifierNetwork(shape(cell=cell, bidirectional=bidirectional, num_layers=2, pooling=POOLINGS)).eval()
    ids = torch.randint(0, 30, (6, 3))
    with torch.inference_mode():
        together = network(ids, torch.tensor(LENGTHS))
        alone = [network(ids[:length, row : row + 1], torch.tensor([length])) for row, length in enumerate(LENGTHS)]
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-5, rtol=1e-5)


def test_shape_to_a_table_and_back() -> None:
    first = shape(cell="gru", pooling=("attention", "last"), head_size=9, bidirectional=False)
    table = first.to_table()
    assert set(table) == {field.name for field in dataclasses.fields(ClassifierShape)}
    assert ClassifierShape.from_table({**table, "another": 1}) == first


def test_unknown_cell_is_refused() -> None:
    with pytest.raises(ValueError, match="lstm"):
        ClassifierNetwork(shape(cell="lstn"))

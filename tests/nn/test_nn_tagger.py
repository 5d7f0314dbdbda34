"""Variational dropout, and the tagger's emissions and loss against its parts."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from seqtool.modelfolder.shapes import TaggerShape
from seqtool.nn.tagger import TaggerNetwork, VariationalDropout

torch.set_num_threads(1)  # networks this small only wait for a second thread

LENGTHS = [5, 1, 3]
TIME, BATCH, WORDS, TAGS, FEATURES = 5, 3, 8, 4, 2


def shape(**settings: Any) -> TaggerShape:
    small = {
        "vocabulary_size": 20,
        "num_tags": TAGS,
        "character_vocabulary_size": 10,
        "feature_size": FEATURES,
        "embedding_size": 5,
        "character_embedding_size": 3,
        "character_size": 4,
        "hidden_size": 3,
    }
    return TaggerShape(**{**small, **settings})


def inputs() -> tuple[torch.Tensor, ...]:
    """ids, lengths, places, features, characters, character_lengths."""
    chance = torch.Generator().manual_seed(4)
    return (
        torch.randint(0, 20, (TIME, BATCH), generator=chance),
        torch.tensor(LENGTHS),
        torch.randint(0, WORDS, (TIME, BATCH), generator=chance),
        torch.randn(WORDS, FEATURES, generator=chance),
        torch.randint(0, 10, (6, WORDS), generator=chance),
        torch.randint(3, 7, (WORDS,), generator=chance),
    )


def tagger(**settings: Any) -> TaggerNetwork:
    torch.manual_seed(6)
    made = TaggerNetwork(shape(**settings)).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return made


def test_variational_dropout_takes_the_same_entries_at_every_step() -> None:
    torch.manual_seed(0)
    dropout = VariationalDropout(0.25).train()
    given = torch.rand(9, 100, 16) + 1.0
    found = dropout(given)
    dropped = found == 0
    assert torch.equal(dropped, dropped[:1].expand_as(dropped))
    # 1600 draws of 0.25: a standard deviation of 0.011; each sequence has its own
    assert 0.2 < dropped[0].float().mean() < 0.3
    assert dropped[0].unique(dim=0).size(0) > 90
    torch.testing.assert_close(found[~dropped], given[~dropped] / 0.75)
    # another call draws others
    assert not torch.equal(dropout(given) == 0, dropped)
    torch.testing.assert_close(dropout.eval()(given), given)


def test_no_dropout_changes_nothing() -> None:
    given = torch.randn(3, 2, 4)
    assert torch.equal(VariationalDropout(0.0).train()(given), given)


@pytest.mark.parametrize("encoder", ["none", "cnn", "lstm"])
def test_emissions_are_a_map_of_the_recurrent_outputs(encoder: str) -> None:
    """Row by row: embeddings, characters and features side by side, through the parts."""
    made = tagger(character_encoder=encoder)
    ids, lengths, places, features, characters, character_lengths = inputs()
    with torch.inference_mode():
        found = made(ids, lengths, places, features, characters, character_lengths)
        assert found.shape == (TIME, BATCH, TAGS)
        for row, length in enumerate(LENGTHS):
            steps = []
            for step in range(length):
                word = int(places[step, row])
                parts = [made.embedding.table.weight[ids[step, row]]]
                if made.characters is not None:
                    size = character_lengths[word]
                    parts.append(made.characters(characters[:size, word : word + 1], size.view(1))[0])
                steps.append(torch.cat([*parts, features[word]]))
            outputs, _ = made.recurrent(torch.stack(steps).unsqueeze(1), torch.tensor([length]))
            expected = outputs[:, 0] @ made.output.weight.t() + made.output.bias
            torch.testing.assert_close(found[:length, row], expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("crf", [True, False])
def test_loss_of_a_row_alone_and_among_others(cell: str, crf: bool) -> None:
    made = tagger(cell=cell, crf=crf, num_layers=2)
    ids, lengths, places, *words = inputs()
    possible = torch.nn.functional.one_hot(ids % TAGS, TAGS).bool()
    with torch.inference_mode():
        together = made.loss(made(ids, lengths, places, *words), lengths, possible)
        for row, length in enumerate(LENGTHS):
            here = slice(0, length), slice(row, row + 1)
            emissions = made(ids[here], lengths[row : row + 1], places[here], *words)
            alone = made.loss(emissions, lengths[row : row + 1], possible[here])
            torch.testing.assert_close(alone, together[row : row + 1], atol=1e-5, rtol=1e-5)


def test_loss_without_a_field_is_that_of_each_step() -> None:
    """Several possible tags: minus the logarithm of their summed shares."""
    made = tagger(crf=False)
    chance = np.random.default_rng(3)
    emissions = chance.normal(size=(TIME, BATCH, TAGS)).astype(np.float32)
    possible = chance.random((TIME, BATCH, TAGS)) < 0.5
    possible[:, :, 1] = True
    found = made.loss(torch.from_numpy(emissions), torch.tensor(LENGTHS), torch.from_numpy(possible))
    for row, length in enumerate(LENGTHS):
        expected = 0.0
        for step in range(length):
            weights = np.exp(emissions[step, row].astype(float))
            expected -= np.log(weights[possible[step, row]].sum() / weights.sum())
        assert float(found[row]) == pytest.approx(expected, rel=1e-5)


def test_dropout_is_of_training_alone() -> None:
    torch.manual_seed(0)
    made = TaggerNetwork(shape(), dropout=0.5, recurrent_dropout=0.5, word_dropout=0.5)
    assert not torch.equal(made.train()(*inputs()), made(*inputs()))
    assert torch.equal(made.eval()(*inputs()), made(*inputs()))


def test_shape_to_a_table_and_back() -> None:
    first = shape(cell="gru", character_encoder="rnn", bidirectional=False, crf=False)
    table = first.to_table()
    assert set(table) == {field.name for field in dataclasses.fields(TaggerShape)}
    assert TaggerShape.from_table({**table, "another": 1}) == first
    assert (first.word_size, shape(character_encoder="none").word_size) == (4 + FEATURES, FEATURES)


@pytest.mark.parametrize("wrong", [{"cell": "lstn"}, {"cell": "none"}, {"character_encoder": "cmm"}])
def test_unknown_names_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="lstm"):
        TaggerNetwork(shape(**wrong))

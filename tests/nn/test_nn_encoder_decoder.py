"""Attention against plain numpy, and an encoder and decoder whose padding never reaches an answer."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch

from seqtool.modelfolder.shapes import TranslatorShape
from seqtool.nn.attention import Attention
from seqtool.nn.encoder_decoder import EncoderDecoder

KINDS = ["dot", "general", "additive"]


@pytest.mark.parametrize("kind", KINDS)
def test_attention_as_it_is_written(kind: str) -> None:
    """One query, one row and one step of the source after the other."""
    torch.manual_seed(1)
    attention = Attention(kind, 6, 6)
    queries, memory, lengths = torch.randn(2, 3, 6), torch.randn(2, 5, 6), torch.tensor([5, 2])
    with torch.inference_mode():
        contexts, weights = attention(queries, attention.keys(memory), memory, lengths)
    named = {name: value.detach().numpy() for name, value in attention.named_parameters()}
    for row in range(2):
        for step in range(3):
            scores = []
            for position in range(int(lengths[row])):
                query, item = queries[row, step].numpy(), memory[row, position].numpy()
                if kind == "dot":
                    scores.append(query @ item)
                elif kind == "general":
                    scores.append(query @ (named["key.weight"] @ item))
                else:
                    inner = np.tanh(named["query.weight"] @ query + named["key.weight"] @ item)
                    scores.append(float(named["score.weight"][0] @ inner))
            expected = np.exp(scores) / np.exp(scores).sum()
            assert np.allclose(weights[row, step, : len(scores)], expected, atol=1e-6)
            assert float(weights[row, step, len(scores) :].sum()) == 0.0
            whole = (expected[:, None] * memory[row, : len(scores)].numpy()).sum(0)
            assert np.allclose(contexts[row, step], whole, atol=1e-6)


def test_a_wrong_attention_is_told() -> None:
    with pytest.raises(ValueError, match="attention 'dots': one of dot, general, additive"):
        Attention("dots", 4, 4)
    with pytest.raises(ValueError, match="4 and 6 numbers cannot be multiplied"):
        Attention("dot", 4, 6)


def network_of(**settings: object) -> EncoderDecoder:
    torch.manual_seed(2)
    shape = {"embedding_size": 8, "hidden_size": 6, "decoder_size": 12, "num_layers": 2, **settings}
    return EncoderDecoder(TranslatorShape(vocabulary_size=20, **shape)).eval()  # type: ignore[arg-type]


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize(("attention", "feeding"), [("none", False), *product(KINDS, [False, True])])
def test_a_pair_is_the_same_alone_and_padded(attention: str, cell: str, feeding: bool) -> None:
    network = network_of(attention=attention, cell=cell, input_feeding=feeding)
    ids, previous = torch.randint(1, 20, (7, 3)), torch.randint(1, 20, (5, 3))
    lengths = torch.tensor([7, 4, 1])
    with torch.inference_mode():
        together = network(ids, lengths, previous)
        for row, length in enumerate(lengths.tolist()):
            alone = network(ids[:length, row : row + 1], torch.tensor([length]), previous[:, row : row + 1])
            assert torch.allclose(together[:, row], alone[:, 0], atol=1e-6)


def test_what_is_fed_changes_the_next_step() -> None:
    network = network_of(input_feeding=True)
    source = network.encode(torch.randint(1, 20, (4, 2)), torch.tensor([4, 4]))
    _, states, fed = network.decode(torch.tensor([[1, 2]]), source, source.states)
    assert fed is not None
    with_it, _, _ = network.decode(torch.tensor([[3, 4]]), source, states, fed)
    without, _, _ = network.decode(torch.tensor([[3, 4]]), source, states)
    assert not torch.allclose(with_it, without)


def test_greedy_takes_the_likeliest_piece_each_time() -> None:
    network = network_of()
    ids, lengths = torch.randint(2, 20, (6, 3)), torch.tensor([6, 3, 2])
    found = network.greedy(ids, lengths, start_id=0, end_id=1, most=8)
    with torch.inference_mode():
        for row, length in enumerate(lengths.tolist()):
            written = [0]
            while len(written) < 9:
                hidden = network(ids[:length, row : row + 1], torch.tensor([length]), torch.tensor([written]).t())
                piece = int(network.logits(hidden[-1, 0]).argmax())
                if piece == 1:
                    break
                written.append(piece)
            assert found[row] == written[1:]

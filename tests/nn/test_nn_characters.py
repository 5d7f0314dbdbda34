"""Words as their characters, against slow loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from seqtool.nn.characters import ENCODERS, WIDTH, CharacterEncoder

torch.set_num_threads(1)  # networks this small only wait for a second thread

VOCABULARY, EMBEDDING, SIZE = 12, 4, 6
LENGTHS = [7, 3, 5, 3, 4]

every_kind = pytest.mark.parametrize("kind", ENCODERS[1:])


def words(noise: int = 0) -> Any:
    """(time, words): characters, with others behind the ends."""
    chance = torch.Generator().manual_seed(2)
    characters = torch.randint(1, VOCABULARY, (max(LENGTHS), len(LENGTHS)), generator=chance)
    for word, length in enumerate(LENGTHS):
        characters[length:, word] = noise
    return characters


def encoder(kind: str) -> CharacterEncoder:
    torch.manual_seed(1)
    made = CharacterEncoder(VOCABULARY, EMBEDDING, SIZE, kind).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return made


def encoded(made: CharacterEncoder, characters: Any, lengths: list[int]) -> Any:
    with torch.inference_mode():
        return made(characters, torch.tensor(lengths)).numpy()


def test_convolution_against_a_plain_loop() -> None:
    made = encoder("cnn")
    characters = words()
    found = encoded(made, characters, LENGTHS)
    parameters = {name: value.detach().double().numpy() for name, value in made.named_parameters()}
    weight, bias, table = (parameters[name] for name in ("convolution.weight", "convolution.bias", "table.weight"))
    assert found.shape == (len(LENGTHS), SIZE)
    for word, length in enumerate(LENGTHS):
        for place in range(SIZE):
            largest = -np.inf
            for start in range(length - WIDTH + 1):
                total = bias[place]
                for offset in range(WIDTH):
                    row = table[characters[start + offset, word]]
                    total += row @ weight[place, offset * EMBEDDING : (offset + 1) * EMBEDDING]
                largest = max(largest, total)
            assert found[word, place] == pytest.approx(largest, abs=1e-5)


@pytest.mark.parametrize("kind", ENCODERS[2:])
def test_recurrent_layers_against_torch_word_by_word(kind: str) -> None:
    """The last state of each direction: of torch's own cell, run from each end over a word alone."""
    made = encoder(kind)
    assert made.recurrent is not None
    forward, backward = made.recurrent.layers[0].values()
    characters = words()
    found = encoded(made, characters, LENGTHS)
    for word, length in enumerate(LENGTHS):
        with torch.inference_mode():
            steps = made.table(characters[:length, word : word + 1])
            expected = torch.cat([forward(steps)[0][-1, 0], backward(steps.flip(0))[0][-1, 0]])
        np.testing.assert_allclose(found[word], expected.numpy(), atol=1e-6)


@every_kind
def test_a_word_alone_and_among_longer_ones(kind: str) -> None:
    made = encoder(kind)
    characters = words()
    together = encoded(made, characters, LENGTHS)
    for word, length in enumerate(LENGTHS):
        alone = encoded(made, characters[:length, word : word + 1], [length])
        np.testing.assert_allclose(alone[0], together[word], atol=1e-6)


@every_kind
def test_padding_is_not_read(kind: str) -> None:
    made = encoder(kind)
    longer = torch.cat([words(noise=5), torch.full((3, len(LENGTHS)), 7)])
    np.testing.assert_allclose(encoded(made, longer, LENGTHS), encoded(made, words(), LENGTHS), atol=1e-6)


@every_kind
def test_padding_gets_no_gradient(kind: str) -> None:
    made = encoder(kind)
    made(words(noise=0), torch.tensor(LENGTHS)).sum().backward()
    assert made.table.weight.grad is not None
    assert not made.table.weight.grad[0].any() and made.table.weight.grad[1:].any()


@pytest.mark.parametrize("kind", ["none", "lstn", "transformer"])
def test_unknown_encoders_are_refused(kind: str) -> None:
    with pytest.raises(ValueError, match="cnn"):
        CharacterEncoder(VOCABULARY, EMBEDDING, SIZE, kind)


def test_two_directions_need_an_even_size() -> None:
    with pytest.raises(ValueError, match="even"):
        CharacterEncoder(VOCABULARY, EMBEDDING, 5, "lstm")

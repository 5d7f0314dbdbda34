"""A graph stepped one token at a time: the same numbers as the whole text at once, whoever else is in the batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from seqtool.engine.session import Session
from seqtool.engine.stepper import Stepper
from seqtool.export.classifier import export_classifier
from seqtool.export.generator import export_language_model
from seqtool.export.translator import export_translator
from seqtool.modelfolder.shapes import ClassifierShape, LanguageModelShape, TranslatorShape
from seqtool.nn.classifier import ClassifierNetwork
from seqtool.nn.encoder_decoder import EncoderDecoder
from seqtool.nn.language_model import LanguageModelNetwork

CELLS = ["rnn", "lstm", "gru"]
VOCABULARY = 30


def network_of(cell: str, num_layers: int = 2) -> LanguageModelNetwork:
    torch.manual_seed(3)
    shape = LanguageModelShape(
        vocabulary_size=VOCABULARY, cell=cell, embedding_size=7, hidden_size=11, num_layers=num_layers
    )
    return LanguageModelNetwork(shape).eval()


def stepper_of(folder: Path, cell: str, storage: str = "float32") -> tuple[LanguageModelNetwork, Stepper]:
    network = network_of(cell)
    export_language_model(network, folder / "network.onnx", storage)
    return network, Stepper(Session(folder / "network.onnx"))


def random_ids(time: int, batch: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, VOCABULARY, (time, batch))


def stepped(stepper: Stepper, ids: np.ndarray) -> np.ndarray:
    states = stepper.begin(rows=ids.shape[1])
    logits = []
    for step in ids:
        scores, states, _ = stepper.step(step, states)
        logits.append(scores)
    return np.stack(logits)


@pytest.mark.parametrize("storage", ["float32", "float16", "int8"])
@pytest.mark.parametrize("cell", CELLS)
def test_steps_give_what_torch_gives_of_the_whole(tmp_path: Path, cell: str, storage: str) -> None:
    network, stepper = stepper_of(tmp_path, cell, storage)
    ids = random_ids(9, 4)
    with torch.inference_mode():
        expected = network(torch.from_numpy(ids), torch.full((4,), 9)).numpy()
    np.testing.assert_allclose(stepped(stepper, ids), expected, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_a_row_is_the_same_bits_alone_and_in_any_batch(tmp_path: Path, cell: str) -> None:
    _, stepper = stepper_of(tmp_path, cell)
    ids = random_ids(6, 33)
    together = stepped(stepper, ids)
    for row in (0, 7, 32):
        assert np.array_equal(stepped(stepper, ids[:, row : row + 1])[:, 0], together[:, row])


@pytest.mark.parametrize("cell", CELLS)
def test_rows_are_taken_out_of_a_batch(tmp_path: Path, cell: str) -> None:
    _, stepper = stepper_of(tmp_path, cell)
    first, later = random_ids(4, 5, seed=1), random_ids(3, 5, seed=2)
    states = stepper.begin(rows=5)
    for step in first:
        _, states, _ = stepper.step(step, states)
    # One hypothesis leaves, two go on from the same one, and their order changes.
    rows = [4, 1, 1, 0]
    taken = states.take(rows)
    assert (len(states), len(taken)) == (5, 4)
    for step in later:
        logits, taken, _ = stepper.step(step[rows], taken)
    whole = stepped(stepper, np.concatenate([first, later])[:, rows])
    assert np.array_equal(logits, whole[-1])


def test_states_go_in_and_come_out_unchanged(tmp_path: Path) -> None:
    _, stepper = stepper_of(tmp_path, "lstm")
    before = stepper.begin(rows=3)
    _, after, _ = stepper.step([1, 2, 3], before)
    assert sorted(before.tensors) == ["initial_cell", "initial_hidden"]
    assert not any(tensor.any() for tensor in before.tensors.values())  # the first states are as they were
    assert all(tensor.any() and tensor.shape == (2, 3, 11) for tensor in after.tensors.values())
    assert stepper.vocabulary_size == VOCABULARY


def test_another_graph_is_refused(tmp_path: Path) -> None:
    shape = ClassifierShape(vocabulary_size=9, num_labels=2, embedding_size=4, hidden_size=4)
    export_classifier(ClassifierNetwork(shape), tmp_path, "float32")
    with pytest.raises(ValueError, match="is no graph of one step"):
        Stepper(Session(tmp_path / "network.onnx"))
    translator = TranslatorShape(vocabulary_size=9, embedding_size=4, hidden_size=4, decoder_size=4)
    export_translator(EncoderDecoder(translator), tmp_path, "float32")
    with pytest.raises(ValueError, match="does not get its first states"):  # the encoder's are missing
        Stepper(Session(tmp_path / "step.onnx"))

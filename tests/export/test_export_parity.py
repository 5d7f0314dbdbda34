"""Graphs against the torch network that they were made of, and the way back."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

import seqtool.export.classifier
from seqtool.engine.graph_check import check_graph
from seqtool.engine.runner import Encoder
from seqtool.engine.session import Session
from seqtool.errors import ModelError
from seqtool.export.check import check_classifier
from seqtool.export.classifier import export_classifier
from seqtool.export.from_onnx import load_classifier
from seqtool.export.graph import quantise, stored
from seqtool.modelfolder.shapes import ClassifierShape
from seqtool.nn.classifier import ClassifierNetwork
from seqtool.nn.pooling import POOLINGS

torch.set_num_threads(1)  # networks this small only wait for a second thread

VOCABULARY = 50
LENGTHS = [[1], [5], [1, 1], [9, 2, 7, 1], [6] * 5, list(range(1, 20))]
STORAGES = ["float32", "float16", "int8"]

every_storage = pytest.mark.parametrize("storage", STORAGES)
every_network = pytest.mark.parametrize(
    ("cell", "nonlinearity", "num_layers", "bidirectional"),
    [
        (cell, nonlinearity, num_layers, bidirectional)
        for cell, nonlinearity in (("rnn", "tanh"), ("rnn", "relu"), ("lstm", "tanh"), ("gru", "tanh"))
        for num_layers in (1, 2)
        for bidirectional in (False, True)
    ]
    + [("none", "tanh", 1, False)],
)


def network_of(**settings: object) -> ClassifierNetwork:
    """A network with no weight at the value that it starts with, so that none can be left out unseen."""
    torch.manual_seed(4)
    shape = ClassifierShape(
        **{"vocabulary_size": VOCABULARY, "num_labels": 4, "embedding_size": 6, "hidden_size": 5, **settings}
    )
    network = ClassifierNetwork(shape).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return network


def batch(lengths: list[int], seed: int = 0) -> tuple[list[list[int]], torch.Tensor]:
    chance = np.random.default_rng(seed)
    sequences = [chance.integers(0, VOCABULARY, length).tolist() for length in lengths]
    # Padding is an id like any other: it must not matter.
    ids = torch.full((max(lengths), len(lengths)), 7)
    for column, sequence in enumerate(sequences):
        ids[: len(sequence), column] = torch.tensor(sequence)
    return sequences, ids


def graph_logits(folder: Path, shape: ClassifierShape, sequences: list[list[int]], batch_size: int = 4) -> np.ndarray:
    encoder = Encoder(Session(folder / "network.onnx"), shape.to_table(), batch_size=batch_size)
    return Session(folder / "head.onnx").run(["logits"], {"pooled": encoder.pooled(sequences)})[0]


def torch_logits(network: ClassifierNetwork, ids: torch.Tensor, lengths: list[int]) -> np.ndarray:
    with torch.inference_mode():
        return network(ids, torch.tensor(lengths)).numpy()


def rounded_by_hand(network: ClassifierNetwork, storage: str) -> ClassifierNetwork:
    """A copy with its matrices rounded as the architecture says: int8 with a scale for each output row."""
    network = copy.deepcopy(network)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if parameter.dim() < 2 or "context" in name or storage == "float32":
                continue
            # The graph multiplies by the attention's matrix from the right: its stored rows are our columns.
            axis = 0 if "projection" in name else 1
            if storage == "float16":
                parameter.copy_(parameter.half().float())
            else:
                scale = parameter.abs().amax(axis, keepdim=True) / 127
                parameter.copy_((parameter / scale).round() * scale)
    return network


@every_network
@every_storage
def test_graphs_give_what_torch_gives(
    cell: str, nonlinearity: str, num_layers: int, bidirectional: bool, storage: str, tmp_path: Path
) -> None:
    network = network_of(
        cell=cell,
        nonlinearity=nonlinearity,
        num_layers=num_layers,
        bidirectional=bidirectional,
        pooling=POOLINGS,
        head_size=0 if storage == "int8" else 7,
    )
    expected = rounded_by_hand(network, storage)
    export_classifier(network, tmp_path, storage)
    assert check_classifier(network, tmp_path) <= 1e-4
    back = load_classifier(tmp_path, ClassifierShape.from_table(network.shape.to_table())).eval()
    for lengths in LENGTHS:
        sequences, ids = batch(lengths)
        wanted = torch_logits(expected, ids, lengths)
        np.testing.assert_allclose(graph_logits(tmp_path, network.shape, sequences), wanted, atol=1e-5, rtol=1e-5)
        np.testing.assert_allclose(torch_logits(back, ids, lengths), wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("pooling", [*((kind,) for kind in POOLINGS), ("mean", "last"), ("attention", "max")])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_each_pooling(pooling: tuple[str, ...], cell: str, bidirectional: bool, tmp_path: Path) -> None:
    network = network_of(cell=cell, bidirectional=bidirectional, num_layers=2, pooling=pooling)
    original = copy.deepcopy(network)
    export_classifier(network, tmp_path, "float32")
    for lengths in LENGTHS:
        sequences, ids = batch(lengths)
        np.testing.assert_allclose(
            graph_logits(tmp_path, network.shape, sequences), torch_logits(original, ids, lengths), atol=1e-5, rtol=1e-5
        )


@pytest.mark.parametrize("cell", ["none", "rnn", "lstm", "gru"])
@every_storage
def test_written_again_is_the_same(cell: str, storage: str, tmp_path: Path) -> None:
    """Rounded weights round to themselves: a folder read back and written again loses nothing more."""
    network = network_of(cell=cell, num_layers=2, pooling=("attention", "max"))
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    export_classifier(network, first, storage)
    export_classifier(load_classifier(first, network.shape), second, storage)
    sequences, _ = batch([1, 8, 30])
    np.testing.assert_allclose(
        graph_logits(first, network.shape, sequences), graph_logits(second, network.shape, sequences), atol=1e-6
    )


@pytest.mark.parametrize(
    "part", ["embedding.table.weight", "recurrent.layers.1.backward_cell.bias_hh_l0", "output.bias"]
)
def test_a_graph_that_differs_is_refused(part: str, tmp_path: Path) -> None:
    network = network_of(num_layers=2)
    export_classifier(network, tmp_path, "int8")
    assert check_classifier(network, tmp_path) <= 1e-4
    with torch.no_grad():
        dict(network.named_parameters())[part].add_(
            torch.linspace(0.0, 0.01, dict(network.named_parameters())[part].shape[-1])
        )
    with pytest.raises(ModelError, match="differs from the trained network"):
        check_classifier(network, tmp_path)


def test_a_head_that_was_written_wrongly_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = seqtool.export.classifier.export_head

    def wrong(network: ClassifierNetwork, path: Path, storage: str) -> None:
        changed = copy.deepcopy(network)
        with torch.no_grad():
            changed.output.bias[2] += 0.001
        real(changed, path, storage)

    monkeypatch.setattr(seqtool.export.classifier, "export_head", wrong)
    network = network_of()
    export_classifier(network, tmp_path, "float32")
    with pytest.raises(ModelError, match="differs"):
        check_classifier(network, tmp_path)


def test_a_network_that_answers_nan_is_refused(tmp_path: Path) -> None:
    network = network_of()
    with torch.no_grad():
        network.output.bias[1] = float("nan")
    export_classifier(network, tmp_path, "float32")
    with pytest.raises(ModelError, match="differs"):
        check_classifier(network, tmp_path)


@every_storage
def test_sizes_and_opset(storage: str, tmp_path: Path) -> None:
    network = network_of(vocabulary_size=2000, embedding_size=32, hidden_size=32, pooling=POOLINGS)
    whole = sum(4 * parameter.numel() for parameter in network.parameters())
    export_classifier(network, tmp_path, storage)
    share = sum((tmp_path / name).stat().st_size for name in ("network.onnx", "head.onnx")) / whole
    assert share < {"float32": 1.1, "float16": 0.6, "int8": 0.35}[storage]
    for name in ("network.onnx", "head.onnx"):
        model = onnx.load(tmp_path / name)
        onnx.checker.check_model(model, full_check=True)
        assert model.opset_import[0].version >= 17
        check_graph(tmp_path / name)


@pytest.mark.parametrize("shape", [(5, 7), (3, 1), (2, 4, 6), (0, 3)])
def test_int8_rounding_is_within_half_a_step(shape: tuple[int, ...]) -> None:
    matrix = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    matrix[:1] = 0.0  # a row of zeros must not divide by zero
    if matrix.size == 0:
        assert stored(matrix, "int8").shape == shape
        return
    values, scales = quantise(matrix)
    assert values.dtype == np.int8
    assert scales.shape == (*shape[:-1], 1)
    assert (np.abs(values * scales - matrix) <= scales * 0.5001).all()
    assert np.abs(values).max() == 127
    np.testing.assert_array_equal(stored(matrix, "int8"), values.astype(np.float32) * scales)
    np.testing.assert_array_equal(stored(matrix, "float32"), matrix)


@pytest.mark.parametrize(
    "wrong",
    [
        {"num_layers": 2},
        {"bidirectional": False},
        {"cell": "gru"},
        {"hidden_size": 6},
        {"num_labels": 5},
        {"head_size": 3},
    ],
)
def test_way_back_refuses_another_shape(wrong: dict[str, object], tmp_path: Path) -> None:
    network = network_of()
    export_classifier(network, tmp_path, "int8")
    with pytest.raises(ModelError, match="does not hold the network"):
        load_classifier(tmp_path, dataclasses.replace(network.shape, **wrong))

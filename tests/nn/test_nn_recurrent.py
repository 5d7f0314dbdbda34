"""The recurrent layer against slow loops written from the formulas, and against torch's packed sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from seqtool.nn.recurrent import CELLS, Recurrent, reversal_index

torch.set_num_threads(1)  # networks this small only wait for a second thread

INPUT, HIDDEN = 5, 4
LENGTHS = [7, 1, 4, 7, 2]
KINDS = [("rnn", "tanh"), ("rnn", "relu"), ("lstm", "tanh"), ("gru", "tanh")]

every_kind = pytest.mark.parametrize(("cell", "nonlinearity"), KINDS)
every_stack = pytest.mark.parametrize(
    ("num_layers", "bidirectional"), [(1, False), (1, True), (2, False), (2, True), (3, True)]
)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def slow_layer(kind: str, relu: bool, module: torch.nn.Module, steps: Any, hidden: Any, cell: Any) -> Any:
    """One sequence, one direction, step by step: outputs, final hidden, final cell."""
    w, r, b, c = (
        getattr(module, name).detach().double().numpy()
        for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    )
    outputs = []
    for x in steps:
        if kind == "rnn":
            total = w @ x + b + r @ hidden + c
            hidden = np.maximum(total, 0) if relu else np.tanh(total)
        elif kind == "lstm":
            i, f, g, o = np.split(w @ x + b + r @ hidden + c, 4)
            cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
            hidden = sigmoid(o) * np.tanh(cell)
        else:
            xr, xz, xn = np.split(w @ x + b, 3)
            hr, hz, hn = np.split(r @ hidden + c, 3)
            update = sigmoid(xz + hz)
            hidden = (1 - update) * np.tanh(xn + sigmoid(xr + hr) * hn) + update * hidden
        outputs.append(hidden)
    return np.array(outputs), hidden, cell


def slow(network: Recurrent, relu: bool, steps: Any, first_hidden: Any, first_cell: Any) -> Any:
    """One sequence through all layers: outputs (time, size), final hidden and cell, one a layer and direction."""
    hiddens, cells = [], []
    place = 0
    for layer in network.layers:
        by_direction = []
        for name, module in layer.items():
            turned = steps[::-1] if name == "backward_cell" else steps
            out, hidden, cell = slow_layer(network.cell, relu, module, turned, first_hidden[place], first_cell[place])
            by_direction.append(out[::-1] if name == "backward_cell" else out)
            hiddens.append(hidden)
            cells.append(cell)
            place += 1
        steps = np.concatenate(by_direction, axis=1)
    return steps, np.array(hiddens), np.array(cells)


def case(cell: str, nonlinearity: str, num_layers: int, bidirectional: bool) -> Any:
    """A network with random biases (they start at zero), inputs with noise after every end, and first states."""
    torch.manual_seed(3)
    network = Recurrent(
        INPUT, HIDDEN, cell=cell, num_layers=num_layers, bidirectional=bidirectional, nonlinearity=nonlinearity
    ).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    inputs = torch.randn(max(LENGTHS), len(LENGTHS), INPUT)
    places = num_layers * network.directions
    states = tuple(torch.randn(places, len(LENGTHS), HIDDEN) for _ in range(2 if cell == "lstm" else 1))
    return network, inputs, torch.tensor(LENGTHS), states


@every_kind
@every_stack
@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize("cells", [False, True])
def test_against_the_formulas(
    cell: str, nonlinearity: str, num_layers: int, bidirectional: bool, started: bool, cells: bool
) -> None:
    network, inputs, lengths, states = case(cell, nonlinearity, num_layers, bidirectional)
    with torch.inference_mode():
        outputs, finals = network(inputs, lengths, states if started else None, cells=cells)
    assert outputs.shape == (max(LENGTHS), len(LENGTHS), network.output_size)
    assert len(finals) == (2 if cell == "lstm" and cells else 1)
    places = num_layers * network.directions
    for row, length in enumerate(LENGTHS):
        first = [state[:, row].double().numpy() if started else np.zeros((places, HIDDEN)) for state in states]
        steps, hidden, last_cell = slow(
            network, nonlinearity == "relu", inputs[:length, row].double().numpy(), first[0], first[-1]
        )
        np.testing.assert_allclose(outputs[:length, row], steps, atol=2e-6, rtol=1e-5)
        assert not outputs[length:, row].any()
        np.testing.assert_allclose(finals[0][:, row], hidden, atol=2e-6, rtol=1e-5)
        if len(finals) == 2:
            np.testing.assert_allclose(finals[1][:, row], last_cell, atol=2e-6, rtol=1e-5)


def packed_twin(network: Recurrent, nonlinearity: str) -> torch.nn.RNNBase:
    """torch's own stacked module with the same weights."""
    settings = {"nonlinearity": nonlinearity} if network.cell == "rnn" else {}
    twin = CELLS[network.cell](
        INPUT, HIDDEN, num_layers=len(network.layers), bidirectional=network.bidirectional, **settings
    )
    state = {}
    for number, layer in enumerate(network.layers):
        for name, module in layer.items():
            end = "_reverse" if name == "backward_cell" else ""
            for key, value in module.state_dict().items():
                state[key.replace("_l0", f"_l{number}") + end] = value
    twin.load_state_dict(state)
    return twin.eval()


@every_kind
@every_stack
def test_against_packed_sequences(cell: str, nonlinearity: str, num_layers: int, bidirectional: bool) -> None:
    network, inputs, lengths, states = case(cell, nonlinearity, num_layers, bidirectional)
    twin = packed_twin(network, nonlinearity)
    with torch.inference_mode():
        outputs, finals = network(inputs, lengths, states, cells=True)
        packed = pack_padded_sequence(inputs, lengths, enforce_sorted=False)
        out, last = twin(packed, states if cell == "lstm" else states[0])
        expected, _ = pad_packed_sequence(out, total_length=len(inputs))
    torch.testing.assert_close(outputs, expected, atol=2e-6, rtol=1e-5)
    for found, wanted in zip(finals, last if cell == "lstm" else (last,), strict=True):
        torch.testing.assert_close(found, wanted, atol=2e-6, rtol=1e-5)


@every_kind
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cells", [False, True])
def test_padding_never_reaches_an_answer(cell: str, nonlinearity: str, bidirectional: bool, cells: bool) -> None:
    network, inputs, lengths, states = case(cell, nonlinearity, 2, bidirectional)
    noisy = inputs.clone()
    for row, length in enumerate(LENGTHS):
        noisy[length:, row] = 1e3
    longer = torch.cat([noisy, torch.full((3, len(LENGTHS), INPUT), -7.0)])
    with torch.inference_mode():
        outputs, finals = network(inputs, lengths, states, cells=cells)
        others, other_finals = network(longer, lengths, states, cells=cells)
    torch.testing.assert_close(others[: len(inputs)], outputs, atol=1e-6, rtol=1e-6)
    assert not others[len(inputs) :].any()
    for found, wanted in zip(other_finals, finals, strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-6, rtol=1e-6)


@every_kind
def test_padding_gets_no_gradient(cell: str, nonlinearity: str) -> None:
    network, inputs, lengths, _ = case(cell, nonlinearity, 2, True)
    inputs.requires_grad_()
    outputs, (hidden,) = network(inputs, lengths)
    (outputs.sum() + hidden.sum()).backward()
    assert inputs.grad is not None
    for row, length in enumerate(LENGTHS):
        assert inputs.grad[:length, row].abs().sum() > 0
        assert not inputs.grad[length:, row].any()


def test_reversal_turns_each_sequence_within_its_length() -> None:
    index = reversal_index(5, torch.tensor([5, 1, 3]))
    assert index.t().tolist() == [[4, 3, 2, 1, 0], [0, 1, 2, 3, 4], [2, 1, 0, 3, 4]]


def test_start_weights() -> None:
    """Orthogonal recurrent gates, and forget gates that start open (their two biases sum to one)."""
    network = Recurrent(INPUT, HIDDEN, cell="lstm", num_layers=2)
    for layer in network.layers:
        for module in layer.values():
            for gate in module.weight_hh_l0.detach().split(HIDDEN):
                torch.testing.assert_close(gate @ gate.t(), torch.eye(HIDDEN), atol=1e-5, rtol=0)
            bias = (module.bias_ih_l0 + module.bias_hh_l0).detach().split(HIDDEN)
            assert [part.unique().tolist() for part in bias] == [[0.0], [1.0], [0.0], [0.0]]


def test_dropout_stands_between_the_layers_alone() -> None:
    torch.manual_seed(0)
    inputs, lengths = torch.randn(6, 3, INPUT), torch.tensor([6, 4, 2])
    single = Recurrent(INPUT, HIDDEN, num_layers=1, dropout=0.9).train()
    torch.testing.assert_close(single(inputs, lengths)[0], single(inputs, lengths)[0])
    double = Recurrent(INPUT, HIDDEN, num_layers=2, dropout=0.9).train()
    assert not torch.equal(double(inputs, lengths)[0], double(inputs, lengths)[0])
    double.eval()
    torch.testing.assert_close(double(inputs, lengths)[0], double(inputs, lengths)[0])


@pytest.mark.parametrize("settings", [{"cell": "lstn"}, {"cell": "none"}, {"nonlinearity": "sigmoid"}])
def test_unknown_names_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="one of"):
        Recurrent(INPUT, HIDDEN, **settings)

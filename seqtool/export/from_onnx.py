"""The way back: a folder's graphs to a torch network, to continue its training or check it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from seqtool.errors import ModelError
from seqtool.export.compact import Matrix
from seqtool.export.to_onnx import GATE_ORDER, reorder
from seqtool.nn.classifier import Classifier, ClassifierShape


def read_weights(path: Path) -> dict[str, Matrix]:
    """Every weight of a graph by its name, restored to float32."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(str(path)).graph.initializer}
    weights = {}
    for name, value in stored.items():
        if name.endswith(".int8"):
            base = name.removesuffix(".int8")
            weights[base] = value.astype(np.float32) * stored[base + ".scale"]
        elif not name.endswith(".scale"):
            weights[name.removesuffix(".float16")] = value.astype(np.float32)
    return weights


def _recurrent_state(weights: dict[str, Matrix], shape: ClassifierShape) -> dict[str, Matrix]:
    back = tuple(int(place) for place in np.argsort(GATE_ORDER[shape.cell]))
    state = {}
    for layer in range(shape.num_layers):
        name = f"recurrent.layers.{layer}"
        for direction, module in enumerate(("forward_cell", "backward_cell")[: 2 if shape.bidirectional else 1]):
            bias_input, bias_hidden = np.split(weights[f"{name}.bias"][direction], 2)
            state[f"{name}.{module}.weight_ih_l0"] = reorder(weights[f"{name}.weight"][direction], back)
            state[f"{name}.{module}.weight_hh_l0"] = reorder(weights[f"{name}.recurrence"][direction], back)
            state[f"{name}.{module}.bias_ih_l0"] = reorder(bias_input, back)
            state[f"{name}.{module}.bias_hh_l0"] = reorder(bias_hidden, back)
    return state


def load_classifier(folder: Path, shape: ClassifierShape, **dropouts: float) -> Classifier:
    """The torch network of a model folder; the compact weights' rounding is the only loss.

    :raises ModelError: the graphs do not hold the weights that ``shape`` needs.
    """
    weights = read_weights(folder / "network.onnx") | read_weights(folder / "head.onnx")
    network = Classifier(shape, **dropouts)  # type: ignore[arg-type]
    transposed = ("pooling.projection.weight", "pooling.context.weight")
    try:
        state = {} if shape.cell == "none" else _recurrent_state(weights, shape)
        for name in network.state_dict():
            if name not in state:
                state[name] = weights[name].T if name in transposed else weights[name]
        network.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in state.items()})
    except (KeyError, ValueError, RuntimeError) as error:
        message = " ".join(str(error).split())
        raise ModelError(f"{folder}/network.onnx: does not hold the network of model.toml: {message}") from None
    return network

"""The way back: a folder's graphs to a torch network, to continue its training or check it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from seqtool.errors import ModelError
from seqtool.export.graph import Matrix
from seqtool.export.layers import GATE_ORDER, reorder
from seqtool.modelfolder.shapes import ClassifierShape, TaggerShape
from seqtool.nn.classifier import ClassifierNetwork
from seqtool.nn.crf import IMPOSSIBLE
from seqtool.nn.recurrent import Recurrent
from seqtool.nn.tagger import TaggerNetwork


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


def _recurrent_state(weights: dict[str, Matrix], prefix: str, recurrent: Recurrent) -> dict[str, Matrix]:
    back = tuple(int(gate) for gate in np.argsort(GATE_ORDER[recurrent.cell]))
    state = {}
    for layer in range(recurrent.num_layers):
        name = f"{prefix}.layers.{layer}"
        for direction, module in enumerate(("forward_cell", "backward_cell")[: recurrent.directions]):
            bias_input, bias_hidden = np.split(weights[f"{name}.bias"][direction], 2)
            state[f"{name}.{module}.weight_ih_l0"] = reorder(weights[f"{name}.weight"][direction], back)
            state[f"{name}.{module}.weight_hh_l0"] = reorder(weights[f"{name}.recurrence"][direction], back)
            state[f"{name}.{module}.bias_ih_l0"] = reorder(bias_input, back)
            state[f"{name}.{module}.bias_hh_l0"] = reorder(bias_hidden, back)
    return state


def _restore(
    network: nn.Module,
    weights: dict[str, Matrix],
    recurrent: dict[str, Recurrent | None],
    path: Path,
    turned: Sequence[str],
) -> None:
    """Put a folder's weights into a network; ``recurrent``: its recurrent layers by their names,
    ``turned``: weights that are stored transposed.

    :raises ModelError: they are not those that it needs.
    """
    try:
        state: dict[str, Matrix] = {}
        for prefix, layers in recurrent.items():
            if layers is not None:
                state |= _recurrent_state(weights, prefix, layers)
        for name in network.state_dict():
            if name not in state:
                state[name] = weights[name].T if name in turned else weights[name]
        network.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in state.items()})
    except (KeyError, ValueError, RuntimeError) as error:
        message = " ".join(str(error).split())
        raise ModelError(f"{path}: does not hold the network of model.toml: {message}") from None


def load_classifier(folder: Path, shape: ClassifierShape, **dropouts: float) -> ClassifierNetwork:
    """The torch network of a model folder; the compact weights' rounding is the only loss.

    :raises ModelError: the graphs do not hold the weights that ``shape`` needs.
    """
    weights = read_weights(folder / "network.onnx") | read_weights(folder / "head.onnx")
    network = ClassifierNetwork(shape, **dropouts)  # type: ignore[arg-type]
    turned = ("pooling.projection.weight", "pooling.context.weight")
    _restore(network, weights, {"recurrent": network.recurrent}, folder / "network.onnx", turned)
    return network


def load_tagger(folder: Path, shape: TaggerShape, transitions: Tensor | None, **dropouts: float) -> TaggerNetwork:
    """The torch network of a tagger's folder; see :func:`load_classifier`.  ``transitions``: which
    may follow each other, as :class:`~seqtool.nn.crf.ConditionalRandomField` has them.

    :raises ModelError: the graphs do not hold the weights that ``shape`` needs.
    """
    network = TaggerNetwork(shape, transitions=transitions, **dropouts)  # type: ignore[arg-type]
    weights = read_weights(folder / "network.onnx")
    layers: dict[str, Recurrent | None] = {"recurrent": network.recurrent}
    if network.characters is not None:
        weights |= read_weights(folder / "words.onnx")
        layers["characters.recurrent"] = network.characters.recurrent
    if network.crf is not None:
        scores = np.load(folder / "transitions.npy", allow_pickle=False).astype(np.float32)
        # What cannot be has no weight of its own.
        weights["crf.transitions"] = np.where(scores <= IMPOSSIBLE / 2, np.float32(0), scores)
    _restore(network, weights, layers, folder / "network.onnx", ())
    return network

"""Weights at a quarter or half of their size, with arithmetic still in float32.

A matrix is stored as int8 with one float32 scale an output row, and restored in the graph by
``Cast`` and ``Mul``, which onnxruntime folds when it opens the graph.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from torch import nn

STORAGES = ("int8", "float16", "float32")
# Small, and read at every step: kept whole.
WHOLE = ("bias", "context", "crf")
Matrix = NDArray[np.float32]


def quantise(matrix: Matrix) -> tuple[NDArray[np.int8], Matrix]:
    """int8 values and one scale a row (the last axis is a row): matrix ~ values * scales."""
    scales = np.abs(matrix).max(axis=-1, keepdims=True) / np.float32(127.0)
    scales[scales == 0] = 1.0
    scales = scales.astype(np.float32)
    return np.rint(matrix / scales).astype(np.int8), scales


def stored(matrix: Matrix, storage: str) -> Matrix:
    """The matrix as it will be after storing: rounded, then float32 again."""
    if storage == "int8":
        values, scales = quantise(matrix)
        return values.astype(np.float32) * scales
    return matrix.astype(np.float16).astype(np.float32) if storage == "float16" else matrix


def round_weights(network: nn.Module, storage: str) -> None:
    """Make the network's weights what they will be in the folder.

    Rounding is by output row, so it commutes with the gates' reordering and with stacking.
    """
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if parameter.dim() == 2 and not any(part in name for part in WHOLE):
                matrix = parameter.detach().cpu().numpy()
                if "pooling.projection" in name:  # stored transposed
                    rounded = stored(matrix.T.copy(), storage).T
                else:
                    rounded = stored(matrix, storage)
                parameter.copy_(torch.from_numpy(rounded.copy()))


class Graph:
    """An ONNX graph in the making: nodes, and weights by their torch names."""

    def __init__(self, storage: str = "float32") -> None:
        if storage not in STORAGES:
            raise ValueError(f"storage {storage!r}: one of {', '.join(STORAGES)}")
        self.storage = storage
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._names: set[str] = set()

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """A tensor stored as it is."""
        if name not in self._names:
            self._names.add(name)
            self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """One operator with one output; its name."""
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def weight(self, name: str, matrix: Matrix) -> str:
        """A weight matrix, compact if the graph's storage is; the name of the float32 tensor."""
        if self.storage == "float32":
            return self.constant(name, matrix)
        if self.storage == "float16":
            half = self.constant(name + ".float16", matrix.astype(np.float16))
            return self.node("Cast", [half], name, to=onnx.TensorProto.FLOAT)
        values, scales = quantise(matrix)
        cast = self.node("Cast", [self.constant(name + ".int8", values)], name + ".cast", to=onnx.TensorProto.FLOAT)
        return self.node("Mul", [cast, self.constant(name + ".scale", scales)], name)

    def rows(self, name: str, table: Matrix, ids: str, *, reader: str = "") -> str:
        """Rows of a table by id: gathered as they are stored, then made float32.

        ``reader`` tells the rows from the table itself, where a graph has both.
        """
        read = name + reader
        if self.storage == "float32":
            return self.node("Gather", [self.constant(name, table), ids], read + ".rows")
        if self.storage == "float16":
            half = self.constant(name + ".float16", table.astype(np.float16))
            gathered = self.node("Gather", [half, ids], read + ".half")
            return self.node("Cast", [gathered], read + ".rows", to=onnx.TensorProto.FLOAT)
        values, scales = quantise(table)
        gathered = self.node("Gather", [self.constant(name + ".int8", values), ids], read + ".gathered")
        cast = self.node("Cast", [gathered], read + ".cast", to=onnx.TensorProto.FLOAT)
        scale = self.node("Gather", [self.constant(name + ".scale", scales), ids], read + ".scales")
        return self.node("Mul", [cast, scale], read + ".rows")

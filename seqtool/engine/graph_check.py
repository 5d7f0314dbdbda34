"""Look into an ONNX file before onnxruntime does: only operators that our exporter writes, only
tensors whose bytes are in the file, and no more computed from them than our graphs do.

A folder from a stranger can then at worst give wrong answers.  The onnx package is for training;
here the few fields of onnx.proto that matter are read directly.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from seqtool.errors import ModelError
from seqtool.modelfolder.protobuf import Malformed, fields, integer, integers, message, text

OPERATORS = frozenset(
    [
        "Add",
        "Cast",
        "Clip",
        "Concat",
        "Exp",
        "Gather",
        "Gemm",
        "GRU",
        "Identity",
        "LSTM",
        "MatMul",
        "Mul",
        "ReduceMax",
        "ReduceSum",
        "Relu",
        "Reshape",
        "RNN",
        "Slice",
        "Softmax",
        "Sub",
        "Tanh",
        "Transpose",
    ]
)
# onnx.proto TensorProto.DataType: float, int8, int32, int64, float16
ITEM_BYTES = {1: 4, 3: 1, 6: 4, 7: 8, 10: 2}
MAX_GRAPH_BYTES = 1 << 30
MAX_NODES = 10_000
# onnxruntime computes what hangs on stored tensors alone when it opens a graph, and keeps it.  Of an
# int8 weight ours make float32 numbers three times (cast, scaled, turned): 12 bytes of each byte.
MOST_TIMES_STORED = 16
SMALL_BYTES = 1 << 16


@dataclass
class _Tensor:
    """A tensor that does not depend on the graph's inputs."""

    shape: tuple[int, ...]
    kind: int

    @property
    def bytes(self) -> int:
        return math.prod(self.shape) * ITEM_BYTES[self.kind]


@dataclass
class _Node:
    operator: str = ""
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    attributes: dict[str, list[int]] = field(default_factory=dict)
    """Those that are whole numbers, and an empty list for others."""


def _read_tensor(data: memoryview) -> tuple[str, _Tensor]:
    """Name and kind of a stored tensor whose bytes are all there (TensorProto)."""
    name, kind, size = "", 0, None
    shape: list[int] = []
    for number, value in fields(data):
        if number == 1:
            shape += integers(value)
        elif number == 2:
            kind = integer(value)
        elif number == 8:
            name = text(value)
        elif number == 9:
            size = len(message(value))
        elif number in (13, 14):
            raise Malformed("keeps weights outside the file")
        elif number != 12:
            raise Malformed(f"holds the tensor {name!r} in a form that is not ours")
    if kind not in ITEM_BYTES or size != math.prod(shape) * ITEM_BYTES[kind]:
        raise Malformed(f"holds a tensor {name!r} whose bytes do not fit its shape")
    return name, _Tensor(tuple(shape), kind)


def _read_node(data: memoryview) -> _Node:
    """An operator on the list, without graphs or tensors of its own (NodeProto)."""
    node = _Node()
    for number, value in fields(data):
        # What is optional and left out has an empty name.
        if number == 1:
            node.inputs += filter(None, [text(value)])
        elif number == 2:
            node.outputs += filter(None, [text(value)])
        elif number == 4:
            node.operator = text(value)
        elif number == 5:
            name, numbers = _read_attribute(message(value))
            if name in node.attributes:
                raise Malformed(f"has an operator with two attributes {name!r}")
            node.attributes[name] = numbers
        elif number == 7 and len(message(value)):
            raise Malformed("has operators of a foreign domain")
    if node.operator not in OPERATORS:
        raise Malformed(f"has the operator {node.operator!r}, which is not ours")
    return node


def _read_attribute(data: memoryview) -> tuple[str, list[int]]:
    name = ""
    numbers: list[int] = []
    for number, value in fields(data):
        if number == 1:
            name = text(value)
        elif number == 3:
            numbers = [integer(value)]
        elif number == 8:
            numbers += integers(value)
        elif number in (5, 6, 10, 11, 22, 23):  # AttributeProto: t, g, tensors, graphs, sparse tensors
            raise Malformed("has an operator with a graph or tensor inside")
    return name, numbers


def _read_graph(data: memoryview) -> dict[str, _Tensor]:
    """The stored tensors of a graph (GraphProto) that does not compute too much."""
    stored: dict[str, _Tensor] = {}
    nodes: list[_Node] = []
    inputs: set[str] = set()
    for number, value in fields(data):
        if number == 1:
            nodes.append(_read_node(message(value)))
            if len(nodes) > MAX_NODES:
                raise Malformed("has too many operators")
        elif number == 5:
            name, tensor = _read_tensor(message(value))
            if name in stored:
                raise Malformed(f"holds the tensor {name!r} twice")
            stored[name] = tensor
        elif number == 11:
            inputs.update(text(part) for field_number, part in fields(message(value)) if field_number == 1)
        elif number == 15:
            raise Malformed("has sparse tensors")
    _check_constants(nodes, stored, inputs - stored.keys())
    return stored


def _check_constants(nodes: Iterable[_Node], stored: dict[str, _Tensor], inputs: set[str]) -> None:
    """Follow what is computed from stored tensors alone, whose shapes are known without running anything.

    :raises Malformed: that is more than what our exporter writes, in kind or in size.
    """
    constants = dict(stored)
    varying = set(inputs)
    allowed = MOST_TIMES_STORED * sum(tensor.bytes for tensor in stored.values()) + SMALL_BYTES
    for node in nodes:
        for name in node.inputs:
            if name not in constants and name not in varying:
                raise Malformed(f"has the operator {node.operator!r} before the {name!r} that it reads")
        for name in node.outputs:
            if name in constants or name in varying:
                raise Malformed(f"computes {name!r} twice")
        if not varying.isdisjoint(node.inputs):
            varying.update(node.outputs)
            continue
        tensor = _computed(node, [constants[name] for name in node.inputs])
        allowed -= tensor.bytes
        if allowed < 0:
            raise Malformed(f"computes far more from its tensors than it holds, the last of it {node.outputs[0]!r}")
        constants[node.outputs[0]] = tensor


def _computed(node: _Node, operands: list[_Tensor]) -> _Tensor:
    """What an operator makes of constants; those that our exporter leaves to be computed are three."""
    shapes = [operand.shape for operand in operands]
    match node.operator, operands, node.outputs:
        case "Cast", [_], [_] if len(kinds := node.attributes.get("to", [])) == 1 and kinds[0] in ITEM_BYTES:
            return _Tensor(shapes[0], kinds[0])
        case "Transpose", [turned], [_]:
            axes = node.attributes.get("perm", list(range(len(turned.shape)))[::-1])
            if sorted(axes) == list(range(len(turned.shape))):
                return _Tensor(tuple(turned.shape[axis] for axis in axes), turned.kind)
        case "Mul", [first, _], [_]:
            pairs = list(zip_longest(*(shape[::-1] for shape in shapes), fillvalue=1))
            if all(one == other or 1 in (one, other) for one, other in pairs):
                return _Tensor(tuple(max(pair) if min(pair) else 0 for pair in pairs)[::-1], first.kind)
    raise Malformed(f"computes {', '.join(node.outputs)!r} from its tensors alone by {node.operator!r}, as ours do not")


def check_graph(path: Path) -> dict[str, tuple[int, ...]]:
    """The shapes of a graph's stored tensors, by name.

    :raises ModelError: the file is cut short, foreign, or asks for more than our graphs do.
    """
    try:
        if path.stat().st_size > MAX_GRAPH_BYTES:
            raise Malformed("is too large")
        tensors: dict[str, _Tensor] | None = None
        for number, value in fields(path.read_bytes()):
            if number == 7:  # ModelProto.graph
                if tensors is not None:
                    raise Malformed("holds two graphs")
                tensors = _read_graph(message(value))
            elif number in (20, 25):  # training_info, functions
                raise Malformed("holds more than a graph")
        if tensors is None:
            raise Malformed("holds no graph")
        return {name: tensor.shape for name, tensor in tensors.items()}
    except Malformed as error:
        raise ModelError(f"{path}: {error}; use a model that seqtool wrote") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}; copy the model folder again") from None

"""Look into an ONNX file before onnxruntime does: only operators that our exporter writes, only
tensors whose bytes are in the file.

A folder from a stranger can then at worst give wrong answers.  The onnx package is for training;
here the protobuf wire format (https://protobuf.dev/programming-guides/encoding) is read directly,
and only the few fields of onnx.proto that matter are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from seqtool.errors import ModelError

OPERATORS = frozenset(
    b"Add Cast Clip Concat Exp Gather Gemm GRU Identity LSTM MatMul Mul ReduceMax ReduceSum Relu "
    b"Reshape RNN Slice Sub Tanh Transpose".split()
)
# onnx.proto TensorProto.DataType: float, int8, int32, int64, float16
ITEM_BYTES = {1: 4, 3: 1, 6: 4, 7: 8, 10: 2}
MAX_GRAPH_BYTES = 1 << 30
MAX_NODES = 10_000

Fields = Iterator[tuple[int, int | memoryview]]


class _Malformed(Exception):
    pass


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(data) or shift > 63:
            raise _Malformed("is cut short")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7


def _fields(data: memoryview) -> Fields:
    """(field number, value) of a message: an integer, or the bytes of a longer field."""
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, position = _varint(data, position)
            yield number, value
            continue
        if kind == 2:
            size, position = _varint(data, position)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise _Malformed("is not an ONNX graph")
        if position + size > len(data):
            raise _Malformed("is cut short")
        yield number, data[position : position + size]
        position += size


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise _Malformed("is not an ONNX graph")
    return value


def _tensor(data: memoryview) -> tuple[str, tuple[int, ...]]:
    """Name and shape of an initializer whose bytes are all there (TensorProto)."""
    name, dims, kind, size = "", [], 0, None
    for number, value in _fields(data):
        if number == 1:
            if isinstance(value, int):
                dims.append(value)
            else:
                position = 0
                while position < len(value):
                    dim, position = _varint(value, position)
                    dims.append(dim)
        elif number == 2 and isinstance(value, int):
            kind = value
        elif number == 8:
            name = bytes(_message(value)).decode("utf-8", "replace")
        elif number == 9:
            size = len(_message(value))
        elif number in (13, 14):
            raise _Malformed("keeps weights outside the file")
        elif number not in (12,):
            raise _Malformed(f"holds the tensor {name!r} in a form that is not ours")
    count = 1
    for dim in dims:
        count *= dim
    if kind not in ITEM_BYTES or size != count * ITEM_BYTES[kind]:
        raise _Malformed(f"holds a tensor {name!r} whose bytes do not fit its shape")
    return name, tuple(dims)


def _node(data: memoryview) -> None:
    """An operator on the list, without graphs or tensors of its own (NodeProto)."""
    for number, value in _fields(data):
        if number == 4 and bytes(_message(value)) not in OPERATORS:
            raise _Malformed(
                f"has the operator {bytes(_message(value)).decode('ascii', 'replace')!r}, which is not ours"
            )
        if number == 7 and len(_message(value)):
            raise _Malformed("has operators of a foreign domain")
        if number == 5:
            for field, _ in _fields(_message(value)):
                if field in (5, 6, 10, 11, 22, 23):  # AttributeProto: t, g, tensors, graphs, sparse tensors
                    raise _Malformed("has an operator with a graph or tensor inside")


def _graph(data: memoryview) -> dict[str, tuple[int, ...]]:
    tensors = {}
    nodes = 0
    for number, value in _fields(data):
        if number == 1:
            nodes += 1
            if nodes > MAX_NODES:
                raise _Malformed("has too many operators")
            _node(_message(value))
        elif number == 5:
            name, shape = _tensor(_message(value))
            tensors[name] = shape
        elif number == 15:
            raise _Malformed("has sparse tensors")
    return tensors


def check_graph(path: Path) -> dict[str, tuple[int, ...]]:
    """The shapes of a graph's stored tensors, by name.

    :raises ModelError: the file is cut short, foreign, or asks for more than our graphs do.
    """
    try:
        if path.stat().st_size > MAX_GRAPH_BYTES:
            raise _Malformed("is too large")
        tensors: dict[str, tuple[int, ...]] | None = None
        for number, value in _fields(memoryview(path.read_bytes())):
            if number == 7:  # ModelProto.graph
                if tensors is not None:
                    raise _Malformed("holds two graphs")
                tensors = _graph(_message(value))
            elif number in (20, 25):  # training_info, functions
                raise _Malformed("holds more than a graph")
        if tensors is None:
            raise _Malformed("holds no graph")
        return tensors
    except _Malformed as error:
        raise ModelError(f"{path}: {error}; use a model that seqtool wrote") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}; copy the model folder again") from None

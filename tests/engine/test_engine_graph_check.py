"""Graphs whose constants compute more than they hold are refused before onnxruntime folds them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from seqtool.engine import graph_check
from seqtool.engine.graph_check import check_graph
from seqtool.engine.session import Session
from seqtool.errors import ModelError

LONG = 12_000


def model_of(nodes: list[Any], tensors: dict[str, Any]) -> onnx.ModelProto:
    """A graph that adds what its other nodes leave in ``c`` to its input."""
    graph = helper.make_graph(
        [*nodes, helper.make_node("Add", ["x", "c"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in tensors.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def node(operator: str, inputs: str, output: str = "c", **attributes: Any) -> Any:
    return helper.make_node(operator, ["" if name == "-" else name for name in inputs.split()], [output], **attributes)


def chain(operator: str, inputs: Callable[[str], str], number: int, **attributes: Any) -> list[Any]:
    """The operator applied again and again, from ``a`` to ``c``."""
    names = ["a", *(f"a{step}" for step in range(1, number)), "c"]
    return [node(operator, inputs(first), second, **attributes) for first, second in pairwise(names)]


def floats(*shape: int) -> Any:
    return np.zeros(shape, np.float32)


def integers(*values: int) -> Any:
    return np.array(values, np.int64)


TO_FLOAT = {"to": TensorProto.FLOAT}
# Files of at most some 100 kB, which would become hundreds of megabytes, or work without end.
HOSTILE: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "a product of two long vectors": ([node("Mul", "a b")], {"a": floats(LONG, 1), "b": floats(LONG)}),
    "a product with a turned vector": (
        [node("Transpose", "a", "b", perm=[1, 0]), node("Mul", "a b")],
        {"a": floats(LONG, 1)},
    ),
    "a product with a vector turned by default": (
        [node("Transpose", "a", "b"), node("Mul", "a b")],
        {"a": floats(LONG, 1)},
    ),
    "a product of cast vectors": (
        [node("Cast", "a", "b", **TO_FLOAT), node("Mul", "b d")],
        {"a": np.zeros((LONG, 1), np.int8), "d": floats(LONG)},
    ),
    "a sum of two long vectors": ([node("Add", "a b")], {"a": floats(LONG, 1), "b": floats(LONG)}),
    "a difference of two long vectors": ([node("Sub", "a b")], {"a": floats(LONG, 1), "b": floats(LONG)}),
    "a matrix product": ([node("MatMul", "a b")], {"a": floats(LONG, 1), "b": floats(1, LONG)}),
    "Gemm": ([node("Gemm", "a a", transB=1)], {"a": floats(LONG, 1)}),
    "joined to itself thirty times": (chain("Concat", lambda name: f"{name} {name}", 30, axis=0), {"a": floats(9)}),
    "rows taken again and again": ([node("Gather", "a b")], {"a": floats(1, LONG), "b": np.zeros(LONG, np.int64)}),
    "Expand": ([node("Expand", "a b")], {"a": floats(1), "b": integers(1 << 29)}),
    "Tile": ([node("Tile", "a b")], {"a": floats(1), "b": integers(1 << 29)}),
    "ConstantOfShape": ([node("ConstantOfShape", "a")], {"a": integers(1 << 29)}),
    "Reshape": ([node("Reshape", "a b")], {"a": floats(9), "b": integers(3, 3)}),
    "a recurrent layer": (
        [node("RNN", "a b d", hidden_size=1)],
        {"a": floats(9, 1, 1), "b": floats(1, 1, 1), "d": floats(1, 1, 1)},
    ),
    "an optional input left out": ([node("Clip", "a - b")], {"a": floats(9), "b": np.float32(1)}),
    "cast a thousand times": (chain("Cast", str, 1000, **TO_FLOAT), {"a": floats(20_000)}),
    "a thousand copies": (
        [node("Cast", "a", f"b{number}", **TO_FLOAT) for number in range(1000)] + [node("Cast", "a", "c", **TO_FLOAT)],
        {"a": np.zeros(50_000, np.int8)},
    ),
    "cast to text": ([node("Cast", "a", to=TensorProto.STRING)], {"a": floats(9)}),
    "cast to nothing": ([node("Cast", "a")], {"a": floats(9)}),
    "an axis twice": ([node("Transpose", "a", perm=[0, 0])], {"a": floats(3, 3)}),
    "an axis below zero": ([node("Transpose", "a", perm=[0, -1])], {"a": floats(3, 3)}),
    "shapes that do not fit": ([node("Mul", "a b")], {"a": floats(2), "b": floats(3)}),
    "three factors": ([node("Mul", "a a a")], {"a": floats(3)}),
    "an operator without inputs": ([helper.make_node("Concat", [], ["c"], axis=0)], {}),
    "before what it reads": ([node("Cast", "b", **TO_FLOAT), node("Cast", "a", "b", **TO_FLOAT)], {"a": floats(3)}),
    "computed twice": (chain("Cast", str, 1, **TO_FLOAT) * 2, {"a": floats(3)}),
    "computed over a stored tensor": ([node("Cast", "a", "a", **TO_FLOAT)], {"a": floats(3), "c": floats(3)}),
}


def refused(data: bytes, tmp_path: Path) -> str:
    path = tmp_path / "network.onnx"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"network\.onnx: \w+") as caught:
        Session(path)
    return str(caught.value)


@pytest.mark.parametrize("kind", HOSTILE)
def test_constants_that_compute_what_ours_do_not(kind: str, tmp_path: Path) -> None:
    data = model_of(*HOSTILE[kind]).SerializeToString()
    assert len(data) < 150_000
    assert "use a model that seqtool wrote" in refused(data, tmp_path)


@pytest.mark.parametrize(
    "kind",
    [
        "a product of two long vectors",
        "a product with a turned vector",
        "a product of cast vectors",
        "a thousand copies",
    ],
)
def test_operators_of_ours_are_refused_for_their_size(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(model_of(*HOSTILE[kind]).SerializeToString())
    with pytest.raises(ModelError, match="far more from its tensors than it holds"):
        check_graph(path)
    monkeypatch.setattr(graph_check, "MOST_TIMES_STORED", 100_000)
    check_graph(path)


@pytest.mark.parametrize("storage", ["float16", "int8"])
def test_a_weight_as_our_exporter_stores_it_passes(storage: str, tmp_path: Path) -> None:
    """Cast, scaled and turned; large enough for the bound to count, and computed as numpy does."""
    values = np.random.default_rng(1).integers(-127, 128, (300, 400))
    scales = np.random.default_rng(2).random((300, 1), np.float32)
    if storage == "int8":
        nodes = [node("Cast", "a", "b", **TO_FLOAT), node("Mul", "b d", "e"), node("Transpose", "e", "f", perm=[1, 0])]
        tensors = {"a": values.astype(np.int8), "d": scales}
        expected = values.astype(np.float32) * scales
    else:
        nodes = [node("Cast", "a", "b", **TO_FLOAT), node("Transpose", "b", "f")]
        tensors = {"a": values.astype(np.float16)}
        expected = values.astype(np.float32)
    nodes.append(node("MatMul", "x f"))
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 400])],
        [helper.make_tensor_value_info("c", TensorProto.FLOAT, ["n", 300])],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )
    path = tmp_path / "network.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    assert check_graph(path) == {name: value.shape for name, value in tensors.items()}
    [found] = Session(path).run(["c"], {"x": np.eye(400, dtype=np.float32)})
    np.testing.assert_array_equal(found, expected.T)


# -- what is read must be what onnxruntime reads ---------------------------------------------------


def field(number: int, wire_type: int, data: bytes) -> bytes:
    length = bytes([len(data)]) if wire_type == 2 else b""
    return bytes([number << 3 | wire_type]) + length + data


def with_node(node_bytes: bytes) -> bytes:
    """A file whose one operator is these bytes."""
    model = model_of([], {"c": floats(3)})
    del model.graph.node[:]
    graph = model.graph.SerializeToString() + field(1, 2, node_bytes)
    model.ClearField("graph")
    return model.SerializeToString() + bytes([7 << 3 | 2, len(graph) & 127 | 128, len(graph) >> 7]) + graph


def test_an_operator_named_by_a_number_of_eight_bytes(tmp_path: Path) -> None:
    """Readers of protobuf pass over a field of the wrong type: the name that counts is the one before."""
    node_bytes = node("Add", "x c", "y").SerializeToString()
    path = tmp_path / "network.onnx"
    path.write_bytes(with_node(node_bytes))
    check_graph(path)
    assert "number" in refused(with_node(node_bytes + field(4, 1, b"Identity")), tmp_path)


def test_an_attribute_twice(tmp_path: Path) -> None:
    cast = node("Cast", "x", "y", to=TensorProto.FLOAT)
    cast.attribute.append(cast.attribute[0])
    assert "two attributes 'to'" in refused(with_node(cast.SerializeToString()), tmp_path)


def test_a_tensor_twice(tmp_path: Path) -> None:
    model = model_of([], {"c": floats(3)})
    model.graph.initializer.append(numpy_helper.from_array(floats(3), "c"))
    assert "'c' twice" in refused(model.SerializeToString(), tmp_path)


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    data = with_node(node("Add", "x c", "y").SerializeToString() + field(1, 2, b"\xff"))
    assert "not UTF-8" in refused(data, tmp_path)

"""Graphs and manifests from a stranger: a ModelError in one line, and nothing else, whatever is in them."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hostile import content, damages, odd, put, refusal, reseal, told_or_answered
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from seqtool.engine.classifier import Classifier, ClassifyAsked
from seqtool.engine.graph_check import check_graph
from seqtool.engine.session import Session
from seqtool.errors import ModelError
from seqtool.modelfolder.manifest import open_folder

TEXTS = ["The fan works like a charm", "", "bad " * 700]


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def answer(folder: Path) -> object:
    return Classifier(open_folder(folder)).answers(TEXTS, ClassifyAsked(scores=True))


# -- graphs -----------------------------------------------------------------------------------


def model_of(nodes: list[Any], initializers: list[Any] | None = None, **more: Any) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
        initializers or [],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, **more)


def tensor(name: str = "w", dims: tuple[int, ...] = (3,)) -> onnx.TensorProto:
    return numpy_helper.from_array(np.ones(dims, np.float32), name)


def foreign_operator() -> onnx.ModelProto:
    return model_of([helper.make_node("Hardmax", ["x"], ["y"])])


def foreign_domain() -> onnx.ModelProto:
    model = model_of([helper.make_node("Add", ["x", "x"], ["y"], domain="com.example")])
    model.opset_import.append(helper.make_opsetid("com.example", 1))
    return model


def branch() -> onnx.ModelProto:
    inner = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["z"])],
        "inner",
        [],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)],
    )
    condition = numpy_helper.from_array(np.array(True), "c")
    return model_of([helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)], [condition])


def graph_inside_an_operator_of_ours() -> onnx.ModelProto:
    inner = helper.make_graph([helper.make_node("Softmax", ["x"], ["z"])], "inner", [], [])
    return model_of([helper.make_node("Add", ["x", "x"], ["y"], body=inner)])


def loop() -> onnx.ModelProto:
    inner = helper.make_graph([helper.make_node("Identity", ["a"], ["b"])], "inner", [], [])
    return model_of([helper.make_node("Loop", ["", "", "x"], ["y"], body=inner)])


def tensor_attribute() -> onnx.ModelProto:
    return model_of([helper.make_node("Constant", [], ["y"], value=tensor())])


def tensor_in_an_operator_of_ours() -> onnx.ModelProto:
    return model_of([helper.make_node("Identity", ["x"], ["y"], value=tensor())])


def external_data() -> onnx.ModelProto:
    weight = tensor()
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="../../../etc/passwd")
    return model_of([helper.make_node("Add", ["x", "w"], ["y"])], [weight])


def external_data_beside_bytes() -> onnx.ModelProto:
    weight = tensor()
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="weights.bin")
    return model_of([helper.make_node("Add", ["x", "w"], ["y"])], [weight])


def functions() -> onnx.ModelProto:
    function = helper.make_function(
        "own", "Add", ["a"], ["b"], [helper.make_node("Softmax", ["a"], ["b"])], [helper.make_opsetid("", 17)]
    )
    return model_of([helper.make_node("Add", ["x", "x"], ["y"])], functions=[function])


def sparse_tensor() -> onnx.ModelProto:
    model = model_of([helper.make_node("Add", ["x", "w"], ["y"])])
    values = numpy_helper.from_array(np.ones(1, np.float32), "w")
    indices = numpy_helper.from_array(np.zeros(1, np.int64), "i")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [3]))
    return model


def dims(*wrong: int) -> Callable[[], onnx.ModelProto]:
    def make() -> onnx.ModelProto:
        weight = tensor()
        del weight.dims[:]
        weight.dims.extend(wrong)
        return model_of([helper.make_node("Add", ["x", "w"], ["y"])], [weight])

    return make


def float_data() -> onnx.ModelProto:
    return model_of(
        [helper.make_node("Add", ["x", "w"], ["y"])], [helper.make_tensor("w", TensorProto.FLOAT, [3], [1, 2, 3])]
    )


def strings() -> onnx.ModelProto:
    return model_of(
        [helper.make_node("Identity", ["w"], ["y"])], [helper.make_tensor("w", TensorProto.STRING, [1], [b"x"])]
    )


def training() -> onnx.ModelProto:
    model = model_of([helper.make_node("Add", ["x", "x"], ["y"])])
    model.training_info.add()
    return model


def many_nodes() -> onnx.ModelProto:
    return model_of([helper.make_node("Identity", ["x"], [f"y{number}"]) for number in range(10_001)])


HOSTILE = {
    "foreign operator": foreign_operator,
    "foreign domain": foreign_domain,
    "If": branch,
    "Loop": loop,
    "a graph inside Add": graph_inside_an_operator_of_ours,
    "Constant": tensor_attribute,
    "a tensor inside Identity": tensor_in_an_operator_of_ours,
    "external data": external_data,
    "external data beside bytes": external_data_beside_bytes,
    "functions": functions,
    "sparse tensor": sparse_tensor,
    "too many dims": dims(3, 2),
    "too few dims": dims(2),
    "negative dims": dims(-3),
    "two negative dims": dims(-3, -1),
    "huge dims": dims(1 << 40, 1 << 40),
    "dims that overflow to three": dims(1 << 32, 1 << 32, 3),
    "float_data": float_data,
    "strings": strings,
    "training_info": training,
    "many operators": many_nodes,
    "no graph": onnx.ModelProto,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_graphs(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(HOSTILE[kind]().SerializeToString())
    with pytest.raises(ModelError, match=r"network\.onnx: \w+"):
        check_graph(path)
    with pytest.raises(ModelError):
        Session(path)


def test_an_honest_graph_of_our_operators_passes(tmp_path: Path) -> None:
    """The cases above are refused for what they hold, not for how they are made."""
    path = tmp_path / "network.onnx"
    path.write_bytes(model_of([helper.make_node("Add", ["x", "w"], ["y"])], [tensor()]).SerializeToString())
    assert check_graph(path) == {"w": (3,)}
    [found] = Session(path).run(["y"], {"x": np.zeros((2, 3), np.float32)})
    assert found.tolist() == [[1.0] * 3] * 2


def test_two_graphs_in_one_file(tmp_path: Path) -> None:
    """protobuf merges a message that comes twice; what was looked at must be what runs."""
    path = tmp_path / "network.onnx"
    honest = model_of([helper.make_node("Add", ["x", "w"], ["y"])], [tensor()])
    path.write_bytes(honest.SerializeToString() + foreign_operator().SerializeToString())
    with pytest.raises(ModelError):
        Session(path)


@pytest.mark.parametrize("name", ["network.onnx", "head.onnx"])
def test_cut_at_every_97th_byte(folder: Path, name: str) -> None:
    data = (folder / name).read_bytes()
    path = folder / "cut.onnx"
    for length in range(0, len(data), 97):
        path.write_bytes(data[:length])
        with pytest.raises(ModelError):
            Session(path)


@pytest.mark.parametrize("name", ["network.onnx", "head.onnx"])
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.lists(st.tuples(st.integers(0, 1 << 30), st.integers(1, 255)), min_size=1, max_size=4))
def test_flipped_bytes_are_told_or_give_wrong_answers(
    folder: Path, tiny_model: Path, name: str, flips: list[tuple[int, int]]
) -> None:
    data = bytearray((tiny_model / name).read_bytes())
    for place, mask in flips:
        data[place % len(data)] ^= mask
    (folder / name).write_bytes(data)
    reseal(folder)
    told_or_answered(answer, folder)


# -- files and model.toml ---------------------------------------------------------------------


GARBAGE = {
    "nothing": b"",
    "line ends": b"\n" * 50,
    "a zip archive": b"PK\x03\x04" * 20,
    "ones": b"\xff" * 300,
    "an empty graph": b"\x3a\x00",
    "every byte": bytes(range(256)),
}
FILES = [
    content(file, name, data)
    for file in ("network.onnx", "head.onnx", "pieces.model")
    for name, data in GARBAGE.items()
]
ODD: list[Any] = [None, True, -1, 0, 1 << 40, 1.5, "x", [], {}, [1], ["x"], [[]]]
KEYS = {
    "network": ["cell", "bidirectional", "hidden_size", "num_layers", "pooling"],
    "answer": ["kind", "temperature"],
    "tokenizer": ["file"],
    "": ["labels", "network", "answer", "tokenizer"],
}
# What is no fault: a missing temperature is 1, 1.5 is a temperature, and the model does read both ways.
FINE = {("answer", "temperature", repr(value)) for value in (None, 1.5)} | {("network", "bidirectional", "True")}

VALUES = [
    put("network", "pooling", ["maximum"]),
    put("network", "pooling", ["max", "max", "max"], "head.onnx: "),
    put("network", "pooling", ["attention"]),
    put("network", "hidden_size", 13),
    put("network", "num_layers", 2),
    put("network", "bidirectional", False),
    put("network", "cell", "none"),
    put("network", "cell", "../x"),
    put("answer", "temperature", math.nan),
    put("answer", "temperature", math.inf),
    put("answer", "temperature", -1.0),
    put("answer", "temperature", 1e-320),
    put("answer", "decision", "best"),
    put("answer", "decision", 3),
    put("answer", "groups", {"good": ["9"]}),
    put("answer", "groups", {"good": [[]]}),
    put("answer", "groups", {"good": 5}),
    put("answer", "groups", {"good": "5"}),
    put("answer", "groups", ["1"]),
    put("", "labels", ["1", "2", "3", "4"]),
    put("", "labels", ["1", "2", "3", "4", "5", "6"]),
    put("", "labels", ["1", "2", "3", "4", 5]),
    put("", "labels", ["1", "1", "1", "1", "1"]),
    put("tokenizer", "file", "../pieces.model"),
    put("tokenizer", "file", "head.onnx", "head.onnx: "),
    put("tokenizer", "file", "model.toml"),
    put("tokenizer", "kind", "words"),
]


@damages(FILES, odd(KEYS, ODD, FINE), VALUES)
def test_a_damaged_folder_is_told(folder: Path, do: Any, told: str) -> None:
    do(folder)
    assert told in refusal(answer, folder)


WRONG = [
    put("network", "cell", "gru"),
    put("answer", "groups", {}),
    put("answer", "groups", {"good": []}),
    put("answer", "temperature", 1e5),
]


@damages(WRONG)
def test_at_worst_wrong_answers(folder: Path, do: Any, told: str) -> None:
    do(folder)
    found = told_or_answered(answer, folder)
    if found is not None:
        first, empty, _ = found
        assert 0 <= first["score"] <= 1
        assert empty["label"] is None


@pytest.mark.parametrize("weight", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("kind", ["rating", "multiple"])
def test_weights_that_are_no_numbers_never_reach_the_output(run, folder: Path, weight: float, kind: str) -> None:
    model = onnx.load(folder / "head.onnx")
    [bias] = [item for item in model.graph.initializer if item.name == "output.bias"]
    values = numpy_helper.to_array(bias).copy()
    values[1] = weight
    bias.raw_data = values.tobytes()
    (folder / "head.onnx").write_bytes(model.SerializeToString())
    put("answer", "kind", kind).do(folder)
    done = run("classify", "-m", folder, "--scores", stdin="good\n")
    assert b"Traceback" not in done.stderr
    assert done.returncode in (0, 2)
    for word in (b"NaN", b"nan", b"Infinity"):
        assert word not in done.stdout
    assert done.returncode == 2 or done.stdout.count(b"\n") == 1


@damages(
    [
        put("network", "hidden_size", 1 << 40),
        put("network", "pooling", ["maximum"]),
        put("answer", "temperature", math.nan),
        put("", "labels", ["1"]),
        put("tokenizer", "file", "head.onnx"),
    ]
)
def test_the_command_says_it_in_one_line(run, folder: Path, do: Any, told: str) -> None:
    do(folder)
    done = run("classify", "-m", folder, stdin="good\n")
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1
    assert done.stderr.startswith(b"seqtool classify: ")
    assert b"Traceback" not in done.stderr


def test_another_models_files(make_model, folder: Path) -> None:
    """Each file is whole, but they do not belong together."""
    other = make_model(labels=("a", "b"), hidden_size=7, cell="gru", seed=8)
    for name in ("network.onnx", "head.onnx"):
        copy = Path(shutil.copytree(folder, folder.parent / f"with-{name}"))
        shutil.copyfile(other / name, copy / name)
        reseal(copy)
        refusal(answer, copy)

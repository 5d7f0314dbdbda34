"""One exporter for all networks: torch modules to ONNX graphs, written with ``onnx.helper``.

Graphs are time first, with dynamic time and batch; lengths go in as ``sequence_lens``.  Weights
keep their torch names, so that :mod:`seqtool.export.from_onnx` finds them again.

A classifier is two graphs.  ``network.onnx`` reads one stretch of each text and gives what can
be added up over the stretches of a long one (sums, maxima, final states); ``head.onnx`` turns
the pooled vector into logits.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper
from torch import nn

from seqtool.export.graph import Graph, Matrix
from seqtool.nn.characters import OUTSIDE, CharacterEncoder
from seqtool.nn.classifier import ClassifierNetwork
from seqtool.nn.pooling import ATTENTION_BOUND, Pooling
from seqtool.nn.recurrent import Recurrent
from seqtool.nn.tagger import TaggerNetwork

OPSET = 17
IR_VERSION = 8
# Gates in the order in which ONNX has them, as positions in torch's order:
# LSTM i,o,f,c out of i,f,g,o; GRU z,r,h out of r,z,n.
GATE_ORDER = {"rnn": (0,), "lstm": (0, 3, 1, 2), "gru": (1, 0, 2)}
OPERATORS = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU"}
MASKED = 1e9


def reorder(weight: Matrix, order: tuple[int, ...]) -> Matrix:
    """The gates' blocks of rows in another order."""
    blocks = weight.reshape(len(order), -1, *weight.shape[1:])
    return np.ascontiguousarray(blocks[list(order)].reshape(weight.shape))


def array(parameter: object) -> Matrix:
    """A torch parameter as numpy has it."""
    return parameter.detach().cpu().numpy().astype(np.float32)  # type: ignore[attr-defined, no-any-return]


def recurrent_weights(layer: nn.ModuleDict, cell: str) -> tuple[Matrix, Matrix, Matrix]:
    """The operator's W (directions, gates * hidden, input), R and B of one layer."""
    order = GATE_ORDER[cell]
    inputs, recurrences, biases = [], [], []
    for module in layer.values():
        inputs.append(reorder(array(module.weight_ih_l0), order))
        recurrences.append(reorder(array(module.weight_hh_l0), order))
        biases.append(
            np.concatenate([reorder(array(module.bias_ih_l0), order), reorder(array(module.bias_hh_l0), order)])
        )
    return np.stack(inputs), np.stack(recurrences), np.stack(biases)


def add_recurrent(
    graph: Graph, recurrent: Recurrent, inputs: str, prefix: str, *, lengths: str = "lengths", carried: bool = True
) -> tuple[str, list[str], list[str]]:
    """The stacked layers; the names of the outputs (time, batch, size), and of each layer's final
    hidden and cell states (directions, batch, hidden_size).

    Reads the graph inputs ``lengths`` ("" where all are whole), ``initial_hidden`` and for an LSTM
    ``initial_cell``; without ``carried`` the first states are zeros.
    """
    cell = recurrent.cell
    lstm = cell == "lstm"
    directions = recurrent.directions
    axis = graph.constant("axis.0", np.array([0], np.int64))
    hidden_states, cell_states = [], []
    for number, layer in enumerate(recurrent.layers):
        assert isinstance(layer, nn.ModuleDict)
        name = f"{prefix}.layers.{number}"
        weights, recurrences, biases = recurrent_weights(layer, cell)
        starts = []
        for state in (("initial_hidden", "initial_cell") if lstm else ("initial_hidden",)) if carried else ():
            bounds = [
                graph.constant(f"place.{row}", np.array([row], np.int64))
                for row in (number * directions, (number + 1) * directions)
            ]
            starts.append(graph.node("Slice", [state, *bounds, axis], f"{name}.{state}"))
        operands = [
            inputs,
            graph.weight(f"{name}.weight", weights),
            graph.weight(f"{name}.recurrence", recurrences),
            graph.constant(f"{name}.bias", biases),
            lengths,
            *starts,
        ]
        attributes: dict[str, Any] = {
            "hidden_size": recurrent.hidden_size,
            "direction": "bidirectional" if recurrent.bidirectional else "forward",
        }
        if cell == "gru":
            attributes["linear_before_reset"] = 1
        if cell == "rnn":
            first = next(iter(layer.values()))
            attributes["activations"] = ["Relu" if first.nonlinearity == "relu" else "Tanh"] * directions
        finals = [f"{name}.final_hidden"] + ([f"{name}.final_cell"] if lstm else [])
        graph.nodes.append(helper.make_node(OPERATORS[cell], operands, [f"{name}.steps", *finals], **attributes))
        hidden_states.append(finals[0])
        cell_states.extend(finals[1:])
        # (time, directions, batch, hidden) to (time, batch, directions * hidden)
        turned = graph.node("Transpose", [f"{name}.steps"], f"{name}.turned", perm=[0, 2, 1, 3])
        shape = graph.constant(
            "shape.steps." + str(recurrent.output_size), np.array([0, 0, recurrent.output_size], np.int64)
        )
        inputs = graph.node("Reshape", [turned, shape], f"{name}.outputs")
    return inputs, hidden_states, cell_states


def add_pooling(graph: Graph, pooling: Pooling, outputs: str, embedded: str) -> list[str]:
    """What each pooling needs of one stretch; reads the graph input ``mask`` (time, batch, 1)."""
    names = []
    axes = graph.constant("axes.time", np.array([0], np.int64))
    for kind in pooling.kinds:
        if kind == "mean":
            masked = graph.node("Mul", [outputs, "mask"], "pooling.masked")
            names.append(graph.node("ReduceSum", [masked, axes], "sum", keepdims=0))
        elif kind == "embedding":
            masked = graph.node("Mul", [embedded, "mask"], "pooling.masked_embedding")
            names.append(graph.node("ReduceSum", [masked, axes], "embedding_sum", keepdims=0))
        elif kind == "max":
            one = graph.constant("one", np.array(1, np.float32))
            outside = graph.node("Sub", ["mask", one], "pooling.outside")
            far = graph.node("Mul", [outside, graph.constant("far", np.array(MASKED, np.float32))], "pooling.far")
            shifted = graph.node("Add", [outputs, far], "pooling.shifted")
            names.append(graph.node("ReduceMax", [shifted], "maximum", axes=[0], keepdims=0))
        elif kind == "attention":
            weight = graph.weight("pooling.projection.weight", array(pooling.projection.weight).T)
            bias = graph.constant("pooling.projection.bias", array(pooling.projection.bias))
            product = graph.node("MatMul", [outputs, weight], "pooling.product")
            projected = graph.node("Tanh", [graph.node("Add", [product, bias], "pooling.added")], "pooling.projected")
            context = graph.constant("pooling.context.weight", array(pooling.context.weight).T)
            scores = graph.node("MatMul", [projected, context], "pooling.scores")
            low = graph.constant("bound.low", np.array(-ATTENTION_BOUND, np.float32))
            high = graph.constant("bound.high", np.array(ATTENTION_BOUND, np.float32))
            weights = graph.node(
                "Exp", [graph.node("Clip", [scores, low, high], "pooling.clipped")], "pooling.exponential"
            )
            kept = graph.node("Mul", [weights, "mask"], "pooling.weights")
            weighted = graph.node("Mul", [outputs, kept], "pooling.weighted")
            names.append(graph.node("ReduceSum", [weighted, axes], "attention_sum", keepdims=0))
            names.append(graph.node("ReduceSum", [kept, axes], "attention_weight", keepdims=0))
    return names


def value(name: str, kind: int, shape: list[str | int]) -> onnx.ValueInfoProto:
    """An input or output of a graph; the batch axis is named ``batch``."""
    return helper.make_tensor_value_info(name, kind, shape)


def save(graph: Graph, inputs: list[onnx.ValueInfoProto], outputs: list[onnx.ValueInfoProto], path: Path) -> None:
    """Check the graph and write it."""
    proto = helper.make_graph(graph.nodes, "seqtool", inputs, outputs, graph.initializers)
    model = helper.make_model(
        proto, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="seqtool", ir_version=IR_VERSION
    )
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())


def state_inputs(recurrent: Recurrent) -> list[onnx.ValueInfoProto]:
    """The first states that :func:`add_recurrent` reads."""
    state_shape: list[str | int] = [recurrent.num_layers * recurrent.directions, "batch", recurrent.hidden_size]
    names = ["hidden", "cell"] if recurrent.cell == "lstm" else ["hidden"]
    return [value(f"initial_{name}", TensorProto.FLOAT, state_shape) for name in names]


def recurrent_inputs(recurrent: Recurrent) -> list[onnx.ValueInfoProto]:
    """What :func:`add_recurrent` reads beside its steps."""
    return [value("lengths", TensorProto.INT32, ["batch"]), *state_inputs(recurrent)]


def add_finals(graph: Graph, recurrent: Recurrent, states: list[list[str]]) -> list[onnx.ValueInfoProto]:
    """The final states of all layers as outputs, shaped as the first states are."""
    state_shape: list[str | int] = [recurrent.num_layers * recurrent.directions, "batch", recurrent.hidden_size]
    results = []
    for name, parts in zip(("hidden", "cell"), states):
        if parts:
            graph.node("Concat", parts, f"final_{name}", axis=0)
            results.append(value(f"final_{name}", TensorProto.FLOAT, state_shape))
    return results


def add_linear(graph: Graph, module: nn.Linear, inputs: str, name: str, output: str) -> str:
    """A linear map of the last axis of a (time, batch, size) tensor."""
    weight = graph.weight(f"{name}.weight", array(module.weight))
    turned = graph.node("Transpose", [weight], f"{name}.turned", perm=[1, 0])
    product = graph.node("MatMul", [inputs, turned], f"{name}.product")
    return graph.node("Add", [product, graph.constant(f"{name}.bias", array(module.bias))], output)


def export_encoder(network: ClassifierNetwork, path: Path, storage: str) -> None:
    """``network.onnx``: ids, lengths, mask and first states to hidden and what the pooling needs."""
    shape = network.shape
    graph = Graph(storage)
    outputs = embedded = graph.rows("embedding.table.weight", array(network.embedding.table.weight), "ids")
    inputs = [
        value("ids", TensorProto.INT32, ["time", "batch"]),
        value("mask", TensorProto.FLOAT, ["time", "batch", 1]),
    ]
    results = []
    size = shape.embedding_size
    if network.recurrent is not None:
        recurrent = network.recurrent
        inputs += recurrent_inputs(recurrent)
        outputs, *states = add_recurrent(graph, recurrent, outputs, "recurrent")
        size = recurrent.output_size
        results += add_finals(graph, recurrent, states)
    graph.node("Identity", [outputs], "hidden")
    results.append(value("hidden", TensorProto.FLOAT, ["time", "batch", size]))
    widths = {"attention_weight": 1, "embedding_sum": shape.embedding_size}
    for name in add_pooling(graph, network.pooling, outputs, embedded):
        results.append(value(name, TensorProto.FLOAT, ["batch", widths.get(name, size)]))
    save(graph, inputs, results, path)


def export_head(network: ClassifierNetwork, path: Path, storage: str) -> None:
    """``head.onnx``: pooled (batch, size) to logits (batch, num_labels)."""
    graph = Graph(storage)
    name = "pooled"
    for prefix, module in (("head", network.head), ("output", network.output)):
        if module is None:
            continue
        weight = graph.weight(f"{prefix}.weight", array(module.weight))
        bias = graph.constant(f"{prefix}.bias", array(module.bias))
        last = prefix == "output"
        name = graph.node("Gemm", [name, weight, bias], "logits" if last else "head.product", transB=1)
        if not last:
            name = graph.node("Relu", [name], "head.hidden")
    inputs = [value("pooled", TensorProto.FLOAT, ["batch", network.pooling.output_size])]
    save(graph, inputs, [value("logits", TensorProto.FLOAT, ["batch", network.shape.num_labels])], path)


def export_words(characters: CharacterEncoder, path: Path, storage: str) -> None:
    """``words.onnx``: the characters of words to one vector a word, ``vectors`` (words, size)."""
    graph = Graph(storage)
    embedded = graph.rows("characters.table.weight", array(characters.table.weight), "characters")
    inputs = [value("characters", TensorProto.INT32, ["time", "batch"])]
    if characters.recurrent is not None:
        inputs += recurrent_inputs(characters.recurrent)
        _, hidden, _ = add_recurrent(graph, characters.recurrent, embedded, "characters.recurrent")
        # (directions, words, hidden) to (words, directions * hidden)
        turned = graph.node("Transpose", hidden, "characters.turned", perm=[1, 0, 2])
        shape = graph.constant("shape.vectors", np.array([0, characters.size], np.int64))
        graph.node("Reshape", [turned, shape], "vectors")
    else:
        assert characters.convolution is not None
        inputs.append(value("inside", TensorProto.FLOAT, ["windows", "batch", 1]))
        axis = graph.constant("axis.0", np.array([0], np.int64))
        parts = []
        for start, end in ((0, -2), (1, -1), (2, np.iinfo(np.int64).max)):
            bounds = [graph.constant(f"place.{offset}", np.array([offset], np.int64)) for offset in (start, end)]
            parts.append(graph.node("Slice", [embedded, *bounds, axis], f"characters.from.{start}"))
        windows = graph.node("Concat", parts, "characters.windows", axis=2)
        mapped = add_linear(graph, characters.convolution, windows, "characters.convolution", "characters.mapped")
        one = graph.constant("one", np.array(1, np.float32))
        outside = graph.node("Sub", ["inside", one], "characters.outside")
        far = graph.node("Mul", [outside, graph.constant("far", np.array(-OUTSIDE, np.float32))], "characters.far")
        shifted = graph.node("Add", [mapped, far], "characters.shifted")
        graph.node("ReduceMax", [shifted], "vectors", axes=[0], keepdims=0)
    save(graph, inputs, [value("vectors", TensorProto.FLOAT, ["batch", characters.size])], path)


def export_steps(network: TaggerNetwork, path: Path, storage: str) -> None:
    """``network.onnx``: ids and what is read beside them to ``emissions`` (time, batch, tags)."""
    graph = Graph(storage)
    steps = graph.rows("embedding.table.weight", array(network.embedding.table.weight), "ids")
    inputs = [value("ids", TensorProto.INT32, ["time", "batch"])]
    stride = network.shape.stride
    if stride > 1:
        inputs = [value("ids", TensorProto.INT32, ["time", "batch", stride])]
        shape = graph.constant("shape.steps", np.array([0, 0, stride * network.shape.embedding_size], np.int64))
        steps = graph.node("Reshape", [steps, shape], "strides")
    if network.shape.word_size:
        inputs.append(value("words", TensorProto.FLOAT, ["time", "batch", network.shape.word_size]))
        steps = graph.node("Concat", [steps, "words"], "steps", axis=2)
    inputs += recurrent_inputs(network.recurrent)
    outputs, *states = add_recurrent(graph, network.recurrent, steps, "recurrent")
    results = add_finals(graph, network.recurrent, states)
    add_linear(graph, network.output, outputs, "output", "emissions")
    results.append(value("emissions", TensorProto.FLOAT, ["time", "batch", stride * network.shape.num_tags]))
    save(graph, inputs, results, path)

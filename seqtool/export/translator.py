"""A translator as two graphs: ``encoder.onnx`` reads the source, ``step.onnx`` gives the next piece."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto
from torch import nn

from seqtool.export.graph import Graph, round_weights
from seqtool.export.layers import add_finals, add_linear, add_recurrent, array, save, state_inputs, value
from seqtool.nn.attention import PADDING, Attention
from seqtool.nn.encoder_decoder import EncoderDecoder

FLOAT = TensorProto.FLOAT


def export_translator(network: EncoderDecoder, folder: Path, storage: str) -> None:
    """Write both graphs.  The network's own weights become what they are in the folder."""
    network.eval().cpu()
    round_weights(network, storage)
    export_encoder(network, folder / "encoder.onnx", storage)
    export_step(network, folder / "step.onnx", storage)


def export_encoder(network: EncoderDecoder, path: Path, storage: str) -> None:
    """ids (time, batch), lengths, and mask (batch, time), ones where a source is, to what a step reads of a source.

    ``memory`` (batch, time, size), ``keys`` (batch, size, time), ``padding`` (batch, 1, time), 0 or far below,
    and the decoder's first states (layers, batch, decoder_size).
    """
    shape = network.shape
    graph = Graph(storage)
    embedded = graph.rows("embedding.table.weight", array(network.embedding.table.weight), "ids")
    outputs, hidden, _ = add_recurrent(graph, network.encoder, embedded, "encoder", carried=False)
    inputs = [value("ids", TensorProto.INT32, ["time", "batch"]), value("lengths", TensorProto.INT32, ["batch"])]
    results = []
    if network.attention is not None:
        graph.node("Transpose", [outputs], "memory", perm=[1, 0, 2])
        _add_keys(graph, network)
        one = graph.constant("one", np.array(1, np.float32))
        outside = graph.node("Sub", [one, "mask"], "outside")
        far = graph.node("Mul", [outside, graph.constant("far", np.array(PADDING, np.float32))], "far.outside")
        row = graph.constant("shape.padding", np.array([0, 1, -1], np.int64))
        graph.node("Reshape", [far, row], "padding")
        inputs.append(value("mask", FLOAT, ["batch", "time"]))
        results += [
            value("memory", FLOAT, ["batch", "time", network.encoder.output_size]),
            value("keys", FLOAT, ["batch", shape.decoder_size, "time"]),
            value("padding", FLOAT, ["batch", 1, "time"]),
        ]
    # The last layer's final states, both directions side by side: (2, batch, hidden) to (batch, 2 * hidden).
    turned = graph.node("Transpose", [hidden[-1]], "last.turned", perm=[1, 0, 2])
    flat = graph.constant("shape.last", np.array([0, network.encoder.output_size], np.int64))
    last = graph.node("Reshape", [turned, flat], "last")
    layers = graph.constant("shape.states", np.array([0, shape.decoder_layers, shape.decoder_size], np.int64))
    for number, (linear, name) in enumerate(zip(network.bridge, ("hidden", "cell"))):
        assert isinstance(linear, nn.Linear)
        mapped = add_linear(graph, linear, last, f"bridge.{number}", f"bridge.{number}.mapped")
        squashed = graph.node("Tanh", [mapped], f"bridge.{number}.state")
        parted = graph.node("Reshape", [squashed, layers], f"bridge.{number}.layers")
        graph.node("Transpose", [parted], f"initial_{name}", perm=[1, 0, 2])
        results.append(value(f"initial_{name}", FLOAT, [shape.decoder_layers, "batch", shape.decoder_size]))
    save(graph, inputs, results, path)


def _add_keys(graph: Graph, network: EncoderDecoder) -> None:
    """``keys`` out of ``memory``, ready to be multiplied: (batch, size, time)."""
    attention = network.attention
    assert attention is not None
    keys = "memory"
    if attention.kind != "dot":
        weight = graph.weight("attention.key.weight", array(attention.key.weight))
        turned = graph.node("Transpose", [weight], "attention.key.turned", perm=[1, 0])
        keys = graph.node("MatMul", ["memory", turned], "attention.keys")
    graph.node("Transpose", [keys], "keys", perm=[0, 2, 1])


def export_step(network: EncoderDecoder, path: Path, storage: str) -> None:
    """The piece before (1, batch), the states and what was read of the source to ``logits`` (1, batch, vocabulary),
    the new states, and ``attention`` (batch, time), the weights of the source's steps."""
    shape = network.shape
    graph = Graph(storage)
    table = array(network.embedding.table.weight)
    steps = graph.rows("embedding.table.weight", table, "ids", reader=".in")
    inputs = [value("ids", TensorProto.INT32, [1, "batch"]), *state_inputs(network.decoder)]
    if shape.input_feeding:
        inputs.append(value("initial_context", FLOAT, [1, "batch", network.encoder.output_size]))
        steps = graph.node("Concat", [steps, "initial_context"], "fed", axis=2)
    outputs, *states = add_recurrent(graph, network.decoder, steps, "decoder", lengths="")
    results = add_finals(graph, network.decoder, states)
    if network.attention is not None:
        outputs = _add_attention(graph, network, outputs, inputs, results)
    mapped = add_linear(graph, network.output, outputs, "output", "output.mapped")
    hidden = graph.node("Tanh", [mapped], "hidden")
    turned = graph.node("Transpose", [graph.weight("embedding.table.weight", table)], "softmax.turned", perm=[1, 0])
    product = graph.node("MatMul", [hidden, turned], "logits.product")
    graph.node("Add", [product, graph.constant("bias", array(network.bias))], "logits")
    results.append(value("logits", FLOAT, [1, "batch", shape.vocabulary_size]))
    save(graph, inputs, results, path)


def _add_attention(graph: Graph, network: EncoderDecoder, outputs: str, inputs: list[Any], results: list[Any]) -> str:
    """What the decoder gives and what it attends to, side by side: (1, batch, size).

    The query stands twice: onnxruntime multiplies a lone row in another way, so that its bits would depend on
    the batch.
    """
    attention, memory = network.attention, network.encoder.output_size
    assert attention is not None
    inputs += [
        value("memory", FLOAT, ["batch", "time", memory]),
        value("keys", FLOAT, ["batch", network.shape.decoder_size, "time"]),
        value("padding", FLOAT, ["batch", 1, "time"]),
    ]
    query = graph.node("Transpose", [outputs], "query", perm=[1, 0, 2])
    if attention.kind == "additive":
        scores = _additive_scores(graph, attention, query)
    else:
        twice = graph.node("Concat", [query, query], "query.twice", axis=1)
        scores = graph.node("MatMul", [twice, "keys"], "scores")
    weights = graph.node("Softmax", [graph.node("Add", [scores, "padding"], "scores.inside")], "weights", axis=2)
    contexts = graph.node("MatMul", [weights, "memory"], "contexts")
    bounds = [graph.constant(f"row.{row}", np.array([row], np.int64)) for row in (0, 1)]
    axis = graph.constant("axis.1", np.array([1], np.int64))
    context = graph.node("Slice", [contexts, *bounds, axis], "context.turned")
    context = graph.node("Transpose", [context], "context", perm=[1, 0, 2])
    flat = graph.constant("shape.attention", np.array([0, -1], np.int64))
    graph.node("Reshape", [graph.node("Slice", [weights, *bounds, axis], "weights.one"), flat], "attention")
    results.append(value("attention", FLOAT, ["batch", "time"]))
    if network.shape.input_feeding:
        graph.node("Identity", [context], "final_context")
        results.append(value("final_context", FLOAT, [1, "batch", memory]))
    return graph.node("Concat", [outputs, context], "attended", axis=2)


def _additive_scores(graph: Graph, attention: Attention, query: str) -> str:
    """v . tanh(W query + key) of every step of the source, twice: (batch, 2, time)."""
    weight = graph.weight("attention.query.weight", array(attention.query.weight))
    turned = graph.node("Transpose", [weight], "attention.query.turned", perm=[1, 0])
    mapped = graph.node("MatMul", [query, turned], "query.mapped")
    column = graph.node("Transpose", [mapped], "query.column", perm=[0, 2, 1])
    both = graph.node("Tanh", [graph.node("Add", ["keys", column], "query.keys")], "query.squashed")
    score = array(attention.score.weight)
    twice = graph.constant("attention.score.weight", np.concatenate([score, score]))
    return graph.node("MatMul", [twice, both], "scores")

"""A language model as a graph that runs over whole texts and one step at a time."""

from __future__ import annotations

from pathlib import Path

from onnx import TensorProto

from seqtool.export.graph import Graph, round_weights
from seqtool.export.layers import add_finals, add_linear, add_recurrent, array, recurrent_inputs, save, value
from seqtool.nn.language_model import LanguageModelNetwork


def export_language_model(network: LanguageModelNetwork, path: Path, storage: str) -> None:
    """``network.onnx``: ids, lengths and first states to ``hidden``, ``logits`` and final states.

    The embeddings and the softmax are one table in it.  The network's own weights become what is stored.
    """
    network.eval().cpu()
    round_weights(network, storage)
    shape, recurrent = network.shape, network.recurrent
    graph = Graph(storage)
    embedded = graph.rows("embedding.table.weight", array(network.embedding.table.weight), "ids", reader=".in")
    outputs, *states = add_recurrent(graph, recurrent, embedded, "recurrent")
    results = add_finals(graph, recurrent, states)
    add_linear(graph, network.projection, outputs, "projection", "hidden")
    table = graph.weight("embedding.table.weight", array(network.embedding.table.weight))
    turned = graph.node("Transpose", [table], "embedding.table.turned", perm=[1, 0])
    product = graph.node("MatMul", ["hidden", turned], "logits.product")
    graph.node("Add", [product, graph.constant("bias", array(network.bias))], "logits")
    results.append(value("hidden", TensorProto.FLOAT, ["time", "batch", shape.embedding_size]))
    results.append(value("logits", TensorProto.FLOAT, ["time", "batch", shape.vocabulary_size]))
    inputs = [value("ids", TensorProto.INT32, ["time", "batch"]), *recurrent_inputs(recurrent)]
    save(graph, inputs, results, path)

"""The network as a graph."""

from __future__ import annotations

from pathlib import Path

from onnx import TensorProto

from seqtool.export.graph import Graph, round_weights
from seqtool.export.layers import add_finals, add_linear, add_recurrent, array, recurrent_inputs, save, value
from vowels.network import CounterNetwork


def export_counter(network: CounterNetwork, path: Path, storage: str) -> None:
    """``network.onnx``: ids, lengths and first states to ``scores`` and final states."""
    network.eval().cpu()
    round_weights(network, storage)
    graph = Graph(storage)
    embedded = graph.rows("embedding.table.weight", array(network.embedding.table.weight), "ids")
    outputs, *states = add_recurrent(graph, network.recurrent, embedded, "recurrent")
    results = add_finals(graph, network.recurrent, states)
    add_linear(graph, network.output, outputs, "output", "scores")
    results.append(value("scores", TensorProto.FLOAT, ["time", "batch", 1]))
    inputs = [value("ids", TensorProto.INT32, ["time", "batch"]), *recurrent_inputs(network.recurrent)]
    save(graph, inputs, results, path)

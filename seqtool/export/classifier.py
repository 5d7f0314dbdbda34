"""A trained classifier into a folder: weights rounded, graphs written."""

from __future__ import annotations

from pathlib import Path

from seqtool.export.graph import round_weights
from seqtool.export.layers import export_encoder, export_head
from seqtool.nn.classifier import ClassifierNetwork


def export_classifier(network: ClassifierNetwork, folder: Path, storage: str) -> None:
    """Write ``network.onnx`` and ``head.onnx``.

    The network's own weights become what they are in the folder.
    """
    network.eval().cpu()
    round_weights(network, storage)
    export_encoder(network, folder / "network.onnx", storage)
    export_head(network, folder / "head.onnx", storage)

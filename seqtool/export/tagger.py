"""A trained tagger into a folder: weights rounded, graphs written."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seqtool.export.graph import round_weights
from seqtool.export.layers import export_steps, export_words
from seqtool.nn.tagger import TaggerNetwork


def export_tagger(network: TaggerNetwork, folder: Path, storage: str) -> None:
    """Write ``network.onnx``, for characters ``words.onnx``, for a CRF ``transitions.npy``.

    The network's own weights become what they are in the folder.
    """
    network.eval().cpu()
    round_weights(network, storage)
    export_steps(network, folder / "network.onnx", storage)
    if network.characters is not None:
        export_words(network.characters, folder / "words.onnx", storage)
    if network.crf is not None:
        np.save(folder / "transitions.npy", network.crf.scores().detach().numpy())

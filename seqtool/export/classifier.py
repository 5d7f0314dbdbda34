"""A trained classifier into a folder: weights rounded, graphs written."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from seqtool.export.graph import stored
from seqtool.export.layers import export_encoder, export_head
from seqtool.nn.classifier import ClassifierNetwork

# Small, and read at every step: kept whole.
WHOLE = ("bias", "context", "crf")


def round_weights(network: nn.Module, storage: str) -> None:
    """Make the network's weights what they will be in the folder.

    Rounding is by output row, so it commutes with the gates' reordering and with stacking.
    """
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if parameter.dim() == 2 and not any(part in name for part in WHOLE):
                matrix = parameter.detach().cpu().numpy()
                if "pooling.projection" in name:  # stored transposed
                    rounded = stored(matrix.T.copy(), storage).T
                else:
                    rounded = stored(matrix, storage)
                parameter.copy_(torch.from_numpy(rounded.copy()))


def export_classifier(network: ClassifierNetwork, folder: Path, storage: str) -> None:
    """Write ``network.onnx`` and ``head.onnx``.

    The network's own weights become what they are in the folder.
    """
    network.eval().cpu()
    round_weights(network, storage)
    export_encoder(network, folder / "network.onnx", storage)
    export_head(network, folder / "head.onnx", storage)

"""Parity: an exported graph gives what the torch network gives, or is refused."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import torch

from seqtool.engine.encoder import Encoder
from seqtool.engine.session import Session
from seqtool.errors import ModelError
from seqtool.nn.classifier import Classifier

TOLERANCE = 1e-4
# (lengths of the batch): one row, one step, ragged, equal, many
SHAPES = ([1], [7], [1, 1], [3, 9, 1, 5], [12] * 4, list(range(1, 34)))


def check_classifier(network: Classifier, folder: Path) -> float:
    """The largest difference of logits over several shapes and ragged lengths.

    ``network`` must hold the weights as stored (rounded), so that only arithmetic differs.

    :raises ModelError: it is above 1e-4 (relative to logits above 1).
    """
    network = network.eval().cpu()
    encoder = Encoder(Session(folder / "network.onnx"), network.shape.to_table(), batch_size=64)
    head = Session(folder / "head.onnx")
    chance = random.Random(0)
    worst = 0.0
    for lengths in SHAPES:
        sequences = [[chance.randrange(network.shape.vocabulary_size) for _ in range(length)] for length in lengths]
        ids = torch.zeros(max(lengths), len(lengths), dtype=torch.long)
        for column, sequence in enumerate(sequences):
            ids[: len(sequence), column] = torch.tensor(sequence)
        with torch.inference_mode():
            expected = network(ids, torch.tensor(lengths)).numpy()
        found = head.run(["logits"], {"pooled": encoder.pooled(sequences)})[0]
        difference = float((np.abs(expected - found) / np.maximum(1.0, np.abs(expected))).max())
        worst = max(worst, difference) if difference == difference else float("inf")  # NaN is no parity
    if not worst <= TOLERANCE:
        raise ModelError(
            f"{folder}: the exported graph differs from the trained network by {worst:.2g}; nothing was written"
        )
    return worst

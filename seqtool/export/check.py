"""Parity: an exported graph gives what the torch network gives, or is refused."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from seqtool.engine.genes.tagger import RegionTagger
from seqtool.engine.runner import Encoder
from seqtool.engine.session import Session
from seqtool.engine.tagger import Tagger
from seqtool.engine.translator import Translator
from seqtool.errors import ModelError
from seqtool.nn.classifier import ClassifierNetwork
from seqtool.nn.encoder_decoder import EncoderDecoder
from seqtool.nn.tagger import TaggerNetwork

TOLERANCE = 1e-4
# (lengths of the batch): one row, one step, ragged, equal, many
SHAPES = ([1], [7], [1, 1], [3, 9, 1, 5], [12] * 4, list(range(1, 34)))


def check_classifier(network: ClassifierNetwork, folder: Path) -> float:
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
        worst = max(worst, _difference(expected, found))
    _refuse(worst, folder)
    return worst


def _difference(expected: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    """The largest difference, relative to numbers above 1; NaN is no parity."""
    difference = float((np.abs(expected - found) / np.maximum(1.0, np.abs(expected))).max())
    return difference if difference == difference else float("inf")


def _refuse(worst: float, folder: Path) -> None:
    if not worst <= TOLERANCE:
        raise ModelError(
            f"{folder}: the exported graph differs from the trained network by {worst:.2g}; nothing was written"
        )


def check_tagger(network: TaggerNetwork, engine: Tagger) -> float:
    """The largest difference of emission scores between the torch network and the engine, words
    and all, over several shapes and ragged lengths.

    ``network`` must hold the weights as stored (rounded).

    :raises ModelError: it is above 1e-4 (relative to scores above 1).
    """
    network = network.eval().cpu()
    chance = random.Random(0)
    reader = engine.reader
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-'"
    words = ["".join(chance.choices(letters, k=chance.randint(1, 30))) for _ in range(300)] + ["the", "London", "U.S."]
    worst = 0.0
    for lengths in SHAPES:
        sentences = [[chance.choice(words) for _ in range(length)] for length in lengths]
        found = engine.emissions(sentences)
        for sentence, emissions in zip(sentences, found):
            rows = [reader.characters(word) for word in sentence]
            characters = torch.zeros(max(map(len, rows)), len(rows), dtype=torch.long)
            for column, row in enumerate(rows):
                characters[: len(row), column] = torch.tensor(row)
            with torch.inference_mode():
                expected = network(
                    torch.tensor([[reader.id(word)] for word in sentence]),
                    torch.tensor([len(sentence)]),
                    torch.arange(len(sentence)).unsqueeze(1),
                    torch.tensor([reader.features(word) for word in sentence]),
                    characters,
                    torch.tensor([len(row) for row in rows]),
                )
            worst = max(worst, _difference(expected[:, 0].numpy(), emissions))
    _refuse(worst, engine.folder.path)
    return worst


def check_steps(network: TaggerNetwork, engine: RegionTagger) -> float:
    """As :func:`check_tagger`, of a network that reads numbers of letters alone.

    :raises ModelError: the difference is above 1e-4 (relative to scores above 1).
    """
    network = network.eval().cpu()
    chance = np.random.default_rng(0)
    worst = 0.0
    for length in (1, 2, 3, 7, 100):
        ids = chance.integers(0, network.shape.vocabulary_size, length).astype(np.int32)
        with torch.inference_mode():
            expected = network(torch.from_numpy(ids).long().unsqueeze(1), torch.tensor([length]))
        worst = max(worst, _difference(expected[:, 0].numpy(), engine.emissions(ids)))
    _refuse(worst, engine.folder.path)
    return worst


def check_translator(network: EncoderDecoder, engine: Translator) -> float:
    """The largest difference of logits between the torch network and the engine's steps, over several lengths.

    ``network`` must hold the weights as stored (rounded).

    :raises ModelError: it is above 1e-4 (relative to logits above 1).
    """
    network = network.eval().cpu()
    chance = np.random.default_rng(0)
    worst = 0.0
    for time, batch in ((1, 1), (2, 3), (17, 4)):
        ids, previous = (chance.integers(0, network.shape.vocabulary_size, (steps, batch)) for steps in (time, 9))
        with torch.inference_mode():
            hidden = network(torch.from_numpy(ids), torch.full((batch,), time), torch.from_numpy(previous))
            expected = network.logits(hidden).numpy()
        states = engine.stepper.begin(engine.feeds(ids.T.tolist()))
        for step, logits in zip(previous, expected):
            found, states, _ = engine.stepper.step(step, states)
            worst = max(worst, _difference(logits, found))
    _refuse(worst, engine.folder.path)
    return worst

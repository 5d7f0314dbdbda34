"""The graphs of a translator give what torch gives, and a sentence is the same bits in any batch."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

from seqtool.engine.session import Session
from seqtool.engine.stepper import Stepper
from seqtool.export.translator import export_translator
from seqtool.modelfolder.shapes import TranslatorShape
from seqtool.nn.encoder_decoder import EncoderDecoder

VOCABULARY = 50


def exported(folder: Path, storage: str = "float32", **settings: object) -> tuple[EncoderDecoder, Stepper, Session]:
    torch.manual_seed(1)
    sizes = {"embedding_size": 8, "hidden_size": 6, "num_layers": 2, "decoder_size": 12, "decoder_layers": 2}
    network = EncoderDecoder(TranslatorShape(vocabulary_size=VOCABULARY, **{**sizes, **settings})).eval()  # type: ignore[arg-type]
    export_translator(network, folder, storage)
    encoder = Session(folder / "encoder.onnx")
    return network, Stepper(Session(folder / "step.onnx"), encoder), encoder


def feeds_of(encoder: Session, ids: np.ndarray, lengths: np.ndarray) -> dict[str, np.ndarray]:
    feeds = {"ids": ids.astype(np.int32), "lengths": lengths.astype(np.int32)}
    if "mask" in encoder.inputs:
        feeds["mask"] = (np.arange(len(ids))[None] < lengths[:, None]).astype(np.float32)
    return feeds


# Without attention there is nothing to feed.
DECODERS = [("none", False), *product(["dot", "general", "additive"], [False, True])]


def stepped(stepper: Stepper, feeds: dict[str, np.ndarray], previous: np.ndarray) -> np.ndarray:
    states = stepper.begin(feeds)
    logits = []
    for pieces in previous:
        found, states, _ = stepper.step(pieces, states)
        logits.append(found)
    return np.stack(logits)


@pytest.mark.parametrize("storage", ["float32", "int8"])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize(("attention", "feeding"), DECODERS)
def test_graphs_give_what_torch_gives(tmp_path: Path, attention: str, cell: str, feeding: bool, storage: str) -> None:
    network, stepper, encoder = exported(tmp_path, storage, attention=attention, cell=cell, input_feeding=feeding)
    chance = np.random.default_rng(0)
    ids, previous, lengths = (
        chance.integers(0, VOCABULARY, (7, 3)),
        chance.integers(0, VOCABULARY, (5, 3)),
        np.array([7, 4, 1]),
    )
    with torch.inference_mode():
        hidden = network(torch.from_numpy(ids), torch.from_numpy(lengths), torch.from_numpy(previous))
        expected = network.logits(hidden).numpy()
    np.testing.assert_allclose(stepped(stepper, feeds_of(encoder, ids, lengths), previous), expected, atol=1e-5)


@pytest.mark.parametrize(("attention", "feeding"), DECODERS)
def test_a_source_is_the_same_bits_beside_others_of_its_length(tmp_path: Path, attention: str, feeding: bool) -> None:
    _, stepper, encoder = exported(tmp_path, attention=attention, input_feeding=feeding)
    chance = np.random.default_rng(1)
    ids, previous = chance.integers(0, VOCABULARY, (13, 20)), chance.integers(0, VOCABULARY, (4, 20))
    lengths = np.full(20, 13)
    together = stepped(stepper, feeds_of(encoder, ids, lengths), previous)
    for row in (0, 7, 19):
        here = slice(row, row + 1)
        alone = stepped(stepper, feeds_of(encoder, ids[:, here], lengths[here]), previous[:, here])
        assert np.array_equal(alone[:, 0], together[:, row])

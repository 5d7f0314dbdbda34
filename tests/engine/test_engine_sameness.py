"""Every row's bits are the same alone, among any neighbours, in any order and at any number of threads."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from seqtool.engine.classifier import Classifier as Engine
from seqtool.engine.runner import MAX_STEPS, OVERLAP, SPAN, Encoder, batches, stretches
from seqtool.engine.session import Session
from seqtool.export.classifier import export_classifier
from seqtool.modelfolder.manifest import open_folder
from seqtool.modelfolder.shapes import ClassifierShape
from seqtool.nn.classifier import ClassifierNetwork
from seqtool.nn.pooling import POOLINGS

torch.set_num_threads(1)  # networks this small only wait for a second thread

VOCABULARY = 80
NETWORKS = [("none", False)] + [(cell, both) for cell in ("rnn", "lstm", "gru") for both in (False, True)]
every_network = pytest.mark.parametrize(("cell", "bidirectional"), NETWORKS)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory):
    """exported(cell, bidirectional, pooling): the torch network with its weights as stored, and its folder."""
    made: dict[object, tuple[ClassifierNetwork, Path]] = {}

    def make(cell: str, bidirectional: bool, pooling: tuple[str, ...] = POOLINGS) -> tuple[ClassifierNetwork, Path]:
        key = (cell, bidirectional, pooling)
        if key not in made:
            torch.manual_seed(2)
            # Odd widths: whole vector registers and a rest.
            network = ClassifierNetwork(
                ClassifierShape(
                    vocabulary_size=VOCABULARY,
                    num_labels=3,
                    cell=cell,
                    embedding_size=21,
                    hidden_size=37,
                    num_layers=2,
                    bidirectional=bidirectional,
                    pooling=pooling,
                    head_size=11,
                )
            )
            folder = tmp_path_factory.mktemp("graphs")
            export_classifier(network, folder, "int8")
            made[key] = network.eval(), folder
        return made[key]

    return make


def sequences_of(lengths: list[int]) -> list[list[int]]:
    chance = random.Random(9)
    return [[chance.randrange(VOCABULARY) for _ in range(length)] for length in lengths]


def bits(values: object) -> list[bytes]:
    return [np.asarray(row).tobytes() for row in values]  # type: ignore[attr-defined]


@every_network
def test_pooled_vectors(exported, cell: str, bidirectional: bool) -> None:
    network, folder = exported(cell, bidirectional)
    table = network.shape.to_table()
    sequences = sequences_of([*range(1, 41), 1500, 17, 17, 513, 512, 1025])
    session = Session(folder / "network.onnx")
    alone = [bits(Encoder(session, table, batch_size=1).pooled([sequence]))[0] for sequence in sequences]
    assert len(set(alone)) == len(alone)
    order = list(range(len(sequences)))
    for threads in (1, 2, 5):
        for batch_size in (1, 2, 3, 7, 64):
            encoder = Encoder(session, table, batch_size=batch_size, threads=threads)
            assert bits(encoder.pooled(sequences)) == alone
            random.Random(batch_size).shuffle(order)
            shuffled = bits(encoder.pooled([sequences[place] for place in order]))
            assert shuffled == [alone[place] for place in order]


@every_network
def test_many_copies_in_one_batch(exported, cell: str, bidirectional: bool) -> None:
    network, folder = exported(cell, bidirectional)
    [sequence] = sequences_of([13])
    encoder = Encoder(Session(folder / "network.onnx"), network.shape.to_table(), batch_size=300)
    assert len(set(bits(encoder.pooled([sequence])) + bits(encoder.pooled([sequence] * 257)))) == 1


@every_network
def test_probabilities(make_model, cell: str, bidirectional: bool) -> None:
    folder = open_folder(
        make_model(cell=cell, bidirectional=bidirectional, hidden_size=19, pooling=POOLINGS, head_size=9)
    )
    chance = random.Random(3)
    words = [
        "the",
        "fan",
        "works",
        "like",
        "a",
        "charm",
        "good",
        "bad",
        "café",
        "script",
        "not",
        "worth",
        "it",
        "coffee!",
        "123",
        "ünïcode",
    ]
    # Lengths of 1 to 40 words, one of well over 1500 pieces, and more than one window of the head's rows.
    lengths = [*range(1, 41), 700, *[chance.randint(1, 12) for _ in range(260)]]
    texts = [" ".join(chance.choice(words) for _ in range(length)) for length in lengths]
    texts[5:5] = ["", "   "]
    whole = Engine(folder, threads=1, batch_size=64).probabilities(texts)
    assert whole[5] is None and whole[6] is None
    single = Engine(folder, threads=1, batch_size=1)
    for place in [*range(45), 100, 200, 301]:
        assert single.probabilities([texts[place]]) == [whole[place]]
    order = list(range(len(texts)))
    chance.shuffle(order)
    for threads, batch_size in ((2, 64), (1, 5), (2, 300)):
        engine = Engine(folder, threads=threads, batch_size=batch_size)
        assert engine.probabilities([texts[place] for place in order]) == [whole[place] for place in order]
    for row in whole:
        if row is not None:
            assert sum(row) == pytest.approx(1.0, abs=1e-12)


def whole_run(network: ClassifierNetwork, sequence: list[int]) -> np.ndarray:
    with torch.inference_mode():
        return network.pooled(torch.tensor(sequence).unsqueeze(1), torch.tensor([len(sequence)]))[0].numpy()


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("length", [511, 512, 513, 1024, 1500, 2050])
def test_one_direction_over_stretches_is_one_whole_run(exported, cell: str, length: int) -> None:
    network, folder = exported(cell, False)
    [sequence] = sequences_of([length])
    pooled = Encoder(Session(folder / "network.onnx"), network.shape.to_table(), batch_size=8).pooled([sequence])[0]
    np.testing.assert_allclose(pooled, whole_run(network, sequence), atol=2e-5)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("length", [512, 513, 1500, 2050])
def test_two_directions_over_stretches(exported, cell: str, length: int) -> None:
    """Just what torch gives over the same stretches, each step counted in one of them; and near the whole run."""
    network, folder = exported(cell, True)
    [sequence] = sequences_of([length])
    pooled = Encoder(Session(folder / "network.onnx"), network.shape.to_table(), batch_size=8).pooled([sequence])[0]
    own, finals = [], []
    with torch.inference_mode():
        for part in stretches(0, length, OVERLAP):
            ids = torch.tensor(sequence[part.start : part.end]).unsqueeze(1)
            outputs, (hidden,) = network.recurrent(network.embedding(ids), torch.tensor([len(ids)]))
            own.append(outputs[part.first - part.start : part.last - part.start])
            finals.append(hidden[-2:])
        last = torch.stack([finals[-1][0], finals[0][1]])
        embedded = network.embedding(torch.tensor(sequence).unsqueeze(1))
        expected = network.pooling(torch.cat(own), torch.tensor([length]), last, embedded)[0]
    np.testing.assert_allclose(pooled, expected, atol=2e-5)
    # An untrained network forgets slowly; without the overlap it is several times as far off.
    np.testing.assert_allclose(pooled, whole_run(network, sequence), atol=2e-5 if length <= SPAN else 0.1)


@pytest.mark.parametrize("length", [513, 1500, 5000])
def test_the_mean_of_a_bag_of_words_is_exact(exported, length: int) -> None:
    network, folder = exported("none", False)
    [sequence] = sequences_of([length])
    pooled = Encoder(Session(folder / "network.onnx"), network.shape.to_table(), batch_size=8).pooled([sequence])[0]
    table = network.embedding.table.weight.detach().double().numpy()
    np.testing.assert_allclose(pooled, table[sequence].mean(0), atol=1e-6)


@pytest.mark.parametrize("overlap", [0, OVERLAP])
@pytest.mark.parametrize("length", [1, 2, 383, 384, 385, 511, 512, 513, 767, 768, 769, 896, 1024, 1500, 4096, 10_001])
def test_own_ranges_tile_the_text_once(overlap: int, length: int) -> None:
    found = stretches(3, length, overlap)
    counted = [step for part in found for step in range(part.first, part.last)]
    assert counted == list(range(length))
    for part in found:
        assert part.sequence == 3
        assert 0 <= part.start <= part.first < part.last <= part.end <= length
        assert part.end - part.start <= SPAN
        assert part.first - part.start == min(part.first, overlap) or length <= SPAN
        assert part.end - part.last == min(length - part.last, overlap) or length <= SPAN


def test_batches_hold_every_stretch_once_within_bounds() -> None:
    chance = random.Random(0)
    parts = [part for place in range(300) for part in stretches(place, chance.randint(1, 1400), OVERLAP)]
    found = list(batches(parts, 40))
    assert sorted(place for batch in found for place in batch) == list(range(len(parts)))
    for batch in found:
        longest = max(parts[place].end - parts[place].start for place in batch)
        assert len(batch) <= 40
        assert len(batch) * longest <= MAX_STEPS


def test_a_lone_row_never_runs_alone(exported, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule that sameness rests on: no graph runs with fewer than two rows."""
    network, folder = exported("rnn", True)
    session = Session(folder / "network.onnx")
    seen = []

    class Watched:
        def __init__(self, inner: object) -> None:
            self.inner = inner

        def run(self, wanted: list[str], feeds: dict[str, np.ndarray]) -> object:
            seen.append(feeds["ids"].shape[1])
            return self.inner.run(wanted, feeds)  # type: ignore[attr-defined]

    session._session = Watched(session._session)
    Encoder(session, network.shape.to_table(), batch_size=1).pooled(sequences_of([4, 6, 1200]))
    assert seen and min(seen) >= 2

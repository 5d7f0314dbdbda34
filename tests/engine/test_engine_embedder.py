"""Hidden states as vectors: against the graph run over the whole text at once."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import sentencepiece
from conftest import TEXTS

from seqtool.answers import Item
from seqtool.engine.classifier import Classifier
from seqtool.engine.embedder import NetworkEmbedder
from seqtool.errors import OptionError
from seqtool.modelfolder.manifest import open_folder
from seqtool.tokenization.words import spans

CELLS = [(cell, both) for cell in ("rnn", "lstm", "gru") for both in (False, True)]
every_cell = pytest.mark.parametrize(("cell", "bidirectional"), CELLS)
ODD_TEXTS = [
    *TEXTS,
    "",
    "   ",
    "\u200b",
    "good",
    "naïve cafe\u0301 ½ 😀",
    "  two   spaces ",
    "!!!",
    "don't re-read https://a.b/c",
]


@pytest.fixture(scope="module")
def folder_of(make_model: Callable[..., Path]) -> Callable[[str, bool], Path]:
    made: dict[tuple[str, bool], Path] = {}

    def folder(cell: str, bidirectional: bool) -> Path:
        if (cell, bidirectional) not in made:
            made[cell, bidirectional] = make_model(
                cell=cell,
                bidirectional=bidirectional,
                hidden_size=7,
                num_layers=2,
                pooling=("max", "mean", "last", "attention"),
            )
        return made[cell, bidirectional]

    return folder


def opened(folder: Path, **speed: int) -> NetworkEmbedder:
    return NetworkEmbedder(open_folder(folder), **speed)


def answers(network: NetworkEmbedder, texts: list[str], **asked: Any) -> list[dict[str, Any]]:
    return network.answers([Item(text) for text in texts], network.asked(**asked))


def pieces_of(folder: Path, text: str) -> list[tuple[int, int, int]]:
    """(id, start, end) of a text's pieces, whose surfaces in a row are the text."""
    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / "pieces.model"))
    pieces = []
    start = 0
    for piece in processor.encode(text, out_type="proto").pieces:
        start = text.index(piece.surface, start)
        pieces.append((piece.id, start, start + len(piece.surface)))
        start += len(piece.surface)
    return pieces


def states_of(folder: Path, ids: list[int]) -> Any:
    """The last layer's states, the whole sequence in one run of the graph."""
    session = onnxruntime.InferenceSession(str(folder / "network.onnx"))
    feeds: dict[str, Any] = {
        "ids": np.array(ids, np.int32)[:, None],
        "mask": np.ones((len(ids), 1, 1), np.float32),
        "lengths": np.array([len(ids)], np.int32),
    }
    for given in session.get_inputs():
        if given.name.startswith("initial_"):
            feeds[given.name] = np.zeros((given.shape[0], 1, given.shape[2]), np.float32)
    return session.run(["hidden"], feeds)[0][:, 0]


def states_in_stretches(folder: Path, ids: list[int]) -> Any:
    """Of 512 steps each, 384 of them its own, behind and before 64 that a neighbour has too."""
    parts = []
    for first in range(0, len(ids), 384):
        start = max(0, first - 64)
        parts.append(states_of(folder, ids[start : first + 448])[first - start :][:384])
    return np.concatenate(parts)


def brute(folder: Path, text: str, states: Callable[[Path, list[int]], Any] = states_of) -> list[Any]:
    """For each word the mean of the states of the pieces that have a letter of it."""
    pieces = pieces_of(folder, text)
    rows = states(folder, [number for number, _, _ in pieces]) if pieces else []
    vectors = []
    for start, end in spans(text):
        own = [rows[place] for place, (_, first, last) in enumerate(pieces) if first < end and last > start]
        vectors.append(np.mean(own, axis=0) if own else None)
    return vectors


def close(found: list[Any], wanted: list[Any], tolerance: float) -> None:
    assert [vector is None for vector in found] == [vector is None for vector in wanted]
    for one, other in zip(found, wanted):
        if other is not None:
            np.testing.assert_allclose(one, other, atol=tolerance)


@every_cell
def test_one_vector_a_word(folder_of: Callable[..., Path], cell: str, bidirectional: bool) -> None:
    folder = folder_of(cell, bidirectional)
    network = opened(folder)
    asked = network.asked(method="words")
    assert network.size(asked) == (14 if bidirectional else 7) and network.fields(asked) == ["tokens", "vector"]
    for text, answer in zip(ODD_TEXTS, answers(network, ODD_TEXTS, method="words"), strict=True):
        assert answer["tokens"] == [text[start:end] for start, end in spans(text)]
        close(answer["vector"], brute(folder, text), 1e-5)
    assert answers(network, [""], method="words") == [{"tokens": [], "vector": []}]


def long_text(pieces: int) -> str:
    chance = random.Random(2)
    words = " ".join(TEXTS).split()
    return " ".join(chance.choice(words) for _ in range(pieces // 2))


@every_cell
def test_words_of_a_text_over_several_stretches(folder_of: Callable[..., Path], cell: str, bidirectional: bool) -> None:
    """One direction carries its state over; of two directions each step has read 64 more on either side."""
    folder = folder_of(cell, bidirectional)
    text = long_text(900)
    assert len(pieces_of(folder, text)) > 1100
    [answer] = answers(opened(folder), [text], method="words")
    close(answer["vector"], brute(folder, text, states_in_stretches if bidirectional else states_of), 1e-5)


@every_cell
def test_pooled_is_what_the_head_reads(folder_of: Callable[..., Path], cell: str, bidirectional: bool) -> None:
    folder = folder_of(cell, bidirectional)
    network = opened(folder)
    asked = network.asked()
    classifier = Classifier(open_folder(folder))
    assert network.size(asked) == classifier.pooled_width and network.fields(asked) == ["vector"]
    head = onnxruntime.InferenceSession(str(folder / "head.onnx"))
    texts = [*ODD_TEXTS, long_text(1500)]
    for answer, probabilities in zip(answers(network, texts), classifier.probabilities(texts), strict=True):
        assert (answer["vector"] is None) == (probabilities is None)
        if probabilities is not None:
            assert answer["vector"].shape == (network.size(asked),)
            logits = head.run(["logits"], {"pooled": answer["vector"][None]})[0][0].astype(float)
            total = sum(math.exp(logit) for logit in logits)
            assert probabilities == pytest.approx([math.exp(logit) / total for logit in logits], abs=1e-6)


def test_pooled_against_torch(folder_of: Callable[..., Path]) -> None:
    import torch

    from seqtool.export.from_onnx import load_classifier
    from seqtool.modelfolder.shapes import ClassifierShape

    folder = folder_of("lstm", True)
    network = load_classifier(folder, ClassifierShape.from_table(open_folder(folder).table("network"))).eval()
    for text, answer in zip(TEXTS, answers(opened(folder), TEXTS)):
        ids = torch.tensor([number for number, _, _ in pieces_of(folder, text)])
        with torch.no_grad():
            wanted = network.pooled(ids[:, None], torch.tensor([len(ids)]))[0]
        np.testing.assert_allclose(answer["vector"], wanted, atol=1e-5)


@pytest.mark.parametrize("method", ["mean", "words"])
def test_the_same_in_any_company(folder_of: Callable[..., Path], method: str) -> None:
    folder = folder_of("gru", True)
    texts = [*ODD_TEXTS, long_text(1200), *ODD_TEXTS]

    def bits(found: list[dict[str, Any]]) -> list[Any]:
        return [
            [row if row is None else row.tobytes() for row in answer["vector"]]
            if isinstance(answer["vector"], list)
            else answer["vector"] if answer["vector"] is None else answer["vector"].tobytes()
            for answer in found
        ]  # fmt: skip

    whole = bits(answers(opened(folder), texts, method=method))
    alone = opened(folder, batch_size=1)
    assert [bits(answers(alone, [text], method=method))[0] for text in texts] == whole
    assert bits(answers(opened(folder, threads=3, batch_size=2), texts, method=method)) == whole


def test_length_one(folder_of: Callable[..., Path]) -> None:
    folder = folder_of("lstm", False)
    for method in ("mean", "words"):
        plain, scaled = (
            answers(opened(folder), ["good film", ""], method=method, normalize=flag) for flag in (False, True)
        )
        one, other = (
            [row for answer in found for row in (answer["vector"] if method == "words" else [answer["vector"]])]
            for found in (plain, scaled)
        )
        close(other, [row if row is None else row / np.linalg.norm(row) for row in one], 1e-6)


def test_tokens_of_another_cut(folder_of: Callable[..., Path]) -> None:
    """Slices of the text in their order; one that does not stand there has no vector."""
    folder = folder_of("lstm", True)
    text = "the fan works, the fan works like a charm"
    network = opened(folder)
    asked = network.asked(method="words")
    tokens = ["the fan", "zebra", "works", "the", "orks", "charm", "the"]
    [answer] = network.answers([Item(text, tokens)], asked)
    pieces = pieces_of(folder, text)
    states = states_of(folder, [number for number, _, _ in pieces])
    wanted: list[Any] = []
    for token, start in zip(tokens, [0, None, 8, 15, 24, 36, None]):
        if start is None:
            wanted.append(None)
            continue
        assert text[start : start + len(token)] == token
        end = start + len(token)
        wanted.append(np.mean([states[n] for n, (_, a, b) in enumerate(pieces) if a < end and b > start], axis=0))
    assert answer["tokens"] == tokens
    close(answer["vector"], wanted, 1e-5)
    [answer] = network.answers([Item("", ["fan"])], asked)
    assert answer == {"tokens": ["fan"], "vector": [None]}


def test_a_token_that_is_not_there_behind_one_within_a_piece(folder_of: Callable[..., Path]) -> None:
    """Its place is inside a piece, and yet it has no share of it."""
    folder = folder_of("lstm", True)
    text = "the fan works"
    long = next((first, last) for _, first, last in pieces_of(folder, text) if last - first > 3)
    token = text[long[0] : long[0] + 3]
    network = opened(folder)
    [answer] = network.answers([Item(text, [token, "zebra"])], network.asked(method="words"))
    assert answer["vector"][0] is not None and answer["vector"][1] is None


def test_a_bag_of_words_has_no_states(make_model: Callable[..., Path]) -> None:
    folder = make_model(cell="none")
    with pytest.raises(OptionError, match="--method mean"):
        opened(folder).asked(method="words")
    assert answers(opened(folder), ["good film"])[0]["vector"].shape == (16,)

"""The tagger: what torch gives, the same for any neighbours, and answers that fit their text."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import TAGGED_TEXTS, TAGGERS
from taggers import WORDS, answers, opened, sentences_of, some_texts

import seqtool.engine.word_table as word_table
from seqtool.decoding.schemes import spans
from seqtool.engine.runner import OVERLAP, SPAN, stretches
from seqtool.engine.tagger import Tagger
from seqtool.errors import ModelError
from seqtool.export.check import check_tagger
from seqtool.export.from_onnx import load_tagger
from seqtool.modelfolder.shapes import TaggerShape
from seqtool.tokenization.sentences import spans as sentence_spans

torch.set_num_threads(1)  # networks this small only wait for a second thread
CELLS = [(cell, both) for cell in ("rnn", "lstm", "gru") for both in (False, True)]
ENCODERS = ["none", "cnn", "lstm", "gru", "rnn"]
every_cell = pytest.mark.parametrize(("cell", "bidirectional"), CELLS)
every_encoder = pytest.mark.parametrize("encoder", ENCODERS)


# -- against torch ---------------------------------------------------------------------------------

CASES = ["lower", "upper", "title", "mixed", "digits", "digit_inside", "sign", "other"]


def case_of(word: str) -> str:
    """How a word is written, told anew."""
    if not any(map(str.isalnum, word)):
        return "sign"
    if word.isdigit():
        return "digits"
    if any(map(str.isdigit, word)):
        return "digit_inside"
    if word.islower():
        return "lower"
    if word.isupper() and len(word) > 1:
        return "upper"
    if word[0].isupper() and (len(word) == 1 or word[1:].islower()):
        return "title"
    return "mixed" if any(map(str.isupper, word)) else "other"


def word_inputs(folder: Path, word: str) -> tuple[int, list[int], list[float]]:
    """A word's number, its characters' and its features, from the folder's files alone."""
    words = (folder / "words.txt").read_text(encoding="utf-8").split("\n")[:-1]
    known = (folder / "characters.txt").read_text(encoding="utf-8").split("\n")[:-1]
    low = word.lower()
    zeros = "".join("0" if letter.isdigit() else letter for letter in low)
    number = next((words.index(form) + 1 for form in (low, zeros) if form in words), 0)
    short = word if len(word) <= 24 else word[:12] + word[-12:]
    letters = [1, *(known.index(letter) + 4 if letter in known else 3 for letter in short), 2]
    features = [float(case == case_of(word)) for case in CASES]
    if (folder / "lexicon.txt").exists():
        lexicon = dict(line.split("\t") for line in (folder / "lexicon.txt").read_text().splitlines())
        bits = int(lexicon.get(low, 0))
        features += [float(bits & 1), float(bits >> 1)]
    return number, letters, features


def torch_emissions(folder: Path, sentence: Sequence[str], network: Any = None) -> np.ndarray:
    """Of one sentence, each word's characters read alone, so that there is no padding anywhere."""
    network = network or TAGGERS[folder]
    read = [word_inputs(folder, word) for word in sentence]
    with torch.inference_mode():
        beside = [
            network.words(torch.tensor([features]), torch.tensor(letters)[:, None], torch.tensor([len(letters)]))
            for _, letters, features in read
        ]
        ids = torch.tensor([[number] for number, _, _ in read])
        found: np.ndarray = network.emissions(ids, torch.tensor([len(read)]), torch.stack(beside))[:, 0].numpy()
    return found


def emissions(engine: Tagger, sentences: Sequence[Sequence[str]]) -> list[np.ndarray]:
    return engine.emissions(sentences)


@every_cell
@every_encoder
@pytest.mark.parametrize("storage", ["int8", "float16", "float32"])
def test_graphs_give_what_torch_gives(
    make_tagger: Callable[..., Path], cell: str, bidirectional: bool, encoder: str, storage: str
) -> None:
    folder = make_tagger(
        cell=cell,
        bidirectional=bidirectional,
        character_encoder=encoder,
        storage=storage,
        num_layers=2 if storage == "int8" else 1,
        nonlinearity="relu" if storage == "float32" else "tanh",
        lexicon=encoder == "cnn",
    )
    engine = opened(folder, batch_size=3)
    sentences = sentences_of([1, 2, 9, 9, 5, 1])
    for sentence, found in zip(sentences, emissions(engine, sentences), strict=True):
        np.testing.assert_allclose(found, torch_emissions(folder, sentence), atol=2e-5, rtol=2e-5)
    if storage == "int8":
        assert check_tagger(TAGGERS[folder], engine) <= 1e-4
    shape = TaggerShape.from_table(engine.folder.table("network"))
    back = load_tagger(folder, shape, None).eval()
    expected = torch_emissions(folder, sentences[2])
    np.testing.assert_allclose(torch_emissions(folder, sentences[2], back), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    "part", ["output.bias", "characters.table.weight", "recurrent.layers.0.backward_cell.bias_hh_l0"]
)
def test_a_graph_that_differs_is_refused(make_tagger: Callable[..., Path], part: str) -> None:
    folder = make_tagger(seed=5)
    weight = dict(TAGGERS[folder].named_parameters())[part]
    with torch.no_grad():
        weight.add_(torch.linspace(0.0, 0.05, weight.shape[-1]))
    with pytest.raises(ModelError, match="differs from the trained network"):
        check_tagger(TAGGERS[folder], opened(folder))


def test_transitions_come_back(make_tagger: Callable[..., Path]) -> None:
    """Those that are allowed are the network's own; those that the scheme forbids cannot be."""
    folder = make_tagger()
    engine = opened(folder)
    crf = TAGGERS[folder].crf
    with torch.inference_mode():
        np.testing.assert_array_equal(engine.transitions, crf.scores().numpy())
    assert (engine.transitions[~crf.allowed.numpy()] == -1e4).all()
    back = load_tagger(folder, TAGGERS[folder].shape, crf.allowed)
    assert back.crf is not None
    torch.testing.assert_close(back.crf.scores(), crf.scores())


# -- paths and probabilities -----------------------------------------------------------------------


def brute(scores: np.ndarray, transitions: np.ndarray) -> tuple[list[int], np.ndarray]:
    """The best path and the marginals, over every single path."""
    time, tags = scores.shape
    scores, transitions = scores.astype(float), transitions.astype(float)
    total = 0.0
    best: tuple[int, ...] = ()
    best_score = -math.inf
    marginal = np.zeros((time, tags))
    for path in itertools.product(range(tags), repeat=time):
        score = transitions[tags, path[0]] + transitions[path[-1], tags]
        score += sum(scores[step, tag] for step, tag in enumerate(path))
        score += sum(transitions[before, after] for before, after in itertools.pairwise(path))
        if score > best_score:
            best, best_score = path, score
        weight = math.exp(score)
        total += weight
        for step, tag in enumerate(path):
            marginal[step, tag] += weight
    return list(best), marginal / total


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "labels"},
        {"kind": "labels", "crf": False},
        {"labels": ("x",), "scheme": "iob2"},
        {"labels": ("x",), "scheme": "bioes"},
        {"labels": ("x", "y"), "scheme": "iob2", "crf": False},
    ],
    ids=str,
)
def test_against_every_single_path(make_tagger: Callable[..., Path], given: dict[str, Any]) -> None:
    folder = make_tagger(seed=3, **given)
    engine = opened(folder)
    transitions = np.zeros((len(engine.tags) + 1,) * 2, np.float32)
    if (folder / "transitions.npy").exists():
        transitions = np.load(folder / "transitions.npy")
    elif engine.kind == "entities":  # no I at the start, behind O, or of another label
        for row, before in enumerate([*engine.tags, "O"]):
            for column, after in enumerate(engine.tags):
                if after[0] == "I" and before[1:] != after[1:]:
                    transitions[row, column] = -1e4
    sentences = sentences_of([1, 2, 5, 4, 3, 5], seed=8)
    paths, chances = engine.paths(sentences)
    for sentence, path, chance in zip(sentences, paths, chances, strict=True):
        best, marginal = brute(torch_emissions(folder, sentence), transitions)
        assert path == best
        np.testing.assert_allclose(chance, marginal, atol=1e-4)
    without, none = engine.paths(sentences, probabilities="none")
    assert without == paths and all(len(part) == 0 for part in none)


def test_scores_are_probabilities_and_an_entitys_their_mean(tiny_tagger: Path) -> None:
    engine = opened(tiny_tagger)
    sentences = sentences_of(range(1, 40), seed=2)
    paths, chances = engine.paths(sentences)
    checked = 0
    for path, chance, (found, entities, each) in zip(paths, chances, engine.tagged(sentences, scores=True)):
        np.testing.assert_allclose(chance.sum(1), 1.0, atol=1e-9)
        own = [float(chance[step, tag]) for step, tag in enumerate(path)]
        assert each == pytest.approx(own, abs=1e-8) and all(0.0 <= score <= 1.0 for score in each)
        assert spans(found) == [entity[:3] for entity in entities]
        for start, end, _, score in entities:
            assert score == pytest.approx(math.prod(own[start:end]) ** (1 / (end - start)), abs=1e-8)
            assert 0.0 < score <= 1.0
            checked += end - start > 1
    assert checked > 20


@pytest.mark.parametrize("length", [1, 300, 2000, 20_000])
def test_the_score_of_an_entity_of_any_length(
    make_tagger: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    """The geometric mean of tokens that are all as likely is what each of them is."""
    engine = opened(make_tagger(scheme="iob2"))
    path = [engine.tags.index("B-time"), *[engine.tags.index("I-time")] * (length - 1)]
    for chance in (0.4, 0.9, 1.0):
        chances = np.full((length, len(engine.tags)), chance)
        monkeypatch.setattr(
            engine, "paths", lambda sentences, chances=chances, probabilities="all": ([path], [chances])
        )
        [(_, [entity], _)] = engine.tagged([["May"] * length])
        assert entity[:3] == (0, length, "time") and entity[3] == pytest.approx(chance, abs=1e-8)


# -- sameness --------------------------------------------------------------------------------------


def bits(values: Sequence[np.ndarray]) -> list[bytes]:
    return [np.ascontiguousarray(value).tobytes() for value in values]


@pytest.mark.parametrize(
    ("cell", "bidirectional", "encoder"),
    [
        *(("lstm", True, encoder) for encoder in ENCODERS),
        *(
            ("lstm", False, "cnn"),
            ("gru", False, "lstm"),
            ("gru", True, "none"),
            ("rnn", True, "cnn"),
            ("rnn", False, "rnn"),
        ),
    ],
)
def test_the_same_bits_among_any_neighbours(
    make_tagger: Callable[..., Path], cell: str, bidirectional: bool, encoder: str
) -> None:
    """Odd widths: whole vector registers and a rest."""
    widths = {"hidden_size": 37, "embedding_size": 21, "character_size": 34, "character_embedding_size": 13}
    folder = make_tagger(cell=cell, bidirectional=bidirectional, character_encoder=encoder, num_layers=2, **widths)
    sentences = sentences_of([*range(1, 30, 2), 600, 17, 17, 1, 1, 2, 513, 512, 8])
    # Each one in an engine of its own, where no word has been met before.
    alone = [bits(emissions(opened(folder, batch_size=1), [sentence]))[0] for sentence in sentences]
    order = list(range(len(sentences)))
    for threads, batch_size in ((1, 64), (2, 2), (1, 7), (3, 300)):
        random.Random(batch_size).shuffle(order)
        engine = opened(folder, threads=threads, batch_size=batch_size)
        assert bits(emissions(engine, [sentences[place] for place in order])) == [alone[place] for place in order]


@every_encoder
def test_a_words_vector_is_the_same_among_any_words(make_tagger: Callable[..., Path], encoder: str) -> None:
    folder = make_tagger(character_encoder=encoder, character_size=34, character_embedding_size=13)
    chance = random.Random(6)
    words = [*WORDS, "", *("".join(chance.choices("abcdeXYZ019-é", k=chance.randint(1, 30))) for _ in range(700))]
    words = list(dict.fromkeys(words))

    def vectors(table: Any, some: list[str]) -> list[bytes]:
        [rows], inputs = table.look_up([some])
        return bits(inputs(np.array(rows), [])["words"])

    together = vectors(opened(folder).table, words)
    assert all(np.isfinite(np.frombuffer(row, np.float32)).all() for row in together)
    chosen = [*range(len(WORDS) + 1), *range(len(WORDS) + 1, len(words), 37)]
    for place in chosen:
        assert vectors(opened(folder).table, [words[place]]) == [together[place]], words[place]
    order = list(range(len(words)))
    chance.shuffle(order)
    table = opened(folder).table
    for start in range(0, len(order), 23):
        some = order[start : start + 23]
        assert vectors(table, [words[place] for place in some]) == [together[place] for place in some]


def all_answers(engine: Tagger, texts: Sequence[str], at_once: int = 10**6) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for start in range(0, len(texts), at_once):
        found += answers(engine, texts[start : start + at_once], offsets=True, scores=True, sentences=True)
    return found


@pytest.mark.parametrize("kind", ["entities", "labels"])
def test_answers_are_the_same_for_any_batch_thread_order_and_window(
    make_tagger: Callable[..., Path], kind: str
) -> None:
    """To the last of the digits that are given."""
    folder = make_tagger(kind=kind)
    texts = some_texts()
    wanted = all_answers(opened(folder), texts)
    assert repr(wanted).count("B-" if kind == "entities" else "NOUN") > 100
    for batch_size, threads, at_once in ((1, 1, 1000), (3, 2, 7), (64, 2, 50), (1000, 3, 1)):
        engine = opened(folder, batch_size=batch_size, threads=threads)
        assert all_answers(engine, texts, at_once) == wanted
    order = list(range(len(texts)))
    random.Random(7).shuffle(order)
    assert all_answers(opened(folder), [texts[place] for place in order]) == [wanted[place] for place in order]


@pytest.mark.parametrize("most", [1, 20, 60])
def test_a_table_that_overflows(tiny_tagger: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    texts = some_texts()
    wanted = all_answers(opened(tiny_tagger), texts)
    monkeypatch.setattr(word_table, "MOST_WORDS", most)
    for at_once in (1, 5, 1000):
        engine = opened(tiny_tagger)
        assert all_answers(engine, texts, at_once) == wanted
        assert len(engine.table._indices) <= max(most, at_once * 2000)


def test_a_table_that_grows(tiny_tagger: Path) -> None:
    """Over the thousand words that it begins with, the first ones stay what they are."""
    engine = opened(tiny_tagger)
    first = engine.tagged([WORDS], scores=True)
    for start in range(0, 5000, 700):
        engine.tagged([[f"word{number}" for number in range(start, start + 700)]])
    assert len(engine.table._indices) > 4000
    assert engine.tagged([WORDS], scores=True) == first


# -- long sentences and long texts -----------------------------------------------------------------


@every_cell
@pytest.mark.parametrize("length", [SPAN, SPAN + 1, 1500])
def test_a_sentence_longer_than_a_span(
    make_tagger: Callable[..., Path], cell: str, bidirectional: bool, length: int
) -> None:
    """One direction: exactly the whole run.  Two: what torch gives over the stretches."""
    folder = make_tagger(cell=cell, bidirectional=bidirectional, num_layers=2)
    [sentence] = sentences_of([length])
    [found] = emissions(opened(folder), [sentence])
    assert len(found) == length
    whole = torch_emissions(folder, sentence)
    if not bidirectional or length <= SPAN:
        np.testing.assert_allclose(found, whole, atol=5e-5, rtol=5e-5)
        return
    own = [
        torch_emissions(folder, sentence[part.start : part.end])[part.first - part.start : part.last - part.start]
        for part in stretches(0, length, OVERLAP)
    ]
    np.testing.assert_allclose(found, np.concatenate(own), atol=5e-5, rtol=5e-5)


@pytest.mark.parametrize("kind", ["entities", "labels"])
def test_a_long_document_is_tagged_sentence_by_sentence(make_tagger: Callable[..., Path], kind: str) -> None:
    engine = opened(make_tagger(kind=kind))
    chance = random.Random(5)
    parts = [*TAGGED_TEXTS, "Stop!", "What?", "He said 'no'.", "日本。我喜欢。", "😀 It is Zoë.", "A\nbroken line."]
    text = "  " + "".join(chance.choice(parts) + chance.choice([" ", "  ", "\n\n", " \t"]) for _ in range(300))
    [whole] = all_answers(engine, [text])
    cut = list(sentence_spans(text))
    assert len(cut) > 250
    alone = all_answers(engine, [text[start:end] for start, end in cut])
    # A sentence alone is one sentence, or it would not be one in its text.
    assert whole["sentences"] == [count for answer in alone for count in answer["sentences"]]
    for name in ("tokens", "tags", "scores"):
        assert whole[name] == [value for answer in alone for value in answer[name]]
    shifted = [[a + start, b + start] for (start, _), answer in zip(cut, alone) for a, b in answer["offsets"]]
    assert whole["offsets"] == shifted
    if kind == "entities":
        assert whole["entities"] == [
            {**entity, "start": entity["start"] + start, "end": entity["end"] + start}
            for (start, _), answer in zip(cut, alone)
            for entity in answer["entities"]
        ]

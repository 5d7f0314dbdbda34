"""Answers of the tagger that fit their text, from Python as from the command."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import TAGGED_TEXTS, Run, records
from hypothesis import given, settings
from hypothesis import strategies as st
from taggers import WORDS, answers, opened, some_texts

import seqtool
from seqtool.answers import Item
from seqtool.decoding.schemes import spans
from seqtool.engine.tagger import Tagger
from seqtool.tokenization.words import spans as word_spans

torch.set_num_threads(1)  # networks this small only wait for a second thread


# -- texts -----------------------------------------------------------------------------------------

PIECES = [
    *("Ada", "London", "1833", "U.S.", "Mr.", "met", "don't", "well-known", "a.b@c.de", "https://x.y/z", "it's", "3.5"),
    *("...", ".", "!", "?", ",", "(", ")", '"', "'", "#", "@you"),
    *(
        "😀",
        "👩\u200d👩\u200d👧",
        "👍🏽",
        "🇩🇪",
        "e\u0301",
        "\u0301",
        "नमस्ते",
        "مرحبا",
        "שלום",
        "\u200f",
        "\u202e",
        "日本。",
        "\ufeff",
        "\u200b",
    ),
    *(
        " ",
        "  ",
        "\t",
        "\n",
        "\n\n",
        "\r",
        "\x85",
        "\x1c",
        "\x00",
        "\u2028",
        "\u2029",
        "\u00a0",
        "\u3000",
        "\x0b",
        "\x0c",
        "\U0010ffff",
    ),
]
ODD_TEXTS = st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=30
)


@pytest.fixture(scope="module")
def engine_of(make_tagger: Callable[..., Path]) -> Callable[..., Tagger]:
    @lru_cache
    def make(kind: str, scheme: str = "bioes") -> Tagger:
        return opened(make_tagger(kind=kind, scheme=scheme, seed=2, lexicon=True))

    return make


def is_iob2(found: Sequence[str], labels: Sequence[str]) -> bool:
    good = {"O", *(f"{prefix}-{label}" for prefix in "BI" for label in labels)}
    opened_well = all(
        tag[0] != "I" or (before != "O" and before[1:] == tag[1:]) for before, tag in itertools.pairwise(["O", *found])
    )
    return opened_well and set(found) <= good


@settings(deadline=None, derandomize=True, max_examples=150)
@given(texts=st.lists(ODD_TEXTS, max_size=4), scheme=st.sampled_from(["bioes", "iob2"]))
def test_entities_stand_where_they_say(engine_of: Callable[..., Tagger], texts: list[str], scheme: str) -> None:
    engine = engine_of("entities", scheme)
    found_answers = answers(engine, texts, offsets=True, scores=True)
    for text, answer in zip(texts, found_answers, strict=True):
        assert list(answer) == ["tokens", "offsets", "tags", "entities", "scores"]
        tokens, places, found = answer["tokens"], answer["offsets"], answer["tags"]
        assert tokens == [text[start:end] for start, end in places]
        assert places == [list(place) for place in word_spans(text)]
        assert len(found) == len(tokens) == len(answer["scores"])
        assert all(0.0 <= score <= 1.0 for score in answer["scores"])
        assert is_iob2(found, engine.labels)
        expected = [(places[start][0], places[end - 1][1], label) for start, end, label in spans(found)]
        assert [(entity["start"], entity["end"], entity["label"]) for entity in answer["entities"]] == expected
        for entity in answer["entities"]:
            assert list(entity) == ["text", "label", "start", "end", "score"]
            assert entity["text"] == text[entity["start"] : entity["end"]] != ""
            assert 0.0 <= entity["score"] <= 1.0
    assert answers(engine, texts) == [
        {name: answer[name] for name in ("tokens", "tags", "entities")} for answer in found_answers
    ]


@settings(deadline=None, derandomize=True, max_examples=60)
@given(text=ODD_TEXTS)
def test_a_label_for_every_token(engine_of: Callable[..., Tagger], text: str) -> None:
    engine = engine_of("labels")
    [answer] = answers(engine, [text], offsets=True)
    assert list(answer) == ["tokens", "offsets", "tags"]
    assert answer["tokens"] == [text[start:end] for start, end in word_spans(text)]
    assert len(answer["tags"]) == len(answer["tokens"]) and set(answer["tags"]) <= set(engine.labels)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(text=ODD_TEXTS, wanted=st.sets(st.sampled_from(["person", "place", "time"]), min_size=1))
def test_only_some_labels(engine_of: Callable[..., Tagger], text: str, wanted: set[str]) -> None:
    """The others go, from the tags too; those that stay are as they were."""
    engine = engine_of("entities")
    [whole] = answers(engine, [text], scores=True)
    [chosen] = answers(engine, [text], labels=sorted(wanted), scores=True)
    assert chosen["entities"] == [entity for entity in whole["entities"] if entity["label"] in wanted]
    assert chosen["tags"] == [tag if tag[2:] in wanted else "O" for tag in whole["tags"]]
    assert (chosen["tokens"], chosen["scores"]) == (whole["tokens"], whole["scores"])


@pytest.mark.parametrize("text", ["", " ", "\t\n \u2028\u3000", "\n\n", None])
@pytest.mark.parametrize("kind", ["entities", "labels"])
def test_an_empty_text(engine_of: Callable[..., Tagger], kind: str, text: str | None) -> None:
    for texts in ([text], [text, "Ada met Zoë", text]):
        answer = answers(engine_of(kind), texts, offsets=True, scores=True, sentences=True)[0]
        assert answer.pop("sentences") == []
        assert set(answer) >= {"tokens", "tags"} and all(value == [] for value in answer.values())
    assert answers(engine_of(kind), []) == []


@settings(deadline=None, derandomize=True, max_examples=80)
@given(tokens=st.lists(st.sampled_from([*WORDS, "", " ", "New York", "a\nb"]), max_size=12), placed=st.booleans())
def test_tokens_are_taken_as_they_are(engine_of: Callable[..., Tagger], tokens: list[str], placed: bool) -> None:
    """As one sentence; with a text and their places in it, entities are slices of it."""
    engine = engine_of("entities")
    text = "  ".join(tokens)
    starts = [sum(len(token) + 2 for token in tokens[:place]) for place in range(len(tokens))]
    places = [(start, start + len(token)) for start, token in zip(starts, tokens)]
    item = Item(text, tokens, places) if placed else Item(None, tokens)
    [answer] = engine.answers([item], engine.asked(offsets=True, sentences=True))
    assert answer["tokens"] == tokens and answer["sentences"] == [len(tokens)]
    assert answer["offsets"] == ([list(place) for place in places] if placed else None)
    assert is_iob2(answer["tags"], engine.labels)
    for (start, end, label), entity in zip(spans(answer["tags"]), answer["entities"], strict=True):
        assert entity["label"] == label
        if placed:
            assert (entity["start"], entity["end"]) == (places[start][0], places[end - 1][1])
            assert entity["text"] == text[entity["start"] : entity["end"]]
        else:
            assert (entity["start"], entity["end"], entity["text"]) == (None, None, " ".join(tokens[start:end]))
    [again] = engine.answers([Item("something else", tokens)], engine.asked())
    assert again["tags"] == answer["tags"]


def test_one_tag_alone(make_tagger: Callable[..., Path]) -> None:
    engine = opened(make_tagger(kind="labels", labels=("X",)))
    [answer] = answers(engine, ["Ada met Zoë."], scores=True)
    assert answer["tags"] == ["X"] * 4 and answer["scores"] == [1.0] * 4


def test_a_cased_vocabulary(make_tagger: Callable[..., Path]) -> None:
    reader = opened(make_tagger(lowercase=False)).reader
    assert reader.id("Ada") != 0 and reader.id("ada") == reader.id("ADA") == 0


# -- Python ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["entities", "labels"])
def test_the_command_writes_the_same(run: Run, make_tagger: Callable[..., Path], kind: str) -> None:
    folder = make_tagger(kind=kind)
    texts = [text.replace("\n", " ") for text in some_texts()[:40]]
    done = run("tag", "-m", folder, "--input", "text", "--offsets", "--scores", stdin="".join(f"{t}\n" for t in texts))
    assert done.returncode == 0, done.stderr
    assert list(opened(folder)(texts, offsets=True, scores=True)) == records(done.stdout)
    plain = run("tag", "-m", folder, "--input", "text", "--precision", "7", stdin="".join(f"{t}\n" for t in texts))
    assert list(opened(folder)(texts, precision=7)) == records(plain.stdout)


def test_load_opens_a_tagger(tiny_tagger: Path) -> None:
    model = seqtool.load(str(tiny_tagger), batch_size=3)
    assert isinstance(model, Tagger)
    assert list(model(TAGGED_TEXTS)) == list(opened(tiny_tagger)(TAGGED_TEXTS))


def test_texts_without_end_are_read_in_windows(tiny_tagger: Path) -> None:
    endless = opened(tiny_tagger)(f"Ada met {number}." for number in itertools.count())
    assert [answer["text"] for answer in itertools.islice(endless, 3)] == ["Ada met 0.", "Ada met 1.", "Ada met 2."]
    answer = next(iter(opened(tiny_tagger)(["Ada met Zoë."], labels=["time"])))
    assert all(entity["label"] == "time" for entity in answer["entities"])


@pytest.mark.parametrize(("texts", "error"), [("one", TypeError), ([1], TypeError), (["a", "\ud800"], ValueError)])
def test_what_is_no_text_is_refused(tiny_tagger: Path, texts: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        list(opened(tiny_tagger)(texts))

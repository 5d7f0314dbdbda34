"""DNA a text a line."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from made_genes import Made, dna

import seqtool
from seqtool.engine.genes.tagger import RegionsAsked
from seqtool.training.genes.training import LABELS

torch.set_num_threads(1)
Answer = dict[str, Any]


def check_cover(runs: Sequence[Answer], length: int) -> None:
    """Every letter is in one run, in order; neighbours differ; scores are probabilities."""
    places = [place for run in runs for place in (run["start"], run["end"])]
    assert places[::2] == [0, *places[1:-1:2]] if runs else not length
    assert not runs or places[-1] == length
    assert all(run["start"] < run["end"] for run in runs)
    shown = [(run["label"], run["strand"]) for run in runs]
    assert all(one != other for one, other in itertools.pairwise(shown))
    for run in runs:
        assert list(run) == ["label", "start", "end", "strand", "score"]
        assert run["label"] in LABELS and (run["strand"] == ".") == (run["label"] == "intergenic")
        assert 0 <= run["score"] <= 1, run


# -- texts ------------------------------------------------------------------------------------


def test_texts(make_genes: Callable[..., Made]) -> None:
    tagger = make_genes().open()
    texts = [dna(300).decode(), dna(200, 2).decode().lower(), ""]
    everything = RegionsAsked()
    assert tagger.fields(everything) == ["entities"]
    for text, answer in zip(texts, tagger.answers(texts, everything), strict=True):
        check_cover([{key: entity[key] for key in list(entity)[1:]} for entity in answer["entities"]], len(text))
        assert "".join(entity["text"] for entity in answer["entities"]) == text
        (found,) = tagger.answers([text], RegionsAsked(regions=True))
        assert found["entities"] == [entity for entity in answer["entities"] if entity["label"] != "intergenic"]
        (exons,) = tagger.answers([text], RegionsAsked(labels=("exon",), regions=True))
        assert exons["entities"] == [entity for entity in answer["entities"] if entity["label"] == "exon"]
        (outside,) = tagger.answers([text], RegionsAsked(labels=("intergenic",)))
        assert outside["entities"] == [entity for entity in answer["entities"] if entity["label"] == "intergenic"]


def test_texts_that_are_no_dna(make_genes: Callable[..., Made]) -> None:
    """Places count code points."""
    tagger = make_genes().open()
    text = "né 😀 \ud800 日本 ACGT"
    (answer,) = tagger.answers([text], RegionsAsked())
    assert "".join(entity["text"] for entity in answer["entities"]) == text
    assert answer["entities"][-1]["end"] == len(text)


@pytest.mark.parametrize("text", ["", " ", "  \t "])
def test_a_blank_text_has_no_regions(make_genes: Callable[..., Made], text: str) -> None:
    assert make_genes().open().answers([text], RegionsAsked()) == [{"entities": []}]


def test_load(make_genes: Callable[..., Made]) -> None:
    made = make_genes()
    text = dna(300).decode()
    (found,) = seqtool.load(str(made.path))([text])
    (expected,) = made.open().answers([text], RegionsAsked())
    assert list(found) == ["text", "entities"] and found["text"] == text and found["entities"]
    for entity, other in zip(found["entities"], expected["entities"], strict=True):
        assert entity == {**other, "score": pytest.approx(other["score"], abs=1e-4)}

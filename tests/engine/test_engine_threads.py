"""One engine of seqtool.load(), shared by threads: each gets the answers that it would get alone."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from made_genes import Made, dna

import seqtool

THREADS, ROUNDS = 4, 20


@pytest.fixture(autouse=True)
def many_switches() -> Iterator[None]:
    """Threads take turns far more often than they usually do."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


def shared_answers(engine: Any, shares: list[list[str]], **options: Any) -> list[list[dict[str, Any]]]:
    """The answers to each share, asked for at the same moment."""
    together = threading.Barrier(len(shares))

    def ask(texts: list[str]) -> list[dict[str, Any]]:
        together.wait(60)
        return list(engine(texts, precision=17, **options))

    with ThreadPoolExecutor(len(shares)) as pool:
        return list(pool.map(ask, shares))


def check(name: str, command: str, shares: list[list[str]], **options: Any) -> None:
    """Engines that are fresh each time: tables that grow while they are read have to grow."""
    alone = [list(seqtool.load(name, command)(texts, precision=17, **options)) for texts in shares]
    assert len({repr(answers) for answers in alone}) == len(shares)
    for _ in range(ROUNDS):
        assert shared_answers(seqtool.load(name, command), shares, **options) == alone


def texts(thread: int) -> list[str]:
    """Words that every thread asks about, and words that no other knows."""
    own = "abcdefgh"[thread] * 3
    return [f"Ada {own}{number} met Zoë in London, and {own} liked it." for number in range(12)] + [f"{own} good"]


SHARES = [texts(thread) for thread in range(THREADS)]


@pytest.mark.parametrize("command", ["classify", "embed"])
def test_a_classifier(tiny_model: Path, command: str) -> None:
    check(str(tiny_model), command, SHARES)


@pytest.mark.parametrize("model", ["tiny_tagger", "tiny_labeller"])
def test_a_tagger(request: pytest.FixtureRequest, model: str) -> None:
    check(str(request.getfixturevalue(model)), "tag", SHARES, scores=True, offsets=True)


def test_genes(make_genes: Callable[..., Made]) -> None:
    check(str(make_genes().path), "tag", [[dna(400 + 90 * thread, seed=thread).decode()] for thread in range(THREADS)])


def test_word_vectors(tiny_vectors: dict[str, Path]) -> None:
    shares = [[f"word{number:03} king café" for number in range(thread, 40, THREADS)] for thread in range(THREADS)]
    check(str(tiny_vectors["int8"]), "embed", shares)


@pytest.mark.parametrize("name", ["sentiment-en", "ner-en", "pos-en", "pos-fr"])
def test_models_that_ship(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQTOOL_MODELS", raising=False)
    engine = seqtool.load(name)
    expected = [list(engine(texts, precision=17)) for texts in SHARES]
    assert shared_answers(seqtool.load(name), SHARES) == expected


def test_genes_that_ship(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQTOOL_MODELS", raising=False)
    shares = [[dna(1200 + 90 * thread, seed=thread).decode()] for thread in range(THREADS)]
    engine = seqtool.load("genes-dna")
    assert shared_answers(engine, shares) == [list(engine(texts, precision=17)) for texts in shares]

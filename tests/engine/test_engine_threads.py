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


def check(open_engine: Callable[[], Any], shares: list[list[str]], rounds: int = ROUNDS, **options: Any) -> None:
    """Engines that are fresh each time: tables that grow while they are read have to grow."""
    alone = [list(open_engine()(texts, precision=17, **options)) for texts in shares]
    assert len({repr(answers) for answers in alone}) == len(shares)
    for _ in range(rounds):
        assert shared_answers(open_engine(), shares, **options) == alone


def texts(thread: int) -> list[str]:
    """Words that every thread asks about, and words that no other knows."""
    own = "abcdefgh"[thread] * 3
    return [f"Ada {own}{number} met Zoë in London, and {own} liked it." for number in range(12)] + [f"{own} good"]


SHARES = [texts(thread) for thread in range(THREADS)]


@pytest.mark.parametrize("command", ["classify", "embed"])
def test_a_classifier(tiny_model: Path, command: str) -> None:
    check(lambda: seqtool.load(str(tiny_model), command), SHARES)


@pytest.mark.parametrize("model", ["tiny_tagger", "tiny_labeller"])
def test_a_tagger(request: pytest.FixtureRequest, model: str) -> None:
    folder = str(request.getfixturevalue(model))
    check(lambda: seqtool.load(folder), SHARES, scores=True, offsets=True)


def test_word_vectors(tiny_vectors: dict[str, Path]) -> None:
    shares = [[f"word{number:03} king café" for number in range(thread, 40, THREADS)] for thread in range(THREADS)]
    check(lambda: seqtool.load(str(tiny_vectors["int8"])), shares)


def genes(length: int) -> list[list[str]]:
    """A sequence a thread, long enough for several batches of one stretch each."""
    return [[dna(length + 90 * thread, seed=thread).decode()] for thread in range(THREADS)]


@pytest.mark.slow
def test_genes(make_genes: Callable[..., Made]) -> None:
    engine = seqtool.load(str(make_genes().path), batch_size=1)
    check(lambda: engine, genes(4000), rounds=2)


@pytest.mark.parametrize("name", ["sentiment-en", "ner-en", "pos-en", "pos-fr", "genes-dna"])
def test_models_that_ship(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQTOOL_MODELS", raising=False)
    check(lambda: seqtool.load(name, batch_size=1), genes(4000) if name == "genes-dna" else SHARES, rounds=2)

"""What chains say of letters, against a reading window by window."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_genes import plain_chains, random_chains

from seqtool.engine.genes.chains import UNKNOWN, WIDTH, Chains, endings
from seqtool.engine.genes.kmers import codes
from seqtool.training.genes.data import CLASSES

enough = settings(deadline=None, derandomize=True, max_examples=60)
TABLES = random_chains()[0].astype(np.float32)
texts = st.text("ACGT" * 5 + "N", max_size=40)
OTHERS = "NRYX*- \n."


@enough
@given(texts)
def test_scores_against_a_reading_of_both_strands(text: str) -> None:
    found = Chains(TABLES, CLASSES).scores(codes(text.encode()))
    assert found.shape == (len(text), len(CLASSES)) and found.dtype == np.float32
    np.testing.assert_array_equal(found, plain_chains(TABLES, CLASSES, text))


@pytest.mark.parametrize("length", range(WIDTH + 2))
def test_a_sequence_shorter_than_the_window_says_nothing(length: int) -> None:
    found = Chains(TABLES, CLASSES).scores(codes(b"ACGTACGT"[:length]))
    spoken = np.argwhere(found)
    wanted = {place for place in range(length) if place >= WIDTH - 1 or place + WIDTH <= length}
    assert {place for place, _ in spoken.tolist()} == wanted
    assert not found[:, 0].any()  # between genes: what the others are compared with


@pytest.mark.parametrize("other", OTHERS)
def test_an_unknown_letter_silences_the_windows_that_have_it(other: str) -> None:
    text = "ACGTTGCAAC" + other + "GGATCCATTC"
    found = Chains(TABLES, CLASSES).scores(codes(text.encode()))
    plus, minus = CLASSES.index("exon0+"), CLASSES.index("exon0-")
    assert np.flatnonzero(found[:, plus]).tolist() == [*range(WIDTH - 1, 10), *range(10 + WIDTH, 21)]
    assert np.flatnonzero(found[:, minus]).tolist() == [*range(10 - WIDTH + 1), *range(11, 21 - WIDTH + 1)]


def test_letters_of_either_case_and_of_rna() -> None:
    chains = Chains(TABLES, CLASSES)
    wanted = chains.scores(codes(b"ACGTTGCAACGTAA"))
    for text in (b"acgttgcaacgtaa", b"ACGUUGCAACGUAA", b"acguTGcaACguaa"):
        np.testing.assert_array_equal(chains.scores(codes(text)), wanted)


@pytest.mark.parametrize("width", [1, 2, 3, 6])
@enough
@given(text=texts)
def test_the_numbers_of_endings(width: int, text: str) -> None:
    wanted = []
    for place in range(len(text)):
        window = text[place - width + 1 : place + 1] if place >= width - 1 else ""
        known = len(window) == width and "N" not in window
        digits = "".join(str("ACGT".index(letter)) for letter in window) if known else ""
        wanted.append(int(digits, 4) if known else UNKNOWN)
    assert endings(codes(text.encode()), width).tolist() == wanted


def test_classes_in_another_order() -> None:
    """Each class has its own chain, wherever it stands; its number is its place among the '+' ones."""
    classes = ["b-", "a+", "other", "b+", "a-"]
    tables = TABLES[:2]
    found = Chains(tables, classes).scores(codes(b"ACGTTGCAACGTAA"))
    np.testing.assert_array_equal(found, plain_chains(tables, classes, "ACGTTGCAACGTAA"))
    assert not found[:, 2].any() and all(found[:, place].any() for place in (0, 1, 3, 4))


@pytest.mark.parametrize(
    ("tables", "classes"),
    [
        (TABLES[:5], CLASSES),
        (np.concatenate([TABLES, TABLES[:1]]), CLASSES),
        (TABLES[:, :-1], CLASSES),
        (TABLES[0], CLASSES),
        (TABLES[None], CLASSES),
        (np.where(np.arange(4**WIDTH) == 9, np.float32("nan"), TABLES), CLASSES),
        (np.where(np.arange(4**WIDTH) == 9, np.float32("-inf"), TABLES), CLASSES),
        (TABLES, CLASSES[:-1]),  # a class of one strand alone
        (TABLES[:1], ["a+"]),
    ],
)
def test_what_are_no_chains(tables: Any, classes: Any) -> None:
    with pytest.raises(ValueError):
        Chains(tables, classes)

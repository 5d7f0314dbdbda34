"""The rates of the grammar of genes, by hand."""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter

import numpy as np
import pytest
from gene_rules import GENES, TABLE, complement, genome, score, table_of

from seqtool.decoding.grammar import Grammar
from seqtool.engine.genes.kmers import codes, kmers
from seqtool.engine.genes.tagger import dialect_tables
from seqtool.training.genes.data import CLASSES
from seqtool.training.genes.grammar import grammar


@pytest.fixture(scope="module")
def genes() -> Grammar:
    return Grammar.from_table(TABLE, CLASSES)


def test_rates_by_hand() -> None:
    """Counts and letters, one added to each; both strands together."""
    # iiiiiuu012012nnnnn012vviiiVV543543NNN543UUiiii012012iiii
    letters = {"intergenic": 5 + 3 + 4 + 4, "exon": 9 + 9 + 6, "intron": 5 + 3, "utr5": 4, "utr3": 4}

    def rate(kind: str, changes: int) -> float:
        return round(math.log((changes + 1) / (letters[kind] + 1)), 4)

    def out(changes: int) -> float:
        return round(math.log((changes + 1) / (letters["intergenic"] + 1)) + math.log(0.5), 4)

    assert score(TABLE, "intergenic", "start0+") == out(1)
    assert score(TABLE, "intergenic", "utr5+") == out(2)
    assert score(TABLE, "utr5+", "start0+") == rate("utr5", 2)
    assert score(TABLE, "exon0+", "intron0+") == score(TABLE, "exon2+", "intron2+") == rate("exon", 2)
    assert score(TABLE, "intron1+", "exon2+") == rate("intron", 2)
    assert score(TABLE, "exon2+", "utr3+") == rate("exon", 2)
    assert score(TABLE, "exon2+", "intergenic") == rate("exon", 1)
    assert score(TABLE, "utr3+", "intergenic") == rate("utr3", 2)
    assert score(TABLE, "utr5+", "intron5+") == rate("utr5", 0)
    # The minus strand, from its end to its beginning.
    assert score(TABLE, "start0-", "intergenic") == out(1)
    assert score(TABLE, "utr5-", "intergenic") == out(2)
    assert score(TABLE, "intron0-", "exon0-") == rate("exon", 2)
    assert score(TABLE, "exon2-", "intron1-") == rate("intron", 2)
    assert score(TABLE, "intergenic", "utr3-") == rate("utr3", 2)


def test_rates_by_weight() -> None:
    """A genome of twice the weight counts twice; what is not said counts nowhere."""
    twice = table_of([genome(GENES, 2.0)])
    assert twice == table_of([genome(GENES), genome(GENES)]) != TABLE
    assert table_of([genome(GENES), genome("????")]) == TABLE
    assert table_of([genome(GENES.replace("iiii012", "iiii???"))]) != TABLE


def test_rates_without_annotated_ends() -> None:
    """What may be an untranslated end is between genes."""
    text = "iiii012012iiii543NNN543iii"
    assert table_of([genome(text.replace("i", "="))]) == table_of([genome(text)])


def test_the_table_says_it_all() -> None:
    found = table_of([genome(GENES)])
    assert found["alphabet"] == "ACGT" and "weight" not in found
    assert {state["shown"] for state in found["state"]} == {"exon", "intron", "utr", "intergenic"}
    assert {state["class"] for state in found["state"]} == set(CLASSES)
    assert Counter(state["strand"] for state in found["state"]) == {".": 1, "+": 12, "-": 12}
    assert all(math.isfinite(step["score"]) and step["score"] <= 0 for step in found["step"])
    speaks = {state["name"]: (state["shown"], state["class"]) for state in found["state"]}
    for strand in "+-":
        for number in range(2):  # the first codon's letters speak as any other's
            assert speaks[f"start{number}{strand}"] == speaks[f"exon{number}{strand}"]


def test_a_matrix_by_hand() -> None:
    """How much likelier each letter is around the genes' beginnings than around any ATG: both strands
    counted, five of each letter added."""
    chance = random.Random(7)
    letters = "".join(chance.choices(["A", "C", "G", "T", "ATG", "CAT"], k=len(GENES)))[: len(GENES)]
    matrix = table_of([genome(GENES, 1.0, letters)])["matrix"]["start+"]
    real = [(letters, place) for place in (7, 46)]  # of the genes in GENES
    real += [(complement(letters), len(letters) - GENES.index("UUiiii"))]
    every = [
        (text, place)
        for text in (letters, complement(letters))
        for place in range(len(text))
        if text.startswith("ATG", place)
    ]
    assert matrix["offset"] == -12 and len(matrix["weights"]) == 18 and len(every) > 5

    def shares(places: list[tuple[str, int]], row: int) -> list[float]:
        whole = [(text, place - 12) for text, place in places if 12 <= place <= len(text) - 6]
        seen = Counter(text[place + row] for text, place in whole)
        return [(seen[letter] + 5) / (len(whole) + 20) for letter in "ACGT"]

    for row, weights in enumerate(matrix["weights"]):
        wanted = [math.log(one / other) for one, other in zip(shares(real, row), shares(every, row))]
        assert weights == pytest.approx(wanted, abs=1e-3), row


def test_each_dialect_has_its_own() -> None:
    """As if the genomes of the other dialect were not there."""
    chance = random.Random(5)
    first = [genome(GENES, 1.0, "".join(chance.choices("AACCGT", k=len(GENES)))) for _ in range(2)]
    second = [genome(GENES[:30], 1.0, "".join(chance.choices("ACGTTT", k=30)))]
    for one in second:
        one.dialect = "other"
    table = grammar([first[0], *second, first[1]])
    assert [item["name"] for item in table["dialect"]] == ["", "other"]
    here, there = (found for found, _ in dialect_tables(table))
    assert {**here, "dialect": 0} == {**table_of(first), "dialect": 0}
    (alone,) = grammar(second)["dialect"]
    assert table["dialect"][1] == alone
    assert here["state"] == there["state"] and here["step"] != there["step"]


def test_composition_by_hand() -> None:
    """The logarithm of the share of each window of four letters, both strands counted, one added to each."""
    letters = "ACGTACGGN" + "T" * 5
    composition = np.array(table_of([genome("i" * len(letters), 1.0, letters)])["composition"])
    seen = Counter(text[place : place + 4] for text in (letters, complement(letters)) for place in range(len(text) - 3))
    whole = sum(count for window, count in seen.items() if "N" not in window) + 256
    for number, window in enumerate(map("".join, itertools.product("ACGT", repeat=4))):
        assert kmers(codes(window.encode()), 4)[1] == number + 1
        assert composition[number] == pytest.approx(math.log((seen[window] + 1) / whole), abs=1e-4)

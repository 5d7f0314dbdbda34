"""The grammar of genes: the rules of coding, checked on the paths themselves by other means, on both strands."""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from gene_rules import (
    CODING,
    GENES,
    INTRON,
    LETTERS,
    RULES,
    SHORTEST,
    STOPS,
    TABLE,
    best,
    broken,
    built,
    complement,
    genome,
    long_enough,
    plain,
    sure_of,
    table_of,
    turned,
)
from numpy.typing import NDArray

from seqtool.decoding.grammar import Grammar
from seqtool.training.genes.data import CLASS_INDEX, CLASSES, TURNED


@pytest.fixture(scope="module")
def genes() -> Grammar:
    return Grammar.from_table(TABLE, CLASSES)


@pytest.mark.parametrize(
    ("parts", "rules"),
    [
        (["out:CC", "exon:ATGGCCTAA", "out:CC"], []),
        (["out:CC", "utr5:GG", "exon:ATGTGA", "utr3:A", "out:C"], []),
        (["out:C", "exon:ATGGC", "intron:GTAG", "exon:CTAA", "out:C"], []),
        (["out:C", "exon:ATGG", "intron:GCAAAG", "exon:CCAAATAG", "out:C"], []),
        (["out:C", "exon:ATGGCC", "intron:GTAG", "exon:TGA", "out:C"], []),
        (["utr5:C", "intron5:GTAG", "utr5:C", "intron5:GTAG", "exon:ATGTAA", "intron3:GTAG", "utr3:C"], []),
        # Ends beyond the sequence say nothing.
        (["exon:CCTAGA", "intron:AAAAA"], ["an intron begins with GT or GC"]),
        (["exon:CCCCCCTAA"], []),
        (["intron5:CCAG", "exon:ATG"], []),
        (["intron5:CCAG", "exon:CTG"], ["coding begins with ATG"]),
        (["exon:CCCTAA", "intron3:GTT"], []),
        (["exon:CCCTAC", "intron3:GTT"], ["coding ends with a stop codon"]),
        # One rule broken, or two.
        (["out:C", "exon:ACGGCCTAA", "out:C"], ["coding begins with ATG"]),
        (["out:C", "exon:ATGGCCTAC", "out:C"], ["coding ends with a stop codon"]),
        (["out:C", "exon:ATGGCTAA", "out:C"], ["coding ends with a stop codon", "what follows what"]),
        (["out:C", "exon:ATGTAGTAA", "out:C"], ["no stop codon inside an exon"]),
        (["out:C", "exon:ATGTGA", "intron:GTAG", "exon:TAA", "out:C"], ["no stop codon before an intron"]),
        (["out:C", "exon:ATGT", "intron:GTAG", "exon:GATAA", "out:C"], []),  # not known to the grammar
        (["out:C", "exon:ATGTA", "intron:GTAG", "exon:ATAA", "out:C"], []),
        (
            ["out:C", "exon:AT", "intron:GTAG", "exon:CTAA", "out:C"],
            ["coding begins with ATG", "no intron in the first codon", "an intron keeps its place"],
        ),
        (
            ["out:C", "exon:A", "intron:GTAG", "exon:TGTAA", "out:C"],
            ["no intron in the first codon", "an intron keeps its place"],
        ),
        (["exon:A", "intron:GTAG", "exon:TGTAA", "out:C"], []),  # of which codon this is, nothing is known
        (["out:C", "exon:ATGG", "intron:GAAG", "exon:CCTAA", "out:C"], ["an intron begins with GT or GC"]),
        (["out:C", "exon:ATGG", "intron:GTAA", "exon:CCTAA", "out:C"], ["an intron ends with AG"]),
        (
            ["out:C", "exon:ATGGCA", "intron:G", "exon:CCCTAA", "out:C"],
            ["an intron's ends are its own"],
        ),
        (["out:C", "exon:ATGG", "intron0:GTAG", "exon:CCTAA", "out:C"], []),
        (["out:C", "exon:ATGG", "intron1:GTAG", "exon:CCTAA", "out:C"], ["an intron keeps its place"]),
        (["out:C", "utr5:C", "out:C"], ["what follows what"]),
        (["out:C", "utr3:C", "out:C"], ["what follows what"]),
        (["out:C", "intron5:GTAG", "exon:ATGTAA", "out:C"], ["an intron keeps its place"]),
    ],
)
def test_the_checker_itself(parts: list[str], rules: list[str]) -> None:
    sequence, path = built(*parts)
    assert broken(sequence, path) == set(rules)
    other = turned(path)
    assert broken(complement(sequence), other) == set() and turned(other) == path


# -- random sequences -------------------------------------------------------------------------


def layout(chance: random.Random) -> tuple[str, list[str]]:
    """A stretch of the plus strand: letters, and what the network shall say; motifs stand where they
    belong, most of the time."""
    sequence = ""
    classes: list[str] = []

    def add(kind: str, letters: str) -> None:
        nonlocal sequence
        sequence += letters
        classes.extend([kind] * len(letters))

    def some(least: int, most: int) -> str:
        return "".join(chance.choices("ACGT", k=chance.randint(least, most)))

    def intron() -> str:
        if chance.random() < 0.2:
            return some(1, 6)
        return chance.choice(["GT", "GT", "GC"]) + some(SHORTEST - 4, SHORTEST + 4) + "AG"

    add("intergenic", some(1, 8))
    for _ in range(chance.randint(1, 2)):
        if chance.random() < 0.5:
            add("utr5+", some(1, 5))
            if chance.random() < 0.3:
                add("intron+", intron())
                add("utr5+", some(0, 3))
        coding = "ATG" if chance.random() < 0.8 else some(3, 3)
        coding += "".join(some(3, 3) for _ in range(chance.randint(1, 6)))
        coding += chance.choice(STOPS) if chance.random() < 0.8 else some(3, 3)
        # In the first codon, too, where no intron may come.
        cuts = {chance.randrange(chance.choice([1, 3]), len(coding)) for _ in range(chance.randint(0, 3))}
        for place, letter in enumerate(coding):
            if place in cuts:
                add("intron+", intron())
            add(f"exon{place % 3}+", letter)
        if chance.random() < 0.5:
            if chance.random() < 0.3:
                add("intron+", intron())
            add("utr3+", some(1, 5))
        add("intergenic", some(1, 8))
    return sequence, classes


def sample(number: int) -> tuple[str, NDArray[np.float32]]:
    """Both strands' layouts, cut anywhere, and noisy scores (length, classes)."""
    chance = random.Random(number)
    sequence = ""
    classes: list[str] = []
    for _ in range(chance.randint(1, 3)):
        letters, kinds = layout(chance)
        if chance.random() < 0.5:
            letters, kinds = complement(letters), turned(kinds)
        sequence, classes = sequence + letters, classes + kinds
    start, end = chance.choice([0, 0, 5]), len(sequence) - chance.choice([0, 0, 5])
    sequence, classes = sequence[start:end], classes[start:end]
    if number % 5 == 0:  # letters that are none, here and there
        sequence = "".join("N" if chance.random() < 0.03 else letter for letter in sequence)
    noise = np.random.default_rng(number).normal(size=(len(sequence), len(CLASSES)))
    noise *= chance.choice([0.5, 1.5, 4.0])
    noise[np.arange(len(sequence)), [CLASS_INDEX[kind] for kind in classes]] += chance.choice([0.0, 5.0, 20.0])
    logs = noise - np.log(np.exp(noise).sum(1, keepdims=True))
    return sequence, logs.astype(np.float32)


@pytest.fixture(scope="module")
def paths(genes: Grammar) -> list[tuple[str, NDArray[np.float32], list[str]]]:
    samples = (sample(number) for number in range(400))
    return [(sequence, logs, best(genes, sequence, logs)) for sequence, logs in samples]


def test_the_samples_have_whole_genes_with_introns(paths: Any) -> None:
    """Else the tests below would say nothing."""
    seen: Counter[str] = Counter()
    for _, _, path in paths:
        for strand, names in (("+", path), ("-", turned(path))):
            signs = "".join(
                "." if not name.endswith("+") else "x" if name[:-1] in CODING else name[0] + name[-2] for name in names
            )
            spliced = signs.replace("i0", "").replace("i1", "").replace("i2", "").replace("i3", "").replace("i5", "")
            seen[f"whole{strand}"] += sum(
                "x" in gene and spliced.startswith(".") and spliced.endswith(".") for gene in spliced.split(".")
            )
            for intron in INTRON:
                seen[intron + strand] += sum(key == intron + "+" for key, _ in itertools.groupby(names))
    assert min(seen[f"whole{strand}"] for strand in "+-") > 100, seen
    assert min(seen[intron + strand] for intron in INTRON for strand in "+-") > 10, seen


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize("rule", RULES)
def test_the_rules_of_genes(paths: Any, rule: str, strand: str) -> None:
    wrong = []
    for sequence, _, path in paths:
        letters, names = (sequence, path) if strand == "+" else (complement(sequence), turned(path))
        if rule in broken(letters, names):
            wrong.append((letters, " ".join(names)))
    assert not wrong, f"{len(wrong)} of {len(paths)}, the shortest: {min(wrong, key=lambda pair: len(pair[0]))}"


def test_introns_are_long_enough(paths: Any) -> None:
    shortest = {state["name"]: state.get("shortest", 1) for state in TABLE["state"]}
    for sequence, _, path in paths:
        stays = [(name, len(list(group))) for name, group in itertools.groupby(path)]
        assert all(length >= shortest[name] for name, length in stays[1:-1]), (sequence, stays)


@pytest.mark.parametrize(
    ("parts", "rule"),
    [
        (["out:CCC", "exon:ATGCAA", "intron:G", "exon:TCCCCCTAA", "out:CCC"], "an intron's ends are its own"),
        (["out:CCC", "exon:ATGTAA", "intron:GTCCAG", "exon:CCCTAA", "out:CCC"], "no stop codon before an intron"),
        (["out:CCC", "exon:AT", "intron:GTCCAG", "exon:CCCCTAA", "out:CCC"], "coding begins with ATG"),
        (["out:CCC", "exon:AT", "intron:GTCCAG", "exon:GCCCTAA", "out:CCC"], "no intron in the first codon"),
        (["out:CCC", "exon:A", "intron:GTCCAG", "exon:TGCCCTAA", "out:CCC"], "no intron in the first codon"),
        (["out:CCC", "exon:ATGCC", "intron:GTCCA", "exon:CTAA", "out:CCC"], "an intron ends with AG"),
        (["out:CCC", "exon:ATGTAACCCTAA", "out:CCC"], "no stop codon inside an exon"),
    ],
)
@pytest.mark.parametrize("strand", ["+", "-"])
def test_a_network_cannot_talk_it_into(genes: Grammar, parts: list[str], rule: str, strand: str) -> None:
    """However sure the network is of a gene that breaks a rule."""
    sequence, wanted = built(*long_enough(parts))
    if strand == "-":
        sequence, wanted = complement(sequence), turned(wanted)
    found = best(genes, sequence, sure_of(wanted))
    if strand == "-":
        sequence, found = complement(sequence), turned(found)
    assert rule not in broken(sequence, found), " ".join(found)
    assert not broken(sequence, found), " ".join(found)


def total(table: dict[str, Any], sequence: str, logs: NDArray[np.float32], path: Sequence[str]) -> float:
    """A path's score by the table; minus infinity where it has a step that is not there."""
    names = {state["name"]: state for state in table["state"]}
    steps = {(step["after"], step["state"]): step for step in table["step"]}
    found = 0.0
    for place, name in enumerate(path):
        found += float(logs[place, CLASSES.index(names[name]["class"])])
        if place:
            step = steps.get((path[place - 1], name))
            before, behind = sequence[:place], sequence[place:]
            if (
                step is None
                or ("behind" in step and not before.endswith(tuple(step["behind"])))
                or ("ahead" in step and not behind.startswith(tuple(step["ahead"])))
                or before.endswith(tuple(step.get("not_behind", ())))
                or behind.startswith(tuple(step.get("not_ahead", ())))
            ):
                return -math.inf
            found += step["score"]
            if "matrix" in step:
                matrix = table["matrix"][step["matrix"]]
                for number, row in enumerate(matrix["weights"], place + matrix["offset"]):
                    if 0 <= number < len(sequence) and sequence[number] in "ACGT":
                        found += row["ACGT".index(sequence[number])]
    return found


@pytest.mark.parametrize("letters", ["", LETTERS])
def test_both_strands_are_the_same(letters: str) -> None:
    """The other strand, with its scores, has the mirrored path, or one as good."""
    table = table_of([genome(GENES, 1.0, letters)])
    # How long a stay must be is kept along one way alone: which one depends on the direction.
    table["state"] = [{key: value for key, value in state.items() if key != "shortest"} for state in table["state"]]
    genes = Grammar.from_table(table, CLASSES)
    same = 0
    for number in range(120):
        sequence, logs = sample(number)
        path = best(genes, sequence, logs)
        other = best(genes, complement(sequence), logs[::-1][:, TURNED])
        score = total(table, sequence, logs, path)
        assert score > -math.inf
        assert total(table, sequence, logs, turned(other)) == pytest.approx(score, abs=1e-3)
        same += plain(turned(other)) == plain(path)
    assert same > 108  # introns that begin before the sequence may be of any place


@pytest.mark.parametrize("letters", ["", LETTERS])
def test_the_table_is_the_same_from_both_strands(letters: str) -> None:
    one = genome(GENES, 1.0, letters)
    here, there = (table_of([reading]) for reading in (one, one.turned()))
    assert (here["state"], here["step"]) == (there["state"], there["step"])
    np.testing.assert_allclose(here["composition"], there["composition"], atol=2e-4)
    for name, matrix in here["matrix"].items():
        assert matrix["offset"] == there["matrix"][name]["offset"]
        np.testing.assert_allclose(matrix["weights"], there["matrix"][name]["weights"], atol=2e-3)


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize(
    "parts",
    [
        ["out:CCC", "exon:ATGGCCTAA", "out:CCC"],
        ["out:CCC", "exon:ATGTGA", "out:CCC"],
        ["out:CCC", "exon:ATGC", "intron:GTCCAG", "exon:CCTAA", "out:CCC"],
        ["out:CCC", "exon:ATGCC", "intron:GCCCAG", "exon:CTAG", "out:CCC"],
        ["out:CCC", "exon:ATGCCC", "intron:GTCCAG", "exon:CCC", "intron:GTCCAG", "exon:TGA", "out:CCC"],
        [
            "out:CCC",
            "exon:ATG",
            "intron:GTCCAG",
            "exon:C",
            "intron:GTCCAG",
            "exon:CC",
            "intron:GTCCAG",
            "exon:TAA",
            "out:C",
        ],
        ["out:C", "utr5:CC", "intron5:GTCCAG", "utr5:C", "exon:ATGTAA", "utr3:C", "intron3:GTCCAG", "utr3:C", "out:CC"],
        ["out:C", "utr5:CC", "intron5:GTCCAG", "exon:ATGTAA", "intron3:GTCCAG", "utr3:CC", "out:CC"],
        ["exon:CCCC", "intron:GTCCAG", "exon:CCTAA", "out:CC"],
    ],
)
def test_what_keeps_the_rules_is_found(genes: Grammar, parts: list[str], strand: str) -> None:
    """Where the network is sure of it."""
    sequence, wanted = built(*long_enough(parts))
    assert not broken(sequence, wanted)
    if strand == "-":
        sequence, wanted = complement(sequence), turned(wanted)
    found = best(genes, sequence, sure_of(wanted))
    assert plain(found) == plain(wanted)
    if strand == "-":
        sequence, found = complement(sequence), turned(found)
    assert not broken(sequence, found), " ".join(found)

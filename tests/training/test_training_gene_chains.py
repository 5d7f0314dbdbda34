"""Chains that are counted in genomes, against a count in plain Python, letter by letter."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from seqtool.engine.genes.chains import WIDTH, Chains
from seqtool.engine.genes.kmers import codes
from seqtool.training.genes.chains import SMOOTHING, count_chains
from seqtool.training.genes.data import CLASS_INDEX, CLASSES, OF_STRAND, Genome, between_genes

# i between genes, = there without annotated ends, ? anything, 012 an exon's letters, n intron, u utr5, v utr3;
# capitals and 345: on the minus strand.
SIGNS = dict(zip("i012nuv345NUV", CLASSES))
BITS = {sign: 1 << CLASS_INDEX[name] for sign, name in SIGNS.items()}
BITS |= {"=": between_genes(utr=False), "?": (1 << len(CLASSES)) - 1, "x": BITS["0"] | BITS["1"] | BITS["2"]}
COMPLEMENT = str.maketrans("ACGT", "TGCA")
TURNED = str.maketrans("012nuv345NUV", "345NUV012nuv")


def genome(letters: str, signs: str, weight: float = 1.0) -> Genome:
    assert len(letters) == len(signs)
    return Genome("g", codes(letters.encode()), np.array([BITS[sign] for sign in signs], np.int32), weight)


def by_hand(genomes: Sequence[tuple[str, str, float]]) -> dict[str, dict[str, float]]:
    """For each kind and window, the logarithm of how much likelier its last letter is than between genes."""
    kinds = ["intergenic", *OF_STRAND]
    counts: Counter[tuple[str, str]] = Counter()
    for letters, signs, weight in genomes:
        for text, marks in ((letters, signs), (letters.translate(COMPLEMENT)[::-1], signs.translate(TURNED)[::-1])):
            for place, mark in enumerate(marks):
                name = "intergenic" if mark in "i=" else SIGNS.get(mark, "")
                if not name.endswith("-") and name:
                    for width in range(1, WIDTH + 1):
                        if place >= width - 1:
                            counts[name.rstrip("+"), text[place - width + 1 : place + 1]] += weight

    def chance(kind: str, window: str) -> float:
        """Of the window's last letter behind its others, each order smoothed with the next lower one."""
        if not window:
            return 0.25
        whole = sum(counts[kind, window[:-1] + letter] for letter in "ACGT")
        return (counts[kind, window] + SMOOTHING * chance(kind, window[1:])) / (whole + SMOOTHING)

    windows = ["".join("ACGT"[number >> 2 * place & 3] for place in range(WIDTH)) for number in range(0, 4**WIDTH, 37)]
    windows += [text[place : place + WIDTH] for text, _, _ in genomes for place in range(len(text) - WIDTH + 1)]
    known = {window for window in windows if set(window) <= set("ACGT")}
    return {
        kind: {window: math.log(chance(kind, window) / chance(kinds[0], window)) for window in known}
        for kind in OF_STRAND
    }


def compare(found: np.ndarray, wanted: dict[str, dict[str, float]]) -> None:
    assert found.shape == (len(OF_STRAND), 4**WIDTH) and found.dtype == np.float32
    for row, kind in zip(found, OF_STRAND, strict=True):
        for window, number in wanted[kind].items():
            place = int("".join(str("ACGT".index(letter)) for letter in window), 4)
            assert row[place] == pytest.approx(number, abs=1e-5), (kind, window)


GENES = "iiiiiuu012012nnnnn012vviiiVV543543NNN543UUiii=====??012x12iiii"


def letters_of(seed: int, repeats: int = 1) -> str:
    """With a few letters that are none."""
    return "".join(random.Random(seed).choices("ACGT" * 6 + "N", k=len(GENES) * repeats))


@pytest.mark.parametrize("repeats", [1, 8])
def test_against_a_count_by_hand(repeats: int) -> None:
    told = [(letters_of(1, repeats), GENES * repeats, 1.0), (letters_of(2), GENES, 2.5)]
    found = count_chains([genome(*one) for one in told])
    compare(found, by_hand(told))
    assert np.abs(found).max() > 0.02


def test_the_other_strand_counts_the_same() -> None:
    one = genome(letters_of(3, 5), GENES * 5)
    np.testing.assert_allclose(count_chains([one.turned()]), count_chains([one]), atol=1e-6)


def test_a_genome_of_twice_the_weight_counts_twice() -> None:
    letters = letters_of(4, 5)
    twice = count_chains([genome(letters, GENES * 5, 2.0)])
    once = genome(letters, GENES * 5)
    np.testing.assert_allclose(count_chains([once, once]), twice, atol=1e-6)
    assert np.abs(count_chains([once]) - twice).max() > 1e-3


def test_nothing_counted_says_nothing() -> None:
    assert not count_chains([genome("ACGTACGTACGT", "?" * 12)]).any()


def test_they_tell_classes_apart() -> None:
    """In letters that were not counted: introns of A and T here, exons of codons."""
    chance = random.Random(5)

    def made(genes: int) -> tuple[str, str]:
        text, signs = "", ""
        for _ in range(genes):
            parts = (
                "".join(chance.choices("ACGT", k=60)),
                "GCCAAGGACCTG" * 5,
                "".join(chance.choices("AAATTTCG", k=60)),
            )
            text, signs = text + "".join(parts), signs + "i" * 60 + "012" * 20 + "n" * 60
        return text, signs

    chains = Chains(count_chains([genome(*made(200))]), CLASSES)
    text, signs = made(20)
    scores = chains.scores(codes(text.encode()))
    for sign, name in (("0", "exon0+"), ("1", "exon1+"), ("2", "exon2+"), ("n", "intron+")):
        here = np.array([mark == sign for mark in signs])
        mean = scores[here].mean(0)
        assert mean[CLASS_INDEX[name]] > 0.1 and mean.argmax() == CLASS_INDEX[name], name
    between = scores[np.array(list(signs)) == "i"].mean(0)
    assert (between[[CLASS_INDEX[f"exon{n}+"] for n in range(3)]] < -0.1).all()

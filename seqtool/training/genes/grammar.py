"""The grammar of eukaryotic genes, with scores that are counted in annotated genomes.

As in the classical gene finders (Krogh 1997; Burge & Karlin 1997): coding letters in threes, from
ATG to a stop codon, without a stop in between; introns from GT (or GC) to AG that keep the position
in the codon; untranslated ends, with introns of their own; both strands.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtool.engine.genes.kmers import COMPOSITION, LETTERS, kmers, vocabulary_size
from seqtool.training.genes.data import CLASSES, Genome, between_genes

START = ("ATG",)
STOPS = ("TAA", "TAG", "TGA")
DONORS = ("GT", "GC")
ACCEPTORS = ("AG",)
SHOWN = {"exon": "exon", "intron": "intron", "utr5": "utr", "utr3": "utr"}
# What is added to every count, so that nothing seen is impossible.
PRIOR = 1.0
KINDS = ("intergenic", "exon", "intron", "utr5", "utr3")

SIDES = {"behind": "ahead", "ahead": "behind", "not_behind": "not_ahead", "not_ahead": "not_behind"}

# The shortest intron, and the letters around a border that a matrix is made of: (first offset, offsets).
SHORTEST_INTRON = 30
AROUND = {"start": (-12, 18), "stop": (-9, 15), "donor": (-4, 11), "acceptor": (-24, 28)}
MOTIFS = {"start": START, "stop": STOPS, "donor": DONORS, "acceptor": ACCEPTORS}
# Stop codons and acceptors lie before the border, the others behind it.
BEHIND = ("stop", "acceptor")
SMOOTHING = 20.0

Tables = list[dict[str, Any]]


def _turned(motifs: Sequence[str]) -> list[str]:
    """Motifs as they are read on the other strand."""
    return [motif.translate(str.maketrans("ACGT", "TGCA"))[::-1] for motif in motifs]


def _rates(genomes: Sequence[Genome]) -> dict[str, float]:
    """The logarithm of how often, a letter, one kind of stretch ends and another begins, over both
    strands: ``exon>intron`` and so on; each genome counts by its weight."""
    letters = dict.fromkeys(KINDS, PRIOR)
    changes = {(before, after): PRIOR for before in KINDS for after in KINDS if before != after}
    kinds = {1 << number: name.rstrip("+-").rstrip("012") for number, name in enumerate(CLASSES)}
    # Where untranslated ends are not annotated, what may be one is between genes.
    kinds[between_genes(utr=False)] = "intergenic"
    backwards = {1 << number for number, name in enumerate(CLASSES) if name.endswith("-")}
    for genome in genomes:
        bits = genome.possible
        edges = np.flatnonzero(np.diff(bits)) + 1
        starts, ends = [0, *edges.tolist()], [*edges.tolist(), len(bits)]
        before, turned = "", False
        for start, end in zip(starts, ends):
            kind = kinds.get(int(bits[start]), "")
            if kind:
                letters[kind] += (end - start) * genome.weight
            turned = turned if kind == "intergenic" else int(bits[start]) in backwards
            if before and kind and before != kind:
                changes[(kind, before) if turned else (before, kind)] += genome.weight
            before = kind
    return {f"{before}>{after}": math.log(count / letters[before]) for (before, after), count in changes.items()}


def _borders(genome: Genome) -> dict[str, list[int]]:
    """Where, on the forward strand, genes start and stop, and introns begin and end."""
    exons = sum(1 << number for number, name in enumerate(CLASSES) if name.startswith("exon") and name[-1] == "+")
    first, last = 1 << CLASSES.index("exon0+"), 1 << CLASSES.index("exon2+")
    intron = 1 << CLASSES.index("intron+")
    bits = genome.possible
    exon = np.array([bool(value & exons) and not value & ~exons for value in np.unique(bits)])
    inside = exon[np.searchsorted(np.unique(bits), bits)]
    begins = np.flatnonzero(inside[1:] & ~inside[:-1]) + 1
    ends = np.flatnonzero(~inside[1:] & inside[:-1]) + 1
    return {
        "start": [int(index) for index in begins if bits[index - 1] != intron and bits[index] == first],
        "stop": [int(index) for index in ends if bits[index] != intron and bits[index - 1] == last],
        "donor": [int(index) for index in ends if bits[index] == intron],
        "acceptor": [int(index) for index in begins if bits[index - 1] == intron],
    }


def _counted(letters: NDArray[np.uint8], borders: NDArray[np.intp], offset: int, width: int) -> NDArray[np.float64]:
    """How often each letter stands at each offset around some borders, (width, letters)."""
    borders = borders[(borders + offset >= 0) & (borders + offset + width <= len(letters))]
    return np.stack(
        [np.bincount(letters[borders + offset + step], minlength=5)[:4].astype(np.float64) for step in range(width)]
    )


def _sites(letters: NDArray[np.uint8], kind: str) -> NDArray[np.intp]:
    """The borders at which the kind's motifs stand, real ones or not."""
    text = letters.tobytes().translate(bytes.maketrans(bytes(range(5)), b"ACGTN")).decode("ascii")
    found = [
        match.start() + (len(motif) if kind in BEHIND else 0)
        for motif in MOTIFS[kind]
        for match in re.finditer(f"(?={motif})", text)
    ]
    return np.array(sorted(found), np.intp)


def _matrices(genomes: Sequence[Genome]) -> dict[str, dict[str, Any]]:
    """For each kind of border and strand, how much likelier each letter is around a real one than
    around just any position with the same motif (natural logarithms)."""
    result: dict[str, dict[str, Any]] = {}
    for kind, (offset, width) in AROUND.items():
        real, every = np.full((width, 4), SMOOTHING / 4), np.full((width, 4), SMOOTHING / 4)
        for genome in genomes:
            for reading in (genome, genome.turned()):
                borders = np.array(_borders(reading)[kind], np.intp)
                real += genome.weight * _counted(reading.letters, borders, offset, width)
                every += genome.weight * _counted(reading.letters, _sites(reading.letters, kind), offset, width)
        ratios = np.log(real / real.sum(1, keepdims=True)) - np.log(every / every.sum(1, keepdims=True))
        rows = np.round(ratios, 3)
        result[f"{kind}+"] = {"offset": offset, "weights": rows.tolist()}
        # On the other strand the letters are turned round, and A stands for T.
        result[f"{kind}-"] = {"offset": -offset - width, "weights": rows[::-1, ::-1].tolist()}
    return result


def dialects(genomes: Sequence[Genome]) -> list[str]:
    """The dialects in the order in which they come."""
    return list(dict.fromkeys(genome.dialect for genome in genomes))


def grammar(genomes: Sequence[Genome]) -> dict[str, Any]:
    """The grammar's TOML table: states, and for each dialect its steps and matrices (for
    :class:`seqtool.decoding.grammar.Grammar`) and its composition, by which it is known.
    """
    states: Tables = [{"name": "intergenic", "shown": "intergenic", "strand": ".", "class": "intergenic"}]
    for strand in "+-":
        for name in (
            "start0",
            "start1",
            "exon0",
            "exon1",
            "exon2",
            "intron0",
            "intron1",
            "intron2",
            "utr5",
            "utr3",
            "intron5",
            "intron3",
        ):
            kind = name if name.startswith("utr") else name.rstrip("0123456789").replace("start", "exon")
            class_name = name.replace("start", "exon") if kind == "exon" else kind
            states.append(
                {
                    "name": name + strand,
                    "shown": SHOWN[kind],
                    "strand": strand,
                    "class": class_name + strand,
                    **({"shortest": SHORTEST_INTRON} if kind == "intron" else {}),
                }
            )
    tables = []
    for name in dialects(genomes):
        own = [genome for genome in genomes if genome.dialect == name]
        rates = _rates(own)
        steps: Tables = [{"after": "intergenic", "state": "intergenic", "score": 0.0}]
        steps += [_on(step, strand, math.log(0.5)) for strand in "+-" for step in _of_strand(rates)]
        composition = [round(value, 4) for value in _composition(own)]
        matrix = _matrices(own)
        tables.append({"name": name, "composition": composition, "step": steps, "matrix": matrix})
    return {"alphabet": LETTERS, "state": states, "dialect": tables}


def _composition(genomes: Sequence[Genome]) -> list[float]:
    """The logarithm of how often each window of :data:`~seqtool.engine.genes.kmers.COMPOSITION` letters
    stands in both strands."""
    counts = np.full(vocabulary_size(COMPOSITION), 1.0)
    for genome in genomes:
        for reading in (genome, genome.turned()):
            counts += genome.weight * np.bincount(kmers(reading.letters, COMPOSITION), minlength=len(counts))
    return [math.log(count / counts[1:].sum()) for count in counts[1:]]


def _of_strand(rates: dict[str, float]) -> Tables:
    """The steps of one strand, in the direction in which a gene is read."""
    way: Tables = []

    def step(after: str, state: str, score: float, matrix: str = "", **motifs: Sequence[str]) -> None:
        found: dict[str, Any] = {"after": after, "state": state, "score": score}
        found |= {key: list(value) for key, value in motifs.items()}
        way.append(found | ({"matrix": matrix} if matrix else {}))

    begins, ends = rates["intergenic>exon"], rates["exon>intergenic"]
    step("intergenic", "start0", begins, "start", ahead=START)
    step("intergenic", "utr5", rates["intergenic>utr5"])
    step("utr5", "utr5", 0.0)
    step("utr5", "start0", rates["utr5>exon"], "start", ahead=START)
    step("utr5", "intron5", rates["utr5>intron"], "donor", ahead=DONORS)
    step("intron5", "intron5", 0.0)
    step("intron5", "utr5", rates["intron>utr5"], "acceptor", behind=ACCEPTORS)
    step("intron5", "start0", rates["intron>utr5"] + rates["utr5>exon"], "start", behind=ACCEPTORS, ahead=START)
    step("exon0", "exon1", 0.0)
    step("exon1", "exon2", 0.0)
    step("exon2", "exon0", 0.0, not_behind=STOPS)
    # The first codon is whole: no intron comes into it.
    step("start0", "start1", 0.0)
    step("start1", "exon2", 0.0)
    for position in range(3):
        stops = {"not_behind": STOPS} if position == 2 else {}
        step(f"exon{position}", f"intron{position}", rates["exon>intron"], "donor", ahead=DONORS, **stops)
        step(f"intron{position}", f"intron{position}", 0.0)
        step(f"intron{position}", f"exon{(position + 1) % 3}", rates["intron>exon"], "acceptor", behind=ACCEPTORS)
    step("exon2", "intergenic", ends, "stop", behind=STOPS)
    step("exon2", "utr3", rates["exon>utr3"], "stop", behind=STOPS)
    step("exon2", "intron3", rates["exon>utr3"] + rates["utr3>intron"], "stop", behind=STOPS, ahead=DONORS)
    step("utr3", "utr3", 0.0)
    step("utr3", "intergenic", rates["utr3>intergenic"])
    step("utr3", "intron3", rates["utr3>intron"], "donor", ahead=DONORS)
    step("intron3", "intron3", 0.0)
    step("intron3", "utr3", rates["intron>utr3"], "acceptor", behind=ACCEPTORS)
    return way


def _on(step: dict[str, Any], strand: str, both: float) -> dict[str, Any]:
    """A step on a strand: on the minus strand a gene is met from its end."""

    def named(name: str) -> str:
        return name if name == "intergenic" else name + strand

    after, state = named(step["after"]), named(step["state"])
    score = step["score"] + (both if step["after"] == "intergenic" else 0.0)
    found: dict[str, Any] = {"after": after, "state": state, "score": round(score, 4)}
    if strand == "-":
        found |= {"after": state, "state": after}
    if "matrix" in step:
        found["matrix"] = step["matrix"] + strand
    for key, other in SIDES.items():
        if key in step:
            found[other if strand == "-" else key] = _turned(step[key]) if strand == "-" else step[key]
    return found

"""The grammar of eukaryotic genes, with scores that are counted in annotated genomes.

As in the classical gene finders (Krogh 1997; Burge & Karlin 1997): coding letters in threes, from
ATG to a stop codon, without a stop in between; introns from GT (or GC) to AG that keep the place
in the codon; untranslated ends, with introns of their own; both strands.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from seqtool.engine.kmers import LETTERS
from seqtool.training.gene_data import CLASSES, Genome, between_genes

START = ("ATG",)
STOPS = ("TAA", "TAG", "TGA")
DONORS = ("GT", "GC")
ACCEPTORS = ("AG",)
SHOWN = {"exon": "exon", "intron": "intron", "utr5": "utr", "utr3": "utr"}
# What is added to every count, so that nothing seen is impossible.
PRIOR = 1.0
KINDS = ("intergenic", "exon", "intron", "utr5", "utr3")

SIDES = {"behind": "ahead", "ahead": "behind", "not_behind": "not_ahead", "not_ahead": "not_behind"}

Ways = list[dict[str, Any]]


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


def grammar(genomes: Sequence[Genome], weight: float) -> dict[str, Any]:
    """The grammar's TOML table, for :class:`seqtool.decoding.grammar.Grammar`."""
    rates = _rates(genomes)
    both = math.log(0.5)
    states: Ways = [{"name": "intergenic", "shown": "intergenic", "strand": ".", "class": "intergenic"}]
    steps: Ways = [{"after": "intergenic", "state": "intergenic", "score": 0.0}]
    for strand in "+-":
        for name in ("exon0", "exon1", "exon2", "intron0", "intron1", "intron2", "utr5", "utr3", "intron5", "intron3"):
            kind = name.rstrip("0123456789") if name.startswith(("exon", "intron")) else name
            speaks = name if name.startswith("exon") else kind
            states.append({"name": name + strand, "shown": SHOWN[kind], "strand": strand, "class": speaks + strand})
        for step in _of_strand(rates):
            steps.append(_on(step, strand, both))
    return {"alphabet": LETTERS, "weight": weight, "state": states, "step": steps}


def _of_strand(rates: dict[str, float]) -> Ways:
    """The steps of one strand, in the direction in which a gene is read."""
    way: Ways = []

    def step(after: str, state: str, score: float, **motifs: Sequence[str]) -> None:
        way.append(
            {"after": after, "state": state, "score": score, **{key: list(value) for key, value in motifs.items()}}
        )

    begins, ends = rates["intergenic>exon"], rates["exon>intergenic"]
    step("intergenic", "exon0", begins, ahead=START)
    step("intergenic", "utr5", rates["intergenic>utr5"])
    step("utr5", "utr5", 0.0)
    step("utr5", "exon0", rates["utr5>exon"], ahead=START)
    step("utr5", "intron5", rates["utr5>intron"], ahead=DONORS)
    step("intron5", "intron5", 0.0)
    step("intron5", "utr5", rates["intron>utr5"], behind=ACCEPTORS)
    step("intron5", "exon0", rates["intron>utr5"] + rates["utr5>exon"], behind=ACCEPTORS, ahead=START)
    step("exon0", "exon1", 0.0)
    step("exon1", "exon2", 0.0)
    step("exon2", "exon0", 0.0, not_behind=STOPS)
    for position in range(3):
        step(f"exon{position}", f"intron{position}", rates["exon>intron"], ahead=DONORS)
        step(f"intron{position}", f"intron{position}", 0.0)
        step(f"intron{position}", f"exon{(position + 1) % 3}", rates["intron>exon"], behind=ACCEPTORS)
    step("exon2", "intergenic", ends, behind=STOPS)
    step("exon2", "utr3", rates["exon>utr3"], behind=STOPS)
    step("exon2", "intron3", rates["exon>utr3"] + rates["utr3>intron"], behind=STOPS, ahead=DONORS)
    step("utr3", "utr3", 0.0)
    step("utr3", "intergenic", rates["utr3>intergenic"])
    step("utr3", "intron3", rates["utr3>intron"], ahead=DONORS)
    step("intron3", "intron3", 0.0)
    step("intron3", "utr3", rates["intron>utr3"], behind=ACCEPTORS)
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
    for key, other in SIDES.items():
        if key in step:
            found[other if strand == "-" else key] = _turned(step[key]) if strand == "-" else step[key]
    return found

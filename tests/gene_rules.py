"""The rules of genes by other means than the grammar: small genomes, and a checker of paths."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtool.decoding.grammar import Grammar
from seqtool.engine.genes.kmers import codes
from seqtool.engine.genes.tagger import dialect_tables
from seqtool.training.genes.data import CLASS_INDEX, CLASSES, Genome, between_genes
from seqtool.training.genes.grammar import grammar

STOPS = ("TAA", "TAG", "TGA")
INTRON = {"intron0", "intron1", "intron2", "intron3", "intron5"}
CODING = ("start0", "start1", "exon0", "exon1", "exon2")


# What may follow what, introns apart.
FOLLOWERS = {
    "start0": {"start1"},
    "start1": {"exon2"},
    "exon0": {"exon1"},
    "exon1": {"exon2"},
    "exon2": {"exon0", "utr3", ""},
    "utr5": {"utr5", "start0"},
    "utr3": {"utr3", ""},
    "": {"", "utr5", "start0"},
}


# The grammar does not know one more rule: that introns cut out do not leave a stop codon behind whose
# letters stood on both sides of one.
RULES = (
    "what follows what",
    "an intron keeps its place",
    "an intron begins with GT or GC",
    "an intron ends with AG",
    "an intron's ends are its own",
    "coding begins with ATG",
    "no intron in the first codon",
    "coding ends with a stop codon",
    "no stop codon inside an exon",
    "no stop codon before an intron",
)


def signs(text: str) -> list[int]:
    """A genome's classes as bits: i intergenic, 012 exon+, n intron+, u utr5+, v utr3+; capitals (and
    345 for exons) on the minus strand; ? anything, = between genes without annotated ends."""
    names = {"i": "intergenic", "?": "?", "=": "="}
    names |= {sign: f"exon{sign}+" for sign in "012"} | {str(n + 3): f"exon{n}-" for n in range(3)}
    for sign, kind in (("n", "intron"), ("u", "utr5"), ("v", "utr3")):
        names |= {sign: f"{kind}+", sign.upper(): f"{kind}-"}
    special = {"?": (1 << len(CLASSES)) - 1, "=": between_genes(utr=False)}
    return [special[names[sign]] if names[sign] in special else 1 << CLASS_INDEX[names[sign]] for sign in text]


def genome(text: str, weight: float = 1.0, letters: str = "") -> Genome:
    """Without letters, all of them are N: they say nothing."""
    return Genome("g", codes((letters or "N" * len(text)).encode()), np.array(signs(text), np.int32), weight)


GENES = "iiiiiuu012012nnnnn012vviiiVV543543NNN543UUiiii012012iiii"
LETTERS = "".join(random.Random(4).choices("ACGT", k=len(GENES)))


def table_of(genomes: Sequence[Genome]) -> dict[str, Any]:
    """The grammar of genomes of one dialect."""
    ((table, _),) = dialect_tables(grammar(genomes))
    return table


TABLE = table_of([genome(GENES)])


# As long as an intron must be at least.
SHORTEST = max(4, *(int(state.get("shortest", 1)) for state in TABLE["state"]))


# -- the independent checker ------------------------------------------------------------------


def broken(sequence: str, path: Sequence[str]) -> set[str]:
    """The rules that the genes of the plus strand of a path break; the names of states as they are."""
    kinds = [name[:-1] if name.endswith("+") else "" for name in path]
    found: set[str] = set()
    end = len(sequence)
    # Introns, cut out of what is left.
    spliced: list[tuple[str, int]] = []  # kind, place
    place = 0
    for kind, group in itertools.groupby(kinds):
        length = len(list(group))
        start, place = place, place + length
        if kind not in INTRON:
            spliced += [(kind, number) for number in range(start, place)]
            continue
        before = kinds[start - 1] if start else None
        after = kinds[place] if place < end else None
        if before is not None and sequence[start : start + 2] not in ("GT", "GC", "G"):
            found.add("an intron begins with GT or GC")
        if after is not None and sequence[max(0, place - 2) : place] not in ("AG", "G"):
            found.add("an intron ends with AG")
        if before is not None and after is not None and length < 4:
            found.add("an intron's ends are its own")
        number = int(kind[-1])
        ways_in, ways_out = (
            ({f"exon{number}"}, {f"exon{(number + 1) % 3}"})
            if number < 3
            else ({"utr5"}, {"utr5", "start0"})
            if number == 5
            else ({"exon2", "utr3"}, {"utr3"})
        )
        if (before is not None and before not in ways_in) or (after is not None and after not in ways_out):
            found.add("an intron keeps its place")
    if any(after not in FOLLOWERS[before] for (before, _), (after, _) in itertools.pairwise(spliced)):
        found.add("what follows what")
    # Coding stretches of the spliced letters.
    for coding, numbered in itertools.groupby(enumerate(spliced), key=lambda item: item[1][0] in CODING):
        if not coding:
            continue
        items = list(numbered)
        places = [number for _, (_, number) in items]
        kinds_here = [kind for _, (kind, _) in items]
        # Whether its beginning and its end are in the sequence, or beyond it.
        begins = items[0][0] > 0 or (places[0] > 0 and kinds[places[0] - 1] == "intron5")
        ends = items[-1][0] < len(spliced) - 1 or (places[-1] < end - 1 and kinds[places[-1] + 1] == "intron3")
        lead = -int(kinds_here[0][-1]) % 3  # letters of a codon that began before the sequence
        codons = [places[number : number + 3] for number in range(lead, len(places) - 2, 3)]
        words = ["".join(sequence[number] for number in codon) for codon in codons]
        if begins and (lead or kinds_here[0] != "start0" or not words or words[0] != "ATG"):
            found.add("coding begins with ATG")
        if begins and codons and codons[0][2] - codons[0][0] > 2:
            found.add("no intron in the first codon")
        if ends and (kinds_here[-1] != "exon2" or not words or words[-1] not in STOPS):
            found.add("coding ends with a stop codon")
        for codon, word in zip(codons, words):
            last = codon[-1]
            if word not in STOPS or (codon is codons[-1] and (ends or last == end - 1)):
                continue
            if codon[2] - codon[0] > 2:
                continue  # across an intron: what the grammar does not know
            if last + 1 < end and kinds[last + 1] in INTRON:
                found.add("no stop codon before an intron")
            else:
                found.add("no stop codon inside an exon")
    return found


def complement(letters: str) -> str:
    return letters.translate(str.maketrans("ACGT", "TGCA"))[::-1]


def turned(path: Sequence[str]) -> list[str]:
    """A path as the other strand reads it."""
    return [name.translate(str.maketrans("+-", "-+")) for name in reversed(path)]


def plain(path: Sequence[str]) -> list[str]:
    """A path that does not say which codon is the first: of a gene that begins beyond the sequence,
    either may be said."""
    return [name.replace("start", "exon") for name in path]


def built(*parts: str) -> tuple[str, list[str]]:
    """A sequence and its path, from parts such as "exon:ATGGCC": codons and introns are counted on. Coding
    that the sequence begins with is no gene's beginning."""
    sequence = ""
    path: list[str] = []
    position = -1
    for part in parts:
        kind, _, letters = part.partition(":")
        for letter in letters:
            sequence += letter
            if kind == "exon":
                position += 1
                begins = position < 2 and not parts[0].startswith("exon")
                path.append(f"start{position}+" if begins else f"exon{position % 3}+")
            elif kind == "out":
                path.append("intergenic")
            else:
                path.append((f"intron{position % 3}" if kind == "intron" else kind) + "+")
    return sequence, path


def long_enough(parts: Sequence[str]) -> list[str]:
    """The introns that are six letters long as long as the grammar wants them."""
    middle = "C" * max(2, SHORTEST - 4)
    return [
        part[:-4] + middle + part[-2:] if part.startswith("intron") and part.endswith("CCAG") else part
        for part in parts
    ]


def best(genes: Grammar, sequence: str, logs: NDArray[np.float32]) -> list[str]:
    letters = codes(sequence.encode())
    return [genes.states[state].name for state in genes.path(logs, letters, letters[:0], None)]


def sure_of(path: Sequence[str]) -> NDArray[np.float32]:
    """The scores of a network that is sure of a path."""
    logs = np.full((len(path), len(CLASSES)), -100.0, np.float32)
    for place, name in enumerate(plain(path)):
        kind = name[:-1].rstrip("0123456789") + name[-1] if name.startswith("intron") else name
        logs[place, CLASS_INDEX[kind]] = 0.0
    return logs


# -- the rates --------------------------------------------------------------------------------


def score(table: dict[str, Any], after: str, state: str) -> float:
    (found,) = [step["score"] for step in table["step"] if (step["after"], step["state"]) == (after, state)]
    return float(found)

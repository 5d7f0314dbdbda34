"""Genomes made up gene by gene, as files that a training of genes reads."""

from __future__ import annotations

import random
from pathlib import Path

# Coding letters are of these codons, the others of any letters: chance alone tells them apart.
CODONS = ["GCC", "AAG", "GAC", "CTG", "ATC", "GGC", "GAG", "TTC"]


def complement(letters: str) -> str:
    return letters.translate(str.maketrans("ACGT", "TGCA"))[::-1]


class Maker:
    """A genome, gene by gene: letters, runs and GFF lines, places from 1."""

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.chance = random.Random(seed)
        self.letters = ""
        self.runs: list[str] = []
        self.gff: list[str] = []

    def any(self, least: int, most: int) -> str:
        return "".join(self.chance.choices("ACGT", k=self.chance.randint(least, most)))

    def run(self, letters: str, label: str, strand: str) -> tuple[int, int]:
        start = len(self.letters) + 1
        self.letters += letters
        self.runs.append(f"{self.name}\t{start}\t{len(self.letters)}\t{label}\t{strand}\t0")
        return start, len(self.letters)

    def gene(self, number: int) -> None:
        coding = "ATG" + "".join(self.chance.choices(CODONS, k=self.chance.randint(30, 70))) + "TAA"
        parts: list[tuple[str, str, int]] = []  # letters, label, phase
        done = 0
        for cut in sorted(self.chance.sample(range(20, len(coding) - 20), self.chance.randint(0, 2))):
            parts.append((coding[done:cut], "cds", -done % 3))
            parts.append(("GTAAGT" + self.any(30, 60) + "TTTCAG", "intron", 0))
            done = cut
        parts.append((coding[done:], "cds", -done % 3))
        strand = self.chance.choice("+-")
        ends = [("utr5", self.any(10, 30)), ("utr3", self.any(10, 30))]
        whole = [(ends[0][1], ends[0][0], 0), *parts, (ends[1][1], ends[1][0], 0)]
        if strand == "-":
            whole = [(complement(letters), label, phase) for letters, label, phase in reversed(whole)]
        first = len(self.letters) + 1
        lines = []
        for letters, label, phase in whole:
            start, end = self.run(letters, label, strand)
            if label == "cds":
                lines.append(f"{self.name}\tmade\tCDS\t{start}\t{end}\t.\t{strand}\t{phase}\tParent=T{number}")
        span = f"{first}\t{len(self.letters)}\t.\t{strand}\t."
        self.gff.append(f"{self.name}\tmade\tgene\t{span}\tID=G{number}")
        self.gff.append(f"{self.name}\tmade\tmRNA\t{span}\tID=T{number};Parent=G{number};canonical=1")
        self.gff += lines


def write_genome(folder: Path, file: str, genes: int, seed: int, records: int = 2) -> list[Maker]:
    makers = [Maker(f"{file}{number}", seed + number) for number in range(records)]
    for maker in makers:
        for number in range(genes):
            maker.run(maker.any(60, 200), "inter", ".")
            maker.gene(number)
        maker.run(maker.any(60, 200), "inter", ".")
    (folder / f"{file}.fa").write_text("".join(f">{maker.name}\n{maker.letters}\n" for maker in makers))
    head = "seq\tstart\tend\tlabel\tstrand\tambiguous"
    (folder / f"{file}.tsv").write_text("\n".join([head, *(run for maker in makers for run in maker.runs)]) + "\n")
    (folder / f"{file}.gff3").write_text("".join(line + "\n" for maker in makers for line in maker.gff))
    return makers

"""Genome pieces with their genes: letters, and for every letter the classes that it may be of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqtool.engine.genes.kmers import codes, reverse_complement
from seqtool.errors import DataError
from seqtool.records.fasta import fasta_records
from seqtool.records.files import text_lines
from seqtool.training.genes.recipe import GeneDataSettings
from seqtool.training.recipe import find_data

# What the network tells apart, strand by strand; the number of an exon's class is the codon's position.
OF_STRAND = ("exon0", "exon1", "exon2", "intron", "utr5", "utr3")
CLASSES = ("intergenic", *(f"{name}{strand}" for strand in "+-" for name in OF_STRAND))
INTERGENIC = 0
CLASS_INDEX = {name: index for index, name in enumerate(CLASSES)}
ALL = (1 << len(CLASSES)) - 1
# Classes of the other strand's reading, by class.
TURNED = [CLASS_INDEX[name.translate(str.maketrans("+-", "-+"))] for name in CLASSES]
PIECE = 1 << 20
RUNS = ("cds", "intron", "utr5", "utr3")


@dataclass
class Genome:
    """One record: letters as numbers (:mod:`seqtool.engine.genes.kmers`), and for each the classes
    that it may be of, as the bits of a number; all of them where nothing is said."""

    name: str
    letters: NDArray[np.uint8]
    possible: NDArray[np.int32]
    weight: float = 1.0
    dialect: str = ""

    def turned(self) -> Genome:
        """The other strand, read in its own direction."""
        return Genome(
            self.name + " (turned)",
            reverse_complement(self.letters),
            turned_bits(self.possible)[::-1],
            self.weight,
            self.dialect,
        )

    def part(self, start: int, end: int) -> Genome:
        return Genome(
            f"{self.name}:{start}-{end}", self.letters[start:end], self.possible[start:end], self.weight, self.dialect
        )


def turned_bits(possible: NDArray[np.int32]) -> NDArray[np.int32]:
    """Sets of classes as they are seen from the other strand."""
    found = np.zeros_like(possible)
    for index, turned in enumerate(TURNED):
        found |= (possible >> index & 1) << turned
    return found


def _bit(name: str) -> int:
    return 1 << CLASS_INDEX[name]


def between_genes(*, utr: bool) -> int:
    """What a letter between genes may be: where untranslated ends are not annotated, one of these too."""
    ends = sum(_bit(f"{kind}{strand}") for kind in ("utr5", "utr3") for strand in "+-")
    return 1 << INTERGENIC if utr else (1 << INTERGENIC) | ends


def _read_letters(path: Path) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    for record in fasta_records(str(path), PIECE):
        yield record.fields["name"], np.concatenate([np.zeros(0, np.uint8), *map(codes, record.letters or ())])


def _read_runs(path: Path) -> dict[str, list[tuple[int, int, str, str, bool]]]:
    """(start, end, label, strand, ambiguous) of each record's runs, from 0, ends excluded."""
    rows = text_lines(path)
    if next(rows, "").split("\t") != ["seq", "start", "end", "label", "strand", "ambiguous"]:
        raise DataError(f"{path}:1: the columns are not seq, start, end, label, strand, ambiguous")
    runs: dict[str, list[tuple[int, int, str, str, bool]]] = {}
    for number, row in enumerate(rows, 2):
        try:
            name, start, end, label, strand, ambiguous = row.split("\t")
            first, last = int(start) - 1, int(end)
        except ValueError:
            raise DataError(f"{path}:{number}: is no run of six columns") from None
        if label not in ("inter", "nc") and not (label in RUNS and strand in ("+", "-")):
            raise DataError(f"{path}:{number}: the label {label!r} on strand {strand!r} is none that is known")
        before = runs[name][-1][1] if name in runs else 0
        if first != before or last <= first:
            raise DataError(f"{path}:{number}: the runs of {name!r} do not cover its letters one after the other")
        runs.setdefault(name, []).append((first, last, label, strand, ambiguous == "1"))
    return runs


def _read_coding(path: Path) -> dict[str, list[tuple[int, int, str, int]]]:
    """(start, end, strand, phase) of the coding parts of each record's canonical isoforms (GFF3), those
    of genes of the class Dubious left out."""
    canonical: set[str] = set()
    dubious: set[str] = set()
    coding: dict[str, list[tuple[int, int, str, int]]] = {}
    for number, line in enumerate(text_lines(path), 1):
        if not line or line.startswith("#"):
            continue
        try:
            name, _, kind, start, end, _, strand, phase, text = line.split("\t")
            attributes = dict(pair.partition("=")[::2] for pair in text.split(";"))
            if attributes.get("class") == "Dubious":
                dubious.add(attributes["ID"])
            elif attributes.get("canonical") == "1" and attributes.get("Parent") not in dubious:
                canonical.add(attributes["ID"])
            elif kind == "CDS" and attributes.get("Parent") in canonical and phase != ".":
                coding.setdefault(name, []).append((int(start) - 1, int(end), strand, int(phase)))
        except (ValueError, KeyError):
            raise DataError(f"{path}:{number}: is no line of GFF3") from None
    return coding


def _genome(
    name: str,
    letters: NDArray[np.uint8],
    runs: list[tuple[int, int, str, str, bool]],
    coding: list[tuple[int, int, str, int]],
    settings: GeneDataSettings,
) -> Genome:
    possible = np.full(len(letters), ALL, np.int32)
    for start, end, label, strand, ambiguous in runs:
        if ambiguous or label == "nc":
            continue
        if label == "inter":
            possible[start:end] = between_genes(utr=settings.utr)
        elif label == "cds":
            possible[start:end] = sum(_bit(f"exon{position}{strand}") for position in range(3))
        else:
            possible[start:end] = _bit(f"{label}{strand}")
    for start, end, strand, phase in coding:
        positions = (np.arange(end - start) + 3 - phase) % 3
        if strand == "-":
            positions = positions[::-1]
        here = np.array([_bit(f"exon{position}{strand}") for position in range(3)], np.int32)[positions]
        exon = sum(_bit(f"exon{position}{strand}") for position in range(3))
        same = possible[start:end] == exon  # not where the run says another thing, or nothing
        possible[start:end] = np.where(same, here, possible[start:end])
    return Genome(name, letters, possible, settings.weight, settings.dialect)


def read_genomes(settings: GeneDataSettings, folders: tuple[Path, ...]) -> Iterator[Genome]:
    """The records of a set.

    :raises DataError: a file cannot be read, or the runs do not cover the letters.
    """
    runs = _read_runs(find_data(settings.runs, folders))
    coding = _read_coding(find_data(settings.genes, folders))
    path = find_data(settings.file, folders)
    for name, letters in _read_letters(path):
        here = runs.get(name, [])
        if not here or here[-1][1] != len(letters):
            raise DataError(f"{path}: the runs of {name!r} do not cover its {len(letters):,} letters")
        yield _genome(name, letters, here, coding.get(name, []), settings)

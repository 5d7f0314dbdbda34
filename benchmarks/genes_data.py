"""Genome pieces with gene annotation, read as the gene benchmarks need them.

The files are those of ``DATA/tag/dna_SET.fa.xz``, ``.gff3.xz`` and ``.labels.tsv.xz``, read as
streams; ``SOURCES-dna.md`` beside them says what they hold.  Here every place is counted from 0 and
ends are excluded.  By itself this prints what a set holds.

    python benchmarks/genes_data.py --data DATA --set athal.dev
"""

from __future__ import annotations

import argparse
import lzma
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LABELS = ("inter", "cds", "intron", "utr5", "utr3", "nc")
INTER, CDS, INTRON, UTR5, UTR3, NC = range(len(LABELS))
STRANDS = {"+": 1, "-": -1, ".": 0}
STRAND_SIGNS = {number: sign for sign, number in STRANDS.items()}
UNKNOWN_BASE = 4

_CODES = np.full(256, UNKNOWN_BASE, dtype=np.uint8)
_CODES[list(b"ACGT")] = range(4)
_CODES[list(b"acgt")] = range(4)


@dataclass(frozen=True)
class Bases:
    """What the annotation says of every base of a record: arrays of the record's length."""

    label: NDArray[np.uint8]  # a place in LABELS
    strand: NDArray[np.int8]  # 1, -1, or 0 between genes
    ambiguous: NDArray[np.bool_]  # another isoform, or an overlapping gene, says otherwise


@dataclass(frozen=True, order=True)
class Exon:
    """The coding part of an exon (stop codon included); strand 1 or -1."""

    record: str
    start: int
    end: int
    strand: int


@dataclass
class Transcript:
    """The isoform of a coding gene that the labels follow; spans from left to right."""

    name: str
    record: str
    strand: int
    partial: bool  # cut off at an end of the record
    coding: list[tuple[int, int]] = field(default_factory=list)
    exons: list[tuple[int, int]] = field(default_factory=list)  # coding or not


@dataclass(frozen=True)
class GeneSet:
    """One set and split; records in the order of the FASTA file."""

    name: str
    sequences: dict[str, str]
    bases: dict[str, Bases]
    transcripts: list[Transcript]

    @property
    def has_utr(self) -> bool:
        """Whether untranslated ends are annotated at all; where not, they are among ``inter``."""
        return any(bool(np.isin(found.label, (UTR5, UTR3)).any()) for found in self.bases.values())


def encode(sequence: str) -> NDArray[np.uint8]:
    """A C G T as 0 to 3, everything else as 4."""
    return _CODES[np.frombuffer(sequence.encode("ascii"), dtype=np.uint8)]


def reverse_complement(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The other strand of a sequence from :func:`encode`, read in its own direction."""
    turned = codes[::-1]
    return np.where(turned < UNKNOWN_BASE, 3 - turned, UNKNOWN_BASE).astype(np.uint8)


def _lines(path: Path) -> Iterator[str]:
    with lzma.open(path, "rt", encoding="ascii") as file:
        for line in file:
            yield line.rstrip("\n")


def read_fasta(path: Path) -> dict[str, str]:
    """The records of a FASTA file; a record's name ends at the first blank."""
    parts: dict[str, list[str]] = {}
    current: list[str] = []
    for line in _lines(path):
        if line.startswith(">"):
            current = parts.setdefault(line[1:].split()[0], [])
        else:
            current.append(line)
    return {name: "".join(lines) for name, lines in parts.items()}


def read_labels(path: Path) -> dict[str, Bases]:
    """The label runs of a set (they cover every base once, in order), as arrays for each record."""
    runs: dict[str, list[tuple[int, int, int, bool]]] = {}
    rows = _lines(path)
    header = next(rows).split("\t")
    if header != ["seq", "start", "end", "label", "strand", "ambiguous"]:
        raise ValueError(f"{path}: unexpected columns {header}")
    for row in rows:
        name, start, end, label, strand, ambiguous = row.split("\t")
        length = int(end) - int(start) + 1
        runs.setdefault(name, []).append((length, LABELS.index(label), STRANDS[strand], ambiguous == "1"))
    found = {}
    for name, of_record in runs.items():
        lengths, labels, strands, ambiguities = (np.array(column) for column in zip(*of_record))
        found[name] = Bases(
            np.repeat(labels.astype(np.uint8), lengths),
            np.repeat(strands.astype(np.int8), lengths),
            np.repeat(ambiguities.astype(np.bool_), lengths),
        )
    return found


def _attributes(text: str) -> dict[str, str]:
    return dict(pair.partition("=")[::2] for pair in text.split(";"))


def read_transcripts(path: Path) -> list[Transcript]:
    """The canonical isoforms of the coding genes of a GFF3 file.

    Genes of SGD's class Dubious are left out: they are in the file, but the labels do not follow them.
    """
    dubious: set[str] = set()
    found: dict[tuple[str, str], Transcript] = {}  # a gene cut in two has its name in two records
    for line in _lines(path):
        if line.startswith("#"):
            continue
        record, _, kind, start, end, _, strand, _, text = line.split("\t")
        attributes = _attributes(text)
        if kind == "gene":
            if attributes.get("class") == "Dubious":
                dubious.add(attributes["ID"])
        elif "ID" in attributes:
            if attributes.get("canonical") == "1" and attributes["Parent"] not in dubious:
                name = attributes["ID"]
                found[record, name] = Transcript(name, record, STRANDS[strand], attributes.get("partial") == "1")
        elif kind in ("CDS", "exon") and (record, attributes["Parent"]) in found:
            transcript = found[record, attributes["Parent"]]
            spans = transcript.coding if kind == "CDS" else transcript.exons
            spans.append((int(start) - 1, int(end)))
    for transcript in found.values():
        transcript.coding.sort()
        transcript.exons.sort()
    return list(found.values())


def coding_exons(transcripts: list[Transcript], lengths: dict[str, int]) -> list[Exon]:
    """The coding exons of all transcripts, each once, without those that a record's end cuts."""
    exons = {
        Exon(transcript.record, start, end, transcript.strand)
        for transcript in transcripts
        for start, end in transcript.coding
        if not (transcript.partial and (start == 0 or end == lengths[transcript.record]))
    }
    return sorted(exons)


def read_set(data: Path, name: str) -> GeneSet:
    """A set and split such as ``athal.dev`` from the folder ``data``."""
    stem = f"dna_{name}"
    folder = data / "tag"
    made = GeneSet(
        name,
        read_fasta(folder / f"{stem}.fa.xz"),
        read_labels(folder / f"{stem}.labels.tsv.xz"),
        read_transcripts(folder / f"{stem}.gff3.xz"),
    )
    for record, sequence in made.sequences.items():
        if len(made.bases[record].label) != len(sequence):
            raise ValueError(f"{name}: the labels of {record} do not cover its {len(sequence)} bases")
    return made


def divide(genes: GeneSet, record: str, start: int, end: int) -> tuple[GeneSet, GeneSet]:
    """A set without a part of a record, and that part; the cuts are moved on to where no gene is."""
    sequence, bases = genes.sequences[record], genes.bases[record]
    between = np.append(np.flatnonzero(bases.label == INTER), len(sequence))
    cuts = [int(between[np.searchsorted(between, min(place, len(sequence)))]) if place else 0 for place in (start, end)]
    edges = [0, *cuts, len(sequence)]
    pieces = []
    for first, last in pairwise(edges):
        name = f"{record}:{first}-{last}"
        part = slice(first, last)
        inside = [
            replace(
                item,
                record=name,
                coding=[(a - first, b - first) for a, b in item.coding],
                exons=[(a - first, b - first) for a, b in item.exons],
            )
            for item in genes.transcripts
            if item.record == record and first <= item.exons[0][0] and item.exons[-1][1] <= last
        ]
        of_piece = Bases(bases.label[part], bases.strand[part], bases.ambiguous[part])
        pieces.append(GeneSet(genes.name, {name: sequence[part]}, {name: of_piece}, inside))
    before, held, after = pieces
    others = [item for item in genes.transcripts if item.record != record]
    rest = GeneSet(
        genes.name,
        {name: text for name, text in genes.sequences.items() if name != record},
        {name: of_record for name, of_record in genes.bases.items() if name != record},
        [*others, *before.transcripts, *after.transcripts],
    )
    for piece in (before, after):
        for name, text in piece.sequences.items():
            if text:
                rest.sequences[name], rest.bases[name] = text, piece.bases[name]
    return rest, held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", action="append", required=True, help="SET.SPLIT, such as athal.dev")
    arguments = parser.parse_args()
    for name in arguments.set:
        read = read_set(arguments.data, name)
        lengths = {record: len(sequence) for record, sequence in read.sequences.items()}
        counts = Counter[str]()
        for bases in read.bases.values():
            counts.update(dict(zip(LABELS, np.bincount(bases.label, minlength=len(LABELS)).tolist())))
        total = sum(lengths.values())
        shares = " ".join(f"{label} {100 * counts[label] / total:.1f}%" for label in LABELS)
        exons = len(coding_exons(read.transcripts, lengths))
        print(f"{name}: {total:,} bases, {len(read.transcripts)} genes, {exons} coding exons; {shares}")


if __name__ == "__main__":
    main()

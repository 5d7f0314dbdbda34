"""Predicted genes beside the annotation of a set: bases, coding exons, splice sites.

A prediction is a TSV of lines ``record start end label strand``, counted from 0, ends excluded;
labels are ``exon`` (the coding part), ``intron``, ``utr`` and ``intergenic``, and what no line
mentions is intergenic.

Bases: precision, recall and F1 of each label, with the strand (a base is right when both are) and
without.  Bases that are ambiguous or belong to non-coding genes are left out, and ``utr`` is scored
only where the set annotates it, elsewhere it counts as intergenic.

Coding exons: right when start, end and strand are those of an exon of a canonical isoform (the exon
level of Burset and Guigo 1996, Genomics 34).  Annotated exons that touch ambiguous bases are left out
of the recall; predicted ones that touch ambiguous or non-coding bases, and are not right, are left out
of the precision.  Splice sites: the ends of coding exons at introns, in the same way.

    python benchmarks/genes_score.py --data DATA --set athal.dev prediction.tsv
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from genes_data import CDS, INTRON, NC, STRAND_SIGNS, STRANDS, UTR3, UTR5, Exon, GeneSet, coding_exons, read_set
from numpy.typing import NDArray

CLASSES = ("intergenic", "exon", "intron", "utr")
INTERGENIC, EXON, INTRON_CLASS, UTR = range(len(CLASSES))

_CLASS_OF_LABEL = np.zeros(NC + 1, dtype=np.uint8)
_CLASS_OF_LABEL[[CDS, INTRON, UTR5, UTR3]] = (EXON, INTRON_CLASS, UTR, UTR)


@dataclass(frozen=True, order=True)
class Region:
    """A predicted run of one label; strand 1, -1, or 0 between genes."""

    record: str
    start: int
    end: int
    label: str
    strand: int


@dataclass(frozen=True, order=True)
class Site:
    """An end of a coding exon at an intron: the boundary's place, and which end of the exon it is."""

    record: str
    place: int
    side: str  # "start" or "end", from left to right
    strand: int


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1; NaN where there is nothing to divide by."""

    right: int  # of the predicted
    predicted: int
    found: int  # of the annotated
    annotated: int

    @property
    def precision(self) -> float:
        return self.right / self.predicted if self.predicted else float("nan")

    @property
    def recall(self) -> float:
        return self.found / self.annotated if self.annotated else float("nan")

    @property
    def f1(self) -> float:
        if not self.annotated and not self.predicted:
            return float("nan")
        if not self.right or not self.found:
            return 0.0
        return 2 * self.precision * self.recall / (self.precision + self.recall)

    def plain(self) -> dict[str, Any]:
        """The counts and the ratios, for JSON."""
        return {**asdict(self), "precision": self.precision, "recall": self.recall, "f1": self.f1}


@dataclass(frozen=True)
class Scores:
    """All scores of a prediction; base scores by the name of the class."""

    bases: dict[str, Score]  # label and strand
    bases_without_strand: dict[str, Score]
    exons: Score
    sites: Score
    confusion: list[list[int]]  # annotated class by predicted class, strand ignored, as in CLASSES

    def plain(self) -> dict[str, Any]:
        """Everything, for JSON."""
        return {
            "bases": {name: score.plain() for name, score in self.bases.items()},
            "bases_without_strand": {name: score.plain() for name, score in self.bases_without_strand.items()},
            "exons": self.exons.plain(),
            "sites": self.sites.plain(),
            "confusion": self.confusion,
        }


def read_prediction(path: Path) -> list[Region]:
    """The regions of a prediction file."""
    regions = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            try:
                record, start, end, label, strand = line.rstrip("\n").split("\t")
                regions.append(Region(record, int(start), int(end), label, STRANDS[strand]))
            except (ValueError, KeyError):
                raise SystemExit(f"{path}, line {number}: not 'record start end label strand'") from None
            if label not in CLASSES:
                raise SystemExit(f"{path}, line {number}: unknown label {label}")
    return regions


def write_prediction(path: Path, regions: Iterable[Region]) -> None:
    """Regions as a prediction file."""
    with open(path, "w", encoding="utf-8") as file:
        for region in regions:
            sign = STRAND_SIGNS[region.strand]
            file.write(f"{region.record}\t{region.start}\t{region.end}\t{region.label}\t{sign}\n")


def _painted(regions: Iterable[Region], lengths: Mapping[str, int]) -> dict[str, NDArray[np.int8]]:
    """Class * 3 + strand + 1 of every base; whatever is not mentioned is intergenic."""
    painted = {name: np.full(length, INTERGENIC * 3 + 1, dtype=np.int8) for name, length in lengths.items()}
    for region in regions:
        if region.record not in painted:
            raise SystemExit(f"no record {region.record} in this set")
        if not 0 <= region.start < region.end <= lengths[region.record]:
            raise SystemExit(f"not a part of {region.record}: {region.start} to {region.end}")
        kind = CLASSES.index(region.label)
        strand = 0 if kind == INTERGENIC else region.strand
        painted[region.record][region.start : region.end] = kind * 3 + strand + 1
    return painted


def _base_scores(table: NDArray[np.int64], classes: Iterable[int]) -> dict[str, Score]:
    """Scores from a table of annotated by predicted, each (class, strand)."""
    scores = {}
    for kind in classes:
        part = slice(3 * kind, 3 * kind + 3)
        right = int(np.trace(table[part, part]))
        scores[CLASSES[kind]] = Score(right, int(table[:, part].sum()), right, int(table[part].sum()))
    return scores


def _exon_sites(regions: Iterable[Region]) -> set[Site]:
    """The ends of predicted exons that meet a predicted intron of their strand."""
    regions = list(regions)
    introns = [region for region in regions if region.label == "intron"]
    starts = {(region.record, region.start, region.strand) for region in introns}
    ends = {(region.record, region.end, region.strand) for region in introns}
    sites = set()
    for region in regions:
        if region.label == "exon":
            if (region.record, region.end, region.strand) in starts:
                sites.add(Site(region.record, region.end, "end", region.strand))
            if (region.record, region.start, region.strand) in ends:
                sites.add(Site(region.record, region.start, "start", region.strand))
    return sites


def annotated_sites(genes: GeneSet) -> set[Site]:
    """The ends of the introns between coding exons, from the isoforms and not from the label runs."""
    sites = set()
    for transcript in genes.transcripts:
        for (_, end), (start, _) in zip(transcript.coding, transcript.coding[1:]):
            sites.add(Site(transcript.record, end, "end", transcript.strand))
            sites.add(Site(transcript.record, start, "start", transcript.strand))
    return sites


def _matches(
    predicted: set[Any], annotated: set[Any], touches_ambiguous: set[Any], touches_unscored: set[Any]
) -> Score:
    """Exact matches; what touches bases that are not scored counts only where that is in its favour."""
    right = predicted & annotated
    counted = {item for item in predicted if item in right or item not in touches_unscored}
    wanted = annotated - touches_ambiguous
    return Score(len(right), len(counted), len(right & wanted), len(wanted))


def score(regions: Iterable[Region], genes: GeneSet) -> Scores:
    """A prediction beside the annotation of a set."""
    regions = [region for region in regions if region.label != "intergenic"]
    lengths = {name: len(sequence) for name, sequence in genes.sequences.items()}
    painted = _painted(regions, lengths)
    has_utr = genes.has_utr
    size = 3 * len(CLASSES)
    table = np.zeros((size, size), dtype=np.int64)
    for name, bases in genes.bases.items():
        classes = _CLASS_OF_LABEL[bases.label]
        truth = np.where(classes == INTERGENIC, 1, classes * 3 + bases.strand + 1)
        answer = painted[name] if has_utr else np.where(painted[name] >= 3 * UTR, 1, painted[name])
        scored = ~bases.ambiguous & (bases.label != NC)
        both = truth[scored].astype(np.int64) * size + answer[scored]
        table += np.bincount(both, minlength=size * size).reshape(size, size)
    scored_classes = [EXON, INTRON_CLASS, *([UTR] if has_utr else []), INTERGENIC]
    folded = table.reshape(len(CLASSES), 3, len(CLASSES), 3).sum(axis=(1, 3))
    without_strand = {}
    for kind in scored_classes:
        right = int(folded[kind, kind])
        without_strand[CLASSES[kind]] = Score(right, int(folded[:, kind].sum()), right, int(folded[kind].sum()))

    def ambiguous(record: str, start: int, end: int) -> bool:
        return bool(genes.bases[record].ambiguous[start:end].any())

    def unscored(record: str, start: int, end: int) -> bool:
        return ambiguous(record, start, end) or bool((genes.bases[record].label[start:end] == NC).any())

    exons = {Exon(item.record, item.start, item.end, item.strand) for item in regions if item.label == "exon"}
    wanted_exons = set(coding_exons(genes.transcripts, lengths))
    exon_score = _matches(
        exons,
        wanted_exons,
        {exon for exon in wanted_exons if ambiguous(exon.record, exon.start, exon.end)},
        {exon for exon in exons if unscored(exon.record, exon.start, exon.end)},
    )
    # A site touches the base on either side of it.
    sites, wanted_sites = _exon_sites(regions), annotated_sites(genes)
    site_score = _matches(
        sites,
        wanted_sites,
        {site for site in wanted_sites if ambiguous(site.record, site.place - 1, site.place + 1)},
        {site for site in sites if unscored(site.record, site.place - 1, site.place + 1)},
    )
    return Scores(_base_scores(table, scored_classes), without_strand, exon_score, site_score, folded.tolist())


def table_lines(scores: Scores) -> list[str]:
    """The scores as a readable table."""
    lines = [f"{'':22} {'precision':>9} {'recall':>9} {'F1':>9} {'predicted':>10} {'annotated':>10}"]
    rows = [
        *((f"bases: {name}", found) for name, found in scores.bases.items()),
        *((f"  any strand: {name}", found) for name, found in scores.bases_without_strand.items()),
        ("coding exons", scores.exons),
        ("splice sites", scores.sites),
    ]
    for name, found in rows:
        ratios = f"{found.precision:9.4f} {found.recall:9.4f} {found.f1:9.4f}"
        lines.append(f"{name:22} {ratios} {found.predicted:10,} {found.annotated:10,}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", required=True, help="SET.SPLIT, such as athal.dev")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the scores there")
    parser.add_argument("prediction", type=Path)
    arguments = parser.parse_args()
    scores = score(read_prediction(arguments.prediction), read_set(arguments.data, arguments.set))
    print("\n".join(table_lines(scores)))
    if arguments.json:
        plain = json.loads(json.dumps(scores.plain()), parse_constant=lambda _: None)  # no NaN in JSON
        arguments.json.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""A gene finder of the textbook: a hidden Markov model with codon statistics, as a baseline.

One model for both strands, with one set of parameters for an organism, counted on its train sets.
The states are intergenic, 5' and 3' untranslated, the three codon positions, and introns by phase.

* Coding bases: order-5 Markov chains by codon position, interpolated with the lower orders (the
  content model of GENSCAN, Burge and Karlin 1997, J. Mol. Biol. 268, and of GeneMark, Borodovsky and
  McIninch 1993, Comput. Chem. 17); no stop codon inside the frame, nor across an intron.
* Splice sites and start codons: chains of states in which each place depends on the one before it (the
  weight array model, Zhang and Marr 1993, CABIOS 9); donor GT or GC from 3 bases before it to 6 after,
  acceptor AG from 20 bases before the exon to its first base.
* Introns: chains of states up to ``TAIL`` bases, so that short introns have their own lengths, and
  a geometric tail (Stanke and Waack 2003, Bioinformatics 19); all else is geometric.

A chain of states whose length is known is one jump in the search, and between two sites a state
only adds up its own bases; so Viterbi visits the possible sites, not every base in every state.  An
exon's first five bases have the shorter contexts that lie inside it, whatever its length, and exons
of one or two bases are not looked for.

``--tune`` chooses on records of the train sets that are left out of the counts: the strength of the
smoothing, weights on the log probabilities of a gene and of an intron, and whether introns and
intergenic bases share a chain.  The dev sets have no part in it.

    python benchmarks/genes_hmm.py --data DATA --set athal --output prediction.tsv
"""

from __future__ import annotations

import argparse
import json
import math
import time
from array import array
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from genes_data import (
    CDS,
    INTER,
    INTRON,
    UNKNOWN_BASE,
    UTR3,
    UTR5,
    Bases,
    GeneSet,
    Transcript,
    divide,
    encode,
    read_set,
    reverse_complement,
)
from genes_score import Region, Scores, score, table_lines, write_prediction
from numpy.typing import NDArray

Codes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Value = TypeVar("Value", np.float64, np.bool_)

NEVER = -math.inf
ORDER = 5
DONOR_BEFORE, DONOR_AFTER = 3, 6
"""Bases of the donor's chain in the exon and in the intron."""
ACCEPTOR_BEFORE = 20
"""Bases of the acceptor's chain in the intron; it has one more, the exon's first."""
START_BEFORE = 8
"""Bases before the start codon that have states of their own."""
SHORTEST = DONOR_AFTER + ACCEPTOR_BEFORE
TAIL = 400
"""Introns up to here have lengths of their own."""
EDGE = 32
"""No site is looked for so near the end of a record, for its chain would not fit."""

A, C, G, T = range(4)
STOPS = ((T, A, A), (T, A, G), (T, G, A))


@dataclass(frozen=True)
class Settings:
    """What is chosen on records of the train sets and not counted."""

    smoothing: float = 300.0  # how many observations a lower order is worth
    gene: float = 0.0  # added to the log probability that a gene begins
    intron: float = 0.0  # added to the log probability of an intron
    utr: bool = True  # whether untranslated ends have states
    shared: bool = False  # whether introns and intergenic bases have one chain, as in GENSCAN


@dataclass(frozen=True)
class Organism:
    """The train sets of an organism, and what the tuning found."""

    annotated: tuple[str, ...]
    without_utr: tuple[str, ...]  # what they call intergenic holds UTR
    held_out: tuple[str, str, int, int]  # what --tune leaves out and scores: set, record, start, end
    settings: Settings
    unlike: tuple[str, ...] = ()  # records that are not counted


# 2R of dmel.train is heterochromatin: few genes, introns and spaces full of transposon remains.
ORGANISMS = {
    "scer": Organism(("scer",), (), ("scer", "chrV", 0, 600_000), Settings(gene=-3.0, utr=False)),
    "athal": Organism(("athal",), ("athalbac",), ("athal", "Chr5", 0, 300_000), Settings(1000.0, -3.0, -1.5)),
    "celeg": Organism(("celeg",), (), ("celeg", "V", 0, 300_000), Settings(300.0, 0.0, -3.0, shared=True)),
    "dmel": Organism(
        ("dmel",), ("dmel2l",), ("dmel", "2L_a", 550_000, 900_000), Settings(300.0, 0.0, -1.5, shared=True), ("2R",)
    ),
}


# --- Counting ---------------------------------------------------------------------------------


def contexts(codes: Codes, order: int) -> tuple[NDArray[np.int64], Bools]:
    """The ``order`` bases before each base and the base itself, as one number; and where all are known."""
    words = np.zeros(len(codes), dtype=np.int64)
    known = np.ones(len(codes), dtype=np.bool_)
    for back in range(order + 1):
        shifted = np.full(len(codes), UNKNOWN_BASE, dtype=np.int64)
        shifted[back:] = codes[: len(codes) - back]
        known &= shifted < UNKNOWN_BASE
        words += np.where(shifted < UNKNOWN_BASE, shifted, 0) * 4**back
    return words, known


class MarkovChain:
    """An order-5 chain with ``places`` alternating sets of probabilities (3 in a codon, else 1)."""

    def __init__(self, places: int = 1) -> None:
        self.places = places
        self.counts = [np.zeros((places, 4 ** (order + 1))) for order in range(ORDER + 1)]
        self.tables: list[Floats] = []

    def count(self, codes: Codes, wanted: Bools, first_place: int = 0) -> None:
        """Count the wanted bases of a stretch; contexts that reach out of it are left out."""
        places = (np.arange(len(codes)) + first_place) % self.places
        for order, counts in enumerate(self.counts):
            words, known = contexts(codes, order)
            seen = wanted & known
            cells = places[seen] * counts.shape[1] + words[seen]
            counts += np.bincount(cells, minlength=counts.size).reshape(counts.shape)

    def both_strands(self) -> list[Floats]:
        """The counts of these bases and of their complements, so that neither strand is preferred."""
        found = []
        for order, counts in enumerate(self.counts):
            word = counts.reshape((4,) * (order + 1))
            found.append(counts + np.flip(word.transpose()).reshape(1, -1))
        return found

    def finish(self, smoothing: float, shared_with: MarkovChain | None = None) -> None:
        """Probabilities: each order is smoothed with the next lower one, as ``smoothing`` more observations.

        ``shared_with``: another chain; both get the counts of both, on both strands.
        """
        counted = self.counts
        if shared_with:
            counted = [mine + its for mine, its in zip(self.both_strands(), shared_with.both_strands())]
        lower = np.full((self.places, 1, 4), 0.25)
        self.tables = []
        for counts in counted:
            split = counts.reshape(self.places, -1, 4)
            below = np.tile(lower, (1, split.shape[1] // lower.shape[1], 1))
            lower = (split + smoothing * below) / (split.sum(axis=2, keepdims=True) + smoothing)
            self.tables.append(np.log(lower).reshape(self.places, -1))

    def logs(self, codes: Codes) -> list[Floats]:
        """Log probabilities (places, bases) for each order; unknown bases are not taken for codons."""
        found: list[Floats] = []
        lower = np.full((self.places, len(codes)), math.log(0.1 if self.places == 3 else 0.25))
        for order, table in enumerate(self.tables):
            words, known = contexts(codes, order)
            lower = np.where(known, table[:, words], lower)
            found.append(lower)
        return found


class WeightArray:
    """A short chain of places at a site; each depends on the base before it."""

    def __init__(self, before: int, after: int) -> None:
        self.before = before  # places before the site
        self.length = before + after
        self.pairs = np.zeros((self.length, 4, 4))
        self.table: Floats = np.zeros(0)

    def count(self, codes: Codes, site: int) -> None:
        """Count a site, unless the record ends or has unknown bases near it."""
        first = site - self.before
        if first < 1 or first + self.length > len(codes):
            return
        window = codes[first - 1 : first + self.length]
        if (window < UNKNOWN_BASE).all():
            self.pairs[np.arange(self.length), window[:-1], window[1:]] += 1

    def finish(self, smoothing: float) -> None:
        """Probabilities of a base after the one before it, smoothed with those of the base alone."""
        alone = self.pairs.sum(axis=1, keepdims=True) + 0.5
        alone /= alone.sum(axis=2, keepdims=True)
        table = (self.pairs + smoothing * alone) / (self.pairs.sum(axis=2, keepdims=True) + smoothing)
        table[0] = alone[0]  # what precedes the chain belongs to another state
        self.table = np.log(table)

    def scores(self, codes: Codes) -> Floats:
        """The log probability of the chain at each boundary between two bases, ends of the record included."""
        total = np.full(len(codes) + 1, NEVER)
        sites = np.arange(self.before + 1, len(codes) - (self.length - self.before) + 1)
        if not len(sites):
            return total
        known = np.where(codes < UNKNOWN_BASE, codes, A)
        total[sites] = 0.0
        for place in range(self.length):
            at = sites - self.before + place
            total[sites] += self.table[place, known[at - 1], known[at]]
        return total


def spans_between(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(end, start) for (_, end), (start, _) in pairwise(spans)]


class Parameters:
    """All that is counted on an organism's train sets."""

    def __init__(self) -> None:
        self.coding = MarkovChain(3)
        self.intron = MarkovChain()
        self.inter = MarkovChain()
        self.utr5 = MarkovChain()
        self.utr3 = MarkovChain()
        self.donor = WeightArray(DONOR_BEFORE, DONOR_AFTER)
        self.acceptor = WeightArray(ACCEPTOR_BEFORE, 1)
        self.start = WeightArray(START_BEFORE, 0)
        self.stops = np.ones(len(STOPS))
        self.intron_lengths: list[int] = []
        # For the transitions; those of genes and UTR from sets with annotated UTR.
        self.coding_bases = self.coding_introns = self.genes = 0
        self.dense_genes = self.inter_bases = 0
        self.with_utr = [0, 0]
        self.utr_bases = [0, 0]
        self.utr_introns = [0, 0]
        self.shares = np.zeros(8)

    def add(self, genes: GeneSet, annotated: bool) -> None:
        """Count a set; ``annotated``: what it calls intergenic is, and its UTR is there if there is any."""
        for record, sequence in genes.sequences.items():
            codes, bases = encode(sequence), genes.bases[record]
            certain = ~bases.ambiguous
            turned = (codes, certain), (reverse_complement(codes), certain[::-1])
            transcripts = [item for item in genes.transcripts if item.record == record]
            for transcript in transcripts:
                self._add_transcript(transcript, *turned[transcript.strand < 0])
            if annotated:
                for strand, (read, sure) in zip((1, -1), turned):
                    labels, strands = bases.label[::strand], bases.strand[::strand]
                    self.inter.count(read, sure & (labels == INTER))
                    self.utr5.count(read, sure & (labels == UTR5) & (strands == strand))
                    self.utr3.count(read, sure & (labels == UTR3) & (strands == strand))
                self.shares += np.bincount(bases.label, minlength=8)
                self.inter_bases += int((bases.label == INTER).sum())
                self.dense_genes += len(transcripts)
                for place, name in enumerate((UTR5, UTR3)):
                    self.utr_bases[place] += int((bases.label == name).sum())
                for transcript in transcripts:
                    self._add_utr(transcript, bases)

    def _add_transcript(self, transcript: Transcript, codes: Codes, certain: Bools) -> None:
        """Count a transcript; ``codes`` are of its own strand, so that it reads from left to right."""
        length = len(codes)

        def own(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
            return list(spans) if transcript.strand > 0 else [(length - b, length - a) for a, b in reversed(spans)]

        coding = own(transcript.coding)
        for start, end in spans_between(own(transcript.exons or transcript.coding)):
            self._add_intron(codes, certain, start, end)
        self.coding_introns += len(coding) - 1
        self.coding_bases += sum(end - start for start, end in coding)
        self.genes += 1
        if transcript.partial:
            return
        spliced = np.concatenate([codes[start:end] for start, end in coding])
        sure = np.concatenate([certain[start:end] for start, end in coding])
        codons = spliced[: len(spliced) // 3 * 3].reshape(-1, 3)
        stops = (codons[:, None, :] == np.array(STOPS)).all(axis=2)
        starts_well = tuple(codons[0]) == (A, T, G) and coding[0][1] - coding[0][0] >= 3
        if len(spliced) % 3 or not starts_well or not stops[-1].any() or stops[:-1].any():
            return  # a read-through stop, another start codon, or an unfinished model
        wanted = sure.copy()
        wanted[:3] = wanted[-3:] = False
        self.coding.count(spliced, wanted)
        if sure[-3:].all():
            self.stops += stops[-1]
        if certain[coding[0][0]]:
            self.start.count(codes, coding[0][0])

    def _add_intron(self, codes: Codes, certain: Bools, start: int, end: int) -> None:
        donor, acceptor = tuple(codes[start : start + 2]), tuple(codes[end - 2 : end])
        if end - start < SHORTEST or donor not in ((G, T), (G, C)) or acceptor != (A, G):
            return
        if not (certain[start - 1 : start + 1].all() and certain[end - 1 : end + 1].all()):
            return
        self.donor.count(codes, start)
        self.acceptor.count(codes, end)
        self.intron_lengths.append(end - start)
        inner = slice(start + DONOR_AFTER, end - ACCEPTOR_BEFORE)
        self.intron.count(codes[inner], certain[inner])

    def _add_utr(self, transcript: Transcript, bases: Bases) -> None:
        left = transcript.coding[0][0] - transcript.exons[0][0]
        right = transcript.exons[-1][1] - transcript.coding[-1][1]
        for place, outside in enumerate((left, right) if transcript.strand > 0 else (right, left)):
            self.with_utr[place] += outside > 0
        for start, _ in spans_between(transcript.exons):
            if start <= transcript.coding[0][0] or start >= transcript.coding[-1][1]:
                is_left = start <= transcript.coding[0][0]
                self.utr_introns[0 if is_left == (transcript.strand > 0) else 1] += 1

    def finish(self, settings: Settings) -> None:
        """From counts to probabilities."""
        for chain in (self.coding, self.utr5, self.utr3):
            chain.finish(settings.smoothing)
        self.intron.finish(settings.smoothing, self.inter if settings.shared else None)
        self.inter.finish(settings.smoothing, self.intron if settings.shared else None)
        for site in (self.donor, self.acceptor, self.start):
            site.finish(10.0)

    def intron_logs(self) -> tuple[list[float], float]:
        """The log probability of each intron length up to TAIL, and of one more base after that.

        A kernel estimate on the logarithm of the length; one base beyond TAIL has the last of the list.
        """
        lengths = np.array(self.intron_lengths, dtype=np.float64)
        shortest = max(SHORTEST, round(float(np.quantile(lengths, 0.002))))
        grid = np.arange(1, TAIL + 1)
        width = 0.06
        density = np.zeros(TAIL)
        for length in lengths:
            density += np.exp(-0.5 * (np.log(grid / length) / width) ** 2) / grid
        density /= len(lengths) * width * math.sqrt(2 * math.pi)
        density += 0.01 / TAIL
        density[: shortest - 1] = 0.0
        longer = lengths[lengths > TAIL]
        share = (len(longer) + 0.5) / (len(lengths) + 1)
        going_on = 1 - 1 / (float(longer.mean()) - TAIL if len(longer) else 200.0)
        density *= (1 - share) / density.sum()
        with np.errstate(divide="ignore"):
            logs = np.log(density).tolist()
        return [NEVER, *logs, math.log(share * (1 - going_on))], math.log(going_on)


# --- Searching --------------------------------------------------------------------------------

BEGINS, ENDS, DEAD, LEAVES, ENTERS = 1, 2, 4, 8, 16
"""What may happen at a boundary, from left to right: a gene begins or ends there, a stop codon in the
frame has just passed, an intron begins, an intron ends."""

IN_UTR = 9
"""Kinds of intron: 3 * (bases of the codon on its left) + (what these are), then by the UTR it is in."""
KINDS = IN_UTR + 2

Trace = tuple[Any, int, str, int]  # the path before, and of its last run: start, label, strand


def quick(values: NDArray[Any]) -> array[float]:
    """Numbers to be read one by one, without a numpy object for each."""
    return array("d", np.ascontiguousarray(values, dtype=np.float64).tobytes())


def sums(values: Floats) -> Floats:
    """The sum of everything before each boundary, along the last axis."""
    zero = np.zeros((*values.shape[:-1], 1))
    return np.concatenate([zero, np.cumsum(values, axis=-1)], axis=-1)


def back(values: NDArray[Value], number: int) -> NDArray[Value]:
    """What ``values`` is ``number`` boundaries to the left (to the right where negative); at the ends, the end's."""
    at = np.clip(np.arange(values.shape[-1]) - number, 0, values.shape[-1] - 1)
    moved: NDArray[Value] = values[..., at]
    return moved


def short_context_gain(logs: list[Floats], place: int, known_before: int) -> Floats:
    """What the first bases at a boundary gain when their contexts hold only the exon's own bases.

    ``place``: the codon place of the first base; ``known_before``: how many bases of the exon precede it.
    """
    full = logs[ORDER]
    total = np.zeros(full.shape[-1] + 1)
    for order in range(known_before, ORDER):
        step = order - known_before
        gain = (logs[order] - full)[(place + step) % 3]
        total += back(np.append(gain, 0.0), -step)
    return total


def codons_at(codes: Codes, codons: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Which of the codons begins at each boundary; -1 for none."""
    found = np.full(len(codes) + 1, -1)
    for number, (first, second, third) in enumerate(codons):
        here = (codes[:-2] == first) & (codes[1:-1] == second) & (codes[2:] == third)
        found[:-3][here] = number
    return found


@dataclass(frozen=True)
class Rates:
    """Log probabilities of the transitions, from the counts and the two weights of the settings."""

    gene: float  # at an intergenic base, of a gene on a given strand
    has_utr: tuple[float, float]
    has_no_utr: tuple[float, float]
    utr_ends: tuple[float, float]  # at a UTR base
    utr_intron: tuple[float, float]
    utr_stays: tuple[float, float]
    intron: float  # at a coding base
    stop: float  # at a codon
    coding_stays: float  # at a coding base
    inter_stays: float

    @classmethod
    def of(cls, counted: Parameters, settings: Settings) -> Rates:
        gene = counted.dense_genes / counted.inter_bases
        utr = [(count + 0.5) / (counted.dense_genes + 1) if settings.utr else 0.0 for count in counted.with_utr]
        bases = [count + 100 for count in counted.utr_bases]
        ends = [(count + 1) / total for count, total in zip(counted.with_utr, bases)]
        introns = [(count + 0.1) / total for count, total in zip(counted.utr_introns, bases)]
        intron = counted.coding_introns / counted.coding_bases
        stop = 3 * counted.genes / counted.coding_bases

        def log(value: float) -> float:
            return math.log(value) if value else NEVER

        return cls(
            gene=log(gene / 2) + settings.gene,
            has_utr=(log(utr[0]), log(utr[1])),
            has_no_utr=(log(1 - utr[0]), log(1 - utr[1])),
            utr_ends=(log(ends[0]), log(ends[1])),
            utr_intron=(log(introns[0]) + settings.intron, log(introns[1]) + settings.intron),
            utr_stays=(log(1 - ends[0] - introns[0]), log(1 - ends[1] - introns[1])),
            intron=log(intron) + settings.intron,
            stop=log(stop),
            coding_stays=log(1 - intron) + log(1 - stop) / 3,
            inter_stays=log(1 - gene),
        )


class Strand:
    """What the search asks of one strand, by boundary from left to right.

    A state that begins at boundary b with the log probability v is kept as v minus the sum of the
    state's bases before b; at a later boundary t it is worth that plus the sum before t.  So each of
    these arrays holds such sums for the state that is left, or entered, or both.  ``left`` and
    ``right`` are the UTRs on either side of the gene, 5' and 3' or the other way round.
    """

    def __init__(self, codes: Codes, counted: Parameters, rates: Rates, between: Floats, reverse: bool) -> None:
        own = reverse_complement(codes) if reverse else codes
        turn = slice(None, None, -1 if reverse else 1)
        boundaries = np.arange(len(codes) + 1)
        bases = boundaries[:-1]
        frames = np.arange(3)[:, None]  # a frame's codons begin at boundaries that leave this by 3
        self.sign = -1 if reverse else 1

        logs = counted.coding.logs(own)
        by_place = logs[ORDER][:, turn] + rates.coding_stays
        places = (bases - frames) % 3
        coding = sums(by_place[2 - places if reverse else places, bases])
        of_codon = coding[boundaries % 3, boundaries]  # in the frame of a codon that begins or ends there
        intron = sums(counted.intron.logs(own)[ORDER][0, turn])
        utr5 = sums(counted.utr5.logs(own)[ORDER][0, turn] + rates.utr_stays[0])
        utr3 = sums(counted.utr3.logs(own)[ORDER][0, turn] + rates.utr_stays[1])
        left, right = (utr3, utr5) if reverse else (utr5, utr3)
        at_left, at_right = (1, 0) if reverse else (0, 1)
        self.utr_sums = quick(left), quick(right)

        donor, acceptor, start = (site.scores(own)[turn] for site in (counted.donor, counted.acceptor, counted.start))
        stop_number = codons_at(own, STOPS)[turn]
        stop = np.log(counted.stops / counted.stops.sum())[stop_number]
        is_start = codons_at(own, [(A, T, G)])[turn] >= 0
        is_stop = stop_number >= 0
        pairs = np.append(own[:-1].astype(np.int64) * 8 + own[1:], [-1, -1])
        is_donor = ((pairs == G * 8 + T) | (pairs == G * 8 + C))[turn]
        is_acceptor = np.append([False, False], pairs[:-2] == A * 8 + G)[turn]

        # The first bases of an exon have short contexts.  The acceptor's chain holds the very first.
        after_start = short_context_gain(logs, 0, 3)[turn]
        after_acceptor = np.stack([short_context_gain(logs, place, 1)[turn] for place in (1, 2, 0)])
        on_left = (boundaries - frames) % 3  # bases of a codon of each frame

        if reverse:
            begins, ends, dead = back(is_stop, -3), is_start, is_stop
            begin = back(stop, -3) - back(of_codon, -3)
            end = start + back(of_codon + after_start, 3) + rates.stop
            begin_from, end_to = 0, START_BEFORE
            leaves, enters = is_acceptor, is_donor
            self.leave = acceptor - back(intron, -ACCEPTOR_BEFORE) + rates.intron
            self.leave_coding = back(coding, 1) + back(after_acceptor, 1)[(3 - on_left) % 3, boundaries]
            self.enter = donor + back(intron, DONOR_AFTER)
            self.enter_coding = -back(coding, -DONOR_BEFORE)
            leave_utr, enter_utr = 1, DONOR_BEFORE
        else:
            begins, ends, dead = is_start, back(is_stop, 3), back(is_stop, 3)
            begin = start - back(of_codon, -3) + back(after_start, -3)
            end = back(stop, 3) + back(of_codon, 3) + rates.stop
            begin_from, end_to = START_BEFORE, 0
            leaves, enters = is_donor, is_acceptor
            self.leave = donor - back(intron, -DONOR_AFTER) + rates.intron
            self.leave_coding = back(coding, DONOR_BEFORE)
            self.enter = acceptor + back(intron, ACCEPTOR_BEFORE)
            self.enter_coding = back(after_acceptor, -1)[on_left, boundaries] - back(coding, -1)
            leave_utr, enter_utr = DONOR_BEFORE, 1

        self.begin_between = quick(begin + back(between, begin_from) + rates.gene + rates.has_no_utr[at_left])
        self.begin_utr = quick(begin + back(left, begin_from) + rates.utr_ends[at_left])
        self.end_between = quick(end - back(between, -end_to) + rates.has_no_utr[at_right])
        self.end_utr = quick(end - back(right, -end_to) + rates.has_utr[at_right])
        self.utr_begins = quick(between - left + rates.gene + rates.has_utr[at_left])
        self.utr_ends = quick(right - between + rates.utr_ends[at_right])
        self.leave_utr = [
            quick(self.leave + back(state, leave_utr) + rates.utr_intron[at] - rates.intron)
            for state, at in ((left, at_left), (right, at_right))
        ]
        self.enter_utr = [quick(self.enter - back(state, -enter_utr)) for state in (left, right)]
        self.leave_frames = [quick(self.leave + state) for state in self.leave_coding]
        self.enter_frames = [quick(self.enter + state) for state in self.enter_coding]
        self.coding_sums = [quick(state) for state in coding]
        self.intron_sum = float(intron[-1])

        middle = (boundaries >= EDGE) & (boundaries <= len(codes) - EDGE)
        self.events = (dead * DEAD).astype(np.int64)
        for flag, where in ((BEGINS, begins), (ENDS, ends), (LEAVES, leaves), (ENTERS, enters)):
            self.events += flag * (where & middle)
        self.left_kinds, self.blocked = codon_parts(codes, reverse)


def codon_parts(codes: Codes, reverse: bool) -> tuple[list[bytes], list[tuple[int, ...]]]:
    """What an intron must remember so that no stop codon lies across it.

    The kind of an intron that begins at each boundary with 0, 1 or 2 bases of a codon on its left;
    and the kinds that cannot end at each boundary.
    """
    padded = np.concatenate([[UNKNOWN_BASE] * 2, codes, [UNKNOWN_BASE] * 2])
    size = len(codes) + 1
    before2, before1, after1, after2 = (padded[place : place + size] for place in range(4))
    one, two = np.full(size, 3), np.full(size, 6)
    if reverse:  # the complement, from right to left
        one += (before1 == T) + 2 * (before1 == C)  # ..A, ..G
        two += ((before1 == T) & ((before2 == T) | (before2 == C))) | ((before1 == C) & (before2 == T))
        t_a, t_g = (after2 == A) & (after1 == T), (after2 == A) & (after1 == C)
        masks = {4: t_a | t_g, 5: t_a, 7: after1 == A}
    else:
        one += before1 == T
        two += ((before2 == T) & (before1 == A)) + 2 * ((before2 == T) & (before1 == G))
        completes = ((after1 == A) & ((after2 == A) | (after2 == G))) | ((after1 == G) & (after2 == A))
        masks = {4: completes, 7: (after1 == A) | (after1 == G), 8: after1 == A}
    code = sum((mask.astype(np.int64) << kind) for kind, mask in masks.items())
    blocked = {
        int(value): tuple(kind for kind in range(KINDS) if not int(value) >> kind & 1) for value in np.unique(code)
    }
    kinds = [np.zeros(size), one, two]
    return [kind.astype(np.uint8).tobytes() for kind in kinds], [blocked[value] for value in code.tolist()]


def find_genes(codes: Codes, counted: Parameters, settings: Settings) -> list[tuple[int, int, str, int]]:
    """The runs of the most probable path, (start, end, label, strand), those between genes left out."""
    length = len(codes)
    rates = Rates.of(counted, settings)
    between_sums = sums(counted.inter.logs(codes)[ORDER][0] + rates.inter_stays)
    strands = [Strand(codes, counted, rates, between_sums, reverse) for reverse in (False, True)]
    length_logs, going_on = counted.intron_logs()
    shares = np.log((counted.shares + 1) / counted.shares.sum())

    # The states, each with its worth and its path: between genes; coding by strand and frame; UTR by
    # strand and side; introns that may end by strand, the long ones by kind.
    path: Trace = (None, 0, "intergenic", 0)
    between, between_path = float(shares[INTER]), path
    coding = [float(shares[CDS]) - math.log(6)] * 6
    coding_paths: list[Trace] = [(None, 0, "exon", sign) for sign in (1, 1, 1, -1, -1, -1)]
    utr = [NEVER] * 4
    utr_paths = [path] * 4
    recent: list[deque[tuple[int, int, float, Trace]]] = [deque(), deque()]
    long = [
        [float(shares[INTRON]) - math.log(12) if kind < IN_UTR else NEVER for kind in range(KINDS)] for _ in strands
    ]
    long_paths: list[list[Trace]] = [[(None, 0, "intron", strand.sign)] * KINDS for strand in strands]
    pending: list[list[tuple[int, float, Trace]]] = [[] for _ in range(4)]
    events = [strand.events.tolist() for strand in strands]
    any_event = [first | second for first, second in zip(*events)]
    (forward, reverse), with_utr = strands, settings.utr

    for place in range(1, length):
        if any_event[place] or pending[place & 3]:
            frame = place % 3
            for side, strand in enumerate(strands):
                event = events[side][place]
                if not event:
                    continue
                state = 3 * side + frame
                if event & ENDS and coding[state] > NEVER:
                    value = coding[state] + strand.end_between[place]
                    if value > between:
                        between, between_path = value, (coding_paths[state], place, "intergenic", 0)
                    value = coding[state] + strand.end_utr[place]
                    if value > utr[2 * side + 1]:
                        utr[2 * side + 1] = value
                        utr_paths[2 * side + 1] = (coding_paths[state], place, "utr", strand.sign)
                if event & DEAD:
                    coding[state] = NEVER
                if event & LEAVES:
                    for left in range(3):
                        state = 3 * side + (frame - left) % 3
                        if coding[state] > NEVER:
                            value = coding[state] + strand.leave_frames[(frame - left) % 3][place]
                            path = (coding_paths[state], place, "intron", strand.sign)
                            recent[side].append((place, strand.left_kinds[left][place], value, path))
                    if with_utr:
                        for which in range(2):
                            value = utr[2 * side + which] + strand.leave_utr[which][place]
                            if value > NEVER:
                                path = (utr_paths[2 * side + which], place, "intron", strand.sign)
                                recent[side].append((place, IN_UTR + which, value, path))
            # An exon that begins inside a codon counts from the next codon on, after DEAD.
            for state, value, path in pending[place & 3]:
                if value > coding[state]:
                    coding[state], coding_paths[state] = value, path
            pending[place & 3].clear()
            for side, strand in enumerate(strands):
                event = events[side][place]
                if event & ENTERS:
                    introns, worth, paths = recent[side], long[side], long_paths[side]
                    while introns and introns[0][0] < place - TAIL:
                        begun, kind, value, path = introns.popleft()
                        value += length_logs[-1] - going_on * (begun + TAIL + 1)
                        if value > worth[kind]:
                            worth[kind], paths[kind] = value, path
                    best = [value + going_on * place for value in worth]
                    best_paths = paths.copy()
                    for begun, kind, value, path in introns:
                        value += length_logs[place - begun]
                        if value > best[kind]:
                            best[kind], best_paths[kind] = value, path
                    allowed = strand.blocked[place]
                    phases = [NEVER] * 3
                    chosen = [0] * 3
                    for kind in allowed:
                        value = best[kind]
                        if kind >= IN_UTR:
                            value += strand.enter_utr[kind - IN_UTR][place]
                            state = 2 * side + kind - IN_UTR
                            if value > utr[state]:
                                utr[state] = value
                                utr_paths[state] = (best_paths[kind], place, "utr", strand.sign)
                        elif value > phases[kind // 3]:
                            phases[kind // 3], chosen[kind // 3] = value, kind
                    for left in range(3):
                        if phases[left] > NEVER:
                            its_frame = (frame - left) % 3
                            value = phases[left] + strand.enter_frames[its_frame][place]
                            path = (best_paths[chosen[left]], place, "exon", strand.sign)
                            if left:
                                pending[(place + 3 - left) & 3].append((3 * side + its_frame, value, path))
                            elif value > coding[3 * side + its_frame]:
                                coding[3 * side + its_frame], coding_paths[3 * side + its_frame] = value, path
                if event & BEGINS:
                    value, path = between + strand.begin_between[place], between_path
                    if with_utr and utr[2 * side] + strand.begin_utr[place] > value:
                        value, path = utr[2 * side] + strand.begin_utr[place], utr_paths[2 * side]
                    pending[(place + 3) & 3].append((3 * side + frame, value, (path, place, "exon", strand.sign)))
        if with_utr:
            for right, strand in ((1, forward), (3, reverse)):
                if utr[right] + strand.utr_ends[place] > between:
                    between = utr[right] + strand.utr_ends[place]
                    between_path = (utr_paths[right], place, "intergenic", 0)
            for left, strand in ((0, forward), (2, reverse)):
                if between + strand.utr_begins[place] > utr[left]:
                    utr[left] = between + strand.utr_begins[place]
                    utr_paths[left] = (between_path, place, "utr", strand.sign)

    ended = [(between + float(between_sums[-1]), between_path)]
    for side, strand in enumerate(strands):
        ended += [(coding[3 * side + at] + strand.coding_sums[at][-1], coding_paths[3 * side + at]) for at in range(3)]
        ended += [(utr[2 * side + at] + strand.utr_sums[at][-1], utr_paths[2 * side + at]) for at in range(2)]
        tails = zip(long[side], long_paths[side])
        ended += [(value + strand.intron_sum + going_on * length, found) for value, found in tails]
    return runs_of(max(ended, key=lambda pair: pair[0])[1], length)


def runs_of(path: Trace, end: int) -> list[tuple[int, int, str, int]]:
    """The runs of a path from left to right, those between genes left out."""
    runs = []
    at: Trace | None = path
    while at is not None:
        before, start, label, strand = at
        if label != "intergenic" and start < end:
            runs.append((start, end, label, strand))
        end, at = start, before
    return runs[::-1]


# --- The whole --------------------------------------------------------------------------------


def predict(genes: GeneSet, counted: Parameters, settings: Settings) -> list[Region]:
    """The regions of all records of a set."""
    return [
        Region(record, *run)
        for record, sequence in genes.sequences.items()
        for run in find_genes(encode(sequence), counted, settings)
    ]


def count_sets(sets: Sequence[tuple[GeneSet, bool]]) -> Parameters:
    """The counts of all sets; with each, whether its intergenic bases are to be trusted."""
    counted = Parameters()
    for genes, annotated in sets:
        counted.add(genes, annotated)
    return counted


def train_sets(data: Path, organism: Organism) -> list[tuple[GeneSet, bool]]:
    """An organism's train sets; with each, whether its intergenic bases are to be trusted."""
    sets = [(read_set(data, f"{name}.train"), True) for name in organism.annotated]
    sets += [(read_set(data, f"{name}.train"), False) for name in organism.without_utr]
    for genes, _ in sets:
        for record in organism.unlike:
            genes.sequences.pop(record, None)
            genes.bases.pop(record, None)
    return sets


def target(scores: Scores) -> float:
    """What the tuning raises: the mean F1 of the labels of bases and the F1 of coding exons, half and half."""
    labels = [found.f1 for found in scores.bases.values()]
    return (sum(labels) / len(labels) + scores.exons.f1) / 2


def tune(data: Path, organism: Organism) -> Settings:
    """The settings that are best on the part of the train sets that is held out, all combinations tried."""
    name, record, start, end = organism.held_out
    rest, held = [], None
    for genes, annotated in train_sets(data, organism):
        if genes.name == f"{name}.train":
            genes, held = divide(genes, record, start, end)
        rest.append((genes, annotated))
    if held is None:
        raise SystemExit(f"no set {name}.train to hold out {record} of")
    counted = count_sets(rest)
    best, best_value = organism.settings, NEVER
    for utr, shared, smoothing, gene, intron in product(
        (held.has_utr,),
        (True, False),
        (100.0, 300.0, 1000.0),
        (-6.0, -3.0, 0.0),
        (-4.5, -3.0, -1.5, 0.0),
    ):
        settings = Settings(smoothing, gene, intron, utr, shared)
        counted.finish(settings)
        scores = score(predict(held, counted, settings), held)
        value = target(scores)
        parts = " ".join(f"{label} {found.f1:.4f}" for label, found in scores.bases.items())
        print(f"{value:.4f} {parts} coding exons {scores.exons.f1:.4f} {settings}", flush=True)
        if value > best_value:
            best, best_value = settings, value
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", choices=sorted(ORGANISMS), required=True)
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the prediction for the dev set there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the scores there")
    parser.add_argument("--tune", action="store_true", help="choose the settings on held-out train records; no dev")
    arguments = parser.parse_args()
    organism = ORGANISMS[arguments.set]
    begun = time.perf_counter()
    if arguments.tune:
        print(f"best: {tune(arguments.data, organism)} ({time.perf_counter() - begun:.0f} s)")
        return
    counted = count_sets(train_sets(arguments.data, organism))
    counted.finish(organism.settings)
    counted_at = time.perf_counter()
    genes = read_set(arguments.data, f"{arguments.set}.dev")
    regions = predict(genes, counted, organism.settings)
    seconds = time.perf_counter() - counted_at
    total = sum(map(len, genes.sequences.values()))
    print(
        f"{arguments.set}: counted in {counted_at - begun:.1f} s, {total:,} bases read and searched in {seconds:.1f} s"
    )
    if arguments.output:
        write_prediction(arguments.output, regions)
    scores = score(regions, genes)
    print("\n".join(table_lines(scores)))
    if arguments.json:
        plain = json.loads(json.dumps(scores.plain()), parse_constant=lambda _: None)  # no NaN in JSON
        arguments.json.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

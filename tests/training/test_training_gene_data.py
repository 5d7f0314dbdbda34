"""A genome made by hand: what each letter may be, on either strand, and what is told of damaged files."""

from __future__ import annotations

import gzip
import lzma
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from seqtool.engine.genes.kmers import codes
from seqtool.errors import DataError, InputError, SeqtoolError
from seqtool.training.genes.data import ALL, CLASS_INDEX, CLASSES, Genome, read_genomes
from seqtool.training.genes.recipe import GeneDataSettings

# (first, last, label, strand, ambiguous), from 1, ends included, as the files have them.
Run = tuple[int, int, str, str, int]
# (first, last, strand, phase) of a coding part.
Part = tuple[int, int, str, int]

LETTERS = "ACGTACATGGCCAAGTAAAGCTTAATTCCNNGGTTACTGGGACGTACCCATGGGTTTACG"
RUNS: list[Run] = [
    (1, 5, "inter", ".", 0),
    (6, 8, "utr5", "+", 0),
    (9, 15, "cds", "+", 0),
    (16, 20, "intron", "+", 0),
    (21, 25, "cds", "+", 0),
    (26, 27, "utr3", "+", 0),
    (28, 30, "inter", ".", 0),
    (31, 32, "utr3", "-", 0),
    (33, 36, "cds", "-", 0),
    (37, 40, "intron", "-", 0),
    (41, 48, "cds", "-", 0),
    (49, 50, "utr5", "-", 0),
    (51, 53, "nc", "+", 0),
    (54, 56, "inter", ".", 1),
    (57, 60, "inter", ".", 0),
]
PARTS: list[Part] = [(9, 15, "+", 0), (21, 25, "+", 2), (41, 48, "-", 0), (33, 36, "-", 1)]
# A sign a letter: . between genes, 012 in capitals' places below, i intron, u and v the untranslated
# ends, ? anything; the second line says the strand.
SIGNS = ".....uuu0120120iiiii12012vv...vv2102iiii10210210uu??????...."
STRANDS = "     ++++++++++++++++++++++   --------------------          "
NAMES = {"0": "exon0", "1": "exon1", "2": "exon2", "i": "intron", "u": "utr5", "v": "utr3"}

Write = Callable[..., GeneDataSettings]


def expected_bits() -> list[int]:
    found = []
    for sign, strand in zip(SIGNS, STRANDS, strict=True):
        if sign == "?":
            found.append(ALL)
        else:
            found.append(1 if sign == "." else 1 << CLASS_INDEX[NAMES[sign] + strand])
    return found


def gff_of(parts: Sequence[Part], name: str = "g", number: str = "1") -> str:
    """One gene a strand, its isoform canonical."""
    lines = []
    for strand in "+-":
        here = [part for part in parts if part[2] == strand]
        if here:
            span = f"{min(part[0] for part in here)}\t{max(part[1] for part in here)}\t.\t{strand}"
            gene, transcript = f"G{number}{strand}", f"T{number}{strand}"
            lines.append(f"{name}\thand\tgene\t{span}\t.\tID={gene};class=Verified")
            lines.append(f"{name}\thand\tmRNA\t{span}\t.\tID={transcript};Parent={gene};canonical=1")
            lines += [
                f"{name}\thand\tCDS\t{first}\t{last}\t.\t{strand}\t{phase}\tParent={transcript}"
                for first, last, _, phase in here
            ]
    return "".join(line + "\n" for line in lines)


def runs_of(runs: Sequence[Run], name: str = "g") -> str:
    return "".join("\t".join(map(str, (name, *run))) + "\n" for run in runs)


HEAD = "seq\tstart\tend\tlabel\tstrand\tambiguous\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """write(letters, runs, parts) or with texts= writes the three files."""

    def call(
        letters: str = LETTERS,
        runs: Sequence[Run] = RUNS,
        parts: Sequence[Part] = PARTS,
        *,
        fasta: str | None = None,
        runs_text: str | None = None,
        gff: str | None = None,
        utr: bool = True,
        weight: float = 1.0,
    ) -> GeneDataSettings:
        (tmp_path / "g.fa").write_text(fasta if fasta is not None else f">g hand-made\n{letters}\n")
        (tmp_path / "g.tsv").write_text(runs_text if runs_text is not None else HEAD + runs_of(runs))
        (tmp_path / "g.gff3").write_text(gff if gff is not None else "##gff-version 3\n" + gff_of(parts))
        return GeneDataSettings(
            str(tmp_path / "g.fa"), str(tmp_path / "g.tsv"), str(tmp_path / "g.gff3"), utr=utr, weight=weight
        )

    return call


def read(settings: GeneDataSettings) -> list[Genome]:
    return list(read_genomes(settings, ()))


def names_of(bits: int) -> set[str]:
    return {name for place, name in enumerate(CLASSES) if bits >> place & 1}


def test_classes_and_codon_positions_by_hand(write: Write) -> None:
    (genome,) = read(write())
    assert genome.name == "g" and genome.weight == 1.0
    assert genome.letters.tolist() == codes(LETTERS.encode()).tolist()
    assert [names_of(bits) for bits in genome.possible.tolist()] == [names_of(bits) for bits in expected_bits()]


def test_a_part_and_a_weight(write: Write) -> None:
    (genome,) = read(replace(write(weight=2.5), dialect="yeasts"))
    part = genome.part(8, 36)
    assert {genome.dialect, part.dialect, part.turned().dialect} == {"yeasts"}
    assert (genome.weight, part.weight, part.turned().weight) == (2.5, 2.5, 2.5)
    assert part.possible.tolist() == expected_bits()[8:36] and part.letters.tolist() == genome.letters[8:36].tolist()


def test_without_annotated_ends(write: Write) -> None:
    """Where untranslated ends are not annotated, what is between genes may be one of either strand."""
    (genome,) = read(write(utr=False))
    between = {"intergenic", "utr5+", "utr3+", "utr5-", "utr3-"}
    for sign, strand, bits in zip(SIGNS, STRANDS, genome.possible.tolist(), strict=True):
        if sign == ".":
            assert names_of(bits) == between
        elif sign == "?":
            assert bits == ALL
        else:
            assert names_of(bits) == {NAMES[sign] + strand}


def test_ambiguous_letters_may_be_anything(write: Write) -> None:
    """A coding part, too, although its GFF lines say where its codons are."""
    doubted = [(*run[:4], 1) if run[:2] in ((9, 15), (41, 48)) else run for run in RUNS]
    (genome,) = read(write(runs=doubted))
    expected = expected_bits()
    expected[8:15] = [ALL] * 7
    expected[40:48] = [ALL] * 8
    assert genome.possible.tolist() == expected


def test_another_label_wins_over_the_codons(write: Write) -> None:
    runs = [(first, last, "nc" if first == 9 else label, *rest) for first, last, label, *rest in RUNS]
    (genome,) = read(write(runs=runs))
    assert genome.possible.tolist()[8:15] == [ALL] * 7
    assert genome.possible.tolist()[20:25] == expected_bits()[20:25]


def test_coding_without_codons(write: Write) -> None:
    """Without a line that says the phase, a coding letter may stand anywhere in its codon."""
    (genome,) = read(write(gff="##gff-version 3\n"))
    assert names_of(int(genome.possible[9])) == {"exon0+", "exon1+", "exon2+"}
    assert names_of(int(genome.possible[34])) == {"exon0-", "exon1-", "exon2-"}


@pytest.mark.parametrize("phase", [0, 1, 2])
@pytest.mark.parametrize("length", [1, 2, 3, 7])
@pytest.mark.parametrize("strand", ["+", "-"])
def test_phases(write: Write, phase: int, length: int, strand: str) -> None:
    """The phase is how many letters of a part belong to a codon that began before it."""
    runs = [(1, 2, "inter", ".", 0), (3, 2 + length, "cds", strand, 0), (3 + length, 12, "inter", ".", 0)]
    (genome,) = read(write("A" * 12, runs, [(3, 2 + length, strand, phase)]))
    found = [CLASSES[int(bits).bit_length() - 1] for bits in genome.possible[2 : 2 + length]]
    in_reading = found if strand == "+" else found[::-1]
    expected = [f"exon{(place - phase) % 3}{strand}" for place in range(length)]
    assert in_reading == expected


def mirrored(runs: Sequence[Run], parts: Sequence[Part], length: int) -> tuple[list[Run], list[Part]]:
    """The annotation of the other strand."""
    other = {"+": "-", "-": "+", ".": "."}
    turned_runs = [
        (length + 1 - last, length + 1 - first, label, other[strand], doubt)
        for first, last, label, strand, doubt in reversed(runs)
    ]
    turned_parts = [
        (length + 1 - last, length + 1 - first, other[strand], phase) for first, last, strand, phase in parts
    ]
    return turned_runs, turned_parts


def complement(letters: str) -> str:
    return letters.translate(str.maketrans("ACGT", "TGCA"))[::-1]


@pytest.mark.parametrize("utr", [True, False])
def test_turned_is_the_annotation_of_the_other_strand(write: Write, utr: bool) -> None:
    (genome,) = read(write(utr=utr))
    runs, parts = mirrored(RUNS, PARTS, len(LETTERS))
    (other,) = read(write(complement(LETTERS), runs, parts, utr=utr))
    turned = genome.turned()
    assert turned.letters.tolist() == other.letters.tolist()
    assert turned.possible.tolist() == other.possible.tolist()
    assert turned.possible.dtype == genome.possible.dtype
    again = turned.turned()
    assert again.letters.tolist() == genome.letters.tolist()
    assert again.possible.tolist() == genome.possible.tolist()


@pytest.mark.parametrize("seed", range(10))
def test_turned_of_random_annotations(write: Write, seed: int) -> None:
    chance = random.Random(seed)
    runs: list[Run] = []
    parts: list[Part] = []
    place = 1
    while place < 300:
        length = chance.randint(1, 20)
        label = chance.choice(["inter", "cds", "intron", "utr5", "utr3", "nc"])
        strand = "." if label == "inter" else chance.choice("+-")
        runs.append((place, place + length - 1, label, strand, int(chance.random() < 0.1)))
        if label == "cds" and chance.random() < 0.8:
            parts.append((place, place + length - 1, strand, chance.randrange(3)))
        place += length
    letters = "".join(chance.choices("ACGTN", k=place - 1))
    (genome,) = read(write(letters, runs, parts))
    (other,) = read(write(complement(letters), *mirrored(runs, parts, len(letters))))
    assert genome.turned().letters.tolist() == other.letters.tolist()
    assert genome.turned().possible.tolist() == other.possible.tolist()


def test_several_records_packed_in_any_case(write: Write, tmp_path: Path) -> None:
    settings = write(
        fasta=f">g one\n{LETTERS[:20]}\r\n{LETTERS[20:].lower()}\n>h\nACGT\n>i\nAC\n",
        runs_text=HEAD
        + runs_of(RUNS)
        + runs_of([(1, 2, "inter", ".", 0)], "i")
        + runs_of([(1, 4, "cds", "-", 0)], "h"),
        gff=gff_of(PARTS) + "\n# a comment\n" + gff_of([(1, 4, "-", 1)], "h", "2"),
    )
    for kind, packer, ending in (("file", gzip.compress, ".gz"), ("runs", lzma.compress, ".xz")):
        path = Path(getattr(settings, kind))
        packed = path.with_name(path.name + ending)
        packed.write_bytes(packer(path.read_bytes()))
        settings = replace(settings, **{kind: str(packed)})  # type: ignore[arg-type]
    first, second, third = read(settings)
    assert [first.name, second.name, third.name] == ["g", "h", "i"]
    assert first.possible.tolist() == expected_bits()
    assert [CLASSES[int(bits).bit_length() - 1] for bits in second.possible] == ["exon2-", "exon1-", "exon0-", "exon2-"]
    assert third.possible.tolist() == [1, 1]


def test_what_is_not_canonical_says_nothing(write: Write) -> None:
    """Other isoforms, and genes of the class Dubious, do not say where the codons are."""
    other = gff_of([(9, 15, "+", 1)], number="2").replace(";canonical=1", "")
    dubious = gff_of([(41, 48, "-", 1)], number="3").replace("class=Verified", "class=Dubious")
    (genome,) = read(write(gff=gff_of(PARTS) + other + dubious))
    assert genome.possible.tolist() == expected_bits()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"runs_text": ""}, "g.tsv"),
        ({"runs_text": "seq\tstart\tend\tlabel\tstrand\n"}, r"g.tsv:1: "),
        ({"runs_text": HEAD + "g\t1\t60\tinter\t.\n"}, r"g.tsv:2: "),
        ({"runs_text": HEAD + "g\t1\tsixty\tinter\t.\t0\n"}, r"g.tsv:2: "),
        ({"runs_text": HEAD + runs_of(RUNS[:-1])}, "do not cover"),
        ({"runs_text": HEAD + runs_of([*RUNS, (61, 61, "inter", ".", 0)])}, "do not cover"),
        ({"runs_text": HEAD + runs_of(RUNS, "h")}, "'g'"),
        ({"runs_text": HEAD + runs_of([RUNS[0], *RUNS[2:]])}, "do not cover"),  # a hole
        ({"runs_text": HEAD + runs_of([(1, 60, "promoter", "+", 0)])}, "promoter"),
        ({"runs_text": HEAD + runs_of([(1, 60, "cds", ".", 0)])}, r"g.tsv"),
        ({"gff": "g\thand\tCDS\t9\n"}, r"g.gff3:1: "),
        ({"gff": gff_of(PARTS).replace("\t9\t15", "\tnine\t15")}, r"g.gff3:"),
        ({"fasta": "ACGT\n"}, "g.fa"),
        ({"fasta": ""}, "g.fa"),
    ],
)
def test_damaged_files_are_named(write: Write, changes: dict[str, str], named: str) -> None:
    settings = write(**changes)
    with pytest.raises((DataError, InputError), match=named):
        if not read(settings):  # no record at all
            raise DataError("g.fa")


def test_a_file_that_is_not_there(write: Write, tmp_path: Path) -> None:
    settings = write()
    for kind in ("file", "runs", "genes"):
        with pytest.raises(SeqtoolError, match="none"):
            read(replace(settings, **{kind: str(tmp_path / "none")}))  # type: ignore[arg-type]

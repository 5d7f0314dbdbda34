"""The grammar of genes: the rules of coding, checked on the paths themselves by other means, on both strands."""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from seqtool.decoding.grammar import Grammar
from seqtool.engine.genes.kmers import codes, kmers
from seqtool.engine.genes.tagger import dialect_tables
from seqtool.training.genes.data import CLASS_INDEX, CLASSES, TURNED, Genome, between_genes
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


@pytest.fixture(scope="module")
def genes() -> Grammar:
    return Grammar.from_table(TABLE, CLASSES)


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


@pytest.mark.parametrize(
    ("parts", "rules"),
    [
        (["out:CC", "exon:ATGGCCTAA", "out:CC"], []),
        (["out:CC", "utr5:GG", "exon:ATGTGA", "utr3:A", "out:C"], []),
        (["out:C", "exon:ATGGC", "intron:GTAG", "exon:CTAA", "out:C"], []),
        (["out:C", "exon:ATGG", "intron:GCAAAG", "exon:CCAAATAG", "out:C"], []),
        (["out:C", "exon:ATGGCC", "intron:GTAG", "exon:TGA", "out:C"], []),
        (["utr5:C", "intron5:GTAG", "utr5:C", "intron5:GTAG", "exon:ATGTAA", "intron3:GTAG", "utr3:C"], []),
        # Ends beyond the sequence say nothing.
        (["exon:CCTAGA", "intron:AAAAA"], ["an intron begins with GT or GC"]),
        (["exon:CCCCCCTAA"], []),
        (["intron5:CCAG", "exon:ATG"], []),
        (["intron5:CCAG", "exon:CTG"], ["coding begins with ATG"]),
        (["exon:CCCTAA", "intron3:GTT"], []),
        (["exon:CCCTAC", "intron3:GTT"], ["coding ends with a stop codon"]),
        # One rule broken, or two.
        (["out:C", "exon:ACGGCCTAA", "out:C"], ["coding begins with ATG"]),
        (["out:C", "exon:ATGGCCTAC", "out:C"], ["coding ends with a stop codon"]),
        (["out:C", "exon:ATGGCTAA", "out:C"], ["coding ends with a stop codon", "what follows what"]),
        (["out:C", "exon:ATGTAGTAA", "out:C"], ["no stop codon inside an exon"]),
        (["out:C", "exon:ATGTGA", "intron:GTAG", "exon:TAA", "out:C"], ["no stop codon before an intron"]),
        (["out:C", "exon:ATGT", "intron:GTAG", "exon:GATAA", "out:C"], []),  # not known to the grammar
        (["out:C", "exon:ATGTA", "intron:GTAG", "exon:ATAA", "out:C"], []),
        (
            ["out:C", "exon:AT", "intron:GTAG", "exon:CTAA", "out:C"],
            ["coding begins with ATG", "no intron in the first codon", "an intron keeps its place"],
        ),
        (
            ["out:C", "exon:A", "intron:GTAG", "exon:TGTAA", "out:C"],
            ["no intron in the first codon", "an intron keeps its place"],
        ),
        (["exon:A", "intron:GTAG", "exon:TGTAA", "out:C"], []),  # of which codon this is, nothing is known
        (["out:C", "exon:ATGG", "intron:GAAG", "exon:CCTAA", "out:C"], ["an intron begins with GT or GC"]),
        (["out:C", "exon:ATGG", "intron:GTAA", "exon:CCTAA", "out:C"], ["an intron ends with AG"]),
        (
            ["out:C", "exon:ATGGCA", "intron:G", "exon:CCCTAA", "out:C"],
            ["an intron's ends are its own"],
        ),
        (["out:C", "exon:ATGG", "intron0:GTAG", "exon:CCTAA", "out:C"], []),
        (["out:C", "exon:ATGG", "intron1:GTAG", "exon:CCTAA", "out:C"], ["an intron keeps its place"]),
        (["out:C", "utr5:C", "out:C"], ["what follows what"]),
        (["out:C", "utr3:C", "out:C"], ["what follows what"]),
        (["out:C", "intron5:GTAG", "exon:ATGTAA", "out:C"], ["an intron keeps its place"]),
    ],
)
def test_the_checker_itself(parts: list[str], rules: list[str]) -> None:
    sequence, path = built(*parts)
    assert broken(sequence, path) == set(rules)
    other = turned(path)
    assert broken(complement(sequence), other) == set() and turned(other) == path


def long_enough(parts: Sequence[str]) -> list[str]:
    """The introns that are six letters long as long as the grammar wants them."""
    middle = "C" * max(2, SHORTEST - 4)
    return [
        part[:-4] + middle + part[-2:] if part.startswith("intron") and part.endswith("CCAG") else part
        for part in parts
    ]


# -- random sequences -------------------------------------------------------------------------


def layout(chance: random.Random) -> tuple[str, list[str]]:
    """A stretch of the plus strand: letters, and what the network shall say; motifs stand where they
    belong, most of the time."""
    sequence = ""
    classes: list[str] = []

    def add(kind: str, letters: str) -> None:
        nonlocal sequence
        sequence += letters
        classes.extend([kind] * len(letters))

    def some(least: int, most: int) -> str:
        return "".join(chance.choices("ACGT", k=chance.randint(least, most)))

    def intron() -> str:
        if chance.random() < 0.2:
            return some(1, 6)
        return chance.choice(["GT", "GT", "GC"]) + some(SHORTEST - 4, SHORTEST + 4) + "AG"

    add("intergenic", some(1, 8))
    for _ in range(chance.randint(1, 2)):
        if chance.random() < 0.5:
            add("utr5+", some(1, 5))
            if chance.random() < 0.3:
                add("intron+", intron())
                add("utr5+", some(0, 3))
        coding = "ATG" if chance.random() < 0.8 else some(3, 3)
        coding += "".join(some(3, 3) for _ in range(chance.randint(1, 6)))
        coding += chance.choice(STOPS) if chance.random() < 0.8 else some(3, 3)
        # In the first codon, too, where no intron may come.
        cuts = {chance.randrange(chance.choice([1, 3]), len(coding)) for _ in range(chance.randint(0, 3))}
        for place, letter in enumerate(coding):
            if place in cuts:
                add("intron+", intron())
            add(f"exon{place % 3}+", letter)
        if chance.random() < 0.5:
            if chance.random() < 0.3:
                add("intron+", intron())
            add("utr3+", some(1, 5))
        add("intergenic", some(1, 8))
    return sequence, classes


def sample(number: int) -> tuple[str, NDArray[np.float32]]:
    """Both strands' layouts, cut anywhere, and noisy scores (length, classes)."""
    chance = random.Random(number)
    sequence = ""
    classes: list[str] = []
    for _ in range(chance.randint(1, 3)):
        letters, kinds = layout(chance)
        if chance.random() < 0.5:
            letters, kinds = complement(letters), turned(kinds)
        sequence, classes = sequence + letters, classes + kinds
    start, end = chance.choice([0, 0, 5]), len(sequence) - chance.choice([0, 0, 5])
    sequence, classes = sequence[start:end], classes[start:end]
    if number % 5 == 0:  # letters that are none, here and there
        sequence = "".join("N" if chance.random() < 0.03 else letter for letter in sequence)
    noise = np.random.default_rng(number).normal(size=(len(sequence), len(CLASSES)))
    noise *= chance.choice([0.5, 1.5, 4.0])
    noise[np.arange(len(sequence)), [CLASS_INDEX[kind] for kind in classes]] += chance.choice([0.0, 5.0, 20.0])
    logs = noise - np.log(np.exp(noise).sum(1, keepdims=True))
    return sequence, logs.astype(np.float32)


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


@pytest.fixture(scope="module")
def paths(genes: Grammar) -> list[tuple[str, NDArray[np.float32], list[str]]]:
    samples = (sample(number) for number in range(400))
    return [(sequence, logs, best(genes, sequence, logs)) for sequence, logs in samples]


def test_the_samples_have_whole_genes_with_introns(paths: Any) -> None:
    """Else the tests below would say nothing."""
    seen: Counter[str] = Counter()
    for _, _, path in paths:
        for strand, names in (("+", path), ("-", turned(path))):
            signs = "".join(
                "." if not name.endswith("+") else "x" if name[:-1] in CODING else name[0] + name[-2] for name in names
            )
            spliced = signs.replace("i0", "").replace("i1", "").replace("i2", "").replace("i3", "").replace("i5", "")
            seen[f"whole{strand}"] += sum(
                "x" in gene and spliced.startswith(".") and spliced.endswith(".") for gene in spliced.split(".")
            )
            for intron in INTRON:
                seen[intron + strand] += sum(key == intron + "+" for key, _ in itertools.groupby(names))
    assert min(seen[f"whole{strand}"] for strand in "+-") > 100, seen
    assert min(seen[intron + strand] for intron in INTRON for strand in "+-") > 10, seen


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize("rule", RULES)
def test_the_rules_of_genes(paths: Any, rule: str, strand: str) -> None:
    wrong = []
    for sequence, _, path in paths:
        letters, names = (sequence, path) if strand == "+" else (complement(sequence), turned(path))
        if rule in broken(letters, names):
            wrong.append((letters, " ".join(names)))
    assert not wrong, f"{len(wrong)} of {len(paths)}, the shortest: {min(wrong, key=lambda pair: len(pair[0]))}"


def test_introns_are_long_enough(paths: Any) -> None:
    shortest = {state["name"]: state.get("shortest", 1) for state in TABLE["state"]}
    for sequence, _, path in paths:
        stays = [(name, len(list(group))) for name, group in itertools.groupby(path)]
        assert all(length >= shortest[name] for name, length in stays[1:-1]), (sequence, stays)


@pytest.mark.parametrize(
    ("parts", "rule"),
    [
        (["out:CCC", "exon:ATGCAA", "intron:G", "exon:TCCCCCTAA", "out:CCC"], "an intron's ends are its own"),
        (["out:CCC", "exon:ATGTAA", "intron:GTCCAG", "exon:CCCTAA", "out:CCC"], "no stop codon before an intron"),
        (["out:CCC", "exon:AT", "intron:GTCCAG", "exon:CCCCTAA", "out:CCC"], "coding begins with ATG"),
        (["out:CCC", "exon:AT", "intron:GTCCAG", "exon:GCCCTAA", "out:CCC"], "no intron in the first codon"),
        (["out:CCC", "exon:A", "intron:GTCCAG", "exon:TGCCCTAA", "out:CCC"], "no intron in the first codon"),
        (["out:CCC", "exon:ATGCC", "intron:GTCCA", "exon:CTAA", "out:CCC"], "an intron ends with AG"),
        (["out:CCC", "exon:ATGTAACCCTAA", "out:CCC"], "no stop codon inside an exon"),
    ],
)
@pytest.mark.parametrize("strand", ["+", "-"])
def test_a_network_cannot_talk_it_into(genes: Grammar, parts: list[str], rule: str, strand: str) -> None:
    """However sure the network is of a gene that breaks a rule."""
    sequence, wanted = built(*long_enough(parts))
    if strand == "-":
        sequence, wanted = complement(sequence), turned(wanted)
    found = best(genes, sequence, sure_of(wanted))
    if strand == "-":
        sequence, found = complement(sequence), turned(found)
    assert rule not in broken(sequence, found), " ".join(found)
    assert not broken(sequence, found), " ".join(found)


def total(table: dict[str, Any], sequence: str, logs: NDArray[np.float32], path: Sequence[str]) -> float:
    """A path's score by the table; minus infinity where it has a step that is not there."""
    names = {state["name"]: state for state in table["state"]}
    steps = {(step["after"], step["state"]): step for step in table["step"]}
    found = 0.0
    for place, name in enumerate(path):
        found += float(logs[place, CLASSES.index(names[name]["class"])])
        if place:
            step = steps.get((path[place - 1], name))
            before, behind = sequence[:place], sequence[place:]
            if (
                step is None
                or ("behind" in step and not before.endswith(tuple(step["behind"])))
                or ("ahead" in step and not behind.startswith(tuple(step["ahead"])))
                or before.endswith(tuple(step.get("not_behind", ())))
                or behind.startswith(tuple(step.get("not_ahead", ())))
            ):
                return -math.inf
            found += step["score"]
            if "matrix" in step:
                matrix = table["matrix"][step["matrix"]]
                for number, row in enumerate(matrix["weights"], place + matrix["offset"]):
                    if 0 <= number < len(sequence) and sequence[number] in "ACGT":
                        found += row["ACGT".index(sequence[number])]
    return found


@pytest.mark.parametrize("letters", ["", LETTERS])
def test_both_strands_are_the_same(letters: str) -> None:
    """The other strand, with its scores, has the mirrored path, or one as good."""
    table = table_of([genome(GENES, 1.0, letters)])
    # How long a stay must be is kept along one way alone: which one depends on the direction.
    table["state"] = [{key: value for key, value in state.items() if key != "shortest"} for state in table["state"]]
    genes = Grammar.from_table(table, CLASSES)
    same = 0
    for number in range(120):
        sequence, logs = sample(number)
        path = best(genes, sequence, logs)
        other = best(genes, complement(sequence), logs[::-1][:, TURNED])
        score = total(table, sequence, logs, path)
        assert score > -math.inf
        assert total(table, sequence, logs, turned(other)) == pytest.approx(score, abs=1e-3)
        same += plain(turned(other)) == plain(path)
    assert same > 108  # introns that begin before the sequence may be of any place


@pytest.mark.parametrize("letters", ["", LETTERS])
def test_the_table_is_the_same_from_both_strands(letters: str) -> None:
    one = genome(GENES, 1.0, letters)
    here, there = (table_of([reading]) for reading in (one, one.turned()))
    assert (here["state"], here["step"]) == (there["state"], there["step"])
    np.testing.assert_allclose(here["composition"], there["composition"], atol=2e-4)
    for name, matrix in here["matrix"].items():
        assert matrix["offset"] == there["matrix"][name]["offset"]
        np.testing.assert_allclose(matrix["weights"], there["matrix"][name]["weights"], atol=2e-3)


# -- the rates --------------------------------------------------------------------------------


def score(table: dict[str, Any], after: str, state: str) -> float:
    (found,) = [step["score"] for step in table["step"] if (step["after"], step["state"]) == (after, state)]
    return float(found)


def test_rates_by_hand() -> None:
    """Counts and letters, one added to each; both strands together."""
    # iiiiiuu012012nnnnn012vviiiVV543543NNN543UUiiii012012iiii
    letters = {"intergenic": 5 + 3 + 4 + 4, "exon": 9 + 9 + 6, "intron": 5 + 3, "utr5": 4, "utr3": 4}

    def rate(kind: str, changes: int) -> float:
        return round(math.log((changes + 1) / (letters[kind] + 1)), 4)

    def out(changes: int) -> float:
        return round(math.log((changes + 1) / (letters["intergenic"] + 1)) + math.log(0.5), 4)

    assert score(TABLE, "intergenic", "start0+") == out(1)
    assert score(TABLE, "intergenic", "utr5+") == out(2)
    assert score(TABLE, "utr5+", "start0+") == rate("utr5", 2)
    assert score(TABLE, "exon0+", "intron0+") == score(TABLE, "exon2+", "intron2+") == rate("exon", 2)
    assert score(TABLE, "intron1+", "exon2+") == rate("intron", 2)
    assert score(TABLE, "exon2+", "utr3+") == rate("exon", 2)
    assert score(TABLE, "exon2+", "intergenic") == rate("exon", 1)
    assert score(TABLE, "utr3+", "intergenic") == rate("utr3", 2)
    assert score(TABLE, "utr5+", "intron5+") == rate("utr5", 0)
    # The minus strand, from its end to its beginning.
    assert score(TABLE, "start0-", "intergenic") == out(1)
    assert score(TABLE, "utr5-", "intergenic") == out(2)
    assert score(TABLE, "intron0-", "exon0-") == rate("exon", 2)
    assert score(TABLE, "exon2-", "intron1-") == rate("intron", 2)
    assert score(TABLE, "intergenic", "utr3-") == rate("utr3", 2)


def test_rates_by_weight() -> None:
    """A genome of twice the weight counts twice; what is not said counts nowhere."""
    twice = table_of([genome(GENES, 2.0)])
    assert twice == table_of([genome(GENES), genome(GENES)]) != TABLE
    assert table_of([genome(GENES), genome("????")]) == TABLE
    assert table_of([genome(GENES.replace("iiii012", "iiii???"))]) != TABLE


def test_rates_without_annotated_ends() -> None:
    """What may be an untranslated end is between genes."""
    text = "iiii012012iiii543NNN543iii"
    assert table_of([genome(text.replace("i", "="))]) == table_of([genome(text)])


def test_the_table_says_it_all() -> None:
    found = table_of([genome(GENES)])
    assert found["alphabet"] == "ACGT" and "weight" not in found
    assert {state["shown"] for state in found["state"]} == {"exon", "intron", "utr", "intergenic"}
    assert {state["class"] for state in found["state"]} == set(CLASSES)
    assert Counter(state["strand"] for state in found["state"]) == {".": 1, "+": 12, "-": 12}
    assert all(math.isfinite(step["score"]) and step["score"] <= 0 for step in found["step"])
    speaks = {state["name"]: (state["shown"], state["class"]) for state in found["state"]}
    for strand in "+-":
        for number in range(2):  # the first codon's letters speak as any other's
            assert speaks[f"start{number}{strand}"] == speaks[f"exon{number}{strand}"]


def test_a_matrix_by_hand() -> None:
    """How much likelier each letter is around the genes' beginnings than around any ATG: both strands
    counted, five of each letter added."""
    chance = random.Random(7)
    letters = "".join(chance.choices(["A", "C", "G", "T", "ATG", "CAT"], k=len(GENES)))[: len(GENES)]
    matrix = table_of([genome(GENES, 1.0, letters)])["matrix"]["start+"]
    real = [(letters, place) for place in (7, 46)]  # of the genes in GENES
    real += [(complement(letters), len(letters) - GENES.index("UUiiii"))]
    every = [
        (text, place)
        for text in (letters, complement(letters))
        for place in range(len(text))
        if text.startswith("ATG", place)
    ]
    assert matrix["offset"] == -12 and len(matrix["weights"]) == 18 and len(every) > 5

    def shares(places: list[tuple[str, int]], row: int) -> list[float]:
        whole = [(text, place - 12) for text, place in places if 12 <= place <= len(text) - 6]
        seen = Counter(text[place + row] for text, place in whole)
        return [(seen[letter] + 5) / (len(whole) + 20) for letter in "ACGT"]

    for row, weights in enumerate(matrix["weights"]):
        wanted = [math.log(one / other) for one, other in zip(shares(real, row), shares(every, row))]
        assert weights == pytest.approx(wanted, abs=1e-3), row


def test_each_dialect_has_its_own() -> None:
    """As if the genomes of the other dialect were not there."""
    chance = random.Random(5)
    first = [genome(GENES, 1.0, "".join(chance.choices("AACCGT", k=len(GENES)))) for _ in range(2)]
    second = [genome(GENES[:30], 1.0, "".join(chance.choices("ACGTTT", k=30)))]
    for one in second:
        one.dialect = "other"
    table = grammar([first[0], *second, first[1]])
    assert [item["name"] for item in table["dialect"]] == ["", "other"]
    here, there = (found for found, _ in dialect_tables(table))
    assert {**here, "dialect": 0} == {**table_of(first), "dialect": 0}
    (alone,) = grammar(second)["dialect"]
    assert table["dialect"][1] == alone
    assert here["state"] == there["state"] and here["step"] != there["step"]


def test_composition_by_hand() -> None:
    """The logarithm of the share of each window of four letters, both strands counted, one added to each."""
    letters = "ACGTACGGN" + "T" * 5
    composition = np.array(table_of([genome("i" * len(letters), 1.0, letters)])["composition"])
    seen = Counter(text[place : place + 4] for text in (letters, complement(letters)) for place in range(len(text) - 3))
    whole = sum(count for window, count in seen.items() if "N" not in window) + 256
    for number, window in enumerate(map("".join, itertools.product("ACGT", repeat=4))):
        assert kmers(codes(window.encode()), 4)[1] == number + 1
        assert composition[number] == pytest.approx(math.log((seen[window] + 1) / whole), abs=1e-4)


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize(
    "parts",
    [
        ["out:CCC", "exon:ATGGCCTAA", "out:CCC"],
        ["out:CCC", "exon:ATGTGA", "out:CCC"],
        ["out:CCC", "exon:ATGC", "intron:GTCCAG", "exon:CCTAA", "out:CCC"],
        ["out:CCC", "exon:ATGCC", "intron:GCCCAG", "exon:CTAG", "out:CCC"],
        ["out:CCC", "exon:ATGCCC", "intron:GTCCAG", "exon:CCC", "intron:GTCCAG", "exon:TGA", "out:CCC"],
        [
            "out:CCC",
            "exon:ATG",
            "intron:GTCCAG",
            "exon:C",
            "intron:GTCCAG",
            "exon:CC",
            "intron:GTCCAG",
            "exon:TAA",
            "out:C",
        ],
        ["out:C", "utr5:CC", "intron5:GTCCAG", "utr5:C", "exon:ATGTAA", "utr3:C", "intron3:GTCCAG", "utr3:C", "out:CC"],
        ["out:C", "utr5:CC", "intron5:GTCCAG", "exon:ATGTAA", "intron3:GTCCAG", "utr3:CC", "out:CC"],
        ["exon:CCCC", "intron:GTCCAG", "exon:CCTAA", "out:CC"],
    ],
)
def test_what_keeps_the_rules_is_found(genes: Grammar, parts: list[str], strand: str) -> None:
    """Where the network is sure of it."""
    sequence, wanted = built(*long_enough(parts))
    assert not broken(sequence, wanted)
    if strand == "-":
        sequence, wanted = complement(sequence), turned(wanted)
    found = best(genes, sequence, sure_of(wanted))
    assert plain(found) == plain(wanted)
    if strand == "-":
        sequence, found = complement(sequence), turned(found)
    assert not broken(sequence, found), " ".join(found)

"""The field of genes: its probabilities by enumeration of paths, its gradients by differences, both strands alike."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from seqtool.decoding.grammar import Grammar
from seqtool.decoding.paths import IMPOSSIBLE
from seqtool.engine.genes.chains import Chains
from seqtool.engine.genes.kmers import codes, reverse_complement
from seqtool.engine.genes.tagger import dialect_tables
from seqtool.training.genes.chains import count_chains
from seqtool.training.genes.data import CLASS_INDEX, CLASSES, OF_STRAND, TURNED, Genome
from seqtool.training.genes.field import GeneField
from seqtool.training.genes.grammar import grammar

torch.set_num_threads(1)
WEIGHT = 0.7  # of the matrices at first
PARAMETERS = ("steps", "matrices", "chains")
# i between genes, 012 an exon's letters, n intron, u utr5, v utr3; capitals and 345: on the minus strand.
SIGNS = dict(zip("i012nuv345NUV", (CLASS_INDEX[name] for name in CLASSES)))
GENES = "iiiiiuu012012nnnnn012vviiiVV543543NNN543UUiiii012012iiii"


def genome(letters: str, dialect: str) -> Genome:
    return Genome("g", codes(letters.encode()), np.array([1 << SIGNS[sign] for sign in GENES], np.int32), 1.0, dialect)


def letters_of(seed: int, length: int = len(GENES)) -> str:
    return "".join(random.Random(seed).choices(["A", "C", "G", "T", "ATG", "TAA", "GT", "AG"], k=length))[:length]


GENOMES = [genome(letters_of(1), "a"), genome(letters_of(2), "b")]
TABLES = [table for table, _ in dialect_tables(grammar(GENOMES))]
GRAMMARS = [Grammar.from_table(table, CLASSES) for table in TABLES]
CHAINS = [Chains(count_chains([one]), CLASSES) for one in GENOMES]


def made(seed: int | None = None) -> GeneField:
    """As it is at first; with a seed, as if it had learnt something."""
    field = GeneField(GRAMMARS, WEIGHT, len(OF_STRAND)).double()
    if seed is not None:
        torch.manual_seed(seed)
        with torch.no_grad():
            for parameter in field.parameters():
                parameter.normal_(0, 0.5)
    return field


def inputs(texts: Sequence[str], dialects: Sequence[int], scores: Tensor, possible: Tensor) -> tuple[Tensor, ...]:
    """What log_probability is told of some sequences: scores, possible (time, batch, classes)."""
    parts: list[list[Any]] = [[], [], []]
    for text, dialect in zip(texts, dialects):
        letters = codes(text.encode())
        here = [CHAINS[dialect].scores(letters).astype(np.float64), *GRAMMARS[dialect].borders(letters)]
        for part, value in zip(parts, here):
            part.append(np.pad(value, ((0, len(scores) - len(text)), (0, 0))))
    chains, fits, sums = (torch.from_numpy(np.stack(part, axis=1)) for part in parts)
    return scores, chains, fits, sums, possible, torch.tensor(list(map(len, texts))), torch.tensor(dialects)


def any_of(texts: Sequence[str], seed: int, share: float = 0.3) -> tuple[Tensor, Tensor]:
    """Scores, and classes that each letter may be of: those of a path, and others; none behind an end."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    shape = (max(map(len, texts)), len(texts), len(CLASSES))
    possible = torch.rand(shape) < share
    first = GRAMMARS[0]
    for row, text in enumerate(texts):
        state = chance.randrange(len(first.states))
        possible[len(text) :, row] = False
        for place in range(len(text)):
            possible[place, row, first.classes[state]] = True
            state = chance.choice([step.state for step in first.steps if step.after == state])
    return torch.randn(shape, dtype=torch.float64), possible


# -- the slow way -----------------------------------------------------------------------------


def plus(step: dict[str, Any]) -> tuple[str, str]:
    """A step as the plus strand has it: on the minus strand it leads the other way."""
    after, state = step["after"], step["state"]
    return (state.rstrip("-"), after.rstrip("-")) if "-" in after + state else (after.rstrip("+"), state.rstrip("+"))


def path_scores(field: GeneField, dialect: int, text: str, scores: Tensor) -> list[tuple[list[int], float]]:
    """The classes and the score of every path of a sequence, from the table that a grammar is made of."""
    table = TABLES[dialect]
    speaks = {state["name"]: CLASSES.index(state["class"]) for state in table["state"]}
    tied = [plus(step) for step in table["step"]]
    learnt = dict(zip(dict.fromkeys(tied), field.steps[dialect].tolist()))
    weights = dict(zip(field.borders, field.matrices[dialect].tolist()))
    kinds = dict(zip(OF_STRAND, (1 + field.chains[dialect]).tolist()))
    chains = CHAINS[dialect].scores(codes(text.encode()))

    def local(place: int, name: str) -> float:
        number = speaks[name]
        return float(scores[place, number]) + kinds.get(CLASSES[number][:-1], 0.0) * float(chains[place, number])

    def border(step: dict[str, Any], place: int) -> float:
        before, behind = text[:place], text[place:]
        if (
            ("behind" in step and not before.endswith(tuple(step["behind"])))
            or ("ahead" in step and not behind.startswith(tuple(step["ahead"])))
            or before.endswith(tuple(step.get("not_behind", ())))
            or behind.startswith(tuple(step.get("not_ahead", ())))
        ):
            return IMPOSSIBLE
        if "matrix" not in step:
            return 0.0
        matrix = table["matrix"][step["matrix"]]
        said = sum(
            row["ACGT".index(text[number])]
            for number, row in enumerate(matrix["weights"], place + matrix["offset"])
            if 0 <= number < len(text) and text[number] in "ACGT"
        )
        return (WEIGHT + weights[step["matrix"][:-1]]) * float(said)

    paths = [([name], local(0, name)) for name in speaks]
    for place in range(1, len(text)):
        paths = [
            (
                [*names, step["state"]],
                score + step["score"] + learnt[plus(step)] + border(step, place) + local(place, step["state"]),
            )
            for names, score in paths
            for step in table["step"]
            if step["after"] == names[-1]
        ]
    return [([speaks[name] for name in names], score) for names, score in paths]


def log_sum(scores: Sequence[float]) -> float:
    best = max(scores)
    return best + math.log(math.fsum(math.exp(score - best) for score in scores))


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_against_every_single_path(seed: int | None) -> None:
    """As counted, and as learnt; ragged lengths, both dialects, borders that fit and others."""
    texts, dialects = ["ATG", "GTAA", "C", "NTAG", "TAGT"], [0, 1, 1, 0, 1]
    field = made(seed)
    scores, possible = any_of(texts, 5)
    found = field.log_probability(*inputs(texts, dialects, scores, possible))
    seen = 0
    for row, (text, dialect) in enumerate(zip(texts, dialects)):
        paths = path_scores(field, dialect, text, scores[:, row])
        right = [
            score for classes, score in paths if all(possible[place, row, kind] for place, kind in enumerate(classes))
        ]
        seen += bool(right)
        wanted = log_sum(right) - log_sum([score for _, score in paths]) if right else 0.0
        assert found[row].item() == pytest.approx(wanted, abs=1e-6)  # counted scores are in single precision
    assert seen == len(texts)


@pytest.mark.parametrize("text", ["ATG", "GT"])
def test_the_probabilities_of_all_paths_sum_to_one(text: str) -> None:
    """Of each sequence of classes by itself."""
    field = made(3)
    torch.manual_seed(1)
    rows = list(itertools.product(range(len(CLASSES)), repeat=len(text)))
    scores = torch.randn(len(text), 1, len(CLASSES), dtype=torch.float64).expand(-1, len(rows), -1)
    possible = torch.nn.functional.one_hot(torch.tensor(rows).T, len(CLASSES)).bool()
    together = inputs([text], [1], scores[:, :1], possible[:, :1])
    parts = [part.expand(-1, len(rows), -1) for part in together[1:4]]
    numbers = [part.expand(len(rows)) for part in together[5:]]
    found = field.log_probability(scores, *parts, possible, *numbers)
    there = {tuple(classes) for classes, _ in path_scores(field, 1, text, scores[:, 0])}
    is_path = torch.tensor([row in there for row in rows])
    assert 0 < is_path.sum() < len(rows)
    assert not found[~is_path].any()
    assert found[is_path].exp().sum().item() == pytest.approx(1, abs=1e-10)


def test_everything_possible_is_certain() -> None:
    texts = [letters_of(7), letters_of(8, 20)]
    scores, possible = any_of(texts, 1, share=1.0)
    found = made(1).log_probability(*inputs(texts, [0, 1], scores, possible))
    np.testing.assert_allclose(found.detach().numpy(), 0, atol=1e-9)


# -- gradients --------------------------------------------------------------------------------


def test_gradients_against_differences() -> None:
    """Of scores and of the three kinds of parameters; a row that no path explains pulls at nothing."""
    texts, dialects = ["CATGTAAGTC", "GATTACAT", "GTA"], [0, 1, 0]
    field = made(4)
    scores, possible = any_of(texts, 2, share=0.7)
    possible[:, 2] = False
    possible[0, 2, CLASS_INDEX["utr3+"]] = possible[1, 2, CLASS_INDEX["utr5-"]] = possible[
        2, 2, CLASS_INDEX["exon0+"]
    ] = True
    told = inputs(texts, dialects, scores, possible)
    values = [field.get_parameter(name).detach().clone().requires_grad_() for name in PARAMETERS]
    for name in PARAMETERS:
        del field._parameters[name]

    def log_probability(given: Tensor, *parameters: Tensor) -> Tensor:
        for name, value in zip(PARAMETERS, parameters):
            setattr(field, name, value)
        return field.log_probability(given, *told[1:])

    given = scores.requires_grad_()
    assert torch.autograd.gradcheck(log_probability, (given, *values))
    found = log_probability(given, *values)
    assert (found[:2] < -0.1).all() and found[2] == 0
    found.sum().backward()
    assert given.grad is not None and not given.grad[:, 2].any() and not given.grad[8:, 1].any()
    for value in values:
        assert value.grad is not None and (value.grad.abs() > 1e-6).any(1).all()


def test_single_precision_is_enough() -> None:
    texts = [letters_of(9, 200)]
    scores, _ = any_of(texts, 3)
    possible = torch.zeros(scores.shape, dtype=torch.bool)
    possible[..., 0] = True  # between genes, all along
    told = inputs(texts, [0], scores, possible)
    exact, rough = made(5), made(5).float()
    small = [part.float() if part.is_floating_point() else part for part in told]
    for field, parts in ((exact, told), (rough, small)):
        field.log_probability(*parts).sum().backward()
    wanted = exact.log_probability(*told)
    assert rough.log_probability(*small).dtype == torch.float32
    assert rough.log_probability(*small).item() == pytest.approx(wanted.item(), rel=1e-5)
    for name in PARAMETERS:
        gradient, other = (field.get_parameter(name).grad for field in (exact, rough))
        assert gradient is not None and other is not None
        np.testing.assert_allclose(other.numpy(), gradient.numpy(), rtol=1e-3, atol=1e-4)


def test_a_letter_that_can_be_nothing() -> None:
    scores, possible = any_of(["ATGA"], 1)
    possible[2] = False
    scores.requires_grad_()
    found = made().log_probability(*inputs(["ATGA"], [0], scores, possible))
    assert found.item() == 0
    found.sum().backward()
    assert scores.grad is not None and not scores.grad.any()


# -- both strands -----------------------------------------------------------------------------


def test_both_strands_have_one_number() -> None:
    field = made()
    steps = [(step["after"], step["state"]) for step in TABLES[0]["step"]]
    number = dict(zip(steps, field.step_of.tolist()))
    turned = str.maketrans("+-", "-+")
    for after, state in steps:
        other = (state.translate(turned), after.translate(turned))
        assert number[after, state] == number[other]
    # Nothing else is tied: a number for each step of a strand, and one for staying between genes.
    assert len(set(number.values())) == field.steps.shape[1] == (len(steps) - 1) // 2 + 1
    assert field.borders == ["start", "donor", "acceptor", "stop"]
    assert field.matrices.shape == (2, 4) and field.chains.shape == (2, len(OF_STRAND))


@pytest.mark.parametrize("seed", [None, 6])
def test_a_sequence_is_as_probable_as_its_other_strand(seed: int | None) -> None:
    """Whatever has been learnt: read from the other strand, with what was said turned round."""
    texts = [letters_of(number, length) for number, length in ((11, 40), (12, 60), (13, 1))]
    dialects = [0, 1, 1]
    scores, possible = any_of(texts, 4)
    other_texts, other_scores, other_possible = [], torch.zeros_like(scores), torch.zeros_like(possible)
    for row, text in enumerate(texts):
        letters = reverse_complement(codes(text.encode()))
        other_texts.append("".join("ACGT"[letter] for letter in letters))
        for part, other in ((scores, other_scores), (possible, other_possible)):
            other[: len(text), row] = part[: len(text), row].flip(0)[:, TURNED]
    field = made(seed)
    here = field.log_probability(*inputs(texts, dialects, scores, possible))
    there = field.log_probability(*inputs(other_texts, dialects, other_scores, other_possible))
    assert (here[:2] < -1).all()
    np.testing.assert_allclose(there.detach().numpy(), here.detach().numpy(), atol=2e-2)


# -- what was counted -------------------------------------------------------------------------


def test_at_first_it_is_the_counted_grammar() -> None:
    field = made()
    for scores, table in zip(field.step_scores().tolist(), TABLES, strict=True):
        assert scores == pytest.approx([step["score"] for step in table["step"]], abs=1e-6)
    assert (field.matrix_weights() == WEIGHT).all() and (field.chain_weights() == 1).all()
    assert {name: value.shape[0] for name, value in field.named_parameters()} == dict.fromkeys(PARAMETERS, 2)
    assert not any(value.any() for value in field.parameters())


def test_a_path_that_the_grammar_finds_is_the_likeliest() -> None:
    """Of all that differ from it in one class."""
    text = letters_of(21, 120)
    letters = codes(text.encode())
    field = GeneField(GRAMMARS[:1], 1.0, len(OF_STRAND)).double()
    torch.manual_seed(8)
    scores = 3 * torch.randn(len(text), 1, len(CLASSES), dtype=torch.float64)
    emissions = scores[:, 0].numpy().astype(np.float32) + CHAINS[0].scores(letters)
    table = {**TABLES[0], "state": [{**state, "shortest": 1} for state in TABLES[0]["state"]]}
    path = Grammar.from_table(table, CLASSES).path(emissions, letters, letters[:0], None)
    classes = torch.tensor(GRAMMARS[0].classes[path])
    assert len(classes.unique()) > 3
    rows = [classes]
    for place, other in itertools.product(range(0, len(text), 7), range(len(CLASSES))):
        changed = classes.clone()
        changed[place] = other
        rows.append(changed)
    possible = torch.nn.functional.one_hot(torch.stack(rows, 1), len(CLASSES)).bool()
    told = inputs([text] * len(rows), [0] * len(rows), scores.expand(-1, len(rows), -1), possible)
    found = field.log_probability(*told)
    paths = found[found != 0]  # 0: no path at all
    assert found[0] < 0 and len(paths) > 10 and found[0] >= paths.max() - 1e-4

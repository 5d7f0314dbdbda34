"""DNA to runs: every letter once and in order, the same however it comes in, stitched by the grammar."""

from __future__ import annotations

import itertools
import shutil
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hostile import reseal
from made_genes import Made, dna, plain_chains, random_chains

from seqtool.decoding.paths import IMPOSSIBLE, Steps, all_paths
from seqtool.engine.genes import tagger as regions
from seqtool.engine.genes.kmers import codes, kmers
from seqtool.engine.genes.tagger import RegionTagger
from seqtool.errors import ModelError
from seqtool.export.check import check_steps
from seqtool.export.tagger import export_tagger
from seqtool.modelfolder.manifest import MANIFEST, open_folder
from seqtool.modelfolder.shapes import TaggerShape
from seqtool.modelfolder.write import to_toml
from seqtool.training.genes.data import CLASSES
from seqtool.training.genes.training import CHAINS, GRAMMAR, LABELS, StepNetwork

torch.set_num_threads(1)
Answer = dict[str, Any]


def cut(sequence: bytes, size: int) -> list[bytes]:
    return [sequence[start : start + size] for start in range(0, len(sequence), size)]


def shrink(monkeypatch: pytest.MonkeyPatch, piece: int, ahead: int, context: int) -> None:
    for name, value in (("PIECE", piece), ("AHEAD", ahead), ("CONTEXT", context)):
        monkeypatch.setattr(regions, name, value)


def check_cover(runs: Sequence[Answer], length: int) -> None:
    """Every letter is in one run, in order; neighbours differ; scores are probabilities."""
    places = [place for run in runs for place in (run["start"], run["end"])]
    assert places[::2] == [0, *places[1:-1:2]] if runs else not length
    assert not runs or places[-1] == length
    assert all(run["start"] < run["end"] for run in runs)
    shown = [(run["label"], run["strand"]) for run in runs]
    assert all(one != other for one, other in itertools.pairwise(shown))
    for run in runs:
        assert list(run) == ["label", "start", "end", "strand", "score"]
        assert run["label"] in LABELS and (run["strand"] == ".") == (run["label"] == "intergenic")
        assert 0 <= run["score"] <= 1, run


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 5, 6, 7, 50, 501, 2000])
@pytest.mark.parametrize("stride", [1, 3])
def test_every_letter_in_one_run(make_genes: Callable[..., Made], length: int, stride: int) -> None:
    runs = list(make_genes(stride=stride).open().runs([dna(length)]))
    check_cover(runs, length)
    if length == 2000:  # else the tests here would say little
        assert {(run["label"], run["strand"]) for run in runs} == {
            ("intergenic", "."),
            *((label, strand) for label in LABELS[:3] for strand in "+-"),
        }


def test_nothing(make_genes: Callable[..., Made]) -> None:
    tagger = make_genes().open()
    assert list(tagger.runs([])) == list(tagger.runs([b""])) == list(tagger.runs([b"", b""])) == []


def test_letters_of_any_kind(make_genes: Callable[..., Made]) -> None:
    tagger = make_genes().open()
    sequence = dna(400)
    expected = list(tagger.runs([sequence]))
    assert list(tagger.runs([sequence.lower()])) == expected
    assert list(tagger.runs([sequence.replace(b"T", b"U")])) == expected
    odd = dna(400, letters="ACGTNRYX*-")
    runs = list(tagger.runs([odd]))
    check_cover(runs, 400)
    assert runs == list(tagger.runs([odd.translate(bytes.maketrans(b"NRYX*-", b"nnnn?\xff"))]))
    check_cover(list(tagger.runs([b"N" * 300])), 300)


@pytest.mark.parametrize("stride", [1, 3])
def test_the_same_however_it_comes_in(
    make_genes: Callable[..., Made], monkeypatch: pytest.MonkeyPatch, stride: int
) -> None:
    shrink(monkeypatch, 100, 60, 31)
    monkeypatch.setattr(regions, "SPAN", 60)
    monkeypatch.setattr(regions, "OVERLAP", 9)
    monkeypatch.setattr(regions, "MAX_STEPS", 200)
    sequence = dna(1234)
    made = make_genes(stride=stride)
    expected = list(made.open().runs([sequence]))
    check_cover(expected, len(sequence))
    for size in (1, 7, 100, 131, 191, 1233):
        assert list(made.open().runs(iter(cut(sequence, size)))) == expected, size
    mixed = [b"", *cut(sequence[:300], 13), b"", b"", sequence[300:], b""]
    assert list(made.open().runs(mixed)) == expected
    for batch_size in (1, 2, 5, 64):
        for threads in (1, 3):
            assert list(made.open(batch_size=batch_size, threads=threads).runs([sequence])) == expected
    tagger = made.open()
    assert list(tagger.runs([sequence])) == list(tagger.runs([sequence])) == expected  # nothing is left behind


@pytest.mark.parametrize(
    "settings", [{"stride": 3}, {"stride": 3, "bidirectional": False}, {"stride": 1, "cell": "gru"}]
)
def test_the_same_at_any_speed(make_genes: Callable[..., Made], settings: dict[str, Any]) -> None:
    """With the real sizes: several stretches for the network."""
    made = make_genes(**settings)
    sequence = dna(3 * regions.SPAN + 100)
    expected = list(made.open().runs([sequence]))
    for batch_size, threads in ((1, 1), (2, 4), (64, 2)):
        assert list(made.open(batch_size=batch_size, threads=threads).runs(cut(sequence, 1000))) == expected


def test_piece_by_piece_is_the_whole(make_genes: Callable[..., Made], monkeypatch: pytest.MonkeyPatch) -> None:
    """With all of the rest in view, settling bit by bit changes nothing."""
    sequence = dna(700)
    tagger = make_genes().open()
    whole = list(tagger.runs([sequence]))
    for piece in (1, 10, 37, 350):
        if piece == 1:
            shrink(monkeypatch, 1, 10**6, 10**6)
            found = list(tagger.runs([sequence[:60]]))
            assert places(found) == places(list_of_whole(tagger, monkeypatch, sequence[:60]))
        else:
            shrink(monkeypatch, piece, 10**6, 10**6)
            assert places(list(tagger.runs([sequence]))) == places(whole)


def places(runs: list[Answer]) -> list[Answer]:
    """Without the scores, which see no further back than a piece's beginning."""
    return [{key: value for key, value in run.items() if key != "score"} for run in runs]


def list_of_whole(tagger: RegionTagger, monkeypatch: pytest.MonkeyPatch, sequence: bytes) -> list[Answer]:
    shrink(monkeypatch, 10**6, 10, 10)
    return list(tagger.runs([sequence]))


def settled(tagger: RegionTagger, sequence: bytes) -> tuple[list[int], list[int]]:
    """The states of a sequence, and where its pieces begin."""
    states: list[int] = []
    firsts = []
    for first, path, _ in tagger._settled([sequence]):
        assert first == len(states)
        firsts.append(first)
        states += path.tolist()
    return states, firsts


@pytest.mark.parametrize(("piece", "seed"), [*((50, seed) for seed in range(6)), (7, 6), (19, 7)])
def test_borders_of_pieces_keep_the_grammar(
    make_genes: Callable[..., Made], monkeypatch: pytest.MonkeyPatch, piece: int, seed: int
) -> None:
    """An intron at its shortest is longer than some of the pieces."""
    shrink(monkeypatch, piece, 150, 20)
    made = make_genes()
    tagger = made.open()
    table = tomllib.loads((made.path / GRAMMAR).read_text(encoding="utf-8"))
    steps = {(step["after"], step["state"]): step for step in table["dialect"][0]["step"]}
    sequence = dna(1500, seed)
    states, firsts = settled(tagger, sequence)
    assert firsts == list(range(0, 1500, piece))
    text = sequence.decode()
    names = [tagger.dialects[0].grammar.states[state].name for state in states]
    for place in range(1, len(text)):
        step = steps.get((names[place - 1], names[place]))
        where = (place, names[place - 1], names[place], text[place - 4 : place], text[place : place + 4])
        assert step is not None, where
        before, behind = text[:place], text[place:]
        assert "behind" not in step or before.endswith(tuple(step["behind"])), where
        assert "ahead" not in step or behind.startswith(tuple(step["ahead"])), where
        assert not before.endswith(tuple(step.get("not_behind", ()))), where
        assert not behind.startswith(tuple(step.get("not_ahead", ()))), where
    shortest = {state["name"]: state.get("shortest", 1) for state in table["state"]}
    stays = [(name, len(list(group))) for name, group in itertools.groupby(names)]
    assert all(length >= shortest[name] for name, length in stays[1:-1]), stays
    assert any(shortest[name] > 1 for name, _ in stays[1:-1])
    inside = sum(names[first] != "intergenic" and names[first - 1] != "intergenic" for first in firsts[1:])
    assert inside > 3  # some borders are in genes


def test_longer_than_a_piece(make_genes: Callable[..., Made]) -> None:
    """With the real sizes: what is found far from the border is what is found without it."""
    tagger = make_genes().open()
    sequence = dna(regions.PIECE + 5000)
    runs = list(tagger.runs(cut(sequence, 1 << 16)))
    check_cover(runs, len(sequence))
    assert sum(run["start"] > regions.PIECE for run in runs) > 5


def probabilities(made: Made, sequence: bytes, k: int = 3) -> np.ndarray[Any, Any]:
    """Of each state, over all paths through the whole sequence at once."""
    ids = torch.from_numpy(kmers(codes(sequence), k)).long().unsqueeze(1)
    with torch.inference_mode():
        logits = made.network(ids, torch.tensor([len(sequence)])).double().numpy()
    scores = logits[:, 0] + plain_chains(made.chains, CLASSES, sequence.decode())
    grammar = made.open().dialects[0].grammar
    fits, sums = grammar.borders(codes(sequence))
    steps = np.array([[step.score for step in grammar.steps]])
    found = all_paths(
        scores[:, None, grammar.classes],
        steps,
        np.where(fits, sums, IMPOSSIBLE)[:, None],
        np.array([len(sequence)]),
        Steps.of(grammar),
    )
    return found.states[:, 0]


@pytest.mark.parametrize("stride", [1, 3])
@pytest.mark.parametrize("own", [2048, 130])
def test_a_score_is_the_mean_probability_of_its_label(
    make_genes: Callable[..., Made], monkeypatch: pytest.MonkeyPatch, stride: int, own: int
) -> None:
    """Read at once, or in stretches side by side that see enough of each other."""
    monkeypatch.setattr(regions, "OWN", own)
    monkeypatch.setattr(regions, "SIDE_BY_SIDE", 3)
    made = make_genes(stride=stride)
    sequence = dna(900)
    chances = probabilities(made, sequence)
    tagger = made.open()
    shown = [(state.shown, state.strand) for state in tagger.dialects[0].grammar.states]
    runs = list(tagger.runs([sequence]))
    assert len(runs) > 3
    for run in runs:
        states = [place for place, pair in enumerate(shown) if pair == (run["label"], run["strand"])]
        expected = chances[run["start"] : run["end"], states].sum(1).mean()
        assert run["score"] == pytest.approx(expected, abs=1e-5)


def test_a_score_is_never_above_one(make_genes: Callable[..., Made], monkeypatch: pytest.MonkeyPatch) -> None:
    """Single precision adds up to a little more."""
    tagger = make_genes().open()
    chance = np.random.default_rng(1)
    most = 0.0
    for _ in range(20):
        scores = chance.normal(size=(60, len(CLASSES))).astype(np.float32) - 40
        scores[:, 1:4] += 40  # an exon, in one of three places
        monkeypatch.setattr(tagger, "emissions", lambda ids, scores=scores: scores[: len(ids)])
        for run in tagger.runs([b"CAAGAAGCC" * 6]):
            assert 0 <= run["score"] <= 1, run
            most = max(most, run["score"])
    assert most > 0.999


@pytest.mark.parametrize(
    "settings",
    [
        {"stride": 1},
        {"stride": 3},
        {"stride": 7},
        {"stride": 3, "num_layers": 2},
        {"stride": 3, "bidirectional": False},
        {"stride": 3, "cell": "gru"},
        {"stride": 1, "cell": "rnn"},
        {"stride": 3, "k": 6},
    ],
)
def test_parity_with_torch(make_genes: Callable[..., Made], settings: dict[str, Any]) -> None:
    made = make_genes(sharp=1.0, **settings)
    tagger = made.open()
    assert check_steps(made.network, tagger) < 1e-4
    k = settings.get("k", 3)
    for length in (1, 2, 3, 4, 29, 30, 31, 1000, regions.SPAN):
        ids = kmers(codes(dna(length)), k)
        with torch.inference_mode():
            expected = made.network(torch.from_numpy(ids).long().unsqueeze(1), torch.tensor([length]))[:, 0].numpy()
        found = tagger.emissions(ids)
        assert found.shape == (length, len(CLASSES))
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_parity_of_a_long_sequence_read_one_way(make_genes: Callable[..., Made]) -> None:
    """A network of one direction carries its state on."""
    made = make_genes(sharp=1.0, stride=3, bidirectional=False)
    ids = kmers(codes(dna(2 * regions.SPAN + 11)), 3)
    with torch.inference_mode():
        expected = made.network(torch.from_numpy(ids).long().unsqueeze(1), torch.tensor([len(ids)]))[:, 0].numpy()
    np.testing.assert_allclose(made.open().emissions(ids), expected, atol=1e-4)


# -- dialects ---------------------------------------------------------------------------------


@pytest.fixture
def two_dialects(make_genes: Callable[..., Made], tmp_path: Path) -> RegionTagger:
    """Of two grammars of one state each: exon where A and T are common, intron where C and G are."""
    path = Path(shutil.copytree(make_genes().path, tmp_path / "two"))
    shape = tomllib.loads((path / MANIFEST).read_text(encoding="utf-8"))["network"]
    shape["vocabulary_size"] *= 2
    torch.manual_seed(1)
    network = StepNetwork(TaggerShape.from_table(shape))
    export_tagger(network, path, "int8")
    common = [sum((number >> 2 * place & 3) in (0, 3) for place in range(4)) for number in range(256)]
    states = [
        {"name": name, "shown": name, "strand": "+", "class": f"{name.replace('exon', 'exon0')}+"}
        for name in ("exon", "intron")
    ]
    dialects = [
        {
            "name": name,
            "composition": [float(sign * (count - 2)) for count in common],
            "step": [
                {"after": name, "state": name, "score": 0.0},
                # The other state must be come to, and has nothing for it.
                {"after": name, "state": other, "score": -1e6},
                {"after": other, "state": name, "score": 0.0},
            ],
        }
        for name, other, sign in (("exon", "intron", 1), ("intron", "exon", -1))
    ]
    (path / GRAMMAR).write_text(to_toml({"alphabet": "ACGT", "state": states, "dialect": dialects}), encoding="utf-8")
    np.save(path / CHAINS, random_chains(2))

    def change(manifest: dict[str, Any]) -> None:
        manifest["network"]["vocabulary_size"] = shape["vocabulary_size"]
        manifest["tokenizer"]["dialects"] = 2

    return RegionTagger(open_folder(reseal(path, change)))


@pytest.mark.parametrize(("letters", "label"), [("AATTACTG", "exon"), ("GGCCACTG", "intron")])
def test_a_record_is_read_in_its_dialect(
    two_dialects: RegionTagger, monkeypatch: pytest.MonkeyPatch, letters: str, label: str
) -> None:
    shrink(monkeypatch, 100, 60, 31)
    sequence = "".join(np.random.default_rng(1).choice(list(letters), 500).tolist()).encode()
    expected = list(two_dialects.runs([sequence]))
    letters_of_it = sum(run["end"] - run["start"] for run in expected if run["label"] == label)
    assert letters_of_it > 490
    for size in (1, 33, 100, 250):
        assert list(two_dialects.runs(cut(sequence, size))) == expected
    list(two_dialects.runs([b"ACGT" * 40]))  # one record says nothing of the next
    assert list(two_dialects.runs([sequence])) == expected


def test_letters_without_windows_are_of_the_first_dialect(two_dialects: RegionTagger) -> None:
    for sequence in (b"A", b"NNNNNNNN", b"ACG"):
        assert two_dialects._dialect_of(codes(sequence)) == 0
        check_cover(list(two_dialects.runs([sequence])), len(sequence))


def test_a_dialect_with_states_of_its_own_is_refused(two_dialects: RegionTagger) -> None:
    """What is shown of a state is the same in all of them."""
    path = two_dialects.folder.path
    table = tomllib.loads((path / GRAMMAR).read_text(encoding="utf-8"))
    more = {"name": "more", "shown": "gene", "strand": "+", "class": "exon0+"}
    table["dialect"][1]["state"] = [*table["state"], more]
    table["dialect"][1]["step"].append({"after": "more", "state": "more", "score": 9.0})
    (path / GRAMMAR).write_text(to_toml(table), encoding="utf-8")
    with pytest.raises(ModelError, match=GRAMMAR):
        list(RegionTagger(open_folder(reseal(path))).runs([b"GGCCACTG" * 50]))

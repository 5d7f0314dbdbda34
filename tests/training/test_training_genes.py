"""A tiny training on made-up genes: it learns their code, goes on after a stop to the same bytes, and its folder is whole."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from made_genomes import Maker, write_genome

from seqtool.engine.genes.kmers import codes, kmers
from seqtool.engine.genes.tagger import RegionTagger
from seqtool.errors import DataError, OptionError
from seqtool.export.check import check_steps
from seqtool.export.from_onnx import load_tagger
from seqtool.modelfolder.manifest import open_folder
from seqtool.modelfolder.shapes import GeneSettings, TaggerShape
from seqtool.modelfolder.verify import verify
from seqtool.training.genes.data import CLASS_INDEX, CLASSES, OF_STRAND
from seqtool.training.genes.recipe import GeneDataSettings, GeneRecipe
from seqtool.training.genes.training import CHAINS, GRAMMAR, GeneNetwork, GeneTraining, StepNetwork
from seqtool.training.recipe import read_recipe
from seqtool.training.run import Run
from seqtool.training.tag.recipe import TagTrainingSettings

pytestmark = pytest.mark.slow

torch.set_num_threads(1)
FILES = ("network.onnx", GRAMMAR, CHAINS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("genomes")
    write_genome(place, "train", 40, 1)
    return place


def recipe_of(epochs: float = 7.0, network: dict[str, Any] | None = None, **data: Any) -> GeneRecipe:
    settings = {"file": "train.fa", "runs": "train.tsv", "genes": "train.gff3", "name": "made", "dev": 0.1, **data}
    return GeneRecipe(
        window=4,
        data=(GeneDataSettings(**settings),),
        network=GeneSettings(
            **{
                "cell": "gru",
                "character_encoder": "none",
                "embedding_size": 16,
                "hidden_size": 16,
                "num_layers": 1,
                "crf": False,
                "stride": 3,
                **(network or {}),
            }
        ),
        training=TagTrainingSettings(
            epochs=epochs,
            max_length=300,
            batch_size=16,
            batch_tokens=8000,
            learning_rate=0.01,
            dropout=0.1,
            recurrent_dropout=0.0,
            patience=0,
        ),
    )


def train(recipe: GeneRecipe, output: Path, *folders: Path) -> dict[str, Any]:
    training = GeneTraining(recipe, Run(output, folders, device="cpu"))
    training.prepare()
    for _ in training.steps():
        pass
    return training.finish()


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    output = tmp_path_factory.mktemp("trained") / "genes"
    return output, train(recipe_of(), output, folder)


def painted(makers: Sequence[Maker]) -> list[tuple[str, str]]:
    """(label, strand) of each letter, as annotated."""
    names = {"cds": "exon", "utr5": "utr", "utr3": "utr", "inter": "intergenic"}
    found = []
    for maker in makers:
        for run in maker.runs:
            _, start, end, label, strand, _ = run.split("\t")
            found += [(names.get(label, label), strand)] * (int(end) - int(start) + 1)
    return found


def test_it_finds_genes_that_it_has_not_seen(trained: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    makers = write_genome(tmp_path, "new", 10, 900)
    tagger = RegionTagger(open_folder(trained[0]))
    answer: list[tuple[str, str]] = []
    for maker in makers:
        for run in tagger.runs([maker.letters.encode()]):
            answer += [(run["label"], run["strand"])] * (run["end"] - run["start"])
    truth = painted(makers)
    assert len(answer) == len(truth)
    right = sum(one == other == ("exon", one[1]) for one, other in zip(answer, truth))
    said = sum(label == "exon" for label, _ in answer)
    there = sum(label == "exon" for label, _ in truth)
    precision, recall = right / max(1, said), right / there
    assert 0.2 < there / len(truth) < 0.6  # what chance would score
    assert precision > 0.8 and recall > 0.7, (precision, recall)
    introns = sum(one == other and one[0] == "intron" for one, other in zip(answer, truth))
    assert introns > 0.6 * sum(label == "intron" for label, _ in truth)


def test_the_folder_is_whole(trained: tuple[Path, dict[str, Any]]) -> None:
    output, result = trained
    manifest, problems = verify(output)
    assert problems == [] and manifest is not None
    assert set(manifest["files"]) == {*FILES, "README.md", "recipe.toml"}
    assert manifest["labels"] == ["exon", "intron", "utr", "intergenic"]
    assert [path.name for path in output.parent.iterdir()] == [output.name]
    assert result["parity"] < 1e-4
    assert result["score_as_stored"] == pytest.approx(result["score"], abs=0.05)
    assert result["score"] < 0  # the logarithm of a probability
    assert "seed 1" in (output / "README.md").read_text(encoding="utf-8")


def test_the_recipe_in_it_is_the_recipe(trained: tuple[Path, dict[str, Any]]) -> None:
    assert read_recipe(GeneRecipe, trained[0] / "recipe.toml") == recipe_of()


def test_its_graph_is_read_back(trained: tuple[Path, dict[str, Any]]) -> None:
    folder = open_folder(trained[0])
    loaded = load_tagger(folder.path, TaggerShape.from_table(folder.table("network")), None)
    network = StepNetwork(loaded.shape)
    network.load_state_dict(loaded.state_dict())
    assert check_steps(network, RegionTagger(folder)) < 1e-4


def interrupted(recipe: GeneRecipe, output: Path, folder: Path, stops: list[int], seconds: float) -> None:
    """Train, stopping without a word after each of some steps."""
    for turn, stop in enumerate([*stops, 10**9]):
        torch.manual_seed(turn)  # chance that nobody restores would show
        training = GeneTraining(
            recipe, Run(output, (folder,), device="cpu", resume=turn > 0, checkpoint_seconds=seconds)
        )
        training.prepare()
        for _ in training.steps():
            if training.trainer.progress.step == stop:
                break
        else:
            training.finish()


@pytest.mark.parametrize("seconds", [0.0, 1000.0])
def test_stopped_and_gone_on_it_is_the_same(
    trained: tuple[Path, dict[str, Any]], folder: Path, tmp_path: Path, seconds: float
) -> None:
    """Checkpoints at every step, or at evaluations alone."""
    interrupted(recipe_of(), tmp_path / "genes", folder, [5, 17], seconds)
    for name in FILES:
        assert (tmp_path / "genes" / name).read_bytes() == (trained[0] / name).read_bytes(), name


def test_other_options_are_refused(folder: Path, tmp_path: Path) -> None:
    recipe = recipe_of()
    training = GeneTraining(recipe, Run(tmp_path / "m", (folder,), device="cpu", checkpoint_seconds=0.0))
    training.prepare()
    next(training.steps())
    for other in (replace(recipe, seed=2), replace(recipe, window=5), recipe_of(utr=False)):
        with pytest.raises(OptionError, match="other options"):
            GeneTraining(other, Run(tmp_path / "m", (folder,), device="cpu", resume=True)).prepare()


def test_nothing_to_choose_by(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="dev share"):
        train(recipe_of(dev=0.0), tmp_path / "m", folder)
    assert not (tmp_path / "m").exists()


def test_dialects_and_one_letter_a_step(folder: Path, tmp_path: Path) -> None:
    """Two sets of their own dialects: as many tables of windows, and as many grammars."""
    write_genome(tmp_path, "other", 6, 500, records=1)
    first = recipe_of(epochs=1.0, network={"stride": 1}, dialect="a")
    other = GeneDataSettings("other.fa", "other.tsv", "other.gff3", "other", dialect="b", utr=False, dev=0.2)
    result = train(replace(first, data=(*first.data, other)), tmp_path / "m", folder, tmp_path)
    assert result["parity"] < 1e-4
    tagger = RegionTagger(open_folder(tmp_path / "m"))
    assert len(tagger.dialects) == 2
    assert sum(run["end"] - run["start"] for run in tagger.runs([b"ACGT" * 30])) == 120


def test_windows_start_from_their_counts(folder: Path, tmp_path: Path) -> None:
    """Before the first step, a codon's window speaks for its place in the codon."""
    training = GeneTraining(recipe_of(), Run(tmp_path / "m", (folder,), device="cpu"))
    training.prepare()
    network = training.trainer.network
    assert isinstance(network, GeneNetwork)
    table = network.embedding.table.weight.detach().numpy()
    # A window of four letters begins one before its letter: the first of GCC; of GCC read from the other
    # strand (GGC), with what was before it there (AAG: CTT).
    for sequence, kind in ((b"CGCC", "exon0+"), (b"GCCT", "exon0-")):
        number = int(kmers(codes(sequence), 4)[1])
        assert table[number, CLASS_INDEX[kind]] > table[number, CLASS_INDEX["intergenic"]], kind
    assert np.isfinite(table).all()
    training.forget()


# -- what is learnt beside the network --------------------------------------------------------


@pytest.fixture
def prepared(folder: Path, tmp_path: Path) -> Iterator[GeneTraining]:
    """Two dialects, before the first step."""
    write_genome(tmp_path, "other", 6, 500, records=1)
    other = GeneDataSettings("other.fa", "other.tsv", "other.gff3", "other", dialect="b", dev=0.2)
    first = recipe_of(epochs=2.0, dialect="a")
    recipe = replace(first, data=(*first.data, other))
    training = GeneTraining(recipe, Run(tmp_path / "m", (folder, tmp_path), device="cpu"))
    training.prepare()
    yield training
    training.forget()


def test_at_first_the_chains_speak_alone(prepared: GeneTraining) -> None:
    network = prepared.trainer.network
    batch = next(iter(prepared.trainer._plan.batches(0, prepared.trainer._plan.rows(0))))
    assert not network(*batch.inputs("cpu")).any()


def test_training_makes_what_is_annotated_likelier(prepared: GeneTraining, trained: tuple[Path, Any]) -> None:
    """Than the grammar as it was counted, which has not seen it either."""
    with torch.inference_mode():
        counted = prepared.score(prepared.trainer.network.eval())
    assert set(counted) == {"score", "score_made", "score_other"}
    assert counted["score"] == pytest.approx((counted["score_made"] + counted["score_other"]) / 2)
    # Where untranslated ends begin in letters of any kind, nobody can know: most of what is left.
    assert counted["score_made"] < -0.01 and trained[1]["score"] > 0.85 * counted["score_made"]


def test_what_was_learnt_is_in_the_folder(prepared: GeneTraining) -> None:
    """The folder's grammar and chains are the counted ones with what the field has learnt."""
    for _ in prepared.steps():
        pass
    result = prepared.finish()
    assert result["score_as_stored"] == pytest.approx(result["score"], abs=0.01)
    network = prepared.trainer.network
    assert isinstance(network, GeneNetwork)
    field = network.field.eval()
    assert all((value.abs().amax(1) > 1e-3).all() for value in field.parameters())
    dialects = RegionTagger(open_folder(prepared.run.output)).dialects
    letters = codes("".join(random.Random(1).choices(["A", "C", "G", "T", "ATG", "GTAAGT", "TAA"], k=400)).encode())
    assert len(dialects) == len(prepared._genes) == 2
    with torch.inference_mode():
        steps, weights, kinds = field.step_scores().numpy(), field.matrix_weights().numpy(), field.chain_weights()
    of_class = {name: OF_STRAND.index(name[:-1]) for name in CLASSES if name[:-1] in OF_STRAND}
    for number, (dialect, counted) in enumerate(zip(dialects, prepared._genes, strict=True)):
        np.testing.assert_allclose([step.score for step in dialect.grammar.steps], steps[number], atol=1e-4)
        fits, sums = dialect.grammar.borders(letters)
        as_counted, before = counted.grammar.borders(letters)
        np.testing.assert_array_equal(fits, as_counted)
        names = [condition[-1].name[:-1] if condition[-1] else "" for condition in dialect.grammar.conditions]
        factors = [weights[number, field.borders.index(name)] if name else 0.0 for name in names]
        np.testing.assert_allclose(sums, before * factors, atol=0.02)  # each of up to 28 weights rounded
        assert np.abs(sums).max() > 1
        said, once = dialect.chains.scores(letters), counted.chains.scores(letters)
        for name, kind in of_class.items():
            wanted = once[:, CLASS_INDEX[name]] * float(kinds[number, kind])
            np.testing.assert_allclose(said[:, CLASS_INDEX[name]], wanted, rtol=1e-3, atol=1e-4)  # float16


def test_both_strands_have_the_same_scores(trained: tuple[Path, Any]) -> None:
    """Of the learnt grammar's steps."""
    (dialect,) = RegionTagger(open_folder(trained[0])).dialects
    states = [state.name for state in dialect.grammar.states]
    scores = {(states[step.after], states[step.state]): step.score for step in dialect.grammar.steps}
    turned = str.maketrans("+-", "-+")
    for (after, state), score in scores.items():
        assert scores[state.translate(turned), after.translate(turned)] == score


def test_a_batch_says_what_a_path_is_made_of(prepared: GeneTraining) -> None:
    """Each row's own letters, read in its own dialect; behind an end nothing holds and nothing can be."""
    stretches, windows = prepared._stretches, prepared._stretches.windows.lengths()
    rows = [0, int(np.flatnonzero(stretches.dialects == 1)[0]), len(windows) - 1]
    places = [(rows[0], 7, 50), (rows[1], 0, 31), (rows[2], int(windows[-1]) - 1, 1)]
    batch = stretches.batch(places, prepared._genes)
    assert batch.rows == rows and batch.lengths.tolist() == [50, 31, 1] and batch.dialects.tolist() == [0, 1, 1]
    for column, (row, start, length) in enumerate(places):
        letters = stretches.letters.stretch(row, start, length).astype(np.uint8)
        genes = prepared._genes[stretches.dialects[row]]
        np.testing.assert_array_equal(batch.chains[:length, column], genes.chains.scores(letters))
        fits, sums = genes.grammar.borders(letters)
        np.testing.assert_array_equal(batch.fits[:length, column], fits)
        np.testing.assert_allclose(batch.sums[:length, column], sums, atol=1e-5)
        for place, bits in enumerate(stretches.possible.stretch(row, start, length).tolist()):
            assert batch.possible[place, column].tolist() == [bool(bits >> n & 1) for n in range(len(CLASSES))]
        assert not batch.possible[length:, column].any() and not batch.fits[length:, column].any()
    # Behind a row's end nothing is learnt.
    scores = torch.randn(*batch.ids.shape, len(CLASSES), requires_grad=True)
    prepared._log_probability(prepared.trainer.network, scores, batch).sum().backward()
    assert scores.grad is not None and torch.isfinite(scores.grad).all()
    assert not scores.grad[31:, 1].any() and scores.grad[:50, 0].any()


def test_the_network_counts_by_its_weight_in_the_folder(folder: Path, tmp_path: Path) -> None:
    recipe = replace(recipe_of(1.0), weight=0.5)
    training = GeneTraining(recipe, Run(tmp_path / "half", folders=(folder,), threads=1))
    training.prepare()
    for _ in training.steps():
        pass
    network = training.trainer.network
    assert isinstance(network, GeneNetwork)
    network.load_state_dict(training.trainer.best)
    ids = torch.randint(1, 200, (30, 2))
    with torch.inference_mode():
        whole, half = (network.eval().tagger(weight)(ids, torch.tensor([30, 30])) for weight in (1.0, 0.5))
    assert whole.abs().max() > 1e-3
    torch.testing.assert_close(half, whole / 2)
    training.finish()
    tagger = RegionTagger(open_folder(tmp_path / "half"))
    stored = tagger.emissions(ids[:, 0].numpy().astype(np.int32))
    np.testing.assert_allclose(stored, half[:, 0], atol=0.02 * float(half.abs().max()))  # int8


def test_frozen_windows_stay_as_they_were_counted(folder: Path, tmp_path: Path) -> None:
    training = GeneTraining(replace(recipe_of(1.0), frozen=True), Run(tmp_path / "m", folders=(folder,), threads=1))
    training.prepare()
    network = training.trainer.network
    assert isinstance(network, GeneNetwork)
    before = network.embedding.table.weight.clone()
    for _ in training.steps():
        pass
    assert torch.equal(network.embedding.table.weight, before)
    assert network.output.weight.abs().max() > 1e-3

"""What cannot be tagged as DNA, in one line."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Run
from hostile import reseal
from made_genes import Made, dna

TEXT = ">chr1 the first\n" + dna(900).decode() + "\n>chr2\n" + dna(40, 2).decode() + "\n"


@pytest.fixture(scope="module")
def model(make_genes: Callable[..., Made]) -> Path:
    """An untrained tagger of genes that prefers no class, so that it finds them anywhere."""
    return make_genes().path


@pytest.fixture(scope="module")
def word_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manifest of a tagger of words: what cannot be is told before the network is opened."""
    from seqtool.modelfolder.write import new_folder

    manifest = {
        "name": "words",
        "version": "1",
        "task": "tag",
        "licence": "CC0",
        "languages": [],
        "answer": {"kind": "entities"},
    }
    path = tmp_path_factory.mktemp("models") / "words"
    with new_folder(path, manifest) as folder:
        (folder / "README.md").write_text("# words\n", encoding="utf-8")
    return path


# -- what cannot be ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scores"], "--scores is about words"),
        (["--offsets"], "--offsets is about words"),
        (["--pretty"], "--pretty is about words"),
        (["--html", "page.html"], "--html is about words"),
        (["--format", "conll"], "--format conll is for words"),
        (["--format", "conllu"], "--format conllu is for words"),
        (["--labels", "exons"], "did you mean 'exon'"),
        (["--labels", "exon,gene"], "--labels gene"),
        (["--field", "dna"], "--field"),
        (["--encoding", "latin-1"], "--encoding"),
        (["--delimiter", ";"], "--delimiter"),
        (["--columns", "name,label"], "--columns is for tables"),
        (["--format", "tsv", "--columns", "name,labels"], "label"),
        (["--resume"], "add -o"),
        (["none.fa"], "none.fa: cannot be opened"),
        (["x.fa", "none"], "none: cannot be opened"),
        (["x.txt"], "FASTA and other files together"),
        (["--input", "conll"], "genes reads DNA; give FASTA or lines of letters"),
        (["x.txt", "--input", "conll"], "--input conll"),
        (["not.fa"], "not.fa:2: is not FASTA"),
        (["cut.fa.gz"], "cut.fa.gz"),
        (["."], "is a folder"),
    ],
    ids=str,
)
def test_refused(refused: Callable[..., str], model: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "x.fa").write_text(TEXT)
    (tmp_path / "x.txt").write_text("ACGT\n")
    (tmp_path / "not.fa").write_text("\nACGT\n")
    (tmp_path / "cut.fa.gz").write_bytes(gzip.compress(b">a\n" + os.urandom(500).hex().encode())[:-10])
    before = sorted(os.listdir(tmp_path))
    files = [] if arguments[-1] in ("none.fa", "none", "not.fa", "cut.fa.gz", ".") else ["x.fa"]
    if arguments == ["cut.fa.gz"]:
        arguments = ["cut.fa.gz", "--labels", "exon"]
    assert said in refused("tag", "-m", model, *files, *arguments)
    assert sorted(os.listdir(tmp_path)) == before


def test_refused_before_a_file_is_begun(refused: Callable[..., str], model: Path, tmp_path: Path) -> None:
    (tmp_path / "not.fa").write_text("ACGT\n")
    assert "not.fa:1" in refused("tag", "-m", model, "not.fa", "-o", "out")
    assert os.listdir(tmp_path) == ["not.fa"]


def test_a_second_file_that_is_not_fasta(run: Run, model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.fa").write_text(TEXT)
    (tmp_path / "b.fa").write_text("ACGT\n")
    result = run("tag", "-m", model, "a.fa", "b.fa")
    assert result.returncode == 2 and result.stderr.decode() == (
        "seqtool tag: b.fa:1: is not FASTA: a record begins with > and its name\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--regions"], "--regions is about DNA"),
        (["--input", "fasta"], "--input fasta"),
        (["--input", "fasta", "--regions"], "-m genes-dna"),
    ],
    ids=str,
)
def test_a_model_of_words(refused: Callable[..., str], word_model: Path, arguments: list[str], said: str) -> None:
    message = refused("tag", "-m", word_model, *arguments)
    assert said in message and "words" in message


def test_a_damaged_model(refused: Callable[..., str], model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(model, tmp_path / "damaged"))
    (folder / "grammar.toml").write_text("")
    assert "grammar.toml" in refused("tag", "-m", folder)
    (folder / "grammar.toml").unlink()
    assert "grammar.toml" in refused("tag", "-m", folder)


def test_a_model_without_its_chains(refused: Callable[..., str], model: Path, tmp_path: Path) -> None:
    """As a model of an earlier training is."""
    folder = Path(shutil.copytree(model, tmp_path / "damaged"))
    (folder / "chains.npy").unlink()
    assert "chains.npy" in refused("tag", "-m", folder)
    reseal(folder)
    assert "chains.npy" in refused("tag", "-m", folder)
    reseal(folder, lambda manifest: manifest["answer"].pop("chains"))
    assert "model.toml" in refused("tag", "-m", folder)

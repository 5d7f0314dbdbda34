"""Folders of DNA models from strangers: whatever is in them, one line says what is wrong."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from made_genes import Made, dna, random_chains, reseal

from seqtool.engine.genes.tagger import RegionTagger
from seqtool.errors import ModelError
from seqtool.modelfolder.manifest import MANIFEST, open_folder
from seqtool.modelfolder.write import to_toml
from seqtool.training.genes.data import CLASSES
from seqtool.training.genes.training import CHAINS, GRAMMAR

torch.set_num_threads(1)


@pytest.fixture
def folder(make_genes: Callable[..., Made], tmp_path: Path) -> Path:
    return Path(shutil.copytree(make_genes().path, tmp_path / "model"))


def refuse(folder: Path, named: str) -> str:
    with pytest.raises(ModelError) as caught:
        RegionTagger(open_folder(folder))
    message = str(caught.value)
    assert named in message and "\n" not in message and str(folder) in message, message
    return message


def small(state: Any = (), step: Any = (), dialect: Any = (), **top: Any) -> bytes:
    """The TOML of a grammar of one state, with changes of it; None takes a key away."""

    def changed(table: dict[str, Any], changes: Any) -> dict[str, Any]:
        return {key: value for key, value in (table | dict(changes)).items() if value is not None}

    states = [changed({"name": "a", "shown": "exon", "strand": "+", "class": "exon0+"}, state)]
    steps = [changed({"after": "a", "state": "a", "score": 0.0}, step)]
    table = {"alphabet": "ACGT", "state": states}
    table["dialect"] = [changed({"composition": [0.0] * 256, "step": steps}, dialect)]
    return to_toml(changed(table, top)).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"alphabet = ",
        b"[[state]]\n",
        b"a = " + b"[" * 5000,
        b"state = 1\ndialect = 2\nalphabet = 3\n",
        b"dialect = []\n",
        b"[[dialect]]\ncomposition = [[]]\n",
        small(alphabet=None),
        small(alphabet="ACGU"),
        small(alphabet="TGCA"),
        small(alphabet=4),
        small({"name": None}),
        small({"shown": "gene"}),
        small({"class": "codon"}),
        small({"class": 3}),
        small({"shortest": "long"}),
        small(step={"after": "b"}),
        small(step={"state": None}),
        small(step={"score": "0,5"}),
        small(step={"score": float("nan")}),
        small(step={"score": float("-inf")}),
        small(step={"ahead": ["N"]}),
        small(step={"matrix": "none"}),
        small(dialect={"step": None}),
        small(dialect={"composition": None}),
        small(dialect={"composition": []}),
        small(dialect={"composition": [0.0] * 255}),
        small(dialect={"composition": [[0.0]] * 256}),
        small(dialect={"composition": ["a"] * 256}),
        small(dialect={"composition": [float("nan")] * 256}),
        small(dialect={"composition": [float("-inf")] * 256}),
        small(dialect={"composition": "none"}),
        small(dialect={"matrix": {"m": {"offset": 0, "weights": [[float("nan")] * 4]}}}),
        small(dialect={"matrix": {"m": {"offset": 0, "weights": [[0.0] * 3]}}}),
        small(dialect={"matrix": {"m": {"offset": 10**6, "weights": [[0.0] * 4]}}}),
        small() + small().split(b"\n\n", 2)[2] * 70,  # too many dialects
        small() + small()[small().index(b"[[dialect]]") :],  # more of them than the manifest says
    ],
)
def test_grammars_from_strangers(folder: Path, content: bytes) -> None:
    (folder / GRAMMAR).write_bytes(content)
    refuse(reseal(folder), "model")


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"alphabet = ", b"a = " + b"[" * 5000, small(step={"after": "b"})]
)
def test_a_grammar_that_cannot_be_read_is_named(folder: Path, content: bytes) -> None:
    (folder / GRAMMAR).write_bytes(content)
    refuse(reseal(folder), GRAMMAR)


def test_an_honest_small_grammar(folder: Path) -> None:
    (folder / GRAMMAR).write_bytes(small())
    runs = list(RegionTagger(open_folder(reseal(folder))).runs([dna(50)]))
    assert [(run["label"], run["start"], run["end"]) for run in runs] == [("exon", 0, 50)]


def test_a_grammar_that_is_missing_or_changed(folder: Path) -> None:
    (folder / GRAMMAR).write_text("\n", encoding="utf-8")
    refuse(folder, GRAMMAR)
    (folder / GRAMMAR).unlink()
    refuse(folder, GRAMMAR)
    refuse(reseal(folder), GRAMMAR)


# -- chains -----------------------------------------------------------------------------------


def npy(values: Any, **settings: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, values, **settings)
    return file.getvalue()


def with_one(value: float) -> bytes:
    chains = random_chains()
    chains[0, 3, 77] = value
    return npy(chains)


HONEST = random_chains()


@pytest.mark.parametrize(
    "content",
    [
        b"nonsense",
        npy(HONEST)[:-1],
        npy(HONEST)[:60],
        npy(HONEST)[:8],
        npy(HONEST).replace(b"(1, 6,", b"(9, 6,"),
        npy(HONEST).replace(b"<f2", b"|O2"),
        npy(np.array([{"a": 1}], object), allow_pickle=True),
        npy(HONEST[0]),
        npy(HONEST[:, :5]),
        npy(HONEST[:, :, :-1]),
        npy(HONEST[:, :, :1024]),
        npy(HONEST[..., None]),
        npy(np.zeros((1, 6, 0), np.float16)),
        npy(np.zeros((0, 6, 4096), np.float16)),  # not as many as dialects
        npy(random_chains(2)),
        with_one(float("nan")),
        with_one(float("inf")),
        with_one(float("-inf")),
        npy(HONEST.astype("<U9")[:, :, :-1]),
        npy(np.full((1, 6, 4096), "A")),
    ],
)
def test_chains_from_strangers(folder: Path, content: bytes) -> None:
    (folder / CHAINS).write_bytes(content)
    refuse(reseal(folder), "model")


def npz() -> bytes:
    file = io.BytesIO()
    np.savez(file, HONEST)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        npy(np.float32(1)),
        npz(),
        npy(HONEST).replace(b"(1, 6, 4096)", b"(" * 12),
        npy(HONEST).replace(b"(1, 6, 4096), }  ", b"(1, 6, 4096" + b"0" * 6),
        npy(HONEST).replace(b"4096), }" + b" " * 20, b"4096" + b"0" * 20 + b"), }"),
        npy(np.zeros((1, 6, 4096), [("a", "f4"), ("b", "f4")])),
        npy(HONEST.astype("<f4")),
        npy(np.full((1, 6, 4096), 1e300)),
        npy(np.full((1, 6, 4096), 1 + 1j)),
    ],
)
def test_chains_that_are_no_array_of_numbers(folder: Path, content: bytes) -> None:
    (folder / CHAINS).write_bytes(content)
    refuse(reseal(folder), "model")


def test_chains_that_are_damaged_are_named(folder: Path) -> None:
    for content in (b"nonsense", npy(HONEST[0]), with_one(float("nan"))):
        (folder / CHAINS).write_bytes(content)
        refuse(reseal(folder), CHAINS)


def test_chains_that_are_missing_or_changed(folder: Path) -> None:
    (folder / CHAINS).write_bytes(npy(random_chains(seed=2)))
    refuse(folder, CHAINS)
    RegionTagger(open_folder(reseal(folder)))  # honest ones, by then
    (folder / CHAINS).unlink()
    refuse(folder, CHAINS)
    refuse(reseal(folder), CHAINS)


@pytest.mark.parametrize(
    ("table", "key", "value", "named"),
    [
        ("answer", "grammar", "network.onnx", "network.onnx"),
        ("answer", "grammar", "none.toml", "none.toml"),
        ("answer", "grammar", "../model/grammar.toml", MANIFEST),
        ("answer", "grammar", 3, MANIFEST),
        ("answer", "grammar", None, MANIFEST),
        ("answer", "chains", "network.onnx", ""),
        ("answer", "chains", "none.npy", "none.npy"),
        ("answer", "chains", "../model/chains.npy", MANIFEST),
        ("answer", "chains", 3, MANIFEST),
        ("answer", "chains", None, MANIFEST),
        ("answer", "kind", "entities", MANIFEST),
        ("answer", "classes", None, MANIFEST),
        ("answer", "classes", [], MANIFEST),
        ("answer", "classes", [1, 2], MANIFEST),
        ("answer", "classes", "exon", MANIFEST),
        ("answer", "classes", list(CLASSES[:-1]), ""),
        ("answer", "classes", [*CLASSES, "more"], "network.onnx"),
        ("answer", "classes", list(CLASSES[:1]), GRAMMAR),
        ("", "labels", [], MANIFEST),
        ("", "labels", None, MANIFEST),
        ("", "labels", ["exon"], MANIFEST),
        ("", "task", "classify", MANIFEST),
        ("tokenizer", "kind", "words", MANIFEST),
        ("tokenizer", "k", 4, "network.onnx"),
        ("tokenizer", "k", 0, MANIFEST),
        ("tokenizer", "k", 13, MANIFEST),
        ("tokenizer", "k", True, MANIFEST),
        ("tokenizer", "k", "3", MANIFEST),
        ("tokenizer", "k", None, MANIFEST),
        ("tokenizer", "dialects", 2, MANIFEST),
        ("tokenizer", "dialects", 0, MANIFEST),
        ("tokenizer", "dialects", "1", MANIFEST),
        ("tokenizer", "dialects", None, MANIFEST),
        ("network", "stride", 1, "network.onnx"),
        ("network", "stride", 6, "network.onnx"),
        ("network", "stride", 0, MANIFEST),
        ("network", "stride", -3, MANIFEST),
        ("network", "stride", True, MANIFEST),
        ("network", "stride", 3.0, MANIFEST),
        ("network", "stride", 1000, MANIFEST),
        ("network", "stride", None, MANIFEST),
        ("network", "cell", "gru", MANIFEST),
        ("network", "cell", "none", MANIFEST),
        ("network", "hidden_size", 9, MANIFEST),
        ("network", "num_layers", 2, MANIFEST),
        ("network", "bidirectional", False, MANIFEST),
    ],
)
def test_manifests_from_strangers(folder: Path, table: str, key: str, value: Any, named: str) -> None:
    def change(manifest: dict[str, Any]) -> None:
        place = manifest[table] if table else manifest
        place[key] = value
        if value is None:
            del place[key]

    refuse(reseal(folder, change), named)


@pytest.mark.parametrize("table", ["answer", "tokenizer", "network"])
def test_tables_that_are_missing(folder: Path, table: str) -> None:
    refuse(reseal(folder, lambda manifest: manifest.pop(table)), MANIFEST)


def test_another_models_network(make_genes: Callable[..., Made], folder: Path) -> None:
    shutil.copyfile(make_genes(stride=1).path / "network.onnx", folder / "network.onnx")
    refuse(folder, "network.onnx")
    refuse(reseal(folder), "network.onnx")


def test_a_network_that_is_no_graph(folder: Path) -> None:
    (folder / "network.onnx").write_bytes(b"\x00" * 100)
    refuse(reseal(folder), "network.onnx")

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
from hostile import Damage, broken, content, damages, put, refusal, reseal
from made_genes import Made, dna, random_chains

from seqtool.engine.genes.tagger import RegionTagger
from seqtool.modelfolder.manifest import MANIFEST, open_folder
from seqtool.modelfolder.write import to_toml
from seqtool.training.genes.data import CLASSES
from seqtool.training.genes.training import CHAINS, GRAMMAR

torch.set_num_threads(1)


@pytest.fixture
def folder(make_genes: Callable[..., Made], tmp_path: Path) -> Path:
    return Path(shutil.copytree(make_genes().path, tmp_path / "model"))


def use(folder: Path) -> object:
    return RegionTagger(open_folder(folder))


def small(state: Any = (), step: Any = (), dialect: Any = (), **top: Any) -> bytes:
    """The TOML of a grammar of one state, with changes of it; None takes a key away."""

    def changed(table: dict[str, Any], changes: Any) -> dict[str, Any]:
        return {key: value for key, value in (table | dict(changes)).items() if value is not None}

    states = [changed({"name": "a", "shown": "exon", "strand": "+", "class": "exon0+"}, state)]
    steps = [changed({"after": "a", "state": "a", "score": 0.0}, step)]
    table = {"alphabet": "ACGT", "state": states}
    table["dialect"] = [changed({"composition": [0.0] * 256, "step": steps}, dialect)]
    return to_toml(changed(table, top)).encode()


def npy(values: Any, **settings: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, values, **settings)
    return file.getvalue()


def with_one(value: float) -> bytes:
    chains = random_chains()
    chains[0, 3, 77] = value
    return npy(chains)


def npz() -> bytes:
    file = io.BytesIO()
    np.savez(file, HONEST)
    return file.getvalue()


HONEST = random_chains()
GRAMMARS = [
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
]
CHAIN_FILES = [
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
]
FILES = [
    *(content(GRAMMAR, f"{number}", data, "model") for number, data in enumerate(GRAMMARS)),
    *(content(CHAINS, f"{number}", data, "model") for number, data in enumerate(CHAIN_FILES)),
    *(
        content(GRAMMAR, f"named, {number}", data)
        for number, data in enumerate([*GRAMMARS[:3], GRAMMARS[4], small(step={"after": "b"})])
    ),
    *(
        content(CHAINS, name, data)
        for name, data in (("text", b"nonsense"), ("one dialect", npy(HONEST[0])), ("NaN", with_one(float("nan"))))
    ),
    content("network.onnx", "zeros", b"\0" * 100),
]
MANIFESTS = [
    put("answer", "grammar", "network.onnx", "network.onnx"),
    put("answer", "grammar", "none.toml", "none.toml"),
    put("answer", "grammar", "../model/grammar.toml", MANIFEST),
    put("answer", "grammar", 3, MANIFEST),
    put("answer", "grammar", None, MANIFEST),
    put("answer", "chains", "network.onnx", ""),
    put("answer", "chains", "none.npy", "none.npy"),
    put("answer", "chains", "../model/chains.npy", MANIFEST),
    put("answer", "chains", 3, MANIFEST),
    put("answer", "chains", None, MANIFEST),
    put("answer", "kind", "entities", MANIFEST),
    put("answer", "classes", None, MANIFEST),
    put("answer", "classes", [], MANIFEST),
    put("answer", "classes", [1, 2], MANIFEST),
    put("answer", "classes", "exon", MANIFEST),
    put("answer", "classes", list(CLASSES[:-1]), ""),
    put("answer", "classes", [*CLASSES, "more"], "network.onnx"),
    put("answer", "classes", list(CLASSES[:1]), GRAMMAR),
    put("", "labels", [], MANIFEST),
    put("", "labels", None, MANIFEST),
    put("", "labels", ["exon"], MANIFEST),
    put("", "task", "classify", MANIFEST),
    put("tokenizer", "kind", "words", MANIFEST),
    put("tokenizer", "k", 4, "network.onnx"),
    put("tokenizer", "k", 0, MANIFEST),
    put("tokenizer", "k", 13, MANIFEST),
    put("tokenizer", "k", True, MANIFEST),
    put("tokenizer", "k", "3", MANIFEST),
    put("tokenizer", "k", None, MANIFEST),
    put("tokenizer", "dialects", 2, MANIFEST),
    put("tokenizer", "dialects", 0, MANIFEST),
    put("tokenizer", "dialects", "1", MANIFEST),
    put("tokenizer", "dialects", None, MANIFEST),
    put("network", "stride", 1, "network.onnx"),
    put("network", "stride", 6, "network.onnx"),
    put("network", "stride", 0, MANIFEST),
    put("network", "stride", -3, MANIFEST),
    put("network", "stride", True, MANIFEST),
    put("network", "stride", 3.0, MANIFEST),
    put("network", "stride", 1000, MANIFEST),
    put("network", "stride", None, MANIFEST),
    put("network", "cell", "gru", MANIFEST),
    put("network", "cell", "none", MANIFEST),
    put("network", "hidden_size", 9, MANIFEST),
    put("network", "num_layers", 2, MANIFEST),
    put("network", "bidirectional", False, MANIFEST),
    *(
        Damage(f"no [{table}]", lambda folder, table=table: reseal(folder, lambda m: m.pop(table)))
        for table in ("answer", "tokenizer", "network")
    ),
]


@damages(broken(GRAMMAR), broken(CHAINS), broken("network.onnx"), FILES, MANIFESTS)
def test_a_damaged_folder_is_told(folder: Path, do: Any, told: str) -> None:
    do(folder)
    assert told in refusal(use, folder)


def test_an_honest_small_grammar(folder: Path) -> None:
    (folder / GRAMMAR).write_bytes(small())
    runs = list(RegionTagger(open_folder(reseal(folder))).runs([dna(50)]))
    assert [(run["label"], run["start"], run["end"]) for run in runs] == [("exon", 0, 50)]


def test_other_chains(folder: Path) -> None:
    (folder / CHAINS).write_bytes(npy(random_chains(seed=2)))
    assert CHAINS in refusal(use, folder)
    use(reseal(folder))  # honest ones, by then


def test_another_models_network(make_genes: Callable[..., Made], folder: Path) -> None:
    shutil.copyfile(make_genes(stride=1).path / "network.onnx", folder / "network.onnx")
    assert "network.onnx" in refusal(use, folder)
    assert "network.onnx" in refusal(use, reseal(folder))

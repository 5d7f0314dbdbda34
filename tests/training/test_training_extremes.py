"""Trainings of a step with settings at their ends: they end well, or say in our words what cannot be."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from test_training_genes import write_genome

from seqtool.errors import SeqtoolError
from seqtool.modelfolder.verify import verify
from seqtool.modelfolder.write import to_toml
from seqtool.settings import MOST_SEED
from seqtool.tasks import find_task, load_object
from seqtool.training.recipe import Run, read_recipe

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
torch.set_num_threads(1)

TINY, HUGE, ALMOST = 5e-324, 1e308, 1 - 2**-53
MANY = 2**31 - 1
Changes = dict[str, Any]


class Silent:
    """Nobody is told how a training goes."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files for every task."""
    folder = tmp_path_factory.mktemp("data")
    chance = random.Random(1)
    words = ["good", "bad", "fan", "film", "works", "never", "the", "a", "coffee", "Ada", "London", "naïve"]
    texts = [" ".join(chance.choices(words, k=chance.randint(1, 12))) for _ in range(60)]
    rows = [f"{text}\t{'pos' if 'good' in text else 'neg'}\n" for text in texts]
    (folder / "rows.tsv").write_text("text\tlabel\n" + "".join(rows), encoding="utf-8")
    (folder / "texts.txt").write_text("".join(text + "\n" for text in texts * 5), encoding="utf-8")
    tags = {"Ada": "B-person", "London": "B-place"}
    sentences = ["".join(f"{word} {tags.get(word, 'O')}\n" for word in text.split()) + "\n" for text in texts]
    (folder / "tags.conll").write_text("".join(sentences), encoding="utf-8")
    write_genome(folder, "genome", 6, 1)
    return folder


LOOP = {"epochs": TINY, "patience": 0, "minutes": 0.0}
BASES: dict[str, Changes] = {
    "classify": {
        "data": [{"file": "rows.tsv"}],
        "tokenizer": {"vocabulary_size": 300},
        "network": {"embedding_size": 4, "hidden_size": 4},
        "training": LOOP,
    },
    "tag": {"data": [{"file": "tags.conll"}], "network": {"embedding_size": 4, "hidden_size": 4}, "training": LOOP},
    "regions": {
        "task": "tag",
        "answer": "regions",
        "window": 2,
        "data": [{"file": "genome.fa", "runs": "genome.tsv", "genes": "genome.gff3", "dev": 0.2}],
        "network": {"embedding_size": 4, "hidden_size": 4, "num_layers": 1},
        "training": {**LOOP, "batch_size": 4, "max_length": 300},
    },
    "vectors": {"corpus": [{"file": "texts.txt"}], "run": [{"size": 4, "epochs": 1}]},
    "tokenizer": {"corpus": [{"file": "texts.txt"}], "tokenizer": {"vocabulary_size": 300}},
}
TRAINING: list[Changes] = [
    {"batch_size": 1, "batch_tokens": 1, "max_length": 1},
    {"batch_size": MANY, "batch_tokens": MANY, "max_length": MANY},
    dict.fromkeys(("dropout", "recurrent_dropout", "embedding_dropout", "word_dropout"), ALMOST),
    dict.fromkeys(("dropout", "recurrent_dropout", "embedding_dropout", "word_dropout", "warmup"), 0.0),
    {"label_smoothing": ALMOST, "averaging": ALMOST, "warmup": ALMOST, "short_stretches": ALMOST},
    {"averaging": TINY, "warmup": TINY, "short_stretches": TINY, "label_smoothing": TINY},
    {"evaluations": 0.001},
    {"evaluations": HUGE},
    {"epochs": 1.0, "evaluations": HUGE, "patience": 1},
    {"epochs": HUGE, "minutes": TINY},
    {"epochs": HUGE, "evaluations": HUGE, "patience": 1, "learning_rate": TINY},
    {"learning_rate": TINY, "weight_decay": 0.0},
    {"learning_rate": HUGE},
    {"weight_decay": HUGE},
    {"clip_norm": TINY},
    {"clip_norm": HUGE, "schedule": "cosine"},
    {"schedule": "constant", "storage": "float32"},
    {"schedule": "trapezoid", "storage": "float16"},
]
CASES: dict[str, list[Changes]] = {
    "classify": [
        *({"training": changes} for changes in TRAINING),
        *(
            {
                "network": {"cell": cell, "embedding_size": 1, "hidden_size": 1, "num_layers": 3, "head_size": 1,
                            "pooling": ["last", "mean", "max", "attention", "embedding"], "bidirectional": both},
                "tokenizer": {"vocabulary_size": 1, "sentences": 1},
            }
            for cell, both in (("none", True), ("rnn", False), ("lstm", True), ("gru", False))
        ),
        {"network": {"cell": "none", "pooling": ["attention"]}, "tokenizer": {"model": "char"}},
        {"tokenizer": {"model": "bpe", "vocabulary_size": 1 << 20, "sentences": MANY}},
        {"seed": MOST_SEED},
        {"seed": 0},
        *({"kind": kind} for kind in ("multiple", "rating")),
        {"labels": ["pos"]},
        {"labels": ["neg", "pos"], "groups": {"all": ["neg", "pos"]}},
        *({"data": {name: value}} for name, value in (
            ("dev", ALMOST), ("dev", 0.0), ("test", ALMOST), ("weight", TINY), ("weight", 1000.0), ("per_epoch", 1),
            ("per_epoch", MANY), ("balance", 1.0), ("balance", 0.5), ("balance", TINY), ("limit", 1), ("limit", MANY),
            ("split", "test"), ("split", "train"), ("format", "trees"), ("delimiter", "ab"), ("encoding", "none"),
        )),
        {"vectors": {"train": True, "epochs": 1, "window": 1, "negative": 1, "minimum_count": 0}},
        {"vectors": {"train": True, "epochs": 1, "window": 1000, "minimum_count": MANY}},
        {"vectors": {"file": "none.txt", "frozen": True}},
        {"teacher": {"share": ALMOST, "ngrams": 1, "strength": TINY, "unlabelled_weight": 0.0},
         "unlabelled": [{"file": "texts.txt", "format": "auto", "limit": 1}]},
        {"teacher": {"share": 0.5, "ngrams": MANY, "strength": HUGE}},
        {"teacher": {"share": TINY, "unlabelled_weight": 1000.0}, "unlabelled": [{"file": "rows.tsv"}]},
        {"ngrams": {"order": 1, "bits": 1, "strength": TINY}},
        {"ngrams": {"order": 5, "bits": 20, "strength": HUGE}},
    ],
    "tag": [
        *({"training": changes} for changes in TRAINING),
        {"training": dict.fromkeys(("singleton_dropout", "lower", "upper", "title"), ALMOST)},
        *(
            {"network": {"cell": cell, "character_encoder": encoder, "embedding_size": 1, "hidden_size": 1,
                         "character_embedding_size": 1, "character_size": size, "num_layers": 3, "crf": crf,
                         "bidirectional": crf}}
            for cell, encoder, size, crf in (
                ("rnn", "cnn", 1, True), ("lstm", "rnn", 2, False), ("gru", "lstm", 2, True), ("gru", "none", 1, False),
            )
        ),
        {"answer": "labels"},
        {"answer": "entities", "scheme": "iob2"},
        {"labels": ["person"]},
        *({"data": {name: value}} for name, value in (
            ("dev", ALMOST), ("dev", 0.0), ("test", ALMOST), ("weight", TINY), ("weight", 1000.0), ("limit", 1),
            ("limit", MANY), ("token", 2), ("token", MANY), ("column", "-9"), ("column", "0"), ("column", "x"),
            ("majority", ALMOST), ("majority", TINY), ("missing", ["place"]), ("missing", ["none"]), ("handles", "?"),
            ("labels", {"person": "", "place": ["a", "b"]}), ("labels", {"person": []}), ("spans", {"Ada": "?"}),
            ("cut", ["Ada"]), ("scheme", "ioe"), ("scheme", "bioes"), ("format", "conllu"), ("format", "jsonl"),
            ("parts", "rows.tsv"), ("multiword", "whole"),
        )),
        {"vectors": {"words": 1, "minimum_count": MANY, "lowercase": False}},
        {"vectors": {"words": MANY, "minimum_count": 0, "frozen": True}},
        {"lexicon": [{"file": "rows.tsv", "list": "a", "column": 2, "limit": 1}]},
        {"lexicon": [{"file": "rows.tsv", "list": "", "column": MANY, "header": False}]},
    ],
    "regions": [
        *({"training": changes} for changes in TRAINING),
        {"training": {"max_length": 1}},
        {"window": 1, "weight": TINY, "matrix_weight": 0.0},
        {"window": 8, "weight": HUGE, "matrix_weight": HUGE, "frozen": True},
        *({"network": {"cell": cell, "embedding_size": 1, "hidden_size": 1, "num_layers": 3, "stride": stride,
                       "bidirectional": stride > 1}} for cell, stride in (("rnn", 1), ("lstm", 64), ("gru", 2))),
        *({"data": {name: value}} for name, value in (
            ("dev", ALMOST), ("dev", 0.0), ("dev", TINY), ("weight", TINY), ("weight", 1000.0), ("utr", False),
        )),
    ],
    "vectors": [
        *({"run": {"method": method, "size": 1, "window": 1, "negative": 1, "minimum_count": 1, "sample": 0.0,
                   "learning_rate": TINY}} for method in ("skip-gram", "cbow", "swivel")),
        *({"run": {"method": method, "window": 1000, "negative": 1000, "sample": 1.0, "learning_rate": 1.0,
                   "distance_power": 10.0, "weight": 1000.0}} for method in ("skip-gram", "swivel")),
        {"run": {"minimum_count": MANY}},
        {"run": {"subwords": True, "shortest": 1, "longest": 1, "buckets": 1}},
        {"run": {"subwords": True, "shortest": 1, "longest": 1000}},
        {"run": {"distance_power": 0.0, "method": "swivel", "weight": TINY, "seed": MOST_SEED}},
        {"run": {"seed": 0}, "seed": MOST_SEED},
        {"phrases": 3, "words": 1, "size": 1, "centre": True, "shuffle": True},
        {"words": MANY, "size": MANY, "spelling_weight": 1000.0, "storage": "int8"},
        {"spelling_weight": TINY, "storage": "float32", "lowercase": False},
        {"corpus": {"repeat": 3, "encoding": "none"}},
        {"corpus": {"format": "csv", "columns": ["text"], "delimiter": "ab"}},
    ],
    "tokenizer": [
        *({"tokenizer": {"vocabulary_size": size, "model": model, "sentences": 1 if size == 1 else MANY}}
          for size in (1, 257, 300, 1 << 20) for model in ("unigram", "bpe", "char")),
        {"tokenizer": {"lower": True}, "seed": MOST_SEED},
        {"corpus": {"repeat": 3, "format": "jsonl"}},
    ],
}  # fmt: skip


def changed(base: Changes, changes: Changes) -> Changes:
    """A recipe with some keys changed, of a list of tables those of the first."""
    result = dict(base)
    for name, value in changes.items():
        there = base.get(name)
        if isinstance(there, list) and isinstance(value, dict):
            result[name] = [changed(there[0], value)]
        else:
            result[name] = changed(there, value) if isinstance(there, dict) else value
    return result


def train(name: str, changes: Changes, folder: Path, place: Path) -> None:
    table = changed({"task": name, **BASES[name]}, changes)
    (place / "recipe.toml").write_text(to_toml(table), encoding="utf-8")
    task = find_task(table["task"], table.get("answer", ""))
    recipe = read_recipe(load_object(task.recipe), place / "recipe.toml")
    run = Run(place / "model", folders=(folder,), device="cpu", threads=1)
    load_object(task.training)(recipe, run).train(Silent())
    assert verify(place / "model")[1] == []


@pytest.mark.parametrize("name", BASES)
def test_as_it_is(data: Path, tmp_path: Path, name: str) -> None:
    """What the others change is a training that ends well."""
    train(name, {}, data, tmp_path)


@pytest.mark.parametrize(("name", "changes"), [(name, one) for name, cases in CASES.items() for one in cases], ids=str)
def test_settings_at_their_ends(data: Path, tmp_path: Path, name: str, changes: Changes) -> None:
    try:
        train(name, changes, data, tmp_path)
    except SeqtoolError as error:
        assert "\n" not in str(error)
        assert not (tmp_path / "model").exists()

"""Small models made on the spot, and the real binary in a fresh folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from processes import SEQTOOL as SEQTOOL
from processes import Run as Run
from processes import records as records
from processes import refused as refused
from processes import run as run

# Tiny networks wait longer for a second thread than they compute.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parent.parent
TEXTS = [
    "The fan works like a charm, good quality at this price.",
    "It was broken when it arrived, and nobody answered.",
    "An average film with a good cast and a bad script.",
    "Naïve café owners loved the new coffee machine!",
    "Do not buy this, it is not worth the money.",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow as well")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked slow, unless it is asked for: by --slow, by -m, or by its name."""
    if config.option.slow or config.option.markexpr or any("::" in argument for argument in config.args):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.fixture(scope="session")
def make_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """make_model(cell="lstm", ...) writes an untrained classifier's folder; keywords as in ClassifierShape."""

    def make(
        *,
        kind: str = "single",
        labels: tuple[str, ...] = ("negative", "neutral", "positive"),
        groups: dict[str, list[str]] | None = None,
        storage: str = "int8",
        seed: int = 1,
        name: str = "tiny",
        **network: Any,
    ) -> Path:
        import shutil

        import torch

        from seqtool.export.classifier import export_classifier
        from seqtool.modelfolder.shapes import ClassifierShape
        from seqtool.modelfolder.write import new_folder
        from seqtool.nn.classifier import ClassifierNetwork
        from seqtool.tokenization.pieces import Pieces
        from seqtool.training.recipe import TokenizerSettings
        from seqtool.training.tokenizer.pieces import train_pieces

        torch.manual_seed(seed)
        place = tmp_path_factory.mktemp("models")
        train_pieces(TEXTS * 3, place / "pieces.model", TokenizerSettings(vocabulary_size=400), 1)
        pieces = Pieces(place / "pieces.model")
        shape = ClassifierShape(
            vocabulary_size=pieces.size,
            num_labels=len(labels),
            **{"embedding_size": 16, "hidden_size": 12, **network},
        )
        manifest = {
            "name": name,
            "version": "1",
            "task": "classify",
            "licence": "CC0",
            "languages": ["en"],
            "labels": list(labels),
            "network": shape.to_table(),
            "tokenizer": {"kind": "pieces", "file": "pieces.model", "size": pieces.size},
            "answer": {"kind": kind, "temperature": 1.0, **({"groups": groups} if groups else {})},
        }
        with new_folder(place / name, manifest) as folder:
            shutil.copyfile(place / "pieces.model", folder / "pieces.model")
            export_classifier(ClassifierNetwork(shape), folder, storage)
            (folder / "README.md").write_text("# tiny\n", encoding="utf-8")
            (folder / "recipe.toml").write_text("", encoding="utf-8")
        return place / name

    return make


@pytest.fixture(scope="session")
def tiny_model(make_model: Callable[..., Path]) -> Path:
    """An untrained rating model of five stars in three groups, as sentiment-en is one."""
    return make_model(
        kind="rating",
        labels=("1", "2", "3", "4", "5"),
        groups={"negative": ["1", "2"], "neutral": ["3"], "positive": ["4", "5"]},
    )


TAGGED_TEXTS = [
    "Ada Lovelace met Charles Babbage in London in 1833.",
    "The U.S. team won on Monday; Mr. Smith of New York did not see it. Was it good?",
    "naïve Zoë flew from Ærø to São Paulo on 12 May 2024 at 10:30.",
    "EU rejects German call to boycott British lamb.",
]
TAGGER_LABELS = {"entities": ("person", "place", "time"), "labels": ("NOUN", "VERB", "PUNCT", "X")}
# The torch network that each folder of make_tagger was made of, its weights as stored.
TAGGERS: dict[Path, Any] = {}


@pytest.fixture(scope="session")
def make_tagger(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """make_tagger(kind="entities", cell="lstm", ...) writes the folder of a tagger with random weights, large enough
    that every label occurs; keywords as in TaggerShape.  ``lexicon``: True for one of a few words."""

    def make(
        *,
        kind: str = "entities",
        labels: tuple[str, ...] = (),
        scheme: str = "bioes",
        crf: bool = True,
        lexicon: bool = False,
        lowercase: bool = True,
        storage: str = "int8",
        seed: int = 1,
        name: str = "tiny-tagger",
        **network: Any,
    ) -> Path:
        import torch

        from seqtool.decoding.schemes import allowed_transitions, tag_names
        from seqtool.export.tagger import export_tagger
        from seqtool.modelfolder.shapes import TaggerShape
        from seqtool.modelfolder.write import new_folder
        from seqtool.nn.tagger import TaggerNetwork
        from seqtool.tokenization.word_features import WordFeatures
        from seqtool.tokenization.words import words
        from seqtool.training.tag.training import write_lines

        labels = labels or TAGGER_LABELS[kind]
        tags = tag_names(labels, scheme) if kind == "entities" else list(labels)
        known = [word for text in TAGGED_TEXTS[:3] for word in words(text)]
        vocabulary = [*dict.fromkeys(word.lower() if lowercase else word for word in known), "0000", "00"]
        characters = "".join(sorted(set("".join(known))))
        bits = {"ada": 1, "london": 2, "monday": 3} if lexicon else {}
        lists = ["names", "places"] if lexicon else []
        reader = WordFeatures(vocabulary, characters, lowercase=lowercase, lexicon=bits, lists=lists)
        small = {"embedding_size": 9, "hidden_size": 7, "character_embedding_size": 5, "character_size": 6}
        shape = TaggerShape(
            vocabulary_size=reader.size,
            num_tags=len(tags),
            character_vocabulary_size=reader.character_size,
            feature_size=reader.feature_size,
            crf=crf,
            **{**small, **network},
        )
        transitions = torch.from_numpy(allowed_transitions(tags, scheme)) if kind == "entities" else None
        torch.manual_seed(seed)
        made = TaggerNetwork(shape, transitions=transitions)
        with torch.no_grad():
            for parameter in made.parameters():
                parameter.add_(0.3 * torch.randn_like(parameter))
            made.embedding.table.weight.mul_(3.0)
            made.output.weight.mul_(3.0)
        manifest: dict[str, Any] = {
            "name": name,
            "version": "1",
            "task": "tag",
            "licence": "CC0",
            "languages": ["en"],
            "labels": list(labels),
            "network": shape.to_table(),
            "tokenizer": {
                "kind": "words",
                "words": "words.txt",
                "characters": "characters.txt",
                "lowercase": lowercase,
            },
            "answer": {"kind": kind, **({"scheme": scheme} if kind == "entities" else {})},
            **({"lexicon": {"file": "lexicon.txt", "lists": lists}} if lexicon else {}),
        }
        place = tmp_path_factory.mktemp("taggers") / name
        with new_folder(place, manifest) as folder:
            write_lines(folder / "words.txt", vocabulary)
            write_lines(folder / "characters.txt", characters)
            if lexicon:
                write_lines(folder / "lexicon.txt", (f"{word}\t{bit}" for word, bit in sorted(bits.items())))
            export_tagger(made, folder, storage)
            (folder / "README.md").write_text("# tiny\n", encoding="utf-8")
            (folder / "recipe.toml").write_text("", encoding="utf-8")
        TAGGERS[place] = made.eval()
        return place

    return make


@pytest.fixture(scope="session")
def tiny_tagger(make_tagger: Callable[..., Path]) -> Path:
    """An untrained tagger of persons, places and times, as ner-en is one."""
    return make_tagger(lexicon=True)


@pytest.fixture(scope="session")
def tiny_labeller(make_tagger: Callable[..., Path]) -> Path:
    """An untrained tagger with a label for every token, as pos-en is one."""
    return make_tagger(kind="labels", name="tiny-labeller", labels=("NOUN", "VERB", "PUNCT"))


@pytest.fixture(scope="session")
def make_genes(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """make_genes(stride=3, ...) is an untrained tagger of genes; keywords as in made_genes.write_genes."""
    from made_genes import Made, write_genes

    made: dict[str, Made] = {}

    def make(**settings: Any) -> Made:
        key = repr(sorted(settings.items()))
        if key not in made:
            made[key] = write_genes(tmp_path_factory.mktemp("genes") / "genes", **settings)
        return made[key]

    return make


NOUNS = [("king", "queen"), ("man", "woman"), ("boy", "girl"), ("prince", "princess"), ("father", "mother")]
CAPITALS = [("Paris", "France"), ("Rome", "Italy"), ("Madrid", "Spain"), ("Athens", "Greece"), ("Oslo", "Norway")]
ODD_WORDS = ["Turkey", "turkey", "café", "naïve", "Ærø", "नमस्ते", "new_york", "ice_cream", "😀", "don't", "well-known"]
VECTOR_WORDS = [
    *(word for pair in NOUNS + CAPITALS for word in pair),
    *ODD_WORDS,
    *(f"word{number:03}" for number in range(370)),
]


def vector_rows(words: Sequence[str] = VECTOR_WORDS, size: int = 24, seed: int = 5) -> Any:
    """Rows for words, of different lengths; those of NOUNS and of CAPITALS roughly as analogies want them."""
    import numpy as np

    chance = np.random.default_rng(seed)
    rows = chance.normal(size=(len(words), size))
    for pairs in (NOUNS, CAPITALS):
        step = chance.normal(size=size)
        for first, second in pairs:
            if first in words and second in words:
                rows[words.index(second)] = rows[words.index(first)] + step + 0.5 * chance.normal(size=size)
    return rows.astype(np.float32)


@pytest.fixture(scope="session")
def make_vectors(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """make_vectors(words, rows, storage="int8", ...) writes a vector folder; keywords as in fill_folder."""

    def make(words: Sequence[str], rows: Any, *, name: str = "tiny", lowercase: bool = False, **settings: Any) -> Path:
        from seqtool.modelfolder.write import new_folder
        from seqtool.training.vectors.recipe import VectorsRecipe
        from seqtool.vectors.write import fill_folder, manifest

        place = tmp_path_factory.mktemp("vectors") / name
        said: dict[str, Any] = {}
        with new_folder(place, said) as folder:
            said.update(
                manifest(VectorsRecipe(), name, fill_folder(folder, words, rows, lowercase=lowercase, **settings))
            )
            (folder / "README.md").write_text("# tiny\n", encoding="utf-8")
        return place

    return make


@pytest.fixture(scope="session")
def tiny_vectors(make_vectors: Callable[..., Path]) -> dict[str, Path]:
    """The folder of VECTOR_WORDS by storage: float32, float16 and int8 (the last of unit rows)."""
    counts = [100_000 // (place + 1) for place in range(len(VECTOR_WORDS))]
    return {
        storage: make_vectors(
            VECTOR_WORDS, vector_rows(), storage=storage, counts=counts, unit=storage == "int8", name=f"tiny-{storage}"
        )
        for storage in ("float32", "float16", "int8")
    }


def rows_of(folder: Path) -> Any:
    """The rows of a vector folder, read with numpy alone."""
    import numpy as np

    rows = np.load(folder / "vectors.npy").astype(np.float32)
    if (folder / "scales.npy").exists():
        rows *= np.load(folder / "scales.npy")[:, None]
    return rows


def gensim_vectors(words: Sequence[str], rows: Any) -> Any:
    """gensim's KeyedVectors of the same words and rows."""
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(rows.shape[1])
    vectors.add_vectors(list(words), rows)
    return vectors


class Heard:
    """What a training of vectors or of a tokenizer tells on its way."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.notes: list[str] = []
        self.shares: list[float] = []
        self.epochs: list[dict[str, Any]] = []
        self.stage = self.stages.append
        self.note = self.notes.append
        self.epoch = self.epochs.append

    def progress(self, share: float, text: str) -> None:
        self.shares.append(share)


TOKENIZER_LINES = [
    "The fan works like a charm, and the quality is good at this price.",
    "It was broken when it arrived; nobody answered the phone.",
    "An average film with a good cast, and a bad script.",
    "Naïve café owners loved the new coffee machine!",
    "def f(x):\treturn x <0x41> <unk> <s>  # two  spaces",
    "नमस्ते दुनिया, 👍🏽 and 日本語",
]


@pytest.fixture(scope="session")
def tokenizers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A tokenizer's folder for each model, and two that lower-case."""
    import random

    from seqtool.training.recipe import CorpusSettings, TokenizerSettings
    from seqtool.training.recipe import Run as TrainingRun
    from seqtool.training.tokenizer.recipe import TokenizerRecipe
    from seqtool.training.tokenizer.training import TokenizerTraining

    place = tmp_path_factory.mktemp("tokenizers")
    chance = random.Random(1)
    lines = TOKENIZER_LINES * 5 + [
        " ".join(chance.choices(" ".join(TOKENIZER_LINES[:4]).split(), k=8)) for _ in range(200)
    ]
    (place / "lines.txt").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    settings = {
        "unigram": TokenizerSettings(vocabulary_size=450, lower=False),
        "bpe": TokenizerSettings(vocabulary_size=450, model="bpe", lower=False),
        "char": TokenizerSettings(vocabulary_size=8000, model="char", lower=False),
        "lower": TokenizerSettings(vocabulary_size=450),
        "lower-bpe": TokenizerSettings(vocabulary_size=450, model="bpe"),
    }
    for name, chosen in settings.items():
        recipe = TokenizerRecipe(corpus=(CorpusSettings(file=str(place / "lines.txt")),), tokenizer=chosen)
        TokenizerTraining(recipe, TrainingRun(place / name)).train(Heard())
    return {name: place / name for name in settings}

"""Small trainings of word vectors: the same as plain gensim's, the same again for the same seed."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Heard, rows_of
from gensim.models import FastText, Word2Vec

from seqtool.errors import DataError, OutputError, SeqtoolError
from seqtool.modelfolder.manifest import open_folder
from seqtool.modelfolder.verify import verify
from seqtool.training.data import corpus as corpus_module
from seqtool.training.data.corpus import count_words, shuffled, tokens_of
from seqtool.training.recipe import CorpusSettings, Run
from seqtool.training.vectors.joining import combine, sif_directions
from seqtool.training.vectors.recipe import RunSettings, VectorsRecipe
from seqtool.training.vectors.training import VectorsTraining
from seqtool.vectors.matrix import to_unit
from seqtool.vectors.store import Vectors

TOPICS = ["river stone water fish boat", "king queen crown castle prince", "bread butter cheese café jam"]


def lines_of(number: int, seed: int = 1) -> list[str]:
    """Lines of one topic each, with common words, capitals and stops between."""
    chance = random.Random(seed)
    lines = []
    for _ in range(number):
        words = chance.choices(chance.choice(TOPICS).split(), k=chance.randrange(4, 12))
        mixed = [part for word in words for part in (chance.choice(["the", "of", "and", ""]), word)]
        lines.append((" ".join(filter(None, mixed))).capitalize() + ".")
    return lines


LINES = lines_of(400)
SMALL = RunSettings(size=16, window=3, minimum_count=2, epochs=2, sample=1e-2)


def recipe_of(file: str | Path, *runs: RunSettings, **settings: Any) -> VectorsRecipe:
    return VectorsRecipe(corpus=(CorpusSettings(file=str(file)),), run=runs or (SMALL,), storage="float32", **settings)


def train(recipe: VectorsRecipe, output: Path, *, force: bool = False) -> tuple[dict[str, Any], Heard]:
    """The result, and what was told on the way."""
    heard = Heard()
    training = VectorsTraining(recipe, Run(output, force=force))
    result = training.train(heard)
    assert not training.work.exists()
    return result, heard


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "lines.txt"
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return path


def plain_tokens() -> list[list[str]]:
    """The lines' words by a rule of the test's own: these lines have spaces and full stops alone."""
    return [line.lower().rstrip(".").split() for line in LINES]


def gensim_settings(run: RunSettings) -> dict[str, Any]:
    return {
        "vector_size": run.size,
        "window": run.window,
        "negative": run.negative,
        "min_count": run.minimum_count,
        "sample": run.sample,
        "sg": int(run.method == "skip-gram"),
        "alpha": run.learning_rate,
        "epochs": run.epochs,
        "seed": run.seed,
        "workers": 1,
    }


@pytest.mark.parametrize("method", ["skip-gram", "cbow"])
@pytest.mark.parametrize("seed", [1, 7])
def test_one_thread_gives_plain_gensims_vectors(corpus: Path, tmp_path: Path, method: str, seed: int) -> None:
    run = RunSettings(method=method, seed=seed, size=16, window=3, minimum_count=2, epochs=2, sample=1e-2)
    _, heard = train(recipe_of(corpus, run), tmp_path / "ours")
    reference = Word2Vec(plain_tokens(), **gensim_settings(run)).wv
    vectors = Vectors(open_folder(tmp_path / "ours"))
    assert sorted(vectors.words) == sorted(reference.index_to_key)
    wanted = np.stack([reference.get_vector(word, norm=True) for word in vectors.words])
    np.testing.assert_allclose(vectors.rows(slice(None)), wanted, atol=1e-6)
    assert heard.notes == []


def test_the_same_seed_gives_the_same_bytes(corpus: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        train(recipe_of(corpus), tmp_path / name)
    files = [
        path.name
        for path in (tmp_path / "one").iterdir()
        if path.name not in ("README.md", "recipe.toml", "model.toml")
    ]
    assert {"words.txt", "vectors.npy", "counts.npy", "common.npy"} <= {*files}
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    other = RunSettings(**{**SMALL.__dict__, "seed": 2})
    train(recipe_of(corpus, other), tmp_path / "three")
    assert (tmp_path / "three/vectors.npy").read_bytes() != (tmp_path / "one/vectors.npy").read_bytes()


def test_the_folder(corpus: Path, tmp_path: Path) -> None:
    result, heard = train(recipe_of(corpus, name="mine", licence="CC0", languages=("en",)), tmp_path / "out")
    folder = open_folder(tmp_path / "out")
    assert verify(tmp_path / "out")[1] == [] and folder.name == "mine"
    assert folder.manifest["licence"] == "CC0" and folder.manifest["languages"] == ["en"]
    vectors = Vectors(folder)
    counts = Counter(word for tokens in plain_tokens() for word in tokens)
    wanted = sorted((word for word, count in counts.items() if count >= 2), key=lambda word: (-counts[word], word))
    assert (
        vectors.words == wanted
        and vectors.counts is not None
        and vectors.counts.tolist() == [counts[w] for w in wanted]
    )
    assert vectors.unit and vectors.lowercase
    np.testing.assert_allclose(np.linalg.norm(rows_of(tmp_path / "out"), axis=1), 1, atol=1e-6)
    assert vectors.find("KING") == vectors.words.index("king")

    words = sum(counts.values())
    assert result["words"] == len(wanted) and result["size"] == 16 and result["corpus_words"] == words
    assert [entry["epoch"] for entry in heard.epochs] == [1, 2] and heard.epochs[-1]["words"] == 2 * words
    assert {"run", "epoch", "words", "seconds", "words_per_second"} <= {*heard.epochs[0]}
    assert heard.shares == sorted(heard.shares) and heard.shares[-1] == 1.0
    made = tomllib.loads((tmp_path / "out/recipe.toml").read_text(encoding="utf-8"))
    assert made["run"][0]["size"] == 16 and made["results"]["words"] == len(wanted) and made["task"] == "vectors"
    assert "16 dimensions" in (tmp_path / "out/README.md").read_text(encoding="utf-8")


def test_the_common_direction_is_that_of_the_texts(corpus: Path, tmp_path: Path) -> None:
    """First singular vector of the weighted means of all lines, as SIF wants it."""
    train(recipe_of(corpus), tmp_path / "out")
    vectors = Vectors(open_folder(tmp_path / "out"))
    rows = rows_of(tmp_path / "out").astype(np.float64)
    total = int(vectors.counts.sum())
    means = []
    for tokens in plain_tokens():
        places = [vectors.words.index(token) for token in tokens if token in vectors.words]
        if places:
            means.append(np.mean([1e-3 / (1e-3 + vectors.counts[p] / total) * rows[p] for p in places], axis=0))
    _, _, axes = np.linalg.svd(np.array(means))
    assert vectors.common.shape == (1, 16)
    assert abs(float(vectors.common[0] @ axes[0])) == pytest.approx(1, abs=1e-5)


def test_a_text_comes_in_any_form(corpus: Path, tmp_path: Path) -> None:
    text = corpus.read_bytes()
    wanted = None
    for name, pack in {"a.txt": bytes, "b.txt.gz": gzip.compress, "c.bz2": bz2.compress, "d.xz": lzma.compress}.items():
        (tmp_path / name).write_bytes(pack(text))
        train(recipe_of(tmp_path / name), tmp_path / f"out-{name}")
        made = (tmp_path / f"out-{name}" / "vectors.npy").read_bytes()
        wanted = wanted or made
        assert made == wanted
    (tmp_path / "e.csv").write_text(
        "id,body\n" + "".join(f'{n},"{line}"\n' for n, line in enumerate(LINES)), encoding="utf-8"
    )
    table = VectorsRecipe(
        corpus=(CorpusSettings(file=str(tmp_path / "e.csv"), text="body"),), run=(SMALL,), storage="float32"
    )
    train(table, tmp_path / "out-e")
    assert (tmp_path / "out-e" / "vectors.npy").read_bytes() == wanted


def test_bad_records_are_left_out_and_told(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\n" + corpus.read_bytes() + b"caf\xe9 caf\xe9\n")
    _, heard = train(recipe_of(tmp_path / "bad.txt"), tmp_path / "out")
    [note] = heard.notes
    assert "2 bad records" in note and str(tmp_path / "bad.txt") in note
    train(recipe_of(corpus), tmp_path / "good")
    assert (tmp_path / "out/vectors.npy").read_bytes() == (tmp_path / "good/vectors.npy").read_bytes()


def test_capitals_kept_apart(corpus: Path, tmp_path: Path) -> None:
    train(recipe_of(corpus, lowercase=False), tmp_path / "out")
    vectors = Vectors(open_folder(tmp_path / "out"))
    assert {"The", "the", "King", "king"} <= {*vectors.words} and not vectors.lowercase
    assert vectors.find("King") != vectors.find("king")


@pytest.mark.parametrize("storage", ["float16", "int8"])
def test_what_a_smaller_storage_costs(corpus: Path, tmp_path: Path, storage: str) -> None:
    train(recipe_of(corpus), tmp_path / "float32")
    recipe = VectorsRecipe(corpus=(CorpusSettings(file=str(corpus)),), run=(SMALL,), storage=storage)
    train(recipe, tmp_path / storage)
    exact, stored = (Vectors(open_folder(tmp_path / name)) for name in ("float32", storage))
    assert stored.words == exact.words
    first, second = exact.unit_rows(slice(None)), stored.unit_rows(slice(None))
    assert (first * second).sum(axis=1).min() > {"float16": 1 - 1e-6, "int8": 0.9998}[storage]
    difference = np.abs(first @ first.T - second @ second.T).max()
    assert difference < {"float16": 1e-3, "int8": 0.02}[storage]


def test_the_commonest_words_alone(corpus: Path, tmp_path: Path) -> None:
    train(recipe_of(corpus), tmp_path / "all")
    train(recipe_of(corpus, words=7), tmp_path / "few")
    every, few = (Vectors(open_folder(tmp_path / name)) for name in ("all", "few"))
    assert few.words == every.words[:7] and few.rows(slice(None)).tobytes() == every.rows(slice(0, 7)).tobytes()


def test_subwords_against_plain_gensim(corpus: Path, tmp_path: Path) -> None:
    run = RunSettings(subwords=True, size=8, minimum_count=2, epochs=1, buckets=300, shortest=2, longest=4, window=3)
    train(recipe_of(corpus, run), tmp_path / "out")
    reference = FastText(plain_tokens(), min_n=2, max_n=4, bucket=300, **gensim_settings(run)).wv
    vectors = Vectors(open_folder(tmp_path / "out"))
    assert verify(tmp_path / "out")[1] == [] and not vectors.unit
    for word in vectors.words:
        np.testing.assert_allclose(vectors.rows([vectors.find(word)])[0], reference[word], atol=1e-6)
    for word in ("kingdom", "Riverside", "cafeteria", "z", "नमस्ते"):
        np.testing.assert_allclose(vectors.guess(word), reference.get_vector(word.lower()), atol=1e-6)


def test_phrases(tmp_path: Path) -> None:
    # The score of a pair grows with the number of different words.
    lines = [f"u{number} v{number} w{number} New York x{number} y{number}" for number in range(60)]
    (tmp_path / "phrases.txt").write_text("\n".join([*lines, *lines_of(100)]), encoding="utf-8")
    train(recipe_of(tmp_path / "phrases.txt", phrases=1), tmp_path / "joined")
    train(recipe_of(tmp_path / "phrases.txt"), tmp_path / "apart")
    joined, apart = (Vectors(open_folder(tmp_path / name)) for name in ("joined", "apart"))
    assert "new_york" in joined.words and "new_york" not in apart.words and "york" in apart.words
    assert joined.find("New York") == joined.words.index("new_york")
    assert joined.counts[joined.find("new york")] == 60


def test_runs_side_by_side(corpus: Path, tmp_path: Path) -> None:
    """Two runs in one folder: the same rows as both alone put together, over the words of both."""
    first = RunSettings(size=6, minimum_count=2, epochs=1, window=3)
    second = RunSettings(size=10, minimum_count=198, epochs=1, window=2, method="cbow", weight=0.5, seed=3)
    train(recipe_of(corpus, first, second), tmp_path / "both")
    parts = []
    for name, run in (("first", first), ("second", second)):
        train(recipe_of(corpus, run), tmp_path / name)
        parts.append(Vectors(open_folder(tmp_path / name)))
    both = Vectors(open_folder(tmp_path / "both"))
    assert both.words == parts[1].words and len(both) < len(parts[0]) and both.size == 16
    cosines = [part.unit_rows([part.find(word) for word in both.words]) for part in parts]
    wanted = (cosines[0] @ cosines[0].T + 0.25 * cosines[1] @ cosines[1].T) / 1.25
    rows = both.unit_rows(slice(None))
    np.testing.assert_allclose(rows @ rows.T, wanted, atol=1e-5)
    train(recipe_of(corpus, first, second, size=5), tmp_path / "small")
    assert Vectors(open_folder(tmp_path / "small")).size == 5


def test_shuffled_lines(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus_module, "BUCKET_FILES", 5)
    lines = [line.split() for line in LINES]
    once = list(shuffled(lines, tmp_path / "buckets", 4))
    assert once != lines and sorted(once) == sorted(lines) and not (tmp_path / "buckets").exists()
    assert list(shuffled(lines, tmp_path / "buckets", 4)) == once
    assert list(shuffled(lines, tmp_path / "buckets", 5)) != once
    train(recipe_of(corpus, shuffle=True), tmp_path / "one")
    train(recipe_of(corpus, shuffle=True), tmp_path / "two")
    assert (tmp_path / "one/vectors.npy").read_bytes() == (tmp_path / "two/vectors.npy").read_bytes()


def test_too_little_text(tmp_path: Path, corpus: Path) -> None:
    for text, settings, said in (
        ("", SMALL, "no words"),
        ("... !!!\n\n", SMALL, "no words"),
        ("a few words\n", RunSettings(minimum_count=5), "lower --minimum-count"),
    ):
        (tmp_path / "little.txt").write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match=said):
            train(recipe_of(tmp_path / "little.txt", settings), tmp_path / "out")
    with pytest.raises(DataError, match="minimum-count"):
        train(recipe_of(corpus, RunSettings(minimum_count=100_000)), tmp_path / "out")
    with pytest.raises(SeqtoolError, match=r"missing\.txt"):
        train(recipe_of(tmp_path / "missing.txt"), tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["little.txt"]


def test_runs_with_no_word_in_common(tmp_path: Path, corpus: Path) -> None:
    with pytest.raises(DataError):
        train(recipe_of(corpus, SMALL, RunSettings(minimum_count=100_000)), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_there_is_kept(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(OutputError, match="--force"):
        train(recipe_of(corpus), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    train(recipe_of(corpus), tmp_path / "out", force=True)
    assert verify(tmp_path / "out")[1] == []


def test_a_sentence_longer_than_gensim_takes(tmp_path: Path) -> None:
    """It is cut up, so every word of it is read (gensim drops what is beyond its limit)."""
    chance = random.Random(1)
    words = chance.choices(["river", "stone", "water", "fish", "boat", "king", "queen"], k=25_000)
    (tmp_path / "book.txt").write_text(" ".join(words), encoding="utf-8")
    result, heard = train(recipe_of(tmp_path / "book.txt"), tmp_path / "out")
    assert result["corpus_words"] == 25_000 and heard.epochs[-1]["words"] == 50_000
    pieces = [words[start : start + 9000] for start in range(0, len(words), 9000)]
    reference = Word2Vec(pieces, **gensim_settings(SMALL)).wv
    vectors = Vectors(open_folder(tmp_path / "out"))
    wanted = np.stack([reference.get_vector(word, norm=True) for word in vectors.words])
    np.testing.assert_allclose(vectors.rows(slice(None)), wanted, atol=1e-6)


def test_words_are_what_embed_looks_up() -> None:
    assert tokens_of("The CAFE\u0301, isn't it? 3.5 😀 -- new-fangled!", lowercase=True) == [
        "the", "café", "is", "n't", "it", "3.5", "new-fangled"
    ]  # fmt: skip
    assert tokens_of("The café", lowercase=False) == ["The", "café"]
    assert tokens_of(" ... ", lowercase=True) == []


def test_counting_a_corpus(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus_module, "SAMPLED_TEXTS", 10)
    counted = count_words((CorpusSettings(file=str(corpus)),), lowercase=True)
    assert counted.counts == Counter(word for tokens in plain_tokens() for word in tokens)
    assert counted.texts == plain_tokens()[:10]
    with pytest.raises(DataError, match="no text"):
        sif_directions([["unheard"]], ["a"], np.ones((1, 3), np.float32), np.array([1]))


def tables_of(*sizes: int) -> list[Any]:
    chance = np.random.default_rng(2)
    return [chance.normal(size=(40, size)).astype(np.float32) for size in sizes]


def cosines(rows: Any) -> Any:
    units = rows / np.linalg.norm(rows.astype(np.float64), axis=1)[:, None]
    return units @ units.T


@pytest.mark.parametrize("weights", [(1.0,), (1.0, 1.0), (1.0, 0.5, 2.0)])
def test_combined_cosines_are_means_by_squared_weight(weights: Sequence[float]) -> None:
    tables = tables_of(*range(5, 5 + len(weights)))
    rows = combine(tables, weights, 0)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    for i in range(0, 40, 7):
        for j in range(40):
            total = sum(w * w * float(cosines(table)[i, j]) for w, table in zip(weights, tables))
            assert float(rows[i] @ rows[j]) == pytest.approx(total / sum(w * w for w in weights), abs=1e-5)


@pytest.mark.parametrize("size", [1, 4, 12])
def test_principal_axes_against_the_singular_values(size: int) -> None:
    """Cosines of the best approximation of so low a rank (Eckart & Young 1936), not centred."""
    tables = tables_of(7, 9)
    rows = combine(tables, (1.0, 0.5), size)
    assert rows.shape == (40, size)
    whole = np.concatenate([to_unit(tables[0]), 0.5 * to_unit(tables[1])], axis=1).astype(np.float64)
    left, values, _ = np.linalg.svd(whole, full_matrices=False)
    wanted = left[:, :size] * values[:size]
    np.testing.assert_allclose(cosines(rows), cosines(wanted), atol=1e-5)


def test_a_size_that_keeps_everything_changes_no_cosine() -> None:
    tables = tables_of(6, 6)
    plain = combine(tables, (1.0, 1.0), 0)
    for size in (12, 50):
        np.testing.assert_allclose(cosines(combine(tables, (1.0, 1.0), size)), cosines(plain), atol=1e-5)

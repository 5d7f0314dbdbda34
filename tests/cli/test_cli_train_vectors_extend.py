"""seqtool train vectors --extend: the vectors that are there stay, other words get theirs from the words around them."""

from __future__ import annotations

import os
import random
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Run, gensim_vectors, records, rows_of

from seqtool.modelfolder.manifest import open_folder
from seqtool.vectors.store import Vectors

pytestmark = pytest.mark.slow

TOPICS = {
    "brook": ["river", "stone", "water", "fish", "boat"],
    "duke": ["king", "queen", "crown", "castle", "prince"],
    "jam": ["bread", "butter", "cheese", "café", "honey"],
}
WORDS = [word for topic in TOPICS.values() for word in topic]
COUNTS = [1000 - 7 * place for place in range(len(WORDS))]
OPTIONS = ["--minimum-count", "3", "--window", "4", "--threads", "1", "-q"]


def base_rows() -> np.ndarray:
    """The words of a topic near each other; not of length one."""
    chance = np.random.default_rng(1)
    centres = np.repeat(chance.normal(size=(len(TOPICS), 6)), 5, axis=0)
    return (3 * centres + chance.normal(size=(len(WORDS), 6))).astype(np.float32)


def unit(rows: np.ndarray) -> np.ndarray:
    lengths: np.ndarray = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    return rows / lengths


def text_of(lines: int = 120) -> str:
    """A word of its own in each topic, and one that is too rare."""
    chance = random.Random(3)
    texts = []
    for _ in range(lines):
        own, topic = chance.choice(list(TOPICS.items()))
        words = chance.choices(topic, k=6)
        words.insert(3, own)
        texts.append(" ".join(words).capitalize() + ".\n")
    return "".join(texts) + "river once stone\n"


TEXT = text_of()


@pytest.fixture
def base(make_vectors: Callable[..., Path]) -> Path:
    return make_vectors(WORDS, base_rows(), storage="float32", counts=COUNTS)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "text.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("storage", "tolerance"), [("float32", 1e-6), ("float16", 5e-4), ("int8", 6e-3)])
def test_what_is_there_stays(run: Run, base: Path, corpus: Path, storage: str, tolerance: float) -> None:
    result = run("train", "vectors", "--extend", base, "text.txt", *OPTIONS, "--storage", storage, "-o", "more")
    assert (result.returncode, result.stderr) == (0, b"")
    [told] = records(result.stdout)
    assert (told["model"], told["words"], told["size"]) == ("more", len(WORDS) + 3, 6)
    assert run("models", "verify", "./more").returncode == 0
    vectors = Vectors(open_folder(corpus / "more"))
    counts = Counter(TEXT.lower().replace(".", "").split())
    own = sorted(TOPICS, key=lambda word: -counts[word])
    # Those that were there, in their order and with their counts, then the others, the commonest first.
    assert vectors.words[: len(WORDS)] == WORDS and vectors.words[len(WORDS) :] == own
    assert vectors.counts is not None and vectors.counts.tolist() == COUNTS + [counts[word] for word in own]
    rows = rows_of(corpus / "more")
    np.testing.assert_allclose(rows[: len(WORDS)], unit(base_rows()), atol=tolerance)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3)
    for word in own:  # near the words of its topic
        cosines = rows[: len(WORDS)] @ rows[vectors.words.index(word)]
        assert {WORDS[place] for place in np.argsort(-cosines)[:5]} == set(TOPICS[word]), word
    recipe = tomllib.loads((corpus / "more/recipe.toml").read_text(encoding="utf-8"))
    assert recipe["extend"] == str(base) and recipe["results"]["words"] == told["words"]
    assert sorted(os.listdir(corpus)) == ["more", "text.txt"]


def test_the_same_again_from_its_recipe_and_with_any_seed(run: Run, base: Path, corpus: Path) -> None:
    assert run("train", "vectors", "--extend", base, "text.txt", *OPTIONS, "-o", "one").returncode == 0
    result = run("train", "--recipe", "one/recipe.toml", "--data", ".", "--threads", "1", "--seed", "7", "-o", "two")
    assert result.returncode == 0, result.stderr
    for file in ("vectors.npy", "words.txt", "counts.npy", "common.npy"):
        assert (corpus / "one" / file).read_bytes() == (corpus / "two" / file).read_bytes(), file


def test_the_folder_serves_the_other_commands(run: Run, base: Path, corpus: Path) -> None:
    assert run("train", "vectors", "--extend", base, "text.txt", *OPTIONS, "-o", "more").returncode == 0
    [record] = records(run("analogy", "-m", "./more", "BROOK", "--top", "5").stdout)
    assert {answer["word"] for answer in record["answers"]} == set(TOPICS["brook"])
    [record] = records(run("embed", "-m", "./more", "--method", "sif", stdin="The duke and once\n").stdout)
    assert record["unknown"] == 3 and len(record["vector"]) == 6


@pytest.mark.parametrize("binary", [False, True])
def test_a_file_of_another_program(run: Run, corpus: Path, binary: bool) -> None:
    """It has no counts: those of the texts are taken."""
    rows = base_rows()
    gensim_vectors(WORDS, rows).save_word2vec_format(str(corpus / "base.any"), binary=binary)
    options = ["--extend", "base.any", *OPTIONS, "--storage", "float32", "-o", "more"]
    result = run("train", "vectors", *options, stdin=TEXT)
    assert (result.returncode, result.stderr) == (0, b"")
    vectors = Vectors(open_folder(corpus / "more"))
    assert vectors.words[: len(WORDS)] == WORDS and len(vectors.words) == len(WORDS) + 3
    np.testing.assert_allclose(rows_of(corpus / "more")[: len(WORDS)], unit(rows), atol=1e-5)
    counts = Counter(TEXT.lower().replace(".", "").split())
    assert vectors.counts is not None and vectors.counts.tolist() == [counts[word] for word in vectors.words]


def test_the_commonest_alone(run: Run, base: Path, corpus: Path) -> None:
    """--words counts those that are there."""
    options = [*OPTIONS, "--words", str(len(WORDS) + 1), "-o", "more"]
    assert run("train", "vectors", "--extend", base, "text.txt", *options).returncode == 0
    counts = Counter(TEXT.lower().replace(".", "").split())
    words = (corpus / "more/words.txt").read_text(encoding="utf-8").split()
    assert words == [*WORDS, max(TOPICS, key=lambda word: counts[word])]
    result = run("train", "vectors", "--extend", base, "text.txt", "--minimum-count", "1", "-q", "-o", "rare")
    assert records(result.stdout)[0]["words"] == len(WORDS) + 4  # the one that stands once, too


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--extend", "BASE", "known.txt"], "no other word than those of"),
        (["--extend", "BASE", "text.txt", "--minimum-count", "1000"], "no other word than those of"),
        (["--extend", "BASE", "text.txt", "--subwords"], "--extend: goes with no --subwords"),
        (["--extend", "BASE", "text.txt", "--phrases", "1"], "--extend: goes with no --subwords or --phrases"),
        (["--extend", "BASE", "text.txt", "--method", "swivel", "--subwords"], "--subwords"),
        (["--extend", "BASE", "empty.txt"], "no words"),
        (["--extend", "missing.txt", "text.txt"], "missing.txt"),
        (["--extend", "text.txt", "text.txt"], "text.txt"),
        (["--extend", ".", "text.txt"], ""),
        (["--extend", "MODEL", "text.txt"], "is a model for classify, not for vectors"),
    ],
    ids=lambda value: " ".join(value)[9:60] if isinstance(value, list) else "",
)
def test_what_cannot_be(
    refused: Callable[..., str], base: Path, tiny_model: Path, corpus: Path, arguments: list[str], said: str
) -> None:
    (corpus / "known.txt").write_text("the river\n" + "king stone water\n" * 9, encoding="utf-8")
    (corpus / "empty.txt").write_text("\n", encoding="utf-8")
    before = sorted(os.listdir(corpus))
    named = {"BASE": str(base), "MODEL": str(tiny_model)}
    given = [named.get(argument, argument) for argument in arguments]
    assert said in refused("train", "vectors", *OPTIONS, *given, "-o", "more")
    assert sorted(os.listdir(corpus)) == before


def test_a_folder_that_is_there_is_kept(refused: Callable[..., str], base: Path, corpus: Path) -> None:
    assert "--force" in refused("train", "vectors", "--extend", base, "text.txt", *OPTIONS, "-o", base)
    np.testing.assert_array_equal(rows_of(base), base_rows())


def test_texts_of_one_word_each(run: Run, base: Path, corpus: Path) -> None:
    """No word stands near any other."""
    result = run("train", "vectors", "--extend", base, *OPTIONS, "-o", "more", stdin="river\nnew\nother\n" * 5)
    assert b"Warning" not in result.stderr


def test_fewer_words_than_there_are(refused: Callable[..., str], base: Path, corpus: Path) -> None:
    told = refused("train", "vectors", "--extend", base, "text.txt", *OPTIONS, "--words", "5", "-o", "more")
    assert "--words" in told

"""What analogy, similar and tokenize answer can be asked from Python: the same records as the command's."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import Run, records

import seqtool
from seqtool.errors import ModelError, OptionError

QUESTIONS = ["king man woman", "king", "king queen", "", "nobody knows this", "king - man + woman + french", "king +", "a b c d"]  # fmt: skip
TEXTS = ["The fan works like a charm", "", "  ", "Naïve café owners 👍🏽 \u2028 x", "नमस्ते दुनिया", "a \u2581 b\x1a"]


def as_command(run: Run, command: str, model: Path, texts: list[str], options: dict[str, Any]) -> list[Any]:
    flags = [
        part
        for name, value in options.items()
        for part in (f"--{name.replace('_', '-')}", *([] if value is True else [value]))
    ]
    done = run(command, "-m", model, *flags, stdin="".join(text + "\n" for text in texts))
    assert done.returncode in (0, 1), done.stderr
    rows = records(done.stdout)
    for row in rows:  # Python has no file and line
        if "error" in row:
            row["error"] = {key: row["error"][key] for key in ("kind", "message")}
    return rows


def same(found: list[Any], wanted: list[Any]) -> None:
    """Byte for byte: the same names in the same order, the same numbers."""
    dumped = [[json.dumps(row, ensure_ascii=False) for row in rows] for rows in (found, wanted)]
    assert dumped[0] == dumped[1]


@pytest.mark.parametrize("options", [{}, {"top": 2}, {"method": "mul"}, {"vocabulary": 50}, {"precision": 9}])
def test_analogies(run: Run, tiny_vectors: dict[str, Path], options: dict[str, Any]) -> None:
    model = seqtool.load(str(tiny_vectors["int8"]), "analogy")
    wanted = as_command(run, "analogy", tiny_vectors["int8"], QUESTIONS, options)
    assert sum("error" in row for row in wanted) == 4
    same(list(model(QUESTIONS, **options)), wanted)


def test_the_odd_one_out(run: Run, tiny_vectors: dict[str, Path]) -> None:
    texts = ["king queen man Paris", "king", "", "king nobody"]
    model = seqtool.load(str(tiny_vectors["float32"]), "analogy")
    same(list(model(texts, odd=True)), as_command(run, "analogy", tiny_vectors["float32"], texts, {"odd": True}))


@pytest.mark.parametrize("network", [False, True])
def test_similar_lines(
    run: Run, tiny_vectors: dict[str, Path], tiny_model: Path, tmp_path: Path, network: bool
) -> None:
    folder = tiny_model if network else tiny_vectors["float32"]
    (tmp_path / "corpus.txt").write_text("king and queen\n\nParis in France\nthe boy\n", encoding="utf-8")
    texts = ["queen", "", "a girl in Paris"]
    wanted = as_command(run, "similar", folder, texts, {"corpus": "corpus.txt", "top": 2})
    assert [len(row["answers"]) for row in wanted] == [2, 0, 2]
    model = seqtool.load(str(folder), "similar")
    corpus = str(tmp_path / "corpus.txt")
    same(list(model(texts, corpus=corpus, top=2)), wanted)
    index = tmp_path / "lines.index"
    same(list(model(texts, corpus=corpus, index=str(index), top=2)), wanted)
    same(list(seqtool.load(str(folder), "similar")(texts, index=str(index), top=2)), wanted)
    with pytest.raises(OptionError, match="what shall be searched"):
        model(texts)


def test_what_was_made_for_one_engine_goes_with_it(tiny_vectors: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    (tmp_path / "corpus.txt").write_text("king\n", encoding="utf-8")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    model: Any = seqtool.load(str(tiny_vectors["float32"]), "similar")
    assert len(list(model(["queen"], corpus=str(tmp_path / "corpus.txt")))) == 1
    assert len(list((tmp_path / "temporary").iterdir())) == 1
    model.close()
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"ids": True},
        {"offsets": True},
        {"ids": True, "offsets": True},
        {"n_best": 3},
        {"sample": 2, "seed": 7},
        {"sample": 2, "seed": 7, "alpha": 0.5, "ids": True},
    ],
)
@pytest.mark.parametrize("name", ["unigram", "lower"])
def test_subwords(run: Run, tokenizers: dict[str, Path], name: str, options: dict[str, Any]) -> None:
    model = seqtool.load(str(tokenizers[name]))
    same(list(model(TEXTS, **options)), as_command(run, "tokenize", tokenizers[name], TEXTS, options))


@pytest.mark.parametrize("kind", ["words", "sentences", "characters"])
@pytest.mark.parametrize("flags", [[], ["--no-offsets"]])
def test_other_kinds_of_tokens(run: Run, tokenizers: dict[str, Path], kind: str, flags: list[str]) -> None:
    model = seqtool.load(str(tokenizers["unigram"]), "tokenize")
    done = run("tokenize", "--kind", kind, *flags, stdin="".join(text + "\n" for text in TEXTS))
    same(list(model(TEXTS, kind=kind, **({"offsets": False} if flags else {}))), records(done.stdout))


def test_chance_goes_by_the_texts_index_in_any_window(
    tokenizers: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = seqtool.load(str(tokenizers["bpe"]))
    texts = ["The fan works like a charm"] * 40
    wanted = list(model(texts, sample=2, seed=3, alpha=0.4))
    assert len({json.dumps(row) for row in wanted}) > 5
    monkeypatch.setattr("seqtool.answers.WINDOW", 7)
    assert list(model(texts, sample=2, seed=3, alpha=0.4)) == wanted
    assert list(model(texts, sample=2)) != list(model(texts, sample=2))


def test_the_text_again(tokenizers: dict[str, Path]) -> None:
    model: Any = seqtool.load(str(tokenizers["unigram"]))
    for row in model(TEXTS, ids=True):
        assert model.decode(row["ids"]) == row["text"]
    with pytest.raises(Exception, match="whose ids end at"):
        model.decode([10**9])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "word"}, "kind: 'word' is none of .*did you mean 'words'"),
        ({"kind": "words", "ids": True}, "about subwords"),
        ({"n_best": 2, "sample": 2}, "do not go together"),
        ({"offsets": True, "n_best": 2}, "do not go together"),
        ({"seed": 1}, "about chance"),
        ({"n_best": -1}, "n_best: -1 is not above 0"),
        ({"sample": 1, "alpha": -1.0}, "alpha: -1.0 is not a number from 0 up"),
    ],
)
def test_options_that_cannot_be(tokenizers: dict[str, Path], options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        seqtool.load(str(tokenizers["unigram"]))(["a"], **options)


def test_a_wrong_task_is_told_as_one(tokenizers: dict[str, Path], tiny_vectors: dict[str, Path]) -> None:
    for model, command, said in (
        (tokenizers["unigram"], "analogy", "is a model for tokenizer, not for analogy; models for analogy: .*words-en"),
        (
            tiny_vectors["int8"],
            "tokenize",
            "is a model for vectors, not for tokenize; models for tokenize: .*sentiment-en",
        ),
        ("ner-en", "similar", "ner-en is a model for tag, not for similar; models for similar: .*words-en"),
    ):
        with pytest.raises(ModelError, match=said):
            seqtool.load(str(model), command)


def test_threads_share_an_engine(tiny_vectors: dict[str, Path], tokenizers: dict[str, Path]) -> None:
    for folder, command, texts, options in (
        (tiny_vectors["int8"], "analogy", QUESTIONS * 20, {"method": "mul"}),
        (tokenizers["unigram"], "tokenize", TEXTS * 20, {"sample": 2, "seed": 1}),
        (tokenizers["unigram"], "tokenize", TEXTS * 20, {"kind": "words"}),
    ):
        wanted = list(seqtool.load(str(folder), command)(texts, **options))
        shared = seqtool.load(str(folder), command)
        with ThreadPoolExecutor(4) as pool:
            for found in pool.map(lambda _: list(shared(texts, **options)), range(8)):  # noqa: B023
                assert found == wanted

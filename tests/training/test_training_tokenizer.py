"""seqtool train tokenizer: from texts to a folder, and what cannot be trained."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import tomllib
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
from conftest import TOKENIZER_LINES, Run, records

from seqtool.training.tokenizer.pieces import sample

LINES = "".join(line + "\n" for line in TOKENIZER_LINES * 3)


def trained(run: Run, *arguments: str | Path, **settings: Any) -> dict[str, Any]:
    result = run("train", "tokenizer", *arguments, **settings)
    assert result.returncode == 0, result.stderr
    (summary,) = records(result.stdout)
    return summary


@pytest.mark.parametrize("model", ["unigram", "bpe", "char"])
def test_a_folder(run: Run, tmp_path: Path, model: str) -> None:
    (tmp_path / "lines.txt").write_text(LINES, encoding="utf-8")
    summary = trained(
        run, "lines.txt", "--vocab-size", "400", "--model", model, "-o", "made", "--licence", "CC0", "--language", "en"
    )
    folder = tmp_path / "made"
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "model.toml", "pieces.model", "recipe.toml"]
    manifest = tomllib.loads((folder / "model.toml").read_text(encoding="utf-8"))
    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / "pieces.model"))
    size = processor.get_piece_size()
    assert summary["vocabulary_size"] == size == manifest["tokenizer"]["size"] <= 400
    assert (manifest["task"], manifest["licence"], manifest["languages"]) == ("tokenizer", "CC0", ["en"])
    assert manifest["tokenizer"]["escape"] and manifest["tokenizer"]["model"] == model
    assert "as it was" in (folder / "README.md").read_text(encoding="utf-8")
    assert run("models", "verify", "./made").returncode == 0
    assert b"made" in run("models", "show", "./made").stdout
    text = "A  text\tnever seen: \u2581 ☃ \x1a_"
    (ids,) = records(run("tokenize", "-m", "./made", "--ids", stdin=text).stdout)
    del ids["text"]
    (back,) = records(run("tokenize", "-m", "./made", "--decode", stdin=json.dumps(ids)).stdout)
    assert back["text"] == text


def test_letters_per_piece_is_what_it_says(run: Run, tmp_path: Path) -> None:
    (tmp_path / "lines.txt").write_text(LINES, encoding="utf-8")
    summary = trained(run, "lines.txt", "--vocab-size", "400", "-o", "made")
    processor = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "made" / "pieces.model"))
    parts = [part for line in LINES.split("\n") for part in line.split("\t") if part]
    wanted = sum(map(len, parts)) / sum(len(processor.encode(part)) for part in parts)
    assert summary["letters_per_piece"] == pytest.approx(wanted, abs=1e-3)


def test_the_same_bytes_from_files_packed_files_a_pipe_and_tables(run: Run, tmp_path: Path) -> None:
    data = LINES.encode()
    (tmp_path / "a.txt").write_bytes(data)
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(data))
    (tmp_path / "a.txt.bz2").write_bytes(bz2.compress(data))
    (tmp_path / "a.txt.xz").write_bytes(lzma.compress(data))
    rows = [{"id": number, "doc": {"body": line}} for number, line in enumerate(LINES.splitlines())]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    options = ["--vocab-size", "380", "--force", "-o", "made"]

    def model(*arguments: str, **settings: Any) -> bytes:
        trained(run, *arguments, *options, **settings)
        return (tmp_path / "made" / "pieces.model").read_bytes()

    wanted = model("a.txt")
    assert all(model(f"a.txt{ending}") == wanted for ending in (".gz", ".bz2", ".xz"))
    assert model(stdin=data) == model("-", stdin=data) == wanted
    assert model("a.jsonl", "--field", "doc.body") == wanted


def test_a_sample_of_the_sentences(run: Run, tmp_path: Path) -> None:
    (tmp_path / "lines.txt").write_text("".join(f"line {number} of the text\n" for number in range(500)))
    options = ["lines.txt", "--vocab-size", "300", "--sentences", "20", "--force", "-o", "made"]
    models = []
    for seed in ("1", "1", "2"):
        summary = trained(run, *options, "--seed", seed)
        assert (summary["texts"], summary["sentences"]) == (500, 20)
        models.append((tmp_path / "made" / "pieces.model").read_bytes())
    assert models[0] == models[1] != models[2]


def test_the_sample_is_a_fair_one() -> None:
    """Each of ten is among three in three draws of ten, by six standard errors."""
    draws = 2000
    counts = [0] * 10
    for seed in range(draws):
        chosen = sample(map(str, range(10)), 3, seed)
        assert chosen == sorted(chosen) and len(set(chosen)) == 3
        for number in chosen:
            counts[int(number)] += 1
    assert all(abs(count - 0.3 * draws) < 6 * (0.21 * draws) ** 0.5 for count in counts)


def test_a_lower_case_tokenizer_says_that_it_loses(run: Run, tmp_path: Path) -> None:
    summary = trained(run, "--lower", "--vocabulary-size", "400", "-o", "made", stdin=LINES)
    assert summary["vocabulary_size"] <= 400
    manifest = tomllib.loads((tmp_path / "made" / "model.toml").read_text(encoding="utf-8"))
    assert manifest["tokenizer"]["exact"] is manifest["tokenizer"]["escape"] is False
    assert "do not come back" in (tmp_path / "made" / "README.md").read_text(encoding="utf-8")
    (record,) = records(run("tokenize", "-m", "./made", stdin="The FAN").stdout)
    assert "".join(record["tokens"]) == "\u2581the\u2581fan"


def test_a_recipe_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "lines.txt").write_text(LINES, encoding="utf-8")
    trained(run, "lines.txt", "--model", "bpe", "--vocab-size", "390", "-o", "../made", cwd=tmp_path / "data")
    result = run("train", "--recipe", "made/recipe.toml", "--data", "data", "-o", "again")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "again" / "pieces.model").read_bytes() == (tmp_path / "made" / "pieces.model").read_bytes()


def test_bad_records_are_left_out_and_told(run: Run, tmp_path: Path) -> None:
    data = "".join(json.dumps({"text": line}) + "\n" for line in TOKENIZER_LINES) + "nonsense\n" + '{"text": 1}\n'
    result = run("train", "tokenizer", "--vocab-size", "400", "-o", "made", stdin=data)
    assert result.returncode == 0
    assert b"2 bad records left out" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        ([], LINES, ["-o DIR"]),
        (["-o", "made"], "", ["no words"]),
        (["-o", "made"], "\n  \n\t\n", ["no words"]),
        (["-o", "made", "--vocab-size", "100"], LINES, ["--vocab-size 100", "take more"]),
        (["-o", "made", "--vocab-size", "100", "--model", "char"], LINES, ["--vocab-size 100", "257"]),
        (["-o", "made", "--vocab-size", "0"], LINES, ["--vocab-size"]),
        (["-o", "made", "--model", "word"], LINES, ["--model"]),
        (["-o", "made", "--field", "txet", "a.csv"], LINES, ["--field"]),
        (["-o", "made", "no-such.txt"], LINES, ["no-such.txt"]),
        (["-o", "there"], LINES, ["there", "--force"]),
        (["-o", "no/where"], LINES, ["no"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_trained(run: Run, tmp_path: Path, arguments: list[str], stdin: str, words: list[str]) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "a.csv").write_text("text,id\nx,1\n")
    result = run("train", "tokenizer", *arguments, stdin=stdin)
    assert (result.returncode, result.stdout) == (2, b"")
    *notes, told = result.stderr.decode().splitlines()
    assert all(": note: " in note for note in notes) and "fault in seqtool" not in told
    assert told.startswith("seqtool train: ") and all(word in told for word in words)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "there"]

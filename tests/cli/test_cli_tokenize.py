"""seqtool tokenize as a program: what it writes, for each kind and option."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
from conftest import Run, records
from processes import one_by_one

import seqtool.records.output as output
import seqtool.records.window as window
from seqtool.cli.main import run as run_here

TEXTS = [
    "Mr. O'Neil isn't here. It's 3.5 km off!",
    "",
    "   ",
    "naïve café 👩‍👩‍👧 e\u0301 नमस्ते",
    'say "hi" \\ \t x\x1c\x00y',
    "。我喜欢。",
    "\u2028\u0085a\u2581b",
]
LINES = "".join(text + "\n" for text in TEXTS)
RULES = ["words", "sentences", "characters"]


def answers(run: Run, *arguments: str | Path, stdin: str = LINES, status: int = 0) -> list[dict[str, Any]]:
    result = run("tokenize", "--input", "text", *arguments, stdin=stdin)
    assert result.returncode == status, result.stderr
    return records(result.stdout)


@pytest.mark.parametrize("kind", RULES)
def test_tokens_are_slices(run: Run, kind: str) -> None:
    out = answers(run, "--kind", kind)
    assert [record["text"] for record in out] == TEXTS
    for record in out:
        text = record["text"]
        assert list(record) == ["text", "tokens", "offsets"]
        assert [text[start:end] for start, end in record["offsets"]] == record["tokens"]
        covered = {place for start, end in record["offsets"] for place in range(start, end)}
        assert all(place in covered for place, letter in enumerate(text) if not letter.isspace())
    assert out[1]["tokens"] == out[2]["tokens"] == []
    plain = answers(run, "--kind", kind, "--no-offsets")
    assert plain == [{"text": record["text"], "tokens": record["tokens"]} for record in out]


def test_words_are_what_comes_without_options(run: Run) -> None:
    assert answers(run) == answers(run, "--kind", "words")
    (record,) = answers(run, stdin="Isn't it?")
    assert record == {
        "text": "Isn't it?",
        "tokens": ["Is", "n't", "it", "?"],
        "offsets": [[0, 2], [2, 5], [6, 8], [8, 9]],
    }


# --- a record a token


@pytest.mark.parametrize("kind", RULES)
def test_each_is_a_record_a_token(run: Run, kind: str) -> None:
    whole = answers(run, "--kind", kind)
    wanted = [
        {"text": token, "source_line": line} for line, record in enumerate(whole, 1) for token in record["tokens"]
    ]
    assert answers(run, "--kind", kind, "--each") == wanted


def test_each_subword(run: Run, tokenizers: dict[str, Path]) -> None:
    whole = answers(run, "-m", tokenizers["unigram"])
    pieces = [token for record in whole for token in record["tokens"]]
    assert [record["text"] for record in answers(run, "-m", tokenizers["unigram"], "--each")] == pieces


def test_each_sentence_is_classified(run: Run, tiny_model: Path) -> None:
    first = run("tokenize", "--kind", "sentences", "--each", stdin="It is good. It broke!\n\nGood.\n")
    out = records(run("classify", "-m", tiny_model, stdin=first.stdout).stdout)
    assert [(record["text"], record["source_line"]) for record in out] == [
        ("It is good.", 1),
        ("It broke!", 1),
        ("Good.", 3),
    ]
    assert all(record["label"] for record in out)


def test_each_with_names_and_places(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,text,source_line\n7,"a\nb",x\n8,c,y\n')
    out = records(run("tokenize", "--each", "--source", "--prefix", "p_", "a.csv").stdout)
    assert out[-1] == {"p_file": "a.csv", "p_line": 4, "p_text": "c", "p_source_line": 4}
    table = run("tokenize", "--each", "--format", "csv", "a.csv").stdout.decode()
    assert list(csv.reader(io.StringIO(table))) == [["text", "source_line"], ["a", "2"], ["b", "2"], ["c", "4"]]
    refused = run("tokenize", "--each", "--format", "csv", "--columns", "id,text", "a.csv")
    assert (refused.returncode == 2 and b"'id'" in refused.stderr) or b"id" in refused.stderr


@pytest.mark.parametrize("on_error", ["record", "skip", "stop"])
def test_each_and_bad_records(run: Run, on_error: str) -> None:
    error = '{"error": {"kind": "json", "message": "m"}}\n'
    lines = '{"text": "a b"}\n' + error + '{"text": 5, "id": 1}\n{"text": "c"}\n'
    result = run("tokenize", "--each", "--on-error", on_error, stdin=lines)
    assert result.returncode == 1
    out = records(result.stdout)
    assert out[:3] == [{"text": "a", "source_line": 1}, {"text": "b", "source_line": 1}, json.loads(error)]
    rest = out[3:]
    if on_error == "record":
        assert rest[0]["id"] == 1 and rest[0]["error"]["line"] == 3
        rest = rest[1:]
    assert rest == ([] if on_error == "stop" else [{"text": "c", "source_line": 4}])


class Killed(BaseException):
    """Ends a run at once, as SIGKILL does."""


def killed_and_resumed(
    monkeypatch: pytest.MonkeyPatch, place: Path, arguments: list[str], data: bytes
) -> tuple[bytes, dict[str, Any]]:
    """The output of a run that is killed after its second window and gone on with; and its state between."""
    (place / "in.txt").write_bytes(data)
    whole = [*arguments, str(place / "in.txt"), "-q", "-o", str(place / "out")]
    with monkeypatch.context() as patch:
        patch.setattr(window, "FIRST_RECORDS", 2)
        patch.setattr(window, "MAX_RECORDS", 2)
        patch.setattr(output, "STATE_SECONDS", 0.0)
        write = output.ResumableFile.write
        left = [2]

        def write_or_die(self: Any, *given: Any, **others: Any) -> None:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            write(self, *given, **others)

        patch.setattr(output.ResumableFile, "write", write_or_die)
        with pytest.raises(Killed):
            run_here(["tokenize", *whole])
    state = json.loads((place / "out.part.state").read_text())
    assert run_here(["tokenize", *whole, "--resume"]) == 0
    return (place / "out").read_bytes(), state


@pytest.mark.parametrize("options", [["--each"], ["--each", "--format", "csv"], ["--kind", "sentences"]], ids=" ".join)
def test_a_killed_run_goes_on(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: list[str]) -> None:
    data = "".join(f"line {number}. It is.\n\n" for number in range(12)).encode()
    resumed, _ = killed_and_resumed(monkeypatch, tmp_path, options, data)
    assert resumed == run("tokenize", *options, stdin=data).stdout


def test_a_killed_run_goes_on_with_the_seed_that_it_drew(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tokenizers: dict[str, Path]
) -> None:
    data = b"The fan works like a charm, and the quality is good\n" * 12
    arguments = ["-m", str(tokenizers["unigram"]), "--sample", "2"]
    resumed, state = killed_and_resumed(monkeypatch, tmp_path, arguments, data)
    seed = str(state["made_from"]["seed"])
    assert resumed == run("tokenize", *arguments, "--seed", seed, stdin=data).stdout
    assert len(set(resumed.splitlines())) > 4


# --- subwords


def test_subwords_are_sentencepieces(run: Run, tokenizers: dict[str, Path]) -> None:
    own = sentencepiece.SentencePieceProcessor(model_file=str(tokenizers["lower"] / "pieces.model"))
    model = ["-m", tokenizers["lower"]]
    out = answers(run, *model)
    assert out == [{"text": text, "tokens": own.encode(text, out_type=str)} for text in TEXTS]
    assert answers(run, *model, "--ids") == [{"text": text, "ids": own.encode(text)} for text in TEXTS]
    mapped = [own.encode(text, out_type="offset_mapping") for text in TEXTS]
    assert answers(run, *model, "--offsets") == [
        {"text": text, "tokens": each["pieces"], "offsets": [list(pair) for pair in each["offsets"]]}
        for text, each in zip(TEXTS, mapped)
    ]
    assert answers(run, *model, "--ids", "--offsets")[0]["ids"] == mapped[0]["ids"]
    bare = answers(run, "-m", tokenizers["lower"] / "pieces.model", "--kind", "subwords")
    assert bare == out


def test_the_default_model(run: Run) -> None:
    (record,) = answers(run, "--kind", "subwords", stdin="it was good")
    assert record["tokens"] == ["\u2581it", "\u2581was", "\u2581good"]


def test_what_a_model_does_not_know_is_its_own_token(run: Run, tmp_path: Path) -> None:
    """Without bytes to fall back on, as older models are."""
    with open(tmp_path / "old.model", "wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["the fan works", "a fan"] * 9), model_writer=file, vocab_size=20, hard_vocab_limit=False,
            minloglevel=2,
        )  # fmt: skip
    own = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "old.model"))
    text = "the 日本 fan ☃"
    (record,) = answers(run, "-m", "old.model", stdin=text)
    assert record["tokens"] == own.encode(text, out_type=str) and "日本" in record["tokens"]
    (record,) = answers(run, "-m", "old.model", "--n-best", "3", stdin=text)
    assert [way["tokens"] for way in record["answers"]] == own.nbest_encode(text, nbest_size=3, out_type=str)
    (record,) = answers(run, "-m", "old.model", "--sample", "3", stdin=text)
    assert all("日本" in way["tokens"] for way in record["answers"])


def test_the_best_answers(run: Run, tokenizers: dict[str, Path]) -> None:
    own = sentencepiece.SentencePieceProcessor(model_file=str(tokenizers["unigram"] / "pieces.model"))
    text = "The fan works"
    out = answers(run, "-m", tokenizers["unigram"], "--n-best", "4", "--ids", stdin=text + "\n\n")
    wanted = own.nbest_encode(text, nbest_size=4)
    assert out[0] == {"text": text, "ids": wanted[0], "answers": [{"ids": ids} for ids in wanted]}
    assert out[1] == {"text": "", "ids": [], "answers": [{"ids": []}]}


def test_samples_are_the_same_for_any_batch_thread_pause_and_neighbour(run: Run, tokenizers: dict[str, Path]) -> None:
    chance = random.Random(1)
    texts = [
        " ".join(
            chance.choices(["the", "fan", "works", "like", "a", "charm", "naïve", "👍", "good"], k=chance.randrange(9))
        )
        for _ in range(60)
    ]
    options = ["--input", "text", "-m", str(tokenizers["unigram"]), "--sample", "3", "--alpha", "0.2", "--seed", "7"]

    def out(lines: list[str], *more: str) -> list[bytes]:
        result = run("tokenize", *options, *more, stdin="".join(line + "\n" for line in lines))
        assert result.returncode == 0
        return result.stdout.splitlines()

    wanted = out(texts)
    assert len(set(wanted)) > 40
    for more in (["--batch-size", "1"], ["--batch-size", "7", "--threads", "1"], ["--threads", "4"]):
        assert out(texts, *more) == wanted
    assert out(texts, "--seed", "8") != wanted
    # A record's stream depends on its number alone, not on what stands before it.
    assert out(["x"] * 30 + texts[30:])[30:] == wanted[30:]
    # One more sample does not change the others.
    more = [json.loads(line)["answers"] for line in out(texts, "--sample", "4")]
    assert [ways[:3] for ways in more] == [json.loads(line)["answers"] for line in wanted]
    answers = one_by_one(["tokenize", *options], (line.encode() + b"\n" for line in texts[:20]))
    assert [answer.rstrip(b"\n") for answer in answers] == wanted[:20]


def test_without_a_seed_chance_is_fresh(run: Run, tokenizers: dict[str, Path]) -> None:
    options = ["-m", tokenizers["unigram"], "--sample", "5"]
    assert answers(run, *options, stdin=LINES * 5) != answers(run, *options, stdin=LINES * 5)


# --- and back


def test_there_and_back(run: Run, tokenizers: dict[str, Path]) -> None:
    for name in ("unigram", "bpe", "char"):
        model = ["-m", tokenizers[name]]
        for more in ([], ["--ids"]):
            first = run("tokenize", "--input", "text", *model, *more, stdin=LINES)
            rows = [{key: value for key, value in row.items() if key != "text"} for row in records(first.stdout)]
            back = run("tokenize", *model, "--decode", stdin="".join(json.dumps(row) + "\n" for row in rows))
            assert back.returncode == 0
            assert [row["text"] for row in records(back.stdout)] == TEXTS
            # With its text a record says the same again.
            again = run("tokenize", *model, "--decode", stdin=first.stdout)
            assert (again.returncode, again.stdout) == (0, first.stdout)


def test_decoding_a_field_a_table_and_beside_another_text(run: Run, tokenizers: dict[str, Path]) -> None:
    model = ["-m", tokenizers["unigram"], "--decode"]
    line = json.dumps({"text": "mine", "a": {"b": ["The", "\u2581fan"]}, "tokens": ["x"], "ids": []}) + "\n"
    (record,) = records(run("tokenize", *model, "--field", "a.b", "--prefix", "our_", stdin=line).stdout)
    assert (record["text"], record["our_text"]) == ("mine", "The fan")
    (record,) = records(run("tokenize", *model, "--overwrite", stdin=line).stdout)
    assert record["text"] == ""  # ids come first
    clash = run("tokenize", *model, "--field", "tokens", stdin=line)
    (record,) = records(clash.stdout)
    assert clash.returncode == 1 and record["text"] == "mine"
    assert record["error"]["kind"] == "clash" and "--prefix" in record["error"]["message"]
    table = run(
        "tokenize", "-m", tokenizers["unigram"], "--format", "csv", "--columns", "tokens", stdin='The fan, "it"\n'
    )
    back = run("tokenize", *model, "--input", "csv", stdin=table.stdout)
    assert [row["text"] for row in records(back.stdout)] == ['The fan, "it"']


def test_others_come_back_as_sentencepiece_gives_them(run: Run) -> None:
    (record,) = records(
        run("tokenize", "--decode", stdin='{"tokens": ["\u2581it", "\u2581w", "as", "<0xC3>", "<0xA9>"]}').stdout
    )
    assert record["text"] == "it wasé"


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        ('{"ids": [1, 999999]}', "type", "999999"),
        ('{"ids": [-1]}', "type", "-1"),
        ('{"ids": [1.5]}', "type", "1.5"),
        ('{"ids": [' + "7" * 4000 + "]}", "type", "777"),
        ('{"ids": [true]}', "type", "list"),
        ('{"ids": 5}', "type", "list"),
        ('{"ids": null}', "type", "list"),
        ('{"tokens": ["a", 1]}', "type", "list"),
        ('{"tokens": "a b"}', "type", "list"),
        ('{"tokens": {"a": 1}}', "type", "list"),
        ('{"token": ["a"]}', "field", "'token'"),
        ("{}", "field", "--field"),
    ],
)
def test_what_cannot_be_decoded(run: Run, tokenizers: dict[str, Path], line: str, kind: str, words: str) -> None:
    good = '{"tokens": ["a"]}\n'
    result = run(
        "tokenize", "-m", tokenizers["unigram"], "--decode", "--input", "jsonl", stdin=good + line + "\n" + good
    )
    assert result.returncode == 1 and b"fault" not in result.stderr
    first, bad, last = records(result.stdout)
    assert first == last == {"tokens": ["a"], "text": "a"}
    assert bad["error"]["kind"] == kind and words in bad["error"]["message"] and bad["error"]["line"] == 2


# --- what cannot start


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--kind", "word"], ["--kind", "words"]),
        (["-m", "no-such"], ["no-such"]),
        (["-m", "./no-such"], ["./no-such"]),
        (["-m", "sentiment"], ["sentiment-en"]),
        (["-m", "garbage.model"], ["garbage.model", "not a sentencepiece model"]),
        (["-m", "VECTORS"], ["is a model for vectors, not for subwords; models for subwords:", "sentiment-en"]),
        (["-m", "CHAR", "--n-best", "2"], ["--n-best", "unigram"]),
        (["-m", "CHAR", "--sample", "2"], ["--sample", "bpe"]),
        (["-m", "BPE", "--sample", "2", "--alpha", "2"], ["--alpha 2", "probability"]),
        (["--n-best", "0"], ["--n-best"]),
        (["--n-best", "-3"], ["--n-best"]),
        (["--n-best", "513"], ["--n-best"]),
        (["--sample", "0"], ["--sample"]),
        (["--sample", "1", "--alpha", "-1"], ["--alpha"]),
        (["--sample", "1", "--alpha", "nan"], ["--alpha"]),
        (["--sample", "1", "--seed", "-1"], ["--seed"]),
        (["--alpha", "0.5"], ["--alpha", "--sample"]),
        (["--seed", "1"], ["--seed", "--sample"]),
        (["--kind", "words", "-m", "sentiment-en"], ["-m", "--kind words"]),
        (["--kind", "characters", "--ids"], ["--ids", "characters"]),
        (["--kind", "sentences", "--decode"], ["--decode", "sentences"]),
        (["--each", "--offsets"], ["--each", "--offsets"]),
        (["--each", "--ids"], ["--each", "--ids"]),
        (["--decode", "--ids"], ["--decode", "--ids"]),
        (["--decode", "--each"], ["--decode", "--each"]),
        (["--n-best", "2", "--sample", "2"], ["--n-best", "--sample"]),
        (["--offsets", "--sample", "2"], ["--offsets", "--sample"]),
        (["--resume"], ["--resume", "-o"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_what_cannot_start(
    run: Run,
    tmp_path: Path,
    tokenizers: dict[str, Path],
    tiny_vectors: dict[str, Path],
    arguments: list[str],
    words: list[str],
) -> None:
    (tmp_path / "garbage.model").write_bytes(b"garbage")
    known = {"VECTORS": tiny_vectors["float32"], "CHAR": tokenizers["char"], "BPE": tokenizers["bpe"]}
    result = run("tokenize", *[known.get(argument, argument) for argument in arguments], stdin="a\n")
    assert (result.returncode, result.stdout) == (2, b"")
    text = result.stderr.decode()
    assert text.startswith("seqtool tokenize: ") and text.count("\n") == 1
    assert "fault in seqtool" not in text
    for word in words:
        assert word in text

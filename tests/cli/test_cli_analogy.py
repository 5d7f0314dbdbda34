"""seqtool analogy: words as arguments and in lines, unknown words, and the same bytes however they arrive."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import VECTOR_WORDS, Run, gensim_vectors, records, rows_of, vector_rows
from processes import one_by_one


@pytest.fixture(scope="module")
def model(tiny_vectors: dict[str, Path]) -> Path:
    return tiny_vectors["int8"]


@pytest.fixture(scope="module")
def reference(model: Path) -> Any:
    return gensim_vectors(VECTOR_WORDS, rows_of(model))


def rounded(pairs: list[tuple[str, float]]) -> list[dict[str, Any]]:
    return [{"word": word, "score": pytest.approx(score, abs=6e-5)} for word, score in pairs]


def one(result: Any) -> dict[str, Any]:
    assert (result.returncode, result.stderr) == (0, b""), result
    [record] = records(result.stdout)
    return record


def test_words_as_arguments(run: Run, model: Path, reference: Any) -> None:
    record = one(run("analogy", "king", "man", "woman", "-m", model))
    assert list(record) == ["words", "answers"] and record["words"] == ["king", "man", "woman"]
    assert record["answers"] == rounded(reference.most_similar(["king", "woman"], ["man"]))
    assert record["answers"][0]["word"] == "queen"
    assert all(round(answer["score"], 4) == answer["score"] for answer in record["answers"])
    assert one(run("analogy", "king man woman", "-m", model)) == record
    # The input is not read.
    assert one(run("analogy", "-m", model, "king", stdin="man\n"))["answers"] == rounded(reference.most_similar("king"))


def test_arguments_of_every_sort(run: Run, model: Path, reference: Any) -> None:
    asked: list[tuple[list[str], dict[str, Any]]] = [
        (["king", "queen"], {"words": ["king", "queen"], "similarity": pytest.approx(float(reference.similarity("king", "queen")), abs=6e-5)}),
        (["king", "-", "man", "+", "woman", "+", "Paris", "--top", "3"], {
            "words": ["king", "-", "man", "+", "woman", "+", "Paris"],
            "answers": rounded(reference.most_similar(["king", "woman", "Paris"], ["man"], topn=3)),
        }),
        (["king - man", "--top", "2"], {
            "words": ["king", "-", "man"], "answers": rounded(reference.most_similar(["king"], ["man"], topn=2)),
        }),
        (["king", "--top", "2", "--vocabulary", "30"], {
            "words": ["king"], "answers": rounded(reference.most_similar("king", topn=2, restrict_vocab=30)),
        }),
        (["--odd", "Paris", "Rome", "queen", "Madrid"], {
            "words": ["Paris", "Rome", "queen", "Madrid"],
            "answers": rounded([(w, float(s)) for s, w in reference.rank_by_centrality(["Paris", "Rome", "queen", "Madrid"])[::-1]]),
        }),
        (["new york", "KING", "cafe\u0301", "--top", "1"], {
            "words": ["new york", "KING", "cafe\u0301"],
            "answers": rounded(reference.most_similar(["new_york", "café"], ["king"], topn=1)),
        }),
    ]  # fmt: skip
    for arguments, wanted in asked:
        assert one(run("analogy", "-m", model, *arguments)) == wanted
    odd = one(run("analogy", "-m", model, "--odd", "Paris", "Rome", "queen", "Madrid"))
    assert odd["answers"][0]["word"] == reference.doesnt_match(["Paris", "Rome", "queen", "Madrid"])


def test_products(run: Run, model: Path) -> None:
    record = one(run("analogy", "-m", model, "--method", "mul", "Paris", "France", "Italy", "--top", "4"))
    units = rows_of(model).astype(float)
    shifted = {word: (1 + units @ units[VECTOR_WORDS.index(word)]) / 2 for word in ("Paris", "France", "Italy")}
    scores = shifted["Paris"] * shifted["Italy"] / (shifted["France"] + 1e-6)
    order = [place for place in (-scores).argsort() if VECTOR_WORDS[place] not in shifted][:4]
    assert record["answers"] == rounded([(VECTOR_WORDS[place], scores[place]) for place in order])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["qeen"], ["'qeen'", "'queen'"]),
        (["king", "man", "womann"], ["'womann'", "'woman'"]),
        (["--odd", "king", "manq"], ["'manq'"]),
        (["king", "zzzzzzzz"], ["'zzzzzzzz'"]),
        (["king", "man", "woman", "Paris"], ["4 words", "king - man + woman"]),
        (["king", "-"], ["sign"]),
        (["king", "-", "+", "man"], ["signs"]),
        (["king", "--top", "0"], ["--top"]),
        (["king", "--method", "times"], ["add", "mul"]),
        (["king", "--vocabulary", "0"], ["--vocabulary"]),
        (["king", "-m", "./none"], ["none", "no such model"]),
        (["king", "-m", "wrods-en"], ["wrods-en"]),
        (["king", "--resume"], ["-o FILE"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_answered_of_arguments(
    refused: Callable[..., str], model: Path, arguments: list[str], said: list[str]
) -> None:
    text = refused("analogy", *arguments, *([] if "-m" in arguments else ["-m", model]))
    assert all(part in text for part in said), text


LINES = "king man woman\n\nKing\n  \nking queen\nking - man + woman + qeen\nParis France Italy\nking man woman boy\ncafe\u0301\nking -\n"


def test_lines_of_text(run: Run, model: Path, reference: Any) -> None:
    result = run("analogy", "-m", model, "--top", "2", stdin=LINES)
    found = records(result.stdout)
    assert result.returncode == 1
    assert [record["text"] for record in found] == LINES.split("\n")[:-1]
    kinds = [record.get("error", {}).get("kind") for record in found]
    assert kinds == [None] * 5 + ["word", None, "word", None, "word"]
    assert list(found[0]) == ["text", "words", "answers"] and list(found[4]) == ["text", "words", "similarity"]
    assert found[0]["answers"] == rounded(reference.most_similar(["king", "woman"], ["man"], topn=2))
    assert found[1] == {"text": "", "words": [], "answers": []} and found[3] == {
        "text": "  ",
        "words": [],
        "answers": [],
    }
    assert found[2]["words"] == ["King"] and found[2]["answers"] == rounded(reference.most_similar("king", topn=2))
    assert found[8]["answers"] == rounded(reference.most_similar("café", topn=2))
    error = found[5]["error"]
    assert "'qeen'" in error["message"] and "'queen'" in error["message"]
    assert (error["file"], error["line"]) == ("-", 6) and list(found[5]) == ["text", "error"]
    told = result.stderr.decode().splitlines()
    assert (
        len(told) == 4 and told[0].startswith("seqtool analogy: -:6: ") and told[-1] == "seqtool analogy: 3 bad records"
    )


def test_records_with_words(run: Run, model: Path, reference: Any) -> None:
    lines = [
        {"id": 1, "words": ["king", "man", "woman"]},
        {"id": 2, "words": "king man woman"},
        {"id": 3, "words": ["new york", "king"]},
        {"id": 4, "text": "king man woman"},
        {"id": 5, "words": [], "text": "king"},
        {"id": 6, "words": ""},
        {"id": 7, "words": ["king", 5]},
        {"id": 8, "words": ["king", " "]},
        {"id": 9, "words": 5},
        {"id": 10},
        {"id": 11, "words": ["king"], "answers": []},
        {"id": 12, "words": None, "text": "king"},
    ]
    result = run("analogy", "-m", model, "--top", "1", stdin="".join(json.dumps(line) + "\n" for line in lines))
    found = records(result.stdout)
    answer = rounded(reference.most_similar(["king", "woman"], ["man"], topn=1))
    assert found[0] == {**lines[0], "answers": answer} and list(found[0]) == ["id", "words", "answers"]
    assert found[1] == {**lines[1], "answers": answer}  # what a record brought stays as it is
    assert found[2] == {
        **lines[2],
        "similarity": pytest.approx(float(reference.similarity("new_york", "king")), abs=6e-5),
    }
    assert found[3] == {**lines[3], "words": ["king", "man", "woman"], "answers": answer}
    assert found[4] == {**lines[4], "answers": []} and found[5] == {**lines[5], "answers": []}
    kinds = {record["id"]: record["error"]["kind"] for record in found if "error" in record}
    assert kinds == {7: "type", 8: "type", 9: "type", 10: "field", 11: "clash"} | (
        {12: "type"} if "error" in found[11] else {}
    )
    assert result.returncode == 1
    other = run("analogy", "-m", model, "--top", "1", "--field", "asked", stdin='{"asked": ["king"], "words": 3}\n')
    [record] = records(other.stdout)
    assert record["answers"] == rounded(reference.most_similar("king", topn=1))


def test_tables(run: Run, model: Path) -> None:
    result = run(
        "analogy", "-m", model, "--top", "1", "--format", "tsv", "--columns", "words,answers", stdin="king\nqeen\n"
    )
    assert result.returncode == 1
    lines = result.stdout.decode().splitlines()
    assert lines[0] == "words\tanswers" and lines[1].startswith('["king"]\t[{"word": ') and len(lines) == 3
    table = 'id,asked\n1,king man woman\n2,"king queen"\n'
    result = run("analogy", "-m", model, "--input", "csv", "--field", "asked", stdin=table)
    assert [list(record) for record in records(result.stdout)] == [
        ["id", "asked", "words", "answers"],
        ["id", "asked", "words", "similarity"],
    ]


def test_a_table_with_a_column_of_words(run: Run, model: Path) -> None:
    """As in JSONL, ``words`` needs no --field."""
    result = run("analogy", "-m", model, "--top", "1", "--input", "csv", stdin="id,words\n1,king man woman\n")
    [record] = records(result.stdout)
    assert record["id"] == "1" and record["words"] == "king man woman" and record["answers"][0]["word"] == "queen"


def test_the_same_bytes_however_they_arrive(run: Run, model: Path) -> None:
    lines = [" ".join(VECTOR_WORDS[(7 * number + step) % 391] for step in (0, 50, 211)) for number in range(300)]
    lines[5] = "qeen"
    stdin = "".join(line + "\n" for line in lines)
    options = ["--precision", "17", "--top", "3"]
    for method in ("add", "mul"):
        wanted = run("analogy", "-m", model, "--method", method, *options, stdin=stdin)
        assert wanted.stdout.count(b"\n") == 300
        for threads in ("1", "3"):
            assert (
                run("analogy", "-m", model, "--method", method, *options, "--threads", threads, stdin=stdin).stdout
                == wanted.stdout
            )
        backwards = run(
            "analogy", "-m", model, "--method", method, *options, stdin="".join(line + "\n" for line in lines[::-1])
        )
        changed = backwards.stdout.replace(b'"line": 295', b'"line": 6').splitlines()
        assert changed[::-1] == wanted.stdout.splitlines()
        # One at a time: each is answered at once, in a window of its own.
        command = ["analogy", "-m", model, "--method", method, *options]
        answers = one_by_one(command, (line.encode() + b"\n" for line in lines[:25]))
        assert answers == wanted.stdout.splitlines(keepends=True)[:25]


def test_case_of_the_training_text(run: Run, make_vectors: Callable[..., Path]) -> None:
    names = ["paris", "france", "italy", "rome", "café"]
    lowered = make_vectors(names, vector_rows(names), lowercase=True)
    found = records(run("analogy", "-m", lowered, stdin="Paris France Italy\nCAFE\u0301\nparis PARIS\n").stdout)
    assert [answer["word"] for answer in found[0]["answers"]] in (["rome", "café"], ["café", "rome"])
    assert len(found[1]["answers"]) == 4 and found[2]["similarity"] == 1

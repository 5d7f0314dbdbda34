"""seqtool tag as a program: words in, entities or labels out, in every format, with bad records between."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import TAGGED_TEXTS, Run, records
from tagging import LINES, ODD_LINES, jsonl, sentences, tagged

from seqtool.decoding.schemes import spans

# -- text ------------------------------------------------------------------------------------------


def test_text(run: Run, tiny_tagger: Path) -> None:
    out = records(tagged(run, tiny_tagger))
    assert [record["text"] for record in out] == TAGGED_TEXTS
    for record in out:
        assert list(record) == ["text", "tokens", "tags", "entities"]
        assert len(record["tags"]) == len(record["tokens"])
        assert [(entity["label"], entity["text"]) for entity in record["entities"]] == [
            (entity["label"], record["text"][entity["start"] : entity["end"]]) for entity in record["entities"]
        ]
        assert [label for _, _, label in spans(record["tags"])] == [each["label"] for each in record["entities"]]
        assert all(list(entity) == ["text", "label", "start", "end", "score"] for entity in record["entities"])
    assert sum(len(record["entities"]) for record in out) > 10


def test_text_with_a_label_for_every_token(run: Run, tiny_labeller: Path) -> None:
    out = records(tagged(run, tiny_labeller, "--scores", "--offsets"))
    for record in out:
        assert list(record) == ["text", "tokens", "offsets", "tags", "scores"]
        assert set(record["tags"]) <= {"NOUN", "VERB", "PUNCT"}
        assert len(record["tags"]) == len(record["scores"]) == len(record["offsets"]) == len(record["tokens"])


@pytest.mark.parametrize("model", ["tiny_tagger", "tiny_labeller"])
def test_each_line_is_a_record_and_never_cut(run: Run, request: pytest.FixtureRequest, model: str) -> None:
    out = records(
        tagged(run, request.getfixturevalue(model), "--input", "text", "--offsets", stdin="\n".join(ODD_LINES))
    )
    assert [record["text"] for record in out] == ODD_LINES
    for record in out:
        assert [record["text"][start:end] for start, end in record["offsets"]] == record["tokens"]
        assert len(record["tags"]) == len(record["tokens"])
    for record in out[:2]:
        assert all(value == [] for name, value in record.items() if name != "text")


def test_lines_end_as_they_end_everywhere(run: Run, tiny_tagger: Path) -> None:
    wanted = tagged(run, tiny_tagger, stdin="Ada met Zoë.\nIn London.\n")
    for data in (
        "Ada met Zoë.\nIn London.",
        "Ada met Zoë.\r\nIn London.\r\n",
        "\ufeffAda met Zoë.\nIn London.\n",
    ):
        assert tagged(run, tiny_tagger, stdin=data) == wanted
    assert (
        tagged(run, tiny_tagger, "--encoding", "utf-16", stdin="Ada met Zoë.\nIn London.\n".encode("utf-16")) == wanted
    )


@pytest.mark.parametrize("form", ["jsonl", "conll", "conllu", "csv", "tsv"])
def test_an_empty_file(run: Run, tiny_tagger: Path, form: str) -> None:
    assert tagged(run, tiny_tagger, "--format", form, stdin="").count(b"\n") <= 1
    for name in ("a.txt", "a.jsonl", "a.conll"):
        assert tagged(run, tiny_tagger, "--format", form, "--input", name[2:].replace("txt", "text"), stdin="") == b""


def test_a_binary_file(run: Run, tiny_tagger: Path, tmp_path: Path) -> None:
    data = bytes(range(256)) * 40 + b"\x89PNG\r\n\x1a\n" + b"\x00" * 500 + b"\nAda met Zoe.\n"
    (tmp_path / "a.bin").write_bytes(data)
    out = records(tagged(run, tiny_tagger, "a.bin", "-q", status=1))
    assert len(out) == data.count(b"\n")
    assert out[-1]["tokens"] == ["Ada", "met", "Zoe", "."]
    assert {record["error"]["kind"] for record in out if "error" in record} == {"encoding"}


# -- records with tokens ---------------------------------------------------------------------------


def test_tokens_are_enough_and_stay_as_they_are(run: Run, tiny_tagger: Path) -> None:
    rows = ['{"id": 1.10, "tokens": ["Ada","met\\u0020Zoë", "",  "."]}', '{"tokens": [], "z": null}']
    first, second = records(tagged(run, tiny_tagger, stdin=jsonl(*rows)))
    assert list(first) == ["id", "tokens", "tags", "entities"]
    assert first["tokens"] == ["Ada", "met Zoë", "", "."] and len(first["tags"]) == 4
    assert all(entity["start"] is entity["end"] is None for entity in first["entities"])
    for (start, end, label), entity in zip(spans(first["tags"]), first["entities"], strict=True):
        assert (entity["text"], entity["label"]) == (" ".join(first["tokens"][start:end]), label)
    assert second == {"tokens": [], "z": None, "tags": [], "entities": []}
    [with_offsets] = records(tagged(run, tiny_tagger, "--offsets", stdin=jsonl(rows[0])))
    assert with_offsets["offsets"] is None


def test_tokens_with_their_text(run: Run, tiny_tagger: Path) -> None:
    """With offsets, which stay letter by letter as they are; or without, looked for in the text."""
    text, tokens = "Ada  met\tNew York.", ["Ada", "met", "New", "York", "."]
    row = jsonl({"text": text, "tokens": tokens})
    placed = '{"text": "Ada  met\\tNew York.", "tokens": ["Ada", "met", "New", "York", "."], "offsets": [[0, 3], [5, 8], [9, 12], [13, 17], [17, 18]]}\n'
    out = tagged(run, tiny_tagger, "--offsets", stdin=row + placed)
    looked_for, given = records(out)
    assert looked_for["offsets"] == given["offsets"] == [[0, 3], [5, 8], [9, 12], [13, 17], [17, 18]]
    assert looked_for["entities"] == given["entities"] != []
    assert list(given) == ["text", "tokens", "offsets", "tags", "entities"]
    for entity in given["entities"]:
        assert text[entity["start"] : entity["end"]] == entity["text"]
    assert "offsets" not in records(tagged(run, tiny_tagger, stdin=row))[0]
    [strange] = records(tagged(run, tiny_tagger, stdin=jsonl({"text": text, "tokens": ["Bob", "Ada"]})))
    assert all(entity["start"] is None for entity in strange["entities"])


def test_a_chain_of_commands(run: Run, tiny_tagger: Path, tiny_labeller: Path) -> None:
    texts = "Ada Lovelace met Zoë.\n\nIn   London 😀 it is nice.\n"
    tokens = run("tokenize", stdin=texts).stdout
    first = tagged(run, tiny_tagger, stdin=tokens)
    assert first == tagged(run, tiny_tagger, "--offsets", stdin=texts)
    second = records(tagged(run, tiny_labeller, "--prefix", "pos_", stdin=first))
    assert [record["tokens"] for record in second] == [record["tokens"] for record in records(first)]
    assert all(len(record["pos_tags"]) == len(record["tags"]) == len(record["tokens"]) for record in second)


# -- tables ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_tables(run: Run, tiny_tagger: Path, form: str) -> None:
    wanted = records(tagged(run, tiny_tagger))
    out = tagged(run, tiny_tagger, "--format", form).decode()
    rows = (
        list(csv.DictReader(io.StringIO(out)))
        if form == "csv"
        else [
            dict(zip(out.split("\n")[0].split("\t"), line.split("\t"), strict=True)) for line in out.split("\n")[1:-1]
        ]
    )
    assert list(rows[0]) == ["text", "tokens", "tags", "entities"]
    for row, record in zip(rows, wanted, strict=True):
        assert row["text"] == record["text"]
        assert [json.loads(row[name]) for name in ("tokens", "tags", "entities")] == list(record.values())[1:]
    chosen = tagged(run, tiny_tagger, "--format", form, "--columns", "text,tags").decode()
    assert chosen.split("\n")[0] in ("text,tags", "text\ttags")


def test_a_table_in(run: Run, tiny_tagger: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,body\n1,"Ada met\nZoë."\n2,\n', encoding="utf-8")
    first, second = records(tagged(run, tiny_tagger, "a.csv", "--field", "body"))
    assert (first["id"], first["tokens"]) == ("1", ["Ada", "met", "Zoë", "."]) and second["tags"] == []
    (tmp_path / "b.csv").write_text("text,tags\na,b\n")
    done = run("tag", "-m", tiny_tagger, "b.csv")
    assert (done.returncode, done.stdout) == (2, b"") and b"--prefix" in done.stderr and b"--overwrite" in done.stderr
    assert len(records(tagged(run, tiny_tagger, "b.csv", "--overwrite"))) == 1


# -- options ---------------------------------------------------------------------------------------


def test_only_some_labels(run: Run, tiny_tagger: Path) -> None:
    whole = records(tagged(run, tiny_tagger))
    chosen = records(tagged(run, tiny_tagger, "--labels", "place, person"))
    for one, other in zip(chosen, whole, strict=True):
        assert one["entities"] == [entity for entity in other["entities"] if entity["label"] != "time"]
        assert one["tags"] == ["O" if tag.endswith("-time") else tag for tag in other["tags"]]
    rows = [
        row for part in sentences(tagged(run, tiny_tagger, "--labels", "time", "--format", "conll")) for row in part
    ]
    assert [row[1] for row in rows] == [
        tag if tag.endswith("-time") else "O" for record in whole for tag in record["tags"]
    ]


def test_precision(run: Run, tiny_tagger: Path) -> None:
    whole = records(tagged(run, tiny_tagger, "--scores", "--precision", "9"))
    for precision in (0, 2, 4):
        short = records(tagged(run, tiny_tagger, "--scores", "--precision", str(precision)))
        for one, other in zip(short, whole, strict=True):
            assert one["scores"] == [round(score, precision) for score in other["scores"]]
            assert [e["score"] for e in one["entities"]] == [round(e["score"], precision) for e in other["entities"]]


def test_what_is_about_speed_alone_changes_no_byte(run: Run, tiny_tagger: Path) -> None:
    data = LINES * 30 + "\n".join(ODD_LINES) + "\n" + "Ada met " * 900 + "\n"
    wanted = tagged(run, tiny_tagger, "--scores", "--precision", "17", "--input", "text", stdin=data)
    for options in (["--batch-size", "1"], ["--threads", "2", "--batch-size", "5"], ["--batch-size", "1000"]):
        assert (
            tagged(run, tiny_tagger, "--scores", "--precision", "17", "--input", "text", *options, stdin=data) == wanted
        )


def test_a_clash_and_its_two_ways_out(run: Run, tiny_tagger: Path) -> None:
    line = jsonl({"tags": "mine", "text": "Ada met Zoë.", "entities": 1})
    [bad] = records(tagged(run, tiny_tagger, stdin=line, status=1))
    assert bad["error"]["kind"] == "clash" and "--prefix" in bad["error"]["message"]
    assert (bad["tags"], bad["entities"]) == ("mine", 1)
    [kept] = records(tagged(run, tiny_tagger, "--prefix", "our_", "--scores", stdin=line))
    assert list(kept) == ["tags", "text", "entities", "our_tokens", "our_tags", "our_entities", "our_scores"]
    [replaced] = records(tagged(run, tiny_tagger, "--overwrite", stdin=line))
    assert list(replaced) == ["text", "tokens", "tags", "entities"] and len(replaced["tags"]) == 4


@pytest.mark.parametrize(
    ("row", "options"),
    [
        ({"body": "Ada met Zoë.", "tokens": ["x"]}, ["--field", "body"]),
        ({"body": "Ada met Zoë.", "tokens": ["x"], "offsets": [[0, 1]]}, ["--field", "body", "--offsets"]),
        ({"text": "Ada met Zoë.", "tokens": None}, []),
        ({"text": "Ada met Zoë.", "offsets": "mine"}, ["--offsets"]),
        ({"text": "Ada met Zoë.", "offsets": [[0, 1]]}, ["--offsets"]),
        ({"text": "Ada met Zoë.", "offsets": None}, ["--offsets"]),
    ],
    ids=str,
)
def test_tokens_and_offsets_that_were_not_read(run: Run, tiny_tagger: Path, row: Any, options: list[str]) -> None:
    """They are fields like any other: a clash, or what is written fits together."""
    done = run("tag", "-m", tiny_tagger, *options, stdin=jsonl(row))
    [out] = records(done.stdout)
    if "error" in out:
        assert out["error"]["kind"] == "clash"
        return
    assert out["tokens"] == ["Ada", "met", "Zoë", "."] and len(out["tags"]) == 4
    if "--offsets" in options:
        assert out["offsets"] == [[0, 3], [4, 7], [8, 11], [11, 12]]


def test_a_field_in_an_object_and_the_source(run: Run, tiny_tagger: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(jsonl({"doc": {"body": "Ada met Zoë."}, "n": 1}), encoding="utf-8")
    [out] = records(tagged(run, tiny_tagger, "--field", "doc.body", "--source", "a.jsonl"))
    assert list(out) == ["doc", "n", "file", "line", "tokens", "tags", "entities"]
    assert (out["file"], out["line"], len(out["tags"])) == ("a.jsonl", 1, 4)


def test_wrong_options_are_told_with_the_right_ones(
    refused: Callable[..., str], tiny_tagger: Path, tiny_labeller: Path, tiny_model: Path, tmp_path: Path
) -> None:
    for options, words in [
        (["--label", "x"], ["--labels"]),
        (["--scors"], ["--scores"]),
        (["--labels", "persn"], ["persn", "'person'"]),
        (["--labels", "person,Place"], ["Place", "'place'"]),
        (["--format", "conl"], ["conll", "conllu", "jsonl"]),
        (["--input", "colnn"], ["conll", "jsonl"]),
        (["--input", "fasta"], ["genes-dna", "words"]),
        (["--regions"], ["DNA", "genes-dna"]),
        (["--resume"], ["-o FILE"]),
        (["--columns", "a"], ["--format csv"]),
        (["--pretty", "-o", "x"], ["--pretty"]),
        (["--pretty", "--format", "conll"], ["--pretty"]),
        (["--html", "a.html", "-o", "x", "--resume"], ["--html", "--resume"]),
        (["--html", str(tmp_path)], ["folder"]),
        (["--html", "no/such/place.html"], ["place.html"]),
        (["no-such-file.txt"], ["no-such-file.txt"]),
    ]:
        told = refused("tag", "-m", tiny_tagger, *options)
        assert all(word in told for word in words), told
    told = refused("tag", "-m", tiny_labeller, "--labels", "NOUN")
    assert "entities" in told
    told = refused("tag", "-m", tiny_model)
    assert "is a model for classify, not for tag; models for tag: " in told
    assert "is a model for tag, not for classify; models for classify: " in refused("classify", "-m", tiny_tagger)
    assert "tag" in refused("embed", "-m", tiny_tagger)
    assert sorted(path.name for path in tmp_path.iterdir()) == []

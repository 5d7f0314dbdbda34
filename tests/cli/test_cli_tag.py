"""seqtool tag as a program: words in, entities or labels out, in every format, with bad records between."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import SEQTOOL, TAGGED_TEXTS, Run, records
from processes import SECONDS, Process, kill_halfway

from seqtool.decoding.schemes import spans

LINES = "".join(text + "\n" for text in TAGGED_TEXTS)
ODD_LINES = [
    "",
    "   ",
    "Ada met Zoë.",
    "naïve 😀 e\u0301 \u200fשלום\u200f \x85 \u2028 London",
    "tab\there \x0c \x1b[31mred\x1b[0m \x00",
    "{not json}",
    '"quoted", he said',
    "a" * 3000,
    "One. Two! Three?\u2029Four.",
]


def tagged(run: Run, model: Path, *options: str | Path, stdin: str | bytes = LINES, status: int = 0) -> bytes:
    done = run("tag", "-m", model, *options, stdin=stdin)
    assert done.returncode == status, done.stderr
    assert b"Traceback" not in done.stderr and b"fault in seqtool" not in done.stderr
    if status == 0:
        assert done.stderr == b""
    out: bytes = done.stdout
    return out


def jsonl(*rows: Any) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)


def sentences(out: bytes) -> list[list[list[str]]]:
    """The sentences of columns parted by tabs, comments left out."""
    assert out.endswith(b"\n\n")
    blocks = out.decode("utf-8").removesuffix("\n\n").split("\n\n")
    return [[line.split("\t") for line in block.split("\n") if line and not line.startswith("# ")] for block in blocks]


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


# -- columns in ------------------------------------------------------------------------------------

CONLL = """-DOCSTART- -X- -X- O

# a comment
Ada NNP B-PER
met VBD O
Zoë NNP B-PER

In IN O
London NNP B-LOC
. . O


-DOCSTART- -X- -X- O

# NNP B-X
Stop VB O
"""
CONLLU = """# sent_id = 1
# text = Vas du lit!
1\tVas\taller\tVERB\tV\tMood=Imp\t0\troot\t_\t_
2-3\tdu\t_\t_\t_\t_\t_\t_\t_\t_
2\tde\tde\tADP\tP\t_\t4\tcase\t_\t_
3\tle\tle\tDET\tD\t_\t4\tdet\t_\t_
3.1\tx\tx\tX\tX\t_\t_\t_\t_\t_
4\tlit\tlit\tNOUN\tN\t_\t1\tobl\t_\tSpaceAfter=No
5\t!\t!\tPUNCT\t.\t_\t1\tpunct\t_\t_

1\tAda\tAda\tPROPN\tN\t_\t0\troot\t_\t_
"""


def test_columns_in(run: Run, tiny_tagger: Path, tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text(CONLL, encoding="utf-8")
    out = records(tagged(run, tiny_tagger, "a.conll"))
    assert [record["tokens"] for record in out] == [["Ada", "met", "Zoë"], ["In", "London", "."], ["#", "Stop"]]
    assert list(out[0]) == ["tokens", "tags", "entities"]
    assert tagged(run, tiny_tagger, "--input", "conll", stdin=CONLL) == tagged(run, tiny_tagger, "a.conll")
    sourced = records(tagged(run, tiny_tagger, "--source", "a.conll"))
    assert [record["line"] for record in sourced[:2]] == [4, 8]
    (tmp_path / "a.conllu").write_text(CONLLU, encoding="utf-8")
    out = records(tagged(run, tiny_tagger, "a.conllu"))
    assert [record["tokens"] for record in out] == [["Vas", "de", "le", "lit", "!"], ["Ada"]]
    packed = subprocess.run(["gzip", "-k", "a.conllu"], cwd=tmp_path, check=True)
    assert packed.returncode == 0
    assert tagged(run, tiny_tagger, "a.conllu.gz") == tagged(run, tiny_tagger, "a.conllu")


# -- columns out -----------------------------------------------------------------------------------


def test_conll(run: Run, tiny_tagger: Path) -> None:
    """A sentence a block: those that the text was cut into."""
    wanted = records(tagged(run, tiny_tagger, "--scores"))
    out = sentences(tagged(run, tiny_tagger, "--format", "conll"))
    assert len(out) == len(TAGGED_TEXTS) + 1  # one line is of two sentences
    rows = [row for sentence in out for row in sentence]
    assert rows == [list(pair) for record in wanted for pair in zip(record["tokens"], record["tags"])]
    scored = [
        row for sentence in sentences(tagged(run, tiny_tagger, "--format", "conll", "--scores")) for row in sentence
    ]
    assert [row[:2] for row in scored] == rows
    assert [float(row[2]) for row in scored] == [score for record in wanted for score in record["scores"]]


def test_conll_of_columns_keeps_them(run: Run, tiny_tagger: Path, tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text(CONLL, encoding="utf-8")
    given = [tag for record in records(tagged(run, tiny_tagger, "a.conll")) for tag in record["tags"]]
    out = tagged(run, tiny_tagger, "--format", "conll", "a.conll").decode()
    lines = out.split("\n")
    values = iter(given)
    kept = [line for line in CONLL.split("\n") if line.strip()]
    found = [line for line in lines if line]
    assert len(found) == len(kept)
    for line, old in zip(found, kept):
        if old.startswith("-DOCSTART-") or old == "# a comment":
            assert line == old
        else:
            assert line == "\t".join([*old.split(" "), next(values)])
    assert next(values, None) is None
    # Blank lines still part what they parted.
    assert "\n\nIn\t" in out and out.count("-DOCSTART-") == 2 and "\n\n-DOCSTART-" in out


def test_conllu_of_text(run: Run, tiny_labeller: Path) -> None:
    texts = ["Ada met Zoë (in London). Well,  it's nice!", "", "😀"]
    out = tagged(run, tiny_labeller, "--format", "conllu", stdin="\n".join(texts))
    wanted = records(tagged(run, tiny_labeller, stdin="\n".join(texts)))
    found = sentences(out)
    rows = [row for sentence in found for row in sentence]
    assert all(len(row) == 10 for row in rows)
    assert [[int(row[0]) for row in sentence] for sentence in found if sentence] == [
        list(range(1, len(sentence) + 1)) for sentence in found if sentence
    ]
    assert [(row[1], row[3]) for row in rows] == [
        pair for record in wanted for pair in zip(record["tokens"], record["tags"])
    ]
    comments = re.findall("^# text = (.*)$", out.decode(), re.MULTILINE)
    assert comments == ["Ada met Zoë (in London).", "Well, it's nice!", "😀"]
    # Words and SpaceAfter=No give the text back.
    for sentence, text in zip([one for one in found if one], comments, strict=True):
        whole = "".join(row[1] + ("" if "SpaceAfter=No" in row[9] else " ") for row in sentence)
        assert whole.strip() == text


def test_conllu_of_entities_and_of_other_labels(run: Run, tiny_tagger: Path, make_tagger: Callable[..., Path]) -> None:
    wanted = [tag for record in records(tagged(run, tiny_tagger)) for tag in record["tags"]]
    rows = [row for part in sentences(tagged(run, tiny_tagger, "--format", "conllu")) for row in part]
    assert [re.search(r"NER=([^|]*)", row[9])[1] for row in rows] == wanted  # type: ignore[index]
    assert {(row[3], row[4]) for row in rows} == {("_", "_")}
    model = make_tagger(kind="labels", labels=("NN", "VBD"))
    wanted = [tag for record in records(tagged(run, model)) for tag in record["tags"]]
    rows = [row for part in sentences(tagged(run, model, "--format", "conllu", "--scores")) for row in part]
    assert [row[4] for row in rows] == wanted and {row[3] for row in rows} == {"_"}
    assert all(re.search(r"(^|\|)Probability=[01]\.\d+$", row[9]) for row in rows)


def test_conllu_of_tokens_with_offsets(run: Run, tiny_labeller: Path) -> None:
    """tokenize | tag knows where a space is missing, as tag alone does."""
    text = "Ada met Zoë (in London)!\n"
    tokens = run("tokenize", stdin=text).stdout
    wanted = tagged(run, tiny_labeller, "--format", "conllu", stdin=text)
    assert b"SpaceAfter=No" in wanted
    assert tagged(run, tiny_labeller, "--format", "conllu", stdin=tokens) == wanted


def test_conllu_of_conllu_keeps_what_is_not_ours(run: Run, tiny_labeller: Path, tmp_path: Path) -> None:
    """Comments, tokens of several words, empty nodes, the other columns: only UPOS is new."""
    (tmp_path / "a.conllu").write_text(CONLLU, encoding="utf-8")
    out = tagged(run, tiny_labeller, "--format", "conllu", "a.conllu").decode()
    values = iter(tag for record in records(tagged(run, tiny_labeller, "a.conllu")) for tag in record["tags"])
    expected = []
    for line in CONLLU.split("\n"):
        cells = line.split("\t")
        if cells[0].isdigit():
            cells[3] = next(values)
        expected.append("\t".join(cells))
    assert out == "\n".join(expected) + "\n"
    # From other columns, each word gets its row.
    rows = [row for part in sentences(tagged(run, tiny_labeller, "--input", "conll", "--format", "conllu", stdin="Ada NNP x\nmet VBD y\n")) for row in part]  # fmt: skip
    assert [row[:2] for row in rows] == [["1", "Ada"], ["2", "met"]] and all(len(row) == 10 for row in rows)


def test_a_token_that_would_break_a_column(run: Run, tiny_tagger: Path) -> None:
    row = jsonl({"tokens": ["a\tb", "c\nd", "e\rf", "", "New York", "\x85", "\u2028"]})
    for form, width in (("conll", 2), ("conllu", 10)):
        [found] = sentences(tagged(run, tiny_tagger, "--format", form, stdin=row))
        assert len(found) == 7 and all(len(cells) == width and all(cells) for cells in found)


@pytest.mark.parametrize(("form", "kind"), [("conll", "entities"), ("conll", "labels"), ("conllu", "labels")])
def test_evaluate_reads_what_tag_wrote(
    run: Run, make_tagger: Callable[..., Path], tmp_path: Path, form: str, kind: str
) -> None:
    """The model's own answers as what is right: everything is."""
    labels = ("NOUN", "VERB", "X") if kind == "labels" else ()
    model = make_tagger(kind=kind, labels=labels)
    tagged(run, model, "--format", form, "-o", f"out.{form}", "--input", "text", stdin=LINES + "\n".join(ODD_LINES))
    done = run("evaluate", "tag", "-m", model, f"out.{form}", *(["--column", "upos"] if form == "conllu" else []))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["accuracy"] == 1.0 and report.get("f1", 1.0) == 1.0
    texts = records(tagged(run, model, "--input", "text", stdin=LINES + "\n".join(ODD_LINES)))
    assert report["tokens"] == sum(len(record["tokens"]) for record in texts)
    if kind == "entities":
        assert sum(row["count"] for row in report["labels"]) == sum(len(record["entities"]) for record in texts)


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
    assert "'classify'" in told and "'tag'" in told
    assert "'tag'" in refused("classify", "-m", tiny_tagger)
    assert "tag" in refused("embed", "-m", tiny_tagger)
    assert sorted(path.name for path in tmp_path.iterdir()) == []


# -- bad records -----------------------------------------------------------------------------------

GOOD = '{"text": "Ada met Zoë."}'.encode()
BAD: list[tuple[bytes, str, list[str]]] = [  # line, kind, the record's own fields that are kept
    (b'{"id": 1.10, "text": null}', "type", ["id", "text"]),
    (b'{"id": 2, "txt": "a"}', "field", ["id", "txt"]),
    (b'{"text": 5}', "type", ["text"]),
    (b'{"text": "a", "tags": []}', "clash", ["text", "tags"]),
    (b'{"tokens": "Ada met"}', "type", ["tokens"]),
    (b'{"tokens": ["Ada", 5]}', "type", ["tokens"]),
    (b'{"tokens": ["Ada", null]}', "type", ["tokens"]),
    (b'{"tokens": {"a": 1}}', "type", ["tokens"]),
    (b'{"tokens": ["Ada"], "offsets": []}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": [[0, 3], [4, 5]]}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": [[3, 0]]}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": [[-1, 3]]}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": [[0, 3, 4]]}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": [[0.5, 3]]}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": [["0", "3"]]}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": [[true, false]]}', "type", ["tokens", "offsets"]),
    (
        b'{"text": "Ada", "tokens": ["Ada"], "offsets": [[0, ' + b"9" * 4000 + b"]]}",
        "type",
        ["text", "tokens", "offsets"],
    ),
    (b'{"tokens": ["Ada"], "offsets": [[0, 1e400]]}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": 5}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": "ab"}', "type", ["tokens", "offsets"]),
    (b'{"tokens": ["Ada"], "offsets": {"ab": 1}}', "type", ["tokens", "offsets"]),
    (b'{"text": "Ada", "tokens": ["Ada"], "offsets": [[0, 4]]}', "type", ["text", "tokens", "offsets"]),
    (b'{"text": "\xff"}', "encoding", []),
    (b'{"text": ', "json", []),
    (b'["text"]', "not_object", []),
    (b'"text"', "not_object", []),
    (b'{"text": "a", "text": "b"}', "duplicate_key", []),
    (b'{"text": "a", "n": NaN}', "number", []),
    (b'{"tokens": ["\\ud800"]}', "surrogate", []),
    (b'{"tokens": ' + b"[" * 600 + b"]" * 600 + b"}", "depth", []),
    (b'{"text": "' + b"x" * 9000 + b'"}', "length", []),
]


def test_every_kind_of_bad_record(run: Run, tiny_tagger: Path, tmp_path: Path) -> None:
    data = b"".join(GOOD + b"\n" + line + b"\n" for line, _, _ in BAD) + GOOD + b"\n"
    (tmp_path / "in.jsonl").write_bytes(data)
    done = run("tag", "-m", tiny_tagger, "in.jsonl", "--max-line-bytes", "8000")
    assert done.returncode == 1 and b"Traceback" not in done.stderr
    out = records(done.stdout)
    assert len(out) == 2 * len(BAD) + 1
    assert {json.dumps(record) for record in out[::2]} == {json.dumps(out[0])} and len(out[0]["tags"]) == 4
    for number, (record, (line, kind, kept)) in enumerate(zip(out[1::2], BAD, strict=True)):
        error = record.pop("error", None)
        assert error is not None, line
        assert (error["kind"], error["file"], error["line"]) == (kind, "in.jsonl", 2 * number + 2), (line, error)
        assert list(record) == kept, line
    told = done.stderr.decode().splitlines()
    assert len(told) == 6 and told[-1] == f"seqtool tag: {len(BAD)} bad records"
    skipped = run("tag", "-m", tiny_tagger, "in.jsonl", "--max-line-bytes", "8000", "--on-error", "skip", "-q")
    assert (skipped.returncode, skipped.stderr) == (1, b"")
    assert skipped.stdout == done.stdout.split(b"\n")[0] + b"\n" + skipped.stdout.split(b"\n", 1)[1]
    assert len(records(skipped.stdout)) == len(BAD) + 1
    stopped = run("tag", "-m", tiny_tagger, "in.jsonl", "--on-error", "stop")
    assert stopped.returncode == 1 and len(records(stopped.stdout)) == 1 and b"in.jsonl:2: " in stopped.stderr


@pytest.mark.parametrize("form", ["conll", "conllu"])
def test_bad_records_among_columns(run: Run, tiny_tagger: Path, form: str) -> None:
    """A comment in their place, which breaks no line, and their neighbours as they are."""
    data = b"".join(GOOD + b"\n" + line + b"\n" for line, _, _ in BAD) + GOOD + b"\n"
    alone = tagged(run, tiny_tagger, "--format", form, stdin=GOOD)
    options = ["--format", form, "--max-line-bytes", "8000"]
    blocks = tagged(run, tiny_tagger, *options, stdin=data, status=1).decode().removesuffix("\n\n").split("\n\n")
    assert len(blocks) == 2 * len(BAD) + 1
    assert {block + "\n\n" for block in blocks[::2]} == {alone.decode()}
    for number, block in enumerate(blocks[1::2]):
        assert block.startswith(f"# error: -:{2 * number + 2}: ") and "\n" not in block
    skipped = tagged(run, tiny_tagger, *options, "--on-error", "skip", stdin=data, status=1)
    assert skipped == alone * (len(BAD) + 1)


def test_bad_sentences_of_columns(run: Run, tiny_tagger: Path, tmp_path: Path) -> None:
    long = b"".join(b"word%d O\n" % number for number in range(300))
    (tmp_path / "a.conll").write_bytes(
        b"Ada O\nmet O\n\nK\xf6ln O\n\n" + long + b"\n\tO\n\nAda O\nmet O\n\n" + b"x" * 5000 + b"\tO\n\nAda O\nmet O"
    )
    out = records(tagged(run, tiny_tagger, "a.conll", "--max-line-bytes", "2000", status=1))
    kinds = [record["error"]["kind"] if "error" in record else record["tokens"] for record in out]
    good = ["Ada", "met"]
    assert kinds == [good, "encoding", "length", "row", good, "length", good]
    assert [record["error"]["line"] for record in out if "error" in record] == [4, 6, 307, 312]


def test_errors_pass_through_a_chain(run: Run, tiny_tagger: Path, tiny_labeller: Path) -> None:
    first = run("tag", "-m", tiny_tagger, stdin=GOOD + b'\n[]\n{"n": 1.10}\n')
    second = run("tag", "-m", tiny_labeller, "--prefix", "b_", stdin=first.stdout)
    assert (second.returncode, second.stderr) == (1, b"")
    assert second.stdout.split(b"\n")[1:] == first.stdout.split(b"\n")[1:] and b'"b_tags"' in second.stdout


# -- how it ends, and files ------------------------------------------------------------------------


def test_a_reader_that_goes_away(tiny_tagger: Path) -> None:
    script = 'yes "Ada met Zoë." | "$@" | head -1; echo "${PIPESTATUS[@]}"'
    command = [*SEQTOOL, "tag", "-m", str(tiny_tagger)]
    done = subprocess.run(["bash", "-c", script, "bash", *command], capture_output=True, timeout=SECONDS)
    line, status, _ = done.stdout.decode().split("\n")
    assert json.loads(line)["tokens"] == ["Ada", "met", "Zoë", "."]
    assert status.split()[1] == "141" and done.stderr == b""


@pytest.mark.parametrize("options", [[], ["--format", "conll", "--on-error", "skip"]], ids=str)
def test_killed_and_resumed_to_the_same_bytes(run: Run, tiny_tagger: Path, tmp_path: Path, options: list[str]) -> None:
    rows = [b'{"id": %d, "text": "%s."}\n' % (number, b"Ada met " * (number % 5)) for number in range(10)]
    rows[1] = b"nonsense\n"
    rows[6] = b"[]\n"
    block = b"".join(rows)
    command = ["tag", "-m", tiny_tagger, "--input", "jsonl", *options]
    lines = kill_halfway([*command, "-o", "out"], tmp_path, block) + block
    wanted = run(*command, stdin=lines)
    again = run(*command, "-o", "out", stdin=lines)
    assert again.returncode == 2 and b"--resume" in again.stderr
    other = run(*command, "--labels", "person", "-o", "out", "--resume", stdin=lines)
    assert other.returncode == 2 and b"another labels" in other.stderr
    done = run(*command, "-o", "out", "--resume", stdin=lines)
    assert done.returncode == wanted.returncode == 1
    assert (tmp_path / "out").read_bytes() == wanted.stdout
    assert os.listdir(tmp_path) == ["out"]


def test_pretty(run: Run, tiny_tagger: Path, tiny_labeller: Path) -> None:
    """Not on a terminal: brackets, no colour, and nothing that a terminal would obey."""
    [record] = records(tagged(run, tiny_tagger, stdin="Ada met Zoë in London."))
    out = tagged(run, tiny_tagger, "--pretty", stdin="Ada met Zoë in London.").decode()
    expected, end = "", 0
    for entity in record["entities"]:
        expected += record["text"][end : entity["start"]] + f"[{entity['text']} {entity['label']}]"
        end = entity["end"]
    assert out == expected + record["text"][end:] + "\n"
    [record] = records(tagged(run, tiny_labeller, stdin="Ada met Zoë."))
    out = tagged(run, tiny_labeller, "--pretty", stdin="Ada met Zoë.").decode()
    assert re.findall(r"(\S+)/(\w+)", out) == list(zip(record["tokens"], record["tags"]))
    for model in (tiny_tagger, tiny_labeller):
        row = '{"tokens": ["\\u001b[2J", "\\u009b", "a\\nb", "\\u202e"]}\n'
        hostile = tagged(run, model, "--pretty", stdin=row + '{"text": "x"}\n')
        assert b"\x1b" not in hostile and "\x9b".encode() not in hostile and hostile.count(b"\n") == 2


@pytest.mark.parametrize("model", ["tiny_tagger", "tiny_labeller"])
def test_a_page(run: Run, request: pytest.FixtureRequest, tmp_path: Path, model: str) -> None:
    folder = request.getfixturevalue(model)
    data = "Ada <b>met</b> Zoë & Bob.\n\n<script>alert(1)</script>\n"
    shown = ["Ada", "&lt;", "met", "Zoë", "&amp;", "Bob", "script", "alert"]
    out = tagged(run, folder, "--html", "page.html", "--input", "text", stdin=data)
    assert out == tagged(run, folder, "--input", "text", stdin=data)  # the records come all the same
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.lstrip().lower().startswith("<!doctype html") and page.rstrip().endswith("</html>")
    assert "<script" not in page and "<b>" not in page
    assert all(word in page for word in shown)
    for record in records(out):
        for label in {entity["label"] for entity in record.get("entities", [])} or set(record["tags"]) - {"O"}:
            assert label in page
    assert os.listdir(tmp_path) == ["page.html"]


def test_a_page_is_whole_or_as_it_was(run: Run, tiny_tagger: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ada met Zoë.\n", encoding="utf-8")
    assert run("tag", "-m", tiny_tagger, "--html", "p.html", "a.txt", "none.txt").returncode == 2
    assert not (tmp_path / "p.html").exists()
    (tmp_path / "p.html").write_text("old")
    cut = tmp_path / "cut.txt.gz"
    cut.write_bytes(subprocess.run(["gzip", "-c", "a.txt"], cwd=tmp_path, capture_output=True, check=True).stdout[:-9])
    assert run("tag", "-m", tiny_tagger, "--html", "p.html", "a.txt", "cut.txt.gz").returncode == 2
    assert (tmp_path / "p.html").read_text() == "old"
    # A bad record is no reason to lose the page.
    done = run("tag", "-m", tiny_tagger, "--html", "p.html", stdin=b"Ada met Bob.\n\xff\nIn London.\n")
    assert done.returncode == 1
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "London" in page and page.rstrip().endswith("</html>")
    with Process("tag", "-m", tiny_tagger, "--html", "k.html", cwd=tmp_path) as process:
        process.send(b"Ada met Bob.\n")
        assert process.line()
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "cut.txt.gz", "p.html"]

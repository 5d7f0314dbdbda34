"""seqtool tag reads and writes columns: CoNLL and CoNLL-U."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TAGGED_TEXTS, Run, records
from tagging import LINES, ODD_LINES, jsonl, sentences, tagged

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

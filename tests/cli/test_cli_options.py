"""Options of the line commands, each seen in what is written."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Run, records

TEXTS = ["The fan works like a charm.", "", "   ", "Naïve café 😀 e\u0301 notes", "a\u2028b\u0085c\x0cd\0e", "x"]
LINES = "".join(text + "\n" for text in TEXTS)


def test_text_in_records_out(run: Run, tiny_model: Path) -> None:
    result = run("classify", "-m", tiny_model, stdin=LINES)
    assert (result.returncode, result.stderr) == (0, b"")
    out = records(result.stdout)
    assert [record["text"] for record in out] == TEXTS
    for record in out:
        assert list(record) == ["text", "label", "score", "stars"]
        if record["text"].strip():
            assert record["label"] in {"negative", "neutral", "positive"}
            assert 0 <= record["score"] <= 1 and record["stars"] in range(1, 6)
        else:
            assert (record["label"], record["score"], record["stars"]) == (None, None, None)
    assert "😀".encode() in result.stdout and b"\\ud83d" not in result.stdout


@pytest.mark.parametrize("places", [0, 1, 4, 9, 17])
def test_precision(run: Run, tiny_model: Path, places: int) -> None:
    result = run(
        "classify",
        "-m",
        tiny_model,
        "--scores",
        "--precision",
        str(places),
        stdin='{"text": "a", "n": 0.123456789012345678}\n',
    )
    (record,) = [json.loads(line, parse_float=str) for line in result.stdout.decode().splitlines()]
    assert record["n"] == "0.123456789012345678"
    numbers = [record["score"], *record["scores"].values()]
    assert all(len(str(number).partition(".")[2]) <= max(places, 1) for number in numbers)
    assert any(len(str(number).partition(".")[2]) >= places - 3 for number in numbers)
    if places >= 4:
        assert sum(map(float, record["scores"].values())) == pytest.approx(1, abs=1e-3)


def test_scores_and_top(run: Run, tiny_model: Path) -> None:
    (every,) = records(run("classify", "-m", tiny_model, "--scores", stdin="a\n").stdout)
    assert list(every["scores"]) == ["negative", "neutral", "positive"]
    assert every["score"] == max(every["scores"].values()) == every["scores"][every["label"]]
    for number in (1, 2, 9):
        (best,) = records(run("classify", "-m", tiny_model, "--top", str(number), stdin="a\n").stdout)
        assert len(best["scores"]) == min(number, 3)
        assert list(best["scores"].values()) == sorted(every["scores"].values(), reverse=True)[:number]
    (blank,) = records(run("classify", "-m", tiny_model, "--scores", stdin="\n").stdout)
    assert blank["scores"] is None


def test_explanations_are_slices_of_the_text(run: Run, tiny_model: Path) -> None:
    # `in` in a few cases: offsets count code points, whatever letters are longer in UTF-8.
    out = records(run("classify", "-m", tiny_model, "--explain", "--input", "text", stdin=LINES).stdout)
    for record in out:
        text, words = record["text"], record["explanation"]
        if not text.strip():
            assert not words
            continue
        assert words
        end = 0
        for word in words:
            assert list(word) == ["text", "start", "end", "weight"]
            assert text[word["start"] : word["end"]] == word["text"] != ""
            assert word["start"] >= end
            assert -1 <= word["weight"] <= 1
            end = word["end"]


def test_field_looks_into_objects(run: Run, tiny_model: Path) -> None:
    line = '{"a": {"b": "good"}, "a.c": "fine", "text": 1}\n'
    for name in ("a.b", "a.c"):
        (record,) = records(run("classify", "-m", tiny_model, "--field", name, stdin=line).stdout)
        assert list(record) == ["a", "a.c", "text", "label", "score", "stars"]
    (record,) = records(run("classify", "-m", tiny_model, "--field", "a.d", stdin=line).stdout)
    assert record["error"]["kind"] == "field"


def test_source_and_prefix(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    (tmp_path / "b.csv").write_text('text,id\n"x\ny",1\nz,2\n')
    result = run("classify", "-m", tiny_model, "--source", "--prefix", "p_", "a.txt", "b.csv", "-", stdin="last")
    out = records(result.stdout)
    places = [(record["p_file"], record["p_line"]) for record in out]
    assert places == [("a.txt", 1), ("a.txt", 2), ("b.csv", 2), ("b.csv", 4), ("-", 1)]
    assert list(out[2]) == ["text", "id", "p_file", "p_line", "p_label", "p_score", "p_stars"]


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_tables(run: Run, tiny_model: Path, form: str) -> None:
    lines = '{"text": "a,\\"b\\"\\nc\\td", "meta": {"id": 1.10, "tags": ["é", null]}}\n{"text": ""}\n[]\n'
    columns = ["meta.id", "meta.tags", "label", "error.kind", "text"]
    result = run("classify", "-m", tiny_model, "--format", form, "--columns", ",".join(columns), stdin=lines)
    assert result.returncode == 1
    text = result.stdout.decode()
    if form == "csv":
        rows = list(csv.reader(io.StringIO(text, newline="")))
        wanted = 'a,"b"\nc\td'
    else:
        rows = [line.split("\t") for line in text.splitlines()]
        wanted = 'a,"b" c d'
    assert rows[0] == columns
    assert rows[1][:2] == ["1.10", '["é", null]'] and rows[1][4] == wanted
    assert rows[2] == ["", "", "", "", ""]
    assert rows[3] == ["", "", "", "not_object", ""]


def test_a_table_is_read_back(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('id;text\n1;"a;""b"""\n2;\n3;c\n')
    for form in ("csv", "tsv"):
        assert (
            run(
                "classify", "-m", tiny_model, "in.csv", "--delimiter", ";", "--format", form, "-o", f"out.{form}"
            ).returncode
            == 0
        )
        again = records(run("classify", "-m", tiny_model, f"out.{form}", "--prefix", "b_").stdout)
        assert [record["text"] for record in again] == ['a;"b"', "", "c"]
        assert [record["id"] for record in again] == ["1", "2", "3"]
        assert all((record["label"] or None) == record["b_label"] for record in again)


def test_what_auto_takes_the_input_for(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    cases: list[tuple[str, str, list[Any]]] = [
        ("a.ndjson", '{"text": "x"}\n', ["x"]),
        ("a.TXT", '{"text": "x"}\n', ["x"]),  # by the first line that is not blank
        ("b", '\n \n{"text": "x"}\n', ["x"]),
        ("c", "\n \nplain\n", ["", " ", "plain"]),
        ("d", "{broken\nplain\n", ["{broken", "plain"]),
        ("e", '["x"]\n', ['["x"]']),
        ("f.tsv", 'text\tid\n"x\t1\n', ['"x']),
        ("g.csv", "text\nx\n", ["x"]),
    ]
    for name, data, _ in cases:
        (tmp_path / name).write_text(data)
    out = records(run("classify", "-m", tiny_model, *[name for name, *_ in cases]).stdout)
    assert [record["text"] for record in out] == [text for *_, texts in cases for text in texts]


def test_a_byte_order_mark_is_dropped(run: Run, tiny_model: Path) -> None:
    for data in ("\ufeffx\n", '\ufeff{"text": "x"}\n'):
        (record,) = records(run("classify", "-m", tiny_model, stdin=data).stdout)
        assert record["text"] == "x"


def test_other_kinds_of_models(run: Run, make_model: Any) -> None:
    multiple = make_model(kind="multiple", labels=("a", "b", "c"), name="multiple")
    single = make_model(name="single")
    (record,) = records(run("classify", "-m", multiple, "--scores", stdin="x\n").stdout)
    chosen = {label: score for label, score in record["scores"].items() if score >= 0.5}
    assert (record["label"], record["score"]) == (list(chosen), list(chosen.values()))
    (record,) = records(run("classify", "-m", single, stdin="x\n").stdout)
    assert list(record) == ["text", "label", "score"]


def test_models_list(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "models" / "broken").mkdir(parents=True)
    (tmp_path / "models" / "broken" / "model.toml").write_text("nonsense")
    path = f"{tiny_model.parent}:{tmp_path / 'models'}"
    result = run("models", "list", env={"SEQTOOL_MODELS": path, "HOME": str(tmp_path)})
    rows = {row["name"]: row for row in records(result.stdout)}
    assert list(rows["tiny"])[:6] == ["name", "task", "languages", "size", "licence", "path"]
    assert rows["tiny"]["task"] == "classify" and rows["tiny"]["size"] > 0
    assert rows["broken"]["problem"]
    table = run("models", "list", "--format", "table", env={"SEQTOOL_MODELS": path, "COLUMNS": "200"})
    assert b"tiny" in table.stdout and b"{" not in table.stdout

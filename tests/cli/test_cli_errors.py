"""Status 2: one line that says what is wrong and what to do, before anything is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import Run


def one_line(result: object, name: str = "seqtool classify") -> str:
    """The single line of an error, checked for its form."""
    assert result.returncode == 2, result  # type: ignore[attr-defined]
    assert result.stdout == b""  # type: ignore[attr-defined]
    text = result.stderr.decode()  # type: ignore[attr-defined]
    assert text.startswith(f"{name}: ") and text.count("\n") == 1 and text.endswith("\n"), text
    assert "Traceback" not in text and "fault in seqtool" not in text
    return text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--prefx", "a"], ["--prefix"]),
        (["--on-eror", "skip"], ["--on-error"]),
        (["--format", "cvs"], ["csv", "tsv", "jsonl"]),
        (["--input", "tsb"], ["tsv"]),
        (["--on-error", "ignore"], ["record", "skip", "stop"]),
        (["--threads", "0"], ["--threads"]),
        (["--batch-size", "0"], ["--batch-size"]),
        (["--batch-size", "many"], ["--batch-size"]),
        (["--max-line-bytes", "0"], ["--max-line-bytes"]),
        (["--precision", "-1"], ["--precision"]),
        (["--top", "0"], ["--top"]),
        (["--delimiter", ";;"], ["one character"]),
        (["--encoding", "latin9x"], ["did you mean"]),
        (["--encoding", "utf9"], ["utf-"]),
        (["--encoding", "idna"], ["no such encoding"]),
        (["--encoding", "undefined"], ["no such encoding"]),
        (["--resume"], ["-o FILE"]),
        (["--columns", "label"], ["--format"]),
        (["--pretty", "-o", "out"], ["--pretty"]),
        (["--pretty", "--format", "csv"], ["--pretty"]),
        (["-o", "folder"], ["folder"]),
        (["-o", "no/such/folder"], ["cannot be written"]),
        (["nothing.txt"], ["nothing.txt", "; "]),
        (["folder"], ["folder", "; "]),
        (["/proc/self/mem"], ["/proc/self/mem", "; "]),
        (["names.csv", "--field", "txet"], ["'text'", "--field"]),
        (["twice.csv"], ["'text'", "twice"]),
        (["clash.csv"], ["'label'", "--prefix", "--overwrite"]),
        (["clash.csv", "--prefix", "our_"], ["'our_score'"]),
        (["names.csv", "--source"], ["'file'", "--prefix", "--overwrite"]),
        (["text.txt", "--format", "csv", "--columns", "labl,text"], ["'label'"]),
        (["names.csv", "--format", "csv", "--columns", "txt"], ["'text'"]),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_what_cannot_start(run: Run, tiny_model: Path, tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.txt").write_text("a\nb\n")
    (tmp_path / "names.csv").write_text("id,text,file\n1,a,f\n")
    (tmp_path / "twice.csv").write_text("text,id,text\na,1,b\n")
    (tmp_path / "clash.csv").write_text("text,label,our_score\na,1,b\n")
    before = sorted(os.listdir(tmp_path))
    text = one_line(run("classify", "-m", tiny_model, *arguments))
    for word in words:
        assert word in text
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize("arguments", [["nothing.txt"], ["bad.csv"], ["cut.gz"]])
def test_what_cannot_start_leaves_no_part_behind(
    run: Run, tiny_model: Path, tmp_path: Path, arguments: list[str]
) -> None:
    """Else the next, corrected command is refused for the sake of an empty .part."""
    (tmp_path / "bad.csv").write_text("id\n1\n")
    (tmp_path / "cut.gz").write_bytes(b"no gzip")
    result = run("classify", "-m", tiny_model, *arguments, "-o", "out")
    assert result.returncode == 2
    (tmp_path / "good.txt").write_text("a\n")
    assert run("classify", "-m", tiny_model, "good.txt", "-o", "out").returncode == 0


def test_the_way_out_of_a_clash_in_a_table(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "clash.csv").write_text("label,text\nmine,a\n")
    for way in (["--prefix", "p_"], ["--overwrite"]):
        assert run("classify", "-m", tiny_model, "clash.csv", *way).returncode == 0


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("tinny", ["did you mean 'tiny'"]),
        ("./tinny", ["./tinny", "; "]),
        ("in.txt", ["in.txt"]),
        ("/", ["; "]),
        ("", ["; "]),
    ],
)
def test_models_that_there_are_not(run: Run, tiny_model: Path, tmp_path: Path, model: str, words: list[str]) -> None:
    (tmp_path / "in.txt").write_text("a\n")
    text = one_line(run("classify", "-m", model, "in.txt", env={"SEQTOOL_MODELS": str(tiny_model.parent)}))
    for word in words:
        assert word in text


@pytest.mark.parametrize(
    ("arguments", "name", "word"),
    [
        (["clasify"], "seqtool", "'classify'"),
        (["--verison"], "seqtool", "--version"),
        (["models", "lst"], "seqtool models", "list"),
        (["models", "show"], "seqtool models", "--help"),
        (["models", "show", "no-such"], "seqtool models", "no-such"),
        (["models", "list", "--formt", "table"], "seqtool models", "--format"),
        (["train", "clasify"], "seqtool train", "classify"),
        (["train"], "seqtool train", "--recipe"),
        (["evaluate", "clasify"], "seqtool evaluate", "classify"),
        (["evaluate", "classify"], "seqtool evaluate", "no row"),
    ],
)
def test_other_commands(run: Run, arguments: list[str], name: str, word: str) -> None:
    assert word in one_line(run(*arguments), name)


def test_an_argument_that_is_not_utf_8(run: Run, tiny_model: Path) -> None:
    for option in ("--encoding", "--field", "--delimiter", "-m", "--prefix"):
        name = os.fsdecode(b"\xff" if option == "--delimiter" else b"./\xff")
        result = run("classify", "-m", tiny_model, option, name, stdin=b"a\n")
        assert b"Traceback" not in result.stderr and b"fault in seqtool" not in result.stderr
        result.stdout.decode("utf-8")


def test_debug_shows_the_place(run: Run, tiny_model: Path) -> None:
    result = run("classify", "-m", tiny_model, "nothing.txt", env={"SEQTOOL_DEBUG": "1"})
    assert b"Traceback" in result.stderr
    assert result.returncode != 0


def test_a_missing_package_is_told_in_one_line(run: Run, tmp_path: Path, tiny_model: Path) -> None:
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy" / "__init__.py").write_text("raise ImportError('no numpy here')")
    text = one_line(run("classify", "-m", tiny_model, env={"PYTHONPATH": str(tmp_path)}))
    assert "pip install" in text


def test_a_training_that_cannot_start_leaves_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("text,label\nx,a\ny,b\n")
    for more in (["--device", "foo"], ["--vectors", "no-such.txt"], ["--dev", "no-such.csv"], ["--seed", "-1"]):
        result = run("train", "classify", "r.csv", "-o", "m", *more)
        assert result.returncode == 2 and result.stderr.count(b"\n") == 1 and b"fault in seqtool" not in result.stderr
        assert sorted(path.name for path in tmp_path.iterdir()) == ["r.csv"]


def test_a_foreign_folder_is_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("text,label\nx,a\ny,b\n")
    (tmp_path / "m.training").mkdir()
    (tmp_path / "m.training" / "thesis.txt").write_text("precious")
    assert run("train", "classify", "r.csv", "-o", "m", "--force").returncode == 2
    assert (tmp_path / "m.training" / "thesis.txt").read_text() == "precious"


def test_options_before_the_task_are_refused(run: Run) -> None:
    assert b"--seed" in run("train", "--seed", "5", "classify", "r.csv", "-o", "m").stderr

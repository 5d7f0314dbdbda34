"""A bad record: told in its place and on stderr, never losing its neighbours (contract 2)."""

from __future__ import annotations

import bz2
import gzip
import lzma
from pathlib import Path

import pytest
from conftest import Run, records

BAD = [  # line, kind, the record's own fields that are kept, what the message must hold
    (b'{"id": 1.10, "text": null}', "type", {"id": 1.10, "text": None}, "--field"),
    (b'{"id": 2, "txt": "a"}', "field", {"id": 2, "txt": "a"}, "'txt'"),
    (b'{"text": "a", "label": "mine"}', "clash", {"text": "a", "label": "mine"}, "--prefix"),
    (b'{"text": "\xff"}', "encoding", {}, "--encoding"),
    (b'{"text": ', "json", {}, "--input text"),
    (b'["text"]', "not_object", {}, "--input text"),
    (b'"text"', "not_object", {}, "--input text"),
    (b'{"text": "a", "text": "b"}', "duplicate_key", {}, "rename"),
    (b'{"text": "a", "n": NaN}', "number", {}, "null"),
    (b'{"text": "\\ud800"}', "surrogate", {}, "surrogate"),
    (b'{"text": ' + b"[" * 600 + b"]" * 600 + b"}", "depth", {}, "flatten"),
    (b'{"text": "' + b"x" * 3000 + b'"}', "length", {}, "--max-line-bytes"),
]
GOOD = b'{"text": "good"}'


def mixed() -> bytes:
    """A good record before, between and after the bad ones."""
    return b"".join(GOOD + b"\n" + line + b"\n" for line, *_ in BAD) + GOOD + b"\n"


def test_every_kind_of_bad_record(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(mixed())
    result = run("classify", "-m", tiny_model, "in.jsonl", "--max-line-bytes", "2000")
    assert result.returncode == 1
    out = records(result.stdout)
    assert len(out) == 2 * len(BAD) + 1
    assert all("label" in record and "error" not in record for record in out[::2])
    assert len({str(record) for record in out[::2]}) == 1
    for number, (record, (_, kind, kept, remedy)) in enumerate(zip(out[1::2], BAD, strict=True)):
        error = record.pop("error")
        assert list(error) == ["kind", "message", "file", "line"]
        assert (error["kind"], error["file"], error["line"]) == (kind, "in.jsonl", 2 * number + 2)
        assert remedy in error["message"]
        assert list(record.items()) == list(kept.items())
    lines = result.stderr.decode().splitlines()
    assert len(lines) == 6  # the first five, then one count
    assert [line.split(": ")[1] for line in lines[:5]] == [f"in.jsonl:{n}" for n in (2, 4, 6, 8, 10)]
    assert lines[5] == f"seqtool classify: {len(BAD)} bad records"


def test_skip_leaves_them_out(run: Run, tiny_model: Path) -> None:
    result = run("classify", "-m", tiny_model, "--on-error", "skip", "--max-line-bytes", "2000", stdin=mixed())
    assert result.returncode == 1
    assert len(records(result.stdout)) == len(BAD) + 1
    assert b"-:2: " in result.stderr


@pytest.mark.parametrize("place", [1, 3, 100])
def test_stop_ends_at_the_first(run: Run, tiny_model: Path, place: int) -> None:
    lines = [GOOD] * 150
    lines[place - 1] = b"[]"
    lines[place + 10] = b"[]"
    result = run("classify", "-m", tiny_model, "--input", "jsonl", "--on-error", "stop", stdin=b"\n".join(lines))
    assert result.returncode == 1
    assert len(records(result.stdout)) == place - 1
    assert f"-:{place}: ".encode() in result.stderr


def test_quiet_silences_the_lines_and_not_the_status(run: Run, tiny_model: Path) -> None:
    result = run("classify", "-m", tiny_model, "-q", stdin=GOOD + b"\n[]\n")
    assert (result.returncode, result.stderr) == (1, b"")
    assert records(result.stdout)[1]["error"]["kind"] == "not_object"


def test_errors_pass_through_a_chain_untold(run: Run, tiny_model: Path) -> None:
    first = run("classify", "-m", tiny_model, stdin=GOOD + b"\n[]\n" + b'{"n": 1.10}\n')
    for mode in ("record", "skip", "stop"):
        second = run("classify", "-m", tiny_model, "--prefix", "b_", "--on-error", mode, stdin=first.stdout)
        assert (second.returncode, second.stderr) == (1, b"")
        assert second.stdout.split(b"\n")[1:] == first.stdout.split(b"\n")[1:]
        assert b'"b_label"' in second.stdout.split(b"\n")[0]


def test_an_error_field_of_the_users_own_is_no_bad_record(run: Run, tiny_model: Path) -> None:
    lines = b'{"text": "a", "error": "mine"}\n{"text": "a", "error": {"kind": 1}}\n{"text": "a", "error": null}\n'
    result = run("classify", "-m", tiny_model, stdin=lines)
    assert result.returncode == 0
    assert [record["error"] for record in records(result.stdout)] == ["mine", {"kind": 1}, None]


def test_an_error_field_of_the_users_own_in_a_bad_record_is_kept(run: Run, tiny_model: Path) -> None:
    result = run("classify", "-m", tiny_model, stdin=b'{"text": 1, "error": "mine"}\n')
    (record,) = records(result.stdout)
    assert record["error"]["kind"] == "type"
    assert "mine" in str(record)


def test_a_clash_and_its_two_ways_out(run: Run, tiny_model: Path) -> None:
    line = b'{"label": "mine", "text": "a", "z": 1}\n'
    (bad,) = records(run("classify", "-m", tiny_model, stdin=line).stdout)
    assert "--prefix" in bad["error"]["message"] and "--overwrite" in bad["error"]["message"]
    (kept,) = records(run("classify", "-m", tiny_model, "--prefix", "our_", stdin=line).stdout)
    assert list(kept) == ["label", "text", "z", "our_label", "our_score", "our_stars"]
    assert kept["label"] == "mine"
    (replaced,) = records(run("classify", "-m", tiny_model, "--overwrite", stdin=line).stdout)
    assert sorted(replaced) == ["label", "score", "stars", "text", "z"]
    assert replaced["label"] != "mine"


def test_source_is_a_field_like_any_other(run: Run, tiny_model: Path) -> None:
    result = run("classify", "-m", tiny_model, "--source", stdin=b'{"text": "a", "file": "mine"}\n')
    assert records(result.stdout)[0]["error"]["kind"] == "clash"


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
def test_a_file_cut_short_ends_after_its_good_lines(
    run: Run, tiny_model: Path, tmp_path: Path, ending: str, pack
) -> None:
    cut = pack(b"one\ntwo\n") + pack(bytes(range(256)) * 10)[:-9]
    (tmp_path / f"in.txt{ending}").write_bytes(cut)
    result = run("classify", "-m", tiny_model, f"in.txt{ending}")
    assert result.returncode == 2
    assert [record["text"] for record in records(result.stdout)[:2]] == ["one", "two"]
    last = result.stderr.decode().splitlines()[-1]
    assert last.startswith(f"seqtool classify: in.txt{ending}: ") and "; " in last


def test_a_second_file_that_is_missing_ends_after_the_first(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    result = run("classify", "-m", tiny_model, "a.txt", "nothing.txt")
    assert result.returncode == 2
    assert b"nothing.txt" in result.stderr and b"Traceback" not in result.stderr


def test_lines_are_counted_in_each_file_and_blank_ones_too(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\n\n[]\n" + GOOD)
    (tmp_path / "b.csv").write_bytes(b'text,x\n"a\nb",1\n1,2,3\n')
    result = run("classify", "-m", tiny_model, "a.jsonl", "-", "b.csv", stdin=GOOD + b"\n1\n")
    places = [(r["error"]["file"], r["error"]["line"]) for r in records(result.stdout) if "error" in r]
    assert places == [("a.jsonl", 3), ("-", 2), ("b.csv", 4)]
    assert len(records(result.stdout)) == 6


def test_a_file_name_that_is_not_utf_8(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    import os
    import subprocess

    from conftest import SEQTOOL

    name = os.fsencode(tmp_path) + b"/na\xefve.txt"
    with open(name, "wb") as file:
        file.write(b"a\n\xff\n")
    command = [*SEQTOOL, "classify", "-m", str(tiny_model), "--source", name]
    result = subprocess.run(command, capture_output=True, timeout=60)
    assert result.returncode == 1
    out = records(result.stdout)  # strict UTF-8
    assert out[0]["file"].endswith("na\ufffdve.txt")
    assert out[1]["error"]["file"].endswith("na\ufffdve.txt")
    missing = subprocess.run([*command[:-1], name + b"x"], capture_output=True, timeout=60)
    assert missing.returncode == 2
    assert "na\ufffdve.txtx" in missing.stderr.decode()


def test_a_file_name_does_not_reach_the_terminal_as_control_sequences(
    run: Run, tiny_model: Path, tmp_path: Path
) -> None:
    """A file name comes from a stranger too; JSON escapes it, a message must not carry it raw."""
    name = "a\x1b[31mb.txt"
    (tmp_path / name).write_bytes(b"\xff\n")
    for arguments in ([name], ["gone-" + name]):
        result = run("classify", "-m", tiny_model, *arguments)
        assert result.stderr and b"\x1b" not in result.stderr + result.stdout


def test_source_is_in_every_record(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(GOOD + b"\n[]\n" + GOOD + b"\n")
    result = run("classify", "-m", tiny_model, "--source", "a.jsonl")
    assert [(r.get("file"), r.get("line")) for r in records(result.stdout)] == [("a.jsonl", n) for n in (1, 2, 3)]

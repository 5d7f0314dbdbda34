"""-o FILE: whole or not at all, resumed to the same bytes, and honest about a full disk."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from conftest import Run, records
from processes import SECONDS, SEQTOOL, kill_halfway


def test_the_file_appears_whole_and_alone(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("old")
    result = run("classify", "-m", tiny_model, "-o", "out", stdin="a\nb\n")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert os.listdir(tmp_path) == ["out"]
    assert (tmp_path / "out").read_bytes() == run("classify", "-m", tiny_model, stdin="a\nb\n").stdout


def test_no_input_gives_an_empty_file(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    assert run("classify", "-m", tiny_model, "-o", "out").returncode == 0
    assert (tmp_path / "out").read_bytes() == b""


def test_the_input_may_be_the_output(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "same").write_text("a\nb\n")
    assert run("classify", "-m", tiny_model, "same", "-o", "same").returncode == 0
    assert [record["text"] for record in records((tmp_path / "same").read_bytes())] == ["a", "b"]


MIXED = [b'{"id": %d, "text": "%s"}\n' % (n, b"word " * (n % 7)) for n in range(12)]
MIXED[3] = b"nonsense\n"
MIXED[4] = b'{"text": null}\n'
MIXED[8] = b"[]\n"
BLOCK = b"".join(MIXED)


@pytest.mark.parametrize(
    "options", [[], ["--on-error", "skip"], ["--format", "csv", "--columns", "id,label,error.kind"]], ids=str
)
def test_killed_twice_and_resumed_to_the_same_bytes(
    run: Run, tiny_model: Path, tmp_path: Path, options: list[str]
) -> None:
    arguments = ["classify", "-m", tiny_model, "--input", "jsonl", *options]
    fed = kill_halfway([*arguments, "-o", "out"], tmp_path, BLOCK)
    # What is done already is passed over.
    lines = kill_halfway([*arguments, "-o", "out", "--resume"], tmp_path, BLOCK, first=fed) + BLOCK
    result = run(*arguments, "-o", "out", "--resume", stdin=lines)
    wanted = run(*arguments, stdin=lines)
    assert result.returncode == wanted.returncode == 1
    assert (tmp_path / "out").read_bytes() == wanted.stdout
    assert os.listdir(tmp_path) == ["out"]
    assert result.stderr.splitlines()[-1] == wanted.stderr.splitlines()[-1]  # the count is of the whole


def test_a_killed_run_is_resumed_from_a_file(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    """A FIFO of the file's name lets the test choose the moment; the file itself takes its place."""
    os.mkfifo(tmp_path / "in.txt")
    arguments = ["classify", "-m", str(tiny_model), "--source", "in.txt", "-o", "out"]
    lines = kill_halfway(arguments, tmp_path, b"one\ntwo\n", fifo=tmp_path / "in.txt") + b"three\n" * 100
    (tmp_path / "in.txt").unlink()
    (tmp_path / "in.txt").write_bytes(lines)
    assert run(*arguments, "--resume").returncode == 0
    assert (tmp_path / "out").read_bytes() == run(*arguments[:-2]).stdout


def test_resume_is_refused_where_it_could_not_give_the_same(
    run: Run, tiny_model: Path, make_model: Any, tmp_path: Path
) -> None:
    arguments = ["classify", "-m", tiny_model, "-o", "out"]
    lines = kill_halfway(arguments, tmp_path, b"one\n") + b"two\n"
    part = (tmp_path / "out.part").read_bytes()
    other = make_model(kind="rating", labels=("1", "2", "3", "4", "5"), seed=2)
    for refused, word in [
        (["classify", "-m", tiny_model, "-o", "out"], b"--resume"),
        (["classify", "-m", other, "-o", "out", "--resume"], b"another model"),
        ([*arguments, "--scores", "--resume"], b"another scores"),
        ([*arguments, "--precision", "3", "--resume"], b"another options"),
    ]:
        result = run(*refused, stdin=lines)
        assert result.returncode == 2
        assert word in result.stderr and result.stderr.count(b"\n") == 1
        assert (tmp_path / "out.part").read_bytes() == part
    result = run(*arguments, "--resume", stdin=lines.upper())
    assert result.returncode == 2 and b"another input" in result.stderr
    # What is about speed alone may change.
    assert run(*arguments, "--resume", "--batch-size", "1", "--threads", "1", "-q", stdin=lines).returncode == 0
    assert (tmp_path / "out").read_bytes() == run("classify", "-m", tiny_model, stdin=lines).stdout


def test_resume_without_a_part_is_a_fresh_start(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    assert run("classify", "-m", tiny_model, "-o", "out", "--resume", stdin="a\n").returncode == 0
    assert len(records((tmp_path / "out").read_bytes())) == 1


def test_a_device_and_a_fifo_are_written_straight(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    assert run("classify", "-m", tiny_model, "-o", "/dev/null", stdin="a\n").returncode == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    os.mkfifo(tmp_path / "fifo")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "fifo").read_bytes()), daemon=True)
    reader.start()
    assert run("classify", "-m", tiny_model, "-o", "fifo", stdin="a\n").returncode == 0
    reader.join(SECONDS)
    assert len(records(read[0])) == 1
    assert os.listdir(tmp_path) == ["fifo"]


def test_a_full_disk_leaves_the_old_file(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("old")
    lines = b"some words\n" * 5000

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    result = run("classify", "-m", tiny_model, "-o", "out", stdin=lines, preexec_fn=small_files)
    assert result.returncode == 2
    assert result.stderr.startswith(b"seqtool classify: out") and result.stderr.count(b"\n") == 1
    assert b"Traceback" not in result.stderr and b"; " in result.stderr
    assert (tmp_path / "out").read_text() == "old"
    # With room again, the run goes on where it was.
    assert run("classify", "-m", tiny_model, "-o", "out", "--resume", stdin=lines).returncode == 0
    assert (tmp_path / "out").read_bytes() == run("classify", "-m", tiny_model, stdin=lines).stdout


@pytest.mark.parametrize(
    "arguments", [["classify"], ["models", "list"], ["--help"], ["classify", "--help"], ["--version"]], ids=str
)
def test_a_full_device_is_told(tiny_model: Path, arguments: list[str]) -> None:
    model = ["-m", str(tiny_model)] if arguments == ["classify"] else []
    environment = {**os.environ, "SEQTOOL_MODELS": str(tiny_model.parent)}
    with open("/dev/full", "wb") as full:
        result = subprocess.run(
            [*SEQTOOL, *arguments, *model],
            input=b"a\n",
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment,
            timeout=SECONDS,
        )
    assert result.returncode == 2
    assert result.stderr.count(b"\n") == 1 and result.stderr.startswith(b"seqtool")
    assert b"fault in seqtool" not in result.stderr


def test_a_full_device_as_output_file(run: Run, tiny_model: Path) -> None:
    result = run("classify", "-m", tiny_model, "-o", "/dev/full", stdin="a\n")
    assert result.returncode == 2
    assert result.stderr.startswith(b"seqtool classify: /dev/full: ") and result.stderr.count(b"\n") == 1


def test_a_missing_second_file_leaves_nothing(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x\n")
    assert run("classify", "-m", tiny_model, "a.txt", "no-such.txt", "-o", "out").returncode == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt"]


def test_a_link_is_written_through_and_a_mode_is_kept(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x\n")
    (tmp_path / "real").write_text("old")
    (tmp_path / "real").chmod(0o600)
    (tmp_path / "link").symlink_to("real")
    assert run("classify", "-m", tiny_model, "a.txt", "-o", "link").returncode == 0
    assert (tmp_path / "link").is_symlink() and b'"text": "x"' in (tmp_path / "real").read_bytes()
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o600


def test_errors_of_an_evaluation_into_a_fifo(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("stars,text\n1,x\n2,y\n3,z\n4,w\n5,v\n")
    os.mkfifo(tmp_path / "pipe")
    reader = subprocess.Popen(["cat", str(tmp_path / "pipe")], stdout=subprocess.PIPE)
    result = run("evaluate", "classify", "-m", tiny_model, "r.csv", "--label-column", "stars", "--errors", "pipe")
    out, _ = reader.communicate(timeout=30)
    assert result.returncode == 0 and (tmp_path / "pipe").is_fifo() and out.count(b"\n") >= 1

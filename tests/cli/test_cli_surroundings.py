"""Odd surroundings: closed streams, no HOME, LANG=C, folders that are gone; and terminals."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SEQTOOL, records
from processes import SECONDS

PROGRAM = str(Path(sys.executable).with_name("seqtool"))


def shell(
    script: str, place: Path, stdin: bytes = b"hello\n", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    settings = {**os.environ, **environment}
    return subprocess.run(
        ["bash", "-c", script], input=stdin, capture_output=True, cwd=place, env=settings, timeout=SECONDS
    )


@pytest.fixture
def classify(tiny_model: Path) -> str:
    return shlex.join([*SEQTOOL, "classify", "-m", str(tiny_model)])


def test_closed_standard_streams(classify: str, tmp_path: Path) -> None:
    closed_in = shell(f"{classify} <&-", tmp_path)
    assert (closed_in.returncode, closed_in.stdout, closed_in.stderr) == (0, b"", b"")
    closed_out = shell(f"{classify} >&-", tmp_path)
    assert closed_out.returncode == 2
    assert closed_out.stderr.count(b"\n") == 1 and b"fault in seqtool" not in closed_out.stderr
    closed_error = shell(f"{classify} 2>&-", tmp_path, b"hello\n\xff\n")
    assert closed_error.returncode == 1
    assert len(records(closed_error.stdout)) == 2
    everything = shell(f"{classify} <&- >&- 2>&-", tmp_path)
    assert everything.stdout + everything.stderr == b""


@pytest.mark.parametrize("arguments", ["models list", "--help", "--version", "classify --help"])
def test_a_closed_output_is_no_fault_of_ours(tmp_path: Path, tiny_model: Path, arguments: str) -> None:
    result = shell(f"{shlex.join(SEQTOOL)} {arguments} >&-", tmp_path, SEQTOOL_MODELS=str(tiny_model.parent))
    assert b"fault in seqtool" not in result.stderr and b"Traceback" not in result.stderr


def test_files_do_not_take_the_place_of_a_closed_stream(classify: str, tmp_path: Path) -> None:
    """The first file opened would become descriptor 1 or 2, and lines would be written into it."""
    (tmp_path / "in.txt").write_text("hello\n")
    result = shell(f"{classify} in.txt -o out <&- >&- 2>&-", tmp_path)
    assert result.returncode == 0
    assert (tmp_path / "in.txt").read_text() == "hello\n"
    assert len(records((tmp_path / "out").read_bytes())) == 1


@pytest.mark.parametrize(
    "prefix",
    [
        "unset HOME XDG_DATA_HOME;",
        "export HOME=/nowhere/at/all;",
        "export LC_ALL=C LANG=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0;",
        "export LC_ALL=POSIX;",
        "export PYTHONIOENCODING=ascii;",
        "export XDG_DATA_HOME=relative;",
        "export TERM=;",
        "export COLUMNS=nonsense;",
        "ulimit -n 32;",
        "umask 777;",
    ],
)
def test_surroundings_change_nothing(classify: str, tmp_path: Path, prefix: str) -> None:
    text = "naïve 😀\n".encode()
    wanted = shell(classify, tmp_path, text)
    result = shell(f"{prefix} {classify}", tmp_path, text)
    assert (result.returncode, result.stdout, result.stderr) == (0, wanted.stdout, b"")


def test_messages_in_a_c_locale(classify: str, tmp_path: Path) -> None:
    script = f"export LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0; {classify} naïve.txt"
    result = shell(script, tmp_path)
    assert result.returncode == 2
    assert result.stderr.count(b"\n") == 1 and b"fault in seqtool" not in result.stderr


def test_a_folder_that_is_gone(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    result = shell(f"cd gone && rmdir ../gone && {PROGRAM} classify -m {shlex.quote(str(tiny_model))}", tmp_path)
    assert (result.returncode, result.stderr) == (0, b"")
    assert len(records(result.stdout)) == 1


def test_a_folder_that_cannot_be_written(classify: str, tmp_path: Path) -> None:
    """/proc is one, for root too."""
    assert len(records(shell(f"cd /proc && {classify}", tmp_path).stdout)) == 1
    result = shell(f"cd /proc && {classify} -o out", tmp_path)
    assert result.returncode == 2
    assert result.stderr.startswith(b"seqtool classify: out") and result.stderr.count(b"\n") == 1
    assert b"cannot be written" in result.stderr

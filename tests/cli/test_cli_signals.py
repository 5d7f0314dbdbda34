"""How a command of a pipe ends: promptly, quietly, and of the signal that stopped it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from conftest import records
from processes import SECONDS, SEQTOOL, Process, read_line, size, wait_until


@pytest.fixture
def start(tmp_path: Path, tiny_model: Path) -> Iterator[Callable[..., Process]]:
    """start(*arguments) runs classify with its input held open."""
    with ExitStack() as running:

        def call(*arguments: Any, **settings: Any) -> Process:
            return running.enter_context(Process("classify", "-m", tiny_model, *arguments, cwd=tmp_path, **settings))

        yield call


def test_a_line_is_answered_before_the_next_one_comes(start: Callable[..., Process]) -> None:
    process = start()
    for text in ("one", "two", "", "three"):
        process.send(text.encode() + b"\n")
        assert records(process.line())[0]["text"] == text
    process.send(b"half a li")
    process.send(b"ne\n")
    assert records(process.line())[0]["text"] == "half a line"
    assert process.end() == (0, b"", b"")


def test_a_line_of_json_or_csv_is_answered_at_once(start: Callable[..., Process]) -> None:
    process = start("--input", "csv", "--format", "tsv", "--columns", "id,text")
    process.send(b"id,text\n1,a\n")
    assert [process.line(), process.line()] == [b"id\ttext\n", b"1\ta\n"]
    process.send(b'2,"b\nb"\n')
    assert process.line() == b"2\tb b\n"
    assert process.end()[0] == 0


def test_output_file_grows_line_by_line(start: Callable[..., Process], tmp_path: Path) -> None:
    process = start("-o", "out")
    process.send(b"one\n")
    part = tmp_path / "out.part"
    wait_until(lambda: part.exists() and part.read_bytes().endswith(b"\n"), process.process)
    assert not (tmp_path / "out").exists()
    assert process.end()[0] == 0
    assert sorted(os.listdir(tmp_path)) == ["out"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_dies_of_the_signal_with_what_is_finished_written(start: Callable[..., Process], number: int) -> None:
    process = start()
    process.send(b"one\n[]\n")
    assert b'"one"' in process.line() and b'"[]"' in process.line()
    process.signal(number)
    assert process.end() == (-number, b"", b"")


def test_a_signal_in_the_middle_of_work_leaves_whole_lines(start: Callable[..., Process]) -> None:
    process = start("--input", "text")
    process.send(b"some words here\n" * 500)  # so few that the answers fit into the pipe
    first = process.line()
    process.signal(signal.SIGTERM)
    status, out, told = process.end()
    assert (status, told) == (-signal.SIGTERM, b"")
    assert out == first * out.count(b"\n")  # every line is whole


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_an_ignored_signal_stays_ignored(start: Callable[..., Process], number: int) -> None:
    """nohup, and a background job in a script."""
    process = start(preexec_fn=lambda: signal.signal(number, signal.SIG_IGN))
    process.send(b"one\n")
    process.line()
    process.signal(number)
    process.send(b"two\n")
    assert b'"two"' in process.line()
    assert process.end() == (0, b"", b"")


def bash(script: str, place: Path, **settings: Any) -> subprocess.CompletedProcess[bytes]:
    settings.setdefault("capture_output", True)
    return subprocess.run(["bash", "-c", script], cwd=place, timeout=SECONDS, **settings)


def command(model: Path, *arguments: str) -> str:
    return shlex.join([*SEQTOOL, "classify", "-m", str(model), *arguments])


def test_head_ends_it_as_it_ends_cat(tiny_model: Path, tmp_path: Path) -> None:
    script = f"yes hello | {command(tiny_model)} | head -1 >/dev/null; echo ${{PIPESTATUS[1]}}"
    result = bash(script, tmp_path)
    assert (result.stdout, result.stderr) == (b"141\n", b"")


def test_a_shell_loop_stops_at_ctrl_c(tiny_model: Path, tmp_path: Path) -> None:
    """bash goes on with its loop unless the command died *of* SIGINT."""
    script = f"for i in 1 2 3; do echo round $i; {command(tiny_model)}; done; echo after"
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        ["bash", "-c", script], cwd=tmp_path, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
    )
    try:
        assert read_line(process.stdout) == b"round 1\n"
        process.stdin.write(b"hello\n")
        process.stdin.flush()
        assert b'"hello"' in read_line(process.stdout)
        os.killpg(process.pid, signal.SIGINT)
        # The input stays open: only the signal can end it.
        assert process.wait(timeout=SECONDS) == -signal.SIGINT
        assert (process.stdout.read(), process.stderr.read()) == (b"", b"")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_ctrl_c_with_an_output_file_can_be_resumed(start: Callable[..., Process], tmp_path: Path) -> None:
    process = start("-o", "out")
    process.send(b"one\ntwo\n")
    wait_until(lambda: size(tmp_path / "out.part") > 0, process.process)
    process.signal(signal.SIGINT)
    assert process.end() == (-signal.SIGINT, b"", b"")
    again = start("-o", "out", "--resume")
    again.send(b"one\ntwo\nthree\n")
    assert again.end() == (0, b"", b"")
    assert [record["text"] for record in records((tmp_path / "out").read_bytes())] == ["one", "two", "three"]

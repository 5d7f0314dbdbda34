"""A running seqtool, behind pipes or on a terminal, and waiting for what it does instead of sleeping."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SEQTOOL = [sys.executable, "-m", "seqtool"]
SECONDS = 60  # long enough for any machine: reached only where the program hangs
COLUMNS = 80  # of a terminal


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[bytes] | None = None) -> None:
    """Return when the condition holds: for files, whose growth is told to nobody.

    :raises AssertionError: it does not within SECONDS, or the process that should bring it about has ended.
    """
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        assert process is None or process.poll() is None or condition(), f"ended with status {process.poll()}"
        time.sleep(0.01)


def read_line(stream: Any) -> bytes:
    """The next line, byte by byte, so that nothing is held in a buffer."""
    line = b""
    while not line.endswith(b"\n"):
        assert select.select([stream], [], [], SECONDS)[0], f"no answer; so far {line!r}"
        byte = os.read(stream.fileno(), 1)
        assert byte, f"ended early; so far {line!r}"
        line += byte
    return line


class Process:
    """A running seqtool whose input stays open."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        pipe = subprocess.PIPE
        command = [*SEQTOOL, *map(str, arguments)]
        self.process = subprocess.Popen(command, **{"stdin": pipe, "stdout": pipe, "stderr": pipe, **settings})

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def send(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def wait_until_read(self) -> None:
        """Return when the program has taken all that was sent: from here it sees a pause."""

        def unread() -> int:
            return int(struct.unpack("i", fcntl.ioctl(self.process.stdin, termios.FIONREAD, bytes(4)))[0])

        wait_until(lambda: unread() == 0, self.process)

    def line(self) -> bytes:
        """The next line of the output."""
        return read_line(self.process.stdout)

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self) -> tuple[int, bytes, bytes]:
        """Close the input: the status, the rest of the output, what was told."""
        output, told = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, output, told


def one_by_one(arguments: Iterable[Any], lines: Iterable[bytes]) -> list[bytes]:
    """The answers to lines of which each is sent when the one before is answered: a window for each."""
    with Process(*arguments, stderr=subprocess.DEVNULL) as process:
        answers = []
        for line in lines:
            process.send(line)
            answers.append(process.line())
        process.end()
    return answers


Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """run("classify", "-m", model, stdin="...") runs the real program in a fresh folder."""

    def call(*arguments: str | Path, stdin: str | bytes = b"", **settings: Any) -> subprocess.CompletedProcess[bytes]:
        data = stdin.encode("utf-8") if isinstance(stdin, str) else stdin
        settings.setdefault("cwd", tmp_path)
        settings.setdefault("timeout", 120)
        environment = {**os.environ, **settings.pop("env", {})}
        command = [*SEQTOOL, *map(str, arguments)]
        return subprocess.run(command, input=data, capture_output=True, env=environment, **settings)

    return call


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """refused("embed", "--axis", "man") is the one line that a command ends with, its status 2.

    In this process, for speed: with nothing on standard input, in the folder that run uses.
    """

    def call(*arguments: str | Path) -> str:
        from seqtool.cli.main import run

        monkeypatch.chdir(tmp_path)
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            monkeypatch.setenv(name, "1")  # a command sets them: what they were comes back
        capfd.readouterr()
        status = run([str(argument) for argument in arguments])
        output, told = capfd.readouterr()
        assert (status, output) == (2, ""), (arguments, status, output, told)
        assert told.startswith(f"seqtool {arguments[0]}: ") and told.count("\n") == 1 and told.endswith("\n"), told
        assert "Traceback" not in told and "fault in seqtool" not in told, told
        return told

    return call


def records(output: bytes) -> list[dict[str, Any]]:
    """The JSON records of an output, strictly: no NaN, every line ended."""

    def refuse(literal: str) -> Any:
        raise AssertionError(f"not JSON: {literal}")

    assert not output or output.endswith(b"\n")
    return [json.loads(line, parse_constant=refuse) for line in output.decode("utf-8").split("\n")[:-1]]


def size(path: Path) -> int:
    """A file's bytes, none where there is no file yet."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


@contextmanager
def _sender(process: Process, fifo: Path | None) -> Iterator[Callable[[bytes], object]]:
    if fifo is None:
        yield process.send
        return
    with open(fifo, "wb", buffering=0) as file:
        yield file.write


def kill_halfway(
    arguments: Iterable[Any],
    folder: Path,
    block: bytes,
    output: str = "out",
    fifo: Path | None = None,
    first: bytes = b"",
) -> bytes:
    """Feed a command with ``-o output`` the block again and again, each time when the .part has grown, until the state
    beside the .part knows of more records than when it began; then once more, of which the state knows nothing unless
    the machine is slow; then SIGKILL.

    Returns what was fed.  ``fifo``: where to write, if not to standard input; ``first``: before all blocks.
    """
    part, state = folder / f"{output}.part", folder / f"{output}.part.state"

    def saved() -> int:
        return int(json.loads(state.read_bytes())["records"]) if state.exists() else 0

    begun = saved()
    with Process(*arguments, cwd=folder) as process, _sender(process, fifo) as send:

        def feed(data: bytes) -> bytes:
            before = size(part)
            send(data)
            wait_until(lambda: size(part) > before, process.process)
            return data

        fed = feed(first + block)
        while saved() <= begun:
            fed += feed(block)
        fed += feed(block)
        process.signal(signal.SIGKILL)
        assert process.end()[0] == -signal.SIGKILL
    assert not (folder / output).exists()
    return fed


class Terminal:
    """A seqtool with a terminal of COLUMNS for some of ``in out err``, and pipes for the others."""

    def __init__(self, *arguments: Any, streams: str = "in out err", **environment: str) -> None:
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))

        def own_terminal() -> None:  # so that Ctrl-C is a signal
            os.setsid()
            fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

        kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
        self.on_terminal = streams.split()
        ends = {"in": "stdin", "out": "stdout", "err": "stderr"}
        self._process = Process(
            *arguments,
            **{ends[name]: theirs for name in self.on_terminal},
            env={**kept, "TERM": "xterm-256color", **environment},
            preexec_fn=own_terminal,
        )
        self.process = self._process.process
        os.close(theirs)
        self._shown = b""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
        os.close(self.ours)

    def type(self, keys: bytes) -> None:
        """As on a keyboard: what is typed is shown too; b"\\x03" is Ctrl-C, b"\\x04" Ctrl-D."""
        os.write(self.ours, keys)

    def send(self, data: bytes) -> None:
        """Into the standard input that is a pipe."""
        self._process.send(data)

    def _read(self) -> bool:
        """Read on; False at the end."""
        assert select.select([self.ours], [], [], SECONDS)[0], f"hangs; so far {self._shown!r}"
        try:
            data = os.read(self.ours, 1 << 16)
        except OSError:  # nobody holds the other end any more
            return False
        self._shown += data
        return bool(data)

    def shown(self) -> str:
        """All that has been shown until now."""
        while select.select([self.ours], [], [], 0)[0] and self._read():
            pass
        return self._shown.decode("utf-8", "replace")

    def read_until(self, text: str) -> str:
        """All that has been shown, as soon as the text is in it."""
        while text not in self._shown.decode("utf-8", "replace"):
            assert self._read(), f"ended; so far {self._shown!r}"
        return self._shown.decode("utf-8", "replace")

    def end(self) -> tuple[int, str, str]:
        """Close an input that is a pipe: the status, what the terminal showed, what went past it."""
        if self.process.stdin is not None:
            self.process.stdin.close()
            self.process.stdin = None
        while self._read():
            pass
        rest = b"".join(stream.read() for stream in (self.process.stdout, self.process.stderr) if stream)
        return self.process.wait(SECONDS), self._shown.decode("utf-8"), rest.decode("utf-8")


def on_terminal(
    arguments: list[str], stdin: bytes | None, streams: str = "out", **environment: str
) -> tuple[int, str, str]:
    """Run with a terminal for some of in, out, err: the status, what the terminal showed, what went past it."""
    with Terminal(*arguments, streams=streams, **environment) as terminal:
        (terminal.type if "in" in terminal.on_terminal else terminal.send)(stdin or b"")
        return terminal.end()

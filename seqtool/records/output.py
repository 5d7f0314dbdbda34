"""Where the bytes go: standard output, or a file that appears whole and can be resumed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from seqtool.errors import OutputError
from seqtool.records.files import display_name
from seqtool.records.signals import writing

STATE_SECONDS = 0.5


def write_all(descriptor: int, data: bytes, name: str) -> None:
    """Write every byte.

    :raises OutputError: the disk is full, or the file cannot be written.
    """
    view = memoryview(data)
    try:
        with writing():
            while view:
                view = view[os.write(descriptor, view) :]
    except OSError as error:
        raise OutputError(f"{name}: cannot be written: {error.strerror}; free some space or write elsewhere") from None


class StandardOutput:
    """Standard output, or a FILE that is no regular file: written straight."""

    done = 0

    def __init__(self, path: str | None = None) -> None:
        self._name = "standard output" if path is None else display_name(path)
        try:
            self._descriptor = 1 if path is None else os.open(path, os.O_WRONLY)
        except OSError as error:
            raise OutputError(f"{self._name}: cannot be opened: {error.strerror}; check the name") from None

    def append(self, data: bytes) -> None:
        """Write a part of what a record becomes."""
        write_all(self._descriptor, data, self._name)

    def write(self, data: bytes, inputs: list[bytes], **_: Any) -> None:
        """Write the lines of a window, whose input there is no need to keep."""
        self.append(data)

    def finish(self, head: Callable[[int], bytes]) -> None:
        """Nothing is held back; a file with a head is never written straight."""

    def close(self) -> None:
        if self._descriptor != 1:
            os.close(self._descriptor)


class ResumableFile:
    """``FILE.part`` grows and is renamed to FILE at the end; ``FILE.part.state`` beside it says
    how far input and output were, so that a killed run can go on with the same bytes.

    ``made_from`` holds what must be the same for that: options, model, seed.
    """

    def __init__(self, path: str, made_from: dict[str, Any], resume: bool) -> None:
        self._name = display_name(path)
        path = os.path.realpath(path) if os.path.islink(path) else path
        self._path = Path(path)
        self._part = Path(path + ".part")
        self._state_path = Path(path + ".part.state")
        self._hash = hashlib.sha256()
        self._saved = 0.0
        self.state: dict[str, Any] = {
            "made_from": json.loads(json.dumps(made_from)),  # as it will be read again: tuples are lists
            "records": 0,
            "bytes": 0,
            "bad": 0,
            "told": 0,
            "input": "",
            "columns": None,
        }
        try:
            self._begin(resume)
        except OSError as error:
            raise OutputError(f"{self._name}: cannot be written: {error.strerror}; choose another place") from None

    def _begin(self, resume: bool) -> None:
        if self._part.exists() and not resume:
            raise OutputError(
                f"{self._name}.part is there from a run that did not end: --resume goes on with it, or remove it"
            )
        if self._part.exists():
            self.state = self._read_state()
        else:
            self._save()  # first the state: a .part without one cannot be resumed
        self._descriptor = os.open(self._part, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        if os.fstat(self._descriptor).st_size < self.state["bytes"]:
            raise OutputError(f"{self._name}.part is shorter than its state says: remove both and start again")
        os.ftruncate(self._descriptor, self.state["bytes"])
        os.lseek(self._descriptor, 0, os.SEEK_END)
        self._written = self.state["bytes"]

    def _read_state(self) -> dict[str, Any]:
        try:
            state = json.loads(self._state_path.read_text(encoding="utf-8"))
            made_from = state["made_from"]
            counts = all(type(state[name]) is int and state[name] >= 0 for name in ("records", "bytes", "bad", "told"))
            if (
                not counts
                or not isinstance(state["input"], str)
                or not isinstance(state["columns"], (list, type(None)))
            ):
                raise ValueError
        except (OSError, ValueError, KeyError, TypeError):
            raise OutputError(
                f"{self._name}.part.state is missing or damaged: remove {self._name}.part and start again"
            ) from None
        wanted = self.state["made_from"]
        for name in sorted({*wanted, *made_from}):
            if wanted.get(name) != made_from.get(name):
                raise OutputError(
                    f"{self._name}.part was made with another {name}: run it as before, "
                    f"or remove {self._name}.part and start again"
                )
        return dict(state)

    @property
    def done(self) -> int:
        """How many records are in the file already."""
        return int(self.state["records"])

    def start_again(self) -> None:
        """Forget what is done: nothing of it can be gone on from."""
        self.state.update(records=0, bytes=0, bad=0, told=0)
        self._written = 0
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)

    def skip(self, raw: bytes, number: int) -> None:
        """Pass over a record that is done; the last one must end the very same input.

        :raises OutputError: the input is not the one that the file was made from.
        """
        self._count(raw)
        if number == self.done:
            self.check_input()

    def check_input(self) -> None:
        if self._hash.hexdigest() != self.state["input"]:
            raise OutputError(f"{self._name}.part was made from another input: remove it and start again")

    def _count(self, raw: bytes) -> None:
        self._hash.update(len(raw).to_bytes(8, "little"))
        self._hash.update(raw)

    def append(self, data: bytes) -> None:
        """Write a part of what a record becomes: kept from the :meth:`write` on that ends the record."""
        write_all(self._descriptor, data, self._name + ".part")
        self._written += len(data)

    def write(
        self, data: bytes, inputs: list[bytes], *, bad: int = 0, told: int = 0, columns: list[str] | None = None
    ) -> None:
        """Append the lines of a window; ``inputs`` is what each of its records was read from."""
        self.append(data)
        for raw in inputs:
            self._count(raw)
        self.state.update(
            records=self.state["records"] + len(inputs),
            bytes=self._written,
            bad=bad,
            told=told,
            columns=columns,
        )
        if time.monotonic() - self._saved >= STATE_SECONDS:
            self._save()

    def _save(self) -> None:
        self.state["input"] = self._hash.hexdigest()
        beside = self._state_path.with_name(self._state_path.name + ".new")
        try:
            with writing():
                beside.write_text(json.dumps(self.state), encoding="utf-8")
                os.replace(beside, self._state_path)
        except OSError as error:
            raise OutputError(
                f"{self._name}.part.state: cannot be written: {error.strerror}; free some space"
            ) from None
        self._saved = time.monotonic()

    def finish(self, head: Callable[[int], bytes]) -> None:
        """The file is complete: synced and renamed to its name.

        ``head(bytes in the file)`` gives the first bytes anew, where they say how much follows.
        """
        try:
            os.pwrite(self._descriptor, head(self._written), 0)
            if self._path.exists():
                os.chmod(self._part, stat.S_IMODE(self._path.stat().st_mode))
            os.fsync(self._descriptor)
            os.replace(self._part, self._path)
            self._state_path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                f"{self._name}: cannot be written: {error.strerror}; {self._name}.part holds the lines"
            ) from None

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._descriptor)


def drawn_seed(path: str | None, resume: bool) -> int | None:
    """The seed that a killed run with ``-o path`` drew; None where there is none to go on with."""
    if path is None or not resume:
        return None
    try:
        path = os.path.realpath(path) if os.path.islink(path) else path
        seed = json.loads(Path(path + ".part.state").read_text(encoding="utf-8"))["made_from"]["seed"]
    except (OSError, ValueError, KeyError, TypeError):  # no run, or a damaged state: told when it is opened
        return None
    return seed if type(seed) is int else None


Output = StandardOutput | ResumableFile


def open_output(path: str | None, made_from: dict[str, Any], resume: bool) -> Output:
    """Where a line command writes: ``path``, or standard output for None.

    :raises OutputError: it cannot be written, or a ``.part`` stands in the way.
    """
    if path is None:
        return StandardOutput()
    try:
        regular = stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        regular = True
    except OSError as error:
        raise OutputError(f"{display_name(path)}: cannot be written: {error.strerror}; choose another place") from None
    if regular:
        return ResumableFile(path, made_from, resume)
    if os.path.isdir(path):
        raise OutputError(f"{display_name(path)}: is a folder; name a file in it")
    return StandardOutput(path)


@contextlib.contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """A path beside ``path`` to write to; synced and renamed to it when the block ends well.

    :raises OutputError: the disk is full, or the folder cannot be written.
    """
    path = Path(path)
    if path.is_dir():
        raise OutputError(f"{display_name(str(path))}: is a folder; name a file in it")
    if path.exists() and not path.is_file():  # /dev/null, a FIFO: written straight, never renamed over
        yield path
        return
    path = Path(os.path.realpath(path))
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        yield beside
        with open(beside, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise OutputError(
            f"{display_name(str(path))}: cannot be written: {error.strerror}; free some space or write elsewhere"
        ) from None
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()

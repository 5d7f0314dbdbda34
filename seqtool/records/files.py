"""One way to open a file: its bytes unpacked by the file's ending, as a stream in bounded memory.

An iterator of chunks may also yield :data:`PAUSE`: nothing more is waiting to be read, so
whoever gathers should answer what it has before asking for more.
"""

from __future__ import annotations

import bz2
import io
import lzma
import os
import select
import stat
import sys
import zlib
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from seqtool.errors import InputError

CHUNK = 1 << 16
# An .xz file may ask for gigabytes of dictionary; this is enough for `xz -9e` and some.
XZ_MEMORY = 256 << 20
COMPRESSIONS = (".gz", ".bz2", ".xz")


class Signal:
    """What a stream yields between data; there is one of each name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


PAUSE: Final = Signal("PAUSE")

Chunks = Iterator[Any]  # bytes or PAUSE


def display_name(path: str) -> str:
    """A file name that can be written in UTF-8, whatever bytes the file system has."""
    return os.fsencode(path).decode("utf-8", "replace")


def check_input(path: str) -> None:
    """See that ``path`` can be read, without reading it.

    :raises InputError: there is no such file, it may not be read, or it is a folder.
    """
    name = display_name(path)
    try:
        if path != "-" and stat.S_ISDIR(os.stat(path).st_mode):
            raise InputError(f"{name}: is a folder; name the files in it")
    except OSError as error:
        raise InputError(f"{name}: cannot be opened: {error.strerror}; check the name") from None
    except ValueError:
        raise InputError(f"{name}: not a file name; check the name") from None


def open_input(path: str) -> int:
    """A file descriptor that reads ``path``; ``-`` is standard input.

    :raises InputError: it cannot be opened, or is a folder.
    """
    check_input(path)
    if path == "-":
        return 0
    try:
        return os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        raise InputError(f"{display_name(path)}: cannot be opened: {error.strerror}; check the name") from None


def _waits(descriptor: int) -> bool:
    """Whether a read would have to wait."""
    if sys.platform == "win32":
        return True
    try:
        return not select.select([descriptor], [], [], 0)[0]
    except (OSError, ValueError):
        return False


def _read_chunks(descriptor: int, name: str) -> Chunks:
    try:
        while True:
            if _waits(descriptor):
                yield PAUSE
            chunk = os.read(descriptor, CHUNK)
            if not chunk:
                return
            yield chunk
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}; check the file") from None


class _GzipMember:
    """zlib behind the interface of bz2's and lzma's decompressors."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)
        self._held = b""

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        return not self._held

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._inflate.decompress(self._held + data, max_length)
        self._held = self._inflate.unconsumed_tail
        return out


_DECOMPRESSORS: dict[str, Callable[[], Any]] = {
    ".gz": _GzipMember,
    ".bz2": bz2.BZ2Decompressor,
    ".xz": lambda: lzma.LZMADecompressor(memlimit=XZ_MEMORY),
}


def _decompressed(chunks: Chunks, ending: str, name: str) -> Chunks:
    """The chunks unpacked, never more than CHUNK bytes at once; members may follow each other."""
    make = _DECOMPRESSORS[ending]
    member = make()
    begun = False
    try:
        for chunk in chunks:
            if chunk is PAUSE:
                yield PAUSE
                continue
            data = chunk
            while data or not (member.eof or member.needs_input):
                if member.eof:
                    data = data.lstrip(b"\0")  # zeros may pad the members
                    if not data:
                        break
                    member = make()
                begun = True
                out = member.decompress(data, CHUNK)
                data = member.unused_data if member.eof else b""
                if out:
                    yield out
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise InputError(
            f"{name}: not a sound {ending} file: {error}; unpack it by hand to see how far it goes"
        ) from None
    if begun and not member.eof:
        raise InputError(f"{name}: the {ending} data is cut short; fetch the file again")


def read_chunks(path: str) -> Generator[Any, None, None]:
    """The bytes of a file (``-``: standard input) in pieces, unpacked by its ending; PAUSE whenever
    the next read would wait.

    :raises InputError: the file cannot be opened or read to its end.
    """
    name = display_name(path)
    descriptor = open_input(path)
    try:
        chunks = _read_chunks(descriptor, name)
        ending = next((e for e in COMPRESSIONS if path.endswith(e)), None)
        yield from _decompressed(chunks, ending, name) if ending else chunks
    finally:
        if descriptor != 0:
            os.close(descriptor)


class _Unpacked(io.RawIOBase):
    """The bytes of :func:`read_chunks` as a file."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._chunks = read_chunks(path)
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._held:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            if chunk is not PAUSE:
                self._held = memoryview(chunk)
        size = min(len(buffer), len(self._held))
        buffer[:size] = self._held[:size]
        self._held = self._held[size:]
        return size

    def close(self) -> None:
        self._chunks.close()
        super().close()


def open_file(path: str | Path) -> BinaryIO:
    """A file's bytes, unpacked by its ending, for readers that want a file.

    :raises InputError: it cannot be opened, or (while it is read) not be read to its end.
    """
    check_input(str(path))
    return cast(BinaryIO, io.BufferedReader(_Unpacked(str(path)), CHUNK))


def text_lines(path: str | Path) -> Iterator[str]:
    """The lines of a file in UTF-8, unpacked by its ending, without their ends and a byte order mark.

    :raises InputError: it cannot be read, or is not UTF-8.
    """
    try:
        with io.TextIOWrapper(open_file(path), encoding="utf-8-sig", newline="\n") as file:
            for line in file:
                yield line.rstrip("\r\n")
    except UnicodeDecodeError:
        raise InputError(f"{display_name(str(path))}: is not UTF-8; convert it first") from None

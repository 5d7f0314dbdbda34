"""Bytes of a file to lines: decompressed, decoded, cut at ``\\n``, prompt and bounded.

Everything here is an iterator that may also yield :data:`PAUSE`: nothing more is waiting to
be read, so whoever gathers should answer what it has before asking for more.
"""

from __future__ import annotations

import bz2
import codecs
import lzma
import os
import select
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from seqtool.errors import InputError, OptionError, nearest

CHUNK = 1 << 16
# An .xz file may ask for gigabytes of dictionary; this is enough for `xz -9e` and some.
XZ_MEMORY = 256 << 20
COMPRESSIONS = (".gz", ".bz2", ".xz")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class _Mark:
    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


PAUSE: Final = _Mark("PAUSE")
TOO_LONG: Final = _Mark("TOO_LONG")

Chunks = Iterator[Any]  # bytes or PAUSE


def display_name(path: str) -> str:
    """A file name that can be written in UTF-8, whatever bytes the file system has."""
    return os.fsencode(path).decode("utf-8", "replace")


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


def _mark_bad_bytes(error: UnicodeError) -> tuple[str, int]:
    """Decoding goes on with a lone surrogate, which makes its line a bad record (not UTF-8)."""
    if isinstance(error, UnicodeDecodeError):
        return "\udcff", error.end
    raise error


codecs.register_error("seqtool.mark", _mark_bad_bytes)


def _text_encoding(name: str) -> str | None:
    """The usual name of an encoding that turns bytes into text, piece by piece; None for any other."""
    try:
        info = codecs.lookup(name)
        if not getattr(info, "_is_text_encoding", True) or info.incrementaldecoder is None:
            return None
        info.incrementaldecoder("seqtool.mark").decode(b"a")
    except (LookupError, UnicodeError, ValueError):
        return None
    return info.name


def check_encoding(encoding: str) -> str:
    """The encoding's usual name.

    :raises OptionError: Python knows no such text encoding.
    """
    name = _text_encoding(encoding)
    if name is None:
        from encodings.aliases import aliases

        known = sorted({found for alias in set(aliases.values()) if (found := _text_encoding(alias))})
        raise OptionError(f"--encoding {encoding}: no such encoding; {nearest(encoding, known)}")
    return name


def _transcoded(chunks: Chunks, encoding: str, name: str) -> Chunks:
    decoder = codecs.getincrementaldecoder(encoding)("seqtool.mark")
    try:
        for chunk in chunks:
            yield PAUSE if chunk is PAUSE else decoder.decode(chunk).encode("utf-8", "surrogatepass")
        yield decoder.decode(b"", True).encode("utf-8", "surrogatepass")
    except UnicodeError as error:  # UTF-16 without a byte order mark, for one
        raise InputError(f"{name}: not {encoding}: {error}; try another --encoding (utf-16-le, say)") from None


def without_mark(chunks: Chunks) -> Chunks:
    """The chunks without a byte order mark at the very start."""
    held: bytes | None = b""
    for chunk in chunks:
        if chunk is PAUSE or held is None:
            yield chunk
            continue
        held += chunk
        if len(held) >= len(BYTE_ORDER_MARK) or not BYTE_ORDER_MARK.startswith(held):
            yield held.removeprefix(BYTE_ORDER_MARK)
            held = None
    if held:
        yield held


def _split(chunks: Chunks, limit: int) -> Iterator[Any]:
    """Lines without their ``\\n``; TOO_LONG for a line of more than ``limit`` bytes, not held."""
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        if chunk is PAUSE:
            yield PAUSE
            continue
        pieces = chunk.split(b"\n")
        for piece in pieces[:-1]:
            if size + len(piece) > limit:
                yield TOO_LONG
            elif parts:
                parts.append(piece)
                yield b"".join(parts)
            else:
                yield piece
            parts.clear()
            size = 0
        size += len(pieces[-1])
        if size > limit:
            parts.clear()
        elif pieces[-1]:
            parts.append(pieces[-1])
    if size > limit:
        yield TOO_LONG
    elif size:
        yield b"".join(parts)


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


def read_lines(path: str, *, encoding: str = "utf-8", limit: int = 16 << 20) -> Iterator[Any]:
    """The lines of a file (``-``: standard input) as bytes in UTF-8.

    Yields bytes (a ``\\r`` before the ``\\n`` is still there), :data:`TOO_LONG` in the place of a line over ``limit`` bytes, and
    :data:`PAUSE` whenever the next read would wait.  ``.gz``, ``.bz2`` and ``.xz`` are
    unpacked as a stream.  A line that was not valid in ``encoding`` is not valid UTF-8.

    :raises InputError: the file cannot be opened or read to its end.
    """
    chunks = read_chunks(path)
    if encoding != "utf-8":
        chunks = _transcoded(chunks, encoding, display_name(path))
    yield from _split(without_mark(chunks), limit)


def read_chunks(path: str) -> Chunks:
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

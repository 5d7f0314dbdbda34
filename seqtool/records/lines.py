"""Bytes of a file to lines: decoded, cut at ``\\n``, prompt and bounded.

Everything here is an iterator that may also yield :data:`~seqtool.records.files.PAUSE`.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Any, Final

from seqtool.errors import InputError, OptionError, nearest
from seqtool.records.files import PAUSE, Chunks, Signal, display_name, read_chunks

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
TOO_LONG: Final = Signal("TOO_LONG")


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


def read_lines(path: str, *, encoding: str = "utf-8", limit: int = 16 << 20) -> Iterator[Any]:
    """The lines of a file (``-``: standard input) as bytes in UTF-8.

    Yields bytes (a ``\\r`` before the ``\\n`` is still there), :data:`TOO_LONG` for a line of over
    ``limit`` bytes, and :data:`PAUSE` whenever the next read would wait.  A line that was not valid in ``encoding`` is not valid UTF-8.

    :raises InputError: the file cannot be opened or read to its end.
    """
    chunks: Chunks = read_chunks(path)
    if encoding != "utf-8":
        chunks = _transcoded(chunks, encoding, display_name(path))
    yield from _split(without_mark(chunks), limit)

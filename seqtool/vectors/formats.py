"""Vectors in the files of other programs: word2vec text and binary, GloVe text, fastText .vec.

Text forms hold ``word number number ...`` a line, word2vec's and fastText's after a line
``words size``; the binary form holds that line, then for each word its name, a space, and
little-endian float32 numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from seqtool.errors import InputError, OutputError
from seqtool.records.files import open_file
from seqtool.records.lines import BYTE_ORDER_MARK
from seqtool.vectors.matrix import Floats
from seqtool.vectors.store import Vectors

FORMATS = ("word2vec", "word2vec-binary", "glove", "fasttext")
_HEADER = re.compile(rb"(\d+) (\d+)\s*\n?")
LONGEST_LINE = 1 << 20
LARGEST_SIZE = 1 << 14
_BLOCK = 4096


def guess_format(path: Path) -> str:
    """The format that the beginning of a file shows: ``word2vec`` (fastText's .vec too),
    ``word2vec-binary`` or ``glove``.

    :raises InputError: it cannot be read, or is none of them.
    """
    with open_file(path) as file:
        first = file.readline(LONGEST_LINE).removeprefix(BYTE_ORDER_MARK)
        rest = file.read(4096)
    header = _HEADER.fullmatch(first)
    if not header:
        return "glove"
    # Letters, digits and white space alone make a text; float32 numbers hold other bytes.
    parts = rest.split(b"\n")[0].split(b" ")
    try:
        [float(part) for part in parts[1:8] if part.strip()]
        rest.split(b"\n")[0].decode("utf-8") if b"\n" in rest else None
    except ValueError:
        return "word2vec-binary"
    return "word2vec" if len(parts) > 1 else "word2vec-binary"


def read_vectors(path: Path, form: str = "auto", *, limit: int = 0) -> tuple[list[str], Floats]:
    """The words and vectors of a file: (words, size).  ``limit``: only so many, the first.

    Of a word that stands twice the first vector is kept, as other readers do.

    :raises InputError: unreadable, cut short, or of another form; with the line's number.
    """
    form = guess_format(path) if form == "auto" else form
    with open_file(path) as file:
        if form == "word2vec-binary":
            words, rows = _read_binary(path, file, limit)
        else:
            words, rows = _read_text(path, file, limit, header=form != "glove")
    if not words:
        raise InputError(f"{path}: holds no vectors")
    first: dict[str, int] = {}
    for index, word in enumerate(words):
        first.setdefault(word, index)
    if len(first) < len(words):
        kept = list(first.values())
        return [words[index] for index in kept], rows[kept]
    return words, rows


def _header(path: Path, file: BinaryIO) -> tuple[int, int]:
    match = _HEADER.fullmatch(file.readline(1000).removeprefix(BYTE_ORDER_MARK))
    if not match:
        raise InputError(f"{path}:1: no line 'words size'; for a file without one use --from glove")
    count, size = int(match[1]), int(match[2])
    if not 0 < size <= LARGEST_SIZE:
        raise InputError(f"{path}:1: vectors of {size} numbers; from 1 to {LARGEST_SIZE} can be read")
    return count, size


def _read_text(path: Path, file: BinaryIO, limit: int, *, header: bool) -> tuple[list[str], Floats]:
    said, size = _header(path, file) if header else (0, 0)
    words: list[str] = []
    blocks: list[Floats] = []
    texts: list[bytes] = []

    def flush() -> None:
        numbers = b" ".join(texts).split()
        if len(numbers) != len(texts) * size:
            raise InputError(f"{path}: lines {len(words) - len(texts) + 1 + header} and on: not {size} numbers in each")
        try:
            with np.errstate(over="ignore"):  # what becomes infinite is refused below
                blocks.append(np.array(numbers, np.float32).reshape(len(texts), size))
        except ValueError as error:
            raise InputError(f"{path}: lines {len(words) - len(texts) + 1 + header} and on: {error}") from None
        texts.clear()

    for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), 1 + header):
        line = line.rstrip(b" \r\n")
        if number == 1:
            line = line.removeprefix(BYTE_ORDER_MARK)
        if not line:
            continue
        # A word may hold spaces (GloVe's 840B has some): the numbers are counted from the end.
        if not size:
            size = len(line.split(b" ")) - 1
            if not 0 < size <= LARGEST_SIZE:
                raise InputError(f"{path}:{number}: {size} numbers behind a word; not vectors in text form")
        parts = line.rsplit(b" ", size)
        if len(parts) != size + 1:
            raise InputError(
                f"{path}:{number}: {len(parts) - 1} numbers where {size} belong; the file is damaged or cut short"
            )
        if header and b" " in parts[0]:
            raise InputError(f"{path}:{number}: more than {size} numbers behind a word; the file is damaged")
        words.append(_word(path, number, parts[0]))
        texts.append(line[len(parts[0]) :])
        if len(texts) == _BLOCK:
            flush()
        if limit and len(words) == limit:
            break
    if texts:
        flush()
    if header and len(words) < (min(said, limit) if limit else said):
        raise InputError(f"{path}: {len(words)} vectors where its first line says {said}; the file is cut short")
    rows = np.concatenate(blocks) if blocks else np.zeros((0, size), np.float32)
    return words, _finite(path, rows)


def _word(path: Path, number: int, raw: bytes) -> str:
    word = raw.decode("utf-8", "replace")
    if "\n" in word or not word:
        raise InputError(f"{path}:{number}: a word that is empty or has a line end in it")
    return word


def _finite(path: Path, rows: Floats) -> Floats:
    if not np.isfinite(rows).all():
        index = int(np.flatnonzero(~np.isfinite(rows).all(axis=1))[0])
        raise InputError(f"{path}: vector {index + 1} holds a number that is not finite")
    return rows


def _read_binary(path: Path, file: BinaryIO, limit: int) -> tuple[list[str], Floats]:
    count, size = _header(path, file)
    count = min(count, limit) if limit else count
    words: list[str] = []
    blocks: list[Floats] = []
    width = 4 * size
    buffer, start = b"", 0
    for number in range(count):
        # A word and its numbers; line ends between entries, which some writers put, are dropped.
        while (end := buffer.find(b" ", start)) < 0 or len(buffer) < end + 1 + width:
            more = file.read(1 << 20)
            if not more or (end < 0 and len(buffer) - start > LONGEST_LINE):
                raise InputError(f"{path}: {number} vectors where its first line says {count}; the file is cut short")
            buffer, start = buffer[start:] + more, 0
        words.append(_word(path, number + 1, buffer[start:end].lstrip(b"\n")))
        blocks.append(np.frombuffer(buffer, "<f4", size, end + 1).astype(np.float32))
        start = end + 1 + width
    rows = np.stack(blocks) if blocks else np.zeros((0, size), np.float32)
    return words, _finite(path, rows)


def lines_of(vectors: Vectors, form: str) -> Iterator[bytes]:
    """All vectors of a folder in another program's form, some thousand at a time.  Numbers of a
    text form have as many digits as float32 needs to be read back unchanged.

    :raises OutputError: a word that the form cannot hold.
    """
    spaced = next((word for word in vectors.words if " " in word), None)
    if spaced is not None and form != "glove":
        raise OutputError(f"the word {spaced!r} has a space, which {form} cannot hold; --to glove can")
    if form != "glove":
        yield f"{len(vectors)} {vectors.size}\n".encode()
    for start, rows in vectors.matrix.blocks(len(vectors)):
        words = vectors.words[start : start + len(rows)]
        if form == "word2vec-binary":
            yield b"".join(
                word.encode("utf-8") + b" " + row.astype("<f4").tobytes() + b"\n" for word, row in zip(words, rows)
            )
        else:
            yield "".join(f"{word} {' '.join(map(str, row))}\n" for word, row in zip(words, rows)).encode()

"""The vectors of a corpus's lines in one file, searched through without being held in memory.

The file is in the safetensors form (a header in JSON, then plain arrays), so that other programs
read it: ``vectors`` (lines, size) float32 of length one, ``texts`` the lines' bytes one after the
other, ``ends`` where each ends, ``lines`` their line numbers.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from seqtool.errors import InputError
from seqtool.vectors.matrix import Floats, to_unit
from seqtool.vectors.nearest import Found, dots, search

KINDS: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "U8": np.dtype("u1"), "U64": np.dtype("<u8")}
ARRAYS = {"vectors": "F32", "texts": "U8", "ends": "U64", "lines": "U64"}
LARGEST_HEADER = 1 << 20
# 8 MB of float32 at 256 dimensions: larger blocks do not make the product faster.
BLOCK_NUMBERS = 1 << 21

Line = tuple[int, str, "Floats | None"]


def write_index(path: Path, lines: Iterable[Line], size: int, made_from: dict[str, str]) -> None:
    """Write (line number, text, vector) in order; lines without a vector are left out.

    Memory does not grow with the lines: the arrays grow in files of their own beside ``path``.
    """
    parts: dict[str, BinaryIO] = {}
    lengths = dict.fromkeys(("vectors", "texts", "ends", "lines"), 0)
    count = end = 0
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".index.") as folder, contextlib.ExitStack() as stack:
        for name in lengths:
            parts[name] = stack.enter_context(open(Path(folder) / name, "w+b"))
        for number, text, vector in lines:
            if vector is None:
                continue
            data = text.encode("utf-8")
            end += len(data)
            row = {
                "vectors": to_unit(vector[None]).astype("<f4").tobytes(),
                "texts": data,
                "ends": end.to_bytes(8, "little"),
                "lines": number.to_bytes(8, "little"),
            }
            for name, written in row.items():
                parts[name].write(written)
                lengths[name] += len(written)
            count += 1
        _assemble(path, parts, lengths, count, size, made_from)


def _assemble(
    path: Path, parts: dict[str, BinaryIO], lengths: dict[str, int], count: int, size: int, made_from: dict[str, str]
) -> None:
    shapes = {"vectors": [count, size], "texts": [lengths["texts"]], "ends": [count], "lines": [count]}
    header: dict[str, Any] = {"__metadata__": made_from}
    start = 0
    order = ("vectors", "ends", "lines", "texts")  # the bytes last: everything else stays aligned
    for name in order:
        header[name] = {
            "dtype": ARRAYS[name],
            "shape": shapes[name],
            "data_offsets": [start, start + lengths[name]],
        }
        start += lengths[name]
    text = json.dumps(header).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in order:
            parts[name].seek(0)
            while block := parts[name].read(1 << 20):
                file.write(block)


class Index:
    """An index file, opened.

    :raises InputError: it is damaged, cut short, or something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with open(path, "rb") as file:
                length = int.from_bytes(file.read(8), "little")
                if length > LARGEST_HEADER:
                    raise ValueError
                header = json.loads(file.read(length))
                total = os.fstat(file.fileno()).st_size
            self.made_from: dict[str, str] = dict(header["__metadata__"])
            self._start = 8 + length
            self._tables = {name: self._table(header[name], kind, total) for name, kind in ARRAYS.items()}
            self.count, self.size = self._tables["vectors"][2]
            if self._tables["ends"][2] != (self.count,) or self._tables["lines"][2] != (self.count,):
                raise ValueError
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}; check the name") from None
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            raise InputError(f"{path}: is no index, or a damaged one; remove it and make it again") from None
        self._ends = self._array("ends")
        self._lines = self._array("lines")
        self._texts = self._array("texts")

    def _table(self, entry: dict[str, Any], dtype: str, total: int) -> tuple[int, np.dtype[Any], tuple[int, ...]]:
        """(offset, dtype, shape) of an array that lies within the file."""
        if entry["dtype"] != dtype:
            raise ValueError
        kind = KINDS[dtype]
        shape = tuple(int(number) for number in entry["shape"])
        first, last = (int(number) for number in entry["data_offsets"])
        if min(first, *shape, 0) < 0 or last - first != kind.itemsize * int(np.prod(shape, dtype=object)):
            raise ValueError
        if self._start + last > total:
            raise ValueError
        return self._start + first, kind, shape

    def _array(self, name: str, first: int = 0, last: int | None = None) -> NDArray[Any]:
        """Rows ``first`` to ``last`` of an array, mapped for as long as they are used: what was
        looked at does not stay in memory."""
        offset, kind, shape = self._tables[name]
        last = shape[0] if last is None else last
        rows = (last - first, *shape[1:])
        if not np.prod(rows):
            return np.zeros(rows, kind)
        width = kind.itemsize * int(np.prod(shape[1:], dtype=np.int64))
        return np.asarray(np.memmap(self._path, kind, "r", offset + first * width, rows))

    def _blocks(self) -> Iterator[tuple[int, Floats]]:
        rows = max(1, BLOCK_NUMBERS // self.size)
        for start in range(0, self.count, rows):
            block = self._array("vectors", start, min(start + rows, self.count))
            if not np.isfinite(block).all():
                raise self._damaged()
            yield start, block

    def _damaged(self) -> InputError:
        return InputError(f"{self._path}: is damaged; remove it and make it again")

    def nearest(self, queries: Floats, top: int) -> list[Found]:
        """The ``top`` lines for each query of length one: [(index, cosine)], the best first."""
        if not self.count:
            return [[] for _ in queries]

        def rescore(numbers: NDArray[np.intp], indices: NDArray[np.intp]) -> NDArray[np.float64]:
            rows = self._array("vectors")[indices]
            return dots(rows, queries[numbers])

        return search(self._blocks(), lambda block: queries @ block.T, rescore, len(queries), top)

    def line(self, index: int) -> tuple[int, str]:
        """The line number and the text of a line."""
        first = int(self._ends[index - 1]) if index else 0
        last = int(self._ends[index])
        if not 0 <= first <= last <= self._tables["texts"][2][0]:
            raise self._damaged()
        return int(self._lines[index]), self._texts[first:last].tobytes().decode("utf-8", "replace")

    def answers(self, vectors: Sequence[Floats | None], top: int) -> list[list[dict[str, Any]]]:
        """For each vector the nearest lines, [{line, score, text}]; none for None."""
        known = {number: vector for number, vector in enumerate(vectors) if vector is not None}
        answers: list[list[dict[str, Any]]] = [[] for _ in vectors]
        if known:
            queries = to_unit(np.stack(list(known.values())))
            for number, found in zip(known, self.nearest(queries, top)):
                for index, score in found:
                    line, text = self.line(index)
                    answers[number].append({"line": line, "score": score, "text": text})
        return answers

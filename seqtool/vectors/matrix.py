"""Matrices in the files of a model folder: int8 rows with a scale each, float16 or float32.

They are memory-mapped; only the rows that are asked for become float32.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtool.errors import DataError
from seqtool.modelfolder.manifest import ModelFolder

Floats = NDArray[np.float32]

STORAGES = {"int8": np.int8, "float16": np.float16, "float32": np.float32}
BLOCK_ROWS = 2048
WRITTEN_ROWS = 8192
LARGEST = 1e15


class StoredMatrix:
    """A matrix on disk, read as float32.  ``shape`` is (rows, size).

    :raises ModelError: a file is not what the manifest says.
    """

    def __init__(self, folder: ModelFolder, file: str, scales: str, storage: str, shape: tuple[int, int]) -> None:
        self._stored = open_array(folder, file, STORAGES[storage], shape)
        self._scales = open_array(folder, scales, np.float32, shape[:1]) if storage == "int8" else None
        self.shape = shape

    def rows(self, ids: Any) -> Floats:
        """The rows of ``ids`` (an index array or a slice): (ids, size)."""
        rows: Floats = self._stored[ids].astype(np.float32)
        if self._scales is not None:
            rows *= self._scales[ids][:, None]
        return rows

    def blocks(self, stop: int) -> Iterator[tuple[int, Floats]]:
        """The first ``stop`` rows, block by block: (index of the block's first row, rows)."""
        for start in range(0, stop, BLOCK_ROWS):
            yield start, self.rows(slice(start, min(start + BLOCK_ROWS, stop)))


def open_array(folder: ModelFolder, name: str, kind: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """A ``.npy`` file of the folder as a memory-mapped array.

    :raises ModelError: it is no such array, or the manifest does not list it.
    """
    path = folder.file(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            array = np.lib.format.open_memmap(path, mode="r")
    except Exception:  # numpy reads the header as Python, and a stranger's may fail in any way
        raise folder.damaged("is no numpy array, or is cut short", name) from None
    if array.dtype != kind or array.shape != shape or not array.flags.c_contiguous:
        found = f"{array.dtype} {array.shape}"
        raise folder.damaged(f"holds {found} where the manifest says {np.dtype(kind)} {shape}", name)
    return np.asarray(array)


def write_matrix(folder: Path, name: str, scales_name: str, rows: Floats, storage: str, *, unit: bool) -> None:
    """Store rows; int8 has a scale a row, chosen for length one where the rows have that.

    ``rows`` may be memory-mapped: they are taken a few thousand at a time.

    :raises DataError: a number is too large to be stored.
    """
    kind = STORAGES[storage]
    stored = np.lib.format.open_memmap(folder / name, mode="w+", dtype=kind, shape=rows.shape)
    scales = np.ones(len(rows), np.float32)
    for start in range(0, len(rows), WRITTEN_ROWS):
        part = np.asarray(rows[start : start + WRITTEN_ROWS], np.float32)
        if len(part) and np.abs(part).max() > LARGEST:
            raise DataError(f"a number above {LARGEST:g}: its square is beyond float32; --unit scales the vectors")
        if storage == "int8":
            part, scales[start : start + WRITTEN_ROWS] = _rounded(part, unit)
        with np.errstate(over="ignore"):
            stored[start : start + WRITTEN_ROWS] = part.astype(kind)
        if not np.isfinite(stored[start : start + WRITTEN_ROWS]).all():
            raise DataError(
                f"a number is too large for {storage}; --unit scales the vectors, --storage float32 holds more"
            )
    stored.flush()
    if storage == "int8":
        np.save(folder / scales_name, scales)


def _rounded(rows: Floats, unit: bool) -> tuple[Floats, Floats]:
    """Rows as whole numbers from -127 to 127, and the scale of each."""
    largest = np.abs(rows).max(axis=1)
    scales = np.where(largest == 0, 1, largest / 127).astype(np.float32)
    whole = np.rint(rows / scales[:, None])
    if unit:
        lengths = np.sqrt((whole * whole).sum(axis=1))
        scales = (1 / np.where(lengths == 0, 1, lengths)).astype(np.float32)
    return whole, scales


def to_unit(rows: Floats) -> Floats:
    """Rows scaled to length one; a row of zeros stays one.  Each row by itself, in a fixed order."""
    lengths = np.sqrt(np.multiply(rows, rows).sum(axis=1, dtype=np.float32))
    units: Floats = rows / np.where(lengths == 0, 1, lengths).astype(np.float32)[:, None]
    return units

"""Write a folder of word vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqtool.errors import DataError
from seqtool.modelfolder.describe import Described, manifest_head
from seqtool.vectors.store import COMMON, COUNTS, MATRIX, NGRAM_SCALES, NGRAMS, SCALES, STORAGES, WORDS, Floats

ROWS = 8192
LARGEST = 1e15


def write_matrix(folder: Path, name: str, scales_name: str, rows: Floats, storage: str, *, unit: bool) -> None:
    """Store rows; int8 has a scale a row, chosen for length one where the rows have that.

    ``rows`` may be memory-mapped: they are taken a few thousand at a time.
    """
    kind = STORAGES[storage]
    stored = np.lib.format.open_memmap(folder / name, mode="w+", dtype=kind, shape=rows.shape)
    scales = np.ones(len(rows), np.float32)
    for start in range(0, len(rows), ROWS):
        part = np.asarray(rows[start : start + ROWS], np.float32)
        if len(part) and np.abs(part).max() > LARGEST:
            raise DataError(f"a number above {LARGEST:g}: its square is beyond float32; --unit scales the vectors")
        if storage == "int8":
            largest = np.abs(part).max(axis=1)
            step = np.where(largest == 0, 1, largest / 127).astype(np.float32)
            whole = np.rint(part / step[:, None])
            if unit:
                lengths = np.sqrt((whole * whole).sum(axis=1))
                step = (1 / np.where(lengths == 0, 1, lengths)).astype(np.float32)
            scales[start : start + ROWS] = step
            part = whole
        with np.errstate(over="ignore"):
            stored[start : start + ROWS] = part.astype(kind)
        if not np.isfinite(stored[start : start + ROWS]).all():
            raise DataError(
                f"a number is too large for {storage}; --unit scales the vectors, --storage float32 holds more"
            )
    stored.flush()
    if storage == "int8":
        np.save(folder / scales_name, scales)


def fill_folder(
    folder: Path,
    words: Sequence[str],
    rows: Floats,
    *,
    storage: str = "float16",
    counts: Sequence[int] | None = None,
    lowercase: bool = True,
    unit: bool = False,
    common: Floats | None = None,
    weight: float = 0.0,
    ngrams: tuple[Floats, int, int] | None = None,
) -> dict[str, Any]:
    """Put words and vectors into ``folder``; the manifest's tables for them.

    ``rows``: (words, size); ``common`` (directions, size) and ``weight`` are for SIF; ``ngrams``
    is (table, shortest, longest).
    """
    (folder / WORDS).write_text("".join(word + "\n" for word in words), encoding="utf-8", newline="\n")
    write_matrix(folder, MATRIX, SCALES, rows, storage, unit=unit)
    tables: dict[str, Any] = {
        "vectors": {
            "words": len(words),
            "size": int(rows.shape[1]),
            "storage": storage,
            "lowercase": lowercase,
            "unit": unit,
        }
    }
    if counts is not None:
        np.save(folder / COUNTS, np.asarray(counts, np.int64))
    if common is not None:
        np.save(folder / COMMON, np.asarray(common, np.float32))
        tables["sif"] = {"directions": len(common), "weight": weight}
    if ngrams is not None:
        table, shortest, longest = ngrams
        write_matrix(folder, NGRAMS, NGRAM_SCALES, table, storage, unit=False)
        tables["ngrams"] = {"shortest": shortest, "longest": longest, "buckets": len(table)}
    return tables


def manifest(recipe: Described, folder_name: str, tables: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of a vector folder; what the recipe leaves empty is left out or not stated."""
    head = manifest_head(recipe, folder_name)
    # Vector folders have always had the description here, and only where there is one.
    description = head.pop("description")
    made_with = head.pop("made_with")
    return {**head, "description": description or None, "made_with": made_with, **tables}

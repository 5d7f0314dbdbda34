"""Write a folder of word vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqtool.modelfolder.describe import Described, manifest_head
from seqtool.vectors.matrix import Floats, write_matrix
from seqtool.vectors.store import COMMON, COUNTS, MATRIX, SCALES, WORDS
from seqtool.vectors.word_ngrams import NGRAM_SCALES, NGRAMS


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

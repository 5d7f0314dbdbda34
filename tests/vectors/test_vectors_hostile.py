"""Folders of vectors that are damaged, swapped, or from a stranger."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile import Damage, broken, content, damages, put, refusal, reseal

from seqtool.vectors.store import open_vectors

NAMES = ["one", "two", "three"]
ROWS = np.array([[1, 2, 3, 4], [-1, 0, 5, 2], [0.5, 0.25, 0, 0]], np.float32)


@pytest.fixture
def folder(make_vectors: Callable[..., Path]) -> Path:
    return make_vectors(
        NAMES,
        ROWS,
        storage="int8",
        counts=[9, 5, 1],
        common=ROWS[:1],
        weight=1e-3,
        ngrams=(np.ones((8, 4), np.float32), 3, 4),
    )


FILES = ("words.txt", "vectors.npy", "scales.npy", "counts.npy", "common.npy", "ngrams.npy", "ngram_scales.npy")


def use(folder: Path) -> None:
    """Open a folder and touch everything in it."""
    vectors = open_vectors(str(folder))
    vectors.rows(slice(None))
    assert vectors.counts is not None and vectors.common is not None
    vectors.guess("unheard")


def test_the_folder_that_is_damaged_below_is_good(folder: Path) -> None:
    use(folder)
    assert {*FILES, "model.toml", "README.md"} == {path.name for path in folder.iterdir()}


def swapped(file: str) -> Damage:
    """Another file of the folder in its place."""
    other = FILES[FILES.index(file) - 1]
    return Damage(
        f"{file}: swapped", lambda folder: (folder / file).write_bytes((folder / other).read_bytes()), f"{file}: "
    )


def saved(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def zipped() -> bytes:
    file = io.BytesIO()
    np.savez(file, ROWS)
    return file.getvalue()


def with_header(header: str, body: bytes = bytes(12)) -> bytes:
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body


def shaped(shape: str, descr: str = "|i1") -> bytes:
    return with_header(f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}")


INT8 = ROWS.astype(np.int8)
# A folder need not have counts.
BROKEN = [row for file in FILES for row in broken(file) if row.name != "counts.npy: forgotten"]
CONTENTS = [
    content("vectors.npy", "another dtype", saved(INT8.astype(np.int16))),
    content("vectors.npy", "another shape", saved(INT8.T.copy())),
    content("vectors.npy", "a row too few", saved(INT8[:2])),
    content("vectors.npy", "cut short", saved(INT8)[:-3]),
    content("vectors.npy", "no bytes", b""),
    content("vectors.npy", "no array", b"junk" * 60),
    content("vectors.npy", "objects", shaped("(3, 4)", "|O")),
    content("vectors.npy", "an archive", zipped()),
    content("vectors.npy", "a header that breaks off", with_header("{'descr': '|i1', 'shape': (3, ")),
    content("vectors.npy", "a header of brackets", with_header("(" * 100)),
    content("vectors.npy", "a header of Python 2", shaped("(3L, 5L)")),
    content("vectors.npy", "more rows than there are atoms", shaped("(99999999999999999999, 4)")),
    content("vectors.npy", "more rows than memory", shaped("(999999999999, 4)")),
    content("vectors.npy", "less than no rows", shaped("(-3, 4)")),
    content("scales.npy", "other scales", saved(np.ones(2, np.float32))),
    content("scales.npy", "scales of another dtype", saved(np.ones(3))),
    content("counts.npy", "counts of another dtype", saved(np.ones(3))),
    content("counts.npy", "counts of another shape", saved(np.ones(4, np.int64))),
    content("common.npy", "other directions", saved(np.ones((2, 4), np.float32))),
    content("ngrams.npy", "other n-grams", saved(np.ones((9, 4), np.int8))),
    content("ngram_scales.npy", "other scales of n-grams", saved(np.ones((8, 1), np.float32))),
    content("words.txt", "a line missing", b"one\ntwo\n"),
    content("words.txt", "a line too many", b"one\ntwo\nthree\nfour\n"),
    content("words.txt", "a line twice", b"one\ntwo\none\n"),
    content("words.txt", "no end of the last line", b"one\ntwo\nthree"),
    content("words.txt", "no words", b""),
    content("words.txt", "no UTF-8", b"one\ntwo\n\xff\n"),
]
MANIFESTS = [
    put("vectors", "storage", "int4"),
    put("vectors", "storage", 8),
    put("vectors", "storage", "float16", "vectors.npy: "),
    put("vectors", "words", 4, ""),
    put("vectors", "words", 0),
    put("vectors", "words", -3),
    put("vectors", "words", True),
    put("vectors", "words", "3"),
    put("vectors", "size", None),
    put("vectors", "size", 5, ""),
    Damage("[vector]", lambda folder: reseal(folder, lambda m: m.update(vector=m.pop("vectors")))),
    put("ngrams", "buckets", 0),
    put("ngrams", "buckets", 9, ""),
    put("ngrams", "buckets", 99999999999, ""),
    put("ngrams", "shortest", 3.0),
    put("sif", "directions", 2, ""),
    put("sif", "directions", 0),
    put("", "task", "classify", ""),
]


@pytest.mark.filterwarnings("ignore:Reading `.npy`")  # numpy's word for a header of Python 2
@damages(BROKEN, map(swapped, FILES), CONTENTS, MANIFESTS)
def test_a_damaged_folder_is_told(folder: Path, do: Any, told: str) -> None:
    do(folder)
    assert told in refusal(use, folder)

"""Folders of vectors: what is stored, what it costs, and folders that are damaged or swapped."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import VECTOR_WORDS, rows_of, vector_rows

from seqtool.errors import ModelError
from seqtool.modelfolder.manifest import open_folder
from seqtool.modelfolder.verify import verify
from seqtool.modelfolder.write import write_manifest
from seqtool.vectors import matrix
from seqtool.vectors.matrix import to_unit
from seqtool.vectors.store import Vectors, open_vectors

NAMES = ["one", "two", "three"]
ROWS = np.array([[1, 2, 3, 4], [-1, 0, 5, 2], [0.5, 0.25, 0, 0]], np.float32)


def opened(folder: Path) -> Vectors:
    return Vectors(open_folder(folder))


@pytest.mark.parametrize("storage", ["float32", "float16", "int8"])
def test_rows_come_back_as_they_are_stored(tiny_vectors: dict[str, Path], storage: str) -> None:
    vectors = opened(tiny_vectors[storage])
    assert vectors.words == VECTOR_WORDS and len(vectors) == len(VECTOR_WORDS) and vectors.size == 24
    wanted = rows_of(tiny_vectors[storage])
    assert vectors.rows(slice(None)).tobytes() == wanted.tobytes()
    chosen = np.array([5, 5, 0, 300])
    assert vectors.rows(chosen).tobytes() == wanted[chosen].tobytes()
    parts = list(vectors.unit_blocks(150))
    assert np.concatenate([rows for _, rows in parts]).tobytes() == vectors.unit_rows(slice(0, 150)).tobytes()
    assert verify(tiny_vectors[storage])[1] == []


@pytest.mark.parametrize("unit", [False, True])
@pytest.mark.parametrize("storage", ["float32", "float16", "int8"])
def test_what_a_storage_costs(make_vectors: Callable[..., Path], storage: str, unit: bool) -> None:
    """float32 nothing; float16 half a bit in eleven; int8 half a step of 1/127 of the row's largest number."""
    rows = vector_rows()
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32) if unit else rows
    vectors = opened(make_vectors(VECTOR_WORDS, rows, storage=storage, unit=unit))
    read = vectors.rows(slice(None))
    largest = np.abs(rows).max(axis=1, keepdims=True)
    allowed = {"float32": 0 * largest, "float16": np.abs(rows) * 2.0**-11 + 1e-7, "int8": 0.501 * largest / 127}[
        storage
    ]
    if storage == "int8" and unit:  # the whole row is scaled to length one again
        allowed = 2 * allowed
        np.testing.assert_allclose(np.linalg.norm(read, axis=1), 1, atol=1e-6)
    assert (np.abs(read - rows) <= allowed).all()
    cosines = (to_unit(read) * to_unit(rows)).sum(axis=1)
    assert cosines.min() > {"float32": 1 - 1e-6, "float16": 1 - 1e-6, "int8": 0.9998}[storage]


@pytest.mark.parametrize("storage", ["float32", "float16", "int8"])
def test_unit_rows_have_length_one(make_vectors: Callable[..., Path], storage: str) -> None:
    """Of a folder that says it holds such rows too: float16 rounds them, and a cosine is no cosine then."""
    rows = vector_rows()
    units = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    vectors = opened(make_vectors(VECTOR_WORDS, units, storage=storage, unit=True))
    np.testing.assert_allclose(np.linalg.norm(vectors.unit_rows(slice(None)), axis=1), 1, atol=1e-6)
    for _, part in vectors.unit_blocks(100):
        np.testing.assert_allclose(np.linalg.norm(part, axis=1), 1, atol=1e-6)


def test_rows_of_zeros_and_more_rows_than_are_written_at_once(
    make_vectors: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix, "WRITTEN_ROWS", 7)
    rows = vector_rows()
    rows[[0, 8, 40]] = 0
    whole = {storage: make_vectors(VECTOR_WORDS, rows, storage=storage) for storage in ("float32", "int8")}
    assert rows_of(whole["float32"]).tobytes() == rows.tobytes()
    vectors = opened(whole["int8"])
    assert not vectors.rows([0, 8, 40]).any() and not vectors.unit_rows([0, 8, 40]).any()
    np.testing.assert_allclose(np.linalg.norm(vectors.unit_rows([1, 9, 41]), axis=1), 1, atol=1e-6)
    monkeypatch.undo()
    at_once = make_vectors(VECTOR_WORDS, rows, storage="int8")
    assert rows_of(at_once).tobytes() == rows_of(whole["int8"]).tobytes()


def test_words_of_any_letters(make_vectors: Callable[..., Path]) -> None:
    """Only a line end ends a word in words.txt."""
    words = ["a\u2028b", "a\x85b", "a\x0cb", "a\0b", "a\x1cb", "two words", "\ufeff", "🇩🇪", "नमस्ते"]
    vectors = opened(make_vectors(words, np.eye(len(words), dtype=np.float32)))
    assert vectors.words == words and [vectors.find(word) for word in words] == list(range(len(words)))


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


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["cut", "longer", "flipped", "missing", "swapped", "folder"])
def test_damage_is_seen_before_use(folder: Path, name: str, damage: str) -> None:
    path = folder / name
    data = path.read_bytes()
    if damage in ("missing", "folder"):
        path.unlink()
        if damage == "folder":
            path.mkdir()
    else:
        other = {"cut": data[:-1], "longer": data + b"\0", "flipped": data[:-1] + bytes([data[-1] ^ 1])}
        path.write_bytes(other.get(damage) or (folder / FILES[FILES.index(name) - 1]).read_bytes())
    with pytest.raises(ModelError) as caught:
        use(folder)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def rewrite(folder: Path, name: str, data: bytes) -> None:
    """Swap a file, and make the manifest fit: what a stranger could send."""
    manifest = dict(open_folder(folder).manifest)
    (folder / name).write_bytes(data)
    for key in ("checksum", "format", "files"):
        del manifest[key]
    write_manifest(folder, manifest)


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
FOREIGN: list[tuple[str, str, bytes]] = [
    ("another dtype", "vectors.npy", saved(INT8.astype(np.int16))),
    ("another shape", "vectors.npy", saved(INT8.T.copy())),
    ("a row too few", "vectors.npy", saved(INT8[:2])),
    ("cut short", "vectors.npy", saved(INT8)[:-3]),
    ("no bytes", "vectors.npy", b""),
    ("no array", "vectors.npy", b"junk" * 60),
    ("objects", "vectors.npy", shaped("(3, 4)", "|O")),
    ("an archive", "vectors.npy", zipped()),
    ("a header that breaks off", "vectors.npy", with_header("{'descr': '|i1', 'shape': (3, ")),
    ("a header of brackets", "vectors.npy", with_header("(" * 100)),
    ("a header of Python 2", "vectors.npy", shaped("(3L, 5L)")),
    ("more rows than there are atoms", "vectors.npy", shaped("(99999999999999999999, 4)")),
    ("more rows than memory", "vectors.npy", shaped("(999999999999, 4)")),
    ("less than no rows", "vectors.npy", shaped("(-3, 4)")),
    ("other scales", "scales.npy", saved(np.ones(2, np.float32))),
    ("scales of another dtype", "scales.npy", saved(np.ones(3))),
    ("counts of another dtype", "counts.npy", saved(np.ones(3))),
    ("counts of another shape", "counts.npy", saved(np.ones(4, np.int64))),
    ("other directions", "common.npy", saved(np.ones((2, 4), np.float32))),
    ("other n-grams", "ngrams.npy", saved(np.ones((9, 4), np.int8))),
    ("other scales of n-grams", "ngram_scales.npy", saved(np.ones((8, 1), np.float32))),
    ("a line missing", "words.txt", b"one\ntwo\n"),
    ("a line too many", "words.txt", b"one\ntwo\nthree\nfour\n"),
    ("a line twice", "words.txt", b"one\ntwo\none\n"),
    ("no end of the last line", "words.txt", b"one\ntwo\nthree"),
    ("no words", "words.txt", b""),
    ("no UTF-8", "words.txt", b"one\ntwo\n\xff\n"),
]


@pytest.mark.filterwarnings("ignore:Reading `.npy`")  # numpy's word for a header of Python 2
@pytest.mark.parametrize(("name", "data"), [case[1:] for case in FOREIGN], ids=[case[0] for case in FOREIGN])
def test_what_a_stranger_could_send(folder: Path, name: str, data: bytes) -> None:
    rewrite(folder, name, data)
    with pytest.raises(ModelError) as caught:
        use(folder)
    assert str(folder / name) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('storage = "int8"', 'storage = "int4"'),
        ('storage = "int8"', "storage = 8"),
        ('storage = "int8"', 'storage = "float16"'),
        ("words = 3", "words = 4"),
        ("words = 3", "words = 0"),
        ("words = 3", "words = -3"),
        ("words = 3", "words = true"),
        ("words = 3", 'words = "3"'),
        ("size = 4\nstorage", "storage"),
        ("size = 4\nstorage", "size = 5\nstorage"),
        ("[vectors]", "[vector]"),
        ("buckets = 8", "buckets = 0"),
        ("buckets = 8", "buckets = 9"),
        ("buckets = 8", "buckets = 99999999999"),
        ("shortest = 3", "shortest = 3.0"),
        ("directions = 1", "directions = 2"),
        ("directions = 1", "directions = 0"),
        ('task = "vectors"', 'task = "classify"'),
    ],
)
def test_a_manifest_that_says_something_else(folder: Path, old: str, new: str) -> None:
    import hashlib

    text = (folder / "model.toml").read_text(encoding="utf-8").split("\n", 1)[1]
    assert old in text
    text = text.replace(old, new)
    (folder / "model.toml").write_text(
        f'checksum = "{hashlib.sha256(text.encode()).hexdigest()}"\n{text}', encoding="utf-8"
    )
    with pytest.raises(ModelError) as caught:
        use(folder)
    assert str(folder) in str(caught.value) and "\n" not in str(caught.value)


def test_a_network_is_no_vectors(tiny_model: Path) -> None:
    with pytest.raises(ModelError, match=r"is a model for classify, not for vectors; models for vectors: .*words-en"):
        open_vectors(str(tiny_model))
    with pytest.raises(ModelError, match="no such model"):
        open_vectors("./nothing/here")


def test_unit_rows_are_the_same_in_any_company() -> None:
    rows = vector_rows() * np.float32(3.7)
    whole = to_unit(rows)
    for start, end in ((0, 1), (5, 7), (100, 391)):
        assert to_unit(rows[start:end]).tobytes() == whole[start:end].tobytes()
    shuffled = np.random.default_rng(1).permutation(len(rows))
    assert to_unit(rows[shuffled]).tobytes() == whole[shuffled].tobytes()
    np.testing.assert_allclose(whole, rows / np.linalg.norm(rows.astype(np.float64), axis=1)[:, None], atol=1e-6)

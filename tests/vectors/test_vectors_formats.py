"""Vectors in other programs' files: there and back through gensim, and files that are none."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import VECTOR_WORDS, gensim_vectors, rows_of, vector_rows
from gensim.models import KeyedVectors

from seqtool.errors import InputError, OutputError, SeqtoolError
from seqtool.modelfolder.manifest import open_folder
from seqtool.vectors.formats import guess_format, lines_of, read_vectors
from seqtool.vectors.store import Vectors

PACKERS = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
TABLE = [("king", [1.5, -2.0, 3.25, 0.0]), ("café", [0.1, 1e-20, -1e20, 7.0]), ("new_york", [3.0, 4.0, 5.0, 6.0])]
NAMES = [name for name, _ in TABLE]
ROWS = np.array([row for _, row in TABLE], np.float32)
BODY = "".join(f"{name} {' '.join(map(repr, row))}\n" for name, row in TABLE)
BINARY = b"3 4\n" + b"".join(name.encode() + b" " + row.tobytes() for name, row in zip(NAMES, ROWS))


def put(folder: Path, name: str, data: bytes | str) -> Path:
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return folder / name


def exported(folder: Path, form: str) -> bytes:
    return b"".join(lines_of(Vectors(open_folder(folder)), form))


@pytest.mark.parametrize("packed", ["", ".gz", ".bz2", ".xz"])
@pytest.mark.parametrize("binary", [False, True])
def test_what_gensim_saves_is_read_bit_by_bit(tmp_path: Path, binary: bool, packed: str) -> None:
    rows = vector_rows()
    rows[3] = 0
    rows[4] *= np.float32(1e-30)
    rows[5] *= np.float32(1e30)
    plain = tmp_path / "saved"
    gensim_vectors(VECTOR_WORDS, rows).save_word2vec_format(str(plain), binary=binary)
    path = put(tmp_path, "vectors" + packed, PACKERS[packed](plain.read_bytes()))
    assert guess_format(path) == ("word2vec-binary" if binary else "word2vec")
    reference = KeyedVectors.load_word2vec_format(str(plain), binary=binary)
    for form in ("auto", "word2vec-binary" if binary else "word2vec"):
        words, read = read_vectors(path, form)
        assert words == VECTOR_WORDS == reference.index_to_key
        assert read.dtype == np.float32 and read.tobytes() == rows.tobytes() == reference.vectors.tobytes()
    words, read = read_vectors(path, limit=7)
    assert words == VECTOR_WORDS[:7] and read.tobytes() == rows[:7].tobytes()


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # without a header gensim opens the file twice, closes it once
@pytest.mark.parametrize("storage", ["float32", "float16", "int8"])
@pytest.mark.parametrize("form", ["word2vec", "word2vec-binary", "glove", "fasttext"])
def test_gensim_reads_what_is_exported(tiny_vectors: dict[str, Path], tmp_path: Path, storage: str, form: str) -> None:
    folder = tiny_vectors[storage]
    path = put(tmp_path, "vectors", exported(folder, form))
    reference = KeyedVectors.load_word2vec_format(
        str(path), binary=form == "word2vec-binary", no_header=form == "glove"
    )
    assert reference.index_to_key == VECTOR_WORDS
    assert reference.vectors.tobytes() == rows_of(folder).tobytes()
    words, read = read_vectors(path, form)
    assert words == VECTOR_WORDS and read.tobytes() == rows_of(folder).tobytes()


def test_a_binary_file_of_exactly_the_rows_of_gensim(tiny_vectors: dict[str, Path], tmp_path: Path) -> None:
    """word2vec's own program ends each row with a line end, gensim does not: both are read."""
    ours = put(tmp_path, "ours", exported(tiny_vectors["float32"], "word2vec-binary"))
    rows = rows_of(tiny_vectors["float32"])
    gensim_vectors(VECTOR_WORDS, rows).save_word2vec_format(str(tmp_path / "theirs"), binary=True)
    first, second = read_vectors(ours), read_vectors(tmp_path / "theirs")
    assert first[0] == second[0] and first[1].tobytes() == second[1].tobytes()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (BODY, "glove"),
        ("3 4\n" + BODY, "word2vec"),
        ("3 4\n" + BODY.replace("\n", " \n"), "word2vec"),  # fastText ends its lines with a space
        (BODY.replace("\n", " \n"), "glove"),
        (("3 4\n" + BODY).replace("\n", "\r\n"), "word2vec"),
        (BODY.removesuffix("\n"), "glove"),
        ("3 4\n" + BODY + "\n\n", "word2vec"),
    ],
    ids=["glove", "word2vec", "fasttext", "glove with spaces", "windows", "no last line end", "blank lines"],
)
def test_texts_and_what_auto_makes_of_them(tmp_path: Path, text: str, form: str) -> None:
    path = put(tmp_path, "vectors.txt", text)
    assert guess_format(path) == form
    words, rows = read_vectors(path)
    assert words == NAMES and rows.tobytes() == ROWS.tobytes()


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    for number, text in enumerate(("3 4\n" + BODY, BODY)):
        words, rows = read_vectors(put(tmp_path, f"{number}.txt", b"\xef\xbb\xbf" + text.encode()))
        assert words == NAMES and rows.tobytes() == ROWS.tobytes()


def test_a_binary_file_of_few_dimensions(tmp_path: Path) -> None:
    path = put(tmp_path, "vectors.bin", BINARY)
    assert guess_format(path) == "word2vec-binary"
    words, rows = read_vectors(path)
    assert words == NAMES and rows.tobytes() == ROWS.tobytes()


def test_glove_may_have_spaces_in_words(tmp_path: Path) -> None:
    """The vectors of 840 billion tokens have such words; the numbers are counted from the end."""
    words, rows = read_vectors(put(tmp_path, "glove.txt", "king 1 2\n. . . 3 4\nat name@domain.com 5 6\n"))
    assert words == ["king", ". . .", "at name@domain.com"] and rows.tolist() == [[1, 2], [3, 4], [5, 6]]


def test_of_a_word_that_stands_twice_the_first_is_kept(tmp_path: Path) -> None:
    words, rows = read_vectors(put(tmp_path, "twice.txt", "a 1 2\nb 3 4\na 5 6\n"))
    assert words == ["a", "b"] and rows.tolist() == [[1, 2], [3, 4]]


def test_a_word_with_a_space_fits_glove_alone(make_vectors: Callable[..., Path], tmp_path: Path) -> None:
    folder = make_vectors(["one", "two words"], np.eye(2, dtype=np.float32), storage="float32")
    for form in ("word2vec", "word2vec-binary", "fasttext"):
        with pytest.raises(OutputError, match=r"'two words'.*glove"):
            exported(folder, form)
    words, rows = read_vectors(put(tmp_path, "glove.txt", exported(folder, "glove")))
    assert words == ["one", "two words"] and rows.tolist() == [[1, 0], [0, 1]]


def test_a_carriage_return_within_a_word(make_vectors: Callable[..., Path], tmp_path: Path) -> None:
    """Refused, or kept: but a folder that was written can be opened."""
    try:
        words, rows = read_vectors(put(tmp_path, "vectors.txt", "2 2\na\rb 1 2\nc 3 4\n"))
    except InputError:
        return
    assert Vectors(open_folder(make_vectors(words, rows, storage="float32"))).words == words


WRONG: list[tuple[str, str, bytes, list[str]]] = [
    ("empty", "auto", b"", ["holds no vectors"]),
    ("only blank lines", "auto", b"\n\n\n", ["holds no vectors"]),
    ("no rows", "auto", b"0 4\n", ["holds no vectors"]),
    ("a row is missing", "auto", b"4 4\n" + BODY.encode(), ["3 vectors", "4", "cut short"]),
    ("the last row is cut", "auto", b"3 4\n" + BODY.encode()[:-6], [":4:", "cut short"]),
    ("glove cut", "auto", BODY.encode()[:-6], [":3:", "cut short"]),
    ("a number too many", "auto", b"2 2\na 1 2\nb 3 4 5\n", []),
    ("a word for a number", "auto", b"2 2\na 1 2\nb 3 four\n", ["four"]),
    ("not a number", "auto", b"a 1 2\nb nan 3\n", ["vector 2", "not finite"]),
    ("infinity", "auto", b"a 1 2\nb 1 -inf\n", ["vector 2", "not finite"]),
    ("too large for float32", "auto", b"a 1 2\nb 1e39 3\n", ["vector 2", "not finite"]),
    ("no word", "auto", b"2 2\na 1 2\n 3 4\n", []),
    ("a picture", "auto", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 9, []),
    ("prose", "auto", b"It was a dark and stormy night.\nThe rain fell in torrents, except at times.\n", []),
    ("json", "auto", b'{"king": [1, 2], "man": [3, 4]}\n', []),
    ("utf-16", "auto", BODY.encode("utf-16"), []),
    ("too many dimensions", "auto", b"1 99999\na " + b"1 " * 20 + b"\n", ["99999"]),
    ("no dimensions", "word2vec", b"1 0\na\n", ["0"]),
    ("a header too long", "auto", b"9" * 400 + b" 4\n" + BODY.encode(), ["cut short"]),
    ("no header", "word2vec", BODY.encode(), [":1:", "--from glove"]),
    ("binary without header", "word2vec-binary", BODY.encode(), [":1:"]),
    ("binary cut", "auto", BINARY[:-1], ["2 vectors", "3", "cut short"]),
    ("binary cut in a word", "auto", BINARY[: 4 + 21 + 3], ["1 vectors", "cut short"]),
    ("binary with many rows too few", "auto", b"99999999999" + BINARY[1:], ["3 vectors", "99999999999"]),
    ("binary as text", "word2vec", BINARY, []),
    ("text as binary", "word2vec-binary", b"3 4\n" + BODY.encode(), []),
    ("binary nan", "auto", b"1 4\nking " + np.full(4, np.nan, "<f4").tobytes(), ["vector 1", "not finite"]),
    ("binary without a word", "auto", b"1 4\n " + np.full(4, 1.7, "<f4").tobytes(), ["empty"]),
]


@pytest.mark.parametrize(("form", "data", "said"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_files_that_cannot_be_read(tmp_path: Path, form: str, data: bytes, said: list[str]) -> None:
    path = put(tmp_path, "vectors.any", data)
    with pytest.raises(InputError) as caught:
        read_vectors(path, form)
    message = str(caught.value)
    assert message.startswith(str(path)) and "\n" not in message and len(message) < len(str(path)) + 600
    assert all(part in message for part in said), message


@pytest.mark.parametrize("packed", [".gz", ".bz2", ".xz"])
def test_packed_files_that_cannot_be_read(tmp_path: Path, packed: str) -> None:
    chance = np.random.default_rng(1)
    body = "".join(f"w{number} {' '.join(f'{x:.4f}' for x in chance.normal(size=8))}\n" for number in range(300))
    data = PACKERS[packed](b"300 8\n" + body.encode())
    broken = {"not packed": body.encode(), "empty": b"", "cut": data[: len(data) // 2], "end": data[:-3]}
    for place in range(12, len(data) - 12, len(data) // 12):
        broken[f"damaged at {place}"] = (
            data[:place] + bytes([data[place] ^ 0xFF, data[place + 1] ^ 0x55]) + data[place + 2 :]
        )
    escaped = []
    for name, part in broken.items():
        path = put(tmp_path, "vectors.txt" + packed, part)
        try:
            read_vectors(path)
            escaped.append(f"{name}: read")
        except InputError as error:
            assert str(error).startswith(str(path)) and "\n" not in str(error)
        except Exception as error:  # told together: each kind of damage has a way out of its own
            escaped.append(f"{name}: {type(error).__name__} {error}")
    assert not escaped


def test_what_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.txt", tmp_path / "missing.gz"):
        for read in (read_vectors, guess_format):
            with pytest.raises(SeqtoolError, match=r"cannot be opened|is a folder") as caught:
                read(path)
            assert str(path) in str(caught.value)


def test_every_float32_survives_the_text_form(make_vectors: Callable[..., Path], tmp_path: Path) -> None:
    """Bit patterns from the whole range that a folder takes: denormal, large, negative zero."""
    chance = np.random.default_rng(7)
    bits = chance.integers(0, 1 << 32, size=4000, dtype=np.uint64).astype(np.uint32)
    numbers: Any = bits.view(np.float32)
    numbers = numbers[np.abs(np.nan_to_num(numbers, nan=np.inf)) < 1e15][:1800].reshape(-1, 6)
    numbers[0] = [-0.0, 0.0, 1e-45, -9.87e14, 16777216, 0.1]
    folder = make_vectors([f"w{number}" for number in range(len(numbers))], numbers, storage="float32")
    path = put(tmp_path, "vectors.txt", exported(folder, "word2vec"))
    assert read_vectors(path)[1].tobytes() == numbers.tobytes()

"""FASTA to headers and letters, wherever its bytes are cut; a record may be longer than memory."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqtool.errors import InputError
from seqtool.records import files
from seqtool.records.fasta import MOST_HEADER, fasta_records

Found = list[tuple[str, int, bytes]]
Write = Callable[..., str]
Read = Callable[..., Found]

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".fa": bytes,
    ".fa.gz": gzip.compress,
    ".fa.bz2": bz2.compress,
    ".fa.xz": lzma.compress,
}


def found_in(path: str, size: int = 1) -> Found:
    """(name, line, letters) of each record."""
    found = []
    for record in fasta_records(path, size):
        parts = list(record.letters or ())
        assert all(part and part == b"".join(part.split()) for part in parts)  # no white space, and never nothing
        found.append((record.fields["name"], record.line, b"".join(parts)))
    return found


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def call(data: bytes, ending: str = ".fa") -> str:
        path = tmp_path / f"x{ending}"
        path.write_bytes(PACKERS[ending](data))
        return str(path)

    return call


@pytest.fixture
def read(write: Write) -> Read:
    return lambda data, ending=".fa": found_in(write(data, ending))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b">a\nACGT\n", [("a", 1, b"ACGT")]),
        (b">a\nAC\nGT", [("a", 1, b"ACGT")]),  # no newline at the end
        (b">a b c\nAC\n", [("a", 1, b"AC")]),
        (b">a   b c  \nAC\n", [("a", 1, b"AC")]),
        (b"> a b\nAC\n", [("a", 1, b"AC")]),
        (b">a\tb c\nAC\n", [("a", 1, b"AC")]),  # a tab is a blank, too
        (b">gi|1|ref|N_1.2| x >y\nAC\n", [("gi|1|ref|N_1.2|", 1, b"AC")]),
        (b">a\r\nAC\r\nGT\r\n>b x\r\nTT\r\n", [("a", 1, b"ACGT"), ("b", 4, b"TT")]),
        (b"\n\n>a\n\nAC\n\n\nGT\n\n>b\nT\n\n", [("a", 3, b"ACGT"), ("b", 10, b"T")]),
        (b"\r\n \n>a\n \t\nAC\n", [("a", 3, b"AC")]),
        (b">a\nAC GT\tAA\n", [("a", 1, b"ACGTAA")]),
        (b">a\n  ACG\n  10 TTT\n", [("a", 1, b"ACG10TTT")]),  # only white space is left out
        (b">a\nacgtNn-*\n", [("a", 1, b"acgtNn-*")]),
        (b"; c\n;\n>a\n; x > y\nAC\n;ACGT\nGT\n", [("a", 3, b"ACGT")]),
        (b">a\nAC;GT\n", [("a", 1, b"AC;GT")]),  # a comment is a whole line
        (b">a\nAC>b\nGT\n", [("a", 1, b"AC>bGT")]),  # a header is a whole line
        (b"  >a b\nAC\n\t >c\nGT\n", [("a", 1, b"AC"), ("c", 3, b"GT")]),  # blanks before it say nothing
        (b" ; c\n>a\nAC\n \t; x\nGT\n", [("a", 2, b"ACGT")]),
        (b">a\tb\tc \t d\t\r\nAC\n", [("a", 1, b"AC")]),
        (b">\ta\tb\nAC\n", [("a", 1, b"AC")]),
        (b">a\n>b\nAC\n>c\n", [("a", 1, b""), ("b", 2, b"AC"), ("c", 4, b"")]),
        (b">a\nAC\n>b", [("a", 1, b"AC"), ("b", 3, b"")]),  # a header's line may be the last one
        (b">a", [("a", 1, b"")]),
        (b">\nAC\n>  \nGT\n", [("", 1, b"AC"), ("", 3, b"GT")]),
        (b">a\nAC\n>a\nGT\n", [("a", 1, b"AC"), ("a", 3, b"GT")]),
        (">é ü\nAC\n".encode(), [("é", 1, b"AC")]),
        (b">\xff\xfe z\nAC\n", [("\ufffd\ufffd", 1, b"AC")]),
        (b">a\n\xff\x00\xc3\n", [("a", 1, b"\xff\x00\xc3")]),
        (b"", []),
        (b"\n", []),
        (b" \n\t\n\r\n", []),
        (b";only a comment\n", []),
    ],
)
def test_what_stands_in_it(read: Read, text: bytes, expected: Found) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "line"), [(b"ACGT\n", 1), (b"\n\nACGT", 3), (b"; c\nAC\n>a\nGT\n", 2), (b"@r\nA\n", 1)]
)
def test_letters_before_a_header(read: Read, write: Write, text: bytes, line: int) -> None:
    with pytest.raises(InputError, match=rf"x\.fa:{line}: is not FASTA: a record begins with > and its name"):
        read(text)
    with pytest.raises(InputError, match=rf"x\.fa:{line}: "):
        list(fasta_records(write(text)))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 1 << 16])
def test_a_byte_order_mark_is_no_letter(read: Read, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    mark = b"\xef\xbb\xbf"
    monkeypatch.setattr(files, "CHUNK", size)
    assert read(mark + b">a\nAC\n") == [("a", 1, b"AC")]
    assert read(mark + b"; c\n >a\nAC\n") == [("a", 2, b"AC")]
    assert read(mark + b"\n>a\nAC\n", ".fa.gz") == [("a", 2, b"AC")]
    assert read(mark) == []
    assert read(b">a\n" + mark + b"AC\n") == [("a", 1, mark + b"AC")]  # at the beginning alone
    with pytest.raises(InputError, match=r"x\.fa:1: is not FASTA"):
        read(mark + b"AC\n")


@pytest.mark.parametrize("ending", list(PACKERS))
def test_packed(read: Read, ending: str) -> None:
    letters = os.urandom(1 << 17).hex().encode()  # incompressible: many chunks
    assert read(b">a x\n" + letters + b"\n>b\nAC\n", ending) == [("a", 1, letters), ("b", 3, b"AC")]


def test_packed_members_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "x.fa.gz"
    path.write_bytes(gzip.compress(b">a\nAC\nG") + gzip.compress(b"T\n>b\n"))
    assert found_in(str(path)) == [("a", 1, b"ACGT"), ("b", 4, b"")]


def test_packed_and_cut_short(write: Write) -> None:
    path = Path(write(b">a\n" + os.urandom(5000).hex().encode(), ".fa.gz"))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"x\.fa\.gz: "):
        found_in(str(path))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.fa: cannot be opened"):
        found_in(str(tmp_path / "none.fa"))
    with pytest.raises(InputError, match="is a folder"):
        found_in(str(tmp_path))


TEXTS = [
    b"; c\n>a b c\nACGT\n;no\r\nAC GT\r\n\n>b\n\n>c\nAAAA\nCC\n>d",
    b">a\n>b\r\n  AC\n \n>c x\n\tGT",
    b">a\nAC\n  >b\nGT\n ;c\nTT\n",  # blanks before a header or a comment say nothing
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 16])
def test_chunks_cut_anywhere(read: Read, monkeypatch: pytest.MonkeyPatch, text: bytes, size: int) -> None:
    whole = read(text)
    monkeypatch.setattr(files, "CHUNK", size)
    assert read(text) == whole
    assert read(text, ".fa.gz") == whole


parts_of_fasta = st.lists(
    st.sampled_from([b">", b";", b"AC", b"g", b"\n", b"\n", b"\r\n", b" ", b"\t", b"\r", b"\x0b", b"\xef\xbb\xbf"]),
    max_size=25,
)


@settings(
    deadline=None, derandomize=True, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(parts_of_fasta, st.integers(1, 6))
def test_the_size_of_a_chunk_says_nothing(
    write: Write, monkeypatch: pytest.MonkeyPatch, parts: list[bytes], size: int
) -> None:
    path = write(b"\xef\xbb\xbf >a\n" + b"".join(parts))
    monkeypatch.setattr(files, "CHUNK", 1 << 16)
    whole = found_in(path)
    monkeypatch.setattr(files, "CHUNK", size)
    assert found_in(path) == whole


def test_through_a_pipe_bit_by_bit(tmp_path: Path) -> None:
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    text = TEXTS[0]

    def feed() -> None:
        with open(path, "wb", buffering=0) as pipe:
            for place in range(len(text)):
                pipe.write(text[place : place + 1])

    feeder = threading.Thread(target=feed)
    feeder.start()
    found = found_in(path)
    feeder.join()
    assert found == [("a", 2, b"ACGTACGT"), ("b", 7, b""), ("c", 9, b"AAAACC"), ("d", 12, b"")]


def test_a_header_without_end_is_cut(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    text = b">" + b"n" * (3 * MOST_HEADER) + b" rest\nAC\n>b\nGT\n"
    found = read(text)
    assert [letters for *_, letters in found] == [b"AC", b"GT"]
    assert found[0][:2] == ("n" * (MOST_HEADER - 1), 1)
    monkeypatch.setattr(files, "CHUNK", 10_007)
    assert read(text) == found


@pytest.mark.parametrize(("ending", "most"), [(".fa", 2 << 20), (".fa.gz", 2 << 20), (".fa.xz", 16 << 20)])
def test_a_line_of_many_megabytes_is_not_held(write: Write, ending: str, most: int) -> None:
    """An .xz file's dictionary is 8 MB."""
    size = 30 << 20
    path = write(b">a\n" + b"ACGT" * (size // 4) + b"\n>b\nGG\n", ending)
    tracemalloc.start()
    try:
        lengths = {record.fields["name"]: sum(map(len, record.letters or ())) for record in fasta_records(path)}
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert lengths == {"a": size, "b": 2}
    assert peak < most


# -- pieces -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 4, 1000])
def test_pieces_of_a_size(write: Write, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(files, "CHUNK", 2)
    path = write(b">a\nACG\nTTA\nC\n>b\n>c x\nGGTT\n")
    expected = {"a": b"ACGTTAC", "b": b"", "c": b"GGTT"}
    found = {record.fields["name"]: list(record.letters or ()) for record in fasta_records(path, size)}
    assert list(found) == list(expected)
    for name, parts in found.items():
        assert b"".join(parts) == expected[name]
        assert all(size <= len(part) < size + 2 for part in parts[:-1]) and all(0 < len(p) < size + 2 for p in parts)


def test_pieces_of_nothing(write: Write) -> None:
    assert found_in(write(b"")) == []
    assert [list(record.letters or ()) for record in fasta_records(write(b">a\n"))] == [[]]


def test_letters_that_nobody_reads_are_passed_over(write: Write) -> None:
    records = fasta_records(write(b">a\nACG\nT\n>b\nGG\n"), 2)
    first = next(records)
    assert next(first.letters or iter(())) == b"ACG"
    assert next(records).fields == {"name": "b"}
    assert list(records) == list(first.letters or ()) == []


def test_the_identity_is_of_header_and_letters(write: Write) -> None:
    def identities(text: bytes) -> list[bytes]:
        return [record.identity() for record in fasta_records(write(text))]

    (one,) = identities(b">a b\nACGT\n")
    assert identities(b">a b\nAC\nGT") == [one]
    for other in (b">a b\nACGA\n", b">a c\nACGT\n", b">b\nACGT\n", b">a b\n"):
        assert identities(other) != [one]
    assert len(set(identities(b">a\nA\n>a\nC\n>a\n"))) == 3


def test_letters_as_soon_as_they_are_there(tmp_path: Path) -> None:
    """A record is answered while its end is still to come."""
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    seen = threading.Event()

    def feed() -> None:
        with open(path, "wb", buffering=0) as pipe:
            pipe.write(b">a\nACGTAC\n")
            assert seen.wait(30)
            pipe.write(b"GT\n")

    feeder = threading.Thread(target=feed)
    feeder.start()
    stream = fasta_records(path, 4)
    letters = next(stream).letters or iter(())
    assert next(letters) == b"ACGTAC"
    seen.set()
    assert b"".join(letters) == b"GT"
    assert list(stream) == []
    feeder.join()

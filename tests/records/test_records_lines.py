"""Bytes to lines: line ends, marks, limits, encodings, compression, and pauses."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtool.errors import InputError, OptionError
from seqtool.records.files import CHUNK, PAUSE
from seqtool.records.lines import TOO_LONG, read_lines
from seqtool.records.read import read_records

PACKERS: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


def lines_of(path: Path, **settings: Any) -> list[Any]:
    return [line for line in read_lines(str(path), **settings) if line is not PAUSE]


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"a", [b"a"]),
        (b"a\nb\n", [b"a", b"b"]),
        (b"a\r\nb\r\n", [b"a\r", b"b\r"]),  # a table may keep the \r inside quotes
        (b"\n\n", [b"", b""]),
        (b"a\rb\n", [b"a\rb"]),  # only \n ends a line
        ("a\u2028b\u0085c\x0cd\x0be\x1cf\0g\n".encode(), ["a\u2028b\u0085c\x0cd\x0be\x1cf\0g".encode()]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n", [b"a", b"\xef\xbb\xbfb"]),  # a mark at the very start alone
        (b"\xef\xbb", [b"\xef\xbb"]),
        (b"\xef\xbb\xbf", []),
    ],
)
def test_what_ends_a_line(tmp_path: Path, data: bytes, lines: list[bytes]) -> None:
    assert lines_of(write(tmp_path / "in.txt", data)) == lines


@settings(deadline=None, derandomize=True)
@given(st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\n", b"").rstrip(b"\r")), max_size=20))
def test_lines_come_back(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    place = tmp_path_factory.mktemp("lines") / "in.txt"
    data = b"x\n" + b"".join(line + b"\n" for line in lines)
    assert lines_of(write(place, data)) == [b"x", *lines]


@pytest.mark.parametrize("size", [CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_lines_over_the_edge_of_a_chunk(tmp_path: Path, size: int) -> None:
    assert lines_of(write(tmp_path / "in.txt", b"x" * size + b"\nb")) == [b"x" * size, b"b"]


def test_a_line_over_the_limit_is_passed_over(tmp_path: Path) -> None:
    data = b"12345\n123456\n" + b"x" * 300_000 + b"\nok\n1234567"
    assert lines_of(write(tmp_path / "in.txt", data), limit=5) == [b"12345", TOO_LONG, TOO_LONG, b"ok", TOO_LONG]


@pytest.mark.parametrize("ending", PACKERS)
class TestCompression:
    def test_is_unpacked(self, tmp_path: Path, ending: str) -> None:
        data = os.urandom(200_000).hex().encode() + b"\nb\n"
        assert lines_of(write(tmp_path / f"in.txt{ending}", PACKERS[ending](data))) == data.split(b"\n")[:-1]

    def test_members_follow_each_other_and_zeros_pad_them(self, tmp_path: Path, ending: str) -> None:
        pack = PACKERS[ending]
        data = pack(b"a\nb") + pack(b"") + pack(b"c\n") + b"\0" * 512
        assert lines_of(write(tmp_path / f"in{ending}", data)) == [b"a", b"bc"]

    def test_members_at_the_edge_of_a_chunk(self, tmp_path: Path, ending: str) -> None:
        member = PACKERS[ending](b"word\n")
        count = 3 * CHUNK // len(member)
        assert lines_of(write(tmp_path / f"in{ending}", member * count)) == [b"word"] * count

    def test_an_empty_file_and_an_empty_member(self, tmp_path: Path, ending: str) -> None:
        assert lines_of(write(tmp_path / f"empty{ending}", PACKERS[ending](b""))) == []
        assert lines_of(write(tmp_path / f"none{ending}", b"")) == []

    def test_cut_short_is_told_after_the_good_lines(self, tmp_path: Path, ending: str) -> None:
        # Two members, the second cut: what the first holds is read whatever the compressor.
        pack = PACKERS[ending]
        path = write(tmp_path / f"in{ending}", pack(b"good\nlines\n") + pack(os.urandom(5000))[:-20])
        found = []
        with pytest.raises(InputError, match=f"{ending} data is cut short; fetch"):
            for line in read_lines(str(path)):
                found.append(line)
        assert [line for line in found if line is not PAUSE][:2] == [b"good", b"lines"]

    def test_rubbish_is_told(self, tmp_path: Path, ending: str) -> None:
        with pytest.raises(InputError, match=f"not a sound {ending} file"):
            lines_of(write(tmp_path / f"in{ending}", b"this is not compressed at all\n" * 10))

    def test_a_damaged_byte_is_told(self, tmp_path: Path, ending: str) -> None:
        data = bytearray(PACKERS[ending](os.urandom(3000)))
        data[-12] ^= 0xFF
        with pytest.raises(InputError, match=r"not a sound|cut short"):
            lines_of(write(tmp_path / f"in{ending}", bytes(data)))

    def test_a_bomb_needs_little_memory(self, tmp_path: Path, ending: str) -> None:
        # One line of 200 MB: over the limit, so it is passed over and never held.
        path = write(tmp_path / f"in{ending}", PACKERS[ending](b"x" * (8 << 20)) * 25 + PACKERS[ending](b"\nend\n"))
        code = (
            "import resource, sys\n"
            "from seqtool.records.read import read_records\n"
            "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "found = [r.error.kind if r.error else r.fields for r in read_records([sys.argv[1]]) if hasattr(r, 'fields')]\n"
            "assert found == ['length', {'text': 'end'}], found\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
        )
        grown = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
        assert int(grown.stdout) < 80 << 10  # KiB; --max-line-bytes is 16 MiB


@pytest.mark.parametrize(
    ("encoding", "lines"),
    [
        ("latin-1", ["naïve", "café"]),
        ("cp1251", ["привет", "мир"]),
        ("shift-jis", ["日本", "語"]),
        ("utf-16", ["naïve 😀", "ਊ਍ is not a line end", "日"]),
        ("utf-16-le", ["\u0a0a\u0d0a", "b"]),
        ("utf-32", ["a", "😀"]),
        ("UTF8", ["é"]),
        ("utf-8-sig", ["é"]),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, lines: list[str]) -> None:
    path = write(tmp_path / "in.txt", "".join(line + "\n" for line in lines).encode(encoding))
    found = [record.fields["text"] for record in read_records([str(path)], encoding=encoding) if record is not PAUSE]
    assert found == lines


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("utf-8", b"a\nb\xff\nc\n"),
        ("utf-8", b"a\n\xed\xa0\x80\nc\n"),  # a surrogate's own bytes
        ("utf-8", b"a\n\xc0\xaf\nc\n"),  # an overlong form
        ("utf-16-le", "a\nb".encode("utf-16-le") + b"\x00\xd8" + "\nc\n".encode("utf-16-le")),
        ("utf-16", "a\nb".encode("utf-16") + b"\x00\xdc" + "\nc\n".encode("utf-16-le")),
        ("ascii", b"a\nb\xe9\nc\n"),
    ],
)
def test_bytes_that_are_not_of_the_encoding_spoil_their_line_alone(tmp_path: Path, encoding: str, data: bytes) -> None:
    path = write(tmp_path / "in.txt", data)
    found = [record for record in read_records([str(path)], encoding=encoding) if record is not PAUSE]
    assert [record.error.kind if record.error else record.fields["text"] for record in found] == ["a", "encoding", "c"]
    assert [record.line for record in found] == [1, 2, 3]


def test_utf_16_cut_in_the_middle_of_a_letter(tmp_path: Path) -> None:
    path = write(tmp_path / "in.txt", "a\nb".encode("utf-16") + b"\x41")
    found = [record for record in read_records([str(path)], encoding="utf-16") if record is not PAUSE]
    assert found[0].fields == {"text": "a"}
    assert found[1].error.kind == "encoding"


@pytest.mark.parametrize(
    "name", ["latin1x", "utf-9", "rot13", "hex", "base64", "idna", "punycode", "undefined", "\udcff", ""]
)
def test_an_encoding_that_cannot_be_used(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "in.txt", b"a\n")
    with pytest.raises(OptionError, match="no such encoding"):
        list(read_records([str(path)], encoding=name))


def test_only_encodings_of_text_are_named_as_near() -> None:
    with pytest.raises(OptionError) as caught:
        list(read_records(["-"], encoding="hex"))
    assert "'hex-codec'" not in str(caught.value)


@pytest.fixture
def fifo(tmp_path: Path) -> Any:
    """A FIFO, and the descriptor of its writing end."""

    def make(name: str) -> tuple[str, int]:
        path = str(tmp_path / name)
        os.mkfifo(path)
        return path, os.open(path, os.O_RDWR)

    return make


def test_a_pause_comes_when_nothing_more_is_waiting(fifo: Any) -> None:
    path, end = fifo("in.txt")
    lines = read_lines(path)
    os.write(end, b"one\n")
    assert [next(lines), next(lines)] == [b"one", PAUSE]
    os.write(end, b"two\nthr")
    assert [next(lines), next(lines)] == [b"two", PAUSE]
    os.write(end, b"ee\n")
    assert [next(lines), next(lines)] == [b"three", PAUSE]
    os.close(end)
    assert list(lines) == []


def test_compressed_and_decoded_lines_are_prompt_too(fifo: Any) -> None:
    path, end = fifo("in.txt.gz")
    pack = zlib.compressobj(wbits=31)
    lines = read_lines(path, encoding="utf-16-le")

    def send(text: str) -> None:
        os.write(end, pack.compress(text.encode("utf-16-le")) + pack.flush(zlib.Z_SYNC_FLUSH))

    for text in ("one", "zwölf", "😀"):
        send(text + "\n")
        found = []
        while not found or found[-1] is not PAUSE:
            found.append(next(lines))
        assert found == [text.encode(), PAUSE]
    os.write(end, pack.flush())
    os.close(end)
    assert [line for line in lines if line is not PAUSE] == []


@pytest.mark.parametrize("form", ["jsonl", "csv", "auto"])
def test_records_are_prompt(fifo: Any, form: str) -> None:
    path, end = fifo("in")
    if form == "csv":
        os.write(end, b"text\n")
    for number in range(3):
        os.write(end, b'{"text": "x"}\n' if form != "csv" else b"x\n")
        if number == 0:
            records = read_records([path], kind=form)
        found = []
        while not found or found[-1] is not PAUSE:
            found.append(next(records))
        assert [getattr(entry, "fields", entry) for entry in found if entry is not PAUSE] == [{"text": "x"}]
    os.close(end)
    assert list(records) == []


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("nothing.txt", "cannot be opened"),
        ("folder", "is a folder"),
        ("a\0b", "not a file name"),
        ("/proc/self/mem", "read"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, what: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=f"{what}.*; "):
        list(read_lines(name))

"""CSV and TSV, read and written; Python's csv module is the judge."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtool.cli.writers.table import Table
from seqtool.errors import InputError, OptionError
from seqtool.records.files import PAUSE
from seqtool.records.read import read_records
from seqtool.records.record import Record

CELLS = st.text(st.sampled_from('ab"",;\t \n\r\'é\u2028\0\ufeff😀'), max_size=8)


def table(path: Path, data: str | bytes, **settings: Any) -> list[Record]:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return [record for record in read_records([str(path)], **settings) if record is not PAUSE]


def rows(records: list[Record]) -> list[Any]:
    return [record.error.kind if record.error else list(record.fields.values()) for record in records]


@settings(deadline=None, derandomize=True, max_examples=300)
@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6),
    st.sampled_from(",;\t|"),
    # With \n as its end, Python's writer leaves a bare \r unquoted, which nobody could read back.
    st.sampled_from([("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL)]),
)
def test_what_csv_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, body: list[list[str]], delimiter: str, style: tuple[str, int]
) -> None:
    end, quoting = style
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows([["a", "b", "c"], *body])
    found = table(tmp_path_factory.mktemp("table") / "in.csv", text.getvalue(), kind="csv", delimiter=delimiter)
    assert rows(found) == body
    assert [list(record.fields) for record in found] == [["a", "b", "c"]] * len(found)


@settings(deadline=None, derandomize=True)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=5))
def test_what_we_write_csv_reads_back(body: list[list[str]]) -> None:
    sink = Table("csv", [], [])
    data = b""
    for number, (one, two) in enumerate(body):
        record = Record("f", number + 1, fields={"one": one, "t.w,o": two})
        sink.check(record)
        data += sink.line(record)
    assert list(csv.reader(io.StringIO(data.decode(), newline=""))) == [["one", "t.w,o"], *body]


def test_tsv_has_no_quotes(tmp_path: Path) -> None:
    found = table(tmp_path / "in.tsv", 'a\ttext\n"x\ty"\n"a""\t\n')
    assert rows(found) == [['"x', 'y"'], ['"a""', ""]]


def test_tsv_out_keeps_one_line_a_record() -> None:
    sink = Table("tsv", ["a", "b.c"], [])
    record = Record("f", 1, fields={"a": 'x\ty\r\nz"', "b": {"c": [1, None, {"d": "é"}]}})
    assert sink.line(record) == 'a\tb.c\nx y  z"\t[1, null, {"d": "é"}]\n'.encode()


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ("text\nx\n", [["x"]]),
        ("\ufefftext,b\nx,y\n", [["x", "y"]]),
        ('\ufeff"text",b\r\nx,y\r\n', [["x", "y"]]),
        ("text,b\n\nx,y\n   \nz,w", [["x", "y"], ["z", "w"]]),  # blank lines between rows
        ("text\n\nx\n", [[""], ["x"]]),  # in a table of one column a blank line is an empty text
        ('text,b\n"x\ny",z\nv,w\n', [["x\ny", "z"], ["v", "w"]]),
        ('text,b\n"\n\n",z\n', [["\n\n", "z"]]),
        ('text,b\n"x""y","a,b"\n', [['x"y', "a,b"]]),
        ('text,b\nx"y,z\n', [['x"y', "z"]]),
        ("text,b\nx\nv,w\n1,2,3\n", ["row", ["v", "w"], "row"]),
        ('text,b\n"x"y,z\nv,w\n', ["row", ["v", "w"]]),
        ('text,b\n"x,z\nv,w\n', ["row", ["v", "w"]]),  # never closed: reading goes on at the next line
        ('text,b\nv,"w\n"x",y\nz,q\n', ["row", ["x", "y"], ["z", "q"]]),
        ('text,b\n"\n"\nv,w\n', ["row", ["v", "w"]]),
        ("", []),
        ("text,b", []),
    ],
    ids=ascii,
)
def test_rows(tmp_path: Path, data: str, wanted: list[Any]) -> None:
    assert rows(table(tmp_path / "in.csv", data)) == wanted


def test_a_row_is_told_by_its_first_line(tmp_path: Path) -> None:
    found = table(tmp_path / "in.csv", 'text,b\n"x\ny\nz",1\nbad\n"open,\nv,w\n')
    assert [(record.line, bool(record.error)) for record in found] == [(2, False), (5, True), (6, True), (7, False)]


def test_bad_bytes_spoil_their_row_alone(tmp_path: Path) -> None:
    found = table(tmp_path / "in.csv", b'text,b\na,\xff\n"x\n\xff",1\nv,w\n')
    assert rows(found) == ["encoding", "encoding", ["v", "w"]]
    assert [record.line for record in found] == [2, 3, 5]


def test_a_quote_that_does_not_close_within_the_limit(tmp_path: Path) -> None:
    data = 'text,b\n"' + "x\n" * 100 + '",1\nv,w\n'
    found = rows(table(tmp_path / "in.csv", data, max_line_bytes=50))
    assert found[0] == "row"
    assert found[-1] == ["v", "w"]
    assert rows(table(tmp_path / "in.csv", data, max_line_bytes=500)) == [["x\n" * 100, "1"], ["v", "w"]]


def test_a_line_over_the_limit(tmp_path: Path) -> None:
    data = "text,b\n" + "x" * 100 + ",1\n" + '"y\n' + "x" * 100 + "\nv,w\n"
    found = table(tmp_path / "in.csv", data, max_line_bytes=50)
    assert rows(found) == ["length", "row", "length", ["v", "w"]]
    assert [record.line for record in found] == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("data", "what"),
    [('"text\nx\n', "header line"), ("text,text\nx,y\n", "stands twice"), (b"\xff\nx\n", "header line")],
)
def test_headers_that_cannot_be_used(tmp_path: Path, data: str | bytes, what: str) -> None:
    with pytest.raises(InputError, match=f"in.csv:1: .*{what}"):
        table(tmp_path / "in.csv", data)


@pytest.mark.parametrize("delimiter", ["", ";;", '"', "\n", "\r"])
def test_delimiters_that_cannot_be_used(tmp_path: Path, delimiter: str) -> None:
    with pytest.raises(OptionError, match="one character"):
        table(tmp_path / "in.csv", "a\n", delimiter=delimiter)


HOSTILE = {
    "each line opens a quote": '"a\n',
    "each line closes and opens one": 'a","\n',
    "the same with doubled quotes": 'a""","\n',
    "one quote, then plain lines": 'a,"b\nc\nd\n',
    "quotes alone": '"\n',
    "rows of three": '"a\nb\nc",d\n',
}


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE)
def test_time_grows_with_the_input_and_no_faster(tmp_path: Path, line: str) -> None:
    def seconds(count: int) -> float:
        best = float("inf")
        for _ in range(3):
            begun = time.process_time()  # of this process alone, so that a busy machine does not count
            table(tmp_path / "in.csv", "a,b\n" + line * count)
            best = min(best, time.process_time() - begun)
        return best

    # 16 times the lines: 16 times the time, where the square would be 256 times.
    assert seconds(3200) < 80 * max(seconds(200), 0.0005)

"""One in, one out, own fields untouched, for odd texts and odd JSON; the whole pipe but the network."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seqtool.records.output as output
import seqtool.records.window as window
from seqtool.cli.line_command import LineCommand
from seqtool.cli.options import StreamOptions
from seqtool.errors import BadRecord, OutputError
from seqtool.records.files import PAUSE
from seqtool.records.read import read_records

ODD = [
    "",
    "   ",
    "\t",
    "😀👩‍👩‍👧",
    "\u202eabc\u202c",
    "e\u0301",
    "nul\0nul",
    "a\u2028b\u2029c",
    "a\u0085b",
    "x\x0by\x0cz",
    "{",
    "[1]",
    '"',
    "\x1b[31m",
]
TEXTS = st.sampled_from(ODD) | st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=30)
ODD_JSON = [
    '{"text": "a", "n": 1e400, "m": 1.10, "big": ' + "7" * 5000 + ', "z": -0.0}',
    '{"text": "a", "text": "b"}',
    '{"text": "\\ud800"}',
    '{"text": "a", "deep": ' + "[" * 511 + "]" * 511 + "}",
    '{"text": "a", "deep": ' + "[" * 512 + "]" * 512 + "}",
    '{"text": "a", "deep": ' + "[" * 100_000 + "}",
    '{"text": "a", "size": 7}',
    '{"z": 1, "text": "a", "b": {"text": [true, null, 0.50]}}',
    '{"text": null}',
    "{}",
    "[]",
    "nonsense",
    '{"n": NaN, "text": "a"}',
    '{"text": "a", "error": "mine"}',
    '{"text": "a", "error": {"kind": "json", "message": "of an earlier command"}}',
    '{"text": "a", "error": {"kind": 1}}',
    "",
    " ",
]


def size_of(texts: list[str]) -> list[Any]:
    """A stand-in for a network: it may refuse, and its answer is easy to foresee."""
    return [
        BadRecord("word", "no such word; try another") if text == "refuse" else {"size": len(text)} for text in texts
    ]


def pipe(place: Path, data: bytes, *, name: str = "in.jsonl", **options: Any) -> tuple[int, bytes]:
    """The status and the bytes of a whole run in this process."""
    (place / name).write_bytes(data)
    settings = StreamOptions(files=(str(place / name),), output=str(place / "out"), quiet=True, **options)
    status = LineCommand("classify", settings, fields=["size"], identity={}).run(size_of)
    return status, (place / "out").read_bytes()


def lines(data: bytes) -> list[str]:
    assert not data or data.endswith(b"\n")
    return data.decode("utf-8").split("\n")[:-1]


@pytest.fixture(autouse=True, scope="module")
def quick_disk() -> Iterator[None]:
    """Nothing here pulls the plug, so nothing need reach the disk: hundreds of runs are quicker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(output.os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pipe")


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.lists(TEXTS, min_size=1, max_size=30), st.booleans())
def test_text_lines_come_out_one_by_one_as_they_are(place: Path, texts: list[str], last_ended: bool) -> None:
    data = "\n".join(["first", *texts]) + ("\n" if last_ended or not texts[-1] else "")
    status, out = pipe(place, data.encode(), name="in.txt", input="text")
    assert status == 0
    assert [json.loads(line) for line in lines(out)] == [{"text": t, "size": len(t)} for t in ["first", *texts]]


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.lists(st.sampled_from(ODD_JSON), max_size=25), st.sampled_from(["record", "skip"]))
def test_each_record_has_its_place_and_keeps_its_fields(place: Path, body: list[str], on_error: str) -> None:
    data = "".join(line + "\n" for line in body).encode()
    status, out = pipe(place, data, on_error=on_error)
    found = lines(out)
    number = 0
    bad = 0
    for place_in_file, line in enumerate(body, 1):
        if not line.strip():
            continue  # jsonl skips blank lines
        fate = line.startswith('{"text": "a", "error": {"kind": "json"')
        good = line.startswith(
            ('{"text": "a", "n"', '{"z"', '{"text": "a", "error": "mine"', '{"text": "a", "error": {"kind": 1')
        )
        good = good or line == ODD_JSON[3]
        bad += not good
        if fate:
            assert found[number] == line  # untouched
        elif good:
            # A record's own fields are the same letters as before.
            assert found[number] == line[:-1] + ', "size": 1}'
        elif on_error == "skip":
            continue
        else:
            error = json.loads(found[number])["error"]
            assert error["line"] == place_in_file
            assert error["kind"] in {
                "json",
                "not_object",
                "field",
                "type",
                "surrogate",
                "duplicate_key",
                "number",
                "depth",
                "clash",
            }
            if error["kind"] in {"field", "type", "clash"} and line != "{}":
                assert found[number].startswith(line[:-1] + ', "error": {')
            else:
                assert found[number].startswith('{"error": {')
        number += 1
    assert number == len(found)
    assert status == (1 if bad else 0)


@settings(deadline=None, derandomize=True)
@given(st.lists(TEXTS, min_size=1, max_size=10))
def test_a_field_in_an_object(place: Path, texts: list[str]) -> None:
    rows = [{"id": number, "doc": {"body": text, "n": [number]}, "last": None} for number, text in enumerate(texts)]
    _, out = pipe(place, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode(), field="doc.body")
    assert lines(out) == [json.dumps({**row, "size": len(row["doc"]["body"])}, ensure_ascii=False) for row in rows]


@settings(deadline=None, derandomize=True)
@given(st.lists(TEXTS, min_size=1, max_size=10))
def test_a_chain_is_the_same_as_its_parts(place: Path, texts: list[str]) -> None:
    """What one command writes, the next reads: the second adds its field and changes nothing else."""
    _, first = pipe(place, "\n".join(["x", *texts, "x"]).encode(), name="in.txt", input="text")
    _, second = pipe(place, first, prefix="again_")
    assert lines(second) == [re.sub(r'("size": (\d+))}$', r'\1, "again_size": \2}', line) for line in lines(first)]


@settings(deadline=None, derandomize=True)
@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), min_size=1, max_size=10))
def test_csv_in_and_out(place: Path, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["id", "text"], *rows])
    status, out = pipe(place, text.getvalue().encode(), name="in.csv", format="csv")
    assert status == 0
    wanted = [["id", "text", "size"], *([one, two, str(len(two))] for one, two in rows)]
    assert list(csv.reader(io.StringIO(out.decode(), newline=""))) == wanted
    # And our own table is read back by ourselves.
    (place / "again.csv").write_bytes(out)
    again = [r for r in read_records([str(place / "again.csv")]) if r is not PAUSE]
    assert [list(record.fields.values()) for record in again] == wanted[1:]


def test_a_line_of_a_megabyte_among_short_ones(place: Path) -> None:
    texts = ["a", "x" * 1_000_000, "b"]
    _, out = pipe(place, "\n".join(texts).encode(), name="in.txt")
    assert [json.loads(line)["size"] for line in lines(out)] == [1, 1_000_000, 1]


@pytest.mark.parametrize("form", ["jsonl", "csv", "tsv"])
@pytest.mark.parametrize("on_error", ["record", "skip"])
def test_neighbours_and_windows_change_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch, form: str, on_error: str
) -> None:
    """The bad records come first: what a table's columns are must not hang on where a window ends."""
    body = ["nonsense", '{"text": null}', *[f'{{"id": {n}, "text": "{"x" * n}"}}' for n in range(20)], "[]"]
    data = "".join(line + "\n" for line in body).encode()
    wanted = pipe(place, data, format=form, on_error=on_error)
    for size in (1, 2, 3, 7):
        monkeypatch.setattr(window, "FIRST_RECORDS", size)
        monkeypatch.setattr(window, "MAX_RECORDS", size)
        assert pipe(place, data, format=form, on_error=on_error) == wanted


class Killed(BaseException):
    """Ends a run at once, as SIGKILL does: nothing is tidied up."""


MIXED = [
    *["nonsense", "[]", '{"text": 1}'] * 2,
    *[f'{{"id": {n}, "text": "{"x" * (n % 5)}"}}' for n in range(15)],
    "nonsense",
    '{"id": 1, "text": "refuse"}',
    '{"id": 1e400, "text": "é\\n"}',
]


@settings(deadline=None, derandomize=True, max_examples=120)
@given(
    form=st.sampled_from(["jsonl", "csv", "tsv"]),
    on_error=st.sampled_from(["record", "skip"]),
    kills=st.lists(st.integers(0, 12), min_size=1, max_size=3),
    size=st.integers(1, 5),
    saves=st.sampled_from([0.0, 1000.0]),
    torn=st.integers(0, 40),
)
def test_a_killed_run_goes_on_to_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory,
    form: str,
    on_error: str,
    kills: list[int],
    size: int,
    saves: float,
    torn: int,
) -> None:
    """Killed after any windows, several times, with state saved at each or never, and half a line behind it."""
    place = tmp_path_factory.mktemp("resume")
    data = "".join(line + "\n" for line in MIXED).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(window, "FIRST_RECORDS", size)
        patch.setattr(window, "MAX_RECORDS", size)
        wanted = pipe(place, data, format=form, on_error=on_error)
        (place / "out").unlink()
        patch.setattr(output, "STATE_SECONDS", saves)
        write = output.ResumableFile.write
        for kill in kills:

            def write_or_die(self: Any, *arguments: Any, left: list[int] = [kill], **others: Any) -> None:  # noqa: B006
                if left[0] == 0:
                    raise Killed
                left[0] -= 1
                write(self, *arguments, **others)

            patch.setattr(output.ResumableFile, "write", write_or_die)
            try:
                pipe(place, data, format=form, on_error=on_error, resume=True)
                break
            except Killed:
                with open(place / "out.part", "ab") as part:
                    part.write(b"x" * torn)
        patch.setattr(output.ResumableFile, "write", write)
        if not (place / "out").exists():
            assert pipe(place, data, format=form, on_error=on_error, resume=True) == wanted
    assert (place / "out").read_bytes() == wanted[1]
    assert not (place / "out.part").exists() and not (place / "out.part.state").exists()


def killed_run(place: Path, name: str, data: bytes, **options: Any) -> None:
    """Leave an out.part whose first windows are done."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(window, "FIRST_RECORDS", 2)
        patch.setattr(output, "STATE_SECONDS", 0.0)
        finish = [0]
        write = output.ResumableFile.write

        def write_or_die(self: Any, *arguments: Any, **others: Any) -> None:
            finish[0] += 1
            if finish[0] == 2:
                raise Killed
            write(self, *arguments, **others)

        patch.setattr(output.ResumableFile, "write", write_or_die)
        with pytest.raises(Killed):
            pipe(place, data, name=name, **options)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("in.txt", b"a\nb\nc\nd\n", b"a\nB\nc\nd\n"),
        ("in.txt", b"a\nb\nc\nd\n", b"a\n"),
        ("in.txt", b"a\nb\nc\nd\n", b""),
        ("in.csv", b"id,text\n1,a\n2,b\n3,c\n4,d\n", b"key,text\n1,a\n2,b\n3,c\n4,d\n"),
        ("in.csv", b"text,id\na,1\nb,2\nc,3\nd,4\n", b"id,text\na,1\nb,2\nc,3\nd,4\n"),
    ],
    ids=["a line", "cut short", "empty", "a column's name", "columns' order"],
)
def test_another_input_is_refused(tmp_path: Path, name: str, before: bytes, after: bytes) -> None:
    killed_run(tmp_path, name, before)
    with pytest.raises(OutputError, match="made from another input"):
        pipe(tmp_path, after, name=name, resume=True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"field": "other"}, {"precision": 2}, {"on_error": "skip"}, {"format": "csv"}, {"prefix": "p_"}, {"source": True},
        {"encoding": "latin-1"}, {"max_line_bytes": 10}, {"input": "text"}, {"overwrite": True},
    ],
    ids=str,
)  # fmt: skip
def test_another_option_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    data = b'{"text": "a", "other": "b"}\n' * 5
    killed_run(tmp_path, "in.jsonl", data)
    with pytest.raises(OutputError, match="made with another options"):
        pipe(tmp_path, data, resume=True, **change)


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"null", b"\xff", b'{"made_from": {}, "records": "x"}', b'{"records": 1, "bytes": 1, "bad": 0}'],
)
def test_a_damaged_state_is_refused(tmp_path: Path, damage: bytes) -> None:
    data = b"a\nb\nc\nd\n"
    killed_run(tmp_path, "in.txt", data)
    (tmp_path / "out.part.state").write_bytes(damage)
    with pytest.raises(OutputError, match=r"remove .*out\.part"):
        pipe(tmp_path, data, name="in.txt", resume=True)


def test_a_state_with_a_changed_byte_never_gives_other_bytes(tmp_path: Path) -> None:
    """It is refused, or the result is that of an unbroken run; never a third thing, never a traceback."""
    data = b"a\nb\nc\nd\n"
    wanted = pipe(tmp_path, data, name="in.txt")
    (tmp_path / "out").unlink()
    chance = random.Random(1)
    for _ in range(60):
        killed_run(tmp_path, "in.txt", data)
        state = bytearray((tmp_path / "out.part.state").read_bytes())
        position = chance.randrange(len(state))
        state[position] = chance.choice(b'0123456789abc{}[]",: x')
        (tmp_path / "out.part.state").write_bytes(state)
        with contextlib.suppress(OutputError):
            assert pipe(tmp_path, data, name="in.txt", resume=True) == wanted, bytes(state)
        for left in tmp_path.glob("out*"):
            left.unlink()


def test_a_missing_state_and_a_part_cut_short_are_refused(tmp_path: Path) -> None:
    data = b"a\nb\nc\nd\n"
    killed_run(tmp_path, "in.txt", data)
    (tmp_path / "out.part").write_bytes(b"")
    with pytest.raises(OutputError, match="shorter than its state"):
        pipe(tmp_path, data, name="in.txt", resume=True)
    (tmp_path / "out.part.state").unlink()
    with pytest.raises(OutputError, match="missing or damaged"):
        pipe(tmp_path, data, name="in.txt", resume=True)


def test_a_part_without_resume_is_refused(tmp_path: Path) -> None:
    data = b"a\nb\nc\nd\n"
    killed_run(tmp_path, "in.txt", data)
    before = (tmp_path / "out.part").read_bytes()
    with pytest.raises(OutputError, match="--resume goes on"):
        pipe(tmp_path, data, name="in.txt")
    assert (tmp_path / "out.part").read_bytes() == before

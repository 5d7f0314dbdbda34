"""The frame of every line command: parts that stream, a run that breaks off inside a record, two writers at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seqtool.cli.line_command import PARTS_AT_ONCE, LineCommand
from seqtool.cli.options import StreamOptions
from seqtool.cli.writers.writer import Writer
from seqtool.errors import BadRecord, InputError
from seqtool.records import output
from seqtool.records.record import Record

FASTA = ">a\nACGT\n>b x\nGG\nTT\n>c\n>d\nA\n"
LETTERS = ["ACGT", "GGTT", "", "A"]
COUNTS = [3 * PARTS_AT_ONCE + 1, 2 * PARTS_AT_ONCE, 0, 5]


class Parts:
    """Answers each sequence with so many parts as COUNTS says; fails before part ``fails`` of sequence ``b``."""

    def __init__(self, fails: int | None = None, watch: Callable[[int], None] = lambda number: None) -> None:
        self.fails = fails
        self.watch = watch
        self.asked: list[str] = []

    def __call__(self, sequences: list[Iterator[bytes]]) -> list[Iterator[dict[str, Any]]]:
        return [self._parts(letters) for letters in sequences]

    def _parts(self, letters: Iterator[bytes]) -> Iterator[dict[str, Any]]:
        whole = b"".join(letters).decode()
        self.asked.append(whole)
        for number in range(COUNTS[LETTERS.index(whole)]):
            if whole == "GGTT" and number == self.fails:
                raise InputError("x.fa: cannot be read; check the disk")
            self.watch(number)
            yield {"of": whole, "number": number}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.setattr(output, "STATE_SECONDS", 0)
    (tmp_path / "x.fa").write_text(FASTA)

    def call(answer: Any, **settings: Any) -> int:
        options = StreamOptions(
            files=(str(tmp_path / "x.fa"),), input="fasta", output=str(tmp_path / "out"), **settings
        )
        return LineCommand("tag", options, fields=["of", "number"], identity={"labels": ("a",)}).run(answer)

    return call


def expected() -> list[dict[str, Any]]:
    return [
        {"name": name, "of": letters, "number": number}
        for name, letters, count in zip("abcd", LETTERS, COUNTS)
        for number in range(count)
    ]


def test_parts_are_written_while_more_of_them_come(run: Callable[..., int], tmp_path: Path) -> None:
    def watch(number: int) -> None:
        assert (tmp_path / "out.part").read_bytes().count(b"\n") >= number // PARTS_AT_ONCE * PARTS_AT_ONCE

    answer = Parts(watch=watch)
    assert run(answer) == 0 and answer.asked == LETTERS
    assert [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()] == expected()


@pytest.mark.parametrize("fails", [0, 1, PARTS_AT_ONCE, PARTS_AT_ONCE + 7])
@pytest.mark.parametrize("kind", ["jsonl", "tsv"])
def test_a_run_that_breaks_off_inside_a_record_is_resumed(
    run: Callable[..., int], tmp_path: Path, fails: int, kind: str
) -> None:
    assert run(Parts(), format=kind) == 0
    whole = (tmp_path / "out").read_bytes()
    (tmp_path / "out").unlink()
    with pytest.raises(InputError, match="check the disk"):
        run(Parts(fails), format=kind)
    part = (tmp_path / "out.part").read_bytes()
    assert whole.startswith(part)  # all that was found before the fault is there
    assert part.count(b"\n") == COUNTS[0] + fails + (kind == "tsv")
    with pytest.raises(InputError):
        run(Parts(fails), format=kind, resume=True)  # and breaks off again
    answer = Parts()
    assert run(answer, format=kind, resume=True) == 0
    assert (tmp_path / "out").read_bytes() == whole
    assert answer.asked == LETTERS[1:]  # what was done is not done again


def test_other_letters_are_another_input(run: Callable[..., int], tmp_path: Path) -> None:
    with pytest.raises(InputError):
        run(Parts(1))
    (tmp_path / "x.fa").write_text(FASTA.replace("ACGT", "ACGA"))
    with pytest.raises(Exception, match="another input"):
        run(Parts(), resume=True)


class Kept(Writer):
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def line(self, record: Record) -> bytes:
        self.texts.append(record.fields["text"])
        return b"nowhere"


@pytest.mark.parametrize(
    ("mode", "texts", "status"),
    [("record", ["a", "bad", "c", "bad", "e"], 1), ("skip", ["a", "c", "e"], 1), ("stop", ["a"], 1)],
)
@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_a_second_writer_sees_what_is_written(
    tmp_path: Path, mode: str, texts: list[str], status: int, kind: str
) -> None:
    (tmp_path / "x.txt").write_text("a\nbad\nc\nbad\ne\n")
    options = StreamOptions(
        files=(str(tmp_path / "x.txt"),), output=str(tmp_path / "out"), on_error=mode, format=kind, quiet=True
    )

    def answer(items: list[str]) -> list[Any]:
        return [BadRecord("word", "no") if item == "bad" else {"size": len(item)} for item in items]

    kept = Kept()
    plain = LineCommand("tag", options, fields=["size"], identity={}).run(answer)
    alone = (tmp_path / "out").read_bytes()
    both = LineCommand("tag", options, fields=["size"], identity={}, also=kept).run(answer)
    assert plain == both == status and (tmp_path / "out").read_bytes() == alone
    assert kept.texts == texts and alone.count(b"\n") == len(texts) + (kind == "csv")

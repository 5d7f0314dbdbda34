"""What every writer does with the records of a run, and the two simplest."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from seqtool.records.json_text import to_json
from seqtool.records.record import Record

FORMATS = ("jsonl", "csv", "tsv")


class Writer(ABC):
    """Turns records, in their order, into the bytes of an output.

    A subclass says what is written for a record; the rest is for those whose records need
    something of each other.
    """

    @property
    def columns(self) -> list[str] | None:
        """The columns of a table, once they are known."""
        return None

    def check_names(self, fields: Sequence[str]) -> None:  # noqa: B027
        """Hold the named columns of a table against the fields that every record has.

        :raises OutputError: one is none of them.
        """

    def go_on(self, columns: list[str] | None) -> None:  # noqa: B027
        """Continue an output that has begun already, with these columns."""

    def check(self, record: Record) -> None:  # noqa: B027
        """Make a record bad that cannot be written."""

    @abstractmethod
    def line(self, record: Record) -> bytes:
        """What is written for a record."""

    def end(self) -> bytes:
        """What is written behind the last record."""
        return b""

    def head(self, length: int) -> bytes:
        """The first bytes anew of an output of so many bytes, where they say how much follows."""
        return b""


class JSONLines(Writer):
    """One JSON object a line."""

    def line(self, record: Record) -> bytes:
        return (to_json(record.output_fields()) + "\n").encode("utf-8")

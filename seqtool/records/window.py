"""Gather records while input keeps coming, answer them together, give them back in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from seqtool.errors import BadRecord, SeqtoolError
from seqtool.records.lines import PAUSE
from seqtool.records.read import Record

MAX_RECORDS = 1024
MAX_BYTES = 1 << 19
FIRST_RECORDS = 64

Answers = Sequence["dict[str, Any] | list[dict[str, Any]] | BadRecord"]


def _answer(window: list[Record], answer: Callable[[list[Any]], Answers]) -> list[Record]:
    good = [record for record in window if record.error is None and not record.arrived_bad]
    if good:
        for record, result in zip(good, answer([record.item for record in good]), strict=True):
            if isinstance(result, BadRecord):
                record.error = result
            elif isinstance(result, list):
                record.parts = result
            else:
                record.answer = result
    return window


def answered(
    records: Iterator[Any],
    take: Callable[[Record], Any],
    answer: Callable[[list[Any]], Answers],
    *,
    stop: bool = False,
) -> Iterator[list[Record]]:
    """Windows of records, in the order of the input, each with its answer or its error.

    ``take`` gets what is asked out of a record, ``answer`` answers a list of such items; both
    may say BadRecord (``take`` raises it, ``answer`` returns it).  A window ends when nothing
    more is waiting to be read, or when it is full; the first ones are small, so that
    ``| head`` is quick.  ``stop``: the first bad record is the last that is read.

    An error that ends the input comes after everything before it has been given out.
    """
    window: list[Record] = []
    size = 0
    full = FIRST_RECORDS
    ending: SeqtoolError | None = None
    while True:
        try:
            record = next(records, None)
        except SeqtoolError as error:
            ending, record = error, None
        if record is not None and record is not PAUSE:
            if record.error is None and not record.arrived_bad:
                try:
                    record.item = take(record)
                except BadRecord as error:
                    record.error = error
            window.append(record)
            size += len(record.raw)
            if len(window) < full and size < MAX_BYTES and not (stop and record.error):
                continue
        if window:
            yield _answer(window, answer)
            if stop and window[-1].error:
                return
            if len(window) >= full:
                full = min(2 * full, MAX_RECORDS)
            window = []
            size = 0
        if record is None:
            if ending:
                raise ending
            return

"""Gather records while input keeps coming, answer them together, give them back in order."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from seqtool.errors import BadRecord
from seqtool.records.files import PAUSE
from seqtool.records.record import Record

if TYPE_CHECKING:
    from concurrent.futures import Future

MAX_RECORDS = 1024
MAX_BYTES = 1 << 19
FIRST_RECORDS = 64
# Seconds until a thread lets another one run, a tenth of the usual: a network that is done shall
# not wait for its next batch until a window is read or written.
SWITCH_SECONDS = 0.0005

# To each item its fields, or those of each of its parts.
Answers = Sequence["dict[str, Any] | Iterable[dict[str, Any]] | BadRecord"]


def _answer(window: list[Record], answer: Callable[[list[Any]], Answers]) -> list[Record]:
    good = [record for record in window if not record.bad]
    if good:
        for record, result in zip(good, answer([record.item for record in good]), strict=True):
            if isinstance(result, BadRecord):
                record.error = result
            elif isinstance(result, dict):
                record.answer = result
            else:
                record.parts = result
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

    While a full window is answered, one at a time in a thread of their own, the next one is read
    and the one before can be written.  When nothing more is waiting to be read, everything is
    given out first; so is each with ``stop``, and a record with ``letters``, which are to be read by then.

    An error that ends the input comes after everything before it has been given out.
    """
    from concurrent.futures import ThreadPoolExecutor

    windows = _windows(records, take, stop)
    ahead: deque[Future[list[Record]]] = deque()
    ending: Exception | None = None
    sys.setswitchinterval(SWITCH_SECONDS)
    worker = ThreadPoolExecutor(1)
    try:
        while True:
            more = ended = False
            try:
                window, more = next(windows)
            except StopIteration:
                window, ended = [], True
            except Exception as error:
                window, ended, ending = [], True, error
            if window:
                ahead.append(worker.submit(_answer, window, answer))
            while len(ahead) > (1 if more and not stop else 0):
                done = ahead.popleft().result()
                yield done
                if stop and done[-1].error:
                    return
            if ended:
                break
        if ending:
            raise ending
    finally:
        worker.shutdown(wait=False, cancel_futures=True)


def _windows(records: Iterator[Any], take: Callable[[Record], Any], stop: bool) -> Iterator[tuple[list[Record], bool]]:
    """Windows as they are read, and whether more may be waiting; an empty one says that nothing is."""
    window: list[Record] = []
    size = 0
    full = FIRST_RECORDS
    while True:
        try:
            record = next(records, None)
        except Exception:
            if window:
                yield window, False
            raise
        if record is not None and record is not PAUSE:
            if not record.bad:
                try:
                    record.item = take(record)
                except BadRecord as error:
                    record.error = error
            window.append(record)
            size += len(record.raw)
            if len(window) < full and size < MAX_BYTES and not (stop and record.error) and record.letters is None:
                continue
        if window or record is PAUSE:
            yield window, isinstance(record, Record) and record.letters is None
            if len(window) >= full:
                full = min(2 * full, MAX_RECORDS)
            window = []
            size = 0
        if record is None:
            return

"""Windows: every record once, in order, bounded, and prompt at a pause."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtool.errors import BadRecord, InputError
from seqtool.records.files import PAUSE
from seqtool.records.record import Record
from seqtool.records.window import FIRST_RECORDS, MAX_BYTES, MAX_RECORDS, answered


def record(number: int, size: int = 1) -> Record:
    return Record("f", number, fields={"text": str(number)}, raw=b"x" * size)


def take(record: Record) -> int:
    if record.line % 10 == 3:
        raise BadRecord("field", "no text; add one")
    return record.line


def answer(items: list[int]) -> list[Any]:
    return [BadRecord("word", "unknown; try another") if item % 10 == 7 else {"square": item * item} for item in items]


@settings(deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 3).map(lambda pause: pause == 0), max_size=400))
def test_one_in_one_out_in_order_whatever_the_pauses(pauses: list[bool]) -> None:
    def stream() -> Iterator[Any]:
        for number, pause in enumerate(pauses, 1):
            if pause:
                yield PAUSE
            yield record(number)

    windows = list(answered(stream(), take, answer))
    out = [entry for window in windows for entry in window]
    assert [entry.line for entry in out] == list(range(1, len(pauses) + 1))
    assert all(windows)
    for entry in out:
        kind = {3: "field", 7: "word"}.get(entry.line % 10)
        assert (entry.error.kind if entry.error else None) == kind
        assert entry.answer == (None if kind else {"square": entry.line**2})


def test_at_a_pause_everything_is_given_out_before_more_is_asked_for() -> None:
    asked = []

    def stream() -> Iterator[Any]:
        for number in range(1, 4):
            yield record(number)
            yield PAUSE
            asked.append(number)

    windows = answered(stream(), lambda r: r.line, answer)
    for number in range(1, 4):
        assert [entry.line for entry in next(windows)] == [number]
        assert asked == list(range(1, number))


@pytest.mark.parametrize("count", [FIRST_RECORDS, 3 * FIRST_RECORDS, FIRST_RECORDS + 1])
def test_a_full_window_is_given_out_at_a_pause_too(count: int) -> None:
    """Behind a pause nothing may come for a long time, and who writes may wait for the answers."""
    given: list[int] = []

    def stream() -> Iterator[Any]:
        yield from (record(number) for number in range(count))
        yield PAUSE
        assert len(given) == count
        yield record(count)

    for window in answered(stream(), lambda r: r.line, answer):
        given.extend(entry.line for entry in window)
    assert given == list(range(count + 1))


def test_a_fault_while_reading_comes_after_what_was_read() -> None:
    def stream() -> Iterator[Any]:
        yield from (record(number) for number in range(100))
        raise AssertionError("a fault")

    seen = []
    with pytest.raises(AssertionError, match="a fault"):
        for window in answered(stream(), lambda r: r.line, answer):
            seen.extend(entry.line for entry in window)
    assert seen == list(range(100))


def test_windows_are_small_at_first_and_bounded_in_records() -> None:
    sizes = [
        len(window)
        for window in answered(iter([record(n) for n in range(20_000)]), lambda r: 0, lambda i: [{}] * len(i))
    ]
    assert sizes[0] == FIRST_RECORDS
    assert max(sizes) == MAX_RECORDS
    assert sizes[:-1] == sorted(sizes[:-1])


def test_windows_are_bounded_in_bytes() -> None:
    size = MAX_BYTES // 4
    windows = answered(iter([record(n, size) for n in range(50)]), lambda r: 0, lambda i: [{}] * len(i))
    assert {len(window) for window in windows} <= {4, 2}


def test_bad_records_are_bounded_too() -> None:
    """A stream of bad records alone must not gather without an end."""
    windows = answered(iter([record(13) for _ in range(5000)]), take, answer)
    assert max(len(window) for window in windows) <= MAX_RECORDS


def many(count: int = 1000) -> Iterator[Record]:
    return iter([record(number, 10) for number in range(1, count + 1)])


def test_a_window_is_answered_while_the_one_before_is_taken() -> None:
    """The second window's answer waits for the first one to have been given out: so they do overlap."""
    taken = threading.Event()
    waited: list[bool] = []

    def slow(items: list[int]) -> list[Any]:
        if items[0] > 1 and not waited:
            waited.append(taken.wait(10))
        return [{} for _ in items]

    windows = answered(many(), lambda r: r.line, slow)
    next(windows)
    taken.set()
    assert [entry.line for window in windows for entry in window][-1] == 1000
    assert waited == [True]


def test_a_record_with_letters_is_taken_before_more_is_read() -> None:
    """Its letters can be read for as long as the next record is not asked for."""
    read: list[int] = []

    def stream() -> Iterator[Record]:
        for entry in many():
            if entry.line % 3 == 0:
                entry.letters = iter((b"AC", b"GT"))
            read.append(entry.line)
            yield entry

    def parts(items: list[Any]) -> list[Any]:
        return [({"part": item} for item in range(2)) for _ in items]

    for window in answered(stream(), lambda r: r.line, parts):
        assert [entry.line for entry in window] == read[-3:] and window[-1].line == read[-1]
        assert [[part["part"] for part in entry.parts or ()] for entry in window] == [[0, 1]] * len(window)
        if read[-1] > 30:
            break


def test_windows_are_answered_one_at_a_time() -> None:
    busy = threading.Lock()

    def alone(items: list[int]) -> list[Any]:
        assert busy.acquire(blocking=False)
        time.sleep(0.001)
        busy.release()
        return [{} for _ in items]

    assert sum(len(window) for window in answered(many(5000), lambda r: r.line, alone)) == 5000


def test_an_error_of_an_answer_comes_after_the_windows_before_it() -> None:
    def broken(items: list[int]) -> list[Any]:
        if items[-1] >= 500:
            raise InputError("the model is damaged")
        return [{} for _ in items]

    seen = []
    with pytest.raises(InputError, match="damaged"):
        for window in answered(many(), lambda r: r.line, broken):
            seen.extend(entry.line for entry in window)
    assert seen == list(range(1, len(seen) + 1)) and FIRST_RECORDS <= len(seen) < 500


def test_who_stops_taking_does_not_wait() -> None:
    """Closing the windows leaves the one that is being answered behind."""
    begun, go_on = threading.Event(), threading.Event()
    waited: list[bool] = []

    def slow(items: list[int]) -> list[Any]:
        if items[0] > 1:
            begun.set()
            waited.append(go_on.wait(3))
        return [{} for _ in items]

    windows = answered(many(), lambda r: r.line, slow)
    next(windows)
    assert begun.wait(10)
    windows.close()  # type: ignore[attr-defined]
    assert not waited
    go_on.set()


def test_stop_reads_no_further() -> None:
    read = []

    def stream() -> Iterator[Any]:
        for number in range(1, 30):
            read.append(number)
            yield record(number)

    out = [entry.line for window in answered(stream(), take, answer, stop=True) for entry in window]
    assert out == [1, 2, 3]
    assert read == [1, 2, 3]


def test_an_error_of_the_input_comes_after_everything_before_it() -> None:
    def stream() -> Iterator[Any]:
        yield record(1)
        yield record(2)
        raise InputError("f: gone; look again")

    windows = answered(stream(), take, answer)
    assert [entry.line for entry in next(windows)] == [1, 2]
    with pytest.raises(InputError):
        next(windows)


def test_a_record_that_arrived_bad_is_not_asked_about() -> None:
    bad = Record("f", 1, fields={"error": {"kind": "json", "message": "m"}}, arrived_bad=True)
    (window,) = answered(iter([bad]), take, answer)
    assert window == [bad]
    assert bad.answer is None and bad.error is None

"""A progress line on standard error, where a person is looking and the work is long."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import Any

from seqtool.cli.options import StreamOptions
from seqtool.records.files import COMPRESSIONS
from seqtool.records.record import Record
from seqtool.records.terminal import terminal_output

SHOW_AFTER_SECONDS = 2.0


class ProgressLine:
    """Records and records a second, and the share of the files' bytes where that is known.

    Silent in a pipe, with --quiet, when results go to the same terminal, and for the first
    two seconds; rich is imported only when something is shown.
    """

    def __init__(self, name: str, options: StreamOptions) -> None:
        shown = sys.stderr is not None and sys.stderr.isatty() and not options.quiet
        self._wanted = shown and (options.output is not None or not terminal_output())
        self._name = name
        self._begun = time.monotonic()
        self._records = 0
        self._bytes = 0
        self._total = _total_bytes(options.files) if self._wanted else None
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, window: list[Record]) -> None:
        """Count records that have been written."""
        if not self._wanted:
            return
        self._records += len(window)
        self._bytes += sum(len(record.raw) + 1 for record in window)
        elapsed = time.monotonic() - self._begun
        if elapsed < SHOW_AFTER_SECONDS:
            return
        if self._bar is None:
            self._bar = _make_bar()
            self._bar.start()
            self._task = self._bar.add_task(self._name, total=self._total, records="", rate="")
        self._bar.update(
            self._task,
            completed=self._bytes,
            records=f"{self._records:,} records",
            rate=f"{self._records / elapsed:,.0f}/s",
        )


def _make_bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    return RichProgress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[records]} {task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _total_bytes(files: tuple[str, ...]) -> int | None:
    """The files' bytes, where all are plain: a compressed file's share is not known."""
    if not files or "-" in files or any(name.endswith(COMPRESSIONS) for name in files):
        return None
    try:
        return sum(os.path.getsize(name) for name in files)
    except OSError:
        return None

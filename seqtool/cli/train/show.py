"""What a training shows on standard error: how it goes, on a terminal; what is odd in the data, anywhere."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from seqtool.errors import OutputError
from seqtool.records.terminal import tell


class Show:
    """Stages, progress and scores of a training; with ``log``, a JSON line there for every evaluation or epoch."""

    def __init__(self, *, quiet: bool, log: Path | None = None) -> None:
        self._quiet = quiet
        self._live = not quiet and sys.stderr is not None and sys.stderr.isatty()
        self._path = log
        self._bar: Any = None
        self._task: Any = None
        self._loss = 0.0
        self._speed = 0.0
        self._score = ""
        self._log("")

    def __enter__(self) -> Show:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _log(self, text: str) -> None:
        if self._path is None:
            return
        try:
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            message = f"{self._path}: cannot be written: {error.strerror}; choose another place"
            raise OutputError(message) from None

    def stage(self, message: str) -> None:
        """A stage begins."""
        if self._live:
            self._stop()
            tell(f"seqtool train: {message}")

    def note(self, message: str) -> None:
        """Something about the data that a person should know."""
        if not self._quiet:
            tell(f"seqtool train: note: {message}")

    def step(self, step: Any, progress: Any) -> None:
        """A step is done, perhaps with an evaluation."""
        first = progress.step <= 1 or self._loss == 0.0
        self._loss = step.loss if first else 0.98 * self._loss + 0.02 * step.loss
        self._speed = step.tokens_per_second if first else 0.98 * self._speed + 0.02 * step.tokens_per_second
        self.progress(
            step.share, f"epoch {progress.epoch + 1} loss {self._loss:.3f}{self._score} {self._speed:,.0f} tokens/s"
        )
        if step.evaluation:
            self._evaluated(step)
            self.epoch({**step.evaluation, "best": step.is_best})

    def progress(self, share: float, text: str) -> None:
        """How far it is, on a terminal."""
        if not self._live:
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("{task.description}"), BarColumn(bar_width=20), TextColumn("{task.percentage:>3.0f}%"),
                TimeRemainingColumn(), console=Console(stderr=True), transient=True,
            )  # fmt: skip
            self._bar.start()
            self._task = self._bar.add_task("", total=1.0)
        self._bar.update(self._task, completed=share, description=text)

    def epoch(self, entry: dict[str, Any]) -> None:
        """An evaluation or an epoch is done."""
        self._log(json.dumps({"time": round(time.time(), 1), **entry}) + "\n")

    def _evaluated(self, step: Any) -> None:
        entry = step.evaluation
        self._score = f" dev {entry['score']:.4f}"
        if not self._live:
            return
        best = " (best so far)" if step.is_best else ""
        loss = f", dev loss {entry['loss']:.4f}" if "loss" in entry else ""
        line = (
            f"seqtool train: epoch {entry['epoch'] + 1}, step {entry['step']}: loss {self._loss:.3f}, "
            f"dev score {entry['score']:.4f}{loss}, {self._speed:,.0f} tokens/s{best}"
        )
        if self._bar is not None:
            self._bar.console.print(line, highlight=False, markup=False, soft_wrap=True)
        else:
            tell(line)

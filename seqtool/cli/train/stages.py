"""What a training shows on standard error: how it goes, on a terminal; what is odd in the data, anywhere."""

from __future__ import annotations

import json
import sys
from types import TracebackType
from typing import Any

from seqtool.records.terminal import tell, terminal_output


class Stages:
    """Stages, progress and scores of a training."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._live = not quiet and sys.stderr is not None and sys.stderr.isatty()
        self._bar: Any = None
        self._task: Any = None
        self._loss = 0.0
        self._speed = 0.0
        self._score = ""

    def __enter__(self) -> Stages:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def say(self, message: str) -> None:
        """A stage begins."""
        if self._live:
            self._stop()
            tell(f"seqtool train: {message}")

    def note(self, message: str) -> None:
        """Something about the data that a person should know."""
        if not self._quiet:
            tell(f"seqtool train: note: {message}")

    def advance(self, step: Any, progress: Any) -> None:
        """A step is done."""
        first = progress.step <= 1 or self._loss == 0.0
        self._loss = step.loss if first else 0.98 * self._loss + 0.02 * step.loss
        self._speed = step.tokens_per_second if first else 0.98 * self._speed + 0.02 * step.tokens_per_second
        self.show(
            step.share, f"epoch {progress.epoch + 1} loss {self._loss:.3f}{self._score} {self._speed:,.0f} tokens/s"
        )

    def show(self, share: float, text: str) -> None:
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

    def evaluated(self, step: Any) -> None:
        """An evaluation is done."""
        entry = step.evaluation
        self._score = f" dev {entry['score']:.4f}"
        if self._live:
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

    def result(self, output: str, result: dict[str, Any]) -> None:
        """The end: dev scores, beside the baseline's if there is one, for eyes or as JSON on standard output."""
        baseline = result.get("baseline")
        dev = result["dev"]
        summary: dict[str, Any] = {"model": output, "dev_score": round(result["score_as_stored"], 4)}
        if "baseline" in result:
            summary["baseline_score"] = round(baseline["score"], 4) if baseline else None
        summary |= {k: round(dev[k], 4) for k in ("accuracy", "macro_f1", "micro_f1", "calibration_error") if k in dev}
        if not terminal_output():
            print(json.dumps(summary, ensure_ascii=False))
            return
        beside = f", TF-IDF + logistic regression {summary['baseline_score']}" if "baseline" in result else ""
        print(f"{output}: dev score {summary['dev_score']}{beside}")
        if baseline and baseline["score"] > result["score_as_stored"]:
            print("The linear model is better on these rows: more rows, more epochs or --init sentiment-en may help.")

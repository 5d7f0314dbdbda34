"""Answers for eyes: the text with its label, the words that pushed it in colour."""

from __future__ import annotations

import os
from abc import abstractmethod
from typing import Any

from seqtool.answers import rounded
from seqtool.cli.writers.writer import Writer
from seqtool.records.record import Record
from seqtool.records.terminal import harmless, terminal_output

RED, GREEN, BOLD, PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[1m", "\x1b[0m"
SHOWN = 0.02
STRONG = 0.1


def _with_weights(text: str, explanation: list[dict[str, Any]], colour: bool) -> str:
    parts = []
    position = 0
    for word in explanation:
        weight = word["weight"]
        parts.append(harmless(text[position : word["start"]]))
        shown = harmless(word["text"])
        if abs(weight) < SHOWN:
            parts.append(shown)
        elif colour:
            strength = BOLD if abs(weight) >= STRONG else ""
            parts.append(f"{strength}{GREEN if weight > 0 else RED}{shown}{PLAIN}")
        else:
            parts.append(f"{shown}({weight:+.2f})")
        position = word["end"]
    return "".join(parts) + harmless(text[position:])


class ForEyes(Writer):
    """Writes a line for eyes in the place of a JSON line; ``_shown`` of a subclass makes it, in
    colour unless there is none (NO_COLOR, TERM=dumb, a pipe)."""

    def __init__(self) -> None:
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
        self._colour = terminal_output() and not plain

    def line(self, record: Record) -> bytes:
        if record.answer is None or record.bad:
            return (harmless(f"error: {record.problem}") + "\n").encode("utf-8", "replace")
        return (self._shown(record, record.answer) + "\n").encode("utf-8", "replace")

    @abstractmethod
    def _shown(self, record: Record, answer: dict[str, Any]) -> str:
        """The line of a good record, harmless."""


class Pretty(ForEyes):
    """Green words speak for the label, red ones against it; without colour their weights stand behind."""

    def __init__(self, precision: int) -> None:
        super().__init__()
        self._precision = precision

    def _shown(self, record: Record, answer: dict[str, Any]) -> str:
        answer = rounded(answer, self._precision)
        text = _with_weights(record.item, answer.get("explanation") or [], self._colour)
        label = answer["label"]
        names = ", ".join(label) if isinstance(label, list) else label or "-"
        score = answer["score"]
        number = f" {score:.2f}" if isinstance(score, float) else ""
        stars = f" {answer['stars']}*" if answer.get("stars") is not None else ""
        head = harmless(f"{names}{number}{stars}")
        return f"{BOLD + head + PLAIN if self._colour else head}  {text}"

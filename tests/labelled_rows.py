"""Tables of labelled rows, read for a training."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from seqtool.training.classify.recipe import ClassifyRecipe, DataSettings
from seqtool.training.data.rows import Data, load_data

ROWS = [
    ("good fan", "+"),
    ('says "hi", twice', "-"),
    ("two\nlines", "+"),
    ("caf\u00e9 owner", "-"),
    (" padded ", "+"),
    ("semi;colon", "-"),
]


def load(
    folder: Path, *, recipe: dict[str, Any] | None = None, leave_out: tuple[str, ...] = (), **settings: Any
) -> Data:
    settings.setdefault("split", "train")
    return load_data(ClassifyRecipe(data=(DataSettings(**settings),), **(recipe or {})), (folder,), leave_out=leave_out)


def pairs(data: Data, split: str = "train") -> list[tuple[str, str]]:
    return [(row.text, "/".join(row.labels)) for row in data.rows[split]]


def table(rows: list[Any], delimiter: str = ",", header: Any = ("text", "label")) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([*([header] if header else []), *rows])
    return out.getvalue()


# -- splits -----------------------------------------------------------------------------------


def many(number: int) -> list[tuple[str, str, str]]:
    return [(f"text number {place}", "ab"[place % 2], f"film {place // 7}") for place in range(number)]

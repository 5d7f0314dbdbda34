"""Lines for `seqtool tag`, and what it gives for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conftest import TAGGED_TEXTS, Run

LINES = "".join(text + "\n" for text in TAGGED_TEXTS)
ODD_LINES = [
    "",
    "   ",
    "Ada met Zoë.",
    "naïve 😀 e\u0301 \u200fשלום\u200f \x85 \u2028 London",
    "tab\there \x0c \x1b[31mred\x1b[0m \x00",
    "{not json}",
    '"quoted", he said',
    "a" * 3000,
    "One. Two! Three?\u2029Four.",
]


def tagged(run: Run, model: Path, *options: str | Path, stdin: str | bytes = LINES, status: int = 0) -> bytes:
    done = run("tag", "-m", model, *options, stdin=stdin)
    assert done.returncode == status, done.stderr
    assert b"Traceback" not in done.stderr and b"fault in seqtool" not in done.stderr
    if status == 0:
        assert done.stderr == b""
    out: bytes = done.stdout
    return out


def jsonl(*rows: Any) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)


def sentences(out: bytes) -> list[list[list[str]]]:
    """The sentences of columns parted by tabs, comments left out."""
    assert out.endswith(b"\n\n")
    blocks = out.decode("utf-8").removesuffix("\n\n").split("\n\n")
    return [[line.split("\t") for line in block.split("\n") if line and not line.startswith("# ")] for block in blocks]

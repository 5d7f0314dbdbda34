"""Each input under golden/COMMAND/ with the output that it must give; a case is added without code.

NAME.txt, .jsonl, .csv or .tsv (perhaps .gz) is the input and NAME.out the output; NAME.args
holds more arguments, and NAME.err what is told on standard error (where there is one, the
status is 1).  The model is untrained, so labels, scores and stars stand for any.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from conftest import Run

HERE = Path(__file__).resolve().parent
COMMANDS = ("classify",)
BESIDE = {".out", ".err", ".args"}
CASES = sorted(path for command in COMMANDS for path in (HERE / command).iterdir() if path.suffix not in BESIDE)
ANY = [
    (r'(label": )"(?:negative|neutral|positive)"', r'\1"LABEL"'),
    (r'(score": )[01]\.[0-9]+', r"\1SCORE"),
    (r'(stars": )[1-5]\b', r"\1STARS"),
]


def masked(output: str) -> str:
    for pattern, stands_for in ANY:
        output = re.sub(pattern, stands_for, output)
    return output


@pytest.mark.parametrize("case", CASES, ids=[f"{path.parent.name}/{path.name}" for path in CASES])
def test_golden(run: Run, tiny_model: Path, case: Path) -> None:
    beside = {ending: case.parent / (case.name.split(".")[0] + ending) for ending in BESIDE}
    more = shlex.split(beside[".args"].read_text(encoding="utf-8")) if beside[".args"].exists() else []
    told = beside[".err"].read_text(encoding="utf-8") if beside[".err"].exists() else None
    result = run(case.parent.name, "-m", tiny_model, case.name, *more, cwd=case.parent)
    assert result.stderr.decode("utf-8") == (told or "")
    assert result.returncode == (0 if told is None else 1)
    # newline="": a golden file's own \r must not be lost.
    with open(beside[".out"], encoding="utf-8", newline="") as file:
        assert masked(result.stdout.decode("utf-8")) == file.read()


def test_every_file_belongs_to_a_case() -> None:
    names = {path.parent / path.name.split(".")[0] for path in CASES}
    beside = [path for command in COMMANDS for path in (HERE / command).iterdir() if path.suffix in BESIDE]
    assert all(path.parent / path.name.split(".")[0] in names for path in beside)
    assert len(names) == len(CASES)

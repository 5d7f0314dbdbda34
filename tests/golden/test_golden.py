"""Each input under golden/COMMAND/ with the output that it must give; a case is added without code.

NAME.txt, .jsonl, .csv, .tsv, .conll or .fa (perhaps .gz) is the input, named as the command's file (``analogy``,
whose arguments are words, has it on standard input), and NAME.out the output.  NAME.args holds more arguments, and
NAME.err what is told on standard error (where there is one, the status is 1).

Without -m, ``classify`` uses an untrained model, so that its labels, scores and stars stand for any.  All others are
answered by the models that ship: --precision 2, and inputs whose numbers are not near the edge between two roundings,
hold on any machine.  In its folder, a new case is written (and then read!) by

    seqtool COMMAND NAME.txt $(cat NAME.args) > NAME.out 2> NAME.err
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from conftest import ROOT, Run

HERE = Path(__file__).resolve().parent
COMMANDS = ("analogy", "classify", "embed", "similar", "tag", "tokenize")
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
    command = case.parent.name
    beside = {ending: case.parent / (case.name.split(".")[0] + ending) for ending in BESIDE}
    more = shlex.split(beside[".args"].read_text(encoding="utf-8")) if beside[".args"].exists() else []
    told = beside[".err"].read_text(encoding="utf-8") if beside[".err"].exists() else None
    untrained = command == "classify" and "-m" not in more
    model = ["-m", tiny_model] if untrained else []
    name, stdin = ([], case.read_bytes()) if command == "analogy" else ([case.name], b"")
    shipped = {"SEQTOOL_MODELS": str(ROOT / "models")}
    result = run(command, *model, *name, *more, stdin=stdin, cwd=case.parent, env=shipped)
    assert result.stderr.decode("utf-8") == (told or "")
    assert result.returncode == (0 if told is None else 1)
    # newline="": a golden file's own \r must not be lost.
    with open(beside[".out"], encoding="utf-8", newline="") as file:
        output = result.stdout.decode("utf-8")
        assert (masked(output) if untrained else output) == file.read()


def test_every_file_belongs_to_a_case() -> None:
    names = {path.parent / path.name.split(".")[0] for path in CASES}
    beside = [path for command in COMMANDS for path in (HERE / command).iterdir() if path.suffix in BESIDE]
    assert all(path.parent / path.name.split(".")[0] in names for path in beside)
    assert all(path.with_name(path.name.split(".")[0] + ".out").exists() for path in CASES)
    assert len(names) == len(CASES)

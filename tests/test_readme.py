"""What the README, the help pages and the examples show is what happens.

A fenced ``console`` block holds commands after ``$ `` and what they print; each is run in a
fresh copy of the examples.  Set-up commands (``python3 -m venv``, ``pip``) are left to
``.ci/run``, which does them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from seqtool.cli.main import COMMANDS, seqtool

pytestmark = pytest.mark.slow

README = (ROOT / "README.md").read_text(encoding="utf-8")
SETS_UP = re.compile(r"venv|pip install|man seqtool|_SEQTOOL_COMPLETE")


def console_blocks() -> list[tuple[str, str]]:
    """(command, what it prints) of every console block; a command may span lines that end in a backslash."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```", README, re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            lines = part.split("\n")
            length = next(number for number, line in enumerate(lines, 1) if not line.endswith("\\"))
            found.append(("\n".join(lines[:length]), "\n".join(lines[length:])))
    return found


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder as the README's reader has it: examples and models."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / "models").symlink_to(ROOT / "models")
    return tmp_path


def shell(command: str, place: Path) -> subprocess.CompletedProcess[str]:
    """Run as a shell would, with this environment's seqtool first."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PATH": path},
    )


def needs(command: str) -> None:
    """Skip, and say so, where a program of the example is not installed."""
    for program in ("jq", "parallel"):
        if re.search(rf"\b{program}\b", command) and shutil.which(program) is None:
            pytest.skip(f"{program} is not installed here")


RUN = [(command, output) for command, output in console_blocks() if not SETS_UP.search(command)]


@pytest.mark.parametrize(("command", "output"), RUN, ids=[command[:60] for command, _ in RUN])
def test_the_readme_shows_what_happens(command: str, output: str, place: Path) -> None:
    needs(command)
    done = shell(command, place)
    assert done.stdout.strip() == output.strip(), done.stderr


def examples() -> list[str]:
    """The examples of every help page."""
    found = list(seqtool.examples)  # type: ignore[attr-defined]
    for name in COMMANDS:
        command = seqtool.get_command(None, name)  # type: ignore[arg-type]
        found += command.examples  # type: ignore[union-attr]
        for child in getattr(command, "commands", {}).values():
            found += child.examples
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("example", examples())
def test_the_examples_of_the_help_pages_run(example: str, place: Path) -> None:
    needs(example)
    done = shell(example, place)
    assert done.returncode == 0 and done.stdout, done.stderr


@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "examples").glob("*.sh")))
def test_the_example_scripts_run(script: str, place: Path) -> None:
    needs((ROOT / "examples" / script).read_text(encoding="utf-8"))
    done = shell(f"examples/{script}", place)
    assert done.returncode == 0 and done.stdout and not done.stderr


def test_manual_pages_are_those_of_the_help(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "seqtool.cli.manual", str(tmp_path)], capture_output=True, check=True)
    assert not done.stderr
    shipped = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "seqtool" / "man").glob("*.1")}
    assert shipped == {path.name: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.1")}

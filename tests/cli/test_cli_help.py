"""Help pages, the version, and completion for shells."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from conftest import Run

from seqtool import __version__
from seqtool.cli.main import COMMANDS, seqtool


def pages(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from pages(inner, (*path, name))


PAGES = list(pages(seqtool))


@pytest.mark.parametrize(("path", "command"), PAGES, ids=[" ".join(path) or "seqtool" for path, _ in PAGES])
def test_each_page(run: Run, path: tuple[str, ...], command: click.Command) -> None:
    result = run(*path, "--help", env={"COLUMNS": "80"})
    assert (result.returncode, result.stderr) == (0, b"")
    assert run(*path, "-h", env={"COLUMNS": "80"}).stdout == result.stdout
    text = result.stdout.decode()
    assert text.startswith(f"Usage: {' '.join(['seqtool', *path])} ")
    examples = re.search(r"^Examples:\n((?:  .*\n)+)", text, re.M)
    assert examples, "two examples that run as printed"
    wide = [line for line in text.replace(examples[1], "").splitlines() if len(line) > 80]
    assert not wide
    assert command.help
    for parameter in command.get_params(click.Context(command)):
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert all(name in text for name in parameter.opts)


def test_the_list_says_what_each_command_says_of_itself() -> None:
    for path, command in PAGES:
        if len(path) == 1:
            assert command.help is not None
            assert command.help.strip().splitlines()[0] == COMMANDS[path[0]][1]
        for name, (_, line) in getattr(command, "table", {}).items():
            own = command.get_command(click.Context(command), name).help
            assert own is not None and own.strip().splitlines()[0] == line


def test_no_command_shows_the_list(run: Run) -> None:
    result = run()
    assert all(name in (result.stdout + result.stderr).decode() for name in COMMANDS)
    assert b"Traceback" not in result.stderr


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(run: Run, option: str) -> None:
    result = run(option)
    assert (result.returncode, result.stdout) == (0, f"seqtool {__version__}\n".encode())


def complete(variable: str, **environment: str) -> str:
    """What the installed program answers to a shell's question."""
    program = Path(sys.executable).with_name("seqtool")
    settings = {**os.environ, "_SEQTOOL_COMPLETE": variable, **environment}
    result = subprocess.run([program], capture_output=True, text=True, env=settings, timeout=60)
    assert result.stderr == ""
    return result.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell: str) -> None:
    script = complete(f"{shell}_source")
    assert "_SEQTOOL_COMPLETE" in script and "seqtool" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


@pytest.mark.parametrize(
    ("words", "place", "wanted"),
    [
        ("seqtool cl", 1, "classify"),
        ("seqtool classify --pre", 2, "--prefix"),
        ("seqtool classify --format c", 3, "csv"),
        ("seqtool models l", 2, "list"),
    ],
)
def test_completion_knows_commands_options_and_choices(words: str, place: int, wanted: str) -> None:
    assert wanted in complete("bash_complete", COMP_WORDS=words, COMP_CWORD=str(place))

"""What all evaluations share: where the labelled rows come from, and how a report is shown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from seqtool.answers import rounded
from seqtool.cli.help import Function, option
from seqtool.cli.options import apply
from seqtool.errors import OptionError, nearest
from seqtool.records.json_text import to_json
from seqtool.records.output import whole_file
from seqtool.records.terminal import terminal_output

DATA, REPORT = "Data", "Report"
PLACES = 4
PATH = click.Path(path_type=Path)
Part = TypeVar("Part")


def recipe_source_options(what: str, splits: Sequence[str]) -> Callable[[Function], Function]:
    """Which rows of a recipe are scored; ``what`` they are called."""

    def decorate(function: Function) -> Function:
        return apply(
            function,
            option("--recipe", "recipe_path", type=PATH, metavar="FILE", group=DATA,
                   help=f"Score the {what} that a recipe holds out, source by source."),
            option("--data", "folders", type=PATH, multiple=True, metavar="DIR", group=DATA, help="Where the recipe's files are."),
            option("--split", type=click.Choice(splits), default="test", show_default=True, group=DATA, help=f"Which of the recipe's {what}."),
            option("--source", "sources", multiple=True, metavar="NAME", group=DATA, help="Only these of the recipe's sources."),
        )  # fmt: skip

    return decorate


def format_options(function: Function) -> Function:
    """How a report is written, and how many cores it may take."""
    return apply(
        function,
        option("--format", "format_", type=click.Choice(["auto", "json", "table"]), default="auto", show_default=True, group=REPORT,
               help="auto: a table on a terminal, JSON elsewhere."),
        option("--threads", type=click.IntRange(min=1), metavar="N", group="Speed", help="Cores to use."),
    )  # fmt: skip


def batch_option(what: str) -> Callable[[Function], Function]:
    """How many are read at once."""
    return option("--batch-size", type=click.IntRange(min=1), default=64, show_default=True, metavar="N", group="Speed",
                  help=f"{what} at once.")  # fmt: skip


def chosen_sources(by_source: dict[str, Part], sources: Sequence[str], what: str) -> dict[str, Part]:
    """The sources that ``--source`` names, or all.

    :raises OptionError: one has none of ``what``.
    """
    unknown = [name for name in sources if name not in by_source]
    if unknown:
        raise OptionError(f"--source {unknown[0]}: has no {what}; {nearest(unknown[0], by_source)}")
    return {name: part for name, part in by_source.items() if not sources or name in sources}


def write_errors(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """What was answered wrongly, a JSON line each."""
    with whole_file(path) as beside:
        beside.write_text("".join(to_json(rounded(row, PLACES)) + "\n" for row in rows), encoding="utf-8")


def show_reports(reports: Iterable[dict[str, Any]], form: str, table: Callable[[], Callable[[Any], None]]) -> int:
    """Write each report as JSON, or for eyes by what ``table`` imports; the exit status."""
    as_table = form == "table" or (form == "auto" and terminal_output())
    show = table() if as_table else lambda report: sys.stdout.write(to_json(rounded(report, PLACES)) + "\n")
    for report in reports:
        show(report)
    return 0

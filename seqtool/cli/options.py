"""Options that mean the same in every command."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import click

from seqtool.cli.help import Function, option
from seqtool.cli.writers.writer import FORMATS
from seqtool.records import read

TWO_WAYS_OUT = "--prefix P renames ours, --overwrite replaces yours"
INPUT, OUTPUT, SPEED, MODEL = "Input", "Output", "Speed", "Model"


@dataclass(frozen=True)
class StreamOptions:
    """What every line command takes: how records come in and go out."""

    files: tuple[str, ...] = ()
    input: str = "auto"
    field: str = "text"
    delimiter: str | None = None
    encoding: str = "utf-8"
    max_line_bytes: int = read.MAX_LINE_BYTES
    on_error: str = "record"
    prefix: str = ""
    overwrite: bool = False
    source: bool = False
    format: str = "jsonl"
    columns: tuple[str, ...] = ()
    precision: int = 4
    output: str | None = None
    resume: bool = False
    quiet: bool = False


def _columns(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...]:
    return tuple(column.strip() for column in value.split(",")) if value else ()


def apply(function: Function, *decorators: Callable[[Any], Any]) -> Function:
    """The decorators, in the order in which the help page lists them."""
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


def input_options(function: Function, formats: Sequence[str] = read.FORMATS) -> Function:
    """The files, and how they are read."""
    files = click.argument("files", nargs=-1, type=click.Path(), metavar="[FILES]...")
    return apply(function, files, lambda decorated: reading_options(decorated, formats))


def reading_options(function: Function, formats: Sequence[str] = read.FORMATS) -> Function:
    """How files, or standard input, are read."""
    return apply(
        function,
        option("--input", "input_", type=click.Choice(formats), default="auto", show_default=True, group=INPUT,
               help="What the files hold; auto goes by the ending, then by the first line."),
        option("--field", default="text", show_default=True, metavar="NAME", group=INPUT,
               help="The field or column with the text; a.b looks into objects."),
        option("--delimiter", metavar="CHAR", group=INPUT, help="What parts the columns of a table, such as ';'."),
        option("--encoding", default="utf-8", show_default=True, group=INPUT, help="How the bytes are encoded."),
        option("--max-line-bytes", type=click.IntRange(min=1), default=read.MAX_LINE_BYTES, show_default=True,
               metavar="N", group=INPUT, help="A longer line is a bad record."),
        option("--on-error", type=click.Choice(["record", "skip", "stop"]), default="record", show_default=True,
               group=INPUT, help="A bad record: write an error in its place, leave it out, or end there."),
    )  # fmt: skip


def output_options(function: Function, formats: Sequence[str] = FORMATS) -> Function:
    """What is written, and where."""
    return apply(
        function,
        option("-o", "--output", type=click.Path(), metavar="FILE", group=OUTPUT,
               help="Write to FILE, which appears when it is whole; until then FILE.part grows."),
        option("--resume", is_flag=True, group=OUTPUT, help="Go on with the FILE.part of a run that was killed."),
        option("--format", "format_", type=click.Choice(formats), default="jsonl", show_default=True,
               group=OUTPUT, help="JSON lines, or a table."),
        option("--columns", callback=_columns, metavar="A,B.C", group=OUTPUT,
               help="The columns of a table; dots look into objects."),
        option("--precision", type=click.IntRange(0, 17), default=4, show_default=True, metavar="N", group=OUTPUT,
               help="Digits after the point of the numbers that are computed."),
        option("--source", is_flag=True, group=OUTPUT, help="Add file and line to every record."),
        option("--prefix", default="", metavar="P", group=OUTPUT, help="Put P before the names of the fields that are added."),
        option("--overwrite", is_flag=True, group=OUTPUT, help="Replace fields that are there already."),
        option("-q", "--quiet", is_flag=True, group=OUTPUT, help="No progress and no lines about bad records."),
    )  # fmt: skip


def default_threads() -> int:
    """The cores that this process may use, at most 4."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        cores = os.cpu_count() or 1
    return max(1, min(4, cores))


def threads_option(function: Function) -> Function:
    """--threads alone, for commands without batches."""
    return option("--threads", type=click.IntRange(min=1), metavar="N", group=SPEED,
                  help="Cores to use; by default those there are, at most 4.")(function)  # fmt: skip


def speed_options(function: Function) -> Function:
    """About speed alone: the answers are the same for every value."""
    return apply(
        function,
        threads_option,
        option("--batch-size", type=click.IntRange(min=1), default=64, show_default=True, metavar="N", group=SPEED,
               help="Texts that the network reads at once."),
    )  # fmt: skip


def model_option(default: str) -> Callable[[Function], Function]:
    """-m, with the command's own default."""

    def decorate(function: Function) -> Function:
        return option("-m", "--model", default=default, show_default=True, metavar="NAME|PATH", group=MODEL,
                      help="A model by name, or the path of its folder.")(function)  # fmt: skip

    return decorate


def stream_options(values: dict[str, Any]) -> StreamOptions:
    """Take the shared options out of a command's parameters (``input_`` and ``format_`` avoid
    Python's own names)."""
    return StreamOptions(
        **{
            item.name: values.pop(name)
            for item in fields(StreamOptions)
            if (name := {"input": "input_", "format": "format_"}.get(item.name, item.name)) in values
        }
    )


def limit_threads(threads: int | None) -> int:
    """Set numpy's BLAS to the threads asked for; before numpy is imported."""
    number = threads or default_threads()
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(number)
    return number

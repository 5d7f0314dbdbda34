"""The table of subcommands, each imported only when it is run, and how errors are told."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from seqtool import __version__
from seqtool.cli.help import LazyGroup
from seqtool.errors import SeqtoolError

COMMANDS = {
    "tokenize": ("seqtool.cli.tokenize:command", "Cut each line into words, sentences, characters or subwords."),
    "embed": ("seqtool.cli.embed:command", "Turn each line into a vector."),
    "analogy": ("seqtool.cli.analogy:command", "Answer what is to C as A is to B: king man woman gives queen."),
    "similar": ("seqtool.cli.similar:command", "Find the lines of a corpus that are nearest to each line."),
    "classify": ("seqtool.cli.classify:command", "Label each line: its stars, its topic, any labels of your own."),
    "tag": ("seqtool.cli.tag:command", "Mark names, times and parts of speech: a label for every token."),
    "train": ("seqtool.cli.train.command:command", "Train a model on your own rows: one command, one model folder."),
    "evaluate": ("seqtool.cli.evaluate.command:command", "Score a model on labelled rows."),
    "vectors": ("seqtool.cli.vectors:command", "Import and export word vectors."),
    "plot": ("seqtool.cli.plot:command", "Draw a map of words or lines."),
    "models": ("seqtool.cli.models:command", "List, show and verify model folders."),
}


@click.command(
    cls=LazyGroup,
    table=COMMANDS,
    examples=["cat examples/reviews.txt | seqtool classify", "seqtool models list"],
)
@click.version_option(__version__, "-V", "--version", prog_name="seqtool", message="%(prog)s %(version)s")
def seqtool() -> None:
    """A text toolkit for the shell: lines in, JSON lines out, offline, on small recurrent networks."""


def _message(error: click.ClickException) -> str:
    """click's message on one line, with the remedy."""
    message = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    if isinstance(error, click.UsageError) and context is not None and "; " not in message:
        message = f"{message.rstrip('.')}; see {context.command_path} --help"
    return message


def _command_name(arguments: Sequence[str]) -> str:
    name = next((argument for argument in arguments if not argument.startswith("-")), "")
    return f"seqtool {name}" if name in COMMANDS else "seqtool"


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit status (contract: 0 good, 1 bad records, 2 could not go on)."""
    from seqtool.records import signals

    try:
        status = seqtool.main(args=list(arguments), prog_name="seqtool", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except click.exceptions.Exit as end:
        return end.exit_code
    except Exception as error:
        if signals.received:  # a library turned our exception into one of its own
            raise signals.Interrupted(signals.received) from None
        if os.environ.get("SEQTOOL_DEBUG") == "1" and not isinstance(error, click.ClickException):
            raise
        return _told(error, _command_name(arguments))


def _told(error: Exception, name: str) -> int:
    """Say in one line what went wrong; the exit status."""
    from seqtool.records.terminal import tell

    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.ctx.get_help() if error.ctx else "")
        return 2
    if isinstance(error, click.ClickException):
        message = _message(error)
    elif isinstance(error, SeqtoolError):
        message = " ".join(str(error).split())
    elif isinstance(error, MemoryError):
        message = "out of memory; a smaller --batch-size or --max-line-bytes needs less"
    elif isinstance(error, ImportError):
        message = f"{error}; {_install_hint(name)}"
    elif isinstance(error, OSError):
        # Files are told of where they are opened; what is left is what click and rich print.
        message = f"standard output: cannot be written: {error.strerror}; free some space or write elsewhere"
    else:  # the last resort: a fault of ours, still in one line
        what = " ".join(str(error).split())
        message = f"a fault in seqtool itself: {type(error).__name__}: {what}; SEQTOOL_DEBUG=1 shows where"
    tell(f"{name}: {message}")
    return 2


def _install_hint(name: str) -> str:
    if name == "seqtool train":
        return "training needs more packages: pip install 'seqtool[train]'"
    return "the installation is incomplete: pip install seqtool"

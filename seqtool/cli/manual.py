"""Manual pages out of the same help that ``--help`` prints.

``python -m seqtool.cli.manual FOLDER`` writes them; a test holds the ones that ship against it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from seqtool import __version__
from seqtool.cli.main import COMMANDS, seqtool


def _roff(text: str) -> str:
    """Text as troff takes it: no line of it is a request, no backslash or hyphen is special."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in escaped.split("\n"))


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    group = ""
    for parameter in command.get_params(context):
        record = None if isinstance(parameter, click.Argument) else parameter.get_help_record(context)
        if record is None:
            continue
        heading = getattr(parameter, "group", "Other")
        if heading != group:
            yield f".SS {_roff(heading)}"
            group = heading
        yield f".TP\n.B {_roff(record[0])}\n{_roff(record[1])}"


def page(command: click.Command, name: str) -> str:
    """The manual page of one command, in troff."""
    context = click.Context(command, info_name=name.replace("-", " "))
    usage = " ".join(command.collect_usage_pieces(context))
    sentence = command.get_short_help_str(200)
    lines = [
        f'.TH "{name.upper()}" 1 "" "seqtool {__version__}" "User Commands"',
        ".SH NAME",
        f"{_roff(name)} \\- {_roff(sentence)}",
        ".SH SYNOPSIS",
        f".B {_roff(name.replace('-', ' '))}\n{_roff(usage)}",
        ".SH DESCRIPTION",
        _roff((command.help or sentence).strip()),
    ]
    if isinstance(command, click.Group):
        lines.append(".SH COMMANDS")
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            text = COMMANDS[child][1] if command is seqtool else found.get_short_help_str(200) if found else ""
            lines.append(f".TP\n.B {_roff(child)}\n{_roff(text)}")
    lines += [".SH OPTIONS", *_options(command, context)]
    examples = getattr(command, "examples", [])
    if examples:
        lines += [".SH EXAMPLES", ".nf", *(_roff(example) for example in examples), ".fi"]
    lines += [
        ".SH EXIT STATUS",
        "0: all good. 1: at least one bad record. 2: it could not start or go on.",
        ".SH SEE ALSO",
        ".BR seqtool (1)",
    ]
    return "\n".join(lines) + "\n"


def pages() -> dict[str, str]:
    """File name and text of every page."""
    found = {"seqtool.1": page(seqtool, "seqtool")}
    context = click.Context(seqtool, info_name="seqtool")
    for name in COMMANDS:
        command = seqtool.get_command(context, name)
        assert command is not None
        found[f"seqtool-{name}.1"] = page(command, f"seqtool-{name}")
        if isinstance(command, click.Group):
            for child in command.list_commands(context):
                inner = command.get_command(context, child)
                assert inner is not None
                found[f"seqtool-{name}-{child}.1"] = page(inner, f"seqtool-{name}-{child}")
    return found


if __name__ == "__main__":
    for file, text in pages().items():
        (Path(sys.argv[1]) / file).write_text(text, encoding="utf-8")

"""seqtool evaluate: how good is a model on labelled rows?"""

from __future__ import annotations

import click

from seqtool.cli.evaluate.classify import classify
from seqtool.cli.evaluate.tag import tag
from seqtool.cli.evaluate.vectors import vectors
from seqtool.cli.help import HelpfulGroup


@click.group(
    "evaluate", cls=HelpfulGroup, examples=["seqtool evaluate classify examples/labelled.csv --label-column stars"]
)
def command() -> None:
    """Score a model on labelled rows."""


for subcommand in (classify, tag, vectors):
    command.add_command(subcommand)

"""seqtool evaluate: how good is a model on labelled rows?"""

from __future__ import annotations

import click

from seqtool.cli.help import LazyGroup

COMMANDS = {
    "classify": (
        "seqtool.cli.evaluate.classify:classify",
        "Score a classifier: accuracy, F1, confusion, calibration; for ratings, how far off.",
    ),
    "tag": (
        "seqtool.cli.evaluate.tag:tag",
        "Score a tagger: precision, recall and F1 of entities as conlleval counts them, or accuracy.",
    ),
    "vectors": (
        "seqtool.cli.evaluate.vectors:vectors",
        "Score word vectors: analogies by section, word similarities by Spearman, each with its coverage.",
    ),
}


@click.group(
    "evaluate",
    cls=LazyGroup,
    table=COMMANDS,
    examples=["seqtool evaluate classify examples/labelled.csv --label-column stars"],
)
def command() -> None:
    """Score a model on labelled rows."""

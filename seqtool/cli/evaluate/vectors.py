"""seqtool evaluate vectors: how good are word vectors?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from seqtool.cli.evaluate.run import DATA, PATH, format_options, show_reports
from seqtool.cli.help import HelpfulCommand, option
from seqtool.cli.options import limit_threads, model_option
from seqtool.errors import OptionError


# fmt: off
@click.command(
    "vectors",
    cls=HelpfulCommand,
    examples=[
        "seqtool evaluate vectors --analogies examples/analogies.txt",
        "seqtool evaluate vectors --similarity examples/pairs.tsv --vocabulary 30000",
    ],
)
@model_option("words-en")
@option("--analogies", type=PATH, multiple=True, metavar="FILE", group=DATA, help="Questions 'a b c d' a line, sections by ': name'.")
@option("--similarity", type=PATH, multiple=True, metavar="FILE", group=DATA, help="Two words and a score a line.")
@option("--vocabulary", type=click.IntRange(min=1), metavar="N", group=DATA, help="Only the N commonest words; questions with others are left out.")
@option("--method", type=click.Choice(["add", "mul"]), default="add", show_default=True, group=DATA, help="3CosAdd or 3CosMul.")
@format_options
def vectors(
    model: str,
    analogies: tuple[Path, ...],
    similarity: tuple[Path, ...],
    vocabulary: int | None,
    method: str,
    format_: str,
    threads: int | None,
) -> int:
    """Score word vectors: analogies by section, word similarities by Spearman, each with its coverage."""
    if not analogies and not similarity:
        raise OptionError("name a file: --analogies FILE or --similarity FILE")
    limit_threads(threads)
    from seqtool.evaluation.word_vectors import score_analogies, score_pairs
    from seqtool.vectors.store import open_vectors

    opened = open_vectors(model)
    reports: list[dict[str, Any]] = [
        score_analogies(opened, path, vocabulary=vocabulary or 0, method=method) for path in analogies
    ]
    reports += [score_pairs(opened, path, vocabulary=vocabulary or 0) for path in similarity]
    return show_reports(reports, format_, lambda: _show)


# fmt: on
def _show(report: dict[str, Any]) -> None:
    """A report for eyes."""
    from rich.console import Console
    from rich.table import Table

    from seqtool.records.terminal import harmless

    console = Console(highlight=False, markup=False)
    name = harmless(report["file"])
    if "sections" not in report:
        value = "none" if report["spearman"] is None else f"{report['spearman']:.4f}"
        console.print(f"{name}: Spearman {value}, {report['known']} of {report['pairs']} pairs known")
        return
    table = Table("section", "right", "asked", "of", "accuracy", box=None)
    rows = {**report["sections"], "all": report}
    for section, counts in rows.items():
        share = "" if counts["accuracy"] is None else f"{100 * counts['accuracy']:.1f} %"
        table.add_row(harmless(section), *(str(counts[key]) for key in ("right", "asked", "questions")), share)
    console.print(f"{name}, the {report['vocabulary']:,} commonest words")
    console.print(table)

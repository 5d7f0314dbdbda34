"""seqtool evaluate classify: how good is a classifier on labelled rows?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from seqtool.cli.evaluate.run import (
    DATA,
    PATH,
    REPORT,
    batch_option,
    chosen_sources,
    format_options,
    recipe_source_options,
    show_reports,
    write_errors,
)
from seqtool.cli.help import HelpfulCommand, option
from seqtool.cli.options import default_threads, limit_threads, model_option
from seqtool.cli.train.tag import label_map
from seqtool.errors import DataError, OptionError
from seqtool.records.terminal import terminal_input


# fmt: off
@click.command(
    "classify",
    cls=HelpfulCommand,
    examples=[
        "seqtool evaluate classify examples/labelled.csv --label-column stars",
        "seqtool evaluate classify --recipe examples/recipe.toml --data examples --split dev",
    ],
)
@click.argument("files", nargs=-1, type=PATH)
@model_option("sentiment-en")
@option("--text-column", default="text", show_default=True, metavar="NAME", group=DATA, help="The column with the text.")
@option("--label-column", default="label", show_default=True, metavar="NAME", group=DATA, help="The column with the right label.")
@option("--label", "label_map", multiple=True, metavar="THEIRS=OURS", group=DATA,
        help="Call a label of the file something else; nothing after = leaves its rows out.")
@option("--label-separator", default="", metavar="S", group=DATA, help="What parts several labels of a text.")
@option("--input", "input_", type=click.Choice(["auto", "csv", "tsv", "jsonl", "trees"]), default="auto", show_default=True,
        group=DATA, help="What the files hold; auto goes by the ending.")
@option("--delimiter", default="", metavar="CHAR", group=DATA, help="What parts the columns of a table.")
@option("--encoding", default="utf-8", show_default=True, group=DATA, help="How the bytes are encoded.")
@recipe_source_options("rows", ["dev", "test", "all"])
@option("--among", default="", metavar="A,B", group=REPORT, help="Only rows of these labels, answered by the best of them.")
@option("--compare", metavar="MODEL2", group=REPORT, help="A second model on the same rows, with McNemar's test.")
@option("--errors", type=PATH, metavar="FILE", group=REPORT, help="Write the wrong rows there, the most confident first.")
@format_options
@batch_option("Texts")
def classify(
    files: tuple[Path, ...],
    model: str,
    recipe_path: Path | None,
    folders: tuple[Path, ...],
    split: str,
    sources: tuple[str, ...],
    among: str,
    compare: str | None,
    errors: Path | None,
    format_: str,
    threads: int | None,
    batch_size: int,
    **data: Any,
) -> int:
    """Score a classifier: accuracy, F1, confusion, calibration; for ratings, how far off."""
    limit_threads(threads)
    from seqtool.engine.classifier import Classifier
    from seqtool.evaluation.labels import Scored, evaluate, wrong_rows
    from seqtool.modelfolder.find import find_model

    if not files and recipe_path is None and not terminal_input(()):
        files = (Path("-"),)
    if bool(files) == bool(recipe_path):
        raise OptionError("name the files with labelled rows, or --recipe FILE with --data DIR")

    def opened(name: str) -> Classifier:
        return Classifier(find_model(name, "classify"), threads=threads or default_threads(), batch_size=batch_size)

    classifier = opened(model)
    if recipe_path:
        by_source = chosen_sources(_recipe_rows(recipe_path, folders, split), sources, f"{split} rows")
    else:
        by_source = {"": [row for path in files for row in _file_rows(path, classifier, data)]}
    wanted = [part.strip() for part in among.split(",") if part.strip()]
    other = opened(compare) if compare else None
    reports = []
    wrong: list[dict[str, Any]] = []
    for source, rows in by_source.items():
        scored = Scored(classifier, rows)
        report = {**({"source": source} if source else {}), **evaluate(scored, wanted)}
        if other is not None:
            report["compared"] = _compared(scored, Scored(other, rows), wanted)
        reports.append(report)
        wrong.extend(wrong_rows(scored, wanted) if errors else ())
    if errors:
        write_errors(errors, sorted(wrong, key=lambda row: -row["score"]))

    def table() -> Any:
        from seqtool.cli.tables import show_report

        return show_report

    return show_reports(reports, format_, table)


def _compared(first: Any, second: Any, among: list[str]) -> dict[str, Any]:
    """A second model on the same rows."""
    from seqtool.evaluation.labels import evaluate, hits
    from seqtool.metrics.labels import mcnemar

    name, accuracy = second.classifier.folder.name, evaluate(second, among).get("accuracy")
    return {"model": name, "accuracy": accuracy, **mcnemar(hits(first, among), hits(second, among))}


def _file_rows(path: Path, classifier: Any, data: dict[str, Any]) -> list[Any]:
    """The labelled rows of a file of the command line."""
    from seqtool.training.classify.recipe import DataSettings
    from seqtool.training.data.rows import source_rows

    settings = DataSettings(
        file=path.name,
        format=data["input_"],
        text=data["text_column"],
        label=data["label_column"],
        delimiter=data["delimiter"],
        encoding=data["encoding"],
        label_separator=data["label_separator"],
        labels=label_map(data["label_map"]),
        split="test",
    )
    if str(path) != "-" and not path.exists():
        raise DataError(f"{path}: no such file; check the name")
    rows = source_rows(settings, path, seed=1, kind=classifier.kind)
    return [row for used, row in rows if used]


def _recipe_rows(path: Path, folders: tuple[Path, ...], split: str) -> dict[str, list[Any]]:
    """The rows of a recipe's split, by source; texts that an earlier split has are left out."""
    from seqtool.training.classify.recipe import ClassifyRecipe
    from seqtool.training.data.rows import load_data
    from seqtool.training.recipe import read_recipe

    data = load_data(read_recipe(ClassifyRecipe, path), (*folders, path.parent))
    by_source: dict[str, list[Any]] = {}
    for name, part in data.rows.items():
        for row in part if split in ("all", name) else ():
            by_source.setdefault(row.source, []).append(row)
    return by_source

"""seqtool evaluate: how good is a model on labelled rows?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from seqtool.answers import rounded
from seqtool.cli.evaluate.tag import tag
from seqtool.cli.evaluate.vectors import vectors
from seqtool.cli.help import HelpfulCommand, HelpfulGroup, option
from seqtool.cli.options import default_threads, limit_threads, model_option
from seqtool.cli.train.tag import label_map
from seqtool.errors import DataError, OptionError
from seqtool.records.json_text import to_json
from seqtool.records.output import whole_file
from seqtool.records.terminal import terminal_input, terminal_output

DATA, REPORT = "Data", "Report"
PLACES = 4


@click.group(
    "evaluate", cls=HelpfulGroup, examples=["seqtool evaluate classify examples/labelled.csv --label-column stars"]
)
def command() -> None:
    """Score a model on labelled rows."""


# fmt: off
@command.command(
    "classify",
    cls=HelpfulCommand,
    examples=[
        "seqtool evaluate classify examples/labelled.csv --label-column stars",
        "seqtool evaluate classify --recipe examples/recipe.toml --data examples --split dev",
    ],
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
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
@option("--recipe", "recipe_path", type=click.Path(path_type=Path), metavar="FILE", group=DATA,
        help="Score the rows that a recipe holds out, source by source.")
@option("--data", "folders", type=click.Path(path_type=Path), multiple=True, metavar="DIR", group=DATA, help="Where the recipe's files are.")
@option("--split", type=click.Choice(["dev", "test", "all"]), default="test", show_default=True, group=DATA, help="Which of the recipe's rows.")
@option("--source", "sources", multiple=True, metavar="NAME", group=DATA, help="Only these of the recipe's sources.")
@option("--among", default="", metavar="A,B", group=REPORT, help="Only rows of these labels, answered by the best of them.")
@option("--compare", metavar="MODEL2", group=REPORT, help="A second model on the same rows, with McNemar's test.")
@option("--errors", type=click.Path(path_type=Path), metavar="FILE", group=REPORT, help="Write the wrong rows there, the most confident first.")
@option("--format", "format_", type=click.Choice(["auto", "json", "table"]), default="auto", show_default=True, group=REPORT,
        help="auto: a table on a terminal, JSON elsewhere.")
@option("--threads", type=click.IntRange(min=1), metavar="N", group="Speed", help="Cores to use.")
@option("--batch-size", type=click.IntRange(min=1), default=64, show_default=True, metavar="N", group="Speed", help="Texts at once.")
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
    from seqtool.evaluation.labels import Scored, evaluate, hits, wrong_rows
    from seqtool.modelfolder.find import find_model

    if not files and recipe_path is None and not terminal_input(()):
        files = (Path("-"),)
    if bool(files) == bool(recipe_path):
        raise OptionError("name the files with labelled rows, or --recipe FILE with --data DIR")

    def opened(name: str) -> Classifier:
        return Classifier(find_model(name, "classify"), threads=threads or default_threads(), batch_size=batch_size)

    classifier = opened(model)
    if recipe_path:
        by_source = _recipe_rows(recipe_path, folders, split, sources)
    else:
        by_source = {"": [row for path in files for row in _file_rows(path, classifier, data)]}
    wanted = [part.strip() for part in among.split(",") if part.strip()]
    other = opened(compare) if compare else None
    reports = []
    wrong: list[dict[str, Any]] = []
    for source, rows in by_source.items():
        scored = Scored(classifier, rows)
        report = evaluate(scored, wanted)
        if source:
            report = {"source": source, **report}
        if other is not None:
            second = Scored(other, rows)
            from seqtool.metrics.labels import mcnemar

            report["compared"] = {"model": other.folder.name, "accuracy": evaluate(second, wanted).get("accuracy")}
            report["compared"] |= mcnemar(hits(scored, wanted), hits(second, wanted))
        reports.append(report)
        wrong.extend(wrong_rows(scored, wanted) if errors else ())
    if errors:
        with whole_file(errors) as beside:
            lines = (to_json(rounded(row, PLACES)) + "\n" for row in sorted(wrong, key=lambda row: -row["score"]))
            beside.write_text("".join(lines), encoding="utf-8")
    as_table = format_ == "table" or (format_ == "auto" and terminal_output())
    for report in reports:
        if as_table:
            from seqtool.cli.tables import show_report

            show_report(report)
        else:
            sys.stdout.write(to_json(rounded(report, PLACES)) + "\n")
    return 0


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


def _recipe_rows(path: Path, folders: tuple[Path, ...], split: str, sources: tuple[str, ...]) -> dict[str, list[Any]]:
    """The rows of a recipe's split, by source; texts that an earlier split has are left out."""
    from seqtool.errors import nearest
    from seqtool.training.classify.recipe import ClassifyRecipe
    from seqtool.training.data.rows import load_data
    from seqtool.training.recipe import read_recipe

    data = load_data(read_recipe(ClassifyRecipe, path), (*folders, path.parent))
    rows = [row for name, part in data.rows.items() if split in ("all", name) for row in part]
    by_source: dict[str, list[Any]] = {}
    for row in rows:
        by_source.setdefault(row.source, []).append(row)
    unknown = [name for name in sources if name not in by_source]
    if unknown:
        raise OptionError(f"--source {unknown[0]}: has no {split} rows; {nearest(unknown[0], by_source)}")
    return {name: part for name, part in by_source.items() if not sources or name in sources}


command.add_command(tag)
command.add_command(vectors)

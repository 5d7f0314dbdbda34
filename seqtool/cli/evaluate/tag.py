"""seqtool evaluate tag: how good is a tagger on labelled tokens?"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from seqtool.answers import rounded
from seqtool.cli.help import HelpfulCommand, option
from seqtool.cli.options import default_threads, limit_threads, model_option
from seqtool.cli.train.tag import tagged_options, tagged_settings
from seqtool.errors import DataError, OptionError, nearest
from seqtool.records.json_text import to_json
from seqtool.records.output import whole_file
from seqtool.records.terminal import terminal_output

DATA, REPORT = "Data", "Report"
PLACES = 4
PATH = click.Path(path_type=Path)


# fmt: off
@click.command(
    "tag",
    cls=HelpfulCommand,
    examples=[
        "seqtool evaluate tag examples/names.conll --label PER=person --label ORG=organisation --label LOC=location --missing time,nationality,event",
        "seqtool evaluate tag -m pos-en --column upos examples/words.conllu",
    ],
)
@click.argument("files", nargs=-1, type=PATH, metavar="[FILES]...")
@model_option("ner-en")
@tagged_options
@option("--recipe", "recipe_path", type=PATH, metavar="FILE", group=DATA, help="Score the sentences that a recipe holds out, source by source.")
@option("--data", "folders", type=PATH, multiple=True, metavar="DIR", group=DATA, help="Where the recipe's files are.")
@option("--split", type=click.Choice(["dev", "test"]), default="test", show_default=True, group=DATA, help="Which of the recipe's sentences.")
@option("--source", "sources", multiple=True, metavar="NAME", group=DATA, help="Only these of the recipe's sources.")
@option("--errors", type=PATH, metavar="FILE", group=REPORT, help="Write the sentences with a mistake there, and what is wrong.")
@option("--format", "format_", type=click.Choice(["auto", "json", "table"]), default="auto", show_default=True, group=REPORT,
        help="auto: a table on a terminal, JSON elsewhere.")
@option("--threads", type=click.IntRange(min=1), metavar="N", group="Speed", help="Cores to use.")
@option("--batch-size", type=click.IntRange(min=1), default=64, show_default=True, metavar="N", group="Speed", help="Sentences at once.")
def tag(
    files: tuple[Path, ...],
    model: str,
    recipe_path: Path | None,
    folders: tuple[Path, ...],
    split: str,
    sources: tuple[str, ...],
    errors: Path | None,
    format_: str,
    threads: int | None,
    batch_size: int,
    **data: Any,
) -> int:
    """Score a tagger: precision, recall and F1 of entities as conlleval counts them, or accuracy."""
    limit_threads(threads)
    from seqtool.engine.tagger import Tagger
    from seqtool.evaluation.tags import check_labels, evaluate, wrong_sentences
    from seqtool.modelfolder.find import find_model

    if bool(files) == bool(recipe_path):
        raise OptionError("name the files with labelled tokens, or --recipe FILE with --data DIR")
    tagger = Tagger(find_model(model, "tag"), threads=threads or default_threads(), batch_size=batch_size)
    if recipe_path:
        by_source, missing = _recipe_sentences(recipe_path, folders, split, sources)
    else:
        by_source, missing = _file_sentences(files, tagger, data)
    wrong: list[dict[str, Any]] = []
    reports = []
    for source, sentences in by_source.items():
        check_labels(tagger, sentences)
        report = evaluate(tagger, sentences, missing[source])
        reports.append({"source": source, **report} if source else report)
        if errors:
            found = wrong_sentences(tagger, sentences, missing[source])
            wrong.extend({"source": source, **row} if source else row for row in found)
    if errors:
        with whole_file(errors) as beside:
            beside.write_text("".join(to_json(row) + "\n" for row in wrong), encoding="utf-8")
    as_table = format_ == "table" or (format_ == "auto" and terminal_output())
    for report in reports:
        if as_table:
            from seqtool.cli.tables import show_tag_report

            show_tag_report(report)
        else:
            sys.stdout.write(to_json(rounded(report, PLACES)) + "\n")
    return 0


def _file_sentences(
    files: tuple[Path, ...], tagger: Any, data: dict[str, Any]
) -> tuple[dict[str, list[Any]], dict[str, tuple[str, ...]]]:
    """The sentences of the command line's files, and the labels that they do not annotate."""
    from seqtool.training.tag.data import load_sentences

    settings = tagged_settings(data)
    for label in settings.missing:
        if label not in tagger.labels:
            raise OptionError(f"--missing {label}: the model has no such label; {nearest(label, tagger.labels)}")
    sentences = []
    for path in files:
        if not path.exists():
            raise DataError(f"{path}: no such file; check the name")
        sentences.extend(load_sentences(replace(settings, file=str(path)), entities=tagger.kind == "entities", scheme=tagger.scheme))
    return {"": sentences}, {"": settings.missing}


def _recipe_sentences(
    path: Path, folders: tuple[Path, ...], split: str, sources: tuple[str, ...]
) -> tuple[dict[str, list[Any]], dict[str, tuple[str, ...]]]:
    """The sentences of a recipe's split by source, and the labels that each source does not annotate."""
    from seqtool.evaluation.tags import by_source
    from seqtool.training.recipe import read_recipe
    from seqtool.training.tag.data import load_tag_data
    from seqtool.training.tag.recipe import TagRecipe

    data = load_tag_data(read_recipe(TagRecipe, path), (*folders, path.parent))
    found = by_source(data.sentences[split])
    unknown = [name for name in sources if name not in found]
    if unknown:
        raise OptionError(f"--source {unknown[0]}: has no {split} sentences; {nearest(unknown[0], found)}")
    return {name: part for name, part in found.items() if not sources or name in sources}, data.missing

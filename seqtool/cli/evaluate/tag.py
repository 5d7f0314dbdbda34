"""seqtool evaluate tag: how good is a tagger on labelled tokens?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from seqtool.cli.evaluate.run import (
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
from seqtool.cli.train.tag import tagged_options, tagged_settings
from seqtool.errors import DataError, OptionError, nearest


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
@recipe_source_options("sentences", ["dev", "test"])
@option("--errors", type=PATH, metavar="FILE", group=REPORT, help="Write the sentences with a mistake there, and what is wrong.")
@format_options
@batch_option("Sentences")
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
    tagger = Tagger(find_model(model, "tag", regions=False), threads=threads or default_threads(), batch_size=batch_size)
    if recipe_path:
        by_source, missing = _recipe_sentences(recipe_path, folders, split)
        by_source = chosen_sources(by_source, sources, f"{split} sentences")
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
        write_errors(errors, wrong)

    def table() -> Any:
        from seqtool.cli.tables import show_tag_report

        return show_tag_report

    return show_reports(reports, format_, table)


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
    path: Path, folders: tuple[Path, ...], split: str
) -> tuple[dict[str, list[Any]], dict[str, tuple[str, ...]]]:
    """The sentences of a recipe's split by source, and the labels that each source does not annotate."""
    from seqtool.evaluation.tags import by_source
    from seqtool.training.recipe import read_recipe
    from seqtool.training.tag.data import load_tag_data
    from seqtool.training.tag.recipe import TagRecipe

    data = load_tag_data(read_recipe(TagRecipe, path), (*folders, path.parent))
    return by_source(data.sentences[split]), data.missing

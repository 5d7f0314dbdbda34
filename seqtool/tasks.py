"""The table of tasks: what a model folder or a recipe of a task is opened, trained and scored with.

Strings, ``module:name``, so that the table costs nothing to import; :func:`load_object` follows one.
``engines`` are by command: the first is what :func:`seqtool.load` opens without being told.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seqtool.errors import OptionError, nearest


@dataclass(frozen=True)
class Task:
    """A task and where its parts stand."""

    name: str
    engines: Mapping[str, str]
    recipe: str
    training: str
    report: str = ""
    answer: str = ""
    """The ``kind`` of ``[answer]``, or ``answer`` of a recipe, that tells it from another of its name."""


TASKS = [
    Task(
        "classify",
        engines={
            "classify": "seqtool.engine.classifier:Classifier",
            "embed": "seqtool.engine.embedder:NetworkEmbedder",
            "similar": "seqtool.engine.similar:Similar",
            "tokenize": "seqtool.tokenization.tokenizer:open_tokenizer",
        },
        recipe="seqtool.training.classify.recipe:ClassifyRecipe",
        training="seqtool.training.classify.training:ClassifierTraining",
        report="seqtool.evaluation.labels:evaluate_rows",
    ),
    Task(
        "tag",
        answer="regions",
        engines={"tag": "seqtool.engine.genes.tagger:RegionTagger"},
        recipe="seqtool.training.genes.recipe:GeneRecipe",
        training="seqtool.training.genes.training:GeneTraining",
    ),
    Task(
        "tag",
        engines={"tag": "seqtool.engine.tagger:Tagger"},
        recipe="seqtool.training.tag.recipe:TagRecipe",
        training="seqtool.training.tag.training:TaggerTraining",
        report="seqtool.evaluation.tags:evaluate",
    ),
    Task(
        "translate",
        engines={"translate": "seqtool.engine.translator:Translator"},
        recipe="seqtool.training.translate.recipe:TranslateRecipe",
        training="seqtool.training.translate.training:TranslatorTraining",
    ),
    Task(
        "vectors",
        engines={
            "embed": "seqtool.vectors.sentence:Embedder",
            "similar": "seqtool.engine.similar:Similar",
            "analogy": "seqtool.vectors.analogy:Analogies",
        },
        recipe="seqtool.training.vectors.recipe:VectorsRecipe",
        training="seqtool.training.vectors.training:VectorsTraining",
        report="seqtool.evaluation.word_vectors:score_analogies",
    ),
    Task(
        "tokenizer",
        engines={"tokenize": "seqtool.tokenization.tokenizer:open_tokenizer"},
        recipe="seqtool.training.tokenizer.recipe:TokenizerRecipe",
        training="seqtool.training.tokenizer.training:TokenizerTraining",
    ),
]


def load_object(path: str) -> Any:
    """What a string of the table names.

    ``load_object("seqtool.engine.tagger:Tagger")`` imports the module and gives the class.
    """
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def find_task(name: Any, answer: Any = "") -> Task:
    """The row of a task by its name, and by what it answers where that tells two apart.

    :raises OptionError: there is none of that name.
    """
    rows = [task for task in TASKS if task.name == name]
    if not rows:
        raise OptionError(f"task: {name!r} is none of ours; {nearest(str(name), [task.name for task in TASKS])}")
    return next((task for task in rows if task.answer and task.answer == answer), rows[-1])


def check_command(command: str) -> None:
    """See that some model answers a command.

    :raises OptionError: none does.
    """
    commands = list(dict.fromkeys(name for task in TASKS for name in task.engines))
    if command not in commands:
        raise OptionError(f"no command {command!r} that a model answers; {nearest(str(command), commands)}")

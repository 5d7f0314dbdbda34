"""Run a training of any task, show how it goes, tell what came of it."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from seqtool.cli.options import default_threads
from seqtool.cli.train.show import Show
from seqtool.errors import OptionError
from seqtool.records.terminal import terminal_output
from seqtool.tasks import find_task, load_object


def train(recipe: Any, values: dict[str, Any], folders: tuple[Path, ...] = (), leave_out: tuple[str, ...] = ()) -> int:
    """Run a recipe; the exit status.  ``values`` are the options of the run.

    :raises SeqtoolError: what the training cannot use.
    """
    if values["output"] is None:
        raise OptionError("-o DIR is missing: where shall the model folder be?")
    from seqtool.training.recipe import Run

    known = {item.name for item in fields(Run)} - {"threads", "folders", "leave_out"}
    run = Run(
        folders=folders,
        leave_out=leave_out,
        threads=values.get("threads") or default_threads(),
        **{name: value for name, value in values.items() if name in known},
    )
    training = load_object(find_task(recipe.task, getattr(recipe, "answer", "")).training)(recipe, run)
    with Show(quiet=values["quiet"], log=values.get("log")) as show:
        result = training.train(show)
    line, summary = training.summary(result)
    print(line if terminal_output() else json.dumps(summary, ensure_ascii=False))
    return 0

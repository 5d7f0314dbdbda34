"""What every training of a network shares on the command line: where its result goes, how it is run and shown."""

from __future__ import annotations

import json
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from seqtool.cli.help import Function, option
from seqtool.cli.options import apply
from seqtool.cli.train.stages import Stages
from seqtool.errors import OptionError, OutputError, SeqtoolError

DATA, NETWORK, TRAINING, RUN = "Data", "Network", "Training", "Run"
WORD = click.Path(path_type=Path)


def run_options(function: Function) -> Function:
    """Where the result goes and how the run behaves."""
    return apply(
        function,
        option("-o", "--output", type=WORD, required=False, metavar="DIR", group=RUN, help="The model folder to write."),
        option("--force", is_flag=True, group=RUN, help="Replace a folder that is there."),
        option("--resume", is_flag=True, group=RUN, help="Go on with a run that was killed, to the same result."),
        option("--minutes", type=click.FloatRange(min=0, min_open=True), group=RUN, metavar="N",
               help="A time budget for the training loop; the schedule follows the clock."),
        option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", group=RUN, help="Another seed, another draw of the same training."),
        option("--device", default="auto", show_default=True, metavar="auto|cpu|cuda", group=RUN, help="Where to train."),
        option("--threads", type=click.IntRange(min=1), metavar="N", group=RUN, help="Cores to use; by default those there are, at most 4."),
        option("--log", type=WORD, metavar="FILE", group=RUN, help="Append a JSON line for every evaluation."),
        option("-q", "--quiet", is_flag=True, group=RUN, help="No progress."),
    )  # fmt: skip


def _training(task: str, answer: str) -> Any:
    """The class that trains for a task."""
    if answer == "regions":
        from seqtool.training.genes.training import GeneTraining

        return GeneTraining
    if task == "tag":
        from seqtool.training.tag.training import TaggerTraining

        return TaggerTraining
    from seqtool.training.classify.training import ClassifierTraining

    return ClassifierTraining


def train_network(
    task: str, recipe: Any, folders: tuple[Path, ...], leave_out: tuple[str, ...], values: dict[str, Any]
) -> int:
    """Run a recipe, show how it goes, write the folder."""
    if values["output"] is None:
        raise OptionError("-o DIR is missing: where shall the model folder be?")
    from seqtool.cli.options import default_threads
    from seqtool.training.run import Run, Training

    known = {item.name for item in fields(Run)}
    run = Run(
        folders=folders,
        leave_out=leave_out,
        threads=values["threads"] or default_threads(),
        **{name: value for name, value in values.items() if name in known - {"threads"}},
    )
    with Stages(quiet=values["quiet"]) as stages:
        training: Training = _training(task, getattr(recipe, "answer", ""))(recipe, run, stages.say)
        if values["log"]:
            _log(values["log"], "")
        try:
            training.prepare()
        except SeqtoolError:
            training.forget()
            raise
        for note in training.notes:
            stages.note(note)
        for step in training.steps():
            stages.advance(step, training.trainer.progress)
            if step.evaluation:
                stages.evaluated(step)
                if values["log"]:
                    entry = {"time": round(time.time(), 1), **step.evaluation, "best": step.is_best}
                    _log(values["log"], json.dumps(entry) + "\n")
        result = training.finish()
    stages.result(str(run.output), result)
    return 0


def _log(path: Path, text: str) -> None:
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}; choose another place") from None

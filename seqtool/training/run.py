"""What every training of a network has in common: where it works, how it is killed and goes on."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from seqtool.errors import OptionError, OutputError
from seqtool.modelfolder.manifest import sha256_of
from seqtool.modelfolder.write import check_place
from seqtool.records.output import whole_file
from seqtool.training.checkpoint import load_checkpoint, save_checkpoint
from seqtool.training.loop import Step, Trainer
from seqtool.training.recipe import find_data

CHECKPOINT_SECONDS = 120.0


@dataclass(frozen=True)
class Run:
    """What a training needs beside the recipe: places and the machine."""

    output: Path
    folders: tuple[Path, ...] = ()
    device: str = "auto"
    threads: int = 1
    force: bool = False
    resume: bool = False
    leave_out: tuple[str, ...] = ()
    checkpoint_seconds: float = CHECKPOINT_SECONDS


def no_stage(message: str) -> None:
    """Nobody listens to what is being done."""


def device_of(name: str) -> str:
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.device(name)
    except RuntimeError:
        raise OptionError(f"--device {name}: no such device; auto, cpu or cuda") from None
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise OptionError(f"--device {name}: torch sees no such device; --device cpu")
    return name


class Training(ABC):
    """A network in training: ``prepare()``, then ``steps()`` to its end, then ``finish()``.

    What a killed run needs to go on lies in ``OUTPUT.training`` beside the output folder.

    :raises SeqtoolError: data, recipe, model or places that cannot be used.
    """

    # What a recipe says of the finished folder may change while the network trains.
    said_later: tuple[str, ...] = ("name", "version", "description", "licence", "languages", "tried")

    def __init__(self, recipe: Any, run: Run, stage: Callable[[str], None] = no_stage) -> None:
        check_place(run.output, run.force)
        if not recipe.data:
            raise OptionError("there is nothing to train on; name a file, or [[data]] in the recipe")
        self.recipe = recipe
        self.run = run
        self.stage = stage
        self.device = device_of(run.device)
        self.work = run.output.with_name(run.output.name + ".training")
        self.trainer: Trainer
        self._made = False

    @property
    @abstractmethod
    def notes(self) -> list[str]:
        """What was noticed in the data."""

    @abstractmethod
    def prepare(self) -> None:
        """Read and check the data, make or take the vocabulary, build the network."""

    @abstractmethod
    def finish(self) -> dict[str, Any]:
        """Export, check and write the folder; its dev scores."""

    @abstractmethod
    def _files(self) -> Sequence[str]:
        """The files that the training reads, as the recipe names them."""

    def forget(self) -> None:
        """Remove the work folder, if this run made it and did not get to its first checkpoint."""
        if self._made and not (self.work / "checkpoint.json").exists():
            shutil.rmtree(self.work, ignore_errors=True)

    def _open_work(self) -> None:
        """The folder of a run: new, or that of the same run before it was killed."""
        table = {key: value for key, value in self.recipe.to_table().items() if key not in self.said_later}
        paths = {name: find_data(name, self.run.folders) for name in self._files()}
        # A pipe can be read once only: that its rows are the same is then the user's word.
        files = {name: sha256_of(path) if path.is_file() else "" for name, path in paths.items()}
        same = {
            "recipe": table,
            "files": files,
            "leave_out": self.run.leave_out,
            "threads": self.run.threads,
            "device": self.device,
        }
        fingerprint = hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()
        mark = self.work / "run.json"
        if self.work.exists() and not mark.is_file() and (not self.work.is_dir() or any(self.work.iterdir())):
            raise OutputError(f"{self.work}: is there, and not of a training; move it or choose another -o")
        if self.run.resume and mark.is_file():
            if fingerprint not in mark.read_text(encoding="utf-8", errors="replace"):
                raise OptionError(
                    f"{self.work}: was begun with other options, data or threads; run it as before, or without --resume"
                )
            return
        if self.work.exists() and not self.run.force and mark.is_file() and not self.run.resume:
            raise OutputError(
                f"{self.work}: is there from a run that did not end; --resume goes on with it, --force starts again"
            )
        shutil.rmtree(self.work, ignore_errors=True)
        try:
            self.work.mkdir()
            self._made = True
            with whole_file(mark) as beside:
                beside.write_text(json.dumps({"fingerprint": fingerprint, **same}, indent=1), encoding="utf-8")
        except OSError as error:
            raise OutputError(f"{self.work}: cannot be written: {error.strerror}; choose another place") from None

    def _go_on(self) -> None:
        """Take up where a killed run stopped, if one is to be gone on with."""
        found = load_checkpoint(self.work) if self.run.resume else None
        if found:
            tensors, state = found
            self.trainer.restore(tensors, state["progress"])
            self.stage(f"going on from step {self.trainer.progress.step}")

    @property
    def _resumed(self) -> bool:
        """Whether the weights come out of a checkpoint."""
        return self.run.resume and (self.work / "checkpoint.json").is_file()

    def steps(self) -> Iterator[Step]:
        """Train; checkpoints go into the work folder every few minutes and at every evaluation."""
        saved = time.monotonic()
        for step in self.trainer.run():
            if step.evaluation or time.monotonic() - saved > self.run.checkpoint_seconds:
                self._save()
                saved = time.monotonic()
            yield step

    def _save(self) -> None:
        progress = asdict(self.trainer.progress)
        save_checkpoint(self.work, self.trainer.tensors(), {"step": progress["step"], "progress": progress})

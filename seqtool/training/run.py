"""What every training of a network shares: where it works, how it is killed and goes on, what it leaves.

A task fills the holes of :class:`Training`: what is read, the network, the plan of its batches, the
loss and the score, what goes into the folder, how that is scored, and the card.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from seqtool.engine.open import engine_of
from seqtool.errors import OptionError, OutputError, SeqtoolError
from seqtool.modelfolder.describe import manifest_head
from seqtool.modelfolder.manifest import open_folder, sha256_of
from seqtool.modelfolder.write import check_output_folder, new_folder, to_toml, write_manifest
from seqtool.records.output import whole_file
from seqtool.training.checkpoint import load_checkpoint, save_checkpoint
from seqtool.training.loop import Progress, Trainer, TrainingStep
from seqtool.training.plans import Batch, Plan
from seqtool.training.recipe import Run, find_data

# What a result keeps for the recipe's [results].
KEPT_RESULTS = ("score", "score_as_stored", "steps", "seconds", "tokens")


class Reporter(Protocol):
    """Who is told how a training goes."""

    def stage(self, message: str) -> None:
        """A stage begins."""

    def note(self, message: str) -> None:
        """Something about the data that a person should know."""

    def step(self, step: TrainingStep, progress: Progress) -> None:
        """A step is done, perhaps with an evaluation."""

    def progress(self, share: float, text: str) -> None:
        """How much is done, 0 to 1, of what has no steps."""

    def epoch(self, entry: dict[str, Any]) -> None:
        """An epoch of what has no evaluations is done."""


def ignore_stage(message: str) -> None:
    """Tell nobody what is being done."""


def device_of(name: str) -> str:
    """The device that ``--device`` means.

    :raises OptionError: there is no such device.
    """
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

    :raises SeqtoolError: data, recipe, model or paths that cannot be used.
    """

    # What a recipe says of the finished folder may change while the network trains.
    may_change: tuple[str, ...] = ("name", "version", "description", "licence", "languages", "tried")
    # What was noticed in the data.
    notes: Sequence[str] = ()

    def __init__(self, recipe: Any, run: Run, stage: Callable[[str], None] = ignore_stage) -> None:
        check_output_folder(run.output, run.force)
        if not recipe.data:
            raise OptionError("there is nothing to train on; name a file, or [[data]] in the recipe")
        self.recipe = recipe
        self.run = run
        self.stage = stage
        self.device = device_of(run.device)
        self.work = run.output.with_name(run.output.name + ".training")
        self.trainer: Trainer
        self._made = False

    # -- what a task fills in ------------------------------------------------------------------

    @abstractmethod
    def files(self) -> Sequence[str]:
        """The files that the training reads, as the recipe names them."""

    @abstractmethod
    def read(self) -> None:
        """Read and check the data."""

    @abstractmethod
    def build(self) -> nn.Module:
        """Make or take the vocabulary, and build the network."""

    @abstractmethod
    def plan(self) -> Plan:
        """How the data become batches."""

    @abstractmethod
    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """The loss of each row of a batch, (batch,)."""

    @abstractmethod
    def score(self, network: nn.Module) -> dict[str, float]:
        """Dev scores: ``score`` is to be made large; ``loss``, where it is told, decides between equals."""

    @abstractmethod
    def describe(self, network: Any) -> dict[str, Any]:
        """The manifest behind its head: labels, ``[network]``, ``[tokenizer]``, ``[answer]``, ..."""

    @abstractmethod
    def export(self, network: Any, folder: Path) -> None:
        """Write the graphs and vocabularies; the network's weights become what is stored."""

    @abstractmethod
    def report(self, network: Any, engine: Any) -> dict[str, Any]:
        """How good the folder is: at least ``parity``, ``dev``, ``score`` and ``score_as_stored``."""

    @abstractmethod
    def card(self, manifest: dict[str, Any], result: dict[str, Any]) -> str:
        """The folder's README.md."""

    # -- what is the same for all --------------------------------------------------------------

    def prepare(self) -> None:
        """Read the data, build the network, take up a killed run."""
        torch.set_num_threads(self.run.threads)
        torch.manual_seed(self.recipe.seed)
        self.stage("reading the data")
        self.read()
        self._open_work()
        network = self.build()
        self.trainer = Trainer(
            network, self.recipe.training, plan=self.plan(), loss=self.loss, score=self.score, device=self.device
        )
        self._go_on()

    def forward(self, network: nn.Module, batch: Batch) -> Tensor:
        """What the network gives for a batch, in float32."""
        with self.trainer.autocast():
            outputs: Tensor = network(*batch.inputs(self.device))
        return outputs.float()

    def train(self, show: Reporter) -> dict[str, Any]:
        """All of it; what came of it."""
        self.stage = show.stage
        try:
            self.prepare()
        except SeqtoolError:
            self.forget()
            raise
        for note in self.notes:
            show.note(note)
        for step in self.steps():
            show.step(step, self.trainer.progress)
        return self.finish()

    def finish(self) -> dict[str, Any]:
        """Export, check and write the folder; its dev scores."""
        trainer = self.trainer
        network = trainer.network
        network.load_state_dict(trainer.best)
        network.eval()
        with torch.inference_mode():
            described = self.describe(network)
        labels = described.pop("labels", None)
        manifest = {**manifest_head(self.recipe, self.run.output.name, labels=labels), **described}
        self.stage("exporting and checking")
        with new_folder(self.run.output, manifest, force=self.run.force) as folder:
            self.export(network, folder)
            write_manifest(folder, manifest)
            engine = engine_of(open_folder(folder), threads=self.run.threads)
            with torch.inference_mode():
                report = self.report(network, engine)
            result = {
                **report,
                "steps": trainer.progress.step,
                "seconds": round(trainer.progress.seconds, 1),
                "tokens": trainer.progress.tokens,
            }
            history = [{key: round(value, 4) for key, value in entry.items()} for entry in trainer.progress.history]
            results = {**{key: result[key] for key in KEPT_RESULTS}, "evaluations": history}
            document = {**self.recipe.to_table(), "results": results}
            (folder / "recipe.toml").write_text(to_toml(document), encoding="utf-8")
            (folder / "README.md").write_text(self.card(manifest, result), encoding="utf-8")
        shutil.rmtree(self.work, ignore_errors=True)
        return result

    def summary(self, result: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The end of a training in a line for eyes, and as JSON."""
        summary = {"model": str(self.run.output), "dev_score": round(result["score_as_stored"], 4)}
        return f"{self.run.output}: dev score {summary['dev_score']}", summary

    def forget(self) -> None:
        """Remove the work folder, if this run made it and did not get to its first checkpoint."""
        if self._made and not (self.work / "checkpoint.json").exists():
            shutil.rmtree(self.work, ignore_errors=True)

    def _open_work(self) -> None:
        """The folder of a run: new, or that of the same run before it was killed."""
        table = {key: value for key, value in self.recipe.to_table().items() if key not in self.may_change}
        paths = {name: find_data(name, self.run.folders) for name in self.files()}
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

    def steps(self) -> Iterator[TrainingStep]:
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

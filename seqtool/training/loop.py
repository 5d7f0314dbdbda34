"""The training loop, one for all tasks: a generator that neither prints nor saves.

What a task adds is its network, its batches, its loss and its score.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from seqtool.errors import DataError, OptionError
from seqtool.training.checkpoint import flat_optimizer, restore_optimizer
from seqtool.training.plans import Batch, Plan
from seqtool.training.recipe import TrainingSettings
from seqtool.training.schedule import rate


@dataclass
class Progress:
    """Where a training is; all of it goes into a checkpoint."""

    step: int = 0
    epoch: int = 0
    batch: int = 0
    """The number of the next batch in the epoch."""
    seconds: float = 0.0
    tokens: int = 0
    best_score: float = -math.inf
    best_loss: float = math.inf
    """The dev loss at the best score, where one is told: of equal scores that of the lower loss is the best."""
    best_step: int = 0
    stale: int = 0
    """Evaluations since the best one."""
    finished: bool = False
    history: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class TrainingStep:
    """What the loop yields after every step."""

    loss: float
    share: float
    """How much of the training is done, 0 to 1."""
    tokens_per_second: float
    evaluation: dict[str, Any] | None
    """The scores, where this step ended with an evaluation."""
    is_best: bool


class Trainer:
    """A training in progress.

    loss(network, batch) is the loss of each row, (batch,); score(network) the dev scores, of which
    ``score`` is to be made large.  A step's loss is the mean over its rows, times the root of how
    many they are beside the usual: else a row of a batch of few long texts would count many times
    one of a batch of many short ones.

    The weights that are scored and kept are the network's own, or their exponential average
    (``averaging``; Polyak & Juditsky 1992).  AdamW (Loshchilov & Hutter 2019); gradients are
    clipped by their norm; the forward pass may be in bfloat16 (``arithmetic``).
    """

    def __init__(
        self,
        network: nn.Module,
        settings: TrainingSettings,
        *,
        plan: Plan,
        loss: Callable[[nn.Module, Batch], Tensor],
        score: Callable[[nn.Module], dict[str, float]],
        device: str = "cpu",
    ) -> None:
        self.network = network.to(device)
        self.progress = Progress()
        self._settings = settings
        self._plan = plan
        self._loss = loss
        self._score = score
        self._device = device
        self._trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
        decayed = [parameter for parameter in self._trained if parameter.dim() > 1]
        others = [parameter for parameter in self._trained if parameter.dim() <= 1]
        groups: list[dict[str, Any]] = [{"params": decayed}, {"params": others, "weight_decay": 0.0}]
        self._optimizer = torch.optim.AdamW(
            groups,
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=True,
        )
        self._rows: Sequence[Sequence[Any]] = []
        self._usual = 1.0
        # What a network carries from batch to batch of a stream; the loss sets and reads it.
        self.carried: tuple[Tensor, ...] = ()
        self.average = (
            {name: value.clone() for name, value in network.state_dict().items()} if settings.averaging else None
        )
        self.best = {name: value.clone() for name, value in network.state_dict().items()}

    @property
    def share(self) -> float:
        """How much of the training is done: by the clock with a time budget, else by steps."""
        settings = self._settings
        by_steps = (self.progress.epoch + self.progress.batch / max(1, len(self._rows))) / settings.epochs
        return max(by_steps, self.progress.seconds / (60 * settings.minutes)) if settings.minutes else by_steps

    def run(self) -> Iterator[TrainingStep]:
        """Train to the end, or until the dev score has not grown for ``patience`` evaluations."""
        settings, progress = self._settings, self.progress
        self.network.train()
        while not progress.finished:
            self._rows = self._plan.rows(progress.epoch)
            if not self._rows:
                raise DataError("an epoch has no rows; raise the sources' weight or per_epoch")
            self._usual = sum(map(len, self._rows)) / len(self._rows)
            every = max(1, round(len(self._rows) / settings.evaluations))
            for batch in self._plan.batches(progress.epoch, self._rows, progress.batch):
                begun = time.perf_counter()
                loss = self._step(batch)
                elapsed = time.perf_counter() - begun
                progress.seconds += elapsed
                progress.step += 1
                progress.batch += 1
                tokens = int(batch.lengths.sum())
                progress.tokens += tokens
                evaluation, is_best = None, False
                ended = self.share >= 1.0
                if ended or progress.batch % every == 0:
                    evaluation, is_best = self._evaluate()
                    progress.finished = ended or 0 < settings.patience <= progress.stale
                yield TrainingStep(loss, min(1.0, self.share), tokens / elapsed, evaluation, is_best)
                if progress.finished:
                    return
            progress.epoch += 1
            progress.batch = 0

    def autocast(self) -> torch.autocast:
        """The arithmetic of a forward pass, as the settings want it."""
        kind = self._device.split(":")[0]
        arithmetic = self._settings.arithmetic
        half = arithmetic == "bfloat16" or (arithmetic == "auto" and kind == "cuda")
        return torch.autocast(kind, dtype=torch.bfloat16, enabled=half)

    def _loss_of(self, batch: Batch) -> Tensor:
        """:raises OptionError: the machine has no such arithmetic for this network."""
        try:
            return self._loss(self.network, batch)
        except RuntimeError as error:
            if "primitive" in str(error) and self._settings.arithmetic == "bfloat16":  # oneDNN's word for it
                message = "this machine cannot run this network in bfloat16; take float32"
                raise OptionError(f"arithmetic: {message}") from None
            raise

    def _step(self, batch: Batch) -> float:
        settings = self._settings
        factor = rate(settings.schedule, self.share, settings.warmup)
        for group in self._optimizer.param_groups:
            group["lr"] = settings.learning_rate * factor
        loss = self._loss_of(batch).mean() * (len(batch.rows) / self._usual) ** 0.5
        if not torch.isfinite(loss):
            raise DataError(f"the loss is no number any more at step {self.progress.step}; lower the learning rate")
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self._trained, settings.clip_norm)
        self._optimizer.step()
        if self.average is not None:
            # A young average follows more closely, or it would still hold the random start.
            decay = min(settings.averaging, (1 + self.progress.step) / (10 + self.progress.step))
            for name, value in self.network.state_dict().items():
                self.average[name].lerp_(value, 1.0 - decay)
        return float(loss.detach())

    def _evaluate(self) -> tuple[dict[str, Any], bool]:
        progress = self.progress
        own = {name: value.clone() for name, value in self.network.state_dict().items()}
        if self.average is not None:
            self.network.load_state_dict(self.average)
        self.network.eval()
        with torch.inference_mode():
            scores = self._score(self.network)
        loss = scores.get("loss", math.inf)
        is_best = (scores["score"], -loss) > (progress.best_score, -progress.best_loss)
        if is_best:
            self.best = {name: value.clone() for name, value in self.network.state_dict().items()}
            progress.best_score, progress.best_loss = scores["score"], loss
            progress.best_step, progress.stale = progress.step, 0
        else:
            progress.stale += 1
        self.network.load_state_dict(own)
        self.network.train()
        entry = {"step": progress.step, "epoch": progress.epoch, "seconds": round(progress.seconds, 1), **scores}
        progress.history.append(entry)
        return entry, is_best

    def tensors(self) -> dict[str, Tensor]:
        """Everything that a checkpoint must hold, the generators of chance included."""
        tensors = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        tensors |= {f"best.{name}": value for name, value in self.best.items()}
        if self.average is not None:
            tensors |= {f"average.{name}": value for name, value in self.average.items()}
        tensors |= {f"carried.{number}": value for number, value in enumerate(self.carried)}
        tensors["chance.cpu"] = torch.get_rng_state()
        if self._device.startswith("cuda"):
            tensors["chance.cuda"] = torch.cuda.get_rng_state(self._device)
        return tensors | flat_optimizer(self._optimizer)

    def restore(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go on from a checkpoint as if nothing had happened."""

        def part(prefix: str) -> dict[str, Tensor]:
            chosen = {name: value for name, value in tensors.items() if name.startswith(prefix)}
            return {name.removeprefix(prefix): value.to(self._device) for name, value in chosen.items()}

        self.network.load_state_dict(part("network."))
        self.best = part("best.")
        if self.average is not None:
            self.average = part("average.")
        self.carried = tuple(value for _, value in sorted(part("carried.").items()))
        restore_optimizer(self._optimizer, tensors)
        torch.set_rng_state(tensors["chance.cpu"])
        if "chance.cuda" in tensors:
            torch.cuda.set_rng_state(tensors["chance.cuda"], self._device)
        self.progress = Progress(**state)

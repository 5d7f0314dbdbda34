"""Tokens a second in training: seqtool's own loop, a bare torch loop, and packed sequences.

All three train the same network (dropouts too) on the same batches, with the same optimiser, in turn
over the same stretch of batches.  seqtool's time is that of its whole loop, with making the batches
and the task's own loss; the bare loops get their batches ready made and use ``cross_entropy``:
forward, loss, backward, clip, step.  "Packed" runs torch's own two-direction layer on packed
sequences, sorted as it likes them.  Goals: at least 0.85 of the bare loop, never slower than packed.

    python benchmarks/training_speed.py --threads 1 --json benchmarks/results/training_speed.jsonl
"""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import common
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from seqtool.modelfolder.find import find_model
from seqtool.modelfolder.shapes import ClassifierShape
from seqtool.nn.classifier import ClassifierNetwork
from seqtool.tokenization.pieces import Pieces
from seqtool.training.classify.losses import label_losses
from seqtool.training.loop import Trainer
from seqtool.training.plans import Batch, LengthPlan, Sequences
from seqtool.training.recipe import TrainingSettings

LABELS = 5
VOCABULARY = 16_000
SEED = 1
OURS, BARE, PACKED = "seqtool", "bare torch", "packed torch"

Advance = Callable[[Sequence[Batch]], None]


@dataclass(frozen=True)
class Task:
    """What all three train on: a network to copy, batches, the right label of each row."""

    network: ClassifierNetwork
    settings: TrainingSettings
    plan: LengthPlan
    batches: list[Batch]
    labels: Tensor


class Packed(nn.Module):
    """torch's own recurrent layer on packed sequences, in the place of seqtool's."""

    def __init__(self, shape: ClassifierShape, dropout: float) -> None:
        super().__init__()
        self.directions = 2 if shape.bidirectional else 1
        module = {"lstm": nn.LSTM, "gru": nn.GRU}[shape.cell]
        self.layers = module(
            shape.embedding_size,
            shape.hidden_size,
            num_layers=shape.num_layers,
            bidirectional=shape.bidirectional,
            dropout=dropout if shape.num_layers > 1 else 0.0,
        )

    def forward(self, inputs: Tensor, lengths: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        packed = pack_padded_sequence(inputs, lengths)
        outputs, states = self.layers(packed)
        padded, _ = pad_packed_sequence(outputs, total_length=inputs.size(0))
        return padded, states if isinstance(states, tuple) else (states,)


def sequences_of(arguments: argparse.Namespace) -> tuple[Sequences, int]:
    """Sequences of ids, and the size of the vocabulary: of the texts given, or drawn by chance."""
    if arguments.texts:
        folder = find_model(arguments.model, "classify")
        pieces = Pieces(folder.file(folder.table("tokenizer")["file"]))
        ids = pieces.ids(arguments.texts.read_text(encoding="utf-8", errors="replace").split("\n"))
        return Sequences.of([part for part in ids if part]), pieces.size
    chance = np.random.default_rng(SEED)
    lengths = np.clip(chance.lognormal(np.log(arguments.median), 0.7, arguments.sequences), 4, 400).astype(int)
    return Sequences.of([chance.integers(3, VOCABULARY, length).tolist() for length in lengths]), VOCABULARY


def make_task(arguments: argparse.Namespace, cell: str, sequences: Sequences, vocabulary: int) -> Task:
    """A fresh network and an epoch's batches."""
    settings = TrainingSettings(epochs=1000.0, batch_size=arguments.batch_size, patience=0, evaluations=1.0)
    torch.manual_seed(SEED)
    shape = ClassifierShape(
        vocabulary_size=vocabulary,
        num_labels=LABELS,
        cell=cell,
        embedding_size=arguments.embedding_size,
        hidden_size=arguments.hidden_size,
        num_layers=arguments.layers,
        pooling=tuple(arguments.pooling.split(",")),
    )
    network = ClassifierNetwork(
        shape,
        dropout=settings.dropout,
        recurrent_dropout=settings.recurrent_dropout,
        embedding_dropout=settings.embedding_dropout,
        word_dropout=settings.word_dropout,
    )
    plan = LengthPlan(
        sequences,
        np.ones(len(sequences), np.float32),
        batch_size=settings.batch_size,
        batch_tokens=settings.batch_tokens,
        max_length=settings.max_length,
        seed=SEED,
    )
    labels = torch.from_numpy(np.random.default_rng(SEED).integers(0, LABELS, len(sequences)))
    return Task(network, settings, plan, list(plan.batches(0, plan.rows(0))), labels)


def seqtool_loop(task: Task) -> Advance:
    """seqtool's trainer; its batches are those of the task, in the same order."""
    allowed = nn.functional.one_hot(task.labels, LABELS).float()

    def loss(network: nn.Module, batch: Batch) -> Tensor:
        return label_losses(network(batch.ids, batch.lengths), allowed[torch.tensor(batch.rows)], 0.0, False)

    network = copy.deepcopy(task.network)
    trainer = Trainer(network, task.settings, plan=task.plan, loss=loss, score=lambda _: {"score": 0.0})
    steps = trainer.run()

    def advance(batches: Sequence[Batch]) -> None:
        for _ in batches:
            next(steps)

    return advance


def bare_loop(task: Task, *, packed: bool) -> Advance:
    """What one would write by hand, on the padded network or on packed sequences."""
    network = copy.deepcopy(task.network)
    if packed:
        network.recurrent = Packed(network.shape, task.settings.recurrent_dropout)  # type: ignore[assignment]
    network.train()
    parameters = list(network.parameters())
    groups = [
        {"params": [parameter for parameter in parameters if parameter.dim() > 1]},
        {"params": [parameter for parameter in parameters if parameter.dim() <= 1], "weight_decay": 0.0},
    ]
    settings = task.settings
    optimizer = torch.optim.AdamW(groups, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True)

    def advance(batches: Sequence[Batch]) -> None:
        for batch in batches:
            logits = network(batch.ids, batch.lengths)
            loss = nn.functional.cross_entropy(logits, task.labels[batch.rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, settings.clip_norm)
            optimizer.step()
            float(loss.detach())

    return advance


def longest_first(batch: Batch) -> Batch:
    """The rows as packed sequences want them; they are sorted by length already, the short ones first."""
    order = torch.argsort(batch.lengths, descending=True, stable=True)
    return Batch(
        [batch.rows[place] for place in order.tolist()], batch.ids[:, order].contiguous(), batch.lengths[order]
    )


def measure(task: Task, warm_up: int, steps: int, rounds: int) -> dict[str, list[float]]:
    """Tokens a second of each loop in each round; a round is ``steps`` batches, the same for all."""
    batches = {OURS: task.batches, BARE: task.batches, PACKED: [longest_first(batch) for batch in task.batches]}
    loops = {OURS: seqtool_loop(task), BARE: bare_loop(task, packed=False), PACKED: bare_loop(task, packed=True)}
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for number in range(rounds + 1):
        part = slice(0, warm_up) if number == 0 else slice(warm_up + (number - 1) * steps, warm_up + number * steps)
        tokens = sum(int(batch.lengths.sum()) for batch in task.batches[part])
        for name, advance in loops.items():
            begun = time.perf_counter()
            advance(batches[name][part])
            if number:
                rates[name].append(tokens / (time.perf_counter() - begun))
    return rates


def show(cell: str, rates: dict[str, list[float]]) -> dict[str, float]:
    """Print a cell's rows; the ratios are medians of the rounds' own."""
    ratios = {name: median(a / b for a, b in zip(rates[OURS], rates[name])) for name in (BARE, PACKED)}
    for name, values in rates.items():
        print(f"{cell:5} {name:13} {median(values):9,.0f} tokens/s")
    print(f"{cell:5} seqtool to bare:   {ratios[BARE]:.3f} {common.goal(ratios[BARE], '>=', 0.85)}")
    print(f"{cell:5} seqtool to packed: {ratios[PACKED]:.3f} {common.goal(ratios[PACKED], '>=', 1)}")
    return ratios


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument(
        "--texts", type=Path, metavar="FILE", help="train on these lines in the model's pieces, not on chance"
    )
    parser.add_argument("--sequences", type=int, default=40_000, help="so many are drawn by chance")
    parser.add_argument("--median", type=int, default=40, help="their median length")
    parser.add_argument("--cells", default="lstm,gru")
    parser.add_argument("--embedding-size", type=int, default=128)
    parser.add_argument("--hidden-size", type=int, default=192)
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--pooling", default="max,mean,embedding")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, default=20, help="batches a round")
    parser.add_argument("--warm-up", type=int, default=10, help="batches before the first round")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    sequences, vocabulary = sequences_of(arguments)
    results = {}
    for cell in arguments.cells.split(","):
        task = make_task(arguments, cell, sequences, vocabulary)
        needed = arguments.warm_up + arguments.rounds * arguments.steps + 1  # + 1: no evaluation within a round
        if len(task.batches) < needed:
            parser.error(f"{len(task.batches)} batches where {needed} are needed; more sequences, or fewer rounds")
        rates = measure(task, arguments.warm_up, arguments.steps, arguments.rounds)
        results[cell] = {"tokens_per_second": rates, "ratios": show(cell, rates)}
    common.append_json(arguments.json, "training_speed", arguments, results)


if __name__ == "__main__":
    main()

"""Train a counter on texts and the numbers of their vowels: no letter is labelled."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seqtool.training.plans import Batch, LengthPlan, Sequences, sorted_batches
from seqtool.training.recipe import find_data
from seqtool.training.run import Training
from vowels.engine import LETTERS, VowelCounter, ids_of
from vowels.export import export_counter
from vowels.network import CounterNetwork, counts
from vowels.recipe import CounterShape, VowelsRecipe
from vowels.report import report


class VowelsTraining(Training):
    """A counter in training."""

    recipe: VowelsRecipe

    def files(self) -> list[str]:
        return [item.file for item in self.recipe.data]

    def read(self) -> None:
        rows = []
        for item in self.recipe.data:
            lines = find_data(item.file, self.run.folders).read_text(encoding="utf-8").splitlines()
            rows += [(text, int(count)) for count, text in (line.split("\t") for line in lines)]
        cut = round(len(rows) * self.recipe.data[0].dev)
        self._dev_rows, self._rows = rows[:cut], rows[cut:]
        self._dev, self._train = (
            Sequences.of([ids_of(text) for text, _ in part]) for part in (self._dev_rows, self._rows)
        )

    def build(self) -> CounterNetwork:
        return CounterNetwork(CounterShape(vocabulary_size=len(LETTERS) + 1, **asdict(self.recipe.network)))

    def plan(self) -> LengthPlan:
        settings = self.recipe.training
        weights = np.ones(len(self._rows), np.float32)
        return LengthPlan(
            self._train, weights, settings.batch_size, settings.batch_tokens, settings.max_length, self.recipe.seed
        )

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """The squared error of the count."""
        right = torch.tensor([float(self._rows[row][1]) for row in batch.rows])
        return (counts(self.forward(network, batch), batch.lengths) - right) ** 2

    def score(self, network: nn.Module) -> dict[str, float]:
        errors = []
        for batch in sorted_batches(self._dev, 100, 1000):
            found = counts(network(batch.ids, batch.lengths), batch.lengths)
            errors += [abs(float(count) - self._dev_rows[row][1]) for row, count in zip(batch.rows, found)]
        return {"score": -sum(errors) / len(errors)}

    def describe(self, network: CounterNetwork) -> dict[str, Any]:
        return {"network": network.shape.to_table()}

    def export(self, network: CounterNetwork, folder: Path) -> None:
        export_counter(network, folder / "network.onnx", self.recipe.training.storage)

    def report(self, network: CounterNetwork, engine: VowelCounter) -> dict[str, Any]:
        text = "parity of a text"
        [scores] = engine.scores([ids_of(text)])
        expected = network(torch.tensor([ids_of(text)]).t(), torch.tensor([len(text)]))[:, 0, 0]
        dev = report(engine, self._dev_rows)
        parity = float((torch.from_numpy(scores) - expected).abs().max())
        return {
            "dev": dev,
            "score": self.trainer.progress.best_score,
            "score_as_stored": dev["accuracy"],
            "parity": parity,
        }

    def card(self, manifest: dict[str, Any], result: dict[str, Any]) -> str:
        return f"# {manifest['name']}\n\nCounts vowels: {result['dev']['accuracy']:.2f} of the dev lines are right.\n"

"""Train a tagger of genes on genomes and their annotation."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from seqtool.decoding.grammar import Grammar
from seqtool.engine.genes.chains import Chains
from seqtool.engine.genes.kmers import kmers, vocabulary_size
from seqtool.engine.genes.tagger import RegionTagger, dialect_tables
from seqtool.errors import DataError
from seqtool.export.check import check_steps
from seqtool.export.tagger import export_tagger
from seqtool.modelfolder.shapes import TaggerShape
from seqtool.modelfolder.write import to_toml
from seqtool.nn.tagger import TaggerNetwork
from seqtool.training.genes.batches import GeneBatch, GenePlan, Genes, Stretches
from seqtool.training.genes.chains import count_chains
from seqtool.training.genes.data import CLASSES, OF_STRAND, Genome, read_genomes
from seqtool.training.genes.field import GeneField
from seqtool.training.genes.grammar import grammar
from seqtool.training.genes.recipe import GeneRecipe
from seqtool.training.plans import Batch
from seqtool.training.run import Training

GRAMMAR, CHAINS = "grammar.toml", "chains.npy"
LABELS = ["exon", "intron", "utr", "intergenic"]
# Training reads random stretches out of pieces of so many times their length.
PIECE = 2
# Letters of a stretch that is scored, and stretches of a batch.
SCORED_LETTERS, SCORED_ROWS = 6000, 16
# Of the counts of windows, and the largest logarithm that is made of them.
SMOOTHING = 5.0
MOST_RATIO = 3.0


class StepNetwork(TaggerNetwork):
    """A tagger that reads numbers of letters alone."""

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:  # type: ignore[override]
        """ids (time, batch) to scores (time, batch, num_tags); behind an end they mean nothing."""
        stride, (time, batch) = self.shape.stride, ids.shape
        strides = -(-time // stride)
        ids = nn.functional.pad(ids, (0, 0, 0, strides * stride - time))
        ids = ids.view(strides, stride, batch).transpose(1, 2)
        words = torch.zeros(strides, batch, 0, device=ids.device)
        scores = self.emissions(ids, -(-lengths // stride), words).view(strides, batch, stride, -1)
        return scores.transpose(1, 2).flatten(0, 1)[:time]


class GeneNetwork(StepNetwork):
    """What is trained: a network that adds to what the chains say, and the field of its paths."""

    def __init__(self, shape: TaggerShape, field: GeneField, *, dropout: float, recurrent_dropout: float) -> None:
        super().__init__(shape, dropout=dropout, recurrent_dropout=recurrent_dropout)
        self.field = field
        # At first the chains speak alone.
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(self.output.bias)

    def tagger(self, weight: float) -> StepNetwork:
        """The network alone, as it is exported, its scores times ``weight``."""
        alone = StepNetwork(self.shape)
        alone.load_state_dict({k: v for k, v in self.state_dict().items() if not k.startswith("field.")})
        with torch.no_grad():
            alone.output.weight.mul_(weight)
            alone.output.bias.mul_(weight)
        return alone.eval()


class GeneTraining(Training):
    """A tagger of genes in training; see :class:`~seqtool.training.run.Training`."""

    recipe: GeneRecipe

    def files(self) -> list[str]:
        return [file for item in self.recipe.data for file in (item.file, item.runs, item.genes)]

    def build(self) -> GeneNetwork:
        recipe, settings = self.recipe, self.recipe.training
        shape = TaggerShape(
            vocabulary_size=len(self.dialects) * vocabulary_size(recipe.window),
            num_tags=len(CLASSES),
            **asdict(recipe.network),
        )
        own = [[genome for genome in self.genomes if genome.dialect == name] for name in self.dialects]
        self._chains = [count_chains(genomes) for genomes in own]
        self._table = grammar(self.genomes)
        self._genes = [
            Genes(Grammar.from_table(table, CLASSES), Chains(chains, CLASSES))
            for (table, _), chains in zip(dialect_tables(self._table), self._chains)
        ]
        network = GeneNetwork(
            shape,
            GeneField([genes.grammar for genes in self._genes], recipe.matrix_weight, len(OF_STRAND)),
            dropout=settings.dropout,
            recurrent_dropout=settings.recurrent_dropout,
        )
        self._start_windows(network)
        return network

    def plan(self) -> GenePlan:
        settings = self.recipe.training
        return GenePlan(
            self._stretches.windows,
            self._weights,
            batch_size=settings.batch_size,
            batch_tokens=settings.batch_tokens,
            max_length=settings.max_length,
            seed=self.recipe.seed,
            stretches=self._stretches,
            genes=self._genes,
        )

    def read(self) -> None:
        """Genomes in pieces, both strands of each; the ends of records are kept for choosing."""
        size = PIECE * self.recipe.training.max_length
        rows: list[tuple[NDArray[np.int32], Genome, int]] = []
        weights: list[float] = []
        self.genomes: list[Genome] = []
        self.dev: list[tuple[str, Genome]] = []
        self.dialects = list(dict.fromkeys(item.dialect for item in self.recipe.data))
        for settings in self.recipe.data:
            for genome in read_genomes(settings, self.run.folders):
                cut = len(genome.letters) - int(settings.dev * len(genome.letters))
                kept = genome.part(0, cut)
                self.genomes.append(kept)
                if cut < len(genome.letters):
                    self.dev.append((settings.name, genome.part(cut, len(genome.letters))))
                for reading in (kept, kept.turned()):
                    windows = self._windows(reading)
                    for start in range(0, len(windows), size):
                        part = reading.part(start, start + size)
                        rows.append((windows[start : start + size], part, self.dialects.index(genome.dialect)))
                        # A piece is read as often as it has stretches; each strand half the time.
                        weights.append(settings.weight * len(part.letters) / self.recipe.training.max_length / 2)
        if not self.dev:
            raise DataError("there is nothing to choose by; give a set a dev share")
        self._stretches = Stretches.of(rows)
        self._weights = np.array(weights, np.float32)

    def _windows(self, genome: Genome) -> NDArray[np.int32]:
        """The numbers of a genome's windows: each dialect has its own."""
        first = self.dialects.index(genome.dialect) * vocabulary_size(self.recipe.window)
        return kmers(genome.letters, self.recipe.window) + np.int32(first)

    def _start_windows(self, network: StepNetwork) -> None:
        """What a window of letters says by itself: the logarithm of how much likelier it is in each
        class than anywhere (the codon statistics of classical gene finders), in the embedding's first
        numbers; small random ones behind."""
        size = vocabulary_size(self.recipe.window)
        counts = np.full((len(self.dialects), len(CLASSES), size), SMOOTHING)
        ids, possible = self._stretches.windows.ids, self._stretches.possible.ids
        often = np.repeat(self._weights, self._stretches.windows.lengths())
        for index in range(len(CLASSES)):
            here = possible == 1 << index
            found = np.bincount(ids[here], weights=often[here], minlength=len(self.dialects) * size)
            counts[:, index] += found.reshape(len(self.dialects), size)
        everywhere = counts.sum(1, keepdims=True) / counts.sum((1, 2), keepdims=True)
        ratios = np.log(counts / counts.sum(2, keepdims=True) / everywhere).clip(-MOST_RATIO, MOST_RATIO)
        table = network.embedding.table.weight
        nn.init.uniform_(table, -0.1, 0.1)
        width = min(table.shape[1], len(CLASSES))
        start = ratios.transpose(0, 2, 1).reshape(-1, len(CLASSES))[:, :width]
        with torch.no_grad():
            table[:, :width] = torch.from_numpy(start.astype(np.float32))
        table.requires_grad_(not self.recipe.frozen)

    def _log_probability(self, network: nn.Module, scores: Tensor, batch: GeneBatch) -> Tensor:
        """Of what is annotated, row by row: (batch,)."""
        assert isinstance(network, GeneNetwork)
        parts = (batch.chains, batch.fits, batch.sums, batch.possible, batch.lengths, batch.dialects)
        return network.field.log_probability(scores, *(part.to(scores.device) for part in parts))

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """A letter's on average."""
        assert isinstance(batch, GeneBatch)
        scores = self.forward(network, batch)
        return -self._log_probability(network, scores, batch) / batch.lengths.float().mean()

    def score(self, network: nn.Module) -> dict[str, float]:
        """``score``: the mean log-probability of what is annotated, a letter's, each set weighing the same."""
        sums: dict[str, list[float]] = {}
        length = SCORED_LETTERS
        for name, genome in self.dev:
            dialect = self.dialects.index(genome.dialect)
            windows = self._windows(genome)
            parts = [
                (windows[start : start + length], genome.part(start, start + length), dialect)
                for start in range(0, len(windows), length)
            ]
            stretches = Stretches.of(parts)
            for first in range(0, len(parts), SCORED_ROWS):
                rows = range(first, min(first + SCORED_ROWS, len(parts)))
                batch = stretches.batch([(row, 0, len(parts[row][0])) for row in rows], self._genes)
                found = self._log_probability(network, network(*batch.inputs(self.device)).float(), batch)
                sums.setdefault(name, []).append(float(found.sum()))
        letters = {name: sum(len(genome.letters) for other, genome in self.dev if other == name) for name in sums}
        scores = {name: sum(values) / letters[name] for name, values in sums.items()}
        return {
            "score": sum(scores.values()) / len(scores),
            **{f"score_{name}": value for name, value in scores.items()},
        }

    def describe(self, network: GeneNetwork) -> dict[str, Any]:
        return {
            "labels": LABELS,
            "network": network.shape.to_table(),
            "tokenizer": {"kind": "kmers", "k": self.recipe.window, "dialects": len(self.dialects)},
            "answer": {
                "kind": "regions",
                "classes": list(CLASSES),
                "grammar": GRAMMAR,
                "chains": CHAINS,
                "background": "intergenic",
            },
        }

    def export(self, network: GeneNetwork, folder: Path) -> None:
        self._tagger = network.tagger(self.recipe.weight)
        export_tagger(self._tagger, folder, self.recipe.training.storage)
        network.load_state_dict(self._tagger.state_dict(), strict=False)  # rounded
        (folder / GRAMMAR).write_text(to_toml(self._learnt_grammar(network.field)), encoding="utf-8")
        np.save(folder / CHAINS, self._learnt_chains(network.field))

    def report(self, network: GeneNetwork, engine: RegionTagger) -> dict[str, Any]:
        parity = check_steps(self._tagger, engine)
        stored = self.score(network)["score"]
        best = self.trainer.progress.best_score
        return {"dev": {}, "score": best, "score_as_stored": stored, "parity": parity}

    def _learnt_grammar(self, field: GeneField) -> dict[str, Any]:
        """The grammar as it was counted, with what was learnt since."""
        steps, weights = field.step_scores().tolist(), field.matrix_weights().tolist()
        kinds = field.borders
        dialects = [
            {
                **table,
                "step": [{**step, "score": round(score, 4)} for step, score in zip(table["step"], scores)],
                "matrix": {
                    name: {
                        **matrix,
                        "weights": np.round(weight[kinds.index(name[:-1])] * np.array(matrix["weights"]), 3).tolist(),
                    }
                    for name, matrix in table["matrix"].items()
                },
            }
            for table, scores, weight in zip(self._table["dialect"], steps, weights)
        ]
        return {**self._table, "dialect": dialects}

    def _learnt_chains(self, field: GeneField) -> NDArray[np.float16]:
        """(dialects, kinds, windows)."""
        weights = field.chain_weights().detach().cpu().numpy()
        chains: NDArray[np.float16] = (np.stack(self._chains) * weights[:, :, None]).astype(np.float16)
        return chains

    def card(self, manifest: dict[str, Any], result: dict[str, Any]) -> str:
        network = manifest["network"]
        lines = [
            f"# {manifest['name']}",
            "",
            manifest["description"] or "Genes in DNA.",
            "",
            f"- task: tag, regions; labels: {', '.join(LABELS)}; licence: {manifest['licence']}",
            f"- network: windows of {self.recipe.window} letters, {network['num_layers']} {network['cell'].upper()} "
            f"layer(s) of {network['hidden_size']} in two directions, then the grammar of genes in `{GRAMMAR}`",
            f"- training: {result['steps']:,} steps, {result['tokens']:,} letters, {result['seconds'] / 60:.1f} minutes, "
            f"seed {self.recipe.seed}; mean log-probability of a dev letter {result['score_as_stored']:.4f}",
            "",
        ]
        return "\n".join(lines)

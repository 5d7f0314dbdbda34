"""Train a tagger of genes: from genomes and their annotation to a complete model folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from seqtool import __version__
from seqtool.engine.kmers import kmers, vocabulary_size
from seqtool.engine.regions import RegionTagger
from seqtool.errors import DataError
from seqtool.export.check import check_steps
from seqtool.export.tagger import export_tagger
from seqtool.modelfolder.manifest import open_folder
from seqtool.modelfolder.write import new_folder, to_toml, write_manifest
from seqtool.nn.crf import IMPOSSIBLE
from seqtool.nn.tagger import Tagger, TaggerShape
from seqtool.training.batches import Batch, BatchPlan, Sequences, padded
from seqtool.training.gene_data import ALL, CLASSES, Genome, read_genomes
from seqtool.training.gene_grammar import grammar
from seqtool.training.loop import Trainer
from seqtool.training.run import Training
from seqtool.training.tag_recipe import GeneRecipe

GRAMMAR = "grammar.toml"
LABELS = ["exon", "intron", "utr", "intergenic"]
# Training reads random stretches out of pieces of so many times their length.
PIECE = 2
SCORED = 1 << 17
# Of the counts of windows, and the largest logarithm that is made of them.
SMOOTHING = 5.0
MOST_RATIO = 3.0


@dataclass
class GeneBatch(Batch):
    """``possible`` (time, batch, classes): what each letter may be."""

    possible: Tensor


@dataclass(frozen=True)
class GenePlan(BatchPlan):
    """A plan whose targets are sets of classes, as the bits of a number."""

    targets: Sequences | None = None

    def batches(self, epoch: int, rows: Sequence[list[tuple[int, int]]], first: int = 0) -> Iterator[Batch]:
        assert self.targets is not None
        whole = self.sequences.lengths()
        for number in range(first, len(rows)):
            chance = np.random.default_rng([self.seed, epoch, number])
            places = [
                (row, int(chance.integers(0, int(whole[row]) - length + 1)), length) for row, length in rows[number]
            ]
            ids, lengths = padded([self.sequences.stretch(*place) for place in places])
            bits, _ = padded([self.targets.stretch(*place) for place in places])
            possible = (bits.unsqueeze(-1) >> torch.arange(len(CLASSES)) & 1).bool()
            yield GeneBatch([row for row, _ in rows[number]], ids, lengths, possible)


class StepNetwork(Tagger):
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


class GeneTraining(Training):
    """A tagger of genes in training; see :class:`~seqtool.training.run.Training`."""

    recipe: GeneRecipe

    def prepare(self) -> None:
        torch.set_num_threads(self.run.threads)
        torch.manual_seed(self.recipe.seed)
        self.stage("reading the genomes")
        self._read()
        self._open_work()
        recipe, settings = self.recipe, self.recipe.training
        shape = TaggerShape(
            vocabulary_size=len(self.dialects) * vocabulary_size(recipe.window),
            num_tags=len(CLASSES),
            **asdict(recipe.network),
        )
        network = StepNetwork(shape, dropout=settings.dropout, recurrent_dropout=settings.recurrent_dropout)
        self._start_windows(network)
        plan = GenePlan(
            self._sequences,
            self._weights,
            batch_size=settings.batch_size,
            batch_tokens=settings.batch_tokens,
            max_length=settings.max_length,
            seed=recipe.seed,
            targets=self._targets,
        )
        self.trainer = Trainer(network, settings, plan=plan, loss=self._loss, score=self._score, device=self.device)
        self._go_on()

    @property
    def notes(self) -> list[str]:
        return []

    def _files(self) -> list[str]:
        return [file for item in self.recipe.data for file in (item.file, item.runs, item.genes)]

    def _read(self) -> None:
        """Genomes in pieces, both strands of each; the ends of records are kept for choosing."""
        size = PIECE * self.recipe.training.max_length
        rows: list[tuple[NDArray[np.int32], NDArray[np.int32], float]] = []
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
                    ids = self._ids(reading)
                    for start in range(0, len(ids), size):
                        here = slice(start, start + size)
                        # A piece is read as often as it has stretches; each strand half the time.
                        often = settings.weight * len(ids[here]) / self.recipe.training.max_length / 2
                        rows.append((ids[here], reading.possible[here].astype(np.int32), often))
        if not self.dev:
            raise DataError("there is nothing to choose by; give a set a dev share")
        self._sequences = _joined([ids for ids, _, _ in rows])
        self._targets = _joined([bits for _, bits, _ in rows])
        self._weights = np.array([often for _, _, often in rows], np.float32)

    def _ids(self, genome: Genome) -> NDArray[np.int32]:
        """The numbers of a genome's windows: each dialect has its own."""
        first = self.dialects.index(genome.dialect) * vocabulary_size(self.recipe.window)
        return kmers(genome.letters, self.recipe.window) + np.int32(first)

    def _start_windows(self, network: StepNetwork) -> None:
        """What a window of letters says by itself: the logarithm of how much likelier it is in each
        class than anywhere (the codon statistics of classical gene finders), in the embedding's first
        numbers; small random ones behind."""
        size = vocabulary_size(self.recipe.window)
        counts = np.full((len(self.dialects), len(CLASSES), size), SMOOTHING)
        ids, possible = self._sequences.ids, self._targets.ids
        often = np.repeat(self._weights, np.diff(self._sequences.ends, prepend=0))
        for place in range(len(CLASSES)):
            here = possible == 1 << place
            found = np.bincount(ids[here], weights=often[here], minlength=len(self.dialects) * size)
            counts[:, place] += found.reshape(len(self.dialects), size)
        everywhere = counts.sum(1, keepdims=True) / counts.sum((1, 2), keepdims=True)
        ratios = np.log(counts / counts.sum(2, keepdims=True) / everywhere).clip(-MOST_RATIO, MOST_RATIO)
        table = network.embedding.table.weight
        nn.init.uniform_(table, -0.1, 0.1)
        width = min(table.shape[1], len(CLASSES))
        start = ratios.transpose(0, 2, 1).reshape(-1, len(CLASSES))[:, :width]
        with torch.no_grad():
            table[:, :width] = torch.from_numpy(start.astype(np.float32))

    def _loss(self, logits: Tensor, batch: Batch) -> Tensor:
        assert isinstance(batch, GeneBatch)
        network = self.trainer.network
        assert isinstance(network, Tagger)
        losses = network.loss(logits, batch.lengths.to(logits.device), batch.possible.to(logits.device))
        return losses / batch.lengths.float().mean()

    def _score(self, network: nn.Module) -> dict[str, float]:
        """``score``: minus the mean loss of a letter, each set weighing the same."""
        losses: dict[str, list[float]] = {}
        for name, genome in self.dev:
            ids = self._ids(genome)
            length = self.recipe.training.max_length
            for start in range(0, len(ids), SCORED):
                here = slice(start, start + SCORED)
                parts = [ids[here][place : place + length] for place in range(0, len(ids[here]), length)]
                bits = [genome.possible[here][place : place + length] for place in range(0, len(ids[here]), length)]
                batch_ids, lengths = padded(parts)
                targets, _ = padded(bits)
                possible = (targets.unsqueeze(-1) >> torch.arange(len(CLASSES)) & 1).bool()
                logits = network(batch_ids.to(self.device), lengths.to(self.device)).float().cpu()
                right = torch.logsumexp(logits.log_softmax(-1).masked_fill(~possible, IMPOSSIBLE), -1)
                said = (targets != ALL) & (targets != 0)
                losses.setdefault(name, []).extend(right[said].tolist())
        scores = {name: sum(values) / len(values) for name, values in losses.items()}
        return {
            "score": sum(scores.values()) / len(scores),
            **{f"score_{name}": value for name, value in scores.items()},
        }

    def finish(self) -> dict[str, Any]:
        """Export, check and write the folder; its dev scores."""
        recipe, trainer = self.recipe, self.trainer
        network = trainer.network
        assert isinstance(network, StepNetwork)
        network.load_state_dict(trainer.best)
        network.eval()
        manifest = self._manifest(network)
        self.stage("exporting and checking")
        with new_folder(self.run.output, manifest, force=self.run.force) as folder:
            export_tagger(network, folder, recipe.training.storage)
            (folder / GRAMMAR).write_text(
                to_toml(grammar(self.genomes, recipe.weight, recipe.matrix_weight)), encoding="utf-8"
            )
            write_manifest(folder, manifest)
            parity = check_steps(network, RegionTagger(open_folder(folder)))
            with torch.inference_mode():
                stored = self._score(network)["score"]
            result = {
                "dev": {},
                "score": trainer.progress.best_score,
                "score_as_stored": stored,
                "parity": parity,
                "steps": trainer.progress.step,
                "seconds": round(trainer.progress.seconds, 1),
                "tokens": trainer.progress.tokens,
            }
            history = [{key: round(value, 4) for key, value in entry.items()} for entry in trainer.progress.history]
            summary = {key: value for key, value in result.items() if key not in ("dev", "parity")}
            document = {**recipe.to_table(), "results": {**summary, "evaluations": history}}
            (folder / "recipe.toml").write_text(to_toml(document), encoding="utf-8")
            self._write_card(folder, manifest, result)
        shutil.rmtree(self.work, ignore_errors=True)
        return result

    def _manifest(self, network: Tagger) -> dict[str, Any]:
        recipe = self.recipe
        return {
            "name": recipe.name or self.run.output.name,
            "version": recipe.version,
            "task": "tag",
            "description": recipe.description,
            "licence": recipe.licence,
            "languages": list(recipe.languages),
            "labels": LABELS,
            "made_with": f"seqtool {__version__}",
            "network": network.shape.to_table(),
            "tokenizer": {"kind": "kmers", "k": recipe.window, "dialects": len(self.dialects)},
            "answer": {"kind": "regions", "classes": list(CLASSES), "grammar": GRAMMAR, "background": "intergenic"},
        }

    def _write_card(self, folder: Path, manifest: dict[str, Any], result: dict[str, Any]) -> None:
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
        (folder / "README.md").write_text("\n".join(lines), encoding="utf-8")


def _joined(parts: Sequence[NDArray[np.int32]]) -> Sequences:
    return Sequences(np.concatenate(parts), np.cumsum([len(part) for part in parts]))

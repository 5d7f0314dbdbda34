"""Train a translator on pairs of sentences."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from seqtool.engine.translator import END, START, Translator, mark_of
from seqtool.errors import DataError, ModelError, OutputError
from seqtool.export.check import check_translator
from seqtool.export.translator import export_translator
from seqtool.metrics.text import chrf
from seqtool.modelfolder.shapes import TranslatorShape
from seqtool.nn.encoder_decoder import EncoderDecoder
from seqtool.tokenization.pieces import Pieces
from seqtool.training.plans import Batch, PairBatch, PairPlan, Sequences, padded
from seqtool.training.run import Training
from seqtool.training.translate.card import translator_card
from seqtool.training.translate.cleaning import Pair
from seqtool.training.translate.data import ParallelText, load_pairs
from seqtool.training.translate.recipe import TranslateRecipe
from seqtool.training.translate.vocabulary import tag_of, train_joint_pieces

PIECES = "pieces.model"
# Dev sentences that are translated at every evaluation, so many at once, and how much longer than its source one may be.
SCORED, SCORED_AT_ONCE, LONGER = 400, 100, 1.6
ENCODED_AT_ONCE = 10_000


class Directed(NamedTuple):
    """A pair in one direction; ``origin``: the index of its source in the recipe."""

    origin: int
    source: str
    target: str
    source_language: str
    target_language: str


class TranslatorTraining(Training):
    """A translator in training; see :class:`~seqtool.training.run.Training`."""

    recipe: TranslateRecipe
    text: ParallelText

    # -- preparation ---------------------------------------------------------------------------

    def files(self) -> list[str]:
        return [file for item in self.recipe.data for file in (item.file, item.target_file) if file]

    def read(self) -> None:
        recipe = self.recipe
        notes: list[str] = []
        self.text = load_pairs(
            recipe.data, recipe.cleaning, self.run.folders, seed=recipe.seed, leave_out=self.run.leave_out
        )
        if not self.text.dev:
            raise DataError("there are no pairs to choose by; give one source split = 'dev', or a dev share")
        self._pairs = [turned for item in self.text.train(notes.append) for turned in self._ways(*item)]
        dev = [turned for item in self.text.dev for turned in self._ways(*item)]
        self._dev_pairs = dev[:: max(1, len(dev) // SCORED)]  # some of every source
        if not self._pairs:
            raise DataError("there are no pairs to train on; check the files, and [cleaning]")
        self.notes = notes
        self.directions = sorted({f"{pair.source_language}-{pair.target_language}" for pair in self._pairs})

    def _ways(self, index: int, pair: Pair) -> list[Directed]:
        """A pair in the directions in which it is learnt."""
        settings = self.text.sources[index]
        languages = settings.source_language, settings.target_language
        ways = [Directed(index, pair.source, pair.target, *languages)]
        return ways + [Directed(index, pair.target, pair.source, *languages[::-1])] * settings.both_ways

    def build(self) -> EncoderDecoder:
        self._open_pieces()
        self.stage("cutting sentences into pieces")
        self._encode()
        settings = self.recipe.training
        shape = TranslatorShape(vocabulary_size=self.pieces.size, **asdict(self.recipe.network))
        return EncoderDecoder(
            shape,
            dropout=settings.dropout,
            recurrent_dropout=settings.recurrent_dropout,
            embedding_dropout=settings.embedding_dropout,
            word_dropout=settings.word_dropout,
            unknown_id=self.pieces.unknown_id,
        )

    def _open_pieces(self) -> None:
        path = self.work / PIECES
        if not path.is_file():
            self.stage("making the vocabulary")
            marks = [mark_of(name) for name in sorted({pair.target_language for pair in self._pairs})]
            marks += [tag_of(name) for name in sorted({settings.tag for settings in self.text.sources} - {""})]
            texts = (text for pair in self._pairs for text in (pair.source, pair.target))
            train_joint_pieces(texts, path, self.recipe.tokenizer, marks, self.recipe.seed)
        try:
            self.pieces = Pieces(path)
        except ModelError:
            raise OutputError(f"{path}: is damaged; start again without --resume") from None
        self.start_id, self.end_id = (self.pieces.id(mark) for mark in (START, END))

    def _encode(self) -> None:
        """Pairs as ids: marks before each source, an end behind both sides; the texts are let go."""
        self._train, self._dev = self._sequences(self._pairs), self._sequences(self._dev_pairs)
        begin, end = ([settings.weight_at(done) for settings in self.text.sources] for done in (0.0, 1.0))
        self._weights = np.array([begin[pair.origin] for pair in self._pairs], np.float32)
        self._late_weights = np.array([end[pair.origin] for pair in self._pairs], np.float32)
        self._pairs = []

    def _sequences(self, pairs: Sequence[Directed]) -> tuple[Sequences, Sequences]:
        most, tags = self.recipe.training.max_length, [settings.tag for settings in self.text.sources]
        ids = {name: self.pieces.id(mark_of(name)) for name in {pair.target_language for pair in pairs}}
        tag_ids = [[self.pieces.id(tag_of(tag))] if tag else [] for tag in tags]
        parts: tuple[list[list[int]], list[list[int]]] = ([], [])
        for start in range(0, len(pairs), ENCODED_AT_ONCE):
            here = pairs[start : start + ENCODED_AT_ONCE]
            for pair, source in zip(here, self.pieces.ids([pair.source for pair in here])):
                parts[0].append([ids[pair.target_language], *tag_ids[pair.origin], *source[:most], self.end_id])
            parts[1].extend([*target[:most], self.end_id] for target in self.pieces.ids([pair.target for pair in here]))
        return Sequences.of(parts[0]), Sequences.of(parts[1])

    def plan(self) -> PairPlan:
        settings = self.recipe.training
        return PairPlan(
            *self._train,
            self._weights,
            batch_size=settings.batch_size,
            batch_tokens=settings.batch_tokens,
            seed=self.recipe.seed,
            late_weights=self._late_weights,
            epochs=settings.epochs,
        )

    # -- the loop ------------------------------------------------------------------------------

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """A piece's on average, smoothed (Szegedy et al. 2016)."""
        assert isinstance(network, EncoderDecoder) and isinstance(batch, PairBatch)
        losses, _ = self._losses(network, batch, self.recipe.training.label_smoothing)
        return losses / batch.target_lengths.float().mean()

    def _losses(self, network: EncoderDecoder, batch: PairBatch, smoothing: float) -> tuple[Tensor, int]:
        """Each pair's loss, (batch,), and the pieces in all.  The softmax runs over real pieces alone."""
        ids, lengths, targets, target_lengths = batch.inputs(self.device)
        start = torch.full_like(targets[:1], self.start_id)
        with self.trainer.autocast():
            hidden = network(ids, lengths, torch.cat([start, targets[:-1]]))
        inside = torch.arange(len(targets), device=targets.device).unsqueeze(1) < target_lengths
        logits = network.logits(hidden.float()[inside])
        each = nn.functional.cross_entropy(logits, targets[inside], label_smoothing=smoothing, reduction="none")
        rows = torch.arange(targets.size(1), device=targets.device).expand_as(targets)[inside]
        losses = torch.zeros(targets.size(1), device=each.device).index_add_(0, rows, each)
        return losses, int(inside.sum())

    def score(self, network: nn.Module) -> dict[str, float]:
        """``score``: chrF2 of greedy translations (Popović 2015), the mean over the directions."""
        assert isinstance(network, EncoderDecoder)
        answers = self.translations(network)
        by_language: dict[str, tuple[list[str], list[str]]] = {}
        for pair, answer in zip(self._dev_pairs, answers):
            found, right = by_language.setdefault(f"{pair.source_language}-{pair.target_language}", ([], []))
            found.append(answer)
            right.append(pair.target)
        scores = {name: chrf(found, right) for name, (found, right) in by_language.items()}
        return {
            "score": sum(scores.values()) / len(scores),
            **{f"score_{name}": value for name, value in scores.items()},
            "loss": self._dev_loss(network),
        }

    def _dev_loss(self, network: EncoderDecoder) -> float:
        plan = PairPlan(*self._dev, np.ones(len(self._dev_pairs), np.float32), 100, 8000, 0)
        total, pieces = 0.0, 0
        for batch in plan.batches(0, plan.rows(0)):
            losses, number = self._losses(network, batch, 0.0)
            total, pieces = total + float(losses.sum()), pieces + number
        return total / pieces

    def translations(self, network: EncoderDecoder) -> list[str]:
        """The dev sources, greedily."""
        lengths = self._dev[0].lengths()
        answers = [""] * len(self._dev_pairs)
        order = np.argsort(lengths, kind="stable").tolist()
        for first in range(0, len(order), SCORED_AT_ONCE):
            rows = order[first : first + SCORED_AT_ONCE]
            ids, sizes = padded([self._dev[0].stretch(row, 0, int(lengths[row])) for row in rows])
            most = int(LONGER * int(sizes.max()) + 10)
            found = network.greedy(ids.to(self.device), sizes.to(self.device), self.start_id, self.end_id, most)
            for row, pieces in zip(rows, found):
                answers[row] = self.pieces.decode(pieces)
        return answers

    # -- the end -------------------------------------------------------------------------------

    def describe(self, network: EncoderDecoder) -> dict[str, Any]:
        return {
            "network": network.shape.to_table(),
            "tokenizer": {"kind": "pieces", "file": PIECES, "size": self.pieces.size},
            "answer": {"kind": "translation", "directions": self.directions},
        }

    def export(self, network: EncoderDecoder, folder: Path) -> None:
        shutil.copyfile(self.work / PIECES, folder / PIECES)
        export_translator(network, folder, self.recipe.training.storage)

    def report(self, network: EncoderDecoder, engine: Translator) -> dict[str, Any]:
        stored = self.score(network)
        return {
            "dev": stored,
            "score": self.trainer.progress.best_score,
            "score_as_stored": stored["score"],
            "parity": check_translator(network, engine),
        }

    def card(self, manifest: dict[str, Any], result: dict[str, Any]) -> str:
        return translator_card(manifest, self.recipe, self.text, result)

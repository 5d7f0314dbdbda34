"""Train a classifier on labelled rows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seqtool.engine.classifier import Classifier
from seqtool.errors import DataError, ModelError, OutputError
from seqtool.evaluation.labelled import Row
from seqtool.evaluation.labels import Scored, evaluate
from seqtool.export.check import check_classifier
from seqtool.export.classifier import export_classifier
from seqtool.export.from_onnx import load_classifier
from seqtool.modelfolder.find import find_model
from seqtool.modelfolder.manifest import ModelFolder
from seqtool.modelfolder.shapes import ClassifierSettings, ClassifierShape, chosen
from seqtool.nn.classifier import ClassifierNetwork
from seqtool.records.output import whole_file
from seqtool.tokenization.pieces import Pieces
from seqtool.training.classify.bag_of_ngrams import FILE as NGRAMS
from seqtool.training.classify.bag_of_ngrams import fit_ngrams, ngram_logits
from seqtool.training.classify.card import classifier_card
from seqtool.training.classify.linear import Linear
from seqtool.training.classify.losses import fit_temperature, fit_weight, label_losses, mean_recall, soft_losses
from seqtool.training.classify.recipe import ClassifyRecipe
from seqtool.training.classify.start_vectors import train_pieces_on_words, train_skip_gram, vectors_of_pieces
from seqtool.training.data.rows import Data, load_data, unlabelled_texts
from seqtool.training.plans import Batch, LengthPlan, Sequences, sorted_batches
from seqtool.training.run import Training
from seqtool.training.tokenizer.pieces import train_pieces
from seqtool.training.vectors.word_files import open_words

PIECES = "pieces.model"
SCORING_BATCH = 128
SCORING_LENGTH = 1024
# What is told at the end of a training.
SHOWN_SCORES = ("accuracy", "macro_f1", "micro_f1", "calibration_error")


class ClassifierTraining(Training):
    """A classifier in training; see :class:`~seqtool.training.run.Training`."""

    may_change = (*Training.may_change, "decision", "groups", "ngrams")
    recipe: ClassifyRecipe
    data: Data
    pieces: Pieces

    # -- preparation ---------------------------------------------------------------------------

    def files(self) -> list[str]:
        return [item.file for item in self.recipe.data] + [item.file for item in self.recipe.unlabelled]

    def read(self) -> None:
        self.data = load_data(self.recipe, self.run.folders, leave_out=self.run.leave_out)
        self.notes = self.data.notes
        if not self.data.rows["dev"]:
            raise DataError("there are no rows to choose by; give more rows, --dev FILE, or a larger dev share")

    def build(self) -> ClassifierNetwork:
        init = find_model(self.recipe.init, "classify") if self.recipe.init else None
        self._open_pieces(init)
        self.stage("cutting texts into pieces")
        self._encode()
        return self._network(init)

    def plan(self) -> LengthPlan:
        settings = self.recipe.training
        return LengthPlan(
            self._train,
            np.array([row.weight for row in self._rows], np.float32),
            batch_size=settings.batch_size,
            batch_tokens=settings.batch_tokens,
            max_length=settings.max_length,
            seed=self.recipe.seed,
            short_stretches=settings.short_stretches,
        )

    def _open_pieces(self, init: ModelFolder | None) -> None:
        path = self.work / PIECES
        if not path.is_file():
            if init is not None:
                with whole_file(path) as beside:
                    shutil.copyfile(init.file(init.table("tokenizer")["file"]), beside)
            elif self.recipe.vectors.file:
                self.stage("making the vocabulary of the vectors' words")
                words, _, counts = open_words(self.recipe.vectors.file, self.run.folders)
                train_pieces_on_words(words, counts, path, self.recipe.tokenizer)
            else:
                self.stage("making the vocabulary")
                train_pieces(self._all_texts(), path, self.recipe.tokenizer, self.recipe.seed)
        try:
            self.pieces = Pieces(path)
        except ModelError:
            raise OutputError(f"{path}: is damaged; start again without --resume") from None

    def _all_texts(self) -> Iterator[str]:
        for row in self.data.rows["train"]:
            yield row.text
        yield from unlabelled_texts(self.recipe.unlabelled, self.run.folders)

    def _encode(self) -> None:
        """Rows as ids and targets; rows with nothing to read are left out."""
        rows = list(self.data.rows["train"])
        teacher = self.recipe.teacher
        if teacher.share and self.recipe.unlabelled:
            labels = tuple(self.data.labels)
            # Any label may be right: the loss of such a row is the teacher's part alone.
            rows += [
                Row(text, labels, "unlabelled", teacher.unlabelled_weight)
                for text in unlabelled_texts(self.recipe.unlabelled, self.run.folders)
            ]
        self._rows, sequences = self._readable(rows)
        self._train = Sequences.of(sequences)
        self._dev_rows, dev = self._readable(self.data.rows["dev"])
        if not self._rows or not self._dev_rows:
            raise DataError("the texts hold nothing to read; check --text-column")
        self._dev = Sequences.of(dev)
        index = {label: number for number, label in enumerate(self.data.labels)}

        def allowed(rows: Sequence[Row]) -> Tensor:
            table = torch.zeros(len(rows), len(index))
            for number, row in enumerate(rows):
                table[number, [index[label] for label in row.labels]] = 1.0
            return table

        self._allowed, self._dev_allowed = allowed(self._rows), allowed(self._dev_rows)
        self._soft = self._teach() if teacher.share else None

    def _readable(self, rows: Sequence[Row]) -> tuple[list[Row], list[list[int]]]:
        sequences = self.pieces.ids([row.text for row in rows])
        kept = [number for number, ids in enumerate(sequences) if ids]
        return [rows[number] for number in kept], [sequences[number] for number in kept]

    def _teach(self) -> Tensor:
        """The teacher's distribution for every training row; kept for a resumed run."""
        path = self.work / "teacher.npy"
        if not path.is_file():
            self.stage("fitting the teacher")
            teacher = self.recipe.teacher
            labelled = [row for row in self._rows if row.source != "unlabelled"]
            linear = Linear(
                self.data.labels, multiple=self._multiple, ngrams=teacher.ngrams, strength=teacher.strength
            ).fit(labelled)
            with whole_file(path) as beside, open(beside, "wb") as file:
                np.save(file, linear.probabilities([row.text for row in self._rows]))
        return torch.from_numpy(np.load(path))

    def _network(self, init: ModelFolder | None) -> ClassifierNetwork:
        settings, training = self.recipe.network, self.recipe.training
        dropouts = {
            "dropout": training.dropout,
            "recurrent_dropout": training.recurrent_dropout,
            "embedding_dropout": training.embedding_dropout,
            "word_dropout": training.word_dropout,
        }
        if init is not None:
            shape = ClassifierShape.from_table(init.table("network"))
            self.recipe = replace(self.recipe, network=chosen(ClassifierSettings, shape))
            if "ngrams" in init.manifest and not self.recipe.ngrams.order:
                order = int(init.table("ngrams")["order"])
                self.recipe = replace(self.recipe, ngrams=replace(self.recipe.ngrams, order=order))
            network = load_classifier(init.path, shape, **dropouts)
            network.embedding.unknown_id = self.pieces.unknown_id
            if init.manifest["labels"] != self.data.labels:  # other labels: a new last layer
                network.shape = replace(shape, num_labels=len(self.data.labels))
                network.output = nn.Linear(network.output.in_features, len(self.data.labels))
            return network
        shape = ClassifierShape(vocabulary_size=self.pieces.size, num_labels=len(self.data.labels), **asdict(settings))
        network = ClassifierNetwork(shape, unknown_id=self.pieces.unknown_id, **dropouts)
        if not self._resumed:
            self._start_vectors(network)
        elif self.recipe.vectors.frozen:
            network.embedding.table.weight.requires_grad_(False)
        return network

    def _start_vectors(self, network: ClassifierNetwork) -> None:
        """Pre-trained vectors into the embedding, from a file or trained on the texts."""
        vectors = self.recipe.vectors
        size = self.recipe.network.embedding_size
        if vectors.file:
            self.stage("taking over the vectors")
            words, rows, _ = open_words(vectors.file, self.run.folders)
            table, known = vectors_of_pieces(words, rows, self.pieces, size)
        elif vectors.train:
            self.stage("training vectors on the texts")
            texts = [row.text for row in self._rows]
            if not self.recipe.teacher.share:
                texts += unlabelled_texts(self.recipe.unlabelled, self.run.folders)
            table, known = train_skip_gram(
                self.pieces.ids(texts), self.pieces.size, size, vectors, seed=self.recipe.seed, threads=self.run.threads
            )
        else:
            return
        network.embedding.start_from(torch.from_numpy(table), torch.from_numpy(known), frozen=vectors.frozen)

    # -- the loop ------------------------------------------------------------------------------

    @property
    def _multiple(self) -> bool:
        return self.recipe.kind == "multiple"

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """By the row's labels and by the teacher."""
        logits = self.forward(network, batch)
        rows = torch.tensor(batch.rows)
        allowed = self._allowed[rows].to(logits.device)
        losses = label_losses(logits, allowed, self.recipe.training.label_smoothing, self._multiple)
        if self._soft is not None:
            share = self.recipe.teacher.share
            soft = self._soft[rows].to(logits.device)
            losses = (1 - share) * losses + share * soft_losses(logits, soft, self._multiple)
        return losses

    def _dev_logits(self, network: nn.Module) -> Tensor:
        logits = torch.zeros(len(self._dev), len(self.data.labels))
        for batch in sorted_batches(self._dev, SCORING_BATCH, SCORING_LENGTH):
            logits[batch.rows] = network(batch.ids.to(self.device), batch.lengths.to(self.device)).float().cpu()
        return logits

    def score(self, network: nn.Module) -> dict[str, float]:
        """``score``, to be made large, is the mean over the sources of the mean recall over the
        labels (for several labels a text: micro-F1); the loss is told beside it."""
        logits = self._dev_logits(network)
        loss = float(label_losses(logits, self._dev_allowed, 0.0, self._multiple).mean())
        return {"score": self._score_of(logits), "loss": loss}

    def _score_of(self, logits: Tensor) -> float:
        if self._multiple:
            answered, right = logits > 0, self._dev_allowed > 0
            both = float((answered & right).sum())
            return 2 * both / max(1.0, float(answered.sum() + right.sum()))
        hits = self._dev_allowed.gather(1, logits.argmax(1, keepdim=True))[:, 0]
        return mean_recall(self._dev_rows, hits.tolist())

    # -- the end -------------------------------------------------------------------------------

    def describe(self, network: ClassifierNetwork) -> dict[str, Any]:
        """Calibrated on dev: the temperature, and how much the n-grams count."""
        recipe = self.recipe
        logits = self._dev_logits(network)
        self._ngrams = self._fit_ngrams() if recipe.ngrams.order else None
        if self._ngrams is not None:
            path = self.work / self._ngrams["file"]
            sequences = self.pieces.ids([row.text for row in self._dev_rows])
            linear = torch.from_numpy(ngram_logits(path, self._ngrams, sequences, logits.size(1)))
            self._ngrams["weight"] = round(fit_weight(logits, linear, self._dev_loss), 3)
            logits = logits + self._ngrams["weight"] * linear
        self._best_score = self._score_of(logits)
        answer = {"kind": recipe.kind, "temperature": round(fit_temperature(logits, self._dev_loss), 4)}
        if recipe.kind == "rating":
            answer["decision"] = recipe.decision
        if recipe.groups:
            answer["groups"] = recipe.groups
        return {
            "labels": self.data.labels,
            "network": network.shape.to_table(),
            "tokenizer": {"kind": "pieces", "file": PIECES, "size": self.pieces.size},
            "answer": answer,
            **({"ngrams": self._ngrams} if self._ngrams is not None else {}),
        }

    def export(self, network: ClassifierNetwork, folder: Path) -> None:
        for file in (PIECES, *([self._ngrams["file"]] if self._ngrams is not None else [])):
            shutil.copyfile(self.work / file, folder / file)
        export_classifier(network, folder, self.recipe.training.storage)

    def report(self, network: ClassifierNetwork, engine: Classifier) -> dict[str, Any]:
        """The dev scores beside the baseline's."""
        scored = Scored(engine, self._dev_rows)
        return {
            "dev": evaluate(scored),
            "baseline": self._baseline(),
            "score": self._best_score,
            "score_as_stored": self._score_of(torch.tensor(scored.probabilities).logit()),
            "parity": check_classifier(network, engine.folder.path),
        }

    def card(self, manifest: dict[str, Any], result: dict[str, Any]) -> str:
        return classifier_card(manifest, self.recipe, self.data, result)

    def summary(self, result: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        line, summary = super().summary(result)
        baseline, dev = result["baseline"], result["dev"]
        summary["baseline_score"] = round(baseline["score"], 4) if baseline else None
        summary |= {key: round(dev[key], 4) for key in SHOWN_SCORES if key in dev}
        line += f", TF-IDF + logistic regression {summary['baseline_score']}"
        if baseline and baseline["score"] > result["score_as_stored"]:
            line += (
                "\nThe linear model is better on these rows: more rows, more epochs or --init sentiment-en may help."
            )
        return line, summary

    def _fit_ngrams(self) -> dict[str, Any]:
        """The linear model's table for the manifest; its file lies in the work folder."""
        self.stage("fitting the n-grams")
        labelled = [row for row in self._rows if row.source != "unlabelled"]
        return fit_ngrams(
            labelled,
            self.pieces.ids([row.text for row in labelled]),
            self.data.labels,
            self.recipe.ngrams,
            self.work / NGRAMS,
            multiple=self._multiple,
        )

    def _dev_loss(self, logits: Tensor) -> float:
        """The mean loss of the dev rows, each source weighing the same."""
        losses = label_losses(logits, self._dev_allowed, 0.0, self._multiple).tolist()
        by_source: dict[str, list[float]] = {}
        for row, loss in zip(self._dev_rows, losses):
            by_source.setdefault(row.source, []).append(loss)
        return sum(sum(values) / len(values) for values in by_source.values()) / len(by_source)

    def _baseline(self) -> dict[str, float] | None:
        """The dev score of TF-IDF and logistic regression on the same rows and weights."""
        self.stage("fitting the baseline")
        labelled = [row for row in self._rows if row.source != "unlabelled"]
        try:
            linear = Linear(self.data.labels, multiple=self._multiple).fit(labelled)
        except ValueError:  # scikit-learn: nothing but stop words, or one label only
            return None
        scores = torch.from_numpy(linear.probabilities([row.text for row in self._dev_rows]))
        return {"score": self._score_of(scores.logit())}

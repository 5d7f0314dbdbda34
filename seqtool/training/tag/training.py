"""Train a tagger on labelled tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seqtool.decoding.schemes import allowed_transitions, spans
from seqtool.decoding.viterbi import viterbi
from seqtool.engine.tagger import Tagger
from seqtool.errors import DataError, OptionError
from seqtool.evaluation.labelled import ANY_TAG, EITHER, Sentence
from seqtool.evaluation.tags import Tally, by_source, evaluate
from seqtool.export.check import check_tagger
from seqtool.export.from_onnx import load_tagger
from seqtool.export.tagger import export_tagger
from seqtool.modelfolder.find import find_model
from seqtool.modelfolder.manifest import ModelFolder
from seqtool.modelfolder.shapes import TaggerSettings, TaggerShape, chosen
from seqtool.nn.crf import IMPOSSIBLE, ConditionalRandomField
from seqtool.nn.tagger import TaggerNetwork
from seqtool.tokenization.word_features import UNKNOWN_WORD, WordFeatures
from seqtool.training.plans import Batch, Sequences
from seqtool.training.run import Training
from seqtool.training.tag.batches import TagBatch, TagPlan, Types
from seqtool.training.tag.card import tagger_card
from seqtool.training.tag.data import TagData, count_words, load_tag_data
from seqtool.training.tag.lexicon import read_lexicon
from seqtool.training.tag.recipe import TagRecipe
from seqtool.training.vectors.joining import combine
from seqtool.training.vectors.word_files import open_words

SCORING_BATCH = 128
# The spread of the entries of word vectors that training starts from; what comes beside them is as large.
SPREAD = 0.3
RARE_CHARACTER = 3
WORDS, CHARACTERS, LEXICON = "words.txt", "characters.txt", "lexicon.txt"


class TaggerTraining(Training):
    """A tagger in training; see :class:`~seqtool.training.run.Training`."""

    recipe: TagRecipe
    data: TagData

    # -- preparation ---------------------------------------------------------------------------

    def files(self) -> list[str]:
        files = [item.file for item in self.recipe.data] + [item.parts for item in self.recipe.data if item.parts]
        return files + [item.file for item in self.recipe.lexicon]

    def read(self) -> None:
        self._init = find_model(self.recipe.init, "tag", regions=False) if self.recipe.init else None
        if self._init is not None:
            scheme = self._init.table("answer").get("scheme", self.recipe.scheme)
            self.recipe = replace(self.recipe, scheme=scheme)
        self.data = load_tag_data(self.recipe, self.run.folders, leave_out=self.run.leave_out)
        self.notes = self.data.notes
        if not self.data.sentences["dev"]:
            raise DataError("there are no sentences to choose by; give more, --dev FILE, or a larger dev share")

    def build(self) -> TaggerNetwork:
        init = self._init
        if init is not None and set(self.data.labels) == set(init.manifest["labels"]):
            self.data.labels = list(init.manifest["labels"])  # in the model's own order
        self.tags = self.data.tags(self.recipe.scheme)
        self.stage("reading the words")
        self._open_words(init)
        self._encode()
        return self._network(init)

    def plan(self) -> TagPlan:
        return self._plan

    def _open_words(self, init: ModelFolder | None) -> None:
        """The vocabulary, and the vectors that it starts from; with ``init`` that of the model."""
        settings = self.recipe.vectors
        self._counts = count_words(self.data.sentences["train"])
        self._vectors: np.ndarray[Any, Any] | None = None
        if init is not None:
            engine = Tagger(init)
            if (engine.kind == "entities") != self.data.entities:
                raise OptionError(f"--init {self.recipe.init}: it gives {engine.kind}, the data are others")
            self.reader = engine.reader
            self.words, self.characters = self.reader.words, self.reader.known_characters
            self.lexicon, self.lists = self.reader.lexicon, self.reader.lists
            return
        lowercase = settings.lowercase
        counts: dict[str, int] = {}
        for word, count in self._counts.items():
            low = word.lower() if lowercase else word
            low = "".join("0" if character.isdigit() else character for character in low)
            counts[low] = counts.get(low, 0) + count
        words: list[str] = []
        if settings.file:
            words, self._vectors, _ = open_words(settings.file, self.run.folders)
            if settings.words:
                words, self._vectors = words[: settings.words], self._vectors[: settings.words]
        own = [word for word, count in counts.items() if count >= settings.minimum_count]
        if not (settings.file and settings.frozen):  # a frozen table learns no new words
            known = set(words)
            words = words + sorted(word for word in own if word not in known)
        seen: dict[str, int] = {}
        for word, count in self._counts.items():
            for character in word:
                seen[character] = seen.get(character, 0) + count
        characters = "".join(sorted(character for character, count in seen.items() if count >= RARE_CHARACTER))
        self.words, self.characters = words, characters
        self.lexicon, self.lists = read_lexicon(self.recipe.lexicon, self.run.folders)
        self.reader = WordFeatures(words, characters, lowercase=lowercase, lexicon=self.lexicon, lists=self.lists)

    def _encode(self) -> None:
        """Sentences as numbers of types, and what each step may be."""
        settings = self.recipe.training
        train, dev = (self.data.sentences[split] for split in ("train", "dev"))
        table_rows: dict[str, int] = {}
        all_words = dict.fromkeys(token for sentence in (*train, *dev) for token in sentence.tokens)
        types = Types(
            list(all_words), self.reader, self._counts, cases=bool(settings.lower or settings.upper or settings.title)
        )

        def sequences(sentences: Sequence[Sentence]) -> tuple[Sequences, Sequences]:
            numbers = types.numbers
            ids = Sequences.of([[numbers[token] for token in sentence.tokens] for sentence in sentences])
            targets = Sequences.of(
                [[table_rows.setdefault(cell, len(table_rows)) for cell in sentence.possible] for sentence in sentences]
            )
            return ids, targets

        self._seen = torch.from_numpy(types.renumber())
        train_ids, train_targets = sequences(train)
        dev_ids, dev_targets = sequences(dev)
        column = {tag: number for number, tag in enumerate(self.tags)}
        table = torch.zeros(len(table_rows), len(self.tags), dtype=torch.bool)
        for cell, row in table_rows.items():
            for tag in cell.split(EITHER):
                if tag == ANY_TAG:
                    table[row] = True
                elif tag in column:
                    table[row, column[tag]] = True
            if not table[row].any():  # a label that dev alone has
                table[row] = True
        weights = np.array([self.data.weights[sentence.source] for sentence in train], np.float32)
        self._plan = TagPlan(
            train_ids,
            weights,
            batch_size=settings.batch_size,
            batch_tokens=settings.batch_tokens,
            max_length=settings.max_length,
            seed=self.recipe.seed,
            types=types,
            targets=train_targets,
            table=table,
            settings=settings,
            unknown_id=UNKNOWN_WORD,
        )
        self._dev_plan = TagPlan(
            dev_ids,
            np.ones(len(dev), np.float32),
            batch_size=SCORING_BATCH,
            batch_tokens=10**9,
            max_length=10**9,
            seed=0,
            types=types,
            targets=dev_targets,
            table=table,
            unknown_id=UNKNOWN_WORD,
        )

    def _network(self, init: ModelFolder | None) -> TaggerNetwork:
        training = self.recipe.training
        dropouts = {
            "dropout": training.dropout,
            "recurrent_dropout": training.recurrent_dropout,
            "word_dropout": training.word_dropout,
        }
        transitions = None
        if self.data.entities:
            transitions = torch.from_numpy(allowed_transitions(self.tags, self.recipe.scheme))
        network = self._continued(init, transitions, dropouts) if init else self._new(transitions, dropouts)
        # A step costs as much as the table is large: words that the data do not have stay out of it.
        self._whole_table = network.embedding.take_rows(self._seen)
        return network

    def _new(self, transitions: Tensor | None, dropouts: dict[str, float]) -> TaggerNetwork:
        """The network of the recipe, its embedding as :meth:`_start_vectors` says."""
        shape = TaggerShape(
            vocabulary_size=self.reader.size,
            num_tags=len(self.tags),
            character_vocabulary_size=self.reader.character_size,
            feature_size=self.reader.feature_size,
            **asdict(self.recipe.network),
        )
        network = TaggerNetwork(shape, unknown_id=UNKNOWN_WORD, transitions=transitions, **dropouts)
        self._start_vectors(network)
        return network

    def _continued(self, init: ModelFolder, transitions: Tensor | None, dropouts: dict[str, float]) -> TaggerNetwork:
        """The network of a model; with other labels, its last layer and transitions are new."""
        shape = TaggerShape.from_table(init.table("network"))
        self.recipe = replace(self.recipe, network=chosen(TaggerSettings, shape))
        same = init.manifest["labels"] == self.data.labels
        network = load_tagger(init.path, shape, transitions if same else None, **dropouts)
        if not same:
            network.shape = replace(shape, num_tags=len(self.tags))
            network.output = nn.Linear(network.output.in_features, len(self.tags))
            network.crf = ConditionalRandomField(len(self.tags), transitions) if shape.crf else None
        return network

    def _start_vectors(self, network: TaggerNetwork) -> None:
        size = self.recipe.network.embedding_size
        table = network.embedding.table.weight
        nn.init.uniform_(table, -SPREAD, SPREAD)
        vectors = self.recipe.vectors
        if self._vectors is None:
            return
        rows = combine([self._vectors], [1.0], size)
        rows = np.pad(rows, ((0, 0), (0, size - rows.shape[1]))) * np.float32(SPREAD * size**0.5)
        start = torch.zeros(self.reader.size, size)
        start[1 : len(rows) + 1] = torch.from_numpy(rows)
        start[UNKNOWN_WORD] = torch.from_numpy(rows[len(rows) // 2 :].mean(0))
        known = torch.zeros(self.reader.size, dtype=torch.bool)
        known[: len(rows) + 1] = True
        network.embedding.start_from(start, known, frozen=vectors.frozen)

    # -- the loop ------------------------------------------------------------------------------

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """A step's on average."""
        assert isinstance(batch, TagBatch) and isinstance(network, TaggerNetwork)
        emissions = self.forward(network, batch)
        losses = network.loss(emissions, batch.lengths.to(emissions.device), batch.possible.to(emissions.device))
        return losses / batch.lengths.float().mean()

    def transitions(self, network: TaggerNetwork) -> np.ndarray[Any, Any]:
        """The transition scores that paths are chosen by, (tags + 1, tags + 1)."""
        if network.crf is not None:
            return network.crf.scores().detach().cpu().numpy()
        scores = np.zeros((len(self.tags) + 1, len(self.tags) + 1), np.float32)
        if self.data.entities:
            scores[~allowed_transitions(self.tags, self.recipe.scheme)] = IMPOSSIBLE
        return scores

    def _dev(self, network: TaggerNetwork) -> tuple[list[list[str]], float]:
        """The tags of every dev sentence, and the mean loss of a token."""
        transitions = self.transitions(network)
        result: list[list[str]] = [[] for _ in self.data.sentences["dev"]]
        loss = 0.0
        tokens = 0
        for batch in self._dev_plan.in_order(SCORING_BATCH):
            emissions = network(*batch.inputs(self.device))
            lengths, possible = batch.lengths.to(self.device), batch.possible.to(self.device)
            loss += float(network.loss(emissions.float(), lengths, possible).sum())
            tokens += int(batch.lengths.sum())
            scores = emissions.float().cpu().numpy()
            for row, path in zip(batch.rows, viterbi(scores, batch.lengths.numpy(), transitions)):
                result[row] = [self.tags[tag] for tag in path]
        return result, loss / tokens

    def score(self, network: nn.Module) -> dict[str, float]:
        assert isinstance(network, TaggerNetwork)
        answers, loss = self._dev(network)
        return {**self.score_of(answers), "loss": loss}

    def score_of(self, answers: Sequence[Sequence[str]]) -> dict[str, float]:
        """``score``: the F1 of entities (of labels: the accuracy), the mean over the sources."""
        dev = self.data.sentences["dev"]
        by_source: dict[str, Tally] = {}
        for sentence, found in zip(dev, answers):
            tally = by_source.setdefault(sentence.source, Tally(self.data.entities))
            tally.add(sentence, spans(found) if self.data.entities else [], found, self.data.missing[sentence.source])
        scores = {source: tally.score for source, tally in by_source.items()}
        return {
            "score": sum(scores.values()) / len(scores),
            **{f"score_{name}": value for name, value in scores.items()},
        }

    # -- the end -------------------------------------------------------------------------------

    def describe(self, network: TaggerNetwork) -> dict[str, Any]:
        """The network gets the whole table of its words back."""
        self._best_score = self.score_of(self._dev(network)[0])["score"]
        network.embedding.put_rows(self._whole_table, self._seen)
        kind = "entities" if self.data.entities else "labels"
        return {
            "labels": self.data.labels,
            "network": network.shape.to_table(),
            "tokenizer": {
                "kind": "words",
                "words": WORDS,
                "characters": CHARACTERS,
                "lowercase": self.reader.lowercase,
            },
            "answer": {"kind": kind, **({"scheme": self.recipe.scheme} if self.data.entities else {})},
            **({"lexicon": {"file": LEXICON, "lists": self.lists}} if self.lists else {}),
        }

    def export(self, network: TaggerNetwork, folder: Path) -> None:
        self._write_words(folder)
        export_tagger(network, folder, self.recipe.training.storage)

    def report(self, network: TaggerNetwork, engine: Tagger) -> dict[str, Any]:
        parity = check_tagger(network, engine)
        dev = {
            source: evaluate(engine, sentences, self.data.missing[source])
            for source, sentences in by_source(self.data.sentences["dev"]).items()
        }
        scores = [report["f1" if self.data.entities else "accuracy"] for report in dev.values()]
        stored = sum(scores) / len(scores)
        return {"dev": dev, "score": self._best_score, "score_as_stored": stored, "parity": parity}

    def card(self, manifest: dict[str, Any], result: dict[str, Any]) -> str:
        return tagger_card(manifest, self.recipe, self.data, result)

    def _write_words(self, folder: Path) -> None:
        """The vocabulary files."""
        write_lines(folder / WORDS, self.words)
        write_lines(folder / CHARACTERS, self.characters)
        if self.lists:
            write_lines(folder / LEXICON, (f"{word}\t{bits}" for word, bits in sorted(self.lexicon.items())))


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """A vocabulary file: an item a line."""
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8"))

"""Sentences as batches for a tagger: each different word's characters and features once."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seqtool.tokenization.word_features import PADDING, UNKNOWN_WORD, WordFeatures
from seqtool.training.plans import Batch, LengthPlan, Sequences
from seqtool.training.tag.recipe import TagTrainingSettings


@dataclass
class TagBatch(Batch):
    """``indices`` (time, batch): of each step, its word among the batch's different ones, whose
    ``features`` are (words, size), ``characters`` (character time, words) and
    ``character_lengths`` (words,); ``possible`` (time, batch, tags): what each step may be."""

    indices: Tensor
    features: Tensor
    characters: Tensor
    character_lengths: Tensor
    possible: Tensor

    def inputs(self, device: str) -> tuple[Tensor, ...]:
        parts = (self.ids, self.lengths, self.indices, self.features, self.characters, self.character_lengths)
        return tuple(part.to(device) for part in parts)


class Types:
    """The different words of a training, as the network reads them.

    Each is known by its number; ``lower``, ``upper`` and ``title`` give the numbers of the same
    words written otherwise.
    """

    def __init__(self, words: Sequence[str], reader: WordFeatures, counts: dict[str, int], *, cases: bool) -> None:
        self.numbers: dict[str, int] = {}
        for word in words:
            self.numbers.setdefault(word, len(self.numbers))
        whole = list(self.numbers)
        changes: list[Callable[[str], str]] = [str.lower, str.upper, str.capitalize] if cases else []
        variants = [[self._number(change(word)) for word in whole] for change in changes]
        everything = list(self.numbers)
        same = np.arange(len(everything), dtype=np.int64)
        self.variants = [same]
        for numbers in variants:
            changed = same.copy()
            changed[: len(whole)] = numbers
            self.variants.append(changed)
        self.ids = np.array([reader.id(word) for word in everything], np.int64)
        self.features = torch.tensor([reader.features(word) for word in everything])
        rows = [reader.characters(word) for word in everything]
        self.character_lengths = torch.tensor([len(row) for row in rows])
        table = np.full((len(rows), max(map(len, rows))), PADDING, np.int64)
        for number, row in enumerate(rows):
            table[number, : len(row)] = row
        self.characters = torch.from_numpy(table)
        self.singletons = np.array([counts.get(word, 0) == 1 for word in everything])

    def renumber(self) -> NDArray[np.int64]:
        """Number the vocabulary's words anew, those alone that are here, the unknown one first; their old numbers."""
        seen: NDArray[np.int64] = np.unique(np.append(self.ids, UNKNOWN_WORD))
        self.ids = np.searchsorted(seen, self.ids)
        return seen

    def _number(self, word: str) -> int:
        return self.numbers.setdefault(word, len(self.numbers))

    def batch(
        self,
        rows: list[int],
        types: NDArray[np.int64],
        ids: NDArray[np.int64],
        lengths: Sequence[int],
        possible: Tensor,
    ) -> TagBatch:
        """types, ids: (time, batch)."""
        unique, indices = np.unique(types, return_inverse=True)
        chosen = torch.from_numpy(unique)
        character_lengths = self.character_lengths[chosen]
        return TagBatch(
            rows,
            torch.from_numpy(ids),
            torch.tensor(lengths),
            torch.from_numpy(indices.reshape(types.shape)),
            self.features[chosen],
            self.characters[chosen, : int(character_lengths.max())].t().contiguous(),
            character_lengths,
            possible,
        )


@dataclass(frozen=True)
class TagPlan(LengthPlan):
    """A plan whose sequences are of types' numbers, with a target each.

    ``targets``: for every step, a row of ``table`` (rows, tags), bool: what it may be.
    """

    types: Types | None = None
    targets: Sequences | None = None
    table: Tensor | None = None
    settings: TagTrainingSettings = field(default_factory=TagTrainingSettings)
    unknown_id: int = 0

    def batches(self, epoch: int, rows: Sequence[list[tuple[int, int]]], first: int = 0) -> Iterator[Batch]:
        whole = self.sequences.lengths()
        for number in range(first, len(rows)):
            chance = random.Random(f"{self.seed}/{epoch}/{number}")
            stretches = [(row, chance.randint(0, int(whole[row]) - length), length) for row, length in rows[number]]
            yield self.batch(stretches, np.random.default_rng([self.seed, epoch, number]))

    def batch(self, stretches: Sequence[tuple[int, int, int]], chance: np.random.Generator | None = None) -> TagBatch:
        """A batch of (row, first step, how many steps); with ``chance``, words are changed as the
        settings say: written otherwise, singletons taken for unknown words."""
        assert self.types is not None and self.targets is not None and self.table is not None
        lengths = [length for _, _, length in stretches]
        shape = (max(lengths), len(stretches))
        types = np.zeros(shape, np.int64)
        targets = np.zeros(shape, np.int64)
        ids = np.full(shape, self.unknown_id, np.int64)
        for column, part in enumerate(stretches):
            here: NDArray[np.integer[Any]] = self.sequences.stretch(*part)
            if chance is not None:
                here = self.types.variants[self._variant(chance)][here]
            found = self.types.ids[here]
            if chance is not None:
                dropped = self.types.singletons[here] & (chance.random(len(here)) < self.settings.singleton_dropout)
                found[dropped] = self.unknown_id
            types[: len(here), column] = here
            ids[: len(here), column] = found
            targets[: len(here), column] = self.targets.stretch(*part)
        possible = self.table[torch.from_numpy(targets)]
        whole = self.sequences.lengths()
        for column, (row, start, length) in enumerate(stretches):
            # Where a stretch cuts a sequence, a span may be cut too: its last part says nothing.
            if start:
                possible[0, column] = True
            if start + length < whole[row]:
                possible[length - 1, column] = True
        return self.types.batch([row for row, _, _ in stretches], types, ids, lengths, possible)

    def _variant(self, chance: np.random.Generator) -> int:
        """0 as it is written, 1 lower, 2 upper, 3 title case."""
        settings = self.settings
        if not (settings.lower or settings.upper or settings.title):
            return 0
        drawn = float(chance.random())
        for variant, share in enumerate((settings.lower, settings.upper, settings.title), 1):
            if drawn < share:
                return variant
            drawn -= share
        return 0

    def in_order(self, batch_size: int) -> Iterator[TagBatch]:
        """All sequences once, unchanged, the short ones first, for scoring."""
        lengths = self.sequences.lengths()
        order = np.argsort(lengths, kind="stable").tolist()
        for start in range(0, len(order), batch_size):
            yield self.batch([(row, 0, int(lengths[row])) for row in order[start : start + batch_size]])

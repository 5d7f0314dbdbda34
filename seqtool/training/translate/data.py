"""Pairs of sentences: read as streams, split, cleaned."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

from seqtool.errors import DataError, InputError, nearest
from seqtool.records.files import PAUSE
from seqtool.records.json_text import look_up
from seqtool.records.read import format_of, read_records
from seqtool.training.data.rows import share_of
from seqtool.training.recipe import find_data, source_name
from seqtool.training.translate.cleaning import Cleaner, Pair, PairCounts, key_of, tidy
from seqtool.training.translate.recipe import CleaningSettings, PairSettings


def _good(records: Iterable[Any]) -> Iterator[Any]:
    """:raises DataError: a bad record, with its file and line."""
    for record in records:
        if record is PAUSE:
            continue
        if record.bad:
            raise DataError(f"{record.file}:{record.line}: {record.problem}")
        yield record


def _lines(path: Path, settings: PairSettings) -> Iterator[Any]:
    return _good(read_records([str(path)], kind="text", encoding=settings.encoding))


def _aligned(settings: PairSettings, paths: Sequence[Path]) -> Iterator[Pair]:
    """The lines of two files.

    :raises DataError: one has more lines than the other.
    """
    for number, records in enumerate(zip_longest(*(_lines(path, settings) for path in paths)), 1):
        for path, record in zip(paths, records):
            if record is None:
                raise DataError(f"{path}: ends before line {number}, which the other file has; lines belong in pairs")
        yield Pair(*(record.fields["text"] for record in records))


def _of_fields(settings: PairSettings, path: Path) -> Iterator[Pair]:
    """The pairs of a table or of JSON objects."""

    def check(columns: list[str], file: str) -> None:
        for key, name in zip(("source", "target"), settings.fields):
            if name not in columns:
                raise DataError(
                    f"{file}: no column {name!r}; {nearest(name, columns)} ({key} names it, columns those without a header)"
                )

    kind = settings.format
    if kind == "auto":
        kind = format_of(str(path)) or ("csv" if settings.delimiter else "tsv" if settings.columns else "auto")
    if settings.columns:
        check(list(settings.columns), str(path))
    records = read_records(
        [str(path)],
        kind=kind,
        encoding=settings.encoding,
        delimiter=settings.delimiter or None,
        columns=settings.columns,
        check_columns=check,
    )
    for record in _good(records):
        sides = []
        for key, name in zip(("source", "target"), settings.fields):
            where = f"{record.file}:{record.line}"
            try:
                side = look_up(record.fields, name)
            except KeyError:
                raise DataError(
                    f"{where}: no field {name!r}; {nearest(name, record.fields)} ({key} names it)"
                ) from None
            if not isinstance(side, str):
                raise DataError(f"{where}: the field {name!r} is not a string")
            sides.append(side)
        yield Pair(*sides)


def read_pairs(settings: PairSettings, folders: tuple[Path, ...]) -> Iterator[Pair]:
    """The pairs of a source, as they stand there.

    :raises DataError: a file cannot be read, has a bad row, or has not the columns.
    """
    path = find_data(settings.file, folders)
    try:
        if settings.target_file:
            yield from _aligned(settings, (path, find_data(settings.target_file, folders)))
        else:
            yield from _of_fields(settings, path)
    except InputError as error:
        raise DataError(str(error)) from None


@dataclass
class ParallelText:
    """The pairs of a recipe.

    ``dev`` and ``test`` are (index in ``sources``, tidy pair); :meth:`train` reads the rest anew,
    and tells ``note`` what was left out of each file.
    """

    sources: tuple[PairSettings, ...]
    cleaning: CleaningSettings
    folders: tuple[Path, ...]
    seed: int
    dev: list[tuple[int, Pair]] = field(default_factory=list)
    test: list[tuple[int, Pair]] = field(default_factory=list)
    counts: dict[int, PairCounts] = field(default_factory=dict)
    """Of each source, once it was read to its end."""

    def split_of(self, settings: PairSettings, pair: Pair) -> str:
        """train, dev or test."""
        if settings.split or not settings.dev:
            return settings.split or "train"
        return "dev" if share_of(self.seed, key_of(pair.source)) < settings.dev else "train"

    def hold_out(self) -> None:
        """Read the pairs of dev and test."""
        for index, settings in enumerate(self.sources):
            if settings.split == "train" or not (settings.split or settings.dev):
                continue
            for pair in read_pairs(settings, self.folders):
                split = self.split_of(settings, pair)
                if split != "train":
                    tidied = Pair(
                        tidy(pair.source, settings.source_language), tidy(pair.target, settings.target_language)
                    )
                    if all(map(key_of, tidied)):
                        (self.dev if split == "dev" else self.test).append((index, tidied))

    def train(self, note: Callable[[str], None]) -> Iterator[tuple[int, Pair]]:
        """(index in ``sources``, pair) of all that is kept, source by source.

        :raises DataError: a file cannot be read, or nothing is left of any.
        """
        cleaner = Cleaner(self.cleaning)
        for _, pair in (*self.dev, *self.test):
            cleaner.hold_out(pair)
        for index, settings in enumerate(self.sources):
            if settings.split not in ("", "train"):
                continue
            counts = self.counts[index] = PairCounts()
            pairs = (pair for pair in read_pairs(settings, self.folders) if self.split_of(settings, pair) == "train")
            kept = cleaner.clean(pairs, counts, settings.source_language, settings.target_language)
            if settings.limit:
                drawn = sampled(kept, settings.limit, self.seed)
                counts.left_out["over the limit"] += counts.kept - len(drawn)
                kept = iter(drawn)
            for pair in kept:
                yield index, pair
            note(counts.note(source_name(settings)))
        if not any(counts.kept for counts in self.counts.values()):
            raise DataError("there are no pairs to train on; name a file of sentences and their translations")


def sampled(pairs: Iterable[Pair], limit: int, seed: int) -> list[Pair]:
    """At most ``limit`` of the pairs, each as likely as any other (Vitter 1985, algorithm R)."""
    chance = random.Random(seed)
    kept: list[Pair] = []
    for number, pair in enumerate(pairs, 1):
        if number <= limit:
            kept.append(pair)
        elif (index := chance.randrange(number)) < limit:
            kept[index] = pair
    return kept


def load_pairs(
    sources: Sequence[PairSettings],
    cleaning: CleaningSettings,
    folders: tuple[Path, ...],
    *,
    seed: int,
    leave_out: Sequence[str] = (),
) -> ParallelText:
    """The pairs of a recipe; those of dev and test are read at once.

    ``leave_out`` names sources that are not read at all.

    :raises DataError: a file cannot be read, or there is no source of such a name.
    """
    names = [source_name(settings) for settings in sources]
    unknown = [name for name in leave_out if name not in names]
    if unknown:
        raise DataError(f"--leave-out {unknown[0]}: no such source; {nearest(unknown[0], names)}")
    kept = tuple(settings for settings, name in zip(sources, names) if name not in leave_out)
    text = ParallelText(kept, cleaning, folders, seed)
    text.hold_out()
    return text

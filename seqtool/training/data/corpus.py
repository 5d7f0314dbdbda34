"""Plain texts to train on: read as streams, cut into words, kept on disk for every epoch."""

from __future__ import annotations

import contextlib
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqtool.errors import BadRecord, OutputError
from seqtool.records.files import PAUSE
from seqtool.records.read import read_records
from seqtool.records.record import Record, take_text
from seqtool.tokenization.words import words
from seqtool.training.recipe import CorpusSettings, find_data
from seqtool.vectors.store import fold

# gensim takes no longer sentence.
LONGEST = 9000
BUCKET_FILES = 64
SAMPLED_TEXTS = 20_000


class Corpus:
    """Tokens on disk, a text a line; iterable again and again, as gensim wants it.

    ``on_words(number)`` is told how many words were read, now and then.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        self.words = self.lines = 0
        self.on_words: Callable[[int], None] = ignore

    def write(self, texts: Iterable[Sequence[str]]) -> None:
        """Take in texts as lists of tokens."""
        try:
            with open(self.path, "w", encoding="utf-8") as file:
                for tokens in texts:
                    self.counts.update(tokens)
                    for start in range(0, len(tokens), LONGEST):
                        file.write(" ".join(tokens[start : start + LONGEST]) + "\n")
                        self.lines += 1
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written: {error.strerror}; free some space") from None
        self.words = self.counts.total()

    def __iter__(self) -> Iterator[list[str]]:
        waiting = 0
        with open(self.path, encoding="utf-8", newline="\n") as file:
            for line in file:
                tokens = line[:-1].split(" ")
                waiting += len(tokens)
                if waiting > 20_000:
                    self.on_words(waiting)
                    waiting = 0
                yield tokens
        self.on_words(waiting)


def ignore(_: Any) -> None:
    """Nobody wants to know."""


def read_texts(
    corpora: Sequence[CorpusSettings], folders: tuple[Path, ...], note: Callable[[str], None]
) -> Iterator[str]:
    """The texts of all files; bad records are left out and counted."""
    for settings in corpora:
        path = "-" if settings.file == "-" else str(find_data(settings.file, folders))
        for _ in range(settings.repeat):
            bad = 0
            kind = settings.format
            if settings.columns and kind == "auto":
                kind = "csv" if ".csv" in path else "tsv"
            for record in read_records(
                [path],
                kind=kind,
                encoding=settings.encoding,
                delimiter=settings.delimiter or None,
                columns=settings.columns,
            ):
                if record is PAUSE:
                    continue
                text = _text(record, settings.text)
                if text is None:
                    bad += 1
                else:
                    yield text
            if bad:
                note(f"{path}: {bad} bad record{'s' * (bad != 1)} left out")


@dataclass(frozen=True)
class Counted:
    """The words of a corpus, counted, and a sample of its texts."""

    counts: Counter[str]
    texts: list[list[str]]


def count_words(corpora: Sequence[CorpusSettings], *, lowercase: bool) -> Counted:
    """Count the words of texts, and keep the first few thousand texts."""
    counted = Counted(Counter(), [])
    for text in read_texts(corpora, (), ignore):
        tokens = tokens_of(text, lowercase=lowercase)
        counted.counts.update(tokens)
        if len(counted.texts) < SAMPLED_TEXTS:
            counted.texts.append(tokens)
    return counted


def _text(record: Record, field: str) -> str | None:
    if record.error is not None or record.arrived_bad:
        return None
    try:
        return take_text(record.fields, field)
    except BadRecord:
        return None


def tokens_of(text: str, *, lowercase: bool) -> list[str]:
    """The words of a text as vectors know them: signs without a letter or digit left out."""
    return [fold(word, lowercase=lowercase) for word in words(text) if word[0].isalnum() or any(map(str.isalnum, word))]


def shuffled(lines: Iterable[Sequence[str]], folder: Path, seed: int) -> Iterator[list[str]]:
    """Lines of tokens in random order, by way of files that fit into memory."""
    chance = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        files = [
            stack.enter_context(open(folder / str(number), "w+", encoding="utf-8", newline="\n"))
            for number in range(BUCKET_FILES)
        ]
        for tokens in lines:
            files[chance.randrange(BUCKET_FILES)].write(" ".join(tokens) + "\n")
        for file in files:
            file.seek(0)
            part = file.readlines()
            chance.shuffle(part)
            for line in part:
                yield line[:-1].split(" ")
    shutil.rmtree(folder, ignore_errors=True)

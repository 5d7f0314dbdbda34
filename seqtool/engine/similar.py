"""The lines of a corpus that are nearest to each text, by the vectors that ``embed`` gives."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seqtool.answers import Answer, Engine, Item
from seqtool.engine.open import engine_of
from seqtool.errors import InputError, OptionError
from seqtool.modelfolder.manifest import ModelFolder
from seqtool.records.output import whole_file
from seqtool.records.read import MAX_LINE_BYTES, read_records
from seqtool.records.record import Record, take_text
from seqtool.records.window import answered
from seqtool.settings import checked
from seqtool.vectors.index import Index, write_index
from seqtool.vectors.sentence import EmbedAsked


@dataclass(frozen=True)
class SimilarAsked:
    """What ``seqtool similar`` can be asked.

    ``corpus``: the file of lines to search; ``index``: a file that keeps their vectors, which is
    made where it is missing, and is enough by itself where it is there.
    """

    corpus: str | None = None
    index: str | None = None
    corpus_field: str = "text"
    top: int = checked(5, above=0)
    method: str = checked("mean", choices=("mean", "sif"))
    encoding: str = "utf-8"
    max_line_bytes: int = checked(MAX_LINE_BYTES, above=0)


def _ignore(record: Record) -> None:
    """Nobody is told of a bad record."""


class Similar(Engine[SimilarAsked]):
    """Searches corpora, whose vectors are made once; :meth:`close` removes those without an ``index``."""

    Asked = SimilarAsked
    reads_tokens = True

    def __init__(self, folder: ModelFolder, *, threads: int = 1, batch_size: int = 64) -> None:
        self.folder = folder
        self._embedder = engine_of(folder, "embed", threads=threads, batch_size=batch_size)
        self._folder = tempfile.mkdtemp(prefix="seqtool.")
        self._remove = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._indexes: dict[SimilarAsked, Index] = {}

    def close(self) -> None:
        """Remove the files that were made for this engine alone."""
        self._remove()

    def check(self, asked: SimilarAsked) -> SimilarAsked:
        if asked.top < 1:
            raise OptionError(f"--top {asked.top}: is not above 0")
        self.index(asked)
        return asked

    def fields(self, asked: SimilarAsked) -> list[str]:
        return ["answers"]

    def answers(self, items: Sequence[Item], asked: SimilarAsked) -> list[Answer]:
        """The nearest lines of each text: [{line, score, text}], the best first."""
        vectors = [answer["vector"] for answer in self._embedder.answers(items, EmbedAsked(asked.method))]
        return [{"answers": found} for found in self.index(asked).answers(vectors, asked.top)]

    def index(self, asked: SimilarAsked, tell: Callable[[Record], None] = _ignore) -> Index:
        """The index of the corpus, opened or made; ``tell`` is told of records that have no text to search.

        :raises OptionError: there is nothing to search.
        :raises InputError: the corpus cannot be read, or the index was made of something else.
        """
        key = replace(asked, top=1)
        if key not in self._indexes:
            self._indexes[key] = self._open(asked, tell)
        return self._indexes[key]

    def _open(self, asked: SimilarAsked, tell: Callable[[Record], None]) -> Index:
        path = Path(asked.index or f"{self._folder}/{len(self._indexes)}")
        found = path.exists()
        if asked.corpus is None and not found:
            raise OptionError("what shall be searched? --corpus FILE, or --index FILE of an earlier run")
        embedding = self._embedder.check(EmbedAsked(asked.method))
        size = self._embedder.size(embedding)
        made_from = {"model": self.folder.hash, "method": asked.method}
        if asked.corpus is not None:
            made_from |= {"corpus": _hash(asked.corpus), "field": asked.corpus_field}
        if not found:
            with whole_file(path) as beside:
                write_index(beside, self._lines(asked, embedding, tell), size, made_from)
        index = Index(path)
        for name, value in made_from.items():
            if index.made_from.get(name) != value:
                raise InputError(f"{path}: was made with another {name}; remove it, or name another --index")
        if index.size != size:
            raise InputError(
                f"{path}: has vectors of {index.size} numbers, the model {size}; remove it and make it again"
            )
        return index

    def _lines(
        self, asked: SimilarAsked, embedding: EmbedAsked, tell: Callable[[Record], None]
    ) -> Iterator[tuple[int, str, Any]]:
        """(line number, text, vector) of the corpus's records."""
        records = read_records([str(asked.corpus)], encoding=asked.encoding, max_line_bytes=asked.max_line_bytes)
        windows = answered(
            records,
            lambda record: Item(take_text(record.fields, asked.corpus_field)),
            lambda items: self._embedder.answers(items, embedding),
        )
        for window in windows:
            for record in window:
                if record.answer is None:
                    tell(record)
                else:
                    yield record.line, record.item.text, record.answer["vector"]


def _hash(path: str) -> str:
    """Tells one corpus from another.

    :raises InputError: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            if not Path(path).is_file():
                raise InputError(f"{path}: a corpus is read twice; write what comes out of the pipe into a file")
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; check the name") from None

"""The page of ``seqtool tag --html FILE``, written while the records stream."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from seqtool.cli.writers.pretty_tags import marked
from seqtool.cli.writers.writer import Writer
from seqtool.errors import OutputError
from seqtool.plots.entities import EntityPage
from seqtool.records.files import display_name
from seqtool.records.output import whole_file
from seqtool.records.record import Record


class EntityPageFile(Writer):
    """A writer and a context: FILE is there, whole, when the context ends well, and else as it was.

    Until then the page grows in a file without a name, in FILE's folder: of a run that is killed, by
    SIGPIPE say, nothing is left over.

    :raises OutputError: FILE cannot be written; at the context's begin, where that is known by then.
    """

    def __init__(self, path: str | Path, *, title: str = "", labels: Sequence[str] = ()) -> None:
        self._path = Path(path)
        self._title = title
        self._page = EntityPage(labels)
        self._file: Any = None

    def __enter__(self) -> EntityPageFile:
        name = display_name(str(self._path))
        if self._path.is_dir():
            raise OutputError(f"{name}: is a folder; name a file in it")
        # /dev/null, a FIFO: they are no place for another file.
        straight = self._path.exists() and not self._path.is_file()
        with self._errors("choose another place"):
            folder = None if straight else os.path.dirname(os.path.realpath(self._path))
            self._file = tempfile.TemporaryFile(dir=folder)
        try:
            self._write(self._page.head(self._title))
        except BaseException:
            self._close()
            raise
        return self

    def line(self, record: Record) -> bytes:
        """Show the text and the tags of a good record; nothing is written elsewhere."""
        if record.answer is not None and not record.bad:
            self.add({"text": record.item[0], **record.answer})
        return b""

    def add(self, answer: Mapping[str, Any]) -> None:
        """Show an answer: ``text`` (None where there are only tokens), and the fields of `tag`."""
        found = marked(answer)
        self._write(self._page.block(found.text, found.spans, tokens=found.tokens))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._write(self._page.foot())
                with self._errors(), whole_file(self._path) as beside:
                    self._file.seek(0)
                    with open(beside, "wb") as file:
                        shutil.copyfileobj(self._file, file, 1 << 20)
        finally:
            self._close()

    def _close(self) -> None:
        with contextlib.suppress(OSError):  # what could not be written is thrown away
            self._file.close()

    def _write(self, text: str) -> None:
        with self._errors():
            self._file.write(text.encode("utf-8"))

    @contextlib.contextmanager
    def _errors(self, remedy: str = "free some space or write elsewhere") -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(
                f"{display_name(str(self._path))}: cannot be written: {error.strerror}; {remedy}"
            ) from None

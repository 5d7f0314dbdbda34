"""Records to a .npy file: a row of float32 numbers each."""

from __future__ import annotations

import io

from numpy.lib import format

from seqtool.cli.writers.writer import Writer
from seqtool.records.record import Record

HEAD_BYTES = 128


class MatrixRows(Writer):
    """A writer of rows; a record without a vector is a row of zeros, so that rows and lines pair up.

    The first bytes say how many rows there are: they are written again at the end (:meth:`head`).
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._begun = False

    def go_on(self, columns: list[str] | None) -> None:
        """Continue a file that has its head already."""
        self._begun = True

    def line(self, record: Record) -> bytes:
        vector = (record.answer or {}).get("vector") if record.error is None else None
        row = bytes(4 * self._size) if vector is None else vector.astype("<f4", copy=False).tobytes()
        return row if self._begun else self._first() + row

    def end(self) -> bytes:
        return self._first()

    def _first(self) -> bytes:
        if self._begun:
            return b""
        self._begun = True
        return self.head(HEAD_BYTES)

    def head(self, length: int) -> bytes:
        """The .npy header (format 1.0) of a file of so many bytes."""
        shape = ((length - HEAD_BYTES) // (4 * self._size), self._size)
        head = io.BytesIO()
        format.write_array_header_1_0(head, {"descr": "<f4", "fortran_order": False, "shape": shape})
        return head.getvalue()

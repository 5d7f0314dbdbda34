"""Word vectors that are there already: a folder of ours, or a file of another program."""

from __future__ import annotations

from pathlib import Path

from seqtool.errors import OptionError, nearest
from seqtool.modelfolder.find import all_folders
from seqtool.training.recipe import find_data
from seqtool.vectors.formats import read_vectors
from seqtool.vectors.matrix import Floats, to_unit
from seqtool.vectors.store import open_vectors


def open_words(name: str, folders: tuple[Path, ...]) -> tuple[list[str], Floats, list[int] | None]:
    """Words, their vectors of length one, and their counts where they are known.

    ``name``: a vector folder by name or path, or a file of another program
    (:mod:`seqtool.vectors.formats`), found as a recipe's data are.

    :raises SeqtoolError: there is no such thing, or it is damaged.
    """
    if Path(name).is_dir() or any(folder.name == name for folder in all_folders()):
        vectors = open_vectors(name)
        counts = vectors.counts
        return vectors.words, vectors.unit_rows(slice(None)), None if counts is None else counts.tolist()
    names = [folder.name for folder in all_folders()]
    if not folders and not Path(name).exists() and nearest(name, names).startswith("did you mean"):
        raise OptionError(f"{name}: no such vectors; {nearest(name, names)}")
    words, rows = read_vectors(find_data(name, folders))
    return words, to_unit(rows), None

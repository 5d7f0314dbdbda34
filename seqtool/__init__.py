"""seqtool: a text toolkit for the shell, on small recurrent networks.

The Python side of it is one function: ``seqtool.load("sentiment-en")(texts)`` yields,
for each text, what the command would write on its line.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqtool.answers import Engine

__version__ = "0.1.0"
__all__ = ["__version__", "load"]


def load(
    model: str = "sentiment-en", command: str = "", *, threads: int | None = 1, batch_size: int = 64
) -> Engine[Any]:
    """Open a model by name or by the path of its folder, for what a command does with it.

    Without ``command`` it does what it was made for: ``load("ner-en")`` tags, ``load("sentiment-en",
    "embed")`` gives the network's vectors.  The result is callable: ``load()(texts)`` yields one
    dictionary a text, in order, and takes the command's options as words:
    ``load()(texts, scores=True)`` (:meth:`seqtool.answers.Engine.__call__`).
    ``threads`` (``None``: one a core) and ``batch_size`` change the speed, never the answers.
    Threads may share it.

    :raises seqtool.errors.ModelError: no such model, a damaged one, or one that cannot answer this command.
    :raises seqtool.errors.OptionError: no model answers such a command.
    """
    from seqtool.engine.open import open_engine

    if not isinstance(model, str):
        model = os.path.join(os.curdir, os.fspath(model))  # a path, also without a slash
    if threads is None:
        threads = os.cpu_count() or 1
    if threads < 1 or batch_size < 1:
        raise ValueError(f"threads={threads}, batch_size={batch_size}: at least 1 of each")
    engine: Engine[Any] = open_engine(model, command, threads=threads, batch_size=batch_size)
    return engine

"""What a manifest says of a model before its own tables: name, version, task, licence, languages, ..."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from seqtool import __version__


class Described(Protocol):
    """The head that every recipe has."""

    @property
    def task(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def licence(self) -> str: ...
    @property
    def languages(self) -> tuple[str, ...]: ...


def manifest_head(
    recipe: Described, folder_name: str, *, description: str = "", labels: Sequence[str] | None = None
) -> dict[str, Any]:
    """The first keys of ``model.toml``, in the order in which they are written.

    ``folder_name`` and ``description`` stand in where the recipe states none.
    """
    return {
        "name": recipe.name or folder_name,
        "version": recipe.version,
        "task": recipe.task,
        "description": recipe.description or description,
        "licence": recipe.licence or "not stated",
        "languages": list(recipe.languages),
        **({} if labels is None else {"labels": labels}),
        "made_with": f"seqtool {__version__}",
    }

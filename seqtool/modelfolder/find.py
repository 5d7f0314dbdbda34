"""Where models are: a path, or a name in the folders of models."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from seqtool.errors import ModelError, nearest
from seqtool.modelfolder.manifest import MANIFEST, ModelFolder, open_folder, read_manifest

VARIABLE = "SEQTOOL_MODELS"


def user_folder() -> Path | None:
    """The user's own models: ``$XDG_DATA_HOME/seqtool/models``; None without a home."""
    data = os.environ.get("XDG_DATA_HOME")
    if data and os.path.isabs(data):
        return Path(data) / "seqtool" / "models"
    try:
        return Path.home() / ".local" / "share" / "seqtool" / "models"
    except RuntimeError:
        return None


def shipped_folder() -> Path:
    """The models that ship: inside the package, or beside it in an editable install."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "models"
    return inside if inside.is_dir() else package.parent / "models"


def search_path() -> list[Path]:
    """The folders of models, the first to be looked in first."""
    named = [Path(part) for part in os.environ.get(VARIABLE, "").split(os.pathsep) if part]
    user = user_folder()
    return [*named, *([user] if user else []), shipped_folder()]


def all_folders() -> Iterator[Path]:
    """Every model folder that a name can reach, each name once."""
    seen: set[str] = set()
    for folder in search_path():
        try:
            entries = sorted(folder.iterdir())
        except OSError:
            continue
        for entry in entries:
            if entry.name not in seen and os.path.isfile(entry / MANIFEST):
                seen.add(entry.name)
                yield entry


def find_path(model: str) -> Path:
    """The folder of ``model``: a path if it has a slash, else a name.

    :raises ModelError: there is no such folder or name.
    """
    if "/" in model or os.sep in model or model in (".", ".."):
        path = Path(model)
        if not path.is_dir():
            raise ModelError(f"{_shown(model)}: no such model folder; seqtool models list shows those there are")
        return path
    for folder in search_path():
        # A folder that may not be read (another user's home) holds none.
        if model and os.path.isfile(folder / model / MANIFEST):
            return folder / model
    names = [path.name for path in all_folders()]
    hint = nearest(model, names) or f"there is none in {_shown(str(search_path()[-1]))}"
    beside = f" (./{_shown(model)} is a folder here: name it with the slash)" if os.path.isdir(model) and model else ""
    raise ModelError(f"no model {_shown(model)!r}; {hint}{beside}")


def find_model(model: str, task: str | None = None, *, regions: bool = True) -> ModelFolder:
    """Find and open a model; without ``regions``, a tagger of DNA is none.

    :raises ModelError: none of that name or path, a damaged one, or one of another task.
    """
    folder = open_folder(find_path(model))

    def fits(manifest: dict[str, Any]) -> bool:
        answer = manifest.get("answer")
        of_regions = isinstance(answer, dict) and answer.get("kind") == "regions"
        return manifest["task"] == task and (regions or not of_regions)

    if task is not None and not fits(folder.manifest):
        purpose = task if folder.task != task else "words"
        raise wrong_model(model, folder, purpose, fits, made_by=task)
    return folder


def wrong_model(
    model: str, folder: ModelFolder, purpose: str, fits: Callable[[dict[str, Any]], bool], made_by: str = ""
) -> ModelError:
    """An error that names the models which do what is asked: those whose manifest ``fits``.

    ``made_by`` is what ``seqtool train`` calls such models, where that is not the ``purpose``.
    """
    fitting = [path.name for path in all_folders() if _manifest_fits(path, fits)]
    remedy = f"models for {purpose}: {', '.join(fitting)} (seqtool models list)"
    if not fitting:
        remedy = f"seqtool train {made_by or purpose} makes one"
    return ModelError(f"{_shown(model)} is a model for {folder.task}, not for {purpose}; {remedy}")


def _manifest_fits(path: Path, fits: Callable[[dict[str, Any]], bool]) -> bool:
    try:
        return fits(read_manifest(path))
    except ModelError:
        return False


def _shown(name: str) -> str:
    encoding = sys.getfilesystemencoding()
    return name.encode(encoding, "surrogateescape").decode("utf-8", "replace")

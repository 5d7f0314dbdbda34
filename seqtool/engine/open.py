"""Open the engine that answers a command with a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seqtool.errors import OptionError
from seqtool.modelfolder.find import find_path, wrong_model
from seqtool.modelfolder.manifest import ModelFolder, open_folder
from seqtool.tasks import check_command, find_task, load_object


def open_engine(model: str, command: str = "", *, threads: int = 1, batch_size: int = 64) -> Any:
    """The engine of a model, by name or by the path of its folder, for a command; without one, its task's own.

    ``threads`` and ``batch_size`` change the speed, never the answers.

    :raises ModelError: no such model, a damaged one, or one that cannot answer this command.
    :raises OptionError: no model answers such a command.
    """
    if command:
        check_command(command)
    folder = open_folder(find_path(model))
    engines = _engines(folder.manifest)
    if not engines and not command:
        raise folder.damaged(f"is a model for {folder.task!r}, which has nothing to answer here")
    command = command or next(iter(engines))
    if command not in engines:
        raise wrong_model(model, folder, command, lambda manifest: command in _engines(manifest))
    return engine_of(folder, command, threads=threads, batch_size=batch_size)


def engine_of(folder: ModelFolder, command: str = "", *, threads: int = 1, batch_size: int = 64) -> Any:
    """The engine of an open folder; see :func:`open_engine`."""
    engines = _engines(folder.manifest)
    return load_object(engines[command or next(iter(engines))])(folder, threads=threads, batch_size=batch_size)


def _engines(manifest: dict[str, Any]) -> Mapping[str, str]:
    """What answers with a model, by command; nothing for a task that is none of ours."""
    answer = manifest.get("answer")
    try:
        return find_task(manifest.get("task"), answer.get("kind") if isinstance(answer, dict) else "").engines
    except OptionError:
        return {}

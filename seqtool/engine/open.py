"""Open the engine that answers a command with a model."""

from __future__ import annotations

from typing import Any

from seqtool.modelfolder.find import find_path, wrong_model
from seqtool.modelfolder.manifest import ModelFolder, open_folder
from seqtool.tasks import Task, find_task, load_object


def open_engine(model: str, command: str = "", *, threads: int = 1, batch_size: int = 64) -> Any:
    """The engine of a model, by name or by the path of its folder, for a command; without one, its task's own.

    ``threads`` and ``batch_size`` change the speed, never the answers.

    :raises ModelError: no such model, a damaged one, or one that cannot answer this command.
    """
    folder = open_folder(find_path(model))
    engines = _task_of(folder.manifest).engines
    command = command or next(iter(engines), "")
    if command not in engines:
        raise wrong_model(model, folder, command, lambda manifest: command in _task_of(manifest).engines)
    return engine_of(folder, command, threads=threads, batch_size=batch_size)


def engine_of(folder: ModelFolder, command: str = "", *, threads: int = 1, batch_size: int = 64) -> Any:
    """The engine of an open folder; see :func:`open_engine`."""
    task = _task_of(folder.manifest)
    return load_object(task.engines[command or task.command])(folder, threads=threads, batch_size=batch_size)


def _task_of(manifest: dict[str, Any]) -> Task:
    answer = manifest.get("answer")
    return find_task(manifest.get("task"), answer.get("kind") if isinstance(answer, dict) else "")

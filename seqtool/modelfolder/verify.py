"""Check every file of a folder, card and recipe too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seqtool.errors import ModelError
from seqtool.modelfolder.manifest import MANIFEST, check_file, read_manifest


def verify(folder: Path) -> tuple[dict[str, Any] | None, list[str]]:
    """The manifest, and what is wrong: one message a file; none when the folder is as it was written."""
    try:
        manifest = read_manifest(folder)
    except ModelError as error:
        return None, [str(error)]
    problems = []
    for name, entry in manifest["files"].items():
        try:
            check_file(folder, name, entry, whole=True)
        except ModelError as error:
            problems.append(str(error))
    known = {*manifest["files"], MANIFEST}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in known:
            problems.append(f"{path}: is not part of the model; remove it")
    return manifest, problems

"""``model.toml``: what a folder holds, as text that opens in an editor and is checked before use.

Its first line is a checksum of the remaining text.  Nothing in a folder is executable.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from seqtool.errors import ModelError

FORMAT = 1
MANIFEST = "model.toml"
CARD = "README.md"
RECIPE = "recipe.toml"
EDITED_BY_PEOPLE = (CARD, RECIPE)
NEEDED = {"name": str, "version": str, "task": str, "licence": str, "languages": list, "files": dict}
HASHED_ON_OPENING = 32 << 20
SMALL_FILE_BYTES = 4 << 20
_CHECKSUM = re.compile(r'checksum = "([0-9a-f]{64})"\n')


@dataclass(frozen=True)
class ModelFolder:
    """A folder whose manifest has been read and whose files have been checked."""

    path: Path
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.manifest["name"])

    @property
    def task(self) -> str:
        return str(self.manifest["task"])

    @property
    def hash(self) -> str:
        """Tells this model from any other: the manifest's checksum covers all files' hashes."""
        return str(self.manifest["checksum"])

    def table(self, name: str) -> dict[str, Any]:
        """A table of the manifest.

        :raises ModelError: it is missing, or is no table.
        """
        table = self.manifest.get(name)
        if not isinstance(table, dict):
            raise self.damaged(f"has no table [{name}]")
        return table

    def file(self, name: str) -> Path:
        """The path of one of the files that the manifest lists.

        :raises ModelError: the manifest does not list it.
        """
        if name not in self.manifest["files"]:
            raise self.damaged(f"does not list {name!r}")
        return self.path / name

    def damaged(self, what: str, file: str = MANIFEST) -> ModelError:
        """An error that names a file of this folder."""
        return _damaged(self.path, file, what)


def _damaged(folder: Path, file: str, what: str) -> ModelError:
    shown = os.fsencode(folder / file).decode("utf-8", "replace")
    return ModelError(f"{shown}: {what}; copy the model folder again")


def read_small_file(folder: Path, name: str) -> bytes:
    """The bytes of a manifest, a card or a recipe.

    :raises ModelError: it is missing, too large, or no regular file (a FIFO would never end).
    """
    try:
        if not stat.S_ISREG((folder / name).stat().st_mode):
            raise _damaged(folder, name, "is not a file")
        with open(folder / name, "rb") as file:
            data = file.read(SMALL_FILE_BYTES + 1)
    except OSError as error:
        raise _damaged(folder, name, f"cannot be read: {error.strerror}") from None
    if len(data) > SMALL_FILE_BYTES:
        raise _damaged(folder, name, f"is larger than {SMALL_FILE_BYTES >> 20} MB")
    return data


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder, its checksum, format and file names checked.

    :raises ModelError: missing, damaged, or of a newer format.
    """
    try:
        text = read_small_file(folder, MANIFEST).decode("utf-8")
        manifest = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, a number without end
        raise _damaged(folder, MANIFEST, f"is not TOML: {error}") from None
    number = manifest.get("format")
    if type(number) is int and number > FORMAT:
        shown = os.fsencode(folder / MANIFEST).decode("utf-8", "replace")
        raise ModelError(f"{shown}: format {number} is newer than this program's {FORMAT}; update seqtool")
    checksum = _CHECKSUM.match(text)
    if checksum is None or hashlib.sha256(text[checksum.end() :].encode("utf-8")).hexdigest() != checksum[1]:
        raise _damaged(folder, MANIFEST, "does not match its checksum")
    if type(number) is not int or number != FORMAT:
        raise _damaged(folder, MANIFEST, f"has no format number {FORMAT}")
    for key, kind in NEEDED.items():
        if not isinstance(manifest.get(key), kind):
            raise _damaged(folder, MANIFEST, f"has no {key!r}")
    for name, entry in manifest["files"].items():
        if not (
            isinstance(entry, dict) and isinstance(entry.get("size"), int) and isinstance(entry.get("sha256"), str)
        ):
            raise _damaged(folder, MANIFEST, f"says no size and sha256 of {name!r}")
        _check_name(folder, name)
    return manifest


def _check_name(folder: Path, name: str) -> None:
    """A file's name stays inside the folder.

    :raises ModelError: ``..``, an absolute path, or a link that leads out.
    """
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or "\\" in name or "\0" in name or ":" in name or not pure.parts:
        raise _damaged(folder, MANIFEST, f"names {name!r}, which is not inside the folder")
    root = os.path.realpath(folder)
    if os.path.commonpath([root, os.path.realpath(folder / name)]) != root:
        raise _damaged(folder, name, "is a link that leads out of the folder")


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_file(folder: Path, name: str, entry: dict[str, Any], *, whole: bool) -> None:
    """Compare a file with what the manifest says: its size, and with ``whole`` its hash.

    :raises ModelError: it is missing, cut short, longer or swapped.
    """
    path = folder / name
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise _damaged(folder, name, "is not a file")
        if status.st_size != entry["size"]:
            raise _damaged(folder, name, f"has {status.st_size} bytes where the manifest says {entry['size']}")
        if whole and sha256_of(path) != entry["sha256"]:
            raise _damaged(folder, name, "does not match its hash")
    except OSError as error:
        raise _damaged(folder, name, f"cannot be read: {error.strerror}") from None


def open_folder(path: Path) -> ModelFolder:
    """Read a folder's manifest and check its files (hashes up to 32 MB of them).

    Card and recipe, which people edit, are left to :func:`seqtool.modelfolder.verify.verify`.

    :raises ModelError: anything in it is missing, damaged, foreign or newer.
    """
    if not path.is_dir():
        shown = os.fsencode(path).decode("utf-8", "replace")
        raise ModelError(f"{shown}: no such model folder; seqtool models list shows those there are")
    manifest = read_manifest(path)
    left = HASHED_ON_OPENING
    for name, entry in manifest["files"].items():
        if name in EDITED_BY_PEOPLE:
            continue
        check_file(path, name, entry, whole=entry["size"] <= left)
        left -= entry["size"]
    return ModelFolder(path, manifest)

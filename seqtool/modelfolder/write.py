"""Write a model folder: beside its place first, synced, then renamed; ``model.toml`` last."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seqtool.errors import OutputError
from seqtool.modelfolder.manifest import FORMAT, MANIFEST, sha256_of

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def _toml_string(text: str) -> str:
    out = []
    for character in text:
        if character in '"\\':
            out.append("\\" + character)
        elif character == "\n":
            out.append("\\n")
        elif character == "\t":
            out.append("\\t")
        elif ord(character) < 0x20 or ord(character) == 0x7F:
            out.append(f"\\u{ord(character):04x}")
        else:
            out.append(character)
    return '"' + "".join(out) + '"'


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _toml_string(value)
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml_key(name)} = {_toml_value(member)}" for name, member in value.items()) + " }"
    raise TypeError(f"TOML has no {type(value).__name__}")


def _toml_key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _toml_string(name)


def to_toml(document: Mapping[str, Any], prefix: str = "") -> str:
    """A dictionary as TOML: plain values first, then a table for each dictionary, an array of
    tables for each list of them; None is left out."""
    lines = []
    tables = []
    for name, value in document.items():
        if value is None:
            continue
        if isinstance(value, Mapping):
            heading = f"{prefix}{_toml_key(name)}"
            tables.append(f"\n[{heading}]\n" + to_toml(value, heading + "."))
        elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            heading = f"{prefix}{_toml_key(name)}"
            tables.extend(f"\n[[{heading}]]\n" + to_toml(item, heading + ".") for item in value)
        else:
            lines.append(f"{_toml_key(name)} = {_toml_value(value)}\n")
    return "".join(lines) + "".join(tables)


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write ``model.toml`` with the sizes and hashes of the files that are in the folder."""
    files = {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": sha256_of(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    body = to_toml({"format": FORMAT, **manifest, "files": files})
    checksum = hashlib.sha256(body.encode("utf-8")).hexdigest()
    (folder / MANIFEST).write_text(f'checksum = "{checksum}"\n{body}', encoding="utf-8", newline="\n")


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with open(path, "rb+") as file:
                os.fsync(file.fileno())


def check_output_folder(path: Path, force: bool) -> None:
    """Refuse early what :func:`new_folder` would refuse at the end of a long training.

    :raises OutputError: the folder is there and ``force`` is not given, or its parent is not writable.
    """
    if path.exists() and not force:
        raise OutputError(f"{path}: is there already; --force replaces it")
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path}: is not a folder; choose another place")
    parent = path.parent
    if not parent.is_dir():
        raise OutputError(f"{parent}: no such folder; make it first")
    if not os.access(parent, os.W_OK):
        raise OutputError(f"{parent}: cannot be written; choose another place")


@contextlib.contextmanager
def new_folder(path: Path, manifest: Mapping[str, Any], *, force: bool = False) -> Iterator[Path]:
    """A folder to put a model's files into, beside ``path``; when the block ends well it gets its
    manifest, is synced, and is renamed to ``path``.

    :raises OutputError: ``path`` is there and ``force`` is not given; the disk is full.
    """
    check_output_folder(path, force)
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        beside.mkdir()
        yield beside
        write_manifest(beside, manifest)
        _sync(beside)
        if path.exists():
            old = path.with_name(f".{path.name}.{os.getpid()}.old")
            os.replace(path, old)
            os.replace(beside, path)
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.replace(beside, path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}; free some space or write elsewhere") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)

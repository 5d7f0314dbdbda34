"""Model folders from strangers: what can be done to one, and what must come of it: one line that names the file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from seqtool.errors import ModelError
from seqtool.modelfolder.manifest import MANIFEST
from seqtool.modelfolder.write import write_manifest

Manifest = dict[str, Any]


class Damage(NamedTuple):
    """A row of a table: its name, what is done to the folder, and a fragment of the message that tells it."""

    name: str
    do: Callable[[Path], object]
    told: str = MANIFEST


def damages(*tables: Iterable[Damage]) -> Any:
    """Run a test with ``do`` and ``told`` of each row."""
    rows = [pytest.param(row.do, row.told, id=row.name) for table in tables for row in table]
    return pytest.mark.parametrize(("do", "told"), rows)


def reseal(folder: Path, change: Callable[[Manifest], object] | None = None) -> Path:
    """Sizes, hashes and checksum made right again, as a stranger would."""
    manifest = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    for key in ("checksum", "files", "format"):
        manifest.pop(key)
    if change is not None:
        change(manifest)
    write_manifest(folder, manifest)
    return folder


def put(table: str, key: str, value: Any, told: str = MANIFEST) -> Damage:
    """Another value in a table of the manifest (the top of it has no name); None takes it away."""

    def change(manifest: Manifest) -> None:
        place = manifest[table] if table else manifest
        place[key] = value
        if value is None:
            del place[key]

    return Damage(f"{table}.{key}={value!r}"[:60], lambda folder: reseal(folder, change), told)


def odd(keys: dict[str, list[str]], values: Iterable[Any], fine: set[tuple[str, str, str]]) -> list[Damage]:
    """Each of the values for each of the keys of a table; ``fine``: those that are no fault, the value's repr last."""
    return [
        put(table, key, value, "")
        for table, names in keys.items()
        for key in names
        for value in values
        if (table, key, repr(value)) not in fine
    ]


def content(file: str, name: str, data: bytes | Callable[[bytes], bytes], told: str | None = None) -> Damage:
    """Other bytes in a file, or what is made of its own; told by the file's name if nothing else is given."""

    def do(folder: Path) -> None:
        path = folder / file
        path.write_bytes(data(path.read_bytes()) if callable(data) else data)
        reseal(folder)

    return Damage(f"{file}: {name}", do, f"{file}: " if told is None else told)


def broken(file: str) -> list[Damage]:
    """What happens to a file on its way, so that the manifest no longer fits it; or is made to forget it."""

    def gone(folder: Path) -> None:
        (folder / file).unlink()

    def change(data: Callable[[bytes], bytes]) -> Callable[[Path], object]:
        return lambda folder: (folder / file).write_bytes(data((folder / file).read_bytes()))

    return [
        Damage(f"{file}: missing", gone, f"{file}: "),
        Damage(f"{file}: forgotten", lambda folder: (gone(folder), reseal(folder)), ""),
        Damage(f"{file}: a folder", lambda folder: (gone(folder), (folder / file).mkdir()), f"{file}: "),
        Damage(f"{file}: cut short", change(lambda data: data[:-1]), "bytes where the manifest says"),
        Damage(f"{file}: longer", change(lambda data: data + b"\0"), "bytes where the manifest says"),
        Damage(f"{file}: a bit flipped", change(lambda data: bytes([data[0] ^ 1]) + data[1:]), "hash"),
    ]


def refusal(use: Callable[[Path], object], folder: Path) -> str:
    """The message of the ModelError that using the folder ends in: one line that begins with the folder or a file of
    it, and says what to do."""
    with pytest.raises(ModelError) as caught:
        use(folder)
    message = str(caught.value)
    assert message.startswith(str(folder)) and "\n" not in message and "; " in message, message
    return message


def told_or_answered(use: Callable[[Path], Any], folder: Path) -> Any:
    """What using the folder gives, though wrong; None where a ModelError of one line tells the damage."""
    try:
        return use(folder)
    except ModelError as error:
        assert str(folder) in str(error) and "\n" not in str(error)
        return None

"""The manifest, the checks on opening, writing whole or not at all, and names."""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtool.errors import ModelError, OutputError
from seqtool.modelfolder.find import all_folders, find_model, find_path
from seqtool.modelfolder.manifest import MANIFEST, open_folder, read_manifest
from seqtool.modelfolder.verify import verify
from seqtool.modelfolder.write import new_folder, to_toml

SIMPLE: dict[str, Any] = {
    "name": "m", "version": "1", "task": "classify", "licence": "CC0", "languages": ["en"], "labels": ["a", "b"],
}  # fmt: skip

strings = st.text(st.characters(codec="utf-8"), max_size=20)
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
plain = st.booleans() | numbers | strings
values = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(strings, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(strings, values, max_size=5))
def test_toml_and_back(document: dict[str, Any]) -> None:
    assert tomllib.loads(to_toml(document)) == document


@pytest.mark.parametrize(
    "value",
    ['"', "\\", "\n", "\r\n", "\t", "\x00", "\x7f", "\x85", "\u2028", "👍", "a.b", "", " ", "[x]", "# no", 1e22, 1e-7, -0.0, math.inf],
)  # fmt: skip
def test_odd_values_and_keys(value: Any) -> None:
    document = {
        "value": value,
        "table": {str(value): value, "in": {"list": [value, [value]]}},
        "rows": [{"a": value}, {"b": 1}],
    }
    assert tomllib.loads(to_toml(document)) == document


def test_none_is_left_out() -> None:
    assert tomllib.loads(to_toml({"a": None, "b": {"c": None}})) == {"b": {}}


def sealed(folder: Path, change: Callable[[dict[str, Any]], object] | None = None, text: str | None = None) -> Path:
    """Change a folder's manifest and give it the right checksum, as a stranger would."""
    path = folder / MANIFEST
    if text is None:
        manifest = tomllib.loads(path.read_text(encoding="utf-8"))
        manifest.pop("checksum")
        assert change is not None
        change(manifest)
        text = to_toml(manifest)
    path.write_text(f'checksum = "{hashlib.sha256(text.encode()).hexdigest()}"\n{text}', encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with new_folder(tmp_path / "m", SIMPLE) as place:
        (place / "network.onnx").write_bytes(bytes(range(200)))
        (place / "words.txt").write_text("a\nb\n" * 50)
        (place / "README.md").write_text("# m\n")
        (place / "recipe.toml").write_text("seed = 1\n")
    return tmp_path / "m"


def test_a_whole_folder_opens(folder: Path) -> None:
    opened = open_folder(folder)
    assert {key: opened.manifest[key] for key in SIMPLE} == SIMPLE
    data = (folder / "network.onnx").read_bytes()
    entry = opened.manifest["files"]["network.onnx"]
    assert entry == {"size": 200, "sha256": hashlib.sha256(data).hexdigest()}
    assert set(opened.manifest["files"]) == {"network.onnx", "words.txt", "README.md", "recipe.toml"}
    first, rest = (folder / MANIFEST).read_text().split("\n", 1)
    assert first == f'checksum = "{hashlib.sha256(rest.encode()).hexdigest()}"'
    assert verify(folder)[1] == []
    assert [path.name for path in folder.parent.iterdir()] == ["m"]


def swap(folder: Path) -> None:
    (folder / "other").write_bytes((folder / "network.onnx").read_bytes())
    shutil.copyfile(folder / "words.txt", folder / "network.onnx")
    shutil.copyfile(folder / "other", folder / "words.txt")


DAMAGE = {
    "missing": lambda f: (f / "network.onnx").unlink(),
    "empty": lambda f: (f / "network.onnx").write_bytes(b""),
    "cut short": lambda f: (f / "network.onnx").write_bytes(bytes(range(199))),
    "longer": lambda f: (f / "network.onnx").write_bytes(bytes(range(200)) + b"\n"),
    "flipped": lambda f: (f / "network.onnx").write_bytes(b"\1" + bytes(range(1, 200))),
    "swapped": swap,
    "a folder": lambda f: ((f / "network.onnx").unlink(), (f / "network.onnx").mkdir()),
    "a FIFO": lambda f: ((f / "network.onnx").unlink(), os.mkfifo(f / "network.onnx")),
    "a device": lambda f: ((f / "network.onnx").unlink(), (f / "network.onnx").symlink_to("/dev/zero")),
    "a dead link": lambda f: ((f / "network.onnx").unlink(), (f / "network.onnx").symlink_to("nowhere")),
    "a loop of links": lambda f: ((f / "network.onnx").unlink(), (f / "network.onnx").symlink_to("network.onnx")),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_named(folder: Path, damage: str) -> None:
    DAMAGE[damage](folder)
    with pytest.raises(ModelError, match=r"network\.onnx"):
        open_folder(folder)
    assert any("network.onnx" in problem for problem in verify(folder)[1])


MANIFEST_DAMAGE: dict[str, Callable[[Path], object]] = {
    "missing": lambda f: (f / MANIFEST).unlink(),
    "empty": lambda f: (f / MANIFEST).write_text(""),
    "one letter": lambda f: (f / MANIFEST).write_text((f / MANIFEST).read_text().replace("CC0", "CC1")),
    "a comment more": lambda f: (f / MANIFEST).write_text((f / MANIFEST).read_text() + "# hello\n"),
    "no checksum": lambda f: (f / MANIFEST).write_text((f / MANIFEST).read_text().split("\n", 1)[1]),
    "not TOML": lambda f: (f / MANIFEST).write_text("{"),
    "not UTF-8": lambda f: (f / MANIFEST).write_bytes(b'a = "\xff"\n'),
    "too deep": lambda f: (f / MANIFEST).write_text("a = " + "[" * 20_000),
    "huge": lambda f: (f / MANIFEST).write_text("# \n" * (2 << 20)),
    "an endless number": lambda f: sealed(f, text="format = " + "9" * 10_000),
    "a folder": lambda f: ((f / MANIFEST).unlink(), (f / MANIFEST).mkdir()),
    "a FIFO": lambda f: ((f / MANIFEST).unlink(), os.mkfifo(f / MANIFEST)),
    "a device": lambda f: ((f / MANIFEST).unlink(), (f / MANIFEST).symlink_to("/dev/zero")),
    "format 0": lambda f: sealed(f, lambda m: m.update(format=0)),
    "format true": lambda f: sealed(f, lambda m: m.update(format=True)),
    "format text": lambda f: sealed(f, lambda m: m.update(format="1")),
    "no format": lambda f: sealed(f, lambda m: m.pop("format")),
    **{
        f"no {key}": lambda f, key=key: sealed(f, lambda m: m.pop(key))
        for key in ("name", "version", "task", "licence", "languages", "files")
    },
    "name a number": lambda f: sealed(f, lambda m: m.update(name=3)),
    "files a list": lambda f: sealed(f, lambda m: m.update(files=["network.onnx"])),
    "no size": lambda f: sealed(f, lambda m: m["files"]["network.onnx"].pop("size")),
    "size text": lambda f: sealed(f, lambda m: m["files"]["network.onnx"].update(size="200")),
    "no hash": lambda f: sealed(f, lambda m: m["files"]["network.onnx"].pop("sha256")),
    "entry a number": lambda f: sealed(f, lambda m: m["files"].update({"network.onnx": 200})),
}


@pytest.mark.parametrize("damage", MANIFEST_DAMAGE)
def test_a_damaged_manifest_is_named(folder: Path, damage: str) -> None:
    MANIFEST_DAMAGE[damage](folder)
    with pytest.raises(ModelError, match=r"model\.toml"):
        open_folder(folder)
    manifest, problems = verify(folder)
    assert manifest is None and len(problems) == 1


def test_a_newer_format_says_what_to_do(folder: Path) -> None:
    sealed(folder, lambda m: m.update(format=2))
    with pytest.raises(ModelError, match=r"newer.*update seqtool"):
        open_folder(folder)


@pytest.mark.parametrize(
    "name",
    ["../secret", "/etc/hostname", "a/../../secret", "..", ".", "", "..\\secret", "C:\\x", "a\0b", "c:x", "//x", "./../secret"],
)  # fmt: skip
def test_names_stay_inside(folder: Path, name: str) -> None:
    (folder.parent / "secret").write_text("s")
    entry = {"size": 1, "sha256": hashlib.sha256(b"s").hexdigest()}
    sealed(folder, lambda m: m["files"].update({name: entry}))
    with pytest.raises(ModelError):
        open_folder(folder)
    verify(folder)


@pytest.mark.parametrize("link", ["network.onnx", "README.md", "sub"])
def test_links_that_lead_out_are_refused(folder: Path, link: str) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    name = link
    if link == "sub":
        (outside / "x").write_text("s")
        (folder / "sub").symlink_to(outside)
        name = "sub/x"
        target = outside / "x"
    else:
        target = outside / link
        (folder / link).rename(target)
        (folder / link).symlink_to(target)
    data = target.read_bytes()
    entry = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    sealed(folder, lambda m: m["files"].update({name: entry}))
    with pytest.raises(ModelError, match="leads out"):
        open_folder(folder)


def test_links_that_stay_inside_and_links_to_the_folder_work(folder: Path) -> None:
    (folder / "network.onnx").rename(folder / "real.onnx")
    (folder / "network.onnx").symlink_to("real.onnx")
    (folder.parent / "alias").symlink_to(folder)
    assert open_folder(folder.parent / "alias").name == "m"


def test_card_and_recipe_are_for_people(folder: Path) -> None:
    (folder / "README.md").write_text("# my words\n")
    (folder / "recipe.toml").unlink()
    (folder / "extra.txt").write_text("x")
    open_folder(folder)
    _, problems = verify(folder)
    assert len(problems) == 3
    for name in ("README.md", "recipe.toml", "extra.txt"):
        assert sum(name in problem for problem in problems) == 1


@pytest.mark.parametrize("kind", ["a FIFO", "a device", "a folder", "huge", "missing"])
def test_a_card_that_has_no_end(folder: Path, kind: str) -> None:
    card = folder / "README.md"
    card.unlink()
    if kind == "a FIFO":
        os.mkfifo(card)
    elif kind == "a device":
        card.symlink_to("/dev/zero")
    elif kind == "a folder":
        card.mkdir()
    elif kind == "huge":
        card.write_bytes(bytes(5 << 20))
    done = subprocess.run(
        [sys.executable, "-m", "seqtool", "models", "show", str(folder)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "README.md" in done.stderr


# -- writing ----------------------------------------------------------------------------------


def test_an_exception_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), new_folder(tmp_path / "m", SIMPLE) as place:
        (place / "x").write_text("x")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_an_exception_leaves_the_old_folder(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(KeyboardInterrupt), new_folder(folder, SIMPLE, force=True) as place:
        (place / "x").write_text("x")
        raise KeyboardInterrupt
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == ["m"]


def test_a_folder_that_is_there_is_refused_and_force_replaces_it(folder: Path) -> None:
    with pytest.raises(OutputError, match="--force"), new_folder(folder, SIMPLE):
        raise AssertionError("never reached")
    with new_folder(folder, {**SIMPLE, "version": "2"}, force=True) as place:
        (place / "y").write_text("y")
    assert open_folder(folder).manifest["version"] == "2"
    assert sorted(path.name for path in folder.iterdir()) == [MANIFEST, "y"]
    assert [path.name for path in folder.parent.iterdir()] == ["m"]


@pytest.mark.parametrize("force", [False, True])
def test_a_file_in_the_way_and_a_missing_parent(tmp_path: Path, force: bool) -> None:
    (tmp_path / "file").write_text("keep")
    for path in (tmp_path / "file", tmp_path / "no" / "m"):
        with pytest.raises(OutputError), new_folder(path, SIMPLE, force=force):
            raise AssertionError("never reached")
    assert (tmp_path / "file").read_text() == "keep"


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from seqtool.errors import OutputError
from seqtool.modelfolder.write import new_folder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    with new_folder(Path(sys.argv[1]), {"name": "m", "note": "x" * int(sys.argv[2])}, force=True) as place:
        (place / "weights").write_bytes(bytes(3000))
except OutputError as error:
    print(error)
    sys.exit(2)
"""


@pytest.mark.parametrize(("note", "limit"), [(1, 2000), (9000, 4000)], ids=["weights", "manifest"])
def test_a_full_disk_leaves_the_old_folder(folder: Path, note: int, limit: int) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    command = [sys.executable, "-c", FULL_DISK, str(folder), str(note), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2, done.stderr
    assert "cannot be written" in done.stdout
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == ["m"]


# -- names ------------------------------------------------------------------------------------


@pytest.fixture
def places(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Two folders of SEQTOOL_MODELS, the user's and the shipped one, all empty."""
    found = {name: tmp_path / name for name in ("first", "second", "data/seqtool/models", "shipped")}
    for path in found.values():
        path.mkdir(parents=True)
    monkeypatch.setenv("SEQTOOL_MODELS", f"{found['first']}{os.pathsep}{found['second']}")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("seqtool.modelfolder.find.shipped_folder", lambda: found["shipped"])
    return found


def test_the_first_place_wins(places: dict[str, Path], folder: Path) -> None:
    for path in reversed(places.values()):
        shutil.copytree(folder, path / "m")
        assert find_path("m") == path / "m"
    assert [path for path in all_folders() if path.name == "m"] == [places["first"] / "m"]


def test_a_home_without_xdg(
    places: dict[str, Path], folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    there = tmp_path / "home" / ".local" / "share" / "seqtool" / "models" / "mine"
    shutil.copytree(folder, there)
    assert find_path("mine") == there


def test_a_wrong_name_is_answered_with_the_nearest(places: dict[str, Path], folder: Path) -> None:
    shutil.copytree(folder, places["second"] / "sentiment-fr")
    with pytest.raises(ModelError, match="did you mean 'sentiment-fr'"):
        find_model("sentimant-fr")
    with pytest.raises(ModelError, match="sentiment-fr"):
        find_model("zzz")


def test_no_model_anywhere(places: dict[str, Path]) -> None:
    for name in ("m", "", "..", ".", "no/where", "a\0b"):
        with pytest.raises(ModelError):
            find_model(name)


def test_a_folder_here_needs_its_slash(places: dict[str, Path], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    with pytest.raises(ModelError, match=r"\./m"):
        find_model("m")
    assert find_model("./m").name == "m"


def test_a_model_of_another_task(places: dict[str, Path], folder: Path) -> None:
    shutil.copytree(folder, places["first"] / "good")
    sealed(folder, lambda m: m.update(task="tag"))
    with pytest.raises(
        ModelError, match=r"/ is a model for tag, not for classify; models for classify: good \(seqtool models list\)"
    ):
        find_model(str(folder) + "/", "classify")
    with pytest.raises(ModelError, match="not for vectors; seqtool train vectors makes one"):
        find_model(str(folder), "vectors")


def test_a_damaged_neighbour_does_not_hide_the_others(places: dict[str, Path], folder: Path) -> None:
    shutil.copytree(folder, places["first"] / "good")
    (places["first"] / "bad").mkdir()
    (places["first"] / "bad" / MANIFEST).write_text("{")
    (places["first"] / "stray.txt").write_text("x")
    assert find_model("good", "classify").name == "m"
    assert read_manifest(find_path("good"))["name"] == "m"

"""The wheel: everything is in it, and it works where torch, onnx and the rest of training are not."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, records

pytestmark = pytest.mark.slow

TEXTS = "The fan works like a charm\n\nBroken\n"
# Imports as on a machine with the run-time packages alone, and the program as its script starts it.
DRIVER = """
import sys
sys.path.insert(0, sys.argv.pop(1))

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "onnx", "gensim", "sklearn", "scipy", "safetensors", "pandas"}:
            raise ImportError(f"{name} is not here")

sys.meta_path.insert(0, Blocked())
import seqtool
from seqtool.__main__ import main
assert seqtool.__file__.startswith(sys.path[0]), seqtool.__file__
sys.argv[0] = "seqtool"
sys.exit(main())
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the sources, so that nothing is left in them."""
    place = tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "seqtool", "models", ":/*.*", ":/LICENSE"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    for name in os.fsdecode(listed.stdout).split("\0"):
        if name and not name.startswith(("tests/", "benchmarks/")) and (ROOT / name).is_file():
            (place / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            (place / "source" / name).write_bytes((ROOT / name).read_bytes())
    (place / "source" / "models").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-q"]
    subprocess.run([*command, "-w", str(place), str(place / "source")], check=True, timeout=300)
    [built] = place.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    target = wheel.parent / "target"
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--no-compile", "-q", "--target"]
    subprocess.run([*command, str(target), str(wheel)], check=True, timeout=300)
    return target


def start(
    target: Path, *arguments: str | Path, stdin: str = "", **settings: object
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-B", "-c", DRIVER, str(target), *map(str, arguments)]
    return subprocess.run(command, input=stdin.encode(), capture_output=True, timeout=120, **settings)  # type: ignore[call-overload, no-any-return]


def test_every_module_and_every_model_is_in_it(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "seqtool").rglob("*.py")}
    assert modules - inside == set()
    assert "seqtool/py.typed" in inside
    manuals = {path.name for path in (ROOT / "seqtool").rglob("*.1")}
    assert manuals - {name.split("/")[-1] for name in inside} == set()
    models = {f"seqtool/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "models").rglob("*") if path.is_file()}
    assert {name for name in models if not name.endswith(("/.gitkeep", ".gitignore"))} - inside == set()
    assert not any(name.startswith(("tests/", "benchmarks/", "examples/")) for name in inside)
    [script] = [name for name in inside if name.endswith("entry_points.txt")]
    assert "seqtool = seqtool.__main__:main" in zipfile.ZipFile(wheel).read(script).decode()


def test_it_classifies_without_the_training_packages(installed: Path, tiny_model: Path, run, tmp_path: Path) -> None:
    done = start(installed, "classify", "-m", tiny_model, "--scores", stdin=TEXTS, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    assert done.stdout == run("classify", "-m", tiny_model, "--scores", stdin=TEXTS).stdout
    assert len(records(done.stdout)) == 3


@pytest.mark.parametrize(
    "arguments", [("--version",), ("--help",), ("classify", "--help"), ("models", "list"), ("train", "--help")]
)
def test_it_answers_without_the_training_packages(installed: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = start(installed, *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""


@pytest.mark.parametrize("command", [("train", "classify", "r.csv", "-o", "m")])
def test_a_missing_package_is_told_in_one_line(installed: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "r.csv").write_text("text,label\nx,a\ny,b\n")
    done = start(installed, *command, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"seqtool[train]" in done.stderr


def test_evaluate_without_the_training_packages(installed: Path, tiny_model: Path, tmp_path: Path) -> None:
    """Nothing outside train needs torch."""
    (tmp_path / "r.csv").write_text("text,label\nx,1\ny,5\n")
    done = start(installed, "evaluate", "classify", "-m", tiny_model, "r.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert records(done.stdout)[0]["rows"] == 2


def test_it_works_from_where_nothing_can_be_written(installed: Path, tiny_model: Path, tmp_path: Path) -> None:
    paths = [installed, *installed.rglob("*")]
    modes = {path: path.stat().st_mode for path in paths}
    before = set(paths)
    for path in paths:
        path.chmod(modes[path] & ~0o222)
    try:
        environment = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_DATA_HOME")}
        # Without -B: Python may try to write its caches, and must not mind.
        command = [sys.executable, "-c", DRIVER, str(installed), "classify", "-m", str(tiny_model)]
        done = subprocess.run(
            command, input=TEXTS.encode(), capture_output=True, env=environment, cwd=tmp_path, timeout=120
        )
        assert done.returncode == 0, done.stderr
        assert len(records(done.stdout)) == 3
        if os.geteuid():  # root writes anywhere
            assert set(installed.rglob("*")) | {installed} == before
    finally:
        for path in paths:
            path.chmod(modes[path])


def test_a_shipped_model_is_found_by_name(installed: Path, tmp_path: Path) -> None:
    """Whatever models/ holds is listed and opens from the installed place."""
    names = sorted(path.parent.name for path in (ROOT / "models").glob("*/model.toml"))
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "SEQTOOL_MODELS": ""}
    done = start(installed, "models", "list", cwd=tmp_path, env=environment)
    assert sorted(row["name"] for row in records(done.stdout)) == names
    for name in names:
        assert start(installed, "models", "verify", name, cwd=tmp_path, env=environment).returncode == 0

"""Start-up is a feature: what each command imports, and what the layers may know of each other."""

from __future__ import annotations

import os
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from conftest import ROOT

TRAINING = {"torch", "gensim", "onnx", "sklearn", "scipy", "safetensors", "pandas"}
HEAVY = {"numpy", "onnxruntime", "rich", "sentencepiece"}


def imported(arguments: list[str], stdin: bytes = b"", status: int = 0) -> set[str]:
    """The top-level packages that a command imports, and seqtool's own modules."""
    command = [sys.executable, "-X", "importtime", "-m", "seqtool", *arguments]
    result = subprocess.run(command, input=stdin, capture_output=True, timeout=120)
    assert result.returncode == status, result.stderr[-2000:]
    lines = [line for line in result.stderr.decode().splitlines() if line.startswith("import time:")]
    names = {line.rpartition("|")[2].strip() for line in lines}
    assert "seqtool.cli.main" in names
    return {name.split(".")[0] for name in names} | {name for name in names if name.startswith("seqtool.")}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["classify", "--help"],
        ["evaluate", "--help"],
        ["evaluate", "classify", "--help"],
        ["train", "--help"],
        ["train", "classify", "--help"],
        ["models", "--help"],
        ["models", "list"],
    ],
    ids=" ".join,
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    assert not imported(arguments) & (HEAVY | TRAINING | {"asyncio", "multiprocessing"})


def test_help_imports_no_command_but_its_own() -> None:
    names = {name for name in imported(["--help"]) if name.startswith("seqtool.cli.")}
    assert names == {"seqtool.cli.main", "seqtool.cli.help"}


@pytest.mark.parametrize("options", [[], ["--explain"], ["--pretty"], ["--format", "csv"]], ids=str)
def test_classify_imports_what_it_uses(tiny_model: Path, options: list[str]) -> None:
    names = imported(["classify", "-m", str(tiny_model), *options], b"a\n")
    assert {"numpy", "onnxruntime", "sentencepiece"} <= names
    assert not names & (TRAINING | {"rich"})
    assert not {name for name in names if name.startswith(("seqtool.training", "seqtool.nn", "seqtool.export"))}


def test_models_and_evaluate_import_no_torch(tiny_model: Path, tmp_path: Path) -> None:
    assert not imported(["models", "verify", str(tiny_model)]) & (TRAINING | HEAVY)
    assert not imported(["models", "show", str(tiny_model)]) & (TRAINING | HEAVY)
    (tmp_path / "rows.csv").write_text("text,label\n" + "The fan works,5\nIt was broken,1\n" * 10)
    assert not imported(["evaluate", "classify", "-m", str(tiny_model), str(tmp_path / "rows.csv")]) & TRAINING


@pytest.mark.parametrize("layer", ["records", "modelfolder"])
def test_two_layers_need_the_standard_library_alone(layer: str) -> None:
    code = (
        "import importlib, pkgutil, sys\n"
        f"import seqtool.{layer} as layer\n"
        "for module in pkgutil.iter_modules(layer.__path__):\n"
        "    importlib.import_module(f'{layer.__name__}.{module.name}')\n"
        "print(*{name.split('.')[0] for name in sys.modules} - sys.stdlib_module_names)\n"
    )
    # -S: without site, no package of the environment can be there before us.
    command = [sys.executable, "-S", "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert set(result.stdout.split()) <= {"seqtool", "__main__"}


def test_the_layers_keep_their_contracts() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([program, "--no-cache"], capture_output=True, text=True, cwd=ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_package_on_the_disk_is_in_the_list() -> None:
    """A package that setup.cfg forgets works in an editable install and is missing from the wheel."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = set(config["options"]["packages"].split())
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "seqtool").rglob("__init__.py")}
    assert listed == found | {"seqtool.models"}
    folders = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "seqtool").rglob("*.py")}
    assert folders == found  # no folder of modules without its __init__.py


def test_nothing_is_written_beside_the_program(tiny_model: Path, tmp_path: Path) -> None:
    """A read-only site-packages: nothing but bytecode is wanted there, and nothing in the home folder."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "seqtool", "classify", "-m", str(tiny_model)]
    before = {path for path in (ROOT / "seqtool").rglob("*") if path.suffix != ".pyc"}
    subprocess.run(command, input=b"a\n", capture_output=True, check=True, env=environment)
    assert {path for path in (ROOT / "seqtool").rglob("*") if path.suffix != ".pyc"} == before
    assert list(tmp_path.iterdir()) == []

"""Recipes, and what the command says of wrong ones."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from labelled_rows import ROWS, many, table

from seqtool.errors import OptionError
from seqtool.modelfolder.write import to_toml
from seqtool.settings import from_table
from seqtool.training.classify.recipe import ClassifyRecipe, DataSettings
from seqtool.training.recipe import find_data, read_recipe

# -- recipes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sead = 1", "sead: no such key; did you mean 'seed'"),
        ("[network]\nhiden_size = 3", "network.hiden_size: no such key; did you mean 'hidden_size'"),
        ('[network]\ncell = "lstn"', "did you mean 'lstm'"),
        ('[network]\nhidden_size = "3"', "'3' where a whole number belongs"),
        ("[network]\nhidden_size = 3.5", "3.5 where a whole number belongs"),
        ("[network]\nhidden_size = true", "True where a whole number belongs"),
        ("[network]\nhidden_size = 0", "not above 0"),
        ("[network]\nhidden_size = -3", "not above 0"),
        ('[network]\nbidirectional = "yes"', "where true or false belongs"),
        ('[network]\npooling = "max"', "a list is needed"),
        ('[network]\npooling = ["maxx"]', "did you mean 'max'"),
        ("[training]\nlearning_rate = nan", "not above 0"),
        ("[training]\nlearning_rate = inf", "from 0 up"),
        ("[training]\ndropout = 1.0", "not a share"),
        ("[training]\nepochs = 0", "not above 0"),
        ("[training]\npatience = -1", "from 0 up"),
        ('network = "lstm"', "a table is needed"),
        ("[[data]]\nname = 'x'", "the key 'file' is missing"),
        ('data = "x.csv"', "a list is needed"),
        ('[[data]]\nfile = "x"\nsplit = "valid"', "none of"),
        ('task = "tag"', "none of classify"),
        ("seed = ", "is not TOML"),
        ("a = " + "[" * 5000, "is not TOML"),
        ("seed = " + "9" * 5000, "is not TOML"),
    ],
)
def test_wrong_recipes(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "recipe.toml").write_text(text)
    with pytest.raises(OptionError) as caught:
        read_recipe(ClassifyRecipe, tmp_path / "recipe.toml")
    assert str(caught.value).startswith(str(tmp_path / "recipe.toml"))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ['[groups]\na = 3', '[groups]\na = "x"', '[[data]]\nfile = "x"\n[data.labels]\na = 3.5\nb = true', "languages = [1]", "tried = [3]"],
)  # fmt: skip
def test_odd_tables_in_a_recipe(tmp_path: Path, text: str) -> None:
    """Refused when read, or else without harm: never an exception of another kind."""
    (tmp_path / "recipe.toml").write_text(text)
    try:
        read_recipe(ClassifyRecipe, tmp_path / "recipe.toml")
    except OptionError:
        return
    assert "languages" not in text


def test_a_recipe_to_a_table_and_back() -> None:
    recipe = ClassifyRecipe(
        data=(DataSettings("a.csv", labels={"1": ["x", "y"], "*": ""}, columns=("a", "b")),),
        groups={"g": ["x"]},
        tried=({"what": "more", "score": 0.5},),
    )
    assert from_table(ClassifyRecipe, tomllib.loads(to_toml(recipe.to_table()))) == recipe


@pytest.mark.parametrize("name", ["/etc/hostname", "../secret.csv", "a/../../secret.csv", ".."])
def test_a_recipe_cannot_name_files_outside_its_data(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.csv").write_text(table(ROWS))
    inside = tmp_path / "data"
    (inside / "a").mkdir(parents=True)
    with pytest.raises(OptionError, match="relative to --data"):
        find_data(name, (inside,))


def test_data_is_looked_for_in_the_folders_in_turn(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.csv").write_text(name)
    (tmp_path / "two" / "y.csv").write_text("y")
    folders = (tmp_path / "one", tmp_path / "two")
    assert find_data("x.csv", folders) == tmp_path / "one" / "x.csv"
    assert find_data("y.csv", folders) == tmp_path / "two" / "y.csv"
    with pytest.raises(OptionError, match="--data DIR"):
        find_data("z.csv", folders)


# -- the command ------------------------------------------------------------------------------


def refused(done: Any, *words: str) -> None:
    assert done.returncode == 2
    assert done.stdout == b""
    error = done.stderr.decode()
    assert error.count("\n") == 1, error
    assert error.startswith("seqtool train")
    for word in words:
        assert word in error


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["r.csv", "-o", "m", "--label-column", "lable"], ["no column 'lable'", "'label'"]),
        (["one.csv", "-o", "m"], ["only one label"]),
        (["r.csv", "-o", "there"], ["--force"]),
        (["r.csv", "--dev", "r.csv", "-o", "m"], ["named twice"]),
        (["no.csv", "-o", "m"], ["no.csv"]),
        (["r.csv", "-o", "m", "--pooling", "maxx"], ["'max'"]),
        (["r.csv", "-o", "m", "--init", "nothing"], ["nothing"]),
        (["r.csv", "-o", "m", "--rating", "--multiple"], ["--rating"]),
        (["r.csv"], ["-o DIR"]),
        (["empty.csv", "-o", "m"], ["no rows"]),
        (["r.csv", "-o", "m", "--encoding", "utf-9"], ["utf-9"]),
    ],
)
def test_the_command_refuses_in_one_line(run: Any, tmp_path: Path, options: list[str], words: list[str]) -> None:
    (tmp_path / "r.csv").write_text(table([row[:2] for row in many(100)]))
    (tmp_path / "one.csv").write_text(table([("x", "a"), ("y", "a")]))
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "there").mkdir()
    refused(run("train", "classify", *options), *words)
    assert not (tmp_path / "m").exists()


@pytest.mark.slow
def test_the_command_from_rows_to_answers(run: Any, tmp_path: Path) -> None:
    rows = [(f"{'good' if n % 2 else 'bad'} thing {n}", "+-"[n % 2]) for n in range(80)] + [("", "+")]
    (tmp_path / "r.csv").write_text(table(rows))
    small = ["--hidden-size", "8", "--embedding-size", "8", "--epochs", "2", "--vocabulary-size", "300"]
    done = run("train", "classify", "r.csv", "-o", "m", "--log", "log.jsonl", "--threads", "1", *small)
    assert done.returncode == 0, done.stderr
    assert b"1 rows without text or label" in done.stderr
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert len(log) == 2
    assert {"time", "step", "epoch", "score", "loss", "best"} <= set(log[0])
    assert log[0]["step"] < log[1]["step"]
    answer = json.loads(run("classify", "-m", "./m", stdin="good thing\n").stdout)
    assert answer["label"] in ("+", "-")
    assert run("models", "verify", "./m").returncode == 0
    # Trained again, the same; into its own place only with --force.
    assert run("train", "classify", "r.csv", "-o", "m", *small).returncode == 2
    before = (tmp_path / "m" / "network.onnx").read_bytes()
    assert run("train", "classify", "r.csv", "-o", "m", "--force", "--threads", "1", "-q", *small).returncode == 0
    assert (tmp_path / "m" / "network.onnx").read_bytes() == before

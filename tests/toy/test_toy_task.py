"""The shape of a task: one row of the table and six files are enough to train, export, run and evaluate one."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner

import seqtool
from seqtool import tasks
from seqtool.engine.open import open_engine
from seqtool.errors import ModelError, OptionError

HERE = Path(__file__).parent


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> tasks.Task:
    monkeypatch.syspath_prepend(str(HERE))
    import vowels

    monkeypatch.setattr(tasks, "TASKS", [*tasks.TASKS, vowels.VOWELS])
    return vowels.VOWELS


def words(number: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    return [
        "".join(chance.choices("abcdefghijklmnopqrstuvwxyz ", k=chance.randint(3, 12))).strip() or "y"
        for _ in range(number)
    ]


def count(text: str) -> int:
    return sum(text.count(vowel) for vowel in "aeiou")


def trained(folder: Path, *options: str) -> Path:
    """A counter trained by the command line, as any task is."""
    from seqtool.cli.main import seqtool as program

    lines = [f"{count(text)}\t{text}\n" for text in words(1500, seed=1)]
    (folder / "words.tsv").write_text("".join(lines), encoding="utf-8")
    (folder / "vowels.toml").write_text('task = "vowels"\n[[data]]\nfile = "words.tsv"\n', encoding="utf-8")
    arguments = [
        "train",
        "--recipe",
        str(folder / "vowels.toml"),
        "-o",
        str(folder / "counter"),
        "--threads",
        "1",
        *options,
    ]
    done = CliRunner().invoke(program, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout.splitlines()[-1])["model"] == str(folder / "counter")
    return folder / "counter"


def test_a_task_of_a_row_and_six_files(tmp_path: Path, toy: tasks.Task) -> None:
    folder = trained(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "model.toml", "network.onnx", "recipe.toml"]
    unseen = words(300, seed=2)
    model = seqtool.load(str(folder))
    answers = list(model([*unseen, ""], share=True))
    right = [answer["vowels"] == count(text) for answer, text in zip(answers, unseen)]
    assert sum(right) > 0.9 * len(unseen)  # of the commonest count there are 30 % or so
    assert answers[-1] == {"text": "", "vowels": None, "share": None}
    report = tasks.load_object(toy.report)(model, [(text, count(text)) for text in unseen])
    assert report["accuracy"] == sum(right) / len(unseen)


def test_its_wrong_words_are_told_as_any_tasks(tmp_path: Path, toy: tasks.Task) -> None:
    from seqtool.settings import from_table

    recipe = tasks.load_object(toy.recipe)
    with pytest.raises(OptionError, match=r"network.cell: 'lstn' is none of rnn, lstm, gru; did you mean 'lstm'"):
        from_table(recipe, {"network": {"cell": "lstn"}})
    with pytest.raises(OptionError, match=r"data\[1\].dev: 1.5 is not a share"):
        from_table(recipe, {"data": [{"file": "x", "dev": 1.5}]})
    folder = trained(tmp_path, "--minutes", "0.02")
    with pytest.raises(ModelError, match="is a model for vowels, not for classify; models for classify: sentiment-en"):
        open_engine(str(folder), "classify")
    with pytest.raises(TypeError, match="no option 'shares'; did you mean 'share'"):
        seqtool.load(str(folder))(["a"], shares=True)


def test_it_is_small() -> None:
    files = [
        HERE / "vowels" / f"{name}.py"
        for name in ("__init__", "recipe", "network", "export", "engine", "training", "report")
    ]
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files) < 400

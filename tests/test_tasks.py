"""The table of tasks: every string names something, and what is shared fits all of them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from seqtool.answers import Engine
from seqtool.engine.open import open_engine
from seqtool.errors import ModelError, OptionError
from seqtool.modelfolder.write import new_folder
from seqtool.tasks import TASKS, find_task, load_object
from seqtool.training.recipe import RecipeHead

ROWS = [pytest.param(task, id=f"{task.name}-{task.answer}".rstrip("-")) for task in TASKS]


@pytest.mark.parametrize("task", ROWS)
def test_every_string_names_what_it_says(task) -> None:
    recipe = load_object(task.recipe)
    assert issubclass(recipe, RecipeHead) and recipe().task == task.name
    assert getattr(recipe(), "answer", "") in (task.answer, "auto")
    assert callable(load_object(task.training).train)
    assert not task.report or callable(load_object(task.report))
    for path in task.engines.values():
        engine = load_object(path)
        if not isinstance(engine, type):  # a function that opens one
            assert callable(engine)
            continue
        assert issubclass(engine, Engine) and dataclasses.is_dataclass(engine.Asked)
        assert engine.Asked() == engine.Asked()  # everything has a default
        assert engine.Asked.__dataclass_params__.frozen


@pytest.mark.parametrize("task", ROWS)
def test_a_task_is_found_by_its_name_and_answer(task) -> None:
    assert find_task(task.name, task.answer) is task


def test_an_unknown_task_is_told_with_the_nearest() -> None:
    with pytest.raises(OptionError, match="task: 'clasify' is none of ours; did you mean 'classify'"):
        find_task("clasify")
    with pytest.raises(OptionError, match="task: None is none of ours; there is: classify, tag"):
        find_task(None)


def test_a_folder_of_a_strangers_task_is_told_and_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_folder(
        tmp_path / "odd", {"name": "odd", "version": "1", "task": "dance", "licence": "CC0", "languages": []}
    ):
        pass
    monkeypatch.setenv("SEQTOOL_MODELS", str(tmp_path))
    with pytest.raises(ModelError, match=r"odd/model\.toml: is a model for 'dance', which has nothing to answer here"):
        open_engine("odd")
    with pytest.raises(ModelError, match="odd is a model for dance, not for embed; models for embed: "):
        open_engine("odd", "embed")
    with pytest.raises(ModelError, match="ner-en is a model for tag, not for embed; models for embed: sentiment-en"):
        open_engine("ner-en", "embed")

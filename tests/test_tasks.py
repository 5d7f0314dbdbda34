"""The table of tasks: every string names something, and what is shared fits all of them."""

from __future__ import annotations

import dataclasses

import pytest

from seqtool.answers import Engine
from seqtool.errors import OptionError
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

"""Recipes: every key takes its ends and nothing past them, and is named where it is refused."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from seqtool.errors import OptionError
from seqtool.modelfolder.write import to_toml
from seqtool.settings import from_table
from seqtool.tasks import TASKS, find_task, load_object
from seqtool.training.recipe import read_recipe

RECIPES = {f"{task.name}-{task.answer}".rstrip("-"): load_object(task.recipe) for task in TASKS}
# Numbers of which 0 means something: all, none, never, or the first of all.
ZERO_IS_SAID = {"balance", "distance_power", "head_size", "limit", "matrix_weight", "minimum_count", "minutes", "order",
                "patience", "per_epoch", "phrases", "sample", "seed", "size", "spelling_weight", "unlabelled_weight",
                "weight_decay", "words", "translate:data[1].weight", "translate:data[1].late_weight"}  # fmt: skip
# Strings that are names, paths or words of the data; all others are one of a few.
FREE_STRINGS = {"column", "columns", "cut", "delimiter", "description", "dialect", "encoding", "extend", "file",
                "genes", "group", "init", "label", "label_separator", "labels", "languages", "licence", "list",
                "missing", "name", "parts", "runs", "source", "source_language", "tag", "target", "target_file",
                "target_language", "task", "text", "version"}  # fmt: skip
# Ends that want another key beside them: of a key's name, of one key, or of one value of it.
BESIDE: dict[str, dict[str, Any]] = {
    "longest": {"shortest": 1},
    "translate:data[1].weight": {"late_weight": 1.0},
    "translate:data[1].format='text'": {"target_file": "y"},
}
# The weight at the end of a training: -1 is that at its beginning.
SAID_BY_MINUS_1 = {"translate:data[1].late_weight"}


@dataclass(frozen=True)
class Key:
    """A key of a recipe, the tables that it stands in, and its type (of a list, that of its items)."""

    recipe: str
    tables: tuple[tuple[str, type, bool], ...]
    """The name of each table, its class, and whether it is an item of a list of tables."""
    field: Field[Any]
    type: Any
    is_list: bool

    def __str__(self) -> str:
        return f"{self.recipe}:{self.path}"

    @property
    def path(self) -> str:
        """As a message names it."""
        return ".".join([*(name + "[1]" * many for name, _, many in self.tables), self.field.name])

    def document(self, value: Any) -> dict[str, Any]:
        """A recipe with this key at a value, and what must stand beside it."""
        beside = (BESIDE.get(name, {}) for name in (self.field.name, str(self), f"{self}={value!r}"))
        table = {self.field.name: value, **{key: item for part in beside for key, item in part.items()}}
        for name, cls, many in reversed(self.tables):
            table = {**{key: "x" for key in required(cls) if key not in table}, **table}
            table = {name: [table] if many else table}
        return table

    def read(self, value: Any) -> Any:
        """The value as the recipe has it."""
        found: Any = from_table(RECIPES[self.recipe], self.document(value))
        for name, _, many in self.tables:
            found = getattr(found, name)
            found = found[0] if many else found
        return getattr(found, self.field.name)

    def refuse(self, value: Any) -> None:
        with pytest.raises(OptionError) as caught:
            self.read(value)
        assert self.path in str(caught.value) and "\n" not in str(caught.value), (value, str(caught.value))


def required(cls: type) -> list[str]:
    return [item.name for item in fields(cls) if item.default is MISSING and item.default_factory is MISSING]


def keys(recipe: str, cls: type, tables: tuple[tuple[str, type, bool], ...] = ()) -> Iterator[Key]:
    """All keys of a recipe that are no tables themselves."""
    hints = get_type_hints(cls)
    for item in fields(cls):
        kind = hints[item.name]
        many = get_origin(kind) is tuple
        kind = get_args(kind)[0] if many else kind
        if is_dataclass(kind):
            assert isinstance(kind, type)
            yield from keys(recipe, kind, (*tables, (item.name, kind, many)))
        else:
            yield Key(recipe, tables, item, kind, many)


KEYS = [key for name, cls in RECIPES.items() for key in keys(name, cls)]
NUMBERS = [key for key in KEYS if key.type in (int, float)]
STRINGS = [key for key in KEYS if key.type is str]
CHOICES = [key for key in KEYS if key.field.metadata.get("choices")]
OTHERS: dict[Any, list[Any]] = {
    int: ["1", 1.5, True, None, {}],
    float: ["1", True, None, {}],
    str: [1, 1.5, True, None, {}],
    bool: [0, 1, "true", None, {}],
    dict: [1, "a", ["a"], None],
}


def every(chosen: list[Key]) -> Any:
    return pytest.mark.parametrize("key", chosen, ids=str)


def test_the_walk_finds_keys_of_all_depths() -> None:
    assert len(KEYS) > 200 and {len(key.tables) for key in KEYS} == {0, 1}
    assert {"classify:training.epochs", "classify:data[1].weight", "tag-regions:window", "vectors:run[1].size"} <= {
        str(key) for key in KEYS
    }


def ends(key: Key) -> tuple[list[float], list[float]]:
    """The last numbers that a key takes, and the first ones past them."""
    said = key.field.metadata

    def up(value: float) -> float:
        return value + 1 if key.type is int else math.nextafter(value, math.inf)

    def down(value: float) -> float:
        return value - 1 if key.type is int else math.nextafter(value, -math.inf)

    if said.get("share"):
        return [0.0, down(1.0)], [down(0.0), 1.0]
    lowest = said.get("at_least", 0)
    good, bad = [lowest], [down(lowest)]
    if said.get("above") is not None:
        good, bad = [up(said["above"])], [said["above"], down(said["above"])]
    if said.get("at_most", math.inf) < math.inf:
        good, bad = [*good, said["at_most"]], [*bad, up(said["at_most"])]
    return good, bad


@every(NUMBERS)
def test_numbers_at_their_ends_and_past_them(key: Key) -> None:
    good, bad = ends(key)
    for value in good:
        assert key.read(value) == value
    for value in [*bad, *([-1] if str(key) not in SAID_BY_MINUS_1 else []), -math.inf, math.nan, math.inf]:
        key.refuse(value)
    if not ZERO_IS_SAID.intersection((key.field.name, str(key))) and not key.field.metadata.get("share"):
        key.refuse(0)


@every(CHOICES)
def test_choices_and_nothing_else(key: Key) -> None:
    for choice in key.field.metadata["choices"]:
        assert key.read([choice] if key.is_list else choice) == ((choice,) if key.is_list else choice)
    if key.type is str:
        for wrong in ("such", " ", key.field.metadata["choices"][-1] + "s"):
            key.refuse([wrong] if key.is_list else wrong)


@every(STRINGS)
def test_a_string_is_one_of_a_few_or_known_to_be_free(key: Key) -> None:
    assert bool(key.field.metadata.get("choices")) != (key.field.name in FREE_STRINGS)


@every([key for key in KEYS if key.is_list])
def test_lists(key: Key) -> None:
    item = (key.field.metadata.get("choices") or ({} if key.type is not str else "a",))[0]
    assert key.read([item]) == (item,)
    key.refuse(item)
    if key.field.metadata.get("filled"):
        key.refuse([])
    else:
        assert key.read([]) == ()


@every([key for key in KEYS if (get_origin(key.type) or key.type) in OTHERS])
def test_other_types_are_refused(key: Key) -> None:
    for value in OTHERS[get_origin(key.type) or key.type]:
        key.refuse([value] if key.is_list else value)


@every(KEYS)
def test_an_unknown_key_is_named_with_its_neighbour(key: Key) -> None:
    document = key.document("x")
    table = document
    for name, _, many in key.tables:
        table = table[name][0] if many else table[name]
    table.clear()
    table[key.field.name + "_"] = 1
    with pytest.raises(OptionError, match="no such key") as caught:
        from_table(RECIPES[key.recipe], document)
    assert key.path + "_" in str(caught.value) and repr(key.field.name) in str(caught.value)


def test_vectors_have_a_run() -> None:
    with pytest.raises(OptionError, match="run: an empty list"):
        from_table(RECIPES["vectors"], {"run": []})


# -- what once ended as a fault of ours, or only after the training ---------------------------------

FAULTS = [
    ("tag", "[network]\ncell = 'none'\n", "network.cell"),
    ("tag", "[network]\nstride = 2\n", "network.stride"),
    ("tag", "[network]\ncharacter_encoder = 'lstm'\ncharacter_size = 61\n", "network.character_size"),
    ("tag", "[network]\ncharacter_encoder = 'gru'\ncharacter_size = 1\n", "network.character_size"),
    ("tag", "[[data]]\nfile = 'a.csv'\nformat = 'csv'\n", "data[1].format"),
    ("classify", "[network]\npooling = []\n", "network.pooling"),
    ("classify", "[network]\npooling = ['max', 'max']\n", "network.pooling"),
    ("classify", "[groups]\na = 3\n", "groups.a"),
    ("classify", "[groups]\na = [3]\n", "groups.a[1]"),
    ("classify", "[groups]\na = []\n", "groups"),
    ("classify", "[ngrams]\norder = 9\n", "ngrams.order"),
    ("classify", "[ngrams]\norder = 2\nbits = 0\n", "ngrams.bits"),
    ("classify", "[ngrams]\norder = 2\nbits = 64\n", "ngrams.bits"),
    ("vectors", "[[run]]\nshortest = 7\n", "run[1].shortest"),
    ("vectors", "[[run]]\nmethod = 'swivel'\nsubwords = true\n", "run[1].subwords"),
]


@pytest.mark.parametrize(("task", "text", "key"), FAULTS)
def test_a_recipe_is_refused_before_anything_is_read(tmp_path: Path, task: str, text: str, key: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(f"task = '{task}'\n{text}")
    with pytest.raises(OptionError) as caught:
        read_recipe(load_object(find_task(task).recipe), path)
    assert f"{path}: {key}" in str(caught.value)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_comes_back_as_it_was_written(tmp_path: Path, name: str) -> None:
    recipe = RECIPES[name]()
    path = tmp_path / "recipe.toml"
    path.write_text(to_toml(recipe.to_table()))
    assert read_recipe(RECIPES[name], path) == recipe

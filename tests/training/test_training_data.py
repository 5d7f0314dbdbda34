"""Rows with labels: formats, splits, checks, notes; recipes; and what the command says of wrong ones."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from labelled_rows import ROWS, load, many, pairs, table

from seqtool.errors import DataError
from seqtool.training.classify.recipe import ClassifyRecipe, DataSettings
from seqtool.training.data.rows import load_data, tree_phrases


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_csv(tmp_path: Path, encoding: str, delimiter: str) -> None:
    (tmp_path / "r.csv").write_bytes(table(ROWS, delimiter).encode(encoding))
    named = "utf-8" if encoding == "utf-8-sig" else encoding
    data = load(tmp_path, file="r.csv", encoding=named, delimiter=delimiter if delimiter == ";" else "")
    assert pairs(data) == ROWS
    assert data.labels == ["+", "-"]


def test_columns_by_name_and_others_left_alone(tmp_path: Path) -> None:
    rows = [(number, label, text) for number, (text, label) in enumerate(ROWS)]
    (tmp_path / "r.csv").write_text(table(rows, header=("id", "stars", "review")))
    assert pairs(load(tmp_path, file="r.csv", text="review", label="stars")) == ROWS


@pytest.mark.parametrize("kind", ["csv", "tsv"])
def test_a_table_without_a_header(tmp_path: Path, kind: str) -> None:
    rows = [row for row in ROWS if "\n" not in row[0] and '"' not in row[0]]
    text = table([(label, text, "x") for text, label in rows], "\t" if kind == "tsv" else ",", header=None)
    (tmp_path / f"r.{kind}").write_text(text)
    settings = {"file": f"r.{kind}", "columns": ("label", "text", "more")}
    assert pairs(load(tmp_path, **settings)) == rows
    with pytest.raises(DataError, match="3 fields where the header has 2"):
        load(tmp_path, **{**settings, "columns": ("label", "text")})


def test_a_headerless_table_whose_first_line_has_two_equal_cells(tmp_path: Path) -> None:
    """The first line is a row like any other: its cells need not differ."""
    (tmp_path / "r.csv").write_text("good,good\nbad,bad\nfine,good\n")
    assert pairs(load(tmp_path, file="r.csv", columns=("text", "label"))) == [
        ("good", "good"),
        ("bad", "bad"),
        ("fine", "good"),
    ]


def test_tsv_has_no_quoting(tmp_path: Path) -> None:
    (tmp_path / "r.tsv").write_text('text\tlabel\n"half a quote\ta\nplain "quotes"\tb\n')
    assert pairs(load(tmp_path, file="r.tsv")) == [('"half a quote', "a"), ('plain "quotes"', "b")]


@pytest.mark.parametrize("label", [1, 1.5, "1", "a b"])
def test_jsonl(tmp_path: Path, label: Any) -> None:
    lines = [{"review": {"body": text}, "y": value} for text, value in (("x", label), ("z", "other"))]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    data = load(tmp_path, file="r.jsonl", text="review.body", label="y")
    assert pairs(data) == [("x", str(label)), ("z", "other")]


def test_labels_that_are_none(tmp_path: Path) -> None:
    lines = [{"text": "x", "label": True}, {"text": "y", "label": False}, {"text": "z", "label": None}]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    data = load(tmp_path, file="r.jsonl")
    assert pairs(data) == [("x", "true"), ("y", "false")] and any(
        "without text or label" in note for note in data.notes
    )
    (tmp_path / "r.jsonl").write_text('{"text": "x", "label": "a"}\n{"text": "y", "label": {"a": 1}}\n')
    with pytest.raises(DataError, match=r"r\.jsonl:2: .*neither a string nor a number"):
        load(tmp_path, file="r.jsonl")


def test_ratings_are_numbers_however_they_are_written(tmp_path: Path) -> None:
    lines = [{"text": str(number), "label": label} for number, label in enumerate((1, 1.0, "1", 2.5, "2.50"))]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert load(tmp_path, file="r.jsonl", recipe={"kind": "rating"}).labels == ["1", "2.5"]


def test_files_of_one_name_in_two_folders(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "r.csv").write_text(f"text,label\n{name} x,{name}\n")
    settings = tuple(DataSettings(str(tmp_path / name / "r.csv"), split="train") for name in ("one", "two"))
    assert load_data(ClassifyRecipe(data=settings), ()).labels == ["one", "two"]


@pytest.mark.parametrize(
    ("line", "place"),
    [("{", "r.jsonl:2"), ('{"text": 3, "label": "a"}', "r.jsonl:2"), ('{"text": "x", "lable": "a"}', "did you mean 'lable'"),
     ('["x"]', "r.jsonl:2"), ("\udcff", "r.jsonl:2")],
)  # fmt: skip
def test_a_bad_row_is_named(tmp_path: Path, line: str, place: str) -> None:
    text = '{"text": "x", "label": "a"}\n' + line + "\n"
    (tmp_path / "r.jsonl").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match=place):
        load(tmp_path, file="r.jsonl")


def test_a_wrong_column_is_answered_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(table(ROWS, header=("txt", "label")))
    with pytest.raises(DataError, match=r"no column 'text'; did you mean 'txt'\?.*--text-column"):
        load(tmp_path, file="r.csv")


def test_an_unknown_label_is_answered_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(table([("x", "positive"), ("y", "negatve")]))
    with pytest.raises(DataError, match="'negatve' is in the data but not in labels; did you mean 'negative'"):
        load(tmp_path, file="r.csv", recipe={"labels": ("negative", "positive")})


@pytest.mark.parametrize("label", ["a", "b"])
def test_one_label_only(tmp_path: Path, label: str) -> None:
    (tmp_path / "r.csv").write_text(table([("x", label), ("y", label)]))
    with pytest.raises(DataError, match=f"only one label \\({label}\\)"):
        load(tmp_path, file="r.csv")


def test_ratings_are_numbers_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(table([(f"x{star}", star) for star in ("10", "9", "1", "-2", "2.5")]))
    assert load(tmp_path, file="r.csv", recipe={"kind": "rating"}).labels == ["-2", "1", "2.5", "9", "10"]
    (tmp_path / "r.csv").write_text(table([("x", "5"), ("y", "five")]))
    with pytest.raises(DataError, match="'five' is not a number"):
        load(tmp_path, file="r.csv", recipe={"kind": "rating"})


@pytest.mark.parametrize("literal", ["nan", "inf"])
def test_a_rating_is_a_finite_number(tmp_path: Path, literal: str) -> None:
    """The mean absolute error of such a label would be no number, and the order of labels none."""
    (tmp_path / "r.csv").write_text(table([("x", "5"), ("y", literal), ("z", "1")]))
    with pytest.raises(DataError, match="is not a number"):
        load(tmp_path, file="r.csv", recipe={"kind": "rating"})


def test_one_rating_only(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(table([("x", "5"), ("y", "5")]))
    with pytest.raises(DataError, match="only one label"):
        load(tmp_path, file="r.csv", recipe={"kind": "rating"})


def test_several_labels(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(table([("x", "a|b"), ("y", ""), ("z", " c | a |")]))
    (tmp_path / "r.jsonl").write_text(
        '{"text": "x", "label": ["a", "b"]}\n{"text": "y", "label": []}\n{"text": "z", "label": ["c", "a"]}\n'
    )
    expected = [("x", ("a", "b")), ("y", ()), ("z", ("c", "a"))]
    for settings in ({"file": "r.csv", "label_separator": "|"}, {"file": "r.jsonl"}):
        data = load(tmp_path, recipe={"kind": "multiple"}, **settings)
        assert [(row.text, row.labels) for row in data.rows["train"]] == expected
        assert data.labels == ["a", "b", "c"]


def test_labels_mapped(tmp_path: Path) -> None:
    rows = [("x", "great"), ("y", "poor"), ("z", "odd"), ("w", "mixed"), ("v", "else")]
    (tmp_path / "r.csv").write_text(table(rows))
    mapping = {"great": "+", "poor": "-", "odd": "", "mixed": ["+", "-"], "*": "0"}
    data = load(tmp_path, file="r.csv", labels=mapping)
    assert pairs(data) == [("x", "+"), ("y", "-"), ("w", "+/-"), ("v", "0")]


def test_shares_are_held_out_by_seed(tmp_path: Path) -> None:
    rows = many(2000)
    (tmp_path / "r.csv").write_text(table(rows, header=("text", "label", "film")))
    data = load(tmp_path, file="r.csv", split="", dev=0.2, test=0.1)
    sizes = {split: len(part) for split, part in data.rows.items()}
    assert sum(sizes.values()) == 2000
    # standard deviations of 18 and 13
    assert abs(sizes["dev"] - 400) < 90
    assert abs(sizes["test"] - 200) < 65
    again = load(tmp_path, file="r.csv", split="", dev=0.2, test=0.1)
    assert again.rows == data.rows
    other = load(tmp_path, file="r.csv", split="", dev=0.2, test=0.1, recipe={"seed": 2})
    assert other.rows != data.rows
    # A row more moves no other row to another split.
    random.Random(0).shuffle(rows)
    (tmp_path / "r.csv").write_text(table([*rows, ("one more", "a", "x")], header=("text", "label", "film")))
    more = load(tmp_path, file="r.csv", split="", dev=0.2, test=0.1)
    assert {row.text for row in more.rows["dev"]} - {"one more"} == {row.text for row in data.rows["dev"]}


def test_a_group_stays_together(tmp_path: Path) -> None:
    rows = many(1400)
    (tmp_path / "r.csv").write_text(table(rows, header=("text", "label", "film")))
    data = load(tmp_path, file="r.csv", split="", dev=0.3, test=0.2, group="film")
    film = {text: group for text, _, group in rows}
    films = {split: {film[row.text] for row in part} for split, part in data.rows.items()}
    assert all(films.values())
    assert sum(map(len, films.values())) == 200


def test_equal_texts_stay_together_and_repeats_are_kept_once(tmp_path: Path) -> None:
    rows = [
        (text, "ab"[number % 2])
        for number in range(100)
        for text in (f"Text {number}", f"text  {number}", f"Text {number}")
    ]
    (tmp_path / "r.csv").write_text(table(rows))
    data = load(tmp_path, file="r.csv", split="", dev=0.4)
    places: dict[str, set[str]] = {}
    for split, part in data.rows.items():
        for row in part:
            places.setdefault(" ".join(row.text.lower().split()), set()).add(split)
    assert len(places) == 100
    assert all(len(found) == 1 for found in places.values())
    assert max(Counter(row.text for row in data.rows["train"]).values()) == 1


def test_what_is_held_out_is_taken_out_of_training(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(table([("x one", "a"), ("Same  Text", "b"), ("in dev", "a"), ("y", "b")]))
    (tmp_path / "dev.csv").write_text(table([("in dev", "a"), ("in test", "b"), ("z", "a")]))
    (tmp_path / "test.csv").write_text(table([("same text", "b"), ("in test", "b")]))
    sources = tuple(DataSettings(f"{split}.csv", split=split) for split in ("train", "dev", "test"))
    data = load_data(ClassifyRecipe(data=sources), (tmp_path,))
    assert [row.text for row in data.rows["train"]] == ["x one", "y"]
    assert [row.text for row in data.rows["dev"]] == ["in dev", "z"]
    assert [row.text for row in data.rows["test"]] == ["same text", "in test"]
    assert any("2 rows of train" in note for note in data.notes)
    assert any("1 rows of dev" in note for note in data.notes)


def test_sources_can_be_left_out(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text(table([(f"{name} x", "a"), (f"{name} y", "b")]))
    recipe = ClassifyRecipe(data=tuple(DataSettings(f"{name}.csv", split="train") for name in ("one", "two")))
    data = load_data(recipe, (tmp_path,), leave_out=("one",))
    assert {row.source for row in data.rows["train"]} == {"two"}
    with pytest.raises(DataError, match="did you mean 'two'"):
        load_data(recipe, (tmp_path,), leave_out=("twoo",))


def test_a_limit_is_drawn_by_seed(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(table([row[:2] for row in many(100)]))
    chosen = pairs(load(tmp_path, file="r.csv", limit=10))
    assert len(chosen) == 10
    assert chosen == pairs(load(tmp_path, file="r.csv", limit=10))
    assert chosen != pairs(load(tmp_path, file="r.csv", limit=10, recipe={"seed": 3}))


def test_balance_and_weight(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(table([(f"a{n}", "a") for n in range(30)] + [(f"b{n}", "b") for n in range(10)]))

    def weights(**settings: Any) -> tuple[float, float]:
        rows = load(tmp_path, file="r.csv", **settings).rows["train"]
        [a] = {row.weight for row in rows if row.labels == ("a",)}
        [b] = {row.weight for row in rows if row.labels == ("b",)}
        return a, b

    assert weights() == (1.0, 1.0)
    assert weights(weight=2.0) == (2.0, 2.0)
    assert weights(balance=1.0) == pytest.approx((20 / 30, 20 / 10))  # each label is read as often
    assert weights(balance=0.5) == pytest.approx(((20 / 30) ** 0.5, 2**0.5))
    assert weights(per_epoch=20) == pytest.approx((0.5, 0.5))


# -- notes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        ([("x", "a"), ("", "a"), ("  ", "b"), ("y", ""), ("z", "b")], "3 rows without text or label"),
        ([("x", "a"), ("y", "a"), ("z", "once"), ("u", "b"), ("v", "b")], "labels seen once: 'once'"),
        ([(f"x{n}", "a") for n in range(50)] + [("y", "b"), ("z", "b")], "imbalance: 50 rows of 'a', 2 of 'b'"),
        ([("Same", "a"), ("same", "b"), ("x", "a"), ("y", "b")], "1 texts stand with different labels: 'same'"),
    ],
)
def test_notes(tmp_path: Path, rows: list[tuple[str, str]], note: str) -> None:
    (tmp_path / "r.csv").write_text(table(rows))
    assert [found for found in load(tmp_path, file="r.csv").notes if note in found]
    (tmp_path / "fine.csv").write_text(table([("x", "a"), ("y", "b"), ("z", "a"), ("w", "b")]))
    assert load(tmp_path, file="fine.csv").notes == []


# -- trees ------------------------------------------------------------------------------------


def slow_phrases(line: str) -> list[tuple[str, str, bool]]:
    """Every bracket with its words, by counting brackets: inner before outer, left before right."""
    found = []
    for end, letter in enumerate(line):
        if letter != ")":
            continue
        depth = 0
        for start in range(end, -1, -1):
            depth += {")": 1, "(": -1}.get(line[start], 0)
            if depth == 0:
                break
        inside = line[start + 1 : end]
        tokens = inside.replace("(", " ( ").replace(")", " ) ").split()
        words = [word for before, word in zip([" ", *tokens], tokens) if word not in "()" and before != "("]
        found.append((tokens[0], " ".join(words[1:]), start == 0))
    return found


trees = st.recursive(
    st.tuples(st.sampled_from("01234"), st.text("abcé'.,", min_size=1, max_size=4)),
    lambda inner: st.tuples(st.sampled_from("01234"), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=8,
)


def drawn(tree: Any) -> str:
    label, inside = tree
    return f"({label} {inside})" if isinstance(inside, str) else f"({label} {' '.join(map(drawn, inside))})"


@given(trees)
def test_trees_against_counting_brackets(tree: Any) -> None:
    line = drawn(tree)
    assert list(tree_phrases(line)) == slow_phrases(line)


def test_a_tree_by_hand() -> None:
    assert list(tree_phrases("(3 (2 It) (4 (4 works) (2 -LRB-)))")) == [
        ("2", "It", False), ("4", "works", False), ("2", "(", False), ("4", "works (", False), ("3", "It works (", True),
    ]  # fmt: skip


@pytest.mark.parametrize("line", ["(3 (2 It)", "(3 It))", "It works", ")", "(3 a) b", "(3 a) (2 b"])
def test_brackets_that_do_not_match(line: str) -> None:
    with pytest.raises(DataError, match="brackets"):
        list(tree_phrases(line))


def test_phrases_teach_and_whole_sentences_test(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("(3 (2 It) (4 works))\n(1 (2 He) (0 fails))\n")
    for split, expected in (
        ("train", [("It", "2"), ("works", "4"), ("It works", "3"), ("He", "2"), ("fails", "0"), ("He fails", "1")]),
        ("test", [("It works", "3"), ("He fails", "1")]),
    ):
        extra = DataSettings("r.csv", split="train")
        (tmp_path / "r.csv").write_text(table([("else", "0"), ("more", "1")]))
        recipe = ClassifyRecipe(data=(DataSettings("t.txt", format="trees", split=split), extra))
        rows = load_data(recipe, (tmp_path,)).rows[split]
        assert [(row.text, *row.labels) for row in rows if row.source == "t"] == expected

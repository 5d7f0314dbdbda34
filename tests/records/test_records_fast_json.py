"""JSON written fast is the JSON that the slow way writes of the same values, rounded."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtool.answers import rounded
from seqtool.records.fast_json import Decimals, Objects, Strings, array, decimal, integers, pairs, spans, strings
from seqtool.records.json_text import to_json

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
FLOATS = st.floats(-3, 3) | st.floats(allow_nan=False, allow_infinity=False)
QUICK = settings(deadline=None, derandomize=True)


@QUICK
@given(st.lists(TEXTS, max_size=5))
def test_strings(values: list[str]) -> None:
    kept = Strings()
    for found in (strings(values), array(map(kept.__getitem__, values)), array(map(kept.__getitem__, values))):
        assert found.text == to_json(values) and json.loads(found.text) == values


def test_strings_are_made_of_their_keys_once() -> None:
    asked = []

    def text_of(number: int) -> str:
        asked.append(number)
        return "é\n" * number

    kept = Strings(text_of)
    assert [json.loads(kept[number]) for number in (1, 2, 1, 0)] == ["é\n", "é\né\n", "é\n", ""]
    assert asked == [1, 2, 0]


@QUICK
@given(st.lists(st.tuples(st.integers(0, 1 << 40), st.integers(0, 1 << 40)), max_size=5))
def test_whole_numbers(values: list[tuple[int, int]]) -> None:
    flat = [number for pair in values for number in pair]
    assert spans(values).text == pairs(flat) == to_json(values)
    assert integers(flat).text == to_json(flat)


@QUICK
@given(st.lists(st.tuples(TEXTS, FLOATS, st.none() | st.integers()), max_size=4), st.integers(0, 17))
def test_objects(values: list[tuple[str, float, int | None]], precision: int) -> None:
    writer = Objects(text=to_json, score=decimal(precision), start=to_json)
    objects = [{"text": text, "score": score, "start": start} for text, score, start in values]
    assert writer.array(objects).text == to_json(rounded(objects, precision))


@pytest.mark.parametrize("precision", [0, 1, 2, 4, 5, 9])
def test_vectors(precision: int) -> None:
    chance = np.random.default_rng(precision)
    writer = Decimals(precision)
    for scale in (1e-3, 0.3, 1.0, 50.0):
        vector: Any = (chance.standard_normal(200) * scale).astype(np.float32)
        found, expected = to_json(writer.array(vector)), to_json(rounded(vector.tolist(), precision))
        assert np.allclose(json.loads(found), json.loads(expected), rtol=0, atol=10.0**-precision)
        assert "-0.0," not in found and max(len(part.partition(".")[2]) for part in found[1:-1].split(", ")) <= max(
            1, precision
        )

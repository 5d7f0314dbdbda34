"""JSON of the input: numbers as they were written, and every way to be no record."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtool.errors import BadRecord
from seqtool.records.json_text import look_up, parse_object, to_json

NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?", fullmatch=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "literal",
    ["1.10", "1e400", "-0.0", "-0", "0", "1E+2", "1e-400", "123456789012345678901234567890", "9" * 6000, "0.1000000"],
)
def test_a_number_comes_out_as_it_was_written(literal: str) -> None:
    line = f'{{"n": {literal}, "list": [{literal}]}}'
    assert to_json(parse_object(line)) == line


@settings(deadline=None, derandomize=True)
@given(NUMBERS)
def test_any_number_comes_out_as_it_was_written(literal: str) -> None:
    assert to_json(parse_object(f'{{"n":{literal}}}')) == f'{{"n": {literal}}}'


@settings(deadline=None, derandomize=True)
@given(st.dictionaries(st.text(), JSON, max_size=5), st.booleans())
def test_what_json_writes_comes_out_the_same_and_in_order(fields: dict[str, object], escaped: bool) -> None:
    text = to_json(parse_object(json.dumps(fields, ensure_ascii=escaped)))
    assert json.dumps(json.loads(text)) == json.dumps(fields)
    assert "\n" not in text
    text.encode("utf-8")


@pytest.mark.parametrize("text", ["\u2028\u2029\u0085", "😀👩‍👩‍👧", "e\u0301", "\u202eabc", "नमस्ते", "\x7f"], ids=ascii)
def test_letters_are_written_as_themselves(text: str) -> None:
    assert to_json(parse_object(json.dumps({"text": text}))) == f'{{"text": "{text}"}}'


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("", "json"),
        ("nonsense", "json"),
        ('{"a": 1', "json"),
        ('{"a": 1} {"b": 2}', "json"),
        ('{"a": 01}', "json"),
        ("{'a': 1}", "json"),
        ('{"a": "x\ty"}', "json"),
        ('{"a": "\\x"}', "json"),
        ("[]", "not_object"),
        ('"text"', "not_object"),
        ("1", "not_object"),
        ("true", "not_object"),
        ("null", "not_object"),
        ('{"a": 1, "a": 1}', "duplicate_key"),
        ('{"b": {"a": 1, "\\u0061": 2}}', "duplicate_key"),
        ('{"a": NaN}', "number"),
        ('{"a": [Infinity]}', "number"),
        ('{"a": -Infinity}', "number"),
        ('{"a": "\\ud800"}', "surrogate"),
        ('{"\\udfff": 1}', "surrogate"),
        ('{"a": [{"b": "x\\ude00\\ud83d"}]}', "surrogate"),
    ],
)
def test_each_way_to_be_no_record(line: str, kind: str) -> None:
    with pytest.raises(BadRecord) as caught:
        parse_object(line)
    assert caught.value.kind == kind
    assert "; " in caught.value.message or kind == "surrogate"  # cause; remedy


def test_a_pair_of_surrogates_is_a_letter() -> None:
    assert to_json(parse_object('{"a": "\\ud83d\\ude00"}')) == '{"a": "😀"}'


def nested(depth: int, *, opening: str = "[", closing: str = "]") -> str:
    """An object of that depth, itself being the first level."""
    return '{"x": ' + opening * (depth - 1) + ("1" if opening != "[" else "") + closing * (depth - 1) + "}"


def test_512_levels_are_read_and_written() -> None:
    assert to_json(parse_object(nested(512))) == nested(512)
    objects = nested(512, opening='{"k": ', closing="}")
    assert to_json(parse_object(objects)) == objects


@pytest.mark.parametrize(
    "line",
    [nested(513), nested(513, opening='{"k": ', closing="}"), nested(100_000), '{"a": ' + "[" * 100_000],
    ids=["513", "513 objects", "100000", "never closed"],
)
def test_more_levels_are_a_bad_record(line: str) -> None:
    with pytest.raises(BadRecord) as caught:
        parse_object(line)
    assert caught.value.kind == "depth"


def test_brackets_in_strings_and_beside_each_other_are_not_levels() -> None:
    parse_object(json.dumps({"text": '[{"\\' * 2000}))
    parse_object(json.dumps({"lists": [[]] * 2000}))


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"a": {"b": 1}}, "a.b", 1),
        ({"a.b": 2, "a": {"b": 1}}, "a.b", 2),  # a key with the very name comes first
        ({"a": {"b": {"c": None}}}, "a.b.c", None),
        ({"": 3}, "", 3),
    ],
)
def test_look_up_finds(fields: dict[str, object], name: str, value: object) -> None:
    assert look_up(fields, name) == value


@pytest.mark.parametrize("name", ["b", "a.c", "a.b.c", "a.", ".a", "list.0"])
def test_look_up_finds_nothing(name: str) -> None:
    with pytest.raises(KeyError):
        look_up({"a": {"b": 1}, "list": [1]}, name)


def test_no_output_has_nan_or_infinity() -> None:
    assert to_json([float("nan"), float("inf"), -float("inf")]) == "[null, null, null]"

"""JSON that keeps what it does not understand: number literals come out as they went in.

The json module reads ``1.10`` as a float and writes ``1.1``; here a number of the input is
a :class:`Number`, which is written back letter by letter.
"""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass
from json.encoder import encode_basestring as quote
from typing import Any, NoReturn

from seqtool.errors import BadRecord

MAX_DEPTH = 512
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


@dataclass(slots=True, unsafe_hash=True)
class Number:
    """A number of the input, with the digits that it was written with."""

    literal: str


@dataclass(slots=True, unsafe_hash=True)
class Fragment:
    """JSON text of our own making, written as it stands: what a faster encoder than ours wrote.

    It must be one whole value on one line, without NaN or Infinity, floats rounded already.
    """

    text: str


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise BadRecord("duplicate_key", f"the key {twice!r} stands twice in one object; rename one of them")
    return fields


def _constant(literal: str) -> NoReturn:
    raise BadRecord("number", f"{literal} is not a JSON number; write null instead")


_decoder = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Number, parse_int=Number, parse_constant=_constant, strict=True
)


def _depth(text: str) -> int:
    deepest = depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def parse_object(text: str) -> dict[str, Any]:
    """The fields of the JSON object in ``text``, numbers as :class:`Number`.

    :raises BadRecord: kinds json, not_object, duplicate_key, number, depth, surrogate.
    """
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise BadRecord("depth", f"nested deeper than {MAX_DEPTH}; flatten the record")
    try:
        value = _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise BadRecord(
            "json", f"not JSON: {error.msg} at column {error.pos + 1}; --input text reads plain lines"
        ) from None
    if not isinstance(value, dict):
        name = {list: "an array", str: "a string", Number: "a number", bool: "a boolean"}.get(type(value), "null")
        raise BadRecord("not_object", f"{name} where an object belongs; --input text reads plain lines")
    # The line was strict UTF-8, so a lone surrogate can only come from an escape.
    if "\\u" in text:
        try:
            to_json(value).encode("utf-8")
        except UnicodeEncodeError:
            raise BadRecord(
                "surrogate",
                "a \\u escape is half of a surrogate pair, which UTF-8 cannot hold; write both halves or leave it out",
            ) from None
    return value


def to_json(value: Any) -> str:
    """``value`` as JSON text on one line, letters as themselves, numbers as they were written.

    A plain loop with one frame a level, so that 512 levels fit the interpreter's stack.
    """
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, dict):
        members = []
        for name, member in value.items():
            if type(member) is str:  # what most members are, without another call
                members.append(f"{quote(name)}: {quote(member)}")
            elif type(member) is Fragment:
                members.append(f"{quote(name)}: {member.text}")
            else:
                members.append(f"{quote(name)}: {to_json(member)}")
        return "{" + ", ".join(members) + "}"
    if isinstance(value, (list, tuple)):
        if value and type(value[0]) is str:  # mostly, all are
            with contextlib.suppress(TypeError):
                return "[" + ", ".join(map(quote, value)) + "]"
        items = []
        for item in value:
            items.append(to_json(item))
        return "[" + ", ".join(items) + "]"
    if isinstance(value, Number):
        return value.literal
    if isinstance(value, Fragment):
        return value.text
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return "null"  # no output has NaN or Infinity
    return repr(value)


def look_up(fields: dict[str, Any], name: str) -> Any:
    """The value of ``name`` in ``fields``; dots look into objects unless a key has the very name.

    :raises KeyError: there is no such field.
    """
    if name in fields:
        return fields[name]
    value: Any = fields
    for part in name.split("."):
        if not isinstance(value, dict) or part not in value:
            raise KeyError(name)
        value = value[part]
    return value

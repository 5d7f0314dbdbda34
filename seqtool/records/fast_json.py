"""JSON by the quickest ways that the interpreter has, for answers by the million.

What comes out is what :func:`~seqtool.records.json_text.to_json` writes of the same values, rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from json.encoder import encode_basestring as quote
from typing import Any

from seqtool.records.json_text import Fragment


def array(values: Iterable[str]) -> Fragment:
    """A list of values that are JSON already."""
    return Fragment("[" + ", ".join(values) + "]")


def strings(values: Iterable[str]) -> Fragment:
    """A list of strings."""
    return array(map(quote, values))


def integers(values: list[int]) -> Fragment:
    """A list of whole numbers."""
    return Fragment(str(values))


def pairs(numbers: list[int]) -> str:
    """Starts and ends, in turn, as a list of [start, end]."""
    return "[" + ("[%d, %d], " * (len(numbers) // 2) % tuple(numbers))[:-2] + "]"


def spans(values: Iterable[Sequence[int]]) -> Fragment:
    """A list of [start, end]."""
    return Fragment(pairs(list(chain.from_iterable(values))))


def decimal(precision: int) -> Callable[[float], str]:
    """What writes a number with so many digits after the point."""
    return lambda number: repr(round(number, precision) + 0.0)  # + 0.0: no -0.0


class Strings(dict[Any, str]):
    """The JSON string of each key, which ``text_of`` makes a text of: made once, kept for ever."""

    def __init__(self, text_of: Callable[[Any], str] = str) -> None:
        super().__init__()
        self._text_of = text_of

    def __missing__(self, key: Any) -> str:
        self[key] = string = quote(self._text_of(key))
        return string


class Objects:
    """Writes lists of objects that all have the same fields; each field has its own way to JSON."""

    def __init__(self, **fields: Callable[[Any], str]) -> None:
        self._form = "{" + ", ".join(f'"{name}": %s' for name in fields) + "}"
        self._fields = list(fields.items())

    def array(self, values: Iterable[Mapping[str, Any]]) -> Fragment:
        """Some objects as a list."""
        return array(self._form % tuple([encode(value[name]) for name, encode in self._fields]) for value in values)


class Decimals:
    """Writes numpy's vectors as lists: up to four digits after the point, every number that can come
    up is written beforehand.

    ``precision``: digits after the point.
    """

    def __init__(self, precision: int) -> None:
        self._scale = 10.0**precision
        self._precision = precision
        # From -2 to 2: what numbers of vectors mostly are.
        self._limit = 2 * 10**precision if precision <= 4 else -1
        self._texts = [repr(number / self._scale) for number in range(-self._limit, self._limit + 1)]

    def array(self, vector: Any) -> Any:
        """One vector as a list."""
        steps = (vector.astype("float64") * self._scale).round()
        if self._limit > 0 and abs(steps).max() <= self._limit:
            indices = (steps.astype("intp") + self._limit).tolist()
            return array(map(self._texts.__getitem__, indices))
        return [round(number, self._precision) + 0.0 for number in vector.tolist()]

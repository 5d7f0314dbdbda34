"""Tokens and offsets as JSON text, by the quickest ways that the interpreter has."""

from __future__ import annotations

from itertools import chain
from json.encoder import encode_basestring as quote


def encoded_pairs(places: list[int]) -> str:
    """Starts and ends, in turn, as a JSON list of [start, end]."""
    return "[" + ("[%d, %d], " * (len(places) // 2) % tuple(places))[:-2] + "]"


def encoded_spans(spans: list[tuple[int, int]]) -> str:
    """Pairs of start and end as a JSON list of [start, end]."""
    return encoded_pairs(list(chain.from_iterable(spans)))


def encoded_strings(tokens: list[str]) -> str:
    """Tokens as a JSON list of strings."""
    return "[" + ", ".join(map(quote, tokens)) + "]"

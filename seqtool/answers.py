"""What the command line and the Python API share about texts and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def check_texts(texts: Sequence[Any], before: int) -> None:
    """See that texts, of which ``before`` came before, can be read.

    :raises TypeError: one is no string.
    :raises ValueError: one has half of a surrogate pair.
    """
    for number, text in enumerate(texts, before):
        if not isinstance(text, str):
            raise TypeError(f"text {number} is {type(text).__name__}, not a string; fill or drop it first")
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise ValueError(f"text {number} has a lone surrogate, which is no text; replace it first")


def rounded(value: Any, precision: int) -> Any:
    """``value`` with every float in it rounded to ``precision`` digits after the point, and no -0.0."""
    if isinstance(value, float):
        return round(value, precision) + 0.0  # which makes 0.0 of -0.0
    if isinstance(value, dict):
        return {name: rounded(member, precision) for name, member in value.items()}
    if isinstance(value, list):
        return [rounded(item, precision) for item in value]
    return value

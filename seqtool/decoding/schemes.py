"""Spans as tags a token, and back: IOB1, IOB2, IOE, BIOES (IOBES) and plain IO.

A tag is ``O``, or a prefix and a type: ``B-person``.  All schemes are read by the rules of
conlleval (Tjong Kim Sang & Buchholz 2000), which know where a span must begin and end in each.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

SCHEMES = ("iob2", "bioes")
OUTSIDE = "O"
Span = tuple[int, int, str]


@functools.lru_cache(4096)
def split_tag(tag: str) -> tuple[str, str]:
    """Prefix and type: ``B-person`` is ("B", "person"); ``O`` is ("O", "")."""
    prefix, dash, label = tag.partition("-")
    if dash and prefix in ("B", "I", "E", "S", "L", "U", "M", "W"):
        # BILOU's and other names of the same.
        return {"L": "E", "U": "S", "W": "S", "M": "I"}.get(prefix, prefix), label
    return (OUTSIDE, "") if tag == OUTSIDE else ("I", tag)


def spans(tags: Iterable[str]) -> list[Span]:
    """(first token, token behind the last, type) of each span, as conlleval finds them."""
    found: list[Span] = []
    start = -1
    before, before_label = OUTSIDE, ""
    index = -1
    for index, tag in enumerate(tags):
        prefix, label = split_tag(tag)
        begins = prefix != OUTSIDE and (
            prefix in "BS" or before in (OUTSIDE, "E", "S") or label != before_label or start < 0
        )
        ends = start >= 0 and (prefix in ("O", "B", "S") or before in "ES" or label != before_label)
        if ends:
            found.append((start, index, before_label))
            start = -1
        if begins:
            start = index
        before, before_label = prefix, label
    if start >= 0:
        found.append((start, index + 1, before_label))
    return found


def tags(found: Iterable[Span], length: int, scheme: str = "iob2") -> list[str]:
    """The tags of ``length`` tokens with these spans, which do not overlap."""
    result = [OUTSIDE] * length
    for start, end, label in found:
        result[start:end] = [f"I-{label}"] * (end - start)
        result[start] = f"B-{label}"
        if scheme == "bioes":
            result[end - 1] = f"E-{label}" if end - start > 1 else f"S-{label}"
    return result


def scheme_of(all_tags: Iterable[Sequence[str]]) -> str:
    """Which scheme the tags of some sentences are in: iob1, iob2, ioe, bioes or io; "" where no
    tag is ``O`` or has a prefix, so that they are labels of tokens and no spans."""
    prefixes = set()
    labels = False
    opened_by_i = False
    for sentence in all_tags:
        before, before_label = OUTSIDE, ""
        for tag in sentence:
            if tag != OUTSIDE and split_tag(tag)[1] == tag:
                labels = True
            prefix, label = split_tag(tag)
            prefixes.add(prefix)
            if prefix == "I" and (before == OUTSIDE or label != before_label):
                opened_by_i = True
            before, before_label = prefix, label
    if labels:
        return "io" if OUTSIDE in prefixes else ""
    if "S" in prefixes or {"B", "E"} <= prefixes:
        return "bioes"
    if "E" in prefixes:
        return "ioe"
    if "B" in prefixes:
        return "iob1" if opened_by_i else "iob2"
    return "io"


def tag_names(labels: Sequence[str], scheme: str) -> list[str]:
    """All tags of some types: ``O`` first, then each type's by prefix."""
    prefixes = "BIES" if scheme == "bioes" else "BI"
    return [OUTSIDE, *(f"{prefix}-{label}" for label in labels for prefix in prefixes)]


def allowed_transitions(names: Sequence[str], scheme: str) -> NDArray[np.bool_]:
    """(tags + 1, tags + 1): may the tag of the column follow that of the row?

    The last row is the start of a sequence, the last column its end.
    """
    size = len(names)
    parts = [split_tag(name) for name in names] + [(OUTSIDE, "")]  # the borders are like an O
    allowed = np.zeros((size + 1, size + 1), bool)
    for row, (before, before_label) in enumerate(parts):
        for column, (after, after_label) in enumerate(parts):
            same = before_label == after_label
            if scheme == "bioes":
                inside = before in "BI"
                allowed[row, column] = (after in "IE" and same) if inside else after in "OBS"
            else:
                allowed[row, column] = after != "I" or (before in "BI" and same)
    allowed[size, size] = False
    return allowed

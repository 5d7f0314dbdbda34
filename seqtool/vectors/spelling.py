"""What an unknown word may have been meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

LETTERS = "abcdefghijklmnopqrstuvwxyz'-"
SHOWN = 3


def alike(word: str, indices: Mapping[str, int]) -> list[str]:
    """Up to three known words, those at one edit first (Damerau 1964), the commonest of them first."""
    if len(word) > 40:
        return []
    near = sorted((edit for edit in _edits(word) if edit in indices), key=indices.__getitem__)
    if len(near) < SHOWN and len(word) > 2:
        # Two letters are seldom both wrong at the start: few candidates, so that this stays quick.
        start = word[:2]
        candidates = [other for other in indices if other.startswith(start) and abs(len(other) - len(word)) <= 2]
        near += [
            other for other in difflib.get_close_matches(word, candidates, n=SHOWN, cutoff=0.7) if other not in near
        ]
    return near[:SHOWN]


def _edits(word: str) -> set[str]:
    """Everything one deletion, transposition, replacement or insertion away."""
    cuts = [(word[:index], word[index:]) for index in range(len(word) + 1)]
    deleted = {head + tail[1:] for head, tail in cuts if tail}
    transposed = {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    replaced = {head + letter + tail[1:] for head, tail in cuts if tail for letter in LETTERS}
    inserted = {head + letter + tail for head, tail in cuts for letter in LETTERS}
    return (deleted | transposed | replaced | inserted) - {word}

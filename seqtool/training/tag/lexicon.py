"""Lists of names as bits a word."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seqtool.errors import DataError
from seqtool.records.files import text_lines
from seqtool.tokenization.words import words
from seqtool.training.recipe import find_data
from seqtool.training.tag.recipe import LexiconSettings

# Parts of names that say nothing by themselves.
SHORTEST = 2
_EMPTY = (
    "the of and de la le les du des el los las da do di al san st saint inc corp corporation "
    "ltd co company group holdings plc trust first new north south east west upper lower great old city bank fund capital energy"
)
EMPTY = frozenset(_EMPTY.split())


def read_lexicon(settings: Sequence[LexiconSettings], folders: tuple[Path, ...]) -> tuple[dict[str, int], list[str]]:
    """Each lower-cased word's lists as the bits of a number, and what the bits mean.

    A name of several words counts for each of them, but for those that say nothing by themselves.

    :raises DataError: a list cannot be read.
    """
    kinds = list(dict.fromkeys(item.list for item in settings))
    bits: dict[str, int] = {}
    for item in settings:
        bit = 1 << kinds.index(item.list)
        path = find_data(item.file, folders)
        rows = text_lines(path)
        if item.header:
            next(rows, None)
        for number, row in enumerate(rows):
            if item.limit and number == item.limit:
                break
            cells = row.split("\t")
            if item.column > len(cells):
                raise DataError(f"{path}:{number + 1 + item.header}: has no column {item.column}")
            for word in words(cells[item.column - 1]):
                low = word.lower()
                if len(low) >= SHORTEST and low not in EMPTY and any(map(str.isalpha, low)):
                    bits[low] = bits.get(low, 0) | bit
    return bits, kinds

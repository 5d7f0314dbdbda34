"""Write seqtool/tokenization/character_tables.py, from the Unicode tables that the regex package brings.

pip install regex==2024.11.6    # Unicode 16
python benchmarks/character_tables.py            # writes it
python benchmarks/character_tables.py --check    # says whether it is what would be written
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from importlib.metadata import version
from pathlib import Path

import regex

TABLES = Path(__file__).parent.parent / "seqtool" / "tokenization" / "character_tables.py"
VERSION, REGEX = "16", "2024.11.6"
# The letter of a kind, and the code points of it; of two the first counts.
KINDS = {
    "F": r"\p{GCB=Regional_Indicator}",
    "Z": r"\p{GCB=ZWJ}",
    "W": r"\u200c",
    "I": r"\p{InCB=Linker}",
    "E": r"\p{GCB=Extend}",
    "S": r"\p{GCB=SpacingMark}",
    "P": r"\p{GCB=Prepend}",
    "L": r"\p{GCB=L}",
    "V": r"\p{GCB=V}",
    "T": r"\p{GCB=T}",
    "X": r"\p{Extended_Pictographic}",
    "K": r"\p{InCB=Consonant}",
    "R": r"\r",
    "N": r"\n",
    "C": r"\p{GCB=Control}",
}


def ranges(codes: list[int]) -> list[str]:
    """Code points in their order as hexadecimal numbers, ``first-last`` where many follow each other."""
    pairs: list[list[int]] = []
    for code in codes:
        if pairs and code == pairs[-1][1] + 1:
            pairs[-1][1] = code
        else:
            pairs.append([code, code])
    return [f"{first:04x}" + (f"-{last:04x}" if last > first else "") for first, last in pairs]


def tables() -> str:
    """The text of the file."""
    # Half a surrogate pair is no character, but a code point that Python's strings can hold: a Control.
    left = dict.fromkeys(range(0x110000))
    found: dict[str, list[str]] = {}
    for kind, pattern in KINDS.items():
        matches = regex.compile(pattern).match
        codes = [code for code in left if matches(chr(code))]
        for code in codes:
            del left[code]
        found[kind] = ranges(codes)
    lines = [
        f'"""Kinds of code points in Unicode {VERSION}, written by benchmarks/character_tables.py: see characters.py."""',
        "",
        "# Everything else is of no kind, but for the syllables of Hangul.",
        "KINDS = {",
    ]
    for kind, parts in found.items():
        wrapped = textwrap.wrap(" ".join(parts), 108)
        if len(wrapped) == 1:
            lines.append(f'    "{kind}": "{wrapped[0]}",')
            continue
        lines.append(f'    "{kind}": (')
        lines += [f'        "{part} "' for part in wrapped[:-1]] + [f'        "{wrapped[-1]}"', "    ),"]
    return "\n".join([*lines, "}", ""])


def main() -> None:
    """Write the tables, or look at them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if the file differs")
    check = parser.parse_args().check
    if version("regex") != REGEX:
        sys.exit(f"regex {version('regex')} has the tables of another Unicode; pip install regex=={REGEX}")
    if not check:
        TABLES.write_text(tables(), encoding="utf-8")
    elif TABLES.read_text(encoding="utf-8") != tables():
        sys.exit(f"{TABLES} is not what this program writes; run it without --check")


if __name__ == "__main__":
    main()

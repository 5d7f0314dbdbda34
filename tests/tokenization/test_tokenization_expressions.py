"""Expressions mean the same to every Python that is supported."""

from __future__ import annotations

import re
from pathlib import Path

import seqtool
from seqtool.tokenization.words import words

# Behind a group: )*+ )++ )?+ ){1,5}+ (in an f-string the braces are two)
POSSESSIVE_GROUP = re.compile(r"(?<!\\)\)(?:[*+?]|\{+[0-9,]+\}+)\+")


def test_no_group_is_repeated_possessively() -> None:
    """Python before 3.11.5, Debian 12's among them, takes a wrong end for some of them (CPython issue 106052)."""
    found = [
        f"{path.name}:{number}"
        for path in Path(seqtool.__file__).parent.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if POSSESSIVE_GROUP.search(line)
    ]
    assert not found
    assert POSSESSIVE_GROUP.search('rf"(?:{inner})*+"') and POSSESSIVE_GROUP.search("(?:a){{1,15}}+")


def test_no_token_is_empty() -> None:
    """What 3.11.2 made of it: kin, nothing, g."""
    assert list(words("The king's café!")) == ["The", "king", "'s", "café", "!"]

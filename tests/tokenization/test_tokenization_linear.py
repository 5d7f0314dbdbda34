"""No text makes the rules slow: a megabyte of any one character, and of short patterns that rules begin with.

A rule of quadratic time would take hours for one of these; the bound is some twenty times what they take.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from seqtool.tokenization import characters, sentences, words
from seqtool.tokenization.encoded_words import encoded_words_and_offsets
from seqtool.tokenization.escape import escaped, unescaped
from seqtool.tokenization.typography import french_typography, hindi_typography

MEGABYTE = 1 << 20
SECONDS = 30.0
SINGLE = [
    "a",
    "A",
    "1",
    ".",
    "'",
    "-",
    "@",
    "/",
    ":",
    "(",
    '"',
    "_",
    "\0",
    "\n",
    " ",
    "é",
    "\u0301",
    "।",
    "字",
    "。",
    "👍",
    "🇫",
    "\u200d",
    "\uf8e0",
]
PATTERNS = [
    "a.a.a.", "a'a'a'", "http://", "@a@a", "a-a-a-", "x@x.x@", "1.1,1", "n't", "l'a", "http://.", "http://(", "www.", "a.com/(",
    "a..", "a+", "://", ":)", "^_", "</3", "👍\u200d", "🇫", "A.", "Mr.", "a@b.", "!\u0301", "字\u0301", "an't", "(((a", "a%@",
]  # fmt: skip
STOPS = [". ", "! ", "A. ", "Mr. ", "1. ", "1.1. a. ", "... ", '. "', ". (", "a.\n", "\n \n", "e.g. ", "。」"]
CLUSTERS = ["\u0915\u094d", "\u0600", "\u1100", "\uac00\u11a8", "👍\ufe0f", "a\u0301\u200d", "\r\n"]


def bounded(work: Callable[[str], Any], pattern: str, size: int) -> None:
    text = (pattern * (size // len(pattern) + 1))[:size]
    begun = time.process_time()
    work(text)
    assert time.process_time() - begun < SECONDS * size / MEGABYTE


def every(spans: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: sum(1 for _ in spans(text))


@pytest.mark.parametrize("letter", SINGLE, ids=[f"U+{ord(letter):04X}" for letter in SINGLE])
def test_a_megabyte_of_one_letter(letter: str) -> None:
    bounded(every(words.spans), letter, MEGABYTE)
    bounded(every(characters.spans), letter, MEGABYTE)
    bounded(every(sentences.spans), letter, MEGABYTE)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_words_of_a_pattern(pattern: str) -> None:
    bounded(encoded_words_and_offsets, pattern, MEGABYTE // 4)


@pytest.mark.parametrize("pattern", STOPS)
def test_sentences_of_a_pattern(pattern: str) -> None:
    bounded(every(sentences.spans), pattern, MEGABYTE // 4)


def test_sentences_behind_a_long_number() -> None:
    text = "1" + ".1" * 100_000 + " . a" * 20_000
    begun = time.process_time()
    list(sentences.spans(text))
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize("pattern", CLUSTERS, ids=ascii)
def test_characters_of_a_pattern(pattern: str) -> None:
    bounded(every(characters.spans), pattern, MEGABYTE // 4)


@pytest.mark.parametrize("pattern", ["\x1a", "\u2581", "\x1a_", "\x1a\x1a_"], ids=ascii)
def test_escapes_of_a_pattern(pattern: str) -> None:
    bounded(escaped, pattern, MEGABYTE)
    bounded(unescaped, pattern, MEGABYTE)


@pytest.mark.parametrize("pattern", [*SINGLE, "a ", '"a', "« ", " »", "?!", "a? ", "\u202f ", "क.", ' "'], ids=ascii)
def test_typography_of_a_pattern(pattern: str) -> None:
    bounded(french_typography, pattern, MEGABYTE // 8)
    bounded(hindi_typography, pattern, MEGABYTE // 8)

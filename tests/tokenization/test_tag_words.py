"""What a tagger reads of a word: its case, its characters, its number, its lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtool.tokenization.word_features import (
    BEFORE,
    BEHIND,
    CASES,
    FIRST_CHARACTER,
    MOST_CHARACTERS,
    UNKNOWN,
    UNKNOWN_WORD,
    WordFeatures,
    case,
)

EXAMPLES = {
    "lower": ["word", "don't", "e-mail", "ß", "naïve", "и"],
    "upper": ["NATO", "AT&T", "U.S.", "ЕС", "ÄÖ"],
    "title": ["Word", "I", "A", "Ünder", "Jean-luc", "Москва"],
    "mixed": ["iPhone", "McDonald", "O'Brien", "USAir", "Jean-Luc", "eBay"],
    "digits": ["1", "2026", "٣", "²"],
    "digit_inside": ["1st", "B2B", "3.5", "1,000", "12:30", "+4", "covid19"],
    "sign": [".", "--", "...", "😀", "€", "_", "'"],
    "other": ["東京", "शहर", "عربي", "½"],
}


@pytest.mark.parametrize(("name", "word"), [(name, word) for name, words in EXAMPLES.items() for word in words])
def test_how_a_word_is_written(name: str, word: str) -> None:
    assert CASES[case(word)] == name


def test_every_case_has_examples() -> None:
    assert tuple(EXAMPLES) == CASES


@given(st.text(max_size=40))
def test_every_text_has_one_case(word: str) -> None:
    features = WordFeatures([], "").features(word)
    assert features == [float(place == case(word)) for place in range(len(CASES))]


def test_a_word_by_its_number() -> None:
    reader = WordFeatures(["the", "cat", "Cat"], "")
    assert reader.size == 4
    assert [reader.id(word) for word in ("the", "THE", "cat", "CAT", "dog", "")] == [1, 1, 2, 2, 0, 0]
    # "Cat" stands under 3 but is looked for in lower case
    assert reader.id("Cat") == 2
    assert UNKNOWN_WORD == 0


def test_a_word_as_it_is_written() -> None:
    reader = WordFeatures(["the", "cat", "Cat"], "", lowercase=False)
    assert [reader.id(word) for word in ("the", "The", "cat", "Cat", "CAT")] == [1, 0, 2, 3, 0]


@pytest.mark.parametrize("lowercase", [True, False])
def test_a_word_with_digits_is_looked_for_with_zeros(lowercase: bool) -> None:
    reader = WordFeatures(["0000", "1984", "00-x", "0.0%"], "", lowercase=lowercase)
    assert [reader.id(word) for word in ("1984", "1985", "0000", "12-x", "3.5%")] == [2, 1, 1, 3, 4]
    assert [reader.id(word) for word in ("198", "x", "12-y")] == [0, 0, 0]
    assert reader.id("12-X") == (3 if lowercase else 0)


def test_characters_between_their_marks() -> None:
    reader = WordFeatures([], "abé")
    assert reader.character_size == FIRST_CHARACTER + 3
    assert reader.characters("béaz") == [BEFORE, 5, 6, 4, UNKNOWN, BEHIND]
    assert reader.characters("B") == [BEFORE, UNKNOWN, BEHIND]


@pytest.mark.parametrize("length", [1, MOST_CHARACTERS - 1, MOST_CHARACTERS, MOST_CHARACTERS + 1, 1000])
def test_of_long_words_both_ends_are_kept(length: int) -> None:
    letters = "".join(map(chr, range(0x4E00, 0x4E00 + length)))
    found = WordFeatures([], letters).characters(letters)
    every = list(range(FIRST_CHARACTER, FIRST_CHARACTER + length))
    half = MOST_CHARACTERS // 2
    expected = every if length <= MOST_CHARACTERS else every[:half] + every[-half:]
    assert found == [BEFORE, *expected, BEHIND]


def test_lists_that_a_word_stands_in() -> None:
    reader = WordFeatures([], "", lexicon={"rome": 0b101, "müller": 0b010}, lists=["places", "names", "teams"])
    assert reader.feature_size == len(CASES) + 3
    listed = {word: reader.features(word)[len(CASES) :] for word in ("Rome", "ROME", "Müller", "paris")}
    assert listed == {"Rome": [1, 0, 1], "ROME": [1, 0, 1], "Müller": [0, 1, 0], "paris": [0, 0, 0]}
    assert reader.features("Rome")[: len(CASES)] == [float(name == "title") for name in CASES]

"""What a tagger reads of a word: its number in the vocabulary, its characters, how it is written,
the lists of names that it stands in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

CASES = ("lower", "upper", "title", "mixed", "digits", "digit_inside", "sign", "other")
MOST_CHARACTERS = 24
# What the vocabulary does not know.
UNKNOWN_WORD = 0
# Behind the last character, marks before and behind a word, a character that is not known.
PADDING, BEFORE, BEHIND, UNKNOWN = 0, 1, 2, 3
FIRST_CHARACTER = 4


def case(word: str) -> int:
    """The index in :data:`CASES` of how a word is written."""
    if not any(map(str.isalnum, word)):
        return 6
    if word.isdigit():
        return 4
    if any(map(str.isdigit, word)):
        return 5
    if word.islower():
        return 0
    if word.isupper():
        return 1 if len(word) > 1 else 2
    if word[0].isupper():
        return 2 if word[1:].islower() else 3
    return 3 if any(map(str.isupper, word)) else 7


class WordFeatures:
    """Words as numbers, by a vocabulary, its characters, and lists of names.

    words: in the order of their numbers, from 1; 0 is any other word.  known_characters: likewise,
    from :data:`FIRST_CHARACTER`.  lexicon: a lower-cased word's lists, as the bits of a number, the
    first of ``lists`` the lowest.
    """

    def __init__(
        self,
        words: Sequence[str],
        known_characters: str,
        *,
        lowercase: bool = True,
        lexicon: Mapping[str, int] | None = None,
        lists: Sequence[str] = (),
    ) -> None:
        self.words = words
        self.known_characters = known_characters
        self.lexicon = lexicon or {}
        self.lists = lists
        self.lowercase = lowercase
        self.size = len(words) + 1
        self.character_size = len(known_characters) + FIRST_CHARACTER
        self.feature_size = len(CASES) + len(lists)
        self._words = dict(zip(words, range(1, self.size)))
        self._characters = {character: index for index, character in enumerate(known_characters, FIRST_CHARACTER)}

    def id(self, word: str) -> int:
        """A word's number, by itself or with every digit 0."""
        found = self._words.get(word.lower() if self.lowercase else word)
        if found is None and any(map(str.isdigit, word)):
            zeros = "".join("0" if character.isdigit() else character for character in word)
            found = self._words.get(zeros.lower() if self.lowercase else zeros)
        return UNKNOWN_WORD if found is None else found

    def characters(self, word: str) -> list[int]:
        """A word's characters as numbers, marks around them; of a long word both ends."""
        if len(word) > MOST_CHARACTERS:
            word = word[: MOST_CHARACTERS // 2] + word[-MOST_CHARACTERS // 2 :]
        if not word:  # a window of three characters needs one between the marks
            return [BEFORE, UNKNOWN, BEHIND]
        return [BEFORE, *(self._characters.get(character, UNKNOWN) for character in word), BEHIND]

    def features(self, word: str) -> list[float]:
        """Ones where a word is written so, and where it stands in a list; ``feature_size`` of them."""
        row = [0.0] * self.feature_size
        row[case(word)] = 1.0
        if self.lists:
            bits = self.lexicon.get(word.lower(), 0)
            for index in range(len(self.lists)):
                row[len(CASES) + index] = float(bits >> index & 1)
        return row

"""Which pairs a translator learns from, and why it does not learn from the others.

A reason is found by rules that look at one pair, then at the dev and test pairs, then at the pairs before it,
which are remembered as hashes of 8 bytes: memory does not grow with the texts.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from seqtool.tokenization.typography import plain_typography, typography
from seqtool.training.translate.recipe import CleaningSettings

# What short pairs may differ by beside the ratio.
SLACK_CHARACTERS = 15
SLACK_WORDS = 5
NUMBERS = "different numbers"

# Soft hyphens, zero-width spaces and joiners, directional marks, byte order marks.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
_MARKUP = re.compile(
    r"</?[a-zA-Z][^<>]*>|&#?[a-zA-Z0-9]{2,12};|\{[^{}]*\}|\{\{|\}\}|\[\[|\]\]|\]\(|%[sd]\b|%\d+\$[sd]|%\(|\\[nt\"]"
)
_DIGIT = re.compile(r"\d")
_SCRIPTS = {
    "Devanagari": (re.compile("[\u0900-\u0963\u0966-\u097f]+"), "hi mr ne sa"),
    "Latin": (re.compile("[A-Za-z\u00aa-\u024f\u1e00-\u1eff]+"), "en fr de es it pt nl sv da nb pl cs sk ro hu fi tr"),
    "Cyrillic": (re.compile("[\u0400-\u052f]+"), "ru uk bg be sr mk"),
    "Greek": (re.compile("[\u0370-\u03ff\u1f00-\u1fff]+"), "el"),
    "Arabic": (re.compile("[\u0600-\u06ff\u0750-\u077f]+"), "ar fa ur"),
}
SCRIPT_OF = {code: letters for letters, codes in _SCRIPTS.values() for code in codes.split()}


class Pair(NamedTuple):
    """A sentence and its translation."""

    source: str
    target: str


class _Kept(dict[int, str]):
    """str.translate's table to letters with their marks and digits in lower case; what else there is, a blank."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = self[code] = character.casefold() if unicodedata.category(character)[0] in "LMN" else " "
        return kept


_kept = _Kept()


def key_of(text: str) -> str:
    """The letters and digits of a text, by which like texts are found."""
    return " ".join(text.translate(_kept).split())


def tidy(text: str, language: str = "") -> str:
    """A text in NFC without what cannot be seen, its blanks and marks plain, and of one kind in a language."""
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return " ".join(plain_typography(typography(text, language)).split())


class Hashes:
    """A set of texts, 16 to 32 bytes each: a table of hashes of 8 bytes, in which the next free slot is taken."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * 1024))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, text: str) -> bool:
        """Take in a text; whether it is a new one."""
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        new = self._put(int.from_bytes(digest, "little") or 1)  # 0 is a free slot
        if new:
            self._count += 1
            if 2 * self._count > len(self._slots):
                old, self._slots = self._slots, array("Q", bytes(16 * len(self._slots)))
                for number in filter(None, old):
                    self._put(number)
        return new

    def _put(self, number: int) -> bool:
        slots, mask = self._slots, len(self._slots) - 1
        index = number & mask
        while slots[index]:
            if slots[index] == number:
                return False
            index = (index + 1) & mask
        slots[index] = number
        return True


@dataclass
class PairCounts:
    """What became of the pairs of a file."""

    read: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    different_numbers: int = 0
    """Of those that were kept."""

    @property
    def kept(self) -> int:
        return self.read - self.left_out.total()

    def note(self, name: str) -> str:
        """The counts in a line for people."""
        said = f"{name}: {self.read:,} pairs"
        if self.left_out:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.left_out.most_common())
            said += f", {self.left_out.total():,} left out: {reasons}"
        return said + (f"; {self.different_numbers:,} kept with {NUMBERS}" if self.different_numbers else "")


def numbers_differ(pair: Pair) -> bool:
    """Whether the sides have different digits, in whatever order and script; 1,000 and 1 000 are the same."""
    digits = [sorted(map(unicodedata.digit, _DIGIT.findall(side))) for side in pair]
    return digits[0] != digits[1]


def share_of_script(text: str, language: str) -> float:
    """The share of the letters of a text that are of its language's script; 1 for a language that is not known."""
    letters = SCRIPT_OF.get(language)
    if letters is None:
        return 1.0
    rest = letters.sub("", text)
    own = len(text) - len(rest)
    total = own + sum(map(str.isalpha, rest))
    return own / total if total else 1.0


class Cleaner:
    """Says of one pair after the other whether it is kept.

    Give it the pairs of dev and test first (:meth:`hold_out`), then all files in the order in which they are
    to keep what stands in several.
    """

    def __init__(self, settings: CleaningSettings) -> None:
        self.settings = settings
        self._held_out: tuple[set[str], set[str]] = set(), set()
        self._seen = Hashes()

    def hold_out(self, pair: Pair) -> None:
        """Leave out whatever has one of these sides."""
        for held, side in zip(self._held_out, pair):
            held.add(key_of(side))

    def clean(
        self, pairs: Iterable[Pair], counts: PairCounts, source_language: str = "", target_language: str = ""
    ) -> Iterator[Pair]:
        """The tidy pairs of a file that are kept; ``counts`` is kept up to date."""
        for pair in pairs:
            counts.read += 1
            pair = Pair(tidy(pair.source, source_language), tidy(pair.target, target_language))
            reason = self.reason(pair, source_language, target_language)
            if reason:
                counts.left_out[reason] += 1
                continue
            counts.different_numbers += numbers_differ(pair)
            yield pair

    def reason(self, pair: Pair, source_language: str = "", target_language: str = "") -> str:
        """Why a tidy pair is left out, or an empty string; a pair that is kept is remembered."""
        keys = key_of(pair.source), key_of(pair.target)
        if not all(keys):
            return "empty"
        if keys[0] == keys[1]:
            return "identical"
        reason = self._length(pair)
        if reason:
            return reason
        for side, language in zip(pair, (source_language, target_language)):
            if share_of_script(side, language) < self.settings.script:
                return "wrong script"
        if self.settings.markup and any(map(_MARKUP.search, pair)):
            return "markup"
        if self.settings.numbers and numbers_differ(pair):
            return NUMBERS
        if any(key in held for key, held in zip(keys, self._held_out)):
            return "in dev or test"
        return "" if self._seen.add("\t".join(pair).casefold()) else "duplicates"

    def _length(self, pair: Pair) -> str:
        settings = self.settings
        for lengths, most, slack in (
            ([len(side) for side in pair], settings.most_characters, SLACK_CHARACTERS),
            ([side.count(" ") + 1 for side in pair], settings.most_words, SLACK_WORDS),
        ):
            if max(lengths) > most:
                return "too long"
            if max(lengths) > settings.ratio * min(lengths) + slack:
                return "length ratio"
        return ""

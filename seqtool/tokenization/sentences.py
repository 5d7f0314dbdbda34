"""Sentences of a text, with their offsets: rules that run in time linear in the text.

A stop (or several) ends a sentence where white space follows and nothing speaks against it: an
abbreviation, an initial, a number at the head of a list, a small letter behind it.  East Asian
stops need no space, and a blank line ends a sentence without any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# A name follows these: they end no sentence.
_TITLES = _words(
    "Mr Mrs Ms Mx Dr Prof Messrs Mme Mlle Rev Hon Sgt Capt Lt Col Gen Cmdr Maj Adm Gov Sen Rep Pres Mt Ft Fr Supt Insp"
)
# Something always follows these.
_OPEN = _words("vs v cf ca approx e.g i.e viz resp incl excl eg ie bzw z.B d.h")
# A number follows these, or they are other words.
_NUMBERED = _words("no No Nos nos p pp P vol Vol fig Fig figs Figs eq Eq sec Sec ch Ch art Art op Op § Nr Bd S")
# These may end a sentence: they do if a word follows that likes to begin one.
_ABBREVIATIONS = _words(
    "Jr Sr Esq St Inc Ltd Co Corp Bros Assn Dept dept Univ Est est al Ave Blvd Rd Jan Feb Mar Apr Jun Jul Aug Sep Sept "
    "Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Sat Ph.D M.D B.A M.A B.Sc M.Sc D.C govt Govt intl natl temp avg "
    "max min misc tel ext assoc Assoc intro orig ed Ed eds Eds trans Trans rev ft lb lbs oz sq hr hrs min mins sec secs"
)
_STARTERS = _words(
    "A After All Also Although An And Another Any As At Because Before Both But By Can Could Did Do Does During Each "
    "Every For From Had Has Have He Her Here His How However I If In Is It Its Just Last Later Let Many May Maybe Meanwhile "
    "More Most My Nevertheless Next No Nobody Not Nothing Now Of On Once One Only Or Other Our Perhaps Please She Should "
    "Since So Some Still Such That The Their Then There Therefore These They This Those Though Thus To Today Two Under "
    "Until Was We Well Were What When Where Whether Which While Who Why Will With Would Yes Yet You Your"
)

_CLOSING = "\"'\u2019\u201d\u00bb\u203a)\\]}\u300d\u300f\uff09\u3011"
_OPENING = "\"'\u2018\u201c\u201e\u00ab\u2039(\\[{\u300c\u300e\u00bf\u00a1*_-"
_STOPS = ".!?\u2026\u203c\u2047-\u2049\u061f\u06d4\u0589\u1362\u104a\u104b\u17d4\u0964\u0965"
_WIDE = "\u3002\uff01\uff1f\uff0e\uff61"
_CANDIDATE = re.compile(rf"(?P<stops>[{_STOPS}{_WIDE}]++)(?P<closing>[{_CLOSING}]*+)|\n[^\S\n]*+\n|\u2029")
_SPACE = re.compile(r"\s*+")
_NEXT = re.compile(rf"[{_OPENING}]*+([^\W\d_]*)")
# How far back an abbreviation is looked for, and how long the number of an item may be.
_REACH = 24
_HEAD = re.compile(r"(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})(?:\.\d{1,3})*")
_BEFORE = re.compile(rf"[\s{_OPENING}]")
_POINTED = re.compile(r"[A-Za-z](?:\.[A-Za-z])+")


def _word_before(text: str, start: int, stop: int) -> str:
    """The word that ends at ``stop``, its last few letters if it is long."""
    return _BEFORE.split(text[max(start, stop - _REACH) : stop])[-1]


def _period_ends(word: str, following: str, digit: bool) -> bool:
    """Whether a period behind ``word`` ends a sentence, where ``following`` (a word, or a digit) has no
    small letter first."""
    if word not in _STARTERS:  # at the head of a sentence: Approx. 5 days
        word = next((small for small in (word[:1].lower() + word[1:],) if small in _OPEN | _ABBREVIATIONS), word)
    if word in _TITLES or word in _OPEN or (word in _NUMBERED and digit):
        return False
    if word in ("etc", "a.m", "p.m", "A.M", "P.M", "I"):
        return not digit
    if len(word) == 1 and word.isupper():
        return following in _STARTERS and following != "A"
    if word in _ABBREVIATIONS or _POINTED.fullmatch(word):
        return following in _STARTERS
    return True


class _Rules:
    """The rules, for one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        # Who writes no capitals at all begins sentences without them.
        self._uncased = text == text.lower()

    def ends(self, start: int, match: re.Match[str], behind: int) -> bool:
        """Whether the stops of ``match`` end the sentence that began at ``start``; the next one
        would begin at ``behind``."""
        text = self._text
        stops = match["stops"]
        if stops[-1] in _WIDE:
            return True
        if behind == match.end():  # no white space: 3.14, example.com, "Stop!", he said
            return False
        following = _NEXT.match(text, behind)
        assert following is not None
        word = following[1]
        digit = not word and text[following.end() : following.end() + 1].isdigit()
        if stops == ".":
            return self._period(start, match, word, digit)
        if word[:1].islower() and not self._uncased:
            return stops[-1] not in ".\u2026" and not match["closing"]
        return not (word[:1].islower() and stops[-1] in ".\u2026")

    def _period(self, start: int, match: re.Match[str], following: str, digit: bool) -> bool:
        stop = match.start()
        before = _word_before(self._text, start, stop)
        if stop - start <= _REACH and _HEAD.fullmatch(self._text, start, stop) and not match["closing"]:
            return before == "I" and following in _STARTERS
        if not following[:1].islower():
            return _period_ends(before, following, digit)
        if self._uncased:
            return _period_ends(before, following.capitalize(), digit)
        # A small letter: an abbreviation that we do not know, or a writer in a hurry.
        long = len(before) >= 5 and before.isalpha() and before.islower()
        return long and not match["closing"] and before not in _ABBREVIATIONS and before not in _OPEN


def spans(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each sentence of ``text``, in code points, end exclusive, without the white
    space around it.  Every code point that is not white space is in exactly one."""
    rules = _Rules(text)
    space = _SPACE.match(text)
    assert space is not None
    start = space.end()
    for match in _CANDIDATE.finditer(text):
        if match.start() < start:  # a blank line behind a stop
            continue
        space = _SPACE.match(text, match.end())
        assert space is not None
        behind = space.end()
        if match["stops"] is None:
            end = len(text[start : match.start()].rstrip()) + start
        elif behind < len(text) and rules.ends(start, match, behind):
            end = match.end()
        else:
            continue
        yield start, end
        start = behind
    if start < len(text):
        yield start, start + len(text[start:].rstrip())

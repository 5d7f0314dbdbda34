"""Words of a text, with their offsets: rules that run in time linear in the text.

A text is cut at white space, and each chunk between by a regular expression over its shape (see
letters.py).  What a chunk is cut into does not hang on its neighbours, so common chunks are cut once.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Iterator
from itertools import accumulate, chain

from seqtool.tokenization.cache import BoundedCache
from seqtool.tokenization.letters import (
    FLAG,
    IDEOGRAPH,
    JOINER,
    KEYCAP,
    MARK,
    PICTURE,
    POINT,
    SELECTOR,
    SKIN,
    TAG,
    shape,
)

# A period belongs to these.
_ABBREVIATIONS = (
    "Mr Mrs Ms Dr Prof Sr Jr St Mt Ft Gen Col Sgt Capt Lt Cmdr Maj Gov Sen Rep Rev Hon Pres Messrs Mme Mlle "
    "Inc Ltd Co Corp Bros Assn Dept Univ vs etc al cf ca approx resp Ave Blvd Rd Jan Feb Mar Apr Jun Jul Aug Sep Sept "
    "Oct Nov Dec Vol Fig Eq pp Ph.D"
)
ABBREVIATIONS = frozenset(_ABBREVIATIONS.split())
# So many chunks are remembered (some 20 MB, twice).
MOST = 1 << 16

_SPAN = operator.methodcaller("span")
_CHUNK = re.compile(r"\S++")
# Signs that are a token of their own beside a plain word.
_BEFORE = frozenset('("')
_BEHIND = frozenset('.,;:!?)"')

_MARKS = f"[{MARK}{JOINER}{SELECTOR}{KEYCAP}{TAG}]"
_LETTER = f"[A-Za-z0-9_{MARK}{JOINER}{SELECTOR}{KEYCAP}{TAG}]"
_NOT_LETTER_BEFORE = f"(?<!{_LETTER})"
_ENDING = rf"'(?:[sSdDmM]|[rR][eE]|[vV][eE]|[lL][lL])(?!{_LETTER})"
# A period, comma or question mark behind an address is the sentence's.
_ADDRESS = r"[^<>\"()\u201c\u201d]*(?:\([^<>\"()\u201c\u201d]*\)[^<>\"()\u201c\u201d]*){0,9}(?<![.,:;!?'*\]}\u2026\u3002\uff0c])"
_DOMAINS = "com|org|net|edu|gov|mil|int|info|io|dev|app|ai|co|eu|uk|us|ca|au|in|de|fr|es|it|nl|ch|at|jp|cn|ru|br"


def _links() -> list[str]:
    """Rules for addresses; what decides (``://``, ``@``) must come within so many characters."""
    return [
        rf"{_NOT_LETTER_BEFORE}[A-Za-z][A-Za-z0-9+.-]{{1,15}}://(?=[^<>\"()]){_ADDRESS}",
        rf"{_NOT_LETTER_BEFORE}[Ww]{{3}}\.(?={_LETTER}){_ADDRESS}",
        rf"(?<![A-Za-z0-9_@.+-])[A-Za-z0-9_.+%-]{{1,64}}+@(?:[A-Za-z0-9-]{{1,63}}+\.){{1,8}}[A-Za-z]{{2,24}}(?!{_LETTER})",
        rf"(?<![A-Za-z0-9_@.-])(?:[A-Za-z0-9-]{{1,63}}+\.){{1,6}}(?:{_DOMAINS})/{_ADDRESS}",
        rf"{_NOT_LETTER_BEFORE}@{_LETTER}++",
    ]


def _abbreviations(last: bool) -> list[str]:
    """Rules for periods that belong to the word; a capital that ends the text is no initial."""
    listed = "|".join(re.escape(word) for word in sorted(ABBREVIATIONS, key=len, reverse=True))
    rules = [
        rf"{_NOT_LETTER_BEFORE}(?:{listed})\.(?![.A-Za-z0-9])",
        rf"{_NOT_LETTER_BEFORE}[A-Za-z](?:\.[A-Za-z](?!{_LETTER})){{1,15}}(?:\.(?!\.))?(?:-{_LETTER}++)?",
    ]
    return rules if last else [*rules, rf"(?<![A-Za-z0-9_'.-])[A-HJ-Z]\.(?!\.|{_LETTER})"]


def _apostrophes() -> list[str]:
    """Rules for contractions (cut as in the Penn Treebank: do n't) and for French and Italian elision (l' homme)."""
    return [
        rf"{_NOT_LETTER_BEFORE}(?:[ldjmtscnLJCS]|[qQ]u|[jJ]usqu|[lL]orsqu|[pP]uisqu|[qQ]uoiqu|D(?='[a-z]))'"
        rf"(?!mon(?!{_LETTER}))(?={_LETTER}{{2}}|[aAyYxX](?!{_LETTER}))(?!(?:re|ve|ll)(?!{_LETTER}))",
        rf"{_NOT_LETTER_BEFORE}(?:[dD]e|[nN]e|[aA]|[dD]a|[sS]u|[qQ]ue|[bB]e)ll'(?={_LETTER})",
        rf"{_NOT_LETTER_BEFORE}[uU]n'(?={_LETTER}{{2}})",
        rf"(?<={_LETTER}){_ENDING}",
        rf"(?<={_LETTER})[nN]'[tT](?!{_LETTER})",
        rf"{_NOT_LETTER_BEFORE}'(?:[eE]m|[tT]is|[tT]was|[cC]ause|[tT]il|[0-9]{{2}}s?)(?!{_LETTER})",
        # The word before n't: it gives its n back.
        rf"{_LETTER}+(?=[nN]'[tT](?!{_LETTER}))",
    ]


def _runs() -> str:
    """Letters and digits, with the signs that stay inside: well-known, 1,234.56, example.com, AT&T, O'Brien."""
    inner = "|".join(
        [
            f"[-{POINT}]",
            rf"'(?!(?:[sSdDmM]|[rR][eE]|[vV][eE]|[lL][lL])(?!{_LETTER}))",
            # end.Next and NASA.The are two words whose space was forgotten.
            r"\.(?<![a-z]\.(?=[A-Z]))(?![A-Z][a-z])",
            r"(?<=[0-9])[,:/](?=[0-9])",
            r"(?<=[A-Z])&(?=[A-Z])",
        ]
    )
    number = r"(?:(?<![^(\[{=<>~])[-+\u2212\u00b1](?=\.?[0-9]))?(?:(?<![A-Za-z0-9_.])\.(?=[0-9]))?"
    return rf"{number}{_LETTER}++(?:(?:{inner}){_LETTER}++)*"


def _signs() -> list[str]:
    """Rules for what is no letter: emoji, emoticons, runs of one sign, single signs."""
    picture = f"[{PICTURE}{SKIN}][{SELECTOR}{SKIN}{TAG}{KEYCAP}]*+"
    return [
        rf"[:;=]'?-?(?:[()DPpOo\[\]](?!{_LETTER})|[/|](?![/A-Za-z0-9_]))",
        r"</?3(?![0-9])",
        rf"\^_{{0,3}}\^|(?<!{_LETTER})-_{{1,3}}-(?!{_LETTER})",
        rf"#{_LETTER}++",
        rf"{FLAG}{{2}}",
        rf"{picture}(?:{JOINER}{picture})*",
        rf"{IDEOGRAPH}{_MARKS}*+",
        r"[?!\uff01\uff1f]++",
        "|".join(
            re.escape(sign) + "++" for sign in ".-=*~'`\",;:/\\|#$%&+<>^(){}[]@\u2013\u2014\u2026\u3002\u2022\u2500"
        ),
        rf".{_MARKS}*+",
    ]


@functools.cache
def _pattern(links: bool, periods: bool, apostrophes: bool, last: bool) -> re.Pattern[str]:
    """The rules for a chunk of this sort, first match wins; a rule that is left out could not match.

    No rule looks far back or ahead: what might is possessive or bounded, so no text makes it slow.
    No group is repeated possessively: Python before 3.11.5 takes wrong ends for some (CPython issue 106052).
    """
    rules = [
        f"[0-9#*]{SELECTOR}?{KEYCAP}",
        # Letters before a sign that no rule goes on with: most tokens, so it stands first.
        rf"{_LETTER}++(?![-.'@+%#:,/&{POINT}])",
        *(_links() if links else ()),
        *(_abbreviations(last) if periods else ()),
        rf"{_NOT_LETTER_BEFORE}[A-Za-z](?:\+\+|#)(?!{_LETTER})",
        *(_apostrophes() if apostrophes else ()),
        _runs(),
        *_signs(),
    ]
    return re.compile("|".join(rules), re.DOTALL)


# 1 and the first token's length, then 0 and the next one's, and so on.
WordOffsets = tuple[int, ...]


def _plain(chunk: str) -> WordOffsets | None:
    """What :func:`cut` gives for letters and digits of ASCII with one sign before or behind them, which
    most chunks are; None for any other."""
    if chunk.isalnum():
        return 1, len(chunk)
    core = chunk.removesuffix(" ")
    behind = core[-1] in _BEHIND
    if behind:
        core = core[:-1]
    before = core[:1] in _BEFORE
    if before:
        core = core[1:]
    period = behind and chunk[len(core) + before] == "."
    if not core.isalnum() or (period and (len(core) == 1 or core in ABBREVIATIONS)):
        return None
    return (1, *((1, 0) if before else ()), len(core), *((0, 1) if behind else ()))


def cut(chunk: str) -> WordOffsets:
    """What a chunk is cut into.

    Summed up over chunks with one space between them, that is where each token begins and ends.
    A chunk with a space behind it is the last one of its text.
    """
    plain = _plain(chunk) if chunk.isascii() else None
    if plain is not None:
        return plain
    last = chunk.endswith(" ")
    shaped = shape(chunk.removesuffix(" "))
    periods = "." in shaped
    links = "@" in shaped or "/" in shaped or (periods and "ww." in shaped.lower())
    pattern = _pattern(links, periods, "'" in shaped, last)
    lengths = [end - start for start, end in map(_SPAN, pattern.finditer(shaped))]
    return (1, *list(chain.from_iterable((0, length) for length in lengths))[1:])


def _slices(chunk: str) -> tuple[str, ...]:
    offsets = list(accumulate(_cuts[chunk], initial=-1))[1:]
    return tuple([chunk[start:end] for start, end in zip(offsets[::2], offsets[1::2])])


_cuts = BoundedCache(cut, MOST)
_tokens = BoundedCache(_slices, MOST)


def chunks(text: str) -> list[str]:
    """The runs without white space; a space is put behind the last one if what it is may hang on that."""
    found = text.split()
    if found and found[-1][-1] == "." and len(found[-1]) <= 3:
        found[-1] += " "
    return found


def chunk_starts(text: str, found: list[str]) -> list[int] | None:
    """Where the :func:`chunks` of ``text`` begin; None where there is one space between them and
    none around, so that their lengths say it."""
    letters = sum(map(len, found)) - (found[-1][-1] == " ")
    if len(text) == letters + len(found) - 1:
        return None
    return [match.start() for match in _CHUNK.finditer(text)]


def spans(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each word of ``text``, in code points, end exclusive.

    Every code point that is not white space is in exactly one.
    """
    found = chunks(text)
    starts = chunk_starts(text, found) if found else []
    cuts = map(_cuts.__getitem__, found)
    if starts is None:
        offsets = list(accumulate(chain.from_iterable(cuts), initial=-1))[1:]
    else:
        offsets = [offset for start, lengths in zip(starts, cuts) for offset in accumulate(lengths[1:], initial=start)]
    return zip(offsets[::2], offsets[1::2])


def words(text: str) -> list[str]:
    """The words of ``text``, each a slice of it."""
    return list(chain.from_iterable(map(_tokens.__getitem__, chunks(text))))

"""Marks of typography: plain ones to train on and to read, and those of French and Hindi restored to write.

French sets a narrow no-break space (U+202F) before ``; : ! ?`` and inside « » (Lexique des règles
typographiques en usage à l'Imprimerie nationale; that book has a wider one before the colon and inside « »).
Networks learn the plain blank instead.  :func:`french_typography` writes the spaces, :func:`plain_typography`
takes them away, and nothing is lost on the way: french(plain(french(text))) is french(text).
"""

from __future__ import annotations

import re

NARROW = "\u202f"

_SPACES = "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_MARKS_TO_PLAIN = {
    **dict.fromkeys(_SPACES, " "),
    **dict.fromkeys("‘’‛ʼ", "'"),
    **dict.fromkeys("“”„‟", '"'),
    **dict.fromkeys("\u2010\u2011", "-"),
}
_PLAIN = str.maketrans(_MARKS_TO_PLAIN)
_NOT_PLAIN = re.compile("[" + "".join(_MARKS_TO_PLAIN) + "]")

# A quotation in straight quotes: "mot", not 5" or a="b".
_QUOTATION = re.compile(r"""(?<![^\s(\[\-–—'])"(?=[^\s"])([^"]*)(?<=\S)"(?![^\s.,;:!?)\]…\-–—])""")
_OPENING = re.compile("« *+")
_CLOSING = re.compile(f"(?<![ {NARROW}])[ {NARROW}]*+»")
# Marks at the end of a word.  A colon or semicolon before a bracket is a face, before a digit the time of day.
_MARKS = r"""(?:[!?]++(?=$|[\s"»)\],.…])|[;:](?=$|[\s"»]))"""
_AFTER_BLANK = re.compile(rf"(?<=\S) ++({_MARKS})")
_ATTACHED = re.compile(rf"""(?<=[\w)\]%°€$.…"'»]){_MARKS}""")
_WORD_WITH_MARK = re.compile(r"(?<!\S)[^\s;:!?]*+[;:!?]\S*")
# Addresses, paths, markup and code, whose marks are their own.
_CODE = re.compile(r"[/\\@#&=_<>{}|`]|::|^www\.|^:")


def plain_typography(text: str) -> str:
    """``text`` with plain blanks, straight quotes and apostrophes, and hyphens that break; of the same length."""
    return text.translate(_PLAIN) if _NOT_PLAIN.search(text) else text  # a search is much faster than a table


def french_typography(text: str) -> str:
    """French with its narrow no-break spaces, and « » around what stands in straight quotes.

    A mark that touches its word gets its space too; addresses, times of day and faces stay as they are, and in
    a text that has « », straight quotes are those of a quotation inside another.
    """
    text = plain_typography(text)
    if '"' in text and "«" not in text and "»" not in text:
        quoted = _QUOTATION.sub(r"«\1»", text)
        text = text if '"' in quoted else quoted  # all of them or none: others are inches or code
    if "«" in text or "»" in text:
        text = _CLOSING.sub(f"{NARROW}»", _OPENING.sub(f"«{NARROW}", text))
    return _AFTER_BLANK.sub(rf"{NARROW}\1", _WORD_WITH_MARK.sub(_with_spaces, text))


def _with_spaces(word: re.Match[str]) -> str:
    return word[0] if _CODE.search(word[0]) else _ATTACHED.sub(rf"{NARROW}\g<0>", word[0])


_DEVANAGARI_DIGITS = str.maketrans("०१२३४५६७८९", "0123456789")
_LETTERS = "\u0901-\u0963\u0971-\u097f"
_HINDI_STOP = re.compile(rf"""(?<![{_LETTERS}])([{_LETTERS}]++)\.(?=["')\]]*+(?:\s|$))""")
# Their stop is no sentence's: doctor, professor, rupees, number, ..., and the letters of a name (एम. के.).
_ABBREVIATIONS = {
    *("डॉ", "प्रो", "प्र", "रु", "नं", "सं", "मि", "कि", "मी", "कु", "पं", "स्व", "क्र", "प्रा", "लि", "पू", "श्री"),
    *("बी", "सी", "डी", "एफ", "जे", "के", "एल", "एम", "एन", "पी", "आर", "एस", "टी", "वी"),
}


def hindi_typography(text: str) -> str:
    """Hindi whose sentences end with a danda, and whose digits are 0 to 9."""
    return _HINDI_STOP.sub(_with_danda, plain_typography(text).translate(_DEVANAGARI_DIGITS))


def _with_danda(word: re.Match[str]) -> str:
    return word[0] if len(word[1]) == 1 or word[1] in _ABBREVIATIONS else word[1] + "।"


TYPOGRAPHIES = {"fr": french_typography, "hi": hindi_typography}


def typography(text: str, language: str) -> str:
    """``text`` as ``language`` is printed."""
    return TYPOGRAPHIES.get(language, plain_typography)(text)

"""Words with their offsets as JSON text, for texts by the million: what words.py finds, quicker.

Most chunks of most texts are plain words, which are their own tokens: these are passed over by
the interpreter's own loops, and only the others are looked at one by one.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from itertools import accumulate, chain, compress
from json.encoder import encode_basestring as quote

from seqtool.tokenization.encoded import encoded_pairs
from seqtool.tokenization.remembered import LONGEST, Remembered
from seqtool.tokenization.words import ABBREVIATIONS, MOST, Cut, chunk_starts, chunks, cut

# The cut of a plain word with a sign behind it, by the length of the word.
_TWO = [(1, length, 0, 1) for length in range(LONGEST + 1)]


def _inside(chunk: str) -> tuple[Cut, str]:
    """What a chunk is cut into, and its tokens as JSON strings, without the outer quotes."""
    word = chunk[:-1]
    sign = chunk[-1]
    # The commonest of those that are looked at, by a shorter way to the same end.
    plain = len(word) < LONGEST and chunk.isascii() and word.isalnum()
    if plain and (sign in ",;:!?)" or (sign == "." and len(word) > 1 and word not in ABBREVIATIONS)):
        return _TWO[len(word)], f'{word}", "{sign}'
    found = cut(chunk)
    if len(found) == 2:
        return found, quote(chunk.removesuffix(" "))[1:-1]
    places = list(accumulate(found, initial=-1))[1:]
    return found, '", "'.join([quote(chunk[start:end])[1:-1] for start, end in zip(places[::2], places[1::2])])


_known = Remembered(_inside, MOST)


def _odd(text: str, found: list[str]) -> Iterable[int]:
    """Which chunks are no plain words of ASCII."""
    if text.isascii():
        return compress(range(len(found)), map(operator.not_, map(str.isalnum, found)))
    return [place for place, chunk in enumerate(found) if not (chunk.isascii() and chunk.isalnum())]


def encoded_words(text: str) -> str:
    """The words of ``text`` as a JSON list of strings."""
    found = chunks(text)
    if not found:
        return "[]"
    for place in _odd(text, found):
        found[place] = _known[found[place]][1]
    return '["' + '", "'.join(found) + '"]'


def encoded_words_and_offsets(text: str) -> tuple[str, str]:
    """The words of ``text`` as a JSON list of strings, and their offsets as one of [start, end]."""
    found = chunks(text)
    if not found:
        return "[]", "[]"
    # The gap before each token and its length, in turn; summed up from -1 they are its bounds.
    steps = [1] * (2 * len(found))
    steps[1::2] = map(len, found)
    starts = chunk_starts(text, found)
    if starts is not None:
        ends = map(operator.add, starts, steps[1::2])
        steps[::2] = map(operator.sub, starts, chain((-1,), ends))
    whole: list[int] = []
    done = 0
    for place in _odd(text, found):
        lengths, found[place] = _known[found[place]]
        whole += steps[done : 2 * place + 1]
        whole += lengths[1:]
        done = 2 * place + 2
    whole += steps[done:]
    places = list(accumulate(whole, initial=-1))
    del places[0]
    return '["' + '", "'.join(found) + '"]', encoded_pairs(places)

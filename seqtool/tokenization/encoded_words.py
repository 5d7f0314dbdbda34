"""Words with their offsets as JSON text, for texts by the million: what words.py finds, quicker.

Most chunks of most texts are plain words, which are their own tokens: these are passed over by
the interpreter's own loops, and only the others are looked at one by one.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from itertools import accumulate, chain, compress
from json.encoder import encode_basestring as quote

from seqtool.records.fast_json import pairs
from seqtool.tokenization.cache import BoundedCache
from seqtool.tokenization.words import ABBREVIATIONS, MOST, WordOffsets, chunk_starts, chunks, cut

# The cuts of plain words, by their length.
_ONE: list[WordOffsets] = [(1, length) for length in range(256)]


def _apart(word: str, sign: str) -> bool:
    """Whether a sign behind a plain word is a token of its own."""
    return sign in ",;:!?)" or (sign == "." and len(word) > 1 and word not in ABBREVIATIONS)


def _inside(chunk: str) -> tuple[WordOffsets, str]:
    """What a chunk is cut into, and its tokens as JSON strings, without the outer quotes."""
    found = cut(chunk)
    if len(found) == 2:
        return found, quote(chunk.removesuffix(" "))[1:-1]
    offsets = list(accumulate(found, initial=-1))[1:]
    return found, '", "'.join([quote(chunk[start:end])[1:-1] for start, end in zip(offsets[::2], offsets[1::2])])


_known = BoundedCache(_inside, MOST)


def _odd(text: str, found: list[str]) -> Iterable[int]:
    """Which chunks are no plain words of ASCII."""
    if text.isascii():
        return compress(range(len(found)), map(operator.not_, map(str.isalnum, found)))
    return [index for index, chunk in enumerate(found) if not (chunk.isascii() and chunk.isalnum())]


def encoded_words(text: str) -> str:
    """The words of ``text`` as a JSON list of strings."""
    found = chunks(text)
    if not found:
        return "[]"
    for index in _odd(text, found):
        found[index] = _known[found[index]][1]
    return '["' + '", "'.join(found) + '"]'


def encoded_words_and_offsets(text: str) -> tuple[str, str]:
    """The words of ``text`` as a JSON list of strings, and their offsets as one of [start, end]."""
    found = chunks(text)
    if not found:
        return "[]", "[]"
    # What each chunk is cut into, as if all were plain words; then those that are not.
    lengths = list(map(len, found))
    starts = chunk_starts(text, found)
    if starts is None and max(lengths) < len(_ONE):
        cuts = list(map(_ONE.__getitem__, lengths))
    else:
        cuts = [(1, length) for length in lengths]
    ascii_text = text.isascii()
    for index in _odd(text, found):
        chunk = found[index]
        word = chunk[:-1]
        if word.isalnum() and (ascii_text or chunk.isascii()) and _apart(word, chunk[-1]):
            cuts[index] = (1, len(word), 0, 1)
            found[index] = f'{word}", "{chunk[-1]}'
        else:
            cuts[index], found[index] = _known[chunk]
    if starts is None:
        offsets = list(accumulate(chain.from_iterable(cuts), initial=-1))
        del offsets[0]
    else:
        offsets = [offset for start, cut in zip(starts, cuts) for offset in accumulate(cut[1:], initial=start)]
    return '["' + '", "'.join(found) + '"]', pairs(offsets)

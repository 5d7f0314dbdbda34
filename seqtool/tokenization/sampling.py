"""Subwords drawn by chance (subword regularisation), from a generator of our own.

sentencepiece can draw them too, but its generator belongs to the whole process and is salted
anew in each, so that a seed would not repeat an output.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
import re
from bisect import bisect_right
from dataclasses import dataclass, field

from seqtool.tokenization.cache import BoundedCache
from seqtool.tokenization.escape import SPACE
from seqtool.tokenization.model_file import BYTE, NORMAL, UNUSED, USER_DEFINED, ModelFile

# What a letter without a piece costs beside the unlikeliest piece, and how user-defined pieces
# are preferred: both as in sentencepiece's unigram_model.cc.
UNKNOWN_PENALTY = 10.0
USER_DEFINED_DISCOUNT = 0.1
# Lattices are some kilobytes each.
MOST = 1 << 13

# A piece that was drawn: its id (None where there is none) and what it stands for.
Drawn = tuple[int | None, str]


@dataclass
class _Pieces:
    """A model's pieces by their text."""

    file: ModelFile
    ids: dict[str, int] = field(default_factory=dict)
    bytes: dict[int, int] = field(default_factory=dict)
    unknown: int = 0

    def __post_init__(self) -> None:
        for number, piece in enumerate(self.file.pieces):
            if piece.kind in (NORMAL, USER_DEFINED, UNUSED):
                self.ids[piece.text] = number
            elif piece.kind == BYTE:
                self.bytes[int(piece.text[3:5], 16)] = number
        # Pieces of several words would lie across the joints of chunks.
        crossing = any(SPACE in text.lstrip(SPACE) for text in self.ids)
        self._chunk = re.compile(r"(?s:.+)" if crossing else f"{SPACE}*[^{SPACE}]+|{SPACE}+")

    def chunks(self, normalised: str) -> list[str]:
        """The parts of a text that no piece reaches across."""
        return self._chunk.findall(normalised)

    def score(self, number: int) -> float:
        return self.file.pieces[number].score

    def kind(self, number: int) -> int:
        return self.file.pieces[number].kind

    def finished(self, drawn: list[Drawn]) -> tuple[list[int], list[str]]:
        """Ids and pieces: letters without a piece as their bytes, or run together as unknown."""
        ids: list[int] = []
        texts: list[str] = []
        for number, text in drawn:
            if number is not None:
                ids.append(number)
                texts.append(text)
            elif self.bytes:
                ids += (numbers := [self.bytes[byte] for byte in text.encode("utf-8")])
                texts += [self.file.pieces[each].text for each in numbers]
            elif ids and ids[-1] == self.unknown:
                texts[-1] += text
            else:
                ids.append(self.unknown)
                texts.append(text)
        return ids, texts


# For each offset in a chunk where pieces end: sums of their probabilities, and where each begins.
_Lattice = list[tuple[list[float], list[tuple[int, Drawn]]]]


class UnigramSampler:
    """Segmentations of a unigram model (Kudo 2018): each as likely as p(x)^alpha says, among all that
    there are, by filtering forward and drawing backward (section 3.2, with l infinite)."""

    def __init__(self, file: ModelFile, unknown: int, alpha: float) -> None:
        self._pieces = _Pieces(file, unknown=unknown)
        normal = [piece.score for piece in file.pieces if piece.kind == NORMAL]
        highest = max(normal, default=0.0)
        self._unknown_weight = alpha * (min(normal, default=0.0) - UNKNOWN_PENALTY)
        # Each piece with alpha times its score.
        self._weights: dict[str, tuple[float, Drawn]] = {}
        for text, number in self._pieces.ids.items():
            kind = self._pieces.kind(number)
            if kind != UNUSED:
                defined = len(text) * highest - USER_DEFINED_DISCOUNT
                score = defined if kind == USER_DEFINED else self._pieces.score(number)
                self._weights[text] = alpha * score, (number, text)
        self._prefixes = {text[:length] for text in self._weights for length in range(1, len(text) + 1)}
        self._known = BoundedCache(self._lattice, MOST)

    def draw(self, normalised: str, chance: random.Random) -> tuple[list[int], list[str]]:
        """Ids and pieces of a text that sentencepiece has normalised."""
        drawn: list[Drawn] = []
        for chunk in self._pieces.chunks(normalised):
            backward: list[Drawn] = []
            offset = len(chunk)
            lattice = self._known[chunk]
            while offset:
                sums, ways = lattice[offset]
                offset, piece = ways[min(bisect_right(sums, chance.random()), len(ways) - 1)]
                backward.append(piece)
            drawn += reversed(backward)
        return self._pieces.finished(drawn)

    def _lattice(self, chunk: str) -> _Lattice:
        length = len(chunk)
        # For each offset, the ways to get there: the logarithm of the sum over all that lead through
        # the last piece, where that begins, and which it is.
        arriving: list[list[tuple[float, int, Drawn]]] = [[] for _ in range(length + 1)]
        lattice: _Lattice = []
        forward = 0.0
        for offset in range(length + 1):
            if offset:
                forward, sums = _summed([weight for weight, _, _ in arriving[offset]])
                lattice.append((sums, [(start, piece) for _, start, piece in arriving[offset]]))
            else:
                lattice.append(([], []))
            for end in range(offset + 1, length + 1):
                text = chunk[offset:end]
                weighted = self._weights.get(text)
                if weighted is not None:
                    arriving[end].append((forward + weighted[0], offset, weighted[1]))
                elif end == offset + 1:  # a letter without a piece
                    arriving[end].append((forward + self._unknown_weight, offset, (None, text)))
                if text not in self._prefixes:
                    break
            arriving[offset] = []
        return lattice


def _summed(logarithms: list[float]) -> tuple[float, list[float]]:
    """The logarithm of the sum of numbers, and their shares of it, summed up; given their logarithms."""
    highest = max(logarithms)
    weights = [math.exp(weight - highest) for weight in logarithms]
    total = math.fsum(weights)
    return highest + math.log(total), [weight / total for weight in itertools.accumulate(weights)]


class BpeSampler:
    """Segmentations of a bpe model with a share of its merges left out (BPE-dropout, Provilkov et al.
    2020), in the order of sentencepiece's bpe_model.cc."""

    def __init__(self, file: ModelFile, unknown: int, alpha: float) -> None:
        self._pieces = _Pieces(file, unknown=unknown)
        self._alpha = alpha
        defined = [text for text, number in self._pieces.ids.items() if self._pieces.kind(number) == USER_DEFINED]
        listed = "|".join(map(re.escape, sorted(defined, key=len, reverse=True)))
        self._symbols = re.compile(rf"({listed})|." if defined else ".", re.DOTALL)

    def draw(self, normalised: str, chance: random.Random) -> tuple[list[int], list[str]]:
        """Ids and pieces of a text that sentencepiece has normalised."""
        drawn: list[Drawn] = []
        for chunk in self._pieces.chunks(normalised):
            drawn += [(self._pieces.ids.get(text), text) for text in self._merged(chunk, chance)]
        return self._pieces.finished(drawn)

    def _merged(self, chunk: str, chance: random.Random) -> list[str]:
        matches = list(self._symbols.finditer(chunk))
        texts = [match[0] for match in matches]
        frozen = [bool(match.lastindex) for match in matches]
        before = list(range(-1, len(texts) - 1))
        behind = [*range(1, len(texts)), -1]
        # How an unused piece was put together: it is taken apart in the end.
        parts: dict[str, tuple[str, str]] = {}
        agenda: list[tuple[float, int, int, str]] = []

        def consider(left: int, right: int) -> None:
            if left < 0 or right < 0 or frozen[left] or frozen[right]:
                return
            text = texts[left] + texts[right]
            number = self._pieces.ids.get(text)
            if number is None:
                return
            if self._pieces.kind(number) == UNUSED:
                parts[text] = (texts[left], texts[right])
            heapq.heappush(agenda, (-self._pieces.score(number), left, right, text))

        for index in range(1, len(texts)):
            consider(index - 1, index)
        while agenda:
            _, left, right, text = heapq.heappop(agenda)
            if not texts[left] or not texts[right] or texts[left] + texts[right] != text:
                continue  # one of the two has been merged since
            if self._alpha and chance.random() < self._alpha:
                continue
            texts[left], texts[right] = text, ""
            behind[left] = behind[right]
            if behind[right] >= 0:
                before[behind[right]] = left
            consider(before[left], left)
            consider(left, behind[left])
        return [part for text in texts if text for part in _apart(text, parts)]


def _apart(text: str, parts: dict[str, tuple[str, str]]) -> list[str]:
    """An unused piece as the pieces that it was put together from."""
    found = []
    waiting = [text]
    while waiting:
        text = waiting.pop()
        if text in parts:
            waiting += reversed(parts[text])
        else:
            found.append(text)
    return found

"""Letters as numbers and windows of them, beside slow loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtool.engine.genes.kmers import LETTERS, OTHER, codes, kmers, reverse_complement, vocabulary_size

enough = settings(deadline=None, derandomize=True, max_examples=100)
sequences = st.text("ACGTN", max_size=30).map(str.encode)


def slow_kmers(sequence: str, k: int) -> list[int]:
    found = []
    for place in range(len(sequence)):
        start = place - (k - 1) // 2
        window = sequence[max(0, start) : start + k] if start + k > 0 else ""
        whole = start >= 0 and len(window) == k and set(window) <= set(LETTERS)
        digits = "".join(str(LETTERS.index(letter)) for letter in window) if whole else ""
        found.append(1 + int(digits, 4) if whole else 0)
    return found


def test_every_byte() -> None:
    found = codes(bytes(range(256)))
    for byte, code in enumerate(found.tolist()):
        letter = chr(byte).upper().replace("U", "T") if byte < 128 else ""
        assert code == (LETTERS.index(letter) if letter and letter in LETTERS else OTHER), byte
    assert found.dtype == np.uint8 and codes(b"").shape == (0,)


def test_either_case_and_rna() -> None:
    assert codes(b"acgtuACGTU").tolist() == [0, 1, 2, 3, 3] * 2
    assert codes(b"NnRyWSkm-.* \n\x00").tolist() == [OTHER] * 14


@enough
@given(sequences, st.integers(1, 12))
def test_windows(sequence: bytes, k: int) -> None:
    found = kmers(codes(sequence), k)
    assert found.dtype == np.int32
    assert found.tolist() == slow_kmers(sequence.decode(), k)
    assert all(0 <= number < vocabulary_size(k) for number in found.tolist())


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_every_window_has_its_own_number(k: int) -> None:
    windows = np.array(np.meshgrid(*[np.arange(4)] * k, indexing="ij")).reshape(k, -1).T.astype(np.uint8)
    numbers = [int(kmers(window, k)[(k - 1) // 2]) for window in windows]
    assert sorted(numbers) == list(range(1, vocabulary_size(k)))


def test_the_largest_window_fits() -> None:
    assert kmers(codes(b"T" * 12), 12).max() == 4**12 == vocabulary_size(12) - 1


@enough
@given(sequences, st.integers(1, 8), st.integers(0, 30))
def test_a_window_sees_nothing_beyond_itself(sequence: bytes, k: int, place: int) -> None:
    """Cut out with its window, a letter keeps its number."""
    letters = codes(sequence)
    place = min(place, len(letters) - 1)
    if place >= 0:
        before = (k - 1) // 2
        start = max(0, place - before)
        part = kmers(letters[start : place + k - before], k)
        assert part[place - start] == kmers(letters, k)[place]


@enough
@given(sequences)
def test_reverse_complement(sequence: bytes) -> None:
    expected = sequence.decode().translate(str.maketrans("ACGT", "TGCA"))[::-1].encode()
    found = reverse_complement(codes(sequence))
    assert found.dtype == np.uint8 and found.tolist() == codes(expected).tolist()
    assert reverse_complement(found).tolist() == codes(sequence).tolist()

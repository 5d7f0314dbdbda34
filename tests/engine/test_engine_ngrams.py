"""The n-gram model against sets and sums in plain Python."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtool.engine.bag_of_ngrams import BagOfNgrams, hashed
from seqtool.errors import ModelError

BITS, LABELS = 6, 3
WRAP = (1 << 64) - 1
ids = st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=12)


def slow_buckets(sequence: list[int], order: int, bits: int) -> set[int]:
    """Every n-gram on its own: combined by multiplication, stirred, its upper bits taken."""
    found = set()
    for size in range(1, order + 1):
        for start in range(len(sequence) - size + 1):
            gram = 0
            for number in sequence[start : start + size]:
                gram = (gram * 0x9E3779B97F4A7C15 + number + 1) & WRAP
            gram = ((gram ^ (gram >> 30)) * 0xBF58476D1CE4E5B9) & WRAP
            gram = ((gram ^ (gram >> 27)) * 0x94D049BB133111EB) & WRAP
            found.add(gram >> (64 - bits))
    return found


@given(st.lists(ids, min_size=1, max_size=6), st.integers(1, 5), st.sampled_from([1, 6, 18]))
def test_buckets_one_sequence_at_a_time(sequences: list[list[int]], order: int, bits: int) -> None:
    owner, bucket = hashed(sequences, order, bits)
    expected = [
        (place, b) for place, sequence in enumerate(sequences) for b in sorted(slow_buckets(sequence, order, bits))
    ]
    assert list(zip(owner.tolist(), bucket.tolist())) == expected


def settings_of(**more: Any) -> dict[str, Any]:
    return {"order": 2, "weight": 0.5, "scales": [0.01, 0.02, 0.03, 0.04], "bias": [0.1, -0.2, 0.3], **more}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    chance = np.random.default_rng(0)
    values = chance.integers(-127, 128, (1 << BITS, LABELS + 1)).astype(np.int8)
    values[:, -1] = np.abs(values[:, -1]) + 1 - (np.abs(values[:, -1]) == 127)
    np.save(tmp_path / "ngrams.npy", values)
    return tmp_path / "ngrams.npy"


def test_logits_by_sums(table: Path) -> None:
    settings = settings_of()
    values = np.load(table).tolist()
    sequences = [[1, 2, 3], [7], [5, 5, 5, 5], list(range(60))]
    found = BagOfNgrams(table, settings, LABELS).logits(sequences)
    for row, sequence in zip(found.tolist(), sequences):
        sums = [sum(values[b][column] for b in slow_buckets(sequence, 2, BITS)) for column in range(LABELS + 1)]
        length = math.sqrt(sums[-1] * 0.04)
        expected = [sums[n] * settings["scales"][n] / length + settings["bias"][n] for n in range(LABELS)]
        assert row == pytest.approx(expected, rel=1e-12)


def test_a_row_is_the_same_in_any_company(table: Path) -> None:
    model = BagOfNgrams(table, settings_of(), LABELS)
    chance = np.random.default_rng(1)
    sequences = [chance.integers(0, 50, length).tolist() for length in [*range(1, 40), 1500]]
    together = model.logits(sequences)
    for place, sequence in enumerate(sequences):
        assert model.logits([sequence]).tobytes() == together[place].tobytes()
    assert model.logits(sequences[::-1])[::-1].tobytes() == together.tobytes()


@pytest.mark.parametrize(
    "wrong",
    [
        {"order": 0},
        {"order": 6},
        {"order": "two"},
        {"order": math.inf},
        {"order": None},
        {"weight": math.nan},
        {"weight": [1]},
        {"scales": [1.0]},
        {"scales": [1.0, 1.0, 1.0, math.inf]},
        {"scales": "x"},
        {"scales": [[1.0], [1.0, 2.0]]},
        {"bias": [1.0]},
        {"bias": {}},
    ],
)
def test_odd_settings(table: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match=r"ngrams\.npy"):
        BagOfNgrams(table, settings_of(**wrong), LABELS)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((63, 4), np.int8),
        np.zeros((64, 3), np.int8),
        np.zeros((64, 4), np.int16),
        np.zeros(256, np.int8),
        np.zeros((0, 4), np.int8),
        np.array([[{}] * 4] * 64, object),
    ],
    ids=["buckets", "labels", "type", "flat", "empty", "pickle"],
)
def test_other_arrays(table: Path, array: Any) -> None:
    np.save(table, array, allow_pickle=True)
    with pytest.raises(ModelError, match=r"ngrams\.npy"):
        BagOfNgrams(table, settings_of(), LABELS)


@pytest.mark.parametrize("length", [0, 5, 60, 127, 200])
def test_cut_short(table: Path, length: int) -> None:
    table.write_bytes(table.read_bytes()[:length])
    with pytest.raises(ModelError, match=r"ngrams\.npy"):
        BagOfNgrams(table, settings_of(), LABELS)

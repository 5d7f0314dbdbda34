"""Label placement, checked box by box and line by line."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from seqtool.plots.labels import Box, Label, fit_points, place_labels

FRAME = Box(30.0, 40.0, 980.0, 740.0)


def placed(points: np.ndarray, widths: np.ndarray, most: int = 10_000) -> tuple[np.ndarray, list[Label]]:
    positions = fit_points(points, FRAME, 26.0)
    sizes = np.stack([widths, np.full(len(widths), 16.0)], axis=1)
    return positions, place_labels(positions, [f"word{i}" for i in range(len(positions))], sizes, FRAME, 4.5, most)


def share(one: Box, two: Box) -> bool:
    return one.left < two.right and two.left < one.right and one.top < two.bottom and two.top < one.bottom


def check(positions: np.ndarray, labels: list[Label]) -> None:
    for label in labels:
        box = label.box
        assert FRAME.left < box.left < box.right < FRAME.right
        assert FRAME.top < box.top < box.bottom < FRAME.bottom
        inside = (box.left < positions[:, 0]) & (positions[:, 0] < box.right)
        inside &= (box.top < positions[:, 1]) & (positions[:, 1] < box.bottom)
        assert not inside.any(), "a label lies on a point"
    for one, two in itertools.combinations(labels, 2):
        assert not share(one.box, two.box)
    for label in labels:
        if label.leader:
            line = np.array(label.leader).reshape(2, 2)
            assert np.hypot(*(line[0] - positions[label.index])) <= 6.0
            spots = line[0] + (line[1] - line[0]) * np.linspace(0, 1, 60)[:, None]
            for other in labels:
                box = other.box
                through = (spots > [box.left + 0.01, box.top + 0.01]) & (spots < [box.right - 0.01, box.bottom - 0.01])
                assert not through.all(axis=1).any()


@pytest.mark.parametrize(("number", "least"), [(1, 1), (2, 2), (30, 30), (80, 70), (400, 110), (3000, 40)])
def test_labels_neither_overlap_nor_leave_the_frame(number: int, least: int) -> None:
    chance = np.random.default_rng(number)
    points = chance.normal(0, 1, (number, 2))
    positions, labels = placed(points, chance.uniform(12, 110, number))
    check(positions, labels)
    assert len(labels) >= least
    assert len({label.index for label in labels}) == len(labels)


def test_clusters_and_long_labels() -> None:
    chance = np.random.default_rng(9)
    points = chance.normal(0, 5, (4, 2))[chance.integers(0, 4, 60)] + chance.normal(0, 0.4, (60, 2))
    positions, labels = placed(points, chance.uniform(100, 190, 60))
    check(positions, labels)
    assert len(labels) > 25


def test_points_on_one_spot_and_on_a_line() -> None:
    positions, labels = placed(np.zeros((12, 2)), np.full(12, 50.0))
    check(positions, labels)
    assert len(labels) == 12
    line = np.stack([np.linspace(0, 1, 40), np.zeros(40)], axis=1)
    positions, labels = placed(line, np.full(40, 60.0))
    check(positions, labels)
    assert len(labels) > 30


def test_the_least_important_are_left_out() -> None:
    points = np.random.default_rng(1).normal(0, 1, (2000, 2))
    _, labels = placed(points, np.full(2000, 60.0), most=50)
    indices = [label.index for label in labels]
    assert len(labels) == 50
    assert np.mean(indices) < 400
    crowd = np.zeros((400, 2))
    _, labels = placed(crowd, np.full(400, 60.0))
    assert [label.index for label in labels] == list(range(len(labels)))


def test_a_label_that_fits_nowhere_is_left_out() -> None:
    _, labels = placed(np.zeros((3, 2)), np.array([2000.0, 40.0, 40.0]))
    assert [label.index for label in labels] == [1, 2]


def test_points_fit_the_frame_upright() -> None:
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1e-3, 1e-3]])
    positions = fit_points(points, FRAME, 20.0)
    assert positions[1, 0] > positions[0, 0]
    assert positions[2, 1] < positions[0, 1], "the largest y is on top"
    for huge in (points * 1e308, points * 1e-300, points * 0, points * [1, 0], points * [1e300, 1e-300]):
        positions = fit_points(huge, FRAME, 20.0)
        assert np.isfinite(positions).all()
        assert (positions >= [FRAME.left + 19.9, FRAME.top + 19.9]).all()
        assert (positions <= [FRAME.right - 19.9, FRAME.bottom - 19.9]).all()

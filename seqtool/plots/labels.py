"""Where each label goes: beside its point, or further off with a line to it, and never over another label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Where a label's centre can lie, in half sizes of the box around its point, best first.
_SIDES = (
    *((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1)),
    *((0.5, -1), (0.5, 1), (-0.5, -1), (-0.5, 1), (1, -0.5), (1, 0.5), (-1, -0.5), (-1, 0.5)),
)
# Between a point and its label, in pixels.
_GAP = 3.0
# How far a label may move away, in pixels beyond the nearest position; from the second step on a line leads to it.
_STEPS = (0.0, 9.0, 18.0, 30.0, 44.0, 60.0, 80.0, 104.0, 130.0)
# Lists of labels on the left and right of a crowd: how far off, and how far up or down.
_LIST_STEPS = (14.0, 30.0, 60.0, 100.0)
_LIST_SHIFTS = tuple(17.0 * row for row in (-1, 1, -2, 2, -3, 3, -4, 4, -5, 5))

# All c candidates for a label, relative to its point: side x and y, step, shift down, order of choice.
_CANDIDATES = np.array(
    [(x, y, step, 0.0, i) for step in _STEPS for i, (x, y) in enumerate(_SIDES)]
    + [(x, 0.0, step, shift, 0.0) for step in _LIST_STEPS for shift in _LIST_SHIFTS for x in (1.0, -1.0)]
)
_DIRECTION, _STEP = _CANDIDATES[:, :2], _CANDIDATES[:, 2:3]
_SHIFT, _ORDER = _CANDIDATES[:, 3], _CANDIDATES[:, 4]
_DISTANCE = np.hypot(_STEP[:, 0], _SHIFT)
_LED = _DISTANCE > 0
# Labels close around a pile of points on one spot would shut it in: theirs stand in lists on both sides.
_LISTED = (_DIRECTION[:, 1] == 0) & np.isin(_STEP[:, 0], _LIST_STEPS[1:])
_PILE = 4
# The costs; a pixel of distance is 1.
_COVERED_POINT = 200.0  # more than any label may cost
# A line that runs over other points misleads: hardly ever among few points; in a crowd it cannot be helped.
_CROSSED_POINT = 12.0
_CROSSED_POINT_OF_FEW = 70.0
_CROSSED_AT = (0.25, 0.5, 0.75)
_NEIGHBOUR = 4.0
_SIDE = 0.5
_LEADER = 6.0
_MOST_COST = 170.0
# So few labels can nearly all be placed: worth several tries.
_FEW = 200
_TRIES = 8


class Box(NamedTuple):
    """Pixels; y grows downward."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


class Line(NamedTuple):
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Label:
    """A placed label: the point's index, its text, its box, and the line that leads to it."""

    index: int
    text: str
    box: Box
    leader: Line | None


def fit_points(points: ArrayLike, frame: Box, margin: float) -> Floats:
    """Points (n, 2) to pixels inside the frame; the largest y is on top.

    Both axes fill the frame, but neither is stretched to more than 1.6 times the other: distances
    would mislead.
    """
    points = np.asarray(points, dtype=np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    middle = low / 2 + high / 2
    half = high / 2 - low / 2
    room = np.array([frame.width, frame.height]) / 2 - margin
    if not half.any():
        scales = np.zeros(2)
    else:
        with np.errstate(divide="ignore", over="ignore"):
            scales = room / half
        scales = np.minimum(scales, scales.min() * 1.6)
    centre = np.array([(frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2])
    return np.asarray(centre + (points - middle) * scales * np.array([1.0, -1.0]))


def beside(position: Floats, size: Floats, radius: float) -> Box:
    """The box of a label on the right of its point, which is where it stands if nothing is in its way."""
    left, top = position[0] + radius + _GAP, position[1] - size[1] / 2
    return Box(float(left), float(top), float(left + size[0]), float(top + size[1]))


def place_labels(
    positions: Floats, texts: Sequence[str], sizes: Floats, frame: Box, radius: float, most: int
) -> list[Label]:
    """Labels that overlap neither each other, nor a line, nor a point, inside the frame; at most ``most``.

    ``positions``: (n, 2), the points' in pixels; ``sizes``: (n, 2), width and height of each text. Greedy in the
    order of the points, the most important first: one that fits nowhere is left out. Empty texts have no label.
    Few points are tried again with those that were left out in front (squeaky wheel optimisation, Joslin &
    Clements 1999), and the try with the most labels is taken.
    """
    order = [index for index, text in enumerate(texts) if text]
    best: list[Label] = []
    for _ in range(_TRIES if len(order) <= _FEW else 1):
        canvas = _Canvas(positions, frame, radius)
        labels: list[Label] = []
        for index in order:
            if len(labels) < most and (found := canvas.place(positions[index], sizes[index])):
                labels.append(Label(index, texts[index], *found))
        if len(labels) > len(best):
            best = labels
        if len(best) == min(len(order), most):
            break
        placed = {label.index for label in labels}
        order.sort(key=placed.__contains__)
    return sorted(best, key=lambda label: label.index)


class _Canvas:
    """What is on the picture so far."""

    def __init__(self, positions: Floats, frame: Box, radius: float) -> None:
        self._frame = np.array(frame)
        self._radius = radius
        self._positions = positions
        self._boxes = np.empty((0, 4))
        self._leaders = np.empty((0, 4))
        # How many points lie left of and above each pixel: any box is counted with four look-ups.
        self._last = np.array([int(frame.width), int(frame.height)]) + 2  # column and row
        x, y = np.clip(positions - self._frame[:2], 0, self._last - 1).astype(np.int64).T
        counts = np.zeros(self._last[::-1] + 1, dtype=np.int64)
        np.add.at(counts, (y + 1, x + 1), 1)
        self._counts = counts.cumsum(axis=0).cumsum(axis=1)

    def _points_in(self, boxes: Floats, margin: float) -> NDArray[np.int64]:
        """How many points' centres lie in each box (c, 4), grown by the margin: (c,)."""
        grown = boxes - np.tile(self._frame[:2], 2) + margin * np.array([-1, -1, 1, 1]) + np.array([0, 0, 1, 1])
        left, top, right, bottom = np.clip(grown, 0, np.tile(self._last, 2)).astype(np.int64).T
        counts = self._counts
        return np.asarray(counts[bottom, right] - counts[top, right] - counts[bottom, left] + counts[top, left])

    def place(self, position: Floats, size: Floats) -> tuple[Box, Line | None] | None:
        """The cheapest free box for a label of this size beside this position, and its line; None if there is none."""
        half = size / 2
        centres = position + _DIRECTION * (half + self._radius + _GAP + _STEP)
        centres[:, 1] += _SHIFT
        boxes = np.hstack([centres - half, centres + half])
        leaders = self._leaders_to(boxes, position)
        cost = self._costs(boxes, leaders, position)
        inside = (boxes[:, :2] >= self._frame[:2] + 2) & (boxes[:, 2:] <= self._frame[2:] - 2)
        # The dear ones need no closer look: in a crowd that is nearly all of them.
        wanted = inside.all(axis=1) & (cost <= _MOST_COST)
        if self._points_in(np.hstack([position, position])[None], 1.0)[0] > _PILE:
            wanted &= _LISTED
        good = np.flatnonzero(wanted)
        good = good[np.argsort(cost[good], kind="stable")]
        good = good[self._free(boxes[good], leaders[good], _LED[good])]
        if not good.size:
            return None
        best = good[0]
        box = Box(*map(float, boxes[best]))
        self._boxes = np.vstack([self._boxes, box])
        if not _LED[best]:
            return box, None
        leader = Line(*map(float, leaders[best]))
        self._leaders = np.vstack([self._leaders, leader])
        return box, leader

    def _leaders_to(self, boxes: Floats, position: Floats) -> Floats:
        """The lines (c, 4) from the edge of the point to the nearest spot of each box."""
        ends = np.clip(position, boxes[:, :2], boxes[:, 2:])
        away = ends - position
        length = np.maximum(np.hypot(away[:, 0], away[:, 1]), 1e-9)[:, None]
        starts = position + away / length * np.minimum(self._radius + 1.0, length)
        return np.hstack([starts, ends])

    def _costs(self, boxes: Floats, leaders: Floats, position: Floats) -> Floats:
        covered = self._points_in(boxes, self._radius - 0.5)
        near = self._points_in(boxes, self._radius + 1.0) - covered  # its own point is two pixels further
        cost = _DISTANCE + covered * _COVERED_POINT + near * _NEIGHBOUR + _ORDER * _SIDE + _LED * _LEADER
        led = np.flatnonzero(_LED & (cost <= _MOST_COST))
        cost[led] += self._crossed(leaders[led], position)
        return np.asarray(cost)

    def _crossed(self, leaders: Floats, position: Floats) -> Floats:
        """What each line (c, 4) costs for the other points that it runs over: (c,)."""
        starts, steps = leaders[:, None, :2], (leaders[:, 2:] - leaders[:, :2])[:, None]
        if len(self._positions) > _FEW:  # too many to look at each: counted in three spots of the line
            spots = [(starts + steps * share)[:, 0] for share in _CROSSED_AT]
            counts = sum(self._points_in(np.hstack([spot, spot]), self._radius) for spot in spots)
            return np.asarray(counts * _CROSSED_POINT)
        others = self._positions[np.hypot(*(self._positions - position).T) > self._radius]
        along = ((others - starts) * steps).sum(axis=2) / np.maximum((steps**2).sum(axis=2), 1e-9)
        gaps = others - (starts + steps * np.clip(along, 0, 1)[..., None])
        touched = np.hypot(gaps[..., 0], gaps[..., 1]) < self._radius + 1
        return np.asarray(touched.sum(axis=1) * _CROSSED_POINT_OF_FEW)

    def _free(self, boxes: Floats, leaders: Floats, led: Bools) -> Bools:
        """Which candidates (c, 4) overlap no label and no line, and whose own line, if any, crosses none."""
        if not len(boxes):
            return np.zeros(0, dtype=np.bool_)
        # What is placed, near any of the candidates and their lines.
        corners = np.vstack([boxes[:, :2], boxes[:, 2:], leaders[:, :2]])
        around = np.hstack([corners.min(axis=0) - 1, corners.max(axis=0) + 1])[None]
        placed = self._boxes[_overlaps(self._boxes, around)[:, 0]]
        lines = self._leaders[_crosses_box(self._leaders, around)[:, 0]]
        taken = _overlaps(boxes, placed).any(axis=1) | _crosses_box(lines, boxes).any(axis=0)
        crossing = _crosses_box(leaders, placed).any(axis=1) | _crosses_line(leaders, lines).any(axis=1)
        return np.asarray(~(taken | (led & crossing)))


def _overlaps(boxes: Floats, others: Floats) -> Bools:
    """(c, 4) and (k, 4) to (c, k): which boxes share a pixel."""
    one, two = boxes[:, None], others[None]
    return np.asarray(((one[..., :2] < two[..., 2:]) & (two[..., :2] < one[..., 2:])).all(axis=2))


def _crosses_box(lines: Floats, boxes: Floats) -> Bools:
    """(m, 4) and (k, 4) to (m, k): which lines run through which boxes (Liang & Barsky 1984)."""
    start, step = lines[:, None, :2], (lines[:, 2:] - lines[:, :2])[:, None]
    step = np.where(np.abs(step) < 1e-9, 1e-9, step)
    one = (boxes[None, :, :2] - start) / step
    two = (boxes[None, :, 2:] - start) / step
    enter = np.minimum(one, two).max(axis=2)
    leave = np.maximum(one, two).min(axis=2)
    return np.asarray((enter < leave) & (leave > 0) & (enter < 1))


def _crosses_line(lines: Floats, others: Floats) -> Bools:
    """(m, 4) and (k, 4) to (m, k): which lines cross."""
    one, two = lines[:, None], others[None]
    return _parts(one, two) & _parts(two, one)


def _parts(line: Floats, other: Floats) -> Bools:
    """Whether the other line's two ends lie on different sides of the line."""
    x1, y1, x2, y2 = np.moveaxis(line, -1, 0)
    first, second = ((x2 - x1) * (other[..., i + 1] - y1) > (y2 - y1) * (other[..., i] - x1) for i in (0, 2))
    return np.asarray(first != second)

"""Where each label goes: beside its point, or further off with a line to it, and never over another label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Where a label's centre can lie, in half sizes of the box around its point, best first.
_SIDES = np.array(
    [
        *((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1)),
        *((0.5, -1), (0.5, 1), (-0.5, -1), (-0.5, 1), (1, -0.5), (1, 0.5), (-1, -0.5), (-1, 0.5)),
    ],
    dtype=np.float64,
)
# How far a label may move away, in pixels beyond the nearest place; from the second step on a line leads to it.
_STEPS = (0.0, 9.0, 18.0, 30.0, 44.0, 60.0, 80.0, 104.0, 130.0)
# Lists of labels on the left and right of a crowd: how far off, and how far up or down.
_LIST_STEPS = (14.0, 30.0, 60.0, 100.0)
_LIST_SHIFTS = tuple(17.0 * row for row in (-1, 1, -2, 2, -3, 3, -4, 4, -5, 5))


def _candidate_table() -> NDArray[np.float64]:
    """All places of a label relative to its point, (c, 5): side x and y, step, shift down, order of choice."""
    ring = [(x, y, step, 0.0, i) for step in _STEPS for i, (x, y) in enumerate(_SIDES)]
    lists = [(x, 0.0, step, shift, 0.0) for step in _LIST_STEPS for shift in _LIST_SHIFTS for x in (1.0, -1.0)]
    return np.array(ring + lists, dtype=np.float64)


_CANDIDATES = _candidate_table()
_CANDIDATE_SIDES, _CANDIDATE_STEPS, _SHIFTS, _ORDER = np.split(_CANDIDATES, [2, 3, 4], axis=1)
_MOVED = np.hypot(_CANDIDATE_STEPS, _SHIFTS)[:, 0]
_LED = _MOVED > 0
# Labels close around a pile of points on one spot would shut it in: theirs stand in lists on both sides.
_LISTED = (_CANDIDATE_SIDES[:, 1] == 0) & np.isin(_CANDIDATE_STEPS[:, 0], _LIST_STEPS[1:])
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


@dataclass(frozen=True)
class Box:
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


@dataclass(frozen=True)
class Label:
    """A placed label: the point's number, its text, its box, and the line (x1, y1, x2, y2) that leads to it."""

    number: int
    text: str
    box: Box
    leader: tuple[float, float, float, float] | None


def fit_points(points: ArrayLike, frame: Box, margin: float) -> NDArray[np.float64]:
    """Points (n, 2) to pixels inside the frame; the largest y is on top.

    Both axes fill the frame, but neither is stretched to more than 1.6 times the other: distances
    would mislead.
    """
    places = np.asarray(points, dtype=np.float64)
    low, high = places.min(axis=0), places.max(axis=0)
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
    fitted: NDArray[np.float64] = centre + (places - middle) * scales * np.array([1.0, -1.0])
    return fitted


def place_labels(
    places: NDArray[np.float64],
    texts: Sequence[str],
    sizes: NDArray[np.float64],
    frame: Box,
    radius: float,
    most: int,
) -> list[Label]:
    """Labels that overlap neither each other, nor a line, nor a point, inside the frame; at most ``most``.

    ``places``: (n, 2), pixels; ``sizes``: (n, 2), width and height of each text. Greedy in the order of the
    points, the most important first: one that finds no place is left out. Empty texts have no label.
    Few points are tried again with those that were left out in front (squeaky wheel optimisation, Joslin &
    Clements 1999), and the try with the most labels is taken.
    """
    order = [number for number, text in enumerate(texts) if text]
    best: list[Label] = []
    for _ in range(_TRIES if len(order) <= _FEW else 1):
        table = _Table(places, frame, radius)
        labels = list(_placed(table, order, places, texts, sizes, most))
        if len(labels) > len(best):
            best = labels
        if len(best) == min(len(order), most):
            break
        found = {label.number for label in labels}
        order.sort(key=found.__contains__)
    return sorted(best, key=lambda label: label.number)


def _placed(
    table: _Table,
    order: Sequence[int],
    places: NDArray[np.float64],
    texts: Sequence[str],
    sizes: NDArray[np.float64],
    most: int,
) -> Iterator[Label]:
    for number in order:
        spot = table.place(places[number], sizes[number])
        if spot is not None:
            box, leader = spot
            left, top, right, bottom = map(float, box)
            yield Label(number, texts[number], Box(left, top, right, bottom), leader)
            most -= 1
            if not most:
                return


class _Table:
    """What is on the picture so far."""

    def __init__(self, places: NDArray[np.float64], frame: Box, radius: float) -> None:
        self._frame = frame
        self._radius = radius
        self._places = places
        self._boxes = np.empty((0, 4))
        self._leaders = np.empty((0, 4))
        # How many points lie left of and above each pixel: any box is counted with four look-ups.
        columns, rows = int(frame.width) + 2, int(frame.height) + 2
        x = np.clip(places[:, 0] - frame.left, 0, columns - 1).astype(np.int64)
        y = np.clip(places[:, 1] - frame.top, 0, rows - 1).astype(np.int64)
        counts = np.zeros((rows + 1, columns + 1), dtype=np.int64)
        np.add.at(counts, (y + 1, x + 1), 1)
        self._counts = counts.cumsum(axis=0).cumsum(axis=1)

    def _points_in(self, boxes: NDArray[np.float64], margin: float) -> NDArray[np.int64]:
        """How many points' centres lie in each box (c, 4), grown by the margin: (c,)."""
        rows, columns = self._counts.shape
        left = np.clip(boxes[:, 0] - self._frame.left - margin, 0, columns - 1).astype(np.int64)
        top = np.clip(boxes[:, 1] - self._frame.top - margin, 0, rows - 1).astype(np.int64)
        right = np.clip(boxes[:, 2] - self._frame.left + margin + 1, 0, columns - 1).astype(np.int64)
        bottom = np.clip(boxes[:, 3] - self._frame.top + margin + 1, 0, rows - 1).astype(np.int64)
        counts = self._counts
        inside: NDArray[np.int64] = (
            counts[bottom, right] - counts[top, right] - counts[bottom, left] + counts[top, left]
        )
        return inside

    def place(
        self, place: NDArray[np.float64], size: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], tuple[float, float, float, float] | None] | None:
        """The cheapest free box for a label of this size beside this place, and its line; None if there is none."""
        half = size / 2
        centres = place + _CANDIDATE_SIDES * (half + self._radius + 3.0 + _CANDIDATE_STEPS)
        centres[:, 1] += _SHIFTS[:, 0]
        boxes = np.hstack([centres - half, centres + half])
        leaders = self._leaders_to(boxes, place)
        cost = self._costs(boxes, leaders, place)
        # The dear ones need no closer look: in a crowd that is nearly all of them.
        wanted = self._inside(boxes) & (cost <= _MOST_COST)
        if self._points_in(np.hstack([place, place])[None], 1.0)[0] > _PILE:
            wanted &= _LISTED
        good = np.flatnonzero(wanted)
        good = good[np.argsort(cost[good], kind="stable")]
        good = good[self._free(boxes[good], leaders[good], _LED[good])]
        if not good.size:
            return None
        best = good[0]
        self._boxes = np.vstack([self._boxes, boxes[best]])
        if not _LED[best]:
            return boxes[best], None
        self._leaders = np.vstack([self._leaders, leaders[best]])
        x1, y1, x2, y2 = map(float, leaders[best])
        return boxes[best], (x1, y1, x2, y2)

    def _leaders_to(self, boxes: NDArray[np.float64], place: NDArray[np.float64]) -> NDArray[np.float64]:
        """The lines (c, 4) from the edge of the point to the nearest spot of each box."""
        ends = np.clip(place, boxes[:, :2], boxes[:, 2:])
        away = ends - place
        length = np.maximum(np.hypot(away[:, 0], away[:, 1]), 1e-9)[:, None]
        starts = place + away / length * np.minimum(self._radius + 1.0, length)
        return np.hstack([starts, ends])

    def _inside(self, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
        frame = self._frame
        low = (boxes[:, 0] >= frame.left + 2) & (boxes[:, 1] >= frame.top + 2)
        inside: NDArray[np.bool_] = low & (boxes[:, 2] <= frame.right - 2) & (boxes[:, 3] <= frame.bottom - 2)
        return inside

    def _costs(
        self, boxes: NDArray[np.float64], leaders: NDArray[np.float64], place: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        covered = self._points_in(boxes, self._radius - 0.5)
        near = self._points_in(boxes, self._radius + 1.0) - covered  # its own point is two pixels further
        cost = _MOVED + covered * _COVERED_POINT + near * _NEIGHBOUR + _ORDER[:, 0] * _SIDE + _LED * _LEADER
        led = np.flatnonzero(_LED & (cost <= _MOST_COST))
        cost[led] += self._crossed(leaders[led], place)
        return np.asarray(cost)

    def _crossed(self, leaders: NDArray[np.float64], place: NDArray[np.float64]) -> NDArray[np.float64]:
        """What each line (c, 4) costs for the other points that it runs over: (c,)."""
        starts, steps = leaders[:, None, :2], (leaders[:, 2:] - leaders[:, :2])[:, None]
        if len(self._places) > _FEW:  # too many to look at each: counted in three spots of the line
            spots = [(starts + steps * share)[:, 0] for share in _CROSSED_AT]
            counts = sum(self._points_in(np.hstack([spot, spot]), self._radius) for spot in spots)
            return np.asarray(counts * _CROSSED_POINT)
        others = self._places[np.hypot(*(self._places - place).T) > self._radius]
        along = ((others - starts) * steps).sum(axis=2) / np.maximum((steps**2).sum(axis=2), 1e-9)
        gaps = others - (starts + steps * np.clip(along, 0, 1)[..., None])
        touched = np.hypot(gaps[..., 0], gaps[..., 1]) < self._radius + 1
        return np.asarray(touched.sum(axis=1) * _CROSSED_POINT_OF_FEW)

    def _free(
        self, boxes: NDArray[np.float64], leaders: NDArray[np.float64], led: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
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
        free: NDArray[np.bool_] = ~(taken | (led & crossing))
        return free


def _overlaps(boxes: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(c, 4) and (k, 4) to (c, k): which boxes share a pixel."""
    one, two = boxes[:, None], others[None]
    apart = (one[..., 2] <= two[..., 0]) | (two[..., 2] <= one[..., 0])
    overlap: NDArray[np.bool_] = ~(apart | (one[..., 3] <= two[..., 1]) | (two[..., 3] <= one[..., 1]))
    return overlap


def _crosses_box(lines: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(m, 4) and (k, 4) to (m, k): which lines run through which boxes (Liang & Barsky 1984)."""
    start, step = lines[:, None, :2], (lines[:, 2:] - lines[:, :2])[:, None]
    step = np.where(np.abs(step) < 1e-9, 1e-9, step)
    one = (boxes[None, :, :2] - start) / step
    two = (boxes[None, :, 2:] - start) / step
    enter = np.minimum(one, two).max(axis=2)
    leave = np.maximum(one, two).min(axis=2)
    crosses: NDArray[np.bool_] = (enter < leave) & (leave > 0) & (enter < 1)
    return crosses


def _crosses_line(lines: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(m, 4) and (k, 4) to (m, k): which lines cross."""
    one, two = lines[:, None], others[None]

    def side(line: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        left: NDArray[np.bool_] = (line[..., 2] - line[..., 0]) * (y - line[..., 1]) > (line[..., 3] - line[..., 1]) * (
            x - line[..., 0]
        )
        return left

    crosses: NDArray[np.bool_] = (side(one, two[..., 0], two[..., 1]) != side(one, two[..., 2], two[..., 3])) & (
        side(two, one[..., 0], one[..., 1]) != side(two, one[..., 2], one[..., 3])
    )
    return crosses

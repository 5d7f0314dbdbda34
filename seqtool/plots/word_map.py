"""A map of words or lines in two dimensions: what it is made of, and where all of it goes in a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqtool.plots.labels import Box, Label, beside, fit_points, place_labels
from seqtool.plots.text import Measure, harmless, shortened

FONT_SIZE = 12.0
# A label's box: ascenders and descenders of DejaVu Sans and of most scripts lie within it.
LINE_HEIGHT = 16.0
ASCENT = 12.0
# Left and right of a label's text: fonts differ by a little.
PADDING = 2.0
# What is longer than this is a line of text, and shortened.
LABEL_WIDTH = 190.0
# More labels than these hide the points, even where each finds room.
MOST_LABELS = 260


@dataclass(frozen=True)
class WordMap:
    """The points of a map and what is told of them, in the order of importance: where there is no room
    for all labels, the first ones stay.

    ``points``: (n, 2), finite, any scale, as ``project`` gives them. ``labels``: n words or lines of any length and content; long ones are
    shortened in the picture. ``details``: for each point the (name, value) pairs that HTML shows on hover
    under the full label. ``colours``: for each point a field's value: numbers make a gradient, anything else
    categories, None is missing (grey). ``colour_name``: the field. ``axes``: what is written along x and y.
    """

    points: NDArray[np.float64]
    labels: Sequence[str]
    details: Sequence[Sequence[tuple[str, str]]] = ()
    colours: Sequence[str | float | bool | None] = ()
    colour_name: str = ""
    title: str = ""
    axes: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        number = len(self.points)
        for name in ("labels", "details", "colours"):
            values = getattr(self, name)
            if len(values) != number and (values or name == "labels"):
                raise ValueError(f"{name}: {len(values)} for {number} points")


@dataclass(frozen=True)
class Layout:
    """``positions``: (n, 2), the points in pixels, y downward. ``labels``: those that found room; ``rest``: the
    others beside their points, for a reader who zooms in."""

    positions: NDArray[np.float64]
    labels: list[Label]
    rest: list[Label]
    radius: float


def canvas_size(number: int) -> tuple[int, int]:
    """Width and height for so many points, in pixels."""
    return (1000, 750) if number <= 120 else (1280, 960)


def arrange(word_map: WordMap, frame: Box, measure: Measure) -> Layout:
    """Points and labels in the frame; ``measure`` gives a text's width at FONT_SIZE."""
    texts = [shortened(harmless(label), LABEL_WIDTH, measure) for label in word_map.labels]
    radius = 4.5 if len(texts) <= 150 else 3.5 if len(texts) <= 1000 else 2.5
    positions = fit_points(word_map.points, frame, radius + 22)
    sizes = np.array([[measure(text) + 2 * PADDING, LINE_HEIGHT] for text in texts])
    labels = place_labels(positions, texts, sizes, frame, radius, MOST_LABELS)
    placed = {label.index for label in labels}
    rest = [
        Label(i, text, beside(positions[i], sizes[i], radius), None)
        for i, text in enumerate(texts)
        if text and i not in placed
    ]
    return Layout(positions, labels, rest, radius)

"""The arithmetic that all formats share: sizes, texts made ready, points and labels in their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqtool.plots.labels import Box, Label, fit_points, place_labels
from seqtool.plots.text import Measure, harmless, shortened

FONT_SIZE = 12.0
TITLE_SIZE = 16.0
# A label's box: ascenders and descenders of DejaVu Sans and of most scripts lie within it.
LINE_HEIGHT = 16.0
ASCENT = 12.0
# Left and right of a label's text: fonts differ by a little.
PADDING = 2.0
# What is longer than this is a line of text, and shortened.
LABEL_WIDTH = 190.0
# More labels than these hide the points, even where each finds a place.
MOST_LABELS = 260


@dataclass(frozen=True)
class Layout:
    """``places``: (n, 2), pixels, y downward; ``texts``: the n labels as drawn, whether placed or not."""

    frame: Box
    places: NDArray[np.float64]
    texts: tuple[str, ...]
    labels: tuple[Label, ...]
    radius: float


def canvas_size(number: int) -> tuple[int, int]:
    """Width and height for so many points, in pixels."""
    return (1000, 750) if number <= 120 else (1280, 960)


def mark_radius(number: int) -> float:
    return 4.5 if number <= 150 else 3.5 if number <= 1000 else 2.5


def arrange(points: NDArray[np.float64], labels: Sequence[str], frame: Box, measure: Measure) -> Layout:
    """Points and labels in the frame; ``measure`` gives a text's width at FONT_SIZE."""
    texts = tuple(shortened(harmless(label), LABEL_WIDTH, measure) for label in labels)
    radius = mark_radius(len(texts))
    places = fit_points(points, frame, radius + 22)
    sizes = np.array([[measure(text) + 2 * PADDING, LINE_HEIGHT] for text in texts])
    placed = place_labels(places, texts, sizes, frame, radius, MOST_LABELS)
    return Layout(frame, places, texts, tuple(placed), radius)

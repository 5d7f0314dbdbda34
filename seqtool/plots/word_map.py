"""A map of words or lines in two dimensions: what it is made of, and ``write_plot``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from seqtool.errors import InputError, OptionError, nearest
from seqtool.plots.projection import POINTS_LIMIT

FORMATS = ("html", "svg", "png")


@dataclass(frozen=True)
class WordMap:
    """The points of a map and what is told of them, in the order of importance: where there is no room
    for all labels, the first ones stay.

    ``points``: (n, 2), any scale. ``labels``: n words or lines of any length and content; long ones are
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


def plot_format(name: str) -> str:
    """``html``, ``svg`` or ``png``, from a file's name or the format's own.

    :raises OptionError: it is none of them.
    """
    ending = PurePath(name).suffix.removeprefix(".").lower() or name.lower()
    if ending not in FORMATS:
        raise OptionError(f"{name!r}: no format for pictures; {nearest(ending, FORMATS)}")
    return ending


def write_plot(word_map: WordMap, form: str) -> bytes:
    """The picture as the bytes of a file: the same map gives the same bytes.

    ``form``: ``html`` (one page that needs nothing else: hover, zoom, light and dark), ``svg`` or ``png``.

    :raises InputError: no point, or one that is not finite.
    :raises OptionError: an unknown format, too many points, or matplotlib is not installed (svg and png).
    """
    form = plot_format(form)
    _check(word_map)
    if form == "html":
        from seqtool.plots.page import draw_page

        return draw_page(word_map)
    from seqtool.plots.image import draw_image

    return draw_image(word_map, form)


def _check(word_map: WordMap) -> None:
    points = np.asarray(word_map.points)
    number = len(points)
    if not number:
        raise InputError("nothing to draw: there is no point; give at least one word or line that has a vector")
    if number > POINTS_LIMIT:
        raise OptionError(f"{number} points are too many for a picture; choose at most {POINTS_LIMIT}")
    if points.shape != (number, 2):
        raise ValueError("points: (n, 2) is needed")
    for name in ("labels", "details", "colours"):
        values = getattr(word_map, name)
        if len(values) != number and (values or name == "labels"):
            raise ValueError(f"{name}: {len(values)} for {number} points")
    finite = np.isfinite(points).all(axis=1)
    if not finite.all():
        raise InputError(f"point {int(finite.argmin()) + 1}: NaN or Infinity in it; leave it out")

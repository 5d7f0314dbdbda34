"""Colours for the points: by category or by number, told apart by the colour-blind as well."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from seqtool.plots.text import harmless

# Okabe & Ito 2008, those with the most contrast on white first.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#000000", "#F0E442")
# What a page shows in dark mode instead.
DARK = {"#000000": "#FFFFFF"}
# When the colours are used up they come again with another shape.
SHAPES = ("circle", "square", "triangle", "diamond")
CATEGORIES_LIMIT = len(PALETTE) * len(SHAPES)
GREY = "#999999"
MISSING_NAME = "no value"

# Viridis (Smith & van der Walt 2015) at nine even steps, short of the ends, which vanish on black or white.
_GRADIENT = ("#481A6C", "#453781", "#3B528B", "#31688E", "#26828E", "#1F9E89", "#35B779", "#6DCD59", "#B4DE2C")


@dataclass(frozen=True)
class Mark:
    """How a point looks: ``hue`` is the colour's index in the palette, None for one outside it."""

    colour: str
    shape: str = "circle"
    hue: int | None = None


@dataclass(frozen=True)
class Colouring:
    """A mark for each point, and what explains them: ``legend`` for categories, ``limits`` for numbers."""

    marks: tuple[Mark, ...]
    legend: tuple[tuple[str, Mark], ...] = ()
    limits: tuple[float, float] | None = None


MISSING = Mark(GREY)
PLAIN = Mark(PALETTE[0], hue=0)


def gradient(share: float) -> str:
    """The colour at a share (0 to 1) of the gradient, as #rrggbb."""
    step = min(max(share, 0.0), 1.0) * (len(_GRADIENT) - 1)
    below = min(int(step), len(_GRADIENT) - 2)
    pairs = ((_GRADIENT[below][i : i + 2], _GRADIENT[below + 1][i : i + 2]) for i in (1, 3, 5))
    return "#" + "".join(
        f"{round(int(low, 16) + (int(high, 16) - int(low, 16)) * (step - below)):02X}" for low, high in pairs
    )


def colour_by(values: Sequence[str | float | bool | None], number: int) -> Colouring:
    """Marks for ``number`` points from a field's values: numbers alone give a gradient, anything else categories.

    None, NaN, Infinity and an empty string are missing, and grey. No values: all points alike.
    """
    if not values:
        return Colouring((PLAIN,) * number)
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in known):
        return _numbers([_finite(value) for value in values])
    return _categories([_category(value) for value in values])


def _finite(value: str | float | bool | None) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _category(value: str | float | bool | None) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"  # as JSON has them
    return harmless(str(value)) or None if value is not None else None


def _numbers(values: list[float | None]) -> Colouring:
    known = [value for value in values if value is not None]
    if not known:
        return Colouring((MISSING,) * len(values), ((MISSING_NAME, MISSING),))
    low, high = min(known), max(known)
    span = high / 2 - low / 2  # halves: the whole span of two huge numbers is no number
    marks = tuple(
        MISSING if value is None else Mark(gradient((value / 2 - low / 2) / span if span else 0.5)) for value in values
    )
    return Colouring(marks, ((MISSING_NAME, MISSING),) if len(known) < len(values) else (), (low, high))


def _categories(values: list[str | None]) -> Colouring:
    """The commonest category gets the first colour; those beyond the last shape share one mark."""
    counts = Counter(value for value in values if value is not None)
    order = [name for name, _ in counts.most_common()]  # of equal counts the first to appear
    shown = order if len(order) <= CATEGORIES_LIMIT else order[: CATEGORIES_LIMIT - 1]
    marks = {
        name: Mark(PALETTE[i % len(PALETTE)], SHAPES[i // len(PALETTE)], i % len(PALETTE))
        for i, name in enumerate(shown)
    }
    others = Mark(GREY, "triangle")
    legend = list(marks.items())
    if len(shown) < len(order):
        legend.append((f"{len(order) - len(shown)} others", others))
    if None in values:
        legend.append((MISSING_NAME, MISSING))
    return Colouring(tuple(MISSING if value is None else marks.get(value, others) for value in values), tuple(legend))


def tick_names(limits: tuple[float, float]) -> tuple[str, str]:
    """The two ends of the colour bar, as text."""
    return f"{limits[0]:.4g}", f"{limits[1]:.4g}"

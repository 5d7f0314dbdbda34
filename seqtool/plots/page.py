"""A map as one HTML page that needs nothing else: inline SVG, a little CSS and JavaScript, no network.

The picture is complete without JavaScript; with it come the hover box, zoom, and labels placed anew for
what is in sight. Texts stand in the page as escaped text and attributes alone, never inside the script,
and the page's content policy lets no other script run.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from seqtool.plots.colours import SHAPES, Colouring, Mark, colour_by, gradient, tick_names
from seqtool.plots.labels import Box, Label
from seqtool.plots.layout import ASCENT, FONT_SIZE, PADDING, Layout, arrange, canvas_size
from seqtool.plots.page_parts import SCRIPT, STYLE
from seqtool.plots.text import estimated_width, harmless, shortened

if TYPE_CHECKING:
    from seqtool.plots.word_map import WordMap

# The outlines of the shapes around (0, 0) with a radius of one, of about one area.
_OUTLINES: dict[str, Sequence[tuple[float, float]]] = {
    "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    "triangle": ((0.0, -1.25), (1.2, 0.9), (-1.2, 0.9)),
    "diamond": ((0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)),
}
_HOVER_LENGTH = 2000
_ENTRY_WIDTH = 300.0
_TITLE_WIDTH = 3000.0
_BAR_STEPS = 40


def draw_page(word_map: WordMap) -> bytes:
    """The page, UTF-8."""
    points = np.asarray(word_map.points, dtype=np.float64)
    width, height = canvas_size(len(points))
    x_name, y_name = (shortened(harmless(name), height / 2, _measure) for name in word_map.axes)
    frame = Box(22.0 if y_name else 4.0, 4.0, width - 4.0, height - (24.0 if x_name else 4.0))
    layout = arrange(points, word_map.labels, frame, _measure)
    colouring = colour_by(word_map.colours, len(points))
    title = shortened(harmless(word_map.title), _TITLE_WIDTH, _measure)
    parts = [
        *_head(title),
        f"<header>\n<h1>{_escape(title)}</h1>\n",
        '<div id="buttons" hidden><button type="button" id="nearer" title="zoom in">+</button>'
        '<button type="button" id="farther" title="zoom out">&minus;</button>'
        '<button type="button" id="whole" title="show all">&#8634;</button></div>\n</header>\n',
        _legend(colouring, shortened(harmless(word_map.colour_name), _ENTRY_WIDTH, _measure)),
        '<div id="picture">\n',
        f'<svg id="map" viewBox="0 0 {width} {height}" role="img" aria-label="{_escape(title or "map of words")}">\n',
        f'<clipPath id="inside">{_rectangle(frame)}</clipPath>\n{_rectangle(frame, "frame")}\n',
        *_axes(frame, x_name, y_name),
        '<g id="marks" clip-path="url(#inside)">\n',
        # The most important points last, on top of the others.
        *(_point(word_map, layout, colouring.marks[i], i) for i in reversed(range(len(points)))),
        '</g>\n<g id="leaders">\n',
        *(_leader(label) for label in layout.labels if label.leader),
        '</g>\n<g id="labels">\n',
        *(_label(label) for label in layout.labels),
        '</g>\n</svg>\n</div>\n<div id="hover" hidden></div>\n',
        f"<script>{SCRIPT}</script>\n</body>\n</html>\n",
    ]
    return "".join(parts).encode("utf-8")


def _measure(text: str) -> float:
    return estimated_width(text, FONT_SIZE)


def _escape(text: str) -> str:
    return html.escape(text, quote=True)


def _head(title: str) -> list[str]:
    policy = (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src '{_digest(STYLE)}'; script-src '{_digest(SCRIPT)}'"
    )
    return [
        '<!DOCTYPE html>\n<html lang="und">\n<head>\n<meta charset="utf-8">\n',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n',
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
        f"<title>{_escape(title or 'map of words')}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
    ]


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _number(value: float) -> str:
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _rectangle(box: Box, name: str = "") -> str:
    x, y, width, height = map(_number, (box.left, box.top, box.width, box.height))
    named = f' id="{name}"' if name else ""
    return f'<rect{named} x="{x}" y="{y}" width="{width}" height="{height}"/>'


def _axes(frame: Box, x_name: str, y_name: str) -> list[str]:
    across = f"{_number((frame.left + frame.right) / 2)}"
    down = f"{_number((frame.top + frame.bottom) / 2)}"
    return [
        f'<text class="axis" id="x" x="{across}" y="{_number(frame.bottom + 17)}">{_escape(x_name)}</text>\n'
        if x_name
        else "",
        f'<text class="axis" id="y" transform="translate(14 {down}) rotate(-90)">{_escape(y_name)}</text>\n'
        if y_name
        else "",
    ]


def _outline(shape: str, radius: float) -> str:
    """The shape as the data of an SVG path around (0, 0)."""
    if shape == SHAPES[0]:
        r = _number(radius)
        return f"M-{r} 0a{r} {r} 0 1 0 {_number(2 * radius)} 0a{r} {r} 0 1 0 -{_number(2 * radius)} 0Z"
    corners = (f"{_number(x * radius)} {_number(y * radius)}" for x, y in _OUTLINES[shape])
    return "M" + "L".join(corners) + "Z"


def _look(mark: Mark) -> str:
    """The class of a colour of the palette, which light and dark mode show differently; else the colour."""
    return f'class="mark h{mark.hue}"' if mark.hue is not None else f'class="mark" fill="{mark.colour}"'


def _point(word_map: WordMap, layout: Layout, mark: Mark, i: int) -> str:
    x, y = map(_number, layout.places[i])
    details = word_map.details[i] if word_map.details else ()
    lines = [_shown(word_map.labels[i]), *(f"{_shown(name)}: {_shown(value)}" for name, value in details)]
    return (
        f'<path {_look(mark)} transform="translate({x} {y})" d="{_outline(mark.shape, layout.radius)}" '
        f'data-label="{_escape(layout.texts[i])}"><title>{_escape(chr(10).join(lines))}</title></path>\n'
    )


def _shown(text: str) -> str:
    """What the hover box says: the whole text, but not a book."""
    text = str(text)
    return harmless(text[:_HOVER_LENGTH]) + ("…" if len(text) > _HOVER_LENGTH else "")


def _leader(label: Label) -> str:
    x1, y1, x2, y2 = map(_number, label.leader or ())
    return f'<line data-i="{label.number}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>\n'


def _label(label: Label) -> str:
    """A text, with its box for who wants to check that none overlaps."""
    box = label.box
    corners = " ".join(map(_number, (box.left, box.top, box.right, box.bottom)))
    x, y = _number(box.left + PADDING), _number(box.top + ASCENT)
    return f'<text data-i="{label.number}" data-box="{corners}" x="{x}" y="{y}">{_escape(label.text)}</text>\n'


def _legend(colouring: Colouring, name: str) -> str:
    if not colouring.legend and not colouring.limits:
        return ""
    parts = [f"<b>{_escape(name)}</b>\n" if name else ""]
    if colouring.limits:
        low, high = tick_names(colouring.limits)
        steps = "".join(
            f'<rect x="{3 * i}" width="4" height="12" fill="{gradient(i / (_BAR_STEPS - 1))}"/>'
            for i in range(_BAR_STEPS)
        )
        bar = f'<svg class="bar" viewBox="0 0 {3 * _BAR_STEPS} 12" aria-hidden="true">{steps}</svg>'
        parts.append(f"<span>{low} {bar} {high}</span>\n")
    for entry, mark in colouring.legend:
        sample = (
            f'<svg class="sample" viewBox="-7 -7 14 14" aria-hidden="true">'
            f'<path {_look(mark)} d="{_outline(mark.shape, 5)}"/></svg>'
        )
        name = shortened(entry, _ENTRY_WIDTH, _measure)
        parts.append(f"<span>{sample} <bdi>{_escape(name)}</bdi></span>\n")
    return f'<div id="legend">\n{"".join(parts)}</div>\n'

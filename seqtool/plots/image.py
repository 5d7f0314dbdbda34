"""A map as SVG or PNG, drawn by matplotlib: without pyplot, the reader's own settings, or a date in it."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from seqtool.errors import OptionError
from seqtool.plots.colours import Colouring, colour_by, gradient, tick_names
from seqtool.plots.labels import Box
from seqtool.plots.text import Measure, estimated_width, harmless, shortened
from seqtool.plots.word_map import ASCENT, FONT_SIZE, PADDING, Layout, WordMap, arrange, canvas_size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# One unit of the drawing is a pixel at this resolution; a PNG has twice as many each way.
_DOTS = 100.0
_PNG_DOTS = 200.0
_POINTS_PER_PIXEL = 72.0 / _DOTS
_MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D"}
# A marker's width is the root of its size; these make the shapes equally big.
_MARKER_SCALES = {"circle": 1.0, "square": 0.85, "triangle": 1.15, "diamond": 0.85}
_LEGEND_WIDTH = 200.0
_LEGEND_ROW = 19.0
_BAR_HEIGHT = 160.0
_BAR_STEPS = 80
_TITLE_SIZE = 16.0
_INK, _FAINT = "#222222", "#8a8a8a"

# Fonts for what DejaVu Sans lacks, where they are installed; the first one that has a character draws it.
_MORE_FONTS = (
    *("Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Noto Sans JP", "Noto Sans KR"),
    *("WenQuanYi Zen Hei", "Droid Sans Fallback", "Noto Sans Devanagari", "Lohit Devanagari", "Noto Sans Arabic"),
    *("Noto Sans Hebrew", "Noto Sans Thai", "Noto Sans Bengali", "Noto Sans Tamil", "Noto Emoji", "Symbola"),
    *("Arial Unicode MS", "PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "Kohinoor Devanagari"),
)

# Settings of matplotlib that say where and how it runs, not what a picture looks like.
_NOT_LOOKS = ("backend", "interactive", "toolbar", "webagg", "tk.", "timezone", "date.", "savefig.directory")

_SAVING: dict[str, dict[str, Any]] = {
    "svg": {"metadata": {"Date": None, "Creator": None}},
    "png": {"metadata": {"Software": None}, "dpi": _PNG_DOTS},
}


def draw_image(word_map: WordMap, form: str) -> bytes:
    """The picture as ``svg`` (texts stay texts) or ``png``; the same map gives the same bytes.

    :raises OptionError: matplotlib is not installed.
    """
    with _quiet_matplotlib():
        file = io.BytesIO()
        draw_figure(word_map).savefig(file, format=form, **_SAVING[form])
        return file.getvalue()


@contextlib.contextmanager
def _quiet_matplotlib() -> Iterator[None]:
    """matplotlib with its own defaults, whatever the user's matplotlibrc says, and without its remarks
    about fonts, caches and missing characters."""
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                import matplotlib
            except ImportError:
                raise OptionError(
                    "svg and png need matplotlib: pip install 'seqtool[plot]', or choose html, which needs nothing"
                ) from None
            settings: Any = {
                name: value for name, value in matplotlib.rcParamsDefault.items() if not name.startswith(_NOT_LOOKS)
            }
            settings |= {"svg.hashsalt": "seqtool", "svg.fonttype": "none", "font.size": FONT_SIZE}
            with matplotlib.rc_context(settings):
                yield
    finally:
        logger.setLevel(level)


def _font_names() -> list[str]:
    from matplotlib import font_manager

    installed = set(font_manager.get_font_names())
    return ["sans-serif", *(name for name in _MORE_FONTS if name in installed)]


def draw_figure(word_map: WordMap) -> Figure:
    """The figure: one drawing area in pixels, y downward, over all of it; each text has a name (gid)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    number = len(word_map.points)
    width, height = canvas_size(number)
    figure = Figure(figsize=(width / _DOTS, height / _DOTS), dpi=_DOTS, facecolor="white")
    FigureCanvasAgg(figure)
    fonts = _font_names()
    measure = _measure(figure, fonts, FONT_SIZE)
    colouring = colour_by(word_map.colours, number)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    pen = _Pen(axes, fonts)
    right = _draw_legend(pen, colouring, word_map.colour_name, width, measure)
    title = shortened(harmless(word_map.title), width - 40.0, _measure(figure, fonts, _TITLE_SIZE, "bold"))
    x_name, y_name = (shortened(harmless(name), height - 100.0, measure) for name in word_map.axes)
    frame = Box(30.0 if y_name else 14.0, 42.0 if title else 14.0, right, height - (32.0 if x_name else 14.0))
    pen.text(14.0, 27.0, title, "title", size=_TITLE_SIZE, weight="bold")
    pen.text((frame.left + frame.right) / 2, height - 13.0, x_name, "x", colour=_FAINT, ha="center")
    pen.text(21.0, (frame.top + frame.bottom) / 2, y_name, "y", colour=_FAINT, ha="center", rotation=90.0)
    pen.box(frame, facecolor="none", edgecolor=_FAINT, linewidth=0.5, gid="frame")
    layout = arrange(word_map, frame, measure)
    _draw_points(pen, layout, colouring)
    _draw_labels(pen, layout)
    return figure


def _measure(figure: Figure, fonts: list[str], size: float, weight: str = "normal") -> Measure:
    """Widths in pixels as matplotlib draws them; never less than the estimate for a reader's own fonts,
    which SVG is shown in."""
    from matplotlib.font_manager import FontProperties

    canvas: Any = figure.canvas
    renderer = canvas.get_renderer()
    properties = FontProperties(family=fonts, size=size * _POINTS_PER_PIXEL, weight=weight)
    stretch = 1.12 if weight == "bold" else 1.0

    def measure(text: str) -> float:
        if not text:
            return 0.0
        width, _, _ = renderer.get_text_width_height_descent(text, properties, False)
        return max(float(width), estimated_width(text, size) * stretch)

    return measure


class _Pen:
    """Draws in pixels."""

    def __init__(self, axes: Axes, fonts: list[str]) -> None:
        self.axes = axes
        self._fonts = fonts

    def text(
        self, x: float, y: float, text: str, name: str, *, size: float = FONT_SIZE, colour: str = _INK, **more: Any
    ) -> None:
        """``y`` is the baseline; no character of the text is taken for a formula."""
        if text:
            self.axes.text(
                x,
                y,
                text,
                fontsize=size * _POINTS_PER_PIXEL,
                family=self._fonts,
                color=colour,
                parse_math=False,
                rotation_mode="anchor",
                zorder=5,
                gid=name,
                **more,
            )

    def box(self, box: Box, **look: Any) -> None:
        from matplotlib.patches import Rectangle

        self.axes.add_patch(Rectangle((box.left, box.top), box.width, box.height, **look))

    def marks(self, x: Any, y: Any, shape: str, colours: list[str], radius: float) -> None:
        size = (2 * radius * _MARKER_SCALES[shape] * _POINTS_PER_PIXEL) ** 2
        self.axes.scatter(
            x, y, s=size, c=colours, marker=_MARKERS[shape], edgecolors="#00000073", linewidths=0.5, zorder=3
        )


def _draw_points(pen: _Pen, layout: Layout, colouring: Colouring) -> None:
    """The most important points last, on top of those of their shape."""
    for shape in _MARKERS:
        indices = [i for i, mark in enumerate(colouring.marks) if mark.shape == shape][::-1]
        if indices:
            x, y = layout.positions[indices].T
            pen.marks(x, y, shape, [colouring.marks[i].colour for i in indices], layout.radius)


def _draw_labels(pen: _Pen, layout: Layout) -> None:
    for label in layout.labels:
        if label.leader:
            x1, y1, x2, y2 = label.leader
            pen.axes.plot([x1, x2], [y1, y2], color=_FAINT, linewidth=0.6, zorder=2, gid=f"leader{label.index}")
        pen.text(label.box.left + PADDING, label.box.top + ASCENT, label.text, f"label{label.index}")


def _draw_legend(pen: _Pen, colouring: Colouring, name: str, width: float, measure: Measure) -> float:
    """Draws the column on the right; gives the right end of what is left for the points."""
    if not colouring.legend and not colouring.limits:
        return width - 14.0
    heading = shortened(harmless(name), _LEGEND_WIDTH, measure)
    entries = [(shortened(text, _LEGEND_WIDTH - 18.0, measure), mark) for text, mark in colouring.legend]
    ends = tick_names(colouring.limits) if colouring.limits else ()
    widest = max([measure(heading), *(measure(text) + 18.0 for text, _ in entries), *(measure(t) + 22.0 for t in ends)])
    left = width - widest - 18.0
    y = 56.0
    if heading:
        pen.text(left, y, heading, "legend", colour=_FAINT)
        y += _LEGEND_ROW
    if colouring.limits:
        _draw_bar(pen, left, y - 6.0, ends)
        y += _BAR_HEIGHT + _LEGEND_ROW
    for number, (text, mark) in enumerate(entries):
        pen.marks([left + 5.0], [y - 4.0], mark.shape, [mark.colour], 4.5)
        pen.text(left + 18.0, y, text, f"entry{number}")
        y += _LEGEND_ROW
    return left - 14.0


def _draw_bar(pen: _Pen, left: float, top: float, ends: tuple[str, ...]) -> None:
    """The gradient, its largest number on top."""
    step = _BAR_HEIGHT / _BAR_STEPS
    for i in range(_BAR_STEPS):
        piece = Box(left, top + i * step, left + 14.0, top + (i + 1) * step)
        pen.box(piece, facecolor=gradient(1 - i / (_BAR_STEPS - 1)), edgecolor="none", antialiased=False)
    pen.text(left + 20.0, top + 9.0, ends[-1], "highest")
    pen.text(left + 20.0, top + _BAR_HEIGHT, ends[0], "lowest")

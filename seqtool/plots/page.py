"""A map as one HTML page that needs nothing else: inline SVG, a little CSS and JavaScript, no network.

The picture is complete without JavaScript; with it come the hover box, zoom, and a picture as large as the
window. Texts stand in the page as escaped text and attributes alone, never inside the script, and the page's
content policy lets no other script run.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from seqtool.plots.colours import DARK, PALETTE, SHAPES, Colouring, Mark, colour_by, gradient, tick_names
from seqtool.plots.labels import Box, Label
from seqtool.plots.text import estimated_width, harmless, page_head, shortened
from seqtool.plots.word_map import ASCENT, FONT_SIZE, PADDING, Layout, WordMap, arrange, canvas_size

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

STYLE = (
    " ".join(f".h{i} {{ fill: var(--h{i}, {colour}); }}" for i, colour in enumerate(PALETTE))
    + """
:root { color-scheme: light dark; --back: #ffffff; --ink: #222222; --faint: #8a8a8a; --edge: rgb(0 0 0 / .45); }
@media (prefers-color-scheme: dark) {
  :root { --back: #16181c; --ink: #e8e8e8; --faint: #8f959e; --edge: rgb(255 255 255 / .55); """
    + " ".join(f"--h{PALETTE.index(colour)}: {dark};" for colour, dark in DARK.items())
    + """ }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 12px; min-height: 100vh; background: var(--back); color: var(--ink); display: flex;
  flex-direction: column; gap: 8px; font: 13px "DejaVu Sans", Verdana, system-ui, sans-serif; }
header { display: flex; gap: 12px; align-items: flex-start; flex: none; }
h1 { font-size: 17px; margin: 4px 0 0; overflow-wrap: anywhere; flex: 1; max-height: 20vh; overflow: auto; }
#legend { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; max-height: 30vh; overflow: auto;
  flex: none; }
#legend span { display: inline-flex; align-items: center; gap: 5px; overflow-wrap: anywhere; }
.sample { width: 14px; height: 14px; flex: none; }
.bar { width: 120px; height: 12px; }
#picture { position: relative; flex: 1; min-height: 320px; }
#map { position: absolute; inset: 0; width: 100%; height: 100%; }
#map.zoomed { cursor: grab; touch-action: none; }
#frame { fill: none; stroke: var(--faint); stroke-opacity: .5; }
.axis { fill: var(--faint); font-size: 12px; text-anchor: middle; }
.mark { stroke: var(--edge); stroke-width: .8; }
.mark.lit { stroke: var(--ink); stroke-width: 2.5; }
#leaders line { stroke: var(--faint); stroke-width: .9; }
#labels text { fill: var(--ink); font-size: 12px; white-space: pre; paint-order: stroke; stroke: var(--back);
  stroke-width: 3px; stroke-linejoin: round; cursor: default; user-select: none; }
#buttons { display: flex; flex: none; }
#buttons[hidden], #hover[hidden] { display: none; }
#buttons button { width: 28px; height: 28px; padding: 0; font: 16px system-ui, sans-serif; color: var(--ink);
  background: var(--back); border: 1px solid var(--faint); margin-left: -1px; cursor: pointer; }
#hover { position: fixed; max-width: min(420px, 90vw); padding: 6px 9px; border: 1px solid var(--faint);
  border-radius: 5px; background: var(--back); color: var(--ink); pointer-events: none; overflow-wrap: anywhere;
  box-shadow: 0 2px 8px rgb(0 0 0 / .25); max-height: 60vh; overflow: hidden; }
#hover b, #hover span { display: block; unicode-bidi: plaintext; }
"""
)

# Texts are read from the page's own elements and put back as text: nothing of them is ever run.
SCRIPT = """
"use strict";
(function () {
  const byId = (id) => document.getElementById(id);
  const map = byId("map"), frame = byId("frame"), clip = document.querySelector("#inside rect"), hover = byId("hover");
  const numbers = (text) => text.match(/-?[0-9.]+/g).map(Number);
  // The frame as it was drawn; its sides keep their distance from the window, and points their share of it.
  const [x0, y0, width0, height0] = ["x", "y", "width", "height"].map((name) => Number(frame.getAttribute(name)));
  const right = map.viewBox.baseVal.width - width0, below = map.viewBox.baseVal.height - height0;
  const points = Array.from(document.querySelectorAll("#marks path")).reverse().map((mark) => {
    const [x, y] = numbers(mark.getAttribute("transform")), title = mark.querySelector("title");
    title.remove();
    return { mark, lines: title.textContent.split("\\n"), x, y, u: (x - x0) / width0, v: (y - y0) / height0 };
  });
  const lines = new Map(Array.from(document.querySelectorAll("#leaders line")).map((line) => [line.dataset.i, line]));
  const labels = Array.from(document.querySelectorAll("#labels text")).map((text) => {
    const i = text.dataset.i, parts = lines.has(i) ? [text, lines.get(i)] : [text];
    return { point: points[i], box: numbers(text.dataset.box), parts, shown: true };
  });
  let width = width0, height = height0, zoom = 1, left = 0, top = 0, request = 0, lit = null, held = null;

  function inSight(p) {
    return p.x >= x0 && p.x <= x0 + width && p.y >= y0 && p.y <= y0 + height;
  }
  function draw() {
    for (const p of points) {
      p.x = x0 + (p.u * width - left) * zoom;
      p.y = y0 + (p.v * height - top) * zoom;
      p.mark.setAttribute("transform", "translate(" + p.x.toFixed(1) + " " + p.y.toFixed(1) + ")");
    }
    // Labels keep their distance from their points. One that meets a point or a more important label is hidden.
    const seen = points.filter(inSight), shown = [];
    for (const label of labels) {
      const { point, box } = label;
      const b = [point.x + box[0], point.y + box[1], point.x + box[2], point.y + box[3]];
      const fits = inSight(point) && b[0] > x0 && b[1] > y0 && b[2] < x0 + width && b[3] < y0 + height
        && shown.every((c) => b[2] <= c[0] + 1 || c[2] <= b[0] + 1 || b[3] <= c[1] + 1 || c[3] <= b[1] + 1)
        && seen.every((p) => p.x < b[0] - 2 || p.x > b[2] + 2 || p.y < b[1] - 2 || p.y > b[3] + 2);
      if (fits) shown.push(b);
      if (fits || label.shown) for (const part of label.parts) {
        part.setAttribute("display", fits ? "inline" : "none");
        part.setAttribute("transform", point.mark.getAttribute("transform"));
      }
      label.shown = fits;
    }
    map.classList.toggle("zoomed", zoom > 1);
  }
  function look(nextZoom, nextLeft, nextTop) {
    zoom = Math.min(Math.max(nextZoom, 1), 60);
    left = Math.min(Math.max(nextLeft, 0), width * (1 - 1 / zoom));
    top = Math.min(Math.max(nextTop, 0), height * (1 - 1 / zoom));
  }
  function move(nextZoom, nextLeft, nextTop) {
    look(nextZoom, nextLeft, nextTop);
    cancelAnimationFrame(request);
    request = requestAnimationFrame(draw);
  }
  function fit() {
    // A pixel of the picture is a pixel of the window, whatever its size: texts stay readable.
    const w = map.clientWidth, h = map.clientHeight, before = { width, height };
    if (!w || !h) return;
    width = w - right;
    height = h - below;
    hover.hidden = true;
    map.setAttribute("viewBox", "0 0 " + w + " " + h);
    for (const element of [frame, clip]) {
      element.setAttribute("width", width);
      element.setAttribute("height", height);
    }
    const x = byId("x"), y = byId("y");
    if (x) { x.setAttribute("x", x0 + width / 2); x.setAttribute("y", y0 + height + 17); }
    if (y) y.setAttribute("transform", "translate(14 " + (y0 + height / 2) + ") rotate(-90)");
    look(zoom, left * width / before.width, top * height / before.height);
    draw();
  }
  function zoomAt(x, y, factor) {
    const next = Math.min(Math.max(zoom * factor, 1), 60);
    move(next, left + (x - x0) / zoom - (x - x0) / next, top + (y - y0) / zoom - (y - y0) / next);
  }
  function position(event) {
    const area = map.getBoundingClientRect();
    return [event.clientX - area.left, event.clientY - area.top];
  }
  function nearest(x, y) {
    let found = null, least = 14;
    for (const p of points) {
      const far = Math.hypot(p.x - x, p.y - y);
      if (far < least && inSight(p)) { least = far; found = p; }
    }
    return found;
  }
  function show(event) {
    const found = points[event.target.dataset.i] || nearest(...position(event));
    if (lit !== found) {
      if (lit) lit.mark.classList.remove("lit");
      if (found) found.mark.classList.add("lit");
      lit = found;
      hover.textContent = "";
      if (found) found.lines.forEach((line, i) => {
        const part = document.createElement(i ? "span" : "b");
        part.textContent = line;
        hover.append(part);
      });
    }
    hover.hidden = !found;
    if (!found) return;
    const area = hover.getBoundingClientRect();
    hover.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - area.width - 6)) + "px";
    hover.style.top = (event.clientY + 16 + area.height > innerHeight
      ? Math.max(4, event.clientY - area.height - 10) : event.clientY + 16) + "px";
  }
  map.addEventListener("pointerdown", (event) => {
    show(event);
    if (zoom > 1) { held = position(event); map.setPointerCapture(event.pointerId); }
  });
  map.addEventListener("pointermove", (event) => {
    if (!held) { show(event); return; }
    const [x, y] = position(event);
    move(zoom, left - (x - held[0]) / zoom, top - (y - held[1]) / zoom);
    held = [x, y];
  });
  for (const name of ["pointerup", "pointercancel"]) map.addEventListener(name, () => { held = null; });
  map.addEventListener("pointerleave", () => { hover.hidden = true; });
  map.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomAt(...position(event), Math.exp(-Math.max(-50, Math.min(50, event.deltaY)) * 0.005));
  }, { passive: false });
  const fromMiddle = (factor) => zoomAt(x0 + width / 2, y0 + height / 2, factor);
  byId("nearer").addEventListener("click", () => fromMiddle(1.6));
  byId("farther").addEventListener("click", () => fromMiddle(1 / 1.6));
  byId("whole").addEventListener("click", () => move(1, 0, 0));
  byId("buttons").hidden = false;
  new ResizeObserver(fit).observe(map);
})();
"""


def draw_page(word_map: WordMap) -> bytes:
    """The page, UTF-8; the same map gives the same bytes."""
    number = len(word_map.points)
    width, height = canvas_size(number)
    x_name, y_name = (shortened(harmless(name), height / 2, _measure) for name in word_map.axes)
    frame = Box(22.0 if y_name else 4.0, 4.0, width - 4.0, height - (24.0 if x_name else 4.0))
    layout = arrange(word_map, frame, _measure)
    colouring = colour_by(word_map.colours, number)
    title = shortened(harmless(word_map.title), _TITLE_WIDTH, _measure)
    name = title or "map of words"
    parts = [
        page_head(name, STYLE, SCRIPT),
        f"<header>\n<h1>{escape(title)}</h1>\n",
        '<div id="buttons" hidden><button type="button" id="nearer" title="zoom in">+</button>'
        '<button type="button" id="farther" title="zoom out">&minus;</button>'
        '<button type="button" id="whole" title="show all">&#8634;</button></div>\n</header>\n',
        _legend(colouring, shortened(harmless(word_map.colour_name), _ENTRY_WIDTH, _measure)),
        '<div id="picture">\n',
        f'<svg id="map" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(name)}">\n',
        f'<clipPath id="inside">{_rectangle(frame)}</clipPath>\n{_rectangle(frame, "frame")}\n',
        *_axes(frame, x_name, y_name),
        '<g id="marks" clip-path="url(#inside)">\n',
        # The most important points last, on top of the others.
        *(_point(word_map, layout, colouring.marks[i], i) for i in reversed(range(number))),
        '</g>\n<g id="leaders">\n',
        *(_leader(label, layout) for label in layout.labels if label.leader),
        '</g>\n<g id="labels">\n',
        *(_label(label, layout) for label in layout.labels),
        *(_label(label, layout, shown=False) for label in layout.rest),
        '</g>\n</svg>\n</div>\n<div id="hover" hidden></div>\n',
        f"<script>{SCRIPT}</script>\n</body>\n</html>\n",
    ]
    return "".join(parts).encode("utf-8")


def _measure(text: str) -> float:
    return estimated_width(text, FONT_SIZE)


def _number(value: float) -> str:
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _rectangle(box: Box, name: str = "") -> str:
    x, y, width, height = map(_number, (box.left, box.top, box.width, box.height))
    named = f' id="{name}"' if name else ""
    return f'<rect{named} x="{x}" y="{y}" width="{width}" height="{height}"/>'


def _axes(frame: Box, x_name: str, y_name: str) -> list[str]:
    across, down = _number((frame.left + frame.right) / 2), _number((frame.top + frame.bottom) / 2)
    x = f'<text class="axis" id="x" x="{across}" y="{_number(frame.bottom + 17)}">{escape(x_name)}</text>\n'
    y = f'<text class="axis" id="y" transform="translate(14 {down}) rotate(-90)">{escape(y_name)}</text>\n'
    return [axis for axis, name in ((x, x_name), (y, y_name)) if name]


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


def _translation(layout: Layout, i: int) -> str:
    x, y = map(_number, layout.positions[i])
    return f'transform="translate({x} {y})"'


def _point(word_map: WordMap, layout: Layout, mark: Mark, i: int) -> str:
    details = word_map.details[i] if word_map.details else ()
    lines = [_shown(word_map.labels[i]), *(f"{_shown(name)}: {_shown(value)}" for name, value in details)]
    return (
        f'<path {_look(mark)} {_translation(layout, i)} d="{_outline(mark.shape, layout.radius)}">'
        f"<title>{escape(chr(10).join(lines))}</title></path>\n"
    )


def _shown(text: str) -> str:
    """What the hover box says: the whole text, but not a book."""
    text = str(text)
    return harmless(text[:_HOVER_LENGTH]) + ("…" if len(text) > _HOVER_LENGTH else "")


def _offsets(label: Label, layout: Layout, *values: float) -> list[str]:
    """Numbers x, y, x, y, ... counted from the label's point."""
    x, y = layout.positions[label.index]
    return [_number(value - (y if i % 2 else x)) for i, value in enumerate(values)]


def _leader(label: Label, layout: Layout) -> str:
    x1, y1, x2, y2 = _offsets(label, layout, *(label.leader or ()))
    translation = _translation(layout, label.index)
    return f'<line data-i="{label.index}" {translation} x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>\n'


def _label(label: Label, layout: Layout, *, shown: bool = True) -> str:
    """A text and its box, which the script moves with the point."""
    box = label.box
    x, y, *corners = _offsets(label, layout, box.left + PADDING, box.top + ASCENT, *box)
    state = _translation(layout, label.index) if shown else 'display="none"'
    return (
        f'<text data-i="{label.index}" data-box="{" ".join(corners)}" {state} x="{x}" y="{y}">'
        f"{escape(label.text)}</text>\n"
    )


def _legend(colouring: Colouring, name: str) -> str:
    if not colouring.legend and not colouring.limits:
        return ""
    parts = [f"<b>{escape(name)}</b>\n" if name else ""]
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
        parts.append(f"<span>{sample} <bdi>{escape(name)}</bdi></span>\n")
    return f'<div id="legend">\n{"".join(parts)}</div>\n'

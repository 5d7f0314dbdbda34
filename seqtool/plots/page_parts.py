"""The page's style and script, as they stand in it."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --back: #ffffff; --ink: #222222; --faint: #8a8a8a; --edge: rgb(0 0 0 / .45);
  --h6: #000000; --h7: #F0E442; }
@media (prefers-color-scheme: dark) {
  :root { --back: #16181c; --ink: #e8e8e8; --faint: #8f959e; --edge: rgb(255 255 255 / .55); --h6: #ffffff; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 12px; min-height: 100vh; background: var(--back); color: var(--ink); display: flex; flex-direction: column;
  gap: 8px; font: 13px "DejaVu Sans", Verdana, system-ui, sans-serif; }
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
.h0 { fill: #0072B2; } .h1 { fill: #D55E00; } .h2 { fill: #009E73; } .h3 { fill: #E69F00; }
.h4 { fill: #CC79A7; } .h5 { fill: #56B4E9; } .h6 { fill: var(--h6); } .h7 { fill: var(--h7); }
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

# Texts are read from the page's own elements and put back as text: nothing of them is ever run.
SCRIPT = """
"use strict";
(function () {
  const SVG = "http://www.w3.org/2000/svg", HEIGHT = 16, ASCENT = 12, PADDING = 2, MOST = 260;
  const SIDES = [[1, 0], [-1, 0], [0, -1], [0, 1], [1, -1], [1, 1], [-1, -1], [-1, 1],
                 [0.5, -1], [0.5, 1], [-0.5, -1], [-0.5, 1], [1, -0.5], [1, 0.5], [-1, -0.5], [-1, 0.5]];
  // As in the picture without JavaScript: around the point, then in lists on its left and right.
  const PLACES = [0, 9, 18, 30, 44, 60, 80, 104, 130].flatMap((step) =>
    SIDES.map((side, order) => ({ side, step, shift: 0, cost: step + order / 2 })));
  for (const step of [14, 30, 60, 100]) for (const row of [-1, 1, -2, 2, -3, 3, -4, 4, -5, 5]) for (const x of [1, -1])
    PLACES.push({ side: [x, 0], step, shift: 17 * row, cost: Math.hypot(step, 17 * row) });
  PLACES.forEach((place) => { if (place.step) place.cost += 6; });
  PLACES.sort((one, two) => one.cost - two.cost);
  const byId = (id) => document.getElementById(id);
  const map = byId("map"), frame = byId("frame"), clip = document.querySelector("#inside rect");
  const hover = byId("hover"), labels = byId("labels"), leaders = byId("leaders");
  const number = (element, name) => Number(element.getAttribute(name));
  const box = { left: number(frame, "x"), top: number(frame, "y") };
  const drawn = map.viewBox.baseVal, right = drawn.width - box.left - number(frame, "width");
  const below = drawn.height - box.top - number(frame, "height");
  const first = { width: number(frame, "width"), height: number(frame, "height") };
  const radius = (() => { const b = document.querySelector("#marks path").getBBox(); return b.width / 2; })();
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = '12px "DejaVu Sans", Verdana, system-ui, sans-serif';
  const points = Array.from(document.querySelectorAll("#marks path")).reverse().map((mark) => {
    const at = mark.getAttribute("transform").match(/-?[0-9.]+/g).map(Number);
    const title = mark.querySelector("title"), lines = title.textContent.split("\\n");
    title.remove();
    const text = mark.dataset.label;
    return { mark, text, lines, u: (at[0] - box.left) / first.width, v: (at[1] - box.top) / first.height,
             x: at[0], y: at[1], width: 0 };
  });
  let width = first.width, height = first.height, zoom = 1, left = 0, top = 0, waiting = 0, frameAsked = 0, lit = null;

  function overlaps(a, b) { return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom; }
  function crosses(line, b) {
    let enter = 0, leave = 1;
    for (const [from, to, low, high] of [[line.x1, line.x2, b.left, b.right], [line.y1, line.y2, b.top, b.bottom]]) {
      const step = Math.abs(to - from) < 1e-9 ? 1e-9 : to - from;
      const one = (low - from) / step, two = (high - from) / step;
      enter = Math.max(enter, Math.min(one, two));
      leave = Math.min(leave, Math.max(one, two));
    }
    return enter < leave;
  }
  function meet(a, b) {
    const side = (l, x, y) => (l.x2 - l.x1) * (y - l.y1) > (l.y2 - l.y1) * (x - l.x1);
    return side(a, b.x1, b.y1) !== side(a, b.x2, b.y2) && side(b, a.x1, a.y1) !== side(b, a.x2, a.y2);
  }
  function inSight(p) {
    return p.x >= box.left && p.x <= box.left + width && p.y >= box.top && p.y <= box.top + height;
  }
  function place() {
    points.forEach((p) => {
      p.x = box.left + (p.u * width - left) * zoom;
      p.y = box.top + (p.v * height - top) * zoom;
      p.mark.setAttribute("transform", "translate(" + p.x.toFixed(1) + " " + p.y.toFixed(1) + ")");
    });
    map.classList.toggle("zoomed", zoom > 1);
    labels.textContent = "";
    leaders.textContent = "";
  }
  function candidate(p, { side, step, shift }) {
    const w = Math.min(p.width, width - 8), far = radius + 3 + step;
    const x = p.x + side[0] * (w / 2 + far), y = p.y + side[1] * (HEIGHT / 2 + far) + shift;
    const b = { left: x - w / 2, right: x + w / 2, top: y - HEIGHT / 2, bottom: y + HEIGHT / 2, line: null };
    if (step) {
      const x2 = Math.min(Math.max(p.x, b.left), b.right), y2 = Math.min(Math.max(p.y, b.top), b.bottom);
      const long = Math.hypot(x2 - p.x, y2 - p.y) || 1, share = Math.min(1, (radius + 1) / long);
      b.line = { x1: p.x + (x2 - p.x) * share, y1: p.y + (y2 - p.y) * share, x2, y2 };
    }
    return b;
  }
  function label() {
    // As the picture was drawn first, on the part that is in sight; points are looked up in squares.
    const seen = points.filter(inSight), squares = new Map(), size = 24;
    const key = (i, j) => i * 100003 + j;
    for (const p of seen) {
      const k = key(Math.floor(p.x / size), Math.floor(p.y / size));
      if (!squares.has(k)) squares.set(k, []);
      squares.get(k).push(p);
    }
    // What a line costs for the other points that it runs over; in a crowd only some spots of it are looked at.
    const crossed = (line, own) => {
      const dx = line.x2 - line.x1, dy = line.y2 - line.y1;
      if (seen.length > 200) return 12 * [0.25, 0.5, 0.75].reduce((sum, share) => {
        const x = line.x1 + dx * share, y = line.y1 + dy * share;
        return sum + covered({ left: x, right: x, top: y, bottom: y }, radius);
      }, 0);
      return 70 * seen.filter((p) => {
        if (Math.hypot(p.x - own.x, p.y - own.y) <= radius) return false;
        const along = ((p.x - line.x1) * dx + (p.y - line.y1) * dy) / Math.max(dx * dx + dy * dy, 1e-9);
        const share = Math.min(Math.max(along, 0), 1);
        return Math.hypot(p.x - line.x1 - dx * share, p.y - line.y1 - dy * share) < radius + 1;
      }).length;
    };
    const covered = (b, r) => {
      let count = 0;
      for (let i = Math.floor((b.left - r) / size); i <= Math.floor((b.right + r) / size); i++)
        for (let j = Math.floor((b.top - r) / size); j <= Math.floor((b.bottom + r) / size); j++)
          for (const p of squares.get(key(i, j)) || [])
            if (p.x > b.left - r && p.x < b.right + r && p.y > b.top - r && p.y < b.bottom + r) count++;
      return count;
    };
    let order = seen.filter((p) => p.text), best = [];
    for (const p of order) p.width = p.width || pen.measureText(p.text).width + 2 * PADDING;
    for (let round = 0; round < (order.length <= 200 ? 8 : 1); round++) {
      const found = arrange(order, covered, crossed);
      if (found.size > best.length || !round) best = Array.from(found);
      if (best.length === Math.min(order.length, MOST)) break;
      // Those that were left out choose first, next time.
      order = order.filter((p) => !found.has(p)).concat(order.filter((p) => found.has(p)));
    }
    best.forEach(([p, b]) => draw(p, b));
  }
  function arrange(order, covered, crossed) {
    const found = new Map(), placed = [], lines = [];
    for (const p of order) {
      if (placed.length >= MOST) break;
      if (p.width > width - 8) continue;
      let best = null, least = 170;
      // Labels close around a pile of points on one spot would shut it in.
      const pile = covered({ left: p.x, right: p.x, top: p.y, bottom: p.y }, 1) > 4;
      for (const place of PLACES) {
        let cost = place.cost;
        if (cost >= least) break;
        if (pile && (place.side[1] || ![30, 60, 100].includes(place.step))) continue;
        const b = candidate(p, place);
        if (b.left < box.left + 2 || b.right > box.left + width - 2) continue;
        if (b.top < box.top + 2 || b.bottom > box.top + height - 2) continue;
        cost += 200 * covered(b, radius - 0.5);
        if (cost >= least) continue;
        if (b.line) cost += crossed(b.line, p);
        if (cost >= least) continue;
        if (placed.some((other) => overlaps(b, other)) || lines.some((line) => crosses(line, b))) continue;
        if (b.line && (placed.some((other) => crosses(b.line, other)) ||
                       lines.some((line) => meet(b.line, line)))) continue;
        best = b;
        least = cost;
      }
      if (best) {
        placed.push(best);
        if (best.line) lines.push(best.line);
        found.set(p, best);
      }
    }
    return found;
  }
  function draw(p, b) {
    const text = document.createElementNS(SVG, "text"), i = points.indexOf(p);
    text.textContent = p.text;
    text.setAttribute("x", b.left + PADDING);
    text.setAttribute("y", b.top + ASCENT);
    text.dataset.i = i;
    labels.append(text);
    if (!b.line) return;
    const line = document.createElementNS(SVG, "line");
    Object.entries(b.line).forEach(([name, value]) => line.setAttribute(name, value.toFixed(1)));
    leaders.append(line);
  }

  function fit() {
    // A pixel of the picture is a pixel of the window, whatever its size: texts stay readable.
    const w = map.clientWidth, h = map.clientHeight;
    if (!w || !h) return;
    const before = { width, height };
    width = w - box.left - right;
    height = h - box.top - below;
    left *= width / before.width;
    top *= height / before.height;
    hover.hidden = true;
    map.setAttribute("viewBox", "0 0 " + w + " " + h);
    for (const element of [frame, clip]) {
      element.setAttribute("width", width);
      element.setAttribute("height", height);
    }
    const x = byId("x"), y = byId("y");
    if (x) { x.setAttribute("x", box.left + width / 2); x.setAttribute("y", box.top + height + 17); }
    if (y) y.setAttribute("transform", "translate(14 " + (box.top + height / 2) + ") rotate(-90)");
    hold(zoom, left, top);
    clearTimeout(waiting);
    place();
    label();
  }
  function move(nextZoom, nextLeft, nextTop) {
    // Labels wait for the end of the movement.
    hold(nextZoom, nextLeft, nextTop);
    cancelAnimationFrame(frameAsked);
    frameAsked = requestAnimationFrame(place);
    clearTimeout(waiting);
    waiting = setTimeout(() => { place(); label(); }, 120);
  }
  function hold(nextZoom, nextLeft, nextTop) {
    zoom = Math.min(Math.max(nextZoom, 1), 60);
    left = Math.min(Math.max(nextLeft, 0), width * (1 - 1 / zoom));
    top = Math.min(Math.max(nextTop, 0), height * (1 - 1 / zoom));
  }
  function zoomAt(x, y, factor) {
    const next = Math.min(Math.max(zoom * factor, 1), 60), dx = x - box.left, dy = y - box.top;
    move(next, left + dx / zoom - dx / next, top + dy / zoom - dy / next);
  }
  function position(event) {
    const area = map.getBoundingClientRect();
    return [event.clientX - area.left, event.clientY - area.top];
  }
  function show(event) {
    const [x, y] = position(event);
    let found = null, nearest = 14;
    if (event.target.dataset && event.target.dataset.i) found = points[event.target.dataset.i];
    else for (const p of points) {
      const far = Math.hypot(p.x - x, p.y - y);
      if (far < nearest && inSight(p)) { nearest = far; found = p; }
    }
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
  let held = null;
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
  const middle = () => [box.left + width / 2, box.top + height / 2];
  byId("nearer").addEventListener("click", () => zoomAt(...middle(), 1.6));
  byId("farther").addEventListener("click", () => zoomAt(...middle(), 1 / 1.6));
  byId("whole").addEventListener("click", () => move(1, 0, 0));
  byId("buttons").hidden = false;
  new ResizeObserver(fit).observe(map);
})();
"""

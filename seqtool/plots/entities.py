"""Texts with their entities marked, as one HTML page that needs nothing else: no script, no network.

The page is made piece by piece, so that any number of texts fits: what explains the marks is known at
the end, stands there in the file, and is moved to the top by the page's style.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from seqtool.plots.colours import DARK, GREY, PALETTE
from seqtool.plots.text import FORBIDDEN, REPLACEMENT, harmless, page_head

# When the colours are used up they come again with another edge.
EDGES = ("solid", "dashed", "dotted", "double")
# How much of its colour a mark's ground has: the text keeps its contrast with all of them.
TINT, DARK_TINT = 0.24, 0.30
BACK, INK, DARK_BACK, DARK_INK = "#FFFFFF", "#222222", "#16181C", "#E8E8E8"
_OTHERS = f"h{len(PALETTE)}"
# A token that may need more than a line is broken, which browsers do to shorter ones as well if they may.
_LONG = 30


class Span(NamedTuple):
    """A part of a text and its label; ``start`` and ``end`` in code points."""

    start: int
    end: int
    label: str
    score: float | None = None


def fitting(spans: Iterable[Span], length: int) -> Iterator[Span]:
    """The spans in their order, without those that reach out of the text or over one before them."""
    end = 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if end <= span.start < span.end <= length:
            yield span
            end = span.end


class EntityPage:
    """The pieces of a page, in this order: ``head``, a ``block`` for each text, ``foot``.

    ``labels`` get their colours in this order; others, as they come.  ``counts`` says how often each
    is marked.
    """

    def __init__(self, labels: Sequence[str] = ()) -> None:
        self.counts: Counter[str] = Counter()
        self.texts = 0
        self._tokens = False
        self._looks: dict[str, str] = {}
        for label in labels:
            self._look(label)

    def _look(self, label: str) -> str:
        """The classes of a label's mark: its colour and its edge."""
        if label not in self._looks:
            number = len(self._looks)
            if number >= len(PALETTE) * len(EDGES):
                return _OTHERS
            edge, hue = divmod(number, len(PALETTE))
            self._looks[label] = f"h{hue} e{edge}" if edge else f"h{hue}"
        return self._looks[label]

    def head(self, title: str) -> str:
        """The page up to its first text."""
        title = harmless(title) or "Entities"
        return page_head(title, STYLE) + f'<header>\n<h1 dir="auto">{html.escape(title)}</h1>\n</header>\n<main>\n'

    def block(self, text: str, spans: Iterable[Span], *, tokens: bool = False) -> str:
        """A text as a paragraph with its spans marked; ``tokens``: each token is one, and its label
        stands below it."""
        self.texts += 1
        self._tokens = self._tokens or tokens
        parts = ['<p class="tokens" dir="auto">' if tokens else '<p dir="auto">']
        position = 0
        for span in fitting(spans, len(text)):
            self.counts[span.label] += 1
            parts.append(_escape(text[position : span.start]))
            parts.append(self._mark(_escape(text[span.start : span.end]), span, tokens))
            position = span.end
        parts.append(_escape(text[position:]) + "</p>\n")
        return "".join(parts)

    def _mark(self, text: str, span: Span, token: bool) -> str:
        label = html.escape(harmless(span.label))
        score = "" if span.score is None else f" {span.score:.2f}"
        look = self._look(span.label)
        if token and span.end - span.start > _LONG:
            look += " long"
        attributes = f'class="{look}" title="{label}{score}"'
        if token:
            return f"<ruby {attributes}>{text}<rp>/</rp><rt><bdi>{label}</bdi></rt></ruby>"
        return f"<mark {attributes}>{text}<small>&nbsp;<bdi>{label}</bdi></small></mark>"

    def foot(self) -> str:
        """The legend, which counts the marks of each label, and the page's end."""
        name = "token" if self._tokens else "entity"
        names = "tokens" if self._tokens else "entities"
        total = sum(self.counts.values())
        # The commonest first; of equal counts the first to appear.
        entries = "".join(
            f'<li><mark class="{self._look(label)}"><small><bdi>{html.escape(harmless(label))}</bdi></small></mark> {count:,}</li>\n'
            for label, count in self.counts.most_common()
        )
        return (
            f'</main>\n<section id="legend" aria-label="Labels">\n<p>{total:,} {name if total == 1 else names} '
            f"in {self.texts:,} text{'s' * (self.texts != 1)}</p>\n"
            + (f"<ul>\n{entries}</ul>\n" if entries else "")
            + "</section>\n</body>\n</html>\n"
        )


def _escape(text: str) -> str:
    """A part of a text for the page: escaped; what HTML cannot hold becomes U+FFFD."""
    if not text.isprintable():
        text = FORBIDDEN.sub(REPLACEMENT, text.replace("\r\n", "\n").replace("\r", "\n"))
    return html.escape(text)


def _numbers(colour: str) -> str:
    """#rrggbb as CSS's three numbers."""
    return " ".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))


def _style() -> str:
    colours = [*PALETTE, GREY]
    hues = " ".join(f".h{i} {{ --hue: {_numbers(colour)}; }}" for i, colour in enumerate(colours))
    dark = " ".join(f".h{i} {{ --hue: {_numbers(DARK[c])}; }}" for i, c in enumerate(colours) if c in DARK)
    edges = " ".join(f".e{i} {{ --edge: {edge}; }}" for i, edge in enumerate(EDGES) if i)
    return f"""
:root {{ color-scheme: light dark; --back: {BACK}; --ink: {INK}; --faint: #6B6B6B; --line: #E2E2E2; --tint: {TINT}; }}
{hues}
{edges}
@media (prefers-color-scheme: dark) {{
  :root {{ --back: {DARK_BACK}; --ink: {DARK_INK}; --faint: #9CA2AB; --line: #30343B; --tint: {DARK_TINT}; }}
  {dark}
}}
* {{ box-sizing: border-box; }}
body {{ margin: 0 auto; padding: 0 20px 40px; max-width: 56em; min-height: 100vh; display: flex; flex-direction: column;
  background: var(--back); color: var(--ink); font: 16px/2 "DejaVu Sans", Verdana, system-ui, sans-serif; }}
header {{ order: 0; }}
#legend {{ order: 1; position: sticky; top: 0; z-index: 1; max-height: 30vh; overflow: auto; background: var(--back);
  border-bottom: 1px solid var(--line); margin: 0 -10px; padding: 4px 10px 10px; font-size: 14px; line-height: 1.6; }}
main {{ order: 2; }}
h1 {{ font-size: 20px; line-height: 1.4; margin: 20px 0 4px; overflow-wrap: anywhere; }}
#legend p {{ margin: 0 0 6px; color: var(--faint); }}
#legend ul {{ display: flex; flex-wrap: wrap; gap: 6px 18px; margin: 0; padding: 0; list-style: none; }}
#legend li {{ overflow-wrap: anywhere; color: var(--faint); }}
#legend mark {{ color: var(--ink); }}
#legend small {{ margin: 0; user-select: auto; }}
main p {{ margin: 0 -10px; padding: 10px; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4;
  border-bottom: 1px solid var(--line); content-visibility: auto; contain-intrinsic-size: auto 53px; }}
main p:empty::before {{ content: "\\2014"; color: var(--faint); }}
main p.tokens {{ line-height: 2.9; padding: 4px 10px 8px; white-space: pre-line; }}
mark {{ unicode-bidi: isolate; margin: 0 1px; white-space: pre-line; color: inherit; background: rgb(var(--hue) / var(--tint)); border: 1.5px var(--edge, solid) rgb(var(--hue) / .85);
  border-radius: .4em; padding: .14em .36em; -webkit-box-decoration-break: clone; box-decoration-break: clone; }}
mark small {{ font-size: .88em; font-weight: bold; font-variant-caps: all-small-caps;
  letter-spacing: .04em; user-select: none; }}
ruby {{ ruby-position: under; margin: 0 1px; }} ruby:not(.long) {{ white-space: nowrap; }}
rt {{ font-size: 10px; line-height: 1.5; letter-spacing: .02em; color: var(--faint); padding: 0 2px; user-select: none;
  border-top: 3px var(--edge, solid) rgb(var(--hue)); }}
@media print {{ #legend {{ position: static; max-height: none; }} main p {{ content-visibility: visible; }} }}
"""


STYLE = _style()

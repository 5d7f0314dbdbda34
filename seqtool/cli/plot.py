"""seqtool plot: pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from seqtool.cli.embed import DEFAULT_VECTORS, take_item
from seqtool.cli.help import Function, HelpfulCommand, HelpfulGroup, option
from seqtool.cli.options import apply, input_options, limit_threads, model_option, stream_options
from seqtool.errors import InputError, OptionError, nearest

PICTURE, OUTPUT = "Picture", "Output"
FORMATS = ("html", "svg", "png")


@click.group(
    "plot",
    cls=HelpfulGroup,
    examples=[
        "printf 'king\\nqueen\\nman\\nwoman\\nParis\\nFrance\\n' | seqtool plot words -o words.html && ls words.html"
    ],
)
def command() -> None:
    """Draw a map of words or lines."""


def _options(function: Function) -> Function:
    return apply(
        function,
        model_option(DEFAULT_VECTORS),
        option("--method", type=click.Choice(["mean", "sif"]), default="mean", show_default=True, group=PICTURE,
               help="How words become the vector of a line."),
        option("--projection", type=click.Choice(["pca", "tsne"]), default="pca", show_default=True, group=PICTURE,
               help="Onto the two main axes; or t-SNE, which keeps neighbours together."),
        option("--color", "--colour", "colour", metavar="FIELD", group=PICTURE,
               help="Colour by a field of the records: categories or numbers."),
        option("--label", metavar="FIELD", group=PICTURE, help="The field that is written at each point; by default the text."),
        option("--title", default="", metavar="TEXT", group=PICTURE, help="A line above the picture."),
        option("--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True, metavar="N", group=PICTURE,
               help="Of t-SNE: another seed, another map."),
        option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", group=OUTPUT,
               help="FILE.html, FILE.svg or FILE.png."),
        option("-q", "--quiet", is_flag=True, group=OUTPUT, help="No lines about bad records."),
        input_options,
        option("--threads", type=click.IntRange(min=1), metavar="N", group="Speed", help="Cores to use."),
    )  # fmt: skip


@command.command(
    "words",
    cls=HelpfulCommand,
    examples=[
        "printf 'king\\nqueen\\nman\\nwoman\\nParis\\nFrance\\n' | seqtool plot words -o words.html && ls words.html",
        "seqtool classify examples/reviews.txt | seqtool plot words --color stars -o reviews.html && ls reviews.html",
    ],
)
@_options
def words(
    model: str,
    method: str,
    projection: str,
    colour: str | None,
    label: str | None,
    title: str,
    seed: int,
    output: Path | None,
    threads: int | None,
    **shared: Any,
) -> int:
    """Draw words or lines as points, those that mean alike near each other: HTML, SVG or PNG."""
    if output is None:
        raise OptionError("-o FILE is missing: where shall the picture be? FILE.html, FILE.svg or FILE.png")
    form = _format(output)
    options = stream_options(shared)
    limit = limit_threads(threads)

    import numpy as np

    from seqtool.engine.open import open_engine
    from seqtool.plots.image import draw_image
    from seqtool.plots.page import draw_page
    from seqtool.plots.projection import axis_names, project
    from seqtool.plots.word_map import WordMap
    from seqtool.records.output import whole_file
    from seqtool.vectors.sentence import EmbedAsked

    embedder = open_engine(model, "embed", threads=limit)
    asked = embedder.check(EmbedAsked(method, normalize=True))
    points = _Points(colour, label)
    status = points.read(options, lambda items: embedder.answers(items, asked))
    if not points.vectors:
        raise InputError("nothing to draw: no line has a word with a vector; other words, or another -m")
    vectors = np.stack(points.vectors)
    positions = project(vectors, projection, seed)
    word_map = WordMap(
        points=positions,
        labels=points.labels,
        details=points.details,
        colours=points.colours,
        colour_name=colour or "",
        title=title,
        axes=axis_names(vectors, positions, projection),
    )
    with whole_file(output) as beside:
        beside.write_bytes(draw_page(word_map) if form == "html" else draw_image(word_map, form))
    return status


def _format(output: Path) -> str:
    """``html``, ``svg`` or ``png``, from the file's name.

    :raises OptionError: it is none of them.
    """
    ending = output.suffix.removeprefix(".").lower() or str(output).lower()
    if ending not in FORMATS:
        raise OptionError(f"{str(output)!r}: no format for pictures; {nearest(ending, FORMATS)}")
    return ending


class _Points:
    """What is drawn of each record that has a vector."""

    def __init__(self, colour: str | None, label: str | None) -> None:
        self._colour = colour
        self._label = label
        self.vectors: list[Any] = []
        self.labels: list[str] = []
        self.details: list[list[tuple[str, str]]] = []
        self.colours: list[Any] = []

    def read(self, options: Any, answer: Any) -> int:
        """Read all records; the exit status.  Bad ones and those without a vector are told, not drawn.

        :raises InputError: the field to colour by is in no record.
        """
        from seqtool.records.read import read_records
        from seqtool.records.terminal import BadRecords, tell
        from seqtool.records.window import answered

        bad = without = 0
        told = BadRecords("plot", quiet=options.quiet)
        records = read_records(
            options.files,
            kind=options.input,
            encoding=options.encoding,
            delimiter=options.delimiter,
            max_line_bytes=options.max_line_bytes,
        )
        for window in answered(records, lambda record: take_item(record.fields, options.field), answer):
            for record in window:
                if record.answer is None:
                    bad += 1
                    if not record.arrived_bad:
                        told.tell(record)
                elif record.answer["vector"] is None:
                    without += 1
                else:
                    self._add(record)
        told.end()
        if without and not options.quiet:
            tell(f"seqtool plot: {without} line{'s' * (without != 1)} without a known word: not drawn")
        if self._colour and self.vectors and all(colour is None for colour in self.colours):
            raise InputError(f"--color {self._colour}: no record has that field; it may be missing before the pipe")
        return 1 if bad else 0

    def _add(self, record: Any) -> None:
        shown = record.item.text if record.item.text is not None else " ".join(record.item.tokens)
        if self._label:
            shown = _value(record.fields, self._label)
        self.vectors.append(record.answer["vector"])
        self.labels.append(str("" if shown is None else shown))
        if self._colour:
            self.colours.append(_value(record.fields, self._colour))
        others = (name for name in record.fields if name not in ("text", "tokens", "vector"))
        self.details.append([(name, str(_value(record.fields, name))) for name in others])


def _value(fields: dict[str, Any], name: str) -> str | float | bool | None:
    """A field as a number, a text, true or false; lists and objects as JSON, and None if it is missing."""
    from seqtool.records.json_text import Number, look_up, to_json

    try:
        found = look_up(fields, name)
    except KeyError:
        return None
    if isinstance(found, Number):
        return float(found.literal)
    return found if isinstance(found, str | bool) or found is None else to_json(found)

"""seqtool tag: a label for every token, and the names, times, genes that they mark."""

from __future__ import annotations

import contextlib
from dataclasses import asdict, replace
from itertools import pairwise
from json.encoder import encode_basestring as quote
from typing import TYPE_CHECKING, Any

import click

from seqtool.answers import Item, find_tokens
from seqtool.cli.help import Function, HelpfulCommand, option
from seqtool.cli.options import (
    TWO_WAYS_OUT,
    StreamOptions,
    apply,
    input_options,
    limit_threads,
    model_option,
    output_options,
    speed_options,
    stream_options,
)
from seqtool.cli.writers.writer import FORMATS
from seqtool.errors import BadRecord, OptionError
from seqtool.records.fast_json import Objects, Strings, array, decimal, strings
from seqtool.records.json_text import to_json
from seqtool.records.read import FORMATS as INPUTS
from seqtool.records.record import take_text_or_tokens

if TYPE_CHECKING:
    from seqtool.cli.writers.entity_page import EntityPageFile
    from seqtool.cli.writers.writer import Writer
    from seqtool.engine.tagger import TagAsked, Tagger

DEFAULT_MODEL = "ner-en"
COLUMNS = ("conll", "conllu")


def _options(function: Function) -> Function:
    return apply(
        function,
        model_option(DEFAULT_MODEL),
        option("--labels", metavar="A,B", default="", group="Answer", help="Keep only entities of these labels."),
        option("--scores", is_flag=True, group="Answer", help="Add the probability of the tag found for every token (before --labels)."),
        option("--offsets", is_flag=True, group="Answer", help="Add where every token stands in the text."),
        option("--regions", is_flag=True, group="Answer", help="Of DNA, only regions that are found: leave out what is between genes."),
        option("--pretty", is_flag=True, group="Answer", help="For eyes: the text with its entities marked, in colour on a terminal."),
        option("--html", metavar="FILE", type=click.Path(), group="Answer", help="Write a page with the texts and their entities marked, too."),
        lambda f: input_options(f, (*INPUTS, "conll", "fasta")),
        lambda f: output_options(f, (*FORMATS, *COLUMNS)),
        speed_options,
    )  # fmt: skip


@click.command(
    "tag",
    cls=HelpfulCommand,
    examples=[
        "echo 'Ada Lovelace met Charles Babbage in London in 1833.' | seqtool tag",
        "seqtool tag examples/news.txt | jq -r '.entities[] | select(.label == \"person\") | .text'",
        "seqtool tag -m pos-en --format conllu examples/news.txt",
    ],
)
@_options
def command(
    model: str,
    labels: str,
    regions: bool,
    pretty: bool,
    html: str | None,
    threads: int | None,
    batch_size: int,
    **values: Any,
) -> int:
    """Mark names, times and parts of speech: a label for every token."""
    if pretty and (values["output"] or values["format_"] != "jsonl"):
        raise OptionError("--pretty is for a terminal; leave out -o and --format")
    options = stream_options(values)
    limit = limit_threads(threads)
    wanted = tuple(part.strip() for part in labels.split(",") if part.strip())

    from seqtool.engine.open import engine_of
    from seqtool.modelfolder.find import find_model

    folder = find_model(model, "tag")
    # What cannot be is told before the network is opened.
    if folder.table("answer").get("kind") == "regions":
        _check_regions(folder.name, options, **values, pretty=pretty, html=html)
        from seqtool.cli.regions import run_regions

        tagger = engine_of(folder, threads=limit, batch_size=batch_size)
        return run_regions(tagger, options, tagger.asked(labels=wanted, regions=regions))
    if regions:
        raise OptionError(f"--regions is about DNA; {folder.name} tags words: leave it out, or -m genes-dna")
    if options.input == "fasta":
        raise OptionError(f"--input fasta: {folder.name} reads words; add -m genes-dna")
    tagger = engine_of(folder, threads=limit, batch_size=batch_size)
    asked = tagger.asked(labels=wanted, **values)
    with contextlib.ExitStack() as stack:
        page = None if html is None else stack.enter_context(_page(html, tagger, options))
        return Tagging(tagger, options, asked).run(_writer(tagger, options, pretty), page)


def _check_regions(model: str, options: StreamOptions, **about_words: Any) -> None:
    """See that a model of regions in DNA can do what is asked.

    :raises OptionError: it cannot.
    """
    for name, given in about_words.items():
        if given:
            raise OptionError(f"--{name} is about words; {model} marks regions of DNA: leave it out")
    if options.format in COLUMNS:
        raise OptionError(f"--format {options.format} is for words; --format tsv makes columns of regions")


def _writer(tagger: Tagger, options: StreamOptions, pretty: bool) -> Writer | None:
    """What writes the answers, where it is neither JSON lines nor a table."""
    if pretty:
        from seqtool.cli.writers.pretty_tags import PrettyTags

        return PrettyTags(tagger.labels)
    if options.format in COLUMNS:
        from seqtool.cli.writers.conll import Columns

        return Columns(options.format, options.precision)
    return None


def _page(path: str, tagger: Tagger, options: StreamOptions) -> EntityPageFile:
    """The page of ``--html``."""
    from seqtool.cli.writers.entity_page import EntityPageFile

    if options.resume:
        raise OptionError("--html: a page cannot go on where it stopped; leave out --resume")
    title = f"{tagger.folder.name}: {', '.join(options.files) or 'standard input'}"
    return EntityPageFile(path, title=title, labels=tagger.labels)


class Tagging:
    """What stands between the records and the tagger."""

    def __init__(self, tagger: Tagger, options: StreamOptions, asked: TagAsked) -> None:
        self._tagger = tagger
        self._options = options
        self._identity = {"model": tagger.folder.hash, **asdict(asked)}
        columns = options.format in COLUMNS
        self._asked = replace(asked, offsets=asked.offsets or options.format == "conllu", sentences=columns)
        self._fields = tagger.fields(self._asked)
        self._tags = Strings()
        self._entities = Objects(text=quote, label=quote, start=to_json, end=to_json, score=decimal(options.precision))

    def run(self, writer: Writer | None, page: Writer | None) -> int:
        """Tag everything; the exit status."""
        from seqtool.cli.line_command import LineCommand

        if self._options.columns and self._asked.sentences:
            raise OptionError("--columns is for tables: add --format csv or --format tsv")
        command = LineCommand(
            "tag",
            self._options,
            fields=self._fields,
            kept=("tokens", "offsets"),
            identity=self._identity,
            take=self._take,
            writer=writer,
            also=page,
            formats=("conll",),
        )
        encode = writer is None and page is None
        return command.run(lambda items: self.answers(items, encode=encode))

    def _take(self, fields: dict[str, Any], name: str) -> Item:
        """What is tagged of a record.

        :raises BadRecord: kinds field and type; clash, where it has tokens or offsets that were not read.
        """
        item = take_tokens(fields, name)
        if item.tokens is None and not self._options.prefix:
            for field in ("tokens", "offsets"):
                if field in fields and field in self._fields:
                    if not self._options.overwrite:
                        raise BadRecord("clash", f"the field {field!r} is there already; {TWO_WAYS_OUT}")
                    del fields[field]
        return item

    def answers(self, items: list[Item], *, encode: bool) -> list[dict[str, Any]]:
        """The answers to a window; ``encode``: as JSON, for who wants nothing else of them."""
        answers = self._tagger.answers(items, self._asked)
        for answer in answers if encode else ():
            answer["tokens"] = strings(answer["tokens"])
            answer["tags"] = array(map(self._tags.__getitem__, answer["tags"]))
            if answer.get("entities"):
                answer["entities"] = self._entities.array(answer["entities"])
        return answers


def take_tokens(fields: dict[str, Any], name: str) -> Item:
    """The text of a record, its ``tokens``, which are enough, and their ``offsets``.

    Tokens of a text without offsets are looked for in it, in their order.

    :raises BadRecord: kinds field and type.
    """
    text, tokens = take_text_or_tokens(fields, name)
    if tokens is None:
        return Item(text)
    if "offsets" not in fields or fields["offsets"] is None:
        return Item(text, tokens, None if text is None else find_tokens(text, tokens))
    return Item(text, tokens, _offsets(fields["offsets"], len(tokens), text))


def _offsets(value: Any, count: int, text: str | None) -> list[tuple[int, int]]:
    """A record's offsets.

    :raises BadRecord: kind type, where they are not those of so many tokens.
    """
    try:
        offsets = [(int(start.literal), int(end.literal)) for start, end in value]
    except (AttributeError, TypeError, ValueError):
        offsets = []
    inside = all(0 <= start <= end and (text is None or end <= len(text)) for start, end in offsets)
    ordered = inside and offsets == sorted(offsets) and all(a[1] <= b[1] for a, b in pairwise(offsets))
    if len(offsets) != count or not ordered:
        raise BadRecord(
            "type", "the field 'offsets' has no [start, end] inside the text for each token, in their order"
        )
    return offsets

"""seqtool tag: a label for every token, and the names, times, genes that they mark."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from itertools import pairwise
from json.encoder import encode_basestring as quote
from typing import TYPE_CHECKING, Any

import click

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
from seqtool.errors import BadRecord, OptionError, nearest
from seqtool.records.fast_json import Objects, Strings, array, decimal, strings
from seqtool.records.json_text import to_json
from seqtool.records.read import FORMATS as INPUTS
from seqtool.records.record import take_text_or_tokens

if TYPE_CHECKING:
    from seqtool.cli.writers.entity_page import EntityPageFile
    from seqtool.cli.writers.writer import Writer
    from seqtool.engine.tagger import Tagger

DEFAULT_MODEL = "ner-en"
COLUMNS = ("conll", "conllu")
# A text, its own tokens, and their offsets.
Item = tuple[str | None, list[str] | None, list[tuple[int, int]] | None]


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
    scores: bool,
    offsets: bool,
    regions: bool,
    pretty: bool,
    html: str | None,
    threads: int | None,
    batch_size: int,
    **shared: Any,
) -> int:
    """Mark names, times and parts of speech: a label for every token."""
    if pretty and (shared["output"] or shared["format_"] != "jsonl"):
        raise OptionError("--pretty is for a terminal; leave out -o and --format")
    options = stream_options(shared)
    limit = limit_threads(threads)

    from seqtool.modelfolder.find import find_model

    folder = find_model(model, "tag")
    if folder.table("answer").get("kind") == "regions":
        _check_regions(folder.name, options, scores=scores, offsets=offsets, pretty=pretty, html=html)
        return _regions(folder, options, labels, regions, limit, batch_size)
    if regions:
        raise OptionError(f"--regions is about DNA; {folder.name} tags words: leave it out, or -m genes-dna")
    if options.input == "fasta":
        raise OptionError(f"--input fasta: {folder.name} reads words; add -m genes-dna")

    from seqtool.engine.tagger import Tagger

    tagger = Tagger(folder, threads=limit, batch_size=batch_size)
    wanted = _wanted(labels, tagger.labels)
    if wanted and tagger.kind != "entities":
        raise OptionError(f"--labels is about entities; {folder.name} labels every token: select with jq")
    with contextlib.ExitStack() as stack:
        page = None if html is None else stack.enter_context(_page(html, tagger, options))
        tagging = Tagging(tagger, options, wanted, scores=scores, offsets=offsets)
        identity = {"model": folder.hash, "labels": wanted, "scores": scores, "offsets": offsets}
        return tagging.run(_writer(tagger, options, pretty), page, identity)


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


def _regions(folder: Any, options: StreamOptions, labels: str, only: bool, threads: int, batch_size: int) -> int:
    from seqtool.cli.regions import run_regions
    from seqtool.engine.genes.tagger import RegionTagger

    tagger = RegionTagger(folder, threads=threads, batch_size=batch_size)
    return run_regions(tagger, options, _wanted(labels, tagger.labels), regions_only=only)


def _wanted(labels: str, known: Sequence[str]) -> list[str]:
    """The labels of ``--labels``.

    :raises OptionError: the model has not one of them.
    """
    wanted = [part.strip() for part in labels.split(",") if part.strip()]
    for label in wanted:
        if label not in known:
            raise OptionError(f"--labels {label}: the model has no such label; {nearest(label, known)}")
    return wanted


class Tagging:
    """What stands between the records and the tagger."""

    def __init__(
        self, tagger: Tagger, options: StreamOptions, labels: Sequence[str], *, scores: bool, offsets: bool
    ) -> None:
        self._tagger = tagger
        self._options = options
        offsets = offsets or options.format == "conllu"
        self._wanted: dict[str, Any] = {"labels": labels, "scores": scores, "offsets": offsets}
        self._fields = tagger.fields(offsets=offsets, scores=scores)
        self._tags = Strings()
        self._entities = Objects(text=quote, label=quote, start=to_json, end=to_json, score=decimal(options.precision))

    def run(self, writer: Writer | None, page: Writer | None, identity: dict[str, Any]) -> int:
        """Tag everything; the exit status."""
        from seqtool.cli.line_command import LineCommand

        columns = self._options.format in COLUMNS
        if self._options.columns and columns:
            raise OptionError("--columns is for tables: add --format csv or --format tsv")
        command = LineCommand(
            "tag",
            self._options,
            fields=self._fields,
            kept=("tokens", "offsets"),
            identity=identity,
            take=self._take,
            writer=writer,
            also=page,
            formats=("conll",),
        )
        encode = writer is None and page is None
        return command.run(lambda items: self.answers(items, sentences=columns, encode=encode))

    def _take(self, fields: dict[str, Any], name: str) -> Item:
        """What is tagged of a record.

        :raises BadRecord: kinds field and type; clash, where it has tokens or offsets that were not read.
        """
        item = take_tokens(fields, name)
        if item[1] is None and not self._options.prefix:
            for field in ("tokens", "offsets"):
                if field in fields and field in self._fields:
                    if not self._options.overwrite:
                        raise BadRecord("clash", f"the field {field!r} is there already; {TWO_WAYS_OUT}")
                    del fields[field]
        return item

    def answers(self, items: list[Item], *, sentences: bool, encode: bool) -> list[dict[str, Any]]:
        """The answers to a window; ``encode``: as JSON, for who wants nothing else of them."""
        texts, tokens, offsets = map(list, zip(*items))
        answers = self._tagger.answers(texts, tokens, offsets, sentences=sentences, **self._wanted)
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
        return text, None, None
    if "offsets" not in fields or fields["offsets"] is None:
        return text, tokens, None if text is None else _aligned(text, tokens)
    return text, tokens, _offsets(fields["offsets"], len(tokens), text)


def _aligned(text: str, tokens: Sequence[str]) -> list[tuple[int, int]] | None:
    """The offsets of tokens in their text; None where one is not in it."""
    offsets = []
    end = 0
    for token in tokens:
        start = text.find(token, end)
        if start < 0:
            return None
        end = start + len(token)
        offsets.append((start, end))
    return offsets


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

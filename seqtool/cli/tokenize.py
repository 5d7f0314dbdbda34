"""seqtool tokenize: lines to words, sentences, characters or subwords, and back."""

from __future__ import annotations

import gc
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import click

from seqtool.cli.help import Function, HelpfulCommand, option
from seqtool.cli.options import (
    MODEL,
    SPEED,
    StreamOptions,
    apply,
    default_threads,
    input_options,
    output_options,
    stream_options,
    threads_option,
)
from seqtool.tokenization.tokenizer import DEFAULT_ALPHA, KINDS, OF_SUBWORDS, TokenizeAsked, Tokenizer, check_together

if TYPE_CHECKING:
    from seqtool.tokenization.subwords import Subwords

DEFAULT_MODEL = "sentiment-en"
TOKENS, SUBWORDS = "Tokens", "Subwords"
# Tokens by the million hold no cycles: looking for some takes a twentieth of the time.
RARELY = 50_000


def _options(function: Function) -> Function:
    return apply(
        function,
        option("--kind", type=click.Choice(KINDS), group=TOKENS,
               help="What to cut into: words, or subwords where an option asks for them."),
        option("--each", is_flag=True, group=TOKENS, help="Write a record for every token: text and source_line."),
        option("--offsets/--no-offsets", default=None, group=TOKENS,
               help="Where each token begins and ends, in code points; by default for all but subwords."),
        option("-m", "--model", metavar="NAME|PATH", group=MODEL,
               help=f"A model that has a tokenizer, or a sentencepiece file; by default {DEFAULT_MODEL}."),
        option("--ids", is_flag=True, group=SUBWORDS, help="Write the numbers of the subwords, in their place."),
        option("--decode", is_flag=True, group=SUBWORDS, help="Turn ids, or tokens, back into text."),
        option("--n-best", type=click.IntRange(1, 512), metavar="N", group=SUBWORDS,
               help="Add the N likeliest ways to cut as answers, best first."),
        option("--sample", type=click.IntRange(min=1), metavar="N", group=SUBWORDS,
               help="Add N ways to cut, drawn by chance, as answers."),
        option("--alpha", type=click.FloatRange(0, 1e6), metavar="A", group=SUBWORDS,
               help=f"How near the best the draws are; of a bpe model, the share of merges left out. By default {DEFAULT_ALPHA}."),
        option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", group=SUBWORDS,
               help="The same seed draws the same."),
        input_options,
        output_options,
        threads_option,
        option("--batch-size", type=click.IntRange(min=1), default=256, show_default=True, metavar="N", group=SPEED,
               help="Texts that are cut at once."),
    )  # fmt: skip


@click.command(
    "tokenize",
    cls=HelpfulCommand,
    examples=[
        "echo \"Isn't it 3.5 km to O'Hare?\" | seqtool tokenize",
        "seqtool tokenize --kind sentences --each examples/reviews.txt | seqtool classify",
        "seqtool tokenize --kind subwords --ids examples/reviews.txt",
    ],
)
@_options
def command(
    kind: str | None, model: str | None, each: bool, decode: bool, threads: int | None, batch_size: int, **values: Any
) -> int:
    """Cut each line into words, sentences, characters or subwords.

    Tokens are slices of the text as it stands; subwords are the pieces of their model, in which
    U+2581 stands for a space.
    """
    options = stream_options(values)
    options_given = {"model": model, "each": each, "decode": decode, **values}
    given = {name for name, value in options_given.items() if value not in (None, False)}
    kind = kind or ("subwords" if given.intersection(OF_SUBWORDS) else "words")
    check_together(kind, given)
    gc.set_threshold(RARELY)

    from seqtool.cli.cutting import QuickTokenizer
    from seqtool.cli.line_command import LineCommand

    subwords = None
    if kind == "subwords":
        from seqtool.tokenization.subwords import open_subwords

        subwords = open_subwords(model or DEFAULT_MODEL)
    if subwords is not None and decode:
        return _decode(options, subwords)
    asked = TokenizeAsked(kind=kind, **values)
    if each:
        asked = replace(asked, offsets=False)
    if asked.sample:
        asked = replace(asked, seed=_seed(asked.seed, options))
    tokenizer = (Tokenizer if each else QuickTokenizer)(
        subwords, threads=threads or default_threads(), batch_size=batch_size
    )
    asked = tokenizer.check(asked)
    line_command = LineCommand(
        "tokenize",
        options,
        fields=["text"] if each else tokenizer.fields(asked),
        identity={"model": subwords.hash if subwords else None, "each": each, **asdict(asked)},
        each=each,
        numbered=bool(asked.sample),
    )
    if not each:
        return line_command.run(lambda items: tokenizer.answers(items, asked))
    return line_command.run(
        lambda texts: [[{"text": token} for token in answer["tokens"]] for answer in tokenizer.answers(texts, asked)]
    )


def _seed(seed: int | None, options: StreamOptions) -> int | None:
    """The seed that was given, or that a killed run drew; None for a fresh one."""
    from seqtool.records.output import drawn_seed

    return drawn_seed(options.output, options.resume) if seed is None else seed


def _decode(options: StreamOptions, subwords: Subwords) -> int:
    from seqtool.cli.cutting import Restorer, take_tokens
    from seqtool.cli.line_command import LineCommand

    # A text that is there already is no clash, as long as it is the one that comes out.
    kept = not (options.prefix or options.overwrite)
    if options.field == "text":
        options = replace(options, field="tokens")
    line_command = LineCommand(
        "tokenize",
        options,
        fields=["text"],
        kept=["text"] if kept else (),
        identity={"decode": subwords.hash},
        take=take_tokens,
    )
    return line_command.run(Restorer(subwords, kept).answers)

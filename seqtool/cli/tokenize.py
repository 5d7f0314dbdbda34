"""seqtool tokenize: lines to words, sentences, characters or subwords, and back."""

from __future__ import annotations

import gc
from dataclasses import replace
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
from seqtool.errors import OptionError

if TYPE_CHECKING:
    from seqtool.tokenization.subwords import Subwords

DEFAULT_MODEL = "sentiment-en"
KINDS = ("words", "sentences", "characters", "subwords")
TOKENS, SUBWORDS = "Tokens", "Subwords"
DEFAULT_ALPHA = 0.1
# Tokens by the million hold no cycles: looking for some takes a twentieth of the time.
RARELY = 50_000
# These options are about subwords, and ask for them where --kind does not.
OF_SUBWORDS = ("model", "decode", "ids", "n_best", "sample", "alpha", "seed")
# Pairs that do not go together.
APART = (
    ("decode", "each"), ("decode", "offsets"), ("decode", "ids"), ("decode", "n_best"), ("decode", "sample"),
    ("each", "offsets"), ("each", "ids"), ("each", "n_best"), ("each", "sample"),
    ("n_best", "sample"), ("offsets", "n_best"), ("offsets", "sample"),
)  # fmt: skip


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
def command(kind: str | None, threads: int | None, batch_size: int, **values: Any) -> int:
    """Cut each line into words, sentences, characters or subwords.

    Tokens are slices of the text as it stands; subwords are the pieces of their model, in which
    U+2581 stands for a space.
    """
    options = stream_options(values)
    given = {name for name, value in values.items() if value not in (None, False)}
    kind = kind or ("subwords" if given.intersection(OF_SUBWORDS) else "words")
    _check(kind, given)
    gc.set_threshold(RARELY)
    if kind == "subwords":
        return _subwords(options, threads or default_threads(), batch_size, **values)

    from seqtool.cli.cutting import each_of, rules_of
    from seqtool.cli.line_command import LineCommand

    each = values["each"]
    offsets = not each and values["offsets"] is not False
    line_command = LineCommand(
        "tokenize",
        options,
        fields=["text"] if each else ["tokens", "offsets"] if offsets else ["tokens"],
        identity={"kind": kind, "each": each},
        each=each,
    )
    if each:
        return line_command.run(each_of(kind))
    return line_command.run(rules_of(kind, offsets))


def _named(name: str) -> str:
    return "-m" if name == "model" else f"--{name.replace('_', '-')}"


def _check(kind: str, given: set[str]) -> None:
    """See that the options go together.

    :raises OptionError: some do not.
    """
    for name in OF_SUBWORDS:
        if name in given and kind != "subwords":
            raise OptionError(f"{_named(name)} is about subwords; leave out --kind {kind}, or {_named(name)}")
    for one, other in APART:
        if {one, other} <= given:
            raise OptionError(f"{_named(one)} and {_named(other)} do not go together; leave one of them out")
    for name in ("alpha", "seed"):
        if name in given and "sample" not in given:
            raise OptionError(f"{_named(name)} is about chance; add --sample N")


def _subwords(
    options: StreamOptions,
    threads: int,
    batch_size: int,
    *,
    model: str | None,
    each: bool,
    offsets: bool | None,
    ids: bool,
    decode: bool,
    n_best: int | None,
    sample: int | None,
    alpha: float | None,
    seed: int | None,
) -> int:
    from seqtool.cli.cutting import Answering, Cutter
    from seqtool.cli.line_command import LineCommand
    from seqtool.tokenization.subwords import open_subwords

    subwords = open_subwords(model or DEFAULT_MODEL)
    if decode:
        return _decode(options, subwords)
    identity: dict[str, Any] = {"kind": "subwords", "model": subwords.hash, "each": each, "ids": ids, "n_best": n_best}
    answering = Answering(n_best=n_best or 0, samples=sample or 0)
    if n_best:
        subwords.check_answers()
    if sample:
        alpha = DEFAULT_ALPHA if alpha is None else alpha
        answering = replace(answering, sampler=subwords.sampler(alpha), seed=_seed(seed, options))
        identity |= {"sample": sample, "alpha": alpha, "seed": answering.seed}
    more = [name for name, wanted in (("offsets", offsets), ("answers", n_best or sample)) if wanted]
    line_command = LineCommand(
        "tokenize",
        options,
        fields=["text"] if each else ["ids" if ids else "tokens", *more],
        identity=identity,
        each=each,
        numbered=bool(sample),
    )
    cutter = Cutter(subwords, threads, batch_size, offsets=bool(offsets), ids=ids, answering=answering)
    return line_command.run(cutter.each if each else cutter.answers)


def _seed(seed: int | None, options: StreamOptions) -> int:
    """The seed that was given, that a killed run drew, or a fresh one."""
    import secrets

    from seqtool.records.output import drawn_seed

    if seed is None:
        seed = drawn_seed(options.output, options.resume)
    return secrets.randbits(63) if seed is None else seed


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

"""seqtool train tokenizer: a subword tokenizer from plain text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from seqtool.cli.help import HelpfulCommand, option
from seqtool.cli.train.options import folder_options
from seqtool.cli.train.run import train
from seqtool.records import read

DATA, SUBWORDS, RUN = "Data", "Subwords", "Run"
PATH = click.Path(path_type=Path)


# fmt: off
@click.command(
    "tokenizer",
    cls=HelpfulCommand,
    examples=[
        "seqtool train tokenizer examples/reviews.txt --vocab-size 400 -o my-pieces",
        "cat examples/reviews.txt | seqtool train tokenizer --model bpe --vocab-size 400 -o my-bpe",
    ],
)
@click.argument("files", nargs=-1, type=PATH, metavar="[FILES]...")
@option("--input", "input_", type=click.Choice(read.FORMATS), default="auto", show_default=True, group=DATA,
        help="What the files hold; auto goes by the ending, then by the first line.")
@option("--field", default="text", show_default=True, metavar="NAME", group=DATA, help="The field or column with the text.")
@option("--delimiter", default="", metavar="CHAR", group=DATA, help="What parts the columns of a table.")
@option("--encoding", default="utf-8", show_default=True, group=DATA, help="How the bytes are encoded.")
@option("--sentences", type=click.IntRange(min=1), default=300_000, show_default=True, metavar="N", group=DATA,
        help="Train on so many sentences, drawn by chance from all texts.")
@option("--vocab-size", "--vocabulary-size", "vocabulary_size", type=click.IntRange(min=1), default=8000, show_default=True,
        metavar="N", group=SUBWORDS, help="How many subwords.")
@option("--model", type=click.Choice(["unigram", "bpe", "char"]), default="unigram", show_default=True, group=SUBWORDS,
        help="The likeliest pieces, merged pairs, or single letters.")
@option("--lower", is_flag=True, group=SUBWORDS, help="Lower-case and normalise; texts then do not come back as they were.")
@option("-o", "--output", type=PATH, metavar="DIR", group=RUN, help="The model folder to write.")
@option("--force", is_flag=True, group=RUN, help="Replace a folder that is there.")
@option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, metavar="N", group=RUN,
        help="Which sentences are drawn.")
@folder_options
@option("-q", "--quiet", is_flag=True, group=RUN, help="No progress.")
def tokenizer(files: tuple[Path, ...], input_: str, field: str, delimiter: str, encoding: str, **values: Any) -> int:
    """Train subwords on plain text: files, also .gz, .bz2 and .xz, or standard input."""
    from seqtool.training.recipe import CorpusSettings, TokenizerSettings
    from seqtool.training.tokenizer.recipe import TokenizerRecipe

    settings = {name: values[name] for name in ("vocabulary_size", "model", "lower", "sentences")}
    recipe = TokenizerRecipe(
        corpus=tuple(
            CorpusSettings(file=str(path), format=input_, text=field, delimiter=delimiter, encoding=encoding)
            for path in files or (Path("-"),)
        ),
        tokenizer=TokenizerSettings(**settings),
        **{name: values[name] for name in ("seed", "licence", "languages")},
    )
    return train(recipe, values)

"""seqtool train vectors: word vectors from plain text."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from seqtool.cli.help import HelpfulCommand, option
from seqtool.cli.options import limit_threads
from seqtool.cli.train.options import folder_options
from seqtool.cli.train.run import train
from seqtool.errors import OptionError

DATA, VECTORS, RUN = "Data", "Vectors", "Run"
PATH = click.Path(path_type=Path)


# fmt: off
@click.command(
    "vectors",
    cls=HelpfulCommand,
    examples=[
        "seqtool train vectors examples/reviews.txt --minimum-count 2 --size 20 -o my-words",
        "cat examples/reviews.txt | seqtool train vectors --subwords --minimum-count 2 --size 20 -o with-subwords",
        "seqtool train vectors --extend words-en examples/reviews.txt --minimum-count 1 -o more-words",
    ],
)
@click.argument("files", nargs=-1, type=PATH, metavar="[FILES]...")
@option("--field", default="text", show_default=True, metavar="NAME", group=DATA, help="The field or column with the text.")
@option("--encoding", default="utf-8", show_default=True, group=DATA, help="How the bytes are encoded.")
@option("--cased", is_flag=True, group=DATA, help="Keep capitals apart; by default text is lower-cased.")
@option("--phrases", type=click.IntRange(min=0), default=0, show_default=True, metavar="N", group=DATA,
        help="Passes that join words which often stand together: new_york.")
@option("--method", type=click.Choice(["skip-gram", "cbow", "swivel"]), default="skip-gram", show_default=True, group=VECTORS,
        help="Predict the context from the word, the word from its context, or factor a table of pairs.")
@option("--extend", default="", metavar="NAME", group=VECTORS,
        help="Keep these vectors (a folder, or another program's file); every other word gets one from the words around it.")
@option("--learning-rate", type=click.FloatRange(min=0, min_open=True), metavar="R", group=VECTORS,
        help="The first step; by default 0.025, for cbow and swivel 0.05.")
@option("--subwords", is_flag=True, group=VECTORS, help="fastText: character n-grams too, which unknown words are made of.")
@option("--size", type=click.IntRange(min=1, max=4096), default=100, show_default=True, metavar="N", group=VECTORS, help="Dimensions.")
@option("--window", type=click.IntRange(min=1), default=5, show_default=True, metavar="N", group=VECTORS, help="Words of context on either side.")
@option("--negative", type=click.IntRange(min=1), default=5, show_default=True, metavar="N", group=VECTORS, help="Random words against each right one.")
@option("--minimum-count", type=click.IntRange(min=1), default=5, show_default=True, metavar="N", group=VECTORS, help="Rarer words get no vector.")
@option("--sample", type=click.FloatRange(min=0), default=1e-4, show_default=True, metavar="R", group=VECTORS,
        help="Words above this share of the text are read less often.")
@option("--epochs", type=click.IntRange(min=1), default=5, show_default=True, metavar="N", group=VECTORS, help="How often the text is read.")
@option("--words", type=click.IntRange(min=0), default=0, show_default=True, metavar="N", group=VECTORS, help="Keep the N commonest words; 0 for all.")
@option("--storage", type=click.Choice(["int8", "float16", "float32"]), default="float16", show_default=True, group=VECTORS,
        help="How numbers are stored: int8 is half of float16 and costs a little.")
@option("-o", "--output", type=PATH, metavar="DIR", group=RUN, help="The vector folder to write.")
@option("--force", is_flag=True, group=RUN, help="Replace a folder that is there.")
@option("--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True, metavar="N", group=RUN,
        help="With one thread the same seed gives the same vectors.")
@option("--threads", type=click.IntRange(min=1), metavar="N", group=RUN,
        help="Cores to use; with more than one, two runs are never quite alike.")
@folder_options
@option("--log", type=PATH, metavar="FILE", group=RUN, help="Append a JSON line for every epoch.")
@option("-q", "--quiet", is_flag=True, group=RUN, help="No progress.")
def vectors(files: tuple[Path, ...], field: str, encoding: str, cased: bool, threads: int | None, **values: Any) -> int:
    """Train word vectors on plain text: files, also .gz, .bz2 and .xz, or standard input."""
    limit_threads(threads)
    from seqtool.training.recipe import CorpusSettings
    from seqtool.training.vectors.recipe import RunSettings, VectorsRecipe

    named = {item.name for item in fields(RunSettings)}
    given = {name: value for name, value in values.items() if name in named and value is not None}
    if values["subwords"] and values["method"] == "swivel":
        raise OptionError("--subwords: swivel has none; --method skip-gram or cbow has")
    if values["extend"] and (values["subwords"] or values["phrases"]):
        raise OptionError("--extend: goes with no --subwords or --phrases; the vectors that are there stay as they are")
    context = click.get_current_context()
    for name in ("method", "size", "negative", "sample", "epochs", "learning_rate"):
        if values["extend"] and context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise OptionError(f"--extend: goes with no --{name.replace('_', '-')}; nothing is trained, leave it out")
    run = RunSettings(**{"learning_rate": 0.025 if values["method"] == "skip-gram" else 0.05, **given})
    recipe = VectorsRecipe(
        corpus=tuple(CorpusSettings(file=str(path), text=field, encoding=encoding) for path in files or (Path("-"),)),
        run=(run,),
        lowercase=not cased,
        **{name: values[name] for name in ("phrases", "words", "extend", "storage", "licence", "languages", "seed")},
    )
    return train(recipe, {**values, "threads": threads})

"""seqtool vectors: import and export word vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from seqtool.cli.help import HelpfulCommand, HelpfulGroup, option
from seqtool.errors import OptionError

INPUT, OUTPUT = "Input", "Output"
PATH = click.Path(path_type=Path)


@click.group(
    "vectors",
    cls=HelpfulGroup,
    examples=[
        "seqtool vectors import examples/vectors.txt -o mine",
        "seqtool vectors export words-en --to glove | head -1 | cut -d ' ' -f 1-4",
    ],
)
def command() -> None:
    """Import and export word vectors."""


# fmt: off
@command.command(
    "import",
    cls=HelpfulCommand,
    examples=[
        "seqtool vectors import examples/vectors.txt -o mine",
        "seqtool vectors import examples/vectors.txt --storage int8 --corpus examples/reviews.txt -o mine-small",
    ],
)
@click.argument("file", type=PATH)
@option("--from", "form", type=click.Choice(["auto", "word2vec", "word2vec-binary", "glove", "fasttext"]), default="auto",
        show_default=True, group=INPUT, help="The file's form; auto looks at its beginning.")
@option("--words", type=click.IntRange(min=1), metavar="N", group=INPUT, help="Only the first N, which are the commonest in most files.")
@option("--corpus", type=PATH, metavar="FILE", group=INPUT,
        help="Text to count the words in: embed --method sif needs counts.")
@option("-o", "--output", type=PATH, metavar="DIR", group=OUTPUT, help="The vector folder to write.")
@option("--storage", type=click.Choice(["int8", "float16", "float32"]), default="float16", show_default=True, group=OUTPUT,
        help="How numbers are stored; float32 keeps every bit.")
@option("--unit", is_flag=True, group=OUTPUT, help="Scale every vector to length one.")
@option("--licence", default="not stated", metavar="TEXT", group=OUTPUT, help="The licence that the manifest states.")
@option("--language", "languages", multiple=True, metavar="CODE", group=OUTPUT, help="A language that the manifest states.")
@option("--force", is_flag=True, group=OUTPUT, help="Replace a folder that is there.")
def import_(
    file: Path,
    form: str,
    words: int | None,
    corpus: Path | None,
    output: Path | None,
    storage: str,
    unit: bool,
    licence: str,
    languages: tuple[str, ...],
    force: bool,
) -> int:
    """Make a vector folder of word2vec text or binary, GloVe text, or fastText .vec."""
    if output is None:
        raise OptionError("-o DIR is missing: where shall the vector folder be?")
    from seqtool.modelfolder.write import check_output_folder, new_folder

    check_output_folder(output, force)
    from seqtool.training.vectors.recipe import VectorsRecipe
    from seqtool.vectors.formats import read_vectors
    from seqtool.vectors.matrix import to_unit
    from seqtool.vectors.write import fill_folder, manifest

    names, rows = read_vectors(file, form, limit=words or 0)
    if unit:
        rows = to_unit(rows)
    lowercase = not any(name != name.lower() for name in names)
    counts = common = None
    if corpus is not None:
        counts, common = _counted(corpus, names, rows, lowercase)
    said: dict[str, object] = {}
    with new_folder(output, said, force=force) as folder:
        tables = fill_folder(
            folder, names, rows, storage=storage, counts=counts, lowercase=lowercase, unit=unit, common=common, weight=1e-3
        )
        recipe = VectorsRecipe(licence=licence, languages=languages, description=f"Imported from {file.name}")
        said.update(manifest(recipe, output.name, tables))
        case = "lower case" if lowercase else "capitals kept apart"
        (folder / "README.md").write_text(
            f"# {output.name}\n\nImported from `{file.name}`: {len(names):,} words ({case}), {rows.shape[1]} dimensions, "
            f"stored as {storage}.\n\nLicence: {licence}\n",
            encoding="utf-8",
        )
    click.echo(f"{output}: {len(names):,} words, {rows.shape[1]} dimensions")
    return 0


# fmt: on
def _counted(corpus: Path, names: list[str], rows: Any, lowercase: bool) -> tuple[list[int], Any]:
    """How often each word stands in a text, and the direction that its lines share."""
    import numpy as np

    from seqtool.training.data.corpus import count_words
    from seqtool.training.recipe import CorpusSettings
    from seqtool.training.vectors.joining import sif_directions

    tokens = count_words((CorpusSettings(file=str(corpus)),), lowercase=lowercase)
    counts = [tokens.counts[name] for name in names]
    return counts, sif_directions(tokens.texts, names, rows, np.array(counts))


# fmt: off
@command.command(
    "export",
    cls=HelpfulCommand,
    examples=[
        "seqtool vectors export words-en --to word2vec-binary -o words.bin && ls words.bin",
        "seqtool vectors export words-en --to glove | head -1 | cut -d ' ' -f 1-4",
    ],
)
@click.argument("model")
@option("--to", "form", type=click.Choice(["word2vec", "word2vec-binary", "glove", "fasttext"]), default="word2vec",
        show_default=True, group=OUTPUT, help="The form: words and numbers, or word2vec's binary.")
@option("-o", "--output", type=PATH, metavar="FILE", group=OUTPUT, help="The file to write; without it standard output.")
def export(model: str, form: str, output: Path | None) -> int:
    """Write vectors in the form of another program."""
    from seqtool.records.output import StandardOutput, whole_file
    from seqtool.vectors.formats import lines_of
    from seqtool.vectors.store import open_vectors

    vectors = open_vectors(model)
    if output is None:
        standard = StandardOutput()
        for part in lines_of(vectors, form):
            standard.append(part)
        return 0
    with whole_file(output) as beside, open(beside, "wb") as file:
        file.writelines(lines_of(vectors, form))
    return 0

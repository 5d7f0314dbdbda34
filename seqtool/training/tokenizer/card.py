"""The card of a tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seqtool.training.tokenizer.recipe import TokenizerRecipe

EXACT = """Every text comes back from its pieces as it was, letter by letter: nothing is normalised, what has no
piece is written as its bytes, and white space stays as it is. One letter needs an escape, since
sentencepiece takes it for a space: before encoding, U+2581 becomes U+001A and `_`, and U+001A becomes two of
itself; after decoding they are turned back (`escape = true` in `model.toml`). Whoever reads
`pieces.model` without seqtool has to do the same, for texts that hold one of the two."""

LOWERED = """Texts do not come back as they were: they are lower-cased and normalised (NFKC), and white space is
made one space, before they are cut (`exact = false` in `model.toml`)."""


def tokenizer_card(recipe: TokenizerRecipe, manifest: dict[str, Any], result: dict[str, Any]) -> str:
    """The folder's README.md."""
    settings = recipe.tokenizer
    name = manifest["name"]
    files = ", ".join(f"`{Path(corpus.file).name}`" for corpus in recipe.corpus)
    return (
        f"# {name}\n\n{manifest['description']}\n\n"
        f"- {result['vocabulary_size']:,} pieces, {settings.model}{', lower-cased' if settings.lower else ''}, by sentencepiece\n"
        f"- trained on {result['sentences']:,} sentences drawn from {result['texts']:,} texts of {files}, seed {recipe.seed}\n"
        f"- a piece stands for {result['letters_per_piece']:.2f} letters of these texts\n"
        f"- languages: {', '.join(recipe.languages) or 'not stated'}; licence: {recipe.licence}\n\n"
        f"## Back to text\n\n{LOWERED if settings.lower else EXACT}\n\n"
        f"## Use\n\n    seqtool tokenize -m ./{name} --ids < lines.txt > ids.jsonl\n"
        f"    seqtool tokenize -m ./{name} --decode < ids.jsonl\n"
    )

"""The card of trained vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seqtool.training.vectors.recipe import VectorsRecipe


def vectors_card(recipe: VectorsRecipe, manifest: dict[str, Any], result: dict[str, Any]) -> str:
    """The folder's README.md."""
    runs = "\n".join(
        f"- {'fastText ' if run.subwords else ''}{run.method}, {run.size} dimensions, window {run.window}, "
        f"{run.negative} negatives, sample {run.sample:g}, {run.epochs} epochs, minimum count {run.minimum_count}, seed {run.seed}"
        for run in recipe.run
    )
    if recipe.extend:
        run = recipe.run[0]
        runs = (
            f"- the vectors of {recipe.extend}; other words' from their contexts (Khodak et al. 2018), window {run.window}, "
            f"minimum count {run.minimum_count}"
        )
    files = ", ".join(f"`{Path(corpus.file).name}`" for corpus in recipe.corpus)
    return (
        f"# {manifest['name']}\n\n{recipe.description or 'Word vectors.'}\n\n"
        f"- {result['words']:,} words, {result['size']} dimensions, stored as {recipe.storage}\n"
        f"- trained on {result['corpus_words']:,} words of {files} in {result['seconds']:,.0f} s\n"
        f"- licence: {recipe.licence}\n\n## How\n\n{runs}\n\n"
        "`recipe.toml` holds all settings. No score has been measured: `seqtool evaluate vectors` measures one.\n"
    )

"""The card of a trained translator: what it is, what it was trained on, how well it does."""

from __future__ import annotations

from typing import Any

from seqtool.training.recipe import source_name
from seqtool.training.translate.data import ParallelText
from seqtool.training.translate.recipe import TranslateRecipe


def translator_card(
    manifest: dict[str, Any], recipe: TranslateRecipe, text: ParallelText, result: dict[str, Any]
) -> str:
    """``README.md``, for people; they may edit it."""
    name, network = manifest["name"], manifest["network"]
    directions = ", ".join(manifest["answer"]["directions"])
    lines = [
        f"# {name}",
        "",
        manifest["description"] or f"Translates: {directions}.",
        "",
        f"- task: translate; directions: {directions}; licence: {manifest['licence']}",
        f"- network: {network['vocabulary_size']:,} joint pieces of {network['embedding_size']}; encoder of "
        f"{network['num_layers']} {network['cell'].upper()} layer(s) of {network['hidden_size']} in two directions, decoder of "
        f"{network['decoder_layers']} of {network['decoder_size']}, {network['attention']} attention",
        f"- weights: {recipe.training.storage}; dev chrF {result['score']:.2f} before rounding "
        f"and {result['score_as_stored']:.2f} as stored, greedy",
        f"- training: {result['steps']:,} steps, {result['tokens']:,} source pieces, {result['seconds'] / 3600:.2f} hours, "
        f"seed {recipe.seed}",
        "",
        "## Data",
        "",
        "| source | pairs that were kept | weight | at the end |",
        "|---|---|---|---|",
    ]
    for index, settings in enumerate(text.sources):
        if index in text.counts:
            weights = f"{settings.weight_at(0.0):g} | {settings.weight_at(1.0):g}"
            lines.append(f"| {source_name(settings)} | {text.counts[index].kept:,} | {weights} |")
    lines += ["", "## Dev scores", "", "chrF2 of greedy translations.", ""]
    lines += [
        f"- {key.removeprefix('score_')}: {value:.2f}"
        for key, value in result["dev"].items()
        if key.startswith("score_")
    ]
    lines += [
        "",
        "## Limits",
        "",
        "Scores are of sentences like those it was trained on; on others they are lower.",
        "",
    ]
    return "\n".join(lines)

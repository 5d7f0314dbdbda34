"""The card of a trained folder: what it is, what it was trained on, how well it does."""

from __future__ import annotations

from collections import Counter
from typing import Any

from seqtool.training.classify.recipe import ClassifyRecipe
from seqtool.training.data.rows import SPLITS, Data


def _ngrams(manifest: dict[str, Any]) -> list[str]:
    """A line about the linear model beside the network, if there is one."""
    ngrams = manifest.get("ngrams")
    if ngrams is None:
        return []
    return [
        f"- beside it: a linear model of n-grams of 1 to {ngrams['order']} pieces, its logits added {ngrams['weight']} times"
    ]


def classifier_card(manifest: dict[str, Any], recipe: ClassifyRecipe, data: Data, result: dict[str, Any]) -> str:
    """``README.md``, for people; they may edit it."""
    name = manifest["name"]
    network = manifest["network"]
    directions = "two directions" if network["bidirectional"] else "one direction"
    layers = "a bag of words" if network["cell"] == "none" else (
        f"{network['num_layers']} {network['cell'].upper()} layer(s) of {network['hidden_size']} in {directions}, "
        f"pooled by {' and '.join(network['pooling'])}"
    )  # fmt: skip
    dev = result["dev"]
    lines = [
        f"# {name}",
        "",
        manifest["description"] or f"Labels a text: {', '.join(manifest['labels'][:20])}.",
        "",
        f"- task: {manifest['task']}, {recipe.kind}; languages: {', '.join(manifest['languages']) or 'not stated'}",
        f"- licence: {manifest['licence']}",
        f"- network: {network['vocabulary_size']:,} pieces, embeddings of {network['embedding_size']}, {layers}",
        *_ngrams(manifest),
        f"- weights: {recipe.training.storage}; the dev score is {result['score']:.4f} before rounding "
        f"and {result['score_as_stored']:.4f} as stored",
        f"- training: {result['steps']:,} steps, {result['tokens']:,} pieces, {result['seconds'] / 60:.1f} minutes, seed {recipe.seed}",
        "",
        "## Data",
        "",
        "| source | train | dev | test |",
        "|---|---|---|---|",
    ]
    counts = {split: Counter(row.source for row in data.rows[split]) for split in SPLITS}
    for source in sorted({row.source for split in SPLITS for row in data.rows[split]}):
        lines.append(f"| {source} | " + " | ".join(f"{counts[split][source]:,}" for split in SPLITS) + " |")
    lines += [f"- {note}" for note in ["", *data.notes] if note]
    lines += ["", "## Dev scores", "", "From the graph as stored.", ""]
    for key in ("accuracy", "balanced_accuracy", "macro_f1", "micro_f1", "exact_match", "calibration_error"):
        if key in dev:
            lines.append(f"- {key.replace('_', ' ')}: {dev[key]:.4f}")
    if "stars" in dev:
        lines.append(
            f"- rating: balanced accuracy {dev['stars']['balanced_accuracy']:.4f}, mean absolute error {dev['stars']['mean_absolute_error']:.4f}"
        )
    if result["baseline"]:
        lines.append(
            f"- score (mean recall over labels and sources) {result['score_as_stored']:.4f}, TF-IDF and logistic regression {result['baseline']['score']:.4f}"
        )
    lines += [
        "",
        "## Limits",
        "",
        "Scores are of texts like those it was trained on; on others they are lower. Try it on your own rows:",
        "",
        f"    seqtool evaluate classify -m {name} ROWS.csv",
        "",
    ]
    return "\n".join(lines)

"""The card of a trained tagger: what it is, what it was trained on, how well it does."""

from __future__ import annotations

from collections import Counter
from typing import Any

from seqtool.training.data.rows import SPLITS
from seqtool.training.tag.data import TagData
from seqtool.training.tag.recipe import TagRecipe


def tagger_card(manifest: dict[str, Any], recipe: TagRecipe, data: TagData, result: dict[str, Any]) -> str:
    """``README.md``, for people; they may edit it."""
    name = manifest["name"]
    network = manifest["network"]
    directions = "two directions" if network["bidirectional"] else "one direction"
    encoder = network["character_encoder"]
    characters = "" if encoder == "none" else f", characters by {encoder.upper()} ({network['character_size']})"
    lists = f", {len(manifest['lexicon']['lists'])} lists of names" if "lexicon" in manifest else ""
    lines = [
        f"# {name}",
        "",
        manifest["description"] or f"A label for every token: {', '.join(manifest['labels'][:20])}.",
        "",
        f"- task: tag, {manifest['answer']['kind']}; languages: {', '.join(manifest['languages']) or 'not stated'}",
        f"- labels: {', '.join(manifest['labels'])}",
        f"- licence: {manifest['licence']}",
        f"- network: {network['vocabulary_size']:,} words of {network['embedding_size']}{characters}{lists}, "
        f"{network['num_layers']} {network['cell'].upper()} layer(s) of {network['hidden_size']} in {directions}"
        + (", a CRF" if network["crf"] else ""),
        f"- weights: {recipe.training.storage}; the dev score is {result['score']:.4f} before rounding "
        f"and {result['score_as_stored']:.4f} as stored",
        f"- training: {result['steps']:,} steps, {result['tokens']:,} tokens, {result['seconds'] / 60:.1f} minutes, seed {recipe.seed}",
        "",
        "## Data",
        "",
        "| source | train | dev | test |",
        "|---|---|---|---|",
    ]
    counts = {split: Counter(sentence.source for sentence in data.sentences[split]) for split in SPLITS}
    for source in sorted({source for split in SPLITS for source in counts[split]}):
        lines.append(f"| {source} | " + " | ".join(f"{counts[split][source]:,}" for split in SPLITS) + " |")
    lines += [f"- {note}" for note in ["", *data.notes] if note]
    lines += ["", "## Dev scores", "", "From the graph as stored.", ""]
    if data.entities:
        lines += ["| source | precision | recall | F1 |", "|---|---|---|---|"]
        for source, report in result["dev"].items():
            lines.append(f"| {source} | {report['precision']:.4f} | {report['recall']:.4f} | {report['f1']:.4f} |")
    else:
        lines += ["| source | accuracy | known words | unknown words |", "|---|---|---|---|"]
        for source, report in result["dev"].items():
            cells = [report["accuracy"], report["known_words"]["accuracy"], report["unknown_words"]["accuracy"]]
            lines.append(f"| {source} | " + " | ".join("-" if cell is None else f"{cell:.4f}" for cell in cells) + " |")
    lines += [
        "",
        "## Limits",
        "",
        "Scores are of texts like those it was trained on; on others they are lower. Try it on your own sentences:",
        "",
        f"    seqtool evaluate tag -m {name} SENTENCES.conll",
        "",
    ]
    return "\n".join(lines)

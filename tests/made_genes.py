"""Untrained taggers of genes, written on the spot, and slow plain readings of what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

COMPLEMENT = str.maketrans("ACGT", "TGCA")


def dna(length: int, seed: int = 1, letters: str = "ACGT") -> bytes:
    """Random letters, with the words that genes need strewn in."""
    chance = np.random.default_rng(seed)
    words = [*letters * 8, "ATG", "TAA", "TAG", "GTAAG", "CAG", "CAT", "TTA", "CTA", "CTTAC", "CTG"]
    return "".join(words[place] for place in chance.integers(0, len(words), length))[:length].encode()


def small_genome() -> Any:
    """One gene on each strand, with introns: what a grammar is counted in."""
    from seqtool.engine.genes.kmers import OTHER
    from seqtool.training.genes.data import CLASS_INDEX, Genome

    names = ["intergenic"] * 20 + ["utr5+"] * 4 + [f"exon{n % 3}+" for n in range(9)] + ["intron+"] * 8
    names += [f"exon{n % 3}+" for n in range(6)] + ["utr3+"] * 4 + ["intergenic"] * 20
    bits = np.array([1 << CLASS_INDEX[name] for name in names], np.int32)
    plus = Genome("g", np.full(len(bits), OTHER, np.uint8), bits)
    return Genome("g", np.full(2 * len(bits), OTHER, np.uint8), np.concatenate([bits, plus.turned().possible]))


def random_chains(dialects: int = 1, spread: float = 0.5, seed: int = 1) -> NDArray[np.float16]:
    """Chains that mean nothing, (dialects, kinds, windows), as a folder has them."""
    from seqtool.engine.genes.chains import WIDTH
    from seqtool.training.genes.data import OF_STRAND

    chance = np.random.default_rng(seed)
    return (spread * chance.normal(size=(dialects, len(OF_STRAND), 4**WIDTH))).astype(np.float16)


def plain_chains(tables: NDArray[Any], classes: Sequence[str], text: str) -> NDArray[np.float64]:
    """What chains (kinds, 4**width) say of each letter of a text, (letters, classes), window by window."""
    kinds = [name[:-1] for name in classes if name.endswith("+")]
    width = round(np.log(tables.shape[1]) / np.log(4))
    found = np.zeros((len(text), len(classes)))
    for number, name in enumerate(classes):
        if name[-1] not in "+-":
            continue
        table = tables[kinds.index(name[:-1])]
        for place in range(len(text)):
            # On the minus strand the letter is the window's last too, and the others are read before it.
            if name.endswith("+"):
                window = text[max(0, place - width + 1) : place + 1]
            else:
                window = text[place : place + width].translate(COMPLEMENT)[::-1]
            if len(window) == width and set(window) <= set("ACGT"):
                found[place, number] = table[int("".join(str("ACGT".index(letter)) for letter in window), 4)]
    return found


@dataclass
class Made:
    """A folder, the torch network with its weights as stored, and the chains (kinds, windows)."""

    path: Path
    network: Any
    chains: NDArray[np.float16]

    def open(self, **settings: Any) -> Any:
        from seqtool.engine.genes.tagger import RegionTagger
        from seqtool.modelfolder.manifest import open_folder

        return RegionTagger(open_folder(self.path), **settings)


def write_genes(path: Path, k: int = 3, seed: int = 3, sharp: float = 5.0, **network: Any) -> Made:
    """An untrained tagger that prefers no class, with scores so large that it finds genes anywhere."""
    import torch

    from seqtool.engine.genes.kmers import codes, kmers, vocabulary_size
    from seqtool.export.tagger import export_tagger
    from seqtool.modelfolder.shapes import TaggerShape
    from seqtool.modelfolder.write import new_folder, to_toml
    from seqtool.training.genes.data import CLASSES
    from seqtool.training.genes.grammar import grammar
    from seqtool.training.genes.training import CHAINS, GRAMMAR, LABELS, StepNetwork

    torch.manual_seed(seed)
    settings: dict[str, Any] = {"embedding_size": 8, "hidden_size": 8, "stride": 3, **network}
    shape = TaggerShape(
        vocabulary_size=vocabulary_size(k), num_tags=len(CLASSES), character_encoder="none", crf=False, **settings
    )
    stepper = StepNetwork(shape)
    with torch.no_grad():
        stepper.embedding.table.weight *= 5
        stepper.output.weight *= sharp
        ids = torch.from_numpy(kmers(codes(dna(1000)), k)).long().unsqueeze(1)
        mean = stepper.eval()(ids, torch.tensor([1000])).mean((0, 1))
        stepper.output.bias.sub_(mean.repeat(shape.stride))
    manifest = {
        "name": "genes",
        "version": "1",
        "task": "tag",
        "licence": "CC0",
        "languages": [],
        "labels": LABELS,
        "network": shape.to_table(),
        "tokenizer": {"kind": "kmers", "k": k, "dialects": 1},
        "answer": {
            "kind": "regions",
            "classes": list(CLASSES),
            "grammar": GRAMMAR,
            "chains": CHAINS,
            "background": "intergenic",
        },
    }
    chains = random_chains()
    with new_folder(path, manifest) as folder:
        export_tagger(stepper, folder, "int8")
        (folder / GRAMMAR).write_text(to_toml(grammar([small_genome()])), encoding="utf-8")
        np.save(folder / CHAINS, chains)
        (folder / "README.md").write_text("# genes\n", encoding="utf-8")
        (folder / "recipe.toml").write_text("", encoding="utf-8")
    return Made(path, stepper.eval(), chains[0])

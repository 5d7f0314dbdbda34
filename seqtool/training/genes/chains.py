"""Markov chains of the classes of genes, counted in annotated genomes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seqtool.engine.genes.chains import WIDTH, endings
from seqtool.training.genes.data import CLASS_INDEX, INTERGENIC, OF_STRAND, Genome, between_genes

# How many observations the shorter context is worth.
SMOOTHING = 100.0


def count_chains(genomes: Sequence[Genome]) -> NDArray[np.float32]:
    """For each kind of :data:`~seqtool.training.genes.data.OF_STRAND`, how much likelier a letter is
    there than between genes, by the letters before it: (kinds, 4**WIDTH), natural logarithms.

    Each order is smoothed with the next lower one.  Both strands are read; what lies between genes is
    counted on both alike.
    """
    kinds = ("intergenic", *OF_STRAND)
    logs = np.full((len(kinds), 1, 4), 0.25)
    for width in range(1, WIDTH + 1):
        counts = np.zeros((len(kinds), 4**width))
        for genome in genomes:
            for reading in (genome, genome.turned()):
                numbers = endings(reading.letters, width)
                for kind, name in enumerate(kinds):
                    here = (numbers >= 0) & _of_kind(reading.possible, name)
                    counts[kind] += genome.weight * np.bincount(numbers[here], minlength=4**width)
        split = counts.reshape(len(kinds), -1, 4)
        shorter = np.tile(logs, (1, split.shape[1] // logs.shape[1], 1))
        logs = (split + SMOOTHING * shorter) / (split.sum(2, keepdims=True) + SMOOTHING)
    ratios: NDArray[np.float32] = (np.log(logs[1:]) - np.log(logs[:1])).astype(np.float32)
    return ratios.reshape(len(OF_STRAND), -1)


def _of_kind(possible: NDArray[np.int32], name: str) -> NDArray[np.bool_]:
    if name == "intergenic":
        # Where untranslated ends are not annotated, what may be one is between genes.
        here: NDArray[np.bool_] = np.isin(possible, [1 << INTERGENIC, between_genes(utr=False)])
    else:
        here = np.equal(possible, 1 << CLASS_INDEX[f"{name}+"])
    return here

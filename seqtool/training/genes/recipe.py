"""Recipes of taggers of genes: the TOML tables as dataclasses."""

from __future__ import annotations

from dataclasses import dataclass

from seqtool.modelfolder.shapes import GeneSettings
from seqtool.settings import checked
from seqtool.training.recipe import MOST_WEIGHT, RecipeHead
from seqtool.training.tag.recipe import TagTrainingSettings


@dataclass(frozen=True)
class GeneDataSettings:
    """One genome set of a recipe of genes: ``[[data]]``."""

    file: str
    """FASTA."""
    runs: str
    """Runs of labels that cover every letter: seq, start, end, label, strand, ambiguous."""
    genes: str
    """GFF3, for the codons' positions."""
    name: str = ""
    dialect: str = ""
    """What it shares its codon statistics, introns and borders with; each dialect has its own."""
    utr: bool = True
    """Whether untranslated ends are annotated; where not, what is between genes may be one."""
    weight: float = checked(1.0, above=0, at_most=MOST_WEIGHT)
    """How often a letter is read in an epoch, on average."""
    dev: float = checked(0.0, share=True)
    """The share of each record's end that is kept for choosing."""


@dataclass(frozen=True)
class GeneRecipe(RecipeHead):
    """The whole training of a tagger of genes."""

    task: str = "tag"
    answer: str = checked("regions", choices=("regions",))
    window: int = checked(6, above=0, at_most=12)
    """The letters around a position that are read as one number (k of a k-mer)."""
    frozen: bool = False
    """The windows' vectors stay what was counted: a small genome is else learnt by heart, window by window."""
    weight: float = checked(1.0, above=0)
    """How much the network's scores count when paths are looked for: what it learnt by heart it says too loudly."""
    matrix_weight: float = checked(1.0)
    """How much the letters around a border count at first, beside how often there is one."""
    data: tuple[GeneDataSettings, ...] = ()
    network: GeneSettings = GeneSettings()
    training: TagTrainingSettings = TagTrainingSettings(max_length=2000, batch_size=32, batch_tokens=64000)

"""Recipes of taggers: the TOML tables as dataclasses."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from seqtool.training.recipe import TrainingSettings, plain


@dataclass(frozen=True)
class TagDataSettings:
    """One file of labelled tokens: ``[[data]]``."""

    file: str
    name: str = ""
    format: str = "auto"
    """auto, conll (columns), conllu, or jsonl (``{"text", "entities": [{"start", "end", "label"}]}``)."""
    token: int = 1
    """The column of the token, counted from 1."""
    column: str = ""
    """The column of the tag: a number from 1, or from the end (-1 is the last); upos or xpos in CoNLL-U."""
    scheme: str = "auto"
    """iob1, iob2, ioe, bioes, io; found out by itself."""
    multiword: str = "parts"
    """A CoNLL-U token of several words (French du): its parts, or the whole with joined tags (ADP+DET)."""
    labels: dict[str, Any] = field(default_factory=dict)
    """The file's labels in our words; a list means one of these, "" none (O), "?" that it says nothing."""
    spans: dict[str, Any] = field(default_factory=dict)
    """What spans of these words are in our words, whatever the file says; a value as in ``labels``."""
    cut: tuple[str, ...] = ()
    """Words that are no part of a span that begins with them (Mr., President), whatever the file says."""
    majority: float = 0.0
    """Of spans of the same words, those of other labels take that of this share of them; 0 for never."""
    missing: tuple[str, ...] = ()
    """Labels that the file does not annotate: where it says O, they are possible."""
    handles: str = ""
    """What a span that begins with @ is taken for: "" itself, "?" anything."""
    parts: str = ""
    """A table of sentence number and part (train, dev, test; others are left out), parted by tabs."""
    split: str = ""
    """All sentences for train, dev or test; otherwise shares are held out."""
    dev: float = 0.1
    test: float = 0.0
    weight: float = 1.0
    """How often a sentence is read in an epoch, on average."""
    limit: int = 0
    """At most so many sentences for training, the first ones; 0 for all."""


@dataclass(frozen=True)
class TagVectorSettings:
    """The words and where their vectors start: ``[vectors]``."""

    file: str = ""
    """A vector folder by name or path, or a file of vectors; random vectors without one."""
    frozen: bool = False
    words: int = 0
    """At most so many of its words, the commonest; 0 for all."""
    minimum_count: int = 2
    """Words of the training data that are so common have a vector of their own."""
    lowercase: bool = True


@dataclass(frozen=True)
class LexiconSettings:
    """A list of names: ``[[lexicon]]``; that a word stands in ``list`` is read beside its vectors."""

    file: str
    list: str
    column: int = 1
    limit: int = 0
    """The first so many rows; 0 for all."""
    header: bool = True


@dataclass(frozen=True)
class TagNetworkSettings:
    """The network: ``[network]``, as in ``model.toml``."""

    cell: str = "lstm"
    embedding_size: int = 100
    character_encoder: str = "cnn"
    character_embedding_size: int = 30
    character_size: int = 60
    hidden_size: int = 150
    num_layers: int = 1
    bidirectional: bool = True
    nonlinearity: str = "tanh"
    crf: bool = True
    stride: int = 1
    """So many letters are read at a step of the recurrent layers; words are read one by one."""


@dataclass(frozen=True)
class TagTrainingSettings(TrainingSettings):
    """The loop: ``[training]``."""

    epochs: float = 20.0
    batch_size: int = 16
    batch_tokens: int = 2000
    max_length: int = 200
    dropout: float = 0.4
    recurrent_dropout: float = 0.3
    word_dropout: float = 0.03
    singleton_dropout: float = 0.5
    """How often a word that the training data has once is taken for an unknown one."""
    lower: float = 0.0
    """The share of sentences read in lower case."""
    upper: float = 0.0
    """The share of sentences read in upper case."""
    title: float = 0.0
    """The share of sentences read with every word capitalised, as in headlines."""
    patience: int = 5


@dataclass(frozen=True)
class TagRecipe:
    """The whole training of a tagger."""

    task: str = "tag"
    name: str = ""
    version: str = "1"
    description: str = ""
    licence: str = "not stated"
    languages: tuple[str, ...] = ()
    seed: int = 1
    answer: str = "auto"
    """entities (spans of tokens), labels (one a token); auto: by the tags."""
    scheme: str = "bioes"
    """How the network sees spans: bioes, or iob2."""
    labels: tuple[str, ...] = ()
    """The labels in their order; found in the data when none are named."""
    init: str = ""
    data: tuple[TagDataSettings, ...] = ()
    lexicon: tuple[LexiconSettings, ...] = ()
    vectors: TagVectorSettings = TagVectorSettings()
    network: TagNetworkSettings = TagNetworkSettings()
    training: TagTrainingSettings = TagTrainingSettings()
    tried: tuple[dict[str, Any], ...] = ()
    """What was tried on the way, with its numbers: for people."""

    def to_table(self) -> dict[str, Any]:
        """The recipe as a TOML document, defaults and all."""
        table: dict[str, Any] = plain(asdict(self))
        return table


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
    weight: float = 1.0
    """How often a letter is read in an epoch, on average."""
    dev: float = 0.0
    """The share of each record's end that is kept for choosing."""


@dataclass(frozen=True)
class GeneRecipe:
    """The whole training of a tagger of genes."""

    task: str = "tag"
    name: str = ""
    version: str = "1"
    description: str = ""
    licence: str = "not stated"
    languages: tuple[str, ...] = ()
    seed: int = 1
    answer: str = "regions"
    window: int = 6
    """The letters around a place that are read as one number (k of a k-mer)."""
    frozen: bool = False
    """The windows' vectors stay what was counted: a small genome is else learnt by heart, window by window."""
    weight: float = 1.0
    """How much the network's scores count when paths are looked for: what it learnt by heart it says too loudly."""
    matrix_weight: float = 1.0
    """How much the letters around a border count at first, beside how often there is one."""
    data: tuple[GeneDataSettings, ...] = ()
    network: TagNetworkSettings = TagNetworkSettings(
        character_encoder="none", embedding_size=32, hidden_size=96, num_layers=2, crf=False, stride=3
    )
    training: TagTrainingSettings = TagTrainingSettings(max_length=2000, batch_size=32, batch_tokens=64000)
    tried: tuple[dict[str, Any], ...] = ()
    """What was tried on the way, with its numbers: for people."""

    def to_table(self) -> dict[str, Any]:
        """The recipe as a TOML document, defaults and all."""
        table: dict[str, Any] = plain(asdict(self))
        return table

"""Recipes of taggers: the TOML tables as dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field

from seqtool.modelfolder.shapes import TaggerSettings
from seqtool.settings import checked
from seqtool.training.recipe import MOST_EPOCHS, MOST_ROWS, MOST_STEPS, MOST_WEIGHT, RecipeHead, TrainingSettings

TAG_FORMATS = ("auto", "conll", "conllu", "jsonl")
SCHEMES = ("auto", "iob1", "iob2", "ioe", "bioes", "io")


@dataclass(frozen=True)
class TagDataSettings:
    """One file of labelled tokens: ``[[data]]``."""

    file: str
    name: str = ""
    format: str = checked("auto", choices=TAG_FORMATS)
    """auto, conll (columns), conllu, or jsonl (``{"text", "entities": [{"start", "end", "label"}]}``)."""
    token: int = checked(1, above=0)
    """The column of the token, counted from 1."""
    column: str = ""
    """The column of the tag: a number from 1, or from the end (-1 is the last); upos or xpos in CoNLL-U."""
    scheme: str = checked("auto", choices=SCHEMES)
    """iob1, iob2, ioe, bioes, io; found out by itself."""
    multiword: str = checked("parts", choices=("parts", "whole"))
    """A CoNLL-U token of several words (French du): its parts, or the whole with joined tags (ADP+DET)."""
    labels: dict[str, str | list[str]] = field(default_factory=dict)
    """The file's labels in our words; a list means one of these, "" none (O), "?" that it says nothing."""
    spans: dict[str, str | list[str]] = field(default_factory=dict)
    """What spans of these words are in our words, whatever the file says; a value as in ``labels``."""
    cut: tuple[str, ...] = ()
    """Words that are no part of a span that begins with them (Mr., President), whatever the file says."""
    majority: float = checked(0.0, share=True)
    """Of spans of the same words, those of other labels take that of this share of them; 0 for never."""
    missing: tuple[str, ...] = ()
    """Labels that the file does not annotate: where it says O, they are possible."""
    handles: str = checked("", choices=("", "?"))
    """What a span that begins with @ is taken for: "" itself, "?" anything."""
    parts: str = ""
    """A table of sentence number and part (train, dev, test; others are left out), parted by tabs."""
    split: str = checked("", choices=("", "train", "dev", "test"))
    """All sentences for train, dev or test; otherwise shares are held out."""
    dev: float = checked(0.1, share=True)
    test: float = checked(0.0, share=True)
    weight: float = checked(1.0, above=0, at_most=MOST_WEIGHT)
    """How often a sentence is read in an epoch, on average."""
    limit: int = checked(0)
    """At most so many sentences for training, the first ones; 0 for all."""


@dataclass(frozen=True)
class TagVectorSettings:
    """The words and where their vectors start: ``[vectors]``."""

    file: str = checked(
        "",
        flag="--vectors",
        metavar="NAME|PATH",
        help="Start from word vectors: a folder such as words-en, or a file of vectors.",
    )
    """A vector folder by name or path, or a file of vectors; random vectors without one."""
    frozen: bool = checked(False, flag="--freeze", help="Keep those vectors as they are.")
    words: int = checked(0)
    """At most so many of its words, the commonest; 0 for all."""
    minimum_count: int = checked(2)
    """Words of the training data that are so common have a vector of their own."""
    lowercase: bool = True


@dataclass(frozen=True)
class LexiconSettings:
    """A list of names: ``[[lexicon]]``; that a word stands in ``list`` is read beside its vectors."""

    file: str
    list: str
    column: int = checked(1, above=0)
    limit: int = checked(0)
    """The first so many rows; 0 for all."""
    header: bool = True


@dataclass(frozen=True)
class TagTrainingSettings(TrainingSettings):
    """The loop: ``[training]``."""

    epochs: float = checked(
        20.0, above=0, at_most=MOST_EPOCHS, flag="--epochs", metavar="N", help="How often every sentence is read."
    )
    batch_size: int = checked(
        16, above=0, at_most=MOST_ROWS, flag="--batch-size", metavar="N", help="Sentences a step."
    )
    batch_tokens: int = checked(2000, above=0, at_most=MOST_STEPS)
    max_length: int = checked(200, above=0)
    dropout: float = checked(
        0.4, share=True, flag="--dropout", metavar="P", help="Of what the recurrent layers read and give."
    )
    recurrent_dropout: float = checked(0.3, share=True)
    word_dropout: float = checked(0.03, share=True)
    singleton_dropout: float = checked(0.5, share=True)
    """How often a word that the training data has once is taken for an unknown one."""
    lower: float = checked(0.0, share=True)
    """The share of sentences read in lower case."""
    upper: float = checked(0.0, share=True)
    """The share of sentences read in upper case."""
    title: float = checked(0.0, share=True)
    """The share of sentences read with every word capitalised, as in headlines."""
    patience: int = checked(5)


@dataclass(frozen=True)
class TagRecipe(RecipeHead):
    """The whole training of a tagger."""

    task: str = "tag"
    answer: str = checked("auto", choices=("auto", "entities", "labels"))
    """entities (spans of tokens), labels (one a token); auto: by the tags."""
    scheme: str = checked("bioes", choices=("bioes", "iob2"))
    """How the network sees spans: bioes, or iob2."""
    labels: tuple[str, ...] = ()
    """The labels in their order; found in the data when none are named."""
    init: str = ""
    data: tuple[TagDataSettings, ...] = ()
    lexicon: tuple[LexiconSettings, ...] = ()
    vectors: TagVectorSettings = TagVectorSettings()
    network: TaggerSettings = TaggerSettings()
    training: TagTrainingSettings = TagTrainingSettings()

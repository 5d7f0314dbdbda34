"""Recipes of translators: the TOML tables as dataclasses."""

from __future__ import annotations

from dataclasses import dataclass

from seqtool.errors import OptionError
from seqtool.modelfolder.shapes import TranslatorSettings
from seqtool.settings import checked
from seqtool.training.recipe import MOST_EPOCHS, MOST_ROWS, MOST_STEPS, RecipeHead, TokenizerSettings, TrainingSettings

PAIR_FORMATS = ("auto", "text", "jsonl", "csv", "tsv")
AS_WEIGHT = -1.0


@dataclass(frozen=True)
class PairSettings:
    """One file of sentences and their translations, or two files line by line: ``[[data]]``."""

    file: str
    target_file: str = ""
    """The other side of ``file``, a line for each of its lines."""
    name: str = ""
    format: str = checked("auto", choices=PAIR_FORMATS)
    """auto, csv, tsv, jsonl; text, a sentence a line, of two files."""
    source: str = ""
    """The column or field of the source; by default it is called as ``source_language``, or source."""
    target: str = ""
    """The column or field of the target; by default it is called as ``target_language``, or target."""
    columns: tuple[str, ...] = ()
    """The names of the columns of a table without a header line."""
    delimiter: str = ""
    encoding: str = "utf-8"
    source_language: str = ""
    """A code such as en; nothing is checked of the script of a language that is not named."""
    target_language: str = ""
    both_ways: bool = False
    """Whether the target is learnt to be translated into the source too."""
    split: str = checked("", choices=("", "train", "dev", "test"))
    """All pairs for train, dev or test; otherwise a share is held out."""
    dev: float = checked(0.02, share=True)
    """This share of the sentences; all the translations of one stay in one split."""
    weight: float = checked(1.0)
    """How often a pair is read in an epoch, on average, at the beginning of the training."""
    late_weight: float = checked(AS_WEIGHT, at_least=AS_WEIGHT)
    """The same at its end, in a straight line between; -1 for ``weight``."""
    tag: str = ""
    """Stands before the source in training, so that what is archaic or technical does not colour the rest."""
    limit: int = checked(0)
    """At most so many pairs for training, drawn by seed; 0 for all."""

    @property
    def fields(self) -> tuple[str, str]:
        """The names of the columns or fields of both sides."""
        return self.source or self.source_language or "source", self.target or self.target_language or "target"

    def weight_at(self, progress: float) -> float:
        """The weight when ``progress`` of the training is done, from 0 to 1."""
        late = self.weight if self.late_weight == AS_WEIGHT else self.late_weight
        return self.weight + progress * (late - self.weight)

    def check(self) -> None:
        """Two files are texts, one file is none; there are two sides, and something of them is read."""
        if self.target_file and self.format not in ("auto", "text"):
            raise OptionError(f"format: {self.format!r} of two files; they are text, a sentence a line")
        if not self.target_file and self.format == "text":
            raise OptionError("format: text has one side alone; target_file names the file of the other")
        if not self.target_file and self.fields[0] == self.fields[1]:
            raise OptionError(f"target: {self.fields[1]!r} is the source; name another column or field")
        if self.source_language and self.source_language == self.target_language:
            raise OptionError(f"target_language: {self.target_language!r} is the source's; name another")
        if self.late_weight != AS_WEIGHT and self.late_weight < 0:
            raise OptionError(f"late_weight: {self.late_weight} is neither a weight from 0 up nor -1, which is weight")
        if not self.weight and self.late_weight <= 0:
            raise OptionError("weight: 0 from beginning to end; leave the file out")


@dataclass(frozen=True)
class CleaningSettings:
    """Which pairs are left out of training: ``[cleaning]``."""

    most_characters: int = checked(600, above=0)
    """Of either side."""
    most_words: int = checked(100, above=0)
    """Of either side, between blanks."""
    ratio: float = checked(2.5, above=1)
    """The longer side is at most so many times as long as the shorter one, in characters and in words (and
    15 characters and 5 words: short sentences differ by more)."""
    script: float = checked(0.5, share=True)
    """At least this share of the letters of a side are of its language's script; 0 for any."""
    markup: bool = True
    """Leave out what has tags, entities or placeholders."""
    numbers: bool = False
    """Leave out pairs whose sides have different digits; they are counted anyway."""


@dataclass(frozen=True)
class TranslateTrainingSettings(TrainingSettings):
    """The loop: ``[training]``."""

    epochs: float = checked(
        10.0, above=0, at_most=MOST_EPOCHS, flag="--epochs", metavar="N", help="How often every pair is read."
    )
    learning_rate: float = checked(
        2e-3, above=0, flag="--learning-rate", metavar="R", help="AdamW's step at its largest."
    )
    batch_size: int = checked(100, above=0, at_most=MOST_ROWS, flag="--batch-size", metavar="N", help="Pairs a step.")
    batch_tokens: int = checked(700, above=0, at_most=MOST_STEPS)
    """At most so many pieces a step on the longer side, padding counted."""
    max_length: int = checked(120, above=0)
    """Longer sides are cut to so many pieces."""
    dropout: float = checked(0.1, share=True, flag="--dropout", metavar="P", help="Of what the layers read and give.")
    recurrent_dropout: float = checked(0.1, share=True)
    embedding_dropout: float = checked(0.0, share=True)
    word_dropout: float = checked(0.0, share=True)
    label_smoothing: float = checked(0.1, share=True)
    schedule: str = checked("linear", choices=("linear", "cosine", "constant", "trapezoid"))
    warmup: float = checked(0.02, share=True)
    averaging: float = checked(0.999, share=True)
    patience: int = checked(0)


@dataclass(frozen=True)
class TranslateRecipe(RecipeHead):
    """The whole training of a translator."""

    task: str = "translate"
    init: str = ""
    data: tuple[PairSettings, ...] = ()
    cleaning: CleaningSettings = CleaningSettings()
    tokenizer: TokenizerSettings = TokenizerSettings(lower=False, sentences=400_000)
    network: TranslatorSettings = TranslatorSettings()
    training: TranslateTrainingSettings = TranslateTrainingSettings()

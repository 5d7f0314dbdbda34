"""The joint vocabulary of a translator: pieces of all its languages, and marks for the target's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from seqtool.engine.translator import END, START
from seqtool.records.output import whole_file
from seqtool.training.recipe import TokenizerSettings
from seqtool.training.tokenizer.pieces import no_vocabulary, sample, train_sentencepiece

LONGEST = 2000


def tag_of(kind: str) -> str:
    """The piece behind the mark that says of what kind a source is: archaic, technical."""
    return f"<{kind}>"


def train_joint_pieces(
    texts: Iterable[str], path: Path, settings: TokenizerSettings, marks: Sequence[str], seed: int
) -> None:
    """Train a sentencepiece model on both sides' texts, with bytes for rare letters.

    Nothing is lower-cased, and white space alone is normalised: a translation is written as it is.

    :raises DataError: the texts hold nothing to make a vocabulary of.
    """
    chosen = [text[:LONGEST] for text in sample(texts, settings.sentences, seed)]
    try:
        model = train_sentencepiece(
            chosen, settings.model, settings.vocabulary_size, num_threads=1, normalization_rule_name="identity",
            max_sentence_length=4 * LONGEST + 16, control_symbols=[START, END, *marks], split_digits=True,
        )  # fmt: skip
    except RuntimeError as error:
        raise no_vocabulary(error, "texts", "give more text") from None
    with whole_file(path) as beside:
        beside.write_bytes(model)

"""Train a subword vocabulary with sentencepiece."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from seqtool.errors import DataError
from seqtool.records.output import whole_file
from seqtool.tokenization.pieces import stretches
from seqtool.training.recipe import TokenizerSettings

SENTENCE_CODE_POINTS = 2000
# 256 byte pieces and three of its own leave this many for the texts' letters.
LEAST_PIECES = 300
# sentencepiece stores the number in the model: one number, the same bytes on any machine.
THREADS = 2


def sample(texts: Iterable[str], number: int, seed: int) -> list[str]:
    """``number`` of the texts, each as likely as any other (reservoir sampling, Vitter 1985), in
    order of their arrival."""
    chance = random.Random(seed)
    kept: list[tuple[int, str]] = []
    for index, text in enumerate(texts):
        if len(kept) < number:
            kept.append((index, text))
        elif (slot := chance.randrange(index + 1)) < number:
            kept[slot] = (index, text)
    return [text for _, text in sorted(kept)]


def train_sentencepiece(sentences: Iterable[str], model: str, size: int, **options: Any) -> bytes:
    """A sentencepiece model (Kudo & Richardson 2018; unigram: Kudo 2018; bpe: Sennrich et al. 2016)
    of at most ``size`` pieces; what has no piece is written as its bytes.

    :raises RuntimeError: what sentencepiece has against these sentences.
    """
    import sentencepiece

    buffer = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences),
        model_writer=buffer,
        model_type=model,
        vocab_size=size,
        hard_vocab_limit=False,
        byte_fallback=True,
        character_coverage=0.9995,
        bos_id=-1,
        eos_id=-1,
        minloglevel=2,
        **options,
    )
    return buffer.getvalue()


def no_vocabulary(error: RuntimeError, of: str, remedy: str) -> DataError:
    """What sentencepiece has against some texts, as an error of ours."""
    return DataError(f"no vocabulary can be made of these {of}: {' '.join(str(error).split())}; {remedy}")


def train_pieces(texts: Iterable[str], path: Path, settings: TokenizerSettings, seed: int) -> None:
    """Train the vocabulary of a network on some of the texts.

    :raises DataError: the texts hold nothing to make a vocabulary of.
    """
    # By default sentencepiece drops sentences over 4192 bytes: long texts go in as stretches.
    parts = (
        part.replace("\n", " ").replace("\0", " ")
        for text in sample(texts, settings.sentences, seed)
        for part in stretches(text, SENTENCE_CODE_POINTS)
    )
    try:
        model = train_sentencepiece(
            parts, settings.model, max(settings.vocabulary_size, LEAST_PIECES), num_threads=THREADS,
            max_sentence_length=4 * SENTENCE_CODE_POINTS + 16, normalization_rule_name=_rule(settings),
        )  # fmt: skip
    except RuntimeError as error:
        raise no_vocabulary(error, "texts", "give more text") from None
    with whole_file(path) as beside:
        beside.write_bytes(model)


def train_pieces_on_counts(lines: Iterable[str], path: Path, settings: TokenizerSettings) -> None:
    """Train the vocabulary of a network on words with their counts (``word<TAB>count`` lines).

    By byte-pair encoding, whatever ``settings`` say: it keeps more common words whole than the
    unigram model, and takes a second where that takes minutes.

    :raises DataError: the words are too few to make a vocabulary of.
    """
    try:
        model = train_sentencepiece(
            lines, "bpe", max(settings.vocabulary_size, LEAST_PIECES), num_threads=THREADS,
            input_format="tsv", normalization_rule_name=_rule(settings),
        )  # fmt: skip
    except RuntimeError as error:
        raise no_vocabulary(error, "words", "take vectors of more words") from None
    with whole_file(path) as beside:
        beside.write_bytes(model)


def _rule(settings: TokenizerSettings) -> str:
    """sentencepiece's name for NFKC, with or without small letters for capitals."""
    return "nmt_nfkc_cf" if settings.lower else "nmt_nfkc"

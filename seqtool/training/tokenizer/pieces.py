"""Train a subword vocabulary."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from seqtool.errors import DataError
from seqtool.records.output import whole_file
from seqtool.tokenization.pieces import stretches
from seqtool.training.recipe import TokenizerSettings

SENTENCE_CODE_POINTS = 2000


def sample(texts: Iterable[str], number: int, seed: int) -> list[str]:
    """``number`` of the texts, each as likely as any other (reservoir sampling, Vitter 1985), in
    order of their arrival."""
    chance = random.Random(seed)
    kept: list[tuple[int, str]] = []
    for place, text in enumerate(texts):
        if len(kept) < number:
            kept.append((place, text))
        elif (slot := chance.randrange(place + 1)) < number:
            kept[slot] = (place, text)
    return [text for _, text in sorted(kept)]


def train_pieces(texts: Iterable[str], path: Path, settings: TokenizerSettings, seed: int) -> None:
    """Train a sentencepiece model (Kudo & Richardson 2018) with bytes for rare letters.

    :raises DataError: the texts hold nothing to make a vocabulary of.
    """
    import sentencepiece

    # By default sentencepiece drops sentences over 4192 bytes: long texts go in as stretches.
    chosen = sample(texts, settings.sentences, seed)
    parts: Iterator[str] = (
        part.replace("\n", " ").replace("\0", " ") for text in chosen for part in stretches(text, SENTENCE_CODE_POINTS)
    )
    buffer = io.BytesIO()
    # 256 byte pieces and three of its own leave this many for the texts' letters.
    size = max(settings.vocabulary_size, 300)
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=parts,
            model_writer=buffer,
            model_type=settings.model,
            vocab_size=size,
            hard_vocab_limit=False,
            byte_fallback=True,
            character_coverage=0.9995,
            normalization_rule_name="nmt_nfkc_cf" if settings.lower else "nmt_nfkc",
            max_sentence_length=4 * SENTENCE_CODE_POINTS + 16,
            bos_id=-1,
            eos_id=-1,
            num_threads=2,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise DataError(
            f"no vocabulary can be made of these texts: {' '.join(str(error).split())}; give more text"
        ) from None
    with whole_file(path) as beside:
        beside.write_bytes(buffer.getvalue())


def train_pieces_on_counts(lines: Iterable[str], path: Path, settings: TokenizerSettings) -> None:
    """Train a sentencepiece model on words with their counts (``word<TAB>count`` lines).

    By byte-pair encoding, whatever ``settings`` say: it keeps more common words whole than the
    unigram model, and takes a second where that takes minutes.

    :raises DataError: the words are too few to make a vocabulary of.
    """
    import sentencepiece

    buffer = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            input_format="tsv",
            model_writer=buffer,
            model_type="bpe",
            vocab_size=max(settings.vocabulary_size, 300),
            hard_vocab_limit=False,
            byte_fallback=True,
            character_coverage=0.9995,
            normalization_rule_name="nmt_nfkc_cf" if settings.lower else "nmt_nfkc",
            bos_id=-1,
            eos_id=-1,
            num_threads=2,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise DataError(
            f"no vocabulary can be made of these words: {' '.join(str(error).split())}; take vectors of more words"
        ) from None
    path.write_bytes(buffer.getvalue())

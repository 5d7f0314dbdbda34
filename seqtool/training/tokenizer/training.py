"""A tokenizer of one's own: a sentencepiece model from plain text, as a folder that ``tokenize`` opens."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from seqtool.errors import DataError
from seqtool.modelfolder.describe import manifest_head
from seqtool.modelfolder.write import new_folder, to_toml
from seqtool.records.signals import at_once
from seqtool.tokenization.pieces import stretches
from seqtool.tokenization.subwords import open_subwords
from seqtool.training.data.corpus import read_texts
from seqtool.training.recipe import TokenizerSettings
from seqtool.training.tokenizer.pieces import sample
from seqtool.training.tokenizer.recipe import TokenizerRecipe

FILE = "pieces.model"
# A longer text is drawn by its stretches: what is kept fits into memory however long the lines are.
STRETCH = 1000
MEASURED = 2000
# 256 bytes and the piece for what is unknown.
MINIMUM = 257
# sentencepiece stores the number in the model: one number, the same bytes on any machine.
THREADS = 4
# These sentencepiece keeps for itself, or skips the sentence for; they get no pieces but bytes.
_APART = re.compile("[\t\n\0\u2581\u2585]")


def train_tokenizer(
    recipe: TokenizerRecipe,
    output: Path,
    folders: tuple[Path, ...],
    *,
    force: bool,
    say: Callable[[str], None],
    note: Callable[[str], None],
) -> dict[str, Any]:
    """Read the texts, train, write the folder; what came of it.

    :raises DataError: the texts are too few, or the vocabulary is too small for their letters.
    """
    started = time.monotonic()
    settings = recipe.tokenizer
    say("reading the texts")
    read = _Reading(read_texts(recipe.corpus, folders, note))
    chosen = sample(read, settings.sentences, recipe.seed)
    if not any(map(str.strip, chosen)):
        raise DataError("the texts hold no words; check the files, and --field")
    say(f"training on {len(chosen):,} sentences of {read.texts:,} texts")
    model = _train(chosen, settings)
    manifest: dict[str, Any] = {}
    with new_folder(output, manifest, force=force) as folder:
        (folder / FILE).write_bytes(model)
        result = {
            **_measured(folder / FILE, chosen, exact=not settings.lower),
            "texts": read.texts,
            "sentences": len(chosen),
            "seconds": round(time.monotonic() - started, 1),
        }
        if result["vocabulary_size"] < settings.vocabulary_size and settings.model != "char":
            note(
                f"the texts give {result['vocabulary_size']:,} pieces, where {settings.vocabulary_size:,} were asked for"
            )
        manifest.update(_manifest(recipe, output.name, result["vocabulary_size"]))
        (folder / "recipe.toml").write_text(to_toml({**recipe.to_table(), "results": result}), encoding="utf-8")
        (folder / "README.md").write_text(_card(recipe, manifest, result), encoding="utf-8")
    return {"model": str(output), **result}


class _Reading:
    """The texts in parts that sentencepiece takes, counted as they go by."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = texts
        self.texts = 0

    def __iter__(self) -> Iterator[str]:
        for text in self._texts:
            self.texts += 1
            for part in _APART.split(text):
                if part:
                    yield from stretches(part, STRETCH)


def _train(sentences: Sequence[str], settings: TokenizerSettings) -> bytes:
    """A sentencepiece model (Kudo & Richardson 2018; unigram: Kudo 2018; bpe: Sennrich et al. 2016).

    What has no piece is written as its bytes.  Unless lower-cased, nothing is normalised and no
    space put before the text, so that the pieces of any text give it back.
    """
    import sentencepiece

    if settings.lower:
        normalising: dict[str, Any] = {"normalization_rule_name": "nmt_nfkc_cf"}
    else:
        normalising = {
            "normalization_rule_name": "identity",
            "add_dummy_prefix": False,
            "remove_extra_whitespaces": False,
        }
    buffer = io.BytesIO()
    try:
        with at_once():
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(sentences),
                model_writer=buffer,
                model_type=settings.model,
                vocab_size=settings.vocabulary_size,
                hard_vocab_limit=False,
                byte_fallback=True,
                character_coverage=0.9995,
                max_sentence_length=4 * STRETCH + 16,
                bos_id=-1,
                eos_id=-1,
                num_threads=THREADS,
                minloglevel=2,
                **normalising,
            )
    except RuntimeError as error:
        raise _too_small(str(error), settings) from None
    return buffer.getvalue()


def _too_small(message: str, settings: TokenizerSettings) -> DataError:
    """What sentencepiece says, in our words."""
    needed = re.search(r"required_chars\. \d+ vs (\d+)", message)
    smallest = int(needed[1]) if needed else MINIMUM if settings.vocabulary_size < MINIMUM else 0
    if smallest:
        return DataError(
            f"--vocab-size {settings.vocabulary_size}: 256 bytes and the letters of these texts alone are {smallest}; take more"
        )
    return DataError(f"no vocabulary can be made of these texts: {' '.join(message.split())}; give more text")


def _measured(path: Path, sentences: Sequence[str], *, exact: bool) -> dict[str, Any]:
    """The size, and how many letters a piece stands for in some of the texts.

    :raises DataError: a text does not come back as it was, which would be a fault of ours.
    """
    subwords = open_subwords(str(path.absolute()), escape=exact)
    step = max(1, len(sentences) // MEASURED)
    texts = sentences[::step]
    ids = subwords.ids(texts)
    for text, numbers in zip(texts, ids):
        if exact and subwords.decode(numbers) != text:
            raise DataError(f"a text does not come back from its pieces: {text[:80]!r}; please report this")
    letters = sum(map(len, texts)) / max(1, sum(map(len, ids)))
    return {"vocabulary_size": subwords.size, "letters_per_piece": round(letters, 3)}


def _manifest(recipe: TokenizerRecipe, name: str, size: int) -> dict[str, Any]:
    settings = recipe.tokenizer
    return {
        **manifest_head(recipe, name, description=f"{size:,} subwords."),
        "tokenizer": {
            "kind": "pieces",
            "file": FILE,
            "size": size,
            "model": settings.model,
            # Nothing is lost: U+2581 and U+001A are escaped by U+001A before, and unescaped behind.
            "escape": not settings.lower,
            "exact": not settings.lower,
        },
    }


EXACT = """Every text comes back from its pieces as it was, letter by letter: nothing is normalised, what has no
piece is written as its bytes, and white space stays as it is. One letter needs an escape, since
sentencepiece takes it for a space: before encoding, U+2581 becomes U+001A and `_`, and U+001A becomes two of
itself; after decoding they are turned back (`escape = true` in `model.toml`). Whoever reads
`pieces.model` without seqtool has to do the same, for texts that hold one of the two."""

LOWERED = """Texts do not come back as they were: they are lower-cased and normalised (NFKC), and white space is
made one space, before they are cut (`exact = false` in `model.toml`)."""


def _card(recipe: TokenizerRecipe, manifest: dict[str, Any], result: dict[str, Any]) -> str:
    """The folder's README.md."""
    settings = recipe.tokenizer
    name = manifest["name"]
    files = ", ".join(f"`{Path(corpus.file).name}`" for corpus in recipe.corpus)
    return (
        f"# {name}\n\n{manifest['description']}\n\n"
        f"- {result['vocabulary_size']:,} pieces, {settings.model}{', lower-cased' if settings.lower else ''}, by sentencepiece\n"
        f"- trained on {result['sentences']:,} sentences drawn from {result['texts']:,} texts of {files}, seed {recipe.seed}\n"
        f"- a piece stands for {result['letters_per_piece']:.2f} letters of these texts\n"
        f"- languages: {', '.join(recipe.languages) or 'not stated'}; licence: {recipe.licence}\n\n"
        f"## Back to text\n\n{LOWERED if settings.lower else EXACT}\n\n"
        f"## Use\n\n    seqtool tokenize -m ./{name} --ids < lines.txt > ids.jsonl\n"
        f"    seqtool tokenize -m ./{name} --decode < ids.jsonl\n"
    )

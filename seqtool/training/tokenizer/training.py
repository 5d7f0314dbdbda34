"""A tokenizer of one's own: a sentencepiece model from plain text, as a folder that ``tokenize`` opens."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtool.errors import DataError, OptionError
from seqtool.modelfolder.describe import manifest_head
from seqtool.modelfolder.write import check_output_folder, new_folder, to_toml
from seqtool.records.signals import at_once
from seqtool.tokenization.pieces import stretches
from seqtool.tokenization.subwords import open_subwords
from seqtool.training.data.corpus import read_texts
from seqtool.training.recipe import Run, TokenizerSettings
from seqtool.training.tokenizer.card import tokenizer_card
from seqtool.training.tokenizer.pieces import no_vocabulary, sample, train_sentencepiece
from seqtool.training.tokenizer.recipe import TokenizerRecipe

if TYPE_CHECKING:
    from seqtool.training.run import Reporter

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


class TokenizerTraining:
    """A training, from texts to a folder that ``tokenize`` opens.

    :raises SeqtoolError: a recipe or paths that cannot be used.
    """

    def __init__(self, recipe: TokenizerRecipe, run: Run) -> None:
        check_output_folder(run.output, run.force)
        if not recipe.corpus:
            raise OptionError("the recipe names no [[corpus]]")
        self.recipe = recipe
        self.run = run

    def train(self, show: Reporter) -> dict[str, Any]:
        """Read the texts, train, write the folder; what came of it.

        :raises DataError: the texts are too few, or the vocabulary is too small for their letters.
        """
        started = time.monotonic()
        recipe, run = self.recipe, self.run
        settings = recipe.tokenizer
        show.stage("reading the texts")
        texts = _Texts(read_texts(recipe.corpus, run.folders, show.note))
        sentences = sample(texts, settings.sentences, recipe.seed)
        if not any(map(str.strip, sentences)):
            raise DataError("the texts hold no words; check the files, and --field")
        show.stage(f"training on {len(sentences):,} sentences of {texts.read:,} texts")
        model = _train(sentences, settings)
        manifest: dict[str, Any] = {}
        with new_folder(run.output, manifest, force=run.force) as folder:
            (folder / FILE).write_bytes(model)
            result = {
                **_measured(folder / FILE, sentences, exact=not settings.lower),
                "texts": texts.read,
                "sentences": len(sentences),
                "seconds": round(time.monotonic() - started, 1),
            }
            size = result["vocabulary_size"]
            if size < settings.vocabulary_size and settings.model != "char":
                show.note(f"the texts give {size:,} pieces, where {settings.vocabulary_size:,} were asked for")
            manifest.update(_manifest(recipe, run.output.name, size))
            (folder / "recipe.toml").write_text(to_toml({**recipe.to_table(), "results": result}), encoding="utf-8")
            (folder / "README.md").write_text(tokenizer_card(recipe, manifest, result), encoding="utf-8")
        return result

    def summary(self, result: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The end of a training in a line for eyes, and as JSON."""
        output = str(self.run.output)
        line = f"{output}: {result['vocabulary_size']:,} pieces, {result['letters_per_piece']:.2f} letters each"
        return line, {"model": output, **result}


class _Texts:
    """Texts in parts that sentencepiece takes, counted as they are read."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = texts
        self.read = 0

    def __iter__(self) -> Iterator[str]:
        for text in self._texts:
            self.read += 1
            for part in _APART.split(text):
                if part:
                    yield from stretches(part, STRETCH)


def _train(sentences: Sequence[str], settings: TokenizerSettings) -> bytes:
    """A sentencepiece model; unless lower-cased, nothing is normalised and no space put before the
    text, so that the pieces of any text give it back."""
    exact = {
        "normalization_rule_name": "identity",
        "add_dummy_prefix": False,
        "remove_extra_whitespaces": False,
    }
    options = {"normalization_rule_name": "nmt_nfkc_cf"} if settings.lower else exact
    try:
        with at_once():
            return train_sentencepiece(
                sentences, settings.model, settings.vocabulary_size, num_threads=THREADS,
                max_sentence_length=4 * STRETCH + 16, **options,
            )  # fmt: skip
    except RuntimeError as error:
        raise _refused(error, settings) from None


def _refused(error: RuntimeError, settings: TokenizerSettings) -> DataError:
    """What sentencepiece says, in our words."""
    needed = re.search(r"required_chars\. \d+ vs (\d+)", str(error))
    smallest = int(needed[1]) if needed else MINIMUM if settings.vocabulary_size < MINIMUM else 0
    if smallest:
        return DataError(
            f"--vocab-size {settings.vocabulary_size}: 256 bytes and the letters of these texts alone are {smallest}; take more"
        )
    return no_vocabulary(error, "texts", "give more text")


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

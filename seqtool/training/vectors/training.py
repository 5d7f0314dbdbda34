"""Word vectors from plain text: gensim's skip-gram, CBOW and fastText, or Swivel; one run or several put together.

The texts are read once, cut into words and written beside the result as they go in (``work``):
so they may come from a pipe and be larger than memory, and every epoch reads them again at
the disk's speed.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seqtool.errors import DataError, OptionError, OutputError
from seqtool.modelfolder.write import check_output_folder, new_folder, to_toml
from seqtool.training.data.corpus import SAMPLED_TEXTS, Corpus, read_texts, shuffled, tokens_of
from seqtool.training.recipe import Run
from seqtool.training.vectors.card import vectors_card
from seqtool.training.vectors.joining import SIF_WEIGHT, centred, combine, sif_directions, spelling_weights
from seqtool.training.vectors.recipe import VectorsRecipe
from seqtool.training.vectors.runs import train_run
from seqtool.training.vectors.word_files import open_words
from seqtool.vectors.matrix import Floats, to_unit
from seqtool.vectors.write import fill_folder, manifest

if TYPE_CHECKING:
    from seqtool.training.run import Reporter


@dataclass(frozen=True)
class _Words:
    """Words, their vectors (words, size), how often each stood in the texts; ``ngrams``: fastText's."""

    names: list[str]
    rows: Floats
    counts: list[int]
    unit: bool = True
    ngrams: Any = None


class VectorsTraining:
    """A training, from texts to a folder of vectors.

    One thread gives the same vectors for the same seed; with more, threads overwrite each
    other's steps now and then, and no two runs are quite alike.

    :raises SeqtoolError: a recipe or paths that cannot be used.
    """

    def __init__(self, recipe: VectorsRecipe, run: Run) -> None:
        check_output_folder(run.output, run.force)
        if not recipe.corpus:
            raise OptionError("the recipe names no [[corpus]]")
        self.recipe = recipe
        self.run = run
        self.work = run.output.with_name(f".{run.output.name}.texts")
        self._show: Reporter

    def train(self, show: Reporter) -> dict[str, Any]:
        """Train and write the folder; what came of it.

        :raises DataError: too little text.
        """
        self._show = show
        shutil.rmtree(self.work, ignore_errors=True)
        try:
            self.work.mkdir()
            before = self._open_extended() if self.recipe.extend else None
            corpus = self._read()
            started = time.monotonic()
            if before is not None:
                words = self._extended(corpus, before)
            else:
                runs = range(len(self.recipe.run))
                words = self._joined(
                    corpus, [train_run(self.recipe, number, corpus, self.run.threads, show) for number in runs]
                )
            return self._write(corpus, words, time.monotonic() - started)
        except OSError as error:
            raise OutputError(f"{self.work}: cannot be written: {error.strerror}; free some space") from None
        finally:
            shutil.rmtree(self.work, ignore_errors=True)

    def summary(self, result: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The end of a training in a line for eyes, and as JSON."""
        output = str(self.run.output)
        return f"{output}: {result['words']:,} words, {result['size']} dimensions", {"model": output, **result}

    def _read(self) -> Corpus:
        recipe = self.recipe
        self._show.stage("reading the texts")
        corpus = Corpus(self.work / "tokens")
        texts: Iterable[list[str]] = (
            tokens
            for text in read_texts(recipe.corpus, self.run.folders, self._show.note)
            if (tokens := tokens_of(text, lowercase=recipe.lowercase))
        )
        if recipe.shuffle:
            texts = shuffled(texts, self.work / "shuffle", recipe.seed)
        corpus.write(texts)
        for number in range(recipe.phrases):
            self._show.stage(f"finding phrases, pass {number + 1}")
            corpus = self._phrases(corpus, number)
        if not corpus.words:
            raise DataError("the texts hold no words; check the files, and --field")
        return corpus

    def _phrases(self, corpus: Corpus, number: int) -> Corpus:
        """Join words that stand together more often than chance (Mikolov et al. 2013, section 4)."""
        from gensim.models.phrases import ENGLISH_CONNECTOR_WORDS, Phrases

        model = Phrases(corpus, min_count=10, threshold=10.0, connector_words=ENGLISH_CONNECTOR_WORDS)
        joined = Corpus(self.work / f"tokens.{number}")
        frozen = model.freeze()
        joined.write(frozen[tokens] for tokens in corpus)
        corpus.path.unlink()
        return joined

    def _open_extended(self) -> tuple[list[str], Floats, list[int] | None]:
        """The vectors that are there, looked at before the texts are read.

        :raises SeqtoolError: there are none, or of words that are written another way.
        """
        names, rows, counts = open_words(self.recipe.extend, self.run.folders)
        if self.recipe.lowercase and any(name != name.lower() for name in names):
            raise OptionError(
                f"{self.recipe.extend}: its words have capitals; add --cased (lowercase = false in a recipe)"
            )
        return names, rows, counts

    def _extended(self, corpus: Corpus, before: tuple[list[str], Floats, list[int] | None]) -> _Words:
        """The vectors that were there, and those of other words of the texts."""
        from seqtool.training.vectors.rare_words import vectors_from_contexts
        from seqtool.training.vectors.swivel import count_pairs

        recipe = self.recipe
        settings = recipe.run[0]
        names, rows, counts = before
        known = set(names)
        room = max(0, recipe.words - len(names)) if recipe.words else None
        own = [
            word for word, count in corpus.counts.most_common() if count >= settings.minimum_count and word not in known
        ]
        self._show.stage("counting pairs of words")
        pairs = count_pairs(corpus, [*names, *own], settings.window)
        near = np.flatnonzero(pairs[len(names) :, : len(names)].getnnz(axis=1))[:room]
        if not len(near):
            raise DataError(
                f"there is no other word than those of {recipe.extend} that is frequent enough and stands near one of "
                "them; give more text, a lower --minimum-count, or more --words"
            )
        self._show.stage(f"vectors of {len(near):,} words from their contexts")
        own = [own[index] for index in near]
        chosen = np.concatenate([np.arange(len(names)), len(names) + near])
        rows = np.concatenate([rows, vectors_from_contexts(pairs[chosen][:, chosen], rows)])
        counts = counts or [corpus.counts[word] for word in names]
        return _Words([*names, *own], rows, [*counts, *(corpus.counts[word] for word in own)])

    def _joined(self, corpus: Corpus, parts: Sequence[Any]) -> _Words:
        """The runs' vectors of the words that all of them have."""
        recipe = self.recipe
        common_words = set(parts[0].key_to_index).intersection(*(part.key_to_index for part in parts[1:]))
        names = sorted(common_words, key=lambda word: (-corpus.counts[word], word))[: recipe.words or None]
        tables = [np.stack([part[word] for word in names]).astype(np.float32) for part in parts]
        counts = [corpus.counts[word] for word in names]
        if len(parts) == 1 and recipe.run[0].subwords:
            ngrams = (parts[0].vectors_ngrams, recipe.run[0].shortest, recipe.run[0].longest)
            return _Words(names, tables[0], counts, unit=False, ngrams=ngrams)
        return _Words(names, self._finished(names, np.array(counts), tables), counts)

    def _write(self, corpus: Corpus, words: _Words, seconds: float) -> dict[str, Any]:
        """Write the folder; what came of it."""
        recipe, run = self.recipe, self.run
        self._show.stage("writing the folder")
        result = {
            "words": len(words.names),
            "size": int(words.rows.shape[1]),
            "corpus_words": corpus.words,
            "seconds": round(seconds, 1),
        }
        stated: dict[str, Any] = {}
        with new_folder(run.output, stated, force=run.force) as folder:
            tables = fill_folder(
                folder,
                words.names,
                words.rows,
                storage=recipe.storage,
                counts=words.counts,
                lowercase=recipe.lowercase,
                unit=words.unit,
                common=self._common(corpus, words),
                weight=SIF_WEIGHT,
                ngrams=words.ngrams,
            )
            stated.update(manifest(recipe, run.output.name, tables))
            (folder / "recipe.toml").write_text(to_toml({**recipe.to_table(), "results": result}), "utf-8")
            (folder / "README.md").write_text(vectors_card(recipe, stated, result), "utf-8")
        return result

    def _finished(self, names: Sequence[str], counts: NDArray[np.int64], tables: Sequence[Floats]) -> Floats:
        """The runs put together, centred, and steadied by the words' spelling: unit rows."""
        recipe = self.recipe
        if recipe.centre:
            tables = [centred(table) for table in tables]
        rows = combine(tables, [run.weight for run in recipe.run], recipe.size)
        if recipe.spelling_weight:
            from seqtool.training.vectors.spelling import predict_from_spelling

            self._show.stage("learning what spellings say")
            predicted = predict_from_spelling(names, rows, seed=recipe.seed)
            rows = rows + spelling_weights(counts, recipe.spelling_weight)[:, None] * predicted
        return to_unit(rows)

    def _common(self, corpus: Corpus, words: _Words) -> Floats:
        """The direction that SIF takes out, from a sample of the texts."""
        step = max(1, corpus.lines // SAMPLED_TEXTS)
        sample = (tokens for number, tokens in enumerate(corpus) if number % step == 0)
        return sif_directions(sample, words.names, words.rows, np.array(words.counts))

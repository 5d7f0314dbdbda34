"""Word vectors from plain text: gensim's skip-gram, CBOW and fastText, one run or several put together.

The texts are read once, cut into words and written beside the result as they go in (``WORK``):
so they may come from a pipe and be larger than memory, and every epoch reads them again at
the disk's speed.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqtool.errors import DataError, OptionError, OutputError
from seqtool.modelfolder.write import new_folder, to_toml
from seqtool.training.data.corpus import SAMPLED_TEXTS, Corpus, ignore, read_texts, shuffled, tokens_of
from seqtool.training.vectors.recipe import VectorsRecipe
from seqtool.training.vectors.word_files import open_words
from seqtool.vectors.matrix import Floats, to_unit
from seqtool.vectors.sentence import common_directions, word_weights
from seqtool.vectors.write import fill_folder, manifest

SIF_WEIGHT = 1e-3
SPELLING_COUNT = 10_000


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    run: int
    runs: int
    epoch: int
    words: int
    total: int
    """Words that the run reads in all."""
    seconds: float

    @property
    def words_per_second(self) -> float:
        return self.words / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float:
        return (self.total - self.words) / self.words_per_second if self.words else 0.0


@dataclass(frozen=True)
class _Made:
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
    """

    def __init__(
        self,
        recipe: VectorsRecipe,
        output: Path,
        folders: tuple[Path, ...],
        *,
        threads: int,
        force: bool,
        say: Callable[[str], None],
        note: Callable[[str], None],
    ) -> None:
        self.recipe = recipe
        self._output = output
        self._folders = folders
        self._threads = threads
        self._force = force
        self._say = say
        self._note = note
        self.work = output.with_name(f".{output.name}.texts")

    def run(
        self, on_progress: Callable[[Progress], None], on_epoch: Callable[[dict[str, Any]], None]
    ) -> dict[str, Any]:
        """Train and write the folder; what came of it.

        :raises DataError: too little text.
        """
        shutil.rmtree(self.work, ignore_errors=True)
        try:
            self.work.mkdir()
            before = self._open_extended() if self.recipe.extend else None
            corpus = self._read()
            started = time.monotonic()
            if before is not None:
                made = self._extended(corpus, before)
            else:
                runs = range(len(self.recipe.run))
                made = self._joined(corpus, [self._train(number, corpus, on_progress, on_epoch) for number in runs])
            return self._finish(corpus, made, time.monotonic() - started)
        except OSError as error:
            raise OutputError(f"{self.work}: cannot be written: {error.strerror}; free some space") from None
        finally:
            shutil.rmtree(self.work, ignore_errors=True)

    def _read(self) -> Corpus:
        recipe = self.recipe
        self._say("reading the texts")
        corpus = Corpus(self.work / "tokens")
        texts: Iterable[list[str]] = (
            tokens
            for text in read_texts(recipe.corpus, self._folders, self._note)
            if (tokens := tokens_of(text, lowercase=recipe.lowercase))
        )
        if recipe.shuffle:
            texts = shuffled(texts, self.work / "shuffle", recipe.seed)
        corpus.write(texts)
        for number in range(recipe.phrases):
            self._say(f"finding phrases, pass {number + 1}")
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

    def _train(
        self,
        number: int,
        corpus: Corpus,
        on_progress: Callable[[Progress], None],
        on_epoch: Callable[[dict[str, Any]], None],
    ) -> Any:
        """One run: gensim's vectors by word."""
        settings = self.recipe.run[number]
        if settings.method == "swivel":
            return self._train_swivel(number, corpus, on_progress, on_epoch)
        from gensim.models import FastText, Word2Vec
        from gensim.models.callbacks import CallbackAny2Vec

        shared: dict[str, Any] = {
            "vector_size": settings.size,
            "window": settings.window,
            "negative": settings.negative,
            "min_count": settings.minimum_count,
            "sample": settings.sample,
            "sg": int(settings.method == "skip-gram"),
            "alpha": settings.learning_rate,
            "seed": settings.seed,
            "workers": self._threads,
        }
        if settings.subwords:
            model = FastText(min_n=settings.shortest, max_n=settings.longest, bucket=settings.buckets, **shared)
        else:
            model = Word2Vec(compute_loss=True, **shared)
        total = corpus.words * settings.epochs
        begun = time.monotonic()
        read = 0
        epoch = 0

        def on_words(count: int) -> None:
            nonlocal read
            read += count
            on_progress(
                Progress(
                    number + 1,
                    len(self.recipe.run),
                    min(epoch, settings.epochs - 1) + 1,
                    read,
                    total,
                    time.monotonic() - begun,
                )
            )

        class Epochs(CallbackAny2Vec):  # type: ignore[misc]
            def on_epoch_end(self, model: Any) -> None:
                nonlocal epoch
                epoch += 1
                seconds = time.monotonic() - begun
                entry = {"run": number + 1, "epoch": epoch, "words": read, "seconds": round(seconds, 1)}
                entry["words_per_second"] = round(read / seconds) if seconds else 0
                on_epoch(entry)

        self._say(f"run {number + 1} of {len(self.recipe.run)}: counting words")
        try:
            model.build_vocab_from_freq(dict(corpus.counts), corpus_count=_lines(corpus.path))
            corpus.on_words = on_words
            model.train(
                corpus,
                total_examples=model.corpus_count,
                total_words=corpus.words,
                epochs=settings.epochs,
                callbacks=[Epochs()],
            )
        except RuntimeError as error:
            raise DataError(
                f"no vectors can be trained: {' '.join(str(error).split())}; give more text or a lower --minimum-count"
            ) from None
        finally:
            corpus.on_words = ignore
        return model.wv

    def _train_swivel(
        self,
        number: int,
        corpus: Corpus,
        on_progress: Callable[[Progress], None],
        on_epoch: Callable[[dict[str, Any]], None],
    ) -> Any:
        import torch
        from gensim.models import KeyedVectors

        from seqtool.training.vectors.swivel import Cooccurrences, count_pairs, train_swivel

        settings = self.recipe.run[number]
        torch.set_num_threads(self._threads)
        names = [word for word, count in corpus.counts.most_common() if count >= settings.minimum_count]
        names = names[: self.recipe.words or None]
        if len(names) < 2:
            raise DataError("no word is frequent enough; give more text or a lower --minimum-count")
        self._say(f"run {number + 1} of {len(self.recipe.run)}: counting pairs of words")
        pairs = Cooccurrences(count_pairs(corpus, names, settings.window, settings.distance_power))
        begun = time.monotonic()
        blocks = pairs.step**2

        def on_block(done: int) -> None:
            seconds = time.monotonic() - begun
            read, total = (corpus.words * part // blocks for part in (done, settings.epochs * blocks))
            epoch = (done - 1) // blocks + 1
            on_progress(Progress(number + 1, len(self.recipe.run), epoch, read, total, seconds))
            if done % blocks == 0:
                entry = {"run": number + 1, "epoch": epoch, "words": read, "seconds": round(seconds, 1)}
                on_epoch({**entry, "words_per_second": round(read / seconds) if seconds else 0})

        rows = train_swivel(
            pairs,
            size=settings.size,
            epochs=settings.epochs,
            learning_rate=settings.learning_rate,
            seed=settings.seed,
            device="cuda" if torch.cuda.is_available() else "cpu",
            on_block=on_block,
        )
        vectors = KeyedVectors(settings.size)
        vectors.add_vectors(names, rows)
        return vectors

    def _open_extended(self) -> tuple[list[str], Floats, list[int] | None]:
        """The vectors that are there, looked at before the texts are read.

        :raises SeqtoolError: there are none, or of words that are written another way.
        """
        names, rows, counts = open_words(self.recipe.extend, self._folders)
        if self.recipe.lowercase and any(name != name.lower() for name in names):
            raise OptionError(
                f"{self.recipe.extend}: its words have capitals; add --cased (lowercase = false in a recipe)"
            )
        return names, rows, counts

    def _extended(self, corpus: Corpus, before: tuple[list[str], Floats, list[int] | None]) -> _Made:
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
        self._say("counting pairs of words")
        pairs = count_pairs(corpus, [*names, *own], settings.window)
        near = np.flatnonzero(pairs[len(names) :, : len(names)].getnnz(axis=1))[:room]
        if not len(near):
            raise DataError(
                f"there is no other word than those of {recipe.extend} that is frequent enough and stands near one of "
                "them; give more text, a lower --minimum-count, or more --words"
            )
        self._say(f"vectors of {len(near):,} words from their contexts")
        own = [own[place] for place in near]
        chosen = np.concatenate([np.arange(len(names)), len(names) + near])
        rows = np.concatenate([rows, vectors_from_contexts(pairs[chosen][:, chosen], rows)])
        counts = counts or [corpus.counts[word] for word in names]
        return _Made([*names, *own], rows, [*counts, *(corpus.counts[word] for word in own)])

    def _joined(self, corpus: Corpus, parts: Sequence[Any]) -> _Made:
        """The runs' vectors of the words that all of them have."""
        recipe = self.recipe
        common_words = set(parts[0].key_to_index).intersection(*(part.key_to_index for part in parts[1:]))
        names = sorted(common_words, key=lambda word: (-corpus.counts[word], word))[: recipe.words or None]
        tables = [np.stack([part[word] for word in names]).astype(np.float32) for part in parts]
        counts = [corpus.counts[word] for word in names]
        if len(parts) == 1 and recipe.run[0].subwords:
            ngrams = (parts[0].vectors_ngrams, recipe.run[0].shortest, recipe.run[0].longest)
            return _Made(names, tables[0], counts, unit=False, ngrams=ngrams)
        return _Made(names, self._finished(names, np.array(counts), tables), counts)

    def _finish(self, corpus: Corpus, made: _Made, seconds: float) -> dict[str, Any]:
        recipe = self.recipe
        self._say("writing the folder")
        names, rows, counts = made.names, made.rows, made.counts
        said: dict[str, Any] = {}
        with new_folder(self._output, said, force=self._force) as folder:
            tables_ = fill_folder(
                folder,
                names,
                rows,
                storage=recipe.storage,
                counts=counts,
                lowercase=recipe.lowercase,
                unit=made.unit,
                common=self._common(corpus, names, rows, np.array(counts)),
                weight=SIF_WEIGHT,
                ngrams=made.ngrams,
            )
            said.update(manifest(recipe, self._output.name, tables_))
            result = {
                "model": str(self._output),
                "words": len(names),
                "size": int(rows.shape[1]),
                "corpus_words": corpus.words,
                "seconds": round(seconds, 1),
            }
            (folder / "recipe.toml").write_text(
                to_toml({**recipe.to_table(), "results": {k: v for k, v in result.items() if k != "model"}}), "utf-8"
            )
            (folder / "README.md").write_text(_card(recipe, result, self._output.name), "utf-8")
        return result

    def _finished(self, names: Sequence[str], counts: NDArray[np.int64], tables: Sequence[Floats]) -> Floats:
        """The runs put together, centred, and steadied by the words' spelling: unit rows."""
        recipe = self.recipe
        if recipe.centre:
            tables = [centred(table) for table in tables]
        rows = combine(tables, [run.weight for run in recipe.run], recipe.size)
        if recipe.spelling_weight:
            from seqtool.training.vectors.spelling import predict_from_spelling

            self._say("learning what spellings say")
            predicted = predict_from_spelling(names, rows, seed=recipe.seed)
            rows = rows + spelling_weights(counts, recipe.spelling_weight)[:, None] * predicted
        return to_unit(rows)

    def _common(self, corpus: Corpus, names: Sequence[str], rows: Floats, counts: NDArray[np.int64]) -> Floats:
        """The direction that SIF takes out, from a sample of the texts."""
        step = max(1, _lines(corpus.path) // SAMPLED_TEXTS)
        sample = (tokens for number, tokens in enumerate(corpus) if number % step == 0)
        return sif_directions(sample, names, rows, counts)


def sif_directions(
    texts: Iterable[Sequence[str]], names: Sequence[str], rows: Floats, counts: NDArray[np.int64]
) -> Floats:
    """The first principal direction of the texts' weighted means (Arora, Liang & Ma 2017)."""
    places = {word: place for place, word in enumerate(names)}
    weights = word_weights(counts, SIF_WEIGHT)
    means = []
    for tokens in texts:
        ids = [places[token] for token in tokens if token in places]
        if ids:
            means.append((rows[ids] * weights[ids][:, None]).mean(axis=0))
    if not means:
        raise DataError("no text has a word with a vector; check the files")
    return common_directions(np.stack(means).astype(np.float32))


def spelling_weights(counts: NDArray[np.int64], weight: float) -> Floats:
    """How much of its spelling's prediction each word takes: a common word's own vector is sure enough."""
    return (weight / (1 + np.sqrt(counts / SPELLING_COUNT))).astype(np.float32)


def centred(rows: Floats) -> Floats:
    """Unit rows less their mean (Mu & Viswanath 2018): what all words share tells none apart."""
    units = to_unit(rows)
    less: Floats = units - units.mean(axis=0)
    return less


def combine(tables: Sequence[Floats], weights: Sequence[float], size: int) -> Floats:
    """Runs over the same words as one matrix of unit rows, (words, size).

    Each run's unit rows, times its weight, stand side by side: cosines are then the weighted
    mean of the runs' own.  With a ``size`` only the principal axes are kept (not centred, so
    that cosines change as little as can be).
    """
    scaled = [to_unit(table) * np.float32(weight) for table, weight in zip(tables, weights)]
    rows = np.concatenate(scaled, axis=1)
    if size and size < rows.shape[1]:
        _, axes = np.linalg.eigh(rows.T.astype(np.float64) @ rows.astype(np.float64))
        rows = rows @ axes[:, ::-1][:, :size].astype(np.float32)
    return to_unit(rows)


def _lines(path: Path) -> int:
    with open(path, "rb") as file:
        return sum(1 for _ in file)


def _card(recipe: VectorsRecipe, result: dict[str, Any], name: str) -> str:
    """The folder's README.md."""
    runs = "\n".join(
        f"- {'fastText ' if run.subwords else ''}{run.method}, {run.size} dimensions, window {run.window}, "
        f"{run.negative} negatives, sample {run.sample:g}, {run.epochs} epochs, minimum count {run.minimum_count}, seed {run.seed}"
        for run in recipe.run
    )
    if recipe.extend:
        run = recipe.run[0]
        runs = (
            f"- the vectors of {recipe.extend}; other words' from their contexts (Khodak et al. 2018), window {run.window}, "
            f"minimum count {run.minimum_count}"
        )
    files = ", ".join(f"`{Path(corpus.file).name}`" for corpus in recipe.corpus)
    return (
        f"# {recipe.name or name}\n\n{recipe.description or 'Word vectors.'}\n\n"
        f"- {result['words']:,} words, {result['size']} dimensions, stored as {recipe.storage}\n"
        f"- trained on {result['corpus_words']:,} words of {files} in {result['seconds']:,.0f} s\n"
        f"- licence: {recipe.licence}\n\n## How\n\n{runs}\n\n"
        "`recipe.toml` holds all settings. No score has been measured: `seqtool evaluate vectors` measures one.\n"
    )

"""One run of vectors over a corpus: gensim's skip-gram, CBOW and fastText, or Swivel."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from seqtool.errors import DataError
from seqtool.training.data.corpus import Corpus, ignore
from seqtool.training.vectors.recipe import RunSettings, VectorsRecipe

if TYPE_CHECKING:
    from seqtool.training.run import Reporter


class _Progress:
    """Tells how far a run is."""

    def __init__(self, show: Reporter, recipe: VectorsRecipe, number: int, total: int) -> None:
        self._show = show
        self._run = number + 1
        self._title = f"run {number + 1} of {len(recipe.run)}"
        self._total = total
        self.begin()

    def begin(self) -> None:
        """What is told of the speed counts from now on."""
        self._begun = time.monotonic()

    def read(self, words: int, epoch: int) -> None:
        """So many words of all epochs are read."""
        seconds = time.monotonic() - self._begun
        speed = words / seconds if seconds else 0.0
        left = int((self._total - words) / speed) if speed else 0
        self._show.progress(
            words / max(1, self._total),
            f"{self._title}, epoch {epoch}: {speed:,.0f} words/s, {left // 60}:{left % 60:02} left",
        )

    def epoch(self, epoch: int, words: int) -> None:
        """An epoch is done."""
        seconds = time.monotonic() - self._begun
        entry = {"run": self._run, "epoch": epoch, "words": words, "seconds": round(seconds, 1)}
        self._show.epoch({**entry, "words_per_second": round(words / seconds) if seconds else 0})


def train_run(recipe: VectorsRecipe, number: int, corpus: Corpus, threads: int, show: Reporter) -> Any:
    """The recipe's run of that index: gensim's KeyedVectors.

    :raises DataError: too little text.
    """
    settings = recipe.run[number]
    swivel = settings.method == "swivel"
    show.stage(f"run {number + 1} of {len(recipe.run)}: counting {'pairs of words' if swivel else 'words'}")
    progress = _Progress(show, recipe, number, settings.epochs * corpus.words)
    if swivel:
        return _train_swivel(settings, recipe.words, corpus, threads, progress)
    return _train_gensim(settings, corpus, threads, progress)


def _train_gensim(settings: RunSettings, corpus: Corpus, threads: int, progress: _Progress) -> Any:
    from gensim.models.callbacks import CallbackAny2Vec

    read = epoch = 0

    def on_words(count: int) -> None:
        nonlocal read
        read += count
        progress.read(read, min(epoch, settings.epochs - 1) + 1)

    class Epochs(CallbackAny2Vec):  # type: ignore[misc]
        def on_epoch_end(self, model: Any) -> None:
            nonlocal epoch
            epoch += 1
            progress.epoch(epoch, read)

    model = _gensim_model(settings, threads)
    try:
        model.build_vocab_from_freq(dict(corpus.counts), corpus_count=corpus.lines)
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


def _gensim_model(settings: RunSettings, threads: int) -> Any:
    from gensim.models import FastText, Word2Vec

    shared: dict[str, Any] = {
        "vector_size": settings.size,
        "window": settings.window,
        "negative": settings.negative,
        "min_count": settings.minimum_count,
        "sample": settings.sample,
        "sg": int(settings.method == "skip-gram"),
        "alpha": settings.learning_rate,
        "seed": settings.seed,
        "workers": threads,
    }
    if settings.subwords:
        return FastText(min_n=settings.shortest, max_n=settings.longest, bucket=settings.buckets, **shared)
    return Word2Vec(compute_loss=True, **shared)


def _train_swivel(settings: RunSettings, most_words: int, corpus: Corpus, threads: int, progress: _Progress) -> Any:
    import torch
    from gensim.models import KeyedVectors

    from seqtool.training.vectors.swivel import Cooccurrences, count_pairs, train_swivel

    torch.set_num_threads(threads)
    names = [word for word, count in corpus.counts.most_common() if count >= settings.minimum_count]
    names = names[: most_words or None]
    if len(names) < 2:
        raise DataError("no word is frequent enough; give more text or a lower --minimum-count")
    pairs = Cooccurrences(count_pairs(corpus, names, settings.window, settings.distance_power))
    blocks = pairs.step**2
    progress.begin()

    def on_block(done: int) -> None:
        words = corpus.words * done // blocks
        epoch = (done - 1) // blocks + 1
        progress.read(words, epoch)
        if done % blocks == 0:
            progress.epoch(epoch, words)

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

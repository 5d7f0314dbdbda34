"""seqtool: a text toolkit for the shell, on small recurrent networks.

The Python side of it is one function: ``seqtool.load("sentiment-en")(texts)`` yields,
for each text, what the command would write on its line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seqtool.engine.classifier import Classifier
    from seqtool.engine.genes.tagger import RegionTagger
    from seqtool.engine.tagger import Tagger
    from seqtool.vectors.sentence import Embedder

__version__ = "0.1.0"
__all__ = ["__version__", "load"]


def load(
    model: str = "sentiment-en", *, threads: int = 1, batch_size: int = 64
) -> Classifier | Embedder | RegionTagger | Tagger:
    """Open a model by name or by the path of its folder.

    ``threads`` and ``batch_size`` change the speed, never the answers.  The result is
    callable: ``load()(texts)`` yields one dictionary a text, in order: what ``classify`` writes
    (:class:`seqtool.engine.classifier.Classifier`), for word vectors what ``embed`` does
    (:class:`seqtool.vectors.sentence.Embedder`), or what ``tag`` does
    (:class:`seqtool.engine.tagger.Tagger`; of DNA, :class:`seqtool.engine.genes.tagger.RegionTagger`).

    :raises seqtool.errors.ModelError: no such model, or a folder that is damaged.
    """
    from seqtool.modelfolder.find import find_model

    folder = find_model(model)
    if folder.task == "vectors":
        from seqtool.vectors.sentence import Embedder
        from seqtool.vectors.store import Vectors

        return Embedder(Vectors(folder))
    if folder.task == "tag":
        if folder.table("answer").get("kind") == "regions":
            from seqtool.engine.genes.tagger import RegionTagger

            return RegionTagger(folder, threads=threads, batch_size=batch_size)
        from seqtool.engine.tagger import Tagger

        return Tagger(folder, threads=threads, batch_size=batch_size)
    from seqtool.engine.classifier import Classifier

    return Classifier(folder, threads=threads, batch_size=batch_size)

"""One direction or two, one layer or two, which cell: taggers of the same width on the same data.

CoNLL-2003 (dev F1 of entities) and UD English EWT (dev accuracy of UPOS), words and characters
alike for all, each network with its last layer or CRF alone on top.  The set CoNLL-2003 is for
scores only.  Prints a Markdown table, a row as soon as it is known.

    python benchmarks/tag_directions.py --data ../shared/data --epochs 4
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from seqtool.engine.tagger import Tagger
from seqtool.modelfolder.manifest import open_folder
from seqtool.modelfolder.shapes import TaggerSettings
from seqtool.training.run import Run
from seqtool.training.tag.recipe import TagDataSettings, TagRecipe, TagTrainingSettings, TagVectorSettings
from seqtool.training.tag.training import TaggerTraining

SETS = {
    "CoNLL-2003": (
        "tag/ner/conll2003_noship/eng.train.xz",
        "tag/ner/conll2003_noship/eng.testa.xz",
        "",
        True,
    ),
    "UD EWT": ("tag/pos/en_ewt-ud-train.conllu.xz", "tag/pos/en_ewt-ud-dev.conllu.xz", "upos", False),
}


def recipe_of(name: str, cell: str, layers: int, bidirectional: bool, epochs: float, hidden: int) -> TagRecipe:
    """The recipe of one row."""
    train, dev, column, crf = SETS[name]
    return TagRecipe(
        data=(
            TagDataSettings(file=train, split="train", column=column),
            TagDataSettings(file=dev, split="dev", column=column),
        ),
        vectors=TagVectorSettings(file="words-en", frozen=True),
        network=TaggerSettings(
            cell=cell,
            hidden_size=hidden,
            num_layers=layers,
            bidirectional=bidirectional,
            crf=crf,
            character_size=40,
        ),
        training=TagTrainingSettings(epochs=epochs, patience=0, dropout=0.3, recurrent_dropout=0.2),
    )


def tagging_speed(folder: Path, sentences: list[list[str]], runs: int = 3) -> float:
    """Sentences a second, the median of some runs, one thread."""
    seconds = []
    for _ in range(runs):
        tagger = Tagger(open_folder(folder))
        begun = time.perf_counter()
        tagger.tagged(sentences)
        seconds.append(time.perf_counter() - begun)
    return len(sentences) / sorted(seconds)[runs // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--epochs", type=float, default=4.0)
    parser.add_argument("--hidden", type=int, default=100, help="width of a layer in one direction")
    parser.add_argument("--set", action="append", choices=list(SETS), help="by default all")
    arguments = parser.parse_args()
    print(
        "| set | cell | directions | layers | dev score | parameters beside the embedding | training, s | sentences a second |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name in arguments.set or SETS:
        for cell in ("rnn", "lstm", "gru"):
            for bidirectional in (False, True):
                for layers in (1, 2):
                    recipe = recipe_of(name, cell, layers, bidirectional, arguments.epochs, arguments.hidden)
                    with tempfile.TemporaryDirectory() as place:
                        folder = Path(place) / "model"
                        training = TaggerTraining(recipe, Run(folder, folders=(arguments.data,)))
                        training.prepare()
                        for _ in training.steps():
                            pass
                        network = training.trainer.network
                        weights = sum(value.numel() for value in network.parameters() if value.requires_grad)
                        result = training.finish()
                        sentences = [list(sentence.tokens) for sentence in training.data.sentences["dev"]]
                        speed = tagging_speed(folder, sentences)
                    cells = [
                        name,
                        cell,
                        "two" if bidirectional else "one",
                        str(layers),
                        f"{100 * result['score_as_stored']:.2f}",
                        f"{weights:,}",
                        f"{result['seconds']:.0f}",
                        f"{speed:,.0f}",
                    ]
                    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()

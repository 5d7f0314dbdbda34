"""spaCy's default entity network as the baseline of tagging: trained, scored and timed.

The configuration is what ``spacy init config --lang en --pipeline ner --optimize efficiency`` writes (tok2vec of
hashed word forms, no vectors, 20,000 steps at most, patience of 1,600), seed 0, on the processor.  Tokens are
those of the sets, every sentence is a Doc of its own.  The sets of names lie in DATA/tag/ner; what their labels mean and
where they come from is in DATA/tag/SOURCES.md.

Two ways to train, ``--sets``:

gmb     the Groningen Meaning Bank alone, its train, dev and test part, with its own eight labels.
joined  the train parts of GMB, UNER-EWT, BTC, WNUT-17 and GUM (open part) one after the other, with the labels
        person, organisation, location and time.  That is plain concatenation: what a set does not
        annotate (times in all but GMB and GUM) is taught as no entity.  Dev is up to 1,000 sentences of each
        set's dev part.  A set is scored on the labels that it has; predictions of others are ignored.

Entities count as conlleval counts them: right when label, first and last token are.

    python benchmarks/tag_spacy.py train --data DATA --sets gmb --output FOLDER
    python benchmarks/tag_spacy.py score --data DATA --sets gmb --model FOLDER/model-best
    python benchmarks/tag_spacy.py speed --data DATA --model FOLDER/model-best
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

BATCH = 256
DEV_SENTENCES = 1000
GMB_LABELS = ("geo", "tim", "org", "per", "gpe", "art", "eve", "nat")
LABELS = {
    "gmb": {"per": "person", "org": "organisation", "geo": "location", "tim": "time"},
    "uner_ewt": {"PER": "person", "ORG": "organisation", "LOC": "location"},
    "btc": {"PER": "person", "ORG": "organisation", "LOC": "location"},
    "wnut17": {
        "person": "person",
        "corporation": "organisation",
        "group": "organisation",
        "location": "location",
    },
    "gum": {"person": "person", "organization": "organisation", "place": "location", "time": "time"},
    "wikiwars": {"TEMPEXP": "time"},
    "conll2003": {"PER": "person", "ORG": "organisation", "LOC": "location"},
}
"""What each set's labels are called when sets are joined; the others count as no entity."""
TRAINED = ("gmb", "uner_ewt", "btc", "wnut17", "gum")
SCORED = {
    "gmb": "test",
    "uner_ewt": "test",
    "btc": "test",
    "wnut17": "test",
    "gum": "dev",  # it has no test part, so this one is a little flattering
    "wikiwars": "test",
    "conll2003": "testb",
}


class Span(NamedTuple):
    """An entity: tokens ``start`` to before ``end``."""

    start: int
    end: int
    label: str


class Sentence(NamedTuple):
    words: list[str]
    entities: list[Span]


class Scores(NamedTuple):
    """Precision, recall and F1 in percent, with the number of entities in the set."""

    precision: float
    recall: float
    f1: float
    entities: int


def spans(tags: Sequence[str]) -> list[Span]:
    """The entities of a tagged sentence, as conlleval reads them: IOB2 and IOB1 alike.

    An ``I-`` that follows no entity, or one of another label, opens an entity.
    """
    found: list[Span] = []
    start, label = 0, ""
    for place, tag in enumerate([*tags, "O"]):
        kind, _, name = tag.partition("-")
        if label and (kind != "I" or name != label):
            found.append(Span(start, place, label))
            label = ""
        if name and not label:
            start, label = place, name
    return found


def read(path: Path, separator: str = "\t") -> Iterator[Sentence]:
    """The sentences of a file of columns: the token first, the tag last; lines of ``-DOCSTART-`` are left out."""
    if not path.exists():
        path = path.with_name(path.name + ".xz")
    words: list[str] = []
    tags: list[str] = []
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else open(path, encoding="utf-8") as file:
        for line in file:
            columns = line.rstrip("\n").split(separator)
            if len(columns) > 1 and columns[0] != "-DOCSTART-":
                words.append(columns[0])
                tags.append(columns[-1])
            elif words:
                yield Sentence(words, spans(tags))
                words, tags = [], []
    if words:
        yield Sentence(words, spans(tags))


def read_part(data: Path, name: str, part: str) -> list[Sentence]:
    """A part of a set, with the set's own labels."""
    folder = data / "tag" / "ner"
    if name == "gmb":
        with lzma.open(folder / "gmb" / "gmb_split.tsv.xz", "rt", encoding="utf-8") as file:
            parts = [line.split("\t")[1] for line in file][1:]
        sentences = list(read(folder / "gmb" / "gmb.tsv"))
        return [sentence for sentence, its in zip(sentences, parts, strict=True) if its == part]
    if name == "gum":
        return list(read(folder / "gum" / f"gum_open_{part}.tsv"))
    if name == "conll2003":
        return list(read(folder / "conll2003_noship" / f"eng.{part}", " "))
    return list(read(folder / name / f"{part}.tsv"))


def renamed(sentences: Iterable[Sentence], labels: dict[str, str]) -> list[Sentence]:
    """The sentences with the entities that ``labels`` names, under their new names."""
    return [
        Sentence(words, [Span(start, end, labels[label]) for start, end, label in entities if label in labels])
        for words, entities in sentences
    ]


def training_parts(data: Path, sets: str) -> dict[str, list[Sentence]]:
    """What is trained on, and what says when to stop."""
    if sets == "gmb":
        return {part: read_part(data, "gmb", part) for part in ("train", "dev")}
    parts: dict[str, list[Sentence]] = {"train": [], "dev": []}
    chance = random.Random(0)
    for name in TRAINED:
        parts["train"] += renamed(read_part(data, name, "train"), LABELS[name])
        dev = renamed(read_part(data, name, "dev"), LABELS[name])
        parts["dev"] += chance.sample(dev, min(DEV_SENTENCES, len(dev)))
    return parts


def bare_documents(sentences: Iterable[Sentence], vocabulary: Vocab) -> Iterator[Doc]:
    """The sentences as spaCy takes them, nothing said about entities."""
    from spacy.tokens import Doc

    for words, _ in sentences:
        yield Doc(vocabulary, words=words)


def documents(sentences: Sequence[Sentence], vocabulary: Vocab) -> Iterator[Doc]:
    """The sentences with their entities; every other token is marked as outside."""
    from spacy.tokens import Span as Entity

    for document, (_, entities) in zip(bare_documents(sentences, vocabulary), sentences, strict=True):
        document.set_ents([Entity(document, start, end, label) for start, end, label in entities])
        yield document


def train(data: Path, sets: str, output: Path) -> None:
    """Train as ``spacy train`` does; ``output`` holds ``model-best`` and ``model-last`` from the first evaluation on."""
    import spacy
    from spacy.cli.init_config import init_config
    from spacy.cli.train import train as train_pipeline
    from spacy.tokens import DocBin

    output.mkdir(parents=True, exist_ok=True)
    vocabulary = spacy.blank("en").vocab
    for part, sentences in training_parts(data, sets).items():
        DocBin(docs=documents(sentences, vocabulary)).to_disk(output / f"{part}.spacy")
        print(f"{part}: {len(sentences):,} sentences, {sum(len(one.words) for one in sentences):,} tokens", flush=True)
    configuration = output / "config.cfg"
    init_config(lang="en", pipeline=["ner"], optimize="efficiency", gpu=False, silent=True).to_disk(configuration)
    begun = time.perf_counter()
    paths = {f"paths.{part}": str(output / f"{part}.spacy") for part in ("train", "dev")}
    train_pipeline(configuration, output, use_gpu=-1, overrides={**paths, "system.seed": 0})
    print(f"trained in {(time.perf_counter() - begun) / 60:.1f} minutes")


def predict(nlp: Language, sentences: Iterable[Sentence]) -> list[list[Span]]:
    """The entities that the network finds."""
    return [
        [Span(entity.start, entity.end, entity.label_) for entity in document.ents]
        for document in nlp.pipe(bare_documents(sentences, nlp.vocab), batch_size=BATCH)
    ]


def entity_scores(
    gold: Sequence[Sequence[Span]], found: Sequence[Sequence[Span]], labels: Sequence[str]
) -> dict[str, Scores]:
    """Scores per label, and over all of ``labels`` together; entities of other labels do not count."""
    wanted, given, right = Counter[str](), Counter[str](), Counter[str]()
    for truth, guess in zip(gold, found, strict=True):
        for counter, entities in ((wanted, set(truth)), (given, set(guess)), (right, set(truth) & set(guess))):
            for entity in entities:
                if entity.label in labels:
                    counter.update([entity.label, "all"])
    return {label: _scores(right[label], given[label], wanted[label]) for label in ("all", *labels)}


def _scores(right: int, given: int, wanted: int) -> Scores:
    return Scores(
        100 * right / given if given else 0.0,
        100 * right / wanted if wanted else 0.0,
        200 * right / (given + wanted) if given + wanted else 0.0,
        wanted,
    )


def score(data: Path, sets: str, model: Path) -> None:
    """Print a table: every part that is scored, all labels together and each."""
    import spacy

    nlp = spacy.load(model)
    if sets == "gmb":
        parts = [("gmb", part, read_part(data, "gmb", part), GMB_LABELS) for part in ("dev", "test")]
    else:
        parts = [
            (
                name,
                part,
                renamed(read_part(data, name, part), LABELS[name]),
                tuple(dict.fromkeys(LABELS[name].values())),
            )
            for name, part in SCORED.items()
        ]
    print("| set | part | label | precision | recall | F1 | entities |\n|---|---|---|---|---|---|---|")
    for name, part, sentences, labels in parts:
        table = entity_scores([sentence.entities for sentence in sentences], predict(nlp, sentences), labels)
        for label, (precision, recall, f1, entities) in table.items():
            print(
                f"| {name} | {part} | {label} | {precision:.2f} | {recall:.2f} | {f1:.2f} | {entities:,} |", flush=True
            )


def speed(data: Path, model: Path, runs: int) -> None:
    """Print sentences a second over CoNLL-2003 testb; loading and the making of Docs are timed apart."""
    import spacy

    begun = time.perf_counter()
    nlp = spacy.load(model)
    print(f"loaded in {time.perf_counter() - begun:.2f} s: {', '.join(nlp.pipe_names)}")
    sentences = read_part(data, "conll2003", "testb")
    tokens = sum(len(words) for words, _ in sentences)
    for _ in range(runs):
        begun = time.perf_counter()
        bare = list(bare_documents(sentences, nlp.vocab))
        made = time.perf_counter()
        for _ in nlp.pipe(bare, batch_size=BATCH, n_process=1):
            pass
        seconds = time.perf_counter() - made
        figures = {
            "batch": BATCH,
            "seconds": round(seconds, 3),
            "sentences a second": round(len(sentences) / seconds),
            "tokens a second": round(tokens / seconds),
            "seconds to make Docs": round(made - begun, 3),
        }
        print(json.dumps(figures), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (("train", "train a network"), ("score", "score it"), ("speed", "sentences a second")):
        command = commands.add_parser(name, help=what)
        command.add_argument("--data", type=Path, required=True, metavar="DIR", help="the folder that holds tag/ner")
        if name != "speed":
            command.add_argument("--sets", choices=("gmb", "joined"), required=True)
        if name == "train":
            command.add_argument("--output", type=Path, required=True, metavar="FOLDER")
        else:
            command.add_argument("--model", type=Path, required=True, metavar="FOLDER")
        if name == "speed":
            command.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    if arguments.command == "train":
        train(arguments.data, arguments.sets, arguments.output)
    elif arguments.command == "score":
        score(arguments.data, arguments.sets, arguments.model)
    else:
        speed(arguments.data, arguments.model, arguments.runs)


if __name__ == "__main__":
    main()

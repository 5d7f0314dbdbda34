"""How fast Flair's LSTM-CRF tags the sentences of CoNLL-2003 testb, tokens given.

The network of Lample et al. 2016, with nothing that must be downloaded: 100-dimensional word vectors (random
here) beside Flair's character LSTM, a bidirectional LSTM of 256, a CRF over BIOES tags of PER, ORG, LOC and MISC.
One pass over some sentences of the train part makes it find entities at all; its scores mean nothing, only its
speed counts.  Loading, and the making of Flair's sentences from tokens, are timed apart.

    python benchmarks/tag_flair.py --data DATA --threads 1
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence as Several
from pathlib import Path

import flair
import tag_spacy
import torch
from flair.data import Dictionary, Sentence
from flair.embeddings import CharacterEmbeddings, StackedEmbeddings, WordEmbeddings
from flair.models import SequenceTagger

TAG = "ner"
WORD_SIZE = 100
MINI_BATCH = 32
BATCHES = (32, 256)


def network(sentences: Several[tag_spacy.Sentence]) -> SequenceTagger:
    """An untrained tagger that knows the words, characters and labels of ``sentences``."""
    words = WordEmbeddings(
        None,
        vocab={word: place for place, word in enumerate(sorted({w.lower() for one in sentences for w in one.words}))},
        embedding_length=WORD_SIZE,
        name="random",
    )
    with torch.no_grad():
        words.embedding.weight[:-1].normal_(std=0.4)
    characters = Dictionary()
    for character in sorted({c for one in sentences for word in one.words for c in word}):
        characters.add_item(character)
    labels = Dictionary(add_unk=False)
    for label in sorted({entity.label for one in sentences for entity in one.entities}):
        labels.add_item(label)
    labels.span_labels = True  # makes the BIOES tags
    return SequenceTagger(
        StackedEmbeddings([words, CharacterEmbeddings(characters)]),
        labels,
        TAG,
        hidden_size=256,
        rnn_layers=1,
        use_rnn=True,
        use_crf=True,
    )


def made(sentences: Several[tag_spacy.Sentence], labelled: bool = False) -> list[Sentence]:
    """Flair's sentences, from tokens."""
    result = []
    for words, entities in sentences:
        sentence = Sentence(words)
        for start, end, label in entities if labelled else ():
            sentence[start:end].add_label(TAG, label)
        result.append(sentence)
    return result


def train(tagger: SequenceTagger, sentences: list[Sentence]) -> None:
    """One pass of Adam."""
    optimizer = torch.optim.Adam([one for one in tagger.parameters() if one.requires_grad], 0.002)
    tagger.train()
    for start in range(0, len(sentences), MINI_BATCH):
        loss, tokens = tagger.forward_loss(sentences[start : start + MINI_BATCH])
        optimizer.zero_grad()
        (loss / tokens).backward()
        torch.nn.utils.clip_grad_norm_(tagger.parameters(), 5.0)
        optimizer.step()
    tagger.eval()


def reloaded(tagger: SequenceTagger) -> SequenceTagger:
    """The tagger as it comes back from a file; prints how long that took."""
    with tempfile.TemporaryDirectory(prefix="seqtool-benchmark-") as folder:
        path = Path(folder) / "tagger.pt"
        tagger.save(path)
        begun = time.perf_counter()
        loaded = SequenceTagger.load(path)
        size = path.stat().st_size / 1e6
    print(f"loaded in {time.perf_counter() - begun:.2f} s, {size:.1f} MB")
    return loaded


def measure(tagger: SequenceTagger, sentences: Several[tag_spacy.Sentence], batch: int) -> dict[str, float]:
    """Tag everything once, in fresh sentences."""
    begun = time.perf_counter()
    fresh = made(sentences)
    ready = time.perf_counter()
    tagger.predict(fresh, mini_batch_size=batch)
    seconds = time.perf_counter() - ready
    return {
        "batch": batch,
        "seconds": round(seconds, 3),
        "sentences a second": round(len(fresh) / seconds),
        "tokens a second": round(sum(map(len, fresh)) / seconds),
        "seconds to make sentences": round(ready - begun, 3),
        "entities": sum(len(sentence.get_spans(TAG)) for sentence in fresh),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the folder that holds tag/ner")
    parser.add_argument("--train-sentences", type=int, default=4000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    flair.device = torch.device("cpu")
    flair.set_seed(0)
    torch.set_num_threads(arguments.threads)
    known = tag_spacy.read_part(arguments.data, "conll2003", "train")
    tagger = network(known)
    train(tagger, made(known[: arguments.train_sentences], labelled=True))
    tagger = reloaded(tagger)
    sentences = tag_spacy.read_part(arguments.data, "conll2003", "testb")
    tagger.predict(made(sentences[:MINI_BATCH]))  # warm
    for _ in range(arguments.runs):
        for batch in BATCHES:
            print(json.dumps(measure(tagger, sentences, batch)), flush=True)


if __name__ == "__main__":
    main()

"""Which tagged sentences train and which are held out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tag_rows import NER, POS, load, rows

from seqtool.errors import DataError
from seqtool.training.tag.data import (
    Sentence,
    count_words,
    load_tag_data,
)
from seqtool.training.tag.recipe import TagDataSettings, TagRecipe

# -- splits --------------------------------------------------------------------------------------


def corpus(number: int, words: int = 3, prefix: str = "w") -> str:
    """So many sentences of different words, the first of each a span."""
    return "\n".join(
        "".join(f"{prefix}{sentence}x{word} {'O' if word else 'B-x'}\n" for word in range(words))
        for sentence in range(number)
    )


def test_shares_are_held_out(tmp_path: Path) -> None:
    data = load(tmp_path, corpus(2000), split="", dev=0.1, test=0.2)
    sizes = {split: len(found) for split, found in data.sentences.items()}
    assert sum(sizes.values()) == 2000
    # standard deviations of 13 and 18 sentences
    assert 150 < sizes["dev"] < 250 and 330 < sizes["test"] < 470
    again = load(tmp_path, corpus(1000), split="", dev=0.1, test=0.2)
    for split in ("train", "dev", "test"):
        assert set(rows(again, split)) <= set(rows(data, split))
    other = load(tmp_path, corpus(1000), split="", dev=0.1, test=0.2, recipe={"seed": 2})
    assert rows(other, "dev") != rows(again, "dev")


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_a_file_for_one_split(tmp_path: Path, split: str) -> None:
    if split != "train":
        (tmp_path / "b.txt").write_text(NER)
        recipe = {"data": (TagDataSettings("a.txt", split=split), TagDataSettings("b.txt", split="train"))}
        assert len(rows(load(tmp_path, corpus(10), recipe=recipe), split)) == 10
        with pytest.raises(DataError, match="no sentences to train on"):
            load(tmp_path, corpus(10), split=split)
    else:
        assert len(rows(load(tmp_path, corpus(10)), split)) == 10


def test_a_table_of_parts(tmp_path: Path) -> None:
    (tmp_path / "parts.tsv").write_bytes(b"sentence\tpart\r\n1\ttrain\r\n2\tdev\r\n4\ttest\r\n5\tleft\r\n6\ttrain\r\n")
    text = "\n".join(f"w{number} B-x\n" for number in range(1, 7))
    data = load(tmp_path, text, parts="parts.tsv", split="")
    found = {split: [sentence.tokens[0] for sentence in data.sentences[split]] for split in data.sentences}
    assert found == {"train": ["w1", "w6"], "dev": ["w2"], "test": ["w4"]}
    data = load(tmp_path, text, parts="parts.tsv", split="train")
    assert {split: len(data.sentences[split]) for split in data.sentences} == {"train": 2, "dev": 0, "test": 0}


def test_sentences_that_are_held_out_are_taken_out_of_train(tmp_path: Path) -> None:
    (tmp_path / "dev.txt").write_text(corpus(4, words=5).upper().replace("B-X", "B-x") + "\n" + corpus(2, words=4))
    (tmp_path / "test.txt").write_text(corpus(1, words=6, prefix="v"))
    (tmp_path / "train.txt").write_text(
        corpus(6, words=5) + "\n" + corpus(2, words=4) + "\n" + corpus(8, words=6, prefix="v")
    )
    recipe = TagRecipe(data=tuple(TagDataSettings(f"{split}.txt", split=split) for split in ("train", "dev", "test")))
    data = load_tag_data(recipe, (tmp_path,))
    # Of six sentences two are left; the two of four words are too short to count; of eight one is in test.
    assert len(data.sentences["train"]) == 2 + 2 + 7
    assert (len(data.sentences["dev"]), len(data.sentences["test"])) == (6, 1)
    assert data.notes == ["5 sentences of train are held out too: taken out of train"]
    held = {sentence.tokens[0].lower() for sentence in (*data.sentences["dev"], *data.sentences["test"])}
    assert not held & {sentence.tokens[0] for sentence in data.sentences["train"] if len(sentence.tokens) >= 5}


def test_at_most_so_many_sentences_for_training(tmp_path: Path) -> None:
    data = load(tmp_path, corpus(500), split="", dev=0.2, limit=10)
    everything = load(tmp_path, corpus(500), split="", dev=0.2)
    assert rows(data) == rows(everything)[:10]
    assert rows(data, "dev") == rows(everything, "dev")


def test_sources_and_their_weights(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(NER)
    (tmp_path / "b.txt").write_text(corpus(2))
    sources = (TagDataSettings("a.txt", split="train", weight=2.0), TagDataSettings("b.txt", name="c", split="train"))
    data = load_tag_data(TagRecipe(data=sources), (tmp_path,))
    assert data.weights == {"a": 2.0, "c": 1.0} and data.missing == {"a": (), "c": ()}
    assert [sentence.source for sentence in data.sentences["train"]] == ["a", "a", "c", "c"]
    data = load_tag_data(TagRecipe(data=sources), (tmp_path,), leave_out=["a"])
    assert [sentence.source for sentence in data.sentences["train"]] == ["c", "c"]
    with pytest.raises(DataError, match="--leave-out b: no such source; there is: a, c"):
        load_tag_data(TagRecipe(data=sources), (tmp_path,), leave_out=["b"])


def test_the_weight_of_a_training_file_stands_beside_a_dev_file_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text(NER)
    (tmp_path / "dev.txt").write_text(corpus(2))
    files = (
        TagDataSettings("train.txt", name="a", split="train", weight=3.0),
        TagDataSettings("dev.txt", name="a", split="dev"),
    )
    assert load_tag_data(TagRecipe(data=files), (tmp_path,)).weights["a"] == 3.0


def test_spans_beside_labels_of_tokens(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(NER)
    (tmp_path / "b.txt").write_text(POS)
    recipe = TagRecipe(data=(TagDataSettings("a.txt"), TagDataSettings("b.txt")))
    with pytest.raises(DataError, match="a has spans of tokens, b a label for each"):
        load_tag_data(recipe, (tmp_path,))


def test_words_are_counted() -> None:
    sentences = [Sentence((f"w{number % 3}", "the"), ("O", "O")) for number in range(20)]
    assert count_words(sentences) == Counter(token for sentence in sentences for token in sentence.tokens)


def test_names_that_no_file_has_are_told(tmp_path: Path) -> None:
    data = load(tmp_path, labels={"PRE": "person", "PER": "person"}, missing=("persom",))
    assert [note.rpartition(": ")[2] for note in data.notes] == [
        "no label 'PRE' to rename; did you mean 'PER'?",
        "no file marks 'persom'; did you mean 'person'?",
    ]


def test_a_tag_without_a_label(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a prefix without a label"):
        load(tmp_path, "EU B-\nrejects O\n")

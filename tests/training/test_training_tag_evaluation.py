"""Scores of taggers on sentences whose tags are known: against seqeval and counts by hand."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import seqeval.metrics as reference  # type: ignore[import-untyped]
from conftest import Run, records

from seqtool.decoding.schemes import spans, tags
from seqtool.engine.tagger import Tagger
from seqtool.errors import DataError
from seqtool.evaluation.labelled import ANY_TAG, EITHER, Sentence
from seqtool.evaluation.tags import by_source, check_labels, evaluate, wrong_sentences
from seqtool.modelfolder.manifest import open_folder

LABELS = ("person", "place", "time")
# Of the vocabulary that the tiny taggers have, and not of it.
KNOWN, UNKNOWN = ["ada", "London", "1833", "met"], ["qqq", "Xyz"]


@pytest.fixture
def engine(make_tagger: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Tagger]:
    """engine(found, ...) opens a tagger that answers these tags, sentence by sentence."""

    def make(found: Sequence[Sequence[str]], **settings: Any) -> Tagger:
        tagger = Tagger(open_folder(make_tagger(**settings)))
        by_tokens: list[list[str]] = [list(names) for names in found if names]
        left = [iter(by_tokens)]

        def paths(sentences: Sequence[Sequence[str]], *, probabilities: bool = True) -> Any:
            answers = []
            for tokens in sentences:
                names = next(left[0], None)
                if names is None:  # asked again
                    left[0] = iter(by_tokens)
                    names = next(left[0])
                assert len(names) == len(tokens)
                answers.append([tagger.tags.index(name) for name in names])
            return answers, []

        monkeypatch.setattr(tagger, "paths", paths)
        return tagger

    return make


def random_spans(chance: random.Random, length: int, share: float = 0.4) -> list[tuple[int, int, str]]:
    found = []
    place = 0
    while place < length:
        size = chance.randint(1, 3)
        if place + size <= length and chance.random() < share:
            found.append((place, place + size, chance.choice(LABELS)))
            place += size
        else:
            place += 1
    return found


def changed(chance: random.Random, found: list[tuple[int, int, str]], length: int) -> list[tuple[int, int, str]]:
    """Most as they were, some of another label or longer, some gone."""
    result: list[tuple[int, int, str]] = []
    for number, (start, end, label) in enumerate(found):
        drawn = chance.random()
        limit = found[number + 1][0] if number + 1 < len(found) else length
        if drawn < 0.15:
            continue
        if drawn < 0.3:
            label = chance.choice(LABELS)
        elif drawn < 0.45 and end < limit:
            end += 1
        result.append((start, end, label))
    return result


def random_sentences(scheme: str, count: int = 200, seed: int = 1) -> tuple[list[Sentence], list[list[str]]]:
    """Sentences, and for each the answered tags, both in the scheme."""
    chance = random.Random(seed)
    sentences, answers = [], []
    for _ in range(count):
        length = chance.randint(1, 15)
        right = random_spans(chance, length)
        tokens = tuple(chance.choice(KNOWN + UNKNOWN) for _ in range(length))
        sentences.append(Sentence(tokens, tuple(tags(right, length, scheme)), "s"))
        answers.append(tags(changed(chance, right, length), length, scheme))
    return sentences, answers


@pytest.mark.parametrize("scheme", ["iob2", "bioes"])
def test_entities_as_seqeval_counts_them(engine: Callable[..., Tagger], scheme: str) -> None:
    sentences, answers = random_sentences(scheme)
    report = evaluate(engine(answers, scheme=scheme), sentences)
    right = [tags(spans(sentence.possible), len(sentence.tokens)) for sentence in sentences]
    found = [tags(spans(names), len(names)) for names in answers]
    wanted = reference.classification_report(right, found, output_dict=True, zero_division=0)
    assert 0.3 < wanted["micro avg"]["f1-score"] < 0.9
    for row in report["labels"]:
        theirs = wanted[row["label"]]
        assert row["precision"] == pytest.approx(theirs["precision"])
        assert row["recall"] == pytest.approx(theirs["recall"])
        assert row["f1"] == pytest.approx(theirs["f1-score"])
        assert row["count"] == theirs["support"]
    assert [row["label"] for row in report["labels"]] == sorted(LABELS)
    micro = wanted["micro avg"]
    assert report["precision"] == pytest.approx(micro["precision"])
    assert report["recall"] == pytest.approx(micro["recall"])
    assert report["f1"] == pytest.approx(micro["f1-score"])
    assert report["count"] == micro["support"] and report["sentences"] == 200
    assert report["answered"] == sum(len(spans(names)) for names in answers)
    # accuracy: of tokens, in the network's own scheme
    pairs = [pair for sentence, names in zip(sentences, answers) for pair in zip(sentence.possible, names)]
    assert report["accuracy"] == pytest.approx(sum(one == other for one, other in pairs) / len(pairs))
    assert report["tokens"] == len(pairs)
    low, high = report["f1_interval"]
    assert low < report["f1"] < high and high - low < 0.2


def test_known_and_unknown_words(engine: Callable[..., Tagger]) -> None:
    """An entity is of known words if all of its words are; so each entity is of one of both."""
    sentences, answers = random_sentences("iob2", seed=2)
    report = evaluate(engine(answers, scheme="iob2"), sentences)
    counted = {True: [0, 0, 0], False: [0, 0, 0]}
    tokens = {True: [0, 0], False: [0, 0]}
    for sentence, names in zip(sentences, answers):
        right, found = set(spans(sentence.possible)), set(spans(names))
        for span in right | found:
            known = all(token in KNOWN for token in sentence.tokens[span[0] : span[1]])
            for place, group in enumerate((right, found, right & found)):
                counted[known][place] += span in group
        for token, one, other in zip(sentence.tokens, sentence.possible, names):
            tokens[token in KNOWN][0] += 1
            tokens[token in KNOWN][1] += one == other
    for name, known in (("known_words", True), ("unknown_words", False)):
        count, answered, both = counted[known]
        part = report[name]
        assert part["tokens"] == tokens[known][0] and part["accuracy"] == pytest.approx(
            tokens[known][1] / tokens[known][0]
        )
        assert part["count"] == count
        assert part["precision"] == pytest.approx(both / answered)
        assert part["recall"] == pytest.approx(both / count)
        assert part["f1"] == pytest.approx(2 * both / (count + answered))
    assert report["known_words"]["count"] + report["unknown_words"]["count"] == report["count"]


def test_labels_of_tokens(engine: Callable[..., Tagger]) -> None:
    chance = random.Random(3)
    names = ["NOUN", "VERB", "X"]
    sentences, answers = [], []
    for _ in range(150):
        length = chance.randint(1, 12)
        right = [chance.choice(names[:2]) for _ in range(length)]
        sentences.append(Sentence(tuple(chance.choice(KNOWN + UNKNOWN) for _ in right), tuple(right)))
        answers.append([label if chance.random() < 0.7 else chance.choice(names) for label in right])
    report = evaluate(engine(answers, kind="labels", labels=tuple(names)), sentences)
    pairs = [
        (token, one, other)
        for sentence, found in zip(sentences, answers)
        for token, one, other in zip(sentence.tokens, sentence.possible, found)
    ]
    hits = sum(one == other for _, one, other in pairs)
    assert report["tokens"] == len(pairs) and report["accuracy"] == pytest.approx(hits / len(pairs))
    low, high = report["accuracy_interval"]
    assert low < report["accuracy"] < high
    assert "f1" not in report
    for row in report["labels"]:
        count = sum(one == row["label"] for _, one, _ in pairs)
        answered = sum(other == row["label"] for _, _, other in pairs)
        both = sum(one == other == row["label"] for _, one, other in pairs)
        assert (row["count"], row["answered"]) == (count, answered)
        assert row["recall"] == pytest.approx(both / count if count else 0.0)
        assert row["precision"] == pytest.approx(both / answered if answered else 0.0)
    assert [row["label"] for row in report["labels"]] == names
    known = [one == other for token, one, other in pairs if token in KNOWN]
    assert report["known_words"] == {"tokens": len(known), "accuracy": pytest.approx(sum(known) / len(known))}
    assert report["unknown_words"]["tokens"] == len(pairs) - len(known)


def one(possible: str, answered: str, **settings: Any) -> tuple[list[Sentence], list[list[str]]]:
    """A sentence and its answer; the tags that a token may have parted by bars."""
    cells = tuple(cell.replace("|", EITHER) for cell in possible.split())
    return [Sentence(("Ada",) * len(cells), cells)], [answered.split()]


O_TIME = "O|B-time|I-time"


@pytest.mark.parametrize(
    ("possible", "answered", "missing", "counts"),  # right, answered, both
    [
        ("B-person I-person O", "B-person I-person O", (), (1, 1, 1)),
        ("B-person I-person O", "B-person O O", (), (1, 1, 0)),
        ("B-person I-person O", "B-person O O", ("person",), (1, 0, 0)),
        # What a source does not annotate is not judged, right or wrong.
        (f"B-person {O_TIME} {O_TIME}", "B-person B-time I-time", ("time",), (1, 1, 1)),
        (f"B-person {O_TIME} {O_TIME}", "B-person B-place I-place", ("time",), (1, 2, 1)),
        (f"{O_TIME} {O_TIME} B-place", "B-time I-time O", ("time",), (1, 0, 0)),
        # Where nothing is said, whatever is answered is not counted.
        ("? ? B-place", "B-time I-time B-place", (), (1, 1, 1)),
        ("O ? B-place", "B-time I-time B-place", (), (1, 1, 1)),
        ("? ? ?", "O O B-place", (), (0, 0, 0)),
        # One of several: the answered one is the right one; none of them, the first is missed.
        ("B-person|B-place O O", "B-place O O", (), (1, 1, 1)),
        ("B-person|B-place O O", "B-person O O", (), (1, 1, 1)),
        ("B-person|B-place O O", "B-time O O", (), (1, 1, 0)),
        ("B-person|B-place O O", "O O O", (), (1, 0, 0)),
        ("B-person|B-place I-person|I-place O", "B-place I-place O", (), (1, 1, 1)),
        ("B-person|B-place I-person|I-place O", "B-place O O", (), (1, 1, 0)),
    ],
)
def test_what_is_judged(
    engine: Callable[..., Tagger], possible: str, answered: str, missing: tuple[str, ...], counts: tuple[int, int, int]
) -> None:
    sentences, answers = one(possible, answered)
    report = evaluate(engine(answers, scheme="iob2"), sentences, missing)
    right, found, both = counts
    assert (report["count"], report["answered"]) == (right, found)
    assert report["recall"] == (both / right if right else 0.0)
    assert report["precision"] == (both / found if found else 0.0)
    said = [(cell, tag) for cell, tag in zip(possible.split(), answered.split()) if cell != ANY_TAG]
    assert report["tokens"] == len(said)
    assert report["accuracy"] == pytest.approx(sum(tag in cell.split("|") for cell, tag in said) / max(1, len(said)))
    # The sentences with a mistake are those that are not counted as all right.
    rows = list(wrong_sentences(engine(answers, scheme="iob2"), sentences, missing))
    assert bool(rows) == (not right == found == both)


@pytest.mark.parametrize("answered", ["B-place I-place O", "O O O"])
@pytest.mark.parametrize("possible", ["B-place|O I-place|O O", "O|B-place O|I-place O"])
def test_an_entity_or_none(engine: Callable[..., Tagger], possible: str, answered: str) -> None:
    """A recipe's label = ["place", ""] says that both are right: neither is counted as a mistake."""
    sentences, answers = one(possible, answered)
    assert list(wrong_sentences(engine(answers, scheme="iob2"), sentences)) == []
    report = evaluate(engine(answers, scheme="iob2"), sentences)
    assert report["accuracy"] == 1.0
    assert report["count"] == report["answered"]
    [again] = [evaluate(engine(answers, scheme="iob2"), sentences, ())]
    assert again["f1"] in ([1.0] if report["count"] else [0.0])


def test_several_labels_of_a_token(engine: Callable[..., Tagger]) -> None:
    sentences, answers = one("NOUN|X ? VERB VERB", "X VERB VERB NOUN")
    report = evaluate(engine(answers, kind="labels", labels=("NOUN", "VERB", "X")), sentences)
    assert (report["tokens"], report["accuracy"]) == (3, pytest.approx(2 / 3))
    counts = {row["label"]: (row["count"], row["answered"]) for row in report["labels"]}
    assert counts == {"X": (1, 1), "VERB": (2, 1), "NOUN": (0, 1)}
    [row] = wrong_sentences(engine(answers, kind="labels", labels=("NOUN", "VERB", "X")), sentences)
    assert row == {
        "tokens": ["Ada"] * 4,
        "wrong": [{"text": "Ada", "place": 3, "right": "VERB", "label": "NOUN"}],
    }


def test_rows_of_mistakes(engine: Callable[..., Tagger]) -> None:
    sentences = [
        Sentence(("Ada", "met", "New", "York"), ("S-person", "O", "B-place", "E-place")),
        Sentence((), ()),
        Sentence(("fine",), ("O",)),
        Sentence(("In", "May"), ("O", "S-time")),
    ]
    answers = [["S-person", "O", "S-place", "O"], [], ["O"], ["S-place", "S-time"]]
    rows = list(wrong_sentences(engine(answers), sentences))
    assert rows == [
        {
            "tokens": ["Ada", "met", "New", "York"],
            "missed": [{"text": "New York", "label": "place", "first_token": 2, "last_token": 3}],
            "wrong": [{"text": "New", "label": "place", "first_token": 2, "last_token": 2}],
        },
        {
            "tokens": ["In", "May"],
            "missed": [],
            "wrong": [{"text": "In", "label": "place", "first_token": 0, "last_token": 0}],
        },
    ]
    report = evaluate(engine(answers), sentences)
    assert (report["sentences"], report["tokens"], report["count"], report["answered"]) == (4, 7, 3, 4)


def test_nothing_right_and_nothing_answered(engine: Callable[..., Tagger]) -> None:
    sentences, answers = one("O O", "O O")
    report = evaluate(engine(answers), sentences)
    assert (report["precision"], report["recall"], report["f1"], report["f1_interval"]) == (0.0, 0.0, 0.0, [0.0, 0.0])
    assert report["accuracy"] == 1.0 and report["labels"] == []
    assert report["unknown_words"]["accuracy"] is None
    with pytest.raises(DataError, match="no sentence"):
        evaluate(engine([]), [])


def test_sources_apart(engine: Callable[..., Tagger]) -> None:
    sentences = [Sentence(("a",), ("O",), source) for source in "xyx"]
    found = by_source(sentences)
    assert {name: len(part) for name, part in found.items()} == {"x": 2, "y": 1}


@pytest.mark.parametrize(
    ("kind", "cell", "label"),
    [
        ("entities", "S-persn", "persn"),
        ("entities", "O|S-place|S-Time", "Time"),
        ("labels", "NOUNS", "NOUNS"),
        ("labels", "X|noun", "noun"),
        ("labels", "O", "O"),
    ],
)
def test_labels_that_the_model_has_not(engine: Callable[..., Tagger], kind: str, cell: str, label: str) -> None:
    sentences = [Sentence(("a",), (cell.replace("|", EITHER),))]
    labels = ("NOUN", "VERB", "X") if kind == "labels" else LABELS
    with pytest.raises(DataError, match=f"{label!r} is none of the model's; .*--label {label}=OURS"):
        check_labels(engine([], kind=kind, labels=labels), sentences)


def test_labels_that_the_model_has(engine: Callable[..., Tagger]) -> None:
    cells = ("O", ANY_TAG, f"O{EITHER}B-time", "S-person")
    check_labels(engine([]), [Sentence(("a",) * 4, cells)])


# -- the command -----------------------------------------------------------------------------------


def test_the_command(run: Run, tiny_tagger: Path, tmp_path: Path) -> None:
    """Its numbers are those of the answers of tag; --errors are the sentences that differ."""
    lines = ["Ada B-PER\nmet O\nZoë B-PER\n", "In O\nNew B-LOC\nYork I-LOC\n. O\n", "On O\nMonday B-TIME\n"]
    (tmp_path / "a.conll").write_text("\n".join(lines), encoding="utf-8")
    mapped = ["--label", "PER=person", "--label", "LOC=place", "--label", "TIME=time"]
    done = run("evaluate", "tag", "-m", tiny_tagger, "a.conll", *mapped, "--errors", "errors.jsonl")
    assert (done.returncode, done.stderr) == (0, b"")
    [report] = records(done.stdout)
    answers = records(run("tag", "-m", tiny_tagger, "a.conll").stdout)
    right = [[(0, 1, "person"), (2, 3, "person")], [(1, 3, "place")], [(1, 2, "time")]]
    found = [spans(answer["tags"]) for answer in answers]
    both = sum(len(set(one) & set(other)) for one, other in zip(right, found))
    assert (report["count"], report["answered"]) == (4, sum(map(len, found)))
    assert report["f1"] == pytest.approx(2 * both / (4 + report["answered"]), abs=1e-4)
    assert [row["tokens"] for row in records((tmp_path / "errors.jsonl").read_bytes())] == [
        answer["tokens"] for answer, one, other in zip(answers, right, found) if set(one) != set(other)
    ]
    without = run("evaluate", "tag", "-m", tiny_tagger, "a.conll")
    assert without.returncode == 2 and b"--label" in without.stderr and without.stderr.count(b"\n") == 1
    hidden = run("evaluate", "tag", "-m", tiny_tagger, "a.conll", *mapped[:4], "--label", "TIME=", "--missing", "time")
    [report] = records(hidden.stdout)
    assert report["count"] == 3 and "time" not in {row["label"] for row in report["labels"]}
    for form in ("table", "json"):
        assert run("evaluate", "tag", "-m", tiny_tagger, "a.conll", *mapped, "--format", form).returncode == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["a.conll", "--missing", "tme"], ["tme", "'time'"]),
        (["a.conll", "--label", "PER"], ["--label PER", "THEIRS=OURS"]),
        (["a.conll", "--column", "7"], ["a.conll:1", "column 7"]),
        (["a.conll", "--column", "upo"], ["upos"]),
        (["a.conll", "--misssing", "x"], ["--missing"]),
        (["none.conll"], ["none.conll"]),
        ([], ["--recipe"]),
    ],
)
def test_what_the_command_refuses(
    refused: Callable[..., str], tiny_tagger: Path, tmp_path: Path, options: list[str], words: list[str]
) -> None:
    (tmp_path / "a.conll").write_text("Ada S-person\nmet O\n", encoding="utf-8")
    told = refused("evaluate", "tag", "-m", tiny_tagger, *options)
    assert all(word in told for word in words), told

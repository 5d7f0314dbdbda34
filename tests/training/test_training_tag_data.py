"""Sentences with a tag a token: files read, labels mapped, splits, and what is said of wrong ones."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tag_rows import NER, POS, TREEBANK, load, possible, read, rows

from seqtool.errors import DataError, InputError
from seqtool.training.tag.data import (
    corrected,
    read_tagged,
    tokens_of_spans,
)
from seqtool.training.tag.recipe import TagDataSettings

# -- files ---------------------------------------------------------------------------------------

TWO = [(["EU", "rejects"], ["B-ORG", "O"]), (["Peter"], ["B-PER"])]


@pytest.mark.parametrize(
    "text",
    [
        "EU B-ORG\nrejects O\n\nPeter B-PER\n",
        "EU\tB-ORG\nrejects\tO\n\nPeter\tB-PER",
        "EU\tB-ORG\r\nrejects\tO\r\n\r\nPeter\tB-PER\r\n",
        "\ufeffEU B-ORG\r\nrejects O\r\n\r\n\r\nPeter B-PER",
        "-DOCSTART- -X-\n\nEU NNP B-ORG\nrejects VBZ O\n\nPeter NNP B-PER\n",
        "# a comment\nEU B-ORG\nrejects O\n\n# another\nPeter B-PER\n",
    ],
)
def test_columns(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == TWO


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
def test_packed_files(tmp_path: Path, ending: str, pack: Any) -> None:
    text = "EU B-ORG\nrejects O\n\nPeter B-PER\n"
    assert read(tmp_path, pack(text.encode()), f"a.txt{ending}") == TWO
    packed = pack((text * 200).encode())
    with pytest.raises(InputError, match="cut short"):
        read(tmp_path, packed[:-9], f"cut.txt{ending}")
    damaged = bytearray(packed)
    damaged[len(packed) // 2] ^= 0xFF
    with pytest.raises(InputError, match=r"damaged\.txt\S*: not a sound"):
        read(tmp_path, bytes(damaged), f"damaged.txt{ending}")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ["B-NP", "I-NP"]),
        ({"column": "-1"}, ["B-NP", "I-NP"]),
        ({"column": "2"}, ["NN", "NNS"]),
        ({"column": "-3"}, ["NN", "NNS"]),
        ({"column": "1"}, ["dog", "bowls"]),
    ],
)
def test_the_column_of_the_tag(tmp_path: Path, settings: dict[str, str], expected: list[str]) -> None:
    text = "dog NN x B-NP\nbowls NNS y I-NP\n"
    assert read(tmp_path, text, **settings) == [(["dog", "bowls"], expected)]
    (found,) = read(tmp_path, text, token=3, **settings)
    assert found[0] == ["x", "y"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "Vas/VERB de/ADP le/DET"),
        ({"column": "xpos"}, "Vas/V de/P le/D"),
        ({"column": "UPOS", "multiword": "whole"}, "Vas/VERB du/ADP+DET"),
        ({"column": "5", "multiword": "whole"}, "Vas/V du/P+D"),
    ],
)
@pytest.mark.parametrize(("name", "form"), [("a.conllu", "auto"), ("a.conllu.gz", "auto"), ("a.txt", "conllu")])
def test_conllu(tmp_path: Path, settings: dict[str, str], expected: str, name: str, form: str) -> None:
    data = TREEBANK.replace("\n", "\r\n").encode()
    first, second = read(tmp_path, gzip.compress(data) if name.endswith("gz") else data, name, format=form, **settings)
    assert " ".join(map("/".join, zip(*first))) == expected
    assert second == (["!"], ["."])


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        (NER, {"column": "3"}, r"a\.txt:1: 2 columns, where column 3"),
        (NER, {"column": "-3"}, r"a\.txt:1: 2 columns, where column -3"),
        (NER, {"token": 3}, r"a\.txt:1: 2 columns"),
        ("# c\nEU O\nx\n", {}, r"a\.txt:3: 1 columns"),
        ("-DOCSTART- O\nEU O\n\n\nx\n", {}, r"a\.txt:5: 1 columns"),
        (NER, {"column": "0"}, "column '0': a number from 1"),
        (NER, {"column": "ner"}, "column 'ner': a number from 1.*upos or xpos"),
        (NER, {"format": "conllu"}, r"a\.txt:1: is not CoNLL-U"),
        (TREEBANK, {"format": "conllu", "column": "11"}, r"a\.txt:2: 10 columns, where column 11"),
        (TREEBANK, {"format": "conllu", "column": "-11"}, r"a\.txt:2: 10 columns, where column -11"),
        (TREEBANK, {"format": "conllu", "column": "ner"}, "column 'ner'"),
    ],
)
def test_a_wrong_column(tmp_path: Path, text: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, text, **settings)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not UTF-8"):
        read(tmp_path, "Köln B-LOC\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"b\.txt: cannot be opened"):
        list(read_tagged(TagDataSettings("b.txt"), tmp_path / "b.txt"))
    with pytest.raises(DataError, match="no sentence"):
        load(tmp_path, "\n\n")


# -- labels --------------------------------------------------------------------------------------

WORDS = "Mr Smith of New York"
SMITH, YORK = (1, 2, "PER"), (3, 5, "LOC")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "O B-PER O B-LOC I-LOC"),
        ({"scheme": "bioes"}, "O S-PER O B-LOC E-LOC"),
        ({"labels": {"PER": "person", "ORG": "group"}}, "O B-person O B-LOC I-LOC"),
        ({"labels": {"LOC": ""}}, "O B-PER O O O"),
        ({"labels": {"LOC": ["place", "group"]}}, "O B-PER O B-place|B-group I-place|I-group"),
        ({"labels": {"LOC": ["place", ""]}, "scheme": "bioes"}, "O S-PER O B-place|O E-place|O"),
        ({"labels": {"LOC": "?"}}, "O B-PER O ? ?"),
        ({"labels": {"LOC": ["place", "?"]}}, "O B-PER O ? ?"),
        ({"missing": ("date",)}, "O|B-date|I-date B-PER O|B-date|I-date B-LOC I-LOC"),
        (
            {"missing": ("a", "b"), "labels": {"LOC": ""}, "scheme": "bioes"},
            "{0} S-PER {0} {0} {0}".format("O|B-a|I-a|E-a|S-a|B-b|I-b|E-b|S-b"),
        ),
        ({"spans": {"New York": "GPE", "York": "no"}}, "O B-PER O B-GPE I-GPE"),
        ({"spans": {"Smith": ""}, "labels": {"PER": "person"}}, "O O O B-LOC I-LOC"),
        ({"spans": {"New York": ["LOC", "ORG"], "Smith": "?"}}, "O ? O B-LOC|B-ORG I-LOC|I-ORG"),
    ],
)
def test_what_spans_may_be(given: dict[str, Any], expected: str) -> None:
    assert possible(WORDS, SMITH, YORK, **given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "O B-PER I-PER O B-PER"),
        ({"handles": "?"}, "O ? ? O B-PER"),
        ({"handles": "user"}, "O B-user I-user O B-PER"),
        ({"handles": "user", "labels": {"PER": "person"}, "spans": {"@ann b": "no"}}, "O B-user I-user O B-person"),
    ],
)
def test_handles(given: dict[str, Any], expected: str) -> None:
    assert possible("hi @ann b @ cy", (1, 3, "PER"), (4, 5, "PER"), **given) == expected


@pytest.mark.parametrize("wrong", [5, True, [], ["a", 1], {"a": "b"}])
@pytest.mark.parametrize("table", ["labels", "spans"])
def test_a_label_in_our_words_is_a_string_or_several(table: str, wrong: Any) -> None:
    with pytest.raises(DataError, match="a string, or a list of strings"):
        possible(WORDS, SMITH, YORK, **{table: {"PER": wrong, "Smith": wrong}})


def test_words_that_begin_no_span() -> None:
    settings = TagDataSettings("a", cut=("Mr.", "President", "the"))
    sentence = ["the", "Mr.", "Smith", "met", "Mr.", "and", "President", "Mr.", "Jones", "the"]
    found = [(0, 3, "x"), (4, 5, "y"), (6, 10, "z")]
    assert list(corrected([(sentence, found), ([], [])], settings)) == [[(2, 3, "x"), (8, 10, "z")], []]
    assert list(corrected([(sentence, found)], TagDataSettings("a"))) == [found]


@pytest.mark.parametrize(
    ("labels", "majority", "expected"),
    [
        ("aaaab", 0.8, "aaaaa"),
        ("aaaab", 0.81, "aaaab"),
        ("aaabb", 0.6, "aaaaa"),
        ("aaab", 0.5, "aaab"),  # four are too few to say
        ("baaaaaaaaa", 0.9, "aaaaaaaaaa"),
        ("aaaab", 0.0, "aaaab"),
    ],
)
def test_the_label_that_most_spans_of_the_same_words_have(labels: str, majority: float, expected: str) -> None:
    settings = TagDataSettings("a", majority=majority, cut=("Mr.",))
    tokens = ["Mr.", "Smith", "and", "Smith", "Smith"]
    pairs = [(tokens, [(place % 2, 2, label), (3, 5, "other")]) for place, label in enumerate(labels)]
    found = list(corrected(pairs, settings))
    assert found == [[(1, 2, label), (3, 5, "other")] for label in expected]


def test_labels_of_tokens(tmp_path: Path) -> None:
    data = load(tmp_path, POS, labels={"PRON": "NOUN", "ADJ": ["ADJ", "NOUN"]})
    assert not data.entities
    assert rows(data) == ["It/NOUN works/VERB", "Good/ADJ|NOUN fan/NOUN"]
    assert data.labels == data.tags("bioes") == ["ADJ", "NOUN", "VERB"]
    data = load(tmp_path, POS, labels={"PRON": "?"})
    assert rows(data)[0] == "It/? works/VERB"
    assert data.labels == ["ADJ", "NOUN", "VERB"]


def test_spans_of_tokens(tmp_path: Path) -> None:
    data = load(tmp_path, labels={"MISC": "", "ORG": "group"}, missing=("date",), name="b.c.txt")
    assert data.entities and data.labels == ["PER", "date", "group"]
    assert data.tags("iob2") == ["O", "B-PER", "I-PER", "B-date", "I-date", "B-group", "I-group"]
    other = "O|B-date|I-date|E-date|S-date"
    assert rows(data)[0] == f"EU/S-group rejects/{other} German/{other} call/{other}"
    assert rows(data)[1] == "Peter/B-PER Blackburn/E-PER"
    assert data.missing == {"b": ("date",)}
    assert {sentence.source for sentence in data.sentences["train"]} == {"b"}


@pytest.mark.parametrize(
    "text",
    [
        "EU I-ORG\nrejects O\n\nAnn I-PER\nLee I-PER\nBob B-PER\n",  # IOB1
        "EU B-ORG\nrejects O\n\nAnn B-PER\nLee I-PER\nBob B-PER\n",
        "EU I-ORG\nrejects O\n\nAnn I-PER\nLee E-PER\nBob I-PER\n",  # IOE1
        "EU S-ORG\nrejects O\n\nAnn B-PER\nLee E-PER\nBob S-PER\n",
        "EU U-ORG\nrejects O\n\nAnn B-PER\nLee L-PER\nBob U-PER\n",
    ],
)
@pytest.mark.parametrize("scheme", ["iob2", "bioes"])
def test_every_scheme_comes_out_as_that_of_the_network(tmp_path: Path, text: str, scheme: str) -> None:
    data = load(tmp_path, text, recipe={"scheme": scheme})
    expected = {
        "iob2": ["EU/B-ORG rejects/O", "Ann/B-PER Lee/I-PER Bob/B-PER"],
        "bioes": ["EU/S-ORG rejects/O", "Ann/B-PER Lee/E-PER Bob/S-PER"],
    }
    assert data.entities and rows(data) == expected[scheme]


def test_answers_can_be_forced(tmp_path: Path) -> None:
    assert rows(load(tmp_path, recipe={"answer": "labels"}))[1] == "Peter/B-PER Blackburn/I-PER"
    assert load(tmp_path, recipe={"answer": "labels"}).labels == ["B-MISC", "B-ORG", "B-PER", "I-PER", "O"]
    assert load(tmp_path, POS, recipe={"answer": "entities"}).labels == ["ADJ", "NOUN", "PRON", "VERB"]


@pytest.mark.parametrize(
    ("text", "name", "given", "kept"),
    [
        (
            '{"text": "Guernica", "entities": [{"start": 0, "end": 8, "label": "work of art"}]}',
            "a.jsonl",
            {},
            "work of art",
        ),
        ("New York\tB-capital city\nis\tO\n", "a.txt", {}, "capital city"),
        ("It\tpersonal pronoun\nworks\tVERB\n", "a.txt", {}, "personal pronoun"),
        (POS, "a.txt", {"labels": {"PRON": ""}}, "VERB"),
        ("It\t\nworks\tVERB\n", "a.txt", {}, "VERB"),
    ],
)
def test_a_label_is_one_whole_name_or_refused(
    tmp_path: Path, text: str, name: str, given: dict[str, Any], kept: str
) -> None:
    """With a space inside it is no two labels; and nothing at all is none."""
    try:
        data = load(tmp_path, text, name, **given)
    except DataError:
        return
    assert kept in data.labels and "" not in data.labels
    assert "work" not in data.labels and "capital" not in data.labels and "personal" not in data.labels


def test_labels_that_are_not_named(tmp_path: Path) -> None:
    named = ("PER", "ORG", "MISC", "LOC")
    assert load(tmp_path, recipe={"labels": named}).labels == list(named)
    with pytest.raises(DataError, match=r"'PER' is in the data but not in labels; did you mean 'per'\?"):
        load(tmp_path, recipe={"labels": ("per", "ORG", "MISC")})
    with pytest.raises(DataError, match="'PRON' is in the data"):
        load(tmp_path, POS, recipe={"labels": ("ADJ", "NOUN", "VERB")})
    with pytest.raises(DataError, match="'date' is in the data"):
        load(tmp_path, missing=("date",), recipe={"labels": named})


def test_no_label_at_all(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no label but O; the column"):
        load(tmp_path, "EU O\nrejects O\n")


# -- texts with offsets --------------------------------------------------------------------------


def record(text: str, *entities: tuple[int, int, str], **more: Any) -> str:
    spans = [{"start": start, "end": end, "label": label} for start, end, label in entities]
    return json.dumps({"text": text, "entities": spans, **more}, ensure_ascii=False) + "\n"


def test_offsets_are_of_code_points(tmp_path: Path) -> None:
    text = "😀 Zoë Ruíz saw Ærø. It was warm."
    data = load(tmp_path, record(text, (2, 10, "per"), (15, 18, "loc"), id=7), "a.jsonl", recipe={"scheme": "iob2"})
    assert rows(data) == ["😀/O Zoë/B-per Ruíz/I-per saw/O Ærø/B-loc ./O", "It/O was/O warm/O ./O"]
    assert data.entities and not data.notes


def test_offsets_that_cut_a_word_are_widened_and_told(tmp_path: Path) -> None:
    lines = [
        record("We saw Berliners in Paris", (7, 13, "loc"), (20, 25, "loc")),
        record("Nothing odd"),
        record("We saw Berlin today", (7, 12, "loc"), (11, 19, "time")),
    ]
    data = load(tmp_path, "".join(lines), "a.jsonl", recipe={"scheme": "iob2"})
    assert rows(data) == [
        "We/O saw/O Berliners/B-loc in/O Paris/B-loc",
        "Nothing/O odd/O",
        "We/O saw/O Berlin/B-loc today/O",
    ]
    (note,) = data.notes
    assert note.startswith("a.jsonl: 3 entities cut a word or overlap another one (line 1: 'Berlin', line 3: 'Berli', ")


def test_which_words_an_entity_has() -> None:
    text = "New York  City, today"
    places = [(0, 3), (4, 8), (10, 14), (14, 15), (16, 21)]
    for entity, span, odd in [
        ((0, 3), (0, 1), False),
        ((0, 14), (0, 3), False),
        ((4, 15), (1, 4), False),
        ((0, 9), (0, 2), True),  # a space behind
        ((1, 7), (0, 2), True),
        ((5, 6), (1, 2), True),
        ((8, 10), None, True),  # white space alone
    ]:
        found = tokens_of_spans(text, [(*entity, "x")])
        assert found == (places, [(*span, "x")] if span else [], [(*entity, "x")] if odd else [])
    overlapping = [(0, 8, "x"), (4, 14, "y"), (10, 14, "z")]
    assert tokens_of_spans(text, overlapping) == (places, [(0, 2, "x"), (2, 3, "z")], [(4, 14, "y")])


@settings(deadline=None, derandomize=True)
@given(st.text(alphabet="ab c.,\n", max_size=25), st.data())
def test_entities_of_whole_words_come_back(text: str, data: st.DataObject) -> None:
    places, _, _ = tokens_of_spans(text, [])
    borders = sorted(data.draw(st.sets(st.integers(0, len(places)), max_size=6)))
    expected = [(first, end, "x") for first, end in zip(borders[::2], borders[1::2])]
    entities = [(places[first][0], places[end - 1][1], "x") for first, end, _ in expected]
    assert tokens_of_spans(text, entities) == (places, expected, [])


def test_an_entity_over_the_end_of_a_sentence_stays_whole(tmp_path: Path) -> None:
    data = load(
        tmp_path, record("We saw Stop! Go. It was good.", (7, 16, "work")), "a.jsonl", recipe={"scheme": "iob2"}
    )
    assert rows(data)[0].startswith("We/O saw/O Stop/B-work !/I-work Go/I-work ./I-work")
    assert " ".join(rows(data)).count("/B-work") == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": "Rome"}', "no list 'entities'"),
        ('{"text": "Rome", "entities": {}}', "no list 'entities'"),
        ('{"text": 5, "entities": []}', "no string 'text'"),
        ('{"entities": []}', "no string 'text'"),
        ('{"text": "Rome"', "JSON"),
        *(
            (json.dumps({"text": "Rome", "entities": [entity]}), "inside the text")
            for entity in [
                {"start": 0, "end": 5, "label": "x"},
                {"start": -1, "end": 4, "label": "x"},
                {"start": 2, "end": 2, "label": "x"},
                {"start": 0.5, "end": 4, "label": "x"},
                {"start": "0", "end": 4, "label": "x"},
                {"start": None, "end": 4, "label": "x"},
                {"start": 0, "end": 4, "label": ""},
                {"start": 0, "end": 4, "label": 7},
                {"start": 0, "end": 4},
                [0, 4, "x"],
                "Rome",
                None,
            ]
        ),
    ],
)
def test_bad_records_of_offsets(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(DataError, match=rf"a\.jsonl:2: .*{message}"):
        load(tmp_path, record("Rome", (0, 4, "x")) + line + "\n", "a.jsonl")

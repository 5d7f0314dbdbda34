"""Tags and spans against seqeval, the published conlleval.pl, and every sequence of a scheme."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from seqtool.decoding.schemes import Span, allowed_transitions, scheme_of, spans, split_tag, tag_names, tags

LABELS = ["per", "loc", "two-part"]
enough = settings(deadline=None, derandomize=True, max_examples=200)

# (words before, words inside, label) of each span, and words behind the last
pieces = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from(LABELS)), max_size=6)


def laid_out(found: list[tuple[int, int, str]], behind: int) -> tuple[list[Span], int]:
    """Spans with their places, and the length of the sentence."""
    place = 0
    result = []
    for gap, size, label in found:
        result.append((place + gap, place + gap + size, label))
        place += gap + size
    return result, place + behind


def tag_lists(prefixes: str) -> st.SearchStrategy[list[str]]:
    """Any tags, lawful or not."""
    return st.lists(st.sampled_from(["O", *(f"{prefix}-{label}" for prefix in prefixes for label in LABELS)]))


@enough
@given(pieces, st.integers(0, 2), st.sampled_from(["iob2", "bioes"]))
def test_spans_to_tags_and_back(found: list[tuple[int, int, str]], behind: int, scheme: str) -> None:
    expected, length = laid_out(found, behind)
    written = tags(expected, length, scheme)
    assert len(written) == length
    assert spans(written) == expected
    assert set(written) <= set(tag_names(LABELS, scheme))


def test_tags_by_hand() -> None:
    found = [(0, 1, "per"), (1, 4, "loc"), (5, 7, "per")]
    assert tags(found, 8) == ["B-per", "B-loc", "I-loc", "I-loc", "O", "B-per", "I-per", "O"]
    assert tags(found, 8, "bioes") == ["S-per", "B-loc", "I-loc", "E-loc", "O", "B-per", "E-per", "O"]
    assert tags([], 2, "bioes") == ["O", "O"]
    assert tags([], 0) == []


@pytest.mark.parametrize("prefixes", ["BI", "BIES", "IE", "I"])
@enough
@given(data=st.data())
def test_spans_are_those_of_seqeval(prefixes: str, data: st.DataObject) -> None:
    """On sequences that no scheme allows too: both go by the same borders. Its ends are inclusive."""
    written = data.draw(tag_lists(prefixes))
    assert spans(written) == [(first, last + 1, label) for label, first, last in get_entities(written, suffix=False)]


def conlleval(written: list[str]) -> list[Span]:
    """What conlleval.pl counts as chunks: its tables startOfChunk and endOfChunk, without brackets."""
    found = []
    begun = 0
    for place, (before, after) in enumerate(itertools.pairwise(["O", *written, "O"])):
        (before_tag, _, before_type), (tag, _, label) = before.partition("-"), after.partition("-")
        changed = before_type != label
        if before_tag + tag in ("BB", "BO", "IB", "IO", "EE", "EI", "EO") or (before_tag != "O" and changed):
            found.append((begun, place, before_type))
        if before_tag + tag in ("BB", "IB", "OB", "OI", "EE", "EI", "OE") or (tag != "O" and changed):
            begun = place
    return found


@pytest.mark.parametrize("prefixes", ["BI", "IE"])
@enough
@given(data=st.data())
def test_spans_are_those_of_the_published_conlleval(prefixes: str, data: st.DataObject) -> None:
    """IOB and IOE of both kinds, and anything else of these tags; of S it knows nothing."""
    written = data.draw(tag_lists(prefixes))
    assert spans(written) == conlleval(written)


def encoded(found: list[Span], length: int, scheme: str) -> list[str]:
    """The tags of Tjong Kim Sang & Veenstra (1999): a border is marked always (2), or only where a
    span of the same label touches it (1)."""
    written = ["O"] * length
    first = {(start, label) for start, _, label in found}
    last = {(end, label) for _, end, label in found}
    for start, end, label in found:
        written[start:end] = [f"I-{label}"] * (end - start)
        if scheme == "iob2" or (scheme == "iob1" and (start, label) in last):
            written[start] = f"B-{label}"
        if scheme == "ioe2" or (scheme == "ioe1" and (end, label) in first):
            written[end - 1] = f"E-{label}"
    return written


@pytest.mark.parametrize("scheme", ["iob1", "iob2", "ioe1", "ioe2"])
@enough
@given(found=pieces)
def test_other_schemes_are_read(scheme: str, found: list[tuple[int, int, str]]) -> None:
    expected, length = laid_out(found, 1)
    assert spans(encoded(expected, length, scheme)) == expected


A, B, C = (0, 2, "per"), (2, 3, "per"), (4, 5, "loc")


@pytest.mark.parametrize(
    ("scheme", "written", "expected"),
    [
        ("iob1", "I-per I-per B-per O I-loc", [A, B, C]),
        ("iob2", "B-per I-per B-per O B-loc", [A, B, C]),
        ("ioe", "I-per E-per I-per O I-loc", [A, B, C]),  # IOE1
        ("ioe", "I-per E-per E-per O E-loc", [A, B, C]),  # IOE2
        ("bioes", "B-per E-per S-per O S-loc", [A, B, C]),
        ("bioes", "B-per L-per U-per O U-loc", [A, B, C]),  # BILOU
        ("bioes", "B-per E-per W-per O W-loc", [A, B, C]),  # BMEWO
        ("io", "I-per I-per I-per O I-loc", [(0, 3, "per"), C]),
        ("io", "per per per O loc", [(0, 3, "per"), C]),
        ("io", "per per loc O loc", [A, (2, 3, "loc"), C]),
    ],
)
def test_every_scheme_is_recognised_and_read(scheme: str, written: str, expected: list[Span]) -> None:
    assert scheme_of([written.split()]) == scheme
    assert scheme_of([["O"], [], ["O", "O"], written.split()]) == scheme
    assert spans(written.split()) == expected


def test_middles_and_ends_by_other_names() -> None:
    assert spans(["B-x", "M-x", "M-x", "E-x", "O", "B-y", "I-y", "L-y"]) == [(0, 4, "x"), (5, 8, "y")]


@pytest.mark.parametrize(
    ("scheme", "sentences"),
    [
        ("iob2", ["B-x I-x O", "O O"]),
        ("iob2", ["B-x I-x B-y I-y"]),
        ("iob1", ["B-x I-x", "O I-x"]),
        ("iob1", ["B-x I-y"]),
        ("iob1", ["B-x", "I-x"]),
        ("bioes", ["B-x I-x", "I-x E-x"]),
        ("bioes", ["S-x"]),
        ("ioe", ["I-x E-x"]),
        ("io", ["O O"]),
        ("io", ["I-x O", "I-x I-y"]),
        ("", ["NOUN VERB", "ADP+DET NOUN"]),
        ("", ["-LRB- NN -RRB-"]),
        ("", ["PRP$ '' , ."]),
    ],
)
def test_which_scheme(scheme: str, sentences: list[str]) -> None:
    assert scheme_of([sentence.split() for sentence in sentences]) == scheme


@pytest.mark.parametrize(
    ("tag", "parts"),
    [
        ("O", ("O", "")),
        ("B-per", ("B", "per")),
        ("I-two-part", ("I", "two-part")),
        ("U-per", ("S", "per")),
        ("L-per", ("E", "per")),
        ("per", ("I", "per")),
        ("two-part", ("I", "two-part")),
        ("-LRB-", ("I", "-LRB-")),
    ],
)
def test_prefix_and_type(tag: str, parts: tuple[str, str]) -> None:
    assert split_tag(tag) == parts


def test_names_of_the_tags() -> None:
    assert tag_names(["x", "y"], "iob2") == ["O", "B-x", "I-x", "B-y", "I-y"]
    assert tag_names(["x", "y"], "bioes") == ["O", "B-x", "I-x", "E-x", "S-x", "B-y", "I-y", "E-y", "S-y"]
    assert tag_names([], "bioes") == ["O"]


def all_spans(length: int, labels: str, start: int = 0) -> list[list[Span]]:
    """Every list of spans that a sentence of so many words can have."""
    found: list[list[Span]] = [[]]
    for first in range(start, length):
        for end in range(first + 1, length + 1):
            for label in labels:
                found.extend([(first, end, label), *rest] for rest in all_spans(length, labels, end))
    return found


@pytest.mark.parametrize("scheme", ["iob2", "bioes"])
@pytest.mark.parametrize("labels", ["x", "xy"])
def test_transitions_are_those_that_sentences_have(scheme: str, labels: str) -> None:
    """Every sentence of one to four words (I follows I first in B I I E): its pairs, its first and last tags."""
    names = tag_names(labels, scheme)
    border = len(names)
    expected = np.zeros((border + 1, border + 1), bool)
    for length in range(1, 5):
        for found in all_spans(length, labels):
            places = [border, *map(names.index, tags(found, length, scheme)), border]
            expected[places[:-1], places[1:]] = True
    np.testing.assert_array_equal(allowed_transitions(names, scheme), expected)

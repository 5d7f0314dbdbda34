"""Columns to sentences: what parts them, comments, and the words of CoNLL-U."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtool.records.conll import Block, columns, is_conllu, sentence_records, words_of
from seqtool.records.files import PAUSE


def blocks(lines: list[str]) -> list[Block]:
    """The sentences of some lines; all are good."""
    raw = (line.encode() for line in lines)
    records = [record for record in sentence_records("x", raw, 1 << 20) if record is not PAUSE]
    assert all(record.line == record.block.line for record in records)
    return [record.block for record in records]


def rows_of(text: str) -> list[list[list[str]]]:
    return [block.rows for block in blocks(text.split("\n"))]


def pairs(text: str) -> list[tuple[str, str]]:
    """(token, tag) of one sentence."""
    (rows,) = rows_of(text)
    return [(row[0], row[-1]) for row in rows]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("EU\tNNP\tB-ORG", ["EU", "NNP", "B-ORG"]),
        ("EU NNP  B-ORG ", ["EU", "NNP", "B-ORG"]),
        ("New York\tB-LOC", ["New York", "B-LOC"]),  # a tab parts: spaces are of the token
        ("EU\t\tB-ORG", ["EU", "", "B-ORG"]),
        ("10\u00a0000 CD", ["10\u00a0000", "CD"]),  # a space that breaks no line is no column's end
        ("EU", ["EU"]),
    ],
)
def test_what_parts_columns(line: str, expected: list[str]) -> None:
    assert columns(line) == expected


@pytest.mark.parametrize("gap", ["\n\n", "\n\n\n\n", "\n \n", "\n\t\n", "\n\r\n"])
def test_blank_lines_part_sentences(gap: str) -> None:
    expected = [[["a", "O"], ["b", "O"]], [["c", "O"]]]
    assert rows_of(f"a O\nb O{gap}c O") == expected
    assert rows_of(f"{gap}a O\nb O{gap}c O{gap}") == expected


def test_nothing_is_no_sentence() -> None:
    assert rows_of("") == rows_of("\n\n") == rows_of("# a comment\n\n# another") == rows_of("-DOCSTART- O") == []


def test_document_lines_are_passed_over() -> None:
    text = "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\n\n-DOCSTART- -X- -X- O\n\nPeter NNP B-NP B-PER"
    assert rows_of(text) == [[["EU", "NNP", "B-NP", "B-ORG"]], [["Peter", "NNP", "B-NP", "B-PER"]]]
    assert rows_of("-DOCSTART-\tO\nEU\tB-ORG") == [[["EU", "B-ORG"]]]


def test_comments_stand_before_the_rows() -> None:
    (first, second) = blocks(["# sent_id = 1", "# text = A b", "A\tO", "b\tO", "", "#", "c\tO"])
    assert first == Block(3, [["A", "O"], ["b", "O"]], ["# sent_id = 1", "# text = A b"])
    assert second == Block(7, [["c", "O"]], ["#"])


@pytest.mark.parametrize("text", ["Mit der S-Bahn", "Send me an E-mail", "Her blood is of type O", "Vitamin B-12"])
def test_a_comment_may_end_like_a_tag(text: str) -> None:
    (block,) = blocks([f"# text = {text}", "\t".join(["1", *"abcdefghi"])])
    assert (block.before, len(block.rows)) == ([f"# text = {text}"], 1)
    assert is_conllu(block)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#\tO\n1\tO", [("#", "O"), ("1", "O")]),
        ("#berlin\tB-LOC\nis\tO", [("#berlin", "B-LOC"), ("is", "O")]),
        ("We O\n# O\n1 O", [("We", "O"), ("#", "O"), ("1", "O")]),
        ("#berlin B-LOC\nis O", [("#berlin", "B-LOC"), ("is", "O")]),
        ("# O\n1 O", [("#", "O"), ("1", "O")]),
        ("# B-NP O\n1 I-NP O", [("#", "O"), ("1", "O")]),
    ],
)
def test_a_token_that_begins_with_a_number_sign_is_no_comment(text: str, expected: list[tuple[str, str]]) -> None:
    assert pairs(text) == expected


def test_a_block_knows_the_line_of_its_first_token() -> None:
    text = "a O\n\n\n# c\nb O\n\n-DOCSTART- O\n\nc O\n\n-DOCSTART- O\nd O"
    assert [block.line for block in blocks(text.split("\n"))] == [1, 5, 9, 12]


tokens = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=6)
cells = st.tuples(tokens.filter(lambda token: not token.startswith(("#", "-DOCSTART-"))), st.sampled_from(["O", "B-x"]))


@settings(deadline=None, derandomize=True)
@given(st.lists(st.lists(cells, min_size=1, max_size=5), max_size=4), st.sampled_from(["\t", " "]))
def test_sentences_come_back(sentences: list[list[tuple[str, str]]], mark: str) -> None:
    text = "\n".join("".join(f"{mark.join(row)}\n" for row in sentence) for sentence in sentences)
    assert rows_of(text) == [[list(row) for row in sentence] for sentence in sentences]


def conllu(*rows: str) -> Block:
    """A sentence of CoNLL-U out of "number word upos xpos" rows."""
    lines = []
    for row in rows:
        number, word, upos, xpos = row.split()
        lines.append("\t".join([number, word, "_", upos, xpos, "_", "0", "dep", "_", "_"]))
    (block,) = blocks(lines)
    return block


FRENCH = ("1 Vas VERB V", "2-3 du _ _", "2 de ADP P", "3 le DET D", "4 port NOUN N", "5 . PUNCT .")
ENGLISH = ("1 I PRON PRP", "2-3 don't _ _", "2 do AUX VBP", "3 n't PART RB", "4 know VERB VB")


def test_words_of_several_words_in_parts_and_whole() -> None:
    block = conllu(*FRENCH)
    assert list(words_of(block, 3, whole=False)) == [
        ("Vas", "VERB"),
        ("de", "ADP"),
        ("le", "DET"),
        ("port", "NOUN"),
        (".", "PUNCT"),
    ]
    assert list(words_of(block, 4, whole=True)) == [("Vas", "V"), ("du", "P+D"), ("port", "N"), (".", ".")]


@pytest.mark.parametrize("whole", [False, True])
def test_words_that_put_together_are_the_token_stay_words(whole: bool) -> None:
    assert list(words_of(conllu(*ENGLISH), 3, whole=whole)) == [
        ("I", "PRON"),
        ("do", "AUX"),
        ("n't", "PART"),
        ("know", "VERB"),
    ]


@pytest.mark.parametrize("whole", [False, True])
def test_empty_nodes_are_left_out(whole: bool) -> None:
    block = conllu("0.1 He PRON _", "1 Sue PROPN N", "2 likes VERB V", "2.1 likes VERB V", "3 tea NOUN N", "3.10 x X X")
    assert list(words_of(block, 3, whole=whole)) == [("Sue", "PROPN"), ("likes", "VERB"), ("tea", "NOUN")]


def test_an_empty_node_inside_a_token_of_several_words() -> None:
    block = conllu("1-2 du _ _", "1 de ADP P", "1.1 x X X", "2 le DET D", "3-4 aux _ _", "3 à ADP P", "4 les DET D")
    assert list(words_of(block, 3, whole=True)) == [("du", "ADP+DET"), ("aux", "ADP+DET")]


def test_which_blocks_are_conllu() -> None:
    assert is_conllu(conllu(*FRENCH)) and is_conllu(conllu("0.1 He PRON _", "1 Sue PROPN N"))
    assert not is_conllu(Block(1, [["EU", "NNP", "B-NP", "B-ORG"]]))
    assert not is_conllu(Block(1, [["a"] * 10]))
    assert not is_conllu(Block(1, [["1", *"abcdefghi"], ["2", "a"]]))


ROW = "{}\tword\t_\tNOUN" + "\t_" * 6


@pytest.mark.parametrize("number", ["1-x", "²", "1.", "-1", "1-2-3", "x", "9" * 10])
def test_numbers_of_conllu_are_numbers(number: str) -> None:
    """What is none makes the sentence one of plain columns."""
    (block,) = blocks([ROW.format("1"), ROW.format(number)])
    assert not is_conllu(block)


def test_a_token_of_very_many_words_takes_no_time() -> None:
    (block,) = blocks([ROW.format("1-999999999"), ROW.format("1"), ROW.format("2")])
    assert is_conllu(block)
    assert list(words_of(block, 3, whole=True)) == [("word", "NOUN+NOUN")]


@pytest.mark.parametrize(
    "text", ["x\tO\n\n# a O\n-DOCSTART-\tO\n\nAnna\tO\n", "x\tO\n\n# a O\n\u00a0\t\u00a0\n\nAnna\tO\n"]
)
def test_lines_without_a_token_are_bad_and_the_others_stay(text: str) -> None:
    lines = (line.encode() for line in text.split("\n"))
    records = [record for record in sentence_records("x", lines, 1 << 20) if record is not PAUSE]
    assert [record.fields.get("tokens") for record in records] == [["x"], None, ["Anna"]]
    assert [record.error.kind if record.error else "" for record in records] == ["", "row", ""]

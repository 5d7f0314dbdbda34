"""Tokens are found in their text, in their order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from seqtool.answers import find_each_token, find_tokens
from seqtool.tokenization.words import spans, words


def test_each_is_looked_for_behind_the_one_before() -> None:
    assert find_tokens("a b a c", ["a", "a", "c"]) == [(0, 1), (4, 5), (6, 7)]
    assert find_each_token("a b a", ["b", "x", "a", "a", ""]) == [(2, 3), None, (4, 5), None, (5, 5)]
    assert find_tokens("a b a", ["a", "x"]) is None and find_tokens("", []) == []


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=30))
def test_words_are_where_they_were_found(text: str) -> None:
    assert find_tokens(text, words(text)) == list(spans(text))

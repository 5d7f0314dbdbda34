"""Characters, against the rules of Unicode Standard Annex 29, one pair of code points after the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtool.tokenization.characters import spans

# Some code points of each kind, by hand.
KINDS = {
    "CR": "\r", "LF": "\n", "Control": "\0\u200b\u2028\ufeff", "Extend": "\u0301\u20dd\ufe0f\U0001f3fd\U000e0067\u09be",
    "ZWNJ": "\u200c", "Linker": "\u094d\u09cd", "ZWJ": "\u200d", "Mark": "\u0903\u093f\u0e33", "Prepend": "\u0600\u06dd",
    "Flag": "\U0001f1eb\U0001f1f7", "L": "\u1100", "V": "\u1161", "T": "\u11a8", "LV": "가", "LVT": "각",
    "Picture": "👍👩❤©", "Consonant": "कষ", "Other": "a1 é字.",
}  # fmt: skip
KIND_OF = {letter: kind for kind, letters in KINDS.items() for letter in letters}
EXTENDING = {"Extend", "ZWNJ", "Linker", "ZWJ"}
CONTROLS = {"CR", "LF", "Control"}


def characters(text: str) -> list[str]:
    return [text[start:end] for start, end in spans(text)]


def joins(kinds: list[str], place: int) -> bool:
    """Whether there is no break before ``place`` (rules GB3 to GB13)."""
    before, after = kinds[place - 1], kinds[place]
    if (before, after) == ("CR", "LF"):
        return True
    if before in CONTROLS or after in CONTROLS:
        return False
    if before == "L" and after in {"L", "V", "LV", "LVT"}:
        return True
    if (before in {"LV", "V"} and after in {"V", "T"}) or (before in {"LVT", "T"} and after == "T"):
        return True
    if after in EXTENDING | {"Mark"} or before == "Prepend":
        return True
    back = place - 1
    if after == "Consonant":  # GB9c
        linked = False
        while back >= 0 and kinds[back] in {"Extend", "Linker", "ZWJ"}:
            linked |= kinds[back] == "Linker"
            back -= 1
        return linked and back >= 0 and kinds[back] == "Consonant"
    if after == "Picture" and before == "ZWJ":  # GB11
        back -= 1
        while back >= 0 and kinds[back] in {"Extend", "ZWNJ", "Linker"}:
            back -= 1
        return back >= 0 and kinds[back] == "Picture"
    if before == after == "Flag":  # GB12, GB13
        while back >= 0 and kinds[back] == "Flag":
            back -= 1
        return (place - 1 - back) % 2 == 1
    return False


@given(st.text(alphabet=st.sampled_from("".join(KINDS.values())), max_size=12))
def test_the_rules_of_the_annex(text: str) -> None:
    kinds = [KIND_OF[letter] for letter in text]
    wanted: list[str] = []
    for place, letter in enumerate(text):
        if place and joins(kinds, place):
            wanted[-1] += letter
        else:
            wanted.append(letter)
    assert characters(text) == wanted


@given(st.text(max_size=40))
def test_they_tile_the_text(text: str) -> None:
    assert "".join(characters(text)) == text
    assert all(characters(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc d", "a|b|c| |d"),
        ("e\u0301te\u0301", "e\u0301|t|e\u0301"),
        ("👩‍👩‍👧👍🏽🇫🇷🇩🇪1️⃣", "👩‍👩‍👧|👍🏽|🇫🇷|🇩🇪|1️⃣"),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿!", "🏴󠁧󠁢󠁥󠁮󠁧󠁿|!"),
        ("नमस्ते हिन्दी", "न|म|स्ते| |हि|न्दी"),
        ("한국어", "한|국|어"),
        ("a\r\nb\n\n", "a|\r\n|b|\n|\n"),
        ("z̴͎a", "z̴͎|a"),
        # Marks of Unicode 15 and 16, which Python's own database may not know.
        ("\u0c95\u0cf3a", "\u0c95\u0cf3|a"),
        ("\u0627\u0897a", "\u0627\u0897|a"),
    ],
)
def test_what_people_see(text: str, expected: str) -> None:
    assert characters(text) == expected.split("|")

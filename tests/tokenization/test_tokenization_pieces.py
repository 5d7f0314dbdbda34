"""Pieces, as the networks read them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtool.errors import ModelError
from seqtool.tokenization.pieces import STRETCH, Pieces, stretches


@pytest.fixture(scope="module")
def pieces(tiny_model: Path) -> Pieces:
    return Pieces(tiny_model / "pieces.model")


def decoded(pieces: Pieces, ids: list[int]) -> str:
    """The text again, from the names of the pieces alone."""
    data = bytearray()
    for number in ids:
        name = pieces.piece(number)
        data += bytes([int(name[3:5], 16)]) if name.startswith("<0x") else name.replace("\u2581", " ").encode()
    return data.decode().strip()


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("The fan works like a charm", "the fan works like a charm"),
        ("  two   spaces ", "two spaces"),
        ("ＦＵＬＬ width ﬁ", "full width fi"),
        ("日本語 हिन्दी 👍🏽", "日本語 हिन्दी 👍🏽"),
        ("Ω\u0301", "ώ"),
    ],
)
def test_no_letter_is_lost(pieces: Pieces, text: str, normalised: str) -> None:
    [ids] = pieces.ids([text])
    assert decoded(pieces, ids) == normalised
    assert pieces.unknown_id not in ids
    assert all(0 <= number < pieces.size for number in ids)


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "\u00a0\u3000"])
def test_nothing_to_read(pieces: Pieces, text: str) -> None:
    assert pieces.ids([text, "a"])[0] == []


def test_a_text_has_the_same_pieces_in_any_company(pieces: Pieces) -> None:
    texts = ["good quality", "", "not worth the money", "ü" * 50]
    together = pieces.ids(texts)
    assert together == [pieces.ids([text])[0] for text in texts]
    assert pieces.ids([*texts, "long " * STRETCH])[:4] == together


def test_a_long_text_is_read_whole(pieces: Pieces) -> None:
    """Cut after a space, the stretches' pieces are those of the words, however long the text."""
    sentence = "the fan works like a charm, naïve café owners loved it! "
    once = pieces.ids([sentence])[0]
    times = 5 * STRETCH // len(sentence)
    assert pieces.ids([sentence * times])[0] == once * times


@given(st.text(alphabet=st.sampled_from("ab \u3000é👍"), max_size=60), st.integers(1, 9))
def test_stretches_tile_the_text(text: str, length: int) -> None:
    found = stretches(text, length)
    assert "".join(found) == text
    assert all(len(part) <= length for part in found)
    for part, following in pairwise(found):
        # A cut inside a word only where there is no space to cut after.
        assert part.endswith(" ") or " " not in part.strip(" ") or following.startswith(" ") or part[0] == " "


@pytest.mark.parametrize("content", [b"", b"garbage", bytes(range(256)) * 20, b"\x0a\x05hello", b"\0" * 1000])
def test_no_sentencepiece_model(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pieces.model").write_bytes(content)
    with pytest.raises(ModelError, match=r"pieces\.model"):
        Pieces(tmp_path / "pieces.model")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"pieces\.model"):
        Pieces(tmp_path / "pieces.model")


@given(st.binary(min_size=1, max_size=30), st.integers(0, 10_000))
def test_a_damaged_model_is_told_or_works(tiny_model: Path, tmp_path_factory, noise: bytes, place: int) -> None:
    path = tmp_path_factory.mktemp("noise") / "pieces.model"
    data = bytearray((tiny_model / "pieces.model").read_bytes())
    start = place % len(data)
    data[start : start + len(noise)] = noise
    path.write_bytes(data)
    try:
        found = Pieces(path).ids(["the fan works", "👍"])
    except ModelError:
        return
    assert len(found) == 2

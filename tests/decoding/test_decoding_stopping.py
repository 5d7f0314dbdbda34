"""Text as its ids come, against the text of them all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtool.decoding.stopping import TextStream

enough = settings(deadline=None, derandomize=True, max_examples=60)


def decode(ids: Any) -> str:
    """Ids that are bytes."""
    return bytes(ids).decode("utf-8", "replace")


def decode_each_byte(ids: Any) -> str:
    """As sentencepiece does: a replacement for every byte that is in no character."""
    text, rest = "", bytes(ids)
    while rest:
        for length in range(1, 5):
            try:
                text += rest[:length].decode("utf-8")
            except UnicodeDecodeError:
                continue
            rest = rest[length:]
            break
        else:
            text, rest = text + "\ufffd", rest[1:]
    return text


def written(stream_of: TextStream, ids: Any) -> tuple[str, list[str]]:
    """All that comes out, and what came out at each id."""
    parts = [stream_of.add(each) for each in ids]
    return "".join(parts) + stream_of.end(), parts


decoders = pytest.mark.parametrize("decoder", [decode, decode_each_byte])


@decoders
@enough
@given(text=st.text(st.sampled_from("ab é€😀क्"), max_size=60), cut=st.integers(0, 3))
def test_text_comes_in_whole_characters(decoder: Any, text: str, cut: int) -> None:
    data = text.encode()[: len(text.encode()) - cut] if cut else text.encode()
    found, parts = written(TextStream(decoder), data)
    assert found == data.decode("utf-8", "ignore")
    for count in range(len(data)):  # at once: what is whole is not held back
        assert "".join(parts[: count + 1]) == data[: count + 1].decode("utf-8", "ignore")


@decoders
@enough
@given(data=st.lists(st.sampled_from(list("a€😀".encode())) | st.just(0x80), max_size=80))
def test_bytes_that_are_no_text_come_out_as_the_decoder_has_them(decoder: Any, data: list[int]) -> None:
    found, _ = written(TextStream(decoder), data)
    whole = decoder(data)
    assert whole.startswith(found)
    assert set(whole[len(found) :]) <= {"\ufffd"}
    assert len(whole) - len(found) <= 3


@enough
@given(
    st.text(st.sampled_from("abé€"), max_size=50),
    st.lists(st.text(st.sampled_from("abé€"), min_size=1, max_size=4), max_size=3),
    st.lists(st.integers(1, 5), min_size=1, max_size=9),
)
def test_text_stops_before_the_stop_that_is_complete_first(text: str, stops: list[str], sizes: list[int]) -> None:
    """Pieces of any bytes: half a character, several characters, a stop string and more."""
    data, pieces = text.encode(), []
    while data:
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(data[:size])
        data = data[size:]
    following = TextStream(lambda ids: decode(b"".join(pieces[each] for each in ids)), stops)
    found, _ = written(following, range(len(pieces)))
    complete = [end for end in range(len(text) + 1) if any(text[:end].endswith(stop) for stop in stops)]
    assert following.stopped == bool(complete)
    if complete:
        whole = text[: complete[0]]
        assert found == whole[: -max(len(stop) for stop in stops if whole.endswith(stop))]
    else:
        assert found == text


@pytest.mark.parametrize(
    "stops, text", [(["b", "ab"], "x"), (["abcd", "b"], "xa"), (["abcd", "bc"], "xa"), (["", "d"], "xabc")]
)
@pytest.mark.parametrize("pieces", [["x", "a", "b", "c", "d"], ["xabcd"], ["xa", "bcd"]])
def test_of_several_stops_the_first_that_is_complete(stops: list[str], text: str, pieces: list[str]) -> None:
    following = TextStream(lambda ids: "".join(pieces[each] for each in ids), stops)
    assert written(following, range(len(pieces)))[0] == text


def test_what_may_begin_a_stop_string_is_held_back() -> None:
    following = TextStream(decode, ["\n\n", "END"])
    assert [following.add(each) for each in b"a\nbEN"] == ["a", "", "\nb", "", ""]
    assert following.add(ord("x")) == "ENx"
    assert [following.add(each) for each in b"\n\nc"] == ["", "", ""]
    assert following.stopped
    assert following.end() == ""


def test_a_long_text_decodes_few_ids_at_a_time() -> None:
    most = 0

    def counted(ids: Any) -> str:
        nonlocal most
        most = max(most, len(ids))
        return decode(ids)

    data = ("naïve 😀 " * 300).encode()
    assert written(TextStream(counted), data)[0] == data.decode()
    assert most < 50

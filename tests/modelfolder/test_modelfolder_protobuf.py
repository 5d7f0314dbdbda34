"""Protocol buffers, read as Google's own library writes them."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import AttributeProto, TensorProto

from seqtool.modelfolder.protobuf import Malformed, fields, integer, integers, message, text

WHOLE = st.integers(-(2**63), 2**63 - 1)


@given(st.text(), WHOLE, st.floats(width=32, allow_nan=False), st.lists(WHOLE), st.lists(st.binary(max_size=200)))
def test_fields_as_they_were_written(
    name: str, number: int, fraction: float, numbers: list[int], strings: list[bytes]
) -> None:
    written = AttributeProto(name=name, i=number, f=fraction, ints=numbers, strings=strings, t=TensorProto(name=name))
    read: dict[int, list[object]] = {}
    for key, value in fields(written.SerializeToString()):
        read.setdefault(key, []).append(value)
    assert [text(value) for value in read[1]] == [name]
    assert [integer(value) for value in read[3]] == [number % 2**64]  # two's complement, as they are stored
    [stored] = read[2]
    assert struct.unpack("<f", stored) == (fraction,)
    assert [each for value in read.get(8, []) for each in integers(value)] == [each % 2**64 for each in numbers]
    assert [bytes(message(value)) for value in read.get(9, [])] == strings
    assert [text(value) for key, value in fields(message(read[5][0])) if key == 8] == [name]


@given(st.lists(WHOLE))
def test_packed_numbers(numbers: list[int]) -> None:
    [packed] = [value for key, value in fields(TensorProto(int64_data=numbers).SerializeToString())] or [
        memoryview(b"")
    ]
    assert integers(packed) == [each % 2**64 for each in numbers]


@given(st.binary(max_size=80))
def test_garbage_is_malformed_and_nothing_else(data: bytes) -> None:
    with suppress(Malformed):
        for _, value in fields(data):
            for read in (integer, integers, message, text):
                with suppress(Malformed):
                    read(value)


@pytest.mark.parametrize(
    "data",
    [b"\x08", b"\x08\x80", b"\x08" + b"\xff" * 20, b"\x0a\x05abcd", b"\x0a\xff\xff\xff\xff\x7f", b"\x0d123", b"\x091234567"],
)  # fmt: skip
def test_what_is_cut_short(data: bytes) -> None:
    with pytest.raises(Malformed, match="cut short"):
        list(fields(data))


@pytest.mark.parametrize("wire_type", [3, 4, 6, 7])
def test_wire_types_that_are_none(wire_type: int) -> None:
    with pytest.raises(Malformed, match="no protocol buffer"):
        list(fields(bytes([8 | wire_type, 0])))


def test_messages_inside_messages_without_end() -> None:
    """Ten thousand levels, of which one is read at a time."""
    data = b""
    for _ in range(10_000):
        size = len(data)
        length = b""
        while size > 127:
            length += bytes([size & 127 | 128])
            size >>= 7
        data = b"\x0a" + length + bytes([size]) + data
    [(number, value)] = fields(data)
    assert number == 1 and len(message(value)) < len(data)

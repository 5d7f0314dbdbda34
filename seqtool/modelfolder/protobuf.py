"""The wire format of protocol buffers, https://protobuf.dev/programming-guides/encoding, read only.

ONNX graphs and sentencepiece models are protocol buffers; the libraries for such files are large,
and a few fields are all that is needed of them.  One level of a message is read at a time: how
deeply a stranger nests them does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator

_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5
_WIDTHS = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}

# A varint; the four or eight bytes of a fixed number; the bytes of a string, a message, packed numbers.
Value = int | bytes | memoryview


class Malformed(ValueError):
    """The bytes are no such message; the text goes on from the file's name."""


def fields(data: bytes | memoryview) -> Iterator[tuple[int, Value]]:
    """The fields of a message in their order: (field number, value).

    :raises Malformed: the message is cut short, or is none.
    """
    data = memoryview(data)
    offset = 0
    while offset < len(data):
        key, offset = _varint(data, offset)
        number, wire_type = key >> 3, key & 7
        if wire_type == _VARINT:
            value, offset = _varint(data, offset)
            yield number, value
            continue
        if wire_type == _LENGTH:
            size, offset = _varint(data, offset)
        elif wire_type in _WIDTHS:
            size = _WIDTHS[wire_type]
        else:
            raise Malformed("is no protocol buffer")
        if offset + size > len(data):
            raise Malformed("is cut short")
        part = data[offset : offset + size]
        yield number, part if wire_type == _LENGTH else bytes(part)
        offset += size


def _varint(data: memoryview, offset: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if offset >= len(data) or shift > 63:
            raise Malformed("is cut short")
        byte = data[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, offset
        shift += 7


def message(value: Value) -> memoryview:
    """The bytes of a field that is a message.

    :raises Malformed: it is a number.
    """
    if not isinstance(value, memoryview):
        raise Malformed("has a number where a message belongs")
    return value


def text(value: Value) -> str:
    """A field that is a string.

    :raises Malformed: it is a number, or not UTF-8.
    """
    try:
        return str(message(value), "utf-8")
    except UnicodeDecodeError:
        raise Malformed("has a name that is not UTF-8") from None


def integer(value: Value) -> int:
    """A field that is a whole number.

    :raises Malformed: it is of another type.
    """
    if not isinstance(value, int):
        raise Malformed("has something else where a whole number belongs")
    return value


def integers(value: Value) -> list[int]:
    """One occurrence of a field of repeated whole numbers, which may be packed.

    :raises Malformed: it is of another type.
    """
    if isinstance(value, int):
        return [value]
    packed, offset, found = message(value), 0, []
    while offset < len(packed):
        number, offset = _varint(packed, offset)
        found.append(number)
    return found

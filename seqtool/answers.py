"""What the command line and the Python API share about texts and their answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from seqtool.errors import BadRecord, nearest
from seqtool.settings import from_table

# Texts that are read ahead of their answers.
WINDOW = 1024
MOST_DIGITS = 17

Answer = dict[str, Any]
Question = TypeVar("Question")


class Item(NamedTuple):
    """What an engine reads of a record: its text, or tokens of its own and their offsets in the text."""

    text: str | None
    tokens: list[str] | None = None
    offsets: list[tuple[int, int]] | None = None


def find_tokens(text: str, tokens: Iterable[str]) -> list[tuple[int, int]] | None:
    """The offsets of tokens in their text, in their order; None if one is not there."""
    found = find_each_token(text, tokens)
    offsets = [here for here in found if here is not None]
    return offsets if len(offsets) == len(found) else None


def find_each_token(text: str, tokens: Iterable[str]) -> list[tuple[int, int] | None]:
    """The offsets of each token that is in the text behind those before it, and None for each other one."""
    found: list[tuple[int, int] | None] = []
    end = 0
    for token in tokens:
        start = text.find(token, end)
        if start >= 0:
            end = start + len(token)
        found.append((start, end) if start >= 0 else None)
    return found


def check_texts(texts: Sequence[Any], before: int) -> None:
    """See that texts, of which ``before`` came before, can be read.

    :raises TypeError: one is no string.
    :raises ValueError: one has half of a surrogate pair.
    """
    for number, text in enumerate(texts, before):
        if not isinstance(text, str):
            raise TypeError(f"text {number} is {type(text).__name__}, not a string; fill or drop it first")
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise ValueError(f"text {number} has a lone surrogate, which is no text; replace it first")


def rounded(value: Any, precision: int) -> Any:
    """``value`` with every float in it rounded to ``precision`` digits after the point, and no -0.0."""
    if isinstance(value, str):  # most are
        return value
    if isinstance(value, float):
        return round(value, precision) + 0.0  # which makes 0.0 of -0.0
    if isinstance(value, dict):
        return {name: rounded(member, precision) for name, member in value.items()}
    if isinstance(value, list):
        return [rounded(item, precision) for item in value]
    if hasattr(value, "tolist"):  # an array
        return rounded(value.tolist(), precision)
    return value


class Engine(ABC, Generic[Question]):
    """What answers texts: the same for the command, which fills ``Asked``, and for Python.

    ``Asked`` is a frozen dataclass of the command's options.  An engine keeps no state of a call, so
    that threads may share it.  ``reads_tokens``: its items are :class:`Item`, otherwise texts.
    """

    Asked: ClassVar[type[Any]]
    reads_tokens: ClassVar[bool] = False

    def check(self, asked: Question) -> Question:
        """What is asked, if this model has it.

        :raises OptionError: it has not.
        """
        return asked

    @abstractmethod
    def fields(self, asked: Question) -> list[str]:
        """The names of the fields of an answer."""

    def items(self, texts: Sequence[str], first: int, asked: Question) -> Sequence[Any]:
        """What :meth:`answers` answers of texts, the first of which has this index in the input."""
        return [Item(text) for text in texts] if self.reads_tokens else texts

    @abstractmethod
    def answers(self, items: Sequence[Any], asked: Question) -> Sequence[Answer | BadRecord]:
        """One answer an item, with the fields of :meth:`fields`; of nothing to read, with null values."""

    def asked(self, **options: Any) -> Question:
        """What the words of the command's options ask.

        :raises TypeError: there is no such option.
        :raises OptionError: a value that the option does not take, or that this model has not.
        """
        known = [item.name for item in fields(self.Asked)]
        for name in options:
            if name not in known:
                raise TypeError(f"no option {name!r}; {nearest(name, known)}")
        question: Question = from_table(self.Asked, options)
        return self.check(question)

    def __call__(self, texts: Iterable[str], *, precision: int = 4, **options: Any) -> Iterator[Answer]:
        """Yield ``{"text": ..., ...}`` for each text, in order, as the command writes it.

        ``options`` are the command's; ``precision`` rounds the numbers.  ``texts`` is any iterable of
        strings (a list, a file, a pandas column); it is read in windows, so it may be endless.

        :raises TypeError: ``texts`` is a single string, something in it is no string, or an option is none.
        :raises ValueError: a text has half of a surrogate pair, which UTF-8 cannot hold; a precision that is none.
        """
        if isinstance(texts, str):
            raise TypeError("texts is one string; put it into a list: model([text])")
        if type(precision) is not int or not 0 <= precision <= MOST_DIGITS:
            raise ValueError(f"precision={precision!r}: a whole number from 0 to {MOST_DIGITS}")
        return self._stream(iter(texts), self.asked(**options), precision)

    def _stream(self, texts: Iterator[str], asked: Question, precision: int) -> Iterator[Answer]:
        count = 0
        while window := list(islice(texts, WINDOW)):
            check_texts(window, count)
            items = self.items(window, count, asked)
            count += len(window)
            for text, answer in zip(window, self.answers(items, asked)):
                if isinstance(answer, BadRecord):
                    yield {"text": text, "error": {"kind": answer.kind, "message": answer.message}}
                else:
                    yield {"text": text, **rounded(answer, precision)}

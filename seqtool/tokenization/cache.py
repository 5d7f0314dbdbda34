"""What is asked again and again, remembered within bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")
# A longer key is not worth keeping.
LONGEST = 32


class BoundedCache(dict[str, Value], Generic[Value]):
    """What ``make`` gives for a string, remembered if it is short.

    When there are ``most`` they become the older ones, of which those are kept that come again.
    """

    def __init__(self, make: Callable[[str], Value], most: int) -> None:
        super().__init__()
        self._make = make
        self._most = most
        self._older: dict[str, Value] = {}

    def __missing__(self, key: str) -> Value:
        value = self._older.get(key)
        if value is None:
            value = self._make(key)
        if len(key) <= LONGEST:
            if len(self) >= self._most:
                self._older = dict(self)
                self.clear()
            self[key] = value
        return value

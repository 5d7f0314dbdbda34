"""Text as its ids come, and where it stops: whole characters alone, and nothing of a stop string."""

from __future__ import annotations

from collections.abc import Callable, Sequence

# An unfinished character is at most three bytes, each of which may show as one of these.
REPLACEMENT, LONGEST_UNFINISHED = "\ufffd", 3
# The ids that are turned into text again for the next one: few, so that a long text costs no more a step.
WINDOW, CONTEXT = 32, 8


class TextStream:
    """The text of ids that come one by one: :meth:`add` gives what is certain of it, :meth:`end` the rest.

    ``decode`` makes ids into text, and what is no UTF-8 into U+FFFD.  Text ends before the stop string that is
    complete first, wherever pieces begin and end; ``stopped`` says that it has.  What may be the beginning of
    a stop string, and the bytes of a character that is not complete, are held back; the latter are dropped
    at the end.
    """

    def __init__(self, decode: Callable[[Sequence[int]], str], stops: Sequence[str] = ()) -> None:
        self._decode = decode
        self._stops = [stop for stop in stops if stop]
        self._window: list[int] = []
        self._certain = 0  # so many characters of the window's text have been looked at
        self._held = ""
        self.stopped = False

    def add(self, id: int) -> str:
        """The text that is certain now and was not before."""
        if self.stopped:
            return ""
        self._window.append(id)
        text = self._decode(self._window)
        unfinished = min(LONGEST_UNFINISHED, len(text) - len(text.rstrip(REPLACEMENT)))
        certain = len(text) - unfinished
        new = text[self._certain : certain]
        self._certain = max(self._certain, certain)
        if len(self._window) > WINDOW:
            del self._window[:-CONTEXT]
            self._certain = len(self._decode(self._window)) - unfinished
        return self._until_stop(new)

    def _until_stop(self, new: str) -> str:
        for character in new if self._stops else ():
            self._held += character
            complete = [len(stop) for stop in self._stops if self._held.endswith(stop)]
            if complete:
                self.stopped = True
                text, self._held = self._held[: -max(complete)], ""
                return text
        if not self._stops:
            return new
        longest = max(map(len, self._stops)) - 1
        kept = next(n for n in range(min(longest, len(self._held)), -1, -1) if self._begins_stop(n))
        cut = len(self._held) - kept
        text, self._held = self._held[:cut], self._held[cut:]
        return text

    def _begins_stop(self, length: int) -> bool:
        end = self._held[len(self._held) - length :]
        return any(stop.startswith(end) for stop in self._stops)

    def end(self) -> str:
        """What was held back, now that no id follows."""
        text, self._held = self._held, ""
        return text

"""How a command of a pipe ends: silently of SIGPIPE, and *of* the signal that stopped it.

A shell loop stops at Ctrl-C only if its command dies of SIGINT; an exit status of 130 is
not the same.  Whatever a platform lacks (Windows: SIGPIPE, SIGHUP) is left alone.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType

ENDING_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
WRITE_GRACE_SECONDS = 1.0


class Interrupted(BaseException):
    """A signal asks the process to end; a BaseException, so that no handler on the way eats it."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.signal_number = signal_number


_writing = False
_pending = 0
received = 0
"""The signal that asked the process to end: a library may have turned its exception into another."""


def _handle(signal_number: int, frame: FrameType | None) -> None:
    global _pending, received
    received = signal_number
    if not _writing:
        raise Interrupted(signal_number)
    # A line that is being written is finished first, unless nobody reads it.
    _pending = signal_number
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, lambda *_: die_of(signal_number))
        signal.setitimer(signal.ITIMER_REAL, WRITE_GRACE_SECONDS)


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """While this is open, a signal waits until the write is done (a second at most)."""
    global _writing
    _writing = True
    try:
        yield
    finally:
        _writing = False
        if _pending:
            raise Interrupted(_pending)


@contextlib.contextmanager
def at_once() -> Iterator[None]:
    """While this is open, a signal ends the process without our handlers, which would wait until a
    library comes back to the interpreter; so nothing may be half written."""
    ours = [number for number in ENDING_SIGNALS if signal.getsignal(number) is _handle]
    for number in ours:
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, _handle)


def install() -> None:
    """Set the handlers; a signal that was ignored when we were started stays ignored."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for number in ENDING_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _handle)


def die_of(signal_number: int) -> None:
    """End this process by the signal's default action."""
    signal.signal(signal_number, signal.SIG_DFL)
    os.kill(os.getpid(), signal_number)

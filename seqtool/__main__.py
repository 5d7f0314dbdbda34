"""``python -m seqtool`` and the ``seqtool`` script.

Signals are set before anything else is imported, so that Ctrl-C during the start-up is quiet.
"""

from __future__ import annotations

import io
import os
import signal
import sys


def _open_standard_streams() -> None:
    """Give closed standard streams a descriptor, so that no file opened later becomes one.

    A closed input reads as empty; a closed output cannot be written, and says so.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if descriptor < 2 else os.O_WRONLY)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - it stays open
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def main() -> None:
    """Run the command line and end the process as a Unix filter ends."""
    try:
        from seqtool.records import signals

        _open_standard_streams()
        signals.install()
    except KeyboardInterrupt:  # before there was a handler of ours
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    try:
        from seqtool.cli.main import run

        status = run(sys.argv[1:])
    except signals.Interrupted as interruption:
        signals.die_of(interruption.signal_number)
        status = 128 + interruption.signal_number
    # Straight out: what is left is onnxruntime's and click's tidying up, a tenth of the start-up.
    os._exit(status)


if __name__ == "__main__":
    main()

"""Ctrl-C and SIGTERM, heard wherever they fall."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from sys import UnraisableHookArgs
    from types import FrameType

__all__ = ["INTERRUPTED", "TERMINATED", "Stop", "stoppable"]

INTERRUPTED: Final = 130
TERMINATED: Final = 143
"""Exit codes of a command that was told to stop: 128 and the signal's number, as shells have it."""
AGAIN_SECONDS: Final = 0.2


class Stop:
    """Whether a command was told to stop, and by which signal.

    What a signal raises can be lost: Python drops it where it falls into a callback, such as one of
    the import system; libraries in C clear it, or make an error of their own of it. So it is raised
    again every 0.2 seconds until it is on its way out, and never while it is: what a run cleans up
    on leaving is not disturbed. (Windows has no such timer; there, a lost Ctrl-C is pressed again.)
    """

    def __init__(self) -> None:
        self.code: int | None = None
        """Exit code of the command, if it was told to stop."""
        self.over = False
        """Whether there is nothing left to be stopped."""

    def told(self, number: int, _frame: FrameType | None) -> None:
        """Raise what ends the command by way of every ``finally``; a handler of signals."""
        if self.code is None:
            self.code = INTERRUPTED if number == signal.SIGINT else TERMINATED
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
        if self.over or _on_its_way(sys.exc_info()[1]):
            return
        if self.code == INTERRUPTED:
            raise KeyboardInterrupt
        sys.exit(self.code)

    def lost(self, what: UnraisableHookArgs) -> None:
        """Say nothing of a signal that fell into a callback, for it comes again; a hook of Python's."""
        if self.code is None or not issubclass(what.exc_type, KeyboardInterrupt | SystemExit):
            sys.__unraisablehook__(what)


def _on_its_way(error: BaseException | None) -> bool:
    """Return whether the error that is being handled is, or came of, a command to stop."""
    while error is not None and not isinstance(error, KeyboardInterrupt | SystemExit):
        error = error.__context__
    return error is not None


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Hear signals until the end of the block; whoever ignores Ctrl-C keeps ignoring it.

    Yields
    ------
    Stop
        Whether the block was told to stop.
    """
    stop = Stop()
    heard = [signal.SIGTERM]
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        heard.append(signal.SIGINT)
    if hasattr(signal, "setitimer"):
        heard.append(signal.SIGALRM)
    try:
        before = {number: signal.signal(number, stop.told) for number in heard}
    except ValueError:  # signals belong to the main thread
        before = {}
    hook, sys.unraisablehook = sys.unraisablehook, stop.lost
    try:
        yield stop
    finally:
        stop.over = True
        sys.unraisablehook = hook
        if before and hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)

"""Keys that are pressed while nothing reads them: they wait, unseen and unchanged, for the next prompt.

A terminal in its ordinary mode would show them at once, in the middle of whatever is being printed, and would act on
some itself: Ctrl-D would be gone, Backspace would edit a line that nobody asked for.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_terminal() -> Iterator[None]:
    """For a block, the terminal of standard input hands every key over as it is, but Ctrl-C and Ctrl-Z still send their
    signals; nothing happens to it if it is none. Ctrl-C outside a running cell does nothing.
    """
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        with _unchanged_keys():
            yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _unchanged_keys() -> Iterator[None]:
    try:
        import termios
    except ImportError:  # Windows
        yield
        return
    try:
        file = sys.stdin.fileno()
        before = termios.tcgetattr(file)
    except (OSError, ValueError, AttributeError, termios.error):
        yield
        return
    incoming, outgoing, control, local, *rest = before
    incoming &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON)
    local &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
    termios.tcsetattr(file, termios.TCSANOW, [incoming, outgoing, control, local, *rest])
    try:
        yield
    finally:
        termios.tcsetattr(file, termios.TCSADRAIN, before)

"""What there is to draw on: how wide, how high, with how much colour, and whether the reader wants words instead.

A session without a terminal has `PLAIN`: text of 80 columns without colour. Whoever opens a terminal for a session (the
command line, the shell) gives it a function that measures that terminal anew each time, since windows change their size.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple

from tensorsh.display.colour import ColourOption, ColourSupport, colour_support


class Screen(NamedTuple):
    """`width` and `height` in characters. `words`: describe a picture instead of drawing it."""

    width: int = 80
    height: int = 24
    colour: ColourSupport = "none"
    words: bool = False


PLAIN = Screen()


def screen_of(stream: Any, option: ColourOption = "auto", words: bool = False) -> Callable[[], Screen]:
    """A function that measures what `stream` shows its text on; `PLAIN` where that is no terminal.

    >>> import io
    >>> screen_of(io.StringIO())()
    Screen(width=80, height=24, colour='none', words=False)
    """

    def measure() -> Screen:
        terminal = stream is not None and stream.isatty()
        colour = colour_support(os.environ, terminal, option)
        if not terminal:
            return Screen(colour=colour, words=words)
        try:
            width, height = os.get_terminal_size(stream.fileno())
        except OSError:
            return Screen(colour=colour, words=words)
        # A terminal that does not know its size says 0.
        return Screen(width or PLAIN.width, height or PLAIN.height, colour, words)

    return measure

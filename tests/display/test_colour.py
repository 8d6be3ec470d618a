"""How much colour is written follows the option, then `NO_COLOR`, then the terminal."""

from __future__ import annotations

import pytest

from tensorsh.display.colour import colour_support

XTERM = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("environ", "is_terminal", "option", "expected"),
    [
        # What the terminal says of itself.
        ({}, True, "auto", "none"),
        ({"TERM": "dumb"}, True, "auto", "none"),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, True, "auto", "none"),
        ({"TERM": "vt100"}, True, "auto", "none"),
        ({"TERM": "linux"}, True, "auto", "16"),
        ({"TERM": "xterm"}, True, "auto", "16"),
        (XTERM, True, "auto", "256"),
        ({"TERM": "tmux-256color"}, True, "auto", "256"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, True, "auto", "truecolor"),
        ({"TERM": "xterm-256color", "COLORTERM": "24bit"}, True, "auto", "truecolor"),
        ({"TERM": "xterm-kitty"}, True, "auto", "truecolor"),
        ({"TERM": "xterm-direct"}, True, "auto", "truecolor"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, True, "auto", "truecolor"),
        ({"WT_SESSION": "1"}, True, "auto", "truecolor"),
        # A pipe or a file, and NO_COLOR.
        (XTERM, False, "auto", "none"),
        ({**XTERM, "NO_COLOR": "1"}, True, "auto", "none"),
        ({**XTERM, "NO_COLOR": ""}, True, "auto", "256"),
        # What the user asks for overrules both.
        (XTERM, True, "never", "none"),
        (XTERM, False, "always", "256"),
        ({**XTERM, "NO_COLOR": "1"}, True, "always", "256"),
        ({}, False, "always", "16"),
        ({"TERM": "dumb", "NO_COLOR": "1"}, False, "truecolor", "truecolor"),
        ({}, True, "16", "16"),
        ({}, True, "256", "256"),
    ],
)
def test_colour_support(environ, is_terminal, option, expected):
    assert colour_support(environ, is_terminal, option) == expected


def test_unknown_option_is_refused():
    with pytest.raises(
        ValueError, match="color must be one of auto, always, never, 16, 256, truecolor, got 'sometimes'"
    ):
        colour_support({}, True, "sometimes")

"""Terminals whose encoding lacks characters that we draw with: a lookalike for each, of the same width, and `?` for others.

An error handler for encoders does it, so that nothing else need know of it.
"""

from __future__ import annotations

import codecs
from typing import Any

NAME = "tensorsh.lookalike"
LOOKALIKES = {
    **dict.fromkeys("·•–—−─━┄╌", "-"),
    **dict.fromkeys("│┃┆╎▏▕", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯╸╺╴╶", "+"),
    **dict.fromkeys("▀▄█▉▊▋▌▍▎▐░▒▓▁▂▃▅▆▇", "#"),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("“”", '"'),
    "■": "#",
    "▪": "=",
    "●": "o",
    "○": ".",
    "◆": "+",
    "▲": "^",
    "▼": "v",
    "↑": "^",
    "↓": "v",
    "⋮": ":",
    "²": "2",
    "…": "~",
    "×": "x",
    "±": "~",
    "µ": "u",
    "→": ">",
    "←": "<",
    "≠": "#",
    "\xa0": " ",
}
_BRAILLE = range(0x2800, 0x2900)


def lookalike(character: str) -> str:
    """A character of ASCII for one that cannot be written.

    >>> lookalike("─"), lookalike("⡇"), lookalike("é")
    ('-', '*', '?')
    """
    if ord(character) in _BRAILLE:
        return " " if ord(character) == _BRAILLE.start else "*"
    return LOOKALIKES.get(character, "?")


def replace_in(stream: Any) -> None:
    """Let a text stream that cannot write every character write lookalikes."""
    if (stream.encoding or "utf-8").lower().replace("-", "").startswith("utf"):
        return
    codecs.register_error(NAME, _replaced)
    stream.reconfigure(errors=NAME)


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(lookalike, error.object[error.start : error.end])), error.end

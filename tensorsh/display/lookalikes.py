"""Streams whose encoding lacks characters that we draw with: a lookalike for each, of the same width.

An error handler for encoders does it, so that nothing else need know of it.
"""

from __future__ import annotations

import codecs
from typing import Any

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
    """A character of ASCII for one that cannot be written; nothing for one that we do not draw with.

    >>> lookalike("─"), lookalike("⡇"), lookalike("é")
    ('-', '*', '')
    """
    if ord(character) in _BRAILLE:
        return " " if ord(character) == _BRAILLE.start else "*"
    return LOOKALIKES.get(character, "")


def replace_in(stream: Any, others: str = "replace") -> None:
    """Let a text stream that cannot write every character write lookalikes; of other characters it makes what the error handler
    `others` does.
    """
    if (stream.encoding or "utf-8").lower().replace("-", "").startswith("utf"):
        return
    handle = codecs.lookup_error(others)

    def replaced(error: UnicodeError) -> tuple[str | bytes, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        end = error.start
        found = ""
        while end < error.end and (like := lookalike(error.object[end])):
            found, end = found + like, end + 1
        if found:
            return found, end
        while end < error.end and not lookalike(error.object[end]):
            end += 1
        error.end = end
        return handle(error)

    name = f"tensorsh.{others}"
    codecs.register_error(name, replaced)
    stream.reconfigure(errors=name)

"""How much colour to write: one decision, made once, from the environment, the terminal and the command line.

Owns the four levels and the rules that choose among them. Pure: it reads what it is given and nothing else, so that the
shell, the command line and the tests ask the same question in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

ColourSupport = Literal["none", "16", "256", "truecolor"]
ColourOption = Literal["auto", "always", "never", "16", "256", "truecolor"]

OPTIONS: tuple[ColourOption, ...] = ("auto", "always", "never", "16", "256", "truecolor")

# Terminals that draw 24-bit colour and do not always say so in COLORTERM.
_TRUECOLOR_TERMS = frozenset({"alacritty", "contour", "foot", "wezterm", "xterm-ghostty", "xterm-kitty"})
_TRUECOLOR_PROGRAMS = frozenset({"WezTerm", "ghostty", "iTerm.app", "vscode"})
_COLOURLESS_TERMS = frozenset({"", "dumb", "unknown", "vt100", "vt102", "vt220", "vt320"})


def colour_support(environ: Mapping[str, str], is_terminal: bool, option: ColourOption = "auto") -> ColourSupport:
    """Returns the level of colour that may be written.

    `option` is what the user asked for (`--color`). A level (`"16"`, `"256"`, `"truecolor"`) is taken as it stands,
    `"never"` gives `"none"`. `"always"` writes colour to a file or pipe too, and overrules `NO_COLOR`, as
    https://no-color.org wants of an explicit option; the environment still says how much. `"auto"` writes none when
    `NO_COLOR` is set to a non-empty text, when the output is no terminal, or when `TERM` names a terminal without
    colour.

    Raises `ValueError` for an option that is not in `OPTIONS`.

    >>> colour_support({"TERM": "xterm-256color"}, True, "auto")
    '256'
    >>> colour_support({"TERM": "xterm-256color", "NO_COLOR": "1"}, True, "auto")
    'none'
    """
    if option == "16" or option == "256" or option == "truecolor":
        return option
    if option == "never":
        return "none"
    if option == "always":
        level = _terminal_level(environ)
        return "16" if level == "none" else level
    if option != "auto":
        raise ValueError(f"color must be one of {', '.join(OPTIONS)}, got {option!r}")
    if environ.get("NO_COLOR") or not is_terminal:
        return "none"
    return _terminal_level(environ)


def _terminal_level(environ: Mapping[str, str]) -> ColourSupport:
    term = environ.get("TERM", "").lower()
    # Windows Terminal sets no TERM of its own.
    if not term and environ.get("WT_SESSION"):
        return "truecolor"
    if term in _COLOURLESS_TERMS:
        return "none"
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "truecolor"
    if term in _TRUECOLOR_TERMS or term.endswith(("-direct", "-truecolor")):
        return "truecolor"
    if environ.get("TERM_PROGRAM") in _TRUECOLOR_PROGRAMS:
        return "truecolor"
    return "256" if "256" in term else "16"

"""`explain(error)`: what an uncaught error would show, for one that a script has caught."""

from __future__ import annotations

from typing import Any

from tensorsh.diagnostics.plain import json_text
from tensorsh.display.errors import draw_error


def explain(session: Any, error: BaseException, json: bool = False) -> None:
    """Shows where an error that was caught came from: the failed part underlined, the shapes and values of its parts, and
    what would work.

        try: x @ y
        except RuntimeError as error: explain(error)

    `json` gives the facts as a line of JSON.
    """
    if not isinstance(error, Exception):
        raise TypeError(f"explain() expects an error, as in `except RuntimeError as error`, not {type(error).__name__}")
    if json:
        session.environment.write(json_text(session.caught(error).failure) + "\n")
        return
    screen = session.screen()
    session.environment.write(draw_error(session.caught(error), screen.width, screen.colour, screen.words))

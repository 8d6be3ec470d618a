"""The prompt of a terminal that cannot move its cursor (`TERM=dumb`: Emacs's M-x shell, serial lines).

prompt_toolkit writes there the one character before the cursor whenever the text changes, which loses all that comes at once: the
line and the margin that Enter begins, an earlier cell, a paste, a completion. Here what was added is written, what was taken away
at the end is erased, and any other change writes the cell again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import AnyFormattedText, fragment_list_to_text, to_formatted_text

from tensorsh.display.errors import text_width


class CellPrompt(PromptSession[str]):
    """A `PromptSession` that shows whole cells on dumb terminals."""

    @contextmanager
    def _dumb_prompt(self, message: AnyFormattedText = "") -> Iterator[Application[str]]:
        with super()._dumb_prompt(message) as application:
            echo = _Echo(self)
            changed = self.default_buffer.on_text_changed
            theirs = changed._handlers[-1]  # which it has just added
            changed.remove_handler(theirs)
            changed.add_handler(echo.follow)
            echo.follow()
            try:
                yield application
            finally:
                changed.remove_handler(echo.follow)
                changed.add_handler(theirs)


class _Echo:
    """What stands on the terminal of a cell, kept up with its text."""

    def __init__(self, session: CellPrompt) -> None:
        self._session = session
        self._shown = ""

    def follow(self, _: Any = None) -> None:
        shown, text = self._shown, self._session.default_buffer.text
        if shown.startswith(text) and "\n" in shown[len(text) :] and shown[len(text) :].isspace():
            return  # Enter leaves out the empty lines below a cell that it runs; anything else is seen at the next change
        self._shown = text
        if text.startswith(shown):
            self._write(text[len(shown) :])
        elif shown.startswith(text) and "\n" not in shown[len(text) :]:
            self._session.output.write("\b \b" * text_width(shown[len(text) :]))
        else:
            self._session.output.write("\r\n" + self._prompt())
            self._write(text)
        self._session.output.flush()

    def _write(self, text: str) -> None:
        self._session.output.write(text.replace("\n", "\r\n" + self._continuation()))

    def _prompt(self) -> str:
        return fragment_list_to_text(to_formatted_text(self._session.message))

    def _continuation(self) -> str:
        continuation = self._session.prompt_continuation
        text = continuation(len(self._prompt()), 1, 0) if callable(continuation) else continuation
        return fragment_list_to_text(to_formatted_text(text))

"""The line at which a person types: prompt_toolkit's prompt, set up from the shell's tables, and the shell's loop.

What is only needed once something has been typed (Pygments, completion, hints) is loaded then, so that the prompt is up
sooner.
"""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

from prompt_toolkit.application import get_app
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.cursor_shapes import CursorShape, ModalCursorShapeConfig
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input
from prompt_toolkit.lexers import DynamicLexer, Lexer, SimpleLexer
from prompt_toolkit.output import ColorDepth, Output
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import Style

from tensorsh.display.colour import ColourOption, ColourSupport, colour_support
from tensorsh.display.lookalikes import replace_in
from tensorsh.session import Session
from tensorsh.shell.app import Shell
from tensorsh.shell.config import Config, config_path
from tensorsh.shell.dumb import CellPrompt
from tensorsh.shell.history import SharedHistory, history_path
from tensorsh.shell.keys import key_bindings
from tensorsh.shell.themes import THEMES

DEPTHS: dict[ColourSupport, ColorDepth] = {
    "none": ColorDepth.DEPTH_1_BIT,
    "16": ColorDepth.DEPTH_4_BIT,
    "256": ColorDepth.DEPTH_8_BIT,
    "truecolor": ColorDepth.DEPTH_24_BIT,
}
MODES = {"emacs": EditingMode.EMACS, "vi": EditingMode.VI}
WELCOME = "tensorsh {version}: PyTorch's tensors, on NumPy. %help tells more, Ctrl-D leaves."


class Prompt:
    """Reads cells for a shell."""

    def __init__(self, shell: Shell, history: SharedHistory, input: Input | None = None, output: Output | None = None):
        self.shell = shell
        self._lexer: Lexer | None = None
        self._hinted: tuple[str, Any] = "", None
        self._session = CellPrompt(
            self._message,
            multiline=True,
            prompt_continuation=self._continuation,
            key_bindings=key_bindings(shell),
            history=history,
            completer=_LazyCompleter(shell),
            lexer=DynamicLexer(self._choose_lexer),
            color_depth=DEPTHS[shell.colour],
            include_default_pygments_style=False,
            enable_suspend=True,
            enable_open_in_editor=False,
            tempfile_suffix=".tsh",
            search_ignore_case=True,
            reserve_space_for_menu=10,
            input=input,
            output=output,
        )
        self._session.app.before_render += lambda app: self._before_render()
        # A key pressed alone acts sooner than prompt_toolkit's half second, which vi's users feel after Escape.
        self._session.app.ttimeoutlen = 0.05

    def read(self) -> str:
        """One cell. Raises KeyboardInterrupt for Ctrl-C and EOFError for Ctrl-D."""
        config, session, plain = self.shell.config, self._session, self.shell.plain
        coloured = self.shell.colour != "none"
        session.editing_mode = MODES[config["keys"]]
        session.mouse_support = config["mouse"]
        session.complete_while_typing = config["complete_while_typing"] and not plain
        # As in IPython, Up finds what began as the line does; prompt_toolkit cannot do both.
        session.enable_history_search = not session.complete_while_typing
        session.complete_style = CompleteStyle.READLINE_LIKE if plain else CompleteStyle.COLUMN
        # Without colour nobody could tell a suggestion from what was typed.
        session.auto_suggest = AutoSuggestFromHistory() if config["suggestions"] and coloured and not plain else None
        session.style = Style.from_dict(THEMES[config["theme"]]) if coloured else Style([])
        session.cursor = ModalCursorShapeConfig() if config["keys"] == "vi" else CursorShape._NEVER_CHANGE
        given, self.shell.next_input = self.shell.next_input, ""
        return session.prompt(default=given)

    def _message(self) -> StyleAndTextTuples:
        if self.shell.config["prompt"] == "classic":
            return [("class:prompt", ">>> ")]
        return [("class:prompt", "In ["), ("class:prompt.number", str(self.shell.number)), ("class:prompt", "]: ")]

    def _continuation(self, width: int, line: int, wraps: int) -> StyleAndTextTuples:
        if wraps:
            return [("class:prompt-continuation", " " * width)]
        dots = "... " if self.shell.config["prompt"] == "classic" else "...: "
        return [("class:prompt-continuation", dots.rjust(width))]

    def _choose_lexer(self) -> Lexer:
        if self._lexer is None:
            if self.shell.colour == "none" or not get_app().current_buffer.text:
                return SimpleLexer()
            from prompt_toolkit.lexers import PygmentsLexer

            from tensorsh.shell.highlighting import TensorshLexer

            self._lexer = PygmentsLexer(TensorshLexer)
        return self._lexer

    def _before_render(self) -> None:
        """Decide whether there is a hint below the prompt; without one, the line that it takes is not taken."""
        if self.shell.plain or not self.shell.config["hints"]:
            self._session.bottom_toolbar = None
            return
        text = self._session.default_buffer.document.text_before_cursor
        if text != self._hinted[0]:
            found = None
            if "(" in text:
                from tensorsh.shell.hints import hint

                found = hint(text, self.shell)
            self._hinted = text, found
        self._session.bottom_toolbar = self._hinted[1]


class _LazyCompleter(Completer):
    """The completer, loaded when the first completion is asked for."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        from tensorsh.shell.completion import ShellCompleter

        yield from ShellCompleter(self._shell).get_completions(document, complete_event)


def run_prompt(
    session: Session,
    *,
    color: ColourOption = "auto",
    plain: bool = False,
    input: Input | None = None,
    output: Output | None = None,
) -> int:
    """Runs the shell until it is left; returns the exit status."""
    from tensorsh import __version__

    for stream in (sys.stdout, sys.stderr):
        replace_in(stream)
    terminal = sys.stdout.isatty()
    colour = "none" if plain else colour_support(os.environ, terminal, color)
    shell = Shell(session, colour=colour, plain=plain, config=Config(config_path(os.environ)))
    history = SharedHistory(history_path(os.environ))
    if terminal:
        for line in textwrap.wrap(WELCOME.format(version=__version__), max(shell.width - 1, 20)):
            shell.write(shell.painted(line, "footer") + "\n")
    for trouble in (*shell.config.troubles, history.trouble):
        if trouble:
            shell.complain(f"tensorsh: {trouble}\n")
    prompt = Prompt(shell, history, input, output)
    while shell.exit_status is None:
        try:
            cell = prompt.read()
        except KeyboardInterrupt:
            continue
        except EOFError:
            break
        shell.run_cell(cell)
        # Cells stand apart, as in IPython.
        if terminal and not plain and shell.config["prompt"] == "ipython" and cell.strip() and shell.exit_status is None:
            shell.write("\n")
    return shell.exit_status or 0

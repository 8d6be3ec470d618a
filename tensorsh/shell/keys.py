"""The keys that are the shell's own, as a table: what they do, when, and what `%keys` says of them.

All other keys are prompt_toolkit's Emacs and vi bindings, which are readline's; the important ones are described here
too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, get_common_complete_suffix
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import (
    Condition,
    Filter,
    emacs_insert_mode,
    emacs_mode,
    has_focus,
    has_selection,
    vi_insert_mode,
    vi_navigation_mode,
)
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.bindings.completion import display_completions_like_readline

from tensorsh.shell.cells import state_of
from tensorsh.shell.indent import STEP, next_indent
from tensorsh.shell.transcript import looks_pasted, typed_text

if TYPE_CHECKING:
    from tensorsh.shell.app import Shell

Command = Callable[["Shell", KeyPressEvent], None]

here = has_focus(DEFAULT_BUFFER)
typing = here & (emacs_insert_mode | vi_insert_mode)


def _buffer() -> Buffer:
    from prompt_toolkit.application import get_app

    return get_app().current_buffer


@Condition
def in_margin() -> bool:
    """The cursor stands in the indentation of its line."""
    line = _buffer().document.current_line_before_cursor
    return bool(_buffer().text) and not line.strip() and (bool(line) or _buffer().document.cursor_position_row > 0)


@Condition
def behind_indent() -> bool:
    line = _buffer().document.current_line_before_cursor
    return bool(line) and not line.strip(" ")


@Condition
def choosing() -> bool:
    """A completion is selected in the menu."""
    state = _buffer().complete_state
    return state is not None and state.current_completion is not None


# --- commands ------------------------------------------------------------------------------------------------------------


def enter(shell: Shell, event: KeyPressEvent) -> None:
    """Runs the cell if it is whole and the cursor is on its last line; otherwise begins a new line."""
    buffer = event.current_buffer
    document = buffer.document
    if recalled(buffer):
        run(shell, event)
        return
    if "\n" not in document.text and looks_pasted(document.text):
        # A terminal that does not say what was pasted types it, prompt and all.
        buffer.text = typed_text(document.text).rstrip("\n")
        buffer.cursor_position = len(buffer.text)
        document = buffer.document
    below = document.text_after_cursor
    if "\n" in below and below.strip():
        new_line(shell, event)
        return
    state = state_of(document.text)
    if state == "incomplete" or (below.strip() and state_of(document.text_before_cursor) == "incomplete" and "\n" in below):
        if below:
            buffer.cursor_position = len(document.text.rstrip("\n"))
        new_line(shell, event)
        return
    run(shell, event)


def recalled(buffer: Buffer) -> bool:
    """The cell is an earlier one, brought back and not changed: it was whole then."""
    return buffer.working_index + 1 < len(buffer._working_lines) and buffer.text in buffer.history.get_strings()


def run(shell: Shell, event: KeyPressEvent) -> None:
    buffer = event.current_buffer
    buffer.cancel_completion()
    # Empty lines at the end only said that the block is done.
    buffer.text = buffer.text.rstrip() if buffer.text.strip() else ""
    buffer.cursor_position = len(buffer.text)
    buffer.validate_and_handle()


def new_line(shell: Shell, event: KeyPressEvent) -> None:
    buffer = event.current_buffer
    buffer.cancel_completion()
    margin = next_indent(buffer.document.text_before_cursor) if shell.config["auto_indent"] else 0
    buffer.insert_text("\n" + " " * margin)


def choose(shell: Shell, event: KeyPressEvent) -> None:
    state = event.current_buffer.complete_state
    assert state is not None and state.current_completion is not None
    event.current_buffer.apply_completion(state.current_completion)


def complete(shell: Shell, event: KeyPressEvent) -> None:
    """Takes what all candidates agree on at once, so that keys typed right after it find it done; then shows them."""
    buffer = event.current_buffer
    if shell.plain:
        display_completions_like_readline(event)
        return
    if buffer.complete_state is not None:
        buffer.complete_next()
        return
    found = list(buffer.completer.get_completions(buffer.document, CompleteEvent(completion_requested=True)))
    if len(found) == 1:
        buffer.apply_completion(found[0])
    elif found:
        buffer.insert_text(get_common_complete_suffix(buffer.document, found))
        buffer.start_completion(select_first=False)


def indent(shell: Shell, event: KeyPressEvent) -> None:
    column = event.current_buffer.document.cursor_position_col
    event.current_buffer.insert_text(" " * (STEP - column % STEP))


def dedent(shell: Shell, event: KeyPressEvent) -> None:
    column = event.current_buffer.document.cursor_position_col
    event.current_buffer.delete_before_cursor((column - 1) % STEP + 1)


def paste(shell: Shell, event: KeyPressEvent) -> None:
    """Takes what the terminal says was pasted: a cell or a session as its code, anything else as it is."""
    buffer = event.current_buffer
    text = event.data.replace("\r\n", "\n").replace("\r", "\n")
    if not buffer.text.strip():
        buffer.text = ""
        text = typed_text(text).expandtabs(STEP) if looks_pasted(text) else text
        bare = text.rstrip("\n")
        # A block needs the empty line after it to be whole.
        text = bare + "\n" if text != bare and state_of(bare) == "incomplete" else bare
    elif not buffer.document.text_after_cursor.strip():
        text = text.rstrip("\n")
    buffer.insert_text(text)


def redo(shell: Shell, event: KeyPressEvent) -> None:
    event.current_buffer.redo()


def undo(shell: Shell, event: KeyPressEvent) -> None:
    event.current_buffer.undo()


def edit(shell: Shell, event: KeyPressEvent) -> None:
    """Opens the cell in the user's editor."""
    import os

    if not (os.environ.get("VISUAL") or os.environ.get("EDITOR")):
        run_in_terminal(lambda: shell.complain("There is no editor: set EDITOR, as in `export EDITOR=nano`.\n"))
        return
    event.current_buffer.open_in_editor()


class Key(NamedTuple):
    """`shown` is the name of the keys for people; keys without one need no description of their own."""

    command: Command
    keys: tuple[str, ...]
    condition: Filter
    shown: str = ""
    doc: str = ""
    saves: bool = True  # the text before it, for undo


KEYS = (
    Key(enter, ("enter",), typing & ~choosing, "Enter", "run the cell if it is whole, else begin a new line"),
    Key(run, ("enter",), here & vi_navigation_mode),
    Key(choose, ("enter",), here & choosing, "Enter in the menu", "take the completion"),
    Key(run, ("escape", "enter"), typing & emacs_mode, "Alt-Enter", "run the cell as it is"),
    Key(new_line, ("c-o",), typing & emacs_mode, "Ctrl-O", "begin a new line, whatever the cell is"),
    Key(complete, ("tab",), typing & ~in_margin, "Tab", "complete; in the margin, indent"),
    Key(indent, ("tab",), typing & in_margin),
    Key(dedent, ("backspace",), typing & behind_indent & ~has_selection, "Backspace in the margin", "go out one level"),
    Key(paste, ("<bracketed-paste>",), here, "paste", "a whole cell, or a session with >>> or In [5]: prompts"),
    Key(undo, ("c-_",), here & emacs_mode, "Ctrl-_", "undo", saves=False),
    Key(redo, ("escape", "c-_"), here & emacs_mode, "Alt-Ctrl-_", "redo", saves=False),
    Key(redo, ("c-x", "c-r"), here & emacs_mode, "Ctrl-X Ctrl-R", "redo", saves=False),
    Key(redo, ("c-r",), here & vi_navigation_mode, saves=False),
    Key(edit, ("c-x", "c-e"), here & emacs_mode, "Ctrl-X Ctrl-E", "write the cell in your editor"),
    Key(edit, ("v",), here & vi_navigation_mode & ~has_selection),
)

# prompt_toolkit's own.
OTHERS = (
    ("Ctrl-R", "search backward in what was typed before"),
    ("Up, Down", "the line above or below; then earlier and later cells that begin as this one does"),
    ("Right, Ctrl-E", "take the grey suggestion"),
    ("Ctrl-A, Ctrl-E", "the beginning and the end of the line"),
    ("Ctrl-W, Ctrl-U, Ctrl-K", "cut the word, what is before, what is after; Ctrl-Y puts it back"),
    ("Ctrl-C", "leave this cell; stop what is running"),
    ("Ctrl-D", "leave the shell"),
    ("Ctrl-Z", "stop the shell until `fg`"),
    ("Ctrl-L", "clear the screen"),
)
DESCRIBED = tuple((key.shown, key.doc) for key in KEYS if key.shown) + OTHERS


def key_bindings(shell: Shell) -> KeyBindings:
    """The table as prompt_toolkit has it."""
    bindings = KeyBindings()
    for key in KEYS:
        bindings.add(*key.keys, filter=key.condition, save_before=_always if key.saves else _never)(_handler(shell, key))
    return bindings


def _handler(shell: Shell, key: Key) -> Callable[[KeyPressEvent], None]:
    return lambda event: key.command(shell, event)


def _always(event: KeyPressEvent) -> bool:
    return True


def _never(event: KeyPressEvent) -> bool:
    return False

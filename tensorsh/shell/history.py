"""What was typed in earlier shells: a file in the user's state folder that several shells append to at once.

The format is prompt_toolkit's (`# time`, then each line after a `+`). An entry is appended in one write under a lock;
the file is readable by its owner alone. A shell reads the file once, its newest part only, and works without one if
there can be none.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from prompt_toolkit.history import History

from tensorsh.shell.config import user_folder

READ_AT_MOST = 1 << 20  # bytes, from the end


def history_path(environ: Mapping[str, str]) -> Path | None:
    """Where the history is: `$XDG_STATE_HOME/tensorsh/history`, by default under `~/.local/state`; None if the user has
    no folder.
    """
    folder = user_folder(environ, "XDG_STATE_HOME", os.path.join(".local", "state"))
    return folder and folder / "history"


class SharedHistory(History):
    """The history file. `trouble` says why it cannot be used, if it cannot."""

    def __init__(self, path: Path | None) -> None:
        super().__init__()
        self.path = path or Path(os.devnull)
        self.trouble = ""
        try:
            if path is None:
                self.trouble = "the history cannot be kept: there is no home folder"
                return
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(self._open(os.O_RDWR))
        except OSError as error:
            self.trouble = f"the history cannot be kept in {path}: {error.strerror}"

    def _open(self, mode: int) -> int:
        file = os.open(self.path, mode | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        if hasattr(os, "fchmod") and os.fstat(file).st_mode & 0o077:
            os.fchmod(file, 0o600)
        return file

    def load_history_strings(self) -> Iterable[str]:
        """The entries, newest first."""
        if self.trouble:
            return []
        try:
            with open(self.path, "rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(size - READ_AT_MOST, 0))
                text = file.read().decode("utf-8", errors="replace")
        except OSError:
            return []
        return reversed(entries(text))

    def store_string(self, string: str) -> None:
        if self.trouble:
            return
        lines = "".join(f"+{line}\n" for line in string.split("\n"))
        data = f"\n# {datetime.now().isoformat(sep=' ', timespec='seconds')}\n{lines}".encode("utf-8", "replace")
        try:
            file = self._open(os.O_WRONLY | os.O_APPEND)
            try:
                _lock(file)
                os.write(file, data)
            finally:
                os.close(file)  # which also unlocks it
        except OSError as error:
            self.trouble = f"the history cannot be kept in {self.path}: {error.strerror}"


def entries(text: str) -> list[str]:
    """The entries of a history file, oldest first.

    >>> entries("\\n# a time\\n+x = 1\\n\\n# a time\\n+for i in x:\\n+    i\\n")
    ['x = 1', 'for i in x:\\n    i']
    """
    found: list[str] = []
    lines: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.startswith("+"):
            lines.append(line[1:])
        elif lines:
            found.append("\n".join(lines))
            lines = []
    return found


def _lock(file: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: one append is one write there too
        return
    fcntl.flock(file, fcntl.LOCK_EX)

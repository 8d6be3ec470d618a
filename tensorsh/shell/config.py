"""The user's settings: one table, kept as TOML in `$XDG_CONFIG_HOME/tensorsh/config.toml`.

A setting that the file does not name has its default. A file that cannot be read, or a value that makes no sense, is
reported once and otherwise passed over: the shell always starts. To keep a setting, its own line of the file is changed:
comments, settings of a newer version and those that another shell has kept meanwhile stay.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple


class Option(NamedTuple):
    """A setting: its default, whose type is the setting's, what it may be (anything of that type if None), what it
    does, and what a number may be at the least and at the most.
    """

    default: Any
    choices: tuple[Any, ...] | None
    doc: str
    least: int = 0
    most: int = 1_000_000


OPTIONS: dict[str, Option] = {
    "keys": Option("emacs", ("emacs", "vi"), "which editor's keys move the cursor"),
    "prompt": Option("ipython", ("ipython", "classic"), "`In [1]:` and `Out[1]:`, or Python's `>>>`"),
    "theme": Option("terminal", ("terminal", "dark", "light"), "the terminal's own colours, or ones for its background"),
    "footer": Option(True, None, "the line beneath a tensor: shape, dtype, whose memory, grad_fn"),
    "changes": Option(True, None, "the line about what an in-place statement changed, in other variables too"),
    "advice": Option(True, None, "warnings about lost writes (`a[mask][0] = 1`) and columns that meet rows"),
    "hints": Option(True, None, "the signature of a call beneath the prompt while it is typed"),
    "suggestions": Option(True, None, "the rest of an earlier line in grey; the right arrow takes it"),
    "complete_while_typing": Option(False, None, "completions without Tab"),
    "auto_indent": Option(True, None, "a new line begins below the last one, and further in after `:`"),
    "precision": Option(4, None, "digits after the point in a tensor's text", 0, 100),
    "threshold": Option(1000, None, "how many elements a tensor may have before its text is summarised"),
    "edgeitems": Option(3, None, "how many elements a summary shows at each end of a dimension", 1),
    "linewidth": Option(80, None, "columns of a line of a tensor's text", 10),
    "sci_mode": Option("auto", ("auto", "on", "off"), "scientific notation: where the values need it, always, or never"),
    "undo_memory": Option(128, None, "megabytes of earlier values that are kept for %undo"),
    "mouse": Option(False, None, "the mouse moves the cursor; selecting text then needs Shift"),
}


def config_path(environ: Mapping[str, str]) -> Path | None:
    """Where the settings are: `$XDG_CONFIG_HOME/tensorsh/config.toml`, by default under `~/.config`; None if the user
    has no folder.
    """
    folder = user_folder(environ, "XDG_CONFIG_HOME", ".config")
    return folder and folder / "config.toml"


def user_folder(environ: Mapping[str, str], variable: str, default: str) -> Path | None:
    """The user's folder for tensorsh's files of a kind, by the XDG base directory specification: paths that are not
    absolute count for nothing.
    """
    for folder in (environ.get(variable, ""), os.path.join(os.path.expanduser("~"), default)):
        if os.path.isabs(folder):
            return Path(folder) / "tensorsh"
    return None


class Config:
    """The settings in force. `path` is None where nothing is kept; `troubles` are lines about what was passed over.

    >>> config = Config()
    >>> config.set("keys", "vi")
    >>> config["keys"], config["footer"]
    ('vi', True)
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.troubles: list[str] = []
        self.values: dict[str, Any] = {}  # those that differ from the defaults
        if path is not None and path.exists():
            self._read(path)

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name, OPTIONS[name].default)

    def set(self, name: str, value: Any) -> None:
        """Change a setting; ValueError, with a text for the user, if there is no such setting or value."""
        option = OPTIONS.get(name)
        if option is None:
            raise ValueError(f"there is no setting {name!r}; the settings are {', '.join(OPTIONS)}")
        right = type(value) is type(option.default) and (option.choices is None or value in option.choices)
        if not right or (type(value) is int and not option.least <= value <= option.most):
            raise ValueError(f"{name} is {allowed(name)}, not {value!r}")
        if value == option.default:
            self.values.pop(name, None)
        else:
            self.values[name] = value

    def save(self, name: str) -> None:
        """Keep a setting in the file; OSError if that is not possible. A file that makes no sense is put aside."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        import tomllib

        old = ""
        if self.path.exists():
            try:
                old = self.path.read_text(encoding="utf-8")
                tomllib.loads(old)
            except ValueError:
                old = ""
                self.path.replace(self.path.with_name(f"{self.path.name}.unreadable"))
        text = _with_line(old, name, f"{name} = {_toml(self.values[name])}" if name in self.values else "")
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        new.write_text(text, encoding="utf-8")
        # The file itself is replaced, not a link to it: some keep their settings under version control.
        new.replace(self.path.resolve())

    def _read(self, path: Path) -> None:
        import tomllib

        try:
            given = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            not_text = isinstance(error, UnicodeDecodeError)
            what = "this is not UTF-8 text" if not_text else error.strerror if isinstance(error, OSError) else str(error)
            self.troubles.append(f"{path}: {what}; the default settings are used")
            return
        for name, value in given.items():
            try:
                self.set(name, value)
            except ValueError as error:
                self.troubles.append(f"{path}: {error}")


def allowed(name: str) -> str:
    """What a setting may be, in words."""
    option = OPTIONS[name]
    if option.choices is not None:
        *others, last = map(str, option.choices)
        return f"{', '.join(others)} or {last}"
    return "true or false" if type(option.default) is bool else f"a whole number from {option.least} to {option.most:,}"


def _with_line(text: str, name: str, line: str) -> str:
    """The text with `line` as the one that sets `name`, or without any if there is no line.

    >>> print(_with_line("# mine\\nkeys = 'vi'\\n", "keys", "keys = 'emacs'"), end="")
    # mine
    keys = 'emacs'
    """
    lines = text.splitlines()
    # Below a heading stands what belongs to something else.
    end = next((at for at, found in enumerate(lines) if found.lstrip().startswith("[")), len(lines))
    own = re.compile(rf"\s*{name}\s*=")
    at = next((at for at, found in enumerate(lines[:end]) if own.match(found)), None)
    if at is not None:
        lines[at : at + 1] = [line] if line else []
    elif line:
        lines.insert(end, line)
    return "".join(f"{kept}\n" for kept in lines)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    quoted = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'

"""The user's settings: one table, kept as TOML in `$XDG_CONFIG_HOME/tensorsh/config.toml`.

A setting that the file does not name has its default. A file that cannot be read, or a value that makes no sense, is
reported once and otherwise passed over: the shell always starts.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple


class Option(NamedTuple):
    """A setting: its default, whose type is the setting's, what it may be (anything of that type if None), and what
    it does.
    """

    default: Any
    choices: tuple[Any, ...] | None
    doc: str


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
    "precision": Option(4, None, "digits after the point in a tensor's text"),
    "threshold": Option(1000, None, "how many elements a tensor may have before its text is summarised"),
    "edgeitems": Option(3, None, "how many elements a summary shows at each end of a dimension"),
    "linewidth": Option(80, None, "columns of a line of a tensor's text"),
    "sci_mode": Option("auto", ("auto", "on", "off"), "scientific notation: where the values need it, always, or never"),
    "undo_memory": Option(128, None, "megabytes of earlier values that are kept for %undo"),
    "mouse": Option(False, None, "the mouse moves the cursor; selecting text then needs Shift"),
}


def config_path(environ: Mapping[str, str]) -> Path:
    """Where the settings are: `$XDG_CONFIG_HOME/tensorsh/config.toml`, by default under `~/.config`."""
    folder = environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return Path(folder) / "tensorsh" / "config.toml"


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
        if type(value) is not type(option.default) or (option.choices is not None and value not in option.choices):
            allowed: tuple[Any, ...] = option.choices or ()
            if not allowed:
                allowed = ("true", "false") if type(option.default) is bool else (type(option.default).__name__,)
            raise ValueError(f"{name} is {' or '.join(map(str, allowed))}, not {value!r}")
        if value == option.default:
            self.values.pop(name, None)
        else:
            self.values[name] = value

    def save(self) -> None:
        """Write the settings that differ from the defaults; OSError if that is not possible."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        new.write_text("".join(f"{name} = {_toml(value)}\n" for name, value in self.values.items()), encoding="utf-8")
        new.replace(self.path)

    def _read(self, path: Path) -> None:
        import tomllib

        try:
            given = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            self.troubles.append(f"{path}: {error}; the default settings are used")
            return
        for name, value in given.items():
            try:
                self.set(name, value)
            except ValueError as error:
                self.troubles.append(f"{path}: {error}")


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    quoted = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'

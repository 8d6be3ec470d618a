"""`%set`: the user's settings, shown, changed and kept. The table of them is `config.OPTIONS`."""

from __future__ import annotations

from typing import Any

from tensorsh.display.tables import table
from tensorsh.shell.commands.command import Command, CommandError, screen_of, suggestion
from tensorsh.shell.config import OPTIONS, allowed
from tensorsh.shell.settings import apply

_TRUTHS = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


def words(name: str) -> tuple[str, ...]:
    """The values of a setting as they are typed; none where it is a number."""
    option = OPTIONS[name]
    if option.choices is not None:
        return tuple(map(str, option.choices))
    return ("on", "off") if isinstance(option.default, bool) else ()


def shown(value: Any) -> str:
    """A setting's value as it is typed."""
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def set_(shell: Any, argument: str) -> None:
    name, _, given = argument.replace("=", " ", 1).partition(" ")
    given = given.strip()
    if not name:
        rows = [[name, shown(shell.config[name]), option.doc] for name, option in OPTIONS.items()]
        shell.write(table(["setting", "value", "meaning"], rows, screen_of(shell)) + "\n")
        if shell.config.path is not None:
            shell.write(f"Kept in {shell.config.path}.\n")
        return
    if name not in OPTIONS:
        hint = suggestion(name, OPTIONS) or f"; the settings are {', '.join(OPTIONS)}"
        raise CommandError("set", f"there is no setting {name}{hint}")
    if given:
        shell.config.set(name, OPTIONS[name].default if given == "default" else value_of(name, given))
        apply(shell, name)
        shell.save_config(name)
    shell.say(f"{name} is {shown(shell.config[name])}: {OPTIONS[name].doc} ({typed(name)}).")


def typed(name: str) -> str:
    """What a setting may be, in words, as it is typed."""
    return "on or off" if isinstance(OPTIONS[name].default, bool) else allowed(name)


def value_of(name: str, given: str) -> Any:
    """The value that a text means for a setting; `CommandError` if it means none."""
    option = OPTIONS[name]
    if isinstance(option.default, bool):
        if given.lower() in _TRUTHS:
            return _TRUTHS[given.lower()]
    elif option.choices is not None:
        if given in option.choices:
            return given
    else:
        if given.replace("_", "").isdecimal() and option.least <= int(given) <= option.most:
            return int(given)
    raise CommandError("set", f"{name} is {typed(name)}, not {given!r}{suggestion(given, words(name))}")


def _complete(shell: Any, argument: str) -> list[str]:
    name, space, _ = argument.partition(" ")
    if not space:
        return list(OPTIONS)
    return [*words(name), "default"] if name in OPTIONS else []


COMMANDS = (
    Command(
        "set",
        "%set [SETTING [VALUE]]",
        "show or change a setting; changes are kept",
        "Without an argument, lists the settings. `default` as the value brings back the default. Changes are kept in the\n"
        "configuration file and hold from the next prompt on.\n\n"
        "    %set\n    %set precision 8\n    %set keys vi\n    %set footer off\n    %set precision default\n",
        set_,
        _complete,
    ),
)

"""The % commands: one table, put together from those of the modules here. Loaded when a command is first typed."""

from __future__ import annotations

from importlib import import_module

from tensorsh.shell.commands.command import Command, CommandError

# In the order in which `%help` lists them. Each has a `COMMANDS` tuple.
MODULES = (
    "basics",
    "tutorial",
    "variables",
    "explain_memory",
    "explain_trace",
    "explain_gradients",
    "timing",
    "history",
    "undo",
    "files",
    "export",
    "debugging",
    "pictures",
    "settings",
)

COMMANDS: dict[str, Command] = {
    command.name: command for module in MODULES for command in import_module(f"{__name__}.{module}").COMMANDS
}

__all__ = ["COMMANDS", "Command", "CommandError"]

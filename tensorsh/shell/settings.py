"""Settings that act on more than the prompt: how tensors print, and how much `%undo` may keep.

The rest of `config.OPTIONS` is read where it is used, each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tensorsh.shell.app import Shell

PRINT_OPTIONS = ("precision", "threshold", "edgeitems", "linewidth", "sci_mode")
SCI_MODES = {"auto": None, "on": True, "off": False}
MEGABYTE = 1_000_000


def apply(shell: Shell, name: str) -> None:
    """Let a setting take effect, if it does so elsewhere than at the prompt."""
    value = shell.config[name]
    if name in PRINT_OPTIONS:
        shell.session.state.print_options[name] = SCI_MODES[value] if name == "sci_mode" else value
    elif name == "undo_memory":
        shell.record.undo_memory = value * MEGABYTE


def apply_all(shell: Shell) -> None:
    """Let those settings take effect that differ from the defaults."""
    for name in list(shell.config.values):
        apply(shell, name)

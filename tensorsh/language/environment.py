"""The names that a running program sees, and where what it prints and echoes goes.

Lookup goes from the globals to Python's builtins to the names of `torch` bare, which are found when they are first asked
for, and last to what the session adds (`plot`, `progress` …). Globals belong to the script; the others are never written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tensorsh.language import builtins as builtin_table
from tensorsh.language import namespace


class Environment:
    """One program's names and outputs.

    `write` takes text that the script prints, `echo` the value of an expression statement. `state` is the session's
    runtime state, of which the compiler sets `where`. `extra` is a table of functions that the session adds below all
    other names.

    >>> lines = []
    >>> environment = Environment(write=lines.append)
    >>> environment.lookup("len")
    <built-in function len>
    """

    __slots__ = ("globals", "builtins", "write", "echo", "state", "depth", "namespaces", "extra", "__weakref__")

    def __init__(
        self,
        *,
        state: Any = None,
        write: Callable[[str], Any] | None = None,
        echo: Callable[[Any], Any] | None = None,
        globals: dict[str, Any] | None = None,
    ) -> None:
        self.globals: dict[str, Any] = {} if globals is None else globals
        self.state = _Where() if state is None else state
        self.write: Callable[[str], Any] = write or _discard
        self.echo: Callable[[Any], Any] = echo or _discard
        self.depth = 0
        self.namespaces: dict[str, namespace.Namespace] = {}
        self.extra: Mapping[str, Any] = {}
        self.builtins: dict[str, Any] = builtin_table.make(self)

    def lookup(self, name: str) -> Any:
        """The value of a name that is not local, or `NameError`."""
        try:
            return self.globals[name]
        except KeyError:
            pass
        try:
            return self.builtins[name]
        except KeyError:
            pass
        refused = builtin_table.REFUSED.get(name)
        if refused is not None:
            raise NameError(refused, name=name)
        value = namespace.bare(name, self)
        if value is not namespace.MISSING:
            return value
        if name in self.extra:
            return self.extra[name]
        raise NameError(f"name {name!r} is not defined", name=name)

    def names(self) -> list[str]:
        """Every name that can be looked up here, for completion and for "did you mean"."""
        return sorted({*self.globals, *self.builtins, *namespace.bare_names(self), *self.extra})


class _Where:
    """Stands in for a runtime state where a program needs none."""

    __slots__ = ("where",)
    advice = True

    def __init__(self) -> None:
        self.where: Any = None


def _discard(value: Any) -> None:
    pass

"""Namespaces as values (`torch`, `torch.nn.functional`, `numpy`, `math`) and the one table that `import` knows.

A namespace finds a name's value when it is first asked for, so that neither `import torch` nor the bare names cost anything for
what a script does not use. Host functions come out wrapped as `Builtin`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from tensorsh.language.attributes import register, register_source
from tensorsh.language.context import MISSING

if TYPE_CHECKING:
    from tensorsh.language.environment import Environment


class Namespace:
    """A module as a script sees it.

    `resolve(name)` makes the value of a name or raises `AttributeError`; `list_names()` gives all names, for `dir`, completion and
    `import *`, and may be slow.
    """

    __slots__ = ("name", "list_names", "resolve", "is_package", "values", "__weakref__")

    def __init__(
        self,
        name: str,
        names: Iterable[str] | Callable[[], Iterable[str]],
        resolve: Callable[[str], Any],
        is_package: bool = True,
    ) -> None:
        self.name = name
        self.resolve = resolve
        self.is_package = is_package
        self.values: dict[str, Any] = {}
        if callable(names):
            self.list_names = names
        else:
            listed = frozenset(names)
            self.list_names = lambda: listed
            self.resolve = lambda wanted: resolve(wanted) if wanted in listed else self._missing(wanted)

    def __repr__(self) -> str:
        return f"<module {self.name!r}>"

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.list_names())

    def get(self, name: str) -> Any:
        """The value of `name`, or Python's `AttributeError`."""
        try:
            return self.values[name]
        except KeyError:
            pass
        try:
            value = self.values[name] = self.resolve(name)
        except AttributeError:
            self._missing(name)
        return value

    def find(self, name: str) -> Any:
        """The value of `name`, or `MISSING`."""
        try:
            return self.get(name)
        except AttributeError:
            return MISSING

    def _missing(self, name: str) -> Any:
        raise AttributeError(f"module {self.name!r} has no attribute {name!r}", name=name, obj=self) from None


Namespace.__name__ = Namespace.__qualname__ = "module"
Namespace.__module__ = "builtins"


def _numpy_tables(kind: type) -> None:
    # An array can come from `tensor.numpy()` before anybody has said `numpy`.
    if kind.__module__.partition(".")[0] == "numpy":
        from tensorsh.language import numpy_namespace  # noqa: F401


def _torch_tables(kind: type) -> None:
    if kind.__module__.partition(".")[0] in ("torch", "tensorsh"):
        from tensorsh.language import torch_values

        torch_values.register_type(kind)


register_source(_numpy_tables)
register_source(_torch_tables)
register(
    Namespace,
    getters={"__name__": lambda space: space.name},
    dynamic=lambda space, name: space.get(name),
    dynamic_names=lambda space: space.names,
)


def _math(environment: Environment) -> Namespace:
    from tensorsh.language.math_namespace import make

    return make()


def _numpy(environment: Environment) -> Namespace:
    from tensorsh.language.numpy_namespace import make

    return make(environment)


def _torch(environment: Environment) -> Namespace:
    from tensorsh.language.torch_namespace import make

    return make()


ROOTS: dict[str, Callable[[Environment], Namespace]] = {"math": _math, "numpy": _numpy, "torch": _torch}
# Short names that a script may use without an import, as it may use those of `torch`.
SHORT = {"np": "numpy", "F": "torch.nn.functional"}


def root(name: str, environment: Environment) -> Namespace:
    """The namespace `name`, one a program."""
    space = environment.namespaces.get(name)
    if space is None:
        space = environment.namespaces[name] = ROOTS[name](environment)
    return space


def import_module(dotted: str, environment: Environment) -> tuple[Namespace, Namespace]:
    """The first namespace of a dotted name and the last, or Python's `ModuleNotFoundError`."""
    first, _, rest = dotted.partition(".")
    if first not in ROOTS:
        raise ModuleNotFoundError(f"No module named {first!r}", name=first)
    top = space = root(first, environment)
    path = first
    for part in rest.split(".") if rest else ():
        path = f"{path}.{part}"
        found = space.find(part)
        if type(found) is not Namespace:
            package = "" if space.is_package else f"; {space.name!r} is not a package"
            raise ModuleNotFoundError(f"No module named {path!r}{package}", name=path)
        space = found
    return top, space


def import_name(space: Namespace, name: str) -> Any:
    """`from space import name`."""
    value = MISSING if name.startswith("_") else space.find(name)
    if value is MISSING:
        raise ImportError(f"cannot import name {name!r} from {space.name!r}", name=space.name)
    return value


def public_values(space: Namespace) -> dict[str, Any]:
    """What `from space import *` binds."""
    return {name: space.get(name) for name in sorted(space.names) if not name.startswith("_")}


def bare(name: str, environment: Environment) -> Any:
    """The value of a name that neither the script nor Python's builtins have: a namespace, or a name of `torch`."""
    if name in SHORT:
        return import_module(SHORT[name], environment)[1]
    if name in ROOTS:
        return root(name, environment)
    return MISSING if name.startswith("_") else root("torch", environment).find(name)


def bare_names(environment: Environment) -> set[str]:
    return {*ROOTS, *SHORT, *(name for name in root("torch", environment).names if not name.startswith("_"))}

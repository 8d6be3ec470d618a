"""`torch` as a namespace of scripts: the names of `tensorsh.torch`, its functions wrapped, its sub-namespaces nested.

A name is what the module's own `__getattr__` provides for it, whatever else may lie in the module.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from tensorsh.language import attributes
from tensorsh.language.functions import Builtin
from tensorsh.language.namespace import Namespace


def make() -> Namespace:
    from tensorsh import torch

    return of_module("torch", torch, vars(torch)["__getattr__"])


def of_module(name: str, module: types.ModuleType, provide: Callable[[str], Any]) -> Namespace:
    """The namespace of a module whose `provide(name)` makes the value of a name or raises `AttributeError`."""

    def resolve(public: str) -> Any:
        if public.startswith("_") and public != "__version__":
            raise AttributeError(public)
        return wrap(f"{name}.{public}", provide(public))

    return Namespace(name, lambda: [public for public in dir(module) if not public.startswith("_")], resolve)


def wrap(name: str, value: Any) -> Any:
    """A value of the module as a script may have it."""
    if isinstance(value, types.ModuleType):
        return of_module(name, value, type(value).__getattr__.__get__(value))
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType)):
        return Builtin(name, value, None, value.__doc__)
    if isinstance(value, type):
        attributes.table_of(value)  # its own table first, which is made only for types that have none
        attributes.register(value, constructor=getattr(value, "_from_script", value))
    return value

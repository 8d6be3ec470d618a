"""The only way from a value to its attributes: a table for each type.

A table maps a readable name to None (the host's own attribute is right) or to a function that makes the attribute
from the value. A type's table includes those of its bases. A name that no table holds does not exist, whatever the
host object has, and there is no other `getattr` on a name from a script. The tables of Python's own types are in
`python_values`; tensors and arrays register theirs when they are first needed.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tensorsh.language.functions import Builtin, Function

Getter = Callable[[Any], Any]
Setter = Callable[[Any, Any], None]

_readable: dict[type, dict[str, Getter | None]] = {}
_assignable: dict[type, dict[str, Setter | None]] = {}
_class_names: dict[type, dict[str, Getter | None]] = {}
_constructors: dict[type, Callable[..., Any]] = {}
# Values of these types are called as they are.
HOST_CALLABLES = frozenset({types.FunctionType, types.BuiltinFunctionType, types.MethodType})
_callable_types: set[type] = {
    Function,
    Builtin,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    types.MethodWrapperType,
}
_dynamic: dict[type, Callable[[Any, str], Any]] = {}
_class_dynamic: dict[type, Callable[[type, str], Any]] = {}
_dynamic_names: dict[type, Callable[[Any], Iterable[str]]] = {}
_dynamic_assign: dict[type, Callable[[Any, str, Any], None]] = {}
_merged: dict[type, dict[str, Getter | None]] = {}
_sources: list[Callable[[type], None]] = []


def register(
    kind: type,
    names: Iterable[str] = (),
    *,
    getters: Mapping[str, Getter] | None = None,
    assign: Iterable[str] = (),
    setters: Mapping[str, Setter] | None = None,
    class_names: Iterable[str] = (),
    class_getters: Mapping[str, Getter] | None = None,
    constructor: Callable[..., Any] | None = None,
    callable: bool = False,
    dynamic: Callable[[Any, str], Any] | None = None,
    dynamic_names: Callable[[Any], Iterable[str]] | None = None,
    dynamic_assign: Callable[[Any, str, Any], None] | None = None,
    class_dynamic: Callable[[type, str], Any] | None = None,
) -> None:
    """Add to the table of `kind`.

    `names` are read as the host has them, `getters` make their value; `assign` and `setters` are the same for
    assignment; `class_names` and `class_getters` belong to the type itself (`dict.fromkeys`). With a `constructor`
    the type can be called, with `callable` its instances. Names that are only known when they are asked for come from
    `dynamic(value, name)`, which raises `AttributeError` for others; `dynamic_names` lists them.
    """
    table = _readable.setdefault(kind, {})
    table.update(dict.fromkeys(names))
    table.update(getters or {})
    writable = _assignable.setdefault(kind, {})
    writable.update(dict.fromkeys(assign))
    writable.update(setters or {})
    own = _class_names.setdefault(kind, {})
    own.update(dict.fromkeys(class_names))
    own.update(class_getters or {})
    if constructor is not None:
        _constructors[kind] = constructor
    if callable:
        _callable_types.add(kind)
    if dynamic is not None:
        _dynamic[kind] = dynamic
    if class_dynamic is not None:
        _class_dynamic[kind] = class_dynamic
    if dynamic_names is not None:
        _dynamic_names[kind] = dynamic_names
    if dynamic_assign is not None:
        _dynamic_assign[kind] = dynamic_assign
    _merged.clear()


def add_plain_name(kind: type, name: str) -> None:
    """Note that the host's own attribute `name` is right for every value of type `kind`, as if it had been
    registered."""
    _readable[kind][name] = None
    for merged_kind, table in _merged.items():
        if issubclass(merged_kind, kind):
            table.setdefault(name, None)


def register_source(source: Callable[[type], None]) -> None:
    """Add a function that is asked, once, about each type that has no table of its own and may register one."""
    _sources.append(source)


def table_of(kind: type) -> dict[str, Getter | None]:
    table = _merged.get(kind)
    if table is None:
        if kind not in _readable:
            for source in _sources:
                source(kind)
        table = {"__class__": type, "__doc__": None}
        for base in reversed(kind.__mro__):
            table.update(_readable.get(base, {}))
        _merged[kind] = table
    return table


def lookup(value: Any, name: str) -> Any:
    """The attribute `name` of `value`, or Python's `AttributeError`."""
    if isinstance(value, type):
        return _lookup_on_type(value, name)
    table = table_of(type(value))
    if name in table:
        getter = table[name]
        return getattr(value, name) if getter is None else getter(value)
    for base in type(value).__mro__:
        dynamic = _dynamic.get(base)
        if dynamic is not None:
            return dynamic(value, name)
    raise missing(value, name)


def _lookup_on_type(value: type, name: str) -> Any:
    for base in value.__mro__:
        own = _class_names.get(base)
        if own is not None and name in own:
            getter = own[name]
            return getattr(value, name) if getter is None else getter(value)
    if name == "__name__":  # of PyTorch's types, the host has it with the module
        return value.__name__.rpartition(".")[2]
    if name in ("__qualname__", "__module__", "__doc__"):
        return getattr(value, name)
    if name == "__class__":
        return type(value)
    table = table_of(value)
    # `str.upper` is a function of a string; what a table makes itself is made from the first argument.
    if name in table and not name.startswith("__"):
        getter = table[name]
        if getter is not None:
            return Builtin(name, lambda self, *args, **kwargs: _through(value, getter, self, name)(*args, **kwargs))
        found = getattr(value, name)
        if callable(found):
            return found
    for base in value.__mro__:
        method = _class_dynamic.get(base)
        if method is not None and not name.startswith("_"):
            return method(value, name)
    raise AttributeError(f"type object {value.__name__!r} has no attribute {name!r}", name=name, obj=value)


def _through(kind: type, getter: Getter, value: Any, name: str) -> Any:
    if not isinstance(value, kind):
        text = f"descriptor {name!r} for {kind.__name__!r} objects doesn't apply to a {type(value).__name__!r} object"
        raise TypeError(text)
    return getter(value)


def missing(value: Any, name: str) -> AttributeError:
    kind = type(value)
    # NumPy's types are named with their module in Python's text.
    title = f"numpy.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__
    return AttributeError(f"{title!r} object has no attribute {name!r}", name=name, obj=value)


def is_plain(kind: type, name: str) -> bool:
    """Whether the host's own `getattr` gives what `lookup` gives, for every value of this type."""
    return kind in _merged and name in _merged[kind] and _merged[kind][name] is None and not issubclass(kind, type)


def assign(value: Any, name: str, new: Any) -> None:
    """Assign `value.name = new` where a table allows it."""
    kind = type(value)
    table_of(kind)
    for base in kind.__mro__:
        table = _assignable.get(base)
        if table is None:
            continue
        if name in table:
            setter = table[name]
            if setter is None:
                setattr(value, name, new)
            else:
                setter(value, new)
            return
        if base in _dynamic_assign:
            _dynamic_assign[base](value, name, new)
            return
    if isinstance(value, type):
        raise TypeError(f"cannot set {name!r} attribute of immutable type {value.__name__!r}")
    if name in table_of(kind):
        raise AttributeError(f"{kind.__name__!r} object attribute {name!r} is read-only", name=name, obj=value)
    raise missing(value, name)


def is_plainly_assigned(kind: type, name: str) -> bool:
    """Whether the host's own `setattr` does what `assign` does, for every value of this type."""
    return kind in _assignable and _assignable[kind].get(name, name) is None


def delete(value: Any, name: str) -> None:
    """Carry out `del value.name`."""
    if type(value) is Function and name in value.attributes:
        del value.attributes[name]
        return
    kind = type(value)
    table_of(kind)
    for base in kind.__mro__:
        if _assignable.get(base, {}).get(name, name) is None:
            delattr(value, name)
            return
    if name in table_of(kind):
        raise AttributeError(f"{kind.__name__!r} object attribute {name!r} is read-only", name=name, obj=value)
    raise missing(value, name)


def names(value: Any) -> list[str]:
    """The attribute names that `value` has, sorted; for `dir` and completion."""
    if isinstance(value, type):
        found = {"__name__", "__doc__", "__module__", "__qualname__", *table_of(value)}
        for base in value.__mro__:
            found.update(_class_names.get(base, ()))
    else:
        found = set(table_of(type(value)))
        for base in type(value).__mro__:
            if base in _dynamic_names:
                found.update(_dynamic_names[base](value))
    return sorted(found)


def callable_of(value: Any) -> Callable[..., Any]:
    """The host callable that a script's call of `value` runs, or Python's `TypeError`."""
    if isinstance(value, type):
        constructor = _constructors.get(value)
        if constructor is None:
            if issubclass(value, BaseException):
                return value
            table_of(value)
            constructor = _constructors.get(value)
        if constructor is None:
            raise TypeError(f"cannot create {value.__name__!r} instances")
        return constructor
    kind = type(value)
    if kind in _callable_types:
        return value
    table_of(kind)
    if any(base in _callable_types for base in kind.__mro__):
        return value
    raise TypeError(f"{kind.__name__!r} object is not callable")


def is_callable(value: Any) -> bool:
    try:
        callable_of(value)
    except TypeError:
        return False
    return True

"""What can be reached from a program's variables: the tensors, arrays, containers, functions and graph nodes behind a name.

Nothing is evaluated and nothing is made on the way: slots are read as they are, never properties, so that looking at a tensor
cannot refresh its `grad_fn` or give it a storage. Depth is no matter, for nothing here recurses.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from tensorsh.runtime.autograd import Node
from tensorsh.runtime.tensor import Tensor

Path = str

# Types of ours that lead to the whole program or to code, and hold no value of their own.
_CLOSED = {"Namespace", "module", "Environment", "State", "Code", "builtin_function_or_method", "torch.dtype", "Generator"}
_CLOSED_MODULES = {"tensorsh.language.nodes", "tensorsh.errors"}


def slots_of(kind: type) -> tuple[str, ...]:
    """The names of all slots of a type, its bases' first.

    >>> "_array" in slots_of(Tensor)
    True
    """
    found = _SLOTS.get(kind)
    if found is None:
        names = [name for base in reversed(kind.__mro__) for name in _own_slots(base)]
        found = _SLOTS[kind] = tuple(name for name in names if name not in ("__weakref__", "__dict__"))
    return found


_SLOTS: dict[type, tuple[str, ...]] = {}


def _own_slots(base: type) -> tuple[str, ...]:
    own = base.__dict__.get("__slots__", ())
    return (own,) if isinstance(own, str) else tuple(own)


def root_of(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array that owns the memory which `array` looks at (or the first one over memory that no array owns).

    >>> a = np.arange(4)
    >>> root_of(a[1:].reshape(3, 1)) is a
    True
    """
    while True:
        base: Any = array.base
        # `as_strided` puts an object of its own between a window and what it looks at.
        if not isinstance(base, np.ndarray):
            base = getattr(base, "base", None)
        if not isinstance(base, np.ndarray):
            return array
        array = base


def memory_of(tensor: Tensor) -> np.ndarray[Any, Any]:
    """The array that owns the memory of a tensor."""
    return root_of(tensor._array if tensor._storage is None else tensor._storage.memory)


def memory_behind(value: Any) -> np.ndarray[Any, Any] | None:
    """The array that owns the memory of a tensor or an array; None for any other value."""
    if isinstance(value, Tensor):
        return memory_of(value)
    return root_of(value) if isinstance(value, np.ndarray) else None


def is_ours(value: Any) -> bool:
    """Whether `value` is of a type of tensorsh's that holds values (a graph node, a function, an optimiser)."""
    kind = type(value)
    module = kind.__module__.partition(".")[0]
    if kind.__name__ in _CLOSED or kind.__module__ in _CLOSED_MODULES:
        return False
    return isinstance(value, Node) or module == "tensorsh" or _marked(kind)


def _marked(kind: type) -> bool:
    # Types that print as Python's or PyTorch's own still say where they were made.
    return any(base.__module__ in ("torch", "builtins") and "__slots__" in base.__dict__ for base in kind.__mro__)


def parts(value: Any) -> Iterator[tuple[Path, Any]]:
    """What `value` holds, each part with the text that leads from it to the part (`".grad"`, `"[0]"`, `"['w']"`)."""
    if isinstance(value, Tensor):
        meta = value._meta
        if meta is not None and meta.grad is not None:
            yield ".grad", meta.grad
        if value._view is not None:
            yield "._base", value._view[0]
        if meta is not None:
            yield "'s hooks", meta
        if value._grad_fn is not None:
            yield "'s graph", value._grad_fn
    elif isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            yield from (("", item) for item in value.ravel().tolist())
    elif isinstance(value, dict):
        for key, item in list(value.items()):
            yield f"[{key!r}]" if isinstance(key, (str, int, float, bool)) else "[…]", item
            if not isinstance(key, (str, int, float, bool)):
                yield "'s keys", key
    elif isinstance(value, (list, tuple, deque)):
        for number, item in enumerate(list(value)):
            yield f"[{number}]", item
    elif isinstance(value, (set, frozenset)):
        for item in list(value):
            yield "'s elements", item
    elif is_ours(value):
        for name in slots_of(type(value)):
            # A slot may be empty.
            try:
                item = object.__getattribute__(value, name)
            except AttributeError:
                continue
            yield "" if name in ("edges", "tail", "function") else f".{name.lstrip('_')}", item
        for name, item in list(getattr(value, "__dict__", {}).items()):
            yield f".{name}", item


def is_leaf_value(value: Any) -> bool:
    """Whether `value` can hold nothing that a program could change."""
    return value is None or isinstance(value, (str, bytes, int, float, complex, type))


LONGEST_PATH = 1000  # a longer one is read by nobody, and lists may stand in lists a hundred thousand deep


def walk(roots: Iterable[tuple[Path, Any]], seen: set[int] | None = None, most: int = 1_000_000) -> Iterator[tuple[Path, Any]]:
    """Every object that can be reached from `roots`, once each, with a path that leads to it.

    Stops after `most` objects. `seen` holds the ids of objects to leave out and grows; objects must stay alive meanwhile.

    >>> [path for path, value in walk([("w", {"a": [1.0, (np.ones(2),)]})]) if isinstance(value, np.ndarray)]
    ["w['a'][1][0]"]
    """
    seen = set() if seen is None else seen
    todo = deque(roots)
    while todo and most:
        path, value = todo.popleft()
        if is_leaf_value(value) or id(value) in seen:
            continue
        seen.add(id(value))
        most -= 1
        yield path, value
        # Within a graph or a function's insides, the way there says nothing to a reader.
        inside = path.endswith("'s graph") or path.endswith("'s hooks")
        for step, part in parts(value):
            todo.append((path if inside or len(path) > LONGEST_PATH else path + step, part))

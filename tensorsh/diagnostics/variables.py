"""Facts about a program's variables: what each is, what it is a view of, with whom it shares memory. For `%who`.

Looking has no side effect: slots are read as they are (see `reach`), so neither a storage, a `grad_fn` nor a version changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorsh.diagnostics.reach import memory_behind
from tensorsh.runtime.tensor import Tensor


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable. `shape` and `dtype` are None for what is no tensor or array; `bytes` counts the elements themselves.

    `view_of`: the name of the tensor or array whose memory it is a window on, `""` if that has no name, None if it is no view.
    `shares_with`: other variables over the same memory. `grad`: `"none"` (is not recorded), `"leaf"` (records, no gradient
    yet), `"has grad"`, or the name of the `grad_fn`.
    """

    name: str
    kind: str
    shape: tuple[int, ...] | None
    dtype: str | None
    bytes: int | None
    view_of: str | None
    shares_with: tuple[str, ...]
    grad: str


def variables(names: Mapping[str, Any]) -> list[Variable]:
    """The facts of each variable, in the order in which they were made.

    >>> variables({"a": np.zeros((2, 3))})[0].shape
    (2, 3)
    """
    by_memory: dict[int, list[str]] = {}
    by_identity: dict[int, str] = {}
    for name, value in names.items():
        by_identity.setdefault(id(value), name)
        memory = memory_behind(value)
        if memory is not None:
            by_memory.setdefault(id(memory), []).append(name)
    found = []
    for name, value in names.items():
        memory = memory_behind(value)
        sharing = tuple(other for other in by_memory.get(id(memory), ()) if other != name) if memory is not None else ()
        array = value._array if isinstance(value, Tensor) else value if isinstance(value, np.ndarray) else None
        found.append(
            Variable(
                name,
                _kind(value),
                None if array is None else tuple(array.shape),
                None
                if array is None
                else value._dtype.name
                if isinstance(value, Tensor)
                else f"numpy.{array.dtype.name}",
                None if array is None else array.size * array.itemsize,
                _view_of(value, by_identity),
                sharing,
                _grad(value),
            )
        )
    return found


def _kind(value: Any) -> str:
    """The type's name, with how many a container holds."""
    name = type(value).__name__
    return f"{name} of {len(value)}" if isinstance(value, (list, tuple, dict, set, frozenset)) else name


def _view_of(value: Any, by_identity: Mapping[int, str]) -> str | None:
    if isinstance(value, Tensor) and value._view is not None:
        return by_identity.get(id(value._view[0]), "")
    if isinstance(value, np.ndarray) and isinstance(value.base, np.ndarray):
        array = value
        while isinstance(array.base, np.ndarray):
            array = array.base
            if id(array) in by_identity:
                return by_identity[id(array)]
        # `x.numpy()` looks at memory that tensors own; those are in `shares_with`.
        return ""
    return None


def _grad(value: Any) -> str:
    if not isinstance(value, Tensor) or not value._requires_grad:
        return "none"
    if value._meta is not None and value._meta.grad is not None:
        return "has grad"
    return "leaf" if value._grad_fn is None else value._grad_fn.title

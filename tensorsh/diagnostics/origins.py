"""How tensors and arrays came from those that a program can name: `x.t()[0]`, `x.detach()`, `from_numpy(a)`.

Views keep their steps; what is no view (`detach()`, `.data`, NumPy) is known by its window, which is the same as its source's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tensorsh.diagnostics.overlap import overlap
from tensorsh.diagnostics.reach import memory_behind
from tensorsh.diagnostics.regions import Array, array_of
from tensorsh.diagnostics.tensor_facts import named_values
from tensorsh.runtime.storage import address
from tensorsh.runtime.tensor import Tensor


class Origins:
    """The tensors and arrays that a program can name, each once, with all its names."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.values: dict[int, Any] = {}
        self.names: dict[int, list[str]] = {}
        for name, value in named_values(names):
            self.add(name, value)

    def add(self, name: str, value: Any) -> None:
        if array_of(value) is not None:
            self.values[id(value)] = value
            self.names.setdefault(id(value), []).append(name)

    def of(self, value: Any) -> str:
        """The first name of a value, or `""`."""
        return self.names.get(id(value), [""])[0]

    def describe(self, value: Any, otherwise: str) -> str:
        """A value's name, or how it came from a named one."""
        made = self.of(value) or self.made(value)
        return otherwise if not made or made.startswith("(") else made

    def made(self, value: Any) -> str:
        """How a value came from a named one: `x.t()[0]`, `x.detach()`, `x.numpy()`; `""` if that is not known."""
        if isinstance(value, Tensor) and value._view is not None:
            base, chain = value._view[0], value._view[3]
            steps: list[str] = []
            source = ""
            while chain is not None and not source:
                chain, name, arguments = chain
                steps.insert(0, step_text(name, arguments))
                source = self._with_history(base, chain, value)
            source = source or self.of(base) or self._from_array(base) or f"(unnamed {list(base._array.shape)})"
            return source + "".join(steps)
        return self._made_without_view(value)

    def _with_history(self, base: Tensor, chain: Any, value: Tensor) -> str:
        """The name of a view of `base` that was made by `chain` and that `value` can be a window on."""
        if chain is None:
            return ""
        for key, other in self.values.items():
            view = other._view if isinstance(other, Tensor) else None
            # The parts of a `split` have one history; they lie apart.
            if view is not None and view[3] is chain and view[0] is base and other is not value:
                if overlap(other._array, value._array):
                    return self.names[key][0]
        return ""

    def _made_without_view(self, value: Any) -> str:
        window = array_of(value)
        assert window is not None
        memory = memory_behind(value)
        for key, other in self.values.items():
            seen = array_of(other)
            if other is value or seen is None or memory_behind(other) is not memory or not _same_window(seen, window):
                continue
            name = self.names[key][0]
            if isinstance(other, Tensor):
                if isinstance(value, np.ndarray):
                    return "" if self._from(other, value) else f"{name}.numpy()"
                if self._came_first(value, other):
                    continue
                same = value._storage is not None and value._storage is other._storage
                return f"{name}.detach()" if same else f"{name}.data"
            if isinstance(value, Tensor) and self._from(value, other):
                return f"from_numpy({name})"
        return ""

    def _from_array(self, tensor: Tensor) -> str:
        """`from_numpy(a)` for a tensor that was made so, `""` for any other."""
        for key, other in self.values.items():
            if isinstance(other, np.ndarray) and _same_window(other, tensor._array) and self._from(tensor, other):
                return f"from_numpy({self.names[key][0]})"
        return ""

    def _from(self, tensor: Tensor, array: Array) -> bool:
        """Whether a tensor was made from an array and not the array from it: the array owns the memory, or was named first and the
        tensor has a Storage that begins with its own window."""
        if array is memory_behind(tensor):
            return True
        order = list(self.values)
        if tensor._storage is None or tensor._storage.memory is not tensor._array or tensor._array.base is None:
            return False
        return id(array) in order and (id(tensor) not in order or order.index(id(array)) < order.index(id(tensor)))

    def _came_first(self, one: Tensor, other: Tensor) -> bool:
        """Of a tensor and one that has the same window without being its view: what records, is a view, or was named first."""
        if one._requires_grad != other._requires_grad:
            return one._requires_grad
        if (one._view is None) != (other._view is None):
            return one._view is not None
        order = list(self.values)
        return id(other) not in self.values or (
            id(one) in self.values and order.index(id(one)) < order.index(id(other))
        )


def _same_window(one: Array, other: Array) -> bool:
    return address(one) == address(other) and one.shape == other.shape and one.strides == other.strides


def step_text(name: str, arguments: tuple[Any, ...]) -> str:
    """A view's step as it is written: `.t()`, `.view(2, 3)`, `[1]`, `[:, 0:2]`.

    >>> step_text("select", (0, 1)), step_text("slice", (1, 0, 2, 1)), step_text("expand", ((2, 3), False))
    ('[1]', '[:, 0:2]', '.expand(2, 3)')
    """
    if name == "[]":
        return f"[{index_text(arguments[0])}]"
    if name == "select" and arguments[0] >= 0:
        return f"[{', '.join([*[':'] * arguments[0], str(arguments[1])])}]"
    if name == "slice":
        dim, start, stop, step = arguments
        return f"[{', '.join([*[':'] * dim, index_text(slice(start, stop, None if step == 1 else step))])}]"
    if name == "alias":
        return "[...]"
    if name.strip("_") in _SEVERAL:
        return f".{name.strip('_')}({', '.join(map(_argument, arguments))})[…]"
    given = list(arguments)
    while given and (given[-1] is False or given[-1] is None):
        given.pop()
    if name == "diagonal" and given == [0, 0, 1]:
        given = []
    if name == "_reshape_alias":
        name = "reshape"
    if name in ("view", "reshape", "expand", "permute") and len(given) == 1 and isinstance(given[0], tuple):
        given = list(given[0])
    return f".{name.strip('_')}({', '.join(map(_argument, given))})"


_SEVERAL = frozenset(
    {"split", "split_with_sizes", "unbind", "unsafe_split"}
)  # operators that give several views at once


def _argument(value: Any) -> str:
    return str(list(value)) if isinstance(value, tuple) else str(value)


def index_text(index: Any) -> str:
    """An index as it is written between the brackets."""
    if isinstance(index, tuple):
        return ", ".join(map(index_text, index))
    if index is Ellipsis:
        return "..."
    if isinstance(index, slice):
        start, stop = ("" if end is None else str(end) for end in (index.start, index.stop))
        return f"{start}:{stop}" + ("" if index.step is None else f":{index.step}")
    return str(index)

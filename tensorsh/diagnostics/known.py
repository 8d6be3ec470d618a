"""What a program calls its tensors and graph nodes: a node has the name of the tensor that it made.

Slots are read, never properties, so that a view whose base was written to keeps the `grad_fn` that it had.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tensorsh.diagnostics.origins import step_text
from tensorsh.diagnostics.reach import memory_of
from tensorsh.diagnostics.tensor_facts import named_values
from tensorsh.ops.results import NamedResult
from tensorsh.runtime.autograd import Node
from tensorsh.runtime.storage import address
from tensorsh.runtime.tensor import Tensor


class Known:
    """The names of a program, looked up by what they stand for.

    >>> from tensorsh import torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> y = x * 2
    >>> known = Known({"x": x, "y": y})
    >>> known.node(y.grad_fn), known.node(y.grad_fn.next_functions[0][0]), known.tensor(x[:1])
    ('y', 'x', 'x[:1]')
    >>> m = y.max(dim=0)
    >>> Known({"m": m}).tensor(m.indices)
    'm.indices'
    """

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.tensors: list[tuple[str, Tensor]] = []
        self._by_tensor: dict[int, str] = {}
        self._by_output: dict[tuple[int, int], str] = {}
        self._over_memory: dict[int, list[tuple[str, Tensor]]] = {}
        fields = _fields(names)
        for name, value in named_values(names):
            if isinstance(value, Tensor):
                self.tensors.append((fields.get(name, name), value))
        grads = [(f"{name}.grad", one._meta.grad) for name, one in self.tensors if one._meta is not None and one._meta.grad is not None]
        for name, value in (*self.tensors, *grads):
            self._by_tensor.setdefault(id(value), name)
            self._over_memory.setdefault(id(memory_of(value)), []).append((name, value))
            if value._grad_fn is not None:
                self._by_output.setdefault((id(value._grad_fn), value._output_nr), name)

    def name(self, tensor: Tensor) -> str:
        """The name of this very tensor, or nothing."""
        return self._by_tensor.get(id(tensor), "")

    def node(self, node: Node, output: int | None = None) -> str:
        """The name of what a node made (of the given output, or of all that have names), a leaf's for its `AccumulateGrad`."""
        variable = getattr(node, "variable", None)
        if variable is not None:
            return self.name(variable)
        if output is not None:
            return self._by_output.get((id(node), output), "")
        count = len(node.shape) if node.many else 1
        return ", ".join(filter(None, (self._by_output.get((id(node), number), "") for number in range(count))))

    def tensor(self, tensor: Tensor) -> str:
        """A tensor by its name, else by how it came from one that has a name, or by that of the same window on the same memory (a node keeps its
        result detached), else nothing.
        """
        own = self.name(tensor)
        if own:
            return own
        node = tensor._grad_fn
        if node is not None and (id(node), tensor._output_nr) in self._by_output:
            return self._by_output[id(node), tensor._output_nr]
        view = tensor._view
        if view is not None and self.name(view[0]):
            return self.name(view[0]) + "".join(_steps(view[3]))
        return next((name for name, other in self.aliases(tensor) if _same_window(other, tensor)), "")

    def on_memory_of(self, tensor: Tensor) -> str:
        """The first name of a tensor over the same memory, or nothing."""
        return next((name for name, _ in self.aliases(tensor)), "")

    def aliases(self, tensor: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Every named tensor over the same memory, with its name."""
        yield from self._over_memory.get(id(memory_of(tensor)), ())


def _same_window(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors over one memory count its writes alike and look at the same elements of it."""
    a, b = one._array, other._array
    return one._storage is other._storage is not None and a.shape == b.shape and a.strides == b.strides and address(a) == address(b)


def _fields(names: Mapping[str, Any]) -> dict[str, str]:
    """The parts of named results as they are written: `m.values` for `m[0]`."""
    named = ((name, value._fields) for name, value in names.items() if isinstance(value, NamedResult))
    return {f"{name}[{at}]": f"{name}.{field}" for name, fields in named for at, field in enumerate(fields)}


def _steps(made: Any) -> list[str]:
    """How a view came from its base, as it is written: `.t()`, `[0]`."""
    steps = []
    while made is not None:
        made, name, arguments = made
        steps.append(step_text(name, arguments))
    return steps[::-1]

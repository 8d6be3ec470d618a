"""A Python function on every element of a tensor: `apply_`, `map_`, `map2_`. Slow, and outside the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorsh.ops.registry import composite
from tensorsh.runtime.tensor import Tensor


def _write_each(self: Tensor, operands: tuple[Tensor, ...], callable: Any, name: str) -> Tensor:
    for tensor in (self, *operands):
        if tensor.requires_grad:
            verb = "apply_() on Variable" if name == "apply_" else f"{name}() on Variable"
            raise RuntimeError(f"Can't call {verb} that requires grad. Use var.detach().{name}() instead.")
        if tensor._dtype is not self._dtype:
            raise TypeError(f"{name}: expected {self.type()} for 'other' (got {tensor.type()})")
    stretched = [x if x.shape == self.shape else x.expand(self.shape) for x in operands]
    rows = zip(*[x._array.ravel().tolist() for x in (self, *stretched)], strict=True)
    values = [callable(*row) for row in rows]
    for value in values:
        if not isinstance(value, (bool, int, float, complex)):
            raise TypeError(f"must be real number, not {type(value).__name__}")
    self._array[...] = np.array(values).reshape(self._array.shape)  # PyTorch counts no version here
    return self


@composite("apply_(Tensor(a!) self, any callable) -> Tensor(a!)", variants="method")
def apply_(self: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replaces each element by what the function gives for it.

    >>> torch.tensor([1., 4.]).apply_(lambda v: v ** 0.5)
    tensor([1., 2.])
    """
    return _write_each(self, (), callable, "apply_")


@composite("map_(Tensor(a!) self, Tensor other, any callable) -> Tensor(a!)", variants="method")
def map_(self: Tensor, other: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """Replaces each element by what the function gives for it and its partner in `other`.

    >>> torch.tensor([1., 4.]).map_(torch.tensor([2., 3.]), max)
    tensor([2., 4.])
    """
    return _write_each(self, (other,), callable, "map_")


@composite("map2_(Tensor(a!) self, Tensor x, Tensor y, any callable) -> Tensor(a!)", variants="method")
def map2_(self: Tensor, x: Tensor, y: Tensor, callable: Callable[[Any, Any, Any], Any]) -> Tensor:
    """Replaces each element by what the function gives for it and its partners in two tensors.

    >>> torch.zeros(2).map2_(torch.tensor([1., 2.]), torch.tensor([3., 4.]), lambda own, a, b: a * b)
    tensor([3., 8.])
    """
    return _write_each(self, (x, y), callable, "map2_")

"""What a tensor is, asked by operators: the same size as another, the order of its dimensions in memory, one true element …"""

from __future__ import annotations

from typing import Any

from tensorsh.ops.registry import composite
from tensorsh.runtime.dtype import COMPLEX, FLOAT
from tensorsh.runtime.tensor import Tensor


@composite("is_nonzero(Tensor self) -> bool", wrap_dims=None)
def is_nonzero(self: Tensor) -> bool:
    """Whether the one element is not zero; RuntimeError for any other number of elements.

    >>> torch.is_nonzero(torch.tensor([2.]))
    True
    """
    return bool(self)


@composite("is_same_size(Tensor self, Tensor other) -> bool")
def is_same_size(self: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape.

    >>> torch.is_same_size(torch.ones(2, 1), torch.ones(1, 2))
    False
    """
    return self._array.shape == other._array.shape


@composite("is_floating_point(Tensor self) -> bool", variants="function")
def is_floating_point(self: Tensor) -> bool:
    """Whether the dtype is one of floating-point numbers.

    >>> torch.is_floating_point(torch.ones(1)), torch.is_floating_point(torch.tensor([1j]))
    (True, False)
    """
    return self._dtype.kind == FLOAT


@composite("is_complex(Tensor self) -> bool", variants="function")
def is_complex(self: Tensor) -> bool:
    """Whether the dtype is one of complex numbers.

    >>> torch.is_complex(torch.tensor([1j]))
    True
    """
    return self._dtype.kind == COMPLEX


@composite("is_signed(Tensor self) -> bool", variants="function")
def is_signed(self: Tensor) -> bool:
    """Whether the dtype has negative numbers.

    >>> torch.is_signed(torch.tensor([1], dtype=torch.uint8))
    False
    """
    return self._dtype.is_signed


@composite("dim_order(Tensor self, *, any ambiguity_check=False) -> any", variants="method")
def dim_order(self: Tensor, ambiguity_check: Any) -> tuple[int, ...]:
    """The dimensions in the order in which memory runs through them, the slowest first.

    >>> torch.ones(2, 3).T.dim_order()
    (1, 0)
    """
    strides = self.stride()
    if ambiguity_check and len(set(strides)) < len(strides):
        raise RuntimeError("The tensor does not have unique dim order, or cannot map to exact one of the given memory formats.")
    return tuple(sorted(range(len(strides)), key=lambda dim: -strides[dim]))


@composite("sum_to_size(Tensor self, int[] size) -> Tensor", variants="method", varargs=True)
def sum_to_size(self: Tensor, size: tuple[int, ...]) -> Tensor:
    """The sums over dimensions that broadcasting from `size` would have stretched; RuntimeError where it does not broadcast.

    >>> torch.ones(2, 3).sum_to_size(1, 3)
    tensor([[2., 2., 2.]])
    """
    shape = self._array.shape
    if not size:
        return self.sum()
    extra = len(shape) - len(size)
    if extra < 0 or any(want not in (1, have) for want, have in zip(size, shape[extra:], strict=True)):
        raise RuntimeError(f"size {{{list(size)}}} is not expandable to size {{{list(shape)}}}.")
    over = [dim for dim, have in enumerate(shape) if dim < extra or (size[dim - extra] == 1 and have != 1)]
    summed = self.sum(over, True) if over else self
    return summed.view(size) if extra else summed

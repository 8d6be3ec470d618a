"""Views with dimensions of size one added, taken away or stretched: `expand`, `unsqueeze`, `squeeze`, `atleast_1d` …"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tensorsh.ops.registry import composite, view
from tensorsh.ops.views import window
from tensorsh.runtime.dtype import of_array
from tensorsh.runtime.tensor import Tensor, strides_of

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


@view("expand(Tensor(a) self, int[] size, *, bool implicit=False) -> Tensor(a)", variants="method", varargs=True)
def expand(self: Array, size: Shape, implicit: bool) -> Array:
    """Dimensions of size one stretched, with stride zero and no new memory; -1 leaves a size as it is.

    >>> torch.tensor([[1], [2]]).expand(2, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    own = self.shape
    if size == own:
        return self[...]
    if not own and min(size, default=0) >= 0:
        return np.ndarray(size, self.dtype, self, 0, (0,) * len(size))  # one element everywhere, as in many derivatives
    extra = len(size) - len(own)
    if extra < 0:
        raise RuntimeError(
            f"expand({_legacy_type(self)}{{{list(own)}}}, size={list(size)}): the number of sizes provided ({len(size)}) must be "
            f"greater or equal to the number of dimensions in the tensor ({len(own)})"
        )
    steps = strides_of(self)
    shape, strides = list(size), [0] * len(size)
    for dim in range(len(size) - 1, -1, -1):  # of several mismatches PyTorch names the last
        extent = size[dim]
        if dim < extra:
            if extent < 0:
                raise RuntimeError(
                    f"The expanded size of the tensor ({extent}) isn't allowed in a leading, non-existing dimension {dim}"
                )
            if extent == 1 and own:  # only a dimension that is stretched has stride zero
                strides[dim] = shape[dim + 1] * strides[dim + 1]
            continue
        have = own[dim - extra]
        if extent == have or extent == -1:
            shape[dim], strides[dim] = have, steps[dim - extra]
        elif have != 1:
            raise RuntimeError(
                f"The expanded size of the tensor ({extent}) must match the existing size ({have}) at non-singleton dimension "
                f"{dim}.  Target sizes: {list(size)}.  Tensor sizes: {list(own)}"
            )
    return window(self, tuple(shape), tuple(strides))


def _legacy_type(array: Array) -> str:
    return f"torch.{of_array(array).title}Tensor"


@expand.vjp("self")
def _(grad):
    return grad  # the engine sums it down to the shape that was stretched


@composite("expand_as(Tensor(a) self, Tensor other) -> Tensor(a)", variants="method")
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """`self.expand(other.size())`.

    >>> torch.tensor([[1], [2]]).expand_as(torch.zeros(2, 3))
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    return self.expand(other._array.shape)


@composite("broadcast_to(Tensor(a) self, int[] size) -> Tensor(a)", varargs=True)
def broadcast_to(self: Tensor, size: Shape) -> Tensor:
    """`self.expand(size)`.

    >>> torch.tensor([1, 2]).broadcast_to(2, 2)
    tensor([[1, 2],
            [1, 2]])
    """
    return self.expand(size)


@view("squeeze(Tensor(a) self) -> Tensor(a)")
def squeeze(self: Array) -> Array:
    """Without its dimensions of size one (all of them, or those given).

    >>> torch.zeros(2, 1, 3, 1).squeeze().shape
    torch.Size([2, 3])
    """
    return self.squeeze()


def _unsqueezed(grad: Any, shape: Shape, dims: Iterable[int]) -> Any:
    """`grad` with the dimensions of size one that `shape` has among `dims`."""
    for dim in dims:
        if dim < len(shape) and shape[dim] == 1:
            grad = grad.unsqueeze(dim)
    return grad


@squeeze.vjp("self")
def _(grad, self_shape):
    return _unsqueezed(grad, self_shape, range(len(self_shape)))


@view("squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)", node="SqueezeBackward1")
def squeeze_dim(self: Array, dim: int) -> Array:
    return self.squeeze(dim) if self.ndim and self.shape[dim] == 1 else self[...]


@squeeze_dim.vjp("self")
def _(grad, self_shape, dim):
    return _unsqueezed(grad, self_shape, (dim,))


@view("squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)", node="SqueezeBackward2", varargs=False)
def squeeze_dims(self: Array, dim: Shape) -> Array:
    return self.squeeze(tuple(d for d in dim if self.shape[d] == 1)) if self.ndim else self[...]


@squeeze_dims.vjp("self")
def _(grad, self_shape, dim):
    return _unsqueezed(grad, self_shape, sorted(dim))


@view("unsqueeze(Tensor(a) self, int dim) -> Tensor(a)", wrap_dims=1)
def unsqueeze(self: Array, dim: int) -> Array:
    """With a new dimension of size one at `dim`.

    >>> torch.tensor([1, 2]).unsqueeze(1).shape
    torch.Size([2, 1])
    """
    shape = (*self.shape[:dim], 1, *self.shape[dim:])
    if self.size and self.flags.c_contiguous and 1 not in self.shape:  # such a dimension may have any stride, which stays
        return self.reshape(shape)
    strides = strides_of(self)
    step = self.shape[dim] * strides[dim] if dim < self.ndim else 1
    return window(self, shape, (*strides[:dim], step, *strides[dim:]))


@unsqueeze.vjp("self")
def _(grad, dim):
    return grad.squeeze(dim)


def _atleast(dims: int, form: Any) -> Any:
    """The two overloads of `atleast_1d` and its kin: one tensor, or several."""
    name = f"atleast_{dims}d"
    one = composite(f"{name}(Tensor self) -> Tensor", variants="function")(form)
    many = composite(f"{name}.Sequence(Tensor[] tensors) -> Tensor[]", variants="function", varargs=True)(
        lambda tensors: tuple(form(x) for x in tensors)
    )
    many.doc = one.doc
    return one


def _atleast_1d(self: Tensor) -> Tensor:
    """A view with at least one dimension; of several tensors, a tuple of views.

    >>> torch.atleast_1d(torch.tensor(1.))
    tensor([1.])
    """
    return self if self.dim() else self.reshape(1)


def _atleast_2d(self: Tensor) -> Tensor:
    """A view with at least two dimensions; a vector is a row.

    >>> torch.atleast_2d(torch.ones(2))
    tensor([[1., 1.]])
    """
    return self.reshape(1, 1) if self.dim() == 0 else self.unsqueeze(0) if self.dim() == 1 else self


def _atleast_3d(self: Tensor) -> Tensor:
    """A view with at least three dimensions; what is missing comes behind, and for a vector in front as well.

    >>> torch.atleast_3d(torch.ones(2)).shape
    torch.Size([1, 2, 1])
    """
    if self.dim() == 0:
        return self.reshape(1, 1, 1)
    if self.dim() == 1:
        return self.unsqueeze(0).unsqueeze(-1)
    return self.unsqueeze(-1) if self.dim() == 2 else self


atleast_1d, atleast_2d, atleast_3d = _atleast(1, _atleast_1d), _atleast(2, _atleast_2d), _atleast(3, _atleast_3d)

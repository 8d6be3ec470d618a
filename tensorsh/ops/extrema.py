"""Reductions that choose: `max`, `min`, `amax`, `aminmax`, `argmax` … Medians and the like are in `order.py`.

NaN is larger and smaller than everything: it wins in `max` and in `min`. Where values tie, the first index is returned. The
gradient of `max(dim)` goes to the index that was chosen; that of `max()` and `amax` is divided evenly among the winners.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.reduction import axes_of
from tensorsh.ops.refusals import check_extent, unsupported
from tensorsh.ops.registry import backward, composite, op
from tensorsh.ops.summing import Dims, c_contiguous
from tensorsh.ops.ties import element, picked, put
from tensorsh.runtime.state import current
from tensorsh.runtime.tensor import Tensor


def _check_not_empty(name: str, self: Any) -> None:
    if self.size == 0:
        raise RuntimeError(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' "
            "argument."
        )


def _refuse_complex(kernel: str, self: Any) -> None:
    if self.dtype.kind == "c":
        raise unsupported(kernel, self)


# --- in derivatives -----------------------------------------------------------------------------------------------------


# One pass where nothing is recorded, tensor code where something is.


@backward(
    "value_selecting_reduction_backward(Tensor grad, Tensor indices, int[] sizes, int dim, bool keepdim) -> Tensor",
    differentiable=False, wrap_dims=None,
)  # fmt: skip
def _selecting_backward(grad, indices, sizes, dim, keepdim):
    found = np.zeros(sizes, grad.dtype)
    if not sizes:
        return grad.copy()
    if not keepdim:
        kept = (*grad.shape[:dim], 1, *grad.shape[dim:])
        grad, indices = grad.reshape(kept), indices.reshape(kept)
    put(found, indices, dim, grad)
    return found


def scattered(grad: Tensor, indices: Tensor, shape: tuple[int, ...], dim: int, keepdim: bool) -> Tensor:
    """The gradient of what chose elements along `dim`: put where they came from, zero elsewhere."""
    if not current().grad_enabled:
        return _selecting_backward(grad, indices, shape, dim, keepdim)
    if not keepdim and shape:
        grad, indices = grad.unsqueeze(dim), indices.unsqueeze(dim)
    return grad.new_zeros(shape).scatter(dim, indices, grad)


@backward("evenly_distribute_backward(Tensor grad, Tensor input, Tensor value) -> Tensor", differentiable=False)
def _evenly_backward(grad, input, value):
    winners = np.isnan(input) if np.isnan(value) else input == value
    return np.where(winners, grad / np.array(np.count_nonzero(winners), grad.dtype), np.array(0, grad.dtype))


def evenly(grad: Tensor, self: Tensor, result: Tensor) -> Tensor:
    """The gradient of a chosen value of all elements, divided among those that are equal to it."""
    if not current().grad_enabled:
        return _evenly_backward(grad, self, result)
    winners = self.isnan() if bool(result.isnan()) else self == result
    return grad.new_zeros(self.shape).masked_fill(winners, grad / winners.sum())


def _evenly_along(grad: Tensor, self: Tensor, result: Tensor, dim: Dims, keepdim: bool) -> Tensor:
    if not keepdim:
        kept = tuple(1 if not dim or i in dim else n for i, n in enumerate(self.shape))
        grad, result = grad.reshape(kept), result.reshape(kept)
    winners = result == self
    return (grad / winners.sum(dim or None, True)) * winners


# --- max and min --------------------------------------------------------------------------------------------------------


def _extremum(name: str, kernel: Any, argument: str) -> None:
    """Declare `max` or `min`: of all elements, along a dimension, and of two tensors."""
    other = "maximum" if name == "max" else "minimum"
    title = name.capitalize()

    @op(f"{name}(Tensor self) -> Tensor", variants="function method out", node=f"{title}Backward1")
    def whole(self: Any) -> Any:
        _check_not_empty(name, self)
        _refuse_complex(f"{name}_all", self)
        return kernel(self, None)

    whole.doc = f"""The {other} of all elements; with `dim`, the {other} along it and its index; with another tensor, `{other}`.

    >>> x = torch.tensor([[1., 5., 3.], [4., 2., 4.]])
    >>> torch.{name}(x)
    tensor({"5" if name == "max" else "1"}.)
    >>> torch.{name}(x, 1)
    torch.return_types.{name}(
    values=tensor([{"5., 4." if name == "max" else "1., 2."}]),
    indices=tensor([{"1, 0" if name == "max" else "0, 1"}]))
    """
    whole.vjp("self")(lambda grad, self, result: evenly(grad, self, result))

    @composite(f"{name}.other(Tensor self, Tensor other) -> Tensor", variants="function method out")
    def of_two(self: Any, other: Any) -> Any:
        return getattr(self, "maximum" if name == "max" else "minimum")(other)

    @op(
        f"{name}.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
        variants="function method out", node=f"{title}Backward0",
    )  # fmt: skip
    def along(self: Any, dim: int, keepdim: bool) -> Any:
        check_extent(f"{name}()", self.shape, dim)
        if self.dtype.kind == "c":
            raise RuntimeError(f"{name}(): does not support complex input")
        if not self.ndim or keepdim:
            return chosen(self, getattr(self, argument)(dim, keepdims=True) if self.ndim else None, dim, keepdim)
        indices = getattr(self, argument)(dim)
        return element(self, indices, dim), indices

    along.vjp("self")(lambda grad, indices, self_shape, dim, keepdim: scattered(grad, indices, self_shape, dim, keepdim))


def chosen(self: Any, indices: Any, dim: int, keepdim: bool) -> tuple[Any, Any]:
    """The values at `indices`, which have extent 1 (or k) along `dim`, and the indices."""
    if self.ndim == 0:
        return self.copy(), np.zeros((), np.int64)
    values = picked(self, indices, dim)
    if not keepdim:
        values, indices = values.squeeze(dim), indices.squeeze(dim)
    return c_contiguous(values), c_contiguous(indices)


_extremum("max", np.maximum.reduce, "argmax")
_extremum("min", np.minimum.reduce, "argmin")


def _amax(name: str, kernel: Any) -> None:
    @op(f"{name}(Tensor self, int[1]? dim=[], bool keepdim=False) -> Tensor", variants="function method out", half=True)
    def declared(self: Any, dim: Dims, keepdim: bool) -> Any:
        if not dim:
            _check_not_empty(name, self)
        for d in dim or ():
            check_extent(f"{name}()", self.shape, d)
        _refuse_complex("max_values_cpu" if name == "amax" else "min_values_cpu", self)
        return c_contiguous(kernel(self, axes_of(dim, self.ndim), None, None, keepdim))

    which = "maximum" if name == "amax" else "minimum"
    declared.doc = f"""The {which} over the dimensions `dim` (all if none is given), without indices.

    >>> torch.{name}(torch.tensor([[1., 5.], [4., 2.]]), 0)
    tensor([{"4., 5." if name == "amax" else "1., 2."}])
    """
    declared.vjp("self")(lambda grad, self, result, dim, keepdim: _evenly_along(grad, self, result, dim, keepdim))


_amax("amax", np.maximum.reduce)
_amax("amin", np.minimum.reduce)


@op(
    "aminmax(Tensor self, *, int? dim=None, bool keepdim=False) -> (Tensor min, Tensor max)",
    variants="function method out", half=True,
)  # fmt: skip
def aminmax(self: Any, dim: int | None, keepdim: bool) -> Any:
    """The minimum and the maximum, of all elements or along `dim`.

    >>> torch.aminmax(torch.tensor([1., 3., 2.]))
    torch.return_types.aminmax(
    min=tensor(1.),
    max=tensor(3.))
    """
    if dim is None and self.size == 0:
        raise RuntimeError("aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.")
    if dim is not None:
        check_extent("aminmax", self.shape, dim)
    _refuse_complex("aminmax_cpu", self)
    axes = axes_of(None if dim is None else (dim,), self.ndim)
    return tuple([c_contiguous(kernel(self, axes, None, None, keepdim)) for kernel in (np.minimum.reduce, np.maximum.reduce)])


@aminmax.vjp("self")
def _(arrived, self, min, max, dim, keepdim):
    along = None if dim is None else (dim,)
    found = [
        _evenly_along(grad, self, result, along, keepdim) for grad, result in zip(arrived, (min, max), strict=True) if grad is not None
    ]
    return sum(found[1:], found[0])


def _arg(name: str) -> None:
    @op(
        f"{name}(Tensor self, int? dim=None, bool keepdim=False) -> Tensor",
        variants="function method out", differentiable=False,
    )  # fmt: skip
    def declared(self: Any, dim: int | None, keepdim: bool) -> Any:
        if self.dtype.kind in "bc":
            raise RuntimeError(f"{name}(): does not support {'bool' if self.dtype.kind == 'b' else 'complex'} input")
        if dim is None and self.size == 0:
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
        if dim is not None:
            check_extent(f"{name}()", self.shape, dim)
        if self.ndim == 0:
            return np.zeros((), np.int64)
        return getattr(self, name)(dim, keepdims=keepdim)

    which = "largest" if name == "argmax" else "smallest"
    declared.doc = f"""The index of the {which} element (in the flattened tensor, or along `dim`); of the first, where several tie.

    >>> torch.{name}(torch.tensor([[1., 5.], [4., 2.]]), 1)
    tensor([{"1, 0" if name == "argmax" else "0, 1"}])
    """


_arg("argmax")
_arg("argmin")

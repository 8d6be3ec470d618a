"""`softmax`, `log_softmax` and `softmin`, in `torch`, `torch.special` and `torch.nn.functional`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tensorsh.ops import elementary
from tensorsh.ops.activation import F
from tensorsh.ops.cascade import MANY
from tensorsh.ops.reduction import half_float
from tensorsh.ops.refusals import unsupported
from tensorsh.ops.registry import Call, backward, composite, op
from tensorsh.runtime.creation import convert

_REGISTER = 64  # bytes
_FEW_ROWS = 16  # of more than so many, `argmax` finds the largest elements in a fraction of the time that `maximum.reduce` takes


def _exponential(self: Any, dim: int, dtype: Any, logarithm: bool) -> Any:
    if dtype is not None:
        self = convert(self, dtype, copy=False)
    if self.dtype.kind in "biuc":
        name = "log_softmax" if logarithm else "softmax"
        last = "_lastdim" if dim == max(self.ndim - 1, 0) else ""
        raise unsupported(f"{name}{last}_kernel_impl", self)
    if not self.size:
        return self.copy()
    if half_float(self):
        return _exponential(self.astype(np.float32), dim, None, logarithm).astype(self.dtype)
    if not self.ndim:
        return _exponential(self.reshape(1), 0, None, logarithm).reshape(())
    apart = np.asarray(self - _largest(self, dim), order="C")
    powers = elementary.exp(apart)
    total = _sums(powers, dim)
    if logarithm:
        return np.subtract(apart, elementary.log(total), apart)
    # PyTorch has two loops, of which the one along rows divides once for each.
    if dim == self.ndim - 1:
        return np.multiply(powers, np.reciprocal(total), powers)
    return np.divide(powers, total, powers)


def _sums(array: Any, dim: int) -> Any:
    """Sums along a dimension, kept. Those along the last one are PyTorch's to the last digit: a vector register of 64 bytes adds lane
    by lane, and its lanes are added half by half."""
    if not array.ndim:
        return array
    extent, lanes = array.shape[-1], _REGISTER // array.itemsize
    if extent < 8 or dim < array.ndim - 1 or not 0 < array.size < MANY:
        return np.add.reduce(array, dim, None, None, True)  # fewer than 8 one after the other
    if extent < lanes:
        return np.add.accumulate(array, -1)[..., -1:]
    end = extent // lanes * lanes
    found = np.add.reduce(array[..., :end].reshape(*array.shape[:-1], -1, lanes), -2)
    if end < extent:
        found[..., : extent - end] += array[..., end:]
    while lanes > 1:
        lanes //= 2
        found = found[..., :lanes] + found[..., lanes:]
    return found


def _largest(self: Any, dim: int) -> Any:
    """The largest element along `dim`, kept with extent 1."""
    if dim == self.ndim - 1 and dim and self.size > _FEW_ROWS * self.shape[dim] and self.flags.c_contiguous:
        rows = self.reshape(-1, self.shape[dim])
        return rows[np.arange(len(rows)), rows.argmax(1)].reshape(*self.shape[:dim], 1)
    return np.maximum.reduce(self, dim, None, None, True)


@op("softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor", variants="function method out")
def softmax(self: Any, dim: int, dtype: Any) -> Any:
    """Exponentials along `dim`, divided by their sum.

    >>> torch.softmax(torch.tensor([1., 1.]), 0)
    tensor([0.5000, 0.5000])
    """
    return _exponential(self, dim, dtype, False)


@backward("_softmax_backward_data(Tensor grad_output, Tensor output, int dim) -> Tensor")
def softmax_backward(grad_output, output, dim):
    return (grad_output - _sums(grad_output * output, dim)) * output


@softmax_backward.vjp("output")
def _(grad, grad_output, output, dim):
    own = grad_output * grad - (output * grad_output).sum(dim, True) * grad
    return own - grad_output * (output * grad).sum(dim, True)


softmax.vjp("self")(Call(softmax_backward, "grad result dim"))


@op("log_softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor", variants="function method out")
def log_softmax(self: Any, dim: int, dtype: Any) -> Any:
    """The logarithm of `softmax`, without overflow.

    >>> torch.log_softmax(torch.tensor([1., 1.]), 0)
    tensor([-0.6931, -0.6931])
    """
    return _exponential(self, dim, dtype, True)


@backward("_log_softmax_backward_data(Tensor grad_output, Tensor output, int dim) -> Tensor")
def log_softmax_backward(grad_output, output, dim):
    return elementary.fused(-elementary.exp(output), _sums(grad_output, dim), grad_output)


@log_softmax_backward.vjp("grad_output")
def _(grad, output, dim):
    return grad - (grad * output.exp()).sum(dim, True)


@log_softmax_backward.vjp("output")
def _(grad, grad_output, output, dim):
    return -grad_output.sum(dim, True) * output.exp() * grad


log_softmax.vjp("self")(Call(log_softmax_backward, "grad result dim"))


def _softmax_dim(name: str, dim: int | None, ndim: int) -> int:
    if dim is None:
        warnings.warn(
            f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
            UserWarning,
            stacklevel=5,
        )
        return 0 if ndim in (0, 1, 3) else 1
    return dim


_SOFTMAX_TAIL = "(Tensor input, int? dim=None, int _stacklevel=3, ScalarType? dtype=None) -> Tensor"


@composite(f"softmax{_SOFTMAX_TAIL}", namespace=F, variants="function")
def softmax_function(input, dim, _stacklevel, dtype):
    """Exponentials along `dim`, divided by their sum.

    >>> torch.nn.functional.softmax(torch.tensor([1., 1.]), dim=0)
    tensor([0.5000, 0.5000])
    """
    return softmax(input, _softmax_dim("softmax", dim, input.ndim), dtype)


@composite(f"log_softmax{_SOFTMAX_TAIL}", namespace=F, variants="function")
def log_softmax_function(input, dim, _stacklevel, dtype):
    """The logarithm of `softmax`, without overflow.

    >>> torch.nn.functional.log_softmax(torch.tensor([1., 1.]), dim=0)
    tensor([-0.6931, -0.6931])
    """
    return log_softmax(input, _softmax_dim("log_softmax", dim, input.ndim), dtype)


@composite(f"softmin{_SOFTMAX_TAIL}", namespace=F, variants="function")
def softmin(input, dim, _stacklevel, dtype):
    """`softmax` of `-x`.

    >>> torch.nn.functional.softmin(torch.tensor([1., 1.]), dim=0)
    tensor([0.5000, 0.5000])
    """
    return softmax(-input, _softmax_dim("softmin", dim, input.ndim), dtype)


for _name, _core, _shown in (
    ("softmax", softmax, "tensor([0.5000, 0.5000])"),
    ("log_softmax", log_softmax, "tensor([-0.6931, -0.6931])"),
):
    composite(f"{_name}(Tensor input, int dim, *, ScalarType? dtype=None) -> Tensor", namespace="special", variants="function")(
        lambda input, dim, dtype, core=_core: core(input, dim, dtype)
    ).doc = f"""Another name of `torch.{_name}`.

    >>> torch.special.{_name}(torch.tensor([0., 0.]), 0)
    {_shown}
    """

"""`softmax`, `log_softmax` and `softmin`, in `torch`, `torch.special` and `torch.nn.functional`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tensorsh.ops.activation import F
from tensorsh.ops.reduction import half_float
from tensorsh.ops.refusals import unsupported
from tensorsh.ops.registry import composite, op
from tensorsh.runtime.creation import convert


def _exponential(self: Any, dim: int, dtype: Any, logarithm: bool) -> Any:
    if dtype is not None:
        self = convert(self, dtype, copy=False)
    if self.dtype.kind in "biuc":
        name = "log_softmax" if logarithm else "softmax"
        last = "_lastdim" if dim == max(self.ndim - 1, 0) else ""
        raise unsupported(f"{name}{last}_kernel_impl", self)
    if not self.size:
        return self.copy()
    wide = self.astype(np.float32) if half_float(self) else self
    if not wide.ndim:
        wide = wide.reshape(1)
    apart = wide - np.maximum.reduce(wide, dim, keepdims=True)
    powers = np.exp(apart)
    total = np.add.reduce(powers, dim, keepdims=True)
    found = apart - np.log(total) if logarithm else np.divide(powers, total, powers)
    return found.reshape(self.shape).astype(self.dtype, order="C", copy=False)


@op("softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor", variants="function method out")
def softmax(self: Any, dim: int, dtype: Any) -> Any:
    """Exponentials along `dim`, divided by their sum.

    >>> torch.softmax(torch.tensor([1., 1.]), 0)
    tensor([0.5000, 0.5000])
    """
    return _exponential(self, dim, dtype, False)


@softmax.vjp("self")
def _(grad, result, dim):
    weighted = grad * result
    return weighted - result * weighted.sum(dim, True)


@op("log_softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor", variants="function method out")
def log_softmax(self: Any, dim: int, dtype: Any) -> Any:
    """The logarithm of `softmax`, without overflow.

    >>> torch.log_softmax(torch.tensor([1., 1.]), 0)
    tensor([-0.6931, -0.6931])
    """
    return _exponential(self, dim, dtype, True)


@log_softmax.vjp("self")
def _(grad, result, dim):
    return grad - result.exp() * grad.sum(dim, True)


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

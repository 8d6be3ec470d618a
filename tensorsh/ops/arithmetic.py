"""Arithmetic on two tensors, and comparisons: `add`, `mul`, `div`, `pow`, `maximum`, `eq` …

Derivatives are PyTorch's (tools/autograd/derivatives.yaml). For complex tensors a gradient is conjugated as PyTorch does it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.registry import binary, composite, op
from tensorsh.runtime.dtype import COMPLEX, FLOAT
from tensorsh.runtime.tensor import Tensor


def conj(x: Any) -> Any:
    """The conjugate of a complex tensor; anything else is its own."""
    return x.conj() if isinstance(x, Tensor) and x._dtype.kind == COMPLEX else x


def _scaled(other: Any, alpha: Any) -> Any:
    return other if alpha == 1 and type(alpha) is int else np.multiply(other, alpha)


def _is_bool(x: Any) -> bool:
    return type(x) is bool or getattr(x, "dtype", None) == np.bool_


@op("add(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", dtype="promote", variants="function method inplace out", parallel=True)
def add(self: Any, other: Any, alpha: Any, out: Any = None) -> Any:
    """Adds `alpha * other` to `self`, element by element.

    Shapes broadcast, dtypes promote; `alpha` must be integral where the result is.

    >>> torch.add(torch.tensor([1., 2.]), 10, alpha=2)
    tensor([21., 22.])
    """
    return np.add(self, _scaled(other, alpha), out)


@add.vjp("self")
def _(grad):
    return grad


@add.vjp("other")
def _(grad, alpha):
    return grad if alpha == 1 else grad * alpha


@op("sub(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", dtype="promote", variants="function method inplace out", parallel=True)
def sub(self: Any, other: Any, alpha: Any, out: Any = None) -> Any:
    """Subtracts `alpha * other` from `self`, element by element.

    RuntimeError for bool tensors, whose difference has no meaning: use `^` or `logical_xor`.

    >>> torch.sub(torch.tensor([5., 6.]), torch.tensor([1., 2.]))
    tensor([4., 4.])
    """
    if _is_bool(self) and _is_bool(other):
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator "
            "instead."
        )
    if _is_bool(self) or _is_bool(other):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the "
            "`~` or `logical_not()` operator instead."
        )
    return np.subtract(self, _scaled(other, alpha), out)


@sub.vjp("self")
def _(grad):
    return grad


@sub.vjp("other")
def _(grad, alpha):
    return -grad if alpha == 1 else grad * -alpha


@op("rsub(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", dtype="promote", node="RsubBackward1")
def rsub(self: Any, other: Any, alpha: Any) -> Any:
    """Subtracts `alpha * self` from `other`: what `other - self` means."""
    return sub.body(other, self, alpha)


@rsub.vjp("self")
def _(grad, alpha):
    return -grad if alpha == 1 else grad * -alpha


@rsub.vjp("other")
def _(grad):
    return grad


binary(
    "mul", np.multiply, (lambda grad, other: grad * conj(other), lambda grad, self: grad * conj(self)),
    doc="""Multiplies, element by element.

    Shapes broadcast, dtypes promote.

    >>> torch.mul(torch.tensor([1., 2., 3.]), 10)
    tensor([10., 20., 30.])
    """,
)  # fmt: skip


@composite("_rdiv(Tensor self, Tensor other) -> Tensor", dtype="float")
def _rdiv(self, other):
    return self.reciprocal() * other


for _name, _kernel in (
    ("eq", np.equal), ("ne", np.not_equal), ("lt", np.less), ("le", np.less_equal), ("gt", np.greater), ("ge", np.greater_equal),
):  # fmt: skip
    binary(_name, _kernel, dtype="compare", doc=f"Whether `self {_name} other`, element by element, as a bool tensor.")

_ = FLOAT

"""Running reductions along a dimension: `cumsum`, `cumprod`, `cummax`, `logcumsumexp`; differences and the trapezoid rule.

As in PyTorch, float32 sums and products run in double and are rounded once per element.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops import elementary
from tensorsh.ops.arithmetic import conj
from tensorsh.ops.reduction import half_float
from tensorsh.ops.refusals import unsupported
from tensorsh.ops.registry import composite, function, op
from tensorsh.ops.slicing import slice_
from tensorsh.ops.summing import c_contiguous
from tensorsh.runtime.creation import convert
from tensorsh.runtime.dtype import BOOL, COMPLEX
from tensorsh.runtime.state import current
from tensorsh.runtime.tensor import Tensor, wrap_dim

_WIDER = {np.dtype(np.float32): np.float64, np.dtype(np.complex64): np.complex128}


def _running(ufunc: np.ufunc, self: Any, dim: int, dtype: Any) -> Any:
    if dtype is not None:
        self = convert(self, dtype, copy=False)
    if self.ndim == 0:
        return self.astype(np.int64) if self.dtype.kind in "biu" and dtype is None else self.copy()
    if self.dtype.kind in "biu":
        if dtype is not None and self.dtype.kind == "b":
            raise unsupported("cumsum_out_cpu" if ufunc is np.add else "cumprod_out_cpu", self)
        target = np.dtype(np.int64) if dtype is None else self.dtype
        return c_contiguous(ufunc.accumulate(self, dim, target))
    wide = self.astype(np.float32) if half_float(self) else self
    return ufunc.accumulate(wide, dim, _WIDER.get(self.dtype)).astype(self.dtype, "C")


def reversed_cumsum(x: Tensor, dim: int) -> Tensor:
    """At each place the sum of what is there and behind."""
    return x.flip(dim).cumsum(dim).flip(dim) if x.ndim else x


@op("cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor", variants="function method inplace out")
def cumsum(self: Any, dim: int, dtype: Any) -> Any:
    """The running sum along `dim`; in int64 for integers and bools.

    >>> torch.tensor([1, 2, 3]).cumsum(0)
    tensor([1, 3, 6])
    """
    return _running(np.add, self, dim, dtype)


@cumsum.vjp("self")
def _(grad, dim):
    return reversed_cumsum(grad, dim)


@op("cumprod(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor", variants="function method inplace out")
def cumprod(self: Any, dim: int, dtype: Any) -> Any:
    """The running product along `dim`; in int64 for integers and bools.

    >>> torch.tensor([1, 2, 3]).cumprod(0)
    tensor([1, 2, 6])
    """
    return _running(np.multiply, self, dim, dtype)


@cumprod.vjp("self")
def _(grad, self, result, dim):
    if self.ndim == 0:
        return grad
    if self._dtype is not grad._dtype:
        self = self.to(grad._dtype)
    zero = self == 0
    if not bool(zero.any()):
        return reversed_cumsum(conj(result) * grad, dim) / conj(self)
    if current().grad_enabled:
        return _cumprod_grad_of_each(grad, self, dim)
    # Before the first zero, as above. Behind it, all products are zero. At it, the products without it.
    first = zero & (zero.cumsum(dim) == 1)
    others = conj(self.masked_fill(first, 1).cumprod(dim)) * grad
    behind = zero.cumsum(dim) > 0
    usual = (reversed_cumsum(conj(result) * grad, dim) / conj(self.masked_fill(zero, 1))).masked_fill(behind, 0)
    at_zero = reversed_cumsum(others * behind, dim).masked_fill(first.logical_not(), 0)
    return usual + at_zero


def _cumprod_grad_of_each(grad: Tensor, self: Tensor, dim: int) -> Tensor:
    """The gradient element by element along `dim`, through products that leave one factor out: differentiable at zeros too."""
    n = self.shape[dim]
    cat = function("cat")
    x = conj(self)
    parts = []
    for k in range(n):
        one = x.narrow(dim, k, 1) * 0 + 1
        behind = cat([one, x.narrow(dim, k + 1, n - k - 1)], dim).cumprod(dim)
        if k:
            behind = behind * x.narrow(dim, 0, k).prod(dim, True)
        parts.append((grad.narrow(dim, k, n - k) * behind).sum(dim, True))
    return cat(parts, dim)


def _cumulative_extremum(name: str, ufunc: np.ufunc) -> None:
    @op(f"{name}(Tensor self, int dim) -> (Tensor values, Tensor indices)", variants="function method out", half=True)
    def declared(self: Any, dim: int) -> Any:
        if self.dtype.kind == "c":
            raise unsupported(f"{name}_cpu", self)
        if self.ndim == 0:
            return self.copy(), np.zeros((), np.int64)
        values = c_contiguous(ufunc.accumulate(self, dim))
        places = np.arange(self.shape[dim]).reshape([-1 if i == dim else 1 for i in range(self.ndim)])
        # The last place so far that holds the value; a NaN counts as equal to the NaN that rules from there on.
        holds = (self == values) | (self != self)
        return values, c_contiguous(np.maximum.accumulate(holds * places, dim))

    which = "maximum" if name == "cummax" else "minimum"
    declared.doc = f"""The running {which} along `dim` and the index where it was last seen.

    >>> torch.{name}(torch.tensor([2., 3., 1.]), 0)
    torch.return_types.{name}(
    values=tensor([{"2., 3., 3." if name == "cummax" else "2., 2., 1."}]),
    indices=tensor([{"0, 1, 1" if name == "cummax" else "0, 0, 2"}]))
    """
    declared.vjp("self")(lambda grad, indices, self_shape, dim: grad.new_zeros(self_shape).scatter_add(dim, indices, grad))


_cumulative_extremum("cummax", np.maximum)
_cumulative_extremum("cummin", np.minimum)


@op("logcumsumexp(Tensor self, int dim) -> Tensor", variants="function method out", half=True)
def logcumsumexp(self: Any, dim: int) -> Any:
    """The logarithm of the running sum of exponentials along `dim`.

    >>> torch.logcumsumexp(torch.tensor([0., 0., 0.]), 0)
    tensor([0.0000, 0.6931, 1.0986])
    """
    if self.dtype.kind in "biu":
        raise unsupported("logcumsumexp_out_cpu", self)
    if self.ndim == 0 or not self.size:
        return self.copy()
    if self.dtype.kind == "c":
        return _complex_logcumsumexp(self, dim)
    return np.logaddexp.accumulate(self.astype(np.float64), dim).astype(self.dtype, "C")


def _complex_logcumsumexp(self: Any, dim: int) -> Any:
    """The phases add up without being brought back to one turn, so each step builds on the one before."""
    rows = np.moveaxis(self, dim, 0)
    found = np.empty_like(rows)
    found[0] = rows[0]
    for at in range(1, len(rows)):
        larger = rows[at].real >= found[at - 1].real
        top, low = np.where(larger, rows[at], found[at - 1]), np.where(larger, found[at - 1], rows[at])
        found[at] = elementary.log1p(elementary.exp(low - top)) + top
    return c_contiguous(np.moveaxis(found, 0, dim))


@logcumsumexp.vjp("self")
def _(grad, self, result, dim):
    if self.numel() == 0 or self.ndim == 0:
        return grad
    if self._dtype.kind == COMPLEX or current().grad_enabled:
        # Differentiable again; the logarithms below are not, at their ends.
        middle = result.detach().real.amax(dim, True)
        return reversed_cumsum(grad * conj((middle - result).exp()), dim) * conj((self - middle).exp())
    minus_inf = float("-inf")

    def part(g: Tensor) -> Tensor:
        logs = g.log().masked_fill(g <= 0, minus_inf) - result
        return (logs.flip(dim).logcumsumexp(dim).flip(dim) + self).exp()

    return part(grad) - part(-grad)


@composite(
    "diff(Tensor self, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None) -> Tensor",
    variants="function method out",
)  # fmt: skip
def diff(self, n, dim, prepend, append):
    """The differences of neighbours along `dim`, taken `n` times; `prepend` and `append` are joined to the tensor before.

    >>> torch.diff(torch.tensor([1, 3, 2]))
    tensor([ 2, -1])
    """
    if self.ndim == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    for extra in (prepend, append):
        if extra is not None:
            if extra.ndim != self.ndim:
                raise RuntimeError("diff expects prepend or append to be the same dimension as input")
            for d in range(self.ndim):
                if d != dim and extra.shape[d] != self.shape[d]:
                    raise RuntimeError(
                        "diff expects the shape of tensor to prepend or append to match that of input except along the "
                        f"differencing dimension; input.size({d}) = {self.shape[d]}, but got tensor.size({d}) = {extra.shape[d]}"
                    )
    if n == 0:
        return self.clone()
    joined = [x for x in (prepend, self, append) if x is not None]
    if len(joined) > 1:
        self = function("cat")(joined, dim)
    for _ in range(min(n, self.shape[dim])):
        size = max(self.shape[dim] - 1, 0)
        before, after = self.narrow(dim, 0, size), self.narrow(dim, min(1, self.shape[dim]), size)
        self = after.logical_xor(before) if self._dtype.kind == BOOL else after - before
    return self


def _trapezoid_parts(name: str, y: Tensor, x: Tensor | None, dx: Any, dim: int) -> tuple[Tensor, Any]:
    """The sums of neighbouring heights, and the widths (a number, or a tensor that broadcasts)."""
    if y._dtype.kind == BOOL:
        which = "`y`" if x is None else "`x` or `y`"
        raise RuntimeError(f"{name}: received a bool input for {which}, but bool is not supported")
    if x is not None and dx is not None:
        raise RuntimeError(f"{name}() takes x or dx, not both")
    if x is None:
        if isinstance(dx, (bool, complex)):
            raise RuntimeError(f"{name}: Currently, we only support dx as a real number.")
        return _first(y, dim) + _second(y, dim), 1 if dx is None else dx
    if x._dtype.kind == BOOL:
        raise RuntimeError(f"{name}: received a bool input for `x` or `y`, but bool is not supported")
    if x.ndim == 1:
        if x.shape[0] != y.shape[dim]:
            raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
        x = x.view([x.shape[0] if i == dim else 1 for i in range(y.ndim)])
    elif x.ndim < y.ndim:
        x = x.view([1] * (y.ndim - x.ndim) + list(x.shape))
    return _first(y, dim) + _second(y, dim), _second(x, dim) - _first(x, dim)


def _first(x: Tensor, dim: int) -> Tensor:
    return slice_(x, dim, 0, -1)


def _second(x: Tensor, dim: int) -> Tensor:
    return slice_(x, dim, 1)


@composite("trapezoid(Tensor y, Tensor? x=None, *, Scalar? dx=None, int dim=-1) -> Tensor", variants="function", wrap_dims=None, scalars=True)
def trapezoid(y, x, dx, dim):
    """The integral along `dim` by the trapezoid rule, at points `x` or `dx` apart.

    >>> torch.trapezoid(torch.tensor([1., 5., 10.]))
    tensor(10.5000)
    """
    if not y.ndim:
        raise IndexError(f"Dimension specified as {dim if x is None else wrap_dim(dim, 0)} but tensor has no dimensions")
    dim = wrap_dim(dim, y.ndim)
    if y.shape[dim] == 0:
        return y.new_zeros([n for i, n in enumerate(y.shape) if i != dim])
    heights, width = _trapezoid_parts("trapezoid", y, x, dx, dim)
    if x is None:
        return (y.sum(dim) - (y.select(dim, 0) + y.select(dim, -1)) * 0.5) * width
    return (heights * width).sum(dim) / 2.0


@composite("trapz(Tensor y, Tensor? x=None, *, Scalar? dx=None, int dim=-1) -> Tensor", variants="function", wrap_dims=None, scalars=True)
def trapz(y, x, dx, dim):
    """Another name of `trapezoid`.

    >>> torch.trapz(torch.tensor([1., 2., 4.]))
    tensor(4.5000)
    """
    return trapezoid(y, x, dx=float(dx) if type(dx) is bool else dx, dim=dim)


@composite(
    "cumulative_trapezoid(Tensor y, Tensor? x=None, *, Scalar? dx=None, int dim=-1) -> Tensor",
    variants="function", scalars=True,
)  # fmt: skip
def cumulative_trapezoid(y, x, dx, dim):
    """The running integral along `dim` by the trapezoid rule.

    >>> torch.cumulative_trapezoid(torch.tensor([1., 5., 10.]))
    tensor([ 3.0000, 10.5000])
    """
    heights, width = _trapezoid_parts("cumulative_trapezoid", y, x, dx, dim)
    if x is None:
        return (heights * (width / 2.0)).cumsum(dim)
    return (heights * width).cumsum(dim) / 2.0

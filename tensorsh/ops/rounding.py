"""Rounding, signs and the parts of floating-point numbers: `floor`, `round`, `sign`, `frexp`, `copysign`, `nan_to_num` …"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.arithmetic import zero
from tensorsh.ops.refusals import unsupported
from tensorsh.ops.registry import alias, binary, op, unary
from tensorsh.runtime.dtype import BOOL, COMPLEX, INTEGER, of_array
from tensorsh.runtime.tensor import Tensor


def _of_floats(ufunc: Any) -> Any:
    """A rounding ufunc that gives a copy of integers, whichever NumPy it is."""
    return lambda self, out=None: ufunc(self, out) if self.dtype.kind == "f" else np.positive(self, out)


def _refused(name: str) -> dict[int, Any]:
    return {BOOL: f"{name}_vml_cpu", COMPLEX: NotImplementedError(f"{name} is not supported for complex inputs")}


for _name, _ufunc, _what, _shown in (
    ("floor", np.floor, "largest integer not above", "[-2.,  1.]"), ("ceil", np.ceil, "smallest integer not below", "[-1.,  2.]"),
    ("trunc", np.trunc, "integer part of", "[-1.,  1.]"),
):  # fmt: skip
    unary(
        _name, _of_floats(_ufunc), lambda grad: zero(grad), dtype="promote", refuses=_refused(_name),
        doc=f"The {_what} each element; its derivative is 0.\n\n>>> torch.{_name}(torch.tensor([-1.2, 1.2]))\ntensor({_shown})\n",
    )  # fmt: skip
alias("fix", "trunc")


@op(
    "round(Tensor self, *, int decimals=0) -> Tensor", dtype="promote", variants="function method inplace out",
    node=lambda decimals: "RoundBackward1" if decimals else "RoundBackward0",
)  # fmt: skip
def round_(self: Any, decimals: int) -> Any:
    """Each element rounded to `decimals` places, halves to the even neighbour; its derivative is 0.

    >>> torch.round(torch.tensor([0.5, 1.5, 2.5]))
    tensor([0., 2., 2.])
    """
    if self.dtype.kind != "f":
        if decimals or self.dtype.kind in "bc":
            raise unsupported("round_cpu" if decimals else "round_vml_cpu", self)
        return np.positive(self)
    if not decimals:
        return np.rint(self)
    power = self.dtype.type(10.0 ** abs(decimals))
    return np.rint(self * power) / power if decimals > 0 else np.rint(self / power) * power


@round_.vjp("self")
def _(grad):
    return zero(grad)


alias("round", "round", namespace="special", variants="function out")

unary(
    "frac", lambda self: self - np.trunc(self), lambda grad: grad, dtype="promote",
    refuses=dict.fromkeys((BOOL, INTEGER, COMPLEX), "frac_cpu"),
    doc="""What `trunc` leaves of each element.

    >>> torch.frac(torch.tensor([1.5, -2.25]))
    tensor([ 0.5000, -0.2500])
    """,
)  # fmt: skip


def sign_of(self: Any) -> Any:
    """-1, 0 or 1; nan has none, so 0."""
    if self.dtype.kind in "bu":
        return (self != 0).astype(self.dtype)
    found = np.sign(self)
    return np.where(np.isnan(found), found.dtype.type(0), found) if self.dtype.kind == "f" else found


unary(
    "sign", sign_of, lambda grad: zero(grad), dtype="promote",
    refuses={COMPLEX: NotImplementedError(
        "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead."
    )},
    doc="""-1, 0 or 1, as each element is negative, zero or positive.

    >>> torch.sign(torch.tensor([-2., 0., 3.]))
    tensor([-1.,  0.,  1.])
    """,
)  # fmt: skip


def _direction(self: Any) -> Any:
    if self.dtype.kind != "c":
        return sign_of(self)
    size = np.abs(self)
    return np.where(size == 0, self.dtype.type(0), self / np.where(size == 0, size.dtype.type(1), size))


def _direction_slope(grad, self, result):
    if self._dtype.kind != COMPLEX:
        return zero(grad)
    size = self.abs()
    return (grad / size - (grad / result).real * (result / size)).where(size != 0, 0)


unary(
    "sgn", _direction, _direction_slope, dtype="promote",
    doc="""The sign of each element; of a complex one, the number of magnitude 1 in its direction.

    >>> torch.sgn(torch.tensor([3 + 4j, 0]))
    tensor([0.6000+0.8000j, 0.0000+0.0000j])
    """,
)  # fmt: skip


@op(
    "copysign(Tensor self, Tensor other) -> Tensor", dtype="float", variants="function method inplace out",
    node=lambda other: "CopysignBackward0" if type(other) is Tensor else "CopysignBackward1", refuses={COMPLEX: "copysign_cpu"},
)  # fmt: skip
def copysign(self: Any, other: Any, out: Any = None) -> Any:
    """The magnitude of `self` with the sign of `other`, element by element.

    >>> torch.copysign(torch.tensor([1., -2.]), -1)
    tensor([-1., -2.])
    """
    return np.copysign(self, other, out)


@copysign.vjp("self")
def _(grad, self, result):
    return grad * (result / self).masked_fill(self == 0, 0)


@copysign.vjp("other")
def _(grad):
    return zero(grad)


binary(
    "nextafter", np.nextafter, (lambda grad, self, other: grad.where(self != other, 0), lambda grad: zero(grad)),
    numbers="", half=False, refuses=dict.fromkeys((BOOL, INTEGER, COMPLEX), "nextafter_cpu"),
    doc="""The next floating-point number after `self` towards `other`, element by element.

    >>> torch.nextafter(torch.tensor([1.]), torch.tensor([2.])) == 1 + torch.finfo(torch.float32).eps
    tensor([True])
    """,
)  # fmt: skip


@op(
    "frexp(Tensor self) -> (Tensor mantissa, Tensor exponent)", half=True,
    refuses=dict.fromkeys((BOOL, INTEGER, COMPLEX), RuntimeError("torch.frexp() only supports floating-point dtypes")),
)  # fmt: skip
def frexp(self: Any) -> Any:
    """Each element as `mantissa * 2**exponent`, the mantissa's magnitude from 0.5 to 1; named results.

    >>> torch.frexp(torch.tensor([1., 6.])).mantissa
    tensor([0.5000, 0.7500])
    """
    mantissa, exponent = np.frexp(self)
    return mantissa, np.asarray(exponent, np.int32)


@frexp.vjp("self")
def _(grad, exponent):
    return grad / exponent.exp2()


@op(
    "nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? neginf=None) -> Tensor",
    variants="function method inplace out",
)  # fmt: skip
def nan_to_num(self: Any, nan: float | None, posinf: float | None, neginf: float | None) -> Any:
    """nan replaced by `nan` (0 if None), infinities by `posinf` and `neginf` (the dtype's largest and smallest if None).

    >>> torch.nan_to_num(torch.tensor([torch.nan, 1., torch.inf]), posinf=9.)
    tensor([0., 1., 9.])
    """
    if self.dtype.kind in "biu":
        return self.copy()
    if self.dtype.kind == "c":
        found = np.empty_like(self)
        found.real = nan_to_num.body(self.real, nan, posinf, neginf)
        found.imag = nan_to_num.body(self.imag, nan, posinf, neginf)
        return found
    if posinf is None or neginf is None:
        from tensorsh.runtime.limits import finfo

        limits = finfo(of_array(self))
        posinf = limits.max if posinf is None else posinf
        neginf = limits.min if neginf is None else neginf
    kind = self.dtype.type
    found = np.where(np.isnan(self), kind(0 if nan is None else nan), self)
    infinite = np.isinf(self)
    return np.where(infinite & (self > 0), kind(posinf), np.where(infinite & (self < 0), kind(neginf), found))


@nan_to_num.vjp("self")
def _(grad, self):
    return grad * self.isfinite()

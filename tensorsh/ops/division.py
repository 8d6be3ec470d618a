"""Quotients and remainders: `true_divide`, `div`, `floor_divide`, `remainder`, `fmod`, `reciprocal`.

Integers divided by zero raise RuntimeError("ZeroDivisionError"), PyTorch's text; floats give inf and nan.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.arithmetic import BOTH, conj, kind_of, zero
from tensorsh.ops.engine import narrow, widen
from tensorsh.ops.refusals import unsupported
from tensorsh.ops.registry import alias, binary, composite, op, unary
from tensorsh.runtime.dtype import BOOL, COMPLEX, dtype
from tensorsh.runtime.tensor import Tensor


def _check_divisor(other: Any) -> None:
    if not np.all(other):
        raise RuntimeError("ZeroDivisionError")


def no_formula(name: str) -> RuntimeError:
    """PyTorch's error on the way back through an operator that has no derivative."""
    return RuntimeError(f"derivative for aten::{name} is not implemented")


binary(
    "true_divide", np.divide,
    (lambda grad, other: grad / conj(other), lambda grad, self, other: -grad * conj((self / other) / other)),
    dtype="float", numbers=BOTH, alone=True, node="DivBackward0", node_in_formula="DivBackward1",
    doc="""Divides, element by element; integers give floats.

    >>> torch.true_divide(torch.tensor([1, 2]), 2)
    tensor([0.5000, 1.0000])
    """,
)  # fmt: skip


@op(
    "div(Tensor self, Tensor other, *, str? rounding_mode=None) -> Tensor", dtype="float", numbers=BOTH, alone=True,
    variants="function method inplace out", keeps_integers="rounding_mode", node=("DivBackward0", "DivBackward2", "rounding_mode"),
    elementwise=True, node_in_formula="DivBackward1",
)  # fmt: skip
def div(self: Any, other: Any, rounding_mode: str | None, kind: dtype, out: Any = None) -> Any:
    """Divides, element by element.

    `rounding_mode` None gives the true quotient, `"trunc"` rounds it towards zero and `"floor"` down; the last two keep integers.

    >>> torch.div(torch.tensor([-7, 7]), 2, rounding_mode="trunc")
    tensor([-3,  3])
    """
    if rounding_mode is None:
        return np.divide(self, other, out)
    if rounding_mode == "floor":
        return floored(self, other, kind, out)
    if rounding_mode == "trunc":
        return _truncated(self, other, kind, out)
    raise RuntimeError(
        f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
    )


@div.vjp("self")
def _(grad, other, rounding_mode):
    return grad / conj(other) if rounding_mode is None else zero(grad)


@div.vjp("other")
def _(grad, self, other, rounding_mode):
    return -grad * conj((self / other) / other) if rounding_mode is None else zero(grad)


def floored(self: Any, other: Any, kind: dtype, out: Any = None) -> Any:
    """The quotient rounded down."""
    letter = kind_of(self, other)
    if letter in "bc":
        raise unsupported("div_floor_cpu", self if type(self) is np.ndarray else other)
    if letter in "iu":
        _check_divisor(other)
    if kind.half and np.size(other) != 1:
        return _floored_in_steps(self, other, kind)
    return np.floor_divide(self, other, out)


def _truncated(self: Any, other: Any, kind: dtype, out: Any) -> Any:
    letter = kind_of(self, other)
    if letter in "bc":
        raise unsupported("div_trunc_cpu", self if type(self) is np.ndarray else other)
    if letter in "iu":
        _check_divisor(other)
        return np.floor_divide(np.subtract(self, np.fmod(self, other)), other, out)
    quotient = np.divide(self, other)
    # PyTorch divides 2-byte floats by one number in float32, by many in their own dtype.
    return np.trunc(_rounded(quotient, kind) if kind.half and np.size(other) != 1 else quotient, out)


def _rounded(array: Any, kind: dtype) -> Any:
    """What is left of float32 numbers in a 2-byte dtype."""
    return widen(narrow(np.asarray(array), kind))


def _floored_in_steps(self: Any, other: Any, kind: dtype) -> Any:
    """`floored`, every step rounded to a 2-byte dtype. Source: div_floor_floating in c10/util/generic_math.h."""
    rest = np.fmod(self, other)
    quotient = _rounded(_rounded(self - rest, kind) / other, kind)
    quotient = np.where((rest != 0) & ((other < 0) != (rest < 0)), _rounded(quotient - 1, kind), quotient)
    down = np.floor(quotient)
    down = np.where(quotient - down > 0.5, _rounded(down + 1, kind), down)
    down = np.where(quotient == 0, np.copysign(down.dtype.type(0), self / other), down)
    return np.where(other == 0, self / other, down)


@op(
    "floor_divide(Tensor self, Tensor other) -> Tensor", dtype="promote", numbers=BOTH, alone=True, node="NotImplemented",
    variants="function method inplace out", elementwise=True,
)  # fmt: skip
def floor_divide(self: Any, other: Any, kind: dtype, out: Any = None) -> Any:
    """The quotient rounded down, element by element.

    RuntimeError where an integer is divided by zero.

    >>> torch.floor_divide(torch.tensor([-7, 7]), 2)
    tensor([-4,  3])
    """
    return floored(self, other, kind, out)


@floor_divide.vjp("self, other")
def _(grad):
    raise no_formula("floor_divide")


def _remainder_node(self: Any, other: Any) -> str:
    if type(self) is not Tensor:
        return "NotImplemented"
    return "RemainderBackward1" if type(other) is Tensor else "RemainderBackward0"


@op(
    "remainder(Tensor self, Tensor other) -> Tensor", dtype="promote", numbers=BOTH, node=_remainder_node,
    variants="function method inplace out", elementwise=True, refuses={BOOL: "remainder_cpu", COMPLEX: "remainder_cpu"},
)  # fmt: skip
def remainder(self: Any, other: Any) -> Any:
    """Python's remainder, element by element: it has the divisor's sign.

    RuntimeError where an integer is divided by zero.

    >>> torch.remainder(torch.tensor([-3., -2., 1., 3.]), 2)
    tensor([1., -0., 1., 1.])
    """
    if kind_of(self, other) in "iu":
        _check_divisor(other)
        return np.remainder(self, other)
    found = np.remainder(self, other)
    # NumPy gives a zero the divisor's sign; PyTorch leaves it the dividend's.
    return found if np.all(found) else np.where(found == 0, np.copysign(found, self), found)


@remainder.vjp("self")
def _(grad):
    return grad


@remainder.vjp("other")
def _(grad, self, other):
    if type(self) is not Tensor:
        raise no_formula("remainder")
    return -grad * self.div(other, rounding_mode="floor")


@op(
    "fmod(Tensor self, Tensor other) -> Tensor", dtype="promote",
    node=lambda other: "FmodBackward1" if type(other) is Tensor else "FmodBackward0",
    variants="function method inplace out", elementwise=True, refuses={BOOL: "fmod_cpu", COMPLEX: "fmod_cpu"},
)  # fmt: skip
def fmod(self: Any, other: Any, out: Any = None) -> Any:
    """C's remainder, element by element: it has the dividend's sign.

    RuntimeError where an integer is divided by zero.

    >>> torch.fmod(torch.tensor([-3., -2., 1., 3.]), 2)
    tensor([-1., -0.,  1.,  1.])
    """
    if self.dtype.kind in "iu":
        _check_divisor(other)
    return np.fmod(self, other, out)


@fmod.vjp("self")
def _(grad):
    return grad


@fmod.vjp("other")
def _(grad, self, other):
    return -grad * self.div(other, rounding_mode="trunc")


unary(
    "reciprocal", np.reciprocal, lambda grad, result: -grad * conj(result * result),
    doc="""One divided by each element.

    >>> torch.reciprocal(torch.tensor([2., 4.]))
    tensor([0.5000, 0.2500])
    """,
)  # fmt: skip


# What stands to the right of a number: `2 / x`.
@composite("_rdiv(Tensor self, Tensor other) -> Tensor", dtype="float", variants="method", takes_arrays=True)
def _rdiv(self: Tensor, other: Any) -> Tensor:
    return self.reciprocal() * other


@composite("_rfloor_divide(Tensor self, Tensor other) -> Tensor", dtype="promote", variants="method")
def _rfloor_divide(self: Tensor, other: Any) -> Tensor:
    return floor_divide(other, self)


@composite("_rremainder(Tensor self, Tensor other) -> Tensor", dtype="promote", variants="method")
def _rremainder(self: Tensor, other: Any) -> Tensor:
    return remainder(other, self)


alias("divide", "div")

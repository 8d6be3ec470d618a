"""Exponentials, logarithms, powers and angles, whose last digit does not depend on the machine.

NumPy computes these functions of float32 with whatever vector instructions a processor has, up to 4 units in the last place from the
exact value: `exp(1)` may end in another digit elsewhere. PyTorch's are off by hardly more than the half unit of one rounding. So
are these: in double precision, rounded once. That costs NumPy's time two to four times over, so large arrays, whose digits nobody
reads, keep NumPy's own.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np

from tensorsh.ops.cascade import MANY

Array = np.ndarray[Any, Any]

SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
NUMPY = (np.ndarray, np.generic)


def rounded(ufunc: Callable[..., Any], many: float = MANY) -> Callable[..., Any]:
    """A kernel that computes `ufunc` of one array: float32 in double precision, unless there are `many` elements. Its attributes
    `ufunc` and `many` let a generated wrapper do the same without a call.

    >>> float(rounded(np.exp)(np.ones(1, np.float32))[0])
    2.7182817459106445
    """

    def kernel(self: Any, out: Any = None) -> Any:
        if self.dtype is not SINGLE or self.size >= many:
            return ufunc(self, out)
        return _single(ufunc(self.astype(DOUBLE)), out)

    kernel.ufunc, kernel.many = ufunc, many  # type: ignore[attr-defined]
    return kernel


def rounded_binary(ufunc: np.ufunc) -> Callable[..., Any]:
    """The same for a function of two arrays, one of which may be a Python number."""

    def kernel(self: Any, other: Any, out: Any = None) -> Any:
        array = self if type(self) is np.ndarray else other
        if array.dtype is not SINGLE or array.size >= MANY:
            return ufunc(self, other, out)
        return _single(ufunc(_double(self), _double(other)), out)

    return kernel


def fused(a: Any, b: Any, c: Any) -> Any:
    """`a * b + c`, one of them no Python number: for float32 rounded once, as the processor's multiply-add in compiled code does.

    `MANY` elements, and other dtypes, are rounded after the product too.

    >>> x = np.float32([0.1])
    >>> float((x * x - x * x)[0]), float(fused(x, x, -x * x)[0])
    (0.0, -4.097819306103645e-10)
    """
    for operand in (a, b, c):
        if isinstance(operand, NUMPY) and (operand.dtype is not SINGLE or operand.size >= MANY):
            return a * b + c
    return (_double(a) * _double(b) + _double(c)).astype(SINGLE)


def _double(value: Any) -> Any:
    """float32 as float64. A number has the digits that float32 leaves it."""
    return value.astype(DOUBLE) if isinstance(value, NUMPY) else DOUBLE.type(SINGLE.type(value))


def _single(found: Any, out: Any) -> Any:
    """float64 as float32, in `out` if that is given."""
    if out is None:
        return found.astype(SINGLE)
    out[...] = found
    return out


def number(array: Any, value: Any) -> Any:
    """A Python number in the dtype of an array, so that it does not promote; an array, which ufuncs take in half the time of a number."""
    return np.array(value, array.dtype)


def sigmoid(self: Any, out: Any = None) -> Any:
    """The logistic function, step by step as PyTorch computes it."""
    one = number(self, 1)
    return np.divide(one, one + exp(-self), out)


exp, exp2, expm1 = rounded(np.exp), rounded(np.exp2), rounded(np.expm1)
log, log2, log1p = rounded(np.log), rounded(np.log2), rounded(np.log1p)
log10 = rounded(np.log10, inf)  # NumPy's own misses the powers of ten: log10(1000) would be 3.0000002
sin, cos = rounded(np.sin, 512), rounded(np.cos, 512)  # 9 ns an element: NumPy has no vector loop for doubles
tan = rounded(np.tan)
arcsin, arccos, arctan = rounded(np.arcsin), rounded(np.arccos), rounded(np.arctan)
sinh, cosh, tanh = rounded(np.sinh), rounded(np.cosh), rounded(np.tanh)
arcsinh, arccosh, arctanh = rounded(np.arcsinh), rounded(np.arccosh), rounded(np.arctanh)
power, arctan2 = rounded_binary(np.power), rounded_binary(np.arctan2)

"""Circular and hyperbolic functions, their inverses, and angles: `sin`, `atanh`, `atan2`, `hypot`, `sinc`, `deg2rad` …"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorsh.ops import elementary
from tensorsh.ops.arithmetic import conj
from tensorsh.ops.registry import Call, alias, backward, binary, unary
from tensorsh.runtime.dtype import BOOL, COMPLEX, INTEGER


def _acosh_slope(grad, self):
    if self._dtype.kind == COMPLEX:
        return grad * conj((self + 1).rsqrt() * (self - 1).rsqrt())
    return grad * (self * self - 1).rsqrt()


@backward("tanh_backward(Tensor grad_output, Tensor output) -> Tensor")
def tanh_backward(grad_output, output):
    slope = elementary.fused(-output, output, 1)
    return grad_output * (slope.conj() if slope.dtype.kind == "c" else slope)


@tanh_backward.vjp("grad_output")
def _(grad, output):
    return tanh_backward(grad, conj(output))


@tanh_backward.vjp("output")
def _(grad, grad_output, output):
    return conj(grad) * (-2 * conj(output) * grad_output)


# name -> (kernel, derivative, what it gives, example input, example output)
_FUNCTIONS: dict[str, tuple[Any, Any, str, str, str]] = {
    "sin": (elementary.sin, lambda grad, self: grad * conj(self.cos()), "sine", "[0., 1.]", "[0.0000, 0.8415]"),
    "cos": (elementary.cos, lambda grad, self: grad * -conj(self.sin()), "cosine", "[0., 1.]", "[1.0000, 0.5403]"),
    "tan": (elementary.tan, lambda grad, result: grad * conj(1 + result.pow(2)), "tangent", "[0., 1.]", "[0.0000, 1.5574]"),
    "asin": (elementary.arcsin, lambda grad, self: grad * conj((-self * self + 1).rsqrt()), "arc sine", "[0., 1.]", "[0.0000, 1.5708]"),
    "acos": (elementary.arccos, lambda grad, self: grad * -conj((-self * self + 1).rsqrt()), "arc cosine", "[0., 1.]", "[1.5708, 0.0000]"),
    "atan": (elementary.arctan, lambda grad, self: grad / conj(self * self + 1), "arc tangent", "[0., 1.]", "[0.0000, 0.7854]"),
    "sinh": (elementary.sinh, lambda grad, self: grad * conj(self.cosh()), "hyperbolic sine", "[0., 1.]", "[0.0000, 1.1752]"),
    "cosh": (elementary.cosh, lambda grad, self: grad * conj(self.sinh()), "hyperbolic cosine", "[0., 1.]", "[1.0000, 1.5431]"),
    "tanh": (elementary.tanh, Call(tanh_backward, "grad result"), "hyperbolic tangent", "[0., 1.]", "[0.0000, 0.7616]"),
    "asinh": (elementary.arcsinh, lambda grad, self: grad * conj((self.pow(2) + 1).rsqrt()),
        "inverse hyperbolic sine", "[0., 1.]", "[0.0000, 0.8814]"),
    "acosh": (elementary.arccosh, _acosh_slope, "inverse hyperbolic cosine", "[1., 2.]", "[0.0000, 1.3170]"),
    "atanh": (elementary.arctanh, lambda grad, self: grad * 1 / conj(1 - self.pow(2)),
        "inverse hyperbolic tangent", "[0., 0.5]", "[0.0000, 0.5493]"),
}  # fmt: skip

for _name, (_kernel, _slope, _gives, _given, _shown) in _FUNCTIONS.items():
    unary(
        _name, _kernel, _slope,
        doc=f"The {_gives} of each element.\n\n>>> torch.{_name}(torch.tensor({_given}))\ntensor({_shown})\n",
    )  # fmt: skip
    if _name.startswith("a"):
        alias(f"arc{_name[1:]}", _name)


def _atan2_slopes(self, other):
    square = self * self + other * other
    return square.reciprocal().masked_fill(square == 0, 0)


binary(
    "atan2", elementary.arctan2,
    (lambda grad, self, other: grad * other * _atan2_slopes(self, other),
     lambda grad, self, other: grad * -self * _atan2_slopes(self, other)),
    dtype="float", numbers="", refuses={COMPLEX: "atan2_cpu"},
    doc="""The angle of the point (`other`, `self`), in radians between -π and π.

    >>> torch.atan2(torch.tensor([1., -1.]), torch.tensor([1., -1.]))
    tensor([ 0.7854, -2.3562])
    """,
)  # fmt: skip
alias("arctan2", "atan2")

binary(
    "hypot", np.hypot,
    (lambda grad, self, result: grad * self / result, lambda grad, other, result: grad * other / result),
    numbers="", refuses=dict.fromkeys((BOOL, INTEGER, COMPLEX), "hypot_cpu"),
    doc="""The hypotenuse of a right triangle with legs `self` and `other`.

    >>> torch.hypot(torch.tensor([3.]), torch.tensor([4.]))
    tensor([5.])
    """,
)  # fmt: skip


def _sinc(self: Any) -> Any:
    angle = self * math.pi
    return np.where(self == 0, self.dtype.type(1), elementary.sin(angle) / np.where(self == 0, angle.dtype.type(1), angle))


def _sinc_slope(grad, self):
    angle, square = self * math.pi, self * self * math.pi
    slope = grad * conj((angle * angle.cos() - angle.sin()) / square)
    return slope.where(square != 0, 0)


unary(
    "sinc", _sinc, _sinc_slope,
    doc="""sin(πx) / (πx) of each element x, and 1 at 0.

    >>> torch.sinc(torch.tensor([0., 0.5]))
    tensor([1.0000, 0.6366])
    """,
)  # fmt: skip
alias("sinc", "sinc", namespace="special", variants="function out")

_NO_COMPLEX = {COMPLEX: RuntimeError("deg2rad is not supported for complex tensors.")}

unary(
    "deg2rad", lambda self, out=None: np.multiply(self, math.pi / 180, out), lambda grad: grad * (math.pi / 180), node="Deg2RadBackward0",
    refuses=_NO_COMPLEX,
    doc="""Degrees to radians.

    >>> torch.deg2rad(torch.tensor([180., 90.]))
    tensor([3.1416, 1.5708])
    """,
)  # fmt: skip

unary(
    "rad2deg", lambda self, out=None: np.multiply(self, 180 / math.pi, out), lambda grad: grad * (180 / math.pi), node="Rad2DegBackward0",
    refuses={COMPLEX: RuntimeError("rad2deg is not supported for complex tensors.")},
    doc="""Radians to degrees.

    >>> torch.rad2deg(torch.tensor([torch.pi]))
    tensor([180.])
    """,
)  # fmt: skip

"""Comparisons and tests, whose results are bool: `eq`, `isclose`, `isnan`, `signbit`, `equal`, `logical_and` …"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.registry import alias, binary, composite, op, unary
from tensorsh.runtime.dtype import COMPLEX, FLOAT
from tensorsh.runtime.tensor import Tensor

# name -> (kernel, what it tests, what it gives for [1, 2, 3] beside 2, its longer name)
_COMPARISONS: dict[str, tuple[Any, str, str, str]] = {
    "eq": (np.equal, "equals", "[False,  True, False]", ""),
    "ne": (np.not_equal, "differs from", "[ True, False,  True]", "not_equal"),
    "lt": (np.less, "is less than", "[ True, False, False]", "less"),
    "le": (np.less_equal, "is less than or equal to", "[ True,  True, False]", "less_equal"),
    "gt": (np.greater, "is greater than", "[False, False,  True]", "greater"),
    "ge": (np.greater_equal, "is greater than or equal to", "[False,  True,  True]", "greater_equal"),
}

for _name, (_kernel, _tests, _shown, _longer) in _COMPARISONS.items():
    binary(
        _name, _kernel, dtype="compare", takes_arrays=_name == "eq",
        refuses={} if _name in ("eq", "ne") else {COMPLEX: f"{_name}_cpu"},
        doc=f"Whether `self` {_tests} `other`, element by element, as a bool tensor.\n\n"
        f">>> torch.{_name}(torch.tensor([1, 2, 3]), 2)\ntensor({_shown})\n",
    )  # fmt: skip
    if _longer:
        alias(_longer, _name)


def _check_closeness(self: Tensor, other: Tensor, rtol: float, atol: float) -> None:
    if self._dtype is not other._dtype:
        raise RuntimeError(f"{self._dtype.title} did not match {other._dtype.title}")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value:g}")


@op(
    "isclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> Tensor",
    half=True, differentiable=False, check=_check_closeness,
)  # fmt: skip
def isclose(self: Any, other: Any, rtol: float, atol: float, equal_nan: bool) -> Any:
    """Whether `|self - other| <= atol + rtol * |other|`, element by element; both must have one dtype.

    >>> torch.isclose(torch.tensor([1., 2.]), torch.tensor([1. + 1e-7, 2.1]))
    tensor([ True, False])
    """
    close = np.equal(self, other)
    if equal_nan and self.dtype.kind in "fc":
        close = close | (np.isnan(self) & np.isnan(other))
    if rtol == 0 and atol == 0:
        return close
    if self.dtype.kind in "biu":
        self, other = self.astype(np.float64), other.astype(np.float64)
    distance = np.abs(self - other)
    return close | (np.isfinite(distance) & (distance <= atol + np.abs(rtol * other)))


@composite("allclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> bool")
def allclose(self: Tensor, other: Tensor, rtol: float, atol: float, equal_nan: bool) -> bool:
    """Whether `isclose` holds for every element, as a Python bool.

    >>> torch.allclose(torch.tensor([1., 2.]), torch.tensor([1., 2.0000001]))
    True
    """
    return bool(np.all(isclose(self, other, rtol, atol, equal_nan)._array))


@composite("equal(Tensor self, Tensor other) -> bool")
def equal(self: Tensor, other: Tensor) -> bool:
    """Whether two tensors have one shape and equal elements, as a Python bool; nan equals nothing.

    >>> torch.equal(torch.tensor([1, 2]), torch.tensor([1, 2]))
    True
    """
    return bool(np.array_equal(self._array, other._array))


# --- tests of one element ---------------------------------------------------------------------------------------------------


def _test(name: str, kernel: Any, what: str, given: str, shown: str, **options: Any) -> None:
    unary(
        name, kernel, dtype=None, differentiable=False, variants=options.pop("variants", "function method"), **options,
        doc=f"{what}, element by element, as a bool tensor.\n\n>>> torch.{name}(torch.tensor({given}))\ntensor({shown})\n",
    )  # fmt: skip


def _is_infinite(sign: float) -> Any:
    return lambda self: np.equal(self, sign * np.inf)


def _is_real(self: Any) -> Any:
    return np.equal(self.imag, 0) if self.dtype.kind == "c" else np.ones(self.shape, np.bool_)


_test("isnan", np.isnan, "Whether each is not a number", "[1., torch.nan]", "[False,  True]")
_test("isinf", np.isinf, "Whether each is an infinity", "[1., -torch.inf]", "[False,  True]")
_test("isfinite", np.isfinite, "Whether each is neither an infinity nor nan", "[1., torch.inf]", "[ True, False]")
_test("isreal", _is_real, "Whether each has no imaginary part", "[1 + 0j, 1j]", "[ True, False]")
for _name, _sign in (("isposinf", 1), ("isneginf", -1)):
    _test(
        _name, _is_infinite(_sign), f"Whether each is {'+' if _sign > 0 else '-'}∞", "[-torch.inf, torch.inf]",
        "[False,  True]" if _sign > 0 else "[ True, False]", variants="function method out",
        refuses={COMPLEX: RuntimeError(f"{_name} does not support complex inputs.")},
    )  # fmt: skip
_test(
    "signbit", np.signbit, "Whether each has its sign bit set, as -0. has", "[-1., -0., 0.]", "[ True,  True, False]",
    variants="function method out", refuses={COMPLEX: NotImplementedError("signbit is not implemented for complex tensors.")},
)  # fmt: skip

# --- logic ------------------------------------------------------------------------------------------------------------------

for _name, _kernel, _shown in (
    ("logical_and", np.logical_and, "[False, False,  True]"), ("logical_or", np.logical_or, "[False,  True,  True]"),
    ("logical_xor", np.logical_xor, "[False,  True, False]"),
):  # fmt: skip
    binary(
        _name, _kernel, dtype="compare", numbers="",
        doc=f"`self {_name[8:]} other` of truth values, element by element; what is not zero is true.\n\n"
        f">>> torch.{_name}(torch.tensor([0, 0, 2]), torch.tensor([0, 1, 1]))\ntensor({_shown})\n",
    )  # fmt: skip

unary(
    "logical_not", np.logical_not, dtype=None, differentiable=False,
    doc="""Whether each element is zero, as a bool tensor.

    >>> torch.logical_not(torch.tensor([0., 2.]))
    tensor([ True, False])
    """,
)  # fmt: skip

# --- bits -------------------------------------------------------------------------------------------------------------------


def _no_bits(kernel: str, *more: int) -> dict[int, str]:
    return dict.fromkeys((FLOAT, COMPLEX, *more), kernel)


for _name, _kernel, _symbol, _shown in (
    ("and", np.bitwise_and, "&", "[2, 0]"), ("or", np.bitwise_or, "|", "[ 7, 12]"), ("xor", np.bitwise_xor, "^", "[ 5, 12]"),
):  # fmt: skip
    binary(
        f"bitwise_{_name}", _kernel, numbers="self other", differentiable=False, refuses=_no_bits(f"bitwise_{_name}_cpu"),
        doc=f"`self {_symbol} other` of the bits of integers, or of bools, element by element.\n\n"
        f">>> torch.bitwise_{_name}(torch.tensor([3, 8]), torch.tensor([6, 4]))\ntensor({_shown})\n",
    )  # fmt: skip

# NumPy's shifts, like PyTorch's, give 0 (or the sign's bits) for a count that is negative or too large.
for _name, _kernel, _short, _symbol, _shown in (
    ("bitwise_left_shift", np.left_shift, "lshift", "<<", "[ 4, 32]"),
    ("bitwise_right_shift", np.right_shift, "rshift", ">>", "[0, 2]"),
):  # fmt: skip
    binary(
        _name, _kernel, numbers="self other", differentiable=False, refuses=_no_bits(f"{_short}_cpu", 0),
        doc=f"`self {_symbol} other`: the bits of integers shifted, element by element.\n\n"
        f">>> torch.{_name}(torch.tensor([1, 8]), 2)\ntensor({_shown})\n",
    )  # fmt: skip

unary(
    "bitwise_not", np.invert, dtype="promote", differentiable=False, refuses=_no_bits("bitwise_not_cpu"),
    doc="""Every bit of integers turned over; of bools, the opposite.

    >>> torch.bitwise_not(torch.tensor([0, -1]))
    tensor([-1,  0])
    """,
)  # fmt: skip


@composite("_invert(Tensor self) -> Tensor", variants="method")
def _invert(self: Tensor) -> Tensor:
    if self._dtype.kind >= FLOAT:
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return self.bitwise_not()


@composite("_rlshift(Tensor self, Tensor other) -> Tensor", dtype="promote", variants="method")
def _rlshift(self: Tensor, other: Any) -> Tensor:
    from tensorsh.ops.registry import function

    return function("bitwise_left_shift")(other, self)


@composite("_rrshift(Tensor self, Tensor other) -> Tensor", dtype="promote", variants="method")
def _rrshift(self: Tensor, other: Any) -> Tensor:
    from tensorsh.ops.registry import function

    return function("bitwise_right_shift")(other, self)

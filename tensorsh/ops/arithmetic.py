"""Sums, products and what is made of them: `add`, `sub`, `mul`, `neg`, `abs`, `addcmul`, `lerp`, `gcd` …

Derivatives are PyTorch's (tools/autograd/derivatives.yaml). For complex tensors a gradient is conjugated as PyTorch does it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.registry import alias, binary, composite, function, op, unary
from tensorsh.runtime.dtype import BOOL, COMPLEX, FLOAT
from tensorsh.runtime.tensor import Tensor

BOTH = "self other"  # operators that PyTorch lets take a number on either side: `torch.add(1, x)`


def conj(x: Any) -> Any:
    """The conjugate of a complex tensor or number; anything else is its own."""
    if isinstance(x, Tensor):
        return x.conj() if x._dtype.kind == COMPLEX else x
    return x.conjugate() if type(x) is complex else x


def zero(grad: Tensor) -> Tensor:
    """The gradient of what does not change: zeros, with no history."""
    return Tensor._fresh(np.zeros(grad._array.shape, grad._array.dtype), grad._dtype)


def kind_of(*operands: Any) -> str:
    """NumPy's letter for the kind of the arrays among `operands`, which have one dtype."""
    return next(x.dtype.kind for x in operands if type(x) is np.ndarray)


def _plus_scaled(self: Any, other: Any, alpha: Any, sign: int, out: Any) -> Any:
    """`self + sign * alpha * other`."""
    kind = kind_of(self, other)
    if type(alpha) is bool and kind != "b":
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if type(alpha) is float and kind in "biu":
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if type(alpha) is complex and kind != "c":
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")
    if kind in "biu":
        alpha = np.asarray(alpha).astype((self if type(self) is np.ndarray else other).dtype)
        return (np.add if sign > 0 else np.subtract)(self, np.multiply(other, alpha), out)
    from tensorsh.ops.elementary import fused

    found = fused(other, sign * alpha, self)
    if out is None:
        return found
    out[...] = found
    return out


@op(
    "add(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
    dtype="promote", numbers=BOTH, alone=True, variants="function method inplace out", elementwise=True, plain=np.add,
    node_in_formula="AddBackward1",
)  # fmt: skip
def add(self: Any, other: Any, alpha: Any, out: Any = None) -> Any:
    """Adds `alpha * other` to `self`, element by element.

    Shapes broadcast, dtypes promote; `alpha` must be integral where the result is.

    >>> torch.add(torch.tensor([1., 2.]), 10, alpha=2)
    tensor([21., 22.])
    """
    if type(alpha) is not int or alpha != 1:
        return _plus_scaled(self, other, alpha, 1, out)
    return np.add(self, other, out)


@add.vjp("self")
def _(grad):
    return grad


@add.vjp("other")
def _(grad, alpha):
    return grad if alpha == 1 else grad * conj(alpha)


TWO_BOOLS = "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead."
NEGATED_BOOL = (
    "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or "
    "`logical_not()` operator instead."
)


def _is_bool(x: Any) -> bool:
    return type(x) is bool or (type(x) is Tensor and x._dtype.kind == BOOL)


def _no_bool(self: Any, other: Any) -> None:
    if _is_bool(self) != _is_bool(other):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the "
            "`~` or `logical_not()` operator instead."
        )


@op(
    "sub(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
    dtype="promote", numbers=BOTH, alone=True, variants="function method inplace out", elementwise=True,
    refuses={BOOL: RuntimeError(TWO_BOOLS)}, check_mixed=_no_bool, node_in_formula="SubBackward1",
)  # fmt: skip
def sub(self: Any, other: Any, alpha: Any, out: Any = None) -> Any:
    """Subtracts `alpha * other` from `self`, element by element.

    RuntimeError for bool tensors, whose difference has no meaning: use `^` or `logical_xor`.

    >>> torch.sub(torch.tensor([5., 6.]), torch.tensor([1., 2.]))
    tensor([4., 4.])
    """
    if type(alpha) is not int or alpha != 1:
        return _plus_scaled(self, other, alpha, -1, out)
    return np.subtract(self, other, out)


@sub.vjp("self")
def _(grad):
    return grad


@sub.vjp("other")
def _(grad, alpha):
    return -grad if alpha == 1 else -grad * conj(alpha)


@op(
    "rsub(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", dtype="promote", variants="function", elementwise=True,
    refuses={BOOL: RuntimeError(TWO_BOOLS)}, check_mixed=_no_bool,
    node=lambda other: "RsubBackward0" if type(other) is Tensor else "RsubBackward1", node_in_formula="SubBackward0",
)  # fmt: skip
def rsub(self: Any, other: Any, alpha: Any) -> Any:
    """Subtracts `alpha * self` from `other`: what `other - self` means.

    >>> torch.rsub(torch.tensor([1., 2.]), 10)
    tensor([9., 8.])
    """
    return sub.body(other, self, alpha)


@rsub.vjp("self")
def _(grad, alpha):
    return -grad if alpha == 1 else -grad * conj(alpha)


@rsub.vjp("other")
def _(grad):
    return grad


binary(
    "mul", np.multiply, (lambda grad, other: grad * conj(other), lambda grad, self: grad * conj(self)), numbers=BOTH, alone=True,
    node_in_formula="MulBackward1",
    doc="""Multiplies, element by element.

    Shapes broadcast, dtypes promote.

    >>> torch.mul(torch.tensor([1., 2., 3.]), 10)
    tensor([10., 20., 30.])
    """,
)  # fmt: skip

unary(
    "neg", np.negative, lambda grad: -grad, dtype="promote",
    refuses={BOOL: RuntimeError(NEGATED_BOOL)},
    doc="""The negative of each element. RuntimeError for bool tensors.

    >>> torch.neg(torch.tensor([1., -2.]))
    tensor([-1.,  2.])
    """,
)  # fmt: skip


@composite("positive(Tensor(a) self) -> Tensor(a)")
def positive(self: Tensor) -> Tensor:
    """The tensor itself. RuntimeError for bool tensors.

    >>> torch.positive(torch.tensor([1, -2]))
    tensor([ 1, -2])
    """
    if self._dtype.kind == BOOL:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return self


unary(
    "abs", np.abs, lambda grad, self: grad * self.sgn(), dtype=None, half=True, refuses={BOOL: "abs_cpu"},
    doc="""The absolute value of each element; of a complex one, its magnitude, a real number.

    >>> torch.abs(torch.tensor([-1, 2, -3]))
    tensor([1, 2, 3])
    """,
)  # fmt: skip


def _value(value: Any, kind: str) -> Any:
    """A factor in the dtype of integers: PyTorch truncates it."""
    return int(value) if kind in "iu" else value


@op(
    "addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor",
    dtype="promote", variants="function method inplace out", refuses={BOOL: "addcmul_cpu_out"},
)  # fmt: skip
def addcmul(self: Any, tensor1: Any, tensor2: Any, value: Any) -> Any:
    """`self + value * tensor1 * tensor2`, element by element.

    >>> torch.addcmul(torch.tensor([1., 2.]), torch.tensor([3., 4.]), torch.tensor([5., 6.]), value=0.1)
    tensor([2.5000, 4.4000])
    """
    from tensorsh.ops.elementary import fused

    value = _value(value, self.dtype.kind)
    return fused(tensor1 if value == 1 else value * tensor1, tensor2, self)


@addcmul.vjp("self")
def _(grad):
    return grad


@addcmul.vjp("tensor1")
def _(grad, tensor2, value):
    return grad * conj(tensor2 * value)


@addcmul.vjp("tensor2")
def _(grad, tensor1, value):
    return grad * conj(tensor1 * value)


def _no_integer_division(tensor1: Tensor, tensor2: Tensor) -> None:
    if tensor1._dtype.kind < FLOAT and tensor2._dtype.kind < FLOAT:
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true "
            "division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value * "
            "torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) for "
            "float inputs. The future addcdiv behavior is just the latter implementation: (input + value * tensor1 / "
            "tensor2), for all dtypes."
        )


@op(
    "addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor",
    dtype="promote", variants="function method inplace out", check=_no_integer_division,
)  # fmt: skip
def addcdiv(self: Any, tensor1: Any, tensor2: Any, value: Any) -> Any:
    """`self + value * tensor1 / tensor2`, element by element.

    >>> torch.addcdiv(torch.tensor([1., 2.]), torch.tensor([3., 4.]), torch.tensor([2., 8.]))
    tensor([2.5000, 2.5000])
    """
    return self + (tensor1 if value == 1 else value * tensor1) / tensor2


@addcdiv.vjp("self")
def _(grad):
    return grad


@addcdiv.vjp("tensor1")
def _(grad, tensor2, value):
    return grad * conj(function("true_divide")(value, tensor2))


@addcdiv.vjp("tensor2")
def _(grad, tensor1, tensor2, value):
    return -grad * conj(value * tensor1 / (tensor2 * tensor2))


def _one_dtype(self: Tensor, end: Tensor, weight: Any) -> None:
    for name, x in (("end", end), ("weight", weight)):
        if type(x) is Tensor and x._dtype is not self._dtype and (name == "end" or x._array.ndim):
            raise RuntimeError(f"expected dtype {self._dtype.cpp_name} for `{name}` but got dtype {x._dtype.cpp_name}")
    if self._dtype.kind < FLOAT:
        kernel = "lerp_kernel_tensor" if type(weight) is Tensor else "lerp_kernel_scalar"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{self._dtype.title}'")


@op(
    "lerp(Tensor self, Tensor end, Tensor weight) -> Tensor", dtype="promote", numbers="weight",
    variants="function method inplace out", check=_one_dtype,
    node=lambda weight: "LerpBackward1" if type(weight) is Tensor else "LerpBackward0",
)  # fmt: skip
def lerp(self: Any, end: Any, weight: Any) -> Any:
    """`self + weight * (end - self)`: the point that is `weight` of the way from `self` to `end`.

    All tensors must have one dtype; `weight` may be a number.

    >>> torch.lerp(torch.tensor([0., 10.]), torch.tensor([1., 20.]), 0.5)
    tensor([ 0.5000, 15.0000])
    """
    from tensorsh.ops.elementary import fused

    way = end - self
    # From the nearer end, as PyTorch does, so that weight 1 gives `end` exactly.
    if type(weight) is not np.ndarray:
        weight = way.dtype.type(weight)
        return fused(weight, way, self) if abs(weight) < 0.5 else fused(-way, 1 - weight, end)
    return np.where(np.abs(weight) < 0.5, fused(weight, way, self), fused(-way, 1 - weight, end))


@lerp.vjp("self")
def _(grad, weight):
    return grad * conj(1 - weight)


@lerp.vjp("end")
def _(grad, weight):
    return grad * conj(weight)


@lerp.vjp("weight")
def _(grad, self, end):
    return grad * conj(end - self)


_NO_GCD = {BOOL: "gcd_cpu", FLOAT: "gcd_cpu", COMPLEX: "gcd_cpu"}
_NO_LCM = {BOOL: "lcm_cpu", FLOAT: "lcm_cpu", COMPLEX: "lcm_cpu"}

binary(
    "gcd", np.gcd, differentiable=False, refuses=_NO_GCD, numbers="",
    doc="""The greatest common divisor of integers, element by element.

    >>> torch.gcd(torch.tensor([12, 18]), torch.tensor([8, 27]))
    tensor([4, 9])
    """,
)  # fmt: skip

binary(
    "lcm", np.lcm, differentiable=False, refuses=_NO_LCM, numbers="",
    doc="""The least common multiple of integers, element by element.

    >>> torch.lcm(torch.tensor([4, 6]), torch.tensor([6, 8]))
    tensor([12, 24])
    """,
)  # fmt: skip

for _alias, _target in {"subtract": "sub", "multiply": "mul", "negative": "neg", "absolute": "abs"}.items():
    alias(_alias, _target)

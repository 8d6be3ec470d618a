"""Powers, roots, exponentials and logarithms: `pow`, `sqrt`, `exp`, `log`, `logaddexp`, `xlogy` …"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorsh.ops import elementary
from tensorsh.ops.arithmetic import conj, kind_of, zero
from tensorsh.ops.registry import alias, binary, composite, op, unary
from tensorsh.runtime.dtype import BOOL, COMPLEX, INTEGER, complex128, float64
from tensorsh.runtime.state import current
from tensorsh.runtime.tensor import Tensor

# --- powers ---------------------------------------------------------------------------------------------------------------

# The exponents that have a quicker way than a power; PyTorch takes it too, so special values agree.
_QUICK: dict[float, Any] = {
    2: lambda x, out: np.multiply(x, x, out),
    3: lambda x, out: np.multiply(np.multiply(x, x), x, out),
    0.5: np.sqrt,
    -0.5: lambda x, out: np.divide(1, np.sqrt(x), out),
    -1: lambda x, out: np.divide(1, x, out),
    -2: lambda x, out: np.divide(1, np.multiply(x, x), out),
}


def _integer_power(base: Any, exponent: Any, out: Any) -> Any:
    """Integers to integer powers. A negative power of anything but 1 and -1 is 0, the truncated quotient."""
    negative = np.asarray(exponent) < 0
    found = np.power(base, np.where(negative, 0, exponent), out)
    if not negative.any():
        return found
    sign = np.where(np.asarray(exponent) % 2 == 0, 1, base)
    small = np.where(np.asarray(base) == 1, 1, np.where(np.asarray(base) == -1, sign, 0))
    result = np.where(negative, small, found).astype(found.dtype)
    if out is None:
        return result
    out[...] = result
    return out


def _pow_node(self: Any, exponent: Any) -> str:
    if type(self) is not Tensor:
        return "PowBackward2"
    return "PowBackward1" if type(exponent) is Tensor else "PowBackward0"


@op(
    "pow(Tensor self, Tensor exponent) -> Tensor", dtype="promote", numbers="self exponent", node=_pow_node,
    variants="function method inplace out", elementwise=True, refuses={BOOL: "pow"},
)  # fmt: skip
def pow_(self: Any, exponent: Any, out: Any = None) -> Any:
    """Raises to a power, element by element. Either side may be a number.

    RuntimeError for an integer tensor and a negative integer number.

    >>> torch.pow(torch.tensor([1., 2., 3.]), 2)
    tensor([1., 4., 9.])
    """
    if kind_of(self, exponent) == "i" or kind_of(self, exponent) == "u":
        if type(exponent) in (int, bool):
            exponent = int(exponent)
            if exponent < 0:
                raise RuntimeError("Integers to negative integer powers are not allowed.")
            if exponent == 2:
                return np.multiply(self, self, out)
            return np.power(self, exponent, out)
        return _integer_power(self, exponent, out)
    if type(exponent) is not np.ndarray:
        quick = _QUICK.get(exponent)
        if quick is not None:
            return quick(self, out)
    return elementary.power(self, exponent, out)


@pow_.vjp("self")
def _(grad, self, exponent):
    if type(exponent) is Tensor:
        from tensorsh.ops.selection import where

        return where(exponent == 0, 0.0, grad * conj(exponent * self.pow(exponent - 1)))
    return zero(grad) if exponent == 0 else _power_slope(grad, self, exponent)


def _power_slope(grad: Tensor, self: Tensor, exponent: Any) -> Tensor:
    if exponent == 2 and not current().grad_enabled:
        return grad * conj(self * 2)
    return grad * conj(exponent * self.pow(exponent - 1))


@pow_.vjp("exponent")
def _(grad, self, exponent, result):
    slope = conj(result * (self.log() if type(self) is Tensor else _number_log(self)))
    if type(self) is not Tensor and self != 0:
        return grad * slope
    from tensorsh.ops.selection import where

    # 0 ** y is 0 for every y > 0 near it: a slope of 0, not of 0 * -inf.
    flat = (exponent.real if exponent._dtype.kind == COMPLEX else exponent) >= 0
    return grad * where((self == 0) & flat if type(self) is Tensor else flat, 0.0, slope)


def _number_log(value: Any) -> Any:
    if type(value) is complex:
        import cmath

        return cmath.log(value)
    return math.log(value) if value > 0 else -math.inf if value == 0 else math.nan


def _is_complex(x: Any) -> bool:
    return x._dtype.kind == COMPLEX if type(x) is Tensor else type(x) is complex


@composite(
    "float_power(Tensor self, Tensor exponent) -> Tensor", dtype="promote", numbers="self exponent",
    variants="function method out",
)  # fmt: skip
def float_power(self: Any, exponent: Any) -> Tensor:
    """Raises to a power in double precision, whatever the dtypes.

    >>> torch.float_power(torch.tensor([1, 2, 3]), 2)
    tensor([1., 4., 9.], dtype=torch.float64)
    """
    wanted = complex128 if _is_complex(self) or _is_complex(exponent) else float64
    base = self.to(wanted) if type(self) is Tensor else self
    return pow_(base, exponent.to(wanted) if type(exponent) is Tensor else exponent)


@composite("float_power_(Tensor(a!) self, Tensor exponent) -> Tensor(a!)", dtype="promote", numbers="exponent", variants="method")
def float_power_(self: Tensor, exponent: Any) -> Tensor:
    """`float_power` in place, for tensors that are float64 or complex128 already.

    >>> torch.tensor([2., 3.], dtype=torch.float64).float_power_(2)
    tensor([4., 9.], dtype=torch.float64)
    """
    wanted = complex128 if _is_complex(self) or _is_complex(exponent) else float64
    if self._dtype is not wanted:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {self._dtype.title} but the operation's result requires dtype {wanted.title}"
        )
    return self.pow_(exponent.to(wanted) if type(exponent) is Tensor else exponent)


@composite("_rpow(Tensor self, Tensor other) -> Tensor", dtype="promote", variants="method")
def _rpow(self: Tensor, other: Any) -> Tensor:
    return pow_(other, self)


unary(
    "square", lambda self: np.square(self) if self.dtype.kind != "b" else self.astype(np.int64),
    lambda grad, self: _power_slope(grad, self, 2), dtype=None, half=True, node="PowBackward0",
    doc="""Each element times itself.

    >>> torch.square(torch.tensor([1., -2.]))
    tensor([1., 4.])
    """,
)  # fmt: skip

unary(
    "sqrt", np.sqrt, lambda grad, result: grad / conj(2 * result),
    doc="""The square root of each element; nan for negative ones.

    >>> torch.sqrt(torch.tensor([4., 9.]))
    tensor([2., 3.])
    """,
)  # fmt: skip

unary(
    "rsqrt", lambda self, out=None: np.divide(1, np.sqrt(self), out), lambda grad, result: -0.5 * grad * conj(result.pow(3)),
    doc="""One divided by the square root of each element.

    >>> torch.rsqrt(torch.tensor([4., 16.]))
    tensor([0.5000, 0.2500])
    """,
)  # fmt: skip

# --- exponentials and logarithms --------------------------------------------------------------------------------------------

unary(
    "exp", elementary.exp, lambda grad, result: grad * conj(result),
    doc="""e to the power of each element.

    >>> torch.exp(torch.tensor([0., 1.]))
    tensor([1.0000, 2.7183])
    """,
)  # fmt: skip

unary(
    "exp2", elementary.exp2, lambda grad, result: grad * conj(result) * math.log(2),
    doc="""2 to the power of each element.

    >>> torch.exp2(torch.tensor([0., 3.]))
    tensor([1., 8.])
    """,
)  # fmt: skip

unary(
    "expm1", elementary.expm1, lambda grad, result: grad * (conj(result) + 1),
    doc="""e to the power of each element, minus 1: exact for small ones.

    >>> torch.expm1(torch.tensor([0., 1.]))
    tensor([0.0000, 1.7183])
    """,
)  # fmt: skip

unary(
    "log", elementary.log, lambda grad, self: grad / conj(self),
    doc="""The natural logarithm of each element.

    >>> torch.log(torch.tensor([1., 10.]))
    tensor([0.0000, 2.3026])
    """,
)  # fmt: skip

unary(
    "log2", elementary.log2, lambda grad, self: grad / (conj(self) * math.log(2)),
    doc="""The logarithm to base 2 of each element.

    >>> torch.log2(torch.tensor([1., 8.]))
    tensor([0., 3.])
    """,
)  # fmt: skip


unary(
    "log10", elementary.log10, lambda grad, self: grad / (conj(self) * math.log(10)),
    doc="""The logarithm to base 10 of each element.

    >>> torch.log10(torch.tensor([1., 1000.]))
    tensor([0., 3.])
    """,
)  # fmt: skip

unary(
    "log1p", elementary.log1p, lambda grad, self: grad / conj(self + 1), node="Log1PBackward0",
    doc="""The natural logarithm of 1 plus each element: exact for small ones.

    >>> torch.log1p(torch.tensor([0., 1.]))
    tensor([0.0000, 0.6931])
    """,
)  # fmt: skip


def _refused(name: str, *kinds: int) -> dict[int, str]:
    return dict.fromkeys(kinds, f"{name}_cpu")


def _sum_of_exponentials(self: Any, other: Any, out: Any = None) -> Any:
    if self.dtype.kind != "c":
        return np.logaddexp(self, other, out)
    swap = self.real < other.real
    high, low = np.where(swap, other, self), np.where(swap, self, other)
    same = np.isinf(high.real) & (high == low)
    return np.where(same, np.where(high.real < 0, high, np.log(np.exp(high) + np.exp(low))), high + np.log1p(np.exp(low - high)))


binary(
    "logaddexp", _sum_of_exponentials,
    (lambda grad, self, other: grad / conj(1 + (other - self).exp()),
     lambda grad, self, other: grad / conj(1 + (self - other).exp())),
    variants="function method out", numbers="", refuses=_refused("logaddexp", BOOL, INTEGER),
    doc="""log(exp(self) + exp(other)), element by element, without overflow.

    >>> torch.logaddexp(torch.tensor([-1.]), torch.tensor([-1.]))
    tensor([-0.3069])
    """,
)  # fmt: skip

binary(
    "logaddexp2", np.logaddexp2,
    (lambda grad, self, other: grad / (1 + pow_(2, other - self)),
     lambda grad, self, other: grad / (1 + pow_(2, self - other))),
    variants="function method out", numbers="", refuses=_refused("logaddexp2", BOOL, INTEGER),
    doc="""log2(2**self + 2**other), element by element, without overflow.

    >>> torch.logaddexp2(torch.tensor([1000.]), torch.tensor([1000.]))
    tensor([1001.])
    """,
)  # fmt: skip

binary(
    "ldexp", lambda self, other: self * elementary.exp2(other),
    (lambda grad, other: grad * conj(pow_(2, other)), lambda grad, result: grad * conj(result) * math.log(2)),
    dtype="float", numbers="",
    doc="""`self` times 2 to the power of `other`, element by element.

    >>> torch.ldexp(torch.tensor([1., 3.]), torch.tensor([2, 3]))
    tensor([ 4., 24.])
    """,
)  # fmt: skip


def number_node(name: str) -> Any:
    """The node names of operators with a form for a number on each side: 0 for two tensors, 1 and 2 for the others."""

    def choose(self: Any, other: Any) -> str:
        return f"{name}Backward{1 if type(self) is not Tensor else 0 if type(other) is Tensor else 2}"

    return choose


def product_with_log(self: Any, other: Any, log: Any) -> Any:
    """`self * log(other)`, 0 where `self` is, NaN where `other` is; one of them may be a number, which has the other's dtype."""
    kind = (self if type(self) is np.ndarray else other).dtype
    self, other = np.asarray(self, kind), np.asarray(other, kind)
    return np.where(np.isnan(other), other, np.where(self == 0, kind.type(0), self * log(other)))


@op("xlogy(Tensor self, Tensor other) -> Tensor", dtype="float", numbers="self other", variants="function method inplace out",
    node=number_node("Xlogy"), refuses={COMPLEX: "xlogy_cpu"})  # fmt: skip
def xlogy(self: Any, other: Any) -> Any:
    """`self * log(other)`, element by element, and 0 where `self` is 0.

    >>> torch.xlogy(torch.tensor([0., 2.]), torch.tensor([0., 2.]))
    tensor([0.0000, 1.3863])
    """
    return product_with_log(self, other, elementary.log)


@xlogy.vjp("self")
def _(grad, self, other):
    return xlogy(grad, other).masked_fill((self == 0) & (other <= 0), 0)


@xlogy.vjp("other")
def _(grad, self, other):
    return grad * self / other


alias("xlogy", "xlogy", namespace="special")
for _alias in ("exp2", "expm1", "log1p"):
    alias(_alias, _alias, namespace="special", variants="function out")

"""Special functions: `sigmoid`, `erf`, `lgamma`, `digamma`, `polygamma`, `i0`, `zeta` …, and `torch.special`.

The kernels are SciPy's, loaded when the first of them runs.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorsh.ops import elementary
from tensorsh.ops.arithmetic import conj
from tensorsh.ops.powers import number_node, product_with_log
from tensorsh.ops.registry import Call, alias, backward, binary, composite, function, op, unary
from tensorsh.ops.selection import where
from tensorsh.runtime.dtype import BOOL, COMPLEX, INTEGER
from tensorsh.runtime.tensor import Tensor

SPECIAL = "special"


def scipy_kernel(name: str) -> Any:
    """A function of scipy.special, loaded when it is first called."""

    def kernel(*args: Any) -> Any:
        from scipy import special

        return getattr(special, name)(*args)

    return kernel


def _no_complex(name: str, suffix: str = "_vml_cpu") -> dict[int, str]:
    return {COMPLEX: f"{name}{suffix}"}


# --- the logistic function --------------------------------------------------------------------------------------------------


@backward("sigmoid_backward(Tensor grad_output, Tensor output) -> Tensor")
def sigmoid_backward(grad_output, output):
    if output.dtype.kind == "c":
        return grad_output * ((1 - output) * output).conj()
    return grad_output * (1 - output) * output


@sigmoid_backward.vjp("grad_output")
def _(grad, output):
    return sigmoid_backward(grad, conj(output))


@sigmoid_backward.vjp("output")
def _(grad, grad_output, output):
    return conj(grad) * grad_output * (-2 * conj(output) + 1)


unary(
    "sigmoid", elementary.sigmoid, Call(sigmoid_backward, "grad result"),
    doc="""1 / (1 + exp(-x)) of each element x.

    >>> torch.sigmoid(torch.tensor([0., 2.]))
    tensor([0.5000, 0.8808])
    """,
)  # fmt: skip
alias("expit", "sigmoid", namespace=SPECIAL, variants="function out")


@op(
    "logit(Tensor self, float? eps=None) -> Tensor", dtype="float", variants="function method inplace out",
    refuses=_no_complex("logit", "_cpu"),
)  # fmt: skip
def logit(self: Any, eps: float | None) -> Any:
    """log(x / (1 - x)) of each element x, which is brought between `eps` and 1 - `eps` before.

    >>> torch.logit(torch.tensor([0.5, 0.9]))
    tensor([0.0000, 2.1972])
    """
    within = self if eps is None else np.minimum(np.maximum(self, eps), 1 - eps)
    return elementary.log(within / (1 - within))


@logit.vjp("self")
def _(grad, self, eps):
    low = 0.0 if eps is None else eps
    return where((self >= low) & (self <= 1 - low), grad / (self * (1 - self)), math.nan if eps is None else 0.0)


alias("logit", "logit", namespace=SPECIAL, variants="function out")

# --- the error function and the normal distribution -------------------------------------------------------------------------

_ROOT_PI = math.sqrt(math.pi)

unary(
    "erf", scipy_kernel("erf"), lambda grad, self: 2 / _ROOT_PI * (-self.pow(2)).exp() * grad, refuses=_no_complex("erf"),
    doc="""The error function of each element.

    >>> torch.erf(torch.tensor([0., 1.]))
    tensor([0.0000, 0.8427])
    """,
)  # fmt: skip

unary(
    "erfc", scipy_kernel("erfc"), lambda grad, self: -2 / _ROOT_PI * (-self.pow(2)).exp() * grad, refuses=_no_complex("erfc"),
    doc="""1 minus the error function of each element.

    >>> torch.erfc(torch.tensor([0., 1.]))
    tensor([1.0000, 0.1573])
    """,
)  # fmt: skip

unary(
    "erfinv", elementary.rounded(scipy_kernel("erfinv")), lambda grad, self: 0.5 * _ROOT_PI * self.erfinv().pow(2).exp() * grad,
    refuses=_no_complex("erfinv"),
    doc="""The inverse of the error function of each element.

    >>> torch.erfinv(torch.tensor([0., 0.5]))
    tensor([0.0000, 0.4769])
    """,
)  # fmt: skip

unary(
    "erfcx", scipy_kernel("erfcx"), lambda grad, self, result: (2 * self * result - 2 / _ROOT_PI) * grad, namespace=SPECIAL,
    variants="function out", refuses=_no_complex("erfcx", "_cpu"),
    doc="""exp(x²) erfc(x) of each element x.

    >>> torch.special.erfcx(torch.tensor([0., 1.]))
    tensor([1.0000, 0.4276])
    """,
)  # fmt: skip


@composite("ndtr(Tensor self) -> Tensor", namespace=SPECIAL, variants="function out", scalars=True)
def ndtr(self: Tensor) -> Tensor:
    """The area under the standard normal density up to each element.

    >>> torch.special.ndtr(torch.tensor([0., 1.]))
    tensor([0.5000, 0.8413])
    """
    return (1 + (self * math.sqrt(0.5)).erf()) * 0.5


unary(
    "log_ndtr", scipy_kernel("log_ndtr"),
    lambda grad, self, result: grad / math.sqrt(2 * math.pi) * (-(result + self.pow(2) / 2)).exp(), namespace=SPECIAL,
    variants="function out", refuses=_no_complex("log_ndtr"),
    doc="""The logarithm of the area under the standard normal density up to each element.

    >>> torch.special.log_ndtr(torch.tensor([0., 1.]))
    tensor([-0.6931, -0.1728])
    """,
)  # fmt: skip

unary(
    "ndtri", scipy_kernel("ndtri"), lambda grad, result: grad * math.sqrt(2 * math.pi) * (result.square() / 2).exp(),
    namespace=SPECIAL, variants="function out", refuses=_no_complex("ndtri", "_cpu"),
    doc="""The inverse of `ndtr`.

    >>> torch.special.ndtri(torch.tensor([0.5, 0.8413]))
    tensor([0.0000, 0.9998])
    """,
)  # fmt: skip

# --- gamma and its relatives ------------------------------------------------------------------------------------------------

unary(
    "lgamma", scipy_kernel("gammaln"), lambda grad, self: grad * self.digamma(), refuses=_no_complex("lgamma"),
    doc="""The logarithm of the absolute value of the gamma function of each element.

    >>> torch.lgamma(torch.tensor([1., 5.]))
    tensor([0.0000, 3.1781])
    """,
)  # fmt: skip
alias("gammaln", "lgamma", namespace=SPECIAL, variants="function out")


def _digamma(self: Any) -> Any:
    from scipy import special

    # At 0 the sign of the zero decides; SciPy takes -∞ for both.
    return np.where(self == 0, np.copysign(self.dtype.type(np.inf), -self), special.psi(self))


unary(
    "digamma", _digamma, lambda grad, self: grad * self.polygamma(1), refuses=_no_complex("digamma", ""),
    doc="""The derivative of `lgamma`, at each element.

    >>> torch.digamma(torch.tensor([1., 0.5]))
    tensor([-0.5772, -1.9635])
    """,
)  # fmt: skip
for _name in ("digamma", "psi"):
    alias(_name, "digamma", namespace=SPECIAL, variants="function out")


@op("polygamma(int n, Tensor self) -> Tensor", dtype="float", variants="function out", refuses=_no_complex("polygamma"))
def polygamma(n: int, self: Any) -> Any:
    """The `n`-th derivative of `digamma`, at each element. RuntimeError for a negative `n`.

    >>> torch.polygamma(1, torch.tensor([1., 0.5]))
    tensor([1.6449, 4.9348])
    """
    from scipy import special

    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    if n == 0:
        return _digamma(self)
    if n == 1:
        return _trigamma(self)
    factorial = math.factorial(n) if n < 170 else math.inf
    return ((-1.0) ** (n + 1) * factorial * special.zeta(np.float64(n + 1), self)).astype(self.dtype)


def _trigamma(self: Any) -> Any:
    """By reflection for x below 1/2, as PyTorch computes it: ψ'(x) = π² / sin²(πx) - ψ'(1 - x)."""
    from scipy import special

    low = self < 0.5
    mirrored = np.where(low, 1 - self, self).astype(np.float64)
    found = special.zeta(2.0, mirrored)
    reflected = (math.pi / np.sin(self * self.dtype.type(math.pi))) ** 2 - found
    return np.where(low, reflected, found).astype(self.dtype)


@polygamma.vjp("self")
def _(grad, n, self):
    return grad * polygamma(n + 1, self)


@composite("polygamma(Tensor self, int n) -> Tensor", variants="method inplace")
def polygamma_method(self: Tensor, n: int) -> Tensor:
    return polygamma(n, self)


@composite("polygamma(int n, Tensor self) -> Tensor", namespace=SPECIAL, variants="function out")
def special_polygamma(n: int, self: Tensor) -> Tensor:
    """The `n`-th derivative of `digamma`, at each element. RuntimeError for a negative `n`.

    >>> torch.special.polygamma(1, torch.tensor([1., 0.5]))
    tensor([1.6449, 4.9348])
    """
    return polygamma(n, self)


def _check_mvlgamma(self: Tensor, p: int) -> None:
    if self._dtype.kind == BOOL:
        raise RuntimeError("The input tensor may not be a boolean tensor.")
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")


@op(
    "mvlgamma(Tensor self, int p) -> Tensor", dtype="float", variants="function method inplace out", check=_check_mvlgamma,
)  # fmt: skip
def mvlgamma(self: Any, p: int) -> Any:
    """The logarithm of the multivariate gamma function of dimension `p`, at each element.

    >>> torch.mvlgamma(torch.tensor([3.]), 2)
    tensor([1.5502])
    """
    from scipy import special

    steps = np.arange(p, dtype=self.dtype) / 2
    constant = p * (p - 1) / 4 * math.log(math.pi)
    return np.add.reduce(special.gammaln(np.asarray(self)[..., None] - steps), -1) + constant


@mvlgamma.vjp("self")
def _(grad, self, p):
    slope = self.digamma()
    for step in range(1, p):
        slope = slope + (self - step / 2).digamma()
    return grad * slope


alias("multigammaln", "mvlgamma", namespace=SPECIAL, variants="function out")


def _no_derivative_of(name: str) -> Any:
    def formula(grad):
        raise NotImplementedError(f"the derivative for '{name}' is not implemented.")

    return formula


def _gamma_density(self, other):
    return ((self - 1) * other.log() - other - self.lgamma()).exp()


for _name, _scipy, _special, _what, _shown, _slope in (
    ("igamma", "gammainc", "gammainc", "lower", "0.8647", lambda grad, self, other: grad * _gamma_density(self, other)),
    ("igammac", "gammaincc", "gammaincc", "upper", "0.1353", lambda grad, self, other: -grad * _gamma_density(self, other)),
):  # fmt: skip
    binary(
        _name, scipy_kernel(_scipy), (_no_derivative_of(f"{_name}: input"), _slope), numbers="",
        refuses=dict.fromkeys((BOOL, INTEGER, COMPLEX), f"{_name}_cpu"),
        doc=f"The regularised {_what} incomplete gamma function of `self` at `other`.\n\n"
        f">>> torch.{_name}(torch.tensor([1.]), torch.tensor([2.]))\ntensor([{_shown}])\n",
    )  # fmt: skip
    alias(_special, _name, namespace=SPECIAL, variants="function out")


@op(
    "zeta(Tensor self, Tensor other) -> Tensor", dtype="float", numbers="self other", namespace=SPECIAL, variants="function out",
    node=number_node("SpecialZeta"),
)  # fmt: skip
def zeta(self: Any, other: Any) -> Any:
    """The Hurwitz zeta function: the sum of (k + other) ** -self over k = 0, 1, 2 …

    >>> torch.special.zeta(torch.tensor([2., 4.]), 1)
    tensor([1.6449, 1.0823])
    """
    from scipy import special

    kind = self.dtype if type(self) is np.ndarray else other.dtype
    return np.asarray(special.zeta(np.asarray(self, np.float64), np.asarray(other, np.float64))).astype(kind)


zeta.vjp("self")(_no_derivative_of("zeta"))


@zeta.vjp("other")
def _(grad, self, other):
    return grad * -self * zeta(self + 1, other)


# --- entropy and products with logarithms -----------------------------------------------------------------------------------


def _entropy(self: Any) -> Any:
    outside = np.where(self < 0, self.dtype.type(-np.inf), self)
    return np.where(self > 0, -self * elementary.log(self), np.where(self == 0, self * 0, outside))


unary(
    "entr", _entropy,
    lambda grad, self: grad * -(1 + self.log()), namespace=SPECIAL, variants="function out", refuses=_no_complex("entr", "_cpu"),
    doc="""-x log(x) of each element x; 0 at 0, and -∞ below.

    >>> torch.special.entr(torch.tensor([0., 0.5, -1.]))
    tensor([0.0000, 0.3466,   -inf])
    """,
)  # fmt: skip


@op(
    "xlog1py(Tensor self, Tensor other) -> Tensor", dtype="float", numbers="self other", namespace=SPECIAL,
    variants="function out", node=number_node("SpecialXlog1Py"), refuses=_no_complex("xlog1py", "_cpu"),
)  # fmt: skip
def xlog1py(self: Any, other: Any) -> Any:
    """`self * log1p(other)`, element by element, and 0 where `self` is 0.

    >>> torch.special.xlog1py(torch.tensor([0., 2.]), torch.tensor([-1., 1.]))
    tensor([0.0000, 1.3863])
    """
    return product_with_log(self, other, elementary.log1p)


@xlog1py.vjp("self")
def _(grad, self, other):
    return xlog1py(grad, other).masked_fill((self == 0) & (other <= -1), 0)


@xlog1py.vjp("other")
def _(grad, self, other):
    return grad * self / (other + 1)


# --- Bessel functions -------------------------------------------------------------------------------------------------------

unary(
    "i0", scipy_kernel("i0"), lambda grad, self: grad * function("i1", SPECIAL)(self), refuses=_no_complex("i0"),
    doc="""The modified Bessel function of the first kind, of order 0, of each element.

    >>> torch.i0(torch.tensor([0., 1.]))
    tensor([1.0000, 1.2661])
    """,
)  # fmt: skip


def _i1_slope(grad, self, result):
    apart = self.abs() > _epsilon(self)
    safe = where(apart, self, _epsilon(self))
    return grad * where(apart, safe.i0() - result * safe.reciprocal(), 0.5)


def _i1e_slope(grad, self, result):
    apart = self.abs() > _epsilon(self)
    safe = where(apart, self, _epsilon(self))
    return grad * where(apart, function("i0e", SPECIAL)(safe) - result * (safe.sgn() + safe.reciprocal()), 0.5)


def _epsilon(self: Tensor) -> float:
    from tensorsh.runtime.limits import finfo

    return finfo(self._dtype).eps


# name -> (SciPy's name, derivative, node, what it is, its value at 1, other words for refusals)
_BESSEL: dict[str, tuple[str, Any, str | None, str, str]] = {
    "i0e": ("i0e", lambda grad, self, result: grad * (function("i1e", SPECIAL)(self) - self.sgn() * result), "SpecialI0EBackward0",
            "exp(-|x|) times the modified Bessel function of the first kind, order 0", "0.4658"),
    "i1": ("i1", _i1_slope, "SpecialI1Backward0", "The modified Bessel function of the first kind, order 1", "0.5652"),
    "i1e": ("i1e", _i1e_slope, "SpecialI1EBackward0",
            "exp(-|x|) times the modified Bessel function of the first kind, order 1", "0.2079"),
    "bessel_j0": ("j0", None, None, "The Bessel function of the first kind, order 0", "0.7652"),
    "bessel_j1": ("j1", None, None, "The Bessel function of the first kind, order 1", "0.4401"),
    "bessel_y0": ("y0", None, None, "The Bessel function of the second kind, order 0", "0.0883"),
    "bessel_y1": ("y1", None, None, "The Bessel function of the second kind, order 1", "-0.7812"),
    "modified_bessel_i0": ("i0", None, None, "The modified Bessel function of the first kind, order 0", "1.2661"),
    "modified_bessel_i1": ("i1", None, None, "The modified Bessel function of the first kind, order 1", "0.5652"),
    "modified_bessel_k0": ("k0", None, None, "The modified Bessel function of the second kind, order 0", "0.4210"),
    "modified_bessel_k1": ("k1", None, None, "The modified Bessel function of the second kind, order 1", "0.6019"),
    "scaled_modified_bessel_k0": ("k0e", None, None, "exp(x) times the modified Bessel function, second kind, order 0", "1.1445"),
    "scaled_modified_bessel_k1": ("k1e", None, None, "exp(x) times the modified Bessel function, second kind, order 1", "1.6362"),
}  # fmt: skip

for _name, (_scipy, _slope, _node, _what, _shown) in _BESSEL.items():
    unary(
        _name, scipy_kernel(_scipy), _slope, namespace=SPECIAL, variants="function out", node=_node,
        differentiable=_slope is not None, refuses=_no_complex(_name, "_cpu"),
        doc=f"{_what}, of each element.\n\n>>> torch.special.{_name}(torch.tensor([1.]))\ntensor([{_shown}])\n",
    )  # fmt: skip


def _spherical_j0(self: Any) -> Any:
    # From the definition sin(x) / x; near 0 it is 0 / 0, and the first terms of the series stand in.
    small = np.abs(self) < 0.5
    square = self * self
    series = 1 - square / 6 * (1 - square / 20 * (1 - square / 42 * (1 - square / 72)))
    ratio = np.sin(self) / np.where(small, self.dtype.type(1), self)
    return np.where(np.isinf(self), self.dtype.type(0), np.where(small, series, ratio))


unary(
    "spherical_bessel_j0", _spherical_j0, namespace=SPECIAL, variants="function out", differentiable=False,
    refuses=_no_complex("spherical_bessel_j0", "_cpu"),
    doc="""The spherical Bessel function of the first kind, order 0, of each element.

    >>> torch.special.spherical_bessel_j0(torch.tensor([0., 1.]))
    tensor([1.0000, 0.8415])
    """,
)  # fmt: skip

unary(
    "airy_ai", lambda self: scipy_kernel("airy")(self)[0], namespace=SPECIAL, variants="function out", differentiable=False,
    refuses=_no_complex("airy_ai", "_cpu"),
    doc="""The Airy function Ai of each element.

    >>> torch.special.airy_ai(torch.tensor([0., 1.]))
    tensor([0.3550, 0.1353])
    """,
)  # fmt: skip

for _name in ("erf", "erfc", "erfinv", "i0"):
    alias(_name, _name, namespace=SPECIAL, variants="function out")

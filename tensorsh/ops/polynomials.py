"""Orthogonal polynomials of `torch.special`: Chebyshev's, Hermite's, Laguerre's and Legendre's.

Each is a three-term recurrence over the degree, run for all elements at once up to the largest degree.
Source: Abramowitz and Stegun, Handbook of Mathematical Functions, table 22.7.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.registry import op


def _degree(x: Any, n: Any, first: Any, second: Any, step: Any) -> Any:
    """The polynomial of degree `n` (truncated to an integer; 0 for a negative one) at `x`."""
    x = np.asarray(x)
    degree = np.asarray(n).astype(np.int64)
    shape = np.broadcast_shapes(x.shape, degree.shape)
    before, now = np.ones(shape, x.dtype) * first, np.ones(shape, x.dtype) * second(x)
    found = np.where(degree == 0, before, np.where(degree < 0, x.dtype.type(0), now))
    highest = int(degree.max()) if degree.size else 0
    for k in range(2, highest + 1):
        before, now = now, step(x, k, now, before)
        found = np.where(degree == k, now, found)
    return found.astype(x.dtype)


def _chebyshev(x: Any, k: int, now: Any, before: Any) -> Any:
    return 2 * x * now - before


# name -> (degree 1, the next degree from the last two, whether x is shifted from [0, 1] to [-1, 1], what it is, degree 3 at 0.25)
_FAMILIES: dict[str, tuple[Any, Any, bool, str, str]] = {
    "chebyshev_polynomial_t": (lambda x: x, _chebyshev, False, "Chebyshev polynomial of the first kind", "-0.6875"),
    "chebyshev_polynomial_u": (lambda x: 2 * x, _chebyshev, False, "Chebyshev polynomial of the second kind", "-0.8750"),
    "chebyshev_polynomial_v": (lambda x: 2 * x - 1, _chebyshev, False, "Chebyshev polynomial of the third kind", "-0.1250"),
    "chebyshev_polynomial_w": (lambda x: 2 * x + 1, _chebyshev, False, "Chebyshev polynomial of the fourth kind", "-1.6250"),
    "shifted_chebyshev_polynomial_t": (lambda x: x, _chebyshev, True,
                                       "Chebyshev polynomial of the first kind on [0, 1]", "1."),
    "shifted_chebyshev_polynomial_u": (lambda x: 2 * x, _chebyshev, True,
                                       "Chebyshev polynomial of the second kind on [0, 1]", "1."),
    "shifted_chebyshev_polynomial_v": (lambda x: 2 * x - 1, _chebyshev, True,
                                       "Chebyshev polynomial of the third kind on [0, 1]", "1."),
    "shifted_chebyshev_polynomial_w": (lambda x: 2 * x + 1, _chebyshev, True,
                                       "Chebyshev polynomial of the fourth kind on [0, 1]", "1."),
    "hermite_polynomial_h": (lambda x: 2 * x, lambda x, k, now, before: 2 * (x * now - (k - 1) * before), False,
                             "Hermite polynomial of the physicists", "-2.8750"),
    "hermite_polynomial_he": (lambda x: x, lambda x, k, now, before: x * now - (k - 1) * before, False,
                              "Hermite polynomial of the probabilists", "-0.7344"),
    "laguerre_polynomial_l": (lambda x: 1 - x, lambda x, k, now, before: ((2 * k - 1 - x) * now - (k - 1) * before) / k, False,
                              "Laguerre polynomial", "0.3411"),
    "legendre_polynomial_p": (lambda x: x, lambda x, k, now, before: ((2 * k - 1) * x * now - (k - 1) * before) / k, False,
                              "Legendre polynomial", "-0.3359"),
}  # fmt: skip


def _declare(name: str, second: Any, step: Any, shifted: bool, what: str, shown: str) -> None:
    def kernel(x: Any, n: Any) -> Any:
        kind = (x if type(x) is np.ndarray else n).dtype
        x = np.asarray(x, kind)
        return _degree(2 * x - 1 if shifted else x, n, 1, second, step)

    kernel.__doc__ = (
        f"The {what}, of degree `n` at `x`, element by element; either may be a number.\n\n"
        f"    >>> torch.special.{name}(torch.tensor([0.25]), 3)\n    tensor([{shown}])\n"
    )
    op(
        f"{name}(Tensor x, Tensor n) -> Tensor", dtype="float", numbers="x n", namespace="special", variants="function out",
        differentiable=False, half=False, family=__name__,
    )(kernel)  # fmt: skip


for _name, _row in _FAMILIES.items():
    _declare(_name, *_row)

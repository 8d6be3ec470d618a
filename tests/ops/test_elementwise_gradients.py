"""First and second derivatives of the elementwise operators, against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tensorsh import torch
from tests.ops.gradcheck import check_gradients

REAL = [[0.3, -1.2, 2.6], [-0.7, 1.6, -2.1]]
POSITIVE = [[0.3, 1.2, 2.6], [0.7, 1.6, 2.1]]
UNIT = [[0.3, -0.4, 0.85], [-0.7, 0.6, -0.15]]
FRACTION = [[0.3, 0.4, 0.85], [0.7, 0.6, 0.15]]
ABOVE_ONE = [[1.3, 1.4, 2.85], [3.7, 1.6, 1.15]]
COMPLEX = [[0.3 + 0.2j, -1.2 + 0.7j, 0.5 - 0.4j]]
OTHER = [[1.5, 0.9, -0.55]]  # broadcasts
OTHER_POSITIVE = [[1.5, 0.8, 0.6]]
OTHER_COMPLEX = [[0.9 - 0.3j], [0.4 + 1.1j]]

UNARY: dict[str, list[Any]] = {
    "abs": [REAL, COMPLEX], "neg": [REAL], "square": [REAL, COMPLEX], "sqrt": [POSITIVE, COMPLEX], "rsqrt": [POSITIVE, COMPLEX],
    "reciprocal": [REAL, COMPLEX], "exp": [REAL, COMPLEX], "exp2": [REAL], "expm1": [REAL], "log": [POSITIVE, COMPLEX],
    "log2": [POSITIVE], "log10": [POSITIVE], "log1p": [POSITIVE, COMPLEX], "sin": [REAL, COMPLEX], "cos": [REAL, COMPLEX],
    "tan": [UNIT, COMPLEX], "asin": [UNIT, COMPLEX], "acos": [UNIT, COMPLEX], "atan": [REAL, COMPLEX], "sinh": [REAL, COMPLEX],
    "cosh": [REAL, COMPLEX], "tanh": [REAL, COMPLEX], "asinh": [REAL, COMPLEX], "acosh": [ABOVE_ONE], "atanh": [UNIT, COMPLEX],
    "sinc": [REAL], "deg2rad": [REAL], "rad2deg": [REAL], "sigmoid": [REAL, COMPLEX], "logit": [FRACTION], "floor": [REAL],
    "ceil": [REAL], "round": [REAL], "trunc": [REAL], "frac": [REAL], "sign": [REAL], "sgn": [REAL, COMPLEX],
    "angle": [REAL, COMPLEX],
    "nan_to_num": [REAL], "erf": [REAL], "erfc": [REAL], "erfinv": [UNIT], "lgamma": [POSITIVE], "digamma": [POSITIVE],
    "i0": [REAL], "conj": [COMPLEX], "conj_physical": [COMPLEX], "real": [COMPLEX], "imag": [COMPLEX], "view_as_real": [COMPLEX],
    "special.erfcx": [REAL], "special.ndtr": [REAL], "special.log_ndtr": [REAL], "special.ndtri": [FRACTION],
    "special.entr": [POSITIVE], "special.i0e": [REAL], "special.i1": [REAL], "special.i1e": [REAL],
}  # fmt: skip

BINARY: dict[str, list[tuple[Any, Any]]] = {
    "add": [(REAL, OTHER), (COMPLEX, OTHER_COMPLEX), (REAL, OTHER_COMPLEX)],
    "sub": [(REAL, OTHER), (COMPLEX, OTHER)],
    "mul": [(REAL, OTHER), (COMPLEX, OTHER_COMPLEX), (REAL, OTHER_COMPLEX)],
    "div": [(REAL, OTHER), (COMPLEX, OTHER_COMPLEX), (COMPLEX, OTHER)],
    "rsub": [(REAL, OTHER)], "remainder": [(REAL, OTHER)], "fmod": [(REAL, OTHER)], "atan2": [(REAL, OTHER)],
    "pow": [(POSITIVE, OTHER), (COMPLEX, OTHER_COMPLEX)], "float_power": [(POSITIVE, OTHER)],
    "hypot": [(REAL, OTHER)], "copysign": [(REAL, OTHER)], "ldexp": [(REAL, OTHER)], "logaddexp": [(REAL, OTHER)],
    "logaddexp2": [(REAL, OTHER)], "xlogy": [(REAL, OTHER_POSITIVE)], "maximum": [(REAL, OTHER)], "minimum": [(REAL, OTHER)],
    "fmax": [(REAL, OTHER)], "fmin": [(REAL, OTHER)], "complex": [(REAL, OTHER)], "polar": [(POSITIVE, OTHER)],
    "special.xlog1py": [(REAL, OTHER_POSITIVE)],
}  # fmt: skip


def _named(name: str) -> Any:
    found: Any = torch
    for part in name.split("."):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize(("name", "point"), [(name, at) for name, points in UNARY.items() for at in points])
def test_unary(name: str, point: Any) -> None:
    check_gradients(_named(name), point)


@pytest.mark.parametrize(("name", "points"), [(name, at) for name, listed in BINARY.items() for at in listed])
def test_binary(name: str, points: tuple[Any, Any]) -> None:
    check_gradients(_named(name), *points)


CALLS: dict[str, tuple[Any, list[Any]]] = {
    "alpha": (lambda x, y: torch.add(x, y, alpha=2.5) - torch.sub(x, y, alpha=0.5), [REAL, OTHER]),
    "number first": (lambda x: (2 - x) * (3 / x) + 2.0**x, [REAL]),
    "number powers": (lambda x: x**2 + x**3 + x**0.5 + x**-1 + x**2.7 + x**0, [POSITIVE]),
    "lerp": (torch.lerp, [REAL, OTHER, [[0.2, 0.7, 1.1]]]),
    "lerp by a number": (lambda x, y: torch.lerp(x, y, 0.3), [REAL, OTHER]),
    "addcmul": (lambda x, y, z: torch.addcmul(x, y, z, value=0.7), [REAL, OTHER, POSITIVE]),
    "addcdiv": (lambda x, y, z: torch.addcdiv(x, y, z, value=0.7), [REAL, OTHER, POSITIVE]),
    "addcmul complex": (torch.addcmul, [COMPLEX, COMPLEX, OTHER_COMPLEX]),
    "clamp to numbers": (lambda x: x.clamp(-1, 2), [REAL]),
    "clamp to tensors": (torch.clamp, [REAL, [[-1.0, 0.0, 1.0]], [[2.0, 0.5, 0.9]]]),
    "clamp_min": (torch.clamp_min, [REAL, OTHER]),
    "clamp_max": (torch.clamp_max, [REAL, OTHER]),
    "where": (lambda x, y: torch.where(x > y, x * x, y**3), [REAL, OTHER]),
    "where with a number": (lambda x: torch.where(x > 0, x * x, 0.5), [REAL]),
    "frexp": (lambda x: torch.frexp(x).mantissa, [REAL]),
    "logit with eps": (lambda x: torch.logit(x, 0.2), [FRACTION]),
    "polygamma": (lambda x: torch.polygamma(2, x), [POSITIVE]),
    "mvlgamma": (lambda x: torch.mvlgamma(x, 3), [ABOVE_ONE]),
    "igamma": (lambda y: torch.igamma(torch.tensor(1.7, dtype=torch.float64), y), [POSITIVE]),
    "igammac": (lambda y: torch.igammac(torch.tensor(1.7, dtype=torch.float64), y), [POSITIVE]),
    "zeta": (lambda y: torch.special.zeta(2.5, y), [POSITIVE]),
    "view_as_complex": (torch.view_as_complex, [[[0.5, 1.0], [2.0, -1.0]]]),
    "div rounded": (lambda x, y: torch.div(x, y, rounding_mode="floor") * x, [REAL, OTHER]),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_call(name: str) -> None:
    function, points = CALLS[name]
    if name == "mvlgamma":
        points = [np.add(points[0], 1)]
    check_gradients(function, *points)


@pytest.mark.parametrize("expression", ["torch.floor_divide(x, 2)", "torch.heaviside(x, x)", "torch.remainder(2, x)"])
def test_what_has_no_derivative_says_so_on_the_way_back(expression: str) -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    result = eval(expression, {"torch": torch, "x": x})
    with pytest.raises(RuntimeError, match=r"^derivative for aten::\w+ is not implemented$"):
        result.sum().backward()


def test_equal_elements_share_the_gradient_of_maximum() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor([1.0, 3.0], requires_grad=True)
    torch.maximum(x, y).sum().backward()
    assert x.grad.tolist() == [0.5, 0.0]
    assert y.grad.tolist() == [0.5, 1.0]

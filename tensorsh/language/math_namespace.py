"""`math`, whole. The functions whose result can be huge go through `limits`."""

from __future__ import annotations

import math
from typing import Any

from tensorsh.language import limits
from tensorsh.language.functions import Builtin
from tensorsh.language.iterators import collectable
from tensorsh.language.namespace import Namespace

FUNCTIONS = (
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "comb", "copysign", "cos", "cosh",
    "degrees", "dist", "erf", "erfc", "exp", "exp2", "expm1", "fabs", "factorial", "floor", "fmod", "frexp", "fsum",
    "gamma", "gcd", "hypot", "isclose", "isfinite", "isinf", "isnan", "isqrt", "lcm", "ldexp", "lgamma", "log",
    "log10", "log1p", "log2", "modf", "nextafter", "perm", "pow", "prod", "radians", "remainder", "sin", "sinh",
    "sqrt", "tan", "tanh", "trunc", "ulp",
)  # fmt: skip
CONSTANTS = ("e", "inf", "nan", "pi", "tau")


def product(*args: Any, **kwargs: Any) -> Any:
    if len(args) == 1 and hasattr(type(args[0]), "__iter__"):
        args = (list(collectable(args[0])),)
        limits.check_bits(sum([number.bit_length() for number in args[0] if type(number) is int]))
    return math.prod(*args, **kwargs)


GUARDED: dict[str, Any] = {
    "factorial": limits.factorial,
    "comb": limits.combinations,
    "perm": limits.permutations,
    "prod": product,
    "gcd": limits.greatest_common_divisor,
    "lcm": limits.least_common_multiple,
}


def make() -> Namespace:
    return Namespace("math", (*FUNCTIONS, *CONSTANTS), resolve, is_package=False)


def resolve(name: str) -> Any:
    host = getattr(math, name)
    if name in CONSTANTS:
        return host
    return Builtin(f"math.{name}", GUARDED.get(name, host), host.__text_signature__, host.__doc__)

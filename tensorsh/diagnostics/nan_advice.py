"""Why an operator makes a NaN or an infinity, and what helps: a table of what numerical programs run into.

A row speaks of one operator, or of one node of a backward pass, by the elements that it computed with; the first row that fits is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

Elements = Sequence[Any]  # of the operands at the place where the result went wrong; None where elements do not correspond


class Row(NamedTuple):
    """`made` is what came out (`"inf"` stands for both signs); `when` looks at the elements."""

    operators: str
    made: str
    words: str
    when: Callable[[Elements], bool] = lambda elements: True


# The largest number of each dtype, and where exp begins to be larger.
RANGES = {"float16": ("65504", "11.09"), "bfloat16": ("3.39e38", "88.7"), "float32": ("3.4e38", "88.7"), "float64": ("1.8e308", "709.8")}


def _zero(at: int) -> Callable[[Elements], bool]:
    return lambda elements: len(elements) > at and elements[at] == 0


def _infinite(elements: Elements) -> bool:
    return any(isinstance(element, float) and abs(element) == float("inf") for element in elements)


def _divided_by_zero(elements: Elements) -> bool:
    return len(elements) > 1 and elements[1] == 0


MASKED = (
    " and the gradient that arrives there is 0. torch.where and masks hide a value, not its derivative: give the operator a safe operand, as in "
    "torch.where(x > 0, torch.where(x > 0, x, 1).{method}(), 0)."
)

FORWARD = [
    Row("log log2 log10", "inf", "The logarithm of 0 is -inf. Keep its operand above 0, as in x.clamp(min=1e-8).log(); for p · log p, "
        "torch.special.xlogy(p, p) is 0 at 0.", _zero(0)),
    Row("log log2 log10", "nan", "A negative number has no logarithm."),
    Row("log1p", "inf", "log1p is -inf at -1."),
    Row("log1p", "nan", "log1p has no value below -1."),
    Row("sqrt rsqrt", "nan", "A negative number has no square root. If it should be 0 and rounding made it negative, x.clamp(min=0) helps."),
    Row("rsqrt", "inf", "1 / sqrt(0) is inf. Add a small number first, as in (x + 1e-8).rsqrt().", _zero(0)),
    Row("div", "nan", "0/0 has no value. Keep the divisor away from 0, as in a / (b + 1e-8) or a / b.clamp(min=1e-8).", _divided_by_zero),
    Row("div", "nan", "inf/inf has no value: both operands had overflowed. Divide before they do; torch.softmax does.", _infinite),
    Row("div", "inf", "Division by 0. Keep the divisor away from 0, as in a / (b + 1e-8) or a / b.clamp(min=1e-8).", _divided_by_zero),
    Row("reciprocal", "inf", "1/0 is inf. Keep the divisor away from 0, as in 1 / (x + 1e-8).", _zero(0)),
    Row("exp exp2 expm1 sinh cosh", "inf", "exp is larger than {dtype} holds from {exp} on. Subtract the maximum first, as torch.softmax, "
        "torch.log_softmax and torch.logsumexp do."),
    Row("pow", "nan", "A negative number has no real power with an exponent that is not whole.",
        lambda elements: isinstance(elements[0], float) and elements[0] < 0),
    Row("pow", "inf", "0 to a negative power is 1/0.", _zero(0)),
    Row("mul", "nan", "0 · inf has no value.", lambda elements: 0 in elements),
    Row("sub add", "nan", "inf - inf has no value.", _infinite),
    Row("acos asin", "nan", "It has values between -1 and 1 only. If rounding brought it out of there, x.clamp(-1, 1) helps."),
    Row("atanh", "inf", "atanh is infinite at -1 and 1."),
    Row("atanh", "nan", "atanh has values between -1 and 1 only."),
    Row("acosh", "nan", "acosh has values from 1 on only."),
    Row("logit", "inf", "logit is infinite at 0 and 1; logit(eps=1e-6) keeps away from both."),
    Row("fmod remainder", "nan", "There is no remainder of a division by 0.", _divided_by_zero),
    Row("std var std_mean var_mean", "nan", "Of n elements the sum of squares is divided by n - 1, which is 0 for one element. correction=0 divides by n."),
    Row("mean median nanmean", "nan", "There is no mean of no elements."),
    Row("softmax log_softmax", "nan", "A row in which everything is -inf has no softmax: leave one position of each row unmasked."),
    Row("mul add sub square sum prod cumsum cumprod pow matmul mm bmm mv dot addmm baddbmm addcmul linear norm linalg_vector_norm to type half float",
        "inf", "It is larger than {dtype} holds ({most})."),
]  # fmt: skip

BACKWARD = [
    Row("SqrtBackward0", "nan", "The square root has no finite slope at 0," + MASKED.format(method="sqrt"), _zero(0)),
    Row("SqrtBackward0 RsqrtBackward0", "inf", "The square root has no finite slope at 0. Add a small number first, as in (x + 1e-8).sqrt()."),
    Row("LogBackward0 Log2Backward0 Log10Backward0", "nan", "The slope of the logarithm, 1/x, is inf at 0," + MASKED.format(method="log"),
        _zero(0)),
    Row("LogBackward0 Log2Backward0 Log10Backward0", "inf", "The slope of the logarithm, 1/x, is inf at 0. Keep x above 0, as in "
        "x.clamp(min=1e-8).log()."),
    Row("PowBackward0", "inf", "A power below 1 has no finite slope at 0. Add a small number first, as in (x + 1e-8) ** 0.5.", _zero(0)),
    Row("DivBackward0 ReciprocalBackward0", "inf nan", "The slope of 1/x is infinite at 0. Keep the divisor away from 0, as in a / (b + 1e-8)."),
    Row("AcosBackward0 AsinBackward0", "inf", "It has no finite slope at -1 and 1. Keep away from them, as in x.clamp(-1 + 1e-6, 1 - 1e-6)."),
]  # fmt: skip

ANY_NODE = [
    Row("mul", "nan", "An infinite gradient arrives where the slope is 0: 0 · inf has no value.", lambda elements: 0 in elements),
    Row("mul add sum", "inf", "The gradient is larger than {dtype} holds ({most})."),
]


def advice(made: str, operator: str, node: str, elements: Elements, dtype: str) -> str:
    """What there is to say of `operator`, which made `made` of `elements`, within the derivative `node` if that is not empty.

    >>> advice("-inf", "log1p", "", [-1.0], "float32")
    'log1p is -inf at -1.'
    >>> advice("inf", "mul", "", [300.0, 300.0], "float16")
    'It is larger than float16 holds (65504).'
    """
    kind = "nan" if made == "nan" else "inf"
    most, exp = RANGES.get(dtype, ("", ""))
    tables = [(BACKWARD, node), (ANY_NODE, operator)] if node else [(FORWARD, operator)]
    for rows, name in tables:
        for row in rows:
            if name in row.operators.split() and kind in row.made.split() and row.when(elements):
                return row.words.replace("{dtype}", dtype).replace("{most}", most).replace("{exp}", exp)
    return ""

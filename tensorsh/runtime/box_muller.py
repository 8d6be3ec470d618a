"""Box–Muller in blocks of 16: how PyTorch makes 16 or more normal numbers at once from as many uniform ones.

In a block, number `j` of the first eight is the radius and `j + 8` the angle; the cosine goes where the radius was
and the sine where the angle was. `single` agrees with PyTorch on x86 bit for bit: it evaluates the same float32
polynomials (Cephes' `logf` and `sinf`, Stephen Moshier, in the vector form of Julien Pommier's sse_mathfun) with
the same fused multiply-adds. A product of two float32 numbers is exact in float64, so a multiply-add in float64
that is then rounded to float32 is a fused one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorsh.runtime.c_arithmetic import Array, fused_multiply_add, library

BLOCK, HALF = 16, 8
_CHUNK = 1024  # blocks at a time, so that the intermediate arrays stay in the cache

# NumPy has a short way for operands that are contiguous and of one dtype, or have no dimension. On few numbers all others take two
# to four times as long: so constants are arrays of the dtype that they meet, and arrays of two dtypes do not meet.


def _constants(dtype: Any, *values: float) -> list[Array]:
    return [np.array(value, dtype) for value in values]


def _float64(*values: float) -> list[Array]:
    """Constants of float32, for float64 arithmetic."""
    return [np.array(np.float32(value), np.float64) for value in values]


_ZERO, _ONE, _HALF, _MINUS_TWO, _TWO_PI, _FOUR_OVER_PI, _LN2_LOW, _LN2_HIGH = _constants(
    np.float32, 0.0, 1.0, 0.5, -2.0, 2.0 * math.pi, 4.0 / math.pi, -2.12194440e-4, 0.693359375
)
_LOG = _float64(
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)  # fmt: skip
_COS = _float64(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
_SIN = _float64(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
# Cephes takes π / 2 away in three parts, one after another. All differences but the last are exact, and float64 holds the sum.
_HALF_PI = np.array(2 * sum(_float64(0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8)))
_HALF_64 = np.array(0.5)
_BITS_OF_SQRT_HALF, _MANTISSA_BITS, _INT_ONE, _INT_TWO, _TWO_TO_SIGN = _constants(np.int32, 0x3F3504F3, 23, 1, 2, 30)


def single(numbers: Array, mean: float, std: float) -> None:
    """Turn uniform float32 `numbers` of [0, 1), a multiple of 16 of them in a row, into normal ones, in place."""
    blocks = numbers.reshape(-1, 2, HALF)
    for start in range(0, len(blocks), _CHUNK):
        block = blocks[start : start + _CHUNK]
        radius = _radius(_ONE - block[:, 0])
        for row, trigonometric in enumerate(_cos_sin(block[:, 1] * _TWO_PI)):
            block[:, row] = trigonometric * radius
        scale(block, mean, std)


def pairs(numbers: Array) -> Array:
    """Two rows of standard normal numbers: what each uniform number makes as a radius of the angle that comes eight numbers later.

    A block that starts anywhere in `numbers` is eight of the first row and eight of the second.
    """
    radius = _radius(_ONE - numbers)
    made = np.empty((2, numbers.size), np.float32)
    for row, trigonometric in enumerate(_cos_sin(numbers * _TWO_PI)):
        np.multiply(trigonometric[HALF:], radius[:-HALF], made[row, :-HALF])
    return made


def scale(numbers: Array, mean: float, std: float) -> None:
    """Standard normal numbers into ones with `mean` and `std`, in place."""
    if mean == 0.0 and std == 1.0:
        numbers += _ZERO  # which makes zeros positive
        return
    factor, shift = _float64(std, mean)
    scaled = numbers.astype(np.float64)
    scaled *= factor
    scaled += shift
    numbers[...] = scaled


def double(numbers: Array, mean: float, std: float) -> None:
    """The same for uniform float64 numbers, with the C library's functions."""
    blocks = numbers.reshape(-1, 2, HALF)
    radius = np.sqrt(-2.0 * library("log", 1.0 - blocks[:, 0]))
    angle = 2.0 * math.pi * blocks[:, 1]
    blocks[:, 0] = fused_multiply_add(radius * library("cos", angle), std, mean)
    blocks[:, 1] = fused_multiply_add(radius * library("sin", angle), std, mean)


def _round(x: Array) -> Array:
    """Float64 numbers, rounded to float32."""
    return x.astype(np.float32).astype(np.float64)


def _horner(x: Array, coefficients: list[Array]) -> Array:
    """A polynomial in float32 with fused multiply-adds. `x` and the result are float64 that are float32 in value."""
    y = x * coefficients[0]
    y += coefficients[1]
    for coefficient in coefficients[2:]:
        y = _round(y)
        y *= x
        y += coefficient
    return _round(y)


def _radius(u: Array) -> Array:
    """`sqrt(-2 log u)` of float32 numbers of (0, 1], which are overwritten."""
    bits = u.view(np.int32)
    exponent = bits - _BITS_OF_SQRT_HALF
    exponent >>= _MANTISSA_BITS
    bits -= exponent << _MANTISSA_BITS  # now `u` is of [sqrt(1/2), sqrt(2))
    x = u - _ONE
    wide = x.astype(np.float64)
    square = x * x
    e = exponent.astype(np.float32)
    y = _horner(wide, _LOG)
    y *= wide
    y = _round(y)
    y *= square.astype(np.float64)
    y += (e * _LN2_LOW).astype(np.float64)
    logarithm = y.astype(np.float32)
    square *= _HALF
    logarithm -= square
    logarithm += x
    e *= _LN2_HIGH
    logarithm += e
    logarithm *= _MINUS_TWO
    return np.sqrt(logarithm)


def _cos_sin(angle: Array) -> tuple[Array, Array]:
    """Cosines and sines of float32 angles of [0, 2π]."""
    quadrant = (angle * _FOUR_OVER_PI).astype(np.int32)
    quadrant += _INT_ONE
    quadrant >>= _INT_ONE
    x = quadrant.astype(np.float64)
    x *= _HALF_PI
    x = _round(angle.astype(np.float64) - x)
    square = _round(x * x)
    sine = _horner(square, _SIN)
    sine *= square
    sine = _round(sine)
    sine *= x
    sine += x
    cosine = _horner(square, _COS)
    cosine *= square
    cosine = _round(cosine)
    cosine *= square
    cosine -= square * _HALF_64
    sine, cosine = sine.astype(np.float32), cosine.astype(np.float32)
    cosine += _ONE
    odd = (quadrant & _INT_ONE).astype(np.bool_)
    rows = np.where(odd, sine, cosine), np.where(odd, cosine, sine)
    for row, sign in zip(rows, (quadrant + _INT_ONE, quadrant), strict=True):
        sign &= _INT_TWO
        sign <<= _TWO_TO_SIGN
        bits = row.view(np.int32)
        bits ^= sign
    return rows

"""Box–Muller in blocks of 16: how PyTorch makes 16 or more normal numbers at once from as many uniform ones.

In a block, number `j` of the first eight is the radius and `j + 8` the angle; the cosine goes where the radius was
and the sine where the angle was. `single` agrees with PyTorch on x86 bit for bit: it evaluates the same float32
polynomials (Cephes' `logf` and `sinf`, Stephen Moshier, in the vector form of Julien Pommier's sse_mathfun) with
the same fused multiply-adds. A product of two float32 numbers is exact in float64, so a multiply-add in float64
that is then rounded to float32 is a fused one.
"""

from __future__ import annotations

import math

import numpy as np

from tensorsh.runtime.c_arithmetic import Array, fused_multiply_add, library

BLOCK = 16
_CHUNK = 1024  # blocks at a time, so that the intermediate arrays stay in the cache


def _float32_values(*values: float) -> list[float]:
    return [float(np.float32(value)) for value in values]


_SQRT_HALF = np.float32(0.70710678118654752)
_LOG = _float32_values(
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)  # fmt: skip
_LN2_LOW, _LN2_HIGH = _float32_values(-2.12194440e-4, 0.693359375)
_TWO_PI = np.float32(2.0 * math.pi)
_FOUR_OVER_PI = np.float32(4.0 / math.pi)
_MINUS_QUARTER_PI = _float32_values(-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8)
# A row for the cosine and one for the sine, so that both polynomials are evaluated in one go.
_COS_SIN = [
    np.array(_float32_values(cosine, sine))[:, None]
    for cosine, sine in (
        (2.443315711809948e-5, -1.9515295891e-4),
        (-1.388731625493765e-3, 8.3321608736e-3),
        (4.166664568298827e-2, -1.6666654611e-1),
    )
]


def single(numbers: Array, mean: float, std: float) -> None:
    """Turn uniform float32 `numbers` of [0, 1), a multiple of 16 of them in a row, into normal ones, in place."""
    blocks = numbers.reshape(-1, 2, BLOCK // 2)
    std, mean = _float32_values(std, mean)
    for start in range(0, len(blocks), _CHUNK):
        block = blocks[start : start + _CHUNK]
        half = block[:, 0].shape
        radius = _radius(np.float32(1) - block[:, 0].ravel())
        for row, trigonometric in enumerate(_cos_sin(_TWO_PI * block[:, 1].ravel())):
            trigonometric *= radius
            _round(trigonometric)
            trigonometric *= std
            trigonometric += mean
            block[:, row] = trigonometric.reshape(half)


def double(numbers: Array, mean: float, std: float) -> None:
    """The same for uniform float64 numbers, with the C library's functions."""
    blocks = numbers.reshape(-1, 2, BLOCK // 2)
    radius = np.sqrt(-2.0 * library("log", 1.0 - blocks[:, 0]))
    angle = 2.0 * math.pi * blocks[:, 1]
    blocks[:, 0] = fused_multiply_add(radius * library("cos", angle), std, mean)
    blocks[:, 1] = fused_multiply_add(radius * library("sin", angle), std, mean)


def _round(x: Array) -> None:
    """Round float64 numbers to float32 where they lie."""
    x[...] = x.astype(np.float32)


def _horner(y: Array, x: Array, coefficients: list[float] | list[Array]) -> None:
    for coefficient in coefficients:
        y *= x
        y += coefficient
        _round(y)


def _radius(u: Array) -> Array:
    """`sqrt(-2 log u)` of float32 numbers of (0, 1], as float64 that are float32 in value."""
    bits = u.view(np.int32)
    exponent = (bits >> 23) - 126
    mantissa = ((bits & 0x007FFFFF) | 0x3F000000).view(np.float32)  # in [0.5, 1)
    below = mantissa < _SQRT_HALF
    exponent -= below
    x = (mantissa - np.float32(1) + mantissa * below).astype(np.float64)
    e = exponent.astype(np.float64)
    square = x * x
    _round(square)
    y = _LOG[0] * x
    y += _LOG[1]
    _round(y)
    _horner(y, x, _LOG[2:])
    y *= x
    _round(y)
    y *= square
    low = e * _LN2_LOW
    _round(low)
    y += low
    _round(y)
    square *= 0.5
    y -= square
    _round(y)
    x += y
    _round(x)
    e *= _LN2_HIGH
    x += e
    _round(x)
    x *= -2.0
    np.sqrt(x, out=x)
    _round(x)
    return x


def _cos_sin(angle: Array) -> Array:
    """A row of cosines and a row of sines of float32 angles of [0, 2π], as float64 that are float32 in value."""
    octant = ((angle * _FOUR_OVER_PI).astype(np.int32) + 1) & ~1
    x = angle.astype(np.float64)
    j = octant.astype(np.float64)
    for part in _MINUS_QUARTER_PI:
        x += j * part
        _round(x)
    square = x * x
    _round(square)
    y = _COS_SIN[0] * square
    y += _COS_SIN[1]
    _round(y)
    _horner(y, square, _COS_SIN[2:])
    y *= square
    _round(y)
    y[0] *= square
    square *= 0.5
    y[0] -= square
    y[1] *= x
    y[1] += x
    _round(y)
    y[0] += 1.0
    _round(y[0])
    swapped = (octant & 2) != 0
    result = np.where(swapped, y[::-1], y)
    np.negative(result[0], out=result[0], where=((octant - 2) & 4) == 0)
    np.negative(result[1], out=result[1], where=(octant & 4) != 0)
    return result

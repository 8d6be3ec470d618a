"""Arithmetic as compiled C++ does it where NumPy differs in the last bit: fused multiply-add, and the C library.

Random numbers are held against PyTorch's bit for bit. Its kernels fuse `a * b + c` into one rounding and call the C
library's `log`, `log1p`, `exp` and `tan`, whose last bit NumPy's vector versions do not always share.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

# Up to here an element at a time through the C library, at 0.1 µs each; beyond, NumPy's versions, at most one unit in
# the last place of a float64 apart (and the same once rounded to float32).
LIBRARY_LIMIT = 16384

_SPLIT = 2.0**27 + 1.0  # Veltkamp's constant: it cuts 53 bits into two halves whose products are exact


def fused_multiply_add(a: Array, b: float, c: float | Array) -> Array:
    """`a * b + c` in float64, rounded once.

    Dekker's exact product and Knuth's exact sum (Ogita, Rump, Oishi: Accurate sum and dot product, 2005, algorithms 3.1
    to 3.3); where their intermediate values overflow, the plain result.

    >>> fused_multiply_add(np.array([0.1]), 10.0, -1.0)
    array([5.55111512e-17])
    """
    if b == 1.0:
        return a + c
    if np.ndim(c) == 0 and c == 0.0:
        return a * b + c
    product = a * b
    cut = a * _SPLIT
    a_high = cut - (cut - a)
    cut_b = b * _SPLIT
    b_high = cut_b - (cut_b - b)
    a_low, b_low = a - a_high, b - b_high
    product_error = a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)
    total = product + c
    part = total - product
    total_error = (product - (total - part)) + (c - part)
    fused = total + (total_error + product_error)
    return np.where(np.isfinite(fused), fused, total)


def library(name: str, x: Array) -> Array:
    """The C library's `log`, `log1p`, `exp`, `sin`, `cos` or `tan` of float64 values in the function's domain.

    >>> library("log1p", np.array([-0.5, 0.0])).tolist()
    [-0.6931471805599453, 0.0]
    """
    if x.size > LIBRARY_LIMIT:
        return getattr(np, name)(x)
    return np.fromiter(map(getattr(math, name), x.ravel().tolist()), np.float64, x.size).reshape(x.shape)

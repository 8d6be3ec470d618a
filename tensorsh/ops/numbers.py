"""A Python number as an element of a dtype: what `full`, `fill_`, `masked_fill` and their kin write."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorsh.ops.engine import TOO_BIG
from tensorsh.runtime import dtype as dt
from tensorsh.runtime.dtype import BOOL, COMPLEX, FLOAT, INTEGER, dtype

# The largest numbers of the dtypes that cannot hold every Python float.
LARGEST = {
    dt.float8_e4m3fn: 448.0, dt.float8_e5m2: 57344.0, dt.float16: 65504.0, dt.bfloat16: 3.3895313892515355e38,
    dt.float32: 3.4028234663852886e38, dt.complex64: 3.4028234663852886e38,
}  # fmt: skip


def number_as(value: Any, kind: dtype) -> Any:
    """`value` as an element of `kind`: fractions are cut off, negative integers wrap around in unsigned dtypes.

    RuntimeError if it does not fit, OverflowError if it is an integer that no 64 bits hold.

    >>> from tensorsh.runtime.dtype import uint8
    >>> number_as(-1, uint8)
    np.uint8(255)
    """
    if type(value) is int and not -(1 << 63) <= value < 1 << 64:
        raise OverflowError(TOO_BIG)
    if kind.kind == FLOAT and type(value) is not complex:
        if LARGEST.get(kind, math.inf) < abs(value) < math.inf:
            raise does_not_fit(kind)
        return kind.array_dtype.type(float(value))
    if kind.kind == BOOL:
        return kind.array_dtype.type(bool(value))
    if isinstance(value, complex) and kind.kind != COMPLEX:
        if value.imag:
            raise does_not_fit(kind)
        value = value.real
    if kind.kind == INTEGER:
        most = (1 << 8 * kind.itemsize - kind.is_signed) - 1
        least = -most - 1 if kind.is_signed else 0
        if isinstance(value, float):
            fits = least <= value <= float(most)  # rounded up for 64 bits: 2**63 passes, and wraps around
        else:
            fits = (least if kind.is_signed else -most) <= value <= most
        if not fits:
            raise does_not_fit(kind)
        number = int(value)
        if least <= number <= most:
            return kind.array_dtype.type(number)
        return np.uint64(number % (1 << 64)).astype(kind.array_dtype)
    largest = LARGEST.get(kind, math.inf)
    parts = (value.real, value.imag) if isinstance(value, complex) else (value,)
    if any(largest < abs(part) < math.inf for part in parts):
        raise does_not_fit(kind)
    return kind.array_dtype.type(float(value) if kind.kind == FLOAT else value)


def does_not_fit(kind: dtype) -> RuntimeError:
    name = kind.c_name.replace("at::", "c10::")
    return RuntimeError(f"value cannot be converted to type {name} without overflow")

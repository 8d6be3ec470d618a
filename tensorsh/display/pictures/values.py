"""What a picture accepts: any real or complex array becomes float64, anything else is refused in plain words.

Owns the checks that all pictures share. Past them, a picture works on float64 alone and trusts its input.
"""

from __future__ import annotations

import numpy as np


def real_values(array: np.ndarray, caller: str) -> np.ndarray:
    """Returns `array` as float64; complex numbers become their magnitudes. Raises `ValueError` if it holds no
    numbers."""
    array = np.asarray(array)
    with np.errstate(all="ignore"):
        if array.dtype.kind == "c":
            return np.abs(array.astype(np.complex128))
        if array.dtype.kind in "biuf" or array.dtype.type.__module__ == "ml_dtypes":
            return array.astype(np.float64)
    raise ValueError(f"{caller}() expects numbers, got {array.dtype.name}")


def drawable_values(array: np.ndarray, caller: str) -> np.ndarray:
    """`real_values` of an array that has something to draw: raises `ValueError` for an empty one and for one without a
    finite value."""
    values = real_values(array, caller)
    if values.size == 0:
        raise ValueError(f"{caller}() has nothing to draw: the tensor is empty, with shape {list(values.shape)}")
    if not np.isfinite(values).any():
        raise ValueError(
            f"{caller}() has nothing to draw: no value is finite ({describe_missing(*count_missing(values))})"
        )
    return values


def refuse_rank(caller: str, expected: str, shape: tuple[int, ...], advice: str = "") -> ValueError:
    """The error for an array of the wrong rank."""
    return ValueError(f"{caller}() expects a {expected} tensor, got {len(shape)}-D with shape {list(shape)}{advice}")


def count_missing(values: np.ndarray) -> tuple[int, int, int]:
    """Counts NaN, positive and negative infinities."""
    return (
        int(np.count_nonzero(np.isnan(values))),
        int(np.count_nonzero(np.isposinf(values))),
        int(np.count_nonzero(np.isneginf(values))),
    )


def describe_missing(nan: int, positive: int, negative: int) -> str:
    """`"2 NaN, 1 inf"`; empty when all counts are zero."""
    counts = ((nan, "NaN"), (positive, "inf"), (negative, "-inf"))
    return ", ".join(f"{count} {name}" for count, name in counts if count)


def finite_range(values: np.ndarray) -> tuple[float, float]:
    """The least and the greatest finite value. At least one value must be finite."""
    finite = values[np.isfinite(values)]
    return float(finite.min()), float(finite.max())


def fractions(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Where `values` lie between `low` (0) and `high` (1), also when `high - low` would overflow. NaN stays NaN;
    infinities and values outside are brought to the nearer end. Equal ends give 0.5."""
    if low == high:
        return np.where(np.isnan(values), np.nan, 0.5)
    # Quarters cannot overflow; small numbers are left alone, as quarters of them could underflow.
    shrink = 0.25 if not np.isfinite(high - low) else 1.0
    with np.errstate(all="ignore"):
        span = high * shrink - low * shrink
        return np.clip((values * shrink - low * shrink) / span, 0.0, 1.0)

"""`torch.testing.assert_close`: two values, or nested lists and dicts of them, agree within tolerances; else an error that says where not.

Source of the tolerances: torch/testing/_comparison.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tensorsh.runtime import dtype as dt
from tensorsh.runtime.creation import convert
from tensorsh.runtime.dtype import COMPLEX, FLOAT, dtype
from tensorsh.runtime.promotion import promote_types
from tensorsh.runtime.tensor import Tensor

_RELATIVE = {
    dt.float16: 1e-3, dt.bfloat16: 1.6e-2, dt.float32: 1.3e-6, dt.float64: 1e-7, dt.complex64: 1.3e-6, dt.complex128: 1e-7,
}  # fmt: skip
_ABSOLUTE = {**dict.fromkeys(_RELATIVE, 1e-5), dt.float64: 1e-7, dt.complex128: 1e-7}
_NUMBERS: dict[type, dtype] = {bool: dt.bool_, int: dt.int64, float: dt.float64, complex: dt.complex128}

Message = str | Callable[[str], str] | None


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: Message = None,
) -> None:
    """AssertionError unless `|actual - expected| <= atol + rtol * |expected|` everywhere, with shapes and dtypes the same.

    The tolerances follow from the dtype unless both are given; integers must be equal.

    >>> torch.testing.assert_close(torch.tensor([1., 2.]), torch.tensor([1., 2.000001]))
    """
    if (rtol is None) != (atol is None):
        missing = "atol" if atol is None else "rtol"
        raise ValueError(f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {missing}.")
    tolerances = None if rtol is None or atol is None else (rtol, atol)
    checks = {"dtype": check_dtype, "stride": check_stride}
    error = _difference(actual, expected, tolerances, equal_nan, checks, ())
    if error is not None:
        raise AssertionError(msg(error) if callable(msg) else msg or error)


def _difference(
    actual: Any, expected: Any, tolerances: tuple[float, float] | None, equal_nan: bool, checks: dict[str, bool], path: tuple[Any, ...]
) -> str | None:
    """What is wrong, or None."""
    found: str | None
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        if actual.keys() != expected.keys():
            lines = ["The keys of the mappings do not match:"]
            for title, keys in (("Missing keys in the actual mapping", expected.keys() - actual.keys()),
                                ("Additional keys in the actual mapping", actual.keys() - expected.keys())):  # fmt: skip
                if keys:
                    lines.append(f"{title}: {sorted(keys)}")
            return _placed("\n".join(lines), path)
        pairs = [(key, actual[key], expected[key]) for key in actual]
    elif _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            return _placed(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}", path)
        pairs = [(at, *pair) for at, pair in enumerate(zip(actual, expected, strict=True))]
    else:
        if isinstance(actual, Tensor) and isinstance(expected, Tensor):
            found = _tensors(actual, expected, tolerances, equal_nan, checks)
        elif type(actual) in _NUMBERS and type(expected) in _NUMBERS:
            kinds = _NUMBERS[type(actual)], _NUMBERS[type(expected)]
            found = _numbers(actual, expected, tolerances or _tolerances(kinds), equal_nan)
        elif actual is None and expected is None:
            found = None
        else:
            raise TypeError(f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}.")
        return None if found is None else _placed(found, path)
    for key, first, second in pairs:
        found = _difference(first, second, tolerances, equal_nan, checks, (*path, key))
        if found is not None:
            return found
    return None


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _placed(text: str, path: tuple[Any, ...]) -> str:
    return f"{text}\n\nThe failure occurred for item {''.join(f'[{key!r}]' for key in path)}" if path else text


def _tolerances(kinds: tuple[dtype, ...]) -> tuple[float, float]:
    return max(_RELATIVE.get(kind, 0.0) for kind in kinds), max(_ABSOLUTE.get(kind, 0.0) for kind in kinds)


def _tensors(
    actual: Tensor, expected: Tensor, tolerances: tuple[float, float] | None, equal_nan: bool, checks: dict[str, bool]
) -> str | None:
    compared: list[tuple[str, Any, Any]] = [("shape", actual.shape, expected.shape)]
    if checks["dtype"]:
        compared.append(("dtype", actual.dtype, expected.dtype))
    if checks["stride"]:
        compared.append(("stride()", actual.stride(), expected.stride()))
    for name, first, second in compared:
        if first != second:
            return f"The values for attribute '{name}' do not match: {first} != {second}."
    rtol, atol = tolerances or _tolerances((actual.dtype, expected.dtype))
    common = promote_types(actual.dtype, expected.dtype)
    if common.kind < FLOAT:
        common = dt.int64
    left, right = [convert(x._array, common, copy=False) for x in (actual, expected)]
    if common.half:
        left, right = left.astype(np.float32), right.astype(np.float32)
    if not left.ndim:
        return _numbers(actual.item(), expected.item(), (rtol, atol), equal_nan)
    with np.errstate(all="ignore"):
        apart = np.abs(left - right)
        matches = (left == right) | (np.isfinite(apart) & (apart <= atol + rtol * np.abs(right)))
        if equal_nan and common.kind in (FLOAT, COMPLEX):
            matches |= np.isnan(left) & np.isnan(right)
        if matches.all():
            return None
        apart[matches] = 0
        relative = apart / np.abs(right).astype(apart.dtype if common.kind >= FLOAT else np.float32)
        relative = relative.astype(apart.dtype if common.kind >= FLOAT else np.float32)
        relative[matches] = 0
    wrong = int(matches.size - np.count_nonzero(matches))
    extra = f"Mismatched elements: {wrong} / {matches.size} ({wrong / matches.size:.1%})"
    places = [np.unravel_index(int(values.argmax()), values.shape) for values in (apart, relative)]
    where = [f" at index {tuple(int(i) for i in place)}" for place in places]
    worst = [apart[places[0]].item(), relative[places[1]].item()]
    return _sentence("Tensor-likes", extra, "Greatest absolute", "Greatest relative", worst, where, (rtol, atol))


def _numbers(actual: Any, expected: Any, tolerances: tuple[float, float], equal_nan: bool) -> str | None:
    rtol, atol = tolerances
    apart = abs(actual - expected)
    if actual == expected or apart <= atol + rtol * abs(expected) or (equal_nan and actual != actual and expected != expected):  # noqa: PLR0124
        return None
    worst = [apart, apart / abs(expected) if expected else float("inf")]
    extra = f"Expected {expected} but got {actual}."
    return _sentence("Scalars", extra, "Absolute", "Relative", worst, ["", ""], tolerances)


def _sentence(
    what: str, extra: str, absolute: str, relative: str, worst: list[Any], where: list[str], tolerances: tuple[float, float]
) -> str:
    rtol, atol = tolerances
    exact = not rtol and not atol
    allowed = ["" if exact else f" (up to {value} allowed)" for value in (atol, rtol)]
    return (
        f"{what} are not {'equal' if exact else 'close'}!\n\n{extra}\n"
        f"{absolute} difference: {worst[0]}{where[0]}{allowed[0]}\n{relative} difference: {worst[1]}{where[1]}{allowed[1]}"
    )

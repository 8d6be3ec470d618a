"""Rows of numbers: `arange`, `range`, `linspace`, `logspace`, bit for bit those of PyTorch's kernels."""

from __future__ import annotations

import math
from itertools import repeat
from typing import Any

import numpy as np

from tensorsh.ops.creation import check_size
from tensorsh.ops.numbers import number_as
from tensorsh.ops.registry import factory
from tensorsh.runtime import dtype as dt
from tensorsh.runtime.c_arithmetic import LIBRARY_LIMIT, fused_multiply_add
from tensorsh.runtime.dtype import BOOL, COMPLEX, INTEGER
from tensorsh.runtime.dtype import dtype as DType
from tensorsh.runtime.state import current
from tensorsh.runtime.tensor import Tensor

Array = np.ndarray[Any, Any]


def _check_range(start: Any, end: Any, step: Any) -> None:
    """The checks that `arange` and `range` share."""
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {_shown(start)} -> {_shown(end)}")
    if not (end >= start if step > 0 else end <= start):
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")


def _shown(number: Any) -> str:
    return f"{number:g}" if isinstance(number, float) else str(int(number))


# PyTorch has this kernel for AVX2, whose registers hold this many bytes, on processors with AVX-512 too.
_VECTOR_BYTES = 32


def _row(start: Any, step: Any, count: int, kind: DType) -> Array:
    """`start + i * step`, as PyTorch's kernel rounds it.

    It works in 64 bits and rounds to the dtype at the start of each vector register, and then each element.
    """
    check_size((count,))
    if kind.kind == INTEGER:
        whole = np.arange(count)
        if step != 1:
            whole *= step
        if start:
            whole += start
        return whole.astype(kind.array_dtype, copy=False)
    lanes = _VECTOR_BYTES // kind.itemsize
    i = np.arange(count, dtype=np.float64)
    vectors = count // (2 * lanes) * 2
    if not vectors:
        return fused_multiply_add(i, step, start).astype(kind.array_dtype, copy=False)
    row = np.empty(count, kind.array_dtype)
    bases = fused_multiply_add(i[: vectors * lanes : lanes], step, start).astype(kind.array_dtype).astype(np.float64)
    row[: vectors * lanes].reshape(vectors, lanes)[...] = fused_multiply_add(i[:lanes], step, bases[:, None])
    row[vectors * lanes :] = fused_multiply_add(i[vectors * lanes :], step, start)
    return row


def _arange(start: Any, end: Any, step: Any, dtype: DType | None) -> Array:
    kinds = {type(start), type(end), type(step)}
    if complex in kinds:
        raise RuntimeError("value cannot be converted to type double without overflow")
    if dtype is None:
        dtype = current().default_dtype if float in kinds else dt.int64
    for number in (start, end, step):
        if type(number) is int and not -(2**63) <= number < 2**64:
            raise OverflowError("int too big to convert")
    if dtype.kind in (BOOL, COMPLEX):
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{dtype.title}'")
    _check_range(start, end, step)
    if dtype is dt.int64:
        start, end, step = int(start), int(end), int(step)
        if step == 0:
            raise ValueError("step must be nonzero")
        count = -((start - end) // step)
    else:
        count = math.ceil((float(end) - float(start)) / float(step))
    if dtype.kind == INTEGER:
        start, step = int(start), int(step)
    return _row(start, step, count, dtype)


@factory("arange(Scalar end) -> Tensor", variants="function out", varargs=False)
def arange(end: Any, dtype: DType | None) -> Array:
    """Numbers from `start` (0 if not given) up to, not including, `end`, `step` (1) apart.

    int64 if all arguments are integers, else the default dtype. RuntimeError if `step` is zero or leads away from `end`.

    >>> torch.arange(5), torch.arange(1, 2.5, 0.5)
    (tensor([0, 1, 2, 3, 4]), tensor([1.0000, 1.5000, 2.0000]))
    """
    return _arange(0, end, 1, dtype)


@factory("arange.start_step(Scalar start, Scalar end, Scalar step=1) -> Tensor", variants="function out", varargs=False)
def _arange_start(start: Any, end: Any, step: Any, dtype: DType | None) -> Array:
    return _arange(start, end, step, dtype)


_arange_start.doc = arange.doc


@factory("range(Scalar start, Scalar end, Scalar step=1) -> Tensor", variants="function out", varargs=False)
def range_(start: Any, end: Any, step: Any, dtype: DType | None) -> Array:
    """Numbers from `start` to `end`, both included, `step` apart; deprecated in favour of `arange`.

    >>> torch.range(1, 4)
    tensor([1., 2., 3., 4.])
    """
    import warnings

    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with Python's "
        "range builtin. Instead, use torch.arange, which produces values in [start, end).",
        UserWarning,
        stacklevel=3,
    )
    kind = dtype or current().default_dtype
    if kind.kind in (BOOL, COMPLEX):
        raise NotImplementedError(f"\"range_cpu\" not implemented for '{kind.title}'")
    _check_range(start, end, step)
    if kind.kind == INTEGER:
        start, step = int(start), int(step)
    return _row(start, step, math.floor((end - start) / step) + 1, kind)


def _bound(name: str, function: str, start: Any, end: Any) -> Any:
    """A bound as a number, from a number or a 0-dim tensor."""
    value = start if name == "start" else end
    if isinstance(value, Tensor):
        if value._array.ndim:
            kinds = [
                f"{which} with {bound._array.ndim} dimension(s)"
                for which, bound in (("start", start), ("end", end))
                if isinstance(bound, Tensor) and (bound._array.ndim or isinstance(start, Tensor) and isinstance(end, Tensor))
            ]
            raise RuntimeError(
                f"{function} only supports 0-dimensional start and end tensors, but got {' and '.join(kinds)}."
            )
        return value.item()
    return value


def _spaced_kind(start: Any, end: Any, dtype: DType | None, function: str) -> DType:
    default = current().default_dtype
    if type(start) is complex or type(end) is complex:
        if dtype is None:
            return default.to_complex()
        if dtype.kind != COMPLEX:
            raise RuntimeError(
                f"torch.{function}(): inferred dtype {default.to_complex().c_name} can't be safely cast to passed dtype "
                f"{dtype.title}"
            )
    return dtype or default


def _from_both_ends(start: Any, end: Any, step: Any, steps: int, work: Any) -> tuple[Array, Array]:
    """The lower half counted up from `start`, the upper half down from `end`: PyTorch's way to be exact at both."""
    half = steps // 2
    i = np.arange(steps - half).astype(work)
    up, down = i[:half], i[::-1]
    if work.kind == "c":
        return start + step * up, end - step * down
    if work != np.float64:
        row = i.astype(np.float64)
        row *= float(step)  # two float32 have an exact product in float64
        return float(start) + row[:half], float(end) - row[::-1]
    return fused_multiply_add(up, step, start), fused_multiply_add(down, -step, end)


def _check_steps(steps: int) -> None:
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")


# PyTorch's order of overloads: a bound may be a 0-dim tensor.
_BOUNDS = (
    ("Tensor_Tensor", "Tensor", "Tensor"), ("Scalar_Tensor", "Scalar", "Tensor"), ("Tensor_Scalar", "Tensor", "Scalar"),
    ("", "Scalar", "Scalar"),
)  # fmt: skip


def _over_bounds(name: str, more: str, kernel: Any) -> None:
    for overload, first, second in _BOUNDS:
        text = f"{name}.{overload}({first} start, {second} end, int steps{more}) -> Tensor"
        factory(text, variants="function out", varargs=False)(kernel)


def linspace(start: Any, end: Any, steps: int, dtype: DType | None) -> Array:
    """`steps` numbers, evenly spaced, from `start` to `end`, both included.

    >>> torch.linspace(3, 10, steps=5)
    tensor([ 3.0000,  4.7500,  6.5000,  8.2500, 10.0000])
    """
    first, last = _bound("start", "linspace", start, end), _bound("end", "linspace", start, end)
    kind = _spaced_kind(first, last, dtype, "linspace")
    _check_steps(steps)
    target = kind.array_dtype
    low, high = number_as(first, kind), number_as(last, kind)
    if steps < 2:
        return np.full(steps, low, target)
    if kind.kind == BOOL:
        raise NotImplementedError("\"linspace_cpu\" not implemented for 'Bool'")
    if kind.half:
        half, i = steps // 2, np.arange(steps).astype(target)
        step = ((high - low) / target.type(steps - 1)).astype(target)
        return np.concatenate([low + step * i[:half], high - step * i[: steps - half][::-1]]).astype(target)
    work = np.dtype(np.float64) if kind.kind == INTEGER else target
    low, high = work.type(low), work.type(high)
    step = (high - low) / work.type(steps - 1)
    return np.concatenate(_from_both_ends(low, high, step, steps, work)).astype(target, copy=False)


def logspace(start: Any, end: Any, steps: int, base: float, dtype: DType | None) -> Array:
    """`steps` numbers from `base ** start` to `base ** end`, whose logarithms are evenly spaced.

    >>> torch.logspace(start=-10, end=10, steps=5)
    tensor([1.0000e-10, 1.0000e-05, 1.0000e+00, 1.0000e+05, 1.0000e+10])
    """
    first, last = _bound("start", "logspace", start, end), _bound("end", "logspace", start, end)
    kind = _spaced_kind(first, last, dtype, "logspace")
    _check_steps(steps)
    if kind.kind == BOOL:
        raise NotImplementedError("\"logspace_cpu\" not implemented for 'Bool'")
    low, high = number_as(first, kind), number_as(last, kind)
    exact: Any = complex if kind.kind == COMPLEX else float
    span = exact(int(high) - int(low) if kind.kind == INTEGER else high - low)
    half = steps // 2
    i = np.arange(steps)
    step = span / (steps - 1) if steps > 1 else span
    exponents = np.concatenate([exact(low) + step * i[:half], exact(high) - step * i[: steps - half][::-1]])
    if steps == 1:
        exponents[0] = exact(low)
    return _powers(base, exponents).astype(kind.array_dtype)


_over_bounds("linspace", "", linspace)
_over_bounds("logspace", ", float base=10.0", logspace)


def _powers(base: float, exponents: Array) -> Array:
    """`base ** exponents` by the C library, as PyTorch has it, unless there are very many or some lie outside its domain."""
    if base > 0 and exponents.dtype == np.float64 and exponents.size < LIBRARY_LIMIT:
        try:
            return np.fromiter(map(math.pow, repeat(base), exponents.tolist()), np.float64, exponents.size)
        except OverflowError:
            pass
    return np.power(exponents.dtype.type(base), exponents)

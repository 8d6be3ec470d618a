"""LAPACK, in the precision of its operands.

`np.linalg` computes float32 in double precision and rounds once at the end; PyTorch computes in single precision, and what it prints
shows it: the inverse of `[[1., 2.], [3., 4.]]` begins with -2.0000002. The loops below `np.linalg` exist for both. They are called
here directly, on arrays of float32, float64, complex64 or complex128 of any batch shape, and mark a matrix for which LAPACK failed by
filling its result with nan, instead of refusing the whole batch.

What NumPy does not have (pivots, reports of failure) comes from SciPy, matrix by matrix. SciPy's routines trust what they are given:
whatever a script can choose (pivots, shapes, dtypes) must have been checked before.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.linalg import _umath_linalg as loops

Array = Any

# SciPy passes extents as C ints.
LARGEST_EXTENT = 2**31 - 1


def _call(loop: Callable[..., Any], arrays: tuple[Array, ...], signature: str) -> Any:
    """Run a loop; `signature` has `x` for the operands' dtype and `r` for its real one, `c` for its complex one."""
    return loop(*arrays, signature=_typed(signature, arrays[0].dtype.char))


@cache
def _typed(signature: str, char: str) -> str:
    codes = {"x": char, "r": char.lower(), "c": char.upper()}
    return "".join([codes.get(c, c) for c in signature])


def has_nan(array: Array) -> bool:
    """Whether any element is nan."""
    return bool(np.count_nonzero(np.isnan(array)))


def solve(matrices: Array, sides: Array) -> Array:
    """`gesv`: nan for a singular matrix."""
    return _call(loops.solve, (matrices, sides), "xx->x")


def inverse(matrices: Array) -> Array:
    """nan for a singular matrix."""
    return _call(loops.inv, (matrices,), "x->x")


def log_determinant(matrices: Array) -> tuple[Array, Array]:
    """The determinant's sign, and the logarithm of its absolute value."""
    return _call(loops.slogdet, (matrices,), "x->xr")


def determinant(matrices: Array) -> Array:
    return _call(loops.det, (matrices,), "x->x")


def cholesky(matrices: Array) -> Array:
    """The lower factor, `potrf`: nan where a matrix is not positive-definite. The upper triangle is not read."""
    return _call(loops.cholesky_lo, (matrices,), "x->x")


def _finite(matrices: Array) -> Array:
    """The same matrices, nan throughout where an element is inf or nan: from inf some iterations never come back."""
    finite = np.isfinite(matrices)
    if np.count_nonzero(finite) == finite.size:
        return matrices
    return np.where(finite.all((-2, -1), keepdims=True), matrices, np.nan).astype(matrices.dtype, copy=False)


def eigh(matrices: Array, lower: bool) -> tuple[Array, Array]:
    """`syevd`/`heevd`: values rising, and vectors; nan without convergence."""
    return _call(loops.eigh_lo if lower else loops.eigh_up, (_finite(matrices),), "x->rx")


def eigvalsh(matrices: Array, lower: bool) -> Array:
    return _call(loops.eigvalsh_lo if lower else loops.eigvalsh_up, (_finite(matrices),), "x->r")


def svd(matrices: Array, full_matrices: bool) -> tuple[Array, Array, Array]:
    """`gesdd`: nan without convergence."""
    return _call(loops.svd_f if full_matrices else loops.svd_s, (_finite(matrices),), "x->xrx")


def svdvals(matrices: Array) -> Array:
    return _call(loops.svd, (_finite(matrices),), "x->r")


def eig(matrices: Array) -> tuple[Array, Array]:
    """`geev`: complex values, and right vectors."""
    if matrices.dtype.char != "F":
        return _call(loops.eig, (matrices,), "x->cc")
    values, vectors = each(lambda a: _geev(a, 1), matrices)  # the loop that NumPy leaves out
    return values[..., 0], vectors


def eigvals(matrices: Array) -> Array:
    if matrices.dtype.char != "F":
        return _call(loops.eigvals, (matrices,), "x->c")
    return each(lambda a: _geev(a, 0), matrices)[0][..., 0]


def _geev(matrix: Array, vectors: int) -> tuple[Array, Array]:
    if not matrix.size:
        return np.zeros((0, 1), matrix.dtype), np.zeros((0, 0), matrix.dtype)
    values, _, found, _ = routine("geev", matrix)(matrix, compute_vl=0, compute_vr=vectors)
    return values[:, None], found


def routine(name: str, *arrays: Array) -> Any:
    """SciPy's LAPACK or BLAS routine for the dtype of `arrays`: `getrf` is `sgetrf` for float32. For one matrix at a time."""
    for array in arrays:
        if max(array.shape, default=0) > LARGEST_EXTENT:
            raise RuntimeError(f"linear algebra takes at most {LARGEST_EXTENT} rows or columns, but got {max(array.shape)}")
    return _routine(name, arrays[0].dtype)


@cache
def _routine(name: str, kind: Any) -> Any:
    from scipy.linalg import get_blas_funcs, get_lapack_funcs

    return get_blas_funcs(name, dtype=kind) if name == "trsm" else get_lapack_funcs(name, dtype=kind)


def each(compute: Callable[..., Any], *arrays: Array) -> tuple[Array, ...]:
    """`compute` for every matrix of arrays with one batch shape, its results stacked again."""
    batch = arrays[0].shape[:-2]
    if not batch:
        return tuple([np.asarray(part) for part in compute(*arrays)])
    found = [compute(*[a[index] for a in arrays]) for index in np.ndindex(batch)]
    if not found:
        shapes = compute(*[np.broadcast_to(np.eye(*a.shape[-2:], dtype=a.dtype), a.shape[-2:]) for a in arrays])
        return tuple(np.empty(batch + np.shape(part), np.asarray(part).dtype) for part in shapes)
    return tuple(np.stack(parts).reshape(batch + np.shape(parts[0])) for parts in zip(*found, strict=True))

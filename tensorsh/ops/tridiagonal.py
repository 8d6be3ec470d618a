"""The signs of eigenvectors, as LAPACK chose them up to version 3.9, and so MKL, which PyTorch computes with.

An eigenvector of a symmetric matrix may be multiplied by -1. LAPACK's choice follows from the plane rotations of its QL and QR
iteration (`steqr`, for matrices up to 25 rows). Version 3.10 gave rotations another sign where |f| <= |g| and f < 0, and so did the
LAPACK that comes with NumPy. `signs` runs the iteration with the older rotations, on two vectors instead of whole matrices.

Sources: LAPACK 3.9, `dsytd2`, `zhetd2`, `dsteqr`, `dlaev2` and `dlartg`.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

Array = Any

# Above this extent LAPACK divides and conquers, and all versions agree.
LARGEST = 25

def signs(matrix: Array, vectors: Array, lower: bool) -> Array:
    """1 or -1 for each of the eigenvectors that NumPy found for `matrix`, values rising: what makes it the one that MKL finds."""
    extent = len(matrix)
    probe = _probe(extent)
    whole = matrix.astype(np.complex128 if matrix.dtype.kind == "c" else np.float64)
    if lower:
        diagonal, beside, seen = _reduced(whole, probe)
    else:
        diagonal, beside, seen = (part[::-1] for part in _reduced(whole[::-1, ::-1], probe[::-1]))
    limits = np.finfo(matrix.dtype)
    tiny = (float(limits.eps) / 2, float(limits.tiny))
    row = _iterated(diagonal.tolist(), beside.tolist(), probe.tolist(), tiny)
    return np.where(np.array(row) * seen.conj().dot(vectors).real < 0, -1, 1)


@cache
def _probe(extent: int) -> Array:
    """A vector in no special direction."""
    return np.cos(np.arange(1.0, extent + 1) ** 2)


def _reduced(matrix: Array, probe: Array) -> tuple[Array, Array, Array]:
    """The diagonals of the tridiagonal `T = Q^H A Q`, made from A's lower triangle by reflections, and `Q probe`."""
    extent = len(matrix)
    places = np.arange(extent)
    a = np.where(places[:, None] >= places, matrix, matrix.conj().T) + 0.0  # in which no zero has a sign
    a[places, places] = matrix.diagonal().real
    beside = np.zeros(extent - 1)
    reflections = []
    for at in range(extent - 1):
        alpha, rest = a[at + 1, at], a[at + 2 :, at]
        size = math.sqrt(np.vdot(rest, rest).real)
        if size == 0 and alpha.imag == 0:
            beside[at] = alpha.real
            continue
        beside[at] = beta = -math.copysign(math.hypot(alpha.real, alpha.imag, size), alpha.real)
        tau = (beta - alpha) / beta
        v = a[at + 1 :, at] / (alpha - beta)
        v[0] = 1.0
        mirrored = v.conj()
        block = a[at + 1 :, at + 1 :]
        block -= tau.conjugate() * (v[:, None] * mirrored.dot(block))
        block -= tau * (block.dot(v)[:, None] * mirrored)
        reflections.append((at + 1, tau, v, mirrored))
    seen = probe.astype(a.dtype)
    for start, tau, v, mirrored in reversed(reflections):
        seen[start:] -= tau * mirrored.dot(seen[start:]) * v
    return a.diagonal().real, beside, seen


def _rotation(f: float, g: float) -> tuple[float, float, float]:
    """The c, s and r with `c f + s g = r` and `c g - s f = 0`: `dlartg` of LAPACK 3.9."""
    if g == 0:
        return 1.0, 0.0, f
    if f == 0:
        return 0.0, 1.0, g
    r = math.hypot(f, g)
    if abs(f) > abs(g) and f < 0:
        r = -r
    return f / r, g / r, r


def _two_by_two(a: float, b: float, c: float) -> tuple[float, float, float, float]:
    """The eigenvalues of `[[a, b], [b, c]]`, the larger in size first, and its right eigenvector: `dlaev2`."""
    total, difference, twice = a + c, a - c, b + b
    root = math.hypot(difference, twice)
    larger, smaller = (a, c) if abs(a) > abs(c) else (c, a)
    if total == 0:
        first, second, turned = 0.5 * root, -0.5 * root, True
    else:
        first = 0.5 * (total - root if total < 0 else total + root)
        second = (larger / first) * smaller - (b / first) * b
        turned = total > 0
    c1 = difference + root if difference >= 0 else difference - root
    if abs(c1) > abs(twice):
        t = -twice / c1
        sine = 1 / math.sqrt(1 + t * t)
        cosine = t * sine
    elif twice == 0:
        cosine, sine = 1.0, 0.0
    else:
        t = -c1 / twice
        cosine = 1 / math.sqrt(1 + t * t)
        sine = t * cosine
    if turned == (difference >= 0):
        cosine, sine = -sine, cosine
    return first, second, cosine, sine


def _iterated(d: list[float], e: list[float], row: list[float], tiny: tuple[float, float]) -> list[float]:
    """`row Z` for the eigenvectors Z of the tridiagonal matrix with diagonals d and e, values rising: `dsteqr`.

    `tiny` is the relative precision and the smallest number of the dtype that LAPACK computes with: they decide when an element
    counts as zero, and so how often the vectors turn.
    """
    extent = len(d)
    e = [*e, 0.0]
    start, steps = 0, 30 * extent
    while start < extent:
        if start:
            e[start - 1] = 0.0
        end = extent - 1
        for at in range(start, extent - 1):
            if abs(e[at]) <= math.sqrt(abs(d[at])) * math.sqrt(abs(d[at + 1])) * tiny[0]:
                e[at], end = 0.0, at
                break
        # From the end with the smaller value: QL downwards, or QR upwards.
        first, last = (end, start) if abs(d[end]) < abs(d[start]) else (start, end)
        start = end + 1
        if first != last:
            steps = _block(d, e, row, first, last, steps, tiny)
    return [row[at] for at in sorted(range(extent), key=d.__getitem__)]


def _block(d: list[float], e: list[float], row: list[float], at: int, last: int, steps: int, tiny: tuple[float, float]) -> int:
    """Bring one unreduced block to its eigenvalues, beginning at `at`; returns how many steps are left.

    QR upwards is QL downwards with all indices reversed, and so are its rotations.
    """
    way = 1 if last > at else -1
    link = 0 if way > 0 else -1  # e[i + link] stands between d[i] and d[i + way]

    def rotate(i: int, c: float, s: float) -> None:
        low, high = (i, i + 1) if way > 0 else (i - 1, i)
        a, b = row[low], row[high]
        row[low], row[high] = c * a + s * b, c * b - s * a

    while (last - at) * way >= 0:
        m = at
        while m != last and e[m + link] ** 2 > tiny[0] * tiny[0] * abs(d[m]) * abs(d[m + way]) + tiny[1]:
            m += way
        if m != last:
            e[m + link] = 0.0
        if m == at:
            at += way
            continue
        p = d[at]
        if m == at + way:
            low, high = (at, m) if way > 0 else (m, at)
            d[low], d[high], c, s = _two_by_two(d[low], e[at + link], d[high])
            rotate(at, c, s)
            e[at + link] = 0.0
            at += 2 * way
            continue
        if not steps:
            break
        steps -= 1
        g = (d[at + way] - p) / (2 * e[at + link])
        g = d[m] - p + e[at + link] / (g + math.copysign(math.hypot(g, 1.0), g))
        s = c = 1.0
        p = 0.0
        turns = []
        for i in range(m - way, at - way, -way):
            f, b = s * e[i + link], c * e[i + link]
            c, s, r = _rotation(g, f)
            if i != m - way:
                e[i + way + link] = r
            g = d[i + way] - p
            r = (d[i] - g) * s + 2 * c * b
            p = s * r
            d[i + way] = g + p
            g = c * r - b
            turns.append((i, c, -s if way > 0 else s))
        for turn in turns:
            rotate(*turn)
        d[at] -= p
        e[at + link] = g
    return steps

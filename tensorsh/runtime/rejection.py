"""Poisson, binomial and gamma numbers as PyTorch's CPU kernels draw them.

How many uniform numbers an element takes depends on the numbers, so these go element by element. They read ahead
from the generator and, when done, leave it exactly behind the last number that they used. Constants and roundings
to the element type are PyTorch's, since they decide which numbers are rejected.

Sources: Poisson, Hörmann 1993 (PTRS) and Knuth's products; binomial, Hörmann 1993 (BTRS) and geometric inversion;
gamma, Marsaglia and Tsang 2000.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from tensorsh.runtime.c_arithmetic import Array

if TYPE_CHECKING:
    from tensorsh.runtime.generator import Generator

_READ_AHEAD = 1024

# log(k!) less Stirling's approximation to it, for k = 0 … 9; above, the first terms of its series.
_STIRLING_TAIL = (
    0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
    0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287,
)  # fmt: skip

_THIRD = np.float32(1) / np.float32(3)
_SQUEEZE = float(np.float32(0.0331))


class _ReadAhead:
    """Uniform float64 numbers, and normal ones made of them, one at a time from a generator."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._state = generator.get_state()
        self._numbers: list[float] = []
        self._next = 0
        self._used = 0
        self._kept = generator.take_kept_normal()

    def uniform(self) -> float:
        if self._next == len(self._numbers):
            self._used += self._next
            self._numbers = self._generator.doubles(_READ_AHEAD).tolist()
            self._next = 0
        self._next += 1
        return self._numbers[self._next - 1]

    def normal(self) -> float:
        if self._kept is not None:
            kept, self._kept = self._kept, None
            return kept
        angle = 2.0 * math.pi * self.uniform()
        radius = math.sqrt(-2.0 * math.log1p(-self.uniform()))
        self._kept = radius * math.sin(angle)
        return radius * math.cos(angle)

    def leave(self) -> None:
        """Put the generator behind the last number that was used."""
        self._generator.set_state(self._state)
        self._generator.words(2 * (self._used + self._next))
        self._generator.keep_normal(self._kept)


def _each(generator: Generator, sample: Callable[..., float], *arrays: Array) -> Array:
    source = _ReadAhead(generator)
    arrays = tuple(np.broadcast_arrays(*arrays))
    columns = [array.ravel().tolist() for array in arrays]
    numbers = [sample(source, *row) for row in zip(*columns, strict=True)]
    source.leave()
    return np.array(numbers, np.float64).reshape(arrays[0].shape)


def poisson(generator: Generator, rates: Array) -> Array:
    """A Poisson number for each rate, as float64; RuntimeError for a negative rate."""
    if not bool((rates >= 0).all()):
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    return _each(generator, _poisson, rates)


def _poisson(source: _ReadAhead, rate: float) -> float:
    if rate >= 10.0:
        return _poisson_by_rejection(source, rate)
    if rate == 0.0:
        return 0.0
    limit = math.exp(-rate)
    product = source.uniform()
    count = 0
    while product > limit:
        count += 1
        product *= source.uniform()
    return float(count)


def _poisson_by_rejection(source: _ReadAhead, rate: float) -> float:
    log_rate = math.log(rate)
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    inside = 0.9277 - 3.6224 / (b - 2.0)
    while True:
        u = source.uniform() - 0.5
        v = source.uniform()
        us = 0.5 - abs(u)
        k = math.floor((2.0 * a / us + b) * u + rate + 0.43) if us else -1
        if us >= 0.07 and v <= inside:
            return float(k)
        if k < 0 or (us < 0.013 and v > us):
            continue
        left = _log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b)
        if left <= -rate + k * log_rate - math.lgamma(k + 1.0):
            return float(k)


def binomial(generator: Generator, counts: Array, p: Array) -> Array:
    """The successes in `counts` trials of probability `p`, as float64; the two arrays have one dtype, and broadcast."""
    element = np.float64 if counts.dtype == np.float64 else np.float32

    def sample(source: _ReadAhead, count: float, probability: float) -> float:
        if count <= 0.0 or probability <= 0.0:
            return 0.0
        if probability >= 1.0:
            return count
        rare = probability if probability <= 0.5 else float(element(1.0 - probability))
        few = float(element(count) * element(rare)) < 10.0
        found = (_binomial_by_inversion if few else _binomial_by_rejection)(source, count, rare, element)
        return found if probability <= 0.5 else count - found

    return _each(generator, sample, counts, p)


def _binomial_by_inversion(source: _ReadAhead, count: float, p: float, element: type) -> float:
    log_failure = float(element(math.log1p(-p)))
    trials = 0.0
    successes = 0
    while True:
        trials += math.ceil(_log(source.uniform()) / log_failure)
        if trials > count:
            return float(successes)
        successes += 1


def _binomial_by_rejection(source: _ReadAhead, count: float, p: float, element: type) -> float:
    n, q = element(count), element(p)
    one = element(1)
    spread = float(np.sqrt(n * q * (one - q)))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    centre = float(n * q) + 0.5
    inside = 0.92 - 4.2 / b
    odds = float(q / (one - q))
    alpha = (2.83 + 5.1 / b) * spread
    mode = float(np.floor((n + one) * q))
    while True:
        u = source.uniform() - 0.5
        v = source.uniform()
        us = 0.5 - abs(u)
        k = math.floor((2.0 * a / us + b) * u + centre) if us else -1
        if k < 0 or k > count:
            continue
        if us >= 0.07 and v <= inside:
            return float(k)
        bound = (
            (mode + 0.5) * math.log((mode + 1.0) / (odds * (count - mode + 1.0)))
            + (count + 1.0) * math.log((count - mode + 1.0) / (count - k + 1.0))
            + (k + 0.5) * math.log(odds * (count - k + 1.0) / (k + 1.0))
            + _stirling_tail(mode)
            + _stirling_tail(count - mode)
            - _stirling_tail(k)
            - _stirling_tail(count - k)
        )
        if _log(v * alpha / (a / (us * us) + b)) <= bound:
            return float(k)


def gamma(generator: Generator, concentration: Array) -> Array:
    """A gamma number of scale 1 for each concentration, as float64; at least the dtype's smallest normal number."""
    element = np.float64 if concentration.dtype == np.float64 else np.float32
    numbers = _each(generator, lambda source, alpha: _gamma(source, element(alpha), element), concentration)
    return np.maximum(numbers.astype(element), np.finfo(element).tiny).astype(np.float64)


def _gamma(source: _ReadAhead, alpha: np.floating, element: type) -> float:
    scale = 1.0
    if alpha < 1.0:
        if alpha == 0.0:
            return 0.0
        scale = math.pow(1.0 - source.uniform(), float(element(1) / alpha))
        alpha = alpha + element(1)
    d = float(alpha - element(_THIRD))
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = source.normal()
        y = 1.0 + c * x
        if y <= 0.0:
            continue
        v = y * y * y
        u = 1.0 - source.uniform()
        xx = x * x
        if u < 1.0 - _SQUEEZE * xx * xx or math.log(u) < 0.5 * xx + d * (1.0 - v + math.log(v)):
            return scale * d * v


def _log(x: float) -> float:
    return math.log(x) if x > 0.0 else -math.inf


def _stirling_tail(k: float) -> float:
    if k < len(_STIRLING_TAIL):
        return _STIRLING_TAIL[int(k)]
    square = (k + 1.0) * (k + 1.0)
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1.0)

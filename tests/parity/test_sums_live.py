"""Sums of floats, here and in an installed PyTorch: the same to the last digit, whichever dimensions are summed."""

from __future__ import annotations

import math

import numpy as np
import pytest

import tensorsh.torch as ours
from tensorsh.ops.cascade import MANY

real = pytest.importorskip("torch")

EXTENTS = {1: MANY - 1, 2: 180, 3: 31, 4: 13}  # the longest dimension, by their number


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sums_have_the_same_digits(dtype: str) -> None:
    numbers = np.random.default_rng(0)
    for _ in range(1000):
        ndim = int(numbers.integers(1, 5))
        shape = [int(EXTENTS[ndim] * numbers.random() ** 2) + 1 for _ in range(ndim)]
        values = numbers.normal(size=shape).astype(dtype)
        dim = tuple(sorted(numbers.choice(ndim, int(numbers.integers(1, ndim + 1)), replace=False).tolist()))
        mine, theirs = ours.from_numpy(values), real.from_numpy(values)
        assert mine.sum(dim).tolist() == theirs.sum(dim).tolist(), (shape, dim)
        assert mine.mean(dim).tolist() == theirs.mean(dim).tolist(), (shape, dim)
        assert mine.sum().item() == theirs.sum().item(), shape


def test_every_extent_has_the_same_digits() -> None:
    values = np.random.default_rng(0).normal(size=600).astype(np.float32)
    for extent in range(1, 600):
        mine, theirs = ours.from_numpy(values[:extent]), real.from_numpy(values[:extent])
        assert mine.sum().item() == theirs.sum().item(), extent
        assert mine.mean().item() == theirs.mean().item(), extent


def test_transposed_matrices_are_summed_as_they_lie() -> None:
    values = np.random.default_rng(0).normal(size=(70, 90)).astype(np.float32)
    mine, theirs = ours.from_numpy(values).t(), real.from_numpy(values).t()
    for dim in (0, 1, (0, 1)):
        assert mine.sum(dim).tolist() == theirs.sum(dim).tolist(), dim


@pytest.mark.parametrize("extent", [2, 6, 16, 50, 1000])
def test_a_sum_of_zeros_has_no_sign(extent: int) -> None:
    for torch in (ours, real):
        assert math.copysign(1, torch.full((extent,), -0.0).sum().item()) == 1
        assert math.copysign(1, torch.full((extent, 3), -0.0).sum(0)[1].item()) == 1

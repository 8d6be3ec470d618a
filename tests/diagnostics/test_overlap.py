"""Overlap of strided windows, against what numbering every byte says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import as_strided

from tensorsh.diagnostics.overlap import as_index, coverage, overlap, self_overlap, touched
from tensorsh.runtime.storage import address

ELEMENTS = 80  # three dimensions of four elements with strides up to 6 span 55


@st.composite
def window_strategy(draw: st.DrawFn) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """An offset, a shape and strides (0 and negative ones too) that stay within ELEMENTS places."""
    ndim = draw(st.integers(0, 3))
    shape = tuple(draw(st.integers(1, 4)) for _ in range(ndim))
    strides = tuple(draw(st.integers(-4, 6)) for _ in range(ndim))
    low = sum(min((extent - 1) * stride, 0) for extent, stride in zip(shape, strides, strict=True))
    high = sum(max((extent - 1) * stride, 0) for extent, stride in zip(shape, strides, strict=True))
    return draw(st.integers(-low, ELEMENTS - 1 - high)), shape, strides


def window(memory: np.ndarray, at: tuple[int, tuple[int, ...], tuple[int, ...]]) -> np.ndarray:
    offset, shape, strides = at
    return as_strided(memory[offset:], shape, tuple(stride * memory.itemsize for stride in strides))


@settings(max_examples=300, deadline=None)
@given(window_strategy(), window_strategy())
def test_overlap_and_touched_are_exact(first: tuple, second: tuple) -> None:
    memory = np.arange(ELEMENTS)  # each element holds its own place
    one, other = window(memory, first), window(memory, second)
    common = np.isin(one, other)
    assert overlap(one, other) is bool(common.any())
    np.testing.assert_array_equal(touched(one, other), common)


@settings(max_examples=200, deadline=None)
@given(window_strategy())
def test_coverage_and_self_overlap_count_places(at: tuple) -> None:
    memory = np.arange(ELEMENTS)
    one = window(memory, at)
    counts = np.bincount(one.ravel(), minlength=ELEMENTS)
    np.testing.assert_array_equal(coverage(one, address(memory), memory.itemsize, ELEMENTS), counts)
    assert (self_overlap(one) is not None) is bool(counts.max() > 1)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=3, max_size=3))
def test_an_index_selects_what_its_mask_does(rows: list[list[bool]]) -> None:
    mask = np.array(rows)
    index = as_index(mask)
    if index is None or not mask.any():
        return
    found = np.zeros_like(mask)
    if index:
        parts = eval(f"np.index_exp{index}")
        lists = [np.arange(extent)[part] for part, extent in zip((*parts, slice(None))[:2], mask.shape, strict=True)]
        found[np.ix_(*(np.atleast_1d(part) for part in lists))] = True
    else:
        found[...] = True
    np.testing.assert_array_equal(found, mask)


def test_different_element_sizes_are_compared_by_bytes() -> None:
    memory = np.zeros(4, np.float64)
    halves = memory.view(np.float32)
    assert touched(memory, halves[3:4]).tolist() == [False, True, False, False]
    assert not overlap(halves[::2], halves[1::2])


def test_many_dimensions_are_decided_without_counting() -> None:
    memory = np.zeros(1 << 20)
    assert overlap(memory[::2], memory[1::2]) is False
    assert overlap(memory[::3], memory[1::2]) is True


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.broadcast_to(np.zeros(3), (2, 3)), "dimension 0 has stride 0"),
        (np.lib.stride_tricks.sliding_window_view(np.zeros(5), 3), "does not step over"),
    ],
    ids=["expanded", "windows"],
)
def test_reasons_name_the_dimension(array: np.ndarray, words: str) -> None:
    assert words in (self_overlap(array) or "")

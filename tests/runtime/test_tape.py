"""What a backward pass leaves behind for explanations: small saved values, and notes of what was added to a leaf."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

import numpy as np
import pytest

import tensorsh.torch as torch
from tensorsh.runtime.tape import CALLS_KEPT, SMALL, Added


@pytest.mark.parametrize(("elements", "kept"), [(SMALL, True), (SMALL + 1, False)])
def test_only_small_saved_values_outlive_a_pass(elements: int, kept: bool) -> None:
    x = torch.ones(elements, requires_grad=True)
    y = x * x
    node = y.grad_fn
    y.sum().backward()
    assert (node.self is x) == kept
    with pytest.raises(RuntimeError, match="second time"):
        _ = node._saved_self


@pytest.mark.parametrize(("elements", "kept"), [(SMALL, True), (SMALL + 1, False)])
def test_only_short_lists_of_small_saved_values_outlive_a_pass(elements: int, kept: bool) -> None:
    x = torch.ones(elements, requires_grad=True)
    y = x[torch.arange(elements)]
    node = y.grad_fn
    y.sum().backward()
    assert (node.indices is not None) == kept


def test_a_small_window_on_large_memory_is_let_go() -> None:
    large = torch.ones(1000)
    window = large[:2]
    x = torch.ones(2, requires_grad=True)
    y = (x * window).sum()
    gone = ref(large)
    y.backward()
    del large, window
    assert gone() is None


WINDOWS: list[Callable[[Any], Any]] = [lambda x: x[1:].expand(2, 3), lambda x: x.as_strided((2, 2), (1, 1)), lambda x: x[::2]]


@pytest.mark.parametrize("window", WINDOWS)
def test_a_small_window_on_small_memory_stays(window: Callable[[Any], Any]) -> None:
    y = window(torch.ones(4, requires_grad=True))
    z = y * y
    node = z.grad_fn
    z.sum().backward()
    assert node.self is y


def test_notes_are_bounded_and_end_with_the_gradient() -> None:
    x = torch.tensor(1.0, requires_grad=True)
    for _ in range(3 * CALLS_KEPT):
        (x * 2).backward()
    assert len(x._meta.calls) == CALLS_KEPT
    last = Added(*x._meta.calls[-1])
    assert np.array_equal(last.before + last.value, x.grad.numpy())
    x.grad = None
    assert x._meta.calls is None


def test_large_gradients_are_counted_and_not_kept() -> None:
    x = torch.ones(1000, requires_grad=True)
    for _ in range(2):
        x.sum().backward()
    assert x._meta.backward_calls == 2 and Added(*x._meta.calls[1]).value is None


def test_writes_are_kept_only_where_memory_has_two_versions() -> None:
    x = torch.zeros(2)
    x.add_(1)
    assert x._storage.shared is None
    data = x.data
    data.add_(1)
    x.add_(1)
    assert x._storage.shared is data._storage.shared
    assert [list(content) for _, content in data._storage.shared.contents] == [[1, 1], [2, 2], [3, 3]]
    assert (x._version, data._version) == (2, 1)

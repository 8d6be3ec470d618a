"""Shapes: the rules against NumPy's, and that what is suggested holds."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tensorsh.diagnostics import fitting

SHAPES = [shape for ndim in range(4) for shape in itertools.product((1, 2, 3), repeat=ndim)]
PAIRS = [(a, b) for a in SHAPES[::2] for b in SHAPES[::3]]


def by_numpy(operation, a, b):
    try:
        return operation(np.zeros(a, np.int8), np.zeros(b, np.int8)).shape
    except ValueError:
        return None


def test_broadcast_shape_is_numpys() -> None:
    for a, b in PAIRS:
        assert fitting.broadcast_shape(a, b) == by_numpy(np.add, a, b), (a, b)


def test_matmul_shape_is_numpys() -> None:
    for a, b in PAIRS:
        assert fitting.matmul_shape(a, b) == by_numpy(np.matmul, a, b), (a, b)


CASES = [
    # left, right, rule, the forms that fit with their shapes
    ((2, 3), (2,), "broadcast_shape", [("x", "y.unsqueeze(1)", (2, 3)), ("x.t()", "y", (3, 2))]),
    ((2, 3), (3, 2), "broadcast_shape", [("x", "y.t()", (2, 3)), ("x.t()", "y", (3, 2))]),
    ((3,), (4,), "broadcast_shape", [("x", "y.unsqueeze(1)", (4, 3)), ("x.unsqueeze(1)", "y", (3, 4))]),
    ((2, 3), (4,), "broadcast_shape", []),
    ((2, 3), (6,), "broadcast_shape", [("x", "y.view(2, 3)", (2, 3))]),
    ((2, 3), (2, 3), "matmul_shape", [("x", "y.t()", (2, 2)), ("x.t()", "y", (3, 3))]),
    ((5, 2, 3), (5, 2, 3), "matmul_shape", [("x", "y.mT", (5, 2, 2)), ("x.mT", "y", (5, 3, 3))]),
    ((2, 3), (4, 5), "matmul_shape", []),
    ((2, 3), (2,), "mv_shape", [("x.t()", "y", (3,))]),
]


@pytest.mark.parametrize(("a", "b", "rule", "forms"), CASES)
def test_fits(a, b, rule, forms) -> None:
    found = fitting.fits("x", a, "y", b, getattr(fitting, rule))
    assert [(fit.left, fit.right, fit.shape) for fit in found] == forms


UNDOING = [
    # an operand, its shape, the shape beside it, what stands instead where its last step is undone
    ("x.t()", (3, 2), (3, 2), "x"),
    ("x.T", (3, 2), (3, 2), "x"),
    ("x.transpose(0, 1)", (3, 2), (3, 2), "x"),
    ("x.transpose(-1,-2)", (3, 2), (3, 2), "x"),
    ("x.permute(1, 0)", (3, 2), (3, 2), "x"),
    ("x.unsqueeze(0)", (1, 3), (2, 3), "x"),
    ("x.mT", (5, 3, 2), (5, 3, 2), "x"),
    ("x.transpose(-2, -1)", (5, 3, 2), (5, 3, 2), "x"),
    ("x.transpose(0, 0)", (3, 2), (3, 2), "x.transpose(0, 0).t()"),
    ("x.T", (5, 3, 2), (5, 3, 2), "x.T.mT"),
    ("x.transpose(0, 1)", (5, 3, 2), (5, 3, 2), "x.transpose(0, 1).mT"),
]


@pytest.mark.parametrize(("operand", "shape", "left", "instead"), UNDOING)
def test_a_step_is_left_out_rather_than_undone(operand: str, shape: tuple[int, ...], left: tuple[int, ...], instead: str) -> None:
    found = fitting.fits("y", left, operand, shape, fitting.matmul_shape)
    assert instead in [fit.right for fit in found]


def test_in_place_only_what_is_written_may_change() -> None:
    target = (2, 3)
    (fit,) = fitting.fits("x", target, "y", (2,), fitting.into(target), only_right=True)
    assert (fit.left, fit.right, fit.shape) == ("x", "y.unsqueeze(1)", target)


def test_a_product_may_change_the_order() -> None:
    found = fitting.fits("x", (2, 3), "y", (2,), fitting.matmul_shape, swap=True)
    assert [(fit.left, fit.right) for fit in found] == [("x.t()", "y"), ("y", "x")]


@pytest.mark.parametrize(
    ("elements", "size", "shapes"),
    [(6, (4, 2), [(3, 2)]), (6, (2, 2), [(3, 2), (2, 3)]), (6, (5,), [(6,)]), (7, (2, 3), [])],
)
def test_views_of(elements, size, shapes) -> None:
    assert fitting.views_of(elements, size) == shapes

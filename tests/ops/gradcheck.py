"""Derivatives against differences: a check of an operator's first and second derivative in random directions.

The outputs are summed with random weights, so that one number depends on everything; its slope along a random direction must be
what the gradient says, and the gradient's own slope what the second derivative says. Inputs must be float64 or complex128.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensorsh import torch

STEP = 1e-6  # of the central difference: its error is about STEP**2 from curvature and 1e-16 / STEP from rounding
RTOL = ATOL = 1e-5


def _random(shape: tuple[int, ...], complex_: bool, draw: np.random.Generator) -> np.ndarray:
    values = draw.standard_normal(shape)
    return values + 1j * draw.standard_normal(shape) if complex_ else values


def _weighted(outputs: Any, draw: np.random.Generator) -> Any:
    """The sum of every floating-point output that has a history, with random weights; complex ones give the real part."""
    outputs = outputs if isinstance(outputs, (list, tuple)) else (outputs,)
    total: Any = 0.0
    for output in outputs:
        if output is None or not output.requires_grad:
            continue
        weights = torch.from_numpy(np.asarray(_random(tuple(output.shape), output.is_complex(), draw)))
        product = (output * weights).sum()
        total = total + (product.real if product.is_complex() else product)
    return total


def _slope(gradient: np.ndarray, direction: np.ndarray) -> float:
    return float(np.sum(gradient.conj() * direction).real)


def check_gradients(function: Callable[..., Any], *inputs: Any, order: int = 2, seed: int = 0) -> None:
    """AssertionError unless the gradients of `function` at `inputs`, up to `order`, are its slopes.

    `inputs` are arrays (or nested lists) of floats or complex numbers; all of them get gradients. `function` takes tensors and
    returns a tensor or several. It must be deterministic and, `order` times, differentiable at the point.
    """
    points = [np.array(x, np.complex128 if np.iscomplexobj(x) else np.float64) for x in inputs]
    _check(function, points, order, seed, "")


def _check(function: Callable[..., Any], points: Sequence[np.ndarray], order: int, seed: int, label: str) -> None:
    def value(at: Sequence[np.ndarray]) -> tuple[Any, list[Any]]:
        tensors = [torch.tensor(x).requires_grad_() for x in at]
        return _weighted(function(*tensors), np.random.default_rng(seed)), tensors

    total, tensors = value(points)
    if not isinstance(total, torch.Tensor):
        return  # nothing depends on the inputs any more: every further derivative is zero
    gradients = torch.autograd.grad(total, tensors, allow_unused=True)
    draw = np.random.default_rng(seed + 1)
    for number, (point, gradient) in enumerate(zip(points, gradients, strict=True)):
        direction = np.asarray(_random(point.shape, np.iscomplexobj(point), draw))
        sides = []
        for step in (STEP, -STEP):
            moved = [*points[:number], point + step * direction, *points[number + 1 :]]
            sides.append(float(value(moved)[0].item()))
        measured = (sides[0] - sides[1]) / (2 * STEP)
        claimed = 0.0 if gradient is None else _slope(gradient.detach().numpy(), direction)
        np.testing.assert_allclose(
            claimed, measured, RTOL, ATOL, err_msg=f"derivative{label} of {function} by input {number}"
        )
    if order > 1:

        def gradient_of(*tensors: Any) -> Any:
            total = _weighted(function(*tensors), np.random.default_rng(seed))
            return torch.autograd.grad(total, tensors, create_graph=True, allow_unused=True)

        _check(gradient_of, points, order - 1, seed + 2, f"{label} of the derivative")

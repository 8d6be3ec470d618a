"""Elementary functions of float32: rounded once, so that their last digit is the same on every machine."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tensorsh import torch
from tensorsh.ops.cascade import MANY
from tensorsh.ops.watching import Observer, watch

# name -> the same function of Python's own floats, and the interval that its arguments are taken from
FUNCTIONS: dict[str, tuple[Any, float, float]] = {
    "exp": (math.exp, -20, 20),
    "expm1": (math.expm1, -5, 5),
    "exp2": (lambda x: 2.0**x, -20, 20),
    "log": (math.log, 0.01, 100),
    "log2": (math.log2, 0.01, 100),
    "log10": (math.log10, 0.01, 100),
    "log1p": (math.log1p, -0.9, 9),
    "sin": (math.sin, -9, 9),
    "cos": (math.cos, -9, 9),
    "tan": (math.tan, -1.5, 1.5),
    "asin": (math.asin, -1, 1),
    "acos": (math.acos, -1, 1),
    "atan": (math.atan, -9, 9),
    "sinh": (math.sinh, -9, 9),
    "cosh": (math.cosh, -9, 9),
    "tanh": (math.tanh, -5, 5),
    "asinh": (math.asinh, -9, 9),
    "acosh": (math.acosh, 1.01, 9),
    "atanh": (math.atanh, -0.9, 0.9),
}


def arguments(low: float, high: float) -> Any:
    return np.random.default_rng(0).uniform(low, high, 500).astype(np.float32)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_result_is_the_exact_value_rounded_once(name: str) -> None:
    exact, low, high = FUNCTIONS[name]
    x = arguments(low, high)
    wanted = np.array([exact(float(value)) for value in x]).astype(np.float32)
    assert np.array_equal(getattr(torch, name)(torch.from_numpy(x)).numpy(), wanted)


@pytest.mark.parametrize("exponent", [2.5, 1.7, 1 / 3, -0.3, 4])
def test_powers_too(exponent: float) -> None:
    x = arguments(0.01, 9)
    rounded = float(np.float32(exponent))  # the digits that float32 leaves a number
    wanted = np.array([float(value) ** rounded for value in x]).astype(np.float32)
    assert np.array_equal((torch.from_numpy(x) ** exponent).numpy(), wanted)
    assert np.array_equal((torch.from_numpy(x) ** torch.full((500,), exponent)).numpy(), wanted)
    wanted = np.array([rounded ** float(value) for value in x]).astype(np.float32) if exponent > 0 else None
    assert wanted is None or np.array_equal((exponent ** torch.from_numpy(x)).numpy(), wanted)


def test_angles_of_points_too() -> None:
    x = arguments(-3, 3)
    y = x[::-1].copy()
    wanted = np.array([math.atan2(float(a), float(b)) for a, b in zip(x, y, strict=True)]).astype(np.float32)
    assert np.array_equal(torch.atan2(torch.from_numpy(x), torch.from_numpy(y)).numpy(), wanted)


def test_every_form_gives_the_same_digits() -> None:
    x = torch.from_numpy(arguments(-9, 9)).reshape(20, 25)
    wanted = x.exp()
    out = torch.empty(20, 25)
    assert torch.exp(x, out=out) is out
    seen = []
    with watch(Listener(seen)):
        watched = x.exp()
    assert seen == [np.float32, np.float32]
    for found in (out, x.clone().exp_(), x.t().exp().t(), x.detach().requires_grad_().exp().detach(), watched):
        assert torch.equal(found, wanted)
    assert x.exp()[0, 0].item() == x[0, 0].exp().item()


class Listener(Observer):
    def __init__(self, seen: list[Any]) -> None:
        self.seen = seen

    def end(self, call: Any, result: Any, seconds: float) -> None:
        self.seen += [call.arrays[0].dtype, result.dtype]


def test_large_tensors_keep_numpys_own_speed() -> None:
    x = torch.linspace(-5, 5, MANY)
    assert np.array_equal(x.exp().numpy(), np.exp(x.numpy()))
    assert torch.equal(torch.full((MANY,), 1000.0).log10(), torch.full((MANY,), 3.0))


def test_what_lies_outside() -> None:
    edges = torch.tensor([math.inf, -math.inf, math.nan, 0.0, -0.0, 1e38, -1.0])
    assert edges.exp().tolist()[:2] == [math.inf, 0.0]
    assert str(edges.log()) == "tensor([    inf,     nan,     nan,    -inf,    -inf, 87.4982,     nan])"
    assert torch.tensor([200.0]).exp().item() == math.inf
    assert torch.empty(0, 3).exp().shape == (0, 3)

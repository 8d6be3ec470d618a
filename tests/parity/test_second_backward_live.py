"""A second backward pass through one graph, held against an installed PyTorch: it is refused where something saved has been freed, and
goes through where nothing was saved, as in `x.sum()`.
"""

from __future__ import annotations

from typing import Any

import pytest
from test_gradient_graphs_live import EXPRESSIONS

from tensorsh import torch

real = pytest.importorskip("torch")

# Where only one of the two goes through, and why.
EXCEPTIONS = {
    **dict.fromkeys(("t.lerp(x, y, 0.3)", "t.trapezoid(x)", "t.cumulative_trapezoid(x)"), "PyTorch's number is a scalar there, no tensor"),
    **dict.fromkeys(
        ("t.view_as_real(t.complex(x, y))", "t.fft.rfft(x).real", "t.fft.irfft(t.complex(x, y))"),
        "PyTorch saves tensors for their dtype or shape alone",
    ),
}  # fmt: skip


def passes(library: Any, expression: str) -> bool:
    """Whether a second backward pass goes through."""
    library.manual_seed(0)
    scope = {"t": library, "F": library.nn.functional, "y": library.rand(4, 3), "p": library.rand(4, 3), "b": library.rand(4)}
    scope["x"] = (library.rand(4, 3) * 0.8 + 0.1).requires_grad_()
    scope["lab"] = library.tensor([0, 2, 1, 1])
    value = eval(expression, scope)
    value.backward(library.ones_like(value))
    try:
        value.backward(library.ones_like(value))
    except RuntimeError as error:
        assert "Trying to backward through the graph a second time" in str(error)
        return False
    return True


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.filterwarnings("ignore")
def test_second_pass(expression: str) -> None:
    same = passes(torch, expression) == passes(real, expression)
    assert same is (expression not in EXCEPTIONS)

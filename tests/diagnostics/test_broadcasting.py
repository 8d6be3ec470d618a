"""How shapes broadcast, against NumPy; and which meeting of shapes is worth a warning."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorsh import Session
from tensorsh.diagnostics.broadcasting import SilentSquare, broadcasting
from tensorsh.display.broadcasting import broadcasting_text

SHAPES = st.lists(st.lists(st.sampled_from([0, 1, 1, 2, 3]), max_size=4).map(tuple), min_size=2, max_size=3)


@given(SHAPES)
def test_shapes_broadcast_as_numpys_do(shapes: list[tuple[int, ...]]) -> None:
    facts = broadcasting([f"o{n}" for n in range(len(shapes))], shapes, itemsize=4)
    try:
        truth = np.broadcast_shapes(*shapes)
    except ValueError:
        truth = None
    assert facts.shape == truth
    assert (facts.clash is None) is (truth is not None)
    if truth is not None:
        assert facts.bytes == 4 * int(np.prod(truth))
        for operand, shape in zip(facts.operands, shapes, strict=True):
            strides = np.broadcast_to(np.zeros(shape), truth).strides
            stretched = {d for d in range(len(truth)) if truth[d] > 1 and strides[d] == 0}
            assert {d for d in operand.stretched if truth[d] > 1} == stretched or 0 in truth
    assert broadcasting_text(facts)


@pytest.mark.parametrize(
    ("code", "warned"),
    [
        ("pred - target", "pred [5, 1] and target [5] broadcast to [5, 5]"),
        ("target == pred", "target [5] and pred [5, 1]"),
        ("((pred - target) ** 2).mean()", "pred [5, 1] and target [5]"),
        ("(pred + 0) * target", "[5, 1] and target [5] broadcast"),
        ("target[:, None] - target", ""),
        ("t = target; pred - t", "pred [5, 1] and t [5] broadcast to [5, 5]"),
        ("target.unsqueeze(1) - target", ""),
        ("pred.view(5, 1) * target", ""),
        ("pred - pred", ""),
        ("pred - target[None]", ""),
        ("m + target", ""),
        ("pred * 2", ""),
        ("target @ pred", ""),
        ("pred @ target[:1]", ""),
        ("one - single", ""),
        ("torch.outer(target, target)", ""),
    ],
)
def test_a_silent_square_warns(code: str, warned: str) -> None:
    session = Session()
    session.run(
        "import torch\npred = torch.zeros(5, 1); target = torch.zeros(5); m = torch.zeros(3, 5); one = torch.zeros(1, 1)\n"
        "single = torch.zeros(1)"
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        session.run(code)
        session.state.advice = False
        session.run("pred - target")
    texts = [str(one.message) for one in caught if issubclass(one.category, SilentSquare)]
    assert len(texts) == (1 if warned else 0)
    assert all(warned in text for text in texts)

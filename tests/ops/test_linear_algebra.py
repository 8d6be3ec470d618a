"""Linear algebra, Fourier transforms, windows and `einsum`: what PyTorch gave for the same expression.

`tests/parity/record_linear_algebra.py` recorded it.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tensorsh import torch
from tests.parity.record_linear_algebra import DATA, expressions, outcome

RECORDED = json.loads(DATA.read_text(encoding="utf-8"))

TOLERANCE = {"torch.float64": 1e-8, "torch.complex128": 1e-8, "torch.float16": 2e-3, "torch.bfloat16": 1e-2}


def check(found: Any, recorded: Any, tolerance: float = 2e-4) -> None:
    if isinstance(recorded, dict):
        assert found.keys() == recorded.keys()
        for key in recorded:
            check(found[key], recorded[key], TOLERANCE.get(recorded.get("dtype", ""), tolerance))
    elif isinstance(recorded, list) and recorded and all(isinstance(x, (int, float)) for x in recorded):
        np.testing.assert_allclose(found, recorded, tolerance, tolerance)
    elif isinstance(recorded, list):
        assert len(found) == len(recorded)
        for part, want in zip(found, recorded, strict=True):
            check(part, want, tolerance)
    else:
        assert found == recorded


@pytest.mark.parametrize("expression", RECORDED)
def test_as_pytorch(expression: str) -> None:
    check(outcome(expression, torch), RECORDED[expression])


def test_every_expression_is_recorded() -> None:
    assert expressions() == list(RECORDED)

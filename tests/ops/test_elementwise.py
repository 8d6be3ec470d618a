"""Elementwise operators on the edges of their domains: what PyTorch gave for the same expression, value or error.

`tests/parity/record_elementwise.py` recorded it.
"""

from __future__ import annotations

import json

import pytest

from tensorsh import torch
from tests.parity.record_elementwise import DATA, expressions, outcome

RECORDED = json.loads(DATA.read_text(encoding="utf-8"))


@pytest.mark.parametrize("expression", RECORDED)
def test_as_pytorch(expression: str) -> None:
    assert outcome(expression, torch) == RECORDED[expression]


def test_every_expression_is_recorded() -> None:
    assert expressions() == list(RECORDED)

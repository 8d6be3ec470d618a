"""Making, joining, picking and overwriting tensors: what PyTorch gave for the same expression, value or error.

`tests/parity/record_making.py` recorded it.
"""

from __future__ import annotations

import json

import pytest

from tensorsh import torch
from tests.parity.record_making import DATA, expressions, outcome

RECORDED = json.loads(DATA.read_text(encoding="utf-8"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", RECORDED)
def test_as_pytorch(expression: str) -> None:
    assert outcome(expression, torch) == RECORDED[expression]


def test_every_expression_is_recorded() -> None:
    assert list(dict.fromkeys(expressions())) == list(RECORDED)


def test_empty_never_shows_what_memory_held() -> None:
    torch.full((1000,), 7.0)
    other = torch.ones(1000)
    for made in (torch.empty(1000), torch.empty_like(other), other.new_empty(1000), torch.empty_strided((1000,), (1,))):
        assert not made.any()


def test_meshgrid_asks_for_its_indexing() -> None:
    with pytest.warns(UserWarning, match="it will be required to pass the indexing argument"):
        torch.meshgrid(torch.ones(2), torch.ones(2))


def test_overlapping_output_is_refused() -> None:
    x = torch.zeros(6)
    with pytest.raises(RuntimeError, match="refer to a single memory location"):
        torch.cat([x[:2], x[2:4]], out=x[1:5])


@pytest.mark.parametrize("make", [lambda: torch.ones(10**7, 1) + torch.ones(1, 10**7), lambda: torch.zeros(10**7, 10**7)])
def test_out_of_memory_is_pytorchs_error(make) -> None:
    with pytest.raises(RuntimeError, match="can't allocate memory: you tried to allocate 400000000000000 bytes"):
        make()

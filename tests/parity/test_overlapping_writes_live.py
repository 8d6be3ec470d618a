"""Writes whose source lies partly where they write, here and in an installed PyTorch: refused or not, and with which text."""

from __future__ import annotations

import pytest

from tensorsh import Session
from tensorsh.errors import TensorshError

real = pytest.importorskip("torch")

SETUP = """
x = torch.arange(6.)
m = torch.arange(9.).view(3, 3)
b = torch.ones(6, dtype=torch.bool)
i = torch.arange(6)
at = torch.tensor([0, 1])
"""

CASES = [
    "x[1:].add_(x[:-1])",
    "x.add_(x)",
    "x[1:].add_(x[1:])",
    "m.add_(m.t())",
    "m.add_(m)",
    "m.t().add_(m)",
    "x[::2].add_(x[1::2])",
    "x[::2].add_(x[:3])",
    "x[:3].add_(x[3:])",
    "x[1:].copy_(x[:-1])",
    "m.copy_(m.t())",
    "x[1:] = x[:-1]",
    "m[:] = m.t()",
    "m[0] = m[1]",
    "m[:, 0] = m[:, 1]",
    "x[1:] += x[:-1]",
    "m *= m.t()",
    "x[1:].masked_fill_(b[:-1], 1)",
    "x.add_(x[0])",
    "x[1:].add_(x[1])",
    "x[1:].add_(x[0])",
    "x[:5].add_(x[5].expand(5))",
    "x[1:].clamp_(x[:-1])",
    "x[1:].pow_(x[:-1])",
    "x[1:].atan2_(x[:-1])",
    "x[1:].lerp_(x[:-1], 0.5)",
    "x[1:].addcmul_(x[:-1], x[:-1])",
    "x.data[1:].add_(x[:-1])",
    "x.detach()[1:].add_(x[:-1])",
    "x[1:].eq_(x[:-1])",
    "b[1:].logical_and_(b[:-1])",
    "i[1:] &= i[:-1]",
    "torch.add(x[1:], 1, out=x[:-1])",
    "torch.exp(x[1:], out=x[:-1])",
    "torch.exp(x, out=x)",
    "torch.mul(x, x, out=x)",
    "torch.mm(m, m, out=m)",
    "torch.cumsum(x, 0, out=x)",
    "x[1:].index_put_((at,), x[:2])",
    "x[1:].index_add_(0, at, x[:2])",
    "x[1:].index_copy_(0, at, x[:2])",
    "x[1:].scatter_(0, at, x[:5])",
    "m.addmm_(m, m)",
    "x[3:3].add_(x[:0])",
    "x.expand(2, 6).add_(1)",
    "x.expand(2, 6)[:] = 1",
    "x.expand(2, 6)[0].add_(1)",
    "x.unfold(0, 3, 1).add_(1)",
]


@pytest.mark.parametrize("code", CASES)
def test_overlapping_writes_are_refused_as_in_pytorch(code: str) -> None:
    theirs = {"torch": real}
    exec(SETUP, theirs)
    wanted = said = None
    try:
        exec(code, theirs)
    except RuntimeError as error:
        wanted = str(error)
    session = Session()
    session.run("import torch" + SETUP)
    try:
        session.run(code)
    except TensorshError as error:
        said = str(error)
    assert said == wanted

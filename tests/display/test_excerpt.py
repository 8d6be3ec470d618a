"""Warnings of ours: folded at words, with the source they speak of below the first line."""

from __future__ import annotations

import warnings

import pytest

from tensorsh.display.excerpt import advice_text
from tensorsh.errors import Advice
from tensorsh.session import Session

SETUP = """
a = torch.arange(6.)
mask = a > 2
m = a.view(2, 3)
pred, target = torch.zeros(5, 1), torch.zeros(5)
x = torch.ones(3, requires_grad=True)
z = (x * x).sum()
x.data[0] = 5
"""

# What is run, and the warning in 40 columns.
NARROW = [
    (
        "pred - target",
        """\
a.tsh:12: SilentSquare: pred [5, 1] and
  target [5] broadcast to [5, 5].
  Element by element it is
  pred.squeeze(1) with target, or pred
  with target.unsqueeze(1).""",
    ),
    (
        "a[mask][0] = 1",
        """\
a.tsh:12: LostWrite: a[mask] is a copy,
  so this leaves a as it is
    a[mask][0] = 1
    ^^^^^^^
    Write a[mask.nonzero()[0, 0]] = 1""",
    ),
    (
        "m.t().reshape(-1)[0] = 1; print('the source is cut')",
        """\
a.tsh:12: LostWrite: m.t().reshape(-1)
  is a copy, so this leaves m.t() as it
  is
    m.t().reshape(-1)[0] = 1; print('t…
    ^^^^^^^^^^^^^^^^^
    Write t = m.t().reshape(-1)
          t[0] = 1
          m.t().copy_(t.view_as(m.t()))""",
    ),
    (
        "m.t().contiguous().reshape(-1)[0] = 1",
        """\
a.tsh:12: LostWrite: m.t().contiguous()
  is a copy, so this leaves m.t() as it
  is
    m.t().contiguous().reshape(-1)[0] …
    ^^^^^^^^^^^^^^^^^^
    Write t = m.t().contiguous()
          t.reshape(-1)[0] = 1
          m.t().copy_(t.view_as(m.t()))""",
    ),
    (
        "m.view(3, 2).t().reshape(-1)[0] = 1",
        """\
a.tsh:12: LostWrite: m.view(3,
  2).t().reshape(-1) is a copy, so this
  leaves m.view(3, 2).t() as it is
    m.view(3, 2).t().reshape(-1)[0] = 1
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    Write t = m.view(3, 2).t().reshape(-1)
          t[0] = 1
          m.view(3, 2).t().copy_(t.view_as(m.view(3, 2).t()))""",
    ),
    (
        "z.backward()",
        """\
a.tsh:12: WrongGradient: x was written
  to through .data after it was saved
  for the backward pass. PyTorch does
  not notice, and the gradient is wrong.
  saved    line 7: z = (x * x).sum()
    by MulBackward0
  written  line 8: x.data[0] = 5   by
    fill_, through x.data
  x.grad gets [10, 2, 2]; without the
    write it would get 2 in all of [3]
Write before the forward pass or after
  backward(), or write to a copy.""",
    ),
]


@pytest.mark.parametrize(("code", "drawn"), NARROW, ids=[code for code, _ in NARROW])
def test_in_a_narrow_window(code: str, drawn: str) -> None:
    session = Session()
    session.run(SETUP)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        session.run(code)
    [told] = [one.message for one in caught if isinstance(one.message, Advice)]
    assert advice_text(f"a.tsh:12: {type(told).__name__}: ", told, 40) == drawn

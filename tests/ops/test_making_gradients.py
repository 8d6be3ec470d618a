"""First and second derivatives of joining, picking, overwriting and padding, against differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tensorsh import torch
from tests.ops.gradcheck import check_gradients

M = [[0.3, -1.2, 2.6], [-0.7, 1.6, -2.1]]
N = [[1.5, 0.9, -0.5], [0.4, -1.1, 0.8]]
V = [0.3, -1.2, 2.6, 0.5]
WIDE = [[[0.3, -1.2, 2.6, 0.5], [1.1, 0.2, -0.4, 0.9]]]


def L(*numbers: Any) -> Any:  # noqa: N802 - short, as in the tables
    return torch.tensor(list(numbers))


MASK = torch.tensor([[True, False, True], [False, False, True]])
INDEX = torch.tensor([[0, 2, 0], [1, 1, 0]])

CASES: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "cat": (lambda x, y: torch.cat([x, y, x], 1), (M, N)),
    "stack": (lambda x, y: torch.stack([x, y], -1), (M, N)),
    "hstack": (lambda x, y: torch.hstack([x, y]), (M, N)),
    "block_diag": (lambda x, y: torch.block_diag(x, y), (M, V)),
    "meshgrid": (lambda x, y: torch.meshgrid(x, y, indexing="xy"), (V, V)),
    "cartesian_prod": (lambda x, y: torch.cartesian_prod(x, y), (V, V)),
    "repeat": (lambda x: x.repeat(2, 1, 3), (M,)),
    "tile": (lambda x: x.tile(2), (M,)),
    "repeat_interleave": (lambda x: x.repeat_interleave(L(2, 0, 1), 1), (M,)),
    "flip": (lambda x: x.flip(0, 1), (M,)),
    "roll": (lambda x: x.roll((1, -2), (0, 1)), (M,)),
    "rot90": (lambda x: x.rot90(3), (M,)),
    "tril": (lambda x: x.tril(), (M,)),
    "gather": (lambda x: x.gather(1, INDEX), (M,)),
    "index_select": (lambda x: x.index_select(1, L(0, 0, 2)), (M,)),
    "take": (lambda x: x.take(L(0, 5, -1)), (M,)),
    "take_along_dim": (lambda x: torch.take_along_dim(x, INDEX[:1], 1), (M,)),
    "masked_select": (lambda x: x.masked_select(MASK), (M,)),
    "scatter": (lambda x, y: x.scatter(1, L([0, 2], [1, 0]), y), (M, N)),
    "scatter value": (lambda x: x.scatter(1, INDEX[:, :1], 2.0), (M,)),
    "scatter_add": (lambda x, y: x.scatter_add(1, INDEX, y), (M, N)),
    **{
        f"scatter_reduce {reduce} {own}": (
            lambda x, y, r=reduce, o=own: x.scatter_reduce(1, INDEX, y, r, include_self=o), (M, N),
        )
        for reduce in ("sum", "prod", "mean", "amax", "amin")
        for own in (True, False)
    },
    "index_add": (lambda x, y: x.index_add(0, L(1, 1), y, alpha=0.5), (M, N)),
    "index_copy": (lambda x, y: x.index_copy(0, L(1, 0), y), (M, N)),
    "index_fill": (lambda x, y: x.index_fill(1, L(0, 2), y), (M, 1.5)),
    **{
        f"index_reduce {reduce}": (lambda x, y, r=reduce: x.index_reduce(0, L(1, 1), y, r), (M, N))
        for reduce in ("prod", "mean", "amax", "amin")
    },
    "masked_fill": (lambda x, y: x.masked_fill(MASK, y), (M, 1.5)),
    "masked_scatter": (lambda x, y: x.masked_scatter(MASK, y), (M, V)),
    "put": (lambda x, y: x.put(L(1, -1, 2, 0), y), (M, V)),
    "put accumulate": (lambda x, y: x.put(L(1, 1, 2, 0), y, accumulate=True), (M, V)),
    "select_scatter": (lambda x, y: x.select_scatter(y, 1, -1), (M, [1.0, 2.0])),
    "slice_scatter": (lambda x, y: x.slice_scatter(y, 1, 0, 3, 2), (M, [[1.0, 2.0], [3.0, 4.0]])),
    "diagonal_scatter": (lambda x, y: x.diagonal_scatter(y, 1), (M, [1.0, 2.0])),
    "as_strided_scatter": (lambda x, y: x.as_strided_scatter(y, (2,), (3,), 1), (M, [1.0, 2.0])),
    "pad constant": (lambda x: torch.nn.functional.pad(x, (1, -1, 2, 0), value=3.0), (M,)),
    **{
        f"pad {mode}": (lambda x, m=mode: torch.nn.functional.pad(x, (2, 1), m), (WIDE,))
        for mode in ("reflect", "replicate", "circular")
    },
    "complex cat": (lambda x, y: torch.cat([x, y]), ([[1 + 2j, 2j, 3]], N)),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES)
def test_gradients(case: str) -> None:
    function, inputs = CASES[case]
    check_gradients(function, *inputs)

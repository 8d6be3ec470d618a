"""A tensor's elements have the dtype that the tensor says, whatever operands an operator gets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import tensorsh.torch as torch
from tensorsh.ops import registry
from tensorsh.ops.index import FAMILIES
from tensorsh.runtime.tensor import Tensor

OPERANDS = [
    torch.tensor([[1.5, 2.0], [0.5, 0.25]]),
    torch.tensor([[1, 2], [3, 1]]),
    torch.tensor([[1, 2], [3, 1]], dtype=torch.uint8),
    torch.tensor([[True, False], [True, True]]),
    torch.tensor([[1.0, 2.0], [0.5, 0.25]], dtype=torch.bfloat16),
    torch.tensor([[1 + 1j, 2], [3, 1]]),
    torch.tensor(3),
]
FURTHER: list[tuple[Any, ...]] = [
    (), (2,), (2.5,), (1j,), (True,), (0, 1), (1, 2), (torch.tensor(2.5),), (torch.tensor(2.5, dtype=torch.float64),), (torch.tensor(2),),
]  # fmt: skip


def calls() -> Iterator[tuple[Any, ...]]:
    for x in OPERANDS:
        yield from ((x, *rest) for rest in FURTHER)
        yield from ((x, x), (x, x, x), (2, x), (2.5, x))


def tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from tensors(part)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", sorted({FAMILIES[name].partition(" ")[0] for name in FAMILIES}))
def test_the_array_of_every_result_has_the_tensors_dtype(path: str) -> None:
    names = [name for name, entry in FAMILIES.items() if entry.partition(" ")[0] == path]
    wrong = []
    for name in names:
        namespace, _, own = name.rpartition(".")
        function = registry.function(own, namespace)
        for args in calls() if function is not None else ():
            try:
                with np.errstate(all="ignore"):
                    result = function(*args)
            except Exception:  # these operands are not for this operator
                continue
            if any(part._array.dtype != part._dtype.array_dtype for part in tensors(result)):
                wrong.append((name, args))
    assert not wrong

"""Which of equal elements comes first, here and in an installed PyTorch: random rows of few distinct values, of every length up to
some that take each algorithm through all its stages.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tensorsh.torch as ours

real = pytest.importorskip("torch")

DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int8", "uint8", "bool"]
EXTENTS = [*range(1, 40), 63, 64, 65, 100, 128, 200, 257, 500, 1000, 2000]
DRAWS = 400


def drawn(numbers: np.random.Generator, dtype: str) -> list[float]:
    extent = int(numbers.choice(EXTENTS))
    values = numbers.integers(0, 2 if dtype == "bool" else numbers.choice([1, 2, 3, 10, 100]) + 1, extent).tolist()
    if "float" in dtype and numbers.random() < 0.2:
        values[numbers.integers(extent)] = float("nan")
    return values


def answers(torch: Any, values: list[float], dtype: str, k: int) -> dict[str, Any]:
    x = torch.tensor(values).to(getattr(torch, dtype))
    found = {
        "sort": x.sort().indices,
        "sort, descending": x.sort(descending=True).indices,
        "sort, stable": x.sort(stable=True, descending=True).indices,
    }
    if dtype != "bool":
        found |= {
            "topk": x.topk(k).indices,
            "topk, smallest": x.topk(k, largest=False).indices,
            "topk, unsorted": x.topk(k, sorted=False).indices,
            "kthvalue": x.kthvalue(k).indices,
            "median": x.median(0).indices,
            "nanmedian": x.nanmedian(0).indices,
        }
    if not any(value != value for value in values):
        found["mode"] = x.mode().indices
    return {name: indices.tolist() for name, indices in found.items()}


@pytest.mark.parametrize("dtype", DTYPES)
def test_equal_elements_stand_where_pytorch_puts_them(dtype: str) -> None:
    numbers = np.random.default_rng(DTYPES.index(dtype))
    for _ in range(DRAWS):
        values = drawn(numbers, dtype)
        # Few of many go through a heap; most others are selected.
        k = int(numbers.integers(1, max(2, len(values) // 64) if numbers.random() < 0.3 else len(values) + 1))
        assert answers(ours, values, dtype, k) == answers(real, values, dtype, k), (values, k)


def test_rows_of_a_matrix_are_taken_one_by_one() -> None:
    numbers = np.random.default_rng(0)
    for dim in (0, 1, 2):
        values = numbers.integers(0, 4, (20, 30, 40))
        x, y = ours.tensor(values.tolist()[:10]), real.tensor(values.tolist()[:10])
        assert x.argsort(dim).tolist() == y.argsort(dim).tolist()
        assert x.topk(7, dim).indices.tolist() == y.topk(7, dim).indices.tolist()
        assert x.mode(dim).indices.tolist() == y.mode(dim).indices.tolist()
        assert x.kthvalue(5, dim).indices.tolist() == y.kthvalue(5, dim).indices.tolist()

"""Tensors in Python's `copy` and `pickle`."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import pytest

import tensorsh.torch as torch


def test_a_deep_copy_keeps_what_shares_memory() -> None:
    x = torch.arange(6.0).reshape(2, 3)
    both = copy.deepcopy({"x": x, "part": x.t()[1:], "again": x})
    both["x"][0, 1] = 10
    assert both["again"] is both["x"]
    assert both["part"].tolist() == [[10.0, 4.0], [2.0, 5.0]]
    assert both["part"].stride() == (1, 3) and both["part"].storage_offset() == 1
    assert x[0, 1] == 1


def test_a_deep_copy_keeps_the_gradient() -> None:
    x = torch.ones(2, requires_grad=True)
    (x * 3).sum().backward()
    y = copy.deepcopy(x)
    assert y.grad.tolist() == [3.0, 3.0] and y.grad is not x.grad and y.requires_grad and y.is_leaf


def test_only_leaves_are_copied_deep() -> None:
    with pytest.raises(RuntimeError, match="^Only Tensors created explicitly by the user"):
        copy.deepcopy(torch.ones(2, requires_grad=True) * 2)


def test_a_shallow_copy_shares_memory() -> None:
    x = torch.ones(2)
    y = copy.copy(x)
    y.add_(1)
    assert y is not x and x.tolist() == [2.0, 2.0] and x._version == y._version == 1


@pytest.mark.parametrize("kind", ["bool", "int64", "float32", "bfloat16", "complex64"])
def test_a_pickle_is_read_by_another_process(kind: str) -> None:
    x = torch.ones(2, 2).to(getattr(torch, kind))
    data = pickle.dumps([x.t(), x.dtype, x.shape])
    program = "import pickle, sys; print(*pickle.load(sys.stdin.buffer), sep='\\n')"
    done = subprocess.run([sys.executable, "-c", program], input=data, capture_output=True, check=True)
    assert done.stdout.decode() == f"{x}\n{x.dtype}\n{x.shape}\n"

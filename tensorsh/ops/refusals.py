"""The errors that several families raise in PyTorch's words."""

from __future__ import annotations

from typing import Any

from tensorsh.runtime import dtype as dt


def unsupported(kernel: str, array: Any) -> NotImplementedError:
    """PyTorch's error for a kernel that has no form for a dtype; `kernel` is the name that PyTorch gives it."""
    return NotImplementedError(f'"{kernel}" not implemented for \'{dt.of_array(array).title}\'')


def cannot_hold(found: Any, target: Any) -> RuntimeError:
    """PyTorch's error for a result of the one array's dtype that is to be written to the other."""
    return RuntimeError(f"result type {dt.of_array(found).title} can't be cast to the desired output type {dt.of_array(target).title}")


def check_extent(name: str, shape: tuple[int, ...], dim: int) -> None:
    """IndexError where an operator without an identity would reduce nothing."""
    if shape and shape[dim] == 0:
        raise IndexError(f"{name}: Expected reduction dim {dim} to have non-zero size.")

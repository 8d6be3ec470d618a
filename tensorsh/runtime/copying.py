"""Tensors in Python's `copy` and `pickle`: what a Python program does with them; the language has no such modules."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.runtime.dtype import dtype
from tensorsh.runtime.storage import Storage, address, byte_bounds, flat_window
from tensorsh.runtime.tensor import Tensor


def deep_copied(tensor: Tensor, memo: dict[int, Any]) -> Tensor:
    """`copy.deepcopy` of a leaf: its memory is copied whole, and once for all tensors that share it.

    >>> from copy import deepcopy
    >>> from tensorsh import torch
    >>> x = torch.zeros(2, 2)
    >>> both = deepcopy([x, x[0]])
    >>> both[0].add_(1), both[1], x.sum()
    (tensor([[1., 1.],
            [1., 1.]]), tensor([1., 1.]), tensor(0.))
    """
    if id(tensor) in memo:
        return memo[id(tensor)]
    if tensor._grad_fn is not None:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  If you were "
            "attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, see "
            "https://github.com/pytorch/pytorch/pull/103001"
        )
    storage = tensor.storage()
    copied = memo.get(id(storage.memory))
    if copied is None:
        copied = memo[id(storage.memory)] = Storage(flat_window(storage, storage.memory.dtype).copy())
        memo[id(copied)] = storage.memory  # which keeps it, and so its id, while the copy lasts
    start = address(tensor._array) - byte_bounds(storage.memory)[0]
    array = np.ndarray(tensor._array.shape, tensor._array.dtype, copied.memory.view(np.uint8), start, tensor._array.strides)
    made = tensor._alias(array)
    made._storage = copied
    made._requires_grad = tensor._requires_grad
    memo[id(tensor)] = made
    if tensor._meta is not None and tensor._meta.grad is not None:
        made.meta().grad = deep_copied(tensor._meta.grad, memo)
    return made


def copied(tensor: Tensor) -> Tensor:
    """`copy.copy`: another tensor over the same memory, a leaf."""
    made = tensor._alias(tensor._array)
    made._storage = tensor.storage()
    made._requires_grad = tensor._requires_grad
    return made


def reduced(tensor: Tensor) -> tuple[Any, ...]:
    """What `pickle` makes a tensor of: its window, as an array, and whether it requires a gradient.

    >>> import pickle
    >>> from tensorsh import torch
    >>> pickle.loads(pickle.dumps(torch.tensor([1., 2.], requires_grad=True)))
    tensor([1., 2.], requires_grad=True)
    """
    return _rebuilt, (tensor._array, tensor._dtype, tensor._requires_grad)


def _rebuilt(array: np.ndarray[Any, Any], kind: dtype, requires_grad: bool) -> Tensor:
    made = Tensor._fresh(array, kind)
    made._requires_grad = requires_grad
    return made

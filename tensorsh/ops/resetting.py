"""What a tensor itself is, changed in place: its shape (`t_`, `unsqueeze_`, `resize_` …), its memory (`set_`), its history (`detach_`)."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from tensorsh.ops import writing
from tensorsh.ops.registry import composite
from tensorsh.runtime.autograd import Node
from tensorsh.runtime.state import current
from tensorsh.runtime.tensor import Tensor


@composite("detach_(Tensor(a!) self) -> Tensor(a!)", variants="method function")
def detach_(self: Tensor) -> Tensor:
    """Take this tensor itself out of the graph.

    >>> x = torch.ones(2, requires_grad=True)
    >>> y = x * 2
    >>> y.detach_().requires_grad
    False
    """
    if self._is_view():
        raise RuntimeError(
            "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training, and "
            "gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot be called on "
            "these gradients. To fix this error, please refer to the Optimizer.zero_grad() function in torch/optim/optimizer.py as "
            "the solution."
        )
    self._grad_fn = None
    self._requires_grad = False
    return self


# PyTorch's names of the nodes of in-place forms, which stand after those of the views in its list of derivatives.
_IN_PLACE_TITLES = {
    "SqueezeBackward0": "SqueezeBackward3", "SqueezeBackward1": "SqueezeBackward4", "SqueezeBackward2": "SqueezeBackward5",
    "UnsqueezeBackward0": "UnsqueezeBackward1", "TransposeBackward0": "TransposeBackward1", "TBackward0": "TBackward1",
}  # fmt: skip


@cache
def _titled(cls: type[Node], title: str) -> type[Node]:
    return type(title, (cls,), {"__slots__": (), "title": title, "__module__": "torch.autograd"})


def _becomes(self: Tensor, made: Tensor, name: str) -> Tensor:
    """Let `self` be the window that `made` is: what `t_` and its like do."""
    if self._requires_grad and self._grad_fn is None and current().grad_enabled:
        writing.check_inplace(self)
    self._array = made._array
    self._storage = made._storage
    if made._grad_fn is not None:
        node = self._grad_fn = made._grad_fn
        title = _IN_PLACE_TITLES.get(node.title)
        if title is not None:
            node.__class__ = _titled(type(node), title)
        self._output_nr = made._output_nr
    writing.wrote(self, name)
    return self


def _inplace_view(name: str, arguments: str, example: str, shown: str) -> None:
    from tensorsh.ops.registry import method

    def body(self: Tensor, *rest: Any) -> Tensor:
        return _becomes(self, method(name)(self, *rest), f"{name}_")

    body.__doc__ = f"""`{name}`, changing the shape of this tensor itself.

    >>> x = torch.zeros(2, 3)
    >>> x.{name}_({example}).shape
    torch.Size({shown})
    """
    composite(f"{name}_(Tensor(a!) self{arguments}) -> Tensor(a!)", variants="method", wrap_dims=None, family=__name__)(
        body
    )


for _name, _arguments, _example, _shown in (
    ("t", "", "", "[3, 2]"),
    ("transpose", ", int dim0, int dim1", "0, 1", "[3, 2]"),
    ("unsqueeze", ", int dim", "1", "[2, 1, 3]"),
    ("swapaxes", ", int axis0, int axis1", "0, 1", "[3, 2]"),
    ("swapdims", ", int dim0, int dim1", "0, 1", "[3, 2]"),
    ("as_strided", ", int[] size, int[] stride, int? storage_offset=None", "(2, 2), (1, 2)", "[2, 2]"),
):
    _inplace_view(_name, _arguments, _example, _shown)


@composite("squeeze_(Tensor(a!) self, any dim=None) -> Tensor(a!)", variants="method", wrap_dims=None)
def squeeze_(self: Tensor, dim: Any) -> Tensor:
    """`squeeze`, changing the shape of this tensor itself.

    >>> x = torch.zeros(1, 2, 1)
    >>> x.squeeze_(0).shape
    torch.Size([2, 1])
    >>> x.squeeze_().shape
    torch.Size([2])
    """
    return _becomes(self, self.squeeze() if dim is None else self.squeeze(dim), "squeeze_")


@composite("set_(Tensor(a!) self, Tensor source) -> Tensor(a!)", variants="method")
def set_(self: Tensor, source: Tensor) -> Tensor:
    """Let this tensor look at the memory of `source`, with its shape and strides.

    >>> x = torch.zeros(2)
    >>> y = torch.tensor([[1., 2.]])
    >>> x.set_(y)
    tensor([[1., 2.]])
    >>> x[0, 0] = 9
    >>> y
    tensor([[9., 2.]])
    """
    if self._dtype is not source._dtype:
        raise RuntimeError(
            f"Could not set tensor of type {source._dtype.cpp_name} to a tensor of type {self._dtype.cpp_name}"
        )
    source.storage()
    return _becomes(self, source, "set_")


@composite("is_set_to(Tensor self, Tensor tensor) -> bool", variants="method")
def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether both look at the same memory in the same way.

    >>> x = torch.zeros(2, 2)
    >>> x.is_set_to(x.detach()), x.is_set_to(x[:1])
    (True, False)
    """
    mine, other = self._array, tensor._array
    return (
        self.storage().memory is tensor.storage().memory
        and (mine.shape, mine.strides) == (other.shape, other.strides)
        and self.data_ptr() == tensor.data_ptr()
    )


@composite("resize_as_(Tensor(a!) self, Tensor the_template) -> Tensor(a!)", variants="method")
def resize_as_(self: Tensor, the_template: Tensor) -> Tensor:
    """`self.resize_(the_template.size())`.

    >>> torch.arange(6).resize_as_(torch.zeros(2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    return self.resize_(the_template._array.shape)


@composite("resize_(Tensor(a!) self, int[] size) -> Tensor(a!)", variants="method", varargs=True)
def resize_(self: Tensor, size: tuple[int, ...]) -> Tensor:
    """Give this tensor another shape; new elements, if there are more, are zero.

    >>> torch.arange(6).resize_(2, 2)
    tensor([[0, 1],
            [2, 3]])
    """
    if self._requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    if min(size, default=0) < 0 or math.prod(size) >= 2**63:
        raise RuntimeError("numel: integer multiplication overflow")
    if size != self._array.shape:
        writing.resize(self, size)
        writing.wrote(self, "resize_")
    return self

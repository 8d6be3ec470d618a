"""Losses on classes: `nll_loss` and `cross_entropy`, with class indices or class probabilities as the target."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.activation import F, floats_only
from tensorsh.ops.arithmetic import zero
from tensorsh.ops.loss import wanted_reduction
from tensorsh.ops.registry import Call, backward, composite, op
from tensorsh.ops.summing import sum_over
from tensorsh.runtime.dtype import FLOAT, int64, uint8
from tensorsh.runtime.tensor import Tensor


def _all_plain(target: Any, classes: int, weight: Any, ignore_index: int) -> bool:
    """Whether every target counts the same and names a class: the common case. Seen as unsigned, what is negative is large."""
    if weight is not None or ignore_index >= 0 or target.dtype != np.int64 or not target.size:
        return False
    seen = target.view(np.uint64)
    return seen.item(seen.argmax()) < classes


def _picked(self: Any, target: Any, weight: Any, ignore_index: int) -> tuple[Any, Any, Any]:
    """The places of the target classes, the weight of each (0 where ignored), and which of them count."""
    classes = self.shape[1 if self.ndim > 1 else 0]
    kept = target != ignore_index
    bad = kept & ((target < 0) | (target >= classes))
    if bad.any():
        raise IndexError(f"Target {target[bad].flat[0]} is out of bounds.")
    place = np.where(kept, target, 0).astype(np.int64)
    heavy = kept.astype(self.dtype) if weight is None else np.where(kept, weight[place], self.dtype.type(0))
    return _places(place, self.ndim), heavy, kept


def _places(target: Any, ndim: int) -> tuple[Any, ...]:
    """Indices of the target classes: of a vector, of rows, or of images with the classes in dimension 1."""
    if ndim == 1:
        return (target,)
    if ndim == 2:
        return np.arange(len(target)), target
    batch, *inner = (np.arange(n).reshape([-1 if i == d else 1 for i in range(target.ndim)]) for d, n in enumerate(target.shape))
    return batch, target, *inner


def _nll(self: Any, target: Any, weight: Any, reduction: str, ignore_index: int) -> Any:
    floats_only("nll_loss_out_frame", self)
    kind = self.dtype.type
    if _all_plain(target, self.shape[1 if self.ndim > 1 else 0], weight, ignore_index):
        losses = -self[_places(target, self.ndim)]
        total = kind(target.size)
    else:
        places, heavy, _ = _picked(self, target, weight, ignore_index)
        losses = np.where(heavy == 0, kind(0), -self[places] * heavy)
        total = sum_over(np.asarray(heavy), tuple(range(np.ndim(heavy))))
    if reduction == "none":
        return losses, total
    found = sum_over(losses, tuple(range(losses.ndim))) if losses.ndim else losses
    return (found / total if reduction == "mean" else found), total


def _nll_slope(
    grad_output: Any, self: Any, target: Any, weight: Any, reduction: str, ignore_index: int, total_weight: Any
) -> Any:
    found = np.zeros(self.shape, self.dtype)
    grad = -(grad_output / total_weight if reduction == "mean" else grad_output)
    if _all_plain(target, self.shape[1 if self.ndim > 1 else 0], weight, ignore_index):
        found[_places(target, self.ndim)] = grad
    else:
        places, heavy, kept = _picked(self, target, weight, ignore_index)
        found[places] = np.where(kept, grad * heavy, 0)
    return found


_NLL = "Tensor target, Tensor? weight, str reduction, int ignore_index"


def _declare_nll(name: str, title: str) -> Any:
    forward = op(f"{name}(Tensor self, {_NLL}) -> (Tensor, Tensor)", namespace="_nn", variants="function", node=f"{title}Backward0", half=True)(_nll)
    slope = backward(
        f"{name}_backward(Tensor grad_output, Tensor self, {_NLL}, Tensor total_weight) -> Tensor", node=f"{title}BackwardBackward0"
    )(_nll_slope)
    forward.vjp("self")(Call(slope, "grad self target weight reduction ignore_index result1"))
    slope.vjp("grad_output")(lambda grad, target, weight, reduction, ignore_index: forward(grad, target, weight, reduction, ignore_index)[0])
    slope.vjp("self")(zero)
    return forward


_nll_flat = _declare_nll("nll_loss", "NllLoss")
_nll_grid = _declare_nll("nll_loss2d", "NllLoss2D")


def _nll_nd(input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, ignore_index: int) -> Tensor:
    shape, places = input._array.shape, target._array.shape
    ndim = len(shape)
    if ndim == 0:
        raise ValueError(f"Expected 1 or more dimensions (got {ndim})")
    if ndim != 1 and (not places or shape[0] != places[0]):
        raise ValueError(f"Expected input batch_size ({shape[0]}) to match target batch_size ({places[0] if places else 1}).")
    if target._dtype is not int64 and target._dtype is not uint8:
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target._dtype.title}")
    classes = shape[1] if ndim > 1 else shape[0]
    if weight is not None and (weight.ndim != 1 or weight.numel() != classes):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: "
            f"{list(weight.shape)}"
        )
    if ndim == 1 and len(places) == 1:
        if places[0] != 1:
            raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {places[0]}")
        target = target.reshape(())
    if ndim <= 2:
        if len(places) > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        return _nll_flat(input, target, weight, reduction, ignore_index)[0]
    expected = (shape[0], *shape[2:])
    if places != expected:
        if len(places) != len(expected):
            raise RuntimeError(
                f"only batches of spatial targets supported ({len(expected)}D tensors) but got targets of size: : {list(places)}"
            )
        raise ValueError(f"Expected target size {list(expected)}, got {list(places)}")
    return _nll_grid(input, target, weight, reduction, ignore_index)[0]


@composite(
    "nll_loss(Tensor input, Tensor target, Tensor? weight=None, bool? size_average=None, int ignore_index=-100, "
    "bool? reduce=None, str reduction='mean') -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def nll_loss(input, target, weight, size_average, ignore_index, reduce, reduction):
    """Minus the log-probability of each target class; the classes are dimension 1.

    The mean is weighted by `weight`, a number for each class. A target of `ignore_index` counts for nothing.

    >>> torch.nn.functional.nll_loss(torch.tensor([[-1., -2.], [-3., -4.]]), torch.tensor([0, 1]))
    tensor(2.5000)
    """
    return _nll_nd(input, target, weight, wanted_reduction(size_average, reduce, reduction), ignore_index)


@composite(
    "cross_entropy(Tensor input, Tensor target, Tensor? weight=None, bool? size_average=None, "
    "int ignore_index=-100, bool? reduce=None, str reduction='mean', float label_smoothing=0.0) -> Tensor",
    namespace=F, variants="function", scalars=True,
)  # fmt: skip
def cross_entropy(input, target, weight, size_average, ignore_index, reduce, reduction, label_smoothing):
    """Minus the logarithm of the softmax at the target: class indices, or (of `input`'s shape) class probabilities.

    >>> torch.nn.functional.cross_entropy(torch.tensor([[1., 1.], [2., 2.]]), torch.tensor([0, 1]))
    tensor(0.6931)
    """
    reduction = wanted_reduction(size_average, reduce, reduction)
    shape = input._array.shape
    dim = 1 if len(shape) > 1 else 0
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    classes = shape[dim] if shape else 1
    if shape == target._array.shape:
        if target._dtype.kind < FLOAT:
            raise RuntimeError(f"Expected floating point type for target with class probabilities, got {target._dtype.title}")
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        return _probability_entropy(input, target, weight, reduction, label_smoothing, dim, classes)
    logs = input.log_softmax(dim)
    loss = _nll_nd(logs, target, weight, reduction, ignore_index)
    if label_smoothing == 0:
        return loss
    ignored = target == ignore_index
    smooth = -(logs if weight is None else logs * _per_class(weight, logs.ndim)).sum(dim)
    smooth = smooth.masked_fill(ignored, 0)
    if reduction == "mean":
        if weight is None:
            smooth = smooth.sum() / ignored.logical_not().sum()
        else:
            smooth = smooth.sum() / weight[target.masked_fill(ignored, 0).to(int64)].masked_fill(ignored, 0).sum()
    elif reduction == "sum":
        smooth = smooth.sum()
    return loss * (1 - label_smoothing) + smooth * (label_smoothing / classes)


def _per_class(weight: Tensor, ndim: int) -> Tensor:
    return weight.reshape([-1 if i == 1 else 1 for i in range(ndim)] if ndim > 1 else [-1])


def _probability_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, smoothing: float, dim: int, classes: int
) -> Tensor:
    if weight is not None and (weight.ndim != 1 or weight.numel() != classes):
        raise RuntimeError(
            f"cross_entropy: weight tensor should be defined either for all {classes} classes or no classes but got weight "
            f"tensor of shape: {list(weight.shape)}"
        )
    logs = input.log_softmax(dim)
    if smoothing > 0:
        target = target * (1 - smoothing) + smoothing / classes
    products = logs * target if weight is None else logs * target * _per_class(weight, logs.ndim)
    if reduction == "none":
        return -products.sum(dim)
    total = -products.sum()
    return total / (input.numel() / classes) if reduction == "mean" else total

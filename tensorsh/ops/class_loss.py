"""Losses on classes: `nll_loss` and `cross_entropy`, with class indices or class probabilities as the target."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.activation import F, floats_only
from tensorsh.ops.loss import wanted_reduction
from tensorsh.ops.registry import composite, op
from tensorsh.ops.summing import sum_over
from tensorsh.runtime.dtype import FLOAT, int64, uint8
from tensorsh.runtime.tensor import Tensor


def _picked(self: Any, target: Any, weight: Any, ignore_index: int) -> tuple[Any, Any, int]:
    """The log-probability of each target class, its weight (0 where ignored), and the dimension of the classes."""
    dim = 1 if self.ndim > 1 else 0
    classes = self.shape[dim]
    kept = target != ignore_index
    bad = kept & ((target < 0) | (target >= classes))
    if bad.any():
        raise IndexError(f"Target {target[bad].flat[0]} is out of bounds.")
    place = np.where(kept, target, 0).astype(np.int64)
    values = np.take_along_axis(self, np.expand_dims(place, dim), dim).squeeze(dim) if self.ndim > 1 else self[place]
    heavy = kept.astype(self.dtype) if weight is None else np.where(kept, weight[place], self.dtype.type(0))
    return values, heavy, dim


def _nll(self: Any, target: Any, weight: Any, reduction: str, ignore_index: int) -> Any:
    floats_only("nll_loss_out_frame", self)
    values, heavy, _ = _picked(self, target, weight, ignore_index)
    losses = np.where(heavy == 0, self.dtype.type(0), -values * heavy)
    total = sum_over(np.asarray(heavy), tuple(range(np.ndim(heavy))))
    if reduction == "none":
        return losses, total
    found = sum_over(losses, tuple(range(losses.ndim)))
    with np.errstate(all="ignore"):
        return (found / total if reduction == "mean" else found), total


def _nll_grad(
    grad: Tensor, self: Tensor, target: Tensor, weight: Tensor | None, reduction: str, ignore_index: int, total: Tensor
) -> Tensor:
    dim = 1 if self.ndim > 1 else 0
    kept = target != ignore_index
    place = target.masked_fill(kept.logical_not(), 0).to(int64)
    each = -(kept.to(grad._dtype) if weight is None else weight[place] * kept)
    if reduction == "mean":
        grad = grad / total
    spread = each * grad if reduction == "none" else (each * grad).masked_fill(kept.logical_not(), 0)
    if self.ndim == 1:
        return self.new_zeros(self.shape).scatter(0, place.reshape(1), spread.reshape(1).to(self._dtype))
    return self.new_zeros(self.shape).scatter(dim, place.unsqueeze(dim), spread.unsqueeze(dim).to(self._dtype))


def _declare_nll(name: str, title: str) -> Any:
    declared = op(
        f"{name}(Tensor self, Tensor target, Tensor? weight, str reduction, int ignore_index) -> (Tensor, Tensor)",
        namespace="_nn", variants="function", node=title, half=True,
    )(lambda self, target, weight, reduction, ignore_index: _nll(self, target, weight, reduction, ignore_index))  # fmt: skip
    declared.vjp("self")(
        lambda grad, self, target, weight, reduction, ignore_index, result1: _nll_grad(
            grad, self, target, weight, reduction, ignore_index, result1
        )
    )
    return declared


_nll_flat = _declare_nll("nll_loss", "NllLossBackward0")
_nll_grid = _declare_nll("nll_loss2d", "NllLoss2DBackward0")


def _nll_nd(input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, ignore_index: int) -> Tensor:
    if input.ndim == 0:
        raise ValueError(f"Expected 1 or more dimensions (got {input.ndim})")
    if input.ndim != 1 and (target.ndim == 0 or input.shape[0] != target.shape[0]):
        raise ValueError(
            f"Expected input batch_size ({input.shape[0]}) to match target batch_size ({target.shape[0] if target.ndim else 1})."
        )
    if target._dtype not in (int64, uint8):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target._dtype.title}")
    classes = input.shape[1] if input.ndim > 1 else input.shape[0]
    if weight is not None and (weight.ndim != 1 or weight.numel() != classes):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: "
            f"{list(weight.shape)}"
        )
    if input.ndim == 1 and target.ndim == 1:
        if target.shape[0] != 1:
            raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {target.shape[0]}")
        target = target.reshape(())
    if input.ndim <= 2:
        if target.ndim > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        return _nll_flat(input, target, weight, reduction, ignore_index)[0]
    expected = (input.shape[0], *input.shape[2:])
    if tuple(target.shape) != expected:
        if target.ndim != len(expected):
            raise RuntimeError(
                f"only batches of spatial targets supported ({len(expected)}D tensors) but got targets of size: : "
                f"{list(target.shape)}"
            )
        raise ValueError(f"Expected target size {list(expected)}, got {list(target.shape)}")
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
    dim = 1 if input.ndim > 1 else 0
    classes = input.shape[dim] if input.ndim else 1
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    if input.shape == target.shape:
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

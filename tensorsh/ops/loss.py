"""Losses of `torch.nn.functional`: each compares an input with a target and reduces the result.

`reduction` is `'none'`, `'mean'` or `'sum'`; the older `size_average` and `reduce` stand for it. The operators proper live in the
namespace `_nn`, which scripts do not see. Derivatives are PyTorch's (tools/autograd/derivatives.yaml, second ones
torch/csrc/autograd/FunctionsManual.cpp).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tensorsh.ops.activation import F, floats_only
from tensorsh.ops.elementary import number
from tensorsh.ops.registry import Call, Operator, backward, composite, function, op
from tensorsh.ops.summing import summed
from tensorsh.runtime.tensor import Tensor

REDUCTION = "bool? size_average=None, bool? reduce=None, str reduction='mean'"


def wanted_reduction(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """The reduction that is meant, old spelling or new; ValueError for a word that is none."""
    if size_average is not None or reduce is not None:
        average = size_average is not False
        found = ("mean" if average else "sum") if reduce is not False else "none"
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{found}' instead.", UserWarning, stacklevel=5
        )
        return found
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def reduced_array(losses: Any, reduction: str) -> Any:
    """Losses on arrays, reduced."""
    if reduction == "none":
        return losses
    total = summed(losses, tuple(range(losses.ndim)))
    return total / number(losses, losses.size) if reduction == "mean" else total


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """Losses on tensors, reduced."""
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


def share(grad: Tensor, reduction: str, count: int) -> Tensor:
    """What of the reduced loss's gradient each single loss gets."""
    return grad / count if reduction == "mean" else grad


def mean_factor(losses: Any, reduction: str) -> float:
    """The same as a number, for kernels."""
    return 1 / losses.size if reduction == "mean" and losses.size else 1.0


def _one_size(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Input and target broadcast, with a warning if there was need."""
    if input._array.shape != target._array.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will likely lead "
            "to incorrect results due to broadcasting. Please ensure they have the same size.",
            UserWarning,
            stacklevel=4,
        )
        input, target = function("broadcast_tensors")(input, target)
    return input, target


# --- distances of input and target --------------------------------------------------------------------------------------


def _declare_backward(loss: Operator, kernel: Callable[..., Any], number: str = "", **options: Any) -> Operator:
    """The backward pass of a loss in which input and target may change places, and `number` is one more argument."""
    typed = f", float {number}" if number else ""
    made = backward(
        f"{loss.name}_backward(Tensor grad_output, Tensor self, Tensor target, str reduction{typed}) -> Tensor", dtype="promote", **options
    )(kernel)
    loss.vjp("self")(Call(made, f"grad self target reduction {number}"))
    loss.vjp("target")(Call(made, f"grad target self reduction {number}"))
    return made


@op(
    "mse_loss(Tensor self, Tensor target, str reduction) -> Tensor",
    namespace="_nn", variants="function", dtype="promote", numbers="",
)  # fmt: skip
def _mse(self: Any, target: Any, reduction: str) -> Any:
    floats_only("mse_cpu", self)
    apart = np.asarray(self - target)
    return reduced_array(apart * apart, reduction)


def _mse_slope(grad_output, self, target, reduction):
    apart = self - target
    return number(apart, 2 * mean_factor(apart, reduction)) * apart * grad_output


mse_backward = _declare_backward(_mse, _mse_slope)


@mse_backward.vjp("self, target")
def _(grad, grad_output, self_shape, reduction, needs):
    found = share(2 * (grad * grad_output), reduction, math.prod(self_shape))
    return found, -found if needs[1] else None


@op(
    "smooth_l1_loss(Tensor self, Tensor target, str reduction, float beta) -> Tensor",
    namespace="_nn", variants="function", dtype="promote", numbers="", node="SmoothL1LossBackward0",
)  # fmt: skip
def _smooth_l1(self: Any, target: Any, reduction: str, beta: float) -> Any:
    floats_only("smooth_l1_cpu", self)
    apart = np.asarray(self - target)
    size = np.abs(apart)
    bound = number(size, beta)
    return reduced_array(np.where(size < bound, number(size, 0.5) * size * size / bound, size - number(size, 0.5 * beta)), reduction)


def _smooth_l1_slope(grad_output, self, target, reduction, beta):
    apart = self - target
    return mean_factor(apart, reduction) * np.minimum(np.maximum(apart, -beta), beta) * grad_output / beta


smooth_l1_backward = _declare_backward(_smooth_l1, _smooth_l1_slope, "beta", node="SmoothL1LossBackwardBackward0")


@smooth_l1_backward.vjp("self, target")
def _(grad, grad_output, self, target, reduction, beta, needs):
    near = (self - target).abs() < beta
    found = share(grad * grad_output * near.type_as(grad) / beta, reduction, self.numel())
    return found, -found if needs[1] else None


@op(
    "huber_loss(Tensor self, Tensor target, str reduction, float delta) -> Tensor",
    namespace="_nn", variants="function", dtype="promote", numbers="",
)  # fmt: skip
def _huber(self: Any, target: Any, reduction: str, delta: float) -> Any:
    floats_only("huber_cpu", self)
    apart = np.asarray(self - target)
    size = np.abs(apart)
    bound = number(size, delta)
    return reduced_array(np.where(size < bound, number(size, 0.5) * size * size, bound * (size - number(size, 0.5 * delta))), reduction)


def _huber_slope(grad_output, self, target, reduction, delta):
    apart = self - target
    return mean_factor(apart, reduction) * np.minimum(np.maximum(apart, -delta), delta) * grad_output


huber_backward = _declare_backward(_huber, _huber_slope, "delta")


@huber_backward.vjp("grad_output")
def _(grad, grad_output, self, target, reduction, delta):
    if reduction == "none":
        return huber_backward(grad, self, target, reduction, delta)
    return (huber_backward(grad_output.new_ones(grad_output.shape), self, target, reduction, delta) * grad).sum()


@huber_backward.vjp("self, target")
def _(grad, grad_output, self, target, reduction, delta, needs):
    found = share(grad * grad_output * ((self - target).abs() < delta), reduction, self.numel())
    return found, -found if needs[1] else None


@composite(
    f"mse_loss(Tensor input, Tensor target, {REDUCTION}, Tensor? weight=None) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def mse_loss(input, target, size_average, reduce, reduction, weight):
    """The square of `input - target`.

    >>> torch.nn.functional.mse_loss(torch.tensor([1., 2.]), torch.tensor([1., 4.]))
    tensor(2.)
    """
    input, target = _one_size(input, target)
    return _weighted(_mse, input, target, wanted_reduction(size_average, reduce, reduction), weight)


def _weighted(core: Any, input: Tensor, target: Tensor, reduction: str, weight: Tensor | None, *more: Any) -> Tensor:
    if weight is None:
        return core(input, target, reduction, *more)
    if weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")
    losses = core(input, target, "none", *more) * weight
    return losses.sum() / weight.sum() if reduction == "mean" else reduced(losses, reduction)


@composite(
    f"l1_loss(Tensor input, Tensor target, {REDUCTION}, Tensor? weight=None) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def l1_loss(input, target, size_average, reduce, reduction, weight):
    """The size of `input - target`.

    >>> torch.nn.functional.l1_loss(torch.tensor([1., 2.]), torch.tensor([1., 4.]))
    tensor(1.)
    """
    input, target = _one_size(input, target)
    reduction = wanted_reduction(size_average, reduce, reduction)
    return _weighted(lambda a, b, how: reduced((a - b).abs(), how), input, target, reduction, weight)


@composite(
    f"smooth_l1_loss(Tensor input, Tensor target, {REDUCTION}, float beta=1.0) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def smooth_l1_loss(input, target, size_average, reduce, reduction, beta):
    """Half the square of the difference over `beta` where it is below `beta`, else its size less half of `beta`.

    >>> torch.nn.functional.smooth_l1_loss(torch.tensor([1., 2.]), torch.tensor([1.5, 4.]))
    tensor(0.8125)
    """
    input, target = _one_size(input, target)
    reduction = wanted_reduction(size_average, reduce, reduction)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return reduced((input - target).abs(), reduction)
    return _smooth_l1(input, target, reduction, beta)


@composite(
    "huber_loss(Tensor input, Tensor target, str reduction='mean', float delta=1.0, Tensor? weight=None) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def huber_loss(input, target, reduction, delta, weight):
    """Half the square of the difference where it is below `delta`, else `delta` times its size less half of `delta`.

    >>> torch.nn.functional.huber_loss(torch.tensor([1., 2.]), torch.tensor([1.5, 4.]))
    tensor(0.8125)
    """
    input, target = _one_size(input, target)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    return _weighted(_huber, input, target, wanted_reduction(None, None, reduction), weight, delta)

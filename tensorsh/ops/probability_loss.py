"""Losses on probabilities: binary cross entropy, the Kullback-Leibler divergence, Poisson and normal likelihoods."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from tensorsh.ops import elementary
from tensorsh.ops.activation import F, floats_only
from tensorsh.ops.arithmetic import TWO_BOOLS
from tensorsh.ops.elementary import number
from tensorsh.ops.loss import REDUCTION, reduced, reduced_array, share, wanted_reduction
from tensorsh.ops.refusals import cannot_hold
from tensorsh.ops.registry import Call, backward, composite, function, op
from tensorsh.runtime.dtype import COMPLEX, FLOAT
from tensorsh.runtime.grad_mode import no_grad
from tensorsh.runtime.tensor import Tensor


@op(
    "binary_cross_entropy(Tensor self, Tensor target, Tensor? weight, str reduction) -> Tensor",
    namespace="_nn", variants="function", half=True,
)  # fmt: skip
def _bce(self: Any, target: Any, weight: Any, reduction: str) -> Any:
    floats_only("binary_cross_entropy", self)
    for name, array in (("input", self), ("target", target)):
        inside = (array >= number(array, 0)) & (array <= number(array, 1))
        if np.count_nonzero(inside) != inside.size:
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    floor = number(self, -100)
    losses = (target - number(target, 1)) * np.maximum(elementary.log1p(-self), floor) - target * np.maximum(elementary.log(self), floor)
    return reduced_array(losses if weight is None else losses * weight, reduction)


_EPS = 1e-12  # PyTorch's, for every dtype


@backward(
    "binary_cross_entropy_backward(Tensor grad_output, Tensor self, Tensor target, Tensor? weight, str reduction) -> Tensor"
)
def bce_backward(grad_output, self, target, weight, reduction):
    found = grad_output * (self - target) / np.maximum((1 - self) * self, self.dtype.type(_EPS))
    if weight is not None:
        found *= weight
    return found / self.size if reduction == "mean" else found


_bce.vjp("self")(Call(bce_backward, "grad self target weight reduction"))


@_bce.vjp("target")
def _(grad, self, target_shape, weight, reduction):
    return _each(-self.logit() * grad, weight, reduction, math.prod(target_shape))


def _each(found: Tensor, weight: Tensor | None, reduction: str, count: int) -> Tensor:
    """The gradient of each loss, weighted, and of a mean the share of it."""
    return share(found if weight is None else found * weight, reduction, count)


@bce_backward.vjp("grad_output")
def _(grad, self, target, weight, reduction):
    return _each((self - target) / ((self + _EPS) * (1 - self + _EPS)) * grad, weight, reduction, self.numel())


@bce_backward.vjp("self")
def _(grad, grad_output, self, target, weight, reduction):
    curve = (self * self - 2 * self * target + target) / ((self + _EPS).pow(2) * (1 - self + _EPS).pow(2))
    return _each(curve * (grad_output * grad), weight, reduction, self.numel())


@bce_backward.vjp("target")
def _(grad, grad_output, self, weight, reduction):
    found = -grad * grad_output
    found = found if weight is None else found * weight
    spread = (1 - self) * self
    with no_grad():
        spread.clamp_min_(_EPS)
    return share(found / spread, reduction, self.numel())


@composite(
    f"binary_cross_entropy(Tensor input, Tensor target, Tensor? weight=None, {REDUCTION}) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def binary_cross_entropy(input, target, weight, size_average, reduce, reduction):
    """The cross entropy of probabilities with targets between 0 and 1; logarithms stop at -100.

    >>> torch.nn.functional.binary_cross_entropy(torch.tensor([0.5, 0.5]), torch.tensor([0., 1.]))
    tensor(0.6931)
    """
    reduction = wanted_reduction(size_average, reduce, reduction)
    if input._array.shape != target._array.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. Please "
            "ensure they have the same size."
        )
    if target._dtype is not input._dtype:
        raise RuntimeError(f"Found dtype {target._dtype.title} but expected {input._dtype.title}")
    if weight is not None:
        weight = weight.to(input._dtype).expand(target.shape)
    return _bce(input, target, weight, reduction)


@op(
    "binary_cross_entropy_with_logits(Tensor self, Tensor target, Tensor? weight, Tensor? pos_weight, "
    "str reduction) -> Tensor",
    namespace="_nn", variants="function", half=True,
)  # fmt: skip
def _bce_logits(self: Any, target: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    floats_only("log_sigmoid_cpu", self)
    if target.dtype.kind == "b":
        raise RuntimeError(TWO_BOOLS)
    if target.dtype.kind in "iu":
        raise cannot_hold(self, target)
    log_sigmoid = np.minimum(self, number(self, 0)) - elementary.log1p(elementary.exp(-np.abs(self)))
    one = number(self, 1)
    factor = log_sigmoid if pos_weight is None else ((pos_weight - one) * target + one) * log_sigmoid
    losses = (one - target) * self - factor
    return reduced_array(losses if weight is None else losses * weight, reduction)


@_bce_logits.vjp("self")
def _(grad, self, target, weight, pos_weight, reduction):
    if pos_weight is None:
        found = self.sigmoid() - target
    else:
        positive = pos_weight * target
        found = (positive + 1 - target) * self.sigmoid() - positive
    return _each(found * grad, weight, reduction, self.numel())


@_bce_logits.vjp("target")
def _(grad, self, target, weight, pos_weight, reduction):
    if pos_weight is None:
        found = -self
    else:
        log_sigmoid = function("logsigmoid", F)
        found = log_sigmoid(-self) - log_sigmoid(self) * pos_weight
    return _each(found * grad, weight, reduction, target.numel())


@composite(
    f"binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor? weight=None, {REDUCTION}, "
    f"Tensor? pos_weight=None) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def binary_cross_entropy_with_logits(input, target, weight, size_average, reduce, reduction, pos_weight):
    """`binary_cross_entropy` of the sigmoid, without overflow; `pos_weight` weighs the positive targets.

    >>> torch.nn.functional.binary_cross_entropy_with_logits(torch.tensor([0., 0.]), torch.tensor([0., 1.]))
    tensor(0.6931)
    """
    reduction = wanted_reduction(size_average, reduce, reduction)
    if input.shape != target.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    return _bce_logits(input, target, weight, pos_weight, reduction)


@composite(
    f"kl_div(Tensor input, Tensor target, {REDUCTION}, bool log_target=False) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def kl_div(input, target, size_average, reduce, reduction, log_target):
    """The Kullback-Leibler divergence; `input` holds logarithms, and so does `target` if `log_target`.

    `reduction='batchmean'` divides the sum by the size of the first dimension, as the definition asks.

    >>> torch.nn.functional.kl_div(torch.tensor([0.5, 0.5]).log(), torch.tensor([1., 0.]), reduction='sum')
    tensor(0.6931)
    """
    per_batch = size_average is None and reduce is None and reduction == "batchmean"
    how = "sum" if per_batch else wanted_reduction(size_average, reduce, reduction)
    if how == "mean" and size_average is None and reduce is None:
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides only by "
            "the batch size, and aligns with the KL div math definition.'mean' will be changed to behave the same as "
            "'batchmean' in the next major release.",
            UserWarning,
            stacklevel=3,
        )
    for x in (input, target):
        if x._dtype.kind != FLOAT:
            raise RuntimeError(f"kl_div: {'Complex' if x._dtype.kind == COMPLEX else 'Integral'} inputs not supported.")
    losses = target.exp() * (target - input) if log_target else target.xlogy(target) - target * input
    found = reduced(losses, how)
    return found / input.shape[0] if per_batch and input.ndim else found


@composite(
    "poisson_nll_loss(Tensor input, Tensor target, bool log_input=True, bool full=False, bool? size_average=None, "
    "float eps=1e-8, bool? reduce=None, str reduction='mean') -> Tensor",
    namespace=F, variants="function", scalars=True,
)  # fmt: skip
def poisson_nll_loss(input, target, log_input, full, size_average, eps, reduce, reduction):
    """Minus the log-likelihood of counts `target` at rates `input` (their logarithms unless `log_input` is false).

    >>> torch.nn.functional.poisson_nll_loss(torch.tensor([0.]), torch.tensor([2.]))
    tensor(1.)
    """
    reduction = wanted_reduction(size_average, reduce, reduction)
    product = target * (input if log_input else (input + eps).log())  # first, as in PyTorch
    loss = (input.exp() if log_input else input) - product
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        loss = loss + stirling.masked_fill(target <= 1, 0)
    return reduced(loss, reduction)


@composite(
    "gaussian_nll_loss(Tensor input, Tensor target, any var, bool full=False, float eps=1e-06, "
    "str reduction='mean') -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def gaussian_nll_loss(input, target, var, full, eps, reduction):
    """Minus the log-likelihood of `target` under normal distributions of mean `input` and variance `var`.

    >>> torch.nn.functional.gaussian_nll_loss(torch.tensor([1.]), torch.tensor([2.]), torch.tensor([1.]))
    tensor(0.5000)
    """
    if not isinstance(var, Tensor):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = var * (input * 0 + 1)
    elif bool((var < 0).any()):
        raise ValueError("var has negative entry/entries")
    if var.shape != input.shape:
        if input.shape[:-1] == var.shape:
            var = var.unsqueeze(-1)
        elif not (var.ndim and input.shape[:-1] == var.shape[:-1] and var.shape[-1] == 1) and not (
            var.ndim == input.ndim and all(m in (1, n) for m, n in zip(var.shape, input.shape, strict=True))
        ):
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid")
    # The floor on the variance has no gradient of its own.
    var = var + (var.detach().clamp_min(eps) - var.detach())
    loss = 0.5 * (var.log() + (input - target) ** 2 / var)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    return reduced(loss, reduction)

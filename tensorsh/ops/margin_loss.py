"""Losses with a margin: hinge, ranking, triplet, cosine and multi-class margins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorsh.ops import elementary
from tensorsh.ops.activation import F
from tensorsh.ops.arithmetic import NEGATED_BOOL
from tensorsh.ops.loss import REDUCTION, mean_factor, reduced, reduced_array, share, wanted_reduction
from tensorsh.ops.refusals import cannot_hold, unsupported
from tensorsh.ops.registry import Call, backward, composite, function, op
from tensorsh.ops.selection import where
from tensorsh.runtime.dtype import FLOAT, int64
from tensorsh.runtime.tensor import Tensor


@op(
    "soft_margin_loss(Tensor self, Tensor target, str reduction) -> Tensor",
    namespace="_nn", variants="function", half=True,
)  # fmt: skip
def _soft_margin(self: Any, target: Any, reduction: str) -> Any:
    if target.dtype.kind == "b":
        raise RuntimeError(NEGATED_BOOL)
    if self.dtype.kind in "biu":
        raise cannot_hold(target if target.dtype.kind == "f" else np.empty(0, np.float32), self)
    return reduced_array(elementary.log1p(elementary.exp(-target * self)).astype(self.dtype), reduction)


@backward("soft_margin_loss_backward(Tensor grad_output, Tensor self, Tensor target, str reduction) -> Tensor")
def soft_margin_backward(grad_output, self, target, reduction):
    power = elementary.exp(-target * self)
    return target * power * -mean_factor(self, reduction) / (power + 1) * grad_output


@soft_margin_backward.vjp("grad_output")
def _(grad, grad_output, self, target, reduction):
    if reduction == "none":
        return soft_margin_backward(grad, self, target, reduction)
    return (soft_margin_backward(grad_output.new_ones(grad_output.shape), self, target, reduction) * grad).sum()


@soft_margin_backward.vjp("self")
def _(grad, grad_output, self, target, reduction):
    power = (self * -target).exp()
    more = power + 1
    return share(grad * grad_output * (target * target) * power / (more * more), reduction, self.numel())


_soft_margin.vjp("self")(Call(soft_margin_backward, "grad self target reduction"))


@composite(f"soft_margin_loss(Tensor input, Tensor target, {REDUCTION}) -> Tensor", namespace=F, variants="function")
def soft_margin_loss(input, target, size_average, reduce, reduction):
    """`log(1 + exp(-target * input))`, for targets 1 and -1.

    >>> torch.nn.functional.soft_margin_loss(torch.tensor([0.]), torch.tensor([1.]))
    tensor(0.6931)
    """
    return _soft_margin(input, target, wanted_reduction(size_average, reduce, reduction))


@composite(
    f"hinge_embedding_loss(Tensor input, Tensor target, float margin=1.0, {REDUCTION}) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def hinge_embedding_loss(input, target, margin, size_average, reduce, reduction):
    """`input` where the target is 1, and what is missing to `margin` where it is -1.

    >>> torch.nn.functional.hinge_embedding_loss(torch.tensor([0.5, 0.2]), torch.tensor([1., -1.]))
    tensor(0.6500)
    """
    reduction = wanted_reduction(size_average, reduce, reduction)
    far = where(target == 1, 0, (input.new_full((), margin) - input).clamp_min(0))
    return reduced(far + where(target == -1, 0, input), reduction)


@composite(
    f"margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, float margin=0, {REDUCTION}) -> Tensor",
    namespace=F, variants="function", scalars=True,
)  # fmt: skip
def margin_ranking_loss(input1, input2, target, margin, size_average, reduce, reduction):
    """How far `target * (input1 - input2)` stays below `margin`.

    >>> torch.nn.functional.margin_ranking_loss(torch.tensor([1.]), torch.tensor([3.]), torch.tensor([1.]))
    tensor(2.)
    """
    reduction = wanted_reduction(size_average, reduce, reduction)
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.shape}, input2: {input2.shape}, target: {target.shape} "
        )
    return reduced((-target * (input1 - input2) + margin).clamp_min(0), reduction)


@composite(
    f"cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, float margin=0, {REDUCTION}) -> Tensor",
    namespace=F, variants="function", scalars=True,
)  # fmt: skip
def cosine_embedding_loss(input1, input2, target, margin, size_average, reduce, reduction):
    """One less the cosine where the target is 1; the cosine's excess over `margin` where it is -1.

    >>> torch.nn.functional.cosine_embedding_loss(torch.tensor([[1., 0.]]), torch.tensor([[0., 1.]]), torch.tensor([1.]))
    tensor(1.)
    """
    reduction = wanted_reduction(size_average, reduce, reduction)
    shown = f"but found inputs with sizes {list(input1.shape)} and {list(input2.shape)}."
    if target.ndim not in (0, 1):
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if target.ndim == 1 and input1.ndim != 2:
        raise RuntimeError(f"1D target tensor expects 2D input tensors, {shown}")
    if target.ndim == 0 and input1.ndim != 1:
        raise RuntimeError(f"0D target tensor expects 1D input tensors, {shown}")
    epsilon = 1e-12
    dim = target.ndim
    inner = (input1 * input2).sum(dim)
    squares = ((input1 * input1).sum(dim) + epsilon) * ((input2 * input2).sum(dim) + epsilon)
    cosine = inner / squares.sqrt()
    near = where(target == 1, 1 - cosine, 0.0)
    apart = where(target == -1, (cosine - margin).clamp_min(0), 0.0)
    return reduced(near + apart, reduction)


@composite(
    f"triplet_margin_loss(Tensor anchor, Tensor positive, Tensor negative, float margin=1.0, float p=2, "
    f"float eps=1e-06, bool swap=False, {REDUCTION}) -> Tensor",
    namespace=F, variants="function", scalars=True,
)  # fmt: skip
def triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, size_average, reduce, reduction):
    """How much closer than by `margin` the anchor should be to the positive than to the negative.

    >>> torch.nn.functional.triplet_margin_loss(torch.tensor([[0.]]), torch.tensor([[1.]]), torch.tensor([[1.]]))
    tensor(1.)
    """
    distance = function("pairwise_distance")
    reduction = wanted_reduction(size_average, reduce, reduction)
    return _triplet(anchor, positive, negative, lambda x, y: distance(x, y, p, eps), margin, swap, reduction)


def _triplet(
    anchor: Tensor, positive: Tensor, negative: Tensor, distance: Callable[[Tensor, Tensor], Tensor], margin: float, swap: bool,
    reduction: str,
) -> Tensor:  # fmt: skip
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor "
            f"{anchor.ndim}D, positive {positive.ndim}D, and negative {negative.ndim}D inputs"
        )
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return reduced((margin + near - far).clamp_min(0), reduction)


@composite(
    "triplet_margin_with_distance_loss(Tensor anchor, Tensor positive, Tensor negative, *, "
    "any distance_function=None, float margin=1.0, bool swap=False, str reduction='mean') -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def triplet_margin_with_distance_loss(anchor, positive, negative, distance_function, margin, swap, reduction):
    """`triplet_margin_loss` with a distance of one's own.

    >>> torch.nn.functional.triplet_margin_with_distance_loss(torch.tensor([[0.]]), torch.tensor([[1.]]), torch.tensor([[1.]]))
    tensor(1.)
    """
    distance = distance_function or function("pairwise_distance")
    return _triplet(anchor, positive, negative, distance, margin, swap, wanted_reduction(None, None, reduction))


@composite(
    f"multi_margin_loss(Tensor input, Tensor target, Scalar p=1, float margin=1.0, Tensor? weight=None, "
    f"{REDUCTION}) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def multi_margin_loss(input, target, p, margin, weight, size_average, reduce, reduction):
    """How far each wrong class comes within `margin` of the right one, to the power `p`, averaged over the classes.

    >>> torch.nn.functional.multi_margin_loss(torch.tensor([[0.1, 0.2, 0.4]]), torch.tensor([2]))
    tensor(0.5000)
    """
    reduction = wanted_reduction(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.ndim != 1:
        raise ValueError("weight must be one-dimensional")
    classes = input.shape[-1] if input.ndim else 1
    if input.ndim > 2 or (input.ndim and classes == 0):
        raise RuntimeError(f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}")
    rows = input.reshape((-1, classes))
    labels = target.reshape(-1)
    if target.ndim > 1 or labels.numel() != rows.shape[0]:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size). Expected "
            f"target size [{rows.shape[0]}], but got {list(target.shape)}. Input has shape {list(input.shape)}."
        )
    if weight is not None and weight.numel() != classes:
        raise RuntimeError(f"inconsistent weight size, expected {classes} but got {list(weight.shape)}")
    if target._dtype is not int64:
        raise RuntimeError(f"expected scalar type Long but found {target._dtype.title}")
    if labels.numel() and bool(((labels < 0) | (labels >= classes)).any()):
        raise RuntimeError("target out of range")
    if input._dtype.kind != FLOAT or input._dtype.half:
        raise unsupported("multi_margin_loss_cpu_kernel", input._array)
    short = (margin - rows.gather(1, labels.unsqueeze(1)) + rows).relu()
    short = short * short if p == 2 else short
    if weight is not None:
        short = short * weight[labels].unsqueeze(1)
    wrong = rows.new_ones(rows.shape).scatter(1, labels.unsqueeze(1), rows.new_zeros((rows.shape[0], 1)))
    losses = (short * wrong).sum(1) / classes
    return reduced(losses.reshape(input.shape[:-1]) if input.ndim else losses.reshape(()), reduction)


@composite(
    f"multilabel_margin_loss(Tensor input, Tensor target, {REDUCTION}) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def multilabel_margin_loss(input, target, size_average, reduce, reduction):
    """How far each class that is no label comes within 1 of each label; labels stand in `target` before the first -1.

    >>> torch.nn.functional.multilabel_margin_loss(torch.tensor([[0.1, 0.2, 0.4, 0.8]]), torch.tensor([[3, 0, -1, 1]]))
    tensor(0.8500)
    """
    reduction = wanted_reduction(size_average, reduce, reduction)
    if input.ndim > 2 or (input.ndim and input.shape[-1] == 0):
        raise RuntimeError(f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}")
    if input.shape != target.shape:
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}")
    if input._dtype.kind != FLOAT or input._dtype.half:
        raise unsupported("multilabel_margin_loss_forward_out_frame", input._array)
    classes = input.shape[-1] if input.ndim else 1
    rows, labels = input.reshape((-1, classes)), target.reshape((-1, classes))
    listed = (labels < 0).cumsum(1) == 0
    labels = labels.masked_fill(listed.logical_not(), 0)
    is_label = rows.new_zeros(rows.shape).scatter_add(1, labels, listed.to(rows._dtype)) > 0
    short = (1 - rows.gather(1, labels).unsqueeze(2) + rows.unsqueeze(1)).relu()
    short = short * listed.unsqueeze(2) * is_label.logical_not().unsqueeze(1)
    losses = short.sum((1, 2)) / classes
    return reduced(losses.reshape(input.shape[:-1]) if input.ndim else losses.reshape(()), reduction)


@composite(
    f"multilabel_soft_margin_loss(Tensor input, Tensor target, Tensor? weight=None, {REDUCTION}) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def multilabel_soft_margin_loss(input, target, weight, size_average, reduce, reduction):
    """`binary_cross_entropy_with_logits`, averaged over the classes (the last dimension).

    >>> torch.nn.functional.multilabel_soft_margin_loss(torch.tensor([[0., 0.]]), torch.tensor([[0., 1.]]))
    tensor(0.6931)
    """
    reduction = wanted_reduction(size_average, reduce, reduction)
    log_sigmoid = function("logsigmoid", F)
    loss = -(target * log_sigmoid(input) + (1 - target) * log_sigmoid(-input))
    if weight is not None:
        loss = loss * weight
    return reduced(loss.sum(-1) / input.shape[-1], reduction)

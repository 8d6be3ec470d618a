"""Dropout in its kinds, `rrelu` and `gumbel_softmax`: what draws random numbers inside a network.

A mask is drawn as PyTorch draws it: one number of the session's generator for each element, in memory order.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

from tensorsh.ops.activation import F
from tensorsh.ops.creation import empty_like
from tensorsh.ops.refusals import unsupported
from tensorsh.ops.registry import composite, op
from tensorsh.runtime import dtype as dt
from tensorsh.runtime.creation import tensor
from tensorsh.runtime.dtype import FLOAT
from tensorsh.runtime.grad_mode import no_grad
from tensorsh.runtime.state import current
from tensorsh.runtime.tensor import Tensor


def dropped(input: Tensor, p: float, train: bool, feature: bool = False, alpha: bool = False) -> Tensor:
    """PyTorch's `_dropout_impl` (aten/src/ATen/native/Dropout.cpp)."""
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p:g}")
    if p == 0 or not train or input.numel() == 0:
        return input
    if p == 1:
        return input * input.new_zeros(())
    if feature:
        if input.ndim < 2:
            raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
        noise = input.new_empty((*input.shape[:2], *[1] * (input.ndim - 2)))
    else:
        noise = empty_like(input)
    with no_grad():
        noise.bernoulli_(1 - p)
    if not alpha:
        return input * noise.div_(1 - p)
    slope = 1.7580993408473766
    a = 1 / math.sqrt((slope * slope * p + 1) * (1 - p))
    moved = noise.add(-1).mul_(slope * a).add_(slope * a * p)
    return input * noise.mul_(a) + moved


def _declare_dropout(name: str, feature: bool, alpha: bool, doc: str) -> None:
    for inplace in (False, True):
        body = (
            (lambda input, p, train: input.copy_(dropped(input, p, train, feature, alpha)))
            if inplace
            else (lambda input, p, train: dropped(input, p, train, feature, alpha))
        )
        text = f"{name}{'_' if inplace else ''}(Tensor input, float p, bool train) -> Tensor"
        declared = composite(text, variants="function", family=__name__)(body)
        declared.doc = f"""{doc}{' In place.' if inplace else ''}

    >>> torch.{declared.name}(torch.ones(1, 2), p=0.5, train=False)
    tensor([[1., 1.]])
    """


_declare_dropout("dropout", False, False, "The input, elements set to zero with probability `p`, the rest scaled by `1 / (1 - p)`.")
_declare_dropout("feature_dropout", True, False, "`dropout` of whole channels (dimension 1).")
_declare_dropout("alpha_dropout", False, True, "Dropout that keeps mean 0 and variance 1 after `selu` (Klambauer et al., 2017).")
_declare_dropout("feature_alpha_dropout", True, True, "`alpha_dropout` of whole channels (dimension 1).")


def _probability(p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _into(input: Tensor, found: Tensor, inplace: bool) -> Tensor:
    return input.copy_(found) if inplace and found is not input else found


@composite(
    "dropout(Tensor input, Scalar p=0.5, bool training=True, bool inplace=False) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def dropout(input, p, training, inplace):
    """The input with elements set to zero with probability `p`, and the rest scaled by `1 / (1 - p)`; as it is outside training.

    >>> torch.nn.functional.dropout(torch.ones(3), p=0.5, training=False)
    tensor([1., 1., 1.])
    """
    _probability(p)
    return _into(input, dropped(input, p, training), inplace)


@composite(
    "alpha_dropout(Tensor input, Scalar p=0.5, bool training=False, bool inplace=False) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def alpha_dropout(input, p, training, inplace):
    """Dropout that keeps mean 0 and variance 1 after `selu` (Klambauer et al., 2017).

    >>> torch.nn.functional.alpha_dropout(torch.ones(3))
    tensor([1., 1., 1.])
    """
    _probability(p)
    return _into(input, dropped(input, p, training, alpha=True), inplace)


@composite(
    "feature_alpha_dropout(Tensor input, Scalar p=0.5, bool training=False, bool inplace=False) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def feature_alpha_dropout(input, p, training, inplace):
    """`alpha_dropout` of whole channels (dimension 1).

    >>> torch.nn.functional.feature_alpha_dropout(torch.ones(1, 2))
    tensor([[1., 1.]])
    """
    _probability(p)
    return _into(input, dropped(input, p, training, feature=True, alpha=True), inplace)


def _of_channels(input: Tensor, p: float, training: bool, inplace: bool, batched_ndim: int | None) -> Tensor:
    """Dropout of whole channels; an input without a batch dimension gets one for the time being."""
    lone = batched_ndim is not None and input.ndim == batched_ndim - 1
    found = dropped(input.unsqueeze(0) if lone else input, p, training, feature=True)
    return _into(input, found.squeeze(0) if lone else found, inplace)


_DROPOUT_TAIL = "(Tensor input, Scalar p=0.5, bool training=True, bool inplace=False) -> Tensor"


@composite(f"dropout1d{_DROPOUT_TAIL}", namespace=F, variants="function")
def dropout1d(input, p, training, inplace):
    """`dropout` of whole channels of sequences.

    >>> torch.nn.functional.dropout1d(torch.ones(1, 2, 2), training=False).sum()
    tensor(4.)
    """
    _probability(p)
    if input.ndim not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.ndim}D input. Note that dropout1d exists to provide "
            "channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch dimension "
            "(i.e. 2D or 3D inputs)."
        )
    return _of_channels(input, p, training, inplace, 3)


@composite(f"dropout2d{_DROPOUT_TAIL}", namespace=F, variants="function")
def dropout2d(input, p, training, inplace):
    """`dropout` of whole channels of images.

    >>> torch.nn.functional.dropout2d(torch.ones(1, 2, 2, 2), training=False).sum()
    tensor(8.)
    """
    _probability(p)
    if input.ndim not in (3, 4):
        warnings.warn(
            f"dropout2d: Received a {input.ndim}-D input to dropout2d, which is deprecated and will result in an error in a "
            "future release. To retain the behavior and silence this warning, please use dropout instead. Note that dropout2d "
            "exists to provide channel-wise dropout on inputs with 2 spatial dimensions, a channel dimension, and an optional "
            "batch dimension (i.e. 3D or 4D inputs).",
            UserWarning,
            stacklevel=3,
        )
    if input.ndim == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired - input "
            "is interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a future release to "
            "interpret the input as one without a batch dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise "
            "dropout behavior, please switch to using dropout1d instead.",
            UserWarning,
            stacklevel=3,
        )
    return _of_channels(input, p, training, inplace, None)


@composite(f"dropout3d{_DROPOUT_TAIL}", namespace=F, variants="function")
def dropout3d(input, p, training, inplace):
    """`dropout` of whole channels of volumes.

    >>> torch.nn.functional.dropout3d(torch.ones(1, 2, 1, 2, 2), training=False).sum()
    tensor(8.)
    """
    _probability(p)
    if input.ndim not in (4, 5):
        warnings.warn(
            f"dropout3d: Received a {input.ndim}-D input to dropout3d, which is deprecated and will result in an error in a "
            "future release. To retain the behavior and silence this warning, please use dropout instead. Note that dropout3d "
            "exists to provide channel-wise dropout on inputs with 3 spatial dimensions, a channel dimension, and an optional "
            "batch dimension (i.e. 4D or 5D inputs).",
            UserWarning,
            stacklevel=3,
        )
    return _of_channels(input, p, training, inplace, 5)


@op("rrelu_with_noise(Tensor self, Tensor noise) -> Tensor", namespace="_nn", variants="function", half=True)
def _rrelu_with_noise(self: Any, noise: Any) -> Any:
    return self * noise


@_rrelu_with_noise.vjp("self")
def _(grad, noise):
    return grad * noise


@composite(
    "rrelu(Tensor input, float lower=0.125, float upper=0.3333333333333333, bool training=False, "
    "bool inplace=False) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def rrelu(input, lower, upper, training, inplace):
    """`leaky_relu` with a slope drawn for each element between `lower` and `upper`; with their mean outside training.

    >>> torch.nn.functional.rrelu(torch.tensor([-6., 1.]), 0., 1.)
    tensor([-3.,  1.])
    """
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if input._dtype.kind != FLOAT or (training and input._dtype.half):
        raise unsupported("rrelu_with_noise_out_cpu" if training else "leaky_relu_cpu", input._array)
    low = input.detach() <= 0
    slopes = input.new_ones(input.shape)
    if training:
        drawn = current().generator.uniform((int(low.sum()),), dt.float64, lower, upper)
        slopes.masked_scatter_(low, tensor(drawn).to(input._dtype))
    else:
        slopes.masked_fill_(low, (lower + upper) / 2)
    return _into(input, _rrelu_with_noise(input, slopes), inplace)


@composite(
    "gumbel_softmax(Tensor logits, float tau=1, bool hard=False, float eps=1e-10, int dim=-1) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def gumbel_softmax(logits, tau, hard, eps, dim):
    """A sample of the Gumbel-softmax distribution; one-hot if `hard`, with the gradient of the soft one.

    >>> _ = torch.manual_seed(0)
    >>> torch.nn.functional.gumbel_softmax(torch.tensor([1., 2., 3.]), hard=True)
    tensor([0., 0., 1.])
    """
    with no_grad():
        gumbels = -empty_like(logits).exponential_().log()
    soft = ((logits + gumbels) / tau).softmax(dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    return logits.new_zeros(logits.shape).scatter(dim, index, 1.0) - soft.detach() + soft

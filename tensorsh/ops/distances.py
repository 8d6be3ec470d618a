"""Distances between every two of many points: `cdist` between two sets, `pdist` in one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorsh.ops.engine import broadcast_mismatch
from tensorsh.ops.refusals import unsupported
from tensorsh.ops.registry import Call, backward, composite, function, op
from tensorsh.runtime.dtype import FLOAT, of_array
from tensorsh.runtime.tensor import Tensor

Array = Any

# How many points make a product of matrices worth its loss of precision.
MANY = 25


def _check_points(x1: Array, x2: Array, p: float) -> None:
    for name, array in (("X1", x1), ("X2", x2)):
        kind = of_array(array)
        if kind.kind != FLOAT:
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {kind.title}")
    for name, array in (("X1", x1), ("X2", x2)):
        if array.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {array.ndim}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    if of_array(x1).half:
        raise unsupported("cdist", x1)
    if x1.dtype != x2.dtype:
        raise RuntimeError(f"expected scalar type {of_array(x1).title} but found {of_array(x2).title}")
    mismatch = broadcast_mismatch(x1.shape[:-2], x2.shape[:-2])
    if mismatch:
        raise RuntimeError(mismatch)


@op("_cdist(Tensor x1, Tensor x2, float p) -> Tensor", variants="", node="CdistBackward0")
def _cdist(x1: Array, x2: Array, p: float) -> Array:
    apart = np.abs(x1[..., :, None, :] - x2[..., None, :, :])
    if p == 2:
        return np.sqrt(np.square(apart).sum(-1))
    if p == 1:
        return apart.sum(-1)
    if p == 0:
        return (apart != 0).sum(-1).astype(apart.dtype)
    if math.isinf(p):
        return apart.max(-1, initial=0)
    return np.power(np.power(apart, apart.dtype.type(p)).sum(-1), apart.dtype.type(1 / p))


@backward("_cdist_backward(Tensor grad_output, Tensor x1, Tensor x2, float p, Tensor cdist) -> Tensor")
def _cdist_backward(grad_output: Array, x1: Array, x2: Array, p: float, cdist: Array) -> Array:
    """The gradient of `x1`; that of `x2` is the same with their places exchanged."""
    apart = x1[..., :, None, :] - x2[..., None, :, :]
    if p == 0:
        return np.zeros(apart.shape[:-2] + apart.shape[-1:], apart.dtype)
    if p == 1:
        return np.einsum("...ij,...ijk->...ik", grad_output, np.sign(apart))
    if p == 2:
        return np.einsum("...ij,...ijk->...ik", np.where(cdist == 0, 0, grad_output / cdist), apart)
    far = cdist[..., None]
    if math.isinf(p):
        return np.einsum("...ij,...ijk->...ik", grad_output, np.sign(apart) * (np.abs(apart) == far))
    # Points in one place have no direction.
    power = np.where((far == 0) | ((apart == 0) & (p < 1)), 0, np.sign(apart) * np.power(np.abs(apart), apart.dtype.type(p - 1)))
    return np.einsum("...ij,...ijk->...ik", grad_output / np.where(cdist == 0, 1, np.power(cdist, cdist.dtype.type(p - 1))), power)


def _cdist_slope(grad: Tensor, x1: Tensor, x2: Tensor, p: float, distances: Tensor) -> Tensor:
    """The same as tensor code, for a second derivative, which PyTorch has not."""
    apart = x1.unsqueeze(-2) - x2.unsqueeze(-3)
    weight, far = grad.unsqueeze(-1), distances.unsqueeze(-1)
    if p == 0:
        part = apart * 0
    elif p == 1:
        part = weight * apart.sign()
    elif math.isinf(p):
        part = weight * apart.sign() * (apart.abs() == far)
    else:
        # Points in one place have no direction.
        safe = function("where")(far == 0, 1.0, far)
        power = apart if p == 2 else apart.sign() * apart.abs().pow(p - 1)
        part = function("where")(far == 0, 0.0, weight * power * safe.pow(1 - p))
        if p < 1:
            part = function("where")(apart == 0, 0.0, part)
    return part.sum(-2)


@_cdist_backward.vjp("grad_output, x1, x2, cdist")
def _(grad, grad_output, x1, x2, p, needs):
    from tensorsh.ops.second_derivatives import differentiated

    def slope(grad, x1, x2):
        return (_cdist_slope(grad, x1, x2, p, _cdist(x1, x2, p)),)

    return *differentiated(slope, (grad_output, x1, x2), (grad,), needs[:3]), None


_cdist.vjp("x1")(Call(_cdist_backward, "grad x1 x2 p result"))


@_cdist.vjp("x2")
def _(grad, x1, x2, p, result):
    return _cdist_backward(grad.mT, x2, x1, p, result.mT)


@op("_euclidean_dist(Tensor x1, Tensor x2) -> Tensor", variants="", node="EuclideanDistBackward0")
def _euclidean_dist(x1: Array, x2: Array) -> Array:
    # |a - b|^2 = |a|^2 - 2 a b + |b|^2, as one product of matrices.
    ones1, ones2 = np.ones((*x1.shape[:-1], 1), x1.dtype), np.ones((*x2.shape[:-1], 1), x2.dtype)
    first = np.concatenate([x1 * -2, np.square(x1).sum(-1, keepdims=True), ones1], -1)
    second = np.concatenate([x2, ones2, np.square(x2).sum(-1, keepdims=True)], -1)
    return np.sqrt(np.maximum(np.matmul(first, second.swapaxes(-1, -2)), 0))


@_euclidean_dist.vjp("x1, x2")
def _(grad, x1, x2, result):
    ratio = function("where")(result == 0, 0.0, grad / function("where")(result == 0, 1.0, result))
    first = x1 * ratio.sum(-1, keepdim=True) - ratio.matmul(x2)
    back = ratio.transpose(-2, -1)
    return first, x2 * back.sum(-1, keepdim=True) - back.matmul(x1)


_MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")


@composite(
    "cdist(Tensor x1, Tensor x2, float p=2.0, str compute_mode='use_mm_for_euclid_dist_if_necessary') -> Tensor", variants="function"
)
def cdist(x1: Tensor, x2: Tensor, p: float, compute_mode: str) -> Tensor:
    """The p-norm distances of every point of `x1` `(…, m, d)` from every one of `x2` `(…, n, d)`, as `(…, m, n)`.

    >>> torch.cdist(torch.tensor([[0., 0.]]), torch.tensor([[3., 4.], [0., 1.]]))
    tensor([[5., 1.]])
    """
    if compute_mode not in _MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    _check_points(x1._array, x2._array, p)
    many = max(x1._array.shape[-2], x2._array.shape[-2]) > MANY
    if p == 2 and x1._array.size and x2._array.size and (compute_mode == _MODES[1] or (compute_mode == _MODES[0] and many)):
        found = _euclidean_dist(x1, x2)
        return found.view(found._array.shape)
    return _cdist(x1, x2, p)


@composite("pdist(Tensor self, float p=2) -> Tensor", variants="function")
def pdist(self: Tensor, p: float) -> Tensor:
    """`torch.nn.functional.pdist`.

    >>> torch.pdist(torch.tensor([[0., 0.], [3., 4.], [0., 1.]]))
    tensor([5.0000, 1.0000, 4.2426])
    """
    return function("pdist", "nn.functional")(self, p)

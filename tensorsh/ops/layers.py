"""What layers of a network compute: `linear`, `bilinear`, attention, distances between vectors, rearranged channels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorsh.ops.activation import F
from tensorsh.ops.dropout import dropped
from tensorsh.ops.norms import _vector_norm, norm_grad
from tensorsh.ops.refusals import unsupported
from tensorsh.ops.registry import composite, function, op
from tensorsh.runtime import dtype as dt
from tensorsh.runtime.dtype import BOOL, FLOAT, int64
from tensorsh.runtime.grad_mode import no_grad
from tensorsh.runtime.promotion import result_type
from tensorsh.runtime.tensor import Tensor

# --- linear -------------------------------------------------------------------------------------------------------------


@composite("linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor", namespace=F, variants="function")
def linear(input, weight, bias):
    """`input @ weight.T + bias`.

    >>> torch.nn.functional.linear(torch.tensor([1., 2.]), torch.tensor([[3., 4.]]), torch.tensor([5.]))
    tensor([16.])
    """
    turned = weight.t()
    if bias is None:
        return input.matmul(turned)
    if input.ndim == 2:
        return function("addmm")(bias, input, turned)
    if input.ndim and weight.ndim == 2:
        rows = function("addmm")(bias, input.reshape((-1, input.shape[-1])), turned)
        return rows.view((*input.shape[:-1], weight.shape[0]))
    return input.matmul(turned) + bias


def _bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    if input1.ndim != input2.ndim:
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {input1.ndim} and {input2.ndim}")
    for dim in range(input1.ndim - 1):
        if input1.shape[dim] != input2.shape[dim]:
            raise RuntimeError(
                f"bilinear(): input batch dimensions do not match at dim {dim}: got {input1.shape[dim]} and {input2.shape[dim]}"
            )
    for at, input in ((1, input1), (2, input2)):
        if input.shape[-1] != weight.shape[at]:
            raise RuntimeError(
                f"bilinear(): input{at} size does not match weight size: got {input.shape[-1]} but expected {weight.shape[at]}"
            )
    if bias is not None and bias.shape[0] != weight.shape[0]:
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias.shape[0]} but expected {weight.shape[0]}"
        )
    outputs, first, second = weight.shape
    rows = input1.reshape((-1, first)).matmul(weight.permute((1, 0, 2)).reshape((first, outputs * second)))
    found = rows.reshape((-1, outputs, second)).matmul(input2.reshape((-1, second, 1)))
    found = found.reshape((*input1.shape[:-1], outputs))
    return found if bias is None else found + bias


_BILINEAR = "bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None) -> Tensor"


@composite(_BILINEAR, variants="function")
def bilinear(input1, input2, weight, bias):
    """The function behind `nn.functional.bilinear`.

    >>> torch.bilinear(torch.tensor([[1., 2.]]), torch.tensor([[3.]]), torch.ones(1, 2, 1), None)
    tensor([[9.]])
    """
    return _bilinear(input1, input2, weight, bias)


@composite(_BILINEAR, namespace=F, variants="function")
def bilinear_function(input1, input2, weight, bias):
    """`input1 @ weight[k] @ input2 + bias[k]` for each output `k`.

    >>> torch.nn.functional.bilinear(torch.tensor([[1., 2.]]), torch.tensor([[3.]]), torch.ones(1, 2, 1))
    tensor([[9.]])
    """
    return _bilinear(input1, input2, weight, bias)


# --- distances and attention --------------------------------------------------------------------------------------------


def _floored(x: Tensor, eps: float) -> Tensor:
    """A copy of `x`, at least `eps`, with the gradient of `x` all the same."""
    if not x._requires_grad:
        return x.clamp_min(eps)
    made = x.clone()
    with no_grad():
        made.clamp_min_(eps)
    return made


def _cosine(x1: Tensor, x2: Tensor, dim: int, eps: float) -> Tensor:
    kind = result_type(x1, x2)
    if kind.kind < FLOAT:
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {kind.title}")
    if x1._dtype is not x2._dtype:
        x1, x2 = x1.to(kind), x2.to(kind)
    if x1._array.shape != x2._array.shape:
        x1, x2 = function("broadcast_tensors")(x1, x2)
    first = _floored(_vector_norm(x1, 2, dim, True), eps)
    second = _floored(_vector_norm(x2, 2, dim, True), eps)
    return ((x1 / first) * (x2 / second)).sum(dim)


@op(
    "_row_norm(Tensor self, Scalar p, int[1] dim, bool keepdim=False) -> Tensor",
    variants="function", node="NormBackward1", half=True,
)  # fmt: skip
def _row_norm(self: Any, p: float, dim: tuple[int, ...], keepdim: bool) -> Any:
    """`norm` as `pairwise_distance` records it."""
    return _vector_norm.body(self, p, dim, keepdim, None)


@_row_norm.vjp("self")
def _(grad, self, result, p, dim, keepdim):
    return norm_grad(grad, self, p, result, dim, keepdim)


_SIMILARITY = "cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-08) -> Tensor"
_DISTANCE = "pairwise_distance(Tensor x1, Tensor x2, float p=2.0, float eps=1e-06, bool keepdim=False) -> Tensor"


def _distance(x1: Tensor, x2: Tensor, p: float, eps: float, keepdim: bool) -> Tensor:
    return _row_norm(x1 - x2 + eps, p, max(x1.ndim, x2.ndim) - 1, keepdim)


for _space in ("", F):
    composite(_SIMILARITY, namespace=_space, variants="function", wrap_dims=None)(
        lambda x1, x2, dim, eps: _cosine(x1, x2, dim, eps)
    ).doc = """The cosine of the angle between vectors along `dim`; norms count as at least `eps`.

    >>> torch.cosine_similarity(torch.tensor([[1., 0.]]), torch.tensor([[1., 1.]]))
    tensor([0.7071])
    """
    _declared = composite(_DISTANCE, namespace=_space, variants="function", scalars=True)(_distance)
    _declared.doc = """The p-norm of `x1 - x2 + eps` along the last dimension.

    >>> torch.pairwise_distance(torch.tensor([[0., 0.]]), torch.tensor([[3., 4.]]))
    tensor([5.0000])
    """


@composite("pdist(Tensor input, float p=2) -> Tensor", namespace=F, variants="function")
def pdist(input, p):
    """The p-norm distance between every two rows, in the order (0, 1), (0, 2) …

    >>> torch.nn.functional.pdist(torch.tensor([[0., 0.], [3., 4.]]))
    tensor([5.])
    """
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    if input._dtype.kind != FLOAT:
        raise RuntimeError("pdist only supports floating-point dtypes")
    if input._dtype.half:
        raise unsupported("pdist", input._array)
    points = np.arange(len(input._array))
    first, second = (Tensor._fresh(part, int64) for part in (points[:, None] < points).nonzero())
    return _row_norm(input[first] - input[second], p, 1)


@composite(
    "scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, "
    "float dropout_p=0.0, bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor",
    namespace=F, variants="function", scalars=True,
)  # fmt: skip
def scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa):
    """`softmax(query @ key.T * scale + mask) @ value`; `scale` is one over the root of the last dimension unless given.

    >>> torch.nn.functional.scaled_dot_product_attention(torch.ones(1, 2), torch.ones(3, 2), torch.tensor([[1.], [2.], [3.]]))
    tensor([[2.]])
    """
    if not query._dtype is key._dtype is value._dtype:
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got query.dtype: "
            f"{query._dtype.c_name} key.dtype: {key._dtype.c_name} and value.dtype: {value._dtype.c_name} instead."
        )
    if query.ndim < 2 or key.ndim < 2 or value.ndim < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
            f"{query.ndim}, key.dim: {key.ndim} and value.dim: {value.ndim} instead."
        )
    if is_causal and attn_mask is not None:
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    if enable_gqa:
        times = query.shape[-3] // key.shape[-3]
        key, value = key.repeat_interleave(times, -3), value.repeat_interleave(times, -3)
    kind = query._dtype
    if kind.half:
        query, key, value = query.float(), key.float(), value.float()
    factor = math.sqrt(1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    scores = (query * factor).matmul(key.transpose(-2, -1) * factor)
    if is_causal:
        attn_mask = function("ones")((query.shape[-2], key.shape[-2]), dtype=dt.bool_).tril()
    if attn_mask is not None:
        if attn_mask._dtype.kind == BOOL:
            scores = scores.masked_fill(attn_mask.logical_not(), float("-inf"))
        else:
            scores = scores + attn_mask
    weights = scores.softmax(-1)
    if attn_mask is not None:
        # A row that is masked whole attends to nothing.
        weights = weights.masked_fill((scores == float("-inf")).all((-1,), True), 0)
    return dropped(weights, dropout_p, dropout_p > 0).matmul(value).to(kind)

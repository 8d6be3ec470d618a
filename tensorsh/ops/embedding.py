"""Embeddings: rows of a table, by index, alone or in bags; and `one_hot`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tensorsh.ops.activation import F
from tensorsh.ops.norms import _vector_norm
from tensorsh.ops.registry import backward, composite, op, write
from tensorsh.runtime import dtype as dt
from tensorsh.runtime.creation import tensor
from tensorsh.runtime.dtype import FLOAT, int64
from tensorsh.runtime.grad_mode import no_grad


@op(
    "embedding(Tensor weight, Tensor indices, int padding_idx=-1, bool scale_grad_by_freq=False, "
    "bool sparse=False) -> Tensor",
    variants="function",
)  # fmt: skip
def embedding(weight: Any, indices: Any, padding_idx: int, scale_grad_by_freq: bool, sparse: bool) -> Any:
    """The rows of `weight` that `indices` name.

    >>> torch.embedding(torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([1, 0]))
    tensor([[3., 4.],
            [1., 2.]])
    """
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    if indices.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"torch.{dt.of_array(indices).title}Tensor instead (while checking arguments for embedding)"
        )
    # Seen as unsigned, what is negative is large.
    if indices.size and np.maximum.reduce(indices.view(f"u{indices.itemsize}"), None) >= weight.shape[0]:
        raise IndexError("index out of range in self")
    return weight[indices]


@backward(
    "embedding_dense_backward(Tensor grad_output, Tensor indices, int num_weights, int padding_idx, bool scale_grad_by_freq) -> Tensor"
)
def embedding_backward(grad_output, indices, num_weights, padding_idx, scale_grad_by_freq):
    from tensorsh.ops.scattering import combine

    rows, places = grad_output.reshape(-1, grad_output.shape[-1]), indices.reshape(-1)
    if scale_grad_by_freq:
        rows = rows / np.bincount(places, minlength=num_weights)[places].astype(rows.dtype)[:, None]
    found = np.zeros((num_weights, rows.shape[1]), rows.dtype)
    combine(np.add, found, (places,), rows)
    if padding_idx >= 0:
        found[padding_idx] = 0
    return found


@embedding_backward.vjp("grad_output")
def _(grad, indices, padding_idx):
    # As in PyTorch, without regard to `scale_grad_by_freq`.
    rows = grad.index_select(0, indices.reshape(-1))
    if padding_idx >= 0:
        rows = rows.masked_fill((indices == padding_idx).reshape(-1, 1), 0)
    return rows.view((*indices.shape, -1))


@embedding.vjp("weight")
def _(grad, weight_shape, indices, padding_idx, scale_grad_by_freq):
    return embedding_backward(grad, indices, weight_shape[0], padding_idx, scale_grad_by_freq)


@write(
    "embedding_renorm_(Tensor self, Tensor indices, float max_norm, float norm_type) -> Tensor",
    variants="function", differentiable=False,
)  # fmt: skip
def embedding_renorm_(self: Any, indices: Any, max_norm: float, norm_type: float) -> None:
    """Scale down, in place, the rows of `self` that `indices` name and whose norm is over `max_norm`.

    >>> torch.embedding_renorm_(torch.tensor([[3., 4.], [6., 8.]]), torch.tensor([1]), 1., 2.)
    tensor([[3.0000, 4.0000],
            [0.6000, 0.8000]])
    """
    rows = np.unique(indices)
    size = _vector_norm.body(self[rows], norm_type, (1,), True, None)
    self[rows] *= np.where(size > max_norm, max_norm / (size + 1e-7), 1).astype(self.dtype)


def _padding_index(padding_idx: int | None, count: int) -> int:
    if padding_idx is None:
        return -1
    if padding_idx >= count or padding_idx < -count:
        raise AssertionError("Padding_idx must be within num_embeddings")
    return padding_idx % count


@composite(
    "embedding(Tensor input, Tensor weight, int? padding_idx=None, float? max_norm=None, float norm_type=2.0, "
    "bool scale_grad_by_freq=False, bool sparse=False) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def embedding_function(input, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse):
    """The rows of `weight` that `input` names; the row `padding_idx` gets no gradient, rows over `max_norm` are scaled down.

    >>> torch.nn.functional.embedding(torch.tensor([1, 0]), torch.tensor([[1., 2.], [3., 4.]]))
    tensor([[3., 4.],
            [1., 2.]])
    """
    padding = _padding_index(padding_idx, weight.shape[0] if weight.ndim else 0)
    if max_norm is not None:
        with no_grad():
            embedding_renorm_(weight.detach(), input, max_norm, norm_type)
    return embedding(weight, input, padding, scale_grad_by_freq, sparse)


@composite(
    "embedding_bag(Tensor input, Tensor weight, Tensor? offsets=None, float? max_norm=None, float norm_type=2, "
    "bool scale_grad_by_freq=False, str mode='mean', bool sparse=False, Tensor? per_sample_weights=None, "
    "bool include_last_offset=False, int? padding_idx=None) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def embedding_bag(
    input, weight, offsets, max_norm, norm_type, scale_grad_by_freq, mode, sparse, per_sample_weights, include_last_offset,
    padding_idx,
):
    """Sums, means or maxima of bags of embeddings: each row of a 2-dim `input` is a bag, or `offsets` says where each one starts.

    >>> torch.nn.functional.embedding_bag(torch.tensor([[0, 1]]), torch.tensor([[1., 2.], [3., 4.]]))
    tensor([[2., 3.]])
    """
    if weight._dtype is int64 and input._dtype.kind == FLOAT:
        warnings.warn(
            "Argument order of nn.functional.embedding_bag was changed. Usage `embedding_bag(weight, input, ...)` is deprecated, "
            "and should now be `embedding_bag(input, weight, ...)`.",
            UserWarning,
            stacklevel=3,
        )
        input, weight = weight, input
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences. "
                f"However, found offsets of type {type(offsets)}"
            )
        bags, length = input.shape
        owner = np.repeat(np.arange(bags), length)
        input = input.reshape(-1)
        per_sample_weights = None if per_sample_weights is None else per_sample_weights.reshape(-1)
    elif input.ndim == 1:
        if offsets is None:
            raise ValueError("offsets has to be a 1D Tensor but got None")
        if offsets.ndim != 1:
            raise ValueError("offsets has to be a 1D Tensor")
        starts = np.asarray(offsets.tolist(), np.int64)
        if starts.size and starts[0] != 0:
            raise RuntimeError(
                "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, got "
                f"{starts[0]}"
            )
        if starts.size and starts[-1] > input.numel():
            raise RuntimeError(
                f"offsets[-1] can not be greater than input's length({input.numel()}), but got offsets[-1] of {starts[-1]}"
            )
        bags = len(starts) - 1 if include_last_offset else len(starts)
        owner = np.searchsorted(starts[:bags], np.arange(input.numel()), "right") - 1
    else:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.ndim}")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got "
            f"mode='{mode}'). Please open a feature request on GitHub."
        )
    padding = _padding_index(padding_idx, weight.shape[0])
    if max_norm is not None:
        with no_grad():
            embedding_renorm_(weight.detach(), input, max_norm, norm_type)
    rows = embedding(weight, input, padding, scale_grad_by_freq, sparse)
    kept = input != padding
    bag = tensor(owner)
    shape = (bags, weight.shape[1])
    if mode == "max":
        index = bag.unsqueeze(1).expand(rows.shape)
        lowest = rows.masked_fill(kept.logical_not().unsqueeze(1), float("-inf"))
        best = rows.new_full(shape, float("-inf")).scatter_reduce(0, index, lowest, "amax")
        return best.masked_fill(best == float("-inf"), 0)
    rows = rows.masked_fill(kept.logical_not().unsqueeze(1), 0)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.unsqueeze(1)
    total = rows.new_zeros(shape).index_add(0, bag, rows)
    if mode == "sum":
        return total
    count = rows.new_zeros((bags,)).index_add(0, bag, kept.to(rows._dtype)).clamp_min(1)
    return total / count.unsqueeze(1)


@op("one_hot(Tensor input, int num_classes=-1) -> Tensor", namespace=F, variants="function", differentiable=False)
def one_hot(input: Any, num_classes: int) -> Any:
    """A 1 at the place that each index names, in a new last dimension of `num_classes` (or as many as it takes).

    >>> torch.nn.functional.one_hot(torch.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    if input.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if not input.size:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return np.zeros((*input.shape, num_classes), np.int64)
    largest = int(np.maximum.reduce(input.view(np.uint64), None))  # unsigned, what is negative is large
    if largest >> 63:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = largest + 1
    elif largest >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    found = np.zeros((input.size, num_classes), np.int64)
    found[np.arange(input.size), input.reshape(-1)] = 1
    return found.reshape(*input.shape, num_classes)

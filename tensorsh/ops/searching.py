"""Looking values up in sorted ones: `searchsorted`, `bucketize`, `isin`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.refusals import unsupported
from tensorsh.ops.registry import composite, op
from tensorsh.runtime import dtype as dt
from tensorsh.runtime.creation import tensor
from tensorsh.runtime.dtype import BOOL, COMPLEX
from tensorsh.runtime.promotion import result_type
from tensorsh.runtime.tensor import Tensor


def _check_search(sequence: Tensor, values: Tensor, out_int32: bool, right: bool, side: str | None, sorter: Tensor | None) -> None:
    if side is not None and side not in ("left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError("torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True")
    if values.ndim == 0 and sequence.ndim != 1:
        raise RuntimeError(
            "torch.searchsorted(): input value can be a scalar only when boundary tensor dimension is 1, but we got boundary "
            f"tensor dim({sequence.ndim}) and input value's dim(0) numel(1)"
        )
    if sequence.ndim == 0:
        raise RuntimeError("torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension")
    if sequence.ndim > 1 and (sequence.ndim != values.ndim or sequence.shape[:-1] != values.shape[:-1]):
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and "
            f"input value tensor must match, but we got boundaries tensor {list(sequence.shape)} and input value tensor "
            f"{list(values.shape)}"
        )
    if sorter is not None:
        if sorter.shape != sequence.shape:
            raise RuntimeError(
                "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor "
                f"{list(sequence.shape)}and got sorter tensor {list(sorter.shape)}"
            )
        if sorter._dtype is not dt.int64:
            raise RuntimeError(f"torch.searchsorted(): sorter must be a tensor of long dtype but got dtype {sorter._dtype.title}")
        if sorter.numel() and (int(sorter.min()) < 0 or int(sorter.max()) >= sequence.shape[-1]):
            raise RuntimeError("torch.searchsorted(): sorter index out of range")
    if out_int32 and sequence.shape[-1] >= 2**31 - 1:
        raise RuntimeError(
            "torch.searchsorted(): the size of boundaries' last dimension should be less than 2147483647, but we got "
            f"{sequence.shape[-1]}"
        )


def _search(sequence: Any, values: Any, right: bool) -> Any:
    """Where to insert `values` in the rows of `sequence`: a binary search of all rows at once."""
    if sequence.ndim == 1 and not (sequence.dtype.kind == "f" and (np.isnan(sequence[-1:]).any() or np.isnan(values).any())):
        return np.asarray(np.searchsorted(sequence, values, "right" if right else "left"), np.int64)
    extent = sequence.shape[-1]
    low = np.zeros(values.shape, np.int64)
    high = np.full(values.shape, extent)
    for _ in range(extent.bit_length()):
        middle = (low + high) // 2
        middle_place = np.minimum(middle, extent - 1)
        there = sequence[middle_place] if sequence.ndim == 1 else np.take_along_axis(sequence, middle_place, -1)
        # PyTorch's comparisons, which a NaN denies.
        before = (~(there > values) if right else ~(there >= values)) & (low < high)
        low, high = np.where(before, middle + 1, low), np.where(before, high, middle)
    return low


@op(
    "_searchsorted(Tensor sorted_sequence, Tensor self, bool right, bool out_int32) -> Tensor",
    variants="function", half=True, differentiable=False,
)  # fmt: skip
def _searchsorted(sorted_sequence: Any, self: Any, right: bool, out_int32: bool) -> Any:
    """The kernel of `searchsorted`, for operands of one dtype."""
    if sorted_sequence.dtype.kind in "bc":
        raise unsupported("searchsorted_out_cpu", sorted_sequence)
    return _search(sorted_sequence, self, right).astype(np.int32 if out_int32 else np.int64)


def searched(sequence: Tensor, values: Any, out_int32: bool, right: bool, side: str | None, sorter: Tensor | None) -> Tensor:
    """`searchsorted`, after its checks."""
    if not isinstance(values, Tensor):
        values = tensor(values)
    _check_search(sequence, values, out_int32, right, side, sorter)
    if sorter is not None:
        sequence = sequence.gather(-1, sorter)
    kind = result_type(sequence, values)
    return _searchsorted(sequence.to(kind), values.to(kind), right or side == "right", out_int32)


_SEARCH_TAIL = "bool out_int32=False, bool right=False, str? side=None, Tensor? sorter=None"


@composite(
    f"searchsorted(Tensor sorted_sequence, Tensor self, *, {_SEARCH_TAIL}) -> Tensor",
    variants="function out", differentiable=False,
)  # fmt: skip
def searchsorted(sorted_sequence, self, out_int32, right, side, sorter):
    """Where to insert values in a sorted sequence (or in each row of several) so that it stays sorted.

    >>> torch.searchsorted(torch.tensor([1, 3, 5]), torch.tensor([3, 4]))
    tensor([1, 2])
    """
    return searched(sorted_sequence, self, out_int32, right, side, sorter)


@composite(
    f"searchsorted.Scalar(Tensor sorted_sequence, Scalar self, *, {_SEARCH_TAIL}) -> Tensor",
    variants="function out", differentiable=False,
)  # fmt: skip
def searchsorted_scalar(sorted_sequence, self, out_int32, right, side, sorter):
    return searched(sorted_sequence, self, out_int32, right, side, sorter)


def _bucketized(self: Any, boundaries: Tensor, out_int32: bool, right: bool) -> Tensor:
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    return searched(boundaries, self, out_int32, right, None, None)


@composite(
    "bucketize(Tensor self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor",
    variants="function out", differentiable=False,
)  # fmt: skip
def bucketize(self, boundaries, out_int32, right):
    """Which bucket, between sorted `boundaries`, each element falls in.

    >>> torch.bucketize(torch.tensor([3, 6]), torch.tensor([1, 3, 5]))
    tensor([1, 3])
    """
    return _bucketized(self, boundaries, out_int32, right)


@composite(
    "bucketize.Scalar(Scalar self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor",
    variants="function", differentiable=False,
)  # fmt: skip
def bucketize_scalar(self, boundaries, out_int32, right):
    return _bucketized(self, boundaries, out_int32, right)


@op(
    "_isin(Tensor elements, Tensor test_elements, bool invert) -> Tensor",
    variants="function", differentiable=False, half=True,
)  # fmt: skip
def _isin(elements: Any, test_elements: Any, invert: bool) -> Any:
    """The kernel of `isin`, for operands of one dtype."""
    return np.isin(elements, test_elements, invert=invert)


def _is_in(elements: Any, test: Any, invert: bool) -> Tensor:
    for x in (elements, test):
        kind = x._dtype if isinstance(x, Tensor) else dt.of_number(x, dt.float64)
        if kind.kind in (BOOL, COMPLEX):
            raise RuntimeError(f"Unsupported input type encountered for isin(): {kind.title}")
    kind = result_type(elements, test)
    elements, test = [(x if isinstance(x, Tensor) else tensor(x)).to(kind) for x in (elements, test)]
    return _isin(elements, test, invert)


@composite(
    "isin(Tensor elements, Tensor test_elements, *, bool assume_unique=False, bool invert=False) -> Tensor",
    variants="function out", differentiable=False,
)  # fmt: skip
def isin(elements, test_elements, assume_unique, invert):
    """Whether each of `elements` is among `test_elements`.

    >>> torch.isin(torch.tensor([1, 2, 3]), torch.tensor([2, 5]))
    tensor([False,  True, False])
    """
    return _is_in(elements, test_elements, invert)


@composite(
    "isin.Tensor_Scalar(Tensor elements, Scalar test_element, *, bool assume_unique=False, "
    "bool invert=False) -> Tensor",
    variants="function", differentiable=False,
)  # fmt: skip
def isin_scalar(elements, test_element, assume_unique, invert):
    return _is_in(elements, test_element, invert)


@composite(
    "isin.Scalar_Tensor(Scalar element, Tensor test_elements, *, bool assume_unique=False, "
    "bool invert=False) -> Tensor",
    variants="function", differentiable=False,
)  # fmt: skip
def isin_of_scalar(element, test_elements, assume_unique, invert):
    return _is_in(element, test_elements, invert)

"""Order statistics: `median`, `nanmedian`, `mode`, `kthvalue`, `quantile`, `nanquantile`.

All sort along one dimension, NaN last. Which of equal elements `kthvalue` and `mode` name follows from PyTorch's algorithms: see
`ties`. The median is always the first of its equals that a stable order has in the middle.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops import ties
from tensorsh.ops.extrema import chosen, evenly, scattered
from tensorsh.ops.refusals import check_extent, unsupported
from tensorsh.ops.registry import composite, op
from tensorsh.runtime.tensor import Tensor, wrap_dim


def _check_real(name: str, self: Any) -> None:
    if self.dtype.kind in "cb":
        raise unsupported(name, self)


# --- medians ------------------------------------------------------------------------------------------------------------


def _median_places(self: Any, dim: int, ignore_nan: bool) -> Any:
    """The indices of the lower medians along `dim`, kept with extent 1. A NaN is the median of its row unless NaN is ignored."""
    order = self.argsort(dim, kind="stable")
    middle = (self.shape[dim] - 1) // 2
    found = ties.among(order, dim, middle, middle + 1)
    missing = None if self.dtype.kind in "biu" else np.isnan(self)
    if missing is None or not np.count_nonzero(missing):
        return found
    if ignore_nan:
        count = np.maximum(self.shape[dim] - missing.sum(dim, keepdims=True), 1)
        return ties.picked(order, (count - 1) // 2, dim)
    return np.where(missing.any(dim, keepdims=True), missing.argmax(dim, keepdims=True), found)


def _median(name: str, ignore_nan: bool) -> None:
    title = name.capitalize()

    @op(f"{name}(Tensor self) -> Tensor", node=f"{title}Backward0", half=True)
    def whole(self: Any) -> Any:
        _check_real("median_cpu", self)
        flat = self.reshape(-1)
        if not flat.size:
            return np.array(np.nan if self.dtype.kind == "f" else np.iinfo(np.int64).min).astype(self.dtype)
        return flat[_median_places(flat, 0, ignore_nan)[0]]

    skipping = "NaN is skipped." if ignore_nan else "A NaN makes it NaN."
    whole.doc = f"""The median of all elements; with `dim`, the median along it and its index. {skipping}

    Of an even number of elements it is the lower of the two in the middle.

    >>> torch.{name}(torch.tensor([4., 1., 3., 2.]))
    tensor(2.)
    """
    whole.vjp("self")(lambda grad, self, result: evenly(grad, self, result))

    @op(
        f"{name}.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
        variants="function method out", node=f"{title}Backward1", half=True,
    )  # fmt: skip
    def along(self: Any, dim: int, keepdim: bool) -> Any:
        check_extent("median()", self.shape, dim)
        _check_real("median_out", self)
        return chosen(self, _median_places(self, dim, ignore_nan) if self.ndim else None, dim, keepdim)

    along.vjp("self")(lambda grad, indices, self_shape, dim, keepdim: scattered(grad, indices, self_shape, dim, keepdim))


_median("median", False)
_median("nanmedian", True)


# --- kthvalue and mode --------------------------------------------------------------------------------------------------


@op(
    "kthvalue(Tensor self, int k, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)",
    variants="function method out", half=True,
)  # fmt: skip
def kthvalue(self: Any, k: int, dim: int, keepdim: bool) -> Any:
    """The `k`-th smallest element along `dim`, counted from 1, and its index.

    >>> torch.kthvalue(torch.tensor([4., 1., 3.]), 2)
    torch.return_types.kthvalue(
    values=tensor(3.),
    indices=tensor(2))
    """
    check_extent("kthvalue()", self.shape, dim)
    if not 1 <= k <= (self.shape[dim] if self.ndim else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {dim}")
    _check_real("kthvalue_cpu", self)
    if not self.ndim:
        return chosen(self, None, dim, keepdim)
    _, order = ties.placed(self, dim, False, ties.kth(k - 1))
    return chosen(self, ties.among(order, dim, k - 1, k), dim, keepdim)


@op(
    "mode(Tensor self, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)",
    variants="function method out", half=True,
)  # fmt: skip
def mode(self: Any, dim: int, keepdim: bool) -> Any:
    """The most frequent value along `dim` (the smallest of several) and an index at which it stands.

    >>> torch.mode(torch.tensor([3, 1, 3, 2]))
    torch.return_types.mode(
    values=tensor(3),
    indices=tensor(2))
    """
    check_extent("mode()", self.shape, dim)
    if self.dtype.kind == "c":
        raise unsupported("mode_cpu", self)
    if not self.ndim:
        return chosen(self, None, dim, keepdim)
    values, order = ties.placed(self, dim, False, ties.sort, ties.SMALL)
    ranked = values.swapaxes(dim, -1)
    places = np.arange(ranked.shape[-1])
    starts = np.zeros(ranked.shape, np.int64)  # where each element's run of equals begins
    np.multiply(ranked[..., 1:] != ranked[..., :-1], places[1:], starts[..., 1:])
    run = places - np.maximum.accumulate(starts, -1)  # how often the value was seen before
    last = run.argmax(-1, keepdims=True).swapaxes(dim, -1)
    return chosen(self, ties.picked(order, last, dim), dim, keepdim)


for _declared in (kthvalue, mode):
    _declared.vjp("self")(lambda grad, indices, self_shape, dim, keepdim: scattered(grad, indices, self_shape, dim, keepdim))


# --- quantiles ----------------------------------------------------------------------------------------------------------

_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile(name: str, self: Tensor, q: Any, dim: int | None, keepdim: bool, interpolation: str) -> Tensor:
    """PyTorch's `quantile_impl`, made of differentiable operators."""
    from tensorsh.runtime.creation import tensor

    ignore_nan = name == "nanquantile"
    if self._dtype.name not in ("float32", "float64"):
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if self.numel() == 0:
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    if not isinstance(q, Tensor):
        if not 0 <= q <= 1:
            raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q:g}")
        q = tensor(q, dtype=self._dtype)
    if interpolation != "linear":  # the others give `q` no gradient
        q = q.detach()
    if q.ndim > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
    if q._dtype is not self._dtype:
        raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {interpolation}"
        )
    if not bool(((q >= 0) & (q <= 1)).all()):
        raise RuntimeError(f"{name}() q values must be in the range [0, 1]")
    # The dimension comes last, and with `keepdim` leaves one of size one in its place.
    if dim is None:
        flat = self.flatten()
        for _ in range(self.ndim if keepdim else 0):
            flat = flat.unsqueeze(0)
    elif keepdim:
        flat = self.unsqueeze(-1).transpose(wrap_dim(dim, self.ndim), -1)
    elif self.ndim < 2 or wrap_dim(dim, self.ndim) == self.ndim - 1:
        flat = self
    else:
        wrapped = wrap_dim(dim, self.ndim)
        flat = self.unsqueeze(-1).transpose(wrapped, -1).squeeze(wrapped)
    flat = flat if flat.ndim else flat.reshape(1)
    ranked = flat.sort(-1)[0]
    n = ranked.shape[-1]
    if ignore_nan:
        count = ranked.isnan().logical_not().sum(-1, True)
        ranks = (q.reshape(-1) * (count - 1).to(q._dtype)).masked_fill(count == 0, n - 1)
        ranks = ranks.expand((*ranked.shape[:-1], ranks.shape[-1]))
    else:
        ranks = (q.reshape(-1) * (n - 1)).expand((*ranked.shape[:-1], q.numel()))
        missing = ranked.isnan().any((-1,), True)
        ranks = ranks.masked_fill(missing, n - 1)
    if interpolation == "lower":
        ranks = ranks.floor()
    elif interpolation == "higher":
        ranks = ranks.ceil()
    elif interpolation == "nearest":
        ranks = ranks.round()
    from tensorsh.runtime.dtype import int64

    below = ranks.to(int64)
    found = ranked.gather(-1, below)
    if interpolation in ("linear", "midpoint"):
        weight = ranks - below if interpolation == "linear" else (ranks - below) * 0 + 0.5
        above = ranks.ceil().to(int64)
        found = found.lerp_(ranked.gather(-1, above), weight.to(found._dtype))
    if not q.ndim:
        return found.squeeze_(-1)
    return found.unsqueeze_(0).transpose_(0, -1).squeeze_(-1)


def _declare_quantile(name: str) -> None:
    tail = "int? dim=None, bool keepdim=False, *, str interpolation='linear'"

    @composite(f"{name}(Tensor self, Tensor q, {tail}) -> Tensor", variants="function method out")
    def of_tensor(self: Any, q: Any, dim: Any, keepdim: bool, interpolation: str) -> Any:
        return _quantile(name, self, q, dim, keepdim, interpolation)

    nan = " NaN is skipped." if name == "nanquantile" else ""
    of_tensor.doc = f"""The `q`-th quantiles (0 to 1) of all elements or along `dim`, interpolated between neighbours.{nan}

    >>> torch.{name}(torch.tensor([0., 1., 2., 3.]), 0.5)
    tensor(1.5000)
    """

    @composite(f"{name}.scalar(Tensor self, float q, {tail}) -> Tensor", variants="function method out")
    def of_number(self: Any, q: Any, dim: Any, keepdim: bool, interpolation: str) -> Any:
        return _quantile(name, self, q, dim, keepdim, interpolation)


_declare_quantile("quantile")
_declare_quantile("nanquantile")

"""Writing elements by index into a copy: `scatter`, `scatter_reduce`, `index_add`, `index_copy`, `index_fill` …

The in-place forms (`scatter_`, `index_add_` …) are derived from these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorsh.ops.gathering import along, at_least_vector, check_bounds, outside
from tensorsh.ops.numbers import number_as
from tensorsh.ops.registry import function, op
from tensorsh.runtime import dtype as dt

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]

IN_PLACE = "function method inplace"
WITH_OUT = "function method inplace out"


def title(array: Array) -> str:
    return dt.of_array(array).title


def combine(ufunc: Any, target: Array, places: tuple[Any, ...], value: Any) -> None:
    """`ufunc.at(target, places, value)` for a C-contiguous target, by flat indices: NumPy is ten times as fast with those.

    `places` are index arrays, or `slice(None)` for whole dimensions, as `along` and `slices` give them.
    """
    ndim = target.ndim
    flat: Any = None
    step = 1
    for d in range(ndim - 1, -1, -1):
        n = target.shape[d]
        part = places[d] if d < len(places) else slice(None)
        if isinstance(part, slice):
            part = np.arange(n)
        if part.ndim < ndim:
            part = part.reshape((-1,) + (1,) * (ndim - 1 - d))
        flat = part if flat is None else flat + part * step
        step *= n
    if isinstance(value, np.ndarray):
        value = (value if value.shape == flat.shape else np.broadcast_to(value, flat.shape)).reshape(-1)
    ufunc.at(target.reshape(-1), flat.reshape(-1), value)


# --- scatter ------------------------------------------------------------------------------------------------------------


def _scatter_places(self: Array, dim: int, index: Array, src: Array | None) -> tuple[Any, ...] | None:
    """Where `scatter` writes, checked; None for nowhere."""
    if src is not None and src.dtype != self.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    if not index.size:
        return None
    if index.dtype.kind != "i" or index.dtype.itemsize < 4:
        raise RuntimeError("scatter(): Expected dtype int32/int64 for index")
    array, at = at_least_vector(self), at_least_vector(index)
    if array.ndim != at.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
    source = None if src is None else at_least_vector(src)
    if source is not None and source.ndim != at.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    too_large = any([n > m for d, (n, m) in enumerate(zip(at.shape, array.shape, strict=True)) if d != dim])
    if source is not None and (too_large or any([n > m for n, m in zip(at.shape, source.shape, strict=True)])):
        raise RuntimeError(
            f"Expected index {list(index.shape)} to be no larger than self {list(self.shape)} apart from dimension {dim} and "
            f"to be no larger size than src {list(src.shape)}"  # type: ignore[union-attr]
        )
    if too_large:
        raise RuntimeError(
            f"Expected index {list(index.shape)} to be no larger than self {list(self.shape)} apart from dimension {dim}"
        )
    check_bounds(at, array.shape[dim], dim)
    return along(at, dim)


def _part(src: Array, index: Array) -> Array:
    """The part of `src` that `index` covers."""
    source = at_least_vector(src)
    shape = at_least_vector(index).shape
    return source if source.shape == shape else source[tuple(slice(n) for n in shape)]


def _scattered(self: Array, dim: int, index: Array, src: Any, ufunc: Any = None) -> Array:
    """A copy of `self` with `src` (an array or an element) written, or combined by `ufunc`, where `index` says."""
    made = self.copy()
    tensor = isinstance(src, np.ndarray)
    places = _scatter_places(self, dim, index, src if tensor else None)
    if places is None:
        return made
    value = _part(src, index) if tensor else src
    target = at_least_vector(made)
    if ufunc is None:
        target[places] = value
    else:
        combine(ufunc, target, places, value)
    return made


_REDUCTIONS = {"add": np.add, "multiply": np.multiply}


def _simple_reduction(reduce: str) -> Any:
    if reduce not in _REDUCTIONS:
        raise RuntimeError("reduce argument must be either add or multiply.")
    return _REDUCTIONS[reduce]


@op("scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor", variants=WITH_OUT)
def scatter(self: Array, dim: int, index: Array, src: Array) -> Array:
    """A copy of `self` with the elements of `src` (or a number) written where `index` says, along `dim`.

    `reduce` ("add" or "multiply") combines them with what is there. Where `index` names a place twice, the last one stays.

    >>> torch.zeros(3, 3, dtype=torch.int64).scatter(0, torch.tensor([[0, 1, 2]]), torch.tensor([[7, 8, 9]]))
    tensor([[7, 0, 0],
            [0, 8, 0],
            [0, 0, 9]])
    """
    return _scattered(self, dim, index, src)


@scatter.vjp("self")
def _(grad, dim, index):
    return grad.scatter(dim, index, 0)


@scatter.vjp("src")
def _(grad, dim, index, src_shape):
    return _to_source(grad.gather(dim, index), src_shape)


def _to_source(grad: Any, shape: Shape) -> Any:
    """The gradient of a `src` that is larger than the index: what was not used has none."""
    if tuple(grad.shape) == tuple(shape):
        return grad
    padding: list[int] = []
    for n, m in zip(reversed(grad.shape), reversed(shape), strict=True):
        padding += (0, m - n)
    return function("constant_pad_nd")(grad, padding)


@op("scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor", variants=WITH_OUT, node="ScatterBackward1")
def _scatter_value(self: Array, dim: int, index: Array, value: Any) -> Array:
    return _scattered(self, dim, index, number_as(value, dt.of_array(self)))


@_scatter_value.vjp("self")
def _(grad, dim, index):
    return grad.scatter(dim, index, 0)


@op("scatter.reduce(Tensor self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor", variants=WITH_OUT)
def _scatter_reduced(self: Array, dim: int, index: Array, src: Array, reduce: str) -> Array:
    return _scattered(self, dim, index, src, _simple_reduction(reduce))


@op("scatter.value_reduce(Tensor self, int dim, Tensor index, Scalar value, *, str reduce) -> Tensor", variants=WITH_OUT)
def _scatter_value_reduced(self: Array, dim: int, index: Array, value: Any, reduce: str) -> Array:
    return _scattered(self, dim, index, number_as(value, dt.of_array(self)), _simple_reduction(reduce))


_scatter_value.doc = _scatter_reduced.doc = _scatter_value_reduced.doc = scatter.doc


@op("scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor", variants=WITH_OUT)
def scatter_add(self: Array, dim: int, index: Array, src: Array) -> Array:
    """A copy of `self` with the elements of `src` added where `index` says, along `dim`.

    >>> torch.zeros(3).scatter_add(0, torch.tensor([0, 1, 1]), torch.ones(3))
    tensor([1., 2., 0.])
    """
    return _scattered(self, dim, index, src, np.add)


@scatter_add.vjp("self")
def _(grad):
    return grad


@scatter_add.vjp("src")
def _(grad, dim, index, src_shape):
    return _to_source(grad.gather(dim, index), src_shape)


# --- reductions by index ------------------------------------------------------------------------------------------------

# name -> the ufunc, and the value that changes nothing, of floats and of integers.
_REDUCE: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "sum": (np.add, lambda kind: 0),
    "prod": (np.multiply, lambda kind: 1),
    "mean": (np.add, lambda kind: 0),
    "amax": (np.maximum, lambda kind: _extreme(kind, lowest=True)),
    "amin": (np.minimum, lambda kind: _extreme(kind, lowest=False)),
}


def _extreme(kind: Any, lowest: bool) -> Any:
    if kind.kind == "b":
        return not lowest
    if kind.kind in "iu":
        return np.iinfo(kind).min if lowest else np.iinfo(kind).max
    return -np.inf if lowest else np.inf


def _reduced(made: Array, places: Any, value: Array, reduce: str, include_self: bool) -> Array:
    """Combine `value` into the places of `made`, in place."""
    ufunc, neutral = _REDUCE[reduce]
    if not include_self:
        made[places] = neutral(made.dtype)
    combine(ufunc, made, places, value)
    if reduce == "mean":
        count = np.full(made.shape, int(include_self), np.int64)
        combine(np.add, count, places, 1)
        np.maximum(count, 1, out=count)
        if made.dtype.kind in "iub":
            np.floor_divide(made, count, out=made, casting="unsafe")
        else:
            made[...] = made / count.astype(made.real.dtype)
    return made


@op("scatter_reduce.two(Tensor self, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True) -> Tensor",
    variants=WITH_OUT)  # fmt: skip
def scatter_reduce(self: Array, dim: int, index: Array, src: Array, reduce: str, include_self: bool) -> Array:
    """A copy of `self` with the elements of `src` combined by `reduce` where `index` says, along `dim`.

    `reduce` is "sum", "prod", "mean", "amax" or "amin"; without `include_self`, what was there does not count.

    >>> torch.zeros(2).scatter_reduce(0, torch.tensor([0, 0, 1]), torch.tensor([1., 5., 2.]), "amax")
    tensor([5., 2.])
    """
    if reduce not in _REDUCE:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    made = self.copy()
    places = _scatter_places(self, dim, index, src)
    if places is not None:
        _reduced(at_least_vector(made), places, _part(src, index), reduce, include_self)
    return made


@scatter_reduce.vjp("self, src")
def _(grad, self, dim, index, src, reduce, include_self, result):
    # FunctionsManual.cpp: scatter_reduce_backward
    return _reduce_gradients(
        grad, self, src, result, reduce,
        pick=lambda x: x.gather(dim, index),
        add=lambda x, y: x.scatter_add(dim, index, y),
        again=lambda x, y: x.scatter_reduce(dim, index, y, reduce, include_self=include_self),
        erase=None if include_self else lambda x: x.scatter(dim, index, 0),
    )  # fmt: skip


def _reduce_gradients(
    grad: Any, self: Any, src: Any, result: Any, reduce: str, pick: Any, add: Any, again: Any, erase: Any
) -> tuple[Any, Any]:
    if reduce == "sum":
        grad_self, grad_src = grad, pick(grad)
    elif reduce == "prod":
        safe = self.masked_fill(self == 0, 1)
        grad_self = grad * again(safe, src) / safe
        zero = src == 0
        zeros = pick(add(self.new_zeros(self.shape), zero.to(self.dtype)))
        alone = zero & (zeros == 1)
        without = again(self, src.masked_fill(alone, 1))
        grad_src = pick(grad * without).where(alone, pick(grad * result) / src.masked_fill(zero, 1))
    elif reduce == "mean":
        start = grad.new_zeros(grad.shape) if erase else grad.new_ones(grad.shape)
        count = add(start, src.new_ones(src.shape))
        count = count.masked_fill(count == 0, 1)
        grad_self, grad_src = grad / count, pick(grad) / pick(count)
    else:
        own = (self == result).to(grad.dtype)
        theirs = (src == pick(result)).to(grad.dtype)
        shared = grad / add(own, theirs)
        grad_self, grad_src = own * shared, theirs * pick(shared)
    return (erase(grad_self) if erase else grad_self), grad_src


# --- whole slices by index ----------------------------------------------------------------------------------------------


def slices(dim: int, index: Array) -> tuple[Any, ...]:
    return (*(slice(None),) * dim, index)


def _check_in_self(index: Array, extent: int) -> None:
    """`check_bounds` in the words of PyTorch's kernels that go row by row."""
    if outside(index, 0, extent - 1):
        raise IndexError("index out of range in self")


def _check_vector(name: str, index: Array) -> None:
    if index.ndim > 1:
        raise IndexError(
            f"{name}: Index is supposed to be a vector, but got dim: {index.ndim} with type: {title(index)} and size: "
            f"{list(index.shape)}"
        )
    if index.dtype.kind != "i" or index.dtype.itemsize < 4:
        raise RuntimeError(f"{name}: Expected dtype int32/int64 for index but got: {title(index)}")


def _check_source(name: str, self: Array, dim: int, index: Array, source: Array) -> None:
    if source.dtype != self.dtype:
        raise RuntimeError(
            f"{name}: self ({title(self)}) and source ({title(source)}) must have the same scalar type"
        )
    extent = source.shape[dim] if source.ndim > dim else 1
    mine = [n for d, n in enumerate(self.shape) if d != dim]
    theirs = [n for d, n in enumerate(source.shape) if d != dim]
    if mine != theirs and (self.ndim or source.ndim > 1):
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{list(self.shape)} source.shape = {list(source.shape)}"
        )
    if index.size != extent:
        raise RuntimeError(
            f"{name}: Number of indices ({index.size}) should be equal to source.size(dim): ({extent}), for dim: {dim}"
        )


@op("index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor", variants=WITH_OUT)
def index_add(self: Array, dim: int, index: Array, source: Array, alpha: Any) -> Array:
    """A copy of `self` with `alpha` times the slices of `source` added to the slices that `index` names.

    >>> torch.zeros(3).index_add(0, torch.tensor([0, 2, 0]), torch.tensor([1., 2., 3.]))
    tensor([4., 0., 2.])
    """
    _check_vector("index_add_()", index)
    _check_source("index_add_()", self, dim, index, source)
    made = self.copy()
    at, target = at_least_vector(index), at_least_vector(made)
    if self.ndim < 2:
        _check_in_self(at, target.shape[dim])
    else:
        check_bounds(at, target.shape[dim], dim)
    value = at_least_vector(source)
    if alpha != 1 or type(alpha) is bool:
        value = value * number_as(alpha, dt.of_array(self))
    combine(np.add, target, slices(dim, at), value)
    return made


@index_add.vjp("self")
def _(grad):
    return grad


@index_add.vjp("source")
def _(grad, dim, index, source_shape, alpha):
    picked = grad.index_select(dim, index).reshape(source_shape)
    return picked if alpha == 1 else picked * alpha


@op("index_copy(Tensor self, int dim, Tensor index, Tensor source) -> Tensor", variants=WITH_OUT)
def index_copy(self: Array, dim: int, index: Array, source: Array) -> Array:
    """A copy of `self` with the slices of `source` in place of the slices that `index` names.

    >>> torch.zeros(3).index_copy(0, torch.tensor([2, 0]), torch.tensor([1., 2.]))
    tensor([2., 0., 1.])
    """
    name = "index_copy_()"
    if index.ndim > 1:
        raise IndexError(f"{name}: Index should have dimension 1 or 0 (got {index.ndim})")
    if not source.ndim and index.size != 1:
        raise IndexError(f"{name}: When source is scalar, index should have one element (got {index.size})")
    if self.ndim and source.ndim and self.ndim != source.ndim:
        raise IndexError(
            f"{name}: When source and destination are not scalars, their dimensionality must match. Source dimensionality "
            f"({source.ndim}), destination dimensionality ({self.ndim})"
        )
    if index.dtype != np.int64:
        raise RuntimeError(f"{name}: Expected a long tensor for index, but got {title(index)}")
    if source.dtype != self.dtype:
        raise RuntimeError(
            f"{name}: self and source expected to have the same dtype, but got (self) {title(self)} and (source) "
            f"{title(source)}"
        )
    mine = [n for d, n in enumerate(self.shape) if d != dim]
    theirs = [n for d, n in enumerate(source.shape) if d != dim]
    if mine != theirs:
        raise RuntimeError(
            f"{name}: Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{' '.join(map(str, mine))} at dimension {dim} and source slice shape: {' '.join(map(str, theirs))} at dimension 0."
        )
    at = at_least_vector(index)
    if source.ndim and at.size != source.shape[dim]:
        raise IndexError(
            f"{name}: Number of indices ({at.size}) should be equal to source.size(dim) ({source.shape[dim]})"
        )
    made = self.copy()
    target = at_least_vector(made)
    try:
        check_bounds(at, target.shape[dim], dim)
    except RuntimeError as error:
        raise IndexError(f"{name}: {error}") from None
    target[slices(dim, at)] = at_least_vector(source)
    return made


@index_copy.vjp("self")
def _(grad, dim, index):
    return grad.index_fill(dim, index, 0)


@index_copy.vjp("source")
def _(grad, dim, index, source_shape):
    return grad.index_select(dim, index).reshape(source_shape)


def _index_filled(self: Array, dim: int, index: Array, value: Any) -> Array:
    if index.dtype != np.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if index.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    made = self.copy()
    target = at_least_vector(made)
    extent = target.shape[dim]
    if outside(index, -extent, extent - 1):
        wrong = at_least_vector(index[(index < -extent) | (index >= extent)]).flat[0]
        raise IndexError(f"index {wrong} is out of bounds for dimension {dim} with size {extent}")
    target[slices(dim, at_least_vector(index))] = value
    return made


@op("index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value) -> Tensor", variants=IN_PLACE)
def index_fill(self: Array, dim: int, index: Array, value: Any) -> Array:
    """A copy of `self` with one value in the slices that `index` names.

    >>> torch.zeros(2, 3).index_fill(1, torch.tensor([0, 2]), -1)
    tensor([[-1.,  0., -1.],
            [-1.,  0., -1.]])
    """
    if type(value) is complex and self.dtype.kind != "c":
        raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
    return _index_filled(self, dim, index, number_as(value, dt.of_array(self)))


@op("index_fill.int_Tensor(Tensor self, int dim, Tensor index, Tensor value) -> Tensor", variants=IN_PLACE,
    node="IndexFillBackward1")  # fmt: skip
def _index_fill_tensor(self: Array, dim: int, index: Array, value: Array) -> Array:
    if value.ndim:
        raise RuntimeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    return index_fill.body(self, dim, index, value.item())


for _fill in (index_fill, _index_fill_tensor):

    @_fill.vjp("self")
    def _(grad, dim, index):
        return grad.index_fill(dim, index, 0)


@_index_fill_tensor.vjp("value")
def _(grad, dim, index):
    return grad.index_select(dim, index.unique()).sum()


_index_fill_tensor.doc = index_fill.doc


@op("index_reduce(Tensor self, int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True) -> Tensor",
    variants=WITH_OUT)  # fmt: skip
def index_reduce(self: Array, dim: int, index: Array, source: Array, reduce: str, include_self: bool) -> Array:
    """A copy of `self` with the slices of `source` combined by `reduce` with the slices that `index` names.

    `reduce` is "prod", "mean", "amax" or "amin"; without `include_self`, what was there does not count.

    >>> torch.zeros(2).index_reduce(0, torch.tensor([0, 0]), torch.tensor([1., 5.]), "amax")
    tensor([5., 0.])
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    import warnings

    warnings.warn(
        "index_reduce() is in beta and the API may change at any time.", UserWarning, stacklevel=3
    )
    if index.ndim > 1:
        raise IndexError(f"index_reduce(): Index is supposed to be a vector, but got dim: {index.ndim}")
    _check_source("index_reduce()", self, dim, index, source)
    made = self.copy()
    at, target = at_least_vector(index), at_least_vector(made)
    _check_in_self(at, target.shape[dim])
    if at.size:
        _reduced(target, slices(dim, at), at_least_vector(source), reduce, include_self)
    return made


@index_reduce.vjp("self, source")
def _(grad, self, dim, index, source, reduce, include_self, result):
    # FunctionsManual.cpp: index_reduce_backward
    shape = source.shape
    return _reduce_gradients(
        grad, self, source, result, reduce,
        pick=lambda x: x.index_select(dim, index).reshape(shape),
        add=lambda x, y: x.index_add(dim, index, y),
        again=lambda x, y: x.index_reduce(dim, index, y, reduce, include_self=include_self),
        erase=None if include_self else lambda x: x.index_fill(dim, index, 0),
    )  # fmt: skip

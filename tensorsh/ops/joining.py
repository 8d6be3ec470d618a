"""Several tensors into one, and one into more of itself: `cat`, `stack`, `meshgrid`, `repeat`, `flip`, `roll` …"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorsh.ops.engine import broadcast_mismatch
from tensorsh.ops.gathering import check_apart
from tensorsh.ops.registry import composite, op
from tensorsh.runtime import dtype as dt
from tensorsh.runtime.dtype import INTEGER
from tensorsh.runtime.layout import Size, contiguous_format
from tensorsh.runtime.tensor import Tensor, wrap_dim

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


# --- along a dimension --------------------------------------------------------------------------------------------------


def _cat_dim(shapes: list[Shape], dim: int) -> int:
    """`dim` counted from the front of the first shape that counts; empty vectors join anything."""
    counted = [shape for shape in shapes if shape != (0,)] or shapes
    return wrap_dim(dim, len(counted[0]))


def _check_shapes(shapes: list[Shape], dim: int) -> None:
    first = next((shape for shape in shapes if shape != (0,)), (0,))
    for at, shape in enumerate(shapes):
        if shape == (0,):
            continue
        if len(shape) != len(first):
            raise RuntimeError(f"Tensors must have same number of dimensions: got {len(first)} and {len(shape)}")
        for axis, (wanted, extent) in enumerate(zip(first, shape, strict=True)):
            if axis != dim and wanted != extent:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {dim}. Expected size {wanted} but got size {extent} for "
                    f"tensor number {at} in the list."
                )


def _apart(out: Any, tensors: Sequence[Tensor]) -> None:
    if out is not None:
        check_apart(out, *tensors)


@op(
    "cat(Tensor[] tensors, int dim=0) -> Tensor", dtype="promote", half=False, variants="function out", wrap_dims=None,
    check=_apart,
)  # fmt: skip
def cat(tensors: list[Array], dim: int) -> Array:
    """Tensors one after another along `dim`.

    Their shapes must agree in all other dimensions; dtypes promote. ValueError for an empty list.

    >>> torch.cat((torch.ones(1, 2), torch.zeros(2, 2)))
    tensor([[1., 1.],
            [0., 0.],
            [0., 0.]])
    """
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    shapes = [array.shape for array in tensors]
    if () in shapes:
        raise RuntimeError(f"zero-dimensional tensor (at position {shapes.index(())}) cannot be concatenated")
    dim = _cat_dim(shapes, dim)
    try:
        return np.asarray(np.concatenate(tensors, dim), order="C")
    except ValueError:
        _check_shapes(shapes, dim)
        return np.concatenate([array for array in tensors if array.shape != (0,)], dim)


@cat.vjp("tensors")
def _(grad, tensors_shape, dim, needs):
    dim = _cat_dim(tensors_shape, dim)
    grads, start = [], 0
    for shape, needed in zip(tensors_shape, needs[0], strict=True):
        if shape == (0,) and grad.dim() > 1:
            grads.append(grad.new_zeros((0,)) if needed else None)
            continue
        grads.append(grad.narrow(dim, start, shape[dim]) if needed else None)
        start += shape[dim]
    return grads


for _name in ("concat", "concatenate"):
    _alias = composite(f"{_name}(Tensor[] tensors, int dim=0) -> Tensor", variants="function out", wrap_dims=None)(
        lambda tensors, dim: cat(tensors, dim)
    )
    _alias.family = __name__
    _alias.doc = f"""Another name of `cat`.

    >>> torch.{_name}((torch.tensor([1, 2]), torch.tensor([3])))
    tensor([1, 2, 3])
    """


@op("stack(Tensor[] tensors, int dim=0) -> Tensor", dtype="promote", half=False, variants="function out", wrap_dims=1, check=_apart)
def stack(tensors: list[Array], dim: int) -> Array:
    """Tensors of one shape along a new dimension.

    >>> torch.stack((torch.zeros(2), torch.ones(2)), dim=1)
    tensor([[0., 1.],
            [0., 1.]])
    """
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    for at, array in enumerate(tensors):
        if array.shape != tensors[0].shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(tensors[0].shape)} at entry 0 and "
                f"{list(array.shape)} at entry {at}"
            )
    return np.asarray(np.stack(tensors, dim), order="C")


@stack.vjp("tensors")
def _(grad, dim):
    return list(grad.unbind(dim))


def _check_some(name: str, tensors: Sequence[Tensor]) -> None:
    if not tensors:
        raise RuntimeError(f"{name} expects a non-empty TensorList")


@composite("hstack(Tensor[] tensors) -> Tensor", variants="function out")
def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors side by side: vectors end to end, others along the second dimension.

    >>> torch.hstack((torch.tensor([1, 2]), torch.tensor([3])))
    tensor([1, 2, 3])
    """
    _check_some("hstack", tensors)
    parts = [atleast_1d.body(x) for x in tensors]
    return cat(parts, 0 if parts[0].dim() == 1 else 1)


@composite("vstack(Tensor[] tensors) -> Tensor", variants="function out")
def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors one below the other; vectors are rows.

    >>> torch.vstack((torch.tensor([1, 2]), torch.tensor([3, 4])))
    tensor([[1, 2],
            [3, 4]])
    """
    _check_some("vstack", tensors)
    return cat([atleast_2d.body(x) for x in tensors], 0)


@composite("row_stack(Tensor[] tensors) -> Tensor", variants="function out")
def row_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Another name of `vstack`.

    >>> torch.row_stack((torch.tensor([1, 2]), torch.tensor([3, 4])))
    tensor([[1, 2],
            [3, 4]])
    """
    return vstack(tensors)


@composite("dstack(Tensor[] tensors) -> Tensor", variants="function out")
def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors one behind the other, along the third dimension.

    >>> torch.dstack((torch.tensor([1, 2]), torch.tensor([3, 4]))).shape
    torch.Size([1, 2, 2])
    """
    _check_some("dstack", tensors)
    return cat([atleast_3d.body(x) for x in tensors], 2)


@composite("column_stack(Tensor[] tensors) -> Tensor", variants="function out")
def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors side by side; vectors are columns.

    >>> torch.column_stack((torch.tensor([1, 2]), torch.tensor([3, 4])))
    tensor([[1, 3],
            [2, 4]])
    """
    _check_some("column_stack", tensors)
    return hstack([x.reshape(x.numel(), 1) if x.dim() < 2 else x for x in tensors])


# --- grids and broadcasting ---------------------------------------------------------------------------------------------


@composite("meshgrid(Tensor[] tensors, *, str? indexing=None) -> Tensor[]", variants="function", varargs=True)
def meshgrid(tensors: Sequence[Tensor], indexing: str | None) -> tuple[Tensor, ...]:
    """The coordinates of a grid over vectors, a tensor for each, as views.

    `indexing` is "ij" (the first vector runs along the rows; the default, with a warning) or "xy" (the second one).

    >>> torch.meshgrid(torch.tensor([1, 2]), torch.tensor([3, 4]), indexing="ij")
    (tensor([[1, 1],
            [2, 2]]), tensor([[3, 4],
            [3, 4]]))
    """
    if indexing is None:
        import warnings

        warnings.warn(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.",
            UserWarning,
            stacklevel=4,
        )
    elif indexing not in ("xy", "ij"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    _check_some("meshgrid", tensors)
    if any(x._dtype is not tensors[0]._dtype for x in tensors):
        raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    for x in tensors:
        if x.dim() > 1:
            extents = ",".join(map(str, x._array.shape))
            raise RuntimeError(
                f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: [ torch.{x._dtype.title}Tensor{{{extents}}} ]"
            )
    swapped = indexing == "xy" and len(tensors) > 1
    if swapped:
        tensors = [tensors[1], tensors[0], *tensors[2:]]
    count = len(tensors)
    shape = [x.numel() for x in tensors]
    grids = [x.view(*[-1 if i == at else 1 for i in range(count)]).expand(shape) for at, x in enumerate(tensors)]
    if swapped:
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)


@composite("cartesian_prod(Tensor[] tensors) -> Tensor", variants="function", varargs=True)
def cartesian_prod(tensors: Sequence[Tensor]) -> Tensor:
    """All combinations of one element from each vector, a row each.

    >>> torch.cartesian_prod(torch.tensor([1, 2]), torch.tensor([4, 5]))
    tensor([[1, 4],
            [1, 5],
            [2, 4],
            [2, 5]])
    """
    for x in tensors:
        if x.dim() != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(x.shape)}")
    if len(tensors) == 1:
        return tensors[0]
    return stack([grid.flatten() for grid in meshgrid.body(tensors, "ij")], 1)


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that shapes (tuples, or numbers for vectors) broadcast to; RuntimeError if they do not.

    >>> broadcast_shapes((2, 1), (3,))
    torch.Size([2, 3])
    """
    listed = [(shape,) if isinstance(shape, int) else tuple(shape) for shape in shapes]
    result: list[int] = [1] * max((len(shape) for shape in listed), default=0)
    for at, shape in enumerate(listed):
        for dim in range(-1, -len(shape) - 1, -1):
            if shape[dim] < 0:
                raise ValueError("Attempting to broadcast a dimension with negative length!")
            if shape[dim] in (1, result[dim]):
                continue
            if result[dim] != 1:
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {shape[dim]} at {dim}! Mismatching argument at index {at} "
                    f"had {shape}; but expected shape should be broadcastable to {result}"
                )
            result[dim] = shape[dim]
    return Size(result)


@composite("broadcast_tensors(Tensor[] tensors) -> Tensor[]", variants="function", varargs=True)
def broadcast_tensors(tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Views of tensors, expanded to the shape that they broadcast to.

    >>> [x.shape for x in torch.broadcast_tensors(torch.ones(2, 1), torch.ones(3))]
    [torch.Size([2, 3]), torch.Size([2, 3])]
    """
    shape: Shape = ()
    for x in tensors:
        mismatch = broadcast_mismatch(shape, x._array.shape)
        if mismatch:
            raise RuntimeError(mismatch)
        shape = np.broadcast_shapes(shape, x._array.shape)
    return tuple(x.expand(shape) for x in tensors)


def _atleast(dims: int, form: Any) -> Any:
    """The two overloads of `atleast_1d` and its kin: one tensor, or several."""
    name = f"atleast_{dims}d"
    one = composite(f"{name}(Tensor self) -> Tensor", variants="function")(form)
    many = composite(f"{name}.Sequence(Tensor[] tensors) -> Tensor[]", variants="function", varargs=True)(
        lambda tensors: tuple(form(x) for x in tensors)
    )
    many.doc = one.doc
    return one


def _atleast_1d(self: Tensor) -> Tensor:
    """A view with at least one dimension; of several tensors, a tuple of views.

    >>> torch.atleast_1d(torch.tensor(1.))
    tensor([1.])
    """
    return self if self.dim() else self.reshape(1)


def _atleast_2d(self: Tensor) -> Tensor:
    """A view with at least two dimensions; a vector is a row.

    >>> torch.atleast_2d(torch.ones(2))
    tensor([[1., 1.]])
    """
    return self.reshape(1, 1) if self.dim() == 0 else self.unsqueeze(0) if self.dim() == 1 else self


def _atleast_3d(self: Tensor) -> Tensor:
    """A view with at least three dimensions; what is missing comes behind, and for a vector in front as well.

    >>> torch.atleast_3d(torch.ones(2)).shape
    torch.Size([1, 2, 1])
    """
    if self.dim() == 0:
        return self.reshape(1, 1, 1)
    if self.dim() == 1:
        return self.unsqueeze(0).unsqueeze(-1)
    return self.unsqueeze(-1) if self.dim() == 2 else self


atleast_1d, atleast_2d, atleast_3d = _atleast(1, _atleast_1d), _atleast(2, _atleast_2d), _atleast(3, _atleast_3d)


# --- more of itself -----------------------------------------------------------------------------------------------------


@op("repeat(Tensor self, int[] repeats) -> Tensor", variants="method")
def repeat(self: Array, repeats: Shape) -> Array:
    """A copy repeated along each dimension; more repeats than dimensions add dimensions in front.

    >>> torch.tensor([1, 2, 3]).repeat(2, 2)
    tensor([[1, 2, 3, 1, 2, 3],
            [1, 2, 3, 1, 2, 3]])
    """
    if len(repeats) < self.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    padded = (1,) * (len(repeats) - self.ndim) + self.shape
    size = tuple(n * times for n, times in zip(padded, repeats, strict=True))
    if size and min(size) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(size)}: {list(size)}")
    made = np.tile(self, repeats)
    return made if made.flags.owndata and made is not self else made.copy()


@repeat.vjp("self")
def _(grad, self_shape, repeats):
    if 0 in repeats:
        return grad.new_zeros(self_shape)
    padded = (1,) * (len(repeats) - len(self_shape)) + tuple(self_shape)
    apart = [n for pair in zip(repeats, padded, strict=True) for n in pair]
    return grad.reshape(apart).sum(tuple(range(0, len(apart), 2))).reshape(self_shape) if apart else grad


@composite("tile(Tensor self, int[] dims) -> Tensor", wrap_dims=None)
def tile(self: Tensor, dims: Shape) -> Tensor:
    """A copy repeated along each dimension; missing repeats in front are one.

    >>> torch.tile(torch.tensor([1, 2]), (2,))
    tensor([1, 2, 1, 2])
    """
    return self.repeat((1,) * (self.dim() - len(dims)) + tuple(dims))


def _interleaving(repeats: Array, output_size: int | None) -> Array:
    """Each index as often as `repeats` says."""
    if repeats.ndim != 1:
        raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
    if dt.of_array(repeats) not in (dt.int32, dt.int64):
        raise RuntimeError("repeats has to be Long or Int tensor")
    if repeats.size and repeats.min() < 0:
        raise RuntimeError("repeats can not be negative")
    made = np.repeat(np.arange(repeats.size, dtype=repeats.dtype), repeats)
    if output_size is not None and output_size != made.size:
        raise RuntimeError("allocated size does not match required size")
    return made


@op("repeat_interleave.Tensor(Tensor repeats, *, int? output_size=None) -> Tensor", variants="function", differentiable=False)
def repeat_interleave(repeats: Array, output_size: int | None) -> Array:
    """Each element (or, given a `dim`, each slice) repeated, all as often or each as often as `repeats` says.

    >>> torch.repeat_interleave(torch.tensor([1, 2]), 2), torch.repeat_interleave(torch.tensor([1, 2]))
    (tensor([1, 1, 2, 2]), tensor([0, 1, 1]))
    """
    return _interleaving(repeats, output_size)


@composite("repeat_interleave.self_Tensor(Tensor self, Tensor repeats, int? dim=None, *, int? output_size=None) -> Tensor")
def _repeat_each(self: Tensor, repeats: Tensor, dim: int | None, output_size: int | None) -> Tensor:
    if dim is None:
        self, dim = self.flatten(), 0
    if self.dim() == 0:
        self = self.reshape(1)
    extent = self.shape[dim]
    if repeats.dim() > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    if repeats.numel() == 1:
        repeats = repeats.reshape(1).expand(extent)
    elif repeats.numel() != extent:
        raise RuntimeError(
            "repeats must have the same size as input along dim, but got repeats.size(0) = "
            f"{repeats.numel()} and input.size({dim}) = {extent}"
        )
    if repeats._dtype.kind != INTEGER:
        raise NotImplementedError(f"\"repeat_interleave_cpu\" not implemented for '{repeats._dtype.title}'")
    rows = _interleaving(np.ascontiguousarray(repeats._array), output_size)
    return self.index_select(dim, Tensor._fresh(rows.astype(np.int64, copy=False), dt.int64))


@composite("repeat_interleave.self_int(Tensor self, int repeats, int? dim=None, *, int? output_size=None) -> Tensor")
def _repeat_all(self: Tensor, repeats: int, dim: int | None, output_size: int | None) -> Tensor:
    if dim is None:
        self, dim = self.flatten(), 0
    if self.dim() == 0:
        self = self.reshape(1)
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    shape = list(self.shape)
    if output_size is not None and output_size != shape[dim] * repeats:
        raise RuntimeError(
            f"repeat_interleave: Invalid output_size, expected {shape[dim] * repeats} but got {output_size}"
        )
    spread = self.unsqueeze(dim + 1).expand(*shape[: dim + 1], repeats, *shape[dim + 1 :])
    return spread.clone(memory_format=contiguous_format).flatten(dim, dim + 1)


_repeat_each.doc = _repeat_all.doc = repeat_interleave.doc


# --- the same in another order ------------------------------------------------------------------------------------------


@op("flip(Tensor self, int[] dims) -> Tensor")
def flip(self: Array, dims: Shape) -> Array:
    """A copy with the order of elements reversed along `dims`.

    >>> torch.flip(torch.tensor([1, 2, 3]), (0,))
    tensor([3, 2, 1])
    """
    if not self.ndim:
        return self.copy()
    return self[tuple([slice(None, None, -1 if d in dims else None) for d in range(self.ndim)])].copy("K")


@flip.vjp("self")
def _(grad, dims):
    return grad.flip(dims)


@composite("fliplr(Tensor self) -> Tensor")
def fliplr(self: Tensor) -> Tensor:
    """A copy with the columns in reverse order.

    >>> torch.fliplr(torch.tensor([[1, 2], [3, 4]]))
    tensor([[2, 1],
            [4, 3]])
    """
    if self.dim() < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return self.flip((1,))


@composite("flipud(Tensor self) -> Tensor")
def flipud(self: Tensor) -> Tensor:
    """A copy with the rows in reverse order.

    >>> torch.flipud(torch.tensor([[1, 2], [3, 4]]))
    tensor([[3, 4],
            [1, 2]])
    """
    if self.dim() < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return self.flip((0,))


@op("roll(Tensor self, int[1] shifts, int[1] dims=[]) -> Tensor", wrap_dims=None)
def roll(self: Array, shifts: Shape, dims: Shape) -> Array:
    """A copy with the elements moved by `shifts` along `dims`; what falls off the end comes in at the start.

    Without `dims` it is moved as if flat.

    >>> torch.roll(torch.tensor([1, 2, 3, 4]), 1)
    tensor([4, 1, 2, 3])
    """
    if not shifts:
        raise RuntimeError("`shifts` required")
    if not dims and len(shifts) == 1:
        return np.roll(self, shifts[0])
    if len(dims) != len(shifts):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    if not self.ndim:
        raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")
    return np.roll(self, shifts, tuple(wrap_dim(dim, self.ndim) for dim in dims))


@roll.vjp("self")
def _(grad, shifts, dims):
    return grad.roll(tuple(-shift for shift in shifts), dims)


@op("rot90(Tensor self, int k=1, int[] dims=[0,1]) -> Tensor", wrap_dims=None, varargs=False)
def rot90(self: Array, k: int, dims: Shape) -> Array:
    """A copy turned `k` times by 90 degrees, from the first of `dims` towards the second.

    >>> torch.rot90(torch.tensor([[0, 1], [2, 3]]))
    tensor([[1, 3],
            [0, 2]])
    """
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if self.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {self.ndim}")
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == self.ndim:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    first, second = wrap_dim(dims[0], self.ndim), wrap_dim(dims[1], self.ndim)
    if k % 2:  # a flipped copy, seen transposed
        return np.flip(self, second if k % 4 == 1 else first).copy("C").swapaxes(first, second)
    return (np.flip(self, (first, second)) if k % 4 else self).copy("C")


@rot90.vjp("self")
def _(grad, k, dims):
    return grad.rot90(-k, dims)



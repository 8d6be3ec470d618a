"""`x[…]`, `x[…] = y`: Python's subscripts on tensors, in PyTorch's meaning.

Integers, slices, `...` and None give views, one view operator after the other, as PyTorch applies them. Tensors, lists and masks
copy, by `index`; assignment through them is `index_put_`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.registry import op, write
from tensorsh.ops.slicing import slice_ as slice_op
from tensorsh.ops.views import alias
from tensorsh.ops.writing import check_overlap, check_writable
from tensorsh.runtime.creation import tensor
from tensorsh.runtime.dtype import BOOL, FLOAT, INTEGER, bool_, dtype, int32, int64, uint8
from tensorsh.runtime.tensor import DEFAULT, Tensor

Array = np.ndarray[Any, Any]

_INVALID = "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {})"


def getitem(self: Tensor, index: Any) -> Tensor:
    """`self[index]`."""
    if type(index) is list or type(index) is str:
        index = _as_tuple(index)
    elif type(index) is int:
        try:
            found = self._array[index, ...]
        except (IndexError, OverflowError):
            raise _out_of_bounds(self, index, 0) from None
        if self._requires_grad:
            return self.select(0, index)
        return _basic(self, found, (None if self._view is None else self._view[3], "select", (0, index)))
    parts = index if type(index) is tuple else (index,)
    basic = True
    for part in parts:
        kind = type(part)
        if kind is not int and kind is not slice and part is not None and part is not Ellipsis:
            basic = False
            break
    if basic and not self._requires_grad:
        # One NumPy index is the same window that the chain of view operators ends at.
        for part in parts:
            if type(part) is slice:
                _check_step(part)
        if None in parts:
            dim = _new_dim(parts, self._array.ndim)
            return _stepwise(self, list(parts))[0] if dim is None else self.unsqueeze(dim)
        try:
            found = self._array[parts if Ellipsis in parts else (*parts, ...)]
        except (IndexError, TypeError):
            return _stepwise(self, list(parts))[0]
        if not found.size:  # NumPy forgets where an empty window lies
            window = _stepwise(self, list(parts))[0]
            return alias(self) if window is self else window
        return _basic(self, found, (None if self._view is None else self._view[3], "[]", (index,)))
    picked = _picked(self, parts)
    if picked:
        return index_(self, picked)
    if type(index) is slice and self._array.ndim:
        _check_step(index)
        start, stop, step = (None if x is None else _bound(x) for x in (index.start, index.stop, index.step))
        return slice_op(self, 0, start, stop, 1 if step is None else step)  # even where it is all of `self`
    viewed, indices = _stepwise(self, list(parts))
    if not indices:
        return viewed if viewed is not self else alias(self)
    return index_(viewed, indices)


def _new_dim(parts: tuple[Any, ...], ndim: int) -> int | None:
    """Where an index that only adds a dimension (`x[None]`, `x[:, None]`, `x[..., None]`) adds it; None for another index."""
    *before, last = parts
    if last is None and len(before) <= ndim:
        if before == [Ellipsis]:
            return ndim
        if all([type(part) is slice and part.start is part.stop is part.step is None for part in before]):
            return len(before)
    return None


def _picked(self: Tensor, parts: tuple[Any, ...]) -> list[Any]:
    """The parts of an index of int64 vectors (or more dimensions), or one mask of all elements: most that are no views."""
    shape = self._array.shape
    if len(parts) > len(shape):
        return []
    for part in parts:
        if type(part) is not Tensor or not part._array.ndim:
            return []
        if part._dtype is not int64 and not (part._dtype is bool_ and part._array.shape == shape and len(parts) == 1):
            return []
    return list(parts)


_SEQUENCE_WARNING = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch 2.9; use x[tuple(seq)] "
    "instead of x[seq]. In pytorch 2.9 this will be interpreted as tensor index, x[torch.tensor(seq)], which will result either in "
    "an error or a different result"
)


def _as_tuple(index: Any) -> Any:
    """A list that PyTorch takes for a tuple, as NumPy once did, as a tuple: a short one in which not all are numbers."""
    if len(index) < 32 and any(
        isinstance(part, (Tensor, list, tuple, str, slice)) or part is Ellipsis or part is None for part in index
    ):
        import warnings

        warnings.warn(_SEQUENCE_WARNING, UserWarning, stacklevel=3)
        return tuple(index)
    return index


def _basic(self: Tensor, found: Array, how: tuple[Any, ...]) -> Tensor:
    """A view of a tensor that records nothing."""
    storage = self.storage()
    made = Tensor._fresh(found, self._dtype)
    made._storage = storage
    view = self._view
    if view is None:
        made._view = (self, storage.version, DEFAULT, how)
    else:
        made._view = (view[0], storage.version, view[2], how)
    return made


def _check_step(part: slice) -> None:
    if part.step is not None:
        step = _bound(part.step)
        if step == 0:
            raise ValueError("slice step cannot be zero")
        if step < 0:
            raise ValueError("step must be greater than zero")


def _bound(value: Any) -> int:
    """A part of a slice as an int; TypeError for what is no index, a float for example."""
    if isinstance(value, Tensor):
        return value.__index__()
    try:
        return int(value.__index__())
    except AttributeError:
        raise TypeError("slice indices must be integers or None or have an __index__ method") from None


def _check_index(index: int) -> None:
    if not -(2**63) <= index < 2**63:
        raise ValueError("Overflow when unpacking long long")


def _out_of_bounds(self: Tensor, index: int, dim: int) -> IndexError:
    _check_index(index)
    if self._array.ndim == 0:
        if index:
            return IndexError(f"index {index} is out of bounds for dimension 0 with size 0")
        return IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor "
            "to a number"
        )
    return IndexError(f"index {index} is out of bounds for dimension {dim} with size {self._array.shape[dim]}")


def _stepwise(self: Tensor, parts: list[Any]) -> tuple[Tensor, list[Any]]:
    """Apply the basic parts as views; give back what they lead to, and the tensor indices left for its dimensions."""
    ndim = self._array.ndim
    try:
        converted = [_converted(part) for part in parts]
    except TypeError:
        # Parts are counted before they are looked at; a text is a sequence of its characters (`x["name"]`).
        if len(parts) > ndim and all(type(part) is str for part in parts):
            raise IndexError(f"too many indices for tensor of dimension {ndim}") from None
        raise
    consumed = sum(_dims_of(part) for part in converted)
    if consumed > ndim:
        if ndim == 0 and len(converted) == 1 and type(converted[0]) is int:
            raise _out_of_bounds(self, converted[0], 0)
        if ndim == 0 and len(converted) == 1 and type(converted[0]) is slice:
            raise IndexError("slice() cannot be applied to a 0-dim tensor.")
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    found = self
    dim = 0
    original = 0  # the dimension that the error texts name: they count every part of the index
    indices: list[Any] = []
    for part in converted:
        if part is Ellipsis:
            skipped = ndim - consumed
            dim += skipped
            original += skipped
            indices += [None] * skipped
        elif part is None:
            found = found.unsqueeze(dim)
            dim += 1
            original += 1
            indices.append(None)
        elif part is not None and type(part) is not bool and dim >= found._array.ndim:  # after a second `...`
            raise IndexError(f"too many indices for tensor of dimension {ndim} (got {ndim + 1})")
        elif type(part) is int:
            extent = found._array.shape[dim]
            if not -extent <= part < extent:
                _check_index(part)
                raise IndexError(f"index {part} is out of bounds for dimension {original} with size {extent}")
            found = found.select(dim, part)
            original += 1
        elif type(part) is slice:
            _check_step(part)
            start, stop, step = (None if x is None else _bound(x) for x in (part.start, part.stop, part.step))
            whole = start in (None, 0) and (stop is None or stop >= found._array.shape[dim]) and step in (None, 1)
            if not whole:
                found = slice_op(found, dim, start, stop, 1 if step is None else step)
            dim += 1
            original += 1
            indices.append(None)
        elif type(part) is bool:
            found = found.unsqueeze(dim)
            indices.append(tensor([0] if part else [], dtype=int64))
            dim += 1
            original += 1
        else:
            if part._dtype.kind == BOOL or part._dtype is uint8:
                _check_mask(found, part, dim, original)
                wide = part._array.ndim
                indices.append(part)
                indices += [_SPANNED] * (wide - 1)
                dim += wide
                original += wide
            else:
                if part._dtype not in (int64, int32):
                    raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
                indices.append(part)
                dim += 1
                original += 1
    if all(index is None for index in indices):
        return found, []
    return found, [index for index in indices if index is not _SPANNED]


_SPANNED = object()  # a dimension that a mask of several dimensions covers as well


def _check_mask(found: Tensor, mask: Tensor, dim: int, original: int) -> None:
    have = found._array.shape[dim : dim + mask._array.ndim]
    for at, (extent, wanted) in enumerate(zip(mask._array.shape, have, strict=False)):
        if extent != wanted:
            raise IndexError(
                f"The shape of the mask {list(mask._array.shape)} at index {at} does not match the shape of the indexed tensor "
                f"{list(found._array.shape)} at index {dim + at}"
            )
    if mask._dtype is uint8:
        import warnings

        warnings.warn(
            "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.",
            UserWarning,
            stacklevel=5,
        )


def _dims_of(part: Any) -> int:
    if part is None or part is Ellipsis or type(part) is bool:
        return 0
    if isinstance(part, Tensor) and (part._dtype.kind == BOOL or part._dtype is uint8):
        return part._array.ndim
    return 1


def _converted(part: Any) -> Any:
    """An index part as an int, a slice, None, `...`, a bool or a tensor."""
    kind = type(part)
    if kind in (int, bool, slice) or part is None or part is Ellipsis:
        return part
    if isinstance(part, Tensor):
        if part._array.ndim == 0 and part._dtype.kind == INTEGER and part._dtype is not uint8:
            return int(part._array)
        if part._array.ndim == 0 and part._dtype.kind == BOOL:
            return bool(part._array)
        return part
    if isinstance(part, (np.integer,)):
        return int(part)
    if isinstance(part, np.ndarray):
        return _converted(tensor(part))
    if isinstance(part, range):
        part = list(part)
    if isinstance(part, (list, tuple)):
        made = tensor(part)
        if made._dtype.kind == FLOAT:
            made = tensor(made._array.astype(np.int64))
        return _converted(made)
    if isinstance(part, str):
        raise TypeError("new(): invalid data type 'str'")
    raise IndexError(_INVALID.format(kind.__name__))


def _selector(indices: Any) -> tuple[Any, ...]:
    return tuple([slice(None) if index is None else _as_index(index) for index in indices])


def _as_index(array: Array) -> Array:
    return array.astype(np.bool_) if array.dtype == np.uint8 else array


def _index_error(error: IndexError, array: Array, indices: Any) -> Exception:
    """NumPy's complaint about an index tensor, in PyTorch's words."""
    shapes = [[int(np.count_nonzero(i))] * i.ndim if i.dtype == np.bool_ else list(i.shape) for i in indices if i is not None]
    shapes = [part for shape, i in zip(shapes, (i for i in indices if i is not None), strict=True)
              for part in ([[extent] for extent in shape] if i.dtype == np.bool_ else [shape])]  # fmt: skip
    if "broadcast" in str(error):
        joined = ", ".join(map(str, shapes))
        return IndexError(f"shape mismatch: indexing tensors could not be broadcast together with shapes {joined}")
    dim = 0
    if array.size == 0 and any(array.shape[at] == 0 for at, index in enumerate(indices) if index is not None):
        return IndexError("index is out of bounds for dimension with size 0")
    taken = 0  # PyTorch counts the indexed dimensions alone, once it has moved them to the front
    for index in indices:
        if index is None:
            dim += 1
            continue
        if index.dtype.kind in "iu" and index.dtype != np.uint8:
            extent = array.shape[dim]
            wrong = index[(index < -extent) | (index >= extent)]
            if wrong.size:
                return IndexError(f"index {int(wrong.flat[0])} is out of bounds for dimension {taken} with size {extent}")
            dim += 1
            taken += 1
        else:
            dim += index.ndim
            taken += index.ndim
    return IndexError(str(error))


@op("index(Tensor self, Tensor?[] indices) -> Tensor", variants="")
def index_(self: Array, indices: list[Array | None]) -> Array:
    *before, last = indices
    try:
        if last is not None and last.dtype == np.int64 and self.flags.c_contiguous and self.size:
            if all([index is None for index in before]):
                return self.take(last, len(before))  # three times as fast on few elements
        found = self[_selector(indices)]
    except IndexError as error:
        raise _index_error(error, self, indices) from None
    return found if found.flags.c_contiguous else np.ascontiguousarray(found)


@index_.vjp("self")
def _(grad, self_shape, indices):
    return _index_backward(grad, self_shape, indices)


@op("_index_backward(Tensor self, int[] sizes, any indices) -> Tensor", variants="", node="IndexPutImplBackward0")
def _index_backward(self: Array, sizes: tuple[int, ...], indices: Any) -> Array:
    made = np.zeros(sizes, self.dtype)
    np.add.at(made, _selector([None if i is None else i._array for i in indices]), self)
    return made


@_index_backward.vjp("self")
def _(grad, indices):
    return index_(grad, indices)


@write(
    "index_put_(Tensor(a!) self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor(a!)",
    variants="method function",
)
def index_put_(self: Array, indices: list[Array | None], values: Array, accumulate: bool) -> None:
    """Write `values` where `indices` point; with `accumulate`, add them.

    >>> torch.zeros(3).index_put_((torch.tensor([0, 2, 2]),), torch.tensor([1., 2., 3.]), accumulate=True)
    tensor([1., 0., 5.])
    """
    if values.dtype != self.dtype:
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {_title(self)} for the destination and "
            f"{_title(values)} for the source."
        )
    selector = _selector(indices)
    try:
        if accumulate:
            np.add.at(self, selector, values)
        else:
            self[selector] = values
    except IndexError as error:
        raise _index_error(error, self, indices) from None
    except (ValueError, TypeError):  # NumPy has a TypeError for a mask and a value of several dimensions
        target = list(self[selector].shape)
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast to indexing result of shape {target}"
        ) from None


def _title(array: Array) -> str:
    from tensorsh.runtime.dtype import of_array

    return of_array(array).title


@index_put_.vjp("self")
def _(grad, indices, accumulate, values_shape):
    if accumulate:
        return grad
    return grad.clone().index_put_(indices, grad.new_zeros(()), False)


@index_put_.vjp("values")
def _(grad, indices):
    return index_(grad, indices)


@op("index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor")
def index_put(self: Array, indices: list[Array | None], values: Array, accumulate: bool) -> Array:
    """A copy of `self` with `values` where `indices` point; with `accumulate`, added there.

    >>> torch.zeros(3).index_put((torch.tensor([0, 2]),), torch.tensor(1.))
    tensor([1., 0., 1.])
    """
    made = self.copy()
    index_put_.body(made, indices, values, accumulate)
    return made


@index_put.vjp("self")
def _(grad, indices, accumulate):
    return grad if accumulate else grad.index_put(indices, grad.new_zeros(()))


@index_put.vjp("values")
def _(grad, indices):
    return index_(grad, indices)


def setitem(self: Tensor, index: Any, value: Any) -> None:
    """`self[index] = value`."""
    if not isinstance(value, (Tensor, bool, int, float, complex)):
        if isinstance(value, np.integer):
            value = int(value)
        else:
            title = type(value).__name__ if type(value).__module__ != "numpy" else f"numpy.{type(value).__name__}"
            raise TypeError(f"can't assign a {title} to a torch.{self._dtype.title}Tensor")
    if type(index) is list or type(index) is str:
        index = _as_tuple(index)
    if not isinstance(value, Tensor):
        value = _assignable(value, self._dtype)
    parts = index if type(index) is tuple else (index,)
    if type(index) is bool:
        if not index:
            return
        viewed, indices = self.unsqueeze(0), list[Any]()  # all of it
    else:
        viewed, indices = _stepwise(self, list(parts))
    if not indices:
        if isinstance(value, Tensor):
            value = _without_leading_ones(value, viewed._array.ndim)
            if value._array.shape != viewed._array.shape:
                value = value.expand(viewed._array.shape)
            viewed.copy_(value)
        else:
            # PyTorch copies here, which it refuses where `fill_` would not mind.
            if 0 in viewed._array.strides:
                check_writable(viewed)
            viewed.fill_(value)
        return
    if not isinstance(value, Tensor):
        from tensorsh.ops.numbers import number_as

        value = Tensor._fresh(np.asarray(number_as(value, self._dtype)), self._dtype)
    elif value._dtype is not self._dtype and value._array.size == 1 and _is_one_mask(indices):
        value = value.to(self._dtype)  # one value under a mask is written as `masked_fill_` writes it
    for other in (value, *indices):
        if other is not None and (other is viewed or other._storage is not None):
            check_overlap(viewed, other, same_too=True)
    shape = index_shape(viewed, indices)
    viewed.index_put_(indices, _without_leading_ones(value, len(shape)))


def _is_one_mask(indices: list[Any]) -> bool:
    masks = [index for index in indices if index is not None]
    return len(masks) == 1 and masks[0]._dtype.kind == BOOL


def _assignable(number: Any, kind: dtype) -> Any:
    """A Python number as it is assigned to an element: two-byte floats take what is too large as infinite."""
    if type(number) is int and not -(2**63) <= number < 2**63:
        raise ValueError("Overflow when unpacking long long")
    if kind.half and type(number) is not complex:
        return float(np.float64(number).astype(kind.array_dtype))
    return number


def index_shape(viewed: Tensor, indices: list[Any]) -> tuple[int, ...]:
    """The shape of what `indices` select, without selecting it."""
    probe = np.broadcast_to(np.zeros((), np.bool_), viewed._array.shape)
    arrays = [None if i is None else i._array for i in indices]
    try:
        return probe[_selector(arrays)].shape
    except IndexError as error:
        raise _index_error(error, probe, arrays) from None


def _without_leading_ones(value: Tensor, ndim: int) -> Tensor:
    """PyTorch lets an assigned value have more dimensions than its place if the first ones have size one."""
    while value._array.ndim > ndim and value._array.shape[0] == 1:
        value = value.squeeze(0)
    return value


def delitem(self: Tensor, index: Any) -> None:
    raise TypeError("Tensor does not support deleting items")

for _special, _function in (("__getitem__", getitem), ("__setitem__", setitem), ("__delitem__", delitem)):
    setattr(Tensor, _special, _function)

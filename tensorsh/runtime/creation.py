"""Tensors from Python's and NumPy's data: `tensor`, `as_tensor`, `from_numpy`, and the legacy `torch.Tensor(…)`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np

from tensorsh.runtime import dtype as dt
from tensorsh.runtime.dtype import dtype as DType
from tensorsh.runtime.layout import Size, check_device
from tensorsh.runtime.state import current
from tensorsh.runtime.storage import Storage
from tensorsh.runtime.tensor import Tensor

_KINDS = {"b": dt.bool_, "i": dt.int64, "u": dt.int64, "f": None, "c": None}


def tensor(
    data: Any,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor with a copy of `data`: a number, nested sequences of numbers, an array or a tensor.

    The dtype is that of an array, else int64, bool, the default dtype or its complex counterpart, whichever holds all.

    >>> tensor([[1, 2], [3, 4]]), tensor([1, 2.5])
    (tensor([[1, 2],
            [3, 4]]), tensor([1.0000, 2.5000]))
    """
    check_device(device)
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            UserWarning,
            stacklevel=2,
        )
    made = _copied(data, None if dtype is None else checked_dtype("tensor", dtype))
    if requires_grad and made._dtype.kind < dt.FLOAT:
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    return made.requires_grad_(True) if requires_grad else made


def checked_dtype(function: str, kind: Any) -> DType:
    """A dtype argument, which may also be one of Python's number types."""
    if isinstance(kind, dt.dtype):
        return kind
    found = dt.OF_PYTHON.get(kind) if isinstance(kind, type) else None
    if found is None:
        raise TypeError(f"{function}(): argument 'dtype' must be torch.dtype, not {type(kind).__name__}")
    return found


def _copied(data: Any, dtype: DType | None) -> Tensor:
    if isinstance(data, Tensor):
        wanted = dtype or data._dtype
        if data._requires_grad:
            current().left("copy")
        return Tensor._fresh(convert(data._array, wanted, copy=True), wanted)
    if isinstance(data, (np.ndarray, np.generic)):
        wanted = dtype or dt.of_array(data)
        return Tensor._fresh(np.array(data, wanted.array_dtype, order="C"), wanted)
    array = _array_of(data, dtype)
    if dtype is None:
        dtype = _inferred(array, data)
    elif array.dtype.kind == "c" and dtype.kind not in (dt.COMPLEX, dt.BOOL):
        as_integer = "'complex' object cannot be interpreted as an integer"
        raise TypeError(as_integer if dtype.kind == dt.INTEGER else "must be real number, not complex")
    if dtype.kind == dt.INTEGER and not (dtype is dt.int64 and array.dtype.kind == "i"):
        _check_fits(array, dtype)
    return Tensor._fresh(convert(array, dtype, copy=False), dtype)


def _check_fits(array: np.ndarray[Any, Any], kind: DType) -> None:
    """Refuse numbers that an integer dtype does not hold; negative integers may wrap around in an unsigned one."""
    if array.dtype.kind not in "if" or not array.size:
        return
    if kind is dt.uint64 and array.dtype.kind == "i" and array.min() < 0:
        raise OverflowError("can't convert negative int to unsigned")
    limits = np.iinfo(kind.array_dtype)
    floats = array.dtype.kind == "f"
    low = int(limits.min) if kind.is_signed or floats else -int(limits.max)
    high = float(limits.max) if floats else int(limits.max)  # rounded up for 64 bits: 2**63 passes, and wraps around
    if not (low <= array.min() and array.max() <= high):
        raise RuntimeError(f"value cannot be converted to type {kind.name} without overflow")


def convert(array: np.ndarray[Any, Any], wanted: DType, copy: bool) -> np.ndarray[Any, Any]:
    """`array` with the elements of `wanted`, as PyTorch's casts give them."""
    target = wanted.array_dtype
    if array.dtype == target:
        return array.copy() if copy else array
    if array.dtype.kind == "c" and wanted.kind != dt.COMPLEX and wanted.kind != dt.BOOL:
        array = array.real
    if wanted.kind == dt.INTEGER and array.dtype.kind not in "biuc":
        # Through a wider integer, as a C++ cast on x86-64 goes, so that out-of-range floats wrap the same way.
        if wanted is not dt.uint64 and wanted is not dt.int64:
            return array.astype(np.int64 if wanted is dt.uint32 else np.int32).astype(target, copy=False)
    return array.astype(target)


MOST_DIMENSIONS = 64  # NumPy's limit, and PyTorch's


def _array_of(data: Any, wanted: DType | None) -> np.ndarray[Any, Any]:
    """Numbers, or nested sequences of them, as an array; PyTorch's errors for what is neither."""
    if isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    first = data
    for _ in range(MOST_DIMENSIONS):
        if not isinstance(first, (list, tuple)) or not first:
            break
        first = first[0]
    if isinstance(first, np.ndarray) and first.ndim and first is not data:
        _warn_of_arrays(data)
    if isinstance(first, Tensor) or not isinstance(data, (list, tuple, int, float, complex)):
        return _walked(data, wanted)
    try:
        array = np.array(data)
    except (ValueError, TypeError, RuntimeError, OverflowError):
        return _walked(data, wanted)
    if array.dtype.kind == "f" and type(first) is int and (array >= 2.0**63).any():
        return _walked(data, wanted)  # NumPy makes floats of integers that no integer dtype holds
    return array if array.dtype.kind in "bifc" else _walked(data, wanted)


def _warn_of_arrays(data: Any) -> None:
    """PyTorch's warning, for each array within nested lists."""
    for part in data:
        if isinstance(part, np.ndarray):
            warnings.warn(
                "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a single "
                "numpy.ndarray with numpy.array() before converting to a tensor.",
                UserWarning,
                stacklevel=2,
            )
        elif isinstance(part, (list, tuple)):
            _warn_of_arrays(part)


def _walked(data: Any, wanted: DType | None) -> np.ndarray[Any, Any]:
    """`_array_of` one element at a time: slower, and the place where every mistake is named."""
    shape: list[int] = []
    level = data
    while _is_sequence(level):
        if len(shape) == MOST_DIMENSIONS:  # a list that is within itself has no end of them
            raise ValueError(f"too many dimensions '{type(level).__name__}'")
        shape.append(len(level))
        if not len(level):
            break
        level = level[0]
    if isinstance(level, (str, bytes)) and shape:
        raise ValueError(f"too many dimensions '{type(level).__name__}'")
    if 0 in shape:
        return np.empty(shape)
    flat: list[Any] = []

    def collect(value: Any, depth: int) -> None:
        if depth == len(shape):
            flat.append(_number(value, wanted, flat))
            return
        if not _is_sequence(value):
            raise TypeError("not a sequence")
        if len(value) != shape[depth]:
            raise ValueError(f"expected sequence of length {shape[depth]} at dim {depth} (got {len(value)})")
        for part in value:
            collect(part, depth + 1)

    collect(data, 0)
    array = np.array(flat) if flat else np.array([], np.float64)
    if any(type(number) is int and not -(2**63) <= number < 2**63 for number in flat):
        array = _wide(flat, wanted)
    return array.reshape(shape)


def _wide(numbers: list[Any], wanted: DType | None) -> np.ndarray[Any, Any]:
    """Numbers among which are integers beyond int64."""
    if wanted is dt.uint64:
        if any(number < 0 for number in numbers):
            raise OverflowError("can't convert negative int to unsigned")
        if max(numbers) >= 2**64:
            raise OverflowError("int too big to convert")
        return np.array(numbers, np.uint64)
    if wanted is dt.bool_:
        return np.array([bool(number) for number in numbers])
    if wanted is None and any(isinstance(number, (float, complex)) for number in numbers):
        wanted = dt.float64
    if wanted is None or wanted.kind < dt.FLOAT:
        raise ValueError("Overflow when unpacking long long")
    try:
        return np.array(numbers, np.complex128 if wanted.kind == dt.COMPLEX else np.float64)
    except OverflowError:
        raise OverflowError("int too large to convert to float") from None


def _is_sequence(value: Any) -> bool:
    return isinstance(value, (Sequence, np.ndarray)) and not isinstance(value, (str, bytes))


def _number(value: Any, wanted: DType | None, before: list[Any]) -> Any:
    if isinstance(value, Tensor):
        if value._array.size != 1:
            if value._dtype.kind <= dt.INTEGER and (wanted is None or wanted.kind <= dt.INTEGER):
                raise TypeError("only integer tensors of a single element can be converted to an index")
            raise ValueError("only one element tensors can be converted to Python scalars")
        if value._requires_grad:
            value._warn_scalar()
            current().left("item")
        return value._array.reshape(()).astype(np.float32) if value._array.dtype.kind == "V" else value._array.item()
    if isinstance(value, (bool, int, float, complex, np.generic)):
        return value
    if wanted is not None:
        if wanted.kind == dt.INTEGER:
            raise TypeError(f"'{type(value).__name__}' object cannot be interpreted as an integer")
        raise TypeError(f"must be real number, not {type(value).__name__}")
    if isinstance(value, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(value).__name__}'")
    if isinstance(value, (list, tuple)):
        # Numbers came before: they decide the dtype, and this is then no number of it.
        whole = all(isinstance(number, (int, np.integer)) for number in before)
        as_what = "'{}' object cannot be interpreted as an integer" if whole else "must be real number, not {}"
        raise TypeError(as_what.format(type(value).__name__))
    title = type(value).__name__
    raise RuntimeError(f"Could not infer dtype of {f'torch.{title}' if title in ('dtype', 'device', 'layout') else title}")


def _inferred(array: np.ndarray[Any, Any], data: Any) -> DType:
    kind = array.dtype.kind
    leaf = data
    while isinstance(leaf, (list, tuple)) and leaf:
        leaf = leaf[0]
    if isinstance(leaf, Tensor):
        return reduce(dt.promote_types, _dtypes_in(data))
    found = _KINDS[kind]
    if found is not None:
        return found
    if isinstance(leaf, (np.generic, np.ndarray)):
        return dt.of_array(leaf)
    default = current().default_dtype
    return default if kind == "f" else default.to_complex()


def _dtypes_in(data: Any) -> Iterator[DType]:
    """The dtypes of the tensors and numbers in nested sequences."""
    if isinstance(data, (list, tuple)):
        for part in data:
            yield from _dtypes_in(part)
    elif isinstance(data, Tensor):
        yield data._dtype
    else:
        yield dt.of_array(data) if isinstance(data, (np.generic, np.ndarray)) else dt.of_number(data, current().default_dtype)


def from_numpy(ndarray: np.ndarray[Any, Any]) -> Tensor:
    """A tensor over the same memory as `ndarray`; writing to one writes to the other.

    >>> a = np.zeros(2)
    >>> x = from_numpy(a)
    >>> a += 1
    >>> x
    tensor([1., 1.], dtype=torch.float64)
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    kind = dt.of_array(ndarray)
    if any(stride < 0 for stride in ndarray.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently "
            "supported. (You can probably work around this by making a copy of your array  with array.copy().) "
        )
    if any(stride % ndarray.itemsize for stride in ndarray.strides):
        raise ValueError("given numpy array strides not a multiple of the element byte size. Copy the numpy array to "
                         "reallocate the memory.")  # fmt: skip
    if not ndarray.flags.writeable:
        warnings.warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors.",
            UserWarning,
            stacklevel=2,
        )
    made = Tensor._fresh(ndarray.view(), kind)
    made._storage = Storage(made._array)
    return made


def as_tensor(data: Any, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    """`data` as a tensor, sharing its memory and history where that is possible."""
    check_device(device)
    if dtype is not None:
        dtype = checked_dtype("as_tensor", dtype)
    if isinstance(data, Tensor):
        return data if dtype is None or dtype is data._dtype else data.to(dtype)
    if isinstance(data, np.ndarray) and (dtype is None or dt.of_array(data) is dtype):
        return from_numpy(data)
    return _copied(data, dtype)


def _legacy_copied(data: Any, kind: DType) -> Tensor:
    """A copy in the dtype of the constructor, with floats cut to integers where that is one."""
    if isinstance(data, (list, tuple)) and kind.kind == dt.INTEGER:
        array = _array_of(data, None)
        if array.dtype.kind == "f":
            return Tensor._fresh(convert(array, kind, copy=False), kind)
    return _copied(data, kind)


def legacy_constructor(*args: Any, dtype: DType | None = None, **kwargs: Any) -> Tensor:
    """`torch.Tensor(2, 3)`: uninitialised, of a size; `torch.Tensor([1, 2])`: of these values, in the default dtype."""
    wanted = dtype or current().default_dtype
    check_device(kwargs.pop("device", None))
    if kwargs:
        raise TypeError(f"new() got an unexpected keyword argument '{next(iter(kwargs))}'")
    if len(args) == 1 and isinstance(args[0], Tensor):
        return args[0].detach()
    if len(args) == 1 and not isinstance(args[0], int) and not isinstance(args[0], Size):
        if not _is_sequence(args[0]) and not isinstance(args[0], str):
            raise TypeError(f"new(): data must be a sequence (got {type(args[0]).__name__})")
        return _legacy_copied(args[0], wanted)
    sizes = args[0] if len(args) == 1 and isinstance(args[0], tuple) else args or (0,)
    if not all(isinstance(size, int) for size in sizes):
        bad = next(size for size in sizes if not isinstance(size, int))
        raise TypeError(f"new(): argument 'size' (position 1) must be tuple of ints, not {type(bad).__name__}")
    if any(size < 0 for size in sizes):
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(sizes)}: {list(sizes)}")
    return Tensor._fresh(np.zeros(sizes, wanted.array_dtype), wanted)

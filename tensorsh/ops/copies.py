"""New memory with the same values, and casts: `clone`, `contiguous`, `to`, `type`, `float` …"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from tensorsh.ops import arguments, writing
from tensorsh.ops.registry import composite, op
from tensorsh.runtime import dtype as dt
from tensorsh.runtime.creation import convert
from tensorsh.runtime.dtype import COMPLEX, dtype
from tensorsh.runtime.layout import channels_last, contiguous_format, device
from tensorsh.runtime.tensor import Tensor

Array = np.ndarray[Any, Any]


def duplicate(array: Array, memory_format: Any = None) -> Array:
    """A copy with the same strides if the array is dense, else (or if asked for) a contiguous one."""
    if memory_format is channels_last:
        if array.ndim != 4:
            raise RuntimeError("required rank 4 tensor to use channels_last format")
        return array.transpose(0, 2, 3, 1).copy("C").transpose(0, 3, 1, 2)
    if memory_format is contiguous_format or 0 in array.strides:
        return array.copy("C")
    made = array.copy("K")
    if made.strides != array.strides and writing.is_dense(array):
        return as_strided(made, array.shape, array.strides)  # they differ in dimensions of size one
    return made


@op("clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor")
def clone(self: Array, memory_format: Any) -> Array:
    """A copy in memory of its own; gradients go through.

    >>> x = torch.ones(2)
    >>> y = x.clone()
    >>> y += 1
    >>> x
    tensor([1., 1.])
    """
    return duplicate(self, memory_format)


@clone.vjp("self")
def _(grad):
    return grad


@composite("contiguous(Tensor(a) self, *, MemoryFormat memory_format=None) -> Tensor(a)", variants="method")
def contiguous(self: Tensor, memory_format: Any) -> Tensor:
    """`self` if its elements lie in memory in row-major order, else a copy in which they do.

    >>> x = torch.zeros(2, 3).t()
    >>> x.is_contiguous(), x.contiguous().stride()
    (False, (2, 1))
    """
    wanted = memory_format or contiguous_format
    return self if self.is_contiguous(wanted) else self.clone(memory_format=wanted)


@op("_to_copy(Tensor self, ScalarType dtype) -> Tensor", variants="", node="ToCopyBackward0")
def _to_copy(self: Array, dtype: dtype) -> Array:
    if self.dtype == dtype.array_dtype:
        return duplicate(self)
    made = convert(self, dtype, copy=True)
    return made if made.base is None and 0 not in self.strides else made.copy()


@_to_copy.vjp("self")
def _(grad, self_dtype):
    return cast(grad, self_dtype)


def cast(self: Tensor, kind: dtype) -> Tensor:
    """`self` with elements of `kind`; itself if it has them."""
    if self._dtype is kind:
        return self
    if self._dtype.kind == COMPLEX and kind.kind < COMPLEX and kind.kind != dt.BOOL:
        _warn_discards_imaginary()
    return _to_copy(self, kind)


def _warn_discards_imaginary() -> None:
    import warnings

    warnings.warn(
        "Casting complex values to real discards the imaginary part (Triggered internally at "
        "/pytorch/aten/src/ATen/native/Copy.cpp:308.)",
        UserWarning,
        stacklevel=4,
    )


@composite(
    "to(Tensor(a) self, any first=None, any second=None, any third=None, any fourth=None, *, any dtype=None, any device=None, "
    "any other=None, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
    variants="method",
)
def to(
    self: Tensor, first: Any, second: Any, third: Any, fourth: Any, dtype: Any, device: Any, other: Any, non_blocking: bool,
    copy: bool, memory_format: Any,
) -> Tensor:  # fmt: skip
    """With another dtype (or another's): `to(dtype)`, `to(device)`, `to(device, dtype)`, `to(other)`.

    Gives `self` where nothing changes, unless `copy=True`.

    >>> torch.tensor([1, 2]).to(torch.float64)
    tensor([1., 2.], dtype=torch.float64)
    """
    if type(first) is dt.dtype and not copy and second is third is fourth is dtype is device is other is memory_format is None:
        return cast(self, first)
    from tensorsh.runtime.layout import check_device

    positional = [value for value in (first, second, third, fourth) if value is not None]
    rest: list[Any] = []
    for at, value in enumerate(positional):
        if isinstance(value, Tensor) and at == 0:
            dtype = value._dtype
        elif isinstance(value, dt.dtype):
            dtype = value
        elif (isinstance(value, (str, engine_device)) or type(value) is int) and at == 0:
            device = value
        elif isinstance(value, bool):
            rest.append(value)
        elif isinstance(value, type) and value in (int, float, bool, complex):
            dtype = dt.BY_NAME[{int: "int64", float: "float64", bool: "bool", complex: "complex128"}[value]]
        else:
            raise arguments.misfit(to_op, True, (self, *positional), {})
    if len(rest) > 1:
        copy = rest[1]
    if other is not None:
        dtype = other._dtype
    check_device(device)
    kind = self._dtype if dtype is None else dtype
    if not isinstance(kind, dt.dtype):
        found = {int: "int64", float: "float64", bool: "bool", complex: "complex128"}.get(kind)
        if found is None:
            raise TypeError(f"to(): argument 'dtype' must be torch.dtype, not {type(kind).__name__}")
        kind = dt.BY_NAME[found]
    if memory_format is channels_last and not self.is_contiguous(memory_format) or (
        memory_format is contiguous_format and (copy or kind is not self._dtype)
    ):
        return cast(self, kind).clone(memory_format=memory_format)
    if copy and kind is self._dtype:
        return _to_copy(self, kind)
    return cast(self, kind)


to_op, engine_device = to, device


@composite("type_as(Tensor self, Tensor other) -> Tensor", variants="method")
def type_as(self: Tensor, other: Tensor) -> Tensor:
    """With the dtype of `other`.

    >>> torch.tensor([1, 2]).type_as(torch.tensor(0.5))
    tensor([1., 2.])
    """
    return cast(self, other._dtype)


@composite("type(Tensor self, any dtype=None, bool non_blocking=False) -> Tensor", variants="method")
def type_(self: Tensor, dtype: Any, non_blocking: bool) -> Any:
    """The name of the tensor's type; with a dtype (or such a name), the tensor with that dtype.

    >>> x = torch.tensor([1.5, 2.5])
    >>> x.type()
    'torch.FloatTensor'
    >>> x.type(torch.int64)
    tensor([1, 2])
    >>> x.type('torch.DoubleTensor')
    tensor([1.5000, 2.5000], dtype=torch.float64)
    """
    if dtype is None:
        return f"torch.{self._dtype.title}Tensor"
    if isinstance(dtype, str):
        named = {f"torch.{d.title}Tensor": d for d in dt.ALL}
        if dtype not in named:
            raise ValueError(f"invalid type: '{dtype}'")
        dtype = named[dtype]
    dtype = getattr(dtype, "tensor_dtype", dtype)
    if isinstance(dtype, type):
        raise ValueError(f"invalid type: '{dtype.__name__}'")
    return self.to(dtype)


# method -> (its dtype, what it makes of `torch.tensor([0, 2])`)
_CASTS = {
    "bool": ("bool", "tensor([False,  True])"),
    "byte": ("uint8", "tensor([0, 2], dtype=torch.uint8)"),
    "char": ("int8", "tensor([0, 2], dtype=torch.int8)"),
    "short": ("int16", "tensor([0, 2], dtype=torch.int16)"),
    "int": ("int32", "tensor([0, 2], dtype=torch.int32)"),
    "long": ("int64", "tensor([0, 2])"),
    "half": ("float16", "tensor([0., 2.], dtype=torch.float16)"),
    "bfloat16": ("bfloat16", "tensor([0., 2.], dtype=torch.bfloat16)"),
    "float": ("float32", "tensor([0., 2.])"),
    "double": ("float64", "tensor([0., 2.], dtype=torch.float64)"),
    "cfloat": ("complex64", "tensor([0.+0.j, 2.+0.j])"),
    "cdouble": ("complex128", "tensor([0.+0.j, 2.+0.j], dtype=torch.complex128)"),
}


def _caster(name: str, kind: dtype, example: str) -> Any:
    def body(self: Tensor, memory_format: Any) -> Tensor:
        return cast(self, kind)

    body.__doc__ = f"""With dtype `{kind!r}`; itself if it has that.

    >>> torch.tensor([0, 2]).{name}()
    {example}
    """
    return body


for _name, (_kind, _example) in _CASTS.items():
    composite(f"{_name}(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor", variants="method")(
        _caster(_name, dt.BY_NAME[_kind], _example)
    )


@composite("cpu(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor", variants="method")
def cpu(self: Tensor, memory_format: Any) -> Tensor:
    """Itself: every tensor lives on the CPU.

    >>> x = torch.ones(2)
    >>> x.cpu() is x
    True
    """
    return self


@composite("cuda(Tensor self, any device=None, bool non_blocking=False) -> Tensor", variants="method")
def cuda(self: Tensor, device: Any, non_blocking: bool) -> Tensor:
    """Not here: AssertionError, as from a PyTorch without CUDA.

    >>> torch.ones(2).cuda()
    Traceback (most recent call last):
        ...
    AssertionError: Torch not compiled with CUDA enabled
    """
    raise AssertionError("Torch not compiled with CUDA enabled")

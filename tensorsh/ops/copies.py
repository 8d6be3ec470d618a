"""New memory with the same values, values written over old ones, and casts: `clone`, `to`, `copy_`, `fill_` …"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from tensorsh.ops import engine, writing
from tensorsh.ops.numbers import number_as
from tensorsh.ops.registry import composite, op, write
from tensorsh.runtime import dtype as dt
from tensorsh.runtime.creation import convert
from tensorsh.runtime.dtype import COMPLEX, FLOAT, dtype
from tensorsh.runtime.layout import channels_last, contiguous_format, device
from tensorsh.runtime.state import current
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
    made = convert(self, dtype, copy=True)
    return made if made.base is None else made.copy()


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
            raise TypeError(
                f"to() received an invalid combination of arguments - got ({', '.join(type(v).__name__ for v in positional)}), "
                "but expected one of:\n * (torch.device device = None, torch.dtype dtype = None, bool non_blocking = False, bool "
                "copy = False, *, torch.memory_format memory_format = None)\n * (torch.dtype dtype, bool non_blocking = False, "
                "bool copy = False, *, torch.memory_format memory_format = None)\n * (Tensor tensor, bool non_blocking = False, "
                "bool copy = False, *, torch.memory_format memory_format = None)\n"
            )
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
        return self.clone()
    return cast(self, kind)


engine_device = device


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


# --- writing over -------------------------------------------------------------------------------------------------------


@write(
    "copy_(Tensor(a!) self, Tensor src, bool non_blocking=False) -> Tensor(a!)", variants="method", node="CopyBackwards"
)
def copy_(self: Array, src: Array, non_blocking: bool) -> None:
    """Write the values of `src`, cast and broadcast, over `self`.

    >>> torch.zeros(2, 2).copy_(torch.tensor([1, 2]))
    tensor([[1., 2.],
            [1., 2.]])
    """
    _assign(self, src)


def _assign(target: Array, source: Array) -> None:
    if source.shape != target.shape:
        mismatch = engine.broadcast_mismatch(target.shape, source.shape)
        if mismatch:
            raise RuntimeError(mismatch)
        broadcast = np.broadcast_shapes(target.shape, source.shape)
        if broadcast != target.shape:
            raise RuntimeError(f"output with shape {list(target.shape)} doesn't match the broadcast shape {list(broadcast)}")
    same = source.dtype == target.dtype
    target[...] = source if same else convert(source, dt.of_array(target), copy=False)


@copy_.vjp("self")
def _(grad):
    return grad.new_zeros(grad.shape)


@copy_.vjp("src")
def _(grad, src_dtype):
    return cast(grad, src_dtype) if src_dtype.kind >= FLOAT else None


@write(
    "fill_(Tensor(a!) self, Tensor value) -> Tensor(a!)",
    variants="method",
    dtype="promote",
    numbers="value",
    node="FillBackward2",
)
def fill_(self: Array, value: Any) -> None:
    """Write one value everywhere.

    >>> torch.zeros(3).fill_(7)
    tensor([7., 7., 7.])
    """
    if isinstance(value, np.ndarray):
        if value.ndim:
            raise RuntimeError(
                f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions."
            )
        _assign(self, value)
    else:
        self[...] = number_as(value, dt.of_array(self))


@fill_.vjp("self")
def _(grad):
    return grad.new_zeros(grad.shape)


@fill_.vjp("value")
def _(grad):
    return grad.sum()


@write("zero_(Tensor(a!) self) -> Tensor(a!)", variants="method function", node="ZeroBackward0")
def zero_(self: Array) -> None:
    """Write zero everywhere.

    >>> torch.ones(2).zero_()
    tensor([0., 0.])
    """
    self[...] = 0


@zero_.vjp("self")
def _(grad):
    return grad.new_zeros(grad.shape)


@composite("detach_(Tensor(a!) self) -> Tensor(a!)", variants="method function")
def detach_(self: Tensor) -> Tensor:
    """Take this tensor itself out of the graph.

    >>> x = torch.ones(2, requires_grad=True)
    >>> y = x * 2
    >>> y.detach_().requires_grad
    False
    """
    if self._is_view():
        raise RuntimeError(
            "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training, and "
            "gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot be called on "
            "these gradients. To fix this error, please refer to the Optimizer.zero_grad() function in torch/optim/optimizer.py as "
            "the solution."
        )
    self._grad_fn = None
    self._requires_grad = False
    return self


# --- the shape changed in place -----------------------------------------------------------------------------------------


def _becomes(self: Tensor, made: Tensor, name: str) -> Tensor:
    """Let `self` be the window that `made` is: what `t_` and its like do."""
    if self._requires_grad and self._grad_fn is None and current().grad_enabled:
        writing.check_inplace(self)
    self._array = made._array
    self._storage = made._storage
    if made._grad_fn is not None:
        self._grad_fn = made._grad_fn
        self._output_nr = made._output_nr
    writing.wrote(self, name)
    return self


def _inplace_view(name: str, arguments: str, example: str, shown: str) -> None:
    from tensorsh.ops.registry import method

    def body(self: Tensor, *rest: Any) -> Tensor:
        return _becomes(self, method(name)(self, *rest), f"{name}_")

    body.__doc__ = f"""`{name}`, changing the shape of this tensor itself.

    >>> x = torch.zeros(2, 3)
    >>> x.{name}_({example}).shape
    torch.Size({shown})
    """
    composite(f"{name}_(Tensor(a!) self{arguments}) -> Tensor(a!)", variants="method", wrap_dims=None, family=__name__)(
        body
    )


for _name, _arguments, _example, _shown in (
    ("t", "", "", "[3, 2]"),
    ("transpose", ", int dim0, int dim1", "0, 1", "[3, 2]"),
    ("unsqueeze", ", int dim", "1", "[2, 1, 3]"),
    ("swapaxes", ", int axis0, int axis1", "0, 1", "[3, 2]"),
    ("swapdims", ", int dim0, int dim1", "0, 1", "[3, 2]"),
    ("as_strided", ", int[] size, int[] stride, int? storage_offset=None", "(2, 2), (1, 2)", "[2, 2]"),
):
    _inplace_view(_name, _arguments, _example, _shown)


@composite("squeeze_(Tensor(a!) self, any dim=None) -> Tensor(a!)", variants="method", wrap_dims=None)
def squeeze_(self: Tensor, dim: Any) -> Tensor:
    """`squeeze`, changing the shape of this tensor itself.

    >>> x = torch.zeros(1, 2, 1)
    >>> x.squeeze_(0).shape
    torch.Size([2, 1])
    >>> x.squeeze_().shape
    torch.Size([2])
    """
    return _becomes(self, self.squeeze() if dim is None else self.squeeze(dim), "squeeze_")


@composite("set_(Tensor(a!) self, Tensor source) -> Tensor(a!)", variants="method")
def set_(self: Tensor, source: Tensor) -> Tensor:
    """Let this tensor look at the memory of `source`, with its shape and strides.

    >>> x = torch.zeros(2)
    >>> y = torch.tensor([[1., 2.]])
    >>> x.set_(y)
    tensor([[1., 2.]])
    >>> x[0, 0] = 9
    >>> y
    tensor([[9., 2.]])
    """
    if self._dtype is not source._dtype:
        raise RuntimeError(
            f"Could not set tensor of type {source._dtype.c_name} to a tensor of type {self._dtype.c_name}"
        )
    source.storage()
    return _becomes(self, source, "set_")


@composite("is_set_to(Tensor self, Tensor tensor) -> bool", variants="method")
def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether both look at the same memory in the same way.

    >>> x = torch.zeros(2, 2)
    >>> x.is_set_to(x.detach()), x.is_set_to(x[:1])
    (True, False)
    """
    mine, other = self._array, tensor._array
    return (
        self.storage().memory is tensor.storage().memory
        and (mine.shape, mine.strides) == (other.shape, other.strides)
        and self.data_ptr() == tensor.data_ptr()
    )


@composite("resize_as_(Tensor(a!) self, Tensor the_template) -> Tensor(a!)", variants="method")
def resize_as_(self: Tensor, the_template: Tensor) -> Tensor:
    """`self.resize_(the_template.size())`.

    >>> torch.arange(6).resize_as_(torch.zeros(2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    return self.resize_(the_template._array.shape)


@composite("resize_(Tensor(a!) self, int[] size) -> Tensor(a!)", variants="method", varargs=True)
def resize_(self: Tensor, size: tuple[int, ...]) -> Tensor:
    """Give this tensor another shape; new elements, if there are more, are zero.

    >>> torch.arange(6).resize_(2, 2)
    tensor([[0, 1],
            [2, 3]])
    """
    if self._requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    wanted = 1
    for extent in size:
        wanted *= extent
    from tensorsh.runtime.storage import flat_window

    flat = flat_window(self.storage(), self._array.dtype)[self.storage_offset() :]
    if wanted <= flat.size:
        self._array = flat[:wanted].reshape(size)
    else:
        grown = np.zeros(wanted, flat.dtype)
        grown[: flat.size] = flat
        self._array = grown.reshape(size)
        self._storage = None
    return self

"""`Tensor`: a window on a storage, with what autograd needs to know.

A tensor is made on every operator call, so what every tensor has is in slots and what few have is in `TensorMeta`. Its shape
and strides are its NumPy array's. Invariants:

- `_array.dtype` is `_dtype.array_dtype`; `_array` is always an ndarray, 0-dim included.
- `_grad_fn` set implies `_requires_grad`; a leaf that requires grad has none.
- `_cut` is set only where a result requires no gradient though an operand did: to the statement that made it.
- `_storage` is None only while no other tensor shares the memory and nothing wrote in place.
- `_view` is None, or a tuple `(base, version, creation, made)`: the tensor whose memory this is a window on, the storage version
  at which `_grad_fn` was true, how it may be written to in place (`creation`, below), and how it was made: a chain
  `(made of the parent, operator name, arguments)`.

Operators are installed by `ops.registry`, each as a stand-in that is made when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from weakref import ReferenceType

import numpy as np

from tensorsh.runtime import autograd
from tensorsh.runtime.autograd import Hooks, Node, RemovableHandle
from tensorsh.runtime.dtype import COMPLEX, FLOAT, INTEGER, dtype
from tensorsh.runtime.layout import CPU, Size, contiguous_format, device, strided
from tensorsh.runtime.state import current
from tensorsh.runtime.storage import Storage, address, byte_bounds

# How a view was made decides whether it may be written to in place while recording.
DEFAULT, MULTI_OUTPUT, NO_GRAD, INFERENCE = range(4)

view_edge: Callable[[Any], Node] | None = None  # makes the grad_fn of a view whose base was written to; set by ops.registry

inference_storage: Callable[[Any], Storage | None] | None = None  # while somebody is in `inference_mode`: set by ops.inference

MOST_ROWS = 2**28  # a window may have any number of them (`expand`), and each becomes a tensor


class TensorMeta:
    """What few tensors have: a gradient, hooks, the node that accumulates it."""

    __slots__ = ("accumulate_hooks", "accumulator", "backward_calls", "calls", "grad", "name", "retains_grad", "tensor_hooks")

    def __init__(self) -> None:
        self.grad: Tensor | None = None
        self.accumulator: ReferenceType[Any] | None = None
        self.accumulate_hooks: dict[int, Any] | None = None
        self.tensor_hooks: dict[int, Any] | None = None
        self.retains_grad = False
        self.backward_calls = 0
        self.calls: list[tuple[Any, ...]] | None = None  # what each of them added: the fields of `tape.Added`
        self.name: str | None = None


_new = object.__new__


class Tensor:
    """A multi-dimensional array of one dtype, with PyTorch's meaning.

    >>> from tensorsh import torch
    >>> x = torch.ones(2, 3)
    >>> x.shape, x.dtype, x.stride()
    (torch.Size([2, 3]), torch.float32, (3, 1))
    """

    __slots__ = (
        "__weakref__", "_array", "_cut", "_dtype", "_grad_fn", "_meta", "_output_nr", "_requires_grad", "_storage", "_view",
    )  # fmt: skip
    __module__ = "torch"
    __array_priority__ = 1000  # so that `ndarray + Tensor` asks the tensor

    _array: np.ndarray[Any, Any]
    _cut: Any
    _dtype: dtype
    _grad_fn: Node | None
    _meta: TensorMeta | None
    _output_nr: int
    _requires_grad: bool
    _storage: Storage | None
    _view: tuple[Any, ...] | None

    def __new__(cls, *args: Any, **kwargs: Any) -> Tensor:
        from tensorsh.runtime.creation import legacy_constructor

        return legacy_constructor(*args, **kwargs)

    def __copy__(self) -> Tensor:
        from tensorsh.runtime.copying import copied

        return copied(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        from tensorsh.runtime.copying import deep_copied

        return deep_copied(self, memo)

    def __reduce_ex__(self, protocol: Any) -> Any:
        from tensorsh.runtime.copying import reduced

        return reduced(self)

    # --- making ------------------------------------------------------------------------------------------------------

    @staticmethod
    def _fresh(array: np.ndarray[Any, Any], kind: dtype) -> Tensor:
        """A tensor that owns `array`."""
        made = _new(Tensor)
        made._array = array
        made._dtype = kind
        made._requires_grad = False
        made._grad_fn = None
        made._storage = None if inference_storage is None else inference_storage(made)
        made._view = None
        made._meta = None
        return made

    def _alias(self, array: np.ndarray[Any, Any]) -> Tensor:
        """A tensor over a new array of this tensor's dtype."""
        return Tensor._fresh(array, self._dtype)

    def storage(self) -> Storage:
        """The Storage, made now if nobody needed it before."""
        if self._storage is None:
            self._storage = Storage(self._array)
        return self._storage

    def meta(self) -> TensorMeta:
        if self._meta is None:
            self._meta = TensorMeta()
        return self._meta

    def detach(self) -> Tensor:
        """The same memory and version, outside the graph."""
        made = Tensor._fresh(self._array, self._dtype)
        made._storage = self.storage()
        if self._requires_grad:
            state = current()
            made._cut = state.where
            state.left("detach")
        return made

    # --- what it is --------------------------------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        return Size(self._array.shape)

    def size(self, dim: int | None = None) -> Any:
        if dim is None:
            return Size(self._array.shape)
        if type(dim) is not int:
            dim = _int_argument("size", "dim", dim)
        if not self._array.ndim:
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        return self._array.shape[wrap_dim(dim, self._array.ndim)]

    @property
    def dtype(self) -> dtype:
        return self._dtype

    @property
    def device(self) -> device:
        return CPU

    @property
    def layout(self) -> Any:
        return strided

    @property
    def ndim(self) -> int:
        return self._array.ndim

    def dim(self) -> int:
        return self._array.ndim

    ndimension = dim

    def numel(self) -> int:
        return self._array.size

    nelement = numel

    @property
    def itemsize(self) -> int:
        return self._dtype.itemsize

    def element_size(self) -> int:
        return self._dtype.itemsize

    @property
    def nbytes(self) -> int:
        return self._array.size * self._dtype.itemsize

    def stride(self, dim: int | None = None) -> Any:
        """How many elements apart neighbours along each dimension are."""
        strides = strides_of(self._array)
        if dim is None:
            return strides
        if not strides:
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        return strides[wrap_dim(_int_argument("stride", "dim", dim), self._array.ndim)]

    def storage_offset(self) -> int:
        """How many elements after the storage's start this tensor starts."""
        if self._storage is None or self._storage.memory is self._array:
            return 0
        return (address(self._array) - byte_bounds(self._storage.memory)[0]) // self._dtype.itemsize

    def is_contiguous(self, memory_format: Any = contiguous_format) -> bool:
        if memory_format is contiguous_format:
            return self._array.flags.c_contiguous
        return self._array.ndim == 4 and self._array.transpose(0, 2, 3, 1).flags.c_contiguous

    def data_ptr(self) -> int:
        return address(self._array) if self._array.size else 0

    def untyped_storage(self) -> Any:
        """The bytes of the memory, which every tensor over it shares."""
        from tensorsh.runtime.shown_storage import UntypedStorage

        return UntypedStorage(self.storage())

    def storage_type(self) -> Any:
        """The old type of the storage: `torch.FloatStorage`."""
        from tensorsh.runtime.legacy_types import StorageType

        return StorageType(self._dtype)

    def is_shared(self) -> bool:
        """Whether other processes see its memory: never."""
        return False

    def is_pinned(self) -> bool:
        return False

    def pin_memory(self) -> Tensor:
        raise RuntimeError("Cannot access accelerator device when none is available.")

    def share_memory_(self) -> Tensor:
        """Itself: there are no other processes to share its memory with."""
        return self

    def is_floating_point(self) -> bool:
        return self._dtype.kind == FLOAT

    def is_complex(self) -> bool:
        return self._dtype.kind == COMPLEX

    def is_signed(self) -> bool:
        return self._dtype.is_signed

    def is_conj(self) -> bool:
        return False

    def is_neg(self) -> bool:
        return False

    def is_inference(self) -> bool:
        """Whether it was made in `inference_mode`."""
        return self._storage is not None and self._storage.inference

    def get_device(self) -> int:
        return -1

    @property
    def is_cpu(self) -> bool:
        return True

    is_cuda = is_meta = is_sparse = is_quantized = is_mkldnn = is_nested = property(lambda self: False)

    @property
    def real(self) -> Tensor:
        """The real parts: a view of a complex tensor, and any other tensor itself."""
        return self._real()

    @real.setter
    def real(self, new: Any) -> None:
        self._real()[...] = new

    @property
    def imag(self) -> Tensor:
        """The imaginary parts of a complex tensor, a view."""
        return self._imag()

    @imag.setter
    def imag(self, new: Any) -> None:
        self._imag()[...] = new

    # --- autograd ----------------------------------------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if type(wanted) is not bool:
            raise RuntimeError("requires_grad must be a bool")
        if self._grad_fn is not None:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables."
                + (
                    ""
                    if wanted
                    else " If you want to use a computed variable in a subgraph that doesn't require differentiation use "
                    "var_no_grad = var.detach()."
                )
            )
        if wanted and self._storage is not None and self._storage.inference and not current().inference:
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        if wanted and self._dtype.kind < FLOAT:
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        self._requires_grad = bool(wanted)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Start (or stop) recording what is done to this leaf."""
        if type(requires_grad) is not bool:
            kind = type(requires_grad).__name__
            raise TypeError(f"requires_grad_(): argument 'requires_grad' (position 1) must be bool, not {kind}")
        if requires_grad and self._dtype.kind < FLOAT:
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        if not (requires_grad and self._grad_fn is not None):  # PyTorch minds only the attribute
            self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        return self.grad_fn is None

    @property
    def grad_fn(self) -> Node | None:
        """The node that made this tensor; None for a leaf."""
        view = self._view
        if (
            view is not None
            and self._storage is not None
            and self._storage.version != view[1]
            and view[0]._requires_grad
        ):
            self._view_moved(view)
        return self._grad_fn

    def _view_moved(self, view: tuple[Any, ...]) -> None:
        """The base was written to since this view's `grad_fn` was true: take the window on the base as it is now."""
        assert view_edge is not None and self._storage is not None
        if view[0]._grad_fn is not None or view[2] == DEFAULT:
            self._grad_fn = view_edge(self)
            self._output_nr = 0
            self._requires_grad = True
        self._view = (view[0], self._storage.version, *view[2:])

    @property
    def output_nr(self) -> int:
        return self._output_nr if self._grad_fn is not None else 0

    @property
    def grad(self) -> Tensor | None:
        if self._meta is not None and self._meta.grad is not None:
            return self._meta.grad
        if self._grad_fn is not None and not (self._meta is not None and self._meta.retains_grad):
            _warn_non_leaf_grad()
        return None

    @grad.setter
    def grad(self, new: Tensor | None) -> None:
        if new is not None:
            if not isinstance(new, Tensor):
                raise TypeError(
                    f"assigned grad expected to be a Tensor or None but got grad of type {type(new).__name__}"
                )
            if new is self:
                raise RuntimeError("can't assign Variable as its own grad")
            if new._dtype is not self._dtype:
                raise RuntimeError(
                    f"attempting to assign a gradient with dtype '{new._dtype.c_name}' to a tensor with grad_dtype "
                    f"'{self._dtype.title}'. The gradient must match the tensor's grad_dtype (defaults to the tensor's dtype). "
                    "You can set the tensor's grad_dtype attribute with a specific dtype, or None to allow any dtype. Set "
                    "grad_dtype with caution. Diverging the dtypes of a tensor and its gradient may break downstream systems "
                    "that assume they match."
                )
            if new._array.shape != self._array.shape:
                raise RuntimeError(
                    f"attempting to assign a gradient of size '{list(new._array.shape)}' to a tensor of size "
                    f"'{list(self._array.shape)}'. Please ensure that the gradient and the tensor are the same size"
                )
        meta = self.meta()
        if new is not meta.grad:  # `x.grad += 1` assigns what is there
            meta.backward_calls = 0
            meta.calls = None
        meta.grad = new

    @grad.deleter
    def grad(self) -> None:
        if self._meta is not None:
            self._meta.grad = None
            self._meta.calls = None

    @property
    def data(self) -> Tensor:
        """The same memory, outside the graph, with a version of its own."""
        made = Tensor._fresh(self._array, self._dtype)
        made._storage = self.storage().sibling()
        if self._requires_grad:
            state = current()
            made._cut = state.where
            state.left("data")
        return made

    @data.setter
    def data(self, new: Tensor) -> None:
        if not isinstance(new, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(new).__name__}")
        if self._requires_grad and new._dtype.kind < FLOAT:
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        version = autograd.version_of(self)
        self._array = new._array
        self._dtype = new._dtype
        self._storage = new.storage().sibling()
        self._storage.version = version

    @property
    def retains_grad(self) -> bool:
        return self._meta is not None and self._meta.retains_grad

    def retain_grad(self) -> None:
        """Keep the gradient of a tensor that is not a leaf in its `.grad`."""
        if not self._requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        node = self.grad_fn
        if node is not None:
            self.meta().retains_grad = True
            node.hooked().captures[self._output_nr] = self

    def register_hook(self, hook: Callable[[Tensor], Any]) -> RemovableHandle:
        """Call `hook` with this tensor's gradient when it is computed; what it returns replaces the gradient."""
        if not self._requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        node = self.grad_fn
        if node is not None:
            return RemovableHandle(node.hooked().tensor, (self._output_nr, hook))
        meta = self.meta()
        if meta.tensor_hooks is None:
            meta.tensor_hooks = {}
        live = meta.accumulator() if meta.accumulator is not None else None
        if live is not None:
            live.hooked().tensor = meta.tensor_hooks
        return RemovableHandle(meta.tensor_hooks, (0, hook))

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        if not self._requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self.grad_fn is not None:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        meta = self.meta()
        if meta.accumulate_hooks is None:
            meta.accumulate_hooks = {}
        return RemovableHandle(meta.accumulate_hooks, hook)

    def backward(
        self, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False, inputs: Any = None
    ) -> None:
        """Add to each leaf's `.grad` the derivative of this tensor by it (weighted by `gradient` if this is no scalar)."""
        from tensorsh.runtime.differentiate import backward

        backward(self, gradient, retain_graph, create_graph, inputs)

    @property
    def _base(self) -> Tensor | None:
        return None if self._view is None else self._view[0]

    def _is_view(self) -> bool:
        return self._view is not None

    @property
    def _version(self) -> int:
        if self.is_inference():
            raise RuntimeError("Inference tensors do not track version counter.")
        return autograd.version_of(self)

    @property
    def name(self) -> str | None:
        return None if self._meta is None else self._meta.name

    # --- out of tensors ----------------------------------------------------------------------------------------------

    def item(self) -> Any:
        """The value of a one-element tensor as a Python number."""
        array = self._array
        if array.size != 1:
            raise RuntimeError(f"a Tensor with {array.size} elements cannot be converted to Scalar")
        if self._requires_grad:
            current().left("item")
        return array.item() if self._dtype._array_dtype is not None and array.dtype.kind != "V" else float(array.item())

    def tolist(self) -> Any:
        array = self._array
        if self._requires_grad:
            current().left("item")
        length = 1
        for extent in array.shape:
            length *= extent
            if length > MOST_ROWS:
                raise MemoryError(f"tolist would make lists of {length:,} items; tensorsh stops at {MOST_ROWS:,}")
        return (array.astype(np.float32) if array.dtype.kind == "V" else array).tolist()

    def numpy(self, *, force: bool = False) -> np.ndarray[Any, Any]:
        """A NumPy array over the same memory. (PyTorch refuses bfloat16 and float8; here they come as `ml_dtypes` arrays.)"""
        if self._requires_grad and not force:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        self.storage()
        return self._array.view()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        array = self.numpy()
        return array if dtype is None else array.astype(dtype)

    def __array_wrap__(self, array: np.ndarray[Any, Any], context: Any = None, return_scalar: bool = False) -> Tensor:
        """What a function of NumPy's gives for tensors: a tensor again, of bytes where that is an array of bools."""
        from tensorsh.runtime.creation import from_numpy

        return from_numpy(array.astype(np.uint8) if array.dtype == np.bool_ else array)

    def __repr__(self) -> str:
        from tensorsh.display.tensor_text import tensor_text

        return tensor_text(self)

    def __format__(self, spec: str) -> str:
        if self._array.ndim == 0:
            return format(self.item(), spec)
        return object.__format__(self, spec) if spec else str(self)

    def __len__(self) -> int:
        if self._array.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return self._array.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if self._array.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        if len(self._array) > MOST_ROWS:
            raise MemoryError(f"iteration would make {len(self._array):,} tensors")
        return iter(self.unbind(0))

    def __bool__(self) -> bool:
        array = self._array
        if array.size != 1:
            if array.size == 0:
                raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return bool(array.item())

    def __float__(self) -> float:
        value = float(self._scalar("double"))
        self._warn_scalar()
        return value

    def __int__(self) -> int:
        return int(self._scalar("int64_t"))

    def __complex__(self) -> complex:
        value = complex(self._scalar("c10::complex<double>"))
        self._warn_scalar()
        return value

    def _scalar(self, wanted: str) -> Any:
        """The one element, for Python's `float(x)` and its like; a complex one only where it is real or `wanted` so."""
        if self._array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        value = self.item()
        if type(value) is complex and "complex" not in wanted:
            if value.imag:
                raise RuntimeError(f"value cannot be converted to type {wanted} without overflow")
            return value.real
        return value

    def _warn_scalar(self) -> None:
        if self._requires_grad:
            import warnings

            warnings.warn(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\nConsider using "
                "tensor.detach() first.",
                UserWarning,
                stacklevel=4,
            )

    def __index__(self) -> int:
        if self._array.size != 1 or self._dtype.kind >= FLOAT:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._array.item())

    def __hash__(self) -> int:
        return id(self)

    def __reversed__(self) -> Tensor:
        return self.flip(0) if self._array.ndim else self

    def __contains__(self, element: Any) -> bool:
        if isinstance(element, (Tensor, bool, int, float, complex)):
            return bool((self == element).any())
        raise RuntimeError(
            "Tensor.__contains__ only supports Tensor or scalar, but you passed in a " + str(type(element)) + "."
        )

    if TYPE_CHECKING:
        # Installed by `tensorsh.ops`; named here for readers and type checkers.
        def __getitem__(self, index: Any) -> Tensor: ...
        def __setitem__(self, index: Any, value: Any) -> None: ...
        def __delitem__(self, index: Any) -> None: ...
        def __add__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __floordiv__(self, other: Any) -> Tensor: ...
        def __mod__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __and__(self, other: Any) -> Tensor: ...
        def __or__(self, other: Any) -> Tensor: ...
        def __xor__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __rpow__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __invert__(self) -> Tensor: ...
        def __abs__(self) -> Tensor: ...
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...
        def __eq__(self, other: Any) -> Tensor: ...  # type: ignore[override]
        def __ne__(self, other: Any) -> Tensor: ...  # type: ignore[override]
        def __getattr__(self, name: str) -> Any: ...


def strides_of(array: np.ndarray[Any, Any]) -> tuple[int, ...]:
    """PyTorch's strides of an array, in elements."""
    if array.size == 0 and not any(array.strides):  # NumPy gives a new array without elements none
        return fresh_strides(array.shape)
    width = array.itemsize
    return tuple([stride // width for stride in array.strides])


def fresh_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """PyTorch's strides of a new tensor: zero extents count as one."""
    strides, step = [], 1
    for extent in reversed(shape):
        strides.append(step)
        step *= max(extent, 1)
    return tuple(reversed(strides))


def _int_argument(function: str, name: str, value: Any) -> int:
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, Tensor) and value._array.size == 1 and value._dtype.kind == INTEGER:
        return int(value._array.item())
    raise TypeError(f"{function}(): argument '{name}' (position 1) must be int, not {type(value).__name__}")


def wrap_dim(dim: int, ndim: int) -> int:
    """`dim` counted from the front; IndexError with PyTorch's text if a tensor of `ndim` dimensions has no such one."""
    extent = ndim or 1
    if not -extent <= dim < extent:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-extent}, {extent - 1}], but got {dim})"
        )
    return dim % extent


def _warn_non_leaf_grad() -> None:
    import warnings

    warnings.warn(
        "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated "
        "during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use "
        ".retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the leaf "
        "Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information.",
        UserWarning,
        stacklevel=3,
    )


__all__ = ["Hooks", "Size", "Tensor", "TensorMeta", "current", "fresh_strides", "strides_of", "wrap_dim"]

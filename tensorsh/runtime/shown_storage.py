"""A storage as scripts see it: `untyped_storage()`, a row of bytes, and the older `storage()`, a row of numbers of one dtype.

Both are windows on the memory itself: what is written to them is seen by every tensor over it, and counted by none, as in PyTorch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tensorsh.runtime.dtype import dtype
from tensorsh.runtime.layout import CPU, device
from tensorsh.runtime.storage import Storage, flat_window


class _Row:
    """What both have: the elements of a storage, one after another."""

    __slots__ = ("_storage",)
    __module__ = "torch.storage"

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    @property
    def _elements(self) -> np.ndarray[Any, Any]:
        raise NotImplementedError

    @property
    def device(self) -> device:
        return CPU

    def data_ptr(self) -> int:
        return self._storage.data_pointer

    def nbytes(self) -> int:
        return self._storage.nbytes

    def size(self) -> int:
        return self._elements.size

    def __len__(self) -> int:
        return self._elements.size

    def element_size(self) -> int:
        return self._elements.itemsize

    def is_shared(self) -> bool:
        """Whether other processes see it: never."""
        return False

    def tolist(self) -> list[Any]:
        elements = self._elements
        return list((elements.astype(np.float32) if elements.dtype.kind == "V" else elements).tolist())

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def _place(self, index: Any) -> int:
        if isinstance(index, bool) or not isinstance(index, (int, np.integer)):
            raise self._no_index(index)
        size = self._elements.size
        if not -size <= index < size:
            raise IndexError(f"index {index} out of range for storage of size {size}")
        return int(index)

    def _no_index(self, index: Any) -> Exception:
        raise NotImplementedError

    def __getitem__(self, index: Any) -> Any:
        return self._elements[self._place(index)].item()

    def __setitem__(self, index: Any, value: Any) -> None:
        self._elements[index if isinstance(index, slice) else self._place(index)] = value

    def fill_(self, value: Any) -> Any:
        self._elements[:] = value
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Row) and self._storage.memory is other._storage.memory

    def __hash__(self) -> int:
        return id(self._storage.memory)

    def __repr__(self) -> str:
        lines = "".join(f" {value}\n" for value in self.tolist())
        return f"{lines}[torch.storage.{type(self).__name__}({self._described}device=cpu) of size {self.size()}]"

    @property
    def _described(self) -> str:
        return ""


class UntypedStorage(_Row):
    """The bytes of a storage.

    >>> torch.ones(2).untyped_storage().tolist()
    [0, 0, 128, 63, 0, 0, 128, 63]
    """

    __slots__ = ()
    __module__ = "torch.storage"

    @property
    def _elements(self) -> np.ndarray[Any, Any]:
        return flat_window(self._storage, np.dtype(np.uint8)) if self._storage.nbytes else np.empty(0, np.uint8)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return UntypedStorage(Storage(self._elements[index]))
        return super().__getitem__(index)

    def _no_index(self, index: Any) -> Exception:
        return TypeError(f"can't index a torch.UntypedStorage with {type(index).__name__}")


class TypedStorage(_Row):
    """The elements of a storage, in the dtype of the tensor that was asked."""

    __slots__ = ("dtype",)
    __module__ = "torch.storage"

    def __init__(self, storage: Storage, kind: dtype) -> None:
        super().__init__(storage)
        self.dtype = kind

    @property
    def _elements(self) -> np.ndarray[Any, Any]:
        kind = self.dtype.array_dtype
        return flat_window(self._storage, kind) if self._storage.nbytes else np.empty(0, kind)

    def _no_index(self, index: Any) -> Exception:
        if isinstance(index, slice):
            return RuntimeError("slices are only supported in UntypedStorage.__getitem__")
        return RuntimeError(f"can't index a {type(self)} with {type(index)}")

    @property
    def _described(self) -> str:
        return f"dtype={self.dtype}, "

    def untyped(self) -> UntypedStorage:
        return UntypedStorage(self._storage)


def typed_storage(tensor: Any) -> TypedStorage:
    """What `tensor.storage()` gives to scripts."""
    import warnings

    warnings.warn(
        "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only storage class. This "
        "should only matter to you if you are using storages directly.  To access UntypedStorage directly, use "
        "tensor.untyped_storage() instead of tensor.storage()",
        UserWarning,
        stacklevel=3,
    )
    return TypedStorage(tensor.storage(), tensor.dtype)

"""The memory behind tensors: who owns it, how often it was written to.

A tensor that owns fresh memory has no `Storage` until somebody must share it: the first view, `detach()`, in-place write or
question makes one. Views and `detach()` share the Storage, and so its version. `.data` has a Storage of its own over the same
memory, so a write through it counts nowhere else, as in PyTorch.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from tensorsh.runtime import autograd

# How many in-place writes a storage remembers for explanations; older ones are forgotten.
WRITES_REMEMBERED = 16
FEW_ELEMENTS = 4096  # of memory whose contents are remembered where a write would be counted nowhere else


class Storage:
    """One flat piece of memory and its version counter.

    `memory` is the array that was made or handed over first; its bytes are the storage's bytes. Two Storages over one
    `memory` object are the same memory. `writes` remembers the latest in-place writes as `(version, operator, where)`; `shared` is
    what several Storages over one memory have in common, None while there is one.
    """

    __slots__ = ("memory", "shared", "version", "writes", "__weakref__")
    inference = False

    def __init__(self, memory: np.ndarray[Any, Any]) -> None:
        self.memory = memory
        self.version = 0
        self.shared: Shared | None = None
        self.writes: deque[tuple[int, str, Any]] | None = None

    def wrote(self, operator: str, where: Any) -> None:
        """Count an in-place write and remember who made it."""
        self.version += 1
        if self.writes is None:
            self.writes = deque(maxlen=WRITES_REMEMBERED)
        self.writes.append((self.version, operator, where))
        if self.shared is not None:
            self.shared.wrote(self, operator, where)

    def sibling(self) -> Storage:
        """Another Storage over the same memory, with a version of its own. Writes through either are remembered from now on."""
        if self.shared is None:
            self.shared = Shared(self)
        made = Storage(self.memory)
        made.shared = self.shared
        return made

    @property
    def data_pointer(self) -> int:
        """The address of the first byte."""
        low, _ = byte_bounds(self.memory)
        return low

    @property
    def nbytes(self) -> int:
        """How many bytes it spans."""
        low, high = byte_bounds(self.memory)
        return high - low


class Shared:
    """Writes to memory that has several Storages, each of which counts only its own.

    A saved value is checked against the version of its own Storage; what was written through another is found here. `writes` holds
    `(number, version counter, operator, where)`, numbered as graph nodes are; `contents` holds `(number, memory's elements)` as
    they were at first and after each write, if they are few.
    """

    __slots__ = ("contents", "writes")

    def __init__(self, first: Storage) -> None:
        self.writes: deque[tuple[int, int, str, Any]] = deque(maxlen=WRITES_REMEMBERED)
        self.contents: deque[tuple[int, np.ndarray[Any, Any]]] = deque(maxlen=WRITES_REMEMBERED)
        self._keep(first, 0)

    def wrote(self, storage: Storage, operator: str, where: Any) -> None:
        number = autograd.latest_write = autograd.next_sequence()
        self.writes.append((number, id(storage), operator, where))
        self._keep(storage, number)

    def _keep(self, storage: Storage, number: int) -> None:
        if storage.memory.size <= FEW_ELEMENTS:
            self.contents.append((number, flat_window(storage, storage.memory.dtype).copy()))


class InferenceStorage(Storage):
    """The memory of a tensor made in `inference_mode`: nobody counts on its version, so nobody may save it for backward."""

    __slots__ = ()
    inference = True


def address(array: np.ndarray[Any, Any]) -> int:
    """The address of an array's first element."""
    return int(array.__array_interface__["data"][0])


def byte_bounds(array: np.ndarray[Any, Any]) -> tuple[int, int]:
    """The lowest address that an array covers, and one past the highest."""
    low = high = address(array)
    if array.size == 0:
        return low, low
    for extent, stride in zip(array.shape, array.strides, strict=True):
        if stride < 0:
            low += stride * (extent - 1)
        else:
            high += stride * (extent - 1)
    return low, high + array.itemsize


def flat_window(storage: Storage, array_dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """All of the storage's memory as one 1-D array of `array_dtype`, sharing it."""
    memory = storage.memory
    start = memory[tuple(slice(None, None, -1) if stride < 0 else slice(None) for stride in memory.strides)]
    width = start.itemsize
    whole = np.lib.stride_tricks.as_strided(start, (storage.nbytes // width,), (width,))
    return whole if whole.dtype == array_dtype else whole.view(array_dtype)

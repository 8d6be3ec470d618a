"""`torch.FloatTensor` and its like: PyTorch's old tensor types, which make tensors of one dtype."""

from __future__ import annotations

from typing import Any

from tensorsh.runtime import dtype as dt
from tensorsh.runtime.creation import legacy_constructor
from tensorsh.runtime.tensor import Tensor


class LegacyType:
    """A type of tensors with one dtype."""

    __slots__ = ("__name__", "tensor_dtype")

    def __init__(self, kind: dt.dtype) -> None:
        self.tensor_dtype = kind
        self.__name__ = f"{kind.title}Tensor"

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        return legacy_constructor(*args, dtype=self.tensor_dtype, **kwargs)

    def __instancecheck__(self, value: object) -> bool:
        return isinstance(value, Tensor) and value._dtype is self.tensor_dtype

    def __repr__(self) -> str:
        return f"<class 'torch.{self.__name__}'>"


class StorageType:
    """The old type of storages of one dtype: only a name."""

    __slots__ = ("__name__", "dtype")

    def __init__(self, kind: dt.dtype) -> None:
        self.dtype = kind
        self.__name__ = f"{kind.title}Storage"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StorageType) and self.dtype is other.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __repr__(self) -> str:
        return f"<class 'torch.{self.__name__}'>"


BY_NAME = {
    f"{kind.title}Tensor": LegacyType(kind)
    for kind in (
        dt.bool_,
        dt.uint8,
        dt.int8,
        dt.int16,
        dt.int32,
        dt.int64,
        dt.float16,
        dt.bfloat16,
        dt.float32,
        dt.float64,
    )
}

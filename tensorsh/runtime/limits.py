"""`finfo` and `iinfo`: what a dtype can hold."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.runtime.dtype import BOOL, COMPLEX, FLOAT, INTEGER, dtype
from tensorsh.runtime.state import current


class finfo:  # noqa: N801 - PyTorch's own name
    """The limits of a floating-point dtype (the default one if none is given).

    >>> from tensorsh import torch
    >>> torch.finfo(torch.float16).max
    65504.0
    """

    __slots__ = ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny")

    def __init__(self, type: dtype | None = None) -> None:
        kind = current().default_dtype if type is None else type
        _check_dtype("finfo", kind)
        if kind.kind < FLOAT:
            raise TypeError(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'"
            )
        real = kind.to_real() if kind.kind == COMPLEX else kind
        limits: Any = (
            np.finfo(real.array_dtype)
            if real._array_dtype is not None and real.array_dtype.kind == "f" and real.itemsize > 1
            else None
        )
        if limits is None:
            import ml_dtypes

            limits = ml_dtypes.finfo(real.array_dtype)
        self.dtype = real.name
        self.bits = int(limits.bits)
        self.eps = float(limits.eps)
        self.max = float(limits.max)
        self.min = float(limits.min)
        self.smallest_normal = self.tiny = float(limits.smallest_normal)
        self.resolution = float(limits.resolution)

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, finfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)


class iinfo:  # noqa: N801
    """The limits of an integer dtype.

    >>> from tensorsh import torch
    >>> torch.iinfo(torch.int8)
    iinfo(min=-128, max=127, dtype=int8)
    """

    __slots__ = ("bits", "dtype", "max", "min")

    def __init__(self, type: dtype) -> None:
        _check_dtype("iinfo", type)
        if type.kind == BOOL:
            raise TypeError("torch.bool is not supported by torch.iinfo")
        if type.kind != INTEGER:
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        limits = np.iinfo(type.array_dtype)
        self.bits = limits.bits
        self.max = int(limits.max)
        self.min = int(limits.min)
        self.dtype = type.name

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, iinfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)


def _check_dtype(name: str, given: object) -> None:
    if not isinstance(given, dtype):
        raise TypeError(f"{name}(): argument 'type' (position 1) must be torch.dtype, not {type(given).__name__}")


for _kind in (finfo, iinfo):
    _kind.__module__, _kind.__name__ = "torch", f"torch.{_kind.__name__}"

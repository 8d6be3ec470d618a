"""PyTorch's dtypes, their NumPy counterparts, and PyTorch's promotion between them.

A `dtype` is a singleton: compare with `is`. NumPy has no bfloat16 or float8; those use the dtypes of `ml_dtypes`, loaded when
the first such tensor is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

# Their arrays' dtypes are found when the first is met: these are not NumPy's own, …
_FOREIGN = frozenset({"float8_e4m3fn", "float8_e5m2", "bfloat16"})
# … and for these PyTorch has few kernels. `ops` sets what is called then, to refuse the rest.
_FEW_KERNELS = frozenset({"uint16", "uint32", "uint64"})
met_unsigned: Callable[[], None] | None = None

# Rank of the kinds in promotion: a tensor of a higher kind decides over tensors of lower kinds, whatever its dimensions.
BOOL, INTEGER, FLOAT, COMPLEX = range(4)


class dtype:  # noqa: N801 - PyTorch's own name
    """An element type, such as `torch.float32`.

    >>> float32.is_floating_point, float32.itemsize, float32
    (True, 4, torch.float32)
    """

    __module__ = "torch"
    __slots__ = ("_array_dtype", "aliases", "c_name", "half", "itemsize", "kind", "name", "numbers", "title")

    def __init__(self, name: str, kind: int, itemsize: int, title: str, c_name: str, *aliases: str) -> None:
        self.name = name
        self.kind = kind
        self.itemsize = itemsize
        self.title = title  # the name that PyTorch's error messages use: "Float"
        self.c_name = c_name  # and the one of its overflow messages: "float"
        self.aliases = aliases
        # Arithmetic on 2-byte floats is done in float32 and rounded once, as PyTorch's CPU kernels do.
        self.half = kind == FLOAT and itemsize <= 2
        # The highest kind of Python number that NumPy takes beside such an array as PyTorch would: small integers need care.
        self.numbers = BOOL if kind == INTEGER and name != "int64" else kind
        self._array_dtype: np.dtype[Any] | None = None if name in _FOREIGN | _FEW_KERNELS else np.dtype(name)

    @property
    def array_dtype(self) -> np.dtype[Any]:
        """The NumPy dtype of arrays that hold this element type."""
        found = self._array_dtype
        return self.meet() if found is None else found

    @property
    def cpp_name(self) -> str:
        """How the compiler spells the C++ type, as some of PyTorch's messages have it.

        >>> int64.cpp_name, int64.c_name
        ('long int', 'int64_t')
        """
        return _CPP_NAMES.get(self.name, self.c_name)

    def meet(self) -> np.dtype[Any]:
        """Make ready what the first array of this element type needs."""
        if self.name in _FOREIGN:
            import ml_dtypes

            self._array_dtype = found = np.dtype(getattr(ml_dtypes, self.name))
        else:
            first = not any(kind.name in _FEW_KERNELS for kind in BY_ARRAY.values())
            self._array_dtype = found = np.dtype(self.name)
            if first and met_unsigned is not None:
                met_unsigned()
        BY_ARRAY[found] = self
        return found

    @property
    def is_floating_point(self) -> bool:
        return self.kind == FLOAT

    @property
    def is_complex(self) -> bool:
        return self.kind == COMPLEX

    @property
    def is_signed(self) -> bool:
        return self.kind != BOOL and not self.name.startswith("u")

    def to_real(self) -> dtype:
        return _TO_REAL.get(self, self)

    def to_complex(self) -> dtype:
        return _TO_COMPLEX.get(self, self)

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> Any:
        return _named, (self.name,)


def refuse_instances(kind: Any) -> None:
    """Name a type of ours as PyTorch's in Python's own error texts, and let no script make instances of it."""
    kind.__name__ = f"torch.{kind.__name__}"

    def refuse(*_: object, **__: object) -> None:
        raise TypeError(f"cannot create '{kind.__name__}' instances")

    kind._from_script = staticmethod(refuse)


refuse_instances(dtype)


def _named(name: str) -> dtype:
    """The element type of a name, for `pickle`."""
    return BY_NAME[name]


# The name `bool` must stay Python's inside this module, so `torch.bool` is `bool_` here.
bool_ = dtype("bool", BOOL, 1, "Bool", "bool")
uint8 = dtype("uint8", INTEGER, 1, "Byte", "uint8_t")
uint16 = dtype("uint16", INTEGER, 2, "UInt16", "uint16_t")
uint32 = dtype("uint32", INTEGER, 4, "UInt32", "uint32_t")
uint64 = dtype("uint64", INTEGER, 8, "UInt64", "uint64_t")
int8 = dtype("int8", INTEGER, 1, "Char", "int8_t")
int16 = dtype("int16", INTEGER, 2, "Short", "int16_t", "short")
int32 = dtype("int32", INTEGER, 4, "Int", "int", "int")
int64 = dtype("int64", INTEGER, 8, "Long", "int64_t", "long")
float8_e4m3fn = dtype("float8_e4m3fn", FLOAT, 1, "Float8_e4m3fn", "Float8_e4m3fn")
float8_e5m2 = dtype("float8_e5m2", FLOAT, 1, "Float8_e5m2", "Float8_e5m2")
float16 = dtype("float16", FLOAT, 2, "Half", "at::Half", "half")
bfloat16 = dtype("bfloat16", FLOAT, 2, "BFloat16", "at::BFloat16")
float32 = dtype("float32", FLOAT, 4, "Float", "float", "float")
float64 = dtype("float64", FLOAT, 8, "Double", "double", "double")
complex64 = dtype("complex64", COMPLEX, 8, "ComplexFloat", "c10::complex<float>", "cfloat")
complex128 = dtype("complex128", COMPLEX, 16, "ComplexDouble", "c10::complex<double>", "cdouble")

ALL = (
    bool_, uint8, uint16, uint32, uint64, int8, int16, int32, int64, float8_e4m3fn, float8_e5m2,
    float16, bfloat16, float32, float64, complex64, complex128,
)  # fmt: skip

_TO_REAL = {complex64: float32, complex128: float64}
_TO_COMPLEX = {float16: complex64, bfloat16: complex64, float32: complex64, float64: complex128}

BY_NAME: dict[str, dtype] = {name: d for d in ALL for name in (d.name, *d.aliases)}
BY_ARRAY: dict[np.dtype[Any], dtype] = {d._array_dtype: d for d in ALL if d._array_dtype is not None}


_CPP_NAMES = {
    "uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int64": "long int", "uint16": "short unsigned int",
    "uint32": "unsigned int", "uint64": "long unsigned int", "float16": "c10::Half", "bfloat16": "c10::BFloat16",
}  # fmt: skip


def of_array(array: np.ndarray[Any, Any] | np.generic) -> dtype:
    """The dtype of a NumPy array; TypeError, with PyTorch's text, for an array that no tensor can hold."""
    found = BY_ARRAY.get(array.dtype)
    if found is None:
        known = array.dtype.name in BY_NAME
        if known and array.dtype.isnative:
            found = BY_NAME[array.dtype.name]
            _ = found.array_dtype
        elif known:
            raise ValueError(
                "given numpy array has byte order different from the native byte order. "
                "Conversion between byte orders is currently not supported."
            )
        else:
            raise TypeError(
                f"can't convert np.ndarray of type {_type_name(array.dtype)}. The only supported types are: float64, "
                "float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool."
            )
    return found


def _type_name(array_dtype: np.dtype[Any]) -> str:
    return f"numpy.{array_dtype.type.__name__}"


def of_number(value: bool | int | float | complex, default: dtype) -> dtype:
    """The dtype that a Python number has as a tensor: `default` for a float, its complex counterpart for a complex."""
    kind = type(value)
    if kind is bool:
        return bool_
    if kind is int:
        return int64
    return default if kind is float else default.to_complex()


_BARE_UNSIGNED = (uint16, uint32, uint64)
_FLOAT8 = (float8_e4m3fn, float8_e5m2)


def _promote(a: dtype, b: dtype) -> dtype:
    if a is b:
        return a
    if a in _FLOAT8 or b in _FLOAT8:
        raise RuntimeError(f"Promotion for Float8 Types is not supported, attempted to promote {a.title} and {b.title}")
    low, high = (a, b) if a.kind <= b.kind else (b, a)
    if (a in _BARE_UNSIGNED or b in _BARE_UNSIGNED) and high.kind != FLOAT:
        raise RuntimeError(
            f"Promotion for uint16, uint32, uint64 types is not supported, attempted to promote {a.title} and {b.title}"
        )
    if high.kind == COMPLEX:
        return complex128 if float64 in (low, low.to_real()) or complex128 in (low, high) else complex64
    if low.kind != high.kind:
        return high
    if high.kind == INTEGER:
        if uint8 in (low, high):
            other = low if high is uint8 else high
            return int16 if other is int8 else other
        return low if low.itemsize > high.itemsize else high
    if low.itemsize == high.itemsize:
        return float32  # float16 with bfloat16: neither holds the other
    return low if low.itemsize > high.itemsize else high


_promotions: dict[tuple[dtype, dtype], dtype] = {}


OF_PYTHON = {bool: bool_, int: int64, float: float64, complex: complex128}


def _argument(name: str, position: int, value: Any) -> dtype:
    """An argument of `promote_types`, where one of Python's number types stands for a dtype."""
    found = value if isinstance(value, dtype) else OF_PYTHON.get(value) if isinstance(value, type) else None
    if found is None:
        text = f"promote_types(): argument '{name}' (position {position}) must be torch.dtype, not {type(value).__name__}"
        raise TypeError(text)
    return found


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that holds both, in PyTorch's order.

    >>> promote_types(int32, float32), promote_types(uint8, int8), promote_types(float16, bfloat16)
    (torch.float32, torch.int16, torch.float32)
    """
    if type(type1) is not dtype or type(type2) is not dtype:
        type1, type2 = _argument("type1", 1, type1), _argument("type2", 2, type2)
    found = _promotions.get((type1, type2))
    if found is None:
        found = _promotions[type1, type2] = _promote(type1, type2)
    return found


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether PyTorch lets an in-place or `out=` result of one dtype be stored in another: kinds never go down.

    >>> can_cast(float64, float32), can_cast(float32, int64)
    (True, False)
    """
    for position, (name, given) in enumerate((("from_", from_), ("to", to)), 1):
        if type(given) is not dtype:
            raise TypeError(f"can_cast(): argument '{name}' (position {position}) must be torch.dtype, not {type(given).__name__}")
    if from_.kind == INTEGER and to.kind == BOOL:
        return False
    return from_.kind <= to.kind

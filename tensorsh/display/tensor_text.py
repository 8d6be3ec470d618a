"""The text of a tensor, equal to PyTorch's `repr(tensor)` character for character (see `torch/_tensor_str.py`).

PyTorch decides one format for the whole tensor and then formats element by element. Here NumPy takes the decisions, one
template with a `%` conversion per printed element is built for the tensor's shape, and a single `%` fills it. What is
always true: the elements that decide the format are the elements that are printed, so a summarised tensor is cut down
first and everything after sees the small array only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tensorsh.display.print_options import DEFAULTS
from tensorsh.runtime import state

if TYPE_CHECKING:
    from tensorsh.runtime.tensor import Tensor

PREFIX = "tensor("

# Between these magnitudes every exponent has two digits, and a number never prints narrower than a smaller one of its
# sign: the extreme values tell the width. (PyTorch's limits for scientific notation stand in `_real_format`.)
_TWO_DIGIT_EXPONENTS = (1e-98, 9e98)

_DTYPES_PRINTED_BARE = ("torch.int64", "torch.bool")


def tensor_text(tensor: Tensor) -> str:
    """What `repr(tensor)` gives, with the print options and the default dtype of the session in force.

    >>> import tensorsh.torch as torch
    >>> tensor_text(torch.ones(2, 2))
    'tensor([[1., 1.],\\n        [1., 1.]])'
    """
    now = state.current()
    options = {**DEFAULTS, **now.print_options} if now.print_options else DEFAULTS
    node = tensor.grad_fn
    return array_text(
        tensor._array,
        dtype=repr(tensor._dtype),
        default_dtype=repr(now.default_dtype),
        requires_grad=tensor.requires_grad,
        grad_fn=None if node is None else node.name().rpartition("::")[2],
        options=options,
    )


def array_text(
    array: np.ndarray,
    *,
    dtype: str,
    default_dtype: str = "torch.float32",
    requires_grad: bool = False,
    grad_fn: str | None = None,
    options: Mapping[str, Any] = DEFAULTS,
) -> str:
    """The text of a tensor whose elements are `array`; `dtype` and `default_dtype` are named as PyTorch prints them.

    >>> array_text(np.float32([[1, 2.5]]), dtype="torch.float32", requires_grad=True)
    'tensor([[1.0000, 2.5000]], requires_grad=True)'
    >>> array_text(np.int16([]), dtype="torch.int16")
    'tensor([], dtype=torch.int16)'
    """
    suffixes = []
    if array.size:
        if not options["edgeitems"]:
            suffixes.append(f"size={array.shape}")
        default_complex = "torch.complex128" if default_dtype == "torch.float64" else "torch.complex64"
        if dtype != default_dtype and dtype != default_complex and dtype not in _DTYPES_PRINTED_BARE:
            suffixes.append(f"dtype={dtype}")
        text = PREFIX + elements_text(array, len(PREFIX), options)
    else:
        if array.ndim != 1:
            suffixes.append(f"size={array.shape}")
        if dtype != default_dtype:
            suffixes.append(f"dtype={dtype}")
        text = PREFIX + "[]"
    if grad_fn is not None:
        suffixes.append(f"grad_fn=<{grad_fn}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    return _with_suffixes(text, suffixes, options["linewidth"]) if suffixes else text + ")"


def elements_text(array: np.ndarray, indent: int, options: Mapping[str, Any] = DEFAULTS) -> str:
    """The elements of a non-empty array in brackets, for a text whose first line starts at column `indent`.

    >>> elements_text(np.array([1.0, np.inf]), 0)
    '[1., inf]'
    """
    edge = options["edgeitems"]
    cut = [False] * array.ndim
    if array.size > options["threshold"] and array.ndim:
        if edge <= 0:
            return "[...]"
        cut = [size > 2 * edge for size in array.shape]
        array = _edges(array, cut, edge)
    conversion, width, items = _formatted(array, options)
    # The comma and the space after an element count, also after the last one of a line.
    template = _template(array.shape, cut, edge, conversion, width + 2, indent, options["linewidth"])
    return template % tuple(items)


def _edges(array: np.ndarray, cut: Sequence[bool], edge: int) -> np.ndarray:
    """`array` without the middle of each dimension that `cut` marks."""
    for axis, is_cut in enumerate(cut):
        if is_cut:
            before: tuple[slice, ...] = (slice(None),) * axis
            array = np.concatenate((array[(*before, slice(edge))], array[(*before, slice(-edge, None))]), axis)
    return array


def _template(
    shape: Sequence[int], cut: Sequence[bool], edge: int, conversion: str, width: int, indent: int, linewidth: float
) -> str:
    """Brackets, commas, line breaks and dots for an array of `shape`, with `conversion` in place of each element."""
    if not shape:
        return conversion
    indent += len(shape)
    columns = [conversion] * shape[-1]
    if cut[-1]:
        columns.insert(edge, " ...")
    per_line = max(1, math.floor((linewidth - indent + 1) / width))
    if len(columns) <= per_line:
        text = "[" + ", ".join(columns) + "]"
    else:
        lines = [", ".join(columns[start : start + per_line]) for start in range(0, len(columns), per_line)]
        text = "[" + (",\n" + " " * indent).join(lines) + "]"
    breaks = ","
    for axis in range(len(shape) - 2, -1, -1):
        indent -= 1
        breaks += "\n"
        blocks = [text] * shape[axis]
        if cut[axis]:
            blocks.insert(edge, "...")
        text = "[" + (breaks + " " * indent).join(blocks) + "]"
    return text


def _formatted(array: np.ndarray, options: Mapping[str, Any]) -> tuple[str, int, Iterable[Any]]:
    """The conversion of one element, the columns it takes, and what to fill the conversions with."""
    flat = array.reshape(-1)
    kind = flat.dtype.kind
    if kind == "b":
        width = 4 if flat.all() else 5
        return f"%{width}s", width, flat.tolist()
    if kind in "iu":
        width = max(len(str(flat.min())), len(str(flat.max())))
        return f"%{width}d", width, flat.tolist()
    precision, sci_mode = options["precision"], options["sci_mode"]
    if kind == "c":
        # PyTorch formats the two parts each by its own rules, and strips the padding of the second.
        real, real_width, reals = _real_formatted(flat.real, precision, sci_mode)
        imaginary, imaginary_width, imaginaries = _real_formatted(flat.imag, precision, sci_mode, signed=True)
        items: list[Any] = [None] * (2 * flat.size)
        items[0::2] = reals
        items[1::2] = imaginaries
        return f"{real}{imaginary}j", real_width + imaginary_width + 1, items
    if flat.dtype.itemsize < 4:
        # Exact, and spares the slow arithmetic of the short types.
        flat = flat.astype(np.float32)
    return _real_formatted(flat, precision, sci_mode)


def _real_formatted(
    flat: np.ndarray, precision: int, sci_mode: bool | None, *, signed: bool = False
) -> tuple[str, int, list[Any]]:
    """`_formatted` for floats. With `signed` (the imaginary part of a number) a `+` takes the place of the padding.

    The width counts what PyTorch counts, the finite numbers other than zero: `-0.` and `inf` may be wider.
    """
    values = flat.tolist()
    finite = np.isfinite(flat)
    mask = finite & (flat != 0)
    deciding = flat if mask.all() else flat[mask]
    form, width, integral = _real_format(deciding, precision, sci_mode) if deciding.size else (".0f", 1, True)
    padding = "+" if signed else (width - 1 or "") if integral else width
    if not integral:
        return f"%{padding}{form}", width, values
    if finite.all():
        return f"%{padding}{form}.", width, values
    # Only the finite ones get the point that shows that integral numbers are floats.
    sign = "+" if signed else ""
    number, other = f"%{sign}{form}.", f"%{sign}{form}"
    words = [(number if is_finite else other) % value for value, is_finite in zip(values, finite.tolist(), strict=True)]
    return "%s" if signed else f"%{width}s", width, words


def _real_format(deciding: np.ndarray, precision: int, sci_mode: bool | None) -> tuple[str, int, bool]:
    """The form of the floats that decide (`.4e`, `.4f` or `.0f`), its width, and whether a point must follow."""
    low, high = float(deciding.min()), float(deciding.max())
    smallest = low if low > 0 else float(np.abs(deciding).min())
    largest = max(-low, high)
    integral = False
    if largest / smallest > 1000.0 or largest > 1.0e8 or smallest < 1.0e-4 if sci_mode is None else sci_mode:
        form = f".{precision}e"
    elif integral := bool((deciding == np.ceil(deciding)).all()):
        form = ".0f"
    else:
        form = f".{precision}f"
    conversion = "%" + form
    if _TWO_DIGIT_EXPONENTS[0] < smallest and largest < _TWO_DIGIT_EXPONENTS[1]:
        width = max(len(conversion % low), len(conversion % high))
    else:
        width = max(len(conversion % value) for value in deciding.tolist())
    return form, width + integral, integral


def _with_suffixes(text: str, suffixes: Iterable[str], linewidth: float) -> str:
    """`text` with its suffixes and the closing bracket; a suffix that would not fit starts a line of its own."""
    parts = [text]
    # PyTorch counts one column too many for a first line, and this must break where PyTorch breaks.
    last_line = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if last_line + len(suffix) + 2 > linewidth:
            parts.append(",\n" + " " * len(PREFIX) + suffix)
            last_line = len(PREFIX) + len(suffix)
        else:
            parts.append(", " + suffix)
            last_line += len(suffix) + 2
    parts.append(")")
    return "".join(parts)

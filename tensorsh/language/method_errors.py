"""Python's errors about a tensor's method that nobody called, `x.size[0]` or `x.sum / 2`: in PyTorch most methods are C++'s, whose type
has another name than that of methods in Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MethodType
from typing import Any

from tensorsh.runtime.methods import PYTHON_METHODS
from tensorsh.runtime.tensor import Tensor

QUOTED = re.compile(r"""(['"])method\1""")
BARE = re.compile(r"(?<=[ (])method\b")


def reword(error: BaseException, values: Mapping[str, Any]) -> None:
    """Give an error about the operands `values` PyTorch's name for the type of those that are such methods.

    >>> from tensorsh.torch import ones
    >>> error = TypeError("'method' object is not subscriptable")
    >>> reword(error, {"value": ones(2).size})
    >>> error
    TypeError("'builtin_function_or_method' object is not subscriptable")
    """
    if not any(map(_is_native, _each(values.values()))):
        return
    text, count = QUOTED.subn(r"\1builtin_function_or_method\1", error.args[0])
    error.args = (text if count else BARE.sub("builtin_function_or_method", text, count=1), *error.args[1:])


def _is_native(value: Any) -> bool:
    return type(value) is MethodType and isinstance(value.__self__, Tensor) and value.__name__ not in PYTHON_METHODS


def _each(values: Iterable[Any]) -> Iterable[Any]:
    """The values, and those within lists and tuples of them (a call's arguments)."""
    for value in values:
        if type(value) in (list, tuple):
            yield from value
        else:
            yield value

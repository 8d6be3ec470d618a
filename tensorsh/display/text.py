"""The text of any value of a script: what `repr`, `str`, `print`, f-strings and the echo of the prompt show.

Tensors print as PyTorch prints them, NumPy's values as NumPy does, the rest as Python does. Containers need nothing of
their own, for a tensor's `__repr__` gives the same text as `repr_of`.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MethodType
from typing import Any


def repr_of(value: Any) -> str:
    """The text that the prompt echoes for `value`, and that `repr(value)` gives.

    >>> repr_of("a\\n"), repr_of([1, None])
    ("'a\\\\n'", '[1, None]')
    """
    if type(value) is MethodType:
        from tensorsh.runtime.methods import method_text

        return method_text(value)
    return repr(value)


def str_of(value: Any) -> str:
    """The text that `print(value)` writes, and that `str(value)` gives.

    >>> str_of("a"), str_of(2.0)
    ('a', '2.0')
    """
    return repr_of(value) if type(value) is MethodType else str(value)


def named_result_text(name: str, fields: Iterable[tuple[str, Any]]) -> str:
    """What PyTorch prints for a named tuple of results such as `torch.max(x, dim=0)` gives.

    >>> print(named_result_text("max", [("values", 2.0), ("indices", 1)]))
    torch.return_types.max(
    values=2.0,
    indices=1)
    """
    rows = ",\n".join(f"{field}={value!r}" for field, value in fields)
    return f"torch.return_types.{name}(\n{rows})"

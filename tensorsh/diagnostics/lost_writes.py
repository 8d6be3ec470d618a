"""Writes that change nothing: `a[mask][0] = 1` writes to the copy that `a[mask]` made, and the copy is gone with the statement."""

from __future__ import annotations

from typing import Any

from tensorsh.diagnostics.regions import array_of, on_one_storage
from tensorsh.errors import Advice


class LostWrite(Advice):
    """A statement wrote to a copy that nobody holds."""


def is_lost(source: Any, copy: Any, written: Any) -> bool:
    """Whether `written` lies on the memory of `copy`, which was made from `source` and shares none with it.

    Memory without elements is not judged, for nothing was written.

    >>> from tensorsh import torch
    >>> x = torch.arange(6)
    >>> picked = x[[0, 1]]
    >>> is_lost(x, picked, picked[1:]), is_lost(x, x[::2], x[::2]), is_lost(x, x.detach(), x.detach())
    (True, False, False)
    """
    windows = [array_of(value) for value in (source, copy, written)]
    if any(window is None or not window.size for window in windows):
        return False
    return not on_one_storage(source, copy) and on_one_storage(copy, written)

"""Marking what is made in `inference_mode`.

A tensor made there gets an `InferenceStorage` at once. To ask for that costs every operator a test of one name, `FRESH`, that is
None unless some state is in the mode; entering and leaving sets the name in every wrapper.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from tensorsh.ops import registry
from tensorsh.ops.codegen.writer import SHARED
from tensorsh.runtime import tensor as tensor_module
from tensorsh.runtime.state import current
from tensorsh.runtime.storage import InferenceStorage

_lock = Lock()
_inside = 0  # how many blocks are open, in all threads


def _storage_for(tensor: Any) -> InferenceStorage | None:
    # The block may be another thread's, or one that turns the mode off.
    return InferenceStorage(tensor._array) if current().inference else None


def enter() -> None:
    """A block begins."""
    global _inside
    with _lock:
        _inside += 1
        if _inside == 1:
            _set(_storage_for)


def leave() -> None:
    """A block ends."""
    global _inside
    with _lock:
        _inside -= 1
        if _inside == 0:
            _set(None)


def _set(fresh: Any) -> None:
    tensor_module.inference_storage = fresh
    SHARED["FRESH"] = fresh
    for wrapper in registry.WRAPPERS:
        wrapper.__globals__["FRESH"] = fresh
